"""Estimates as a reader sees them: a number between its limits, in print and as a figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from send_jsna.evidence.tables import signed
from send_jsna.wording import format_number, in_words

if TYPE_CHECKING:
    from send_jsna.evidence.families import Family
    from send_jsna.figures.records import FigureRecord


@dataclass(frozen=True)
class Estimated:
    """A number between its limits, with the unit and the decimal places that all three are printed with."""

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
    def with_range(self) -> str:
        """Number and limits: ``35.0% (33.4% to 36.6%)``."""
        return f"{self.text} ({self.range})"

    @property
    def signed(self) -> str:
        """The number with its sign, without a unit: ``+1.8``."""
        return signed(self.value, decimals=self.decimals)

    @property
    def signed_range(self) -> str:
        """The limits with their signs, without a unit: ``−0.4 to +4.0``."""
        return " to ".join(signed(limit, decimals=self.decimals) for limit in self.limits)

    @property
    def signed_with_range(self) -> str:
        """Number and limits with their signs: ``+1.8 (−0.4 to +4.0)``."""
        return f"{self.signed} ({self.signed_range})"

    def as_printed(self, value: float) -> str:
        """Any number as this one is printed."""
        return format_number(value, unit=self.unit, decimals=self.decimals)


def publish_estimate(family: Family, part: str, estimate: Estimated, *, title: str) -> FigureRecord:
    """Publish a number with its limits."""
    shape: dict[str, Any] = {"unit": estimate.unit, "decimals": estimate.decimals}
    return family.number(part, estimate.value, title=title, interval=estimate.limits, **shape)


def publish_points(family: Family, part: str, difference: Estimated) -> FigureRecord:
    """Publish a difference in percentage points, with its sign and its limits."""
    shown = signed(difference.value, unit="pp")
    return family.number(part, difference.value, unit="pp", shown=shown, interval=difference.limits)


def publish_phrases(family: Family, label: str, texts: Mapping[str, str]) -> None:
    """Publish phrases by the last part of their id, whose titles are a label and that part in words."""
    for part, text in texts.items():
        family.phrase(part, text, title=f"{label}: {part.replace('_', ' ')}")


def or_none(number: int) -> str:
    """A number in words, ``none`` for nought."""
    return in_words(number) if number else "none"
