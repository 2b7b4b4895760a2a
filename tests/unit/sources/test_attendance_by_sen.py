"""Attendance, absence and suspensions by SEN: real copies beside the interactive tool, and broken ones."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import publisher_documents as docs
import pytest
from real_tables import beside_tool, observations

from send_jsna.catalogue.loading import load_catalogue
from send_jsna.catalogue.observations import KEY
from send_jsna.errors import CatalogueError, DataError
from send_jsna.ingest.source_files import SourceFiles
from send_jsna.sources import authority_tables

PROVISION, NEED = "dfe-attendance-sen-provision", "dfe-attendance-sen-need"
TERMS = ("autumn", "spring", "summer")
NORTH_WEST = "E12000002"

#: Measures of the interactive tool of all pupils, and the indicator and phase that are the same by provision.
OF_ALL_PUPILS = {
    "TotAbs": ("absence_by_sen_pct", ""),
    "PriTotAbs": ("absence_by_sen_pct", "primary"),
    "SecTotAbs": ("absence_by_sen_pct", "secondary"),
    "TotUnAuthAbs": ("unauthorised_absence_by_sen_pct", ""),
    "TotPerAbNew": ("persistent_absence_by_sen_pct", ""),
    "SFPriPerAbNew": ("persistent_absence_by_sen_pct", "primary"),
    "SFSecPerAbNew": ("persistent_absence_by_sen_pct", "secondary"),
    "TotSevPerAbNew": ("severe_absence_by_sen_pct", ""),
}
#: The same of full years, which the three terms about add up to.
OF_THREE_TERMS = {
    "TotFixedEx": ("suspensions", ""),
    "PriFixedEx": ("suspensions", "primary"),
    "SecFixedEx": ("suspensions", "secondary"),
    "TotPermEx": ("permanent_exclusions", ""),
    "SecPermEx": ("permanent_exclusions", "secondary"),
}
#: Rows in which the tool's value lies outside those by provision: measure, area, year it ends in.
DIFFERENCES = {("TotSevPerAbNew", "E06000017", "2021")}


@pytest.fixture(scope="module")
def provision(shared: Path) -> pd.DataFrame:
    return observations(PROVISION, shared / "further" / "send_attendance" / "provision.csv.gz")


@pytest.fixture(scope="module")
def need(shared: Path) -> pd.DataFrame:
    return observations(NEED, shared / "further" / "send_attendance" / "need.csv.gz")


def range_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Least and most of the three provisions, where all are there, one row an area and year."""
    found = frame.groupby(["area_code", "period_end"])["value"].agg(["min", "max", "size"]).reset_index()
    return found[found["size"] == 3].rename(columns={"min": "least", "max": "value"})


def outside(shared: Path, measure: str, frame: pd.DataFrame, room: float) -> tuple[int, set[tuple[str, ...]]]:
    """How many rows both have, and those in which the value of all pupils lies outside the provisions'."""
    both = beside_tool(shared, measure, range_of(frame))
    wrong = both[(both["tool"] < both["least"] - room) | (both["tool"] > both["value"] + room)]
    return len(both), {
        (measure, area, end) for area, end in zip(wrong["area_code"], wrong["end"], strict=True)
    }


