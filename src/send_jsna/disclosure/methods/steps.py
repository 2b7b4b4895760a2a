"""The shortest moves of single counts from a point of a region, in large regions."""

from __future__ import annotations

import numpy as np
import scipy

from send_jsna.disclosure.methods.region import TOLERANCE, Floats, Region, minimum


class Steps:
    """The shortest move of one count from a point, with those it takes along.

    The program starts where nothing moves and few counts have to, which is quick in large parts.
    """

    def __init__(self, region: Region, point: Floats) -> None:
        """Moves from a point of a region."""
        sums = region.matrix @ point
        matrix = scipy.sparse.csc_array(scipy.sparse.hstack([region.matrix, -region.matrix]))
        # A point found by a program may be a hair outside.
        room = np.maximum(np.concatenate([region.upper - point, point - region.lower]), 0.0)
        low, high = np.minimum(region.row_lower - sums, 0.0), np.maximum(region.row_upper - sums, 0.0)
        self._point = point
        self._region = Region(matrix, low, high, np.zeros(len(room)), room)

    def to(self, column: int, distance: float) -> Floats | None:
        """Counts where one is so far from the point; None where there are none."""
        size = len(self._point)
        own, other = (column, size + column) if distance > 0 else (size + column, column)
        if self._region.upper[own] < abs(distance) - TOLERANCE:
            return None
        lower, upper = self._region.lower.copy(), self._region.upper.copy()
        lower[own] = upper[own] = abs(distance)
        upper[other] = 0.0
        found = minimum(self._region.bounded(lower, upper), np.ones(2 * size)).counts
        return None if found is None else self._point + found[:size] - found[size:]
