"""``jsna refresh --live`` against a publisher on loopback, whose file has a real schema and made-up numbers.

What a publisher does wrong must never become a wrong figure: the run goes on with the last good snapshot, and
says so; where there is none, the figures are not there.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import small_project
import yaml
from publishers.ees_fake import EesFake, Table
from publishers.server import HTML, PublisherServer, reset, status, too_many

from send_jsna.catalogue.areas import Areas
from send_jsna.ingest import retrieval_ledger
from send_jsna.ingest.cell_text import Names

SOURCE = "dfe-sen2-2025-requests"
PATH = "/requests.csv"
ROOT = Path(__file__).parents[2]
CELL = {
    "open": small_project.CELLS["open"].replace(
        '"special_school_places_count", school="*", period="latest"', '"ehc_requests_count"'
    ),
    "latest": (
        'last = rows.iloc[-1]\ns.number("places.total", last["value"], unit="count", title="Requests",'
        ' inputs=last, method="As published.")'
    ),
    "table": (
        's.table("places.table", rows[["period", "value"]].astype(str), title="Requests by year",'
        ' inputs=rows, method="As published.")'
    ),
}


def release(years: range = range(2019, 2025), *, factor: int = 1, **renamed: str) -> bytes:
    """A synthetic release in the real schema, for every authority, region and England."""
    names = Names.read(ROOT / "data" / "catalogue" / "publisher_names.csv")
    labels = names.labels(SOURCE)
    parts = [p for m in labels.values() for t in (m.numerator, m.denominator) if t for p in t.split("+")]
    numbers = list(dict.fromkeys([*labels, *parts]))
    keys = [
        "time_period",
        "time_identifier",
        "geographic_level",
        "country_code",
        "country_name",
        "region_code",
    ]
    keys += ["region_name", "old_la_code", "new_la_code", "la_name", "breakdown_topic", "breakdown"]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([renamed.get(name, name) for name in (*keys, *numbers)])
    levels = {"local_authority": "Local authority", "region": "Regional", "country": "National"}
    for area in Areas(ROOT / "data" / "areas"):
        if area.kind not in levels:
            continue
        region = area.region_code if area.kind == "local_authority" else area.code
        local = area if area.kind == "local_authority" else None
        for year in years:
            place = [str(year), "Calendar year", levels[area.kind], "E92000001", "England"]
            place += ["" if area.kind == "country" else region, "", local.dfe_number if local else ""]
            place += [
                local.code if local else "",
                local.name if local else "",
                "All requests",
                "All requests",
            ]
            received = factor * (year - 2000) * 10
            cells = ["50.0" if name.endswith(("_pc", "pct")) else str(received // 2) for name in numbers]
            cells[numbers.index("requests_received_in_year")] = str(received)
            writer.writerow([*place, *cells])
    return out.getvalue().encode()


def _with_a_value_twice() -> bytes:
    """England printed with another number beside its first: too few rows for the count of them to tell."""
    head, _, rest = release().partition(b"\r\n")
    england = next(line for line in rest.split(b"\r\n") if b",National," in line)
    return b"\r\n".join([head, rest.rstrip(b"\r\n"), england.replace(b",190,", b",191,", 1), b""])


@pytest.fixture
def publisher() -> Iterator[PublisherServer]:
    with PublisherServer() as server:
        yield server


@pytest.fixture
def project(tmp_path: Path, publisher: PublisherServer) -> Path:
    """A small project whose one source is fetched from the publisher on loopback."""
    folder = small_project.make(tmp_path / "small")
    url = publisher.serve(PATH, release())
    path = folder / "data" / "catalogue" / "sources.yaml"
    declared = yaml.safe_load(path.read_text(encoding="utf-8"))
    for entry in declared:
        entry.pop("fetch", None)
        if entry["id"] != SOURCE:
            entry.pop("reader", None)
        else:
            entry["fetch"] = {"kind": "file", "urls": {"main": url}}
    path.write_text(yaml.safe_dump(declared, sort_keys=False, allow_unicode=True), encoding="utf-8")
    supplements = folder / "data" / "catalogue" / "supplements.yaml"
    listed = yaml.safe_load(supplements.read_text(encoding="utf-8"))
    listed[0]["datasets"] = ["ehc_process"]
    supplements.write_text(yaml.safe_dump(listed, sort_keys=False), encoding="utf-8")
    # What a suite says of the real figures (their ranges, their years) does not hold for made-up ones.
    small_project.keep_checks(folder, ("ehc_process", "authorities"), lambda entry: "in_set" in entry["type"])
    small_project.write_notebook(folder, CELL)
    return folder


def live(folder: Path) -> tuple[Any, dict[str, Any]]:
    """Refresh live; the process, and what the new run's figure and warnings are."""
    done = small_project.jsna(folder, "refresh", "--live", "--direct", "--quiet", "--engine", "pandoc")
    figure = {}
    path = folder / "runs" / "latest" / "figures" / "places.total.json"
    if path.is_file():
        figure = json.loads(path.read_text(encoding="utf-8"))
    return done, figure


