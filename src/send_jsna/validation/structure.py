"""What the project's own expectations check of a breakdown, a series or an indicator as a whole.

Pure functions on the tidy table, like those of :mod:`send_jsna.validation.checks`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any, Literal

import pandas as pd

from send_jsna.catalogue import periods
from send_jsna.catalogue.observations import DIMENSIONS, KEY
from send_jsna.catalogue.periods import Period, PeriodType
from send_jsna.validation.checks import CheckFindings, Row, decimals_of, groups, plain, records

_SERIES = ("indicator", "area_code", "period_type", *DIMENSIONS)
_LOCAL_AUTHORITY = re.compile(r"E(06|08|09|10)")
_ENGLAND, _REGION = "E92000001", "E12"


def sums(
    frame: pd.DataFrame,
    indicators: Sequence[str],
    dimension: str,
    parts: Sequence[str] | None = None,
    total: float | None = None,
    total_indicator: str | None = None,
    measure: Literal["value", "numerator"] = "value",
    absent: Literal["skip", "none"] = "skip",
    tolerance: float = 0.0,
) -> CheckFindings:
    """The parts of a breakdown add up to its total.

    The parameters are those of the expectation, as a suite's file states them, each by name.

    Args:
        frame: The tidy table.
        indicators: The indicators to check.
        dimension: The dimension that is summed over; the others stay apart.
        parts: The values that make up the whole; every value that occurs with the indicator where it is None.
        total: What the values add to, such as 100 for shares; the row without a value for the dimension
            where it is None.
        total_indicator: The indicator of the total, where it is not the indicator itself.
        measure: ``value`` adds the values; ``numerator`` adds the numerators of shares, whose total is their
            common denominator.
        absent: What a part without a row means: ``skip`` leaves the group unchecked, ``none`` says that the
            publisher prints no row for a part with no one in it.
        tolerance: What the sum may differ by beyond the printed rounding of a share or rate.

    Only groups in which the total and every part are known are checked: a withheld part is never derived.
    """
    others = [name for name in KEY if name not in ("indicator", dimension)]
    totals = total_indicator
    checked, found = 0, dict[str, str]()
    for indicator in indicators:
        rows = records(frame[frame["indicator"] == indicator])
        wanted = set(parts) if parts is not None else {row[dimension] for row in rows} - {""}
        wholes = rows if totals is None else records(frame[frame["indicator"] == totals])
        whole_of = groups((row for row in wholes if not row[dimension]), others)
        for key, piece in groups((row for row in rows if row[dimension] in wanted), others).items():
            if any(math.isnan(row[measure]) or math.isnan(row["value"]) for row in piece):
                continue
            if absent == "skip" and {row[dimension] for row in piece} != wanted:
                continue
            expected, flagged, slack = _total(piece, whole_of.get(key, []), total, measure)
            if math.isnan(expected):
                continue
            checked += 1
            summed = math.fsum(row[measure] for row in piece)
            if abs(summed - expected) > tolerance + slack + 1e-6:
                found[flagged] = f"parts add to {plain(round(summed, 6))}, total is {plain(expected)}"
    return CheckFindings(checked, found)


def _total(piece: list[Row], whole: list[Row], total: float | None, measure: str) -> tuple[float, str, float]:
    """What the parts should add to (NaN: not known), the row to flag, and the room that rounding leaves."""
    first = str(piece[0]["observation_id"])
    if measure == "numerator":
        return float(piece[0]["denominator"]), first, 0.0
    if total is not None:
        return total, first, _rounding(piece)
    if not whole:
        return math.nan, first, 0.0
    return float(whole[0]["value"]), str(whole[0]["observation_id"]), _rounding(piece + whole)


def contiguous(
    frame: pd.DataFrame, gaps: Sequence[Mapping[str, Any]] = (), exempt: Mapping[str, str] | None = None
) -> CheckFindings:
    """Each series runs without a hole from its first period to its last.

    A row that has a reason code in place of a value fills its period: a hole is a period with no row.
    Pooled years overlap and changes have no sequence; they are not looked at.

    Args:
        frame: The tidy table.
        gaps: Declared holes: ``{"periods": […], "reason": "…"}``, with ``"indicators": […]`` or
            ``"areas": […]`` where the hole is not in every series.
        exempt: Indicator → why its values are single points and not a series.
    """
    checked, found = 0, dict[str, str]()
    for key, series in groups(records(frame), _SERIES).items():
        indicator, area, kind = key[0], key[1], PeriodType(key[2])
        if kind not in _BUILD or indicator in (exempt or {}):
            continue
        checked += 1
        allowed = {
            label
            for gap in gaps
            if indicator in gap.get("indicators", [indicator]) and area in gap.get("areas", [area])
            for label in gap["periods"]
        }
        before: int | None = None
        for row in sorted(series, key=_start):
            place = _place(kind, row["period_start"])
            if before is not None and place > before + 1:
                missing = [_BUILD[kind](number).label for number in range(before + 1, place)]
                holes = [label for label in missing if label not in allowed]
                if holes:
                    found[row["observation_id"]] = f"no {_span(holes)} before {row['period']}"
            before = place
    return CheckFindings(checked, found)


def jumps(
    frame: pd.DataFrame, indicators: Sequence[str], factor: float, at_least: float = 0.0
) -> CheckFindings:
    """No value is many times, or a small part of, the one before it: what a change of coverage looks like.

    Args:
        frame: The tidy table.
        indicators: The indicators to check.
        factor: The most that a value may grow or shrink by from one known value to the next.
        at_least: Values are compared where the larger of the two is no smaller than this.
    """
    checked, found = 0, dict[str, str]()
    rows = frame[frame["indicator"].isin(list(indicators)) & frame["value"].notna()]
    for series in groups(records(rows), _SERIES).values():
        ordered = sorted(series, key=_start)
        for before, row in pairwise(ordered):
            low, high = sorted((before["value"], row["value"]))
            if high < max(at_least, 1e-9):
                continue
            checked += 1
            if low <= 0 or high / low > factor:
                found[row["observation_id"]] = (
                    f"{plain(row['value'])} after {plain(before['value'])} in {before['period']}"
                )
    return CheckFindings(checked, found)


def comparators(frame: pd.DataFrame, exempt: Mapping[str, str] | None = None) -> CheckFindings:
    """Where an indicator has local authorities in a period, it has their region and England as well.

    Args:
        frame: The tidy table.
        exempt: Indicator → why its publisher gives no region or no England.
    """
    checked, found = 0, dict[str, str]()
    for (indicator, _), group in groups(records(frame), ["indicator", "period"]).items():
        authorities = [row for row in group if _LOCAL_AUTHORITY.match(row["area_code"])]
        if not authorities or indicator in (exempt or {}):
            continue
        checked += 1
        codes = {row["area_code"] for row in group}
        lacks = [] if any(code.startswith(_REGION) for code in codes) else ["region"]
        lacks += [] if _ENGLAND in codes else ["England"]
        if lacks:
            found[str(authorities[0]["observation_id"])] = f"no {' and no '.join(lacks)}"
    return CheckFindings(checked, found)


def _rounding(rows: list[Row]) -> float:
    """How far the sum of printed shares or rates may be from the true one; nothing for counts."""
    return math.fsum(
        0.5 * 10 ** -decimals_of(row["value"], row["decimals"]) for row in rows if row["unit"] != "count"
    )


_BUILD: dict[PeriodType, Callable[[int], Period]] = {
    PeriodType.ACADEMIC_YEAR: lambda place: periods.academic_year(place + 1),
    PeriodType.FINANCIAL_YEAR: lambda place: periods.financial_year(place + 1),
    PeriodType.CALENDAR_YEAR: periods.calendar_year,
    PeriodType.JANUARY: periods.january,
    PeriodType.MID_YEAR: periods.mid_year,
    PeriodType.QUARTER: lambda place: periods.winter_quarter(place + 1),
    PeriodType.MONTH: lambda place: periods.month(place // 12, place % 12 + 1),
}


def _place(kind: PeriodType, start: str) -> int:
    """A period's place in its sequence: consecutive periods have consecutive places."""
    first = date.fromisoformat(start)
    return first.year * 12 + first.month - 1 if kind is PeriodType.MONTH else first.year


def _start(row: Row) -> str:
    return str(row["period_start"])


def _span(labels: Sequence[str]) -> str:
    return labels[0] if len(labels) == 1 else f"{labels[0]} to {labels[-1]}"
