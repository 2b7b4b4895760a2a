"""Charts with one point for each area on two axes of numbers: what funnel plots and fitted lines share.

A hundred and fifty points cannot each be named, and a reader does not need most of their names. So the area
and its comparators are named in the data table, the area in the picture as well, and of the others the
chart says in words how many lie where.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from send_jsna.errors import FigureError, NoDataError
from send_jsna.figures.charts import drawing as d
from send_jsna.figures.charts.annotate import EndLabel, Plot, draw_labels, room_for
from send_jsna.figures.charts.base import Chart, Value, check_columns, check_unique, lower_first
from send_jsna.figures.charts.scale import Scale, scale_of
from send_jsna.figures.charts.series import HEADROOM, dress
from send_jsna.wording import format_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Role = Literal["focus", "neighbour", "other"]

#: Look of each role: marker, size, colour, edge, and how far in front.
_LOOKS: dict[Role, dict[str, Any]] = {
    "other": {"marker": "o", "markersize": 4.5, "color": "white", "markeredgecolor": d.GREY, "zorder": 3},
    "neighbour": {"marker": "s", "markersize": 6, "color": d.CATEGORIES[3], "zorder": 4},
    "focus": {"marker": "D", "markersize": 9, "color": d.DARK_BLUE, "zorder": 6},
}
_NAMES: dict[Role, str] = {"neighbour": "Statistical neighbours", "other": "Other authorities"}
_KEY_ROOM = 0.24  # inches the key of the markers takes above the plot


@dataclass(frozen=True)
class Point:
    """An area: its place on the two axes, and the words of the data table for that place."""

    name: str
    x: float
    value: Value
    role: Role
    place: str


@dataclass(frozen=True)
class Curve:
    """A line over the plot, named at its right end; one without a name belongs to the one before it."""

    name: str
    xs: Sequence[float]
    ys: Sequence[float]
    style: Any = "-"
    width: float = 1.4


def points_of(
    frame: pd.DataFrame, *, x: str, y: str, place: str, focus: str, neighbours: Sequence[str]
) -> list[Point]:
    """The points of a frame: the area first, then its neighbours in their order, then all others.

    Args:
        frame: One row an area, with ``area_name``.
        x: Column of the horizontal place.
        y: Column of the value.
        place: Column with the words for where a point lies.
        focus: Name of the area.
        neighbours: Names of its neighbours; those without a row are left out.

    Raises:
        NoDataError: No rows.
        FigureError: A missing column, two rows for one area, or no row for the area itself.
    """
    check_columns(frame, "area_name", x, y, place)
    check_unique(frame, "area_name")
    names = list(frame["area_name"])
    if focus not in names:
        raise FigureError(f"the chart's focus {focus!r} is not in it", expected="a row of the frame")
    order = [focus, *(name for name in neighbours if name in names)]
    order += [name for name in names if name not in order]
    columns = (frame[name].tolist() for name in (x, y, place))
    rows = dict(zip(names, zip(*columns, strict=True), strict=True))
    return [
        Point(
            name,
            float(rows[name][0]),
            Value(float(rows[name][1])),
            "focus" if name == focus else "neighbour" if name in neighbours else "other",
            str(rows[name][2]),
        )
        for name in order
    ]


@dataclass(frozen=True)
class Measured:
    """What the two axes of a chart of points measure.

    Attributes:
        x_name: What the horizontal axis measures.
        x_unit: Its unit.
        y_name: What the value is.
        unit: Its unit.
        decimals: Decimal places of the value; by default those of its unit.
        place_name: Heading of the words for where a point lies.
    """

    x_name: str
    x_unit: str
    y_name: str
    unit: str
    decimals: int | None
    place_name: str


class PointChart(Chart):
    """Points of areas, and curves they are read against.

    Attributes:
        points: The points, the area first.
        curves: The curves, drawn behind them.
    """

    kind = "Scatter chart"

    def __init__(
        self,
        points: Sequence[Point],
        curves: Sequence[Curve],
        measured: Measured,
    ) -> None:
        super().__init__(unit=measured.unit, decimals=measured.decimals)
        if len(points) < 2:
            raise NoDataError("a chart of points has fewer than two", reason="too few areas to draw")
        self.points, self.curves = list(points), list(curves)
        self._x_name, self._x_unit, self._y_name = measured.x_name, measured.x_unit, measured.y_name
        self.columns = ["Area", measured.x_name, measured.y_name, measured.place_name]
        named = [point for point in self.points if point.role != "other"]
        self.rows = [
            [point.name, self.x_text(point.x), self.text(point.value), point.place] for point in named
        ]
        self.alt = self._alternative()

    def values(self) -> list[Value]:
        """Values of the areas that are named."""
        return [point.value for point in self.points if point.role != "other"]

    def x_text(self, number: float) -> str:
        """A number of the horizontal axis as the chart prints it."""
        return format_number(number, unit=self._x_unit, decimals=1 if self._x_unit == "%" else None)

    @property
    def has_intervals(self) -> bool:
        """True, so that the foot says what the curves are."""
        return True

    def _alternative(self) -> str:
        own, number = self.points[0], len(self.points)
        named = [point for point in self.points if point.role == "neighbour"]
        axes = f"{lower_first(self._y_name)} against {lower_first(self._x_name)}"
        words = [
            f"{self.kind} of {number} authorities: {axes}.",
            f"{own.name}: {self.text(own.value)} at {self.x_text(own.x)}, {own.place}.",
            *self._about_curves(),
        ]
        if named:
            stated = "; ".join(f"{p.name} {self.text(p.value)} ({p.place})" for p in named)
            words.append(f"Statistical neighbours: {stated}.")
        return " ".join([*words, *self._about_places()])

    def _about_curves(self) -> list[str]:
        """Sentences on the curves."""
        return []

    def _about_places(self) -> list[str]:
        """How many areas lie where."""
        counts: dict[str, int] = {}
        for point in self.points:
            counts[point.place] = counts.get(point.place, 0) + 1
        places = ", ".join(f"{counts[place]} {place}" for place in sorted(counts, key=self._order))
        return [f"Of all areas drawn: {places}."]

    def _order(self, place: str) -> int:
        """In which order the places are listed: a sort key; equal keys keep the order of the table."""
        return 0

    # -- drawing ----------------------------------------------------------------------------------------

    def paint(self, figure: Figure, foot: float) -> None:
        """Draw the curves, the points, the names of both, and the axes."""
        low, high = self._ends([y for c in self.curves for y in c.ys])
        scale = scale_of(self, low, high)
        labels = [
            EndLabel(d.wrap(figure, c.name, 1.5), (c.xs[-1], c.ys[-1]), d.QUIET_TEXT, "_", "normal")
            for c in self.curves
            if c.name
        ]
        left = max(d.text_width(figure, text) for text in scale.texts) + 0.16
        width = d.WIDTH - left - (room_for(figure, labels) if labels else 0.2)
        xs = self._x_ends()
        ticks = self._x_ticks(xs)
        below = foot + 0.16 + 2 * d.LINE
        height = d.HEIGHT + _KEY_ROOM + 0.4
        tall = height - HEADROOM - _KEY_ROOM - below
        figure.set_size_inches(d.WIDTH, height)
        plot = Plot(left, below, width, tall, xs, (scale.ticks[0], scale.ticks[-1]))
        axes = figure.add_axes((left / d.WIDTH, below / height, width / d.WIDTH, tall / height))
        dress(axes, plot, scale, ticks)
        for curve in self.curves:
            style: dict[str, Any] = {"linestyle": curve.style, "linewidth": curve.width, "zorder": 2}
            axes.plot(list(curve.xs), list(curve.ys), color=d.QUIET_TEXT, **style)
        self._draw_points(axes)
        if labels:
            draw_labels(figure, plot, labels)
        self._key(figure, plot)
        name = self._x_name
        d.put(figure, left + (width - d.text_width(figure, name)) / 2, foot + 0.06, name, color=d.QUIET_TEXT)
        d.put(figure, d.MARGIN, height - 0.17, self._y_words(scale), color=d.QUIET_TEXT)

    def _y_words(self, scale: Scale) -> str:
        words = f"{self._y_name} ({lower_first(self.unit_name)})"
        return words if scale.from_zero else f"{words}; the axis does not start at zero"

    def _ends(self, curves: Sequence[float]) -> tuple[float, float]:
        """Lowest and highest value to be drawn; a share stays within nought and a hundred."""
        found = [point.value.number for point in self.points] + list(curves)
        low, high = min(found), max(found)
        return (0.0 if 0 <= low <= 0.6 * high else low), high

    def _x_ends(self) -> tuple[float, float]:
        places = [point.x for point in self.points]
        pad = 0.04 * (max(places) - min(places)) or 1.0
        return min(places) - pad, max(places) + pad

    def _x_ticks(self, xs: tuple[float, float]) -> list[tuple[float, str]]:
        from matplotlib.ticker import MaxNLocator

        found = MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10], integer=True).tick_values(*xs)
        unit = "%" if self._x_unit == "%" else ""
        inside = [float(tick) for tick in found if xs[0] <= tick <= xs[1]]
        return [(tick, format_number(tick, unit=unit, decimals=0)) for tick in inside]

    def _draw_points(self, axes: Axes) -> None:
        for role, look in _LOOKS.items():
            chosen = [point for point in self.points if point.role == role]
            axes.plot(
                [point.x for point in chosen],
                [point.value.number for point in chosen],
                linestyle="none",
                clip_on=False,
                **{"markeredgecolor": "white", "markeredgewidth": 0.9, **look},
            )

    def _key(self, figure: Figure, plot: Plot) -> None:
        """What the markers are, in a line above the plot."""
        from matplotlib.lines import Line2D

        tall = float(figure.get_figheight())
        x, y = plot.left, plot.bottom + plot.height + 0.2
        present = {point.role for point in self.points}
        for role in ("focus", "neighbour", "other"):
            if role not in present:
                continue
            text = self.points[0].name if role == "focus" else _NAMES[role]
            weight = "bold" if role == "focus" else "normal"
            look = {key: value for key, value in _LOOKS[role].items() if key != "zorder"}
            place = [(x + 0.07) / d.WIDTH], [(y + 0.05) / tall]
            figure.add_artist(Line2D(*place, linestyle="none", **{"markeredgecolor": "white", **look}))
            d.put(figure, x + 0.2, y, text, weight=weight)
            x += 0.2 + d.text_width(figure, text, weight=weight) + 0.3
