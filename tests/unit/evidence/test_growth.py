"""How far and how fast an indicator has moved."""

from __future__ import annotations

import pandas as pd
import pytest

from send_jsna.catalogue.observations import DIMENSIONS
from send_jsna.catalogue.periods import academic_year
from send_jsna.errors import NoDataError
from send_jsna.evidence import series_changes
from send_jsna.evidence.trend import growth, pace


def series(*values: float | None, area: str = "E08000026", unit: str = "%") -> pd.DataFrame:
    """One series from 2015/16 on."""
    rows = []
    for step, value in enumerate(values):
        period = academic_year(2016 + step)
        rows.append(
            dict.fromkeys(DIMENSIONS, "")
            | {
                "indicator": "ehc_plan_pct",
                "area_code": area,
                "area_name": area,
                "period": period.label,
                "period_start": period.start.isoformat(),
                "value": float("nan") if value is None else value,
                "numerator": float("nan"),
                "denominator": float("nan"),
                "unit": unit,
                "decimals": 1.0 if unit == "%" else 0.0,
                "status": "x" if value is None else "final",
            }
        )
    return pd.DataFrame(rows)


def change(first: float, last: float, unit: str = "%") -> series_changes.Change:
    return series_changes.change_since(series(first, last, unit=unit))


def test_growth_is_compared_in_percent() -> None:
    assert growth.pace(change(2.5, 4.3), change(2.9, 5.3)) == "more slowly than"  # 72 % against 83 %
    assert growth.pace(change(13.5, 17.7), change(11.7, 14.2)) == "faster than"


def test_growth_that_rounding_may_explain_is_about_as_fast() -> None:
    assert growth.pace(change(0.5, 0.8), change(0.6, 1.0)) == "about as fast as"


def test_counts_are_exact() -> None:
    assert growth.percent_range(change(2084, 3477, unit="count")) == pytest.approx((66.84, 66.84), abs=0.01)
    low, high = growth.percent_range(change(2.5, 4.3))
    assert low == pytest.approx(100 * (4.25 / 2.55 - 1))
    assert high == pytest.approx(100 * (4.35 / 2.45 - 1))


def test_no_percentage_of_what_may_be_nothing() -> None:
    with pytest.raises(NoDataError, match="may be zero"):
        growth.percent_range(change(0.0, 4.3))


@pytest.mark.parametrize(
    ("way", "length", "words"),
    [
        ("up", 4, "has risen four years running"),
        ("up", 1, "rose in the last year"),
        ("down", 2, "has fallen two years running"),
        ("down", 1, "fell in the last year"),
        ("level", 1, "did not change in the last year"),
        ("level", 3, "has stayed level"),
    ],
)
def test_a_streak_in_words(way: series_changes.Direction, length: int, words: str) -> None:
    assert growth.streak_words(way, length) == words


def test_an_index_starts_at_a_hundred_for_every_area() -> None:
    frame = pd.concat(
        [series(439, 480, 1144, unit="count"), series(8131, None, 16161, area="E12", unit="count")]
    )
    found = growth.index_to(frame, "2015/16").set_index(["area_code", "period"])["value"]
    assert found["E08000026", "2015/16"] == found["E12", "2015/16"] == 100
    assert found["E08000026", "2017/18"] == pytest.approx(260.6, abs=0.1)
    assert ("E12", "2016/17") not in found.index


def test_an_index_needs_its_base() -> None:
    with pytest.raises(NoDataError, match="no area has a value in 2030/31"):
        growth.index_to(series(1.0, 2.0), "2030/31")


def test_yearly_pace_over_windows() -> None:
    frame = pd.concat([series(2.3, None, None, 2.6), series(2.8, None, None, None, area="E92")])
    found = growth.yearly_pace(frame, {"before": ("2015/16", "2018/19"), "later": ("2018/19", "2021/22")})
    paces = found.set_index("area_code")
    assert paces.loc["E08000026", "before"] == pytest.approx(0.1)
    assert pd.isna(paces.loc["E92", "before"])
    assert paces["later"].isna().all()


def test_paces_in_words() -> None:
    assert pace.pace_words(0.33, 0.10, slack=0.03) == "faster than"
    assert pace.pace_words(0.10, 0.33, slack=0.03) == "slower than"
    assert pace.pace_words(0.10, 0.13, slack=0.03) == "about as fast as"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["faster than", "about as fast as"], "do not look like a bulge that is passing"),
        (["slower than", "slower than"], "look like a bulge that is passing"),
        (["slower than", "faster than"], "give no clear answer"),
    ],
)
def test_the_verdict_follows_the_paces(words: list[str], said: str) -> None:
    assert pace.verdict(words).startswith(said)


def test_a_window_names_its_periods() -> None:
    assert pace.Window("after", "Since", "2021/22", "2024/25").heading == "Since (2021/22 to 2024/25)"
