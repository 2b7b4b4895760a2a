"""Fan charts: what was recorded, and a forecast as a median in bands that widen with its uncertainty."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pandas as pd

from send_jsna.errors import FigureError, NoDataError
from send_jsna.figures.charts import drawing as d
from send_jsna.figures.charts.annotate import EndLabel, Plot, break_notes, draw_breaks, draw_labels, room_for
from send_jsna.figures.charts.axis import Axis, axis_of
from send_jsna.figures.charts.base import Break, Chart, Value, check_columns, check_unique, heading, values_of
from send_jsna.figures.charts.scale import line_scale
from send_jsna.figures.charts.series import HEADROOM, dress, runs, time_ticks
from send_jsna.figures.charts.words import breaks_sentence, joined, series_sentence

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Share of outcomes each band is to cover, in per cent, widest last.
LEVELS = (50, 80, 95)
RECORDED, MEDIAN = "Recorded", "Forecast (median)"

# Tints of the palette's blue, darkest inside. The bands' edges, which differ in their dashes, are what tells
# them apart without colour; the fills only help.
_FILLS = ("#6BACE6", "#BBD6EE", "#E3EEF8")
_EDGES: tuple[Any, ...] = ("-", (0, (4, 2)), (0, (1, 1.6)))
_MEDIAN_STYLE: Any = (0, (6, 2))


def fan(
    history: pd.DataFrame,
    forecast: pd.DataFrame,
    *,
    unit: str = "count",
    decimals: int | None = None,
    breaks: Iterable[Break] = (),
) -> Chart:
    """A recorded series and its forecast.

    Args:
        history: One row a period, with its canonical label and the ``value``. Rows without a value are gaps.
        forecast: One row a period after the last recorded one, with the ``median`` and, for each of
            :data:`LEVELS`, ``lower_<level>`` and ``upper_<level>``.
        unit: ``%``, ``count`` or another unit of the catalogue.
        decimals: Decimal places; by default those of :func:`send_jsna.wording.format_number`.
        breaks: Breaks in the recorded series, where its line is interrupted.

    Raises:
        NoDataError: Nothing recorded, or nothing forecast.
        FigureError: A missing column, two rows for one period, a forecast of a period that is
            recorded or not of the same kind, or bands that do not contain one another and the median.
    """
    limits = [f"{side}_{level}" for level in LEVELS for side in ("lower", "upper")]
    check_columns(history, "period", "value")
    check_columns(forecast, "period", "median", *limits)
    for frame in (history, forecast):
        check_unique(frame, "period")
    past = dict(zip(map(str, history["period"]), values_of(history, "value"), strict=True))
    if not any(value.known for value in past.values()):
        raise NoDataError("the fan chart has no recorded value", reason="no value to start a forecast from")
    ahead = {str(row["period"]): _Ahead.of(row) for _, row in forecast.iterrows()}
    axis = axis_of([*past, *ahead])
    if not axis.is_time:
        raise FigureError("the periods of a fan chart are not all of one kind", expected="one kind of period")
    newest = max(axis.places[label] for label, value in past.items() if value.known)
    early = [label for label in ahead if axis.places[label] <= newest]
    if early:
        raise FigureError(f"the forecast of {early[0]} is not after the last recorded value")
    return FanChart(
        axis,
        past,
        ahead,
        unit=unit,
        decimals=decimals,
        breaks=tuple(breaks),
        x_heading=heading("period"),
    )


class _Ahead:
    """The forecast of one period: its median and the limits of its bands, narrowest first."""

    def __init__(self, median: float, bands: list[tuple[float, float]]) -> None:
        self.median = median
        self.bands = bands

    @classmethod
    def of(cls, row: pd.Series) -> _Ahead:
        """The forecast of a row; refuse bands that do not contain one another and the median."""
        middle = float(row["median"])
        bands = [(float(row[f"lower_{level}"]), float(row[f"upper_{level}"])) for level in LEVELS]
        inner = (middle, middle)
        for level, (low, high) in zip(LEVELS, bands, strict=True):
            if not (low <= inner[0] <= inner[1] <= high):  # also false for NaN
                raise FigureError(
                    f"the {level}% band of {row['period']} ({low:g} to {high:g})"
                    " does not contain the band or median inside it",
                    expected="lower limit, narrower band and upper limit in ascending order",
                )
            inner = (low, high)
        return cls(middle, bands)

    @property
    def value(self) -> Value:
        """The median with the widest band as its interval."""
        low, high = self.bands[-1] if self.bands else (math.nan, math.nan)
        return Value(self.median, low, high)


class FanChart(Chart):
    """See :func:`fan`."""

    interval_note = "Solid line: recorded. Dashed line: median forecast. Bands: ranges of likely outcomes."

    def __init__(
        self,
        axis: Axis,
        past: dict[str, Value],
        ahead: dict[str, _Ahead],
        *,
        unit: str,
        decimals: int | None,
        breaks: tuple[Break, ...],
        x_heading: str,
    ) -> None:
        super().__init__(unit=unit, decimals=decimals)
        self._axis = axis
        self._past = {label: past[label] for label in axis.labels if label in past}
        self._ahead = {label: ahead[label] for label in axis.labels if label in ahead}
        first, last = (axis.places[axis.labels[end]] for end in (0, -1))
        placed = [(axis.place(mark.before) - axis.step / 2, mark) for mark in breaks]
        self._breaks = [(place, mark) for place, mark in placed if first < place < last]
        self.columns = [x_heading, RECORDED, MEDIAN, *(f"{level}% range" for level in LEVELS)]
        self.rows = [[label, *self._cells(label)] for label in axis.labels]
        self.alt = self._alternative()

    def values(self) -> list[Value]:
        """Recorded values, then medians with their widest band."""
        return [*self._past.values(), *(step.value for step in self._ahead.values())]

    def _cells(self, label: str) -> list[str]:
        if label in self._ahead:
            step = self._ahead[label]
            return ["z", self._number(step.median), *self._ranges(step)]
        return [self.text(self._past[label]), *("z" for _ in range(len(LEVELS) + 1))]

    def _ranges(self, step: _Ahead) -> list[str]:
        """The bands' limits as printed; a limit too small to print is not worth a ``less than``."""
        return [f"{self._number(low)} to {self._number(high)}" for low, high in step.bands]

    def _alternative(self) -> str:
        recorded = series_sentence(self, RECORDED, list(self._past), list(self._past.values()))
        steps = []
        for label, step in self._ahead.items():
            pairs = zip(LEVELS, self._ranges(step), strict=True)
            ranges = joined([f"{level}% range {text}" for level, text in pairs])
            steps.append(f"{self._number(step.median)} in {label} ({ranges})")
        labels = self._axis.labels
        parts = [f"Fan chart from {labels[0]} to {labels[-1]}.{self.unit_sentence()}", recorded]
        parts.append(f"Median forecast: {'; '.join(steps)}.")
        return " ".join(parts + breaks_sentence([mark for _, mark in self._breaks]))

    # -- drawing ----------------------------------------------------------------------------------------

    def paint(self, figure: Figure, foot: float) -> None:
        """Draw the bands, the median, the recorded line, their labels and the breaks."""
        scale = line_scale(self)
        labels = self._labels(figure)
        left = max(d.text_width(figure, text) for text in scale.texts) + 0.16
        width = d.WIDTH - left - room_for(figure, labels)
        pad = 0.35 * self._axis.step
        xs = (self._axis.ticks[0][0] - pad, self._axis.ticks[-1][0] + pad)
        ticks = time_ticks(figure, self._axis, xs, width)
        below = foot + 0.16 + d.LINE * max(text.count("\n") + 1 for _, text in ticks)
        tall = d.HEIGHT - HEADROOM - below
        plot = Plot(left, below, width, tall, xs, (scale.ticks[0], scale.ticks[-1]))
        notes = break_notes(figure, plot, [*self._breaks, self._start()])
        height = d.HEIGHT + max(note.top for note in notes)
        figure.set_size_inches(d.WIDTH, height)
        axes = figure.add_axes((left / d.WIDTH, below / height, width / d.WIDTH, tall / height))
        dress(axes, plot, scale, ticks)
        self._bands(axes)
        self._recorded(axes)
        draw_breaks(figure, plot, notes)
        draw_labels(figure, plot, labels)
        words = self.unit_name if scale.from_zero else f"{self.unit_name} (the axis does not start at zero)"
        d.put(figure, d.MARGIN, height - 0.17, words, color=d.QUIET_TEXT)

    def _start(self) -> tuple[float, Break]:
        """Where the forecast begins, marked in the way of a break."""
        label = next(iter(self._ahead))
        return self._axis.places[label] - self._axis.step / 2, Break(label, "Forecast")

    def _labels(self, figure: Figure) -> list[EndLabel]:
        """The range of each band in the last period, at the band's upper edge, and the median."""
        label, step = list(self._ahead.items())[-1]
        texts = [f"{level}%: {text}" for level, text in zip(LEVELS, self._ranges(step), strict=True)]
        ends = [high for _, high in step.bands]
        texts.append(f"Median: {self._number(step.median)}")
        ends.append(step.median)
        weights = ["normal" for _ in step.bands] + ["bold"]
        return [
            EndLabel(
                d.wrap(figure, text, 1.75, weight=weight),
                (self._axis.places[label], end),
                d.DARK_BLUE,
                "_",
                weight,
            )
            for text, end, weight in zip(texts, ends, weights, strict=True)
        ]

    def _bands(self, axes: Axes) -> None:
        """The bands, widest first, and the median, all from the last recorded point on."""
        start, value = [(self._axis.places[label], v) for label, v in self._past.items() if v.known][-1]
        xs = [start, *(self._axis.places[label] for label in self._ahead)]
        for place in reversed(range(len(LEVELS))):
            lows = [value.number, *(step.bands[place][0] for step in self._ahead.values())]
            highs = [value.number, *(step.bands[place][1] for step in self._ahead.values())]
            axes.fill_between(xs, lows, highs, color=_FILLS[place], linewidth=0, zorder=2)
            for edge in (lows, highs):
                axes.plot(xs, edge, color=d.DARK_BLUE, linewidth=1.1, linestyle=_EDGES[place], zorder=3)
        middle = [value.number, *(step.median for step in self._ahead.values())]
        axes.plot(xs, middle, color=d.DARK_BLUE, linewidth=2.4, linestyle=_MEDIAN_STYLE, zorder=4)

    def _recorded(self, axes: Axes) -> None:
        known = [(self._axis.places[label], v) for label, v in self._past.items() if v.known]
        for run in runs(known, self._axis.step, [place for place, _ in self._breaks]):
            axes.plot(
                [place for place, _ in run],
                [value.number for _, value in run],
                color=d.DARK_BLUE,
                linewidth=3.0,
                marker=d.MARKERS[0],
                markersize=7,
                markeredgecolor="white",
                markeredgewidth=0.8,
                zorder=5,
                clip_on=False,
            )
