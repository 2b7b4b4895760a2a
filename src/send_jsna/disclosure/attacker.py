"""What a reader can work out of the counts that are withheld, from all that is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


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
            able to be anything from 0 to the threshold; any other must not be known exactly.
    """

    label: str
    value: float = field(repr=False)
    threshold: int


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
        return self.upper - self.lower < 0.5

    def message(self) -> str:
        """One sentence for the console and the log, without the count or its limits."""
        if self.is_exact:
            what = "can be worked out exactly"
        elif self.upper < self.threshold:
            what = f"can be told to be under {self.threshold}"
        else:
            what = "can be told not to be zero"
        named = "; ".join(self.facts[:6])
        more = f"; and {len(self.facts) - 6} more" if len(self.facts) > 6 else ""
        return f"{self.label} is withheld, but {what}" + (f" from {named}{more}" if named else "")


def attack(
    hidden: Sequence[Hidden], facts: Sequence[Fact], upper: Mapping[str, float] | None = None
) -> list[Exposure]:
    """The withheld counts that are known more closely than they may be; none where all are safe.

    Args:
        hidden: Every count that is withheld.
        facts: Everything that is shown, in this report, in others, in the edition before.
        upper: Highest value a reader knows a count to have, by label.

    Returns:
        Exposures in the order of ``hidden``.
    """
    raise NotImplementedError
