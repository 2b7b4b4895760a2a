"""Trend models in state-space form, for many short series that share one set of hyperparameters.

A series of seven to ten yearly points cannot separate its own signal from its noise. The variances and the
damping are therefore estimated once, by the likelihood of all authorities' series together, and each series
then gets its own level and slope by the Kalman filter, its slope shrunk towards the slope of the whole.
This is empirical Bayes: the pooled hyperparameters are the prior.

The model is the damped local linear trend of E. S. Gardner and E. McKenzie, "Forecasting trends in time
series", Management Science 31 (1985) 1237–1246, written as a structural model after A. C. Harvey,
"Forecasting, Structural Time Series Models and the Kalman Filter" (Cambridge University Press, 1989):

    y(t) = level(t) + e(t)                              e ~ N(0, irregular)
    level(t) = level(t-1) + damping × slope(t-1) + n(t)  n ~ N(0, level_shock)
    slope(t) = damping × slope(t-1) + z(t)               z ~ N(0, slope_shock)

With a damping of 1 it is Harvey's local linear trend. The filter and its treatment of missing values and of
an unknown first level follow J. Durbin and S. J. Koopman, "Time Series Analysis by State Space Methods",
second edition (Oxford University Press, 2012), chapters 4 and 5, with a large variance for the first level.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

Floats = npt.NDArray[np.float64]

#: Variance of an unknown first level, in squared logs: wide beside any yearly change, small beside rounding.
DIFFUSE = 1e4
#: Degrees of freedom of the innovations' density in the pooled likelihood, so that a few authorities that
#: changed how they count do not set the variance of all.
TAILS = 5.0
_SMALLEST, _GREATEST = 1e-8, 1.0


@dataclass(frozen=True)
class Trend:
    """Hyperparameters of a damped local linear trend, on the scale of the transformed series.

    Attributes:
        irregular: Variance of what one year's value is off by.
        level_shock: Variance of a lasting step.
        slope_shock: Variance of a change of slope.
        damping: Share of the slope that goes on to the next year, above 0 and at most 1.
        first_slope: Variance of series' slopes round that of the whole.
    """

    irregular: float
    level_shock: float
    slope_shock: float
    damping: float
    first_slope: float

    def __post_init__(self) -> None:
        variances = (self.irregular, self.level_shock, self.slope_shock, self.first_slope)
        if not all(np.isfinite(item) and item >= 0 for item in variances):
            raise ValueError(f"a variance of the trend is negative or not a number {variances}")
        if not 0 < self.damping <= 1:
            raise ValueError(f"damping {self.damping} is not above 0 and at most 1")


@dataclass(frozen=True)
class Filtered:
    """What is known of each series after its last point.

    Attributes:
        mean: Level and slope, shape (series, 2).
        covariance: Their covariance, shape (series, 2, 2).
        log_likelihood: Sum over the points after the first of each series, shape (series,).
        innovations: One-step errors, NaN where there is none, shape (series, points).
        variances: Their variances by the model, shape (series, points).
    """

    mean: Floats
    covariance: Floats
    log_likelihood: Floats
    innovations: Floats
    variances: Floats


def kalman_filter(values: npt.ArrayLike, trend: Trend, spread: npt.ArrayLike = 1.0) -> Filtered:
    """Filter many series at once.

    Args:
        values: Transformed values, shape (series, points); NaN is a missing value.
        trend: The hyperparameters.
        spread: Factor on all variances of a series, shape (series,) or one for all.

    Returns:
        The states after the last point, the Gaussian likelihood and the innovations.
    """
    y = np.atleast_2d(np.asarray(values, dtype=np.float64))
    count, points = y.shape
    factor = np.broadcast_to(np.asarray(spread, dtype=np.float64), (count,))
    level, slope = np.zeros(count), np.zeros(count)
    # The covariance is kept as its three numbers: far quicker than matrices of two by two.
    p11, p12, p22 = np.full(count, DIFFUSE), np.zeros(count), trend.first_slope * factor
    seen = np.zeros(count, dtype=bool)
    total = np.zeros(count)
    errors, variances = np.full((count, points), np.nan), np.full((count, points), np.nan)
    for t in range(points):
        if t:
            level, slope, p11, p12, p22 = _step(_State(level, slope, p11, p12, p22), trend, factor, seen)
        there = ~np.isnan(y[:, t])
        variance = p11 + trend.irregular * factor
        error = np.where(there, y[:, t] - level, 0.0)
        counted = there & seen
        errors[counted, t], variances[counted, t] = error[counted], variance[counted]
        total += np.where(counted, -0.5 * (np.log(2 * np.pi * variance) + error**2 / variance), 0.0)
        gain1, gain2 = np.where(there, p11 / variance, 0.0), np.where(there, p12 / variance, 0.0)
        level, slope = level + gain1 * error, slope + gain2 * error
        p11, p12, p22 = p11 * (1 - gain1), p12 * (1 - gain1), p22 - gain2 * p12
        seen |= there
    mean = np.stack([level, slope], axis=1)
    covariance = np.stack([np.stack([p11, p12], axis=1), np.stack([p12, p22], axis=1)], axis=1)
    return Filtered(mean, covariance, total, errors, variances)


class _State(NamedTuple):
    """Many series at one time: means, and the three elements of their covariance, each of shape (series,)."""

    level: Floats
    slope: Floats
    p11: Floats
    p12: Floats
    p22: Floats


def _step(state: _State, trend: Trend, factor: Floats, seen: npt.NDArray[np.bool_]) -> _State:
    """One year on; a series that has not begun stays as it is."""
    level, slope, p11, p12, p22 = state
    phi = trend.damping
    return _State(
        np.where(seen, level + phi * slope, level),
        np.where(seen, phi * slope, slope),
        np.where(seen, p11 + 2 * phi * p12 + phi**2 * p22 + trend.level_shock * factor, p11),
        np.where(seen, phi * p12 + phi**2 * p22, p12),
        np.where(seen, phi**2 * p22 + trend.slope_shock * factor, p22),
    )


def predict(
    filtered: Filtered, trend: Trend, horizon: int, spread: npt.ArrayLike = 1.0
) -> tuple[Floats, Floats]:
    """Forecast each series from what is known after its last point.

    Args:
        filtered: What the filter gave.
        trend: The hyperparameters it was given.
        horizon: Years ahead.
        spread: Factor on all variances of a series.

    Returns:
        Mean and variance of an observation in each year ahead, both of shape (series, horizon).
    """
    level, slope = filtered.mean[:, 0], filtered.mean[:, 1]
    count = len(level)
    factor = np.broadcast_to(np.asarray(spread, dtype=np.float64), (count,))
    p11, p12, p22 = filtered.covariance[:, 0, 0], filtered.covariance[:, 0, 1], filtered.covariance[:, 1, 1]
    means, variances = np.empty((count, horizon)), np.empty((count, horizon))
    begun = np.ones(count, dtype=bool)
    for step in range(horizon):
        level, slope, p11, p12, p22 = _step(_State(level, slope, p11, p12, p22), trend, factor, begun)
        means[:, step], variances[:, step] = level, p11 + trend.irregular * factor
    return means, variances


def fit_pooled(values: npt.ArrayLike, damping: float | None = None) -> Trend:
    """Hyperparameters that make all series together most likely.

    The innovations are given the density of Student's t, of the variance that the filter gives, so that
    outlying authorities do not decide. A weak pull towards moderate values keeps what the data cannot decide
    (such as the slope's shocks in five points) from running to a bound.

    Args:
        values: Transformed values less the path of the whole, shape (series, points).
        damping: The damping where it is given and not estimated.

    Returns:
        The hyperparameters.

    Raises:
        ValueError: Fewer than three points, or no series.
    """
    y = np.atleast_2d(np.asarray(values, dtype=np.float64))
    if y.shape[0] < 1 or y.shape[1] < 3:
        raise ValueError(f"pooled estimation needs series of three points or more, not of shape {y.shape}")
    scale = max(float(np.nanvar(np.diff(y, axis=1))), _SMALLEST)
    start = np.log(scale * np.array([0.2, 0.4, 0.05, 0.2]))
    first = start if damping is not None else np.append(start, 1.5)

    def trend_of(at: Floats) -> Trend:
        r, q, z, p = np.clip(np.exp(at[:4]), _SMALLEST, _GREATEST)
        phi = damping if damping is not None else 1 / (1 + np.exp(-np.clip(at[4], -6, 6)))
        return Trend(float(r), float(q), float(z), float(phi), float(p))

    def cost(at: Floats) -> float:
        found = kalman_filter(y, trend_of(at))
        squares = found.innovations**2 / found.variances
        density = 0.5 * np.log(found.variances) + (TAILS + 1) / 2 * np.log1p(squares / (TAILS - 2))
        return float(np.nansum(density)) + float(np.sum(((at - first) / 3) ** 2))

    best = minimize(cost, first, method="L-BFGS-B", options={"maxiter": 60})
    return trend_of(best.x)
