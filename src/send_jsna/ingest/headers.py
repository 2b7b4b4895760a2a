"""The column names of a publisher's table: read, made unique, and compared by their spelling."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Sequence
from pathlib import Path

from send_jsna.errors import DataError
from send_jsna.ingest.opening import read_start

#: Columns of a table at most: a few bytes may mean any number of them.
MAX_COLUMNS = 5_000

#: The longest header line that is looked at, in bytes.
_HEADER_BYTES = 1 << 20


class HeaderError(DataError):
    """A file does not begin with one line of column names."""


def read_header(path: Path, *, where: str) -> list[str]:
    """The column names of a CSV file in UTF-8, packed or not.

    Raises:
        DataError: HTML in place of a table, no header, or a column without a name.
    """
    start = read_start(path, _HEADER_BYTES, where=where)
    if start.lstrip()[:1] == b"<":
        raise DataError(
            "it is a web page and not a table",
            where=where,
            expected="CSV",
            remedy="open the address in a browser: the publisher may have moved the file",
        )
    text = start[: start.rfind(b"\n") + 1 or None].decode("utf-8-sig", errors="replace")
    try:
        header = next(csv.reader(io.StringIO(text)), [])
    except csv.Error:
        raise DataError("the header cannot be read", where=f"{where}, line 1", expected="CSV") from None
    if len(header) > MAX_COLUMNS:
        raise DataError(
            f"the header has {len(header):,} columns", where=where, expected=f"{MAX_COLUMNS:,} at most"
        )
    empty = [place for place, name in enumerate(header, 1) if not name.strip()]
    # Software that writes row numbers leaves their column without a name; only the first may be so.
    if header and empty == [1]:
        header[0], empty = "row", []
    if not header or empty or any("\x00" in name for name in header):
        raise HeaderError(
            "the header has a column without a name" if header and empty else "there is no header",
            where=where,
            expected="one line of column names",
        )
    return header


def same_spelling(name: str, others: Collection[str]) -> str | None:
    """The one other name that differs in capitals, blanks and underscores alone; None for none or several."""
    found = [other for other in others if other != name and _spelling(other) == _spelling(name)]
    return found[0] if len(found) == 1 else None


def _spelling(name: str) -> str:
    return re.sub(r"[\s_]+", "", name).casefold()


def told_apart(header: Sequence[str]) -> list[str]:
    """Column names with the second and later of one name marked; publishers do print a name twice.

    Capital and small letters are one name, as in queries.
    """
    taken: set[str] = set()
    names = []
    for name in header:
        place, unique = 1, name
        while unique.casefold() in taken:
            place += 1
            unique = f"{name} ({place})"
        taken.add(unique.casefold())
        names.append(unique)
    return names


def doubles(column: str) -> tuple[str, str]:
    """A column's name, and that of the second of the name, whatever their capitals."""
    return column.casefold(), f"{column} (2)".casefold()
