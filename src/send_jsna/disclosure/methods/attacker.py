"""What a reader can work out of the counts that are withheld, from all that is shown.

The reader knows everything printed, in this report, in other tables and in earlier editions: counts, totals,
percentages at their printed rounding, how counts add up, that counts are whole and not negative, and that a
mark means one at least where zero is shown as 0 (:mod:`send_jsna.disclosure.methods.zeros`). All of it
is a system of linear facts, and the lowest and highest value a withheld count can have in it are the optima
of linear programs (M. Fischetti and J. J. Salazar-González, "Solving the cell suppression problem on tabular
data with linear constraints", Management Science 47 (2001) 1008-1027, call them the attacker's subproblems).

The mark of a count withheld for being small and of one withheld for another's sake is the same, so the mark
reveals nothing. What the attacker here does not use is the rule itself: who knows that of two withheld counts
that add up to 6 one at least is small, and not zero, can rule out (0, 6) and (6, 0).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import scipy

from send_jsna.disclosure.methods.explanation import Sheet, explain
from send_jsna.disclosure.methods.model import Fact, Hidden
from send_jsna.disclosure.methods.reach import LOWEST, Goals, extent, out_of_reach
from send_jsna.disclosure.methods.region import (
    TOLERANCE,
    Floats,
    Integers,
    Region,
    blocks,
    fitted,
    propagated,
)


@dataclass(frozen=True)
class Exposure:
    """A withheld count that is known more closely than it may be.

    Attributes:
        label: Its label.
        value: The true count; never printed.
        lower: Lowest value it can have; never printed, since it may be the count.
        upper: Highest value.
        threshold: As in :class:`Hidden`.
        facts: Where the facts are shown that give it away.
    """

    label: str
    value: float = field(repr=False)
    lower: float = field(repr=False)
    upper: float = field(repr=False)
    threshold: int
    facts: tuple[str, ...]

    @property
    def is_exact(self) -> bool:
        """Whether the count is known exactly."""
        return self.upper - self.lower < 1 - TOLERANCE

    def message(self) -> str:
        """One sentence for the console and the log, without the count or its limits."""
        if self.is_exact:
            what = "can be worked out exactly"
        elif self.upper < self.threshold:
            what = f"can be seen to be under {self.threshold}"
        else:
            what = "can be seen to be more than one"
        named = "; ".join(self.facts[:6])
        more = f"; and {len(self.facts) - 6} more" if len(self.facts) > 6 else ""
        return f"{self.label} is withheld, but {what}" + (f" from {named}{more}" if named else "")


def attack(
    hidden: Sequence[Hidden],
    facts: Sequence[Fact],
    upper: Mapping[str, float] | None = None,
    *,
    whole: bool = True,
) -> list[Exposure]:
    """The withheld counts that are known more closely than they may be; none where all are safe.

    Args:
        hidden: Every count that is withheld.
        facts: Everything that is shown, in this report, in others, in the edition before. A label that no
            fact pins is a count from 0 on, a withheld one from its ``lowest`` on.
        upper: Highest value a reader knows a count to have, by label.
        whole: Whether the reader uses that counts are whole numbers.

    Returns:
        Exposures in the order of ``hidden``. A sum that the true counts contradict is a publisher's error,
        and is read as what the true counts add up to. Where no true count is known, facts that contradict
        each other are read as loosely as it takes (:func:`send_jsna.disclosure.methods.region.relaxed`).

    Raises:
        ValueError: A fact has a coefficient or limit that is not a number, or limits in the wrong order.
    """
    sheet = _sheet(hidden, facts, upper or {})
    region = propagated(sheet.region, whole=whole)
    goals = _goals(hidden, sheet.places)
    fixed = region.upper - region.lower < TOLERANCE
    left = region.reduced(fixed)
    place = np.cumsum(~fixed) - 1
    is_open = ~fixed[goals.columns]
    missed = ~is_open
    if is_open.any():
        inner = goals.some(is_open)
        inner = Goals(place[inner.columns], inner.low, inner.high, inner.is_spread)
        missed[is_open] = out_of_reach(left, inner, whole=whole).any(axis=0)
    return [
        _exposure(hidden[number], sheet, region, left, place, whole=whole)
        for number in np.flatnonzero(missed).tolist()
    ]


def _sheet(hidden: Sequence[Hidden], facts: Sequence[Fact], upper: Mapping[str, float]) -> Sheet:
    """Everything known as a region: counts that are shown as limits of columns, sums as rows."""
    places: dict[str, int] = {}
    for label in (
        *(item.label for item in hidden),
        *(label for fact in facts for label in fact.terms),
        *upper,
    ):
        places.setdefault(label, len(places))
    low, high = np.zeros(len(places)), np.full(len(places), np.inf)
    for item in hidden:
        low[places[item.label]] = item.lowest
    for label, value in upper.items():
        high[places[label]] = value
    pins: dict[int, list[str]] = {}
    rows: list[Fact] = []
    for fact in facts:
        terms = _terms(fact)
        if len(terms) != 1:
            rows.append(fact)
            continue
        ((label, factor),) = terms.items()
        ends = sorted((fact.lower / factor, fact.upper / factor))
        column = places[label]
        if ends[0] > high[column] + TOLERANCE or ends[1] < low[column] - TOLERANCE:
            # Two figures of one count differ: a reader cannot know which is right.
            low[column], high[column] = min(low[column], ends[0]), max(high[column], ends[1])
        else:
            low[column], high[column] = max(low[column], ends[0]), min(high[column], ends[1])
        pins.setdefault(column, []).append(fact.where)
    true = np.where(high - low < TOLERANCE, low, np.nan)
    for item in hidden:
        true[places[item.label]] = item.value
    region = fitted(_region(rows, places, low, high), true)
    return Sheet(places, region, tuple(fact.where for fact in rows), pins)


def _region(rows: Sequence[Fact], places: Mapping[str, int], low: Floats, high: Floats) -> Region:
    at: list[int] = []
    columns: list[int] = []
    factors: list[float] = []
    for number, fact in enumerate(rows):
        for label, factor in _terms(fact).items():
            at.append(number)
            columns.append(places[label])
            factors.append(factor)
    matrix = scipy.sparse.csr_array(
        (factors, (at, columns)), shape=(len(rows), len(places)), dtype=np.float64
    )
    lower = np.array([fact.lower for fact in rows], dtype=np.float64)
    upper = np.array([fact.upper for fact in rows], dtype=np.float64)
    return Region(matrix, lower, upper, low, np.maximum(low, high))


def _terms(fact: Fact) -> dict[str, float]:
    numbers = (*fact.terms.values(), fact.lower, fact.upper)
    if any(np.isnan(number) for number in numbers) or fact.lower > fact.upper:
        raise ValueError(f"{fact.where}: a fact needs numbers, the lower limit first")
    return {label: factor for label, factor in fact.terms.items() if factor}


def _goals(hidden: Sequence[Hidden], places: Mapping[str, int]) -> Goals:
    values = np.array([item.value for item in hidden], dtype=np.float64)
    threshold = np.array([item.threshold for item in hidden], dtype=np.float64)
    is_small = np.isnan(values) | ((values > 0) & (values < threshold))
    columns = np.array([places[item.label] for item in hidden], dtype=np.int64)
    return Goals(columns, np.full(len(hidden), LOWEST), threshold, ~is_small)


def _exposure(
    item: Hidden, sheet: Sheet, region: Region, left: Region, place: Integers, *, whole: bool
) -> Exposure:
    column = sheet.places[item.label]
    if region.upper[column] - region.lower[column] < TOLERANCE:
        low, high = float(region.lower[column]), float(region.upper[column])
    else:
        _, part, row_part = blocks(left)
        columns = np.flatnonzero(part == part[place[column]])
        inner = left.part(columns, np.flatnonzero(row_part == part[place[column]]))
        low, high = extent(inner, int(np.searchsorted(columns, place[column])), whole=whole)
    facts = explain(sheet, column, is_high=low <= LOWEST + TOLERANCE)
    return Exposure(item.label, item.value, low, high, item.threshold, facts)
