"""Where a proportion lies in a funnel, by the exact chance of a count as far out.

The limits that are drawn are interpolated between whole numbers, to be a smooth line. For a small area the
interpolated line can lie below the largest count there is: sixteen of sixteen, against a target of 0.87, is
above the drawn 99.8 % limit although one such area in ten would have it. So an area is not placed by the
drawn line.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from send_jsna.statistics.arrays import proportions, refuse
from send_jsna.statistics.funnel import PLACES


def exact_places(numerator: npt.ArrayLike, denominator: npt.ArrayLike, target: float) -> npt.NDArray[np.str_]:
    """Places of proportions, by the tails of the binomial distribution.

    A proportion is above the 95 % limit where the chance of so large a count, or a larger one, is below
    0.025, and above the 99.8 % limit where it is below 0.001; below the limits likewise. With large
    denominators these are the places the drawn limits give.

    Args:
        numerator: People with the attribute, whole numbers, shape (n,).
        denominator: People, whole numbers above zero.
        target: The proportion that all areas share by hypothesis, from 0 to 1.

    Returns:
        One of :data:`send_jsna.statistics.funnel.PLACES` for each; ``not known`` where an input is NaN.

    Raises:
        ValueError: An impossible proportion, a count that is not whole, or a target outside 0 to 1.
    """
    from scipy.stats import binom

    x, n = proportions(numerator, denominator)
    for part in (x, n):
        refuse(~np.isnan(part) & (part != np.round(part)), "count is not a whole number", part)
    if not 0 <= target <= 1:
        raise ValueError(f"the target {target:g} is not between 0 and 1")
    larger, smaller = binom.sf(x - 1, n, target), binom.cdf(x, n, target)
    conditions = [np.isnan(x + n), smaller < 0.001, larger < 0.001, smaller < 0.025, larger < 0.025]
    names = [PLACES[5], PLACES[0], PLACES[4], PLACES[1], PLACES[3]]
    return np.select(conditions, names, default=PLACES[2])
