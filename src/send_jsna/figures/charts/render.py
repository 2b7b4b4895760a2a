"""A chart as SVG, the same bytes for the same data in any process."""

from __future__ import annotations

import os
import re
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from send_jsna.figures.charts.drawing import (
    DPI,
    FONT_SIZE,
    HEIGHT,
    MARGIN,
    QUIET_TEXT,
    SMALL,
    SMALL_LINE,
    TEXT,
    WIDTH,
    put,
    wrap,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from send_jsna.figures.charts.base import Chart

_FONTS = "Arial, Helvetica, sans-serif"


def save(chart: Chart, stem: Path, *, title: str, source: str) -> str:
    """Write ``stem.svg``; the same data give the same bytes, in any process.

    Args:
        chart: The chart.
        stem: Path without the ending; its last part names the chart.
        title: Goes into the SVG's ``title`` element; the picture itself bears no title.
        source: Publisher and title, for the source line at the foot.

    Returns:
        What was written.
    """
    svg = render(chart, name=stem.name, title=title, source=source)
    stem.with_name(f"{stem.name}.svg").write_bytes(svg.encode())
    return svg


def render(chart: Chart, *, name: str, title: str, source: str) -> str:
    """The chart as SVG."""
    os.environ.setdefault("SOURCE_DATE_EPOCH", "0")  # matplotlib would stamp the time of day otherwise
    import matplotlib
    from matplotlib.figure import Figure

    from send_jsna.figures.charts.svg import draw

    # Only what differs: matplotlib checks each setting that it is given, of some three hundred.
    now: dict[Any, Any] = matplotlib.rcParams
    theme: dict[Any, Any] = {key: value for key, value in _theme().items() if now[key] != value} | {
        "svg.hashsalt": name
    }
    with matplotlib.rc_context(theme):
        figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DPI)
        notes = _foot(figure, chart, source)
        chart.paint(figure, foot=len(notes) * SMALL_LINE + MARGIN)
        for place, line in enumerate(reversed(notes)):
            put(figure, MARGIN, MARGIN + place * SMALL_LINE, line, size=SMALL, color=QUIET_TEXT)
        svg = draw(figure)
    return _tidy(svg, name, title)


@cache
def _theme() -> dict[str, Any]:
    """The settings of matplotlib for every chart, but for the backend, which is the process's own."""
    import matplotlib
    import seaborn

    theme = {
        **matplotlib.rcParamsDefault,
        **seaborn.axes_style("white"),
        "font.family": ["DejaVu Sans"],
        "font.size": FONT_SIZE,
        "text.color": TEXT,
        "text.parse_math": False,
        "text.hinting": "none",  # else a text's width depends on the resolution it is measured at
        "axes.edgecolor": QUIET_TEXT,
        "axes.labelcolor": TEXT,
        "xtick.color": TEXT,
        "ytick.color": TEXT,
        "axes.unicode_minus": True,
        "svg.fonttype": "none",
    }
    return {key: value for key, value in theme.items() if key not in ("backend", "backend_fallback")}


def _foot(figure: Figure, chart: Chart, source: str) -> list[str]:
    notes = [chart.interval_note] if chart.has_intervals else []
    return notes + wrap(figure, f"Source: {source}" if source else "", WIDTH - 2 * MARGIN, size=SMALL)


def _tidy(svg: str, name: str, title: str) -> str:
    """Make matplotlib's SVG usable alone and inside a page: named, without preamble or stray ids."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'<g id="[^"]*"', "<g", svg)
    svg = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>\s*", "", svg, count=1, flags=re.DOTALL)
    svg = svg.replace("'DejaVu Sans'", _FONTS)
    head, body = svg.split(">", 1)
    head += ' stroke-linejoin="round"'  # in place of the style rule, which would reach the whole page
    head += f' role="img" aria-labelledby="{name}-title"'
    return f'{head}>\n <title id="{name}-title">{escape(title)}</title>{body}'
