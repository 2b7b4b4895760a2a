"""What is asked of a suppression beyond its profile."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Wishes:
    """What is asked for beyond the profile, by label.

    Attributes:
        weights: What it costs to withhold a count or share; log(1 + count) + 1 for counts not named, and 1
            for shares.
        cannot_show: Labels always withheld; a reader must not know them exactly.
        implied: Labels shown nowhere, which others imply: the children not assessed where all and those
            assessed are shown. Small ones are protected; withholding them costs nothing.
        untouched: Labels the profile does not apply to, such as national figures.
        structural: Labels of structural zeros.
        missing: Labels without a value because nothing was counted, not because it was withheld.
        may_be_zero: Labels whose zeros are withheld too where others are, so that their mark may be a zero's.
        seconds: Processor time after which the search is given up, and everything withheld that may be: no
            pattern depends on how far a search has come.
    """

    weights: Mapping[str, float] = field(default_factory=dict)
    cannot_show: Set[str] = frozenset()
    implied: Set[str] = frozenset()
    untouched: Set[str] = frozenset()
    structural: Set[str] = frozenset()
    missing: Set[str] = frozenset()
    may_be_zero: Set[str] = frozenset()
    seconds: float = 60.0

    def check(self, values: Mapping[str, float], small: frozenset[str], must_show: Set[str]) -> None:
        """Refuse what cannot be.

        Raises:
            ValueError: The message names the label.
        """
        for label in (*must_show, *self.cannot_show, *self.implied, *self.untouched, *self.structural):
            if label not in values:
                raise ValueError(f"{label}: no count of this label is given")
        for label in sorted(must_show):
            if label in small or label in self.cannot_show:
                raise ValueError(f"{label}: must be shown, but is to be withheld")
        for label in sorted(self.structural):
            if values[label] != 0:
                raise ValueError(f"{label}: a structural zero that is not zero")
        for label, weight in sorted(self.weights.items()):
            if not weight >= 0:
                raise ValueError(f"{label}: the weight is negative or not a number")
