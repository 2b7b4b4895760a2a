"""A refresh makes what depends on what has changed, and nothing else; the result is that of ``--force``.

The small project has two data sets and two notebooks here, so that each change leaves something as it was.
"""

from __future__ import annotations

import filecmp
import json
import re
import shutil
import subprocess
import time
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
        f"{step} {unit.removeprefix(f'{small_project.AREA}-{small_project.EDITION}.')}": outcome == "made"
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


def library(project: Path, folder: Path) -> dict[str, str]:
    """A library more than before."""
    info = folder / "libraries" / "other-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "RECORD").write_text("other/__init__.py,sha256=a,1\n", encoding="utf-8")
    return {"PYTHONPATH": str(info.parent)}


def package(folder: Path, name: str, change: Callable[[str], str]) -> dict[str, str]:
    """A copy of the package with one file changed."""
    copy = folder / "source"
    kept = shutil.ignore_patterns("__pycache__")
    shutil.copytree(small_project.ROOT / "src", copy, ignore=kept)
    edit(copy / "send_jsna" / name, change)
    return {"PYTHONPATH": str(copy)}


def data_set(project: Path, folder: Path) -> dict[str, str]:
    """Another value in one data set."""
    path = project / "data" / "editions" / small_project.EDITION / f"{OTHER}.csv"
    edit(path, lambda text: text.replace(",86,", ",87,", 1))
    small_project.relock(project)
    return {}


def suite(project: Path, folder: Path) -> dict[str, str]:
    """A space more in one suite."""
    edit(project / "expectations" / "expectations" / f"{OTHER}.json", lambda text: f"{text} ")
    return {}


def notebook(project: Path, folder: Path) -> dict[str, str]:
    """A comment more in one notebook."""
    path = project / "notebooks" / f"{OTHER}.ipynb"
    edit(path, lambda text: text.replace("s.number(", "# of schools\\ns.number("))
    return {}


def chapter(project: Path, folder: Path) -> dict[str, str]:
    """A word more in one chapter."""
    edit(project / "reports" / "02-ofsted.qmd", lambda text: text.replace("of schools", "of all schools"))
    return {}


def template(project: Path, folder: Path) -> dict[str, str]:
    """A class more in the template of notebooks' pages."""
    name = "templates/notebook.html.j2"
    return package(folder, name, lambda text: text.replace("<main", '<main class="notebook"', 1))


def profile(project: Path, folder: Path) -> dict[str, str]:
    """Another disclosure profile."""
    return {"JSNA_DISCLOSURE": "nhs_england"}


def scope(project: Path, folder: Path) -> dict[str, str]:
    """A profile that is applied to official figures too."""
    return {"JSNA_SCOPE": "all"}


def correction(project: Path, folder: Path) -> dict[str, str]:
    """A record of a publisher's error in one data set."""
    record = {
        "indicator": "schools_good_outstanding_pct",
        "area": small_project.AREA,
        "periods": ["2023"],
        "action": "flag",
        "reason": "One school was inspected twice.",
        "reported": "2026-11-01",
        "expect": {"rows": 1, "value": 86},
    }
    target = project / "data" / "corrections" / f"{small_project.EDITION}.yaml"
    target.parent.mkdir(exist_ok=True)
    small_project._dump(target, [record])
    return {}


ALL = {
    "validate special_school_places",
    "validate ofsted",
    "execute places",
    "execute ofsted",
    "notebook_page places",
    "notebook_page ofsted",
    "page index",
    "page 01-places",
    "page 02-ofsted",
    "page 22-audit",
    "pdf send-jsna",
    "docx send-jsna",
}
DOCUMENTS = {"page 22-audit", "pdf send-jsna", "docx send-jsna"}
OF_OFSTED = {"execute ofsted", "notebook_page ofsted", "page 02-ofsted"} | DOCUMENTS


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (data_set, {"validate ofsted"} | OF_OFSTED),
        # A validation record names the hash of its suite, and the audit chapter shows the record.
        (suite, {"validate ofsted"} | DOCUMENTS),
        (notebook, {"execute ofsted", "notebook_page ofsted"}),
        (chapter, {"page 02-ofsted", "pdf send-jsna", "docx send-jsna"}),
        (template, {"notebook_page places", "notebook_page ofsted"}),
        # Nothing here is unpublished: a profile protects nothing of it, and the documents name the profile.
        (profile, {"pdf send-jsna", "docx send-jsna"}),
        # Nothing is withheld here under this scope either, so that the data sets are as they were.
        (scope, {"execute places", "execute ofsted", "pdf send-jsna", "docx send-jsna"}),
        # A notebook shows no warning beside a number, nor does the audit chapter.
        (correction, OF_OFSTED - {"notebook_page ofsted", "page 22-audit"}),
        (library, ALL),
    ],
    ids=lambda found: found.__name__ if callable(found) else "",
)
def test_what_depends_on_a_change_is_made_and_nothing_else(
    project: Path, tmp_path: Path, change: Callable[[Path, Path], dict[str, str]], expected: set[str]
) -> None:
    env = change(project, tmp_path)
    run, said = refresh(project, **env)
    assert "Unchanged" not in said
    found = steps(run)
    assert found.keys() - {f"run {small_project.AREA}-{small_project.EDITION}"} == ALL
    assert {step for step, is_made in found.items() if is_made} - {
        f"run {small_project.AREA}-{small_project.EDITION}"
    } == expected
    forced, _ = refresh(project, "--force", **env)
    assert forced != run
    assert not differing(run, forced)
    verified = small_project.jsna(project, "verify", run.name)
    assert "is intact" in verified.stdout, verified.stderr


