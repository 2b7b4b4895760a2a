"""A map of small areas in at most five classes, each with a colour, a pattern and words of its own.

Colour alone says nothing: the classes differ in lightness and in pattern, the legend names each in words, and
groups of places, such as wards, carry the number of their row in the table below. Text is text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from send_jsna.errors import FigureError, NoDataError
from send_jsna.figures.charts import drawing as d
from send_jsna.figures.charts import outlines
from send_jsna.figures.charts.base import Chart, Value
from send_jsna.figures.charts.words import joined
from send_jsna.wording import in_words

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: More classes than this cannot be told apart.
MOST_CLASSES = 5
#: Inches the map may be high.
_TALLEST = 6.2
_LEGEND_PITCH = 0.29
_SWATCH = (0.42, 0.21)
_HEADROOM = 0.08

#: Fill, pattern and the colour of the pattern, from the lightest class to the darkest.
_STYLES = (
    ("#EAF2F8", "", d.DARK_BLUE),
    ("#C6DCEC", "--", d.DARK_BLUE),
    ("#8FB8D8", "//", d.DARK_BLUE),
    ("#3F78A8", "xx", "#EAF2F8"),
    (d.DARK_BLUE, "", d.DARK_BLUE),
)
#: Which of them fewer classes use: the ends of the scale first.
_CHOSEN = {1: (2,), 2: (0, 4), 3: (0, 2, 4), 4: (0, 1, 2, 4), 5: (0, 1, 2, 3, 4)}
_NO_FIGURE = ("#FFFFFF", "\\\\\\\\", d.GREY)


@dataclass(frozen=True)
class MapPlace:
    """One place of a map.

    Attributes:
        rings: Its outline, longitude and latitude.
        group: The larger place it is part of, whose border is drawn.
        class_: Place of its class among the map's, the lightest first; None where there is no figure.
    """

    rings: tuple[tuple[outlines.Point, ...], ...]
    group: str
    class_: int | None


@dataclass(frozen=True)
class Finding:
    """What a map shows.

    Attributes:
        text: A sentence; the text alternative begins with it.
        values: The numbers it states.
        unit: Their unit.
        decimals: Their decimal places.
    """

    text: str
    values: Sequence[float]
    unit: str
    decimals: int | None = None


class AreaMap(Chart):
    """Places in classes, with the borders of the groups they are part of.

    Args:
        places: The places.
        classes: What each class is, in words, the lightest first.
        labels: Group → what is written in it, the most important first.
        noun: What is classed, such as ``wards``: the groups where the places of each have one class.
        finding: What it shows.
        table: The data table, of text.
    """

    def __init__(
        self,
        places: Sequence[MapPlace],
        classes: Sequence[str],
        *,
        labels: Mapping[str, str],
        noun: str,
        finding: Finding,
        table: pd.DataFrame,
    ) -> None:
        super().__init__(unit=finding.unit, decimals=finding.decimals)
        if not any(place.class_ is not None for place in places):
            raise NoDataError("the map has no place with a value")
        if not 1 <= len(classes) <= MOST_CLASSES:
            raise FigureError(
                f"the map has {len(classes)} classes",
                expected=f"at most {MOST_CLASSES}",
                remedy="make the classes wider",
            )
        self._places, self._classes, self._labels, self._noun = places, classes, labels, noun
        groups = {(place.group, place.class_) for place in places}
        self._is_by_group = len(groups) == len({group for group, _ in groups})
        self._stated = [Value(float(number)) for number in finding.values]
        self.columns = list(map(str, table.columns))
        self.rows = table.to_numpy(dtype="object").tolist()
        self.alt = f"{finding.text} {self._alternative()}"

    def values(self) -> list[Value]:
        """The numbers that the finding states."""
        return self._stated

    def _alternative(self) -> str:
        used = [place.class_ for place in self._places]
        if self._is_by_group:
            used = list({place.group: place.class_ for place in self._places}.values())
        parts = [
            f"{in_words(count)} {words}"
            for number, words in enumerate(self._classes)
            if (count := used.count(number))
        ]
        if None in used:
            parts.append(f"{in_words(used.count(None))} without a figure")
        what = joined(parts)
        return f"The map shows {in_words(len(used))} {self._noun}: {what}."

    # -- drawing ----------------------------------------------------------------------------------------

    def paint(self, figure: Figure, foot: float) -> None:
        """Draw the map with its legend below; the picture is as high as both need."""
        points = [point for place in self._places for ring in place.rings for point in ring]
        projection, (wide, tall) = outlines.Projection.fitting(points, d.WIDTH - 2 * d.MARGIN, _TALLEST)
        legend = self._legend()
        below = foot + len(legend) * _LEGEND_PITCH + 0.12
        height = below + tall + _HEADROOM
        figure.set_size_inches(d.WIDTH, height)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set_xlim(0, d.WIDTH)
        axes.set_ylim(0, height)
        left = (d.WIDTH - wide) / 2
        drawn = [
            (
                place,
                [[_moved(projection.place(point), left, below) for point in ring] for ring in place.rings],
            )
            for place in self._places
        ]
        self._fill(axes, drawn)
        self._draw_borders(axes, drawn)
        self._write_labels(figure, axes, drawn)
        for number, (style, words) in enumerate(legend):
            y = foot + (len(legend) - 1 - number) * _LEGEND_PITCH + 0.06
            box = [(d.MARGIN, y), (d.MARGIN + _SWATCH[0], y)]
            box += [(x, y + _SWATCH[1]) for x, _ in reversed(box)]
            _patch(axes, [[*box, box[0]]], style)
            _stroke(axes, [[*box, box[0]]], d.TEXT, 0.6)
            d.put(figure, d.MARGIN + _SWATCH[0] + 0.12, y + 0.045, words)

    def _legend(self) -> list[tuple[tuple[str, str, str], str]]:
        """Style and words of each class, the darkest first, and of places without a figure."""
        found = [(self._style(number), words) for number, words in enumerate(self._classes)][::-1]
        if any(place.class_ is None for place in self._places):
            found.append((_NO_FIGURE, "No figure"))
        return [(style, words[:1].upper() + words[1:]) for style, words in found]

    def _style(self, number: int | None) -> tuple[str, str, str]:
        return _NO_FIGURE if number is None else _STYLES[_CHOSEN[len(self._classes)][number]]

    def _fill(self, axes: Axes, drawn: Sequence[tuple[MapPlace, list[outlines.Line]]]) -> None:
        """Fill the places of each class as one shape: no seam shows between two of them."""
        for number in (None, *range(len(self._classes))):
            rings = [ring for place, found in drawn if place.class_ == number for ring in found]
            if rings:
                _patch(axes, rings, self._style(number))

    def _draw_borders(self, axes: Axes, drawn: Sequence[tuple[MapPlace, list[outlines.Line]]]) -> None:
        """Dark lines between groups; thin white ones between places, where those of a group differ."""
        alone = [(number, ring) for number, (_, found) in enumerate(drawn) for ring in found]
        groups = [(place.group, ring) for place, found in drawn for ring in found]
        if not self._is_by_group:
            _stroke(axes, outlines.borders(alone), "#FFFFFF", 0.5)
        _stroke(axes, outlines.borders(groups), d.TEXT, 0.9)

    def _write_labels(
        self, figure: Figure, axes: Axes, drawn: Sequence[tuple[MapPlace, list[outlines.Line]]]
    ) -> None:
        """Write the labels of the groups on white, those left out that would cover another."""
        rings: dict[str, list[outlines.Line]] = {}
        for place, found in drawn:
            rings.setdefault(place.group, []).extend(found)
        wanted = {
            group: (outlines.middle(rings[group]), (d.text_width(figure, text, weight="bold") + 0.1, 0.22))
            for group, text in self._labels.items()
            if group in rings
        }
        for group, (x, y) in outlines.without_overlap(wanted, wanted).items():
            width, height = wanted[group][1]
            corners = [(x - width / 2, y - height / 2), (x + width / 2, y - height / 2)]
            corners += [(side, y + height / 2) for side, _ in reversed(corners)]
            _patch(axes, [[*corners, corners[0]]], ("#FFFFFF", "", "#FFFFFF"), order=3)
            d.put(figure, x, y - 0.055, self._labels[group], ha="center", weight="bold")


def _moved(point: outlines.Point, right: float, up: float) -> outlines.Point:
    return point[0] + right, point[1] + up


def _patch(
    axes: Axes, rings: Sequence[outlines.Line], style: tuple[str, str, str], *, order: int = 1
) -> None:
    """Fill some rings as one shape; what has a higher order covers it."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    vertices: list[outlines.Point] = []
    codes: list[int] = []
    for ring in rings:
        vertices += ring
        codes += [int(Path.MOVETO), *[int(Path.LINETO)] * (len(ring) - 2), int(Path.CLOSEPOLY)]
    fill, pattern, ink = style
    shape = Path(vertices, codes)
    axes.add_artist(
        PathPatch(shape, facecolor=fill, edgecolor=ink, hatch=pattern or None, linewidth=0, zorder=order)
    )


def _stroke(axes: Axes, lines: Sequence[outlines.Line], colour: str, width: float) -> None:
    from matplotlib.collections import LineCollection

    axes.add_collection(
        LineCollection(lines, colors=colour, linewidths=width, capstyle="round"), autolim=False
    )
