"""Funnel plots: how far chance alone carries areas of each size from a common target.

D. J. Spiegelhalter, "Funnel plots for comparing institutional performance", Statistics in Medicine 24 (2005)
1185–1202. Limits are drawn at 95 % and at 99.8 %. Where areas differ by more than chance for reasons that are
not measured, the limits may be widened (overdispersion).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from send_jsna.statistics.arrays import Floats, events, floats, proportions, refuse, together, z_of

Scale = Literal["proportion", "ratio"]
#: Where a value lies against the limits of 95 % and of 99.8 %.
PLACES = ("below 99.8%", "below 95%", "within", "above 95%", "above 99.8%", "not known")


def proportion_limits(
    target: npt.ArrayLike, denominator: npt.ArrayLike, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Limits of a proportion around a target, from the exact binomial distribution.

    Spiegelhalter (2005), appendix A.1.1: quantiles of the binomial distribution, interpolated so that the
    limits are a smooth line. As published, the interpolation runs below each quantile, so that chance alone
    puts slightly more small areas above the upper limit than below the lower one.

    Args:
        target: The proportion that all areas share by hypothesis, from 0 to 1.
        denominator: People in each area; broadcast against the target.
        confidence: 0.95 or 0.998.

    Returns:
        Lower and upper limits as proportions, NaN where an input is NaN.

    Raises:
        ValueError: A target outside 0 to 1, or a denominator that is not a whole number above zero.
    """
    from scipy.stats import binom

    z_of(confidence)
    p, n = together(target, denominator)
    refuse((p < 0) | (p > 1), "target is not between 0 and 1", p)
    _refuse_size(n, "denominator")
    refuse(~np.isnan(n) & (n != np.round(n)), "denominator is not a whole number", n)
    tail = (1 - confidence) / 2

    def limit(q: float) -> Floats:
        k = binom.ppf(q, n, p)
        found = np.clip(_interpolated(k, q, binom.cdf(k, n, p), binom.cdf(k - 1, n, p)) / n, 0, 1)
        return np.where(
            (p == 0) | (p == 1), np.where(np.isnan(n), n, p), found
        )  # Chance does not move these.

    return limit(tail), limit(1 - tail)


