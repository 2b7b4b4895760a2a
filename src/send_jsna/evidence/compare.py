"""Words computed from data: above or below, risen or fallen, third highest of eleven.

The narrative types no direction. A notebook asks this module for the word and publishes it as a phrase, so
that the sentence stays true when the data change.

Two values count as similar when their 95 % confidence intervals overlap. A value without an interval is
taken to be anywhere within its printed rounding: ``tolerance`` is half of the last printed place (0.05 for
one decimal), so two values that might be equal before they were rounded are similar. Overlap is a cautious
rule: it calls some real differences similar, and seldom a chance one real. It is not a test of significance,
and the word "significant" is not used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from send_jsna.catalogue.observations import QUOTIENTS, known
from send_jsna.errors import DataError, NoDataError
from send_jsna.statistics.intervals import wilson
from send_jsna.statistics.rates import crude_rate
from send_jsna.wording import in_words, ordinal

Standing = Literal["above", "below", "similar to"]
Interval = tuple[float, float]


#: Slack for values such as 4.4 − 4.3, whose difference in binary is not quite 0.1.
_EPSILON = 1e-9


#: Areas with a value that it takes for a place among them to say something.
FEWEST_PLACES = 3


@dataclass(frozen=True)
class Place:
    """The place of one area among several, highest first."""

    rank: int
    of: int

    @property
    def text(self) -> str:
        """For example ``third highest of eleven``, ``lowest of eleven`` or ``in the middle of three``."""
        below = self.of - self.rank + 1
        if self.rank == below:
            return f"in the middle of {in_words(self.of)}"
        rank, word = (self.rank, "highest") if self.rank < below else (below, "lowest")
        return f"{word if rank == 1 else f'{ordinal(rank)} {word}'} of {in_words(self.of)}"


def standing(
    value: float,
    other: float,
    *,
    interval: Interval | None = None,
    other_interval: Interval | None = None,
    tolerance: float = 0.05,
) -> Standing:
    """How a value is to another: for example Coventry's to England's.

    Args:
        value: The value the sentence is about.
        other: What it is read against, in the same unit.
        interval: Its 95 % confidence limits in that unit, where it has them.
        other_interval: Those of the other value.
        tolerance: Half of the last printed place, for a value without an interval: 0.05 for one decimal, 0.5
            for whole numbers, 0 for counts that are exact.

    Returns:
        ``above``, ``below`` or ``similar to`` (the two ranges meet).
    """
    low, high = interval if interval is not None else (value - tolerance, value + tolerance)
    other_low, other_high = (
        other_interval if other_interval is not None else (other - tolerance, other + tolerance)
    )
    if low > other_high + _EPSILON:
        return "above"
    if high < other_low - _EPSILON:
        return "below"
    return "similar to"


def movement(
    first: float,
    last: float,
    *,
    first_interval: Interval | None = None,
    last_interval: Interval | None = None,
    tolerance: float = 0.05,
) -> str:
    """What a value did between two periods, by the rule of :func:`standing`.

    Returns:
        ``has risen``, ``has fallen`` or ``has hardly changed``.
    """
    word = standing(last, first, interval=last_interval, other_interval=first_interval, tolerance=tolerance)
    verb = {"above": "risen", "below": "fallen", "similar to": "hardly changed"}[word]
    return f"has {verb}"


def interval_of(row: pd.Series) -> Interval | None:
    """The 95 % limits, in its unit, of an observation with numerator and denominator.

    Wilson's of a percentage, Byar's of a rate, whose events may be more than one a person.

    Returns:
        None for other units and where a count is not published, so that the printed rounding is used instead.
    """
    if row["unit"] not in QUOTIENTS or pd.isna(row["numerator"]) or pd.isna(row["denominator"]):
        return None
    if row["denominator"] <= 0:
        return None
    count, population, per = float(row["numerator"]), float(row["denominator"]), QUOTIENTS[row["unit"]]
    if row["unit"] == "%":
        lower, upper = wilson(count, population)
        return per * float(lower), per * float(upper)
    rate = crude_rate(count, population, per=per)
    return float(rate.lower), float(rate.upper)


def method_of(row: pd.Series) -> str:
    """How the limits of :func:`interval_of` are worked out."""
    name = "Wilson's score method" if row["unit"] == "%" else "Byar's method"
    return f"{name} on the published numerator and denominator."


def moved(first: pd.Series, last: pd.Series) -> str:
    """:func:`movement` between two observations, with intervals where both parts are published."""
    return movement(
        float(first["value"]),
        float(last["value"]),
        first_interval=interval_of(first),
        last_interval=interval_of(last),
        tolerance=max(rounding_of(first), rounding_of(last)),
    )


def standing_of(row: pd.Series, other: pd.Series) -> Standing:
    """:func:`standing` of two observations of one indicator, with intervals where both counts are published.

    Args:
        row: The observation the sentence is about.
        other: The observation it is read against.
    """
    _same_indicator(row, other)
    return standing(
        float(row["value"]),
        float(other["value"]),
        interval=interval_of(row),
        other_interval=interval_of(other),
        tolerance=max(rounding_of(row), rounding_of(other)),
    )


def rounding_of(row: pd.Series) -> float:
    """Half of the last place the report prints: 0.05 for one decimal (a % has no more), 0 for a count."""
    if row["unit"] == "count":
        return 0.0
    decimals = 1 if pd.isna(row["decimals"]) else int(row["decimals"])
    if row["unit"] == "%":
        decimals = min(decimals, 1)
    return 0.5 * 10.0**-decimals


def place(frame: pd.DataFrame, area_code: str) -> Place:
    """The place of an area among the areas of a frame, highest value first; equal values share a place.

    Args:
        frame: One observation an area, of one indicator and period. Withheld rows are passed over.
        area_code: The area.

    Raises:
        NoDataError: Fewer than three areas have a value, so that a place says nothing.
        DataError: The area has no value in the frame.
    """
    rows = known(frame)
    own = rows.loc[rows["area_code"] == area_code, "value"]
    if len(own) == 1 and len(rows) < FEWEST_PLACES:
        raise NoDataError(
            f"{len(rows)} areas have a value to be placed", reason="too few similar authorities with a value"
        )
    if len(own) != 1:
        raise DataError(f"area {area_code} has {len(own)} values to be placed", expected="one")
    return Place(rank=int((rows["value"] > own.iloc[0]).sum()) + 1, of=len(rows))


def choose(difference: float, more: str, less: str, level: str) -> str:
    """One of three wordings by the sign of a difference."""
    if abs(difference) <= _EPSILON:
        return level
    return more if difference > 0 else less


def _same_indicator(row: pd.Series, other: pd.Series) -> None:
    if row["indicator"] != other["indicator"]:
        raise DataError(
            f"{row['indicator']} cannot be compared with {other['indicator']}", expected="one indicator"
        )
