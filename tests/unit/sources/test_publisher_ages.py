"""Residents by single year of age: the real table of mid-2024, and invented ones that are broken."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import publisher_documents as docs
import pytest

from send_jsna.catalogue.loading import load_catalogue
from send_jsna.errors import DataError
from send_jsna.sources import ons_ages, registry

SOURCE = "ons-mid-year-ages-2024"
SHIRE, DISTRICT = "E10000031", "E07000218"


def invented(**changes: str) -> dict[str, str]:
    """A line of Coventry with invented numbers: 10 residents aged under 1, and one more of each later age."""
    ages = {age: str(10 + place) for place, age in enumerate(ons_ages.AGES)}
    total = str(sum(map(int, ages.values())))
    return (
        {"Code": docs.COVENTRY, "Name": "Coventry", "Geography": "District", "All ages": total}
        | ages
        | changes
    )


def tidy(tmp_path: Path, *lines: dict[str, str], name: str = "mye24tablesew.csv") -> pd.DataFrame:
    path = docs.write(tmp_path / name, docs.records(list(lines[0]), lines))
    return ons_ages.tidy(docs.files(SOURCE, main=path), docs.context())


@pytest.fixture(scope="module")
def real(shared: Path) -> pd.DataFrame:
    path = shared / "further" / "population" / "mye24_single_year_of_age.csv.gz"
    catalogue = load_catalogue(docs.ROOT / "data" / "catalogue")
    return registry.tidy(catalogue.sources[SOURCE], docs.files(SOURCE, main=path), docs.context(), catalogue)


def at(frame: pd.DataFrame, age: str) -> pd.Series[float]:
    """Residents of an age by area."""
    return frame[frame["age"] == age].set_index("area_code")["value"]


class TestTheRealTable:
    def test_coventry(self, real: pd.DataFrame) -> None:
        assert at(real, "")[docs.COVENTRY] == 369_026
        assert [at(real, str(age))[docs.COVENTRY] for age in (0, 17, 18, 25)] == [4240, 4509, 5123, 5639]
        assert at(real, "0_to_25")[docs.COVENTRY] == 136_198
        assert set(real["period"]) == {"mid-2024"}
        assert set(real["status"]) == {"final"}

    def test_every_authority_region_and_england_are_in_it_and_add_up(self, real: pd.DataFrame) -> None:
        areas = docs.context().areas
        kinds = {area.code: area.kind for area in areas.listed}
        for age in ("", *map(str, range(26)), "0_to_25", "5_to_10"):
            found = at(real, age)
            by_kind = found.groupby(found.index.map(kinds)).agg(["size", "sum"])
            assert by_kind["size"].to_dict() == {"country": 1, "local_authority": 153, "region": 9}
            assert by_kind["sum"].nunique() == 1, age
            regions = {area.code: area.region_code for area in areas.listed}
            sums = found[found.index.map(kinds) == "local_authority"].groupby(regions).sum()
            assert sums.to_dict() == {code: found[code] for code in sums.index}

    def test_children_are_as_many_as_in_the_department_s_file(self, real: pd.DataFrame, shared: Path) -> None:
        path = shared / "further" / "csc" / "ons_mid-year_population_estimates_2012_to_2024.csv.gz"
        other = pd.read_csv(path, dtype="str").query("time_period == '2024'")
        theirs = other.set_index(other["new_la_code"].fillna(other["region_code"]).fillna("E92000001"))
        ours = real[real["age"].isin(list(map(str, range(18))))].groupby("area_code")["value"].sum()
        shown = theirs["population_estimate"].astype(float)
        both = ours.index.intersection(shown.index)
        assert len(both) > 155
        assert ours[both].equals(shown[both].rename_axis("area_code").rename("value"))


def test_groups_are_the_sums_of_their_years(tmp_path: Path) -> None:
    frame = tidy(tmp_path, invented())
    for group, (first, last) in {"0_to_4": (0, 4), "16_to_19": (16, 19), "0_to_25": (0, 25)}.items():
        assert at(frame, group)[docs.COVENTRY] == sum(10 + age for age in range(first, last + 1))
    assert len(frame) == 1 + 26 + len(ons_ages.GROUPS)


def test_districts_of_counties_are_not_read(tmp_path: Path) -> None:
    lines = [
        invented(),
        invented(Code=SHIRE, Name="Warwickshire"),
        invented(Code=DISTRICT, Name="North Warwickshire"),
    ]
    assert set(tidy(tmp_path, *lines)["area_code"]) == {docs.COVENTRY, SHIRE}


def test_ages_that_do_not_add_up_are_refused_in_a_sentence(tmp_path: Path) -> None:
    for changes in ({"All ages": "9"}, {"7": "c"}, {"90+": ""}):
        with pytest.raises(DataError) as caught:
            tidy(tmp_path, invented(**changes))
        assert "the ages do not add up to all residents" in caught.value.line()
        assert docs.COVENTRY in caught.value.line()
        assert "\n" not in caught.value.line()


def test_a_missing_age_and_a_name_without_a_year_are_refused(tmp_path: Path) -> None:
    line = invented()
    line.pop("17")
    with pytest.raises(DataError, match="the column '17' is gone"):
        tidy(tmp_path, line)
    with pytest.raises(DataError, match=r"does not tell the year.*mye24tablesew\.csv"):
        tidy(tmp_path, invented(), name="ages.csv")


def test_the_year_is_that_of_the_name(tmp_path: Path) -> None:
    assert set(tidy(tmp_path, invented(), name="mye25tablesew.csv")["period"]) == {"mid-2025"}
