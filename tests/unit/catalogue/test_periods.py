"""Periods: every label reads back as the period it names, and publishers' ways of printing them are known."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from send_jsna.catalogue import periods
from send_jsna.catalogue.periods import PeriodType, parse_period
from send_jsna.errors import DataError

years = st.integers(min_value=1990, max_value=2090)
spans = st.tuples(years, st.integers(min_value=1, max_value=9)).map(lambda pair: (pair[0], sum(pair)))


@given(years)
def test_labels_of_years_read_back_as_the_same_period(year: int) -> None:
    for build in (
        periods.academic_year,
        periods.financial_year,
        periods.calendar_year,
        periods.january,
        periods.mid_year,
        periods.winter_quarter,
    ):
        assert parse_period(build(year).label) == build(year)


@given(years, st.integers(min_value=1, max_value=12))
def test_labels_of_months_read_back_as_the_same_period(year: int, number: int) -> None:
    assert parse_period(periods.month(year, number).label) == periods.month(year, number)


@given(spans)
def test_labels_of_several_years_read_back_as_the_same_period(span: tuple[int, int]) -> None:
    for build in (periods.change, periods.pooled_years):
        assert parse_period(build(*span).label) == build(*span)


@given(years, st.integers(min_value=1, max_value=12))
def test_a_period_begins_before_it_ends_and_sorts_by_its_first_day(year: int, number: int) -> None:
    month = periods.month(year, number)
    assert month.start <= month.end
    assert periods.academic_year(year) < periods.academic_year(year + 1)


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("2016 (Academic Year)", periods.academic_year(2016)),
        ("2015/16 (Academic Year)", periods.academic_year(2016)),
        ("2025 (prov) (Academic Year)", periods.academic_year(2025)),
        ("2022 (Financial Year)", periods.financial_year(2022)),
        ("2022 (Calendar Year)", periods.calendar_year(2022)),
        ("2025 (Annual - January)", periods.january(2025)),
        ("Jan 2025", periods.january(2025)),
        ("2022/23", periods.academic_year(2023)),
        ("202223", periods.academic_year(2023)),
        ("1999/00", periods.academic_year(2000)),
        ("2018-19", periods.financial_year(2019)),
        ("FY ending 2021", periods.financial_year(2021)),
        ("2023-10-01", periods.month(2023, 10)),
        ("2024-06", periods.month(2024, 6)),
        ("mid-2023", periods.mid_year(2023)),
        ("2011-2021", periods.change(2011, 2021)),
        ("2025 (Dec-Feb average)", periods.winter_quarter(2025)),
        ("unclear in seed", periods.NOT_STATED),
        ("2023-24 (Academic Year)", periods.academic_year(2024)),
        ("2025 (Rev) (Academic Year)", periods.academic_year(2025)),
        ("2020 (Final) (Academic Year)", periods.academic_year(2020)),
        ("2024-25 (OT) (Financial Year)", periods.financial_year(2025)),
        ("2025-26 (Financial Year)", periods.financial_year(2026)),
        ("2020-22 (Calendar Year)", periods.pooled_years(2020, 2022)),
        ("2021/22-23/24 (Financial Year)", parse_period("2021-22 to 2023-24 pooled")),
    ],
)
def test_publishers_ways_of_printing(printed: str, expected: periods.Period) -> None:
    assert parse_period(printed) == expected


def test_an_academic_year_runs_from_september_to_august() -> None:
    year = parse_period("2024/25")
    assert (year.start, year.end) == (date(2024, 9, 1), date(2025, 8, 31))


def test_the_january_of_a_monthly_series_is_not_the_annual_count() -> None:
    count, month = periods.january(2023), periods.month(2023, 1)
    assert count.label != month.label
    assert (count.type, month.type) == (PeriodType.JANUARY, PeriodType.MONTH)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2022/25",
        "202225",
        "2023-13-01",
        "Foo 2023",
        "2021-2011",
        "12/13",
        "20 23",
        "0 (Academic Year)",
        "2022-20 (Calendar Year)",
    ],
)
def test_an_unknown_shape_is_named(text: str) -> None:
    with pytest.raises(DataError, match="has no known shape"):
        parse_period(text)


@pytest.mark.parametrize(
    ("label", "start", "end"),
    [
        ("2020-21 to 2022-23 pooled", "2020-04-01", "2023-03-31"),
        ("2020/21 to 2022/23 pooled", "2020-09-01", "2023-08-31"),
    ],
)
def test_pooled_years_of_a_kind_are_read_back(label: str, start: str, end: str) -> None:
    period = parse_period(label)
    assert (str(period.type), period.label) == ("pooled_years", label)
    assert (period.start.isoformat(), period.end.isoformat()) == (start, end)


@pytest.mark.parametrize("text", ["2022-23 to 2020-21 pooled", "2020-23 to 2022-25 pooled"])
def test_pooled_years_that_run_backwards_or_are_no_years_are_refused(text: str) -> None:
    with pytest.raises(DataError, match="no known shape"):
        parse_period(text)
