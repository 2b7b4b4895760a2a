"""An extract's cells as text, with their places, from a CSV file or a workbook."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

from send_jsna.catalogue.dataset_file import decoded
from send_jsna.council.grid import MOST_ROWS, Grid, too_many_rows
from send_jsna.errors import DataError

#: Kinds of file an extract may come as.
ENDINGS = (".csv", ".xlsx")

#: No council's extract comes near these; a file beyond them is a mistake, and would fill the memory.
LARGEST_FILE = 50_000_000


def find(folder: Path, stem: str) -> Path | None:
    """The file of an extract, or None where the council supplied none.

    Raises:
        DataError: There is a CSV file and a workbook.
    """
    found = [path for ending in ENDINGS if (path := folder / f"{stem}{ending}").is_file()]
    if len(found) > 1:
        raise DataError(
            f"{found[0].name} and {found[1].name} are both there",
            where=folder,
            expected="one file for each extract",
            remedy="take one of the two out",
        )
    return found[0] if found else None


def read_file(path: Path) -> bytes:
    """The bytes of an extract.

    Raises:
        DataError: It cannot be read, or is larger than any extract is.
    """
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise DataError(
                f"the file has {size:,} bytes",
                where=path,
                expected=f"{LARGEST_FILE:,} at most",
                remedy="supply counts in place of rows, or fewer periods",
            )
        return path.read_bytes()
    except OSError as error:
        raise DataError(
            f"the file cannot be read ({error.strerror})", where=path, remedy="close it elsewhere"
        ) from None


def read_grid(path: Path, content: bytes, check_header: Callable[[Grid], object]) -> Grid:
    """The cells of an extract; rows of empty cells are skipped.

    Args:
        path: The file, for messages and for its ending.
        content: Its bytes.
        check_header: Refuses a grid that has only its header yet, before any row is read.

    Raises:
        DataError: It is not a CSV file in UTF-8, or not a workbook that can be read safely. The message
            repeats no cell.
    """
    if path.suffix == ".xlsx":
        from send_jsna.council.workbooks import read_workbook

        return read_workbook(path, content, check_header)
    return _read_csv(path, content, check_header)


def _read_csv(path: Path, content: bytes, check_header: Callable[[Grid], object]) -> Grid:
    reader = csv.reader(io.StringIO(decoded(content, path), newline=""))
    rows: list[tuple[int, list[str]]] = []
    try:
        header = [name.strip() for name in next(reader, [])]
        check_header(Grid(path, "", header, []))
        for cells in reader:
            trimmed = [cell.strip() for cell in cells]
            if not any(trimmed):
                continue
            if len(cells) != len(header):
                raise DataError(
                    f"the row has {len(cells)} cells",
                    where=f"{path}, line {reader.line_num}",
                    expected=f"{len(header)}",
                    remedy="look for a missing or unquoted comma",
                )
            if len(rows) == MOST_ROWS:
                raise too_many_rows(path, MOST_ROWS)
            rows.append((reader.line_num, trimmed))
    except csv.Error as error:
        raise DataError(
            f"not readable as CSV ({error})",
            where=f"{path}, line {reader.line_num}",
            expected="comma-separated rows of equal length",
            remedy="look for a quotation mark that is never closed",
        ) from None
    return Grid(path, "", header, rows)
