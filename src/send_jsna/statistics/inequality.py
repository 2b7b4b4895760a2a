"""The slope and the relative index of inequality: the gap across a ranking, such as by deprivation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from send_jsna.statistics.arrays import Floats, floats, refuse, z_of


@dataclass(frozen=True)
class Inequality:
    """The gap between the two ends of a ranking of groups, by regression.

    Attributes:
        slope: Slope index of inequality: fitted value at the first end less that at the last, in the unit of
            the values.
        slope_lower: Its lower confidence limit.
        slope_upper: Its upper confidence limit.
        ratio: Relative index of inequality: fitted value at the first end divided by that at the last; NaN,
            as are its limits, where a fitted end is not above zero.
        ratio_lower: Its lower confidence limit.
        ratio_upper: Its upper confidence limit.
        first: Fitted value at the first end (relative rank 0).
        last: Fitted value at the last end (relative rank 1).
        p: Two-sided p of a slope of zero.
    """

    slope: float
    slope_lower: float
    slope_upper: float
    ratio: float
    ratio_lower: float
    ratio_upper: float
    first: float
    last: float
    p: float


def relative_ranks(populations: npt.ArrayLike) -> Floats:
    """The middle of each group's range of the cumulated population, from 0 to 1.

    Args:
        populations: People in each group, in the order of the ranking, shape (k,).

    Returns:
        Relative ranks, shape (k,).

    Raises:
        ValueError: A population that is not above zero or is missing; the message names the row.
    """
    n = floats(populations)
    refuse(~(n > 0) | np.isinf(n), "population is not above zero", n)
    return np.asarray((np.cumsum(n) - n / 2) / n.sum())


def inequality(
    values: npt.ArrayLike,
    populations: npt.ArrayLike,
    standard_errors: npt.ArrayLike | None = None,
    confidence: float = 0.95,
) -> Inequality:
    """Slope and relative index of inequality over groups in the order of a ranking.

    The values are regressed on the relative rank: A. Low and A. Low, "Measuring the gap: quantifying and
    comparing local health inequalities", Journal of Public Health 26 (2004) 388–395; J. P. Mackenbach and
    A. E. Kunst, Social Science & Medicine 44 (1997) 757–771. Without standard errors the weights are the
    populations and the limits those of Student's t on the scatter about the line (k − 2 degrees of freedom).
    With them the weights are their inverse squares, and the limits are normal and allow for sampling error
    alone. The limits of the ratio are found on its logarithm (delta method).

    Args:
        values: A proportion, rate or mean for each group, most deprived first as a rule, shape (k,), k ≥ 3.
        populations: People in each group.
        standard_errors: Of the values, in their unit; None weighs by population.
        confidence: 0.95 or 0.998.

    Returns:
        See :class:`Inequality`. All NaN where a value or standard error is NaN: a ranking with a hole in it
        has no gap.

    Raises:
        ValueError: Fewer than three groups, shapes that differ, a population or a standard error that is not
            above zero; the message names the row.
    """
    from scipy.stats import norm, t

    z = z_of(confidence)
    y = floats(values)
    rank = relative_ranks(populations)
    if y.ndim != 1 or y.shape != rank.shape or len(y) < 3:
        raise ValueError(f"{y.shape} values and {rank.shape} populations are not three or more groups")
    errors = None if standard_errors is None else np.broadcast_to(floats(standard_errors), y.shape)
    if errors is not None:
        refuse(errors <= 0, "standard error is not above zero", errors)
    if np.isnan(y).any() or (errors is not None and np.isnan(errors).any()):
        return Inequality(*(np.nan for _ in range(9)))
    design = np.column_stack([1 - rank, rank])  # The coefficients are the fitted values at the two ends.
    weight = floats(populations) if errors is None else 1 / errors**2
    spread = floats(np.linalg.inv(design.T @ (weight[:, None] * design)))
    ends = spread @ (design.T @ (weight * y))
    if errors is None:
        left = len(y) - 2
        spread = floats(spread * (weight * (y - design @ ends) ** 2).sum() / left)
        z, tail = float(t.isf((1 - confidence) / 2, left)), t(left).sf
    else:
        tail = norm.sf
    first, last = float(ends[0]), float(ends[1])
    slope = first - last
    error = float(np.sqrt(max(spread[0, 0] + spread[1, 1] - 2 * spread[0, 1], 0)))
    p = float(2 * tail(abs(slope) / error)) if error > 0 else float(slope == 0)
    ratio = _ratio(first, last, spread, z)
    return Inequality(slope, slope - z * error, slope + z * error, *ratio, first, last, p)


def _ratio(first: float, last: float, spread: Floats, z: float) -> tuple[float, float, float]:
    if min(first, last) <= 0:
        return np.nan, np.nan, np.nan
    slant = np.array([1 / first, -1 / last])
    half = z * float(np.sqrt(max(slant @ spread @ slant, 0)))
    ratio = first / last
    return ratio, ratio * float(np.exp(-half)), ratio * float(np.exp(half))
