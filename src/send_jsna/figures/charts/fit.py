"""An area among all authorities on two measures, with the line fitted to the others and its band."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from send_jsna.figures.charts.base import Chart, check_columns
from send_jsna.figures.charts.points import Curve, Measured, PointChart, points_of

#: Columns of the band's frame.
BAND = ("x", "expected", "lower", "upper")
_DASHED = (0, (5, 2))


def fit(
    frame: pd.DataFrame,
    band: pd.DataFrame,
    *,
    focus: str,
    neighbours: Sequence[str],
    x_name: str,
    y_name: str,
    unit: str = "%",
    x_unit: str = "%",
    decimals: int | None = None,
) -> Chart:
    """A scatter chart of two measures with a fitted line and its 95 % prediction band.

    As in seaborn, the columns and options are parameters of their own, named where a notebook draws.

    Args:
        frame: One row an area, with ``area_name``, ``x``, ``y`` and ``place`` (words for where it lies).
        band: Columns ``x``, ``expected``, ``lower`` and ``upper``, in ascending order of ``x``.
        focus: Name of the area.
        neighbours: Names of its statistical neighbours.
        x_name: What the horizontal axis measures.
        y_name: What the value is.
        unit: Unit of the value.
        x_unit: Unit of the horizontal measure.
        decimals: Decimal places of the value.

    Raises:
        NoDataError: No rows.
        FigureError: A missing column, two rows for one area, or no row for the area.
    """
    check_columns(band, *BAND)
    xs = [float(x) for x in band["x"]]
    curves = [Curve("Expected", xs, [float(y) for y in band["expected"]], "-", 1.8)]
    curves.append(Curve("95% range", xs, [float(y) for y in band["upper"]], _DASHED))
    curves.append(Curve("", xs, [float(y) for y in band["lower"]], _DASHED))
    return FitChart(
        points_of(frame, x="x", y="y", place="place", focus=focus, neighbours=neighbours),
        curves,
        Measured(x_name, x_unit, y_name, unit, decimals, "Against what is expected"),
    )


class FitChart(PointChart):
    """See :func:`fit`."""

    interval_note = "Solid: fitted to all other authorities. Dashed: 95% range of single authorities."

    def _about_curves(self) -> list[str]:
        line = self.curves[0]
        (x, y), (far, high) = (line.xs[0], line.ys[0]), (line.xs[-1], line.ys[-1])
        ends = f"{self._number(y)} at {self.x_text(x)} to {self._number(high)} at {self.x_text(far)}"
        return [f"The fitted line runs from {ends}."]
