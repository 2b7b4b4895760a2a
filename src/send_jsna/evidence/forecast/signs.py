"""Signs of whether a rise is a bulge that is passing or a lasting one, each from published figures.

A bulge that the pandemic caused would slow once schools were open again, requests would fall, plans would end
faster than new ones are made, and the series would come back towards its earlier trend. A lasting rise would
do none of these. Each sign speaks for the one or the other, or says nothing; none of them knows a cause.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from send_jsna.catalogue.observations import known
from send_jsna.catalogue.periods import parse_period
from send_jsna.errors import NoDataError
from send_jsna.evidence import compare
from send_jsna.evidence.forecast.forecasts import unbroken, years_of
from send_jsna.evidence.measures import refuse_chance
from send_jsna.evidence.small_numbers import refuse_any_few, unless_few
from send_jsna.evidence.tables import cell
from send_jsna.evidence.trend.earlier_trend import Series, hold
from send_jsna.evidence.trend.pace import pace_words
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


def pace(
    supplement: Supplement,
    name: str,
    indicator: str,
    windows: tuple[Window, ...],
    selection: Mapping[str, Any] | None = None,
) -> Sign:
    """Whether the share has risen more slowly in the newest window than in the one before it.

    Raises:
        NoDataError: An end of a window has no value.
    """
    rows = unless_few(supplement.observations(indicator, **(selection or {})))
    before, last = windows[-2], windows[-1]
    ends = rows[rows["period"].isin([before.first, before.last, last.first, last.last])]
    values = {str(row["period"]): row for _, row in ends.iterrows()}
    lacking = [p for p in (before.first, before.last, last.first, last.last) if p not in values]
    if lacking:
        raise NoDataError(f"{indicator} has no value in {lacking[0]}", reason=f"no value for {lacking[0]}")
    refuse_chance(supplement, *values.values())
    speeds = [_speed(values[w.first], values[w.last]) for w in (before, last)]
    years = _year(values[last.last]) - _year(values[last.first])
    slack = 2 * max(compare.rounding_of(row) for row in values.values()) / years
    word = pace_words(speeds[1], speeds[0], slack=slack)
    said = [format_number(speed, decimals=2) for speed in speeds]
    direction = BULGE if word == "slower than" else LASTING if speeds[1] > slack else NEITHER
    return Sign(
        f"Pace of {name} since {last.first}",
        f"{said[1]} points a year, {word} the {said[0]} of the window before",
        direction,
        ends,
    )


def inflow(supplement: Supplement, name: str, indicator: str, since: str) -> Sign:
    """Whether requests have risen or fallen in every year since a period.

    Raises:
        NoDataError: Fewer than two values since then, or they stand for few children.
    """
    rows = unless_few(supplement.observations(indicator))
    rows = unbroken(rows[rows["period_start"] >= parse_period(since).start.isoformat()])
    if len(rows) < 2:
        raise NoDataError(f"{indicator} has too few values since {since}", reason=compare.ONE_PERIOD)
    refuse_any_few(rows)
    steps = np.diff(rows["value"].to_numpy(float))
    first, last = rows.iloc[0], rows.iloc[-1]
    direction = LASTING if (steps > 0).all() else BULGE if (steps < 0).all() else NEITHER
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
    parts = [unless_few(supplement.observations(indicator)) for indicator in (new, ceased)]
    common = set(parts[0]["period"]) & set(parts[1]["period"])
    if not common:
        raise NoDataError(f"{new} and {ceased} have no year in common", reason="no year in common")
    period = max(common, key=lambda label: parse_period(label).start)
    rows = pd.concat([part[part["period"] == period] for part in parts])
    refuse_any_few(rows)
    began, ended = (float(value) for value in rows["value"])
    chance = 1.96 * np.sqrt(began + ended)
    direction = LASTING if began - ended > chance else BULGE if ended - began > chance else NEITHER
    return Sign(
        f"Plans begun and ended in {period}",
        f"{format_number(began, unit='count')} began and {format_number(ended, unit='count')} ended",
        direction,
        rows,
    )


def slope(supplement: Supplement, name: str, indicator: str, at: str) -> Sign:
    """Whether the yearly growth changed at the pandemic: a break test at a time stated beforehand.

    Raises:
        NoDataError: The test is refused.
    """
    rows = unbroken(unless_few(supplement.observations(indicator)))
    refuse_chance(supplement, rows.iloc[-1])
    unit = str(rows["unit"].iloc[0])
    values = rows["value"].to_numpy(float)
    if (values <= 0).any() or (unit == "%" and (values >= 100).any()):
        raise NoDataError(f"{indicator} lies at an end of the scale", reason="a value of nought or of all")
    found = break_test(
        years_of(rows), values, parse_period(at).start.year, transform="logit" if unit == "%" else "log"
    )
    if found.slope is None or found.before is None or found.after is None or found.p_value is None:
        raise NoDataError(
            f"{indicator}: {found.reason}", reason="too few points on both sides of the pandemic"
        )
    clear = found.p_value < ALPHA and found.slope.p_value < ALPHA
    direction: Direction = NEITHER
    if clear:
        direction = LASTING if found.slope.estimate > 0 and found.after > 0 else BULGE
    said = [
        format_number(100 * (np.exp(rate) - 1), unit="%", decimals=1) for rate in (found.before, found.after)
    ]
    words = "a clear change" if clear else "no clear change"
    p_text = format_number(found.p_value, decimals=3)
    chance = f"p {p_text}" if p_text.startswith("less") else f"p = {p_text}"
    return Sign(
        f"Yearly growth of {name} before and from {at}",
        f"{said[0]} a year before, {said[1]} since: {words} ({chance})",
        direction,
        rows,
    )


def excess(series: Series) -> Sign:
    """Whether the series stands above its earlier trend, or came back to it after standing above.

    Raises:
        NoDataError: The series does not allow it, or what is expected spans too much to tell.
    """
    held = hold(series)
    result, newest = held.result, held.after.iloc[-1]
    if result == "cannot be told":
        raise NoDataError(
            f"{series.indicator}: too wide a range is expected",
            reason="the range expected is too wide to tell",
        )
    direction: Direction = NEITHER
    if result == "above":
        direction = LASTING
    elif "above" in held.results:
        direction = BULGE
    words = {"above": "above", "below": "below", "no clear difference": "within"}[result]
    limits = [
        format_number(float(limit[-1]), unit="%" if newest["unit"] == "%" else "", decimals=1)
        for limit in (held.found.lower, held.found.upper)
    ]
    return Sign(
        f"{series.name} against the trend before the pandemic",
        f"{cell(newest)} in {newest['period']}, {words} the {limits[0]} to {limits[1]} expected",
        direction,
        held.rows,
    )


def neighbours_rising(supplement: Supplement, indicator: str, since: str) -> Sign:
    """How many of the areas the area is read against rose over the same years; it speaks for neither.

    Raises:
        NoDataError: Fewer than three of them have both values.
    """
    rows = known(supplement.observations(indicator, area="comparators"))
    last = str(supplement.own(rows).sort_values("period_start", kind="stable")["period"].iloc[-1])
    ends = rows[rows["period"].isin([since, last])]
    wide = ends.pivot(index="area_code", columns="period", values="value").dropna()
    others = wide[wide.index != supplement.area.code]
    if len(others) < compare.FEWEST_PLACES or since == last:
        raise NoDataError("too few areas with both values", reason="too few areas with a value to compare")
    slack = 2 * max(compare.rounding_of(row) for _, row in ends.iterrows())
    risen = int(((others[last] - others[since]) > slack).sum())
    return Sign(
        f"The same share elsewhere since {since}",
        f"rose in {in_words(risen)} of {in_words(len(others))} comparators",
        NEITHER,
        ends[ends["area_code"].isin(wide.index)],
    )


def _speed(first: pd.Series, last: pd.Series) -> float:
    return (float(last["value"]) - float(first["value"])) / (_year(last) - _year(first))


def _year(row: pd.Series) -> int:
    return int(str(row["period_start"])[:4])
