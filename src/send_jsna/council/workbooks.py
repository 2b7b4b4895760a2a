"""A workbook's cells as text: whatever a spreadsheet can hide or change is refused by cell address.

Before openpyxl reads a sheet, its XML is searched for what openpyxl would ignore without a warning: rows and
cells out of order, merged and hidden cells, formulas that were never calculated. openpyxl's own errors and
warnings quote cells; none of them is passed on.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError, iterparse

from send_jsna.council.grid import MOST_ROWS, Grid, column_letters, too_many_rows
from send_jsna.council.packages import SAVE_AGAIN, check_package
from send_jsna.errors import DataError

SHEET = "data"
_MOST_COLUMNS = 200
_LAST_ROW = 1_048_576
#: Rows without a value that may follow one another; formats down to the last row leave a million of them.
_MOST_EMPTY = 10_000

_NAMESPACES = (
    "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}",
    "{http://purl.oclc.org/ooxml/spreadsheetml/main}",
)
_TRUE = ("1", "true")
_ADDRESS = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


def read_workbook(path: Path, content: bytes, check_header: Callable[[Grid], object]) -> Grid:
    """The cells of the sheet ``data``, or of the only sheet.

    Numbers become the shortest text. Rows without a value are skipped.

    Raises:
        DataError: Not a workbook, a damaged, protected or dangerous one, no such sheet, values on a hidden
            sheet, merged cells, formulas without a value, errors, dates, values outside the headed columns.
    """
    check_package(path, content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _read(path, content, check_header)
        except DataError:
            raise
        except Exception as error:  # whatever openpyxl raises on a damaged part; its message may quote a cell
            raise DataError(
                f"the workbook is damaged ({type(error).__name__})", where=path, remedy=SAVE_AGAIN
            ) from None


def _read(path: Path, content: bytes, check_header: Callable[[Grid], object]) -> Grid:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    try:
        sheet = _chosen(path, book)
        for other in book.worksheets:
            is_data = other is sheet
            if is_data or other.sheet_state != "visible":
                other.reset_dimensions()
                _check_sheet(f"{path}, sheet {_name(other)}", other, is_data=is_data)
                if not is_data:
                    _refuse_hidden(path, other)
        return _grid(path, sheet, check_header)
    finally:
        book.close()


def _chosen(path: Path, book: Any) -> Any:
    sheets = book.worksheets
    named = [sheet for sheet in sheets if sheet.title.strip().casefold() == SHEET]
    if len(named) == 1:
        return named[0]
    if len(sheets) == 1:
        return sheets[0]
    raise DataError(
        f"the workbook has {len(sheets)} sheets and none is the sheet {SHEET!r}",
        where=path,
        expected=f"a sheet {SHEET!r}, or one sheet only",
        remedy=f"name the sheet with the rows {SHEET!r}",
    )


def _refuse_hidden(path: Path, sheet: Any) -> None:
    for row in sheet.iter_rows():
        for cell in row:
            if cell.value is not None and str(cell.value).strip():
                raise DataError(
                    "the hidden sheet has values",
                    where=f"{path}, sheet {_name(sheet)}, cell {cell.coordinate}",
                    expected="nothing that is not seen",
                    remedy="take the sheet out where the file is kept",
                )


def _check_sheet(where: str, sheet: Any, *, is_data: bool) -> None:
    """Refuse, in the sheet's own XML, what openpyxl would pass over or fill memory with."""
    line = column = empty = 0
    is_hidden, hidden_columns = False, set[int]()
    with sheet._get_source() as source:
        try:
            for event, element in iterparse(source, events=("start", "end")):
                tag = _tag(element.tag)
                if event == "start":
                    if tag == "row":
                        line, column = _next(element.get("r"), line, where), 0
                        is_hidden = element.get("hidden") in _TRUE
                    elif tag == "c":
                        column = _next_cell(element.get("r"), line, column, where)
                    continue
                if tag == "row":
                    empty = 0 if any(len(cell) for cell in element) else empty + 1
                    if empty > _MOST_EMPTY:
                        raise DataError(
                            f"more than {_MOST_EMPTY:,} rows without a value follow one another",
                            where=f"{where}, row {line}",
                            expected="nothing below the last row with values",
                            remedy="delete the empty rows, their formats too, and save the workbook again",
                        )
                if tag == "c" and is_data:
                    if len(element) and (is_hidden or column in hidden_columns):
                        raise DataError(
                            "the cell is hidden",
                            where=f"{where}, cell {column_letters(column)}{line}",
                            expected="nothing that is not seen",
                            remedy="clear the filter, and show or delete the hidden rows and columns",
                        )
                    if _is_uncalculated(element):
                        raise DataError(
                            "the formula has no value",
                            where=f"{where}, cell {column_letters(column)}{line}",
                            expected="a value",
                            remedy="paste the cells as values and save the workbook again",
                        )
                elif tag == "mergeCell" and is_data:
                    raise DataError(
                        "cells are merged",
                        where=f"{where}, cells {_range(element.get('ref'))}",
                        expected="one value in each cell",
                        remedy="unmerge them and fill each cell",
                    )
                elif tag == "col" and element.get("hidden") in _TRUE:
                    hidden_columns |= _columns(element.get("min"), element.get("max"))
                elif tag in ("row", "mergeCells"):
                    element.clear()
        except ParseError as error:
            raise DataError(
                f"the sheet is damaged (line {error.position[0]} of its XML)", where=where, remedy=SAVE_AGAIN
            ) from None


