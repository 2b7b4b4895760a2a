"""Funnel plots: shares of areas of different size, with the limits that chance alone would keep to.

D. J. Spiegelhalter, "Funnel plots for comparing institutional performance", Statistics in Medicine 24 (2005)
1185–1202.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from send_jsna.errors import FigureError
from send_jsna.figures.charts.base import Chart
from send_jsna.figures.charts.points import Curve, Measured, PointChart, points_of
from send_jsna.statistics.funnel import proportion_limits
from send_jsna.statistics.funnel_places import exact_places

#: The words for where a share lies, by the names of :data:`send_jsna.statistics.funnel.PLACES`.
PLACES = {
    "below 99.8%": "below the 99.8% limit",
    "below 95%": "below the 95% limit only",
    "within": "within the limits",
    "above 95%": "above the 95% limit only",
    "above 99.8%": "above the 99.8% limit",
}
_STEPS = 120
_DASHED, _DOTTED = (0, (5, 2)), (0, (1.2, 1.6))


def funnel(
    frame: pd.DataFrame,
    *,
    target: float,
    target_name: str,
    focus: str,
    neighbours: Sequence[str],
    x_name: str,
    y_name: str,
    decimals: int | None = None,
) -> Chart:
    """A funnel plot of proportions.

    As in seaborn, the columns and options are parameters of their own, named where a notebook draws.

    Args:
        frame: One row an area, with ``area_name``, ``numerator`` and ``denominator`` (whole numbers).
        target: The proportion of the centre line, from 0 to 1.
        target_name: Whose it is, such as ``England``.
        focus: Name of the area.
        neighbours: Names of its statistical neighbours.
        x_name: What the denominator counts, as it is written at the axis.
        y_name: What the share is of.
        decimals: Decimal places of a share.

    Raises:
        NoDataError: No rows, or a single one.
        FigureError: A target outside 0 to 1, a missing column, or no row for the area.
        ValueError: A row that is not a proportion of a whole number.
    """
    if not 0 < target < 1:
        raise FigureError(f"the centre line {target:g} of a funnel is no proportion between 0 and 1")
    drawn = frame.assign(share=100 * frame["numerator"] / frame["denominator"], place=places(frame, target))
    low, high = float(drawn["denominator"].min()), float(drawn["denominator"].max())
    sizes = np.unique(np.round(np.geomspace(low, high, _STEPS)))
    curves = [Curve(f"{target_name}", list(sizes), [100 * target] * len(sizes), "-", 1.8)]
    for confidence, style in ((0.95, _DASHED), (0.998, _DOTTED)):
        lower, upper = proportion_limits(target, sizes, confidence)
        text = f"{100 * confidence:g}% limits"
        curves.append(Curve(text, list(sizes), [100 * float(end) for end in upper], style))
        curves.append(Curve("", list(sizes), [100 * float(end) for end in lower], style))
    return FunnelChart(
        points_of(drawn, x="denominator", y="share", place="place", focus=focus, neighbours=neighbours),
        curves,
        Measured(x_name, "count", y_name, "%", decimals, "Against the limits"),
    )


def places(frame: pd.DataFrame, target: float) -> list[str]:
    """In words, where each row's share lies against the funnel's limits.

    Args:
        frame: Columns ``numerator`` and ``denominator``.
        target: The proportion of the centre line, from 0 to 1.
    """
    found = exact_places(frame["numerator"], frame["denominator"], target)
    return [PLACES.get(str(name), str(name)) for name in found]


class FunnelChart(PointChart):
    """See :func:`funnel`."""

    kind = "Funnel plot"
    interval_note = "Dashed and dotted: 95% and 99.8% limits, which chance alone would seldom cross."

    def _about_curves(self) -> list[str]:
        centre = self.curves[0]
        return [f"The centre line is {centre.name}, {self._number(float(centre.ys[0]))}."]

    def _order(self, place: str) -> int:
        return list(PLACES.values()).index(place)

    def _ends(self, curves: Sequence[float]) -> tuple[float, float]:
        """From the points and the limits, whose ends at the smallest area may reach beyond both."""
        low, high = super()._ends(curves)
        return max(low, 0.0), min(high, 100.0)
