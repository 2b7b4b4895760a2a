"""Periods as publishers print them, parsed into one representation for each kind.

A period has a type, a canonical label and the first and last day it covers, so that series sort and join by
date, never by text. Local authority data name years in several ways; the rules are:

* ``2016 (Academic Year)`` of the Local Authority Interactive Tool is the year that *ends* in 2016: 2015/16.
* ``2016 (Financial Year)`` of the same tool is the year that ends in March 2016: 2015-16.
* ``2016 (Annual - January)`` and ``Jan 2016`` are a count on one day of January 2016.
* ``2016-17 (OT)`` of the same tool is the out-turn of that financial year; ``(Rev)`` and ``(Final)`` say how
  final a figure is, and change no year. ``2014/15-16/17`` and ``2014-16`` of it are three years together.
* ``2011-2021`` is a change from the one year to the other, not a pooled value.
* ``January 2023`` is the annual count of that month; the month of a monthly series is
  ``January 2023 (month)``. The other months cannot be mistaken and are labelled ``October 2023``.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from send_jsna.errors import DataError


class PeriodType(StrEnum):
    """The kinds of period; a series has one kind."""

    ACADEMIC_YEAR = "academic_year"
    CALENDAR_YEAR = "calendar_year"
    FINANCIAL_YEAR = "financial_year"
    JANUARY = "january"
    MONTH = "month"
    MID_YEAR = "mid_year"
    POOLED_YEARS = "pooled_years"
    CHANGE = "change"
    QUARTER = "quarter"
    NOT_STATED = "not_stated"


@dataclass(frozen=True, order=True)
class Period:
    """One period: first day, last day, type and canonical label."""

    start: date
    end: date
    type: PeriodType
    label: str

    def __str__(self) -> str:
        return self.label


#: What a period may look like, for messages.
PERIOD_SHAPES = "such as 2022/23, 2024, 2023-24 (financial), January 2025, 2023-10-01 or mid-2023"

NOT_STATED = Period(date.min, date.min, PeriodType.NOT_STATED, "not stated")


def academic_year(end_year: int) -> Period:
    """The academic year that ends in ``end_year``: 1 September to 31 August, labelled ``2024/25``."""
    return Period(
        date(end_year - 1, 9, 1),
        date(end_year, 8, 31),
        PeriodType.ACADEMIC_YEAR,
        f"{end_year - 1}/{end_year % 100:02d}",
    )


def financial_year(end_year: int) -> Period:
    """The financial year that ends in March ``end_year``, labelled ``2024-25``."""
    return Period(
        date(end_year - 1, 4, 1),
        date(end_year, 3, 31),
        PeriodType.FINANCIAL_YEAR,
        f"{end_year - 1}-{end_year % 100:02d}",
    )


def calendar_year(year: int) -> Period:
    """A calendar year, labelled ``2024``."""
    return Period(date(year, 1, 1), date(year, 12, 31), PeriodType.CALENDAR_YEAR, str(year))


def january(year: int) -> Period:
    """A count in January, labelled ``January 2025``."""
    return Period(date(year, 1, 1), date(year, 1, 31), PeriodType.JANUARY, f"January {year}")


def mid_year(year: int) -> Period:
    """A mid-year population estimate (30 June), labelled ``mid-2023``."""
    return Period(date(year, 6, 30), date(year, 6, 30), PeriodType.MID_YEAR, f"mid-{year}")


def month(year: int, number: int) -> Period:
    """A calendar month, labelled ``October 2023``; January is marked, so that it is not the annual count."""
    last = calendar.monthrange(year, number)[1]
    label = f"{calendar.month_name[number]} {year}" + (" (month)" if number == 1 else "")
    return Period(date(year, number, 1), date(year, number, last), PeriodType.MONTH, label)


def change(first: int, last: int) -> Period:
    """A change between two years, labelled ``2011 to 2021``."""
    return Period(date(first, 1, 1), date(last, 12, 31), PeriodType.CHANGE, f"{first} to {last}")


def winter_quarter(end_year: int) -> Period:
    """The December to February average that participation statistics use."""
    last = calendar.monthrange(end_year, 2)[1]
    return Period(
        date(end_year - 1, 12, 1),
        date(end_year, 2, last),
        PeriodType.QUARTER,
        f"December {end_year - 1} to February {end_year}",
    )


def pooled_years(first: int, last: int) -> Period:
    """Several calendar years taken together, labelled ``2021–2023 pooled``."""
    return Period(date(first, 1, 1), date(last, 12, 31), PeriodType.POOLED_YEARS, f"{first}–{last} pooled")


_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}


def _two_years(first: str, second: str) -> int | None:
    """The end year of ``2023`` and ``24``, or None where they do not follow one another."""
    end = int(first) + 1
    return end if int(second) == end % 100 or int(second) == end else None


def parse_period(text: str) -> Period:
    """Read a period as a publisher prints it, or as a canonical label of this module.

    Args:
        text: For example ``2016 (Academic Year)``, ``2025 (prov) (Academic Year)``, ``2022/23``, ``202425``,
            ``Jan 2025``, ``2023-10-01``, ``mid-2023``, ``2011-2021``, ``FY ending 2021``.

    Raises:
        DataError: The text has none of the known shapes.
    """
    plain = re.sub(r"\s*\((?:prov(?:isional)?|OT|Rev|Final)\)", "", text.strip())
    for pattern, build in _SHAPES:
        match = re.fullmatch(pattern, plain, flags=re.IGNORECASE)
        if match:
            period = build(*match.groups())
            if period is not None:
                return period
    raise DataError(
        f"period {text!r} has no known shape",
        expected=PERIOD_SHAPES,
        remedy="correct the file or add the shape to periods.py",
    )


def _academic_pair(first: str, second: str) -> Period | None:
    end = _two_years(first, second)
    return academic_year(end) if end else None


def _dashed_pair(first: str, second: str) -> Period | None:
    if len(second) == 4:
        return change(int(first), int(second)) if int(second) > int(first) else None
    end = _two_years(first, second)
    return financial_year(end) if end else None


def _pooled(
    pair: Callable[[str, str], Period | None], first: str, second: str, third: str, fourth: str
) -> Period | None:
    """Several financial or academic years taken together."""
    begin, last = pair(first, second), pair(third, fourth)
    if begin is None or last is None or last.start <= begin.start:
        return None
    label = f"{begin.label} to {last.label} pooled"
    return Period(begin.start, last.end, PeriodType.POOLED_YEARS, label)


def _pooled_short(first: str, second: str, third: str, fourth: str) -> Period | None:
    """Several financial years taken together, the last of them without its century."""
    return _pooled(_dashed_pair, first, second, f"{first[:2]}{third}", fourth)


def _pooled_calendar(first: str, last: str) -> Period | None:
    """Several calendar years taken together, the last of them without its century."""
    end = int(f"{first[:2]}{last}")
    return pooled_years(int(first), end) if end > int(first) else None


def _named_month(name: str, year: str) -> Period | None:
    number = _MONTHS.get(name[:3].lower())
    if number is None:
        return None
    return january(int(year)) if number == 1 else month(int(year), number)


_SHAPES = (
    (r"(\d{4})\s*\(Academic Year\)", lambda y: academic_year(int(y))),
    (r"(\d{4})/(\d{2})\s*\(Academic Year\)", _academic_pair),
    (r"(\d{4})-(\d{2})\s*\(Academic Year\)", _academic_pair),
    (r"(\d{4})\s*\(Calendar Year\)", lambda y: calendar_year(int(y))),
    (r"(\d{4})-(\d{2})\s*\(Calendar Year\)", _pooled_calendar),
    (r"(\d{4})\s*\(Financial Year\)", lambda y: financial_year(int(y))),
    (r"(\d{4})-(\d{2})\s*\(Financial Year\)", _dashed_pair),
    (r"(\d{4})/(\d{2})-(\d{2})/(\d{2})\s*\(Financial Year\)", _pooled_short),
    (r"(\d{4})\s*\(Annual - January\)", lambda y: january(int(y))),
    (r"(\d{4})\s*\(Dec-Feb average\)", lambda y: winter_quarter(int(y))),
    (r"December \d{4} to February (\d{4})", lambda y: winter_quarter(int(y))),
    (r"(\d{4}) \(year as published.*\)", lambda y: calendar_year(int(y))),
    (r"FY ending (\d{4})", lambda y: financial_year(int(y))),
    (r"mid-(\d{4})", lambda y: mid_year(int(y))),
    (r"(\d{4})(?:/)(\d{2}|\d{4})", _academic_pair),
    (r"((?:19|20)\d{2})(\d{2})", _academic_pair),
    (r"(\d{4})-(\d{2})-\d{2}", lambda y, m: month(int(y), int(m)) if 1 <= int(m) <= 12 else None),
    (r"(\d{4}) to (\d{4})", lambda a, b: change(int(a), int(b)) if int(b) > int(a) else None),
    (r"(\d{4})-(\d{2}) to (\d{4})-(\d{2}) pooled", lambda *parts: _pooled(_dashed_pair, *parts)),
    (r"(\d{4})/(\d{2}) to (\d{4})/(\d{2}) pooled", lambda *parts: _pooled(_academic_pair, *parts)),
    (r"(\d{4})[–-](\d{4}) pooled", lambda a, b: pooled_years(int(a), int(b)) if int(b) > int(a) else None),
    (r"(\d{4})-(\d{2}|\d{4})", _dashed_pair),
    (r"(\d{4})-(0[1-9]|1[0-2])", lambda y, m: month(int(y), int(m))),
    (r"January (\d{4}) \(month\)", lambda y: month(int(y), 1)),
    (r"([A-Za-z]{3,9}) (\d{4})", _named_month),
    (r"((?:19|20)\d{2})", lambda y: calendar_year(int(y))),
    (r"not stated|unclear in seed", lambda: NOT_STATED),
)
