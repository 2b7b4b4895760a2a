"""An extract added up: counts leave this module, rows and their cells do not."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import prod

from send_jsna.catalogue.periods import Period
from send_jsna.catalogue.recodings import in_use
from send_jsna.council.extract import (
    AREA,
    PERIOD,
    Extract,
    ExtractMeasure,
    ExtractTable,
    measure_names,
)
from send_jsna.council.extract_rows import (
    ExtractRow,
    check_area,
    check_cells,
    of_one_kind,
    read_period,
    read_row,
)
from send_jsna.council.grid import Grid
from send_jsna.council.headings import check_header
from send_jsna.errors import DataError

log = logging.getLogger("send_jsna")

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
        by: By breakdown and code, the sum in each measure; codes that no child has are none.
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
            that is not the declared one, a row that is there twice, a part larger than its whole.
    """
    is_cases = check_header(extract, grid)
    if not grid.rows:
        raise DataError("the file has no rows", where=grid.path, expected="rows below the headings")
    codes = recodings or {}
    rows, area = [], in_use(area_code, codes)
    # Cells repeat: what was looked at once is not looked at again.
    harmless: set[tuple[str, str]] = set()
    periods: dict[str, Period] = {}
    for line, cells in grid.rows:
        row = dict(zip(grid.header, cells, strict=True))
        check_cells(grid, line, row, harmless)
        area = check_area(grid, line, row[AREA], area, codes, is_given=bool(area_code), named=named)
        period = periods.get(row[PERIOD]) or read_period(grid, line, row[PERIOD])
        periods[row[PERIOD]] = period
        rows.append(read_row(extract, grid, line, row, period, is_cases=is_cases))
    rows = of_one_kind(grid, rows)
    if is_cases:
        _check_are_cases(extract, grid, rows)
    else:
        _check_unique(extract, grid, rows)
    return Aggregate(area, _add_up(extract, grid, rows))


def _check_are_cases(extract: Extract, grid: Grid, rows: list[ExtractRow]) -> None:
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


def _check_unique(extract: Extract, grid: Grid, rows: list[ExtractRow]) -> None:
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


def _add_up(
    extract: Extract, grid: Grid, rows: list[ExtractRow]
) -> dict[tuple[ExtractTable, Period, Codes], Counts]:
    found: dict[tuple[ExtractTable, Period, Codes], list[ExtractRow]] = {}
    for row in rows:
        for table in extract.tables:
            if table.state == row.codes.get(extract.state, ""):
                apart = tuple(row.codes[name] for name in table.apart)
                found.setdefault((table, row.period, apart), []).append(row)
    return {key: _counts(extract, grid, key[0], members) for key, members in found.items()}


def _counts(extract: Extract, grid: Grid, table: ExtractTable, rows: list[ExtractRow]) -> Counts:
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


def _supplied(grid: Grid, table: ExtractTable, rows: list[ExtractRow]) -> tuple[ExtractMeasure, ...]:
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


def _add(sums: list[int], row: ExtractRow, names: list[str]) -> None:
    for place, name in enumerate(names):
        sums[place] += row.numbers[name] or 0
