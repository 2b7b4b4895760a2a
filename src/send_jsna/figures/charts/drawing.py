"""The theme and text measurement all charts share.

Every picture is laid out with the font matplotlib carries along, so that it is the same on every machine; the
SVG then names the reader's own sans-serif fonts, which are narrower, so that nothing overflows.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

# Government analysis palette, https://analysisfunction.civilservice.gov.uk/policy-store/data-visualisation-colours/
DARK_BLUE = "#12436D"
CATEGORIES = (DARK_BLUE, "#28A197", "#801650", "#F46A25")
TWO_CATEGORIES = (DARK_BLUE, "#F46A25")
#: The palette's #BFBFBF has a contrast of 1.8 with white; marks that carry meaning need 3, and this has 3.5.
GREY = "#8A8A8A"
GRID = "#D9D9D9"
TEXT = "#0B0C0C"
QUIET_TEXT = "#3D3D3D"

MARKERS = ("o", "s", "^", "D")
LINE_STYLES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (6, 1.5, 1.5, 1.5)))

WIDTH = 6.6
HEIGHT = 3.6
FONT_SIZE = 11
SMALL = 9
LINE = 0.19  # inches a line of text takes
SMALL_LINE = 0.155
MARGIN = 0.06
DPI = 200


def colours(count: int) -> tuple[str, ...]:
    """Colours of so many series."""
    return TWO_CATEGORIES if count == 2 else CATEGORIES


def text_width(figure: Figure, text: str, *, size: float = FONT_SIZE, weight: str = "normal") -> float:
    """Width of the widest line of a text, in inches; only for figures drawn in the charts' theme."""
    known = _WIDTHS.get((text, size, weight, figure.dpi))
    if known is not None:
        return known
    renderer, font, lines = _ruler(figure.dpi), _font(size, weight), text.split("\n")
    widths = [renderer.get_text_width_height_descent(line, font, ismath=False)[0] for line in lines]
    return _WIDTHS.setdefault((text, size, weight, figure.dpi), float(max(widths)) / figure.dpi)


#: Widths measured before: a notebook's charts share sources, areas and periods.
_WIDTHS: dict[tuple[str, float, str, float], float] = {}


@lru_cache
def _ruler(dpi: float) -> Any:
    """What measures texts: a picture of a single pixel, since a text's width does not depend on its size."""
    from matplotlib.backends.backend_agg import RendererAgg

    return RendererAgg(1, 1, dpi)  # type: ignore[no-untyped-call]


@lru_cache
def _font(size: float, weight: str) -> FontProperties:
    from matplotlib.font_manager import FontProperties

    return FontProperties(family="DejaVu Sans", size=size, weight=weight)


def wrap(
    figure: Figure, text: str, width: float, *, size: float = FONT_SIZE, weight: str = "normal"
) -> list[str]:
    """The text in lines no wider than ``width`` inches; a longer single word stays whole."""
    words = text.split()
    whole = " ".join(words)
    if words and text_width(figure, whole, size=size, weight=weight) <= width:
        return [whole]
    lines: list[str] = []
    for word in words:
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(figure, longer, size=size, weight=weight) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def put(figure: Figure, x: float, y: float, text: str, **options: Any) -> None:
    """Write text at a place measured in inches from the figure's lower left corner."""
    size = options.pop("size", FONT_SIZE)
    options.setdefault("va", "baseline")
    figure.text(x / WIDTH, y / float(figure.get_figheight()), text, fontsize=size, **options)


def put_ticks(axis: Axis, places: Sequence[float], texts: Sequence[str]) -> None:
    """Write texts at places of an axis that has no label of its own.

    Set how the ticks look before: each that there is already is set anew. Neither the ticks' texts nor the
    axis' label take part in a layout, so that matplotlib need not measure them for it.
    """
    axis.set_ticks(places, texts, in_layout=False)
    axis.set_label_coords(0, 0)


def straight(axes: Axes, start: tuple[float, float], end: tuple[float, float], **style: Any) -> None:
    """Draw a straight line, in the data's units, on axes whose limits are set.

    As ``hlines`` and ``vlines`` draw it, without their search for new limits.
    """
    from matplotlib.collections import LineCollection

    axes.add_collection(LineCollection([(start, end)], **style), autolim=False)


def spread(wanted: list[float], heights: list[float], lowest: float, highest: float) -> list[float]:
    """Move label centres apart until none overlap, each as near to where it belongs as can be.

    Args:
        wanted: Where each label belongs.
        heights: Height of each label.
        lowest: No label reaches below this.
        highest: No label reaches above this, if there is room.

    Returns:
        The centres, in the order given.
    """
    order = sorted(range(len(wanted)), key=lambda place: wanted[place])
    groups: list[tuple[list[int], float]] = []  # labels that touch, and the centre of their stack

    def centre(members: list[int]) -> float:
        total = sum(heights[m] for m in members)
        below, best = 0.0, 0.0
        for m in members:
            best += wanted[m] - (below + heights[m] / 2)
            below += heights[m]
        bottom = min(max(best / len(members), lowest), max(lowest, highest - total))
        return bottom + total / 2

    for place in order:
        groups.append(([place], centre([place])))
        while len(groups) > 1:
            (left, low), (right, high) = groups[-2:]
            room = (sum(heights[m] for m in left) + sum(heights[m] for m in right)) / 2
            if high - low >= room - 1e-9:
                break
            groups[-2:] = [(left + right, centre(left + right))]
    centres = [0.0] * len(wanted)
    for members, middle in groups:
        edge = middle - sum(heights[m] for m in members) / 2
        for m in members:
            centres[m] = edge + heights[m] / 2
            edge += heights[m]
    return centres
