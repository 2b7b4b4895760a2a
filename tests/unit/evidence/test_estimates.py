"""Estimates as printed, and yearly series: what is made of limits, years and rounding."""

from __future__ import annotations

import pandas as pd
import pytest

from send_jsna.evidence import yearly
from send_jsna.evidence.estimates import Estimated, or_none


def test_an_estimate_is_printed_with_its_limits() -> None:
    share = Estimated(34.96, 33.4, 36.64)
    assert (share.text, share.range) == ("35.0%", "33.4% to 36.6%")
    assert share.with_range == "35.0% (33.4% to 36.6%)"
    plans = Estimated(1234.4, 1100.0, 1400.6, "count", 0)
    assert (plans.text, plans.range) == ("1,234", "1,100 to 1,401")
    assert plans.as_printed(99.9) == "100"


def test_a_difference_is_printed_with_signs_and_without_a_unit() -> None:
    difference = Estimated(1.8, -0.44, 4.04, "pp")
    assert (difference.signed, difference.signed_range) == ("+1.8", "−0.4 to +4.0")
    assert difference.signed_with_range == "+1.8 (−0.4 to +4.0)"


def test_nought_is_written_none() -> None:
    assert [or_none(number) for number in (0, 1, 12)] == ["none", "one", "twelve"]


def series(*values: float, first: int = 2015, unit: str = "%") -> pd.DataFrame:
    years = range(first, first + len(values))
    return pd.DataFrame(
        {
            "period": [f"January {year}" for year in years],
            "period_start": [f"{year}-01-01" for year in years],
            "value": values,
            "unit": unit,
            "decimals": 1.0,
        }
    )


def test_only_the_newest_years_in_a_row_are_one_stretch() -> None:
    rows = pd.concat([series(7.0, 8.0, first=2020), series(1.0, 2.0, first=2016)])
    assert yearly.unbroken(rows)["value"].tolist() == [7.0, 8.0]
    assert yearly.unbroken(rows.iloc[:1])["value"].tolist() == [7.0]


def test_periods_are_chosen_by_label_or_from_one_on() -> None:
    rows = series(1.0, 2.0, 3.0)
    assert yearly.of_periods(rows, "January 2015", "January 2017")["value"].tolist() == [1.0, 3.0]
    assert yearly.since(rows, "January 2016")["value"].tolist() == [2.0, 3.0]


@pytest.mark.parametrize(
    ("values", "unit", "is_off"),
    [
        ((1.0, 99.9), "%", False),
        ((1.0, 100.0), "%", True),
        ((0.0, 5.0), "%", True),
        ((1.0, 100.0), "count", False),
        ((0.0, 5.0), "count", True),
    ],
)
def test_shares_of_all_and_counts_of_none_are_off_their_scale(
    values: tuple[float, ...], unit: str, is_off: bool
) -> None:
    rows = series(*values, unit=unit)
    assert yearly.scale_of(rows) == ("logit" if unit == "%" else "log")
    assert yearly.is_off_scale(rows) is is_off


def test_the_coarsest_rounding_is_half_of_the_last_printed_place() -> None:
    rows = series(1.0, 2.0)
    assert yearly.coarsest_rounding(rows.assign(decimals=[1.0, 0.0])) == pytest.approx(0.5)
    assert yearly.coarsest_rounding(rows) == pytest.approx(0.05)
