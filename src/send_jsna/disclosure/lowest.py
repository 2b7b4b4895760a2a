"""Which withheld counts a reader knows not to be zero, by the rules of the report's own tables."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from send_jsna.disclosure.cells import Cells
from send_jsna.disclosure.methods import Profile, lowest_counts

#: A percentage of fewer than so many says nothing, and may show a child.
FEWEST_WHOLE = 10


def small_cells(cells: Cells, profile: Profile) -> set[str]:
    """The counts the profile withholds for being small; those that are released are shown as they are."""
    labels = list(cells.values)
    few = profile.is_primary(np.array([cells.values[label] for label in labels], dtype=np.float64))
    return {label for label, is_few in zip(labels, few, strict=True) if is_few} - cells.released


def fine_cells(cells: Cells, small: set[str]) -> set[str]:
    """The counts of breakdowns of which only sums are shown, since one of their counts is small."""
    return {label for breakdown in cells.fine if small & set(breakdown) for label in breakdown}


def may_be_zero(cells: Cells, frame: pd.DataFrame, profile: Profile) -> set[str]:
    """The counts whose mark may be a zero's.

    A row of counts is shown where it is zero, and a percentage of enough children where none is counted. A
    percentage of few is withheld whatever it is, and so is each count of a breakdown shown in sums only.

    Args:
        cells: The counts.
        frame: The observations they are of.
        profile: The disclosure profile.
    """
    enough = max(FEWEST_WHOLE, profile.smallest_shown)
    shown_as_zero = set()
    for key, whole in frame[["observation_id", "denominator"]].itertuples(index=False, name=None):
        parts = cells.rows.get(key, {})
        if "value" in parts:
            shown_as_zero.add(parts["value"])
        elif whole >= enough:
            shown_as_zero.add(parts.get("numerator", ""))
    return (set(cells.values) - shown_as_zero) | fine_cells(cells, small_cells(cells, profile))


def lowest_of(
    cells: Cells, frame: pd.DataFrame, profile: Profile, before: Mapping[str, float]
) -> dict[str, int]:
    """What a reader knows each count to be at least where it is withheld; see :func:`lowest_counts`.

    Args:
        cells: The counts.
        frame: The observations they are of.
        profile: The disclosure profile.
        before: What the edition before and reports of other areas show, by cell.
    """
    small = small_cells(cells, profile)
    return lowest_counts(
        cells.values,
        cells.sums,
        profile,
        untouched=cells.released,
        may_be_zero=may_be_zero(cells, frame, profile),
        pinned={
            label
            for label, value in before.items()
            if cells.values.get(label) == value and label not in small
        },
    )
