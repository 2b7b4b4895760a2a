"""The first row of an extract: its columns, none of which may identify a child."""

from __future__ import annotations

import re

from send_jsna.catalogue.identifying import identifies, looks_like
from send_jsna.council.extract import AREA, AREA_CODE, PERIOD, Extract, measure_names
from send_jsna.council.grid import Grid
from send_jsna.errors import DataError
from send_jsna.ingest.quoting import heading

#: A heading with an identifying word that may be repeated in a message; a cell that slipped in there may not.
_HEADING = re.compile(r"[A-Za-z][A-Za-z0-9 _/()-]{0,39}")


def check_header(extract: Extract, grid: Grid) -> bool:
    """Whether the file has a row for each case.

    Raises:
        DataError: A heading that could identify a child, or one that is missing, unknown or there twice.
    """
    where = grid.place(1)
    template = f"start from data/council/{extract.stem}.template{grid.path.suffix}"
    expected = ", ".join(extract.headings)
    declared = set(extract.headings)
    if not declared & set(grid.header):
        raise DataError(
            "the first row has none of the columns", where=where, expected=expected, remedy=template
        )
    for name in grid.header:
        if name not in declared and (looks_like(name) or AREA_CODE.fullmatch(name)):
            raise DataError(
                "a heading looks like a value",
                where=where,
                expected="the names of the columns",
                remedy=template,
            )
        if name not in declared and identifies(name):
            raise DataError(
                f"the column {shown_heading(name)} could identify a child",
                where=where,
                expected="no name, UPN, ULN, NHS number, date of birth, address, postcode, e-mail or phone",
                remedy="take the column out where the file is kept; nothing of it was read",
            )
    first = measure_names(extract)
    is_cases = bool(extract.case) and not any(name in grid.header for name in first)
    needed = [AREA, PERIOD, *(column.name for column in extract.columns if column.is_needed)]
    needed += [m.column for m in extract.measures if m.is_needed and not (is_cases and m.column in first)]
    faults = (
        ("lacks", [name for name in needed if name not in grid.header]),
        ("has the unknown", [name for name in grid.header if name not in declared]),
        ("repeats", sorted({name for name in grid.header if grid.header.count(name) > 1})),
    )
    for what, names in faults:
        if names:
            raise DataError(
                f"the header {what} {', '.join(heading(name, grid.header, declared) for name in names)}",
                where=where,
                expected=expected,
                remedy=template,
            )
    return is_cases


def shown_heading(heading: str) -> str:
    """A heading as a message repeats it."""
    return repr(heading) if _HEADING.fullmatch(heading) else "(not repeated here)"