def _name(sheet: Any) -> str:
    """A sheet's name for messages; another one may contain anything, and is replaced by its number."""
    if sheet.title.strip().casefold() == SHEET or re.fullmatch(r"Sheet[0-9]{1,3}", sheet.title):
        return str(sheet.title)
    return str(sheet.parent.sheetnames.index(sheet.title) + 1)


def _columns(first: str | None, last: str | None) -> set[int]:
    numbers = [int(text) for text in (first, last) if text and re.fullmatch("[0-9]{1,5}", text)]
    return set(range(numbers[0], min(numbers[1], _MOST_COLUMNS) + 1)) if len(numbers) == 2 else set()


def _tag(name: str) -> str:
    return next((name.removeprefix(space) for space in _NAMESPACES if name.startswith(space)), "")


def _next(text: str | None, line: int, where: str) -> int:
    number = line + 1 if text is None else int(text) if re.fullmatch("[0-9]{1,7}", text) else 0
    if not line < number <= _LAST_ROW:
        raise DataError("the rows are out of order", where=f"{where}, after row {line}", remedy=SAVE_AGAIN)
    return number


def _next_cell(text: str | None, line: int, column: int, where: str) -> int:
    number = column + 1
    if text is not None:
        match = _ADDRESS.fullmatch(text)
        number = _column_number(match[1]) if match and int(match[2]) == line else 0
    if number <= column:
        raise DataError("the cells are out of order", where=f"{where}, row {line}", remedy=SAVE_AGAIN)
    if number > _MOST_COLUMNS:
        raise DataError(
            "there is a cell far to the right of the columns",
            where=f"{where}, cell {column_letters(number)}{line}",
            expected=f"{_MOST_COLUMNS} columns at most",
            remedy="delete the columns to the right of the last heading",
        )
    return number


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def _is_uncalculated(cell: Any) -> bool:
    names = {_tag(child.tag): child for child in cell}
    return "f" in names and not ("v" in names and names["v"].text)


def _range(text: str | None) -> str:
    return text if text and re.fullmatch("[A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7}", text) else "not stated"


def _grid(path: Path, sheet: Any, check_header: Callable[[Grid], object]) -> Grid:
    where = f"{path}, sheet {_name(sheet)}"
    header: list[str] = []
    rows: list[tuple[int, list[str]]] = []
    for line, cells in _lines(sheet):
        texts = [_text(value, kind, f"{where}, cell {column_letters(n)}{line}") for n, value, kind in cells]
        if not any(texts):
            continue
        if not rows and not header:
            if line != 1:
                raise DataError(
                    "there is no heading in the first row",
                    where=f"{where}, row {line}",
                    remedy="delete the rows above",
                )
            header = _headings(texts, where)
            check_header(Grid(path, _name(sheet), header, []))
            continue
        beyond = [number for number, text in enumerate(texts, 1) if text and number > len(header)]
        if beyond:
            raise DataError(
                "there is a value in a column without a heading",
                where=f"{where}, cell {column_letters(beyond[0])}{line}",
                expected=f"{len(header)} columns",
                remedy="delete it",
            )
        if len(rows) == MOST_ROWS:
            raise too_many_rows(path, MOST_ROWS)
        rows.append((line, (texts + [""] * len(header))[: len(header)]))
    if not header:
        check_header(Grid(path, _name(sheet), [], []))
    return Grid(path, _name(sheet), header, rows)


def _lines(sheet: Any) -> Iterator[tuple[int, list[tuple[int, Any, str]]]]:
    for line, row in enumerate(sheet.iter_rows(), 1):
        yield (
            line,
            [(number, cell.value, getattr(cell, "data_type", "n")) for number, cell in enumerate(row, 1)],
        )


def _headings(texts: list[str], where: str) -> list[str]:
    last = max(number for number, text in enumerate(texts, 1) if text)
    for number, text in enumerate(texts[:last], 1):
        if not text:
            raise DataError(
                "the heading is empty",
                where=f"{where}, cell {column_letters(number)}1",
                expected="a column's name",
            )
    return texts[:last]


def _text(value: Any, kind: str, where: str) -> str:
    if value is None:
        return ""
    if isinstance(value, date | datetime | time | timedelta):
        raise DataError(
            "the cell has a date or a time",
            where=where,
            expected="text such as October 2023, or a plain number",
            remedy="format the cell as text and type it again",
        )
    if kind == "e":
        raise DataError("the cell has an error", where=where, expected="a value", remedy="mend the formula")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value).strip()
