"""One thing that two publications have: the one to take for an area."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from send_jsna.evidence.measures import Measure, measure
from send_jsna.evidence.small_numbers import known_or_withheld

if TYPE_CHECKING:
    from send_jsna.figures.supplement import Supplement


def measure_of_first(
    supplement: Supplement, indicators: Sequence[str], stem: str = "", *, name: str = "", **selection: Any
) -> Measure:
    """The measure of the first of several indicators that the edition has a value of for the area.

    An interactive tool repeats what a publication has, often without its counts: the publication comes first,
    and the tool stands in where the edition lacks it.

    Args:
        supplement: The supplement that publishes.
        indicators: Ids of indicators that the catalogue says are the same, the one to prefer first.
        stem: As for :func:`send_jsna.evidence.measures.measure`.
        name: As there.
        **selection: As there.

    Returns:
        The measure; that of the first indicator where the area has a value of none.
    """
    found = (
        indicator
        for indicator in indicators
        if len(known_or_withheld(supplement.stored(indicator, **selection)))
    )
    return measure(supplement, next(found, indicators[0]), stem, name=name, **selection)
