"""Confidence intervals of proportions and of counts, as English public health statistics compute them.

Both follow the Association of Public Health Observatories' Technical Briefing 3, "Commonly used public health
statistics and their confidence intervals" (2008): Wilson's score method for proportions, Byar's method for
counts and rates, and exact Poisson limits for counts below 10. Limits are given at 95 % and, for control
limits, at 99.8 %.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

#: Two-sided standard normal quantiles of the two confidence levels in use.
_Z = {0.95: 1.959963984540054, 0.998: 3.090232306167813}
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
    z = _quantile(confidence)
    x, n = np.broadcast_arrays(_floats(numerator), _floats(denominator))
    _refuse(x < 0, "numerator is negative", x)
    _refuse(n < 0, "denominator is negative", n)
    _refuse(n == 0, "denominator is zero", n)
    _refuse(x > n, "numerator is greater than its denominator", x, n)
    _refuse(np.isinf(x) | np.isinf(n), "numerator or denominator is infinite", x, n)
    p = x / n
    spread = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    centre = p + z**2 / (2 * n)
    scale = 1 + z**2 / n
    # The interval holds the proportion and, at 0 and at n, ends there; rounding must not carry a limit past.
    lower = np.where(x == 0, 0.0, np.clip((centre - spread) / scale, 0, p))
    upper = np.where(x == n, 1.0, np.clip((centre + spread) / scale, p, 1))
    nothing = np.isnan(x) | np.isnan(n)
    return np.where(nothing, np.nan, lower), np.where(nothing, np.nan, upper)


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
    from scipy.stats import chi2

    z = _quantile(confidence)
    x = _floats(count)
    _refuse(x < 0, "count is negative", x)
    _refuse(np.isinf(x), "count is infinite", x)
    some = np.where(x > 0, x, 1.0)
    lower = some * (1 - 1 / (9 * some) - z / (3 * np.sqrt(some))) ** 3
    upper = (x + 1) * (1 - 1 / (9 * (x + 1)) + z / (3 * np.sqrt(x + 1))) ** 3
    tail = (1 - confidence) / 2
    few = x < _EXACT_BELOW
    lower = np.where(few, chi2.ppf(tail, 2 * some) / 2, lower)
    upper = np.where(few, chi2.ppf(1 - tail, 2 * (x + 1)) / 2, upper)
    lower = np.where(x == 0, 0.0, lower)
    nothing = np.isnan(x)
    return np.where(nothing, np.nan, lower), np.where(nothing, np.nan, upper)


def _quantile(confidence: float) -> float:
    if confidence not in _Z:
        raise ValueError(f"confidence {confidence} is not one of {', '.join(map(str, _Z))}")
    return _Z[confidence]


def _floats(values: npt.ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)


def _refuse(bad: npt.NDArray[np.bool_], what: str, *values: Any) -> None:
    """Raise for the first row that is bad, with its number and the values found there."""
    if np.any(bad):
        row = int(np.flatnonzero(bad)[0])
        found = ", ".join(f"{np.ravel(value)[row]:g}" for value in values)
        raise ValueError(f"row {row}: {what} ({found})")
