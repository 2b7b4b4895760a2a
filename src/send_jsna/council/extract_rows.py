"""The rows of an extract: each cell checked and read.

No message repeats a cell, except the code of another area.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from send_jsna.catalogue.identifying import DATE, looks_like
from send_jsna.catalogue.periods import Period, PeriodType, month, parse_period
from send_jsna.catalogue.recodings import in_use
from send_jsna.council.extract import AREA, AREA_CODE, PERIOD, Extract, ExtractColumn, ExtractTable
from send_jsna.council.grid import Grid
from send_jsna.errors import DataError

_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_WHOLE = re.compile(r"[0-9]{1,7}")
_PERIODS = {
    PeriodType.ACADEMIC_YEAR: "2024/25",
    PeriodType.FINANCIAL_YEAR: "2024-25",
    PeriodType.CALENDAR_YEAR: "2024",
    PeriodType.JANUARY: "January 2025",
    PeriodType.MONTH: "October 2025",
}
_YES = {"yes": 1, "no": 0}


@dataclass(frozen=True)
class ExtractRow:
    """One row of an extract as it is read.

    Attributes:
        line: Its line, or its row of a sheet.
        period: Its period.
        codes: The code in each declared column that the file has.
        numbers: The count in each measure; None where it is not known.
    """

    line: int
    period: Period
    codes: dict[str, str]
    numbers: dict[str, int | None]


def check_cells(grid: Grid, line: int, row: dict[str, str], harmless: set[tuple[str, str]]) -> None:
    """Refuse a row with a value that could identify a child.

    Args:
        grid: The file's cells, for messages.
        line: The row's line.
        row: Its cells by heading.
        harmless: Headings and values that were looked at before; those of the row are added.

    Raises:
        DataError: A cell looks like something that identifies a person.
    """
    for name, value in row.items():
        if (name, value) in harmless:
            continue
        kind = looks_like(value)
        if kind and not (kind == DATE and name == PERIOD):
            raise DataError(
                f"it looks like {kind}",
                where=grid.place(line, name),
                expected="nothing that could identify a child",
                remedy="take it out where the file is kept; nothing of the file was kept",
            )
        harmless.add((name, value))


def check_area(
    grid: Grid,
    line: int,
    value: str,
    area: str,
    recodings: Mapping[str, str],
    *,
    is_given: bool,
    named: Callable[[str], str] = str,
) -> str:
    """The area of a row, under the code used here.

    Raises:
        DataError: It is no area's code, or another area's than the run's or than that of the rows above.
    """
    where = grid.place(line, AREA)
    if not AREA_CODE.fullmatch(value):
        raise DataError("it is no ONS code", where=where, expected="such as E08000026")
    if area and in_use(value, recodings) != area:
        raise DataError(
            f"the row is of area {named(value)}",
            where=where,
            expected=f"{named(area)}, the area of the " + ("run" if is_given else "rows above"),
            remedy="supply one area's extracts, with the area of the run",
        )
    return str(in_use(value, recodings))


def read_row(
    extract: Extract, grid: Grid, line: int, row: dict[str, str], period: Period, *, is_cases: bool
) -> ExtractRow:
    """The codes and counts of a row.

    Raises:
        DataError: A code or count that is not the declared one, or a part larger than its whole.
    """
    state = row.get(extract.state, "")
    codes = {}
    for column in extract.columns:
        if column.name in row:
            value = row[column.name] or (column.unknown if is_cases else "")
            _check_code(grid, line, column, value, state)
            codes[column.name] = value
    numbers: dict[str, int | None] = {}
    for table in extract.tables:
        if table.state == state:
            numbers |= _numbers(grid, line, table, row, is_cases=is_cases)
    return ExtractRow(line, period, codes, numbers)


def _check_code(grid: Grid, line: int, column: ExtractColumn, value: str, state: str) -> None:
    where = grid.place(line, column.name)
    if column.only and state not in column.only:
        if value:
            raise DataError(
                "it is filled",
                where=where,
                expected="an empty cell, except in rows of " + ", ".join(column.only),
            )
    elif column.codes and value not in column.codes:
        raise DataError("its value is unknown", where=where, expected="one of " + ", ".join(column.codes))
    elif not column.codes and not _CODE.fullmatch(value):
        raise DataError("it is no code", where=where, expected="lower-case letters, digits and underscores")


def read_period(grid: Grid, line: int, value: str) -> Period:
    """The period of a row.

    Raises:
        DataError: It is no period, or one of a kind that extracts do not have.
    """
    where = grid.place(line, PERIOD)
    expected = "one such as " + ", ".join(_PERIODS.values())
    if re.fullmatch(r"[0-9]{5}(\.[0-9]+)?", value):
        raise DataError(
            "it is the number a spreadsheet keeps for a date",
            where=where,
            expected=expected,
            remedy="format the column as text and type the period again",
        )
    try:
        period = parse_period(value)
    except (DataError, ValueError, OverflowError):
        period = None
    if period is None or period.type not in _PERIODS:
        raise DataError("it is no period", where=where, expected=expected)
    return period


def _numbers(
    grid: Grid, line: int, table: ExtractTable, row: dict[str, str], *, is_cases: bool
) -> dict[str, int | None]:
    """The counts of a row, None where a cell is empty that may be and so is not known."""
    found: dict[str, int | None] = {}
    before: tuple[str, int | None] | None = None
    for place, measure in enumerate(table.measures):
        name = measure.column
        if is_cases and place == 0:
            number: int | None = 1
        elif name not in row or (not row[name] and not measure.is_needed):
            # Of a child who is not among the wider count none can be among the narrower.
            number = 0 if is_cases and name in row and before is not None and before[1] == 0 else None
        elif is_cases:
            number = _YES.get(row[name])
            if number is None:
                raise DataError("its value is unknown", where=grid.place(line, name), expected="yes or no")
        elif _WHOLE.fullmatch(row[name]):
            number = int(row[name])
        else:
            raise DataError(
                "it is no count",
                where=grid.place(line, name),
                expected="a whole number, 0 or more",
                remedy="give the count itself; small counts are withheld when the file is read",
            )
        if before is not None and number is not None and (before[1] is None or number > before[1]):
            raise DataError(
                f"it is more than {before[0]}"
                if before[1] is not None
                else f"it is filled and {before[0]} is not",
                where=grid.place(line, name),
                expected=f"a part of {before[0]}",
            )
        found[name] = number
        before = (name, number)
    return found


def of_one_kind(grid: Grid, rows: list[ExtractRow]) -> list[ExtractRow]:
    """The rows with January taken for a month where there are other months; a mixture is refused.

    Raises:
        DataError: The periods are of two kinds.
    """
    types = {row.period.type for row in rows}
    if types == {PeriodType.JANUARY, PeriodType.MONTH}:
        return [
            ExtractRow(row.line, month(row.period.start.year, 1), row.codes, row.numbers)
            if row.period.type is PeriodType.JANUARY
            else row
            for row in rows
        ]
    if len(types) > 1:
        first = rows[0]
        other = next(row for row in rows if row.period.type is not first.period.type)
        raise DataError(
            "the periods are of two kinds",
            where=grid.places(first.line, other.line, PERIOD),
            expected="only months or only years, since months and their year would give small counts away",
        )
    return rows
