"""Readers of neighbourhoods: figures, sums of larger areas, wards, outlines. Synthetic, but if shared."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import publisher_documents as docs
import pytest
import small_areas as made

from send_jsna.catalogue import neighbourhoods as geography
from send_jsna.catalogue.loading import load_catalogue
from send_jsna.editions import built
from send_jsna.errors import DataError
from send_jsna.ingest.mirror import Mirror
from send_jsna.sources import neighbourhoods, small_areas

ENGLAND = "E92000001"
CONTEXT = docs.context(docs.COVENTRY, "E12000005", ENGLAND)


def _by(frame: pd.DataFrame, indicator: str, column: str = "value") -> dict[str, float]:
    rows = frame[frame["indicator"] == indicator]
    return dict(zip(rows["area_code"], rows[column], strict=True))


def test_the_indices_are_read_by_neighbourhood_and_added_up(tmp_path: Path) -> None:
    frame = small_areas.tidy(made.deprivation(tmp_path), CONTEXT)

    assert _by(frame, "neighbourhood_imd_decile") == dict(zip(made.CODES[:4], (1, 1, 5, 10), strict=True))
    # Of the authority as printed; of the region and England, where Solihull is too, as counted.
    shares = {docs.COVENTRY: 50.0, "E12000005": 40.0, ENGLAND: 40.0}
    assert _by(frame, "neighbourhoods_most_deprived_pct") == shares
    assert _by(frame, "neighbourhoods_most_deprived_pct", "numerator") == dict.fromkeys(shares, 2.0)
    people = _by(frame, "neighbourhood_income_deprived_count")
    assert (people["E01000001"], people[docs.COVENTRY], people[ENGLAND]) == (100, 251, 310)
    children = _by(frame, "neighbourhood_income_deprived_children_count")
    assert pd.isna(children["E01000003"])
    assert (children[docs.COVENTRY], children[ENGLAND]) == (80, 100)


def test_figures_that_lack_a_neighbourhood_are_refused_by_its_code(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the neighbourhood E01000004 has no row, and so have 1 more"):
        small_areas.tidy(made.deprivation(tmp_path, rows=3), CONTEXT)


def test_a_neighbourhood_that_is_duplicated_in_the_lookup_is_refused(tmp_path: Path) -> None:
    files = made.files(
        tmp_path,
        "ons-neighbourhoods-2024",
        {"main": made.lookup(["Place 001A", "E01000001", "Bridge", "E05000002", "", docs.COVENTRY])},
    )
    with pytest.raises(DataError, match="the neighbourhood E01000001 is duplicated"):
        neighbourhoods.tidy(files, CONTEXT)


@pytest.mark.parametrize(
    ("form", "columns", "answers", "indicator"),
    [
        (
            "ethnicity",
            ("ethnic_group", "total_residents"),
            ("White", "Other ethnic group"),
            "neighbourhood_ethnic_minority_pct",
        ),
        (
            "households",
            ("deprivation_dimensions", "total_households"),
            ("Household is deprived in one dimension", "Household is deprived in two dimensions"),
            "neighbourhood_households_deprived_pct",
        ),
    ],
)
def test_answers_to_the_census_become_shares_with_their_counts(
    tmp_path: Path, form: str, columns: tuple[str, str], answers: tuple[str, str], indicator: str
) -> None:
    rows = [
        [code, answer, str(10 * (n + 1) if answer == answers[1] else 100), "200"]
        for n, code in enumerate(made.CODES)
        for answer in answers
    ]
    main = docs.table(("lsoa21_code", columns[0], "n", columns[1]), rows)
    frame = small_areas.tidy(made.files(tmp_path, f"ons-census-2021-{form}", {"main": main}), CONTEXT)
    assert _by(frame, indicator)["E01000002"] == 10.0
    assert _by(frame, indicator, "numerator")[docs.COVENTRY] == 100
    assert _by(frame, indicator, "denominator")[ENGLAND] == 1_000


def test_english_is_read_by_middle_layer_area(tmp_path: Path) -> None:
    language = "Main language is not English (English or Welsh in Wales)"
    header = ("msoa21_code", *small_areas.LITTLE_ENGLISH, *small_areas.LANGUAGES)
    assert header[-1] == language
    rows = [[f"E0200000{n}", "4", "1", "90", "10"] for n in (1, 2, 3)]
    files = made.files(tmp_path, "ons-census-2021-language", {"main": docs.table(header, rows)})
    found = small_areas.tidy(files, CONTEXT)
    shares = _by(found, "neighbourhood_little_english_pct", "denominator")
    assert shares == {"E02000001": 100, "E02000002": 100, docs.COVENTRY: 200, "E12000005": 300, ENGLAND: 300}


def test_children_of_a_divided_neighbourhood_are_shared_out_and_none_is_lost(tmp_path: Path) -> None:
    """One neighbourhood was divided in two since: 30 and 60 residents, so 10 and 20 of its 30 children."""
    ages = ("lsoa11_code", "lsoa11_name", *small_areas.AGES)
    old = [("E01000001", "Place 001A"), ("E01000002", "Place 001B"), ("E01000099", "Place 002C")]
    rows = [[code, name, "30", *["0"] * 15] for code, name in [*old, ("E01000005", "Place 003A")]]
    people = dict(zip(made.CODES, ("50", "50", "30", "60", "40"), strict=True))
    content = {
        "main": docs.table(ages, rows),
        "residents": docs.table(("lsoa21_code", "total_residents"), list(people.items())),
    }
    found = small_areas.tidy(made.files(tmp_path, "ons-mid-2020-neighbourhoods", content), CONTEXT)
    children = _by(found, "neighbourhood_children_count")
    assert [children[code] for code in made.CODES[:4]] == [30, 30, 10, 20]
    assert (children[docs.COVENTRY], children[ENGLAND]) == (90, 120)
    assert set(found["period"]) == {"mid-2020"}


def test_outlines_come_with_ward_and_middle_layer_area_and_are_written_and_read_alike(tmp_path: Path) -> None:
    content = {"main": made.lookup(), "outlines": made.outlines()}
    files = made.files(tmp_path, "ons-neighbourhoods-2024", content)
    found = neighbourhoods.outlines(files, CONTEXT)
    assert [(place.code, place.ward_name, place.middle_name) for place in found] == [
        ("E01000001", "Abbey", "Place 001"),
        ("E01000002", "Abbey", "Place 001"),
        ("E01000003", "Bridge", "Place 002"),
        ("E01000004", "Bridge", "Place 002"),
    ]
    assert geography.parse(geography.render(found), "a file") == found
    counted = neighbourhoods.tidy(files, CONTEXT)
    assert _by(counted, "neighbourhoods_count") == {docs.COVENTRY: 4, "E12000005": 5, ENGLAND: 5}


def test_a_neighbourhood_without_an_outline_is_refused_by_its_code(tmp_path: Path) -> None:
    content = {"main": made.lookup(), "outlines": made.outlines(without="E01000003")}
    files = made.files(tmp_path, "ons-neighbourhoods-2024", content)
    with pytest.raises(DataError, match=r"the neighbourhood E01000003 \(Place 002A\) has no outline"):
        neighbourhoods.outlines(files, CONTEXT)


def test_outlines_that_are_none_are_refused_in_one_line(tmp_path: Path) -> None:
    files = made.files(
        tmp_path, "ons-neighbourhoods-2024", {"main": made.lookup(), "outlines": b"<html>not found</html>"}
    )
    with pytest.raises(DataError, match="the outlines cannot be read"):
        neighbourhoods.outlines(files, CONTEXT)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{}", "it is no file of neighbourhoods"),
        (b"\xff", "it is no file of neighbourhoods"),
    ],
)
def test_a_damaged_file_of_neighbourhoods_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        geography.parse(content, "neighbourhoods.geojson")


@pytest.mark.shared
@pytest.mark.parametrize(
    ("area", "places", "wards", "most"),
    [
        ("E08000026", 203, 18, 36),  # Coventry
        ("E08000025", 659, 69, 282),  # Birmingham
        ("E06000064", 142, 33, 9),  # Westmorland and Furness, an authority since 2023
        ("E09000001", 6, 5, 0),  # the City of London
        ("E06000053", 1, 1, 0),  # the Isles of Scilly
        ("E10000016", 938, 255, 60),  # Kent, a county of twelve districts
    ],
)
def test_the_real_files_have_every_neighbourhood_of_any_authority(
    shared: Path, project_root: Path, area: str, places: int, wards: int, most: int
) -> None:
    data = project_root / "data"
    catalogue, folder = load_catalogue(data / "catalogue"), Mirror(shared / "further")
    context = built.make_context(area, "dfe-2025-05", data)

    def files(name: str) -> tuple[object, object]:
        source = catalogue.sources[name]
        return source, folder.find(source)

    found = neighbourhoods.outlines(files("ons-neighbourhoods-2024")[1], context)  # type: ignore[arg-type]
    assert (len(found), len({place.ward_code for place in found})) == (places, wards)
    frame = built.tidied(*files("mhclg-iod-2025-neighbourhoods"), context, catalogue)  # type: ignore[arg-type]
    deciles = _by(frame, "neighbourhood_imd_decile")
    assert set(deciles) == {place.code for place in found}
    assert list(deciles.values()).count(1) == most
    share = _by(frame, "neighbourhoods_most_deprived_pct")[area]
    assert share == pytest.approx(100 * most / places, abs=0.01)
