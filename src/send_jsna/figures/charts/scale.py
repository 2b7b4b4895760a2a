"""The value axis: where its ticks are and what is written at them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from send_jsna.figures.charts.base import Chart, Value
from send_jsna.wording import format_number

#: A line chart whose lowest value is below this share of its highest starts at zero.
_NEAR_ZERO = 0.6


@dataclass(frozen=True)
class Scale:
    """Ticks of a value axis in ascending order, and their texts."""

    ticks: list[float]
    texts: list[str]

    @property
    def from_zero(self) -> bool:
        """Whether the axis begins at zero or below."""
        return self.ticks[0] <= 0


def ends(values: Iterable[Value]) -> tuple[float, float]:
    """The lowest and the highest end of values and their intervals."""
    found = [
        end
        for value in values
        if value.known
        for end in (value.number, value.lower, value.upper)
        if end == end
    ]
    return min(found), max(found)


def scale_of(chart: Chart, low: float, high: float) -> Scale:
    """Round ticks that reach from ``low`` to ``high`` or just beyond."""
    from matplotlib.ticker import MaxNLocator

    if low == high:
        low, high = (0.0, high or 1.0) if high >= 0 else (low - 1, high + 1)
    locator = MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10], integer=chart.unit in ("count", "rank"))
    ticks = [float(tick) for tick in locator.tick_values(low, high)]
    gap = ticks[1] - ticks[0]
    ticks = [round(tick, 9) for tick in ticks if low - gap < tick < high + gap]
    places = next((n for n in range(6) if abs(round(gap, n) - gap) < 1e-9 * max(1.0, gap)), 6)
    unit = "%" if chart.unit == "%" else ""
    return Scale(ticks, [format_number(tick, unit=unit, decimals=places) for tick in ticks])


def line_scale(chart: Chart) -> Scale:
    """The value axis of a line chart: from zero unless that would press all lines to the top."""
    low, high = ends(chart.values())
    return scale_of(chart, 0.0 if 0 <= low <= _NEAR_ZERO * high else low, high)
