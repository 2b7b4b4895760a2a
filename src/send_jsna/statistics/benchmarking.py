"""An area against other areas: differences, places, and tests when there are many of them.

Every comparison is judged in both ways in use: by whether the confidence intervals overlap, as Fingertips
colours its indicators, and by a test of the difference. Overlap is the more cautious: two intervals can
overlap though the test finds a difference (N. Schenker and J. F. Gentleman, "On judging the significance
of differences by examining the overlap between confidence intervals", The American Statistician 55 (2001)
182–186).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from send_jsna.statistics.arrays import (
    Bools,
    Estimate,
    Floats,
    floats,
    proportions,
    refuse,
    together,
)
from send_jsna.statistics.differences import proportion_difference, proportions_test
from send_jsna.statistics.intervals import wilson
from send_jsna.statistics.quantiles import quantile_group, rank, robust_z

Correction = Literal["none", "bonferroni", "holm", "benjamini-hochberg"]
#: The outcomes of comparing one value with another.
ABOVE, BELOW, SIMILAR, NOT_KNOWN = "above", "below", "statistically similar", "not known"


@dataclass(frozen=True)
class Comparison:
    """One area against others, an element each.

    Attributes:
        difference: The area's value less the other's, with its limits, in the unit asked for.
        overlap: Whether the two confidence intervals meet.
        p: Two-sided p of the test that there is no difference.
        significance: The p below which a difference is one.
    """

    difference: Estimate
    overlap: Bools
    p: Floats
    significance: float

    @property
    def by_overlap(self) -> npt.NDArray[np.str_]:
        """``above``, ``below`` or ``statistically similar``, by whether the intervals meet."""
        return _words(self.difference, ~self.overlap)

    @property
    def by_test(self) -> npt.NDArray[np.str_]:
        """The same, by the test."""
        return self.by_adjusted_test("none")

    def by_adjusted_test(self, correction: Correction = "holm") -> npt.NDArray[np.str_]:
        """The same, by the test, the p-values adjusted for the number of comparisons made here."""
        return _words(self.difference, adjusted_p(self.p, correction) < self.significance)


def compare_proportions(
    numerator: npt.ArrayLike,
    denominator: npt.ArrayLike,
    other_numerator: npt.ArrayLike,
    other_denominator: npt.ArrayLike,
    *,
    part: bool = False,
    confidence: float = 0.95,
) -> Comparison:
    """An area's proportion against others: Wilson intervals, Newcombe's difference, the pooled z test.

    Args:
        numerator: People with the attribute in the area; all four are broadcast.
        denominator: People in the area.
        other_numerator: The same in each area it is compared with.
        other_denominator: The same in each area it is compared with.
        part: Whether the area is part of the others, as of its region and of England. The difference and the
            test are then taken against the rest of them, since a thing is not independent of itself; the
            intervals that may overlap are those that are published, of the whole.
        confidence: 0.95 or 0.998; 1 less it is the significance of the tests.

    Returns:
        See :class:`Comparison`, the difference in percentage points; NaN and no words where an input is NaN.

    Raises:
        ValueError: A row that is no proportion, or a part greater than its whole.
    """
    x, n, y, m = together(numerator, denominator, other_numerator, other_denominator)
    x, n = proportions(x, n)
    y, m = proportions(y, m, "other")
    overlap = _meet(wilson(x, n, confidence), wilson(y, m, confidence))
    rest, of = _rest(x, n, y, m) if part else (y, m)
    proportions(rest, of, "remaining")
    found = proportion_difference(x, n, rest, of, confidence)
    p = proportions_test(x, n, rest, of).p
    return Comparison(Estimate(*(100 * member for member in found)), overlap, p, 1 - confidence)


@dataclass(frozen=True)
class Position:
    """The place of one area among all.

    Attributes:
        rank: Its place, 1 for the highest; those that tie share the better place.
        of: Number of areas with a value.
        tied: Number of areas with this value, itself among them.
        quintile: 1 (lowest values) to 5.
        robust_z: Distance from the median in robust standard deviations; NaN where most values are equal.
    """

    rank: int
    of: int
    tied: int
    quintile: int
    robust_z: float


def position(values: npt.ArrayLike, own: int) -> Position:
    """The place of one area among all authorities.

    Args:
        values: Values of all areas, shape (n,); NaN are not counted.
        own: Row of the area.

    Returns:
        See :class:`Position`.

    Raises:
        ValueError: The area has no value, or is not among the rows.
    """
    x = floats(values)
    if not 0 <= own < len(x) or np.isnan(x[own]):
        raise ValueError(f"row {own}: the area has no value among {len(x)}")
    return Position(
        rank=int(rank(x)[own]),
        of=int((~np.isnan(x)).sum()),
        tied=int((x == x[own]).sum()),
        quintile=int(quantile_group(x)[own]),
        robust_z=float(robust_z(x)[own]),
    )


def adjusted_p(p: npt.ArrayLike, correction: Correction = "holm") -> Floats:
    """P-values adjusted for the number of tests, to be compared with the same significance.

    ``bonferroni`` and ``holm`` (S. Holm, Scandinavian Journal of Statistics 6 (1979) 65–70) keep the chance
    of any false difference; ``benjamini-hochberg`` (Y. Benjamini and Y. Hochberg, Journal of the Royal
    Statistical Society B 57 (1995) 289–300) keeps the expected share of false ones among those found.

    Args:
        p: P-values, shape (n,); NaN are not counted as tests.
        correction: One of the three, or ``none``.

    Returns:
        Adjusted p-values, at most 1, shape (n,), NaN where p is.

    Raises:
        ValueError: A p outside 0 to 1, naming its row, or an unknown correction.
    """
    given = floats(p)
    refuse((given < 0) | (given > 1), "p is not between 0 and 1", given)
    flat = given.ravel()
    known = np.flatnonzero(~np.isnan(flat))
    count = len(known)
    order = known[np.argsort(flat[known], kind="stable")]
    places = np.arange(1, count + 1)
    if correction == "none":
        adjusted = flat[order]
    elif correction == "bonferroni":
        adjusted = flat[order] * count
    elif correction == "holm":
        adjusted = np.maximum.accumulate(flat[order] * (count - places + 1))
    elif correction == "benjamini-hochberg":
        adjusted = np.minimum.accumulate((flat[order] * count / places)[::-1])[::-1]
    else:
        raise ValueError(f"no correction {correction!r}")
    out = np.full(flat.shape, np.nan)
    out[order] = np.minimum(adjusted, 1)
    return out.reshape(given.shape)


# -- shared -----------------------------------------------------------------------------------------------


def _meet(own: tuple[Floats, Floats], other: tuple[Floats, Floats]) -> Bools:
    """Whether two intervals overlap; where one is missing, they count as overlapping."""
    return np.asarray(~((own[0] > other[1]) | (own[1] < other[0])))


def _rest(x: Floats, n: Floats, y: Floats, m: Floats) -> tuple[Floats, Floats]:
    refuse(x > y, "the part has a greater numerator than its whole", x, y)
    refuse(n >= m, "the part has no smaller denominator than its whole", n, m)
    return y - x, m - n


def _words(difference: Estimate, apart: Bools) -> npt.NDArray[np.str_]:
    value = difference.value
    conditions = [np.isnan(difference.lower), apart & (value > 0), apart & (value < 0)]
    return np.select(conditions, [NOT_KNOWN, ABOVE, BELOW], default=SIMILAR)