def fetched(folder: Path, *more: str) -> Any:
    """Fetch the one source; the process."""
    return small_project.jsna(folder, "fetch", SOURCE, "--quiet", *more)


def last_good(folder: Path) -> str:
    """SHA-256 of the snapshot in use."""
    found = retrieval_ledger.last_good(folder / ".state" / "snapshots", SOURCE, "main")
    return found.sha256 if found else ""


def test_a_live_refresh_fetches_once_and_asks_again_without_moving_the_file(
    project: Path, publisher: PublisherServer
) -> None:
    done, figure = live(project)
    assert done.returncode == 0, done.stderr
    assert (figure["value"], figure["warnings"]) == (240, figure["warnings"])
    first = (project / "runs" / "latest").resolve()
    done, again = live(project)
    assert done.returncode == 0, done.stderr
    assert (project / "runs" / "latest").resolve() == first
    assert f"Unchanged since run {first.name}" in done.stdout, (
        "the same bytes, the same edition, the same run"
    )
    assert publisher.bodies(PATH) == [len(release()), 0], "the second fetch moved no body"
    assert again == figure
    held = small_project.jsna(project, "sources", SOURCE).stdout
    assert "requests.csv" in held
    assert "today" in held
    assert "OGL-UK-3.0" in held


def test_a_fetch_that_finds_a_newer_release_writes_it_down(project: Path, publisher: PublisherServer) -> None:
    """The record has what the publisher has; a person brings it into the catalogue."""
    declared = project / "data" / "catalogue" / "releases.yaml"
    entry = {"id": "requests", "sources": [SOURCE], "title": "Made-up requests", "covers": "2024"}
    entry |= {"where": "https://publisher.example/", "looked": date(2026, 1, 1), "due": date(2027, 1, 1)}
    declared.write_text(f"# What is known.\n{yaml.safe_dump([entry])}", encoding="utf-8")
    assert fetched(project).returncode == 0
    known = small_project.jsna(project, "sources", SOURCE).stdout
    assert "2024 (seen 2026-01-01" not in known, "the publisher was asked today"
    publisher.serve(PATH, release(range(2019, 2026)))
    done = fetched(project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2025 (seen " in small_project.jsna(project, "sources", SOURCE).stdout
    assert "covers: '2024'" in declared.read_text(encoding="utf-8"), "a report reads what is declared"
    assert small_project.jsna(project, "sources", "--record").returncode == 0
    written = declared.read_text(encoding="utf-8")
    assert written.startswith("# What is known.\n")
    (recorded,) = yaml.safe_load(written)
    assert (recorded["covers"], recorded["looked"]) == ("2025", datetime.now(UTC).date())
    assert "due" not in recorded, "what was due has come"


def test_what_is_not_as_the_catalogue_declares_it_is_said_of_its_source(project: Path) -> None:
    """The requests come from a source that the catalogue does not name for them."""
    path = project / "data" / "catalogue" / "indicators.yaml"
    declared = yaml.safe_load(path.read_text(encoding="utf-8"))
    (requests,) = (entry for entry in declared if entry["id"] == "ehc_requests_count")
    requests["sources"] = ["dfe-lait-2026-04"]
    path.write_text(yaml.safe_dump(declared, sort_keys=False, allow_unicode=True), encoding="utf-8")
    with (project / "data" / "catalogue" / "publisher_names.csv").open("a", encoding="utf-8") as names:
        names.write("dfe-lait-2026-04,exact,Requests,ehc_requests_count,,,,,\n")
    live(project)
    (made,) = (project / ".state" / "editions").iterdir()
    (entry,) = (
        entry for entry in json.loads((made / "fetched.json").read_bytes()) if entry["source_id"] == SOURCE
    )
    found = f"The source of indicator 'ehc_requests_count' is {SOURCE} in ehc_process.csv"
    assert f"{found}: expected dfe-lait-2026-04." in entry["sentences"]


def test_a_figure_walks_back_to_the_publishers_bytes_and_address(
    project: Path, publisher: PublisherServer
) -> None:
    done, _ = live(project)
    assert done.returncode == 0, done.stderr
    traced = json.loads(small_project.jsna(project, "trace", "places.total", "--format", "json").stdout)
    source = traced["sources"][0]
    snapshot = project / ".state" / "snapshots" / source["publisher_sha256"]
    assert snapshot.read_bytes() == release()
    card = json.loads(snapshot.with_name(f"{snapshot.name}.json").read_text(encoding="utf-8"))
    assert card["url"].endswith(PATH)
    assert source["source_id"] == SOURCE


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        ("a web page", HTML, "an HTML page in place of the data"),
        ("no rows", release(range(0)), "a header and no rows"),
        (
            "a renamed column",
            release(requests_received_in_year="requests_received"),
            "'requests_received_in_year' is gone and 'requests_received' is new: it looks renamed",
        ),
        ("rows twice", release() + release().partition(b"\r\n")[2], "rows"),
        ("a value twice", _with_a_value_twice(), "rows share keys"),
        ("a vanished period", release(range(2019, 2023)), "newest period begins 2022-01-01"),
        ("a lost half", release()[: len(release()) // 2].rpartition(b"\r\n")[0] + b"\r\n", "rows"),
    ],
)
def test_what_changed_in_the_wrong_way_is_said_and_the_last_good_snapshot_stays(
    project: Path, publisher: PublisherServer, name: str, change: bytes, told: str
) -> None:
    assert fetched(project).returncode == 0
    before = last_good(project)
    publisher.serve(PATH, change)
    done = fetched(project)
    assert done.returncode in (13, 14), f"{name}: {done.stderr}"
    assert len(done.stderr.splitlines()) == 1
    assert told in done.stdout + done.stderr
    assert SOURCE in done.stderr
    assert last_good(project) == before, "nothing of the last good snapshot is lost"


def test_a_run_goes_on_with_the_last_good_snapshot_and_says_so_beside_the_figure(
    project: Path, publisher: PublisherServer
) -> None:
    done, before = live(project)
    assert done.returncode == 0, done.stderr
    publisher.serve(PATH, release(requests_received_in_year="requests_received"))
    done, after = live(project)
    assert done.returncode == 0, done.stderr
    assert f"Source {SOURCE} (kept from the last good snapshot)" in done.stderr
    assert after["value"] == before["value"]
    assert any("did not pass the checks on change" in text for text in after["warnings"]), after["warnings"]
    page = (project / "runs" / "latest" / "site" / "01-places.html").read_text(encoding="utf-8")
    assert "did not pass the checks on change" in page
    assert "not in use" in small_project.jsna(project, "sources", SOURCE).stdout


def test_a_stopped_release_is_used_once_a_person_accepted_it(
    project: Path, publisher: PublisherServer
) -> None:
    assert fetched(project).returncode == 0
    publisher.serve(PATH, release(range(2021, 2026), factor=2))
    stopped = fetched(project)
    assert stopped.returncode == 14, stopped.stderr
    assert "is no longer in the file" in stopped.stdout
    assert f"jsna fetch {SOURCE} --accept" in stopped.stderr
    asked = len(publisher.seen(PATH))
    accepted = fetched(project, "--accept")
    assert accepted.returncode == 0, accepted.stderr
    assert len(publisher.seen(PATH)) == asked, "the file a person looked at is stored; no network is needed"
    assert fetched(project).returncode == 0, "it is the last good one now"
    done, figure = live(project)
    assert done.returncode == 0, done.stderr
    assert figure["value"] == 500


@pytest.mark.parametrize(
    "fault", [status(500), too_many("0"), reset(after=2000)], ids=["500", "429", "reset"]
)
def test_a_passing_fault_is_tried_again(project: Path, publisher: PublisherServer, fault: Any) -> None:
    assert fetched(project).returncode == 0
    publisher.serve(PATH, release(range(2019, 2026)))
    publisher.fault(PATH, fault)
    done = fetched(project)
    assert done.returncode == 0, done.stderr
    assert f"{SOURCE}: new" in done.stdout


def test_where_nobody_can_be_reached_the_run_ends_with_one_line(
    project: Path, publisher: PublisherServer
) -> None:
    publisher.always(PATH, status(404))
    done, figure = live(project)
    assert done.returncode == 13, done.stderr
    assert done.stderr.startswith("jsna: no publisher could be reached; the first fault: ")
    assert len(done.stderr.splitlines()) == 1
    assert "--mirror" in done.stderr
    assert not figure
    assert not list((project / ".state").glob("scratch*")), "nothing is left half-way"


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("--live", "--edition", "2025"), 2, "--edition and --live exclude one another"),
        (("--mirror", "nowhere"), 5, "there is no such folder"),
        (("--live", "--area", "Atlantis"), 4, "no area 'Atlantis'"),
        (("--live", "--area", "West Midlands"), 4, "has no statistical neighbours"),
    ],
)
def test_what_no_edition_can_be_made_of_is_refused_at_once(
    project: Path, arguments: tuple[str, ...], code: int, told: str
) -> None:
    done = small_project.jsna(project, "refresh", "--direct", *arguments)
    assert done.returncode == code, done.stderr
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_an_empty_folder_of_downloads_is_named(project: Path, tmp_path: Path) -> None:
    (tmp_path / "downloads").mkdir()
    done = small_project.jsna(
        project, "refresh", "--direct", "--quiet", "--mirror", str(tmp_path / "downloads")
    )
    assert done.returncode == 5
    assert "the folder is empty" in done.stderr


