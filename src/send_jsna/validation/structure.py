"""What the project's own expectations check of a breakdown, a series or an indicator as a whole.

Pure functions on the tidy table, like those of :mod:`send_jsna.validation.checks`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Literal

import pandas as pd

from send_jsna import periods
from send_jsna.observations import DIMENSIONS, KEY
from send_jsna.periods import Period, PeriodType
from send_jsna.validation.checks import Findings, decimals_of, groups, plain, records


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
) -> Findings:
    """The parts of a breakdown add up to its total.

    Args:
        frame: The tidy table.
        indicators: The indicators to check.
        dimension: The dimension that is summed over; the others stay apart.
        parts: The values that make up the whole; every value that occurs with the indicator where it is None.
        total: What the values add to, such as 100 for shares; the row without a value for the dimension
            where it is None.
        total_indicator: The indicator that holds the total, where it is not the indicator itself.
        measure: ``value`` adds the values; ``numerator`` adds the numerators of shares, whose total is their
            common denominator.
        absent: What a part without a row means: ``skip`` leaves the group unchecked, ``none`` says that the
            publisher prints no row for a part that holds nobody.
        tolerance: What the sum may differ by beyond the printed rounding of a share or rate.

    Only groups in which the total and every part are known are checked: a withheld part is never derived.
    """
    others = [name for name in KEY if name != dimension]
    checked, found = 0, dict[str, str]()
    for indicator in indicators:
        rows = frame[frame["indicator"] == indicator]
        wanted = set(parts) if parts is not None else set(rows[dimension]) - {""}
        if total_indicator is not None:
            totals = frame[(frame["indicator"] == total_indicator) & (frame[dimension] == "")]
            rows = pd.concat([rows[rows[dimension] != ""], totals.assign(indicator=indicator)])
        for _, group in groups(rows, others):
            piece = group[group[dimension].isin(wanted)]
            if piece.empty or piece[["value", measure]].isna().any(axis=None):
                continue
            if absent == "skip" and set(piece[dimension]) != wanted:
                continue
            whole = group[group[dimension] == ""]
            expected, flagged, slack = _total(piece, whole, total, measure)
            if math.isnan(expected):
                continue
            checked += 1
            summed = math.fsum(piece[measure])
            if abs(summed - expected) > tolerance + slack + 1e-6:
                found[flagged] = f"parts add to {plain(round(summed, 6))}, total is {plain(expected)}"
    return Findings(checked, found)


def _total(
    piece: pd.DataFrame, whole: pd.DataFrame, total: float | None, measure: str
) -> tuple[float, str, float]:
    """What parts should add to (NaN where that is not known), the row to flag, and the room rounding leaves."""
    first = str(piece["observation_id"].iloc[0])
    if measure == "numerator":
        return float(piece["denominator"].iloc[0]), first, 0.0
    if total is not None:
        return total, first, _rounding(piece)
    if whole.empty:
        return math.nan, first, 0.0
    flagged = str(whole["observation_id"].iloc[0])
    return float(whole["value"].iloc[0]), flagged, _rounding(piece) + _rounding(whole)


def contiguous(frame: pd.DataFrame, gaps: Sequence[Mapping[str, Any]] = ()) -> Findings:
    """Each series runs without a hole from its first period to its last.

    A row that holds a reason code in place of a value fills its period: a hole is a period with no row.

    Args:
        frame: The tidy table.
        gaps: Declared holes: ``{"periods": […], "reason": "…"}``, with ``"indicators": […]`` where the hole
            is not in every series.
    """
    series_key = ["indicator", "area_code", "period_type", *DIMENSIONS]
    checked, found = 0, dict[str, str]()
    for key, series in groups(frame, series_key):
        kind = PeriodType(key[2])
        if kind not in _BUILD:
            continue
        checked += 1
        allowed = {
            label for gap in gaps if key[0] in gap.get("indicators", [key[0]]) for label in gap["periods"]
        }
        before: int | None = None
        for row in sorted(records(series), key=lambda row: str(row["period_start"])):
            place = _place(kind, row["period_start"])
            if before is not None and place > before + 1:
                missing = [_BUILD[kind](number).label for number in range(before + 1, place)]
                holes = [label for label in missing if label not in allowed]
                if holes:
                    found[row["observation_id"]] = f"no {_span(holes)} before {row['period']}"
            before = place
    return Findings(checked, found)


def comparators(
    frame: pd.DataFrame,
    exempt: Mapping[str, str] | None = None,
    country: str = "E92000001",
    region: str = "E12",
) -> Findings:
    """Where an indicator has local authorities in a period, its region and England stand beside them.

    Args:
        frame: The tidy table.
        exempt: Indicator → why its publisher gives no region or no England.
        country: Code of England.
        region: How the code of a region begins.
    """
    checked, found = 0, dict[str, str]()
    local = frame["area_code"].str.match(r"E(06|08|09|10)")
    for (indicator, _), group in groups(frame, ["indicator", "period"]):
        authorities = group[local.loc[group.index]]
        if authorities.empty or indicator in (exempt or {}):
            continue
        checked += 1
        lacks = []
        if not group["area_code"].str.startswith(region).any():
            lacks.append("region")
        if not (group["area_code"] == country).any():
            lacks.append("England")
        if lacks:
            found[str(authorities["observation_id"].iloc[0])] = f"no {' and no '.join(lacks)}"
    return Findings(checked, found)


def _rounding(rows: pd.DataFrame) -> float:
    """How far the sum of printed shares or rates may stand from the true one; nothing for counts."""
    return math.fsum(
        0.5 * 10 ** -decimals_of(row["value"], row["decimals"])
        for row in records(rows)
        if row["unit"] != "count"
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


def _span(labels: Sequence[str]) -> str:
    return labels[0] if len(labels) == 1 else f"{labels[0]} to {labels[-1]}"
