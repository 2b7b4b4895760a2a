"""A source of Explore Education Statistics: from the catalogue's entry to a download and back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from publishers import server
from publishers.ees_fake import EesFake, Table
from publishers.server import PublisherServer

from send_jsna.catalogue.schema import Source
from send_jsna.errors import CatalogueError, FetchError
from send_jsna.ingest.ees.api import lasting
from send_jsna.ingest.http import Client
from send_jsna.ingest.retrieval_ledger import Retrieval
from send_jsna.ingest.source_files import Download
from send_jsna.sources import fetching

PUBLICATION = "Special educational needs in England"
TITLE = "Age and Gender, by type of SEN provision and type of need"
CHANGED = {
    "minorChanges": {
        "filterOptions": [
            {
                "filter": {"id": "abc", "column": "breakdown", "label": "Breakdown", "hint": ""},
                "options": [{"currentState": {"id": "x", "label": "Aged 26"}}],
            }
        ]
    }
}


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


@pytest.fixture(scope="module")
def table(shared: Path) -> Table:
    return Table.read(
        shared / "publisher" / "sen2_2025" / "requests.csv.gz",
        filters=("breakdown_topic", "breakdown"),
        keep=lambda row: row["old_la_code"] == "331",
    )


def source(publisher: PublisherServer, **fetch: Any) -> Source:
    return Source.model_validate(
        {
            "id": "dfe-age-sex",
            "publisher": "Department for Education",
            "title": "Age and sex",
            "licence": "OGL-UK-3.0",
            "as_at": "2023-12-31",
            "fetch": {
                "kind": "ees",
                "publication": "special-educational-needs-in-england",
                "data_set": TITLE,
                "base": publisher.url("/statistics"),
                "content": publisher.url(""),
                **fetch,
            },
        }
    )


def kept(download: Download) -> dict[str, Retrieval]:
    """What the store would hold of a download."""
    fetched = download.fetched
    held = Retrieval(
        source_id="dfe-age-sex",
        resource=download.resource,
        url=fetched.url,
        sha256=fetched.sha256,
        size=fetched.size,
        etag=fetched.etag,
        last_modified=fetched.last_modified,
        retrieved_at=datetime.now(UTC),
        version=download.version,
        accepted=True,
    )
    return {download.resource: held}


@pytest.mark.shared
class TestAdapter:
    @pytest.mark.parametrize("printed", [TITLE, f"02 - {TITLE} - 2016 to 2022", f"{TITLE} – 2016 to 2025"])
    def test_a_title_is_found_whatever_years_it_names(
        self, publisher: PublisherServer, api: EesFake, client: Client, table: Table, printed: str
    ) -> None:
        key = api.publication(PUBLICATION)
        api.data_set(
            key, "Year group, by type of SEN provision and type of need - 2016 to 2022", {"1.0": table}
        )
        api.data_set(key, printed, {"1.0": table})
        (found,) = fetching.fetch(source(publisher), client, {})
        assert (found.resource, found.title, found.version) == ("main", printed, "1.0")
        assert found.name == "age_and_gender_by_type_of_sen_provision_and_type_of_need.csv"
        assert (str(found.published), found.notes) == ("2025-01-01", ())

    def test_the_exact_title_goes_before_an_older_one_of_like_name(
        self, publisher: PublisherServer, api: EesFake, client: Client, table: Table
    ) -> None:
        key = api.publication(PUBLICATION)
        api.data_set(key, f"{TITLE} - 2016 to 2022", {"3.0": table})
        api.data_set(key, TITLE, {"1.0": table})
        assert fetching.fetch(source(publisher), client, {})[0].title == TITLE

    def test_two_releases_of_one_title_are_not_guessed_between(
        self, publisher: PublisherServer, api: EesFake, client: Client, table: Table
    ) -> None:
        key = api.publication(PUBLICATION)
        api.data_set(key, f"{TITLE} - 2016 to 2022", {"1.0": table})
        api.data_set(key, f"{TITLE} - 2016 to 2023", {"1.0": table})
        with pytest.raises(FetchError, match="2 data sets are called"):
            fetching.fetch(source(publisher), client, {})

    def test_what_is_held_is_not_moved_again_and_changes_are_told(
        self, publisher: PublisherServer, api: EesFake, client: Client, table: Table
    ) -> None:
        key = api.publication(PUBLICATION)
        number = api.data_set(key, TITLE, {"1.0": table}, changes={"1.1": CHANGED})
        held = kept(fetching.fetch(source(publisher), client, {})[0])
        (again,) = fetching.fetch(source(publisher), client, held)
        assert again.fetched.not_modified
        assert len(publisher.bodies(f"/statistics/v1/data-sets/{number}/csv")) == 1
        api._data_sets[number].versions["1.1"] = table
        (newer,) = fetching.fetch(source(publisher), client, held)
        assert newer.version == "1.1"
        assert newer.notes == ("1.1, minor: filter option added in 'Breakdown': 'Aged 26'",)

    def test_the_same_version_of_another_data_set_is_moved(
        self, publisher: PublisherServer, api: EesFake, client: Client, table: Table
    ) -> None:
        key = api.publication(PUBLICATION)
        api.data_set(key, TITLE, {"1.0": table})
        api.data_set(key, "Year group", {"1.0": table})
        held = kept(fetching.fetch(source(publisher), client, {})[0])
        (other,) = fetching.fetch(source(publisher, data_set="Year group"), client, held)
        assert not other.fetched.not_modified
        assert other.title == "Year group"

    def test_what_the_api_lacks_comes_from_the_catalogue_once(
        self, publisher: PublisherServer, api: EesFake, client: Client, table: Table
    ) -> None:
        api.publication(PUBLICATION)
        number = api.file(table.content)
        wanted = source(publisher, file_id=number)
        (first,) = fetching.fetch(wanted, client, {})
        assert first.version == ""
        assert "taken from the data catalogue" in first.notes[0]
        assert fetching.fetch(wanted, client, kept(first))[0].fetched.not_modified

    def test_a_title_that_is_nowhere_is_said(
        self, publisher: PublisherServer, api: EesFake, client: Client, table: Table
    ) -> None:
        api.data_set(api.publication(PUBLICATION), "Age and sex, by type of need", {"1.0": table})
        with pytest.raises(FetchError, match=r"no data set is called .*such as Age and sex.*sources\.yaml"):
            fetching.fetch(source(publisher), client, {})


def test_a_source_of_another_service_is_refused(tmp_path: Path) -> None:
    from send_jsna.ingest.ees import source

    other = Source(
        id="x", publisher="P", title="T", licence="OGL-UK-3.0", as_at=datetime(2025, 1, 1, tzinfo=UTC).date()
    )
    with Client(tmp_path, hosts=()) as http, pytest.raises(CatalogueError, match="kind ees"):
        source.fetch(other, http, {})


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("01 - EHC plans - by age - January 2010 to 2022", "ehc plans - by age"),
        ("Pupils, by type - 2016 to 2025 (2026 format)", "pupils, by type (2026 format)"),
        ("Requests for assessment 12", "requests for assessment 12"),
        ("New plans - 2019", "new plans - 2019"),
        ("Absence, 2015/16 to 2022/23", "absence"),
        ("2016 to 2023", "2016 to 2023"),
    ],
)
def test_what_lasts_of_a_title(title: str, expected: str) -> None:
    assert lasting(title) == expected
