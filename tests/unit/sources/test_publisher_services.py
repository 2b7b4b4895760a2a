"""Open Referral UK: a feed's services as observations, and the declared directory. Feeds are synthetic."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pandas as pd
import publisher_documents as docs
import pytest

from send_jsna.catalogue.loading import load_catalogue
from send_jsna.errors import DataError
from send_jsna.ingest.incoming import from_mirror
from send_jsna.ingest.mirror import Mirror
from send_jsna.sources import open_referral, service_directory
from send_jsna.sources.registry import stored_of

SOURCE = "open-referral-services"
CATALOGUE = load_catalogue(docs.ROOT / "data" / "catalogue")


def tidy(tmp_path: Path, content: bytes, *codes: str, subject: str = docs.COVENTRY) -> pd.DataFrame:
    path = docs.write(tmp_path / "open-referral-services.json", content)
    return open_referral.tidy(docs.files(SOURCE, path), docs.context(*codes, subject=subject))


def test_a_service_is_one_observation(tmp_path: Path) -> None:
    frame = tidy(tmp_path, docs.feed(docs.service(1), docs.service(2, status="defunct")))
    row = frame.iloc[0]
    assert len(frame) == 1
    assert (row["indicator"], row["area_code"], row["service"]) == (
        "service_named",
        docs.COVENTRY,
        "service_1",
    )
    assert (row["age"], row["need"], row["period"], row["value"]) == ("0 to 5", "asd", "March 2025", 1.0)
    assert "Persona" not in frame.to_csv()


def test_services_of_one_name_stay_apart_and_other_areas_are_left_out(tmp_path: Path) -> None:
    here = [docs.service(1, name="Playgroup"), docs.service(20_000_001, name="Playgroup")]
    here[1]["id"] = "11111111-0000-4000-8000-000000000001"
    uri = "http://statistics.data.gov.uk/id/statistical-geography/E06000015"
    there = docs.service(3, service_areas=[{"id": "a", "name": "Derby", "uri": uri}])
    frame = tidy(tmp_path, docs.feed(*here, there), docs.COVENTRY)
    assert frame["service"].nunique() == 2
    assert set(frame["area_code"]) == {docs.COVENTRY}


def test_a_service_without_an_area_is_the_editions_own_or_refused(tmp_path: Path) -> None:
    content = docs.feed(docs.service(1, service_areas=[], last_modified=None))
    assert tidy(tmp_path, content)["period"].tolist() == ["not stated"]
    with pytest.raises(DataError, match="service 1: it names no area that is known"):
        tidy(tmp_path, content, subject="")


def test_the_declared_directory_read_as_a_feed_gives_the_same_services(tmp_path: Path) -> None:
    """Ages, areas and services are those of the declared directory; the feed knows nothing of documents."""
    folder = docs.ROOT / "data" / "services"
    feed = tidy(tmp_path, (folder / "coventry.json").read_bytes())
    declared = service_directory.to_observations(service_directory.read_directory(folder, "Coventry"))
    columns = ["indicator", "area_code", "age", "need", "service", "value"]
    order = {"by": "service", "ignore_index": True}
    pd.testing.assert_frame_equal(
        feed[columns].sort_values(**order), declared[columns].sort_values(**order), check_dtype=False
    )


PERSONAL = {
    "description": "Ask Ann Persona on 024 7655 0123, ann.persona@example.org, CV1 5RR",
    "url": "https://example.org/ann-persona",
    "alert": "Ann Persona is away",
}
TERM = {"id": "n", "taxonomy": "send-jsna-need", "term": "asd", "description": "Ann Persona's list"}


def personal(number: int, **changes: Any) -> dict[str, Any]:
    """A service that names a person in every field that is not read."""
    whole = docs.service(number, **PERSONAL | changes)
    whole["organization"]["description"] = "Led by Ann Persona"
    whole["attributes"][0]["taxonomy_term"] = TERM
    return whole


@pytest.mark.parametrize("packed", [False, True])
def test_a_downloaded_feed_reaches_the_store_without_its_texts_and_contacts(
    tmp_path: Path, packed: bool
) -> None:
    """As a feed that is fetched does: what is not read is not stored, since a name has no shape."""
    folder = tmp_path / "folder"
    folder.mkdir()
    content = docs.feed(personal(1), personal(2))
    name = "open-referral-coventry.json"
    docs.write(folder / (name + ".gz" * packed), gzip.compress(content) if packed else content)
    source = CATALOGUE.sources[SOURCE]
    files = Mirror(folder).find(source)
    assert files is not None
    (found,) = from_mirror(source, files, tmp_path / "scratch", {}, stored_of(source))
    stored = found.path.read_bytes()
    assert hashlib.sha256(stored).hexdigest() == found.retrieval.sha256
    assert not any(text in stored for text in (b"Persona", b"persona", b"7655", b"@", b"5RR"))
    assert len(tidy(tmp_path, stored)) == 2
    assert tidy(tmp_path, stored).equals(tidy(tmp_path, content))


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Clinic of h801200001001"},
        {"organization": {"id": "o", "name": "ann.persona@example.org"}},
        {"service_areas": [{"id": "a", "name": "round CV1 5RR", "uri": "http://example.org/E08000026"}]},
    ],
)
def test_a_service_whose_name_could_identify_somebody_is_left_out_and_the_rest_kept(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    docs.write(folder / "open-referral-x.json", docs.feed(docs.service(1), docs.service(2, **changes)))
    source = CATALOGUE.sources[SOURCE]
    files = Mirror(folder).find(source)
    assert files is not None
    (found,) = from_mirror(source, files, tmp_path / "scratch", {}, stored_of(source))
    assert tidy(tmp_path, found.path.read_bytes())["service"].tolist() == ["service_1"]
    assert found.retrieval.notes == ("1 of 2 services are left out: their names could identify a person",)


def test_a_file_that_is_no_feed_is_not_stored(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    docs.write(folder / "open-referral-x.json", b"Ann Persona, h801200001001")
    source = CATALOGUE.sources[SOURCE]
    files = Mirror(folder).find(source)
    assert files is not None
    with pytest.raises(DataError, match="it is no page of services") as caught:
        from_mirror(source, files, tmp_path / "scratch", {}, stored_of(source))
    assert "Persona" not in caught.value.line()
    assert list((tmp_path / "scratch").iterdir()) == []


def damaged(**changes: Any) -> bytes:
    return docs.feed(docs.service(1, **changes))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<html></html>", "it is not valid JSON"),
        (b"[" * 100_000, "it is not valid JSON"),
        (b"[]", "it holds no services"),
        (docs.feed(), "it holds no services"),
        (damaged(status="open"), "service 1: its status is unknown"),
        (damaged(name=""), "it has no id or no name"),
        (damaged(minimum_age="five"), "its minimum or maximum age is none"),
        (damaged(minimum_age=9), "its minimum age is above its maximum age"),
        (damaged(last_modified="yesterday"), "its last_modified is no time"),
        (damaged(attributes={"a": 1}), "its attributes are no list"),
        (damaged(organization="trust"), "its organization is no object"),
        (json.dumps({"contents": ["a"]}).encode(), "it is no service"),
        (
            json.dumps({"total_items": 2, "contents": [docs.service(1)]}).encode(),
            "it holds 1 services; expected as many as its total_items says",
        ),
    ],
)
def test_a_faulty_feed_is_one_sentence(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        tidy(tmp_path, content)


@pytest.mark.parametrize(
    "changes",
    [
        {"minimum_age": 200},
        {"maximum_age": "Jo Persona, 5"},
        {"minimum_age": 9},
        {"last_modified": "yesterday"},
        {"status": "open"},
        {"name": ""},
        {"attributes": {"a": 1}},
        {"organization": "trust"},
    ],
)
def test_a_service_that_is_wrong_costs_itself_alone(tmp_path: Path, changes: dict[str, Any]) -> None:
    content = docs.feed(docs.service(1), docs.service(2, **changes), docs.service(3))
    path = docs.write(tmp_path / "open-referral-services.json", content)
    files = docs.files(SOURCE, path)
    frame = open_referral.tidy(files, docs.context())
    assert frame["service"].tolist() == ["service_1", "service_3"]
    ((sentence, is_wrong),) = files.left_out.items()
    assert is_wrong and "service 2: " in sentence
    assert "Persona" not in sentence


def test_what_is_wrong_with_a_service_that_is_no_longer_active_is_not_said(tmp_path: Path) -> None:
    content = docs.feed(docs.service(1), docs.service(2, status="defunct", minimum_age=200))
    path = docs.write(tmp_path / "open-referral-services.json", content)
    files = docs.files(SOURCE, path)
    assert len(open_referral.tidy(files, docs.context())) == 1
    assert files.left_out == {}


@pytest.mark.shared
def test_the_examples_of_the_profile_are_read(shared: Path, tmp_path: Path) -> None:
    folder = shared / "publisher" / "oruk"
    full = json.loads((folder / "service_full.json").read_text())
    frame = tidy(tmp_path, docs.feed(full))
    assert frame[["service", "age", "period"]].values.tolist() == [
        ["community_counselling", "12 to 100", "March 2023"]
    ]


@pytest.mark.shared
def test_one_page_of_ten_is_refused_and_the_profile_has_the_calls_that_are_made(
    shared: Path, tmp_path: Path
) -> None:
    folder = shared / "publisher" / "oruk"
    with pytest.raises(DataError, match="it holds 1 services; expected as many"):
        tidy(tmp_path, (folder / "service_list.json").read_bytes())
    paths = json.loads((folder / "openapi30.json").read_text())["paths"]
    asked = paths["/services"]["get"]["parameters"]
    named = {item.get("name") or item["$ref"].rsplit("/", 1)[-1] for item in asked}
    assert {"page", "per_page"} <= named
    assert "/services/{id}" in paths
