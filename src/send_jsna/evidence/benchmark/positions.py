"""The place of an area among all authorities: rank, fifth, and distance from the middle."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from send_jsna.errors import NoDataError
from send_jsna.evidence import tables
from send_jsna.evidence.everywhere import newest_everywhere
from send_jsna.statistics import benchmarking
from send_jsna.wording import ordinal

if TYPE_CHECKING:
    from send_jsna.evidence.measures import Measure
    from send_jsna.figures.records import FigureRecord

_FIFTHS = {
    1: "lowest fifth",
    2: "second lowest fifth",
    3: "middle fifth",
    4: "second highest fifth",
    5: "highest fifth",
}

PLACE_METHOD = (
    "Published values of all upper-tier authorities in order; equal values share a place. Fifths hold equal "
    "numbers of authorities as far as equal values allow."
)
Z_METHOD = (
    "Distance from the median of all authorities, divided by their median absolute deviation scaled to a "
    "standard deviation: single authorities far out do not move it."
)


def publish_position(measure: Measure) -> FigureRecord | None:
    """Publish the place of an area among all authorities, in its newest period.

    Figures: the number ``<stem>.rank`` (1 is the highest value), the number ``<stem>.ranked`` of authorities
    with a value, the phrase ``<stem>.rank_words`` (``joint 57th highest``), the phrase ``<stem>.quintile``
    (``second highest fifth``), the number ``<stem>.robust_z`` and the phrase ``<stem>.spread`` for it.

    Args:
        measure: What is measured, of those declared in ``data/catalogue/authorities.yaml``.

    Returns:
        The rank; None where it cannot be worked out, which is put on record.
    """
    parts = ("rank", "ranked", "rank_words", "quintile", "robust_z", "spread")
    with measure.covering(*parts, of=f"{measure.name}, among all authorities"):
        rows = newest_everywhere(measure)
        place = benchmarking.position(rows["value"], 0)
        area = measure.supplement.area
        title = f"{measure.name}: {area} among all authorities, {rows['period'].iloc[0]}"
        about: dict[str, Any] = {"title": title, "inputs": rows, "method": PLACE_METHOD}
        record = measure.number("rank", place.rank, unit="rank", **about)
        measure.number("ranked", place.of, unit="count", **about)
        measure.phrase("rank_words", rank_words(place), **about)
        measure.phrase("quintile", _FIFTHS[place.quintile], **about)
        about["method"] = Z_METHOD
        with measure.covering("robust_z", "spread"):
            if math.isnan(place.robust_z):
                raise NoDataError(f"{measure.stem}: no spread", reason="most authorities have one value")
            shown = tables.signed(place.robust_z)
            measure.number("robust_z", place.robust_z, shown=shown, **about)
            measure.phrase("spread", spread_words(place.robust_z), **about)
        return record
    return None


def rank_words(place: benchmarking.Position) -> str:
    """``third highest``, ``joint 57th lowest`` or ``highest``, from the end that is nearer."""
    from_below = place.of - (place.rank + place.tied - 1) + 1
    rank, word = (place.rank, "highest") if place.rank <= from_below else (from_below, "lowest")
    joint = "joint " if place.tied > 1 else ""
    return f"{joint}{word if rank == 1 else f'{ordinal(rank)} {word}'}"


def spread_words(robust_z: float) -> str:
    """How unusual a value is among all: within one standard deviation, two, three or further out."""
    side = "above" if robust_z > 0 else "below"
    distance = abs(robust_z)
    if distance < 1:
        return "close to the middle of all authorities"
    if distance < 2:
        return f"some way {side} the middle of all authorities"
    word = "well" if distance < 3 else "far"
    return f"{word} {side} the middle of all authorities"
