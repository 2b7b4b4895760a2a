"""Explore Education Statistics: fetched from an API built from its own OpenAPI document, with real rows."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from publishers import server
from publishers.ees_fake import EesFake, Table
from publishers.server import PublisherServer

from send_jsna.errors import FetchError, GateError, JsnaError
from send_jsna.ingest.ees.client import EesClient, fetch_data_set
from send_jsna.ingest.ees.versions import describe_changes
from send_jsna.ingest.http import Client, Validators, open_unpacked

PLANS = "Education, health and care plans"
REQUESTS = "Requests for assessment"
FILTERS = ("breakdown_topic", "breakdown")
CHANGED = {
    "minorChanges": {
        "filterOptions": [
            {
                "filter": {"id": "abc", "column": "breakdown", "label": "Breakdown", "hint": ""},
                "options": [{"currentState": {"id": "x", "label": "Age 26"}}],
            }
        ],
        "indicators": [
            {
                "previousState": {"id": "i", "column": "requests", "label": "Requests", "unit": ""},
                "currentState": {"id": "i", "column": "requests", "label": "All requests", "unit": ""},
            }
        ],
    }
}
MAJOR = {
    "majorChanges": {
        "locationOptions": [
            {
                "level": {"code": "LA", "label": "Local authority"},
                "options": [
                    {"previousState": {"id": "x", "label": "Cumbria", "code": "E10000006", "oldCode": "909"}}
                ],
            }
        ],
        "geographicLevels": [{"previousState": {"code": "REG", "label": "Regional"}}],
    }
}


@pytest.fixture(scope="module")
def table(shared: Path) -> Table:
    """Real requests for assessment: England, the West Midlands, Coventry and Birmingham, symbols and all."""
    places = {("National", ""), ("Regional", ""), ("Local authority", "331"), ("Local authority", "330")}
    return Table.read(
        shared / "publisher" / "sen2_2025" / "requests.csv.gz",
        filters=FILTERS,
        keep=lambda row: (row["geographic_level"], row["old_la_code"]) in places,
    )


@pytest.fixture
def publisher() -> Iterator[PublisherServer]:
    with PublisherServer() as running:
        yield running


@pytest.fixture
def api(publisher: PublisherServer, shared: Path) -> EesFake:
    fake = EesFake(shared / "publisher" / "ees_api" / "openapi-v1.json")
    publisher.mount("/statistics", fake)
    publisher.mount("/data-catalogue", fake.catalogue)
    return fake


@pytest.fixture
def client(publisher: PublisherServer, tmp_path: Path) -> Iterator[Client]:
    with publisher.client(tmp_path / "scratch", server.PATIENT) as opened:
        yield opened
        assert not list(opened.scratch.glob(".*")), "a partial file was left"


@pytest.fixture
def ees(client: Client, publisher: PublisherServer, api: EesFake) -> EesClient:
    return EesClient(client, base=publisher.url("/statistics"), content=publisher.url(""))


@pytest.fixture
def data_set(api: EesFake, table: Table) -> str:
    """One data set of one publication, in version 1.0."""
    return api.data_set(api.publication(PLANS), REQUESTS, {"1.0": table})


def one_line(caught: pytest.ExceptionInfo[JsnaError]) -> str:
    text = str(caught.value)
    assert "\n" not in text
    return text


def rows_of(path: Path) -> list[dict[str, str]]:
    with open_unpacked(path) as file, io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


def left(client: Client) -> list[Path]:
    return list(client.scratch.iterdir())


class TestFinding:
    @pytest.mark.parametrize(
        "name", [PLANS, PLANS.upper(), "education-health-and-care-plans", f" {PLANS.replace(' ', '  ')} "]
    )
    def test_a_publication_by_title_or_slug(self, ees: EesClient, api: EesFake, name: str) -> None:
        for number in range(90):
            api.publication(f"{PLANS} {number}")
        key = api.publication(PLANS)
        assert ees.find_publication(name).id == key

    def test_a_slug_the_search_does_not_find(self, ees: EesClient, api: EesFake) -> None:
        key = api.publication("Pupil absence in schools", slug="attendance-of-pupils")
        assert ees.find_publication("attendance-of-pupils").id == key

    def test_no_such_publication_names_those_that_are_near(self, ees: EesClient, api: EesFake) -> None:
        api.publication(PLANS)
        with pytest.raises(FetchError, match="no publication is called") as caught:
            ees.find_publication("Education health and care plan")
        assert PLANS in one_line(caught)
        assert caught.value.status == 404

    def test_two_of_one_name_are_not_guessed_between(
        self, ees: EesClient, api: EesFake, table: Table
    ) -> None:
        key = api.publication(PLANS)
        for _ in range(2):
            api.data_set(key, REQUESTS, {"1.0": table})
        with pytest.raises(FetchError, match="2 data sets are called"):
            ees.find_data_set(key, REQUESTS)

    def test_a_data_set_on_a_later_page(
        self, ees: EesClient, api: EesFake, table: Table, publisher: PublisherServer
    ) -> None:
        key = api.publication(PLANS)
        for number in range(45):
            api.data_set(key, f"{REQUESTS} {number}", {"1.0": table})
        wanted = api.data_set(key, REQUESTS, {"1.0": table})
        assert ees.find_data_set(key, "requests for  assessment").id == wanted
        pages = [served.asked.query for served in publisher.requests]
        assert pages == [{"page": str(number), "pageSize": "20"} for number in (1, 2, 3)]
        with pytest.raises(FetchError, match=r"such as Requests for assessment; ") as caught:
            ees.find_data_set(key, "Requests of assessment")
        assert caught.value.status == 404

    def test_a_withdrawn_data_set_is_refused(self, ees: EesClient, api: EesFake, table: Table) -> None:
        key = api.publication(PLANS)
        api.data_set(key, REQUESTS, {"1.0": table}, status="Withdrawn")
        with pytest.raises(FetchError, match=r"was withdrawn .* last good snapshot") as caught:
            ees.find_data_set(key, REQUESTS)
        assert caught.value.status == 410

    def test_a_deprecated_data_set_leads_to_its_successor(
        self, ees: EesClient, api: EesFake, table: Table
    ) -> None:
        key = api.publication(PLANS)
        new = api.data_set(key, "Requests, by month", {"1.0": table})
        api.data_set(key, REQUESTS, {"1.0": table}, status="Deprecated", superseding=new)
        found = ees.find_data_set(key, REQUESTS)
        assert found.id == new
        assert found.notes == (f"the data set '{REQUESTS}' is superseded by 'Requests, by month'",)

    def test_a_list_that_loses_entries_is_refused(self, ees: EesClient, api: EesFake, table: Table) -> None:
        key = api.publication(PLANS)
        api.data_set(key, REQUESTS, {"1.0": table})
        api.alter = lambda asked, document: {**document, "results": []}
        with pytest.raises(FetchError, match="0 entries and 1 were announced"):
            ees.find_data_set(key, REQUESTS)

    @pytest.mark.parametrize(
        "answer", [[], {}, {"results": [{}]}, {"results": [], "paging": {}}, "text", None]
    )
    def test_an_answer_that_is_not_documented_is_one_sentence(
        self, ees: EesClient, api: EesFake, answer: Any
    ) -> None:
        key, api.strict, api.alter = api.publication(PLANS), False, lambda asked, document: answer
        for ask in (
            lambda: ees.find_publication(PLANS),
            lambda: ees.find_data_set(key, REQUESTS),
        ):
            with pytest.raises(FetchError, match="not as documented") as caught:
                ask()
            one_line(caught)


class TestVersions:
    def choose(self, ees: EesClient, api: EesFake, table: Table, known: str = "", **options: Any) -> Any:
        versions = dict.fromkeys(options.pop("versions", ("1.0", "1.1", "1.2")), table)
        key = api.data_set(api.publication(PLANS), REQUESTS, versions, **options)
        return ees.resolve_version(key, 1, known)

    def test_the_newest_of_the_pinned_major(self, ees: EesClient, api: EesFake, table: Table) -> None:
        choice = self.choose(ees, api, table, versions=("1.0", *(f"1.{n}" for n in range(1, 31))))
        assert choice.version.version == "1.30"
        assert (choice.changes, choice.notes) == ((), ())

    def test_changes_since_the_version_known_are_told(
        self, ees: EesClient, api: EesFake, table: Table
    ) -> None:
        versions = ("1.0", "1.1", "1.2", "2.0")
        changes = {"1.0": CHANGED, "1.1": CHANGED, "1.2": {}, "2.0": MAJOR}
        choice = self.choose(ees, api, table, "1.0", versions=versions, changes=changes)
        assert choice.version.version == "1.2"
        assert choice.changes == (
            "1.1, minor: indicator changed: 'Requests': label 'Requests' → 'All requests'",
            "1.1, minor: filter option added in 'Breakdown': 'Age 26'",
        )

    def test_a_newer_major_is_told_and_not_taken(self, ees: EesClient, api: EesFake, table: Table) -> None:
        choice = self.choose(ees, api, table, versions=("1.0", "1.1", "2.0"))
        assert choice.version.version == "1.1"
        assert choice.notes[0].startswith("version 2.0 is out; pinned 1; read its changes at http")
        assert choice.notes[0].endswith("/versions/2.0/changes; then set major: 2 in sources.yaml")

    @pytest.mark.parametrize("withdrawn", [True, False])
    def test_only_a_newer_major_stops(
        self, ees: EesClient, api: EesFake, table: Table, withdrawn: bool
    ) -> None:
        versions = ("1.0", "2.0", "2.1") if withdrawn else ("2.0", "2.1")
        with pytest.raises(GateError, match=r"version 2\.1 is out; pinned 1; .*set major: 2") as caught:
            self.choose(ees, api, table, versions=versions, version_status={"1.0": "Withdrawn"})
        one_line(caught)

    def test_a_major_that_is_not_out_yet_stops(self, ees: EesClient, api: EesFake, table: Table) -> None:
        with pytest.raises(FetchError, match=r"there are: 0\.9"):
            self.choose(ees, api, table, versions=("0.9",))

    def test_a_withdrawn_version_is_passed_over(self, ees: EesClient, api: EesFake, table: Table) -> None:
        choice = self.choose(ees, api, table, version_status={"1.2": "Withdrawn", "1.1": "Deprecated"})
        assert choice.version.version == "1.1"
        assert choice.notes == ("version 1.1 is deprecated",)

    def test_changes_in_words(self) -> None:
        assert describe_changes({"versionNumber": "2.0", "notes": "Boundaries", **MAJOR}) == [
            "2.0: Boundaries",
            "2.0, major: geographic level removed: 'Regional' (REG)",
            "2.0, major: location removed in 'Local authority' (LA): 'Cumbria' (E10000006)",
        ]
        many = {"timePeriods": [{"currentState": {"label": str(year)}} for year in range(30)]}
        assert (
            describe_changes({"versionNumber": "1.1", "minorChanges": many})[-1] == "1.1, minor: and 10 more"
        )


class TestWholeDataSets:
    @pytest.mark.parametrize("packed", ["encoding", "file", "no"])
    def test_the_bytes_are_the_publishers(
        self, ees: EesClient, api: EesFake, table: Table, packed: str, client: Client
    ) -> None:
        key = api.data_set(api.publication(PLANS), REQUESTS, {"1.0": table})
        api.packed = packed
        found = fetch_data_set(ees, publication=PLANS, title=REQUESTS, major=1)
        expected = table.content if packed == "no" else gzip.compress(table.content, mtime=0)
        assert found.fetched.file.read_bytes() == expected
        assert rows_of(found.fetched.file) == table.rows
        assert (found.version, found.title, str(found.published)) == ("1.0", REQUESTS, "2025-01-01")
        assert found.notes == []
        assert found.fetched.url.endswith(f"/v1/data-sets/{key}/csv?dataSetVersion=1.0")
        assert left(client) == [found.fetched.path]

    def test_an_unchanged_version_moves_no_body(
        self, ees: EesClient, data_set: str, publisher: PublisherServer
    ) -> None:
        first = fetch_data_set(ees, publication=PLANS, title=REQUESTS, major=1)
        first.fetched.discard()
        second = fetch_data_set(ees, publication=PLANS, title=REQUESTS, major=1, known_version="1.0")
        assert (second.fetched.not_modified, second.fetched.path, second.version) == (True, None, "1.0")
        assert len(publisher.bodies(f"/statistics/v1/data-sets/{data_set}/csv")) == 1

    def test_a_new_minor_version_is_fetched_with_its_changes(
        self, ees: EesClient, api: EesFake, table: Table
    ) -> None:
        newer = Table.of([row for row in table.rows if row["time_period"] != "2019"], FILTERS)
        api.data_set(api.publication(PLANS), REQUESTS, {"1.0": table, "1.1": newer}, changes={"1.1": CHANGED})
        found = fetch_data_set(ees, publication=PLANS, title=REQUESTS, major=1, known_version="1.0")
        assert rows_of(found.fetched.file) == newer.rows
        assert found.version == "1.1"
        assert len(found.notes) == 2

    def test_the_pinned_major_is_fetched_not_the_latest(
        self, ees: EesClient, api: EesFake, table: Table
    ) -> None:
        newer = Table.of(table.rows[:5], FILTERS)
        api.data_set(api.publication(PLANS), REQUESTS, {"1.0": table, "2.0": newer})
        found = fetch_data_set(ees, publication=PLANS, title=REQUESTS, major=1)
        assert rows_of(found.fetched.file) == table.rows
        assert "version 2.0 is out" in found.notes[0]

    @pytest.mark.parametrize("missing", ["publication", "data set"])
    def test_what_the_api_lacks_comes_from_the_catalogue(
        self, ees: EesClient, api: EesFake, table: Table, publisher: PublisherServer, missing: str
    ) -> None:
        if missing == "data set":
            api.publication(PLANS)
        key = api.file(table.content)
        ask = {"publication": PLANS, "title": REQUESTS, "major": 1, "fallback_file_id": key}
        found = fetch_data_set(ees, **ask)
        assert found.fetched.file.read_bytes() == table.content
        assert found.version == ""
        assert f"not in the API (no {missing} is called" in found.notes[0]
        again = fetch_data_set(ees, **ask, validators=Validators(found.fetched.etag))
        assert again.fetched.not_modified
        assert publisher.bodies(f"/data-catalogue/data-set/{key}/csv") == [len(table.content), 0]
        # What is held came from the API: the catalogue's "not modified" would be of other bytes.
        other = fetch_data_set(ees, **ask, validators=Validators(found.fetched.etag), known_version="1.0")
        assert not other.fetched.not_modified

    def test_without_a_file_id_the_missing_title_is_said(self, ees: EesClient, api: EesFake) -> None:
        with pytest.raises(FetchError, match=r"no publication .* sources\.yaml"):
            fetch_data_set(ees, publication=PLANS, title=REQUESTS, major=1)

    def test_a_file_id_that_is_gone_is_said(self, ees: EesClient, api: EesFake, client: Client) -> None:
        gone = "2e60aacd-d46c-416a-af4d-9d2269506ff6"
        with pytest.raises(FetchError, match="HTTP 404"):
            fetch_data_set(ees, publication=PLANS, title=REQUESTS, major=1, fallback_file_id=gone)
        assert left(client) == []

    def test_a_withdrawn_data_set_is_not_looked_for_elsewhere(
        self, ees: EesClient, api: EesFake, table: Table
    ) -> None:
        api.data_set(api.publication(PLANS), REQUESTS, {"1.0": table}, status="Withdrawn")
        key = api.file(table.content)
        with pytest.raises(FetchError, match="withdrawn"):
            fetch_data_set(ees, publication=PLANS, title=REQUESTS, major=1, fallback_file_id=key)

    @pytest.mark.parametrize(
        "fault", [server.html(200), server.with_body(b'{"title": "Problem"}'), server.with_body(b"")]
    )
    def test_anything_but_csv_is_refused(
        self,
        ees: EesClient,
        api: EesFake,
        data_set: str,
        publisher: PublisherServer,
        client: Client,
        fault: server.Fault,
    ) -> None:
        api.packed = "no"
        publisher.always(f"/statistics/v1/data-sets/{data_set}/csv", fault)
        with pytest.raises(FetchError, match="in place of the data") as caught:
            fetch_data_set(ees, publication=PLANS, title=REQUESTS, major=1)
        one_line(caught)
        assert left(client) == []

    def test_faults_that_pass_are_not_seen(
        self, ees: EesClient, table: Table, data_set: str, publisher: PublisherServer
    ) -> None:
        publisher.fault("/statistics/v1/publications", server.too_many("0"), server.status(504))
        publisher.fault(f"/statistics/v1/data-sets/{data_set}/csv", server.truncated(900), server.html(503))
        found = fetch_data_set(ees, publication=PLANS, title=REQUESTS, major=1)
        assert rows_of(found.fetched.file) == table.rows

    @pytest.mark.parametrize("ask", ["data_set", "versions", "csv_url", "catalogue_csv"])
    def test_an_id_is_no_path(self, ees: EesClient, ask: str) -> None:
        with pytest.raises(FetchError, match="is not an id"):
            getattr(ees, ask)("../../x")


def test_every_answer_was_held_against_the_document(ees: EesClient, api: EesFake, data_set: str) -> None:
    fetch_data_set(ees, publication=PLANS, title=REQUESTS, major=1)
    assert api.checked >= 3
    broken = {**api._summary(data_set), "status": "Unknown"}
    with pytest.raises(Exception, match="is not one of"):
        api.check("DataSetViewModel", broken)
    with pytest.raises(Exception, match="unexpected"):
        api.check("DataSetMetaViewModel", {**api._data_sets[data_set].versions["1.0"].meta, "more": 1})
