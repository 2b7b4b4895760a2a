"""The edit loop on a finished run: its report from edited chapters, and one notebook on its observations."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from small_project import (
    CELLS,
    CHAPTERS,
    DATASET,
    EDITION,
    NOTEBOOK,
    ROOT,
    command,
    environment,
    jsna,
    make,
    write_notebook,
)

from send_jsna.errors import IntegrityError, NotebookError, ReportError, UnknownFigureError
from send_jsna.provenance.manifest import verify
from send_jsna.runs import editing
from send_jsna.runs.run_copy import figures_of
from send_jsna.settings import Settings

REFRESH = ("refresh", "--direct", "--quiet", "--engine", "pandoc")
HTML = ("--quiet", "--engine", "pandoc", "--to", "html")
CHAPTER = "01-places.qmd"
EDITED = CELLS | {"total": CELLS["total"].replace(".sum()", ".sum() + 1")}
MORE = CELLS | {
    "more": CELLS["total"].replace("places.total", "places.more").replace("Special school", "More")
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small project with a second notebook and one finished run; each test puts back what it edits."""
    folder = make(tmp_path_factory.mktemp("edit") / "small")
    supplements = folder / "data" / "catalogue" / "supplements.yaml"
    declared = yaml.safe_load(supplements.read_text(encoding="utf-8"))
    supplements.write_text(yaml.safe_dump([*declared, declared[0] | {"id": "extra"}]), encoding="utf-8")
    text = (folder / "notebooks" / f"{NOTEBOOK}.ipynb").read_text(encoding="utf-8")
    (folder / "notebooks" / "extra.ipynb").write_text(text.replace('\\"places', '\\"extra'), encoding="utf-8")
    done = jsna(folder, *REFRESH)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def run(project: Path) -> Iterator[Path]:
    """The finished run, which no test may change, and no scratch."""
    shutil.rmtree(project / ".state", ignore_errors=True)
    folder = (project / "runs" / "latest").resolve()
    before = hashes(folder)
    yield folder
    assert hashes(folder) == before
    assert verify(folder).is_intact
    assert [path.name for path in (project / "runs").iterdir() if path.name.startswith("2")] == [folder.name]


def settings_of(project: Path) -> Settings:
    return Settings(project_root=project)


