"""Line charts of up to four series, labelled at the line."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pandas as pd

from send_jsna.errors import FigureError, NoDataError
from send_jsna.figures.charts import drawing as d
from send_jsna.figures.charts.annotate import EndLabel, Plot, break_notes, draw_breaks, draw_labels, room_for
from send_jsna.figures.charts.axis import Axis, axis_of
from send_jsna.figures.charts.base import (
    MOST_SERIES,
    Break,
    Chart,
    Value,
    check_columns,
    check_focus,
    check_unique,
    heading,
    values_of,
)
from send_jsna.figures.charts.scale import Scale, line_scale
from send_jsna.figures.charts.words import breaks_sentence, series_sentence

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MARKERS = 24  # a line has at most so many markers; more would hide it
#: Inches above the plot, for the unit's name.
HEADROOM = 0.34


def lines(
    frame: pd.DataFrame,
    *,
    x: str = "period",
    y: str = "value",
    series: str = "area_name",
    unit: str = "%",
    focus: object | None = None,
    decimals: int | None = None,
    breaks: Iterable[Break] = (),
    lower: str | None = None,
    upper: str | None = None,
    order: Sequence[str] | None = None,
) -> Chart:
    """A line for each series over periods.

    A period without a value is a gap in the line, also one the frame has no row for. A line is interrupted at
    a break in the series. Where the places are whole numbers, such as ages, the lines are labelled with their
    names alone: the last value is then no newer than the others. As in seaborn, the columns and options are
    parameters of their own, named where a notebook draws.

    Args:
        frame: One row for each series and period. Rows without a value are shown as gaps.
        x: Column of the periods, as canonical labels; other labels keep the order of the rows.
        y: Column of the values.
        series: Column of the series' names, at most four.
        unit: ``%``, ``count``, ``pp`` or another unit of the catalogue.
        focus: Name of the series to draw thicker.
        decimals: Decimal places; by default those of :func:`send_jsna.wording.format_number`.
        breaks: Breaks to mark.
        lower: Column of the lower confidence limits, drawn as a band.
        upper: Column of the upper confidence limits.
        order: Names of the series in the order of their colours; by default as they come.

    Raises:
        FigureError: No rows or no values, more than four series, a missing column or focus, two values for
            one place.
    """
    check_columns(frame, x, y, series, lower, upper)
    check_unique(frame, series, x)
    names = _names(frame[series], order)
    axis = axis_of([str(label) for label in frame[x]])
    places = zip(map(str, frame[series]), map(str, frame[x]), strict=True)
    cells = dict(zip(places, values_of(frame, y, lower, upper), strict=True))
    table = {name: [cells.get((name, label), Value(float("nan"))) for label in axis.labels] for name in names}
    if not any(value.known for values in table.values() for value in values):
        raise NoDataError("the chart has no values; show the reason codes in a table instead")
    return LineChart(
        axis,
        table,
        unit=unit,
        decimals=decimals,
        breaks=tuple(breaks),
        focus=check_focus(focus, names),
        x_heading=heading(x),
    )


def _names(series: pd.Series[Any], order: Sequence[str] | None) -> list[str]:
    """The names of the series, in the order of their colours.

    Raises:
        FigureError: The order names others, or there are too many.
    """
    names = list(dict.fromkeys(str(name) for name in (order or series)))
    absent = sorted(set(map(str, series)) ^ set(names))
    if absent:
        raise FigureError(f"the chart's order and its series differ in {absent[0]!r}")
    if len(names) > MOST_SERIES:
        raise FigureError(
            f"the chart has {len(names)} series",
            expected=f"at most {MOST_SERIES}",
            remedy="use dots or a table",
        )
    return names


class LineChart(Chart):
    """See :func:`lines`."""

    interval_note = "Bands and thin lines show the 95% confidence interval."

    def __init__(
        self,
        axis: Axis,
        table: dict[str, list[Value]],
        *,
        unit: str,
        decimals: int | None,
        breaks: tuple[Break, ...],
        focus: str | None,
        x_heading: str,
    ) -> None:
        super().__init__(unit=unit, decimals=decimals)
        self._axis, self._table, self._focus = axis, table, focus
        self._is_scale = not axis.is_time and all(label.isdigit() for label in axis.labels)
        first, last = axis.places[axis.labels[0]], axis.places[axis.labels[-1]]
        placed = [(axis.place(mark.before) - axis.step / 2, mark) for mark in breaks]
        self._breaks = [(x, mark) for x, mark in placed if first < x < last]
        self.columns = [x_heading, *table]
        self.rows = [
            [label, *(self._cell(values[place]) for values in table.values())]
            for place, label in enumerate(axis.labels)
        ]
        self.alt = self._alternative()

    def values(self) -> list[Value]:
        """Every value, period by period."""
        return [values[place] for place in range(len(self._axis.labels)) for values in self._table.values()]

    def _cell(self, value: Value) -> str:
        return f"{self.text(value)} ({self.interval_text(value)})" if value.has_interval else self.text(value)

    def _alternative(self) -> str:
        labels = self._axis.labels
        span = f"from {labels[0]} to {labels[-1]}" if len(labels) > 1 else f"for {labels[0]}"
        parts = [f"Line chart {span}.{self.unit_sentence()}"]
        parts += [series_sentence(self, name, labels, values) for name, values in self._table.items()]
        return " ".join(parts + breaks_sentence([mark for _, mark in self._breaks]))

    # -- drawing ----------------------------------------------------------------------------------------

    def paint(self, figure: Figure, foot: float) -> None:
        """Draw the lines, their labels and the breaks."""
        scale = line_scale(self)
        labels = self._labels(figure)
        left = max(d.text_width(figure, text) for text in scale.texts) + 0.16
        width = d.WIDTH - left - room_for(figure, labels)
        ticks = self._ticks(figure, width)
        below = foot + 0.16 + d.LINE * max(text.count("\n") + 1 for _, text in ticks)
        tall = d.HEIGHT - HEADROOM - below
        plot = Plot(left, below, width, tall, self._limits(), (scale.ticks[0], scale.ticks[-1]))
        notes = break_notes(figure, plot, self._breaks)
        height = d.HEIGHT + max((note.top for note in notes), default=0.0)
        figure.set_size_inches(d.WIDTH, height)
        axes = figure.add_axes((left / d.WIDTH, below / height, width / d.WIDTH, tall / height))
        dress(axes, plot, scale, ticks)
        for place, name in enumerate(self._table):
            self._line(axes, place, name)
        draw_breaks(figure, plot, notes)
        draw_labels(figure, plot, labels)
        words = self.unit_name if scale.from_zero else f"{self.unit_name} (the axis does not start at zero)"
        d.put(figure, d.MARGIN, height - 0.17, words, color=d.QUIET_TEXT)

    def _labels(self, figure: Figure) -> list[EndLabel]:
        """Each series' label: its name and, over periods, its newest value."""
        labels = []
        for place, (name, values) in enumerate(self._table.items()):
            known = self._known(values)
            text = f"{name}: {self.text(known[-1][1]) if known else 'no value'}"
            text = name if known and self._is_scale else text
            end = (known[-1][0], known[-1][1].number) if known else None
            focus = name == self._focus
            labels.append(EndLabel.of(figure, text, end, place, len(self._table), focus=focus))
        return labels

    def _limits(self) -> tuple[float, float]:
        """Left and right end of the period axis."""
        pad = 0.35 * self._axis.step
        return self._axis.ticks[0][0] - pad, self._axis.ticks[-1][0] + pad

    def _ticks(self, figure: Figure, width: float) -> list[tuple[float, str]]:
        """As many periods as fit side by side, the newest among them; other labels are wrapped instead."""
        limits = self._limits()
        if self._axis.is_time or self._is_scale:
            return time_ticks(figure, self._axis, limits, width)
        room = width / ((limits[1] - limits[0]) / self._axis.step)
        return [(x, "\n".join(d.wrap(figure, text, room - 0.08))) for x, text in self._axis.ticks]

    def _line(self, axes: Axes, place: int, name: str) -> None:
        colour = d.colours(len(self._table))[place]
        focus = name == self._focus
        style: dict[str, Any] = {
            "color": colour,
            "linewidth": 3.0 if focus else 2.0,
            "linestyle": d.LINE_STYLES[place],
            "marker": d.MARKERS[place],
            "markersize": 7 if focus else 6,
            "markeredgecolor": "white",
            "markeredgewidth": 0.8,
            "zorder": 4 if focus else 3,
            "clip_on": False,
        }
        every = math.ceil(len(self._axis.labels) / _MARKERS)
        marks = [mark for mark, _ in self._breaks]
        for run in runs(self._known(self._table[name]), self._axis.step, marks):
            xs = [x for x, _ in run]
            marked = ((len(run) - 1) % every, every)  # the newest among them
            axes.plot(xs, [value.number for _, value in run], markevery=marked, **style)
            if len(run) > 1 and all(value.has_interval for _, value in run):
                lows, highs = [value.lower for _, value in run], [value.upper for _, value in run]
                axes.fill_between(xs, lows, highs, color=colour, alpha=0.18, linewidth=0, zorder=2)
            else:
                for x, value in run:
                    if value.has_interval:
                        ends = (x, value.lower), (x, value.upper)
                        d.straight(axes, *ends, color=colour, linewidth=1.2, zorder=2)

    def _known(self, values: list[Value]) -> list[tuple[float, Value]]:
        """The values of a series that can be drawn, with their places."""
        pairs = zip(self._axis.labels, values, strict=True)
        return [(self._axis.places[label], value) for label, value in pairs if value.known]


