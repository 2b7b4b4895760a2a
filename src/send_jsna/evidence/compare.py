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
from itertools import pairwise
from typing import Literal

import pandas as pd

from send_jsna.catalogue.observations import known
from send_jsna.errors import DataError, NoDataError
from send_jsna.statistics.intervals import wilson
from send_jsna.wording import in_words, ordinal

Standing = Literal["above", "below", "similar to"]
Direction = Literal["up", "down", "level"]
Interval = tuple[float, float]

#: Why nothing can be said of a change.
ONE_PERIOD = "published for one period only"

#: Slack for values such as 4.4 − 4.3, whose difference in binary is not quite 0.1.
_EPSILON = 1e-9


#: Areas with a value that it takes for a place among them to say something.
FEWEST_PLACES = 3


@dataclass(frozen=True)
class Change:
    """A series from a base period to its newest value.

    Attributes:
        first: Value in the base period.
        last: Newest value.
        first_period: Label of the base period.
        last_period: Label of the newest period.
        rows: The two observations, base first: the inputs of a figure made from the change.
    """

    first: float
    last: float
    first_period: str
    last_period: str
    rows: pd.DataFrame

    @property
    def difference(self) -> float:
        """Newest less base, in the unit of the values (percentage points for percentages)."""
        return self.last - self.first

    @property
    def percent(self) -> float:
        """The difference as a percentage of the base."""
        if self.first == 0:
            raise NoDataError(
                f"no percentage change from zero in {self.first_period}",
                reason="no percentage change from zero",
            )
        return 100 * self.difference / self.first

    def movement(self, *, tolerance: float = 0.05, plural: bool = False) -> str:
        """``has risen``, ``has fallen`` or ``has hardly changed``, with intervals where they are held."""
        first, last = (self.rows.iloc[place] for place in (0, 1))
        return movement(
            self.first,
            self.last,
            first_interval=interval_of(first),
            last_interval=interval_of(last),
            tolerance=tolerance,
            plural=plural,
        )


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
    """How a value stands to another: for example Coventry's to England's.

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
    plural: bool = False,
) -> str:
    """What a value did between two periods, by the rule of :func:`standing`.

    Returns:
        ``has risen``, ``has fallen`` or ``has hardly changed``; with ``plural`` ``have risen`` and so on.
    """
    word = standing(last, first, interval=last_interval, other_interval=first_interval, tolerance=tolerance)
    verb = {"above": "risen", "below": "fallen", "similar to": "hardly changed"}[word]
    return f"{'have' if plural else 'has'} {verb}"


def interval_of(row: pd.Series) -> Interval | None:
    """The Wilson 95 % limits, in %, of an observation that is a percentage with numerator and denominator.

    Returns:
        None for other units and where a part is not held, so that the printed rounding is used instead.
    """
    if row["unit"] != "%" or pd.isna(row["numerator"]) or pd.isna(row["denominator"]):
        return None
    if row["denominator"] <= 0:
        return None
    lower, upper = wilson(float(row["numerator"]), float(row["denominator"]))
    return 100 * float(lower), 100 * float(upper)


def moved(first: pd.Series, last: pd.Series) -> str:
    """:func:`movement` between two observations, with intervals where both parts are published."""
    return movement(
        float(first["value"]),
        float(last["value"]),
        first_interval=interval_of(first),
        last_interval=interval_of(last),
        tolerance=max(rounding_of(first), rounding_of(last)),
    )


def standing_of(row: pd.Series, other: pd.Series, *, tolerance: float | None = None) -> Standing:
    """:func:`standing` of two observations of one indicator, with intervals where both parts are held.

    Args:
        row: The observation the sentence is about.
        other: The observation it is read against.
        tolerance: As in :func:`standing`; by default half of the coarser of the two printed places.
    """
    _same_indicator(row, other)
    slack = tolerance if tolerance is not None else max(rounding_of(row), rounding_of(other))
    return standing(
        float(row["value"]),
        float(other["value"]),
        interval=interval_of(row),
        other_interval=interval_of(other),
        tolerance=slack,
    )


def rounding_of(row: pd.Series) -> float:
    """Half of the last place the report prints: 0.05 for one decimal (a % has no more), 0 for a count."""
    if row["unit"] == "count":
        return 0.0
    decimals = 1 if pd.isna(row["decimals"]) else int(row["decimals"])
    if row["unit"] == "%":
        decimals = min(decimals, 1)
    return 0.5 * 10.0**-decimals


def change_since(series: pd.DataFrame, base_period: str | None = None) -> Change:
    """The change of one area's series from a base period to its newest value.

    Args:
        series: Observations of one indicator, area and breakdown. Withheld rows are passed over.
        base_period: Label such as ``2017/18``; by default the earliest period that has a value.

    Raises:
        NoDataError: The series has no value, none in the base period, or none after it.
        DataError: It is not one series.
    """
    rows = _one_series(series)
    base = rows.iloc[:1] if base_period is None else rows[rows["period"] == base_period]
    if base.empty:
        span = f"{rows['period'].iloc[0]} to {rows['period'].iloc[-1]}"
        raise NoDataError(
            f"no value for {base_period} in the series of {rows['indicator'].iloc[0]} ({span})",
            reason=f"no value for {base_period} to compare with",
        )
    first, last = base.iloc[0], rows.iloc[-1]
    if first["period"] == last["period"]:
        raise NoDataError(
            f"the series of {first['indicator']} has no value after {first['period']}", reason=ONE_PERIOD
        )
    return Change(
        first=float(first["value"]),
        last=float(last["value"]),
        first_period=str(first["period"]),
        last_period=str(last["period"]),
        rows=rows.loc[[first.name, last.name]].reset_index(drop=True),
    )


def latest_change(series: pd.DataFrame) -> Change:
    """The change of a series over its last two periods; arguments and errors as :func:`change_since`."""
    rows = _one_series(series)
    if len(rows) < 2:
        raise NoDataError(f"the series of {rows['indicator'].iloc[0]} has one value only", reason=ONE_PERIOD)
    return change_since(rows, str(rows["period"].iloc[-2]))


def streak(series: pd.DataFrame, *, tolerance: float = 0.0) -> tuple[Direction, int, pd.DataFrame]:
    """For how many periods in a row a series has gone the way it last went.

    Args:
        series: As in :func:`change_since`.
        tolerance: A step no larger than twice this counts as level.

    Returns:
        ``up``, ``down`` or ``level``; the number of steps; and the observations from the streak's start on.
    """
    rows = _one_series(series)
    if len(rows) < 2:
        raise NoDataError(f"the series of {rows['indicator'].iloc[0]} has one value only", reason=ONE_PERIOD)
    values = [float(value) for value in rows["value"]]
    steps = [_direction(a, b, tolerance) for a, b in pairwise(values)]
    length = 1
    while length < len(steps) and steps[-1 - length] == steps[-1]:
        length += 1
    return steps[-1], length, rows.iloc[-1 - length :].reset_index(drop=True)


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


def tally(row: pd.Series, others: pd.DataFrame, *, tolerance: float | None = None) -> dict[Standing, int]:
    """How many of the other areas the observation is above, below and similar to."""
    counts: dict[Standing, int] = {"above": 0, "below": 0, "similar to": 0}
    for _, other in known(others).iterrows():
        counts[standing_of(row, other, tolerance=tolerance)] += 1
    return counts


def choose(difference: float, more: str, less: str, level: str, *, slack: float = 0.0) -> str:
    """One of three wordings by the sign of a difference; level where it is no larger than the slack."""
    if abs(difference) <= slack + _EPSILON:
        return level
    return more if difference > 0 else less


def _direction(first: float, last: float, tolerance: float) -> Direction:
    word = standing(last, first, tolerance=tolerance)
    return "up" if word == "above" else "down" if word == "below" else "level"


def _one_series(series: pd.DataFrame) -> pd.DataFrame:
    """The valued rows in order of time, one a period, of one indicator and area."""
    rows = known(series).sort_values("period_start", kind="stable").reset_index(drop=True)
    if rows.empty:
        raise NoDataError("the series has no values")
    if rows["period"].duplicated().any() or rows[["indicator", "area_code"]].drop_duplicates().shape[0] > 1:
        raise DataError(
            f"several series of {', '.join(sorted(rows['indicator'].unique()))} where one was expected",
            expected="one indicator, one area and one breakdown",
            remedy="name the area and the dimensions",
        )
    return rows


def _same_indicator(row: pd.Series, other: pd.Series) -> None:
    if row["indicator"] != other["indicator"]:
        raise DataError(
            f"{row['indicator']} cannot be compared with {other['indicator']}", expected="one indicator"
        )
