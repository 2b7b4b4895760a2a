"""Residents by single year of age, plans beside them, and the caseload as each year group gets older."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from synthetic import AREA, COUNTRY, REGION, make_run, open_run

from send_jsna.evidence.forecast.cohort_ages import publish_cohort_ages
from send_jsna.evidence.forecast.forecasts import TOO_FEW_CHILDREN
from send_jsna.evidence.measures import measure
from send_jsna.evidence.send.ages import (
    AGES,
    NOT_EVERY_AGE,
    publish_ages,
    publish_ahead,
    publish_share_of_residents,
)
from send_jsna.evidence.send.plan_ages import BANDS, publish_rates_by_age, residents_of
from send_jsna.figures.records import FigureRecord, read_absences, read_figures
from send_jsna.figures.supplement import Supplement

LABELS = "age:\n" + "".join(f'  "{age}": Aged {age}\n' for age in AGES)


def people(area: str, ages: Mapping[str, float], period: str = "mid-2024") -> list[dict[str, Any]]:
    fixed = {"indicator": "population_by_age_count", "area_code": area, "unit": "count", "decimals": 0}
    return [{**fixed, "period": period, "age": age, "value": value} for age, value in ages.items()]


def plans(area: str, ages: Mapping[str, float], year: int = 2025) -> list[dict[str, Any]]:
    fixed = {"indicator": "ehc_plans_count", "area_code": area, "unit": "count", "decimals": 0}
    return [{**fixed, "period": f"January {year}", "age": age, "value": value} for age, value in ages.items()]


def opened(folder: Path, rows: list[dict[str, Any]]) -> Supplement:
    run = make_run(folder, rows)
    (folder / "data" / "catalogue").mkdir(parents=True)
    (folder / "data" / "catalogue" / "dimensions.yaml").write_text(LABELS, encoding="utf-8")
    return open_run(run)


def shown(folder: Path) -> dict[str, FigureRecord]:
    return read_figures(folder / "run")[0]


#: A made-up area in which each year group up to 17 has a child more than the one before, and older ones 50.
RISING = {age: 100.0 + int(age) if int(age) < 18 else 50.0 for age in AGES}


def residents(folder: Path, *, every_age: bool = True) -> Supplement:
    level = dict.fromkeys(AGES, 1000.0)
    own = RISING if every_age else {age: RISING[age] for age in AGES[:20]}
    rows = people(AREA.code, {**own, "": 10_000, "0_to_25": 2353}) + people(
        REGION.code, {**level, "": 50_000}
    )
    return opened(folder, rows + people(COUNTRY.code, {**level, "": 100_000, "0_to_25": 26_000}))


def test_each_age_is_a_share_of_all_residents(tmp_path: Path) -> None:
    publish_ages(measure(residents(tmp_path), "population_by_age_count", "ages", name="Residents"))
    figures = shown(tmp_path)
    table = figures["ages.table"]
    assert table.rows[3] == ["Aged 3", "103", "1.03%", "2.00%", "1.00%"]
    assert [len(table.rows), len(figures["ages.chart"].rows)] == [26, 26]
    assert (figures["ages.largest"].shown, figures["ages.largest_count"].shown) == ("aged 17", "117")
    assert (figures["ages.smallest"].shown, figures["ages.smallest_count"].shown) == ("aged 0", "100")


def test_the_ages_of_the_authority_are_a_share_of_all(tmp_path: Path) -> None:
    run = residents(tmp_path)
    publish_share_of_residents(
        measure(run, "population_by_age_count", "young", name="Aged 0 to 25", age="0_to_25")
    )
    figures = shown(tmp_path)
    assert (figures["young.latest"].shown, figures["young.england"].shown) == ("23.5%", "26.0%")
    assert figures["young.vs_england"].shown == "below"
    assert [item.figures for item in read_absences(tmp_path / "run")] == [["young.region"]]


def test_the_year_groups_to_come_are_those_that_are_five_years_younger(tmp_path: Path) -> None:
    publish_ahead(measure(residents(tmp_path), "population_by_age_count", "ahead", name="Residents"))
    figures = shown(tmp_path)
    assert figures["ahead.until"].shown == "mid-2029"
    assert figures["ahead.primary.now"].value == sum(range(105, 111))
    assert figures["ahead.primary.ahead"].value == sum(range(100, 106))
    assert figures["ahead.primary.change_pct"].shown == "−4.7%"
    assert figures["ahead.primary.england_change_pct"].shown == "0.0%"
    assert figures["ahead.table"].rows[1] == ["Aged 11 to 15", "565", "540", "−4.4%", "0.0%", "0.0%"]


@pytest.mark.parametrize("publish", [publish_ages, publish_ahead])
def test_without_every_age_nothing_is_said_of_any(tmp_path: Path, publish: Any) -> None:
    run = residents(tmp_path, every_age=False)
    assert publish(measure(run, "population_by_age_count", "ages", name="Residents")) is None
    assert read_absences(tmp_path / "run")[0].reason == NOT_EVERY_AGE
    assert not shown(tmp_path)


#: Plans of children: of a thousand of each age 20 in the area and 40 in the country.
FEW, MANY = ({str(age): count for age in range(3, 25)} for count in (20.0, 4000.0))


def with_plans(folder: Path, period: str = "mid-2024") -> Supplement:
    sizes = {"0_to_4": 5000.0, "5_to_10": 6000.0, "11_to_15": 5000.0, "16_to_19": 4000.0, "20_to_25": 6000.0}
    own = people(AREA.code, {**dict.fromkeys(AGES, 1000.0), **sizes}, period)
    country = {age: 100 * count for age, count in {**dict.fromkeys(AGES, 1000.0), **sizes}.items()}
    rows = plans(AREA.code, FEW) + plans(COUNTRY.code, MANY)
    return opened(folder, rows + own + people(COUNTRY.code, country, period))


def test_plans_of_each_age_are_divided_by_residents_of_that_age(tmp_path: Path) -> None:
    publish_rates_by_age(with_plans(tmp_path), "rate")
    figures = shown(tmp_path)
    primary = figures["rate.primary.latest"]
    assert (primary.shown, figures["rate.primary.england"].shown) == ("20.0", "40.0")
    assert primary.lower is not None and primary.lower == pytest.approx(16.58, abs=0.01)  # Byar's, of 120
    assert figures["rate.primary.vs_england"].shown == "below"
    assert figures["rate.table"].rows[0][:3] == ["Under 5", "40", "5,000"]
    assert figures["rate.chart"].rows[0][0] == "3"
    assert len(BANDS) == len(figures["rate.table"].rows)


def test_residents_of_another_year_are_not_divided_by(tmp_path: Path) -> None:
    assert residents_of("January 2025") == "mid-2024"
    assert publish_rates_by_age(with_plans(tmp_path, "mid-2022"), "rate") is None
    assert {item.reason for item in read_absences(tmp_path / "run")} == {NOT_EVERY_AGE}


def test_each_year_group_takes_its_plans_with_it(tmp_path: Path) -> None:
    """A hundred plans at each age from four to ten, of which all are held a year older the next January."""
    before = {
        "4": 100.0,
        **{str(age): 100.0 for age in range(5, 11)},
        **dict.fromkeys(map(str, range(11, 26)), 50.0),
    }
    country = {age: 1000 * count for age, count in before.items()}
    rows = [
        row
        for year in (2024, 2025)
        for code, ages in ((AREA.code, before), (COUNTRY.code, country))
        for row in plans(code, ages, year)
    ]
    publish_cohort_ages(opened(tmp_path, rows), "older")
    figures = shown(tmp_path)
    assert (figures["older.from"].shown, figures["older.until"].shown) == ("January 2025", "January 2030")
    assert figures["older.kept.primary"].shown == "100"
    assert figures["older.kept.secondary"].shown == "83"  # 250 of the 300 held at 10 to 14 a year before
    assert figures["older.primary.now"].value == figures["older.primary.ahead"].value == 600
    table = figures["older.table"]
    assert table.columns[1:] == [f"January {year}" for year in range(2025, 2031)]
    assert table.rows[0] == ["Under 5", *["100"] * 6]
    assert table.rows[-1][0] == "All ages"


def test_few_plans_are_not_carried_forward_by_age(tmp_path: Path) -> None:
    rows = plans(AREA.code, {"5": 3.0, "": 12.0}) + plans(AREA.code, {"5": 3.0, "": 12.0}, 2024)
    assert publish_cohort_ages(opened(tmp_path, rows), "older") is None
    assert read_absences(tmp_path / "run")[0].reason == TOO_FEW_CHILDREN
