"""Estimates as a reader sees them: a number, its limits, and the texts made of the three."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from send_jsna.evidence.tables import signed
from send_jsna.wording import format_number, in_words

if TYPE_CHECKING:
    from send_jsna.evidence.families import Family
    from send_jsna.figures.records import FigureRecord


@dataclass(frozen=True)
class Estimated:
    """A number between limits, in one unit.

    Attributes:
        value: The number.
        lower: Its lower limit.
        upper: Its upper limit.
        unit: Unit of the three.
        decimals: Decimal places they are printed with.
    """

    value: float
    lower: float
    upper: float
    unit: str = "%"
    decimals: int = 1

    @property
    def limits(self) -> tuple[float, float]:
        """Lower and upper limit."""
        return self.lower, self.upper

    @property
    def text(self) -> str:
        """The number as printed: ``35.0%``."""
        return self.as_printed(self.value)

    @property
    def range(self) -> str:
        """The limits as printed: ``33.4% to 36.6%``."""
        return " to ".join(map(self.as_printed, self.limits))

    @property
    def signed(self) -> str:
        """The number with its sign, without a unit: ``+1.8``."""
        return signed(self.value, decimals=self.decimals)

    @property
    def signed_range(self) -> str:
        """The limits with their signs, without a unit: ``−0.4 to +4.0``."""
        return " to ".join(signed(limit, decimals=self.decimals) for limit in self.limits)

    def as_printed(self, value: float) -> str:
        """Any number as this one is printed."""
        return format_number(value, unit=self.unit, decimals=self.decimals)


def publish_points(family: Family, part: str, difference: Estimated) -> FigureRecord:
    """Publish a difference in percentage points, with its sign and its limits."""
    shown = signed(difference.value, unit="pp")
    return family.number(part, difference.value, unit="pp", shown=shown, interval=difference.limits)


def or_none(number: int) -> str:
    """A number in words, ``none`` for nought."""
    return in_words(number) if number else "none"