def hashes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@contextmanager
def chapter(project: Path, text: str) -> Iterator[None]:
    path = project / "reports" / CHAPTER
    path.write_text(text, encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(CHAPTERS[CHAPTER], encoding="utf-8")


@contextmanager
def notebook(project: Path, cells: dict[str, str]) -> Iterator[None]:
    write_notebook(project, cells)
    try:
        yield
    finally:
        write_notebook(project, CELLS)


def rendered(project: Path, run: Path) -> Path:
    return project / ".state" / "scratch" / "render" / run.name / "site"


def executed(project: Path, run: Path) -> Path:
    return project / ".state" / "scratch" / "notebook" / run.name / NOTEBOOK


def left_under_construction(project: Path) -> list[Path]:
    return [path for path in (project / ".state" / "scratch").iterdir() if path.name.startswith((".b", ".r"))]


# -- the report -------------------------------------------------------------------------------------------


def test_without_an_edit_the_report_is_that_of_the_run(project: Path, run: Path) -> None:
    done = jsna(project, "render", "--quiet", "--engine", "pandoc")
    assert done.returncode == 0, done.stderr
    site = rendered(project, run)
    assert done.stdout.split()[1:] == [
        str(site / name) for name in ("index.html", "send-jsna.docx", "send-jsna.pdf")
    ]
    assert hashes(site) == hashes(run / "site")


def test_an_edited_chapter_is_in_the_page_and_the_run_is_found_by_name(project: Path, run: Path) -> None:
    with chapter(project, CHAPTERS[CHAPTER] + "\nA sentence of today.\n"):
        done = jsna(project, "render", run.name, *HTML)
    assert done.returncode == 0, done.stderr
    site = rendered(project, run)
    assert "A sentence of today." in (site / "01-places.html").read_text(encoding="utf-8")
    assert (site / "audit" / "places.total.html").read_bytes() == (
        run / "site" / "audit" / "places.total.html"
    ).read_bytes()
    assert not list(site.glob("send-jsna.*"))


def test_a_format_can_be_asked_for_alone(project: Path, run: Path) -> None:
    editing.render(run, settings_of(project), "pandoc", formats=("pdf", "docx"))
    assert sorted(path.name for path in rendered(project, run).iterdir()) == [
        "send-jsna.docx",
        "send-jsna.pdf",
    ]


def test_a_typed_digit_is_refused_in_the_words_of_a_refresh(project: Path, run: Path, tmp_path: Path) -> None:
    """What was rendered before stays."""
    editing.render(run, settings_of(project), "pandoc", formats=("html",))
    before = hashes(rendered(project, run))
    with chapter(project, "# Places {#sec-places}\n\nThere are 14 of them.\n"):
        done = jsna(project, "render", *HTML)
        refreshed = jsna(project, *REFRESH, "--runs", str(tmp_path / "runs"))
    assert done.returncode == refreshed.returncode == 8
    assert done.stderr == refreshed.stderr
    assert f"{CHAPTER}, line 3" in done.stderr
    assert hashes(rendered(project, run)) == before
    assert left_under_construction(project) == []


def test_an_unknown_figure_is_named_with_what_is_near(project: Path, run: Path) -> None:
    """Notebooks are spoken of only where one was edited."""
    with (
        chapter(project, '# Places {#sec-places}\n\n[]{figure="places.totl"} places.\n'),
        pytest.raises(UnknownFigureError) as error,
    ):
        editing.render(run, settings_of(project), "pandoc", formats=("html",))
    assert f"{CHAPTER}, line 3: figure places.totl is published by no notebook" in error.value.line()
    assert error.value.line().endswith(
        "did you mean places.total? publish it from a notebook or correct the id"
    )


def test_a_missing_chapter_is_one_line(project: Path, run: Path) -> None:
    path = project / "reports" / CHAPTER
    try:
        path.unlink()
        with pytest.raises(ReportError, match=f"chapter {CHAPTER} is missing"):
            editing.render(run, settings_of(project), "pandoc", formats=("html",))
    finally:
        path.write_text(CHAPTERS[CHAPTER], encoding="utf-8")


def test_scratch_is_no_run_and_its_users_alone(project: Path, run: Path) -> None:
    editing.render(run, settings_of(project), "pandoc", formats=("html",))
    editing.execute(run, settings_of(project), NOTEBOOK)
    root = project / ".state" / "scratch"
    assert stat.S_IMODE(root.stat().st_mode) == 0o700
    assert jsna(project, "runs").stdout.split() == [run.name, "ok", "(latest)"]
    for folder in (rendered(project, run).parent, executed(project, run)):
        for asked in (
            ("verify", str(folder)),
            ("publish", str(folder)),
            ("trace", "places.total", "--run", str(folder)),
        ):
            done = jsna(project, *asked)
            assert done.returncode == 1, asked
            assert "no run" in done.stderr
    assert not any(path.name in ("run.json", "manifest.json") for path in root.rglob("*"))


def test_a_run_is_rendered_without_its_edition(project: Path, run: Path) -> None:
    edition, away = project / "data" / "editions" / EDITION, project / "away"
    edition.rename(away)
    try:
        editing.render(run, settings_of(project), "pandoc", formats=("html",))
        done = editing.execute(run, settings_of(project), NOTEBOOK)
    finally:
        away.rename(edition)
    assert hashes(rendered(project, run)).items() <= hashes(run / "site").items()
    assert (done.failed, done.left_out) == ("", "")  # it withholds nothing


def test_a_run_that_lacks_a_file_is_one_line(project: Path, run: Path, tmp_path: Path) -> None:
    for missing in ("claims.json", "edition.json", "observations.parquet"):
        other = tmp_path / missing / run.name
        shutil.copytree(run, other)
        (other / missing).unlink()
        with pytest.raises(IntegrityError, match=f"{missing}: missing"):
            editing.render(other, settings_of(project), "pandoc", formats=("html",))
    assert not rendered(project, run).exists()


def test_there_must_be_such_a_run(project: Path, tmp_path: Path) -> None:
    for asked in (("render",), ("notebook", NOTEBOOK)):
        done = jsna(project, *asked, "--runs", str(tmp_path))
        assert done.returncode == 1
        assert "no run has been built yet" in done.stderr
        done = jsna(project, *asked, "yesterday")
        assert done.returncode == 1
        assert "no run 'yesterday'" in done.stderr


# -- one notebook -----------------------------------------------------------------------------------------


def test_a_notebook_says_how_its_figures_differ_from_the_run(project: Path, run: Path) -> None:
    done = jsna(project, "notebook", NOTEBOOK)
    assert done.returncode == 0, done.stderr
    assert "1/1 places.ipynb: executed" in done.stderr
    assert "2 figures the same, 0 changed, 0 new, 0 gone; 0 refused, 0 missing" in done.stdout
    page = executed(project, run) / "notebooks" / "places.html"
    assert f"Notebook: {page}" in done.stdout
    assert page.read_bytes() == (run / "notebooks" / "places.html").read_bytes()
    kept = {path.name for path in (executed(project, run) / "figures").iterdir()}
    assert kept == {"places.total.json", "places.table.json"}
    old = json.loads((run / "figures" / "places.total.json").read_text(encoding="utf-8"))["value"]
    cells = {key: EDITED[key] for key in ("open", "total")} | {"more": MORE["more"]}
    with notebook(project, cells):
        done = jsna(project, "notebook", "places.ipynb", run.name, "-q")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout.splitlines()[:4] == [
        "0 figures the same, 1 changed, 1 new, 1 gone; 0 refused, 0 missing",
        f"Changed  places.total: {old:,.0f} → {old + 1:,.0f}",
        "New      places.more",
        "Gone     places.table",
    ]


def test_a_notebook_saved_with_outputs_is_executed(project: Path, run: Path) -> None:
    path = project / "notebooks" / f"{NOTEBOOK}.ipynb"
    text = path.read_text(encoding="utf-8")
    try:
        shutil.copyfile(run / "notebooks" / f"{NOTEBOOK}.ipynb", path)
        loaded = json.loads(path.read_text(encoding="utf-8"))
        loaded["cells"] = [cell for cell in loaded["cells"] if cell["id"] != "injected-parameters"]
        path.write_text(json.dumps(loaded), encoding="utf-8")
        done = editing.execute(run, settings_of(project), NOTEBOOK)
    finally:
        path.write_text(text, encoding="utf-8")
    assert figures_of(done.folder, NOTEBOOK) == figures_of(run, NOTEBOOK)


def test_a_cell_that_fails_is_named_as_in_a_refresh(project: Path, run: Path, tmp_path: Path) -> None:
    with notebook(project, {**CELLS, "wait": "1 / 0"}):
        done = jsna(project, "notebook", NOTEBOOK, "-q")
        refreshed = jsna(project, *REFRESH, "--runs", str(tmp_path / "runs"))
        taken = jsna(project, "render", *HTML, "--with", NOTEBOOK)
    assert done.returncode == refreshed.returncode == 7
    assert done.stderr.partition(": notebook ")[2] == refreshed.stderr.partition(": notebook ")[2]
    assert "(wait): ZeroDivisionError: division by zero" in done.stderr
    folder = executed(project, run) / "notebooks"
    assert str(folder) in done.stderr
    assert "ZeroDivisionError" in (folder / "places.ipynb").read_text(encoding="utf-8")
    assert taken.returncode == 7
    assert "its last execution failed" in taken.stderr


def test_an_unknown_notebook_is_named_with_what_is_near(project: Path, run: Path) -> None:
    done = jsna(project, "notebook", "place")
    assert done.returncode == 7
    assert "no notebook 'place'; expected one of places, extra; did you mean places?" in done.stderr
    with pytest.raises(NotebookError, match=r"declare it in data/catalogue/supplements\.yaml"):
        editing.execute(run, settings_of(project), "q")


def test_an_indicator_that_the_run_does_not_declare_for_the_notebook_is_named(
    project: Path, run: Path
) -> None:
    """It may be declared, and in another data set or later than the run."""
    named = 'from send_jsna.evidence.measures import measure\n\nmeasure(s, "ehc_plan_pct")'
    with notebook(project, CELLS | {"wait": named}):
        done = editing.execute(run, settings_of(project), NOTEBOOK)
    assert "declares no indicator 'ehc_plan_pct' of a data set that the notebook reads" in done.failed
    assert f"`datasets` of {NOTEBOOK} in data/catalogue/supplements.yaml" in done.failed
    assert "needs jsna refresh" in done.failed


def test_a_notebook_reads_what_is_declared_for_it_now(project: Path, run: Path) -> None:
    """As a refresh would: what is not declared for it is not in the run, though it was when that was made."""
    path = project / "data" / "catalogue" / "supplements.yaml"
    before = path.read_text(encoding="utf-8")
    try:
        path.write_text(before.replace(DATASET, "tribunal"), encoding="utf-8")
        done = editing.execute(run, settings_of(project), NOTEBOOK)
    finally:
        path.write_text(before, encoding="utf-8")
    assert f"is in none of the data sets of {NOTEBOOK}; expected an indicator of tribunal" in done.failed


def test_an_id_of_another_notebook_is_refused_as_in_a_refresh(project: Path, run: Path) -> None:
    with notebook(project, {**CELLS, "wait": CELLS["total"].replace("places.total", "extra.total")}):
        done = editing.execute(run, settings_of(project), NOTEBOOK)
    assert "figure extra.total is already published by extra.ipynb" in done.failed


# -- both together ----------------------------------------------------------------------------------------


def test_an_edited_notebook_and_an_edited_chapter_are_seen_together(project: Path, run: Path) -> None:
    text = '# Places {#sec-places}\n\n[]{figure="places.total"} and []{figure="places.more"} places.\n'
    with notebook(project, EDITED | {"more": MORE["more"]}), chapter(project, text):
        unknown = jsna(project, "render", *HTML)
        assert jsna(project, "notebook", NOTEBOOK, "-q").returncode == 0
        done = jsna(project, "render", *HTML, "--with", NOTEBOOK)
    assert unknown.returncode == 8
    assert f"{CHAPTER}, line 3: figure places.more is published by no notebook" in unknown.stderr
    assert "places was edited since the run was built" in unknown.stderr
    assert "jsna notebook places" in unknown.stderr
    assert done.returncode == 0, done.stderr
    site = rendered(project, run)
    page = (site / "01-places.html").read_text(encoding="utf-8")
    values = [
        json.loads((executed(project, run) / "figures" / f"{key}.json").read_text(encoding="utf-8"))["shown"]
        for key in ("places.total", "places.more")
    ]
    old = json.loads((run / "figures" / "places.total.json").read_text(encoding="utf-8"))["shown"]
    assert values[0] != old == values[1]
    assert all(f">{value}</a>" in page for value in values)
    assert (site / "audit" / "places.more.html").is_file()
    pages = [folder / "notebooks" / "places.html" for folder in (executed(project, run), site, run)]
    assert pages[0].read_bytes() == pages[1].read_bytes() != pages[2].read_bytes()


def test_scratch_that_does_not_fit_is_not_taken(project: Path, run: Path, tmp_path: Path) -> None:
    def refusal(of: Path) -> str:
        with pytest.raises(NotebookError) as error:
            editing.render(of, settings_of(project), "pandoc", formats=("html",), notebooks=(NOTEBOOK,))
        assert error.value.line().endswith(f"run jsna notebook places {run.name} first")
        return error.value.what

    assert "it was not executed on this run" in refusal(run)
    editing.execute(run, settings_of(project), NOTEBOOK)
    with notebook(project, EDITED):
        assert "it was edited after it was executed" in refusal(run)
    other = tmp_path / run.name
    shutil.copytree(run, other)
    with (other / "manifest.json").open("a", encoding="utf-8") as file:
        file.write("\n")
    assert "it was executed on another run of this name" in refusal(other)
    assert not rendered(project, run).exists()


# -- interrupted, and two at once -------------------------------------------------------------------------


@contextmanager
def waiting(project: Path, flag: Path) -> Iterator[subprocess.Popen[str]]:
    """An execution that waits in the middle of its notebook."""
    asked = command("notebook", NOTEBOOK, "-q")
    env = environment(project, {"TEST_WAIT_FLAG": str(flag)})
    process = subprocess.Popen(asked, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 90
        while not flag.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert flag.exists(), process.communicate()[1]
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_killed_execution_leaves_what_was_there_before(project: Path, run: Path, tmp_path: Path) -> None:
    assert jsna(project, "notebook", NOTEBOOK, "-q").returncode == 0
    before = hashes(executed(project, run))
    with waiting(project, tmp_path / "flag") as process:
        second = jsna(project, "notebook", NOTEBOOK, "-q")
        assert second.returncode == 10, second.stderr
        assert f"an execution of places on run {run.name} is already running" in second.stderr
        assert f"process {process.pid}" in second.stderr
        assert jsna(project, "render", *HTML).returncode == 0
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert len(left_under_construction(project)) == 1
    assert hashes(executed(project, run)) == before
    assert jsna(project, "render", *HTML).returncode == 0
    assert left_under_construction(project) == []
    with waiting(project, tmp_path / "again") as process:
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 143
    assert left_under_construction(project) == []
    assert hashes(executed(project, run)) == before


def test_one_killed_while_it_took_its_place_is_put_back(project: Path, run: Path) -> None:
    """As it is between the two renames."""
    editing.render(run, settings_of(project), "pandoc", formats=("html",))
    before = hashes(rendered(project, run))
    root = project / ".state" / "scratch"
    rendered(project, run).parent.rename(root / f".replaced-render-{run.name}")
    with (
        chapter(project, "# Places {#sec-places}\n\nThere are 14 of them.\n"),
        pytest.raises(ReportError),
    ):
        editing.render(run, settings_of(project), "pandoc", formats=("html",))
    assert hashes(rendered(project, run)) == before


def test_scratch_of_a_run_that_is_gone_goes_too(project: Path, run: Path, tmp_path: Path) -> None:
    other = tmp_path / f"{run.name}_2"
    shutil.copytree(run, other)
    editing.render(other, settings_of(project), "pandoc", formats=("html",))
    editing.execute(other, settings_of(project), NOTEBOOK)
    root = project / ".state" / "scratch"
    assert len(list(root.glob("*/*_2/**/scratch.json"))) == 2
    shutil.rmtree(other)
    editing.render(run, settings_of(project), "pandoc", formats=("html",))
    assert list(root.glob("*/*_2/**/scratch.json")) == []


def test_a_state_folder_that_cannot_be_written_is_one_line(project: Path, run: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = jsna(project, "render", *HTML, env={"JSNA_STATE": str(tmp_path / "file")})
    assert done.returncode == 11
    assert "JSNA_STATE" in done.stderr
    assert done.stderr.count("\n") == 1


def test_neither_waits_for_prefect_or_great_expectations(project: Path, run: Path) -> None:
    for asked in (["render", *HTML], ["notebook", NOTEBOOK, "-q"]):
        code = (
            f"import sys; from send_jsna.cli import run; assert run({asked!r}) == 0;"
            "print([m for m in ('prefect', 'great_expectations') if m in sys.modules])"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment(project), capture_output=True, text=True, check=True
        )
        assert done.stdout.endswith("[]\n"), done.stdout


# -- a real run, with counts that it withholds ------------------------------------------------------------


def test_a_notebook_of_a_real_run_makes_the_same_figures(built_run: Path, tmp_path: Path) -> None:
    """Sums over withheld counts among them, for which the counts are sealed again while it is executed."""
    asked = ("notebook", "needs_and_placement", "--runs", str(built_run.parent))
    done = jsna(ROOT, *asked, env={"JSNA_STATE": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    assert ", 0 changed, 0 new, 0 gone; 0 refused" in done.stdout
    assert "left out" not in done.stderr
    assert not [path for path in tmp_path.rglob("*") if path.name.startswith((".withheld", ".shown", ".est"))]
    assert not list(tmp_path.rglob("*.parquet"))
    assert verify(built_run).is_intact


def test_without_the_edition_figures_of_withheld_counts_are_left_out(
    guarded_run: Path, tmp_path: Path
) -> None:
    project, runs = tmp_path / "project", ("--runs", str(guarded_run.parent))
    (project / "data" / "editions").mkdir(parents=True)
    for source in (*ROOT.iterdir(), *(ROOT / "data").iterdir()):
        link = project / source.relative_to(ROOT)
        if not link.exists() and not source.name.startswith((".", "runs")):
            link.symlink_to(source)
    done = jsna(project, "notebook", "needs_and_placement", *runs, "-q")
    assert done.returncode == 0, done.stderr
    assert "Gone     complexity." in done.stdout
    assert "figures made of withheld counts are left out: no edition '2025'" in done.stderr.lower()
    taken = jsna(project, "render", *HTML, *runs, "--with", "needs_and_placement")
    assert taken.returncode == 7
    assert "figures made of withheld counts were left out" in taken.stderr
