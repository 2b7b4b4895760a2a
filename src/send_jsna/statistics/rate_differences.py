"""Differences and ratios of two rates of events, with intervals and a test; the groups are independent."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from send_jsna.statistics.arrays import Estimate, Floats, Significance, events, refuse, together, z_of
from send_jsna.statistics.differences import mover, ratio_of
from send_jsna.statistics.intervals import byar


def rate_difference(
    count: npt.ArrayLike,
    population: npt.ArrayLike,
    other_count: npt.ArrayLike,
    other_population: npt.ArrayLike,
    *,
    per: float = 100_000,
    confidence: float = 0.95,
) -> Estimate:
    """One rate less another, with limits recovered from the Byar limits of each.

    G. Y. Zou and A. Donner, "Construction of confidence limits about effect measures: a general approach",
    Statistics in Medicine 27 (2008) 1693–1702 (the method of variance estimates recovery, MOVER).

    Args:
        count: Events in the first group; all four arrays are broadcast.
        population: People or person-years of the first group.
        other_count: Events in the second group.
        other_population: People or person-years of the second group.
        per: What the rates are expressed per.
        confidence: 0.95 or 0.998.

    Returns:
        The difference, first less second, and its limits, per ``per``; NaN where an input is NaN.

    Raises:
        ValueError: A negative or infinite number, or a population of zero; the message names the row.
    """
    x, n, y, m = _two_rates(count, population, other_count, other_population)
    (low, high), (other_low, other_high) = byar(x, confidence), byar(y, confidence)
    first, second = (per * low / n, per * high / n), (per * other_low / m, per * other_high / m)
    return mover(per * x / n, first, per * y / m, second)


def rate_ratio(
    count: npt.ArrayLike,
    population: npt.ArrayLike,
    other_count: npt.ArrayLike,
    other_population: npt.ArrayLike,
    confidence: float = 0.95,
) -> Estimate:
    """One rate divided by another, with the exact limits given the sum of both counts.

    N. E. Breslow and N. E. Day, "Statistical Methods in Cancer Research, volume II" (IARC, 1987), section
    3.4: given their sum, the first count is binomial; its Clopper–Pearson limits are turned into limits of
    the ratio. They agree with :func:`rates_test`: a ratio of 1 lies outside them where that test rejects.

    Args:
        count: Events in the first group; all four arrays are broadcast.
        population: People or person-years of the first group.
        other_count: Events in the second group.
        other_population: People or person-years of the second group.
        confidence: 0.95 or 0.998.

    Returns:
        The ratio and its limits, NaN where an input is NaN; infinite where the second count is 0.

    Raises:
        ValueError: A negative or infinite number, or a population of zero; the message names the row.
    """
    from scipy.stats import beta

    z_of(confidence)
    x, n, y, m = _two_rates(count, population, other_count, other_population)
    tail = (1 - confidence) / 2
    known = ~np.isnan(x + n + y + m)
    # beta(0, …) is no distribution; where a count is 0 the limit is known without it.
    low = np.where(x == 0, 0.0, beta.ppf(tail, np.where(x == 0, 1.0, x), y + 1))
    high = np.where(y == 0, 1.0, beta.isf(tail, x + 1, np.where(y == 0, 1.0, y)))
    with np.errstate(divide="ignore", invalid="ignore"):
        lower, upper = low / (1 - low) * m / n, high / (1 - high) * m / n
    value = ratio_of(x / n, y / m)
    return Estimate(value, np.where(known, lower, np.nan), np.where(known, upper, np.nan))


def rates_test(
    count: npt.ArrayLike,
    population: npt.ArrayLike,
    other_count: npt.ArrayLike,
    other_population: npt.ArrayLike,
) -> Significance:
    """Whether two rates differ: the exact conditional test of two Poisson counts.

    J. Przyborowski and H. Wilenski, "Homogeneity of results in testing samples from Poisson series",
    Biometrika 31 (1940) 313–323. Given their sum, the first count is binomial. The two-sided p is twice the
    smaller tail, at most 1.

    Args:
        count: Events in the first group, whole numbers; all four arrays are broadcast.
        population: People or person-years of the first group.
        other_count: Events in the second group.
        other_population: People or person-years of the second group.

    Returns:
        The first count less what would be expected of it, and p; NaN where an input is NaN.

    Raises:
        ValueError: A negative, infinite or fractional count, or a population of zero; it names the row.
    """
    from scipy.stats import binom

    x, n, y, m = _two_rates(count, population, other_count, other_population)
    for number, name in ((x, "count"), (y, "other count")):
        refuse(~np.isnan(number) & (number != np.round(number)), f"{name} is not a whole number", number)
    share = n / (n + m)
    tails = np.minimum(binom.cdf(x, x + y, share), binom.sf(x - 1, x + y, share))
    p = np.where(x + y == 0, 1.0, np.minimum(2 * tails, 1.0))
    known = ~np.isnan(x + n + y + m)
    return Significance(x - (x + y) * share, np.where(known, p, np.nan))


def _two_rates(
    x: npt.ArrayLike, n: npt.ArrayLike, y: npt.ArrayLike, m: npt.ArrayLike
) -> tuple[Floats, Floats, Floats, Floats]:
    first, second, third, fourth = together(x, n, y, m)
    return (*events(first, second), *events(third, fourth, "other"))
