"""Words computed from data."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from send_jsna.catalogue.observations import DIMENSIONS
from send_jsna.catalogue.periods import academic_year
from send_jsna.errors import DataError, NoDataError
from send_jsna.evidence import compare, series_changes
from send_jsna.wording import in_words, joined, ordinal


def series(*values: float | None, area: str = "E08000026", **parts: list[float]) -> pd.DataFrame:
    """One indicator's series from 2017/18 on, as the tidy table holds it."""
    periods = [academic_year(2018 + step) for step in range(len(values))]
    count = len(values)
    frame = pd.DataFrame(
        {
            "observation_id": [f"sen_prevalence:{line}" for line in range(2, count + 2)],
            "indicator": "ehc_plan_pct",
            "area_code": area,
            "period": [period.label for period in periods],
            "period_start": [period.start.isoformat() for period in periods],
            "value": pd.array(values, dtype="Float64").to_numpy(dtype="float64", na_value=float("nan")),
            "numerator": parts.get("numerator", [float("nan")] * count),
            "denominator": parts.get("denominator", [float("nan")] * count),
            "unit": "%",
            "decimals": 1.0,
            "status": ["x" if value is None else "final" for value in values],
        }
    )
    for dimension in DIMENSIONS:
        frame[dimension] = ""
    return frame


@pytest.mark.parametrize(
    ("value", "other", "expected"),
    [
        (4.3, 5.3, "below"),
        (17.7, 14.2, "above"),
        (4.3, 4.4, "similar to"),  # either may be 4.35 before rounding
        (4.3, 4.5, "below"),
        (4.3, 4.3, "similar to"),
    ],
)
def test_without_intervals_a_value_is_anywhere_within_its_rounding(
    value: float, other: float, expected: str
) -> None:
    assert compare.standing(value, other) == expected


def test_whole_numbers_and_exact_counts_have_their_own_tolerance() -> None:
    assert compare.standing(28, 27, tolerance=0.5) == "similar to"
    assert compare.standing(2117, 2116, tolerance=0) == "above"


@pytest.mark.parametrize(
    ("interval", "other_interval", "expected"),
    [
        ((33.4, 36.6), (31.3, 31.7), "above"),
        ((30.0, 40.0), (31.3, 31.7), "similar to"),
        ((20.0, 25.0), (26.0, 27.0), "below"),
        ((30.0, 31.46), None, "similar to"),
    ],
)
def test_intervals_decide_where_they_are_given(
    interval: tuple[float, float], other_interval: tuple[float, float] | None, expected: str
) -> None:
    assert compare.standing(35.0, 31.5, interval=interval, other_interval=other_interval) == expected


@given(st.floats(0, 100), st.floats(0, 100), st.floats(0, 5))
def test_standing_is_the_mirror_of_itself(value: float, other: float, tolerance: float) -> None:
    mirror = {"above": "below", "below": "above", "similar to": "similar to"}
    there = compare.standing(value, other, tolerance=tolerance)
    assert compare.standing(other, value, tolerance=tolerance) == mirror[there]


def test_movement_says_which_way() -> None:
    assert compare.movement(2.5, 4.3) == "has risen"
    assert compare.movement(4.3, 2.5) == "has fallen"
    assert compare.movement(4.3, 4.4) == "has hardly changed"


def test_observations_of_small_denominators_are_similar_where_large_ones_are_not() -> None:
    small = series(40.0, numerator=[8.0], denominator=[20.0]).iloc[0]
    large = series(40.0, numerator=[8000.0], denominator=[20000.0]).iloc[0]
    england = series(30.0, area="E92000001", numerator=[30000.0], denominator=[100000.0]).iloc[0]
    assert compare.standing_of(small, england) == "similar to"
    assert compare.standing_of(large, england) == "above"


def test_two_indicators_are_never_compared() -> None:
    other = series(4.0).iloc[0].copy()
    other["indicator"] = "sen_support_pct"
    with pytest.raises(DataError, match="cannot be compared"):
        compare.standing_of(series(4.0).iloc[0], other)


def test_change_since_a_base_passes_over_withheld_values() -> None:
    found = series_changes.change_since(series(2.5, None, 3.0, None), "2017/18")
    assert (found.first_period, found.last_period) == ("2017/18", "2019/20")
    assert found.difference == pytest.approx(0.5)
    assert found.percent == pytest.approx(20.0)
    assert compare.moved(*(row for _, row in found.rows.iterrows())) == "has risen"
    assert list(found.rows["observation_id"]) == ["sen_prevalence:2", "sen_prevalence:4"]


def test_change_since_needs_its_base_and_something_after_it() -> None:
    with pytest.raises(NoDataError, match="no value for 2018/19"):
        series_changes.change_since(series(2.5, None, 3.0), "2018/19")
    with pytest.raises(NoDataError, match="no value after 2017/18"):
        series_changes.change_since(series(2.5), "2017/18")


def test_two_series_at_once_are_refused() -> None:
    both = pd.concat([series(2.5, 3.0), series(2.0, 2.2, area="E92000001")])
    with pytest.raises(DataError, match="several series"):
        series_changes.change_since(both)


def test_latest_change_and_streak() -> None:
    frame = series(3.0, 2.5, 2.6, 2.9, 3.4)
    assert series_changes.latest_change(frame).difference == pytest.approx(0.5)
    way, steps, rows = series_changes.streak(frame)
    assert (way, steps, len(rows)) == ("up", 3, 4)
    assert rows["period"].iloc[0] == "2018/19"
    assert series_changes.streak(series(3.0, 3.1, 3.1, 3.1))[:2] == ("level", 2)


def test_places_are_counted_from_the_nearer_end() -> None:
    areas = pd.concat(
        [series(value, area=code) for code, value in zip("abcde", (5, 4, 3, 2, 1), strict=True)]
    )
    texts = [compare.place(areas, code).text for code in "abcde"]
    assert texts == [
        "highest of five",
        "second highest of five",
        "in the middle of five",
        "second lowest of five",
        "lowest of five",
    ]


def test_equal_values_share_a_place() -> None:
    areas = pd.concat([series(value, area=code) for code, value in (("a", 5), ("b", 4), ("c", 4), ("d", 1))])
    assert compare.place(areas, "b").rank == compare.place(areas, "c").rank == 2


def test_small_numbers_are_words() -> None:
    assert [in_words(number) for number in (2, 20, 1234)] == ["two", "twenty", "1,234"]
    assert [ordinal(number) for number in (3, 21, 22, 23, 113)] == [
        "third",
        "21st",
        "22nd",
        "23rd",
        "113th",
    ]
    assert joined(["Derby", "Luton", "Walsall"]) == "Derby, Luton and Walsall"
