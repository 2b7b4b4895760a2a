"""Forecasts combined by their past errors, and intervals widened or narrowed by them.

Weights are inverse to past squared error: J. M. Bates and C. W. J. Granger, "The combination of forecasts",
Operational Research Quarterly 20 (1969) 451–468, without the correlations, which a few origins cannot
show. Intervals are those of the models, each half-width multiplied so that past outcomes fell inside as
often as they should have: the split-conformal idea of V. Vovk, A. Gammerman and G. Shafer, "Algorithmic
Learning in a Random World" (Springer, 2005), with errors divided by the model's standard deviation. Since
all authorities share one shock a year, what counts as evidence is the number of origins and not of series;
the factors are pulled towards 1, the model's own answer, accordingly.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.stats import t as student

from send_jsna.statistics.state_space import TAILS

Floats = npt.NDArray[np.float64]

LEVELS = (0.5, 0.8, 0.95)
#: Origins that the model's own spread counts for, beside those whose outcomes are known.
PRIOR_ORIGINS = 0.1


def half_width(levels: Sequence[float]) -> Floats:
    """Half-widths of the models' intervals in standard deviations, shape (levels,).

    They are the quantiles of Student's t with the tails of the pooled likelihood, of variance 1: authorities'
    series have more outliers, and more quiet years, than a normal distribution.

    Raises:
        ValueError: A level that is not between 0 and 1.
    """
    p = np.asarray(levels, dtype=np.float64)
    if np.any((p <= 0) | (p >= 1)):
        raise ValueError(f"interval levels {list(levels)} are not between 0 and 1")
    unit = np.sqrt((TAILS - 2) / TAILS)
    return np.asarray(unit * student.ppf((1 + p) / 2, TAILS), dtype=np.float64)


def tail_beyond(deviations: npt.ArrayLike) -> Floats:
    """Share of outcomes beyond a number of standard deviations: the inverse of :func:`half_width`.

    Args:
        deviations: Standard deviations above the middle; below zero for one under it.

    Returns:
        The upper tail, of the same shape: half of what an interval of that half-width leaves out.
    """
    unit = np.sqrt((TAILS - 2) / TAILS)
    return np.asarray(student.sf(np.asarray(deviations, dtype=np.float64) / unit, TAILS), dtype=np.float64)


def inverse_error_weights(errors: Sequence[npt.ArrayLike], before: npt.ArrayLike | None = None) -> Floats:
    """Weights of several forecasts from their past errors, which add up to 1.

    Args:
        errors: Past errors of each forecast on the transformed scale, NaN where an outcome is missing. The
            mean absolute error is squared in place of the mean squared error, so that one authority's jump
            does not choose the model.
        before: Their weights before any outcome is known, adding up to 1; equal where None.

    Returns:
        Shape (forecasts,); those of before where no outcome is known.
    """
    first = np.full(len(errors), 1 / len(errors)) if before is None else np.asarray(before, dtype=np.float64)
    sizes = []
    for item in errors:
        found = np.abs(np.asarray(item, dtype=np.float64).ravel())
        found = found[~np.isnan(found)]
        sizes.append(float(found.mean()) if len(found) else np.nan)
    size = np.asarray(sizes)
    if np.isnan(size).any():
        return first
    inverse = first / np.maximum(size, 1e-12) ** 2
    return np.asarray(inverse / inverse.sum(), dtype=np.float64)


def interval_scales(standardised: Sequence[npt.ArrayLike], levels: Sequence[float] = LEVELS) -> Floats:
    """Factors on the model's half-widths, from past errors divided by the model's standard deviation.

    Args:
        standardised: One array of standardised errors for each origin whose outcomes are known.
        levels: Shares of outcomes the intervals should contain.

    Returns:
        Shape (levels,), 1 where no origin is known. Half-widths grow with the level.
    """
    wanted = half_width(levels)
    kept = [np.abs(np.asarray(item, dtype=np.float64).ravel()) for item in standardised]
    kept = [item[~np.isnan(item)] for item in kept]
    kept = [item for item in kept if len(item)]
    if not kept:
        return np.ones(len(wanted))
    # Every origin counts alike, however many authorities reported after it.
    size = np.concatenate(kept)
    weight = np.concatenate([np.full(len(item), 1 / len(item)) for item in kept])
    order = np.argsort(size)
    share = np.cumsum(weight[order]) / weight.sum()
    places = np.minimum(np.searchsorted(share, np.asarray(levels, dtype=np.float64)), len(size) - 1)
    found = size[order][places]
    pull = len(kept) / (len(kept) + PRIOR_ORIGINS)
    widths = wanted * np.exp(pull * np.log(np.maximum(found, 1e-6) / wanted))
    return np.asarray(np.maximum.accumulate(widths) / wanted, dtype=np.float64)


def combine(paths: npt.ArrayLike, spreads: npt.ArrayLike, weights: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Weighted mean of forecasts and the spread of their mean.

    Args:
        paths: Forecasts on the transformed scale, shape (forecasts, series, horizon).
        spreads: Their standard deviations, the same shape.
        weights: Shape (forecasts, horizon), adding up to 1 at each horizon.

    Returns:
        Mean and standard deviation, shape (series, horizon). The standard deviations are averaged, as if the
        models erred together: they see the same years.
    """
    w = np.asarray(weights, dtype=np.float64)[:, None, :]
    return np.sum(w * np.asarray(paths), axis=0), np.sum(w * np.asarray(spreads), axis=0)
