"""Fingertips: periods as the publisher prints them; see :mod:`send_jsna.sources.fingertips`."""

from __future__ import annotations

import re

from send_jsna.catalogue.periods import (
    Period,
    PeriodType,
    academic_year,
    calendar_year,
    financial_year,
    pooled_years,
)
from send_jsna.errors import DataError


def period_of(text: str, kind: str = "") -> Period:
    """The period of ``2022``, ``2021/22``, ``2020 - 22`` or ``2020/21 - 22/23``.

    Args:
        text: As printed.
        kind: ``academic_year`` where a pair of years is one; else it is a financial year.

    Raises:
        DataError: It has no such shape.
    """
    build = academic_year if kind == str(PeriodType.ACADEMIC_YEAR) else financial_year
    if match := re.fullmatch(r"(\d{4})", text):
        return calendar_year(int(match[1]))
    if match := re.fullmatch(r"(\d{4})/(\d{2})", text):
        end = int(match[1]) + 1
        if int(match[2]) == end % 100:
            return build(end)
    if match := re.fullmatch(r"(\d{4})\s*[-–]\s*(\d{2}|\d{4})", text):
        first, last = int(match[1]), _after(int(match[1]), match[2])
        if last > first:
            return pooled_years(first, last)
    if match := re.fullmatch(r"(\d{4})/(\d{2})\s*[-–]\s*(\d{2}|\d{4})/(\d{2})", text):
        first, last = int(match[1]), _after(int(match[1]), match[3])
        if int(match[2]) == (first + 1) % 100 and int(match[4]) == (last + 1) % 100 and last > first:
            years = build(first + 1), build(last + 1)
            label = f"{years[0].label} to {years[1].label} pooled"
            return Period(years[0].start, years[1].end, PeriodType.POOLED_YEARS, label)
    raise DataError(
        f"period {text!r} has no known shape",
        expected="such as 2022, 2021/22, 2020 - 22 or 2020/21 - 22/23",
        remedy="add the shape to sources/fingertips_periods.py",
    )


def _after(first: int, text: str) -> int:
    """The year that ``text`` names, in full or by its last two digits, in or after a first year."""
    if len(text) == 4:
        return int(text)
    year = first - first % 100 + int(text)
    return year if year >= first else year + 100
