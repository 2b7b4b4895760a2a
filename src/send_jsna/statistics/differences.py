"""Differences and ratios of two proportions, with intervals and a test; :mod:`.rate_differences` has rates.

The two groups are independent: where one is part of the other, as an authority is of England, take it out of
the other first (see :mod:`send_jsna.statistics.benchmarking`).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from send_jsna.statistics.arrays import Bools, Estimate, Floats, Significance, proportions, together, z_of
from send_jsna.statistics.intervals import wilson

#: Halvings of an interval on the logarithmic scale: to the last digit of a double.
_HALVINGS = 60
_SMALLEST, _GREATEST = -70.0, 70.0


def proportion_difference(
    numerator: npt.ArrayLike,
    denominator: npt.ArrayLike,
    other_numerator: npt.ArrayLike,
    other_denominator: npt.ArrayLike,
    confidence: float = 0.95,
) -> Estimate:
    """One proportion less another, with Newcombe's hybrid score interval.

    R. G. Newcombe, "Interval estimation for the difference between independent proportions: comparison of
    eleven methods", Statistics in Medicine 17 (1998) 873–890, method 10.

    Args:
        numerator: People with the attribute in the first group; all four arrays are broadcast.
        denominator: People in the first group.
        other_numerator: The same for the second group.
        other_denominator: People in the second group.
        confidence: 0.95 or 0.998.

    Returns:
        The difference of the proportions, first less second, from −1 to 1, and its limits; NaN where an input
        is NaN.

    Raises:
        ValueError: A row that is no proportion; the message names it.
    """
    x, n, y, m = _two_proportions(numerator, denominator, other_numerator, other_denominator)
    return mover(x / n, wilson(x, n, confidence), y / m, wilson(y, m, confidence))


def proportion_ratio(
    numerator: npt.ArrayLike,
    denominator: npt.ArrayLike,
    other_numerator: npt.ArrayLike,
    other_denominator: npt.ArrayLike,
    confidence: float = 0.95,
) -> Estimate:
    """One proportion divided by another (relative risk), with the score interval.

    P. A. R. Koopman, "Confidence intervals for the ratio of two binomial proportions", Biometrics 40 (1984)
    513–517. Unlike the logarithmic interval (:func:`log_proportion_ratio`) it is valid when none, or
    all, have the attribute.

    Args:
        numerator: People with the attribute in the first group; all four arrays are broadcast.
        denominator: People in the first group.
        other_numerator: The same for the second group.
        other_denominator: People in the second group.
        confidence: 0.95 or 0.998.

    Returns:
        The ratio and its limits, NaN where an input is NaN. With zero in the second numerator the ratio and
        its upper limit are infinite; with zero in both, the ratio is NaN, the limits 0 and infinity.

    Raises:
        ValueError: A row that is no proportion; the message names it.
    """
    z = z_of(confidence)
    x, n, y, m = _two_proportions(numerator, denominator, other_numerator, other_denominator)
    value = ratio_of(x / n, y / m)

    def too_low(theta: Floats) -> Bools:
        return _score(theta, x, n, y, m) > z

    def not_too_high(theta: Floats) -> Bools:
        return _score(theta, x, n, y, m) >= -z

    known = ~np.isnan(x + n + y + m)
    lower = np.where(x == 0, 0.0, _bisect(too_low, x.shape))
    upper = np.where(y == 0, np.inf, _bisect(not_too_high, x.shape))
    return Estimate(value, np.where(known, lower, np.nan), np.where(known, upper, np.nan))


def log_proportion_ratio(
    numerator: npt.ArrayLike,
    denominator: npt.ArrayLike,
    other_numerator: npt.ArrayLike,
    other_denominator: npt.ArrayLike,
    confidence: float = 0.95,
) -> Estimate:
    """One proportion divided by another, with the logarithmic interval that most reports print.

    D. Katz, J. Baptista, S. P. Azen and M. C. Pike, "Obtaining confidence intervals for the risk ratio in
    cohort studies", Biometrics 34 (1978) 469–474.

    Args:
        numerator: People with the attribute in the first group; all four arrays are broadcast.
        denominator: People in the first group.
        other_numerator: The same for the second group.
        other_denominator: People in the second group.
        confidence: 0.95 or 0.998.

    Returns:
        The ratio and its limits, NaN where an input is NaN; limits of 0 and infinity where a numerator is 0,
        since the method then says nothing.

    Raises:
        ValueError: A row that is no proportion; the message names it.
    """
    z = z_of(confidence)
    x, n, y, m = _two_proportions(numerator, denominator, other_numerator, other_denominator)
    value = ratio_of(x / n, y / m)
    none = (x == 0) | (y == 0)
    some, others = np.where(x == 0, 1.0, x), np.where(y == 0, 1.0, y)
    half = z * np.sqrt(np.maximum(1 / some - 1 / n + 1 / others - 1 / m, 0))
    within = np.where(none, 1.0, value)
    known = ~np.isnan(x + n + y + m)
    lower = np.where(none, 0.0, within * np.exp(-half))
    upper = np.where(none, np.inf, within * np.exp(half))
    return Estimate(value, np.where(known, lower, np.nan), np.where(known, upper, np.nan))


def proportions_test(
    numerator: npt.ArrayLike,
    denominator: npt.ArrayLike,
    other_numerator: npt.ArrayLike,
    other_denominator: npt.ArrayLike,
) -> Significance:
    """Whether two proportions differ: the z test with the pooled proportion.

    Its square is Pearson's chi-squared of the two-by-two table, without continuity correction. It is an
    approximation that wants about five expected in each cell.

    Args:
        numerator: People with the attribute in the first group; all four arrays are broadcast.
        denominator: People in the first group.
        other_numerator: The same for the second group.
        other_denominator: People in the second group.

    Returns:
        z (positive where the first proportion is greater) and the two-sided p; z of 0 and p of 1 where none
        or all have the attribute, NaN where an input is NaN.

    Raises:
        ValueError: A row that is no proportion; the message names it.
    """
    from scipy.special import ndtr

    x, n, y, m = _two_proportions(numerator, denominator, other_numerator, other_denominator)
    pooled = (x + y) / (n + m)
    error = np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    z = np.where(error == 0, 0.0, (x / n - y / m) / np.where(error == 0, 1.0, error))
    return Significance(z, np.asarray(2 * ndtr(-np.abs(z))))


# -- shared -----------------------------------------------------------------------------------------------


def _two_proportions(
    x: npt.ArrayLike, n: npt.ArrayLike, y: npt.ArrayLike, m: npt.ArrayLike
) -> tuple[Floats, Floats, Floats, Floats]:
    first, second, third, fourth = together(x, n, y, m)
    return (*proportions(first, second), *proportions(third, fourth, "other"))


def mover(
    first: Floats, limits: tuple[Floats, Floats], second: Floats, other_limits: tuple[Floats, Floats]
) -> Estimate:
    """The difference of two estimates whose distances to their own limits are put together by squares."""
    (low, high), (other_low, other_high) = limits, other_limits
    value = first - second
    lower = value - np.hypot(first - low, other_high - second)
    upper = value + np.hypot(high - first, second - other_low)
    return Estimate(value, lower, upper)


def ratio_of(first: Floats, second: Floats) -> Floats:
    """One number divided by another: infinite above zero, NaN for zero by zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(first / second)


def _score(theta: Floats, x: Floats, n: Floats, y: Floats, m: Floats) -> Floats:
    """The z of the hypothesis that the ratio is theta; falls as theta grows."""
    a, b, c = (n + m) * theta, n * theta + x + m + y * theta, x + y
    # The smaller root of the quadratic, in the form that keeps its digits when it is near zero.
    second = 2 * c / (b + np.sqrt(np.maximum(b**2 - 4 * a * c, 0)))
    second = np.clip(second, 0, np.minimum(1, 1 / theta))
    first = np.clip(theta * second, 0, 1)
    variance = first * (1 - first) / n + theta**2 * second * (1 - second) / m
    distance = x / n - theta * y / m
    with np.errstate(divide="ignore", invalid="ignore"):
        z = distance / np.sqrt(variance)
    return np.where(distance == 0, 0.0, z)


def _bisect(is_true_below: Callable[[Floats], Bools], shape: tuple[int, ...]) -> Floats:
    """Where a condition on a positive number ends, element by element, on the logarithmic scale."""
    low, high = np.full(shape, _SMALLEST), np.full(shape, _GREATEST)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        below = is_true_below(np.exp(middle))
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray(np.exp((low + high) / 2))
