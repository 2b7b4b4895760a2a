"""How far off what a profile shows may be, in words for the report."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from send_jsna.disclosure.methods.profiles import Profile

#: What binary fractions add to a decimal, at most.
_EXACT = 1e-6


def furthest(profile: Profile) -> int:
    """How far a count that is rounded itself may be from what is shown of it."""
    return 0 if profile.rounding == "none" else profile.rounding_base // 2


def furthest_share(profile: Profile, whole: int) -> float:
    """How far a percentage of two counts, each rounded itself, may be from the true one.

    Args:
        profile: The profile.
        whole: How many people it is of, to within the profile's rounding base.

    Returns:
        Percentage points, rounded up to a tenth.
    """
    base = profile.rounding_base
    every = replace(profile, smallest_shown=1, withholds_zero=False, withholds_remainders=False)
    n = np.arange(whole - base, whole + base + 1, dtype=np.float64)[:, None]
    x = np.minimum(np.arange(whole + base + 1, dtype=np.float64), n)
    share, _ = every.percentage(x, n)
    return float(np.ceil(10 * np.max(np.abs(share - 100 * x / n)) - _EXACT) / 10)


def precision(profile: Profile) -> str:
    """How far off what a profile shows may be, in sentences."""
    if profile.rounding == "none":
        return "Nothing is rounded: a count that is shown is exact."
    base, off = profile.rounding_base, furthest(profile)
    way = f"the nearest {base}" if profile.rounding == "nearest" else f"the middle of bands of {base}"
    counts = f"Counts are rounded to {way}: each may be off by up to {off}"
    shares = (
        "A percentage is made of two rounded counts: of about 100 children it may be off by up to "
        f"{furthest_share(profile, 100):g} percentage points, of about 1,000 by up to "
        f"{furthest_share(profile, 1000):g}"
    )
    if profile.are_totals_sums:
        counts += f", and a total that is the sum of n rounded counts by up to n times {off}"
        shares += ", and by more where one of the two is such a total"
    return (
        f"{counts}. {shares}. What is worked out from several of them, such as a change or a trend, can be "
        "off by more. Percentages whose counts the edition has not are shown as their publisher prints them."
    )
