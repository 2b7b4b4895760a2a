"""A whole run: what it leaves, that it is the same twice, and what becomes of a run with gaps."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest
from small_project import CELLS, DATASET, NOTEBOOK, dataset, jsna, make, relock, write_notebook

from send_jsna.catalogue.loading import load_catalogue
from send_jsna.catalogue.observations import COLUMNS
from send_jsna.figures.records import read_figures
from send_jsna.ingest import snapshots
from send_jsna.places import EDITION
from send_jsna.provenance import ledger, tracing
from send_jsna.provenance.manifest import read_manifest, verify
from send_jsna.report.claims import load_claims
from send_jsna.validation import read_records

VALUE = COLUMNS.index("value")
REFRESH = ("refresh", "--direct", "--quiet", "--engine", "pandoc")


# -- the real edition --------------------------------------------------------------------------------------


def test_a_run_is_complete_intact_and_the_latest(built_run: Path) -> None:
    assert verify(built_run).is_intact
    assert (built_run.parent / "latest").resolve() == built_run
    record = json.loads((built_run / "run.json").read_text(encoding="utf-8"))
    assert (record["outcome"], record["failures"]) == ("ok", [])
    for name in (
        "context.json",
        "observations.parquet",
        "validation/summary.json",
        "validation/index.html",
        "claims.json",
        "ledger.sqlite",
        "site/index.html",
        "site/ledger.sqlite",
        "site/send-jsna.docx",
        "site/send-jsna.pdf",
        "run.log",
    ):
        assert (built_run / name).is_file(), name


def test_every_supplement_is_executed_and_published(built_run: Path, project_root: Path) -> None:
    names = sorted(path.stem for path in (project_root / "notebooks").glob("*.ipynb"))
    assert names == sorted(load_catalogue(project_root / "data" / "catalogue").supplements)
    for folder, ending in (("notebooks", "ipynb"), ("notebooks", "html"), ("site/notebooks", "html")):
        assert sorted(path.stem for path in (built_run / folder).glob(f"*.{ending}")) == names


def test_every_figure_leads_back_to_a_snapshot_and_a_publisher(built_run: Path) -> None:
    published, refused = read_figures(built_run)
    entries = ledger.read_lineage(built_run)
    assert refused == {}
    assert set(entries) == set(published)
    assert len(entries) > 300
    kept = {path.stem for path in (built_run / "snapshots").glob("*.json")}
    records = {record.id: record for record in read_records(built_run).values()}
    for key, entry in entries.items():
        assert entry["inputs"], key
        assert entry["sources"], key
        assert {row["file_sha256"] for row in entry["inputs"]} <= kept, key
        assert {source["snapshot_sha256"] for source in entry["sources"]} <= kept, key
        for source in entry["sources"]:
            assert all(source[part] for part in ("publisher", "title", "licence", "as_at")), key
        assert all(records[item["validation_id"]].passed for item in entry["datasets"]), key
        assert (built_run / "site" / "audit" / f"{key}.html").is_file(), key


def test_each_observation_stands_on_the_line_its_entry_names(built_run: Path, project_root: Path) -> None:
    """The finger on the row: the file in version control holds the value on that line."""
    lines: dict[str, list[str]] = {}
    checked = 0
    for entry in ledger.read_lineage(built_run).values():
        for row in entry["inputs"][:3]:
            if row["file"] not in lines:
                lines[row["file"]] = (project_root / row["file"]).read_text(encoding="utf-8").splitlines()
            cells = lines[row["file"]][row["line"] - 1].split(",")
            assert cells[:2] == [row["indicator"], row["area_code"]], row["observation_id"]
            checked += 1
    assert checked > 300


@pytest.mark.parametrize(("run", "some"), [("built_run", set()), ("guarded_run", {"ehc_caseload"})])
def test_snapshots_are_the_bytes_of_the_edition_but_for_what_the_run_withholds(
    request: pytest.FixtureRequest, project_root: Path, run: str, some: set[str]
) -> None:
    folder: Path = request.getfixturevalue(run)
    edition = json.loads((folder / "edition.json").read_text(encoding="utf-8"))
    withheld = json.loads((folder / "disclosure.json").read_text(encoding="utf-8"))["datasets"]
    assert some <= set(withheld) < set(edition["datasets"])
    assert bool(withheld) == bool(some)
    for name, stored in edition["datasets"].items():
        content = (project_root / stored["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == stored["sha256"]
        if name in withheld:
            assert not (folder / "snapshots" / stored["sha256"]).exists()
        else:
            assert snapshots.read(folder / "snapshots", stored["sha256"]) == content
        card = snapshots.read_card(folder / "snapshots", stored["sha256"])
        assert card["file"] == stored["file"]
        assert card["licence"]


def test_a_figure_is_traced_from_the_command_line(built_run: Path, project_root: Path) -> None:
    runs = ("--runs", str(built_run.parent))
    text = jsna(project_root, "trace", "ehcp.share.latest", *runs).stdout
    for part in (
        "  narrative  report/",
        "  notebook ",
        f"  observed   data/editions/{EDITION}/",
        "SHA-256",
        "https://",
    ):
        assert part in text, part
    told = jsna(project_root, "trace", "--all", "--format", "json", *runs).stdout
    assert json.loads(told) == ledger.read_lineage(built_run)
    one = jsna(project_root, "trace", "ehcp.share.latest", "--format", "json", *runs).stdout
    assert json.loads(one)["id"] == "ehcp.share.latest"
    assert len(tracing.trace_all(built_run).splitlines()) == len(ledger.read_lineage(built_run))


def test_every_claim_has_an_outcome(built_run: Path, project_root: Path) -> None:
    found = json.loads((built_run / "claims.json").read_text(encoding="utf-8"))["claims"]
    assert [row["id"] for row in found] == [
        claim.id for claim in load_claims(project_root / "data" / "claims")
    ]
    assert {row["outcome"] for row in found} == {"agrees", "differs", "cannot be checked"}


def test_nothing_published_tells_when_or_where_it_was_built(built_run: Path, project_root: Path) -> None:
    year = built_run.name[:4] + r"-\d\d-\d\dT"
    places = [re.escape(text) for text in (built_run.name, str(project_root), f"{Path.home()}/")]
    telling = re.compile("|".join([*places, year]))
    for path in sorted((built_run / "site").rglob("*")):
        if path.suffix in (".html", ".svg", ".json", ".js", ".css"):
            found = telling.search(path.read_text(encoding="utf-8"))
            assert found is None, f"{path.relative_to(built_run)}: {found}"


# -- runs with gaps ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small project with one finished run, which the tests damage each in their own way and mend again."""
    folder = make(tmp_path_factory.mktemp("refresh") / "small")
    done = jsna(folder, *REFRESH)
    assert done.returncode == 0, done.stderr
    return folder


