"""Counts of a fine breakdown added up to broad bands, so that no count of a few children is shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import pandas as pd

from send_jsna.errors import DataError
from send_jsna.observations import DIMENSIONS

#: Counts a reader could trace to a child: never shown where a table of ours adds up a breakdown.
SMALL = range(1, 5)


def bands(
    frame: pd.DataFrame, dimension: str, band_of: Callable[[str], str], *, order: Sequence[str] | None = None
) -> pd.DataFrame:
    """Counts of a breakdown added up to broader bands, so that no count of a few children is shown.

    Args:
        frame: Counts of one indicator, area and period, broken down by the dimension.
        dimension: One of the dimensions of an observation, such as ``age``.
        band_of: The band a value of the dimension belongs to.
        order: Bands in order; by default as they first stand.

    Returns:
        Columns ``band``, ``value`` (count) and ``share`` (% of all bands).

    Raises:
        DataError: A value is withheld (a sum may not be derived from it), not a count, or a band comes to
            one to four children.
    """
    if dimension not in DIMENSIONS:
        raise DataError(f"no dimension {dimension}", expected="one of " + ", ".join(DIMENSIONS))
    if frame["value"].isna().any() or (frame["unit"] != "count").any():
        raise DataError(f"bands of {dimension} need counts, all of them known")
    names = frame[dimension].map(band_of)
    totals = frame["value"].groupby(names, sort=False).sum()
    if order is not None:
        totals = totals.reindex([name for name in order if name in totals.index])
    small = [str(name) for name, value in totals.items() if value in SMALL]
    if small:
        raise DataError(
            f"band {small[0]} comes to fewer than five children",
            expected="bands broad enough that no child can be recognised",
            remedy="join it to the next",
        )
    return pd.DataFrame(
        {"band": totals.index, "value": totals.to_numpy(), "share": (100 * totals / totals.sum()).to_numpy()}
    )


def age_band(limits: Sequence[tuple[str, int]]) -> Callable[[str], str]:
    """A function that puts an age as printed (``7``, ``age 7``) in the first band whose upper limit holds it.

    Args:
        limits: Pairs of band and highest age in it, youngest first.
    """

    def band_of(age: str) -> str:
        digits = re.search(r"\d+", age)
        for name, highest in limits:
            if digits and int(digits.group()) <= highest:
                return name
        raise DataError(f"age {age!r} belongs to no band", expected=f"an age up to {limits[-1][1]}")

    return band_of
