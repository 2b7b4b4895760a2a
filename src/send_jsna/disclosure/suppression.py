"""Which other counts are withheld, so that no small one can be worked out, at the least loss."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from send_jsna.disclosure.model import Relation
from send_jsna.disclosure.profiles import Profile, State


@dataclass(frozen=True)
class Pattern:
    """What is shown and what is withheld.

    Attributes:
        states: State by label.
        cost: Weight of the secondary cells.
        bound: No pattern that protects has a lower cost.
        is_optimal: Whether cost and bound are the same.
        primary: Labels withheld because they are small.
        secondary: Labels withheld for the sake of others.
        unprotected: Labels of small counts that cannot be protected, whatever is withheld.
        notes: Sentences on what was odd: sums that do not add up, labels that cannot be protected and why.
    """

    states: Mapping[str, State]
    cost: float
    bound: float
    is_optimal: bool
    primary: tuple[str, ...]
    secondary: tuple[str, ...]
    unprotected: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def suppress(
    values: Mapping[str, float],
    relations: Sequence[Relation],
    profile: Profile,
    *,
    weights: Mapping[str, float] | None = None,
    must_show: Collection[str] = (),
    cannot_show: Collection[str] = (),
    seconds: float = 10.0,
) -> Pattern:
    """The pattern of least information loss in which no withheld count can be worked out.

    Args:
        values: Count by label; NaN where the publisher withheld it.
        relations: How the counts add up.
        profile: The profile.
        weights: What it costs to withhold a count, by label; log(1 + count) + 1 for those not named.
        must_show: Labels never withheld for the sake of others.
        cannot_show: Labels always withheld.
        seconds: Time after which the best pattern so far is returned.

    Returns:
        The pattern.

    Raises:
        ValueError: A count is negative or not whole, or a relation names a label that has no value.
    """
    raise NotImplementedError
