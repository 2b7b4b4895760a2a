"""Where the periods of a chart are on its horizontal axis."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from send_jsna.catalogue.periods import (
    Period,
    PeriodType,
    academic_year,
    calendar_year,
    financial_year,
    january,
    mid_year,
    month,
    parse_period,
)
from send_jsna.errors import DataError

_YEARLY = {
    PeriodType.ACADEMIC_YEAR: academic_year,
    PeriodType.FINANCIAL_YEAR: financial_year,
    PeriodType.CALENDAR_YEAR: calendar_year,
    PeriodType.JANUARY: january,
    PeriodType.MID_YEAR: mid_year,
}
_TIMED = {*_YEARLY, PeriodType.MONTH, PeriodType.QUARTER, PeriodType.POOLED_YEARS}


@dataclass(frozen=True)
class Axis:
    """The horizontal axis of a line chart.

    Attributes:
        labels: The labels of the data, in order of time, or of appearance where they are not periods.
        places: Position of each label.
        step: Distance between neighbouring periods; values further apart have a gap between them.
        ticks: Position and text of every place on the axis, periods without data among them.
        is_time: Whether the labels are periods of one kind.
    """

    labels: list[str]
    places: dict[str, float]
    step: float
    ticks: list[tuple[float, str]]
    is_time: bool

    def place(self, label: str) -> float:
        """Position of a period, which need not have data.

        Raises:
            DataError: The label is neither on the axis nor a period.
        """
        return self.places[label] if label in self.places else _place(parse_period(label))


def axis_of(labels: list[str]) -> Axis:
    """Lay out labels: by time where all are periods of one kind, else side by side in the order given."""
    unique = list(dict.fromkeys(labels))
    periods = [_parsed(label) for label in unique]
    kinds = {period.type if period else None for period in periods}
    if len(kinds) > 1 or not kinds <= _TIMED:
        places = {label: float(place) for place, label in enumerate(unique)}
        return Axis(unique, places, 1.0, [(place, label) for label, place in places.items()], False)
    timed = {label: (_place(period), period) for label, period in zip(unique, periods, strict=True) if period}
    ordered = sorted(timed, key=lambda label: timed[label][0])
    spots = [timed[label][0] for label in ordered]
    step = min((b - a for a, b in pairwise(spots)), default=1.0)
    ticks = {timed[label][0]: _short(timed[label][1]) for label in ordered}
    kind = timed[ordered[0]][1].type
    for number in range(round((spots[-1] - spots[0]) / step)):
        spot = spots[-1] - number * step
        filler = _period_at(kind, spot)
        if filler is not None:
            ticks.setdefault(spot, _short(filler))
    return Axis(ordered, {label: timed[label][0] for label in ordered}, step, sorted(ticks.items()), True)


def _parsed(label: str) -> Period | None:
    try:
        return parse_period(label)
    except DataError:
        return None


def _place(period: Period) -> float:
    if period.type is PeriodType.MONTH:
        return float(period.start.year * 12 + period.start.month)
    return float(period.end.year)


def _period_at(kind: PeriodType, spot: float) -> Period | None:
    if kind in _YEARLY:
        return _YEARLY[kind](round(spot))
    if kind is PeriodType.MONTH:
        return month(math.ceil(spot / 12) - 1, round(spot - 1) % 12 + 1)
    return None


def _short(period: Period) -> str:
    """A period's label in lines short enough to fit side by side."""
    if period.type is PeriodType.JANUARY:
        return f"Jan\n{period.start.year}"
    if period.type is PeriodType.MONTH:
        return f"{period.start:%b}\n{period.start.year}"
    if period.type is PeriodType.QUARTER:
        return f"Dec–Feb\n{period.end.year}"
    if period.type is PeriodType.POOLED_YEARS:
        return f"{period.start.year}–\n{period.end.year}"
    return period.label
