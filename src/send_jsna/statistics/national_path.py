"""The path that all authorities share: what moves them together, and how far it may stray.

Demand for support grows in all authorities at once, because of law, funding and practice that are national.
The shared path is the running sum of the mean yearly growth of the authorities; each authority is then
forecast as the shared path and its own deviation from it. The shared path is projected by exponential
smoothing of its growth, the model ETS(A,A,N) or ETS(A,Ad,N) with a level that is known: R. J. Hyndman, A.
B. Koehler, J. K. Ord and R. D. Snyder, "Forecasting with Exponential Smoothing" (Springer, 2008), chapter 6
for the variances.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

#: Weight of the newest year in the smoothed growth. Declared, not fitted: a few years cannot determine it.
SMOOTHING = 0.5
#: Share of either tail of the authorities' growth that is set aside before the mean.
TRIM = 0.1
#: What a yearly shock to all authorities is taken to be (in logs) before any is seen, and how many years that
#: counts. Declared like the smoothing; of 0.03, 0.04 and 0.05 it is the one whose intervals fitted best.
SHOCK, SHOCK_YEARS = 0.05, 3.0


@dataclass(frozen=True)
class Shared:
    """The shared path's growth, seen and expected.

    Attributes:
        growth: Mean growth of the authorities in each year after the first, in transformed units.
        smoothed: Growth expected in each year ahead, before damping: the smoothed growth.
        shock: Standard deviation of a year's growth round what was expected.
    """

    growth: Floats
    smoothed: float
    shock: float

    def path(self, damping: float, horizon: int) -> Floats:
        """Rise above the last point in each year ahead, shape (horizon,)."""
        return np.asarray(self.smoothed * np.cumsum(damping ** np.arange(1, horizon + 1)), dtype=np.float64)

    def variance(self, damping: float, horizon: int) -> Floats:
        """Variance of the path in each year ahead: shocks to the level and, smoothed, to the growth."""
        carried = np.concatenate([[0.0], np.cumsum(damping ** np.arange(1, horizon))])
        return np.asarray(self.shock**2 * np.cumsum((1 + SMOOTHING * carried) ** 2), dtype=np.float64)


def shared_growth(values: npt.ArrayLike) -> Floats:
    """Trimmed mean of the yearly growth over the series that have both years, shape (points - 1,).

    Args:
        values: Transformed values, shape (series, points).
    """
    changes = np.sort(np.diff(np.asarray(values, dtype=np.float64), axis=1), axis=0)
    found = np.full(changes.shape[1], np.nan)
    for year, column in enumerate(changes.T):
        known = column[~np.isnan(column)]
        cut = int(TRIM * len(known))
        if len(known):
            found[year] = known[cut : len(known) - cut].mean()
    return found


def fit_shared(growth: npt.ArrayLike) -> Shared:
    """Smooth the growth, and estimate the shock from how each year missed what was expected.

    Raises:
        ValueError: Fewer than two years of growth, or one that is missing.
    """
    g = np.asarray(growth, dtype=np.float64)
    if len(g) < 2 or np.isnan(g).any():
        raise ValueError(f"the shared path needs two years of growth or more without a gap, not {g.tolist()}")
    expected, misses = float(g[0]), []
    for value in g[1:]:
        misses.append(float(value) - expected)
        expected += SMOOTHING * (float(value) - expected)
    squares = SHOCK_YEARS * SHOCK**2 + float(np.sum(np.square(misses)))
    return Shared(g, expected, float(np.sqrt(squares / (SHOCK_YEARS + len(misses)))))
