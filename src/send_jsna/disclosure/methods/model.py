"""Counts that hang together: cells by label, how they add up, and what is shown of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Relation:
    """A total and the parts it is the sum of.

    Attributes:
        total: Label of the total.
        parts: Labels of its parts.
        is_exact: Whether the parts make up the whole of it; otherwise they are at most the total.
    """

    total: str
    parts: tuple[str, ...]
    is_exact: bool = True

    def fact(self, where: str = "") -> Fact:
        """What a reader knows by it."""
        terms = {self.total: 1.0} | dict.fromkeys(self.parts, -1.0)
        return Fact(terms, 0.0, 0.0 if self.is_exact else float("inf"), where or f"{self.total} as a sum")


@dataclass(frozen=True)
class Share:
    """A share printed beside the counts it is made of.

    Attributes:
        label: Its label, among those of the counts.
        numerator: Labels of the counts that make up the numerator.
        denominator: Labels of those that make up the denominator.
        value: What is printed; NaN where nothing is.
        decimals: Decimals it is printed with.
        scale: 100 for a percentage.
    """

    label: str
    numerator: tuple[str, ...]
    denominator: tuple[str, ...]
    value: float
    decimals: int = 1
    scale: float = 100.0

    def facts(self, where: str = "") -> tuple[Fact, Fact]:
        """What a reader knows by it: the numerator is at least, and at most, a part of the denominator."""
        half = 0.5 * 10.0**-self.decimals
        where = where or self.label
        low, high = (dict.fromkeys(self.numerator, 1.0) for _ in range(2))
        for terms, end in ((low, self.value - half), (high, self.value + half)):
            for label in self.denominator:
                terms[label] = terms.get(label, 0.0) - end / self.scale
        return Fact(low, 0.0, float("inf"), where), Fact(high, float("-inf"), 0.0, where)


@dataclass(frozen=True)
class Fact:
    """Something shown: a sum of counts, each times a number, lies between two numbers.

    Attributes:
        terms: Coefficient by label. One label with ``lower`` equal to ``upper`` is a count that is shown.
        lower: Lowest value the sum can have; ``-inf`` for none.
        upper: Highest value; ``inf`` for none.
        where: Where it is shown, for the message.
    """

    terms: Mapping[str, float]
    lower: float
    upper: float
    where: str


@dataclass(frozen=True)
class Hidden:
    """A count that is withheld.

    Attributes:
        label: Its label.
        value: The true count, NaN where the publisher withheld it.
        threshold: Smallest count that is shown. A count of 1 up to this, or one that is not known, must be
            able to be anything from 1 to the threshold; any other must not be known exactly.
        lowest: What a reader knows it to be at least, since it is not shown as 0; see
            :func:`send_jsna.disclosure.methods.zeros.lowest_counts`.
    """

    label: str
    value: float = field(repr=False)
    threshold: int
    lowest: int = 1
