"""Which area a row is of: keys are normalised where that is safe, and refused where they are of two areas.

All figures are synthetic.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import publisher_documents as docs
import pytest

from send_jsna.catalogue.loading import load_catalogue
from send_jsna.catalogue.schema import Catalogue
from send_jsna.errors import DataError
from send_jsna.ingest.source_files import SourceFiles
from send_jsna.sources import gias, nomis, ofsted, registry

ROOT = Path(__file__).parents[3]
DERBY, DUDLEY, OLD_DORSET, NEW_DORSET = "E06000015", "E08000027", "E10000009", "E06000059"
TIMELINESS = "dfe-sen2-2025-timeliness"
TWO_AREAS = "the keys of a row are not of one area"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(ROOT / "data" / "catalogue")


def national(**changes: str) -> dict[str, str]:
    return _row("National", "", "", "", "", "") | changes


def regional(**changes: str) -> dict[str, str]:
    return _row("Regional", docs.REGION, "West Midlands", "", "", "") | changes


def local(**changes: str) -> dict[str, str]:
    return _row("Local authority", docs.REGION, "West Midlands", docs.COVENTRY, "331", "Coventry") | changes


def _row(level: str, region: str, region_name: str, code: str, number: str, name: str) -> dict[str, str]:
    names = docs.context().names.labels(TIMELINESS)
    parts = [part for item in names.values() for part in (item.numerator, item.denominator) if part]
    return {
        "time_period": "2024",
        "time_identifier": "Calendar year",
        "geographic_level": level,
        "country_code": docs.ENGLAND,
        "country_name": "England",
        "region_code": region,
        "region_name": region_name,
        "old_la_code": number,
        "new_la_code": code,
        "la_name": name,
        "breakdown_topic": "All EHC plans issued",
        "breakdown": "All EHC plans issued",
        **dict.fromkeys([*names, *parts], "618"),
    }


def read(
    folder: Path,
    catalogue: Catalogue,
    rows: Sequence[dict[str, Any]],
    source_id: str = TIMELINESS,
    codes: Sequence[str] = (docs.COVENTRY, docs.REGION, docs.ENGLAND),
) -> pd.DataFrame:
    source = catalogue.sources[source_id]
    header = docs.FINGERTIPS if source_id == "ohid-fingertips" else tuple(rows[0])
    path = docs.write(folder / "table.csv", docs.records(header, rows))
    files = SourceFiles(source.id, {"main": path}, layout=source.table)
    return registry.tidy(source, files, docs.context(*codes), catalogue)


def areas(frame: pd.DataFrame) -> set[str]:
    return set(frame["area_code"])


# -- tables of Explore Education Statistics ----------------------------------------------------------------


@pytest.mark.parametrize(
    "changed",
    [
        [national(country_code=" E92000001 "), regional(), local()],
        [national(country_code="\u00a0E92000001"), regional(), local()],
        [national(country_code=""), regional(), local()],
        [national(geographic_level="national"), regional(geographic_level="REGIONAL"), local()],
        [national(), regional(), local(geographic_level=" local authority ")],
        [national(), regional(), local(geographic_level="localAuthority")],
        [national(), regional(region_code="E12000005 "), local(new_la_code="E08000026 ")],
        [national(), regional(region_code=""), local(old_la_code="331.0", new_la_code="e08000026")],
        [national(), regional(), local(new_la_code="", la_name="")],
        [national(), regional(), local(la_name="  COVENTRY ")],
        [national(), regional(), local(la_name="City of Coventry")],
        [national(), regional(), local(la_name="A spelling that is new", old_la_code="z")],
    ],
)
def test_keys_are_read_however_they_are_written(
    tmp_path: Path, catalogue: Catalogue, changed: list[dict[str, str]]
) -> None:
    frame = read(tmp_path, catalogue, changed)
    assert areas(frame) == {docs.COVENTRY, docs.REGION, docs.ENGLAND}
    assert frame["value"].notna().all()


@pytest.mark.parametrize(
    "row",
    [
        local(new_la_code=DUDLEY),
        local(old_la_code="332", la_name="Dudley"),
        local(la_name="Dudley"),
        local(old_la_code="332"),
        local(new_la_code="E08000099"),
        local(new_la_code="", la_name="Dudley"),
        regional(region_name="South East"),
    ],
)
def test_keys_of_two_areas_are_refused_where_one_of_them_is_read(
    tmp_path: Path, catalogue: Catalogue, row: dict[str, str]
) -> None:
    with pytest.raises(DataError, match=TWO_AREAS) as caught:
        read(tmp_path, catalogue, [national(), regional(), row])
    assert "table.csv" in caught.value.line()
    assert "E08000099" not in caught.value.line()


def test_other_authorities_whose_keys_disagree_cost_the_area_nothing(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    other = local(new_la_code=DERBY, old_la_code="332", la_name="Dudley")
    frame = read(tmp_path, catalogue, [national(), regional(), local(), other])
    assert areas(frame) == {docs.COVENTRY, docs.REGION, docs.ENGLAND}
    with pytest.raises(DataError, match=TWO_AREAS):
        read(tmp_path, catalogue, [national(), local(), other], codes=(docs.COVENTRY, docs.ENGLAND, DUDLEY))


@pytest.mark.parametrize(
    ("row", "what"),
    [
        (local(new_la_code="", old_la_code="", la_name=""), "a row has no key of an area"),
        (regional(region_code="", region_name=""), "a row has no key of an area"),
        (national(country_code="", country_name=""), "a row has no key of an area"),
        (local(geographic_level=""), "the geographic level of a row is none"),
        (local(geographic_level="Authority"), "the geographic level of a row is none"),
    ],
)
def test_no_row_of_a_level_that_is_read_is_lost_without_a_word(
    tmp_path: Path, catalogue: Catalogue, row: dict[str, str], what: str
) -> None:
    with pytest.raises(DataError, match=what):
        read(tmp_path, catalogue, [national(), regional(), local(), row])


def test_schools_and_two_authorities_together_are_no_area(tmp_path: Path, catalogue: Catalogue) -> None:
    both = local(new_la_code="E08000026 / E08000027", la_name="Coventry / Dudley")
    rows = [national(), regional(), local(), local(geographic_level="School", la_name="Dudley"), both]
    assert len(read(tmp_path, catalogue, rows)) == len(read(tmp_path, catalogue, rows[:3]))


def test_an_area_that_is_no_more_may_have_the_name_of_one_of_today(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    rows = [
        national(),
        local(new_la_code=OLD_DORSET, old_la_code="835", la_name="Dorset", time_period="2018"),
        local(new_la_code=NEW_DORSET, old_la_code="838", la_name="Dorset"),
    ]
    frame = read(tmp_path, catalogue, rows, codes=(NEW_DORSET, docs.ENGLAND))
    assert set(frame.loc[frame["area_code"] == NEW_DORSET, "period"]) == {"2024"}


def test_a_former_code_of_an_area_goes_with_its_number_and_name(tmp_path: Path, catalogue: Catalogue) -> None:
    bucks = local(new_la_code="E10000002", old_la_code="825", la_name="Buckinghamshire")
    frame = read(tmp_path, catalogue, [national(), bucks], codes=("E06000060", docs.ENGLAND))
    assert areas(frame) == {"E06000060", docs.ENGLAND}


def test_a_total_under_a_new_label_is_refused_with_what_was_expected(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    label = {"breakdown_topic": "Every plan issued", "breakdown": "Every plan issued"}
    with pytest.raises(DataError) as caught:
        read(tmp_path, catalogue, [national(**label), regional(**label), local(**label)])
    line = caught.value.line()
    for part in ("no row is a total", "'Every plan issued'", "expected a breakdown such as All .*"):
        assert part in line


# -- other readers -----------------------------------------------------------------------------------------


def phonics(**changes: str) -> dict[str, str]:
    return {
        "academic_year": "2022/23",
        "geographic_level": "Local authority",
        "region_name": "West Midlands",
        "new_la_code": "",
        "la_name": "Coventry",
        "characteristic": "SEN support",
        "Percent meeting expected standards in Y1": "50",
        "t_phonics_y1_met_expected_standard": "5",
        "t_phonics_y1_eligible_pupils": "10",
    } | changes


def test_the_dashboards_tables_go_by_the_same_rule(tmp_path: Path, catalogue: Catalogue) -> None:
    rows = [
        phonics(geographic_level="national", region_name="", la_name=""),
        phonics(geographic_level=" Regional", la_name=""),
        phonics(geographic_level="Regional", region_name="Inner London", la_name=""),
        phonics(la_name="coventry "),
    ]
    frame = read(tmp_path, catalogue, rows, "dfe-phonics-sen")
    assert areas(frame) == {docs.COVENTRY, docs.REGION, docs.ENGLAND}
    with pytest.raises(DataError, match=TWO_AREAS):
        read(tmp_path, catalogue, [phonics(new_la_code=DUDLEY)], "dfe-phonics-sen")
    with pytest.raises(DataError, match="a row has no key of an area"):
        read(tmp_path, catalogue, [phonics(la_name="Coventrey")], "dfe-phonics-sen")


def test_the_interactive_tool_goes_by_number_and_name(tmp_path: Path, catalogue: Catalogue) -> None:
    def tool(**changes: Any) -> pd.DataFrame:
        row = {"Short Desc": "SEN_TotStat", "Years": "2025", "Values": "4.3"}
        row |= {"LA Number": "331", "LA and Regions": "Coventry"} | changes
        pd.DataFrame([row]).to_parquet(tmp_path / "values.parquet")
        dictionary = docs.table(("Measure_short", "Year_Type"), [("SEN_TotStat", "Academic Year")])
        files = SourceFiles(
            "dfe-lait-2026-04",
            {
                "main": tmp_path / "values.parquet",
                "dictionary": docs.write(tmp_path / "dictionary.csv", dictionary),
            },
        )
        source = catalogue.sources["dfe-lait-2026-04"]
        return registry.tidy(source, files, docs.context(docs.COVENTRY, docs.REGION), catalogue)

    for number in ("331", " 331", "331.0", 331.0):
        assert areas(tool(**{"LA Number": number})) == {docs.COVENTRY}
    assert areas(tool(**{"LA Number": 984.0, "LA and Regions": "West Midlands"})) == {docs.REGION}
    for wrong in ({"LA Number": "332"}, {"LA and Regions": "Dudley"}, {"LA Number": 984.0}):
        with pytest.raises(DataError, match=TWO_AREAS):
            tool(**wrong)


def schools(folder: Path, *rows: dict[str, Any], header: tuple[str, ...] = docs.GIAS) -> pd.DataFrame:
    path = docs.write(folder / "edubasealldata20251114.csv", docs.records(header, rows))
    return gias.tidy(docs.files("dfe-gias", path), docs.context(docs.COVENTRY, docs.ENGLAND))


def test_schools_go_to_their_authority_by_number_and_name(tmp_path: Path) -> None:
    special = {"TypeOfEstablishment (name)": "Academy special converter"}
    header = (*docs.GIAS, "LA (name)")
    for number, name in (("331", ""), ("331.0", "Coventry"), (" 331 ", "coventry"), ("", "Coventry")):
        changes = special | {"LA (code)": number, "LA (name)": name}
        found = schools(tmp_path, docs.gias_school(1, **changes), header=header)
        assert areas(found) == {docs.COVENTRY, docs.ENGLAND}
    with pytest.raises(DataError, match=TWO_AREAS):
        schools(tmp_path, docs.gias_school(1, **{"LA (name)": "Dudley"}), header=header)
    with pytest.raises(DataError, match="a row has no key of an area"):
        schools(tmp_path, docs.gias_school(1), docs.gias_school(2, **{"LA (code)": ""}))
    closed = docs.gias_school(2, **{"LA (code)": "", "EstablishmentStatus (name)": "Closed"})
    assert areas(schools(tmp_path, docs.gias_school(1, **special), closed)) == {docs.COVENTRY, docs.ENGLAND}


def test_inspections_go_to_the_authority_that_both_number_and_name_say(tmp_path: Path) -> None:
    name = "Management_information_-_state-funded_schools_-_latest_inspections_as_at_31_Jan_2026.csv"
    header = (*docs.OFSTED, "Local authority")

    def inspections(**changes: str) -> pd.DataFrame:
        made = docs.records(header, [docs.ofsted_school(1, "2", **changes)])
        path = docs.write(tmp_path / name, made)
        return ofsted.tidy(docs.files("ofsted-inspections", path), docs.context(docs.COVENTRY))

    assert areas(inspections(LAESTAB="3310001.0", **{"Local authority": "Coventry"})) == {docs.COVENTRY}
    with pytest.raises(DataError, match=TWO_AREAS):
        inspections(**{"Local authority": "Dudley"})


def test_tables_of_any_areas_go_by_code_and_name(tmp_path: Path, catalogue: Catalogue) -> None:
    header = (*docs.NOMIS, "GEOGRAPHY_NAME")

    def residents(code: str, name: str) -> pd.DataFrame:
        lines = docs.nomis_lines(area=code)
        page = [[*line, place, len(lines), name] for place, line in enumerate(lines)]
        path = docs.write(tmp_path / "from-0000000", docs.table(header, page))
        return nomis.tidy(docs.files("ons-population-by-age", path), docs.context(docs.COVENTRY))

    assert areas(residents(" E08000026", "Coventry")) == {docs.COVENTRY}
    assert areas(residents("E01009642", "Coventry 001A")) == set()
    with pytest.raises(DataError, match=TWO_AREAS):
        residents(DUDLEY, "Coventry")
    wrong = docs.fingertips_row(area=DUDLEY, **{"Area Name": "Coventry"})
    with pytest.raises(DataError, match=TWO_AREAS):
        read(tmp_path, catalogue, [wrong], "ohid-fingertips")
    padded = docs.fingertips_row(area="E12000005 ", **{"Area Name": "West Midlands region (statistical)"})
    assert areas(read(tmp_path, catalogue, [padded], "ohid-fingertips")) == {docs.REGION}


def early_years(**changes: str) -> dict[str, str]:
    counted = {"gld_number": "5", "children_number": "10", "gld_percentage": "50"}
    made = {"gender": "Total", "lad_code": "", "characteristic": "Total", "characteristic_type": "Total"}
    return local(time_period="202122") | made | counted | changes


def test_a_table_of_which_nothing_is_read_is_refused_and_one_without_the_area_is_not(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    def read_one(**changes: str) -> pd.DataFrame:
        return read(tmp_path, catalogue, [early_years(**changes)], "dfe-eyfsp-2022")

    assert areas(read_one()) == {docs.COVENTRY}
    with pytest.raises(DataError, match="no row of the table is read"):
        read_one(gender="All")
    with pytest.raises(DataError, match="none of its labels is mapped"):
        read_one(characteristic="Everybody")
    assert areas(read_one(new_la_code=DUDLEY, old_la_code="332", la_name="Dudley")) == set()