def test_nothing_is_made_where_nothing_has_changed(project: Path) -> None:
    run, _ = refresh(project)  # a copy in another folder is another project
    runs = sorted(path.name for path in (project / "runs").iterdir())
    for options in ((), ("--direct",)):
        done = small_project.jsna(project, "refresh", "--engine", "pandoc", *options)
        assert done.returncode == 0, done.stderr
        assert f"Unchanged since run {run.name}" in done.stdout
        assert "start" not in done.stderr  # of Prefect
    assert sorted(path.name for path in (project / "runs").iterdir()) == runs
    assert (project / "runs" / "latest").resolve() == run


def test_a_run_that_was_changed_is_built_anew(project: Path) -> None:
    run, _ = refresh(project)
    edit(run / "site" / "index.html", lambda text: f"{text} ")
    other, said = refresh(project)
    assert "Unchanged" not in said
    assert other != run
    assert not any(is_made for step, is_made in steps(other).items() if not step.startswith("run "))


def test_a_failed_notebook_is_not_as_before(project: Path) -> None:
    edit(project / "notebooks" / f"{OTHER}.ipynb", lambda text: text.replace("s.number(", "1/0\\ns.number("))
    for _ in range(2):
        done = small_project.jsna(project, "refresh", "--direct", "--engine", "pandoc")
        assert done.returncode == 7, done.stderr
        assert "ZeroDivisionError" in done.stderr


