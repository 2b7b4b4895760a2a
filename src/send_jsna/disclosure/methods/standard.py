"""The profiles a report can be published under."""

from __future__ import annotations

from send_jsna.disclosure.methods.profiles import Profile


def council(smallest_shown: int = 5) -> Profile:
    """The council's own profile, at its smallest count or a higher one.

    Raises:
        ValueError: The smallest count is below 5.
    """
    return COUNCIL.raised_to(smallest_shown)


def profile(profile_id: str, smallest_shown: int | None = None) -> Profile:
    """The profile of a name, at its own smallest count or at a higher one.

    Raises:
        ValueError: There is none (the message lists those there are), or the count is lower than its own.
    """
    if profile_id not in PROFILES:
        raise ValueError(f"no disclosure profile {profile_id!r}; expected one of {', '.join(PROFILES)}")
    found = PROFILES[profile_id]
    return found if smallest_shown is None else found.raised_to(smallest_shown)


COUNCIL = Profile(
    id="council",
    smallest_shown=5,
    withholds_zero=False,
    rounding="none",
    rounding_base=1,
    are_totals_sums=False,
    one_decimal_from=0,
    withholds_remainders=True,
    needs_secondary=True,
    spares_national=True,
    symbol="c",
    rules=(
        "Counts of 1 to 4 are withheld.",
        "So are as many others as it takes so that no withheld count can be worked out from what is shown.",
        "A share is withheld where its count, or the count of those left over, is small.",
    ),
)
NHS_ENGLAND = Profile(
    id="nhs_england",
    smallest_shown=8,
    withholds_zero=False,
    rounding="nearest",
    rounding_base=5,
    are_totals_sums=False,
    one_decimal_from=4000,
    withholds_remainders=False,
    needs_secondary=True,
    spares_national=True,
    symbol="*",
    rules=(
        "Counts of 1 to 7 are withheld.",
        "Zero is shown; counts of 8 and over are rounded to the nearest 5.",
        "Percentages are made from rounded counts, with a decimal only from a rounded denominator of 4,000.",
        "Means and medians on 1 to 7 people are withheld.",
        "National figures are shown as they are.",
        "Where rounding alone would leave a withheld count too closely bounded, further counts are withheld.",
    ),
)
OPENSAFELY = Profile(
    id="opensafely",
    smallest_shown=8,
    withholds_zero=True,
    rounding="nearest",
    rounding_base=5,
    are_totals_sums=True,
    one_decimal_from=0,
    withholds_remainders=False,
    needs_secondary=True,
    spares_national=False,
    symbol="[REDACTED]",
    rules=(
        "Counts of 0 to 7 are withheld.",
        "The others are then rounded to the nearest 5.",
        "A total is the sum of its rounded parts where all of them are shown; else it is rounded itself.",
        "Rates and shares are made from rounded counts; those of withheld counts are withheld.",
        "National figures fall under the same rules.",
        "Where a total would leave a withheld count too closely bounded, further counts are withheld.",
    ),
)
OPENSAFELY_MIDPOINT6 = Profile(
    id="opensafely_midpoint6",
    smallest_shown=1,
    withholds_zero=False,
    rounding="midpoint",
    rounding_base=6,
    are_totals_sums=True,
    one_decimal_from=0,
    withholds_remainders=False,
    needs_secondary=False,
    spares_national=False,
    symbol="",
    rules=(
        "Counts are rounded to the middle of bands of six: 1 to 6 as 3, 7 to 12 as 9, and so on; 0 is 0.",
        "A total is the sum of its rounded parts where all of them are shown; else it is rounded itself.",
        "Rates and shares are made from rounded counts.",
        "National figures fall under the same rules.",
    ),
)
NONE = Profile(
    id="none",
    smallest_shown=1,
    withholds_zero=False,
    rounding="none",
    rounding_base=1,
    are_totals_sums=False,
    one_decimal_from=0,
    withholds_remainders=False,
    needs_secondary=False,
    spares_national=True,
    symbol="",
    rules=("Counts are shown as they are; what publishers withheld stays withheld.",),
)

#: Every profile by its name.
PROFILES = {item.id: item for item in (COUNCIL, NHS_ENGLAND, OPENSAFELY, OPENSAFELY_MIDPOINT6, NONE)}