class TestTheRealCopies:
    def test_coventry(self, provision: pd.DataFrame, need: pd.DataFrame) -> None:
        mine = provision[(provision["area_code"] == docs.COVENTRY) & (provision["phase"] == "")]
        newest = mine.sort_values("period_start").groupby(["indicator", "provision"]).last()
        found = newest[["period", "value"]].apply(tuple, axis=1).to_dict()
        assert found[("persistent_absence_by_sen_pct", "ehc_plan")] == ("2024/25", 34.897361)
        assert found[("suspensions_autumn_by_sen_per_100", "ehc_plan")] == ("2024/25", 11.398)
        assert found[("suspensions_summer_by_sen_per_100", "ehc_plan")] == ("2023/24", 8.364)
        assert found[("attendance_spring_by_sen_pct", "ehc_plan")] == ("2025/26", 83.657855)
        autistic = need[(need["area_code"] == docs.COVENTRY) & (need["need"] == "asd")]
        assert set(autistic["indicator"]) == {indicator for indicator, _ in OF_ALL_PUPILS.values()}

    def test_no_two_terms_and_no_two_breakdowns_are_under_one_name(self, provision: pd.DataFrame) -> None:
        assert not provision.duplicated(list(KEY)).any()
        for term in TERMS:
            labels = provision[provision["indicator"].str.contains(f"_{term}_")]["source_label"]
            assert labels.str.split("|").str[2].eq(f"{term.capitalize()} term").all()
        others = provision[~provision["indicator"].str.contains("|".join(TERMS))]["source_label"]
        assert others.str.contains("|Academic year|", regex=False).all()
        assert others.str.endswith("|SEN provision").all()

    def test_all_pupils_lie_between_the_provisions_in_every_row_the_tool_has(
        self, provision: pd.DataFrame, shared: Path
    ) -> None:
        compared, differ = 0, set()
        for measure, (indicator, phase) in OF_ALL_PUPILS.items():
            rows = provision[(provision["indicator"] == indicator) & (provision["phase"] == phase)]
            count, wrong = outside(shared, measure, rows, 0.05)
            assert count > 850
            compared, differ = compared + count, differ | wrong
        assert compared > 7000
        assert differ == DIFFERENCES

    def test_the_terms_add_up_to_a_year_as_the_tool_has_it(
        self, provision: pd.DataFrame, shared: Path
    ) -> None:
        for measure, (stem, phase) in OF_THREE_TERMS.items():
            names = [f"{stem}_{term}_by_sen_per_100" for term in TERMS]
            rows = provision[provision["indicator"].isin(names) & (provision["phase"] == phase)]
            years = rows.groupby(["area_code", "period_end", "provision"])["value"].agg(["sum", "size"])
            whole = years[years["size"] == 3].rename(columns={"sum": "value"}).reset_index()
            count, wrong = outside(shared, measure, whole, 0.005)
            assert count > 700
            assert not wrong

    def test_the_north_west_lacks_some_measures_by_need(self, need: pd.DataFrame) -> None:
        regions = {area.code: area.region_code for area in docs.context().areas.listed}
        there = need[need["area_code"].map(regions) == NORTH_WEST]
        assert set(there["indicator"]) == {"absence_by_sen_pct"}

    def test_every_declared_indicator_is_of_coventry(
        self, provision: pd.DataFrame, need: pd.DataFrame
    ) -> None:
        indicators = load_catalogue(docs.ROOT / "data" / "catalogue").indicators.values()
        for source, frame in ((PROVISION, provision), (NEED, need)):
            declared = {item.id for item in indicators if source in item.sources}
            assert set(frame[frame["area_code"] == docs.COVENTRY]["indicator"]) == declared

    def test_local_authorities_alone_are_in_it(self, provision: pd.DataFrame, need: pd.DataFrame) -> None:
        for frame in (provision, need):
            assert frame["area_code"].str.match(r"E(06|08|09|10)").all()
            assert frame["value"].notna().all()


def invented(**changes: str) -> list[dict[str, str]]:
    """The file by need with a made-up number for each label that is mapped, all of Coventry."""
    labels = docs.context().names.labels(NEED)
    base = {"time_period": "202425", "new_la_code": docs.COVENTRY, "la_name": "Coventry"}
    return [
        base
        | {
            "metric": metric,
            "time_identifier": term,
            "education_phase": "Total",
            "send_category": need,
            "value": "1",
        }
        | changes
        for _, metric, term, need in (label.split("|") for label in labels)
    ]


def tidy(tmp_path: Path, rows: list[dict[str, str]]) -> pd.DataFrame:
    path = docs.write(tmp_path / "need.csv", docs.records(list(rows[0]), rows))
    return authority_tables.tidy(docs.files(NEED, main=path), docs.context())


def test_every_label_that_is_mapped_is_read(tmp_path: Path) -> None:
    frame = tidy(tmp_path, invented())
    assert len(frame) == len(docs.context().names.labels(NEED))
    assert set(frame["value"]) == {1.0}


def test_other_phases_are_not_read(tmp_path: Path) -> None:
    more = [*invented(), *invented(education_phase="Special", value="99")]
    assert set(tidy(tmp_path, more)["value"]) == {1.0}


@pytest.mark.parametrize(
    ("column", "changed", "says"),
    [
        ("send_category", "Autism", "no row has 'sess_overall_percent|Academic year|Autistic"),
        ("time_identifier", "Autumn term", "no row has"),
        ("education_phase", "All", "no row has 'Total' under education_phase"),
        ("value", "many", "a cell is not a number"),
        ("la_name", "Derby", "the keys of a row are not of one area"),
    ],
)
def test_another_word_is_refused_in_a_sentence(tmp_path: Path, column: str, changed: str, says: str) -> None:
    rows = invented()
    with pytest.raises(DataError) as caught:
        tidy(tmp_path, [row | {column: changed} for row in rows])
    assert says in caught.value.line()
    assert NEED in caught.value.line()
    assert "\n" not in caught.value.line()


@pytest.mark.parametrize(
    "column", ["time_period", "time_identifier", "new_la_code", "la_name", "metric", "value"]
)
def test_a_column_that_is_missing_is_named(tmp_path: Path, column: str) -> None:
    rows = [{name: cell for name, cell in row.items() if name != column} for row in invented()]
    with pytest.raises(DataError, match=f"the column '{column}' is gone"):
        tidy(tmp_path, rows)


def test_a_source_without_a_table_is_refused(tmp_path: Path) -> None:
    path = docs.write(tmp_path / "need.csv", b"time_period\n")
    with pytest.raises(CatalogueError, match="declares no table"):
        authority_tables.tidy(SourceFiles(NEED, {"main": path}), docs.context())