@pytest.mark.shared
def test_a_live_refresh_through_the_statistics_service_with_real_rows(
    project: Path, publisher: PublisherServer, shared: Path
) -> None:
    """From the title in the catalogue to the figure in the report, over the API as its document has it."""
    fake = EesFake(shared / "publisher" / "ees_api" / "openapi-v1.json")
    table = Table.read(
        shared / "publisher" / "sen2_2025" / "requests.csv.gz", filters=("breakdown_topic", "breakdown")
    )
    base = publisher.mount("/statistics", fake)
    path = project / "data" / "catalogue" / "sources.yaml"
    declared = yaml.safe_load(path.read_text(encoding="utf-8"))
    entry = next(item for item in declared if item["id"] == SOURCE)
    real = yaml.safe_load((ROOT / "data" / "catalogue" / "sources.yaml").read_text(encoding="utf-8"))
    entry["fetch"] = next(item["fetch"] for item in real if item["id"] == SOURCE)
    entry["fetch"] |= {"base": base, "content": publisher.url("")}
    path.write_text(yaml.safe_dump(declared, sort_keys=False, allow_unicode=True), encoding="utf-8")
    publication = fake.publication("Education, health and care plans", entry["fetch"]["publication"])
    fake.data_set(publication, f"{entry['fetch']['data_set']} - 2019 to 2024", {"1.0": table})
    done, figure = live(project)
    assert done.returncode == 0, done.stderr
    assert figure["value"] == 1144, "Coventry, requests received in 2024"
    publisher.settle()
    moved = sum(served.sent for served in publisher.requests)
    fetched_again = fetched(project)
    assert fetched_again.returncode == 0, fetched_again.stderr
    assert f"{SOURCE}: unchanged" in fetched_again.stdout
    publisher.settle()
    again = sum(served.sent for served in publisher.requests) - moved
    assert again < moved / 20, "the titles and versions are asked for again, the data are not"
    assert "version 1.0" in small_project.jsna(project, "sources", SOURCE).stdout
