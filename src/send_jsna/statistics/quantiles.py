"""Ranks, quantile groups and robust scores of areas among all areas."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from send_jsna.statistics.arrays import Floats, floats

#: Makes the median absolute deviation of a normal distribution its standard deviation.
_NORMAL = 1.482602218505602


def rank(values: npt.ArrayLike, *, highest_first: bool = True) -> Floats:
    """Places of values among all, from 1; those that tie share the better place, as in a race.

    Args:
        values: Values, shape (n,); NaN have no place and are not counted.
        highest_first: Whether 1 is the highest value or the lowest.

    Returns:
        Places, shape (n,), NaN where a value is.
    """
    from scipy.stats import rankdata

    return _ranked(values, lambda known: rankdata(-known if highest_first else known, method="min"))


def quantile_group(values: npt.ArrayLike, groups: int = 5) -> Floats:
    """The group of each value when all are parted into groups of equal size: quintiles, as a rule.

    Those that tie are in one group: the one in which the middle of their places lies (M. G. Kendall, "The
    treatment of ties in ranking problems", Biometrika 33 (1945) 239–251).

    Args:
        values: Values, shape (n,); NaN are not counted.
        groups: Number of groups: 5 for quintiles, 10 for deciles.

    Returns:
        Groups from 1 (lowest values) to ``groups``, shape (n,), NaN where a value is.

    Raises:
        ValueError: Fewer than two groups.
    """
    from scipy.stats import rankdata

    if groups < 2:
        raise ValueError(f"{groups} groups part nothing")
    return _ranked(
        values,
        lambda known: np.floor((rankdata(known) - 0.5) * groups / known.size) + 1,
    )


def robust_z(values: npt.ArrayLike) -> Floats:
    """Distance of each value from the median, in robust standard deviations.

    The median absolute deviation times 1.4826 replaces the standard deviation, so that outliers do not hide
    themselves: P. J. Rousseeuw and C. Croux, "Alternatives to the median absolute deviation", Journal of the
    American Statistical Association 88 (1993) 1273–1283.

    Args:
        values: Values, shape (n,); NaN are left out.

    Returns:
        Scores, shape (n,), NaN where a value is, and throughout where more than half of the values are equal.
    """
    x = floats(values)
    known = _known(x)
    if not known.size:
        return np.full(x.shape, np.nan)
    median = np.median(known)
    deviation = _NORMAL * np.median(np.abs(known - median))
    return (x - median) / deviation if deviation > 0 else np.full(x.shape, np.nan)


def _known(values: npt.ArrayLike) -> Floats:
    x = floats(values)
    return x[~np.isnan(x)]


def _ranked(values: npt.ArrayLike, places: Callable[[Floats], Floats]) -> Floats:
    x = floats(values)
    known = ~np.isnan(x)
    out = np.full(x.shape, np.nan)
    if known.any():
        out[known] = places(x[known])
    return out
