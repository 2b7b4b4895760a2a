"""Confidence intervals of proportions, counts and means, as English public health statistics compute them.

They follow the Association of Public Health Observatories' Technical Briefing 3, "Commonly used public health
statistics and their confidence intervals" (2008): Wilson's score method for proportions, Byar's method for
counts and rates, exact Poisson limits for counts below 10, and Student's t for means. Limits are given at
95 % and, for control limits, at 99.8 %.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from send_jsna.statistics.arrays import Floats, floats, proportions, refuse, together, z_of

__all__ = ["Floats", "byar", "mean_interval", "wilson"]

_EXACT_BELOW = 10


def wilson(
    numerator: npt.ArrayLike, denominator: npt.ArrayLike, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Wilson score interval of a proportion.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the
    American Statistical Association 22 (1927) 209–212; recommended over the Wald interval by R. G. Newcombe,
    "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998) 857–872,
    method 3 (without continuity correction).

    Args:
        numerator: People with the attribute; broadcast against the denominator.
        denominator: People in all.
        confidence: 0.95 or 0.998.

    Returns:
        Lower and upper limits as proportions from 0 to 1, NaN where either input is NaN.

    Raises:
        ValueError: A negative number, a numerator greater than its denominator, or a denominator of zero; the
            message names the row, counted from 0.
    """
    z = z_of(confidence)
    x, n = proportions(numerator, denominator)
    p = x / n
    spread = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    centre = p + z**2 / (2 * n)
    scale = 1 + z**2 / n
    # The interval contains the proportion and ends there at 0 and at n; rounding must not move a limit past.
    lower = np.clip((centre - spread) / scale, 0, p)
    upper = np.clip((centre + spread) / scale, p, 1)
    return lower, upper


def byar(count: npt.ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Interval of a Poisson count: Byar's approximation, and exact limits for counts below 10.

    Byar's approximation is that of N. E. Breslow and N. E. Day, "Statistical Methods in Cancer Research,
    volume II" (IARC, 1987), page 69. The exact limits are those of F. Garwood, "Fiducial limits for the
    Poisson distribution", Biometrika 28 (1936) 437–442, by way of the chi-squared distribution. Divide both
    limits by the population for the limits of a rate.

    Args:
        count: Number of events.
        confidence: 0.95 or 0.998.

    Returns:
        Lower and upper limits of the expected count, NaN where the count is NaN.

    Raises:
        ValueError: A negative or infinite count; the message names the row, counted from 0.
    """
    z = z_of(confidence)
    x = floats(count)
    refuse(x < 0, "count is negative", x)
    refuse(np.isinf(x), "count is infinite", x)
    some = np.where(x == 0, 1.0, x)
    lower = some * (1 - 1 / (9 * some) - z / (3 * np.sqrt(some))) ** 3
    upper = (x + 1) * (1 - 1 / (9 * (x + 1)) + z / (3 * np.sqrt(x + 1))) ** 3
    lower, upper = np.atleast_1d(lower), np.atleast_1d(upper)
    few = np.atleast_1d(x < _EXACT_BELOW)
    if few.any():
        low, high = _garwood(np.atleast_1d(x)[few], confidence)
        lower[few], upper[few] = low, high
    return lower.reshape(x.shape), upper.reshape(x.shape)


def _garwood(count: Floats, confidence: float) -> tuple[Floats, Floats]:
    from scipy.stats import chi2

    tail = (1 - confidence) / 2
    lower = chi2.ppf(tail, 2 * np.where(count > 0, count, 1.0)) / 2
    return np.where(count == 0, 0.0, lower), np.asarray(chi2.isf(tail, 2 * (count + 1)) / 2)


def mean_interval(
    mean: npt.ArrayLike, deviation: npt.ArrayLike, size: npt.ArrayLike, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Interval of a mean by Student's t distribution.

    Student, "The probable error of a mean", Biometrika 6 (1908) 1–25.

    Args:
        mean: Means, in any unit.
        deviation: Standard deviations of the sample (divisor n − 1), in the same unit.
        size: Numbers of values, at least 2.
        confidence: 0.95 or 0.998.

    Returns:
        Lower and upper limits in the unit of the mean, NaN where any input is NaN.

    Raises:
        ValueError: A negative deviation, fewer than two values or an infinite number; the message names the
            row, counted from 0.
    """
    from scipy.stats import t

    z_of(confidence)
    m, s, n = together(mean, deviation, size)
    refuse(n < 2, "a mean of fewer than two values has no interval", n)
    refuse(s < 0, "standard deviation is negative", s)
    refuse(np.isinf(m) | np.isinf(s) | np.isinf(n), "mean, deviation or size is infinite", m, s, n)
    half = np.asarray(t.isf((1 - confidence) / 2, n - 1)) * s / np.sqrt(n)
    return m - half, m + half
