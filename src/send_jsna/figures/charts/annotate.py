"""What is written beside the lines of a line chart: series' names at their ends, and breaks in the series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from send_jsna.figures.charts import drawing as d
from send_jsna.figures.charts.base import Break

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LABEL_WIDTH = 1.75  # inches a series' label may be wide before it is wrapped
_KEY = 0.34  # inches from the plot's edge to the label: room for its leader and marker
_BREAK_WIDTH = 2.8


@dataclass(frozen=True)
class Plot:
    """Where the plot is on the figure, in inches, and the data it spans."""

    left: float
    bottom: float
    width: float
    height: float
    xs: tuple[float, float]
    ys: tuple[float, float]

    def x(self, place: float) -> float:
        """Inches from the figure's left edge of a place on the period axis."""
        return self.left + (place - self.xs[0]) / (self.xs[1] - self.xs[0]) * self.width

    def y(self, value: float) -> float:
        """Inches from the figure's lower edge of a value."""
        return self.bottom + (value - self.ys[0]) / (self.ys[1] - self.ys[0]) * self.height


@dataclass(frozen=True)
class EndLabel:
    """A series' label: its text in lines, where its line ends (None: it has no value), and its look."""

    text: list[str]
    end: tuple[float, float] | None
    colour: str
    marker: str
    weight: str

    @classmethod
    def of(
        cls,
        figure: Figure,
        text: str,
        end: tuple[float, float] | None,
        place: int,
        count: int,
        *,
        focus: bool,
    ) -> EndLabel:
        """The label of the series in this place of so many."""
        weight = "bold" if focus else "normal"
        lines = d.wrap(figure, text, _LABEL_WIDTH, weight=weight)
        return cls(lines, end, d.colours(count)[place], d.MARKERS[place], weight)


def room_for(figure: Figure, labels: Sequence[EndLabel]) -> float:
    """Inches the labels need at the right of the plot."""
    widths = [d.text_width(figure, "\n".join(label.text), weight=label.weight) for label in labels]
    return _KEY + max(widths) + d.MARGIN


def draw_labels(figure: Figure, plot: Plot, labels: Sequence[EndLabel]) -> None:
    """Write the labels beside the lines' ends, clear of each other, each with its marker and a leader."""
    edge = plot.left + plot.width
    wanted = [plot.y(label.end[1]) if label.end else plot.bottom for label in labels]
    heights = [len(label.text) * d.LINE + 0.05 for label in labels]
    centres = d.spread(wanted, heights, plot.bottom - 0.15, plot.bottom + plot.height + 0.08)
    newest = max(label.end[0] for label in labels if label.end)
    for label, y, height in zip(labels, centres, wanted, strict=True):
        if label.end and (label.end[0] < newest or abs(height - y) > 0.03):
            xs, ys = [plot.x(label.end[0]) + 0.07, edge + 0.14], [height, y]
            _segment(figure, xs, ys, color=d.GREY, linewidth=0.8, linestyle=(0, (1, 2)))
        _segment(figure, [edge + 0.22], [y], marker=label.marker, color=label.colour, markersize=6)
        first = y + (len(label.text) - 1) * d.LINE / 2 - 0.055
        for number, line in enumerate(label.text):
            d.put(figure, edge + _KEY, first - number * d.LINE, line, weight=label.weight)


@dataclass(frozen=True)
class BreakNote:
    """A break's label: where its line is, its text in lines, and how far above the plot it begins."""

    x: float
    text: list[str]
    reach: float

    @property
    def top(self) -> float:
        """Inches above the plot the label takes, with those below it."""
        return self.reach + len(self.text) * d.LINE + 0.05


def break_notes(figure: Figure, plot: Plot, breaks: Sequence[tuple[float, Break]]) -> list[BreakNote]:
    """Lay out breaks' labels above the plot, each at the right of its own line and clear of all others."""
    notes: list[BreakNote] = []
    for place, mark in sorted(breaks, key=lambda pair: pair[0], reverse=True):
        x = plot.x(place)
        text = d.wrap(figure, mark.label, min(_BREAK_WIDTH, d.WIDTH - d.MARGIN - x))
        end = x + d.text_width(figure, "\n".join(text)) + 0.1
        notes.append(BreakNote(x, text, max((note.top for note in notes if note.x < end), default=0.0)))
    return notes


def draw_breaks(figure: Figure, plot: Plot, notes: Sequence[BreakNote]) -> None:
    """Draw each break as a dashed line up to its label."""
    for note in notes:
        bottom = plot.bottom + plot.height + 0.12 + note.reach
        top = bottom + len(note.text) * d.LINE - 0.04
        style: dict[str, Any] = {"color": d.QUIET_TEXT, "linewidth": 1.2, "linestyle": (0, (4, 3))}
        _segment(figure, [note.x, note.x], [plot.bottom, top], **style)
        for number, line in enumerate(reversed(note.text)):
            d.put(figure, note.x + 0.07, bottom + number * d.LINE, line, color=d.QUIET_TEXT)


def _segment(figure: Figure, xs: list[float], ys: list[float], **style: Any) -> None:
    """Draw a line or a marker at places measured in inches."""
    from matplotlib.lines import Line2D

    height = float(figure.get_figheight())
    figure.add_artist(Line2D([x / d.WIDTH for x in xs], [y / height for y in ys], **style))
