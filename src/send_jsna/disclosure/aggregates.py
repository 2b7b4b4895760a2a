"""Counts that are added up in this process and suppressed before they leave it: extracts and surveys.

A table of a council's extract or of its survey is a set of counts and the sums they are part of, some of
which are printed nowhere (those not done, where all and those done are printed). What is withheld of it is
found by the method and the profile that the rest of the run is protected by. The counts themselves go sealed
to the attack at the end of the run, which sees all tables at once.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from send_jsna.disclosure.lowest import FEWEST_WHOLE
from send_jsna.disclosure.methods import Profile, Relation, Wishes, lowest_counts, profile, suppress
from send_jsna.disclosure.sealed_counts import EXTRACTS, closed

#: Seconds the search for the least that must be withheld may take for one table.
SECONDS = 60.0
#: How many times as much it costs to withhold a total.
_GRAVER = 8.0


@dataclass(frozen=True)
class Aggregates:
    """Counts, how they add up, and which of them are withheld.

    Attributes:
        values: Count by label; labels are those of :func:`send_jsna.disclosure.cells.label_of`.
        sums: How the counts add up.
        withheld: Labels that are not shown, or that the report prints nowhere.
        lowest: What a reader knows of each count that is withheld; see
            :func:`send_jsna.disclosure.methods.lowest_counts`.
    """

    values: dict[str, float] = field(default_factory=dict, repr=False)
    sums: tuple[Relation, ...] = ()
    withheld: frozenset[str] = frozenset()
    lowest: dict[str, int] = field(default_factory=dict)

    def __or__(self, other: Aggregates) -> Aggregates:
        """Both together; a count that is in both is withheld where it is in one."""
        return Aggregates(
            self.values | other.values,
            (*self.sums, *other.sums),
            self.withheld | other.withheld,
            self.lowest | other.lowest,
        )

    def to_json(self) -> str:
        """As it lies sealed beside a run under construction."""
        sums = [[item.total, list(item.parts), item.is_exact] for item in self.sums]
        parts = {"values": self.values, "sums": sums, "withheld": sorted(self.withheld)}
        return json.dumps(parts | {"lowest": self.lowest})

    @classmethod
    def from_json(cls, text: str) -> Aggregates:
        """What :meth:`to_json` gave."""
        found = json.loads(text)
        sums = tuple(Relation(total, tuple(parts), is_exact) for total, parts, is_exact in found["sums"])
        return cls(found["values"], sums, frozenset(found["withheld"]), found["lowest"])

    def seal(self, folder: Path) -> None:
        """Lay them beside the sealed counts of a run under construction, for its own user only."""
        with open(folder / EXTRACTS, "x", encoding="utf-8", opener=closed) as file:
            file.write(self.to_json())

    @classmethod
    def of_run(cls, folder: Path) -> Aggregates:
        """Those of a run under construction; none where it has no extracts."""
        path = folder / EXTRACTS
        return cls.from_json(path.read_text(encoding="utf-8")) if path.is_file() else cls()


def extract_profile(chosen: Profile) -> Profile:
    """The profile an extract is protected by in a run made under another.

    No publisher releases these counts, and so the council's own rules are the least: they apply where the
    chosen profile withholds nothing, and further counts are withheld where it relies on rounding alone.
    """
    least = profile("council")
    if chosen.smallest_shown < least.smallest_shown:
        return least
    return replace(chosen, needs_secondary=True)


def as_shown(frame: pd.DataFrame, chosen: Profile) -> pd.DataFrame:
    """Observations of an extract, counts rounded as the profile shows them.

    A hash of the counts themselves would let a reader try the few that a rounded one may be made of.
    """
    if chosen.rounding == "none":
        return frame
    wide = replace(chosen, smallest_shown=1)
    is_count, is_share = frame["unit"] == "count", frame["unit"] == "%"
    out = frame.copy()
    out.loc[is_count, "value"] = wide.rounded(frame.loc[is_count, "value"])
    whole = wide.rounded(frame.loc[is_share, "denominator"])
    top = np.minimum(wide.rounded(frame.loc[is_share, "numerator"]), whole)
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = {"value": 100 * top / whole, "numerator": top, "denominator": whole}
    for name, column in parts.items():
        out.loc[is_share, name] = column
    return out


class Linked:
    """One table while it is made: its counts, and how they add up."""

    def __init__(self) -> None:
        """An empty table."""
        self._values: dict[str, float] = {}
        self._sums: list[Relation] = []
        self._implied: set[str] = set()
        self._may_be_zero: set[str] = set()

    def add(self, label: str, count: float) -> str:
        """Add a count that is printed, and give its label back."""
        self._values[label] = float(count)
        return label

    def imply(self, label: str, count: float) -> str:
        """Add a count that is printed nowhere but follows from others, and give its label back."""
        self._implied.add(label)
        return self.add(label, count)

    def adds_up(self, total: str, parts: Iterable[str], *, is_exact: bool = True) -> None:
        """Say that counts add up to another, or come to that at most."""
        self._sums.append(Relation(total, tuple(parts), is_exact))

    def part(self, whole: str, part: str) -> str:
        """Say that one count is a part of another, and give the label of the rest, which is not printed."""
        rest = self.imply(f"{whole} less {part}", self._values[whole] - self._values[part])
        self.adds_up(whole, (part, rest))
        return rest

    def share(self, label: str, parts: Collection[str], others: Collection[str], whole: str) -> None:
        """Add the numerator of a percentage: some of the counts that a whole is the sum of.

        A percentage of few is withheld whatever it is.
        """
        self.add(label, sum(self._values[part] for part in parts))
        self.adds_up(label, parts)
        self.adds_up(self.part(whole, label), others)
        if self._values[whole] < FEWEST_WHOLE:
            self._may_be_zero.add(label)

    def suppressed(self, chosen: Profile, must_show: Iterable[str] = ()) -> Aggregates:
        """The table with what is withheld of it in a run made under this profile.

        Where nothing else will do, all of it is withheld, zeros included.
        """
        rules = extract_profile(chosen)
        unshown = self._implied | self._may_be_zero
        totals = {item.total for item in self._sums}
        pattern = suppress(
            self._values,
            self._sums,
            rules,
            Wishes(
                weights={
                    label: (1 + math.log1p(count)) * (_GRAVER if label in totals else 1.0)
                    for label, count in self._values.items()
                },
                implied=frozenset(self._implied),
                may_be_zero=frozenset(self._may_be_zero),
                seconds=SECONDS,
            ),
            must_show=tuple(must_show),
        )
        withheld = {*pattern.withheld, *self._implied}
        lowest = lowest_counts(self._values, self._sums, rules, may_be_zero=unshown)
        if pattern.unprotected:
            withheld, lowest = set(self._values), dict.fromkeys(self._values, 0)
        return Aggregates(dict(self._values), tuple(self._sums), frozenset(withheld), lowest)