def kept_runs(project: Path) -> list[Path]:
    return sorted(path for path in (project / "runs").iterdir() if path.name.startswith("2"))


def test_a_data_set_that_fails_validation_feeds_no_figure(project: Path) -> None:
    """All else is built, the report says so in place of the figure, and the latest run stays."""
    latest, path = (project / "runs" / "latest").resolve(), dataset(project)
    content = path.read_bytes()
    try:
        path.write_bytes(content.replace(b",100,", b",-100,", 1))
        relock(project)
        done = jsna(project, *REFRESH)
    finally:
        path.write_bytes(content)
        relock(project)
    run = kept_runs(project)[-1]
    assert done.returncode == 6, done.stderr
    assert done.stderr.count("\n") == 1
    assert DATASET in done.stderr
    assert str(run / "validation" / "index.html") in done.stderr
    assert (project / "runs" / "latest").resolve() == latest
    assert verify(run).is_intact
    published, refused = read_figures(run)
    assert published == {}
    assert set(refused) == {"places.total", "places.table"}
    page = (run / "site" / "01-places.html").read_text(encoding="utf-8")
    assert "failed validation" in page
    outcome = json.loads((run / "run.json").read_text(encoding="utf-8"))
    assert outcome["outcome"] == "validation failed"


def test_a_notebook_that_fails_is_named_kept_and_does_not_stop_the_report(project: Path) -> None:
    latest = (project / "runs" / "latest").resolve()
    write_notebook(project, {**CELLS, "wait": "1 / 0"})
    try:
        done = jsna(project, *REFRESH)
    finally:
        write_notebook(project, CELLS)
    run = kept_runs(project)[-1]
    assert done.returncode == 7, done.stderr
    for part in (
        f"{NOTEBOOK}.ipynb, cell",
        "(wait): ZeroDivisionError: division by zero",
        str(run / "notebooks"),
    ):
        assert part in done.stderr, part
    assert (project / "runs" / "latest").resolve() == latest
    half = json.loads((run / "notebooks" / f"{NOTEBOOK}.ipynb").read_text(encoding="utf-8"))
    assert any(
        output["output_type"] == "error" for cell in half["cells"] for output in cell.get("outputs", [])
    )
    assert (run / "site" / "index.html").is_file()


def test_the_same_twice_gives_the_same_files(project: Path) -> None:
    first = (project / "runs" / "latest").resolve()
    assert jsna(project, *REFRESH, "--force", afresh=True).returncode == 0
    second = (project / "runs" / "latest").resolve()
    assert second != first
    one, two = read_manifest(first), read_manifest(second)
    assert set(one) == set(two)
    assert {name for name in one if one[name] != two[name]} <= {"run.json", "run.log"}


def test_a_rebuild_reports_what_changed_and_leaves_publishing_to_a_person(project: Path) -> None:
    latest, path = (project / "runs" / "latest").resolve(), dataset(project)
    content = path.read_bytes()
    lines = content.decode().splitlines()
    place = max(number for number, line in enumerate(lines) if line.split(",")[VALUE].isdigit())
    last, cells = lines[place], lines[place].split(",")
    cells[VALUE] = str(int(cells[VALUE]) + 1)
    lines[place] = ",".join(cells)
    try:
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        relock(project)
        done = jsna(project, "rebuild", "--direct", "--quiet", "--engine", "pandoc")
    finally:
        path.write_bytes(content)
        relock(project)
    assert done.returncode == 0, done.stderr
    run = kept_runs(project)[-1]
    assert f"Change report: {run / 'changes.html'}" in done.stdout
    assert (project / "runs" / "latest").resolve() == latest
    changes = json.loads((run / "changes.json").read_text(encoding="utf-8"))
    assert changes["previous_edition"] == "2023"
    assert changes["previous_run"] == latest.name
    assert [(item["period"], item["before"], item["now"]) for item in changes["revised"]] == [
        (cells[COLUMNS.index("period")], last.split(",")[VALUE], cells[VALUE])
    ]
    assert [item["id"] for item in changes["figures_moved"]] == ["places.total"]
    assert changes["figures_new"] == changes["figures_gone"] == []
    assert "changes.html" in read_manifest(run)
    published = jsna(project, "publish", run.name)
    assert published.returncode == 0, published.stderr
    assert (project / "runs" / "latest").resolve() == run
