"""What every chart has: its data, its text alternative, and the way it is written to disk."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.catalogue.observations import WITHHELD
from send_jsna.errors import FigureError, NoDataError
from send_jsna.wording import format_number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: At most this many series: more cannot be distinguished by colour, nor labelled at the line.
MOST_SERIES = 4

_UNITS = {
    "%": "Per cent",
    "pp": "Percentage points",
    "count": "Number",
    "rank": "Rank",
    "": "Value",
}
_HEADINGS = {"area_name": "Area", "year_group": "Year group", "free_meals": "Free school meals"}


@dataclass(frozen=True)
class Break:
    """A break in a series: values before and after it are not comparable.

    Attributes:
        before: First period of the new series.
        label: What changed, in a few words.
    """

    before: str
    label: str


@dataclass(frozen=True)
class Value:
    """One value as a chart shows it; ``number`` is NaN where there is none, and ``status`` says why."""

    number: float
    lower: float = math.nan
    upper: float = math.nan
    status: str = "x"

    @property
    def known(self) -> bool:
        """Whether there is a value to draw."""
        return not math.isnan(self.number)

    @property
    def has_interval(self) -> bool:
        """Whether a confidence interval is to be drawn."""
        return self.known and not (math.isnan(self.lower) or math.isnan(self.upper))


class Chart(ABC):
    """A chart: its data as a table, its text alternative, and its picture.

    Attributes:
        columns: Headings of the data table.
        rows: The data as shown; a cell without a value shows the reason code.
        alt: Text alternative, which states the values.
    """

    #: What the picture says of the way it shows intervals.
    interval_note = "Thin lines show the 95% confidence interval."

    def __init__(self, *, unit: str, decimals: int | None) -> None:
        self.unit = unit
        self.decimals = decimals
        self.columns: list[str] = []
        self.rows: list[list[str]] = []
        self.alt = ""

    def shown_values(self) -> list[str]:
        """Every value as the chart prints it, without repeats."""
        return list(dict.fromkeys(self.text(value) for value in self.values() if value.known))

    def text(self, value: Value) -> str:
        """A value as the chart prints it, or the reason code where there is none."""
        if not value.known:
            return value.status
        return self._number(value.number)

    def _number(self, number: float) -> str:
        """A number with a percent sign where it is one; other units are named once, not at each value."""
        text = format_number(number, unit=self.unit, decimals=self.decimals)
        return text.removesuffix(" percentage points")

    def interval_text(self, value: Value) -> str:
        """``lower to upper`` as the chart prints it."""
        return f"{self._number(value.lower)} to {self._number(value.upper)}"

    def unit_sentence(self) -> str:
        """Names the unit where the numbers themselves do not show it."""
        return "" if self.unit in ("%", "count", "") else f" Values are {lower_first(self.unit_name)}."

    @property
    def unit_name(self) -> str:
        """The unit in words, for the axis and the table."""
        words = _UNITS.get(self.unit, self.unit.replace("_", " ").replace("1000", "1,000"))
        return words[:1].upper() + words[1:]

    @property
    def has_intervals(self) -> bool:
        """Whether any value has a confidence interval."""
        return any(value.has_interval for value in self.values())

    @abstractmethod
    def values(self) -> list[Value]:
        """Every value, known or not, in the order of the data table."""

    @abstractmethod
    def paint(self, figure: Figure, foot: float) -> None:
        """Draw on an empty figure.

        Args:
            figure: Figure of the theme's width. Its height may be set.
            foot: Inches to keep free at the bottom for the source line.
        """


def check_columns(frame: pd.DataFrame, *names: str | None) -> None:
    """Refuse an empty frame and missing columns."""
    if frame.empty:
        raise NoDataError("the chart has no rows; expected at least one row to draw")
    missing = [name for name in names if name is not None and name not in frame.columns]
    if missing:
        raise FigureError(
            f"the chart's frame has no column {missing[0]}",
            expected="one of " + ", ".join(map(str, frame.columns)),
        )


def check_unique(frame: pd.DataFrame, *names: str) -> None:
    """Refuse two values for one place of the chart."""
    twice = frame.duplicated(subset=list(names), keep="first")
    if twice.any():
        place = " / ".join(str(frame.loc[twice, name].iloc[0]) for name in names)
        raise FigureError(
            f"the chart has two values for {place}",
            expected="one row for each place of the chart",
            remedy="select a single breakdown",
        )


def check_focus(focus: object | None, names: Sequence[str]) -> str | None:
    """The name to highlight, as text; refuse one that is not in the chart."""
    if focus is None:
        return None
    if str(focus) not in names:
        raise FigureError(
            f"the chart's focus {str(focus)!r} is not in it", expected="one of " + ", ".join(names)
        )
    return str(focus)


def values_of(
    frame: pd.DataFrame, value: str, lower: str | None = None, upper: str | None = None
) -> list[Value]:
    """The value of each row, with its interval and reason code."""
    none = [math.nan] * len(frame)
    numbers, lows, highs = (
        [float(number) for number in frame[name]] if name and name in frame else none
        for name in (value, lower, upper)
    )
    states = map(str, frame["status"]) if "status" in frame else ["x"] * len(frame)
    codes = [status if status in WITHHELD else "x" for status in states]
    return [Value(*found) for found in zip(numbers, lows, highs, codes, strict=True)]


def heading(column: str) -> str:
    """A column's name as a reader should see it."""
    return _HEADINGS.get(column, column.replace("_", " ").capitalize())


def lower_first(text: str) -> str:
    """The text with a small first letter."""
    return text[:1].lower() + text[1:]
