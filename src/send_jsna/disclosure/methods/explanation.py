"""Which facts give a withheld count away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from send_jsna.disclosure.methods.region import TOLERANCE, Region, blocks, duals


@dataclass(frozen=True)
class Sheet:
    """Everything a reader knows, and where it is printed.

    Attributes:
        places: Column by label.
        region: What is known: counts as limits of columns, sums of several as rows.
        rows: Where each row is shown.
        pins: Where the limits of a column are shown.
    """

    places: Mapping[str, int]
    region: Region
    rows: tuple[str, ...]
    pins: Mapping[int, list[str]]


def explain(sheet: Sheet, column: int, *, is_high: bool) -> tuple[str, ...]:
    """Where the facts are shown that bound a count: those with a multiplier in its linear program.

    Args:
        sheet: Everything known.
        column: The count.
        is_high: Whether what bounds it from above is asked for, rather than from below.

    Returns:
        Places, those of sums first, each once. Where the facts contradict each other, or only whole numbers
        bound the count, every sum of its part.
    """
    own = tuple(dict.fromkeys(sheet.pins.get(column, ())))
    if own:
        return own
    _, part, row_part = blocks(sheet.region)
    columns = np.flatnonzero(part == part[column])
    rows = np.flatnonzero(row_part == part[column])
    region = sheet.region.part(columns, rows)
    cost = np.zeros(len(columns))
    cost[np.searchsorted(columns, column)] = -1 if is_high else 1
    solved = duals(region, cost)
    if solved is None or not np.any(np.abs(solved[1]) > TOLERANCE):
        return tuple(dict.fromkeys(sheet.rows[row] for row in rows))
    multipliers = solved[1]
    rest = cost - region.matrix.T @ multipliers
    used = [sheet.rows[row] for row in rows[np.abs(multipliers) > TOLERANCE]]
    for place in np.flatnonzero(np.abs(rest) > TOLERANCE):
        used += sheet.pins.get(int(columns[place]), [])
    return tuple(dict.fromkeys(used))
