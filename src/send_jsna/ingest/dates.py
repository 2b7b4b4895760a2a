"""Dates in the names publishers give their files."""

from __future__ import annotations

import calendar
import re
from datetime import date

_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}


def latest_date(text: str) -> date | None:
    """The latest date in a name or title; None where there is none.

    Read are those of :func:`latest_day`, ``october-2024``, ``Mar2020`` and, where there is nothing else, a
    year alone. A month alone is its first day, a year its first of January.
    """
    plain = _plain(text)
    months = (
        _day(year, _month(name), "1")
        for name, year in re.findall(r"(?<![A-Za-z])([A-Za-z]{3,9}) ?(20\d\d)(?!\d)", plain)
    )
    days = [day for day in (latest_day(text), *months) if day is not None]
    if not days:
        days = [date(int(year), 1, 1) for year in re.findall(r"(?<!\d)(20\d\d)(?!\d)", plain)]
    return max(days, default=None)


def latest_day(text: str) -> date | None:
    """The latest day that is written in full in a name or title; None where there is none.

    Read are ``31_Jan_2026``, ``31 July 2025``, ``2023-12-01`` and ``20251114``.
    """
    plain = _plain(text)
    found = [
        *(_day(y, m, d) for y, m, d in re.findall(r"(?<!\d)(20\d\d) ?(\d\d) ?(\d\d)(?!\d)", plain)),
        *(
            _day(year, _month(name), day)
            for day, name, year in re.findall(r"(?<!\d)(\d\d?) ?([A-Za-z]{3,9}) ?(20\d\d)(?!\d)", plain)
        ),
    ]
    return max((day for day in found if day is not None), default=None)


def _plain(text: str) -> str:
    return re.sub(r"[_\-.%()/\s]+", " ", text)


def _month(name: str) -> str:
    """The number of a month written in full or in three or four letters; zero for another word."""
    number = _MONTHS.get(name[:3].lower(), 0)
    whole = calendar.month_name[number].lower()
    return str(number) if number and (whole.startswith(name.lower()) or name.lower() == "sept") else "0"


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
