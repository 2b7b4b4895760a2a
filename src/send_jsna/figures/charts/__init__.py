"""The chart grammar: one theme, one accessible palette, every chart drawn the same way.

A chart is made from the frame it shows, and knows its own data table and its own text alternative, so that
the picture, the table and the words cannot disagree. ``Supplement.chart`` publishes it.
"""

from send_jsna.figures.charts.area_map import AreaMap, Finding, MapPlace
from send_jsna.figures.charts.base import Break, Chart
from send_jsna.figures.charts.fan import fan
from send_jsna.figures.charts.fit import fit
from send_jsna.figures.charts.funnel import funnel
from send_jsna.figures.charts.ranked import bars, dots
from send_jsna.figures.charts.series import lines

__all__ = [
    "AreaMap",
    "Break",
    "Chart",
    "Finding",
    "MapPlace",
    "bars",
    "dots",
    "fan",
    "fit",
    "funnel",
    "lines",
]
