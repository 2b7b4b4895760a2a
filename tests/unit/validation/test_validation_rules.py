"""The rules of validation, each on the smallest table that shows it."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from send_jsna.catalogue.observations import DIMENSIONS
from send_jsna.catalogue.periods import parse_period
from send_jsna.validation import checks, structure


def _frame(*rows: dict[str, Any]) -> pd.DataFrame:
    """Synthetic rows: what a row does not say is a share of Coventry in 2023/24."""
    made = []
    for line, row in enumerate(rows, 2):
        period = parse_period(row.get("period", "2023/24"))
        made.append(
            {
                "indicator": "plan_pct",
                "area_code": "E08000026",
                "period_type": str(period.type),
                "period_start": period.start.isoformat(),
                "period_end": period.end.isoformat(),
                **dict.fromkeys(DIMENSIONS, ""),
                "value": 4.3,
                "numerator": math.nan,
                "denominator": math.nan,
                "unit": "%",
                "decimals": 1.0,
                "source_id": "synthetic",
                "observation_id": f"synthetic:{line}",
                **row,
                "period": period.label,
            }
        )
    return pd.DataFrame(made)


@pytest.mark.parametrize(
    ("value", "numerator", "denominator", "sound"),
    [(46.6, 673, 1444, True), (51.0, 673, 1444, False), (46.7, 673, 1444, False), (0.0, 0, 10, True)],
)
def test_a_printed_percentage_is_its_ratio(
    value: float, numerator: float, denominator: float, sound: bool
) -> None:
    frame = _frame({"value": value, "numerator": numerator, "denominator": denominator, "decimals": 1.0})

    assert (not checks.ratios(frame, {"%": 100}, {}).found) is sound


@given(
    numerator=st.integers(0, 10_000),
    more=st.integers(0, 10_000),
    decimals=st.integers(0, 3),
)
def test_whatever_a_publisher_rounds_correctly_passes(numerator: int, more: int, decimals: int) -> None:
    denominator = numerator + more + 1
    value = round(100 * numerator / denominator, decimals)
    frame = _frame(
        {"value": value, "numerator": numerator, "denominator": denominator, "decimals": float(decimals)}
    )

    assert not checks.ratios(frame, {"%": 100}, {}).found


@given(numerator=st.integers(1, 999), denominator=st.integers(1000, 9999))
def test_whatever_was_rounded_to_fives_passes_once_that_is_declared(numerator: int, denominator: int) -> None:
    value = round(100 * numerator / denominator, 1)
    frame = _frame(
        {"value": value, "numerator": 5 * round(numerator / 5), "denominator": 5 * round(denominator / 5)}
    )

    assert not checks.ratios(frame, {"%": 100}, {"plan_pct": 5}).found


def test_a_ratio_without_all_three_numbers_is_not_checked() -> None:
    frame = _frame({"numerator": 1.0}, {"denominator": 9.0}, {"value": math.nan})

    assert checks.ratios(frame, {"%": 100}, {}).checked == 0


def test_of_nobody_only_nought_can_be_published() -> None:
    nobody = {"numerator": 0.0, "denominator": 0.0}
    found = checks.ratios(_frame({**nobody, "value": 0.0}, {**nobody, "value": 4.3}), {"%": 100}, {}).found

    assert list(found) == ["synthetic:3"]


def _sexes(total: float, *parts: float, unit: str = "count", decimals: float = 0.0) -> pd.DataFrame:
    common = {"unit": unit, "decimals": decimals}
    return _frame(
        {"sex": "", "value": total, **common},
        *({"sex": sex, "value": value, **common} for sex, value in zip("fm", parts, strict=False)),
    )


def test_counts_of_the_parts_add_to_the_total_exactly() -> None:
    assert not structure.sums(_sexes(30, 10, 20), ["plan_pct"], "sex").found
    assert structure.sums(_sexes(31, 10, 20), ["plan_pct"], "sex").found == {
        "synthetic:2": "parts add to 30, total is 31"
    }


def test_shares_add_to_one_hundred_within_their_rounding() -> None:
    rounded = _sexes(math.nan, 33.3, 66.6, unit="%", decimals=1.0).iloc[1:]
    wrong = _sexes(math.nan, 33.3, 66.4, unit="%", decimals=1.0).iloc[1:]

    assert not structure.sums(rounded, ["plan_pct"], "sex", total=100).found
    assert structure.sums(wrong, ["plan_pct"], "sex", total=100).found


def test_a_sum_with_a_part_that_is_withheld_or_absent_is_not_checked() -> None:
    assert structure.sums(_sexes(30, 10, math.nan), ["plan_pct"], "sex").checked == 0
    assert structure.sums(_sexes(30, 10), ["plan_pct"], "sex", parts=["f", "m"]).checked == 0


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        (["2021/22", "2022/23", "2023/24"], []),
        (["2021/22", "2023/24"], ["no 2022/23 before 2023/24"]),
        (["2018/19", "2023/24"], ["no 2019/20 to 2022/23 before 2023/24"]),
        (["January 2023", "January 2025"], ["no January 2024 before January 2025"]),
        (["October 2023", "December 2023"], ["no November 2023 before December 2023"]),
        (["2019", "2020", "2022"], ["no 2021 before 2022"]),
        (["2019-20", "2021-22"], ["no 2020-21 before 2021-22"]),
        (["mid-2020", "mid-2022"], ["no mid-2021 before mid-2022"]),
        (["December 2021 to February 2022", "December 2022 to February 2023"], []),
        (["2011 to 2021"], []),
    ],
)
def test_a_hole_in_a_series_is_found_for_each_kind_of_period(labels: list[str], found: list[str]) -> None:
    frame = _frame(*({"period": label} for label in labels))

    assert list(structure.contiguous(frame).found.values()) == found


def test_a_declared_gap_is_allowed_only_for_its_indicators() -> None:
    frame = _frame(
        *({"period": label, "indicator": name} for label in ("2021/22", "2023/24") for name in ("a", "b"))
    )
    gap = {"periods": ["2022/23"], "indicators": ["a"], "reason": "synthetic"}

    assert list(structure.contiguous(frame, [gap]).found) == ["synthetic:5"]


def test_breakdowns_are_series_of_their_own() -> None:
    frame = _frame(
        {"period": "2021/22", "sex": "f"},
        {"period": "2022/23", "sex": "m"},
        {"period": "2023/24", "sex": "f"},
    )

    assert list(structure.contiguous(frame).found) == ["synthetic:4"]


def test_comparators_are_asked_for_where_there_are_local_authorities() -> None:
    region = {"area_code": "E12000005"}
    england = {"area_code": "E92000001"}

    assert not structure.comparators(_frame({}, region, england)).found
    assert not structure.comparators(_frame(england)).found
    assert structure.comparators(_frame({}, england)).found == {"synthetic:2": "no region"}
    assert structure.comparators(_frame({})).found == {"synthetic:2": "no region and no England"}
    assert structure.comparators(_frame({}), {"plan_pct": "council figure"}).checked == 0


@pytest.mark.parametrize(
    ("text", "late"),
    [("2026-02-01", True), ("2026-01-31", False), ("2026-02", True), ("2026-01", False), ("2026", False)],
)
def test_a_date_that_names_only_its_month_or_year_is_compared_as_such(text: str, late: bool) -> None:
    frame = _frame({}).assign(source_as_at=text)

    assert bool(checks.not_after(frame, ["source_as_at"], "2026-01-31").found) is late


def test_a_percentage_drifts_in_points_and_a_count_in_relation() -> None:
    frame = _frame(
        {"value": 4.3, "previous_value": 4.1},
        {"value": 4.3, "previous_value": 1.2},
        {"value": 105.0, "previous_value": 100.0, "unit": "count"},
        {"value": 120.0, "previous_value": 100.0, "unit": "count"},
        {"value": 4.3, "previous_value": math.nan},
    )

    outcome = checks.drift(frame, relative=0.1, points=2.0)

    assert outcome.checked == 4
    assert list(outcome.found) == ["synthetic:3", "synthetic:5"]


def test_shares_of_one_denominator_are_added_by_their_numerators() -> None:
    frame = _frame(
        {"need": "asd", "numerator": 7.0, "denominator": 12.0},
        {"need": "slcn", "numerator": 5.0, "denominator": 12.0},
    )
    short = frame.assign(numerator=[7.0, 4.0])

    assert not structure.sums(frame, ["plan_pct"], "need", measure="numerator").found
    assert structure.sums(short, ["plan_pct"], "need", measure="numerator").found == {
        "synthetic:2": "parts add to 11, total is 12"
    }


def test_a_part_without_a_row_is_nobody_only_where_the_publisher_says_so() -> None:
    """The publisher prints no row for a group that nobody is in."""
    frame = _frame(
        *(
            {"area_code": area, "sex": sex, "value": value, "unit": "count"}
            for area, sexes in (("A", {"": 30.0, "f": 10.0, "m": 20.0}), ("B", {"": 30.0, "f": 30.0}))
            for sex, value in sexes.items()
        )
    )

    assert structure.sums(frame, ["plan_pct"], "sex").checked == 1
    assert structure.sums(frame, ["plan_pct"], "sex", absent="none").checked == 2
    assert not structure.sums(frame, ["plan_pct"], "sex", absent="none").found


def test_a_total_can_stand_in_an_indicator_of_its_own() -> None:
    """The slide of special school places prints totals that its own rows do not add up to."""
    places = {"unit": "count", "period": "2019/20"}
    frame = _frame(
        {"indicator": "places_count", "school": "a", "value": 900.0, **places},
        {"indicator": "places_count", "school": "b", "value": 65.0, **places},
        {"indicator": "printed_count", "value": 961.0, **places},
    )

    found = structure.sums(frame, ["places_count"], "school", total_indicator="printed_count").found

    assert found == {"synthetic:4": "parts add to 965, total is 961"}


def test_a_gap_declared_for_one_area_is_no_excuse_for_another() -> None:
    frame = _frame(
        *({"period": label, "area_code": area} for label in ("2021/22", "2023/24") for area in "AB")
    )
    gap = {"periods": ["2022/23"], "areas": ["A"], "reason": "synthetic"}

    assert list(structure.contiguous(frame, [gap]).found) == ["synthetic:5"]
    assert not structure.contiguous(frame, exempt={"plan_pct": "two censuses"}).found


def test_a_list_that_doubles_from_one_month_to_the_next_is_a_change_of_coverage() -> None:
    """The speech and language list of the area doubled from July to August 2023: 826 to 1,593."""
    frame = _frame(
        {"period": "June 2023", "value": 810.0},
        {"period": "July 2023", "value": 826.0},
        {"period": "August 2023", "value": 1593.0},
        {"period": "August 2023", "value": 0.0, "service": "audiology"},
        {"period": "September 2023", "value": 5.0, "service": "audiology"},
    )

    outcome = structure.jumps(frame, ["plan_pct"], factor=1.5, at_least=100)

    assert outcome.checked == 2
    assert outcome.found == {"synthetic:4": "1593 after 826 in July 2023"}


def test_two_publications_of_one_statistic_are_held_against_each_other() -> None:
    """Two files of one release count the new plans of 2024 as 675 and as 686."""
    frame = _frame(
        {"indicator": "new_plans_count", "period": "2024", "value": 675.0},
        {"indicator": "plans_issued_count", "period": "2024", "value": 686.0},
        {"indicator": "new_plans_count", "period": "2019", "value": 272.0},
        {"indicator": "plans_issued_count", "period": "2019", "value": 272.0},
        {"indicator": "new_plans_count", "period": "2018", "value": 1.0},
    )

    outcome = checks.agreement(frame, {"new_plans_count": "plans_issued_count"}, within=0)

    assert outcome.checked == 2
    assert outcome.found == {"synthetic:2": "675 and 686"}
