"""Nomis: pages, ages by name, and age groups that are whole. The values are synthetic."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import publisher_documents as docs
import pytest

from send_jsna.errors import DataError
from send_jsna.sources import nomis


def tidy(tmp_path: Path, lines: list[list[str]], *begins: int, size: int = 25_000) -> pd.DataFrame:
    paths = [
        docs.write(tmp_path / f"nm_2002_1-{begin:07d}.csv", docs.nomis_page(lines, begin, size))
        for begin in begins or (0,)
    ]
    return nomis.tidy(docs.files(docs.POPULATION, *paths), docs.context())


def test_age_groups_are_the_sums_of_their_years(tmp_path: Path) -> None:
    frame = tidy(tmp_path, docs.nomis_lines()).set_index(["age", "sex"])["value"]

    assert frame[("", "")] == 2000
    assert frame[("0", "")] == 20
    assert frame[("25", "male")] == 35
    assert frame[("0_to_4", "")] == 2 * sum(range(10, 15))
    assert frame[("5_to_14", "female")] == sum(range(15, 25))
    assert frame[("under_16", "")] == 2 * sum(range(10, 26))
    assert frame[("under_18", "male")] == sum(range(10, 28))
    assert frame[("0_to_25", "")] == 2 * sum(range(10, 36))
    assert len(frame) == 3 * (1 + 26 + 5)


def test_a_group_with_a_missing_year_is_not_made_and_with_a_withheld_one_not_available(
    tmp_path: Path,
) -> None:
    frame = tidy(tmp_path, docs.nomis_lines([age for age in range(26) if age != 3]))
    assert set(frame["age"]) >= {"5_to_14"}
    assert not set(frame["age"]) & {"0_to_4", "under_16", "under_18", "0_to_25"}

    lines = docs.nomis_lines()
    lines[3][4] = ":"
    frame = tidy(tmp_path, lines)
    withheld = frame[(frame["age"] == "0_to_4") & (frame["sex"] == "")].iloc[0]
    assert (withheld["status"], pd.isna(withheld["value"])) == ("x", True)


def test_the_period_is_the_middle_of_the_year(tmp_path: Path) -> None:
    assert set(tidy(tmp_path, docs.nomis_lines())["period"]) == {"mid-2024"}


def test_pages_are_put_together_and_a_missing_or_repeated_one_is_refused(tmp_path: Path) -> None:
    lines = docs.nomis_lines()
    assert len(tidy(tmp_path, lines, 0, 40, 80, size=40)) == 96
    for begins, size in (((0, 40), 40), ((0, 40, 60), 40), ((40, 80), 40)):
        for path in tmp_path.glob("*.csv"):
            path.unlink()
        with pytest.raises(DataError, match=r"lines are held, .* of 81; expected every line"):
            tidy(tmp_path, lines, *begins, size=size)


@pytest.mark.parametrize("age", ["Aged 0 to 15", "Age 26", "209", "Age 90+"])
def test_an_age_that_is_not_mapped_is_refused(tmp_path: Path, age: str) -> None:
    lines = docs.nomis_lines()
    lines[5][3] = age
    with pytest.raises(DataError, match=r"a label.* of ons-population-by-age is not mapped"):
        tidy(tmp_path, lines)


def test_a_renamed_column_is_refused(tmp_path: Path) -> None:
    for name, says in (
        ("AGE_NAME", "'C_AGE_NAME' is gone; expected"),
        ("c_age name", "'c_age name' may be its new"),
    ):
        header = [column.replace("C_AGE_NAME", name) for column in docs.NOMIS]
        path = docs.write(tmp_path / "nm_2002_1-0.csv", docs.nomis_page(docs.nomis_lines(), header=header))
        with pytest.raises(DataError, match=says):
            nomis.tidy(docs.files(docs.POPULATION, path), docs.context())


def births(tmp_path: Path, area: str, mother: str = "All ages") -> pd.DataFrame:
    header = (
        "DATE_NAME",
        "GEOGRAPHY_CODE",
        "AGE_OF_MOTHER_NAME",
        "OBS_VALUE",
        "RECORD_OFFSET",
        "RECORD_COUNT",
    )
    path = docs.write(tmp_path / "births.csv", docs.table(header, [["2023", area, mother, "4321", 0, 1]]))
    return nomis.tidy(docs.files(docs.BIRTHS, path), docs.context())


def test_births_are_of_the_calendar_year_and_of_all_mothers(tmp_path: Path) -> None:
    frame = births(tmp_path, docs.COVENTRY)
    assert frame[["indicator", "period", "value"]].values.tolist() == [["live_births_count", "2023", 4321.0]]
    with pytest.raises(DataError, match="a label of ons-births is not mapped"):
        births(tmp_path, docs.COVENTRY, "Aged 20 to 24")
    with pytest.raises(DataError, match="no line is of a local authority"):
        births(tmp_path, "E01009500")


def test_the_areas_that_are_asked_for_are_those_of_the_area_list() -> None:
    """Where an authority was abolished or made, the query of the catalogue has to follow."""
    from send_jsna.catalogue.loading import load_catalogue
    from send_jsna.catalogue.schema import ServiceFetch

    catalogue = load_catalogue(docs.ROOT / "data" / "catalogue")
    kinds = ("country", "region", "local_authority")
    expected = {area.code for area in docs.context().areas if area.kind in kinds}
    for source_id in (docs.POPULATION, docs.BIRTHS):
        fetch = catalogue.sources[source_id].fetch
        assert isinstance(fetch, ServiceFetch)
        asked = "".join(str(fetch.ask["params"]["geography"]).split()).split(",")
        assert set(asked) == expected
        assert len(asked) == len(expected)
