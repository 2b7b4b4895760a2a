"""A refresh makes what depends on what has changed, and nothing else; the result is that of ``--force``.

The small project has two data sets and two notebooks here, so that each change leaves something as it was.
"""

from __future__ import annotations

import filecmp
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import small_project
import yaml

OTHER = "ofsted"
OTHER_CELLS = {
    "open": (
        "from send_jsna.figures.supplement import Supplement\n\n"
        's = Supplement.open("ofsted", area=area, edition=edition, comparators=comparators,'
        " run_folder=run_folder)\n"
        'rows = s.observations("schools_good_outstanding_pct", period="latest")'
    ),
    "number": (
        's.number("ofsted.share", rows["value"].iloc[0], unit="%", title="Schools judged good",'
        ' inputs=rows, method="As printed.")'
    ),
}
#: Files of a run that have times in them.
DATED = {"run.json", "run.log", "manifest.json"}
STEP = re.compile(r"cache: (\S+) (\S+) is (as before|made)")


def twofold(folder: Path) -> Path:
    """A small project with two data sets, two notebooks and a chapter for each."""
    small_project.make(folder)
    source = small_project.ROOT / "data" / "editions" / small_project.EDITION / f"{OTHER}.csv"
    shutil.copyfile(source, folder / "data" / "editions" / small_project.EDITION / f"{OTHER}.csv")
    small_project.relock(folder)
    supplements = [
        {"id": small_project.NOTEBOOK, "datasets": [small_project.DATASET]},
        {"id": OTHER, "datasets": [OTHER]},
    ]
    small_project._dump(folder / "data" / "catalogue" / "supplements.yaml", supplements)
    first = folder / "notebooks" / f"{small_project.NOTEBOOK}.ipynb"
    kept = first.read_text(encoding="utf-8")
    small_project.write_notebook(folder, OTHER_CELLS)
    first.rename(first.with_stem(OTHER))
    first.write_text(kept, encoding="utf-8")
    book = folder / "reports" / "_quarto.yml"
    declared = yaml.safe_load(book.read_text(encoding="utf-8"))
    declared["book"]["chapters"].insert(2, "02-ofsted.qmd")
    small_project._dump(book, declared)
    text = '# Inspection {#sec-inspection}\n\n[]{figure="ofsted.share"} of schools.\n'
    (folder / "reports" / "02-ofsted.qmd").write_text(text, encoding="utf-8")
    return folder


def refresh(project: Path, *options: str, **env: str) -> tuple[Path, str]:
    """Refresh a project; the latest run, and what the command said."""
    done = small_project.jsna(project, "refresh", "--direct", "--engine", "pandoc", *options, env=env)
    assert done.returncode == 0, done.stderr
    return (project / "runs" / "latest").resolve(), done.stdout


def steps(run: Path) -> dict[str, bool]:
    """Each step that can be stored, and whether it was made in this run."""
    log = (run / "run.log").read_text(encoding="utf-8")
    return {
        f"{step} {unit.removeprefix('E08000026-2025.')}": outcome == "made"
        for step, unit, outcome in STEP.findall(log)
    }


def differing(one: Path, other: Path) -> list[str]:
    """Names of the files in which two runs differ."""
    found = []
    for folder in {path.relative_to(run) for run in (one, other) for path in run.rglob("*") if path.is_dir()}:
        both = filecmp.dircmp(one / folder, other / folder)
        _, changed, unreadable = filecmp.cmpfiles(
            one / folder, other / folder, both.common_files, shallow=False
        )
        found += [str(folder / name) for name in (*changed, *unreadable, *both.left_only, *both.right_only)]
    top = filecmp.cmpfiles(one, other, filecmp.dircmp(one, other).common_files, shallow=False)
    return sorted({*found, *top[1], *top[2]} - DATED)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with one run, and all that it stored."""
    project = twofold(tmp_path_factory.mktemp("reuse") / "base")
    run, _ = refresh(project)
    assert all(steps(run).values())
    return project


@pytest.fixture
def project(base: Path, tmp_path: Path) -> Path:
    """A copy of it, to be changed."""
    return Path(shutil.copytree(base, tmp_path / "project", symlinks=True))


def edit(path: Path, change: Callable[[str], str]) -> None:
    """Change a text file."""
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
