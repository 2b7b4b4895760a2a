"""What a series has done: since a base period, over its last two periods, and for how long one way."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import pandas as pd

from send_jsna.catalogue.observations import known
from send_jsna.errors import DataError, NoDataError
from send_jsna.evidence.compare import standing

Direction = Literal["up", "down", "level"]


#: Why nothing can be said of a change.
ONE_PERIOD = "in this edition for one period only"


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


def streak(series: pd.DataFrame) -> tuple[Direction, int, pd.DataFrame]:
    """For how many periods in a row a series has gone the way it last went.

    Args:
        series: As in :func:`change_since`.

    Returns:
        ``up``, ``down`` or ``level``; the number of steps; and the observations from the streak's start on.
    """
    rows = _one_series(series)
    if len(rows) < 2:
        raise NoDataError(f"the series of {rows['indicator'].iloc[0]} has one value only", reason=ONE_PERIOD)
    values = [float(value) for value in rows["value"]]
    steps = [_direction(a, b) for a, b in pairwise(values)]
    length = 1
    while length < len(steps) and steps[-1 - length] == steps[-1]:
        length += 1
    return steps[-1], length, rows.iloc[-1 - length :].reset_index(drop=True)


def _direction(first: float, last: float) -> Direction:
    word = standing(last, first, tolerance=0.0)
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
