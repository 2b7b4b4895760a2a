"""Signs of whether a rise is a bulge that is passing or a lasting one, each from published figures.

A bulge that the pandemic caused would slow once schools were open again, requests would fall, plans would end
faster than new ones are made, and the series would come back towards its earlier trend. A lasting rise would
do none of these. Each sign speaks for the one or the other, or says nothing; none of them knows a cause.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from send_jsna.catalogue.observations import known
from send_jsna.catalogue.periods import parse_period
from send_jsna.errors import NoDataError
from send_jsna.evidence import compare, series_changes, yearly
from send_jsna.evidence.estimates import Estimated
from send_jsna.evidence.measures import refuse_chance, series_of
from send_jsna.evidence.small_numbers import refuse_any_few
from send_jsna.evidence.tables import cell
from send_jsna.evidence.trend.earlier_trend import Series, against_trend
from send_jsna.evidence.trend.growth import yearly_pace
from send_jsna.evidence.trend.pace import pace_words, slack_of
from send_jsna.statistics.breaks import break_test
from send_jsna.wording import format_number, in_words

if TYPE_CHECKING:
    from send_jsna.evidence.trend.pace import Window
    from send_jsna.figures.supplement import Supplement

Direction = Literal["a lasting rise", "a bulge", "neither"]
LASTING: Direction = "a lasting rise"
BULGE: Direction = "a bulge"
NEITHER: Direction = "neither"
ALPHA = 0.05


@dataclass(frozen=True)
class Sign:
    """One sign.

    Attributes:
        question: What was looked at, as it heads a row.
        finding: What the figures say, in words with the values.
        direction: What it speaks for.
        rows: The observations it was read from.
    """

    question: str
    finding: str
    direction: Direction
    rows: pd.DataFrame


def _speaks_for(*, lasting: bool, bulge: bool) -> Direction:
    """What a sign speaks for: a lasting rise where it looks like both."""
    return LASTING if lasting else BULGE if bulge else NEITHER


def pace(supplement: Supplement, name: str, indicator: str, windows: tuple[Window, ...]) -> Sign:
    """Whether the share has risen more slowly in the newest window than in the one before it.

    Raises:
        NoDataError: An end of a window has no value.
    """
    before, last = windows[-2:]
    periods = (*before.ends, *last.ends)
    rows = yearly.of_periods(series_of(supplement, indicator), *periods)
    for period in periods:
        if period not in set(rows["period"]):
            raise NoDataError(f"{indicator} has no value in {period}", reason=f"no value for {period}")
    refuse_chance(supplement, *(row for _, row in rows.iterrows()))
    speeds = yearly_pace(rows, {"before": before.ends, "last": last.ends}).iloc[0]
    slack = slack_of(rows, last)
    word = pace_words(speeds["last"], speeds["before"], slack=slack)
    was, now = (format_number(speeds[key], decimals=2) for key in ("before", "last"))
    return Sign(
        f"Pace of {name} since {last.first}",
        f"{now} points a year, {word} the {was} of the window before",
        _speaks_for(lasting=speeds["last"] > slack and word != "slower than", bulge=word == "slower than"),
        rows,
    )


def inflow(supplement: Supplement, name: str, indicator: str, start: str) -> Sign:
    """Whether requests have risen or fallen in every year since a period.

    Raises:
        NoDataError: Fewer than two values since then, or they count few children.
    """
    rows = yearly.unbroken(yearly.since(series_of(supplement, indicator), start))
    if len(rows) < 2:
        raise NoDataError(f"{indicator} has too few values since {start}", reason=series_changes.ONE_PERIOD)
    refuse_any_few(rows)
    steps = np.diff(rows["value"])
    first, last = rows.iloc[0], rows.iloc[-1]
    direction = _speaks_for(lasting=bool((steps > 0).all()), bulge=bool((steps < 0).all()))
    way = {LASTING: "up every year", BULGE: "down every year", NEITHER: "up and down"}[direction]
    return Sign(
        f"{name} since {first['period']}",
        f"from {cell(first)} to {cell(last)} in {last['period']}, {way}",
        direction,
        rows,
    )


def balance(supplement: Supplement, new: str, ceased: str) -> Sign:
    """Whether more plans began than ended in the newest year, by more than chance would have it.

    Raises:
        NoDataError: One of the two has no value in the newest year of the other.
    """
    begun, ended = (series_of(supplement, indicator) for indicator in (new, ceased))
    common = begun[begun["period"].isin(ended["period"])]
    if common.empty:
        raise NoDataError(f"{new} and {ceased} have no year in common", reason="no year in common")
    period = str(common["period"].iloc[-1])
    rows = pd.concat([yearly.of_periods(begun, period), yearly.of_periods(ended, period)])
    refuse_any_few(rows)
    more, fewer = (float(value) for value in rows["value"])
    chance = 1.96 * np.sqrt(more + fewer)
    return Sign(
        f"Plans begun and ended in {period}",
        f"{format_number(more, unit='count')} began and {format_number(fewer, unit='count')} ended",
        _speaks_for(lasting=more - fewer > chance, bulge=fewer - more > chance),
        rows,
    )


def slope(supplement: Supplement, name: str, indicator: str, at: str) -> Sign:
    """Whether the yearly growth changed at the pandemic: a break test at a time stated beforehand.

    Raises:
        NoDataError: The test is refused.
    """
    rows = yearly.unbroken(series_of(supplement, indicator))
    refuse_chance(supplement, rows.iloc[-1])
    if yearly.is_off_scale(rows):
        raise NoDataError(f"{indicator} lies at an end of the scale", reason=yearly.END_OF_SCALE)
    start = parse_period(at).start.year
    found = break_test(yearly.years_of(rows), rows["value"], start, transform=yearly.scale_of(rows))
    if found.slope is None or found.before is None or found.after is None or found.p_value is None:
        reason = "too few points on both sides of the pandemic"
        raise NoDataError(f"{indicator}: {found.reason}", reason=reason)
    is_clear = found.p_value < ALPHA and found.slope.p_value < ALPHA
    is_faster = found.slope.estimate > 0 and found.after > 0
    was, now = (
        format_number(100 * (np.exp(rate) - 1), unit="%", decimals=1) for rate in (found.before, found.after)
    )
    chance = format_number(found.p_value, decimals=3)
    words = (
        f"{'a' if is_clear else 'no'} clear change (p {'' if chance.startswith('less') else '= '}{chance})"
    )
    return Sign(
        f"Yearly growth of {name} before and from {at}",
        f"{was} a year before, {now} since: {words}",
        _speaks_for(lasting=is_clear and is_faster, bulge=is_clear and not is_faster),
        rows,
    )


def excess(series: Series) -> Sign:
    """Whether the series is above its earlier trend, or came back to it after it was above.

    Raises:
        NoDataError: The series does not allow it, or the range expected is too wide to help.
    """
    found = against_trend(series)
    newest, result = found.newest, found.result
    expected = Estimated(newest["expected"], newest["lower"], newest["upper"], str(newest["unit"]))
    series.measure.refuse_wide(expected)
    words = {"above": "above", "below": "below", "no clear difference": "within"}[result]
    return Sign(
        f"{series.measure.name} against the trend before the pandemic",
        f"{cell(newest)} in {newest['period']}, {words} the {expected.range} expected",
        _speaks_for(lasting=result == "above", bulge="above" in found.results),
        found.rows,
    )


def neighbours_rising(supplement: Supplement, indicator: str, start: str) -> Sign:
    """How many of the areas the area is read against rose over the same years; it speaks for neither.

    Raises:
        NoDataError: Fewer than three of them have both values.
    """
    rows = known(supplement.observations(indicator, area="comparators"))
    last = str(supplement.own(rows).sort_values("period_start", kind="stable")["period"].iloc[-1])
    ends = yearly.of_periods(rows, start, last)
    wide = ends.pivot(index="area_code", columns="period", values="value").dropna()
    others = wide.drop(index=supplement.area.code, errors="ignore")
    if len(others) < compare.FEWEST_PLACES or start == last:
        raise NoDataError("too few areas with both values", reason="too few areas with a value to compare")
    risen = int((others[last] - others[start] > 2 * yearly.coarsest_rounding(ends)).sum())
    return Sign(
        f"The same share elsewhere since {start}",
        f"rose in {in_words(risen)} of {in_words(len(others))} comparators",
        NEITHER,
        ends[ends["area_code"].isin(wide.index)],
    )
