"""An extract read and added up: counts leave this module, rows and their cells do not.

No message repeats a cell, save the code of another area.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import prod

from send_jsna.catalogue.identifying import DATE, looks_like
from send_jsna.catalogue.periods import Period, PeriodType, month, parse_period
from send_jsna.catalogue.recodings import in_use
from send_jsna.council.extract import (
    AREA,
    AREA_CODE,
    PERIOD,
    Extract,
    ExtractColumn,
    ExtractMeasure,
    ExtractTable,
    measure_names,
)
from send_jsna.council.grid import Grid
from send_jsna.council.headings import check_header
from send_jsna.errors import DataError

log = logging.getLogger("send_jsna")

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
#: Fewer cases than this may all differ and yet be of every combination of their codes.
_SUSPICIOUS = 20
#: No council has so many cases of which no two are alike.
_IMPOSSIBLE = 200

Codes = tuple[str, ...]


@dataclass
class Counts:
    """What the rows of one table, in one period and apart from others, add up to.

    Attributes:
        measures: The measures that the file supplies, from the widest on.
        total: The sum in each measure.
        by: By breakdown and code, the sum in each measure; codes that nobody has are none.
        cells: By code of the breakdown that is grouped and code of its group, the sum in each measure.
    """

    measures: tuple[ExtractMeasure, ...]
    total: list[int]
    by: dict[str, dict[str, list[int]]]
    cells: dict[tuple[str, str], list[int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Aggregate:
    """An extract added up: its area, and its counts by table, period and the codes that stay apart."""

    area_code: str
    counts: dict[tuple[ExtractTable, Period, Codes], Counts]


@dataclass(frozen=True)
class _Row:
    line: int
    period: Period
    codes: dict[str, str]
    numbers: dict[str, int | None]


def aggregate(
    extract: Extract,
    grid: Grid,
    area_code: str = "",
    recodings: Mapping[str, str] | None = None,
    named: Callable[[str], str] = str,
) -> Aggregate:
    """Add an extract up.

    Args:
        extract: Its declaration.
        grid: Its cells.
        area_code: The area the file must be of; empty where any one area will do.
        recodings: Other codes of areas to the code used here, which the counts are given under.
        named: Gives an area's code with its name, for messages.

    Raises:
        DataError: A heading or a value that could identify a child, a column, code, count, period or area
            that is not the declared one, a row that stands twice, a part larger than its whole.
    """
    is_cases = check_header(extract, grid)
    if not grid.rows:
        raise DataError("the file holds no rows", where=grid.path, expected="rows below the headings")
    codes = recodings or {}
    rows, area = [], in_use(area_code, codes)
    # Cells repeat: what was looked at once is not looked at again.
    harmless: set[tuple[str, str]] = set()
    periods: dict[str, Period] = {}
    for line, cells in grid.rows:
        row = dict(zip(grid.header, cells, strict=True))
        _check_cells(grid, line, row, harmless)
        area = check_area(grid, line, row[AREA], area, codes, is_given=bool(area_code), named=named)
        period = periods.get(row[PERIOD]) or _period(grid, line, row[PERIOD])
        periods[row[PERIOD]] = period
        rows.append(_read_row(extract, grid, line, row, period, is_cases=is_cases))
    rows = _of_one_kind(grid, rows)
    if is_cases:
        _check_are_cases(extract, grid, rows)
    else:
        _check_unique(extract, grid, rows)
    return Aggregate(area, _add_up(extract, grid, rows))


# -- rows -------------------------------------------------------------------------------------------------


def _check_cells(grid: Grid, line: int, row: dict[str, str], harmless: set[tuple[str, str]]) -> None:
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


def _read_row(
    extract: Extract, grid: Grid, line: int, row: dict[str, str], period: Period, *, is_cases: bool
) -> _Row:
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
    return _Row(line, period, codes, numbers)


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


def _period(grid: Grid, line: int, value: str) -> Period:
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


def _of_one_kind(grid: Grid, rows: list[_Row]) -> list[_Row]:
    """The rows with January taken for a month where there are other months; a mixture is refused."""
    types = {row.period.type for row in rows}
    if types == {PeriodType.JANUARY, PeriodType.MONTH}:
        return [
            _Row(row.line, month(row.period.start.year, 1), row.codes, row.numbers)
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


def _check_are_cases(extract: Extract, grid: Grid, rows: list[_Row]) -> None:
    """Refuse a table of counts without its counts: no two rows alike, and every combination of their codes.

    The cases of a small authority may all differ, but they leave combinations out.
    """
    different = {(row.period, *row.codes.values(), *row.numbers.values()) for row in rows}
    if len(rows) < _SUSPICIOUS or len(different) < len(rows):
        return
    combinations = prod(len(set(column)) for column in zip(*different, strict=True))
    if combinations == len(rows) or len(rows) >= _IMPOSSIBLE:
        missing = ", ".join(measure_names(extract))
        raise DataError(
            f"no two rows are alike, so that a column {missing} seems to be missing",
            where=grid.place(1),
            expected=f"{extract.case} in each row, or counts with the column {missing}",
            remedy=f"add the column {missing}, with 1 in each row where each is one case",
        )


def _check_unique(extract: Extract, grid: Grid, rows: list[_Row]) -> None:
    seen: dict[tuple[object, ...], int] = {}
    for row in rows:
        key = (row.period, *row.codes.values())
        first = seen.setdefault(key, row.line)
        if first != row.line:
            raise DataError(
                "two rows have one period and the same codes",
                where=grid.places(first, row.line),
                expected="one row for each period and combination of codes",
                remedy="add the two together",
            )


# -- sums -------------------------------------------------------------------------------------------------


def _add_up(
    extract: Extract, grid: Grid, rows: list[_Row]
) -> dict[tuple[ExtractTable, Period, Codes], Counts]:
    found: dict[tuple[ExtractTable, Period, Codes], list[_Row]] = {}
    for row in rows:
        for table in extract.tables:
            if table.state == row.codes.get(extract.state, ""):
                apart = tuple(row.codes[name] for name in table.apart)
                found.setdefault((table, row.period, apart), []).append(row)
    return {key: _counts(extract, grid, key[0], members) for key, members in found.items()}


def _counts(extract: Extract, grid: Grid, table: ExtractTable, rows: list[_Row]) -> Counts:
    supplied = _supplied(grid, table, rows)
    names = [measure.column for measure in supplied]
    by: dict[str, dict[str, list[int]]] = {}
    for breakdown in table.breakdowns:
        if breakdown in grid.header:
            column = extract.column(breakdown)
            codes: Iterable[str] = (code for code in column.codes if code not in column.later)
            sums = by[breakdown] = {code: [0] * len(names) for code in codes}
            for row in rows:
                _add(sums.setdefault(row.codes[breakdown], [0] * len(names)), row, names)
    total = [0] * len(names)
    for row in rows:
        _add(total, row, names)
    cells: dict[tuple[str, str], list[int]] = {}
    if table.groups:
        for row in rows:
            key = (row.codes[table.breakdowns[0]], row.codes[table.groups])
            _add(cells.setdefault(key, [0] * len(names)), row, names)
    return Counts(supplied, total, by, cells)


def _supplied(grid: Grid, table: ExtractTable, rows: list[_Row]) -> tuple[ExtractMeasure, ...]:
    """The measures that are known of every row; a count of some would pass for one of all."""
    found = []
    for measure in table.measures:
        if any(row.numbers[measure.column] is None for row in rows):
            if any(row.numbers[measure.column] for row in rows):
                log.warning(
                    "%s: %s is not known of every row of %s, so that no figure is made of it",
                    grid.path,
                    measure.column,
                    rows[0].period.label,
                )
            break
        found.append(measure)
    return tuple(found)


def _add(sums: list[int], row: _Row, names: list[str]) -> None:
    for place, name in enumerate(names):
        sums[place] += row.numbers[name] or 0
