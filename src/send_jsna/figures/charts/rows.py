"""What charts with one row for each category share: their data, layout and text alternative."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from send_jsna.catalogue.observations import WITHHELD
from send_jsna.errors import FigureError, NoDataError
from send_jsna.figures.charts import drawing as d
from send_jsna.figures.charts.base import Chart, Value

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: More rows than this are a table, not a picture.
MOST_ROWS = 48
_LABEL_WIDTH = 2.5  # inches a category's name may be wide before it is wrapped
_PITCH = 0.30  # inches from row to row
_HEADROOM = 0.32  # inches above the rows, for the unit's name


@dataclass(frozen=True)
class Row:
    """One row of the picture: a bar or dot with its label, or (without a value) a heading above a group."""

    label: str
    value: Value | None
    place: int = 0
    strong: bool = False
    lines: int = 1

    @property
    def weight(self) -> str:
        """Weight of the row's text."""
        return "bold" if self.strong else "normal"

    @property
    def height(self) -> float:
        """Inches the row takes."""
        return max(_PITCH, self.lines * d.LINE + 0.09)


class RowChart(Chart):
    """A chart whose categories are drawn below each other."""

    kind = ""
    #: Inches below the rows for the value axis.
    axis_room = 0.06

    def __init__(
        self,
        cells: dict[tuple[str, str], Value],
        *,
        headings: tuple[str, str],
        unit: str,
        decimals: int | None,
        focus: str | None,
    ) -> None:
        super().__init__(unit=unit, decimals=decimals)
        self._cells, self._focus = cells, focus
        self._names = list(dict.fromkeys(name for _, name in cells))
        if not any(value.known for value in cells.values()):
            raise NoDataError("the chart has no values; show the reason codes in a table instead")
        self._grouped = self._names != [""]
        intervals = self.has_intervals
        self.columns = [head for head in headings if head] + [self.unit_name]
        self.columns += ["95% confidence interval"] if intervals else []
        self.rows = []
        for (category, name), value in cells.items():
            row = [category, name, self.text(value)] if self._grouped else [category, self.text(value)]
            if intervals:
                row.append(self.interval_text(value) if value.has_interval else "z")
            self.rows.append(row)
        if len(self.rows) > MOST_ROWS:
            raise FigureError(
                f"the chart has {len(self.rows)} rows",
                expected=f"at most {MOST_ROWS}",
                remedy="publish a table instead",
            )
        self.alt = self._alternative()

    def values(self) -> list[Value]:
        """Every value, category by category."""
        return list(self._cells.values())

    def _words(self, value: Value) -> str:
        """A value as a reader should see it: its number, or why there is none."""
        return self.text(value) if value.known else WITHHELD[value.status]

    def _alternative(self) -> str:
        parts = []
        for category in dict.fromkeys(category for category, _ in self._cells):
            stated = []
            for name in self._names:
                value = self._cells[(category, name)]
                words = f"{name} {self._words(value)}".strip()
                if value.has_interval and self._focus in (category, name):
                    words += f" (95% confidence interval {self.interval_text(value)})"
                stated.append(words)
            parts.append(f"{category}: {', '.join(stated)}")
        return f"{self.kind}.{self.unit_sentence()} {'; '.join(parts)}."

    # -- drawing ----------------------------------------------------------------------------------------

    def paint(self, figure: Figure, foot: float) -> None:
        """Draw the rows below each other; the picture is as tall as they need."""
        rows = self._layout(figure)
        names = d.MARGIN + max(
            d.text_width(figure, row.label, weight=row.weight) for row in rows if row.value
        )
        left, right = self._value_room(figure)
        left, width = names + 0.1 + left, d.WIDTH - names - 0.1 - left - right - d.MARGIN
        below = foot + self.axis_room
        tall = sum(row.height for row in rows)
        height = below + tall + _HEADROOM
        figure.set_size_inches(d.WIDTH, height)
        axes = figure.add_axes((left / d.WIDTH, below / height, width / d.WIDTH, tall / height))
        axes.set_ylim(tall, 0)
        d.put_ticks(axes.yaxis, [], [])
        for side in ("left", "right", "top", "bottom"):
            axes.spines[side].set_visible(False)
        low, high = self._scale(axes)
        down = 0.0
        for row in rows:
            middle = down + row.height / 2
            down += row.height
            baseline = height - _HEADROOM - middle - 0.055
            first = baseline + (row.lines - 1) * d.LINE / 2
            for number, line in enumerate(row.label.split("\n")):
                at, side = (names, "right") if row.value else (d.MARGIN, "left")
                d.put(figure, at, first - number * d.LINE, line, ha=side, weight=row.weight)
            if row.value is None:
                continue
            self._mark(axes, row, row.value, middle)
            place = self._value_place(row.value)
            at = left + width + 0.1 if place is None else left + (place - low) / (high - low) * width + 0.07
            side = "left"
            if place is not None and row.value.known and row.value.number < 0:
                at, side = at - 0.14, "right"
            colour = d.TEXT if row.value.known else d.QUIET_TEXT
            d.put(figure, at, baseline, self._words(row.value), ha=side, weight=row.weight, color=colour)
        d.put(figure, d.MARGIN, height - 0.17, self.unit_name, color=d.QUIET_TEXT)

    def _layout(self, figure: Figure) -> list[Row]:
        """The rows from top to bottom, each group of series under a heading of its own."""
        rows = []
        for (category, name), value in self._cells.items():
            strong = self._focus is not None and self._focus in (category, name)
            if self._grouped and name == self._names[0]:
                text = d.wrap(figure, category, d.WIDTH - 0.4, weight="bold")
                rows.append(Row("\n".join(text), None, strong=True, lines=len(text)))
            weight = "bold" if strong else "normal"
            text = d.wrap(figure, name if self._grouped else category, _LABEL_WIDTH, weight=weight)
            rows.append(Row("\n".join(text), value, self._names.index(name), strong, len(text)))
        return rows

    def _colour(self, row: Row) -> str:
        if self._grouped and self._focus not in self._names:
            return d.colours(len(self._names))[row.place]
        return d.DARK_BLUE if self._focus is None or row.strong else d.GREY

    def _text_width(self, figure: Figure, values: Iterable[Value]) -> float:
        """Width of the widest of the values' texts, were it bold."""
        return max((d.text_width(figure, self._words(value), weight="bold") for value in values), default=0.0)

    @abstractmethod
    def _value_room(self, figure: Figure) -> tuple[float, float]:
        """Inches to keep free at the left and at the right of the plot for the values' texts."""

    @abstractmethod
    def _scale(self, axes: Axes) -> tuple[float, float]:
        """Draw the value axis and return its ends."""

    @abstractmethod
    def _mark(self, axes: Axes, row: Row, value: Value, y: float) -> None:
        """Draw a row's bar or dot."""

    @abstractmethod
    def _value_place(self, value: Value) -> float | None:
        """Where on the axis a value's text is, or None for the column at the right."""
