"""From labelled counts and how they add up to the arrays of a suppression problem."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass, replace

import numpy as np
import scipy

from send_jsna.disclosure.methods.model import Fact, Relation, Share
from send_jsna.disclosure.methods.problem import Problem
from send_jsna.disclosure.methods.profiles import Profile
from send_jsna.disclosure.methods.reach import LOWEST, Goals
from send_jsna.disclosure.methods.region import Bools, Floats, Region, fitted, minimum, relaxed
from send_jsna.disclosure.methods.wishes import Wishes
from send_jsna.disclosure.methods.zeros import lowest_counts, under_small

#: Least weight of an item, so that nothing is withheld that need not be.
_LEAST = 1e-3


@dataclass(frozen=True)
class Setting:
    """A suppression problem and what its places are called.

    Attributes:
        problem: The problem.
        labels: Label of each column.
        items: Label of each item, the shares after the counts.
        small: Labels the profile withholds.
        notes: What was odd.
    """

    problem: Problem
    labels: tuple[str, ...]
    items: tuple[str, ...]
    small: frozenset[str]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Counts:
    """The counts of a problem, in the order of its columns.

    Attributes:
        labels: Their labels.
        values: Their values, NaN where the publisher withheld it.
        exempt: Which the profile does not apply to.
        is_small: Which the profile withholds.
    """

    labels: tuple[str, ...]
    values: Floats
    exempt: Bools
    is_small: Bools

    @property
    def small(self) -> frozenset[str]:
        """Labels the profile withholds."""
        return frozenset(label for label, is_so in zip(self.labels, self.is_small, strict=True) if is_so)


def assemble(
    values: Mapping[str, float],
    relations: Sequence[Relation],
    profile: Profile,
    wishes: Wishes,
    must_show: Set[str],
    shares: Sequence[Share],
    facts: Sequence[Fact],
) -> Setting:
    """The problem of some counts; see :func:`send_jsna.disclosure.methods.suppression.suppress`.

    Raises:
        ValueError: A count is negative or not whole, or a label is not among the counts; the message
            names it.
    """
    counts = _counts(values, profile, wishes)
    _check_labels(values, relations, shares, facts)
    small = counts.small
    wishes.check(values, small, must_show)
    # A share made of rounded counts reveals no more than these do.
    printed = [share for share in shares if not math.isnan(share.value) and profile.rounding == "none"]
    pinned = {
        label for fact in facts if fact.lower == fact.upper and len(fact.terms) == 1 for label in fact.terms
    }
    lowest = _lowest(values, relations, profile, wishes, pinned)
    # A zero is never withheld, unless its mark could be taken for one.
    is_item = ~np.isnan(counts.values) & ~counts.exempt & (counts.values >= lowest)
    items = (
        *(counts.labels[place] for place in np.flatnonzero(is_item)),
        *(share.label for share in printed),
    )
    every, where, item_of_row = _region(counts, relations, printed, facts, len(items))
    shown, point, notes = _consistent(_as_shown(every, counts, is_item, profile), counts.values, where)
    hidden = replace(
        shown,
        lower=np.where(is_item, lowest, shown.lower),
        upper=np.where(is_item, np.inf, shown.upper),
        row_lower=np.where(item_of_row >= 0, -np.inf, shown.row_lower),
        row_upper=np.where(item_of_row >= 0, np.inf, shown.row_upper),
    )
    under = under_small(values, relations, profile, wishes.untouched, pinned)
    forced = small | wishes.cannot_show | wishes.implied | {label for label in under if values[label] == 0}
    problem = Problem(
        shown,
        hidden,
        point,
        np.where(is_item, np.cumsum(is_item) - 1, -1),
        item_of_row,
        _weights(items, values, wishes),
        np.array([item in forced for item in items], dtype=bool),
        np.array([item in must_show for item in items], dtype=bool),
        _goals(counts, profile, wishes),
    )
    return Setting(problem, counts.labels, items, small, notes)


def _counts(values: Mapping[str, float], profile: Profile, wishes: Wishes) -> _Counts:
    """The counts as arrays.

    Raises:
        ValueError: One is negative or not whole; the message names it.
    """
    labels = tuple(values)
    counts = np.array([values[label] for label in labels], dtype=np.float64)
    _check_counts(labels, counts)
    exempt = np.array(
        [label in wishes.untouched or label in wishes.structural for label in labels], dtype=bool
    )
    return _Counts(labels, counts, exempt, np.asarray(profile.is_primary(counts) & ~exempt))


def _as_shown(every: Region, counts: _Counts, is_item: Bools, profile: Profile) -> Region:
    """What a reader knows where everything is shown that is not small."""
    low, high = profile.interval(np.where(is_item & ~counts.is_small, counts.values, np.nan))
    open_to = np.isnan(counts.values)
    # A small count is never shown, so that what would be known of it if it were is of no matter.
    return every.bounded(
        np.where(open_to, 0.0, np.where(np.isnan(low), counts.values, low)),
        np.where(open_to, np.inf, np.where(np.isnan(high), counts.values, high)),
    )


def _lowest(
    values: Mapping[str, float],
    relations: Sequence[Relation],
    profile: Profile,
    wishes: Wishes,
    pinned: Collection[str],
) -> Floats:
    """What a reader knows each count to be at least where it is withheld."""
    lowest = lowest_counts(
        values,
        relations,
        profile,
        untouched=wishes.untouched,
        may_be_zero=wishes.may_be_zero | wishes.implied | wishes.cannot_show,
        pinned=pinned,
    )
    return np.array(list(lowest.values()), dtype=np.float64)


def _check_counts(labels: Sequence[str], counts: Floats) -> None:
    for label, count in zip(labels, counts, strict=True):
        if count < 0 or math.isinf(count) or not (math.isnan(count) or count == math.floor(count)):
            raise ValueError(f"{label}: {count:g} is not a count")


def _check_labels(
    values: Mapping[str, float], relations: Sequence[Relation], shares: Sequence[Share], facts: Sequence[Fact]
) -> None:
    named = [label for item in relations for label in (item.total, *item.parts)]
    named += [label for item in shares for label in (*item.numerator, *item.denominator)]
    named += [label for item in facts for label in item.terms]
    for label in named:
        if label not in values:
            raise ValueError(f"{label}: is in a sum, a share or a fact, but no count of this label is given")
    for share in shares:
        if share.label in values:
            raise ValueError(f"{share.label}: the label of a share is that of a count too")


def _region(
    counts: _Counts,
    relations: Sequence[Relation],
    shares: Sequence[Share],
    facts: Sequence[Fact],
    items: int,
) -> tuple[Region, list[str], np.ndarray]:
    """Rows for sums, facts and shares; what each is called; and the item of each."""
    rows = [item.fact(item.total) for item in relations]
    rows += list(facts)
    item_of_row = [-1] * len(rows)
    first = items - len(shares)
    for number, share in enumerate(shares):
        rows += share.facts()
        item_of_row += [first + number] * 2
    place = {label: column for column, label in enumerate(counts.labels)}
    entries = [
        (number, place[label], factor)
        for number, row in enumerate(rows)
        for label, factor in row.terms.items()
        if factor
    ]
    at, columns, factors = zip(*entries, strict=True) if entries else ((), (), ())
    matrix = scipy.sparse.csr_array(
        (np.array(factors, dtype=np.float64), (np.array(at, dtype=int), np.array(columns, dtype=int))),
        shape=(len(rows), len(counts.labels)),
    )
    region = Region(
        matrix,
        np.array([row.lower for row in rows], dtype=np.float64),
        np.array([row.upper for row in rows], dtype=np.float64),
        counts.values,
        counts.values,
    )
    return region, [row.where for row in rows], np.array(item_of_row, dtype=np.int64)


def _consistent(
    shown: Region, counts: Floats, where: Sequence[str]
) -> tuple[Region, Floats, tuple[str, ...]]:
    """Rows that are true of the counts, counts that could be true, and a note on each row that gave way."""
    fits = fitted(shown, counts)
    known = ~np.isnan(counts)
    point = counts.copy()
    if not known.all():
        pinned = fits.bounded(np.where(known, counts, 0.0), np.where(known, counts, np.inf))
        found = minimum(pinned, np.zeros(len(counts))).counts
        if found is None:
            wide, found, _ = relaxed(pinned)
            fits = replace(fits, row_lower=wide.row_lower, row_upper=wide.row_upper)
        point = np.where(known, counts, found)
    moved = (fits.row_lower != shown.row_lower) | (fits.row_upper != shown.row_upper)
    notes = [
        f"{where[row]}: what is published does not add up; it is protected as if it did"
        for row in np.flatnonzero(moved).tolist()
    ]
    return fits, point, tuple(dict.fromkeys(notes))


def _weights(items: Sequence[str], values: Mapping[str, float], wishes: Wishes) -> Floats:
    """What withholding each item costs: log(1 + count) + 1 for a count, 1 for a share, or as wished.

    A number that is no longer seen is a loss, and a greater one the more children it spoke of; but ten small
    cells are a greater loss than one that is ten times as large, hence the logarithm.
    """
    weights = [
        wishes.weights.get(item, math.log1p(values[item]) + 1 if item in values else 1.0) for item in items
    ]
    return np.maximum(np.array(weights, dtype=np.float64), _LEAST)


def _goals(counts: _Counts, profile: Profile, wishes: Wishes) -> Goals:
    kept = np.array([label in wishes.cannot_show for label in counts.labels], dtype=bool)
    columns = np.flatnonzero(counts.is_small | (kept & ~np.isnan(counts.values)))
    small = counts.is_small[columns]
    return Goals(
        columns,
        np.where(small, LOWEST, counts.values[columns]),
        np.where(small, float(profile.smallest_shown), counts.values[columns] + 1),
        np.zeros(len(columns), dtype=bool),
    )
