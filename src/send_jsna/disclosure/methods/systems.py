"""Whole tables as systems of linked counts: n-way tables with margins, hierarchies, and unions of them.

Labels carry only the codes a count is broken down by (``sex=f,need=slcn``), and so two tables that share a
margin share its cells: the union of their systems links them without more ado.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from send_jsna.disclosure.methods.attacker import Exposure, attack
from send_jsna.disclosure.methods.model import Fact, Hidden, Relation, Share
from send_jsna.disclosure.methods.profiles import Profile
from send_jsna.disclosure.methods.suppression import Pattern, suppress
from send_jsna.disclosure.methods.wishes import Wishes
from send_jsna.disclosure.methods.zeros import lowest_counts

#: Label of a count that is broken down by nothing.
ALL = "all"


@dataclass(frozen=True)
class System:
    """Counts and everything that hangs on them.

    Attributes:
        values: Count by label, NaN where one is not known.
        relations: How they add up.
        shares: Shares shown beside them.
        facts: What is shown of them elsewhere, whatever is withheld here.
        structural: Labels of structural zeros.
    """

    values: Mapping[str, float]
    relations: tuple[Relation, ...] = ()
    shares: tuple[Share, ...] = ()
    facts: tuple[Fact, ...] = ()
    structural: frozenset[str] = frozenset()

    def union(self, other: System) -> System:
        """Both systems as one, linked by the labels they share.

        Raises:
            ValueError: A label has another count in the other system; the message names it.
        """
        for label, value in other.values.items():
            mine = self.values.get(label, value)
            if mine != value and not (math.isnan(mine) or math.isnan(value)):
                raise ValueError(f"{label}: two tables give different counts")
        known = {label: value for label, value in other.values.items() if not math.isnan(value)}
        return System(
            {**other.values, **self.values, **known},
            tuple(dict.fromkeys((*self.relations, *other.relations))),
            (*self.shares, *other.shares),
            (*self.facts, *other.facts),
            self.structural | other.structural,
        )

    def suppress(self, profile: Profile, *, seconds: float = 60.0) -> Pattern:
        """As :func:`send_jsna.disclosure.methods.suppression.suppress`, within some seconds."""
        return suppress(
            self.values,
            self.relations,
            profile,
            Wishes(structural=self.structural, seconds=seconds),
            shares=self.shares,
            facts=self.facts,
        )

    def shown(self, pattern: Pattern, profile: Profile) -> tuple[Fact, ...]:
        """Everything a reader knows where a pattern is applied: counts, shares, sums and other facts."""
        facts = [relation.fact() for relation in self.relations]
        # A total that is the sum of its rounded parts, all of them shown, says nothing of its own.
        silent = {
            item.total
            for item in self.relations
            if profile.are_totals_sums and not any(pattern.states[part].is_withheld for part in item.parts)
        }
        for label, value in self.values.items():
            if label not in silent and not math.isnan(value) and not pattern.states[label].is_withheld:
                low, high = profile.interval(value)
                facts.append(Fact({label: 1.0}, float(low), float(high), label))
        for share in self.shares:
            if not pattern.states[share.label].is_withheld and profile.rounding == "none":
                facts += share.facts()
        return (*facts, *self.facts)

    def attack(self, pattern: Pattern, profile: Profile) -> list[Exposure]:
        """What can be worked out of a pattern; see :func:`send_jsna.disclosure.methods.attacker.attack`.

        A zero that is withheld may be known.
        """
        lowest = lowest_counts(self.values, self.relations, profile)
        hidden = [
            Hidden(label, self.values[label], profile.smallest_shown, lowest[label])
            for label in pattern.withheld
            if self.values.get(label)
        ]
        return attack(hidden, self.shown(pattern, profile))


def label_of(codes: Mapping[str, str], total: str = "total", prefix: str = "") -> str:
    """The label of a count: its codes without those of totals, after a prefix."""
    named = ",".join(f"{dimension}={code}" for dimension, code in codes.items() if code != total)
    return ":".join(part for part in (prefix, named or ALL) if part)


def from_table(
    frame: pd.DataFrame,
    dimensions: Sequence[str],
    *,
    count: str = "count",
    total: str = "total",
    prefix: str = "",
) -> System:
    """The system of an n-way table with its margins.

    Args:
        frame: One row a cell: a column for each dimension, and the count. A margin has the total's code in
            the dimensions it is added up over; margins that are not there are added up here. A cell that is
            not there is not known.
        dimensions: Columns of the dimensions.
        count: Column of the count.
        total: Code of a total.
        prefix: What labels start with, so that tables of different things share no cells.

    Raises:
        ValueError: Two rows have the same codes; the message names them.
    """
    given = {
        tuple(str(code) for code in row[:-1]): float(row[-1])
        for row in frame[[*dimensions, count]].itertuples(index=False, name=None)
    }
    if len(given) != len(frame):
        twice = frame[list(dimensions)][frame.duplicated(list(dimensions))].iloc[0]
        raise ValueError(f"{label_of(dict(twice.astype(str)), total, prefix)}: is in the table twice")
    codes = [
        list(dict.fromkeys(str(code) for code in frame[dimension] if str(code) != total))
        for dimension in dimensions
    ]
    cells = np.full([len(item) + 1 for item in codes], np.nan)
    for place in np.ndindex(*cells.shape):
        # Cells come before the margins they add up to: the total is the last place of each dimension.
        key = tuple([*item, total][at] for item, at in zip(codes, place, strict=True))
        over = next((axis for axis, at in enumerate(place) if at == len(codes[axis])), None)
        if key in given:
            cells[place] = given[key]
        elif over is not None:
            parts = (*place[:over], slice(0, -1), *place[over + 1 :])
            cells[place] = float(np.sum(cells[parts]))
    names = {
        place: label_of(
            {d: [*item, total][at] for d, item, at in zip(dimensions, codes, place, strict=True)},
            total,
            prefix,
        )
        for place in np.ndindex(*cells.shape)
    }
    relations = [
        Relation(
            names[place],
            tuple(names[*place[:axis], at, *place[axis + 1 :]] for at in range(len(codes[axis]))),
        )
        for place, axis in itertools.product(np.ndindex(*cells.shape), range(len(codes)))
        if place[axis] == len(codes[axis])
    ]
    return System({names[place]: float(cells[place]) for place in names}, tuple(relations))


def from_hierarchy(
    frame: pd.DataFrame, levels: Sequence[str], *, count: str = "count", prefix: str = ""
) -> System:
    """The system of counts that are added up level by level: schools to phases, phases to all.

    Args:
        frame: One row for each unit of the lowest level.
        levels: Columns of the levels, the highest first.
        count: Column of the count; NaN where one is not known, and then its sums are not known either.
        prefix: What labels start with.
    """
    values: dict[str, float] = {}
    parts: dict[str, list[str]] = {}
    for depth in range(len(levels), -1, -1):
        used = list(levels[:depth])
        groups = frame.groupby(used, sort=False)[count] if used else [((), frame[count])]
        for key, counts in groups:
            path = dict(zip(used, (str(code) for code in key), strict=True))
            label = label_of(path, prefix=prefix)
            values[label] = float(counts.sum(skipna=False))
            if depth:
                above = label_of({level: path[level] for level in used[:-1]}, prefix=prefix)
                parts.setdefault(above, []).append(label)
    return System(values, tuple(Relation(above, tuple(below)) for above, below in parts.items()))
