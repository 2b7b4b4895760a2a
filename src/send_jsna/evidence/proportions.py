"""P-values adjusted for the number of comparisons."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def adjusted(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values by S. Holm, Scandinavian Journal of Statistics 6 (1979) 65–70."""
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    steps = np.minimum(p[order] * np.arange(len(p), 0, -1), 1.0)
    found = np.empty(len(p))
    found[order] = np.maximum.accumulate(steps)
    return [float(value) for value in found]
