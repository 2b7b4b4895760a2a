"""An area's share of plans against those of its statistical neighbours, each and all together.

Authorities differ by more than chance in how they label and place: against thousands of plans together almost
any difference is beyond chance. So a share counts as more, or less, only where the area also differs from
more than half of its neighbours one by one, with all p-values adjusted for the number of comparisons.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from send_jsna.catalogue.observations import WITHHELD_HERE
from send_jsna.errors import NoDataError
from send_jsna.evidence import tables
from send_jsna.evidence.shares import Part
from send_jsna.evidence.small_numbers import is_small
from send_jsna.statistics.benchmarking import ABOVE, BELOW, compare_proportions
from send_jsna.wording import format_number

Word = Literal["more", "less", "no clear difference"]

#: Neighbours with a value that it takes to speak of the neighbours.
FEWEST_NEIGHBOURS = 3
#: An excess of this part of the neighbours' share is one worth speaking of.
ROOM = 0.5
FEWER = "too few similar authorities with a value"
ALPHA = 0.05

MEASURE_METHOD = (
    "Share of the area's EHC plans against that of all its statistical neighbours taken together "
    "(difference with a 95% interval) and against each of them; p-values are adjusted by Holm's method over "
    "the measures, and over the neighbours. More or less only where the test against all neighbours together "
    "holds after adjustment and so do the tests against more than half of them in the same direction."
)


@dataclass(frozen=True)
class NeighbourReading:
    """One measure against the neighbours.

    Attributes:
        own: The area's part.
        pooled: That of its neighbours together.
        neighbours: Those of each.
        difference: The area less the neighbours together, in percentage points.
        limits: Its 95 % limits.
        p: Two-sided p-value of the test against the neighbours together, not adjusted.
        above: Neighbours the area is above, by test, adjusted over the neighbours.
        below: Neighbours it is below.
    """

    own: Part
    pooled: Part
    neighbours: Sequence[Part]
    difference: float
    limits: tuple[float, float]
    p: float
    above: int
    below: int

    @property
    def is_precise(self) -> bool:
        """Whether the interval leaves no room for a share half as large again as the neighbours'."""
        return self.limits[1] <= ROOM * self.pooled.percent

    def word(self, p: float) -> Word:
        """``more``, ``less`` or ``no clear difference``, from an adjusted p-value."""
        half = len(self.neighbours) / 2
        if p < ALPHA and self.difference > 0 and self.above > half:
            return "more"
        if p < ALPHA and self.difference < 0 and self.below > half:
            return "less"
        return "no clear difference"


def read(own: Part, neighbours: Sequence[Part]) -> NeighbourReading:
    """Compare an area's part with those of its neighbours.

    Raises:
        NoDataError: The area's part is a small count, or fewer than three neighbours have one.
    """
    if is_small(own.count):
        raise NoDataError(f"{own.label} is withheld", reason=WITHHELD_HERE)
    if len(neighbours) < FEWEST_NEIGHBOURS:
        raise NoDataError(f"{len(neighbours)} neighbours have a value", reason=FEWER)
    pooled = Part(
        sum(part.count for part in neighbours),
        sum(part.whole for part in neighbours),
        pd.concat([part.rows for part in neighbours]),
        "statistical neighbours together",
    )
    counts, wholes = ([getattr(part, name) for part in neighbours] for name in ("count", "whole"))
    each = compare_proportions(own.count, own.whole, counts, wholes).by_adjusted_test("holm").tolist()
    together = compare_proportions(own.count, own.whole, pooled.count, pooled.whole)
    difference, lower, upper = (float(number) for number in together.difference)
    return NeighbourReading(
        own,
        pooled,
        neighbours,
        difference,
        (lower, upper),
        float(together.p),
        above=each.count(ABOVE),
        below=each.count(BELOW),
    )


def points(value: float) -> str:
    """A difference in percentage points with its sign, nought where it rounds to it."""
    return tables.signed(round(value, 1))


def share_text(part: Part) -> str:
    """A share with its Wilson 95 % interval, as a table prints it."""
    low, high = (format_number(limit, decimals=1) for limit in part.interval)
    return f"{format_number(part.percent, unit='%', decimals=1)} ({low} to {high})"