def test_a_run_killed_between_its_steps_leaves_what_was_made(project: Path, tmp_path: Path) -> None:
    edit(project / "notebooks" / f"{OTHER}.ipynb", lambda text: text.replace("s.number(", "# a\\ns.number("))
    waiting = project / "notebooks" / f"{small_project.NOTEBOOK}.ipynb"
    edit(waiting, lambda text: text.replace("time.sleep(60)", "time.sleep(61)"))
    flag = tmp_path / "flag"
    command = small_project.command("refresh", "--direct", "--engine", "pandoc", "--quiet")
    env = small_project.environment(project, {"TEST_WAIT_FLAG": str(flag), "JSNA_WORKERS": "1"})
    process = subprocess.Popen(command, env=env, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
    stored = project / ".state" / "cache" / "execute" / f"{small_project.AREA}-{small_project.EDITION}.ofsted"
    while process.poll() is None and (len(list(stored.iterdir())) < 2 and not flag.exists()):
        time.sleep(0.05)
    process.kill()
    process.communicate()
    run, _ = refresh(project)
    assert not (project / "runs").glob(".building-*") or not list((project / "runs").glob(".building-*"))
    assert not differing(run, refresh(project, "--force")[0])


def test_the_cache_is_shown_and_cleared(project: Path) -> None:
    shown = small_project.jsna(project, "cache").stdout
    assert {line.split()[0] for line in shown.splitlines()[:-1]} == {step.split()[0] for step in ALL} | {
        "run"
    }
    assert "of at most 2,048 MiB (JSNA_CACHE_LIMIT)" in shown
    cleared = small_project.jsna(project, "cache", "clear")
    assert cleared.returncode == 0
    assert not (project / ".state" / "cache").exists()
    assert all(steps(refresh(project)[0]).values())


def test_a_limit_of_nothing_stores_and_uses_nothing(project: Path) -> None:
    before = small_project.jsna(project, "cache").stdout
    run, _ = refresh(project, JSNA_CACHE_LIMIT="0")
    assert not steps(run)
    assert small_project.jsna(project, "cache").stdout == before


def test_every_file_and_module_that_a_run_reads_is_in_a_key(project: Path, tmp_path: Path) -> None:
    """What the steps of a run open and import is watched, and held against the parts of their keys."""
    watch = tmp_path / "watch"
    watch.mkdir()
    (watch / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
    seen = tmp_path / "seen"
    seen.mkdir()
    env = {"PYTHONPATH": str(watch), "TEST_SEEN": str(seen), "JSNA_COLD_KERNELS": "1"}
    refresh(project, "--force", **env)
    processes = [Seen(path.read_text(), project) for path in seen.iterdir()]
    stored = [
        json.loads(json.loads(card.read_text(encoding="utf-8"))["card"])
        for card in (project / ".state" / "cache").glob("*/*/*/entry.json")
    ]
    parts = {step: set() for step in ("run", "execute", "validate")}
    for card in stored:
        parts.setdefault(card["step"], set()).update(card["parts"])
    read = set().union(*(process.files for process in processes))
    assert len(read) > 30
    assert not read - parts["run"]
    command = "code send_jsna.runs.pipeline"
    kernels = [item for item in processes if "code send_jsna.figures.supplement" in item.modules]
    kernels = [item for item in kernels if command not in item.modules]
    validating = [item for item in processes if "code send_jsna.validation.engine" in item.modules]
    validating = [item for item in validating if command not in item.modules]
    assert (len(kernels), len(validating)) == (2, 1)
    assert f"expectations/expectations/{OTHER}.json" in validating[0].files
    for step, root, some in (("execute", "data/", kernels), ("validate", "expectations/", validating)):
        for process in some:
            assert not {name.removeprefix(root) for name in process.files} - parts[step]
            assert not process.modules - parts[step]
    for process in processes:
        assert not process.modules - parts["run"]


class Seen:
    """What a watched process opened of a project, and imported of the package.

    Attributes:
        files: Names of files from the project's folder, but for its runs and its state.
        modules: Names of modules as the parts of a key have them.
    """

    def __init__(self, log: str, project: Path) -> None:
        lines = [line.split(" ", 1) for line in log.splitlines()]
        paths = [Path(name) for kind, name in lines if kind == "file"]
        inside = [path.relative_to(project) for path in paths if path.is_relative_to(project)]
        self.files = {name.as_posix() for name in inside if name.parts[0] not in (".state", "runs")}
        self.modules = {f"code {name}" for kind, name in lines if kind == "module"}


#: Watches a process of the run: which files it opens to read, and which of the package's modules it imports.
WATCH = """
import os, sys, uuid
_own = os.path.join(os.environ["TEST_SEEN"], uuid.uuid4().hex)
_log = os.open(_own, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
def _watch(event, arguments):
    if event == "import" and arguments[0].startswith("send_jsna"):
        os.write(_log, f"module {arguments[0]}\\n".encode())
    elif event == "open" and isinstance(arguments[0], str) and str(arguments[1]) in ("r", "rb", "None"):
        os.write(_log, f"file {os.path.abspath(arguments[0])}\\n".encode())
sys.addaudithook(_watch)
"""


def test_a_chart_that_is_refused_is_stored_with_its_notebook_although_it_was_never_drawn(
    project: Path,
) -> None:
    drawn = (
        "from send_jsna.figures import charts\n\n"
        's.chart("places.chart", charts.bars(rows[["school", "value"]], category="school", unit="count"),'
        ' title="Places by school", inputs=rows, method="As printed.")'
    )
    notebook = project / "notebooks" / f"{OTHER}.ipynb"
    kept = notebook.read_text(encoding="utf-8")
    small_project.write_notebook(project, {**small_project.CELLS, "chart": drawn})
    notebook.write_text(kept, encoding="utf-8")
    path = project / "data" / "editions" / small_project.EDITION / f"{small_project.DATASET}.csv"
    edit(path, lambda text: text.replace(",100,", ",-100,", 1))
    small_project.relock(project)
    for said in ("made", "as before"):
        done = small_project.jsna(project, "refresh", "--direct", "--engine", "pandoc")
        assert done.returncode == 6, done.stderr
        run = max(path for path in (project / "runs").iterdir() if path.name.startswith("2"))
        refused = json.loads((run / "figures" / "places.chart.refused.json").read_text(encoding="utf-8"))
        assert refused["files"] and not any(
            (run / "figures" / name).exists() for name in refused["files"].values()
        )
        log = (run / "run.log").read_text(encoding="utf-8")
        assert re.search(rf"cache: execute \S+{small_project.NOTEBOOK} is {said}", log)
