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
    from send_jsna.figures.records import FigureRecord
    from send_jsna.figures.supplement import Supplement

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


def publish_position(
    supplement: Supplement,
    stem: str,
    indicator: str,
    *,
    name: str,
    **selection: Any,
) -> FigureRecord | None:
    """Publish where an area stands among all authorities, in its newest period.

    Figures: the number ``<stem>.rank`` (1 is the highest value), the number ``<stem>.ranked`` of authorities
    with a value, the phrase ``<stem>.rank_words`` (``joint 57th highest``), the phrase ``<stem>.quintile``
    (``second highest fifth``), the number ``<stem>.robust_z`` and the phrase ``<stem>.spread`` for it.

    Args:
        supplement: The supplement that publishes.
        stem: First parts of the figures' ids.
        indicator: Indicator id, of those declared in ``data/catalogue/authorities.yaml``.
        name: What is measured, as it stands in a title.
        **selection: Dimensions, as for ``Supplement.observations``.

    Returns:
        The rank; None where it cannot be told, which is put on record.
    """
    parts = ("rank", "ranked", "rank_words", "quintile", "robust_z", "spread")
    with supplement.covering(f"{name}, among all authorities", *(f"{stem}.{part}" for part in parts)):
        rows = newest_everywhere(supplement, indicator, **selection)
        place = benchmarking.position(rows["value"], 0)
        title = f"{name}: {supplement.area} among all authorities, {rows['period'].iloc[0]}"
        about: dict[str, Any] = {"title": title, "inputs": rows, "method": PLACE_METHOD}
        record = supplement.number(f"{stem}.rank", place.rank, unit="rank", **about)
        supplement.number(f"{stem}.ranked", place.of, unit="count", **about)
        supplement.phrase(f"{stem}.rank_words", rank_words(place), **about)
        supplement.phrase(f"{stem}.quintile", _FIFTHS[place.quintile], **about)
        about["method"] = Z_METHOD
        with supplement.covering(name, f"{stem}.robust_z", f"{stem}.spread"):
            if math.isnan(place.robust_z):
                raise NoDataError(f"{stem}: no spread", reason="most authorities have one value")
            shown = tables.signed(place.robust_z)
            supplement.number(f"{stem}.robust_z", place.robust_z, shown=shown, **about)
            supplement.phrase(f"{stem}.spread", spread_words(place.robust_z), **about)
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
