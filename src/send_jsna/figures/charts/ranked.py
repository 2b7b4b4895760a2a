"""Charts with one row for each category: bars and dots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from send_jsna.errors import FigureError
from send_jsna.figures.charts import drawing as d
from send_jsna.figures.charts.base import (
    MOST_SERIES,
    Chart,
    Value,
    check_columns,
    check_focus,
    check_unique,
    heading,
    values_of,
)
from send_jsna.figures.charts.rows import Row, RowChart
from send_jsna.figures.charts.scale import ends, scale_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_BAR = 0.20  # inches a bar is thick


def bars(
    frame: pd.DataFrame,
    *,
    category: str,
    value: str = "value",
    series: str | None = None,
    unit: str = "%",
    focus: object | None = None,
    decimals: int | None = None,
    sort: bool = True,
    lower: str | None = None,
    upper: str | None = None,
) -> Chart:
    """Horizontal bars from zero, each with its value.

    As in seaborn, the columns and options are parameters of their own, named where a notebook draws.

    Args:
        frame: One row for each bar. A row without a value shows its reason instead.
        category: Column of the categories.
        value: Column of the values.
        series: Column that splits each category into at most four bars, each with its own label.
        unit: ``%``, ``count``, ``pp`` or another unit of the catalogue.
        focus: Category or series to highlight.
        decimals: Decimal places; by default those of :func:`send_jsna.wording.format_number`.
        sort: Longest bar first (by the first series); otherwise as the rows come.
        lower: Column of the lower confidence limits, drawn as a whisker.
        upper: Column of the upper confidence limits.

    Raises:
        FigureError: No rows or no values, too many series or rows, a missing column or focus, two values for
            one bar.
    """
    check_columns(frame, category, value, series, lower, upper)
    check_unique(frame, category, *([series] if series else []))
    bars_of = map(str, frame[series]) if series else [""] * len(frame)
    places = zip(map(str, frame[category]), bars_of, strict=True)
    cells = dict(zip(places, values_of(frame, value, lower, upper), strict=True))
    categories = list(dict.fromkeys(name for name, _ in cells))
    names = list(dict.fromkeys(name for _, name in cells))
    if len(names) > MOST_SERIES:
        raise FigureError(f"the chart has {len(names)} series", expected=f"at most {MOST_SERIES}")
    if sort:
        categories.sort(key=lambda name: _descending(cells.get((name, names[0]))))
    stands_out = check_focus(focus, [*categories, *names])
    return BarChart(
        {(c, n): cells.get((c, n), Value(float("nan"))) for c in categories for n in names},
        headings=(heading(category), heading(series) if series else ""),
        unit=unit,
        decimals=decimals,
        focus=stands_out,
    )


def dots(
    frame: pd.DataFrame,
    *,
    lower: str | None = "lower",
    upper: str | None = "upper",
    unit: str = "%",
    focus: object | None = None,
    decimals: int | None = None,
) -> Chart:
    """A dot for each area, with its confidence interval as a whisker where the frame has one.

    Args:
        frame: One row for each dot, with its ``area_name`` and ``value``. A row without a value shows its
            reason instead. The highest comes first.
        lower: Column of the lower confidence limits; without such a column no whiskers are drawn.
        upper: Column of the upper confidence limits.
        unit: ``%``, ``count``, ``pp`` or another unit of the catalogue.
        focus: Area to highlight.
        decimals: Decimal places; by default those of :func:`send_jsna.wording.format_number`.

    Raises:
        FigureError: No rows or no values, too many rows, a missing column or focus, two values for
            one area.
    """
    check_columns(frame, "area_name", "value")
    check_unique(frame, "area_name")
    cells = dict(zip(map(str, frame["area_name"]), values_of(frame, "value", lower, upper), strict=True))
    names = sorted(cells, key=lambda name: _descending(cells[name]))
    return DotChart(
        {(name, ""): cells[name] for name in names},
        headings=(heading("area_name"), ""),
        unit=unit,
        decimals=decimals,
        focus=check_focus(focus, names),
    )


def _descending(value: Value | None) -> tuple[bool, float]:
    """Sort key: largest first, those without a value last."""
    return (False, -value.number) if value is not None and value.known else (True, 0.0)


class BarChart(RowChart):
    """See :func:`bars`."""

    kind = "Bar chart"

    def _value_room(self, figure: Figure) -> tuple[float, float]:
        known = [value for value in self.values() if value.known]
        sides = (
            [value for value in known if value.number < 0],
            [value for value in known if value.number >= 0],
        )
        left, right = (self._text_width(figure, values) + 0.1 if values else 0.0 for values in sides)
        return left, right

    def _scale(self, axes: Axes) -> tuple[float, float]:
        low, high = ends(self.values())
        low, high = min(low, 0.0), max(high, 0.0)
        high = high if high > low else 1.0
        axes.set_xlim(low, high)
        d.put_ticks(axes.xaxis, [], [])
        return low, high

    def _mark(self, axes: Axes, row: Row, value: Value, y: float) -> None:
        base: dict[str, Any] = {"color": d.QUIET_TEXT, "linewidth": 1.4, "clip_on": False, "zorder": 4}
        d.straight(axes, (0, y - row.height / 2), (0, y + row.height / 2), **base)
        if not value.known:
            return
        axes.barh([y], [value.number], height=_BAR, color=self._colour(row), linewidth=0, zorder=2)
        if value.has_interval:
            for colour, thickness in (("white", 3.6), (d.TEXT, 1.4)):
                line: dict[str, Any] = {"linewidth": thickness, "zorder": 3, "clip_on": False}
                d.straight(axes, (value.lower, y), (value.upper, y), color=colour, **line)

    def _value_place(self, value: Value) -> float | None:
        if not value.known:
            return 0.0
        if value.number < 0:
            return value.lower if value.has_interval else value.number
        return value.upper if value.has_interval else value.number


class DotChart(RowChart):
    """See :func:`dots`."""

    kind = "Dot chart"
    axis_room = 0.34

    def _value_room(self, figure: Figure) -> tuple[float, float]:
        return 0.0, self._text_width(figure, self.values()) + 0.1

    def _scale(self, axes: Axes) -> tuple[float, float]:
        low, high = ends(self.values())
        pad = 0.06 * (high - low) or 0.5 * abs(high) or 1.0
        low, high = max(low - pad, 0.0) if low >= 0 else low - pad, high + pad
        axes.set_xlim(low, high)
        scale = scale_of(self, low, high)
        ticks = [
            (tick, text) for tick, text in zip(scale.ticks, scale.texts, strict=True) if low <= tick <= high
        ]
        axes.grid(axis="x", color=d.GRID, linewidth=0.8)
        axes.tick_params(axis="x", bottom=False, pad=3)
        d.put_ticks(axes.xaxis, [tick for tick, _ in ticks], [text for _, text in ticks])
        axes.set_axisbelow(True)
        return low, high

    def _mark(self, axes: Axes, row: Row, value: Value, y: float) -> None:
        if not value.known:
            return
        style: dict[str, Any] = {"color": self._colour(row), "clip_on": False}
        if value.has_interval:
            width = 2.4 if row.strong else 1.8
            d.straight(axes, (value.lower, y), (value.upper, y), linewidth=width, zorder=2, **style)
        style |= {"marker": "D", "markersize": 8.5} if row.strong else {"marker": "o", "markersize": 8}
        axes.plot([value.number], [y], linestyle="none", zorder=3, **style)

    def _value_place(self, value: Value) -> float | None:
        return None
