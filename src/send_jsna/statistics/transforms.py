"""Scales on which series are forecast: logs for counts, log-odds for percentages."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

TRANSFORMS = ("log", "logit")


def to_scale(values: npt.ArrayLike, transform: str) -> Floats:
    """Logs of counts, or log-odds of percentages; NaN where a value has none.

    Args:
        values: Counts, or percentages from 0 to 100.
        transform: ``log`` or ``logit``.

    Raises:
        ValueError: An unknown transform.
    """
    x = np.asarray(values, dtype=np.float64)
    _known(transform)
    upper = np.inf if transform == "log" else 100.0
    inside = np.where((x > 0) & (x < upper), x, np.nan)
    return np.asarray(np.log(inside) if transform == "log" else np.log(inside / (100 - inside)))


def from_scale(values: npt.ArrayLike, transform: str) -> Floats:
    """Counts or percentages again.

    Raises:
        ValueError: An unknown transform.
    """
    y = np.asarray(values, dtype=np.float64)
    _known(transform)
    return np.asarray(np.exp(y) if transform == "log" else 100 / (1 + np.exp(-y)))


def refuse_unfit(values: npt.ArrayLike, transform: str, least: int) -> Floats:
    """One series as an array, or the reason why it cannot be forecast.

    Args:
        values: Counts or percentages, one a year without a gap.
        transform: The scale it is to be put on.
        least: Points it must have.

    Raises:
        ValueError: Too few points, more than one dimension, a gap, or a value outside the scale; the message
            names the row, counted from 0.
    """
    x = np.asarray(values, dtype=np.float64)
    if x.ndim != 1:
        raise ValueError(f"a series has one dimension, not {x.ndim}")
    if len(x) < least:
        raise ValueError(f"a series of {len(x)} points is too short: {least} are needed")
    for row in np.flatnonzero(~np.isfinite(x)):
        raise ValueError(f"row {row}: the value is missing, and a gap is not filled")
    for row in np.flatnonzero(np.isnan(to_scale(x, transform))):
        what = "not above zero" if transform == "log" else "not between 0 and 100"
        raise ValueError(f"row {row}: {x[row]:g} is {what}")
    return x


def _known(transform: str) -> None:
    if transform not in TRANSFORMS:
        raise ValueError(f"transform {transform!r} is not one of {', '.join(TRANSFORMS)}")