def time_ticks(
    figure: Figure, axis: Axis, limits: tuple[float, float], width: float
) -> list[tuple[float, str]]:
    """As many periods as fit side by side in a plot so many inches wide, the newest among them."""
    room = width / ((limits[1] - limits[0]) / axis.step)
    widest = max(d.text_width(figure, text) for _, text in axis.ticks) + 0.12
    return axis.ticks[:: -max(1, math.ceil(widest / room))]


def dress(axes: Axes, plot: Plot, scale: Scale, ticks: list[tuple[float, str]]) -> None:
    """Give axes the grammar's frame: ticks, a quiet grid, no box, a line at zero where values cross it."""
    axes.set_xlim(*plot.xs)
    axes.set_ylim(*plot.ys)
    axes.grid(axis="y", color=d.GRID, linewidth=0.8)
    axes.tick_params(axis="x", bottom=True, length=4, pad=5, color=d.QUIET_TEXT)
    axes.tick_params(axis="y", length=0)
    d.put_ticks(axes.yaxis, scale.ticks, scale.texts)
    d.put_ticks(axes.xaxis, [x for x, _ in ticks], [text for _, text in ticks])
    axes.set_axisbelow(True)
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)
    if plot.ys[0] < 0 < plot.ys[1]:
        axes.axhline(0, color=d.QUIET_TEXT, linewidth=1)


def runs(
    known: list[tuple[float, Value]], step: float, marks: Sequence[float]
) -> list[list[tuple[float, Value]]]:
    """Stretches of a series without a gap or a break.

    Args:
        known: The values that can be drawn, with their places.
        step: Distance between neighbouring periods.
        marks: Places of the breaks.
    """
    found = [known[:1]] if known else []
    for (before, _), point in pairwise(known):
        gap = point[0] - before > step * 1.01
        broken = any(before < mark < point[0] for mark in marks)
        if gap or broken:
            found.append([])
        found[-1].append(point)
    return found