def rate_limits(
    target: npt.ArrayLike, population: npt.ArrayLike, *, per: float = 100_000, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Limits of a rate around a target, from the exact Poisson distribution.

    Spiegelhalter (2005), appendix A.1.1, with the Poisson distribution.

    Args:
        target: The rate that all areas share by hypothesis, per ``per``.
        population: People or person-years of each area; broadcast against the target.
        per: What the rates are expressed per.
        confidence: 0.95 or 0.998.

    Returns:
        Lower and upper limits, per ``per``, NaN where an input is NaN.

    Raises:
        ValueError: A negative target, or a population that is not above zero or is infinite.
    """
    from scipy.stats import poisson

    z_of(confidence)
    rate, n = together(target, population)
    refuse((rate < 0) | np.isinf(rate), "target is negative or infinite", rate)
    _refuse_size(n, "population")
    mean = rate * n / per
    tail = (1 - confidence) / 2

    def limit(q: float) -> Floats:
        k = poisson.ppf(q, mean)
        return np.maximum(_interpolated(k, q, poisson.cdf(k, mean), poisson.cdf(k - 1, mean)), 0) / n * per

    return limit(tail), limit(1 - tail)


def ratio_limits(expected: npt.ArrayLike, *, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Limits of a standardised ratio around its target of 100, from the exact Poisson distribution.

    Args:
        expected: Events expected in each area.
        confidence: 0.95 or 0.998.

    Returns:
        Lower and upper limits, NaN where the expected number is NaN.

    Raises:
        ValueError: An expected number that is not above zero or is infinite.
    """
    e = floats(expected)
    _refuse_size(e, "expected count")
    return rate_limits(100, e, per=100, confidence=confidence)


def _interpolated(k: Floats, q: float, cumulated: Floats, before: Floats) -> Floats:
    """The quantile between two whole numbers: k less the part of its step that lies beyond q."""
    step = np.where(cumulated > before, cumulated - before, 1.0)
    return np.asarray(k - (cumulated - q) / step)


def _refuse_size(size: Floats, name: str) -> None:
    refuse(size <= 0, f"{name} is not above zero", size)
    refuse(np.isinf(size), f"{name} is infinite", size)


# -- overdispersion ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Overdispersion:
    """How much more areas differ than by chance.

    Attributes:
        factor: The mean square of the winsorised z-scores: 1 where there is chance alone.
        between: Standard deviation between areas on the scale of the analysis; 0 where chance alone does.
        z: z-scores of the areas against the target without it, shape (n,); NaN where an input was.
        z_adjusted: The same with the variance between areas added.
        lower_95: Limits widened by it, in the unit of the values, as are the three that follow.
        upper_95: See there.
        lower_998: See there.
        upper_998: See there.
    """

    factor: float
    between: float
    z: Floats
    z_adjusted: Floats
    lower_95: Floats
    upper_95: Floats
    lower_998: Floats
    upper_998: Floats


def overdispersion(
    numerator: npt.ArrayLike,
    denominator: npt.ArrayLike,
    target: float | None = None,
    *,
    scale: Scale = "proportion",
    winsorised: float = 0.1,
) -> Overdispersion:
    """The variance between areas beyond chance, and the funnel limits that allow for it (additive model).

    D. Spiegelhalter, C. Sherlaw-Johnson, M. Bardsley, I. Blunt, C. Wood and O. Grigg, "Statistical methods
    for healthcare regulation: rating, screening and surveillance", Journal of the Royal Statistical Society A
    175 (2012) 1–47; the estimate of the variance is that of R. DerSimonian and N. Laird, Controlled Clinical
    Trials 7 (1986) 177–188. Proportions are analysed as the arcsine of their square root, ratios and rates as
    their square root, on which scales the variance of chance does not depend on the value.

    Args:
        numerator: People with the attribute, or events observed, shape (n,).
        denominator: People, or events expected.
        target: The proportion or ratio of the centre line; None takes that of all areas together.
        scale: ``proportion``, or ``ratio`` for rates and standardised ratios.
        winsorised: Share of the z-scores at either end that are drawn in before the variance is estimated,
            so that the areas to be found do not widen the limits.

    Returns:
        See :class:`Overdispersion`. Limits are proportions from 0 to 1, or ratios to the denominator.

    Raises:
        ValueError: An impossible row, fewer than two areas known, or a target that is not on the scale.
    """
    x, n = (proportions if scale == "proportion" else events)(numerator, denominator)
    known = ~np.isnan(x + n)
    if known.sum() < 2:
        raise ValueError(f"{known.sum()} areas are known, and overdispersion needs two")
    if not 0 <= winsorised < 0.5:
        raise ValueError(f"the winsorised share {winsorised} is not from 0 to below 0.5")
    centre = float(x[known].sum() / n[known].sum()) if target is None else float(target)
    if not 0 <= centre <= (1 if scale == "proportion" else np.inf):
        raise ValueError(f"the target {centre:g} is no {scale}")
    middle = _transform(np.asarray(centre), scale)
    error = 1 / (2 * np.sqrt(n))
    z = (_transform(x / n, scale) - middle) / error
    drawn_in = np.clip(z[known], *np.quantile(z[known], [winsorised, 1 - winsorised]))
    factor, between = _between(drawn_in, error[known])
    spread = np.sqrt(error**2 + between**2)
    low, high = (middle + side * z_of(0.95) * spread for side in (-1, 1))
    lowest, highest = (middle + side * z_of(0.998) * spread for side in (-1, 1))
    limits = (_back(limit, scale) for limit in (low, high, lowest, highest))
    return Overdispersion(factor, between, z, z * error / spread, *limits)


def _between(z: Floats, error: Floats) -> tuple[float, float]:
    weight = 1 / error**2
    factor = float(np.mean(z**2))
    excess = len(z) * factor - (len(z) - 1)
    room = weight.sum() - (weight**2).sum() / weight.sum()
    return factor, float(np.sqrt(max(excess, 0.0) / room))


def _transform(value: Floats, scale: Scale) -> Floats:
    root = np.sqrt(value)
    return np.asarray(np.arcsin(root) if scale == "proportion" else root)


def _back(value: Floats, scale: Scale) -> Floats:
    if scale == "proportion":
        return np.asarray(np.sin(np.clip(value, 0, np.pi / 2)) ** 2)
    return np.asarray(np.maximum(value, 0) ** 2)
