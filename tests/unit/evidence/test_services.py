"""The service directory: what is read, what is refused, and what the tables say of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from send_jsna.catalogue.dataset_file import parse_dataset
from send_jsna.errors import CatalogueError, DataError
from send_jsna.evidence.send import service_tables
from send_jsna.sources import service_directory, service_schema

ROOT = Path(__file__).resolve().parents[3]
SEEDS = ROOT.parent / "shared" / "seeds"
EXAMPLES = ROOT.parent / "shared" / "data" / "publisher" / "oruk"


def service(name: str, level: str, *needs: str, ages: tuple[int | None, int | None] = (None, None)) -> Any:
    def attribute(link: str, term: str, **more: str) -> dict[str, Any]:
        ident = f"{name}-{link}-{term}"
        return {
            "id": ident,
            "link_type": link,
            "taxonomy_term": {"id": ident, "taxonomy": f"send-jsna-{link}", "term": term, **more},
        }

    return {
        "id": f"id of {name}",
        "name": name,
        "status": "active",
        "minimum_age": ages[0],
        "maximum_age": ages[1],
        "organization": {"id": "o", "name": "Not named in the documents"},
        "service_areas": [{"id": "a", "name": "Coventry", "uri": "http://example.org/E08000026"}],
        "attributes": [
            attribute("level", level),
            *(attribute("need", need) for need in needs),
            attribute("source", "coventry-send-jsna-slides-2023", name="A slide", description="its words"),
        ],
    }


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    folder = tmp_path / "services"
    folder.mkdir()
    shutil.copy(ROOT / "data" / "services" / "vocabulary.yaml", folder)

    def write_page(*contents: Any, **page: Any) -> Path:
        size = len(contents)
        fields = {"total_items": size, "total_pages": 1, "page_number": 1, "size": size}
        fields |= {"first_page": True, "last_page": True, "empty": False, "contents": contents}
        (folder / "coventry.json").write_text(json.dumps(fields | page, indent=1), encoding="utf-8")
        return folder

    return write_page


def tables_of(folder: Path) -> tuple[service_schema.Directory, pd.DataFrame]:
    rows = parse_dataset(
        service_directory.build_dataset(folder.parent), dataset="services", where="services.csv"
    )
    directory = service_directory.read_directory(folder, "Coventry")
    return directory, service_tables.named(directory, rows)


@pytest.fixture
def small(write: Callable[..., Path]) -> tuple[service_schema.Directory, pd.DataFrame]:
    return tables_of(
        write(
            service("Check", "universal", "any", ages=(4, 4)),
            service("Therapy", "specialist", "slcn", "asd", ages=(None, 5)),
            service("Assessment", "specialist", "asd"),
            service("Internship", "targeted", "any", ages=(16, None)),
        )
    )


def test_the_matrix_counts_services_by_need_and_level_and_says_where_none_is_named(small: Any) -> None:
    matrix = service_tables.matrix(*small).set_index("Need")
    assert matrix.loc["Autism", "Specialist"] == "2"
    assert matrix.loc["Autism", "Universal"] == "none named"
    assert matrix.loc["No need named", "Targeted"] == "1"


def test_gaps_are_gaps_of_the_documents_need_by_need(small: Any) -> None:
    gaps = service_tables.gaps(*small)
    assert list(gaps.columns) == ["Need", "The documents name no"]
    named = gaps.set_index("Need")["The documents name no"]
    assert named["Autism"] == "universal or targeted service"
    assert named["Physical disability"] == "universal, targeted or specialist service"
    # A need that is no one kind is no gap.
    assert "No need named" not in named.index
    assert "physical disability" in service_tables.needs_without_service(*small)
    assert service_tables.levels_without_particular_need(*small) == "universal and targeted"


def test_overlaps_are_several_services_for_one_need_at_one_level(small: Any) -> None:
    overlaps = service_tables.overlaps(*small)
    assert overlaps.to_dict("records") == [
        {"Need": "Autism", "Level": "Specialist", "Services named": "Therapy; Assessment"}
    ]


def test_a_service_counts_in_each_age_group_it_reaches_into(small: Any) -> None:
    ages = service_tables.ages(*small).set_index("Age group")
    assert list(ages["Universal"]) == ["1", "none named", "none named", "none named", "none named"]
    assert list(ages["Specialist"]) == ["1", "1", "none named", "none named", "1"]
    assert list(ages["Targeted"]) == ["none named", "none named", "none named", "1", "none named"]


def test_the_listing_goes_from_universal_to_specialist_and_leaves_no_cell_empty(small: Any) -> None:
    listing = service_tables.listing(*small)
    assert list(listing["Level"]) == ["Universal", "Targeted", "Specialist", "Specialist"]
    assert list(listing["Ages"]) == ["4", "16 and over", "up to 5", "not stated"]
    assert set(listing["Provider"]) == {"not named"}
    assert "Slides, December 2023: A slide" in set(listing["Named in"])
    assert listing.map(lambda cell: bool(cell.strip())).all(axis=None)


def test_each_level_is_counted_and_explained(small: Any) -> None:
    levels = service_tables.by_level(*small).set_index("Level")
    assert levels["Services named"].to_dict() == {"Universal": "1", "Targeted": "1", "Specialist": "2"}
    assert levels["What it means here"].str.len().min() > 20


def test_a_directory_becomes_one_observation_a_service(write: Callable[..., Path]) -> None:
    folder = write(
        service("Therapy", "specialist", "slcn"), service("Many", "targeted", "slcn", "asd", ages=(2, 4))
    )
    rows = parse_dataset(
        service_directory.build_dataset(folder.parent), dataset="services", where="services.csv"
    )
    by_service = rows.set_index("service")
    assert by_service["value"].tolist() == [1.0, 1.0]
    assert by_service.loc["therapy", "need"] == "slcn"
    assert by_service.loc["many", ["need", "age"]].tolist() == ["", "2 to 4"]
    assert by_service.loc["therapy", "source_label"] == "specialist; A slide: its words"
    assert set(rows["area_code"]) == {"E08000026"}
    assert set(rows["period"]) == {"December 2023"}


def test_a_directory_and_an_edition_that_differ_are_refused(write: Callable[..., Path]) -> None:
    folder = write(service("Therapy", "specialist", "slcn"))
    rows = parse_dataset(
        service_directory.build_dataset(folder.parent), dataset="services", where="services.csv"
    )
    write(service("Therapy", "specialist", "slcn"), service("New", "universal", "any"))
    with pytest.raises(DataError, match=r"differ in new; .*rebuild the data set"):
        service_tables.named(service_directory.read_directory(folder, "Coventry"), rows)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda s: s.update(minimun_age=3),
            r"coventry\.json, line \d+: unknown key contents\.0\.minimun_age",
        ),
        (lambda s: s.pop("organization"), r"line \d+: the key contents\.0\.organization is missing"),
        (lambda s: s.update(status="open"), r"line 13: contents\.0\.status"),
        (
            lambda s: s.update(minimum_age=9, maximum_age=4),
            r"line 14: .*minimum_age 9 is above maximum_age 4",
        ),
        (
            lambda s: s["attributes"][0]["taxonomy_term"].update(term="special"),
            r"line 34: Therapy: level 'special' is unknown; expected one of universal, targeted, specialist",
        ),
        (lambda s: s["attributes"].pop(0), r"Therapy: it has 0 levels"),
        (lambda s: s["attributes"].pop(1), r"Therapy: it names no need"),
        (lambda s: s["attributes"].pop(2), r"Therapy: it names no source"),
        (lambda s: s["service_areas"][0].update(uri="http://x/Coventry"), r"does not end in an ONS code"),
    ],
)
def test_a_fault_is_reported_with_file_and_line(
    write: Callable[..., Path], change: Callable[[Any], Any], message: str
) -> None:
    entry = service("Therapy", "specialist", "slcn")
    change(entry)
    with pytest.raises(CatalogueError, match=message):
        service_directory.read_directory(write(entry), "Coventry")


def _set(entry: dict[str, Any], place: tuple[Any, ...], value: str) -> None:
    for step in place[:-1]:
        entry = entry[step]
    entry[place[-1]] = value


@pytest.mark.parametrize(
    "place",
    [
        *(("name",), ("description",), ("url",), ("organization", "name"), ("organization", "description")),
        ("service_areas", 0, "name"),
        *(("attributes", 2, "taxonomy_term", key) for key in ("name", "description")),
    ],
    ids=lambda place: ".".join(map(str, place)),
)
@pytest.mark.parametrize(
    "text",
    [
        *(
            "Ask ann.persona@example.org",
            "Ring 024 7655 0123",
            "At 1 Some Road, cv1 5rr",
            "upn h801200001001",
        ),
        *("NHS 943 476 5919", "for Jo, born 12/03/2015"),
    ],
)
def test_a_text_of_a_directory_that_could_identify_somebody_is_refused_by_line(
    write: Callable[..., Path], place: tuple[Any, ...], text: str
) -> None:
    entry = service("Therapy", "specialist", "slcn")
    _set(entry, place, text)
    folder = write(entry)
    path = ".".join(map(str, place))
    with pytest.raises(CatalogueError, match=rf"line \d+: contents\.0\.{path} contains an? ") as caught:
        service_directory.read_directory(folder, "Coventry")
    assert text not in caught.value.line()
    with pytest.raises(CatalogueError, match=r"contains an? "):
        service_directory.build_dataset(folder.parent)


def test_what_belongs_to_an_organisation_may_stand_in_its_own_fields_and_goes_nowhere(
    write: Callable[..., Path],
) -> None:
    entry = service("Therapy", "specialist", "slcn")
    entry |= {
        "email": "office@example.org",
        "contacts": [{"id": "c", "name": "Ann Persona", "phones": [{"number": "024 7655 0123"}]}],
        "service_at_locations": [{"location": {"addresses": [{"postal_code": "CV1 5RR"}]}}],
    }
    folder = write(entry)
    directory, named = tables_of(folder)
    made = service_directory.build_dataset(folder.parent).decode() + named.to_csv()
    assert len(directory.services) == 1
    assert not any(text in made for text in ("example.org", "Persona", "7655", "5RR"))


def test_a_service_that_stands_twice_is_refused(write: Callable[..., Path]) -> None:
    twice = service("Therapy", "specialist", "slcn"), service("Therapy!", "specialist", "slcn")
    with pytest.raises(CatalogueError, match=r"line \d+: the service Therapy! is listed twice"):
        service_directory.read_directory(write(*twice), "Coventry")


def test_a_page_that_lists_fewer_services_than_it_says_is_refused(write: Callable[..., Path]) -> None:
    folder = write(service("Therapy", "specialist", "slcn"), total_items=2)
    with pytest.raises(CatalogueError, match=r"line 2: total_items is 2; expected 1, as listed"):
        service_directory.read_directory(folder, "Coventry")


def test_broken_json_and_a_repeated_key_are_refused_by_line(write: Callable[..., Path]) -> None:
    folder = write(service("Therapy", "specialist", "slcn"))
    path = folder / "coventry.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"status": "active",', '"status": "active"'), encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"coventry\.json, line 14: is not valid JSON"):
        service_directory.read_directory(folder, "Coventry")
    path.write_text(
        text.replace('"status": "active",', '"status": "active", "status": "active",'), encoding="utf-8"
    )
    with pytest.raises(CatalogueError, match=r"line 13: the key status is duplicated"):
        service_directory.read_directory(folder, "Coventry")


def test_an_area_without_a_directory_is_told_so(write: Callable[..., Path]) -> None:
    folder = write(service("Therapy", "specialist", "slcn"))
    with pytest.raises(CatalogueError, match="no service directory of Dudley"):
        service_directory.read_directory(folder, "Dudley")


def test_coventrys_directory_is_the_data_set_of_the_edition() -> None:
    edition = ROOT / "data" / "editions" / "2025" / "services.csv"
    assert service_directory.build_dataset(ROOT / "data") == edition.read_bytes()
    directory, frame = tables_of(ROOT / "data" / "services")
    assert len(frame) == len(directory.services) == frame["observation_id"].nunique()


@pytest.mark.shared
def test_every_service_is_named_in_the_document_it_is_said_to_be_named_in() -> None:
    if not SEEDS.is_dir():
        pytest.skip("the two published documents are not beside the checkout")
    texts = {
        source: " ".join(next(SEEDS.glob(f"{number}_*.txt")).read_text(encoding="utf-8").split())
        for source, number in (
            ("coventry-send-jsna-slides-2023", "000"),
            ("coventry-send-jsna-summary-2024", "001"),
        )
    }
    directory = service_directory.read_directory(ROOT / "data" / "services", "Coventry")
    absent = [
        (entry.name, term.description)
        for entry in directory.services
        for term in entry.terms("source")
        if " ".join(term.description.split()) not in texts[term.term]
    ]
    assert absent == []


@pytest.mark.shared
def test_the_standards_own_example_is_read_but_for_what_this_project_needs_of_it() -> None:
    if not EXAMPLES.is_dir():
        pytest.skip("the examples of the standard are not beside the checkout")
    example = json.loads((EXAMPLES / "service_full.json").read_text(encoding="utf-8"))
    # The example's area has no ONS code; everything else must be understood.
    example["service_areas"][0]["uri"] = "http://example.org/E08000026"
    read = service_schema.Service.model_validate(example)
    assert read.name == "Community Counselling"
    assert service_schema.ages_in_words(read) == "12 to 100"
