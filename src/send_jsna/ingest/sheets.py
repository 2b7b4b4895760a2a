"""Publishers' workbooks, whatever state they are in, and their sheets as tables of text.

A workbook that is cut short, packed to burst or no workbook at all fails in many ways inside openpyxl; here
each is one sentence. Sheets are read without trusting the size they declare, which in these publications is
often wrong.
"""

from __future__ import annotations

import warnings
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from send_jsna.errors import DataError
from send_jsna.ingest.opening import read_start

#: How much a workbook may unpack to, in bytes, and how many times its own size.
MAX_UNPACKED = 100_000_000
MAX_RATIO = 200
_HARMLESS = 20_000_000

#: Rows among which a header is looked for.
_FIRST_ROWS = 30

#: Rows and cells of a row that are read of a sheet at most.
MAX_ROWS = 200_000
MAX_CELLS = 2_000

Row = tuple[Any, ...]


def read(path: Path, where: str, wanted: Callable[[str], bool] | None = None) -> dict[str, list[Row]]:
    """The rows of a workbook's sheets: title to rows, empty cells None.

    Args:
        path: The workbook.
        where: What it is, for messages.
        wanted: Whether a sheet of this title is read; all where None.

    Raises:
        DataError: It is no workbook, is damaged, or unpacks to more than it may.
    """
    import openpyxl

    check_container(path, where)
    found: dict[str, list[Row]] = {}
    try:
        # Opened by us: by its path openpyxl refuses a file without a workbook's ending, as snapshots are.
        with path.open("rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            try:
                for sheet in book.worksheets:
                    if wanted is None or wanted(sheet.title):
                        # Declared sizes are wrong in several of these files, one cell in one of them.
                        sheet.reset_dimensions()
                        found[sheet.title] = _rows(sheet, where)
            finally:
                book.close()
    except DataError:
        raise
    # A damaged part fails wherever openpyxl happens to trip over it; its own words would not help.
    except Exception as error:
        raise DataError(
            f"the workbook is damaged ({type(error).__name__})",
            where=where,
            expected="a whole Excel workbook as the publisher made it",
            remedy="fetch it again",
        ) from None
    return found


def _rows(sheet: Any, where: str) -> list[Row]:
    rows: list[Row] = []
    for row in sheet.iter_rows(values_only=True, max_row=MAX_ROWS + 1, max_col=MAX_CELLS):
        rows.append(tuple(row))
        if len(rows) > MAX_ROWS:
            raise DataError(
                f"a sheet has more than {MAX_ROWS:,} rows",
                where=where,
                expected="a table that fits into memory",
            )
    return rows


def check_container(path: Path, where: str) -> None:
    """Refuse what is no packed workbook, or one that unpacks to more than it may.

    Raises:
        DataError: It is a web page, is damaged, too large, or declares a document type.
    """
    start = read_start(path, 512, where=where)
    if start.lstrip()[:1] == b"<":
        raise DataError(
            "it is a web page and not a workbook",
            where=where,
            expected="an Excel workbook",
            remedy="open the address in a browser: the publisher may have moved the file",
        )
    try:
        with zipfile.ZipFile(path) as parts:
            listed = parts.infolist()
            unpacked = sum(part.file_size for part in listed)
            packed = sum(part.compress_size for part in listed) or 1
            if unpacked > MAX_UNPACKED or (unpacked > _HARMLESS and unpacked / packed > MAX_RATIO):
                raise DataError(
                    f"the workbook unpacks to {unpacked:,} bytes",
                    where=where,
                    expected=f"at most {MAX_UNPACKED:,}, and {MAX_RATIO} times its own size",
                    remedy="look at the file: no publisher's workbook is packed like this",
                )
            for part in listed:
                if part.filename.endswith((".xml", ".rels")):
                    _check_part(parts, part, where)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError) as error:
        raise DataError(
            f"it is not an Excel workbook ({type(error).__name__})",
            where=where,
            expected="a file of the kind .xlsx",
            remedy="fetch it again; save an older kind as .xlsx first",
        ) from None


def _check_part(parts: zipfile.ZipFile, part: zipfile.ZipInfo, where: str) -> None:
    """Refuse a document type, which no spreadsheet has and which entities are expanded from."""
    with parts.open(part) as file:
        start = file.read(1 << 14)
    if b"<!DOCTYPE" in start or b"<!ENTITY" in start:
        raise DataError(
            "a part of the workbook declares a document type",
            where=where,
            expected="a workbook as a spreadsheet program writes it",
        )


def header_row(rows: Sequence[Row], must: Callable[[list[str]], bool]) -> int | None:
    """The place of the header of a sheet, found by its content; None where none of the first rows is it."""
    for place, row in enumerate(rows[:_FIRST_ROWS]):
        if must([plain(cell) for cell in row]):
            return place
    return None


def frame_of(rows: Sequence[Row], header: int) -> pd.DataFrame:
    """A sheet as a table of text: the header's cells as columns, and the rows under it that are not empty.

    Columns without a name are left out; of two with one name the second is marked, as in CSV files.
    """
    names: dict[int, str] = {}
    seen: dict[str, int] = {}
    for place, cell in enumerate(rows[header]):
        name = plain(cell)
        if name:
            seen[name] = seen.get(name, 0) + 1
            names[place] = name if seen[name] == 1 else f"{name} ({seen[name]})"
    lines = [
        [plain(row[place]) if place < len(row) else "" for place in names]
        for row in rows[header + 1 :]
        if any(plain(row[place]) for place in names if place < len(row))
    ]
    return pd.DataFrame(lines, columns=list(names.values()), dtype="str")


def plain(cell: Any) -> str:
    """A cell as text: whole numbers without a point, blanks at both ends taken off."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return " ".join(str(cell).split())
