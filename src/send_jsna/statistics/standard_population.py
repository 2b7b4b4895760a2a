"""The European Standard Population of 2013, in the five-year bands of English public health statistics.

Eurostat, "Revision of the European Standard Population: report of Eurostat's task force" (2013). The two
bands below five years are taken as one, and so are those from ninety on.
"""

from __future__ import annotations

import numpy as np

from send_jsna.statistics.arrays import Floats

#: Youngest age of each band; each lasts five years, the last (90 and over) has no end.
BANDS = tuple(range(0, 95, 5))

#: People of the standard population in each band; 100,000 in all.
EUROPEAN_2013 = (
    *(5_000, 5_500, 5_500, 5_500, 6_000),
    *(6_000, 6_500, 7_000, 7_000, 7_000),
    *(7_000, 6_500, 6_000, 5_500, 5_000),
    *(4_000, 2_500, 1_500, 1_000),
)


def standard_weights(youngest: int = 0, oldest: int | None = None) -> Floats:
    """The standard population of the bands from one age to another.

    Args:
        youngest: First age of the first band: 0, 5, …, 90.
        oldest: Last age of the last band: 4, 9, …, 89; None takes all bands to the oldest.

    Returns:
        People in each band, shape (bands,). For a part such as ages 0 to 24 they are not scaled up: a
        directly standardised rate divides by their sum.

    Raises:
        ValueError: An age is not the edge of a band, or the last band comes before the first.
    """
    first = _place(youngest, "first", 0)
    last = len(BANDS) - 1 if oldest is None else _place(oldest, "last", 4)
    if last < first:
        raise ValueError(f"ages {youngest} to {oldest} contain no band")
    return np.array(EUROPEAN_2013[first : last + 1], dtype=np.float64)


def _place(age: int, end: str, offset: int) -> int:
    edges = [band + offset for band in BANDS]
    if age not in edges or (offset and age == edges[-1]):
        known = edges[:-1] if offset else edges
        raise ValueError(f"age {age} is not the {end} of a band: {', '.join(map(str, known))}")
    return edges.index(age)
