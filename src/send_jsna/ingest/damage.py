"""What DuckDB says of a damaged file, in one sentence that repeats nothing of it."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from send_jsna.errors import DataError
from send_jsna.files import NO_SPACE

#: Memory DuckDB may use for one table; what is more goes to its scratch folder on disk.
MEMORY_LIMIT = "1GB"

#: What its scratch folder may take up.
MAX_SCRATCH = "4GB"

#: The longest line of a file, in bytes.
MAX_LINE = 1 << 22

#: What a query says, with the column's number, that uses a cell which could not be read.
UNREADABLE_IN = "jsna: unreadable in column"

#: What DuckDB says of a damaged line, by what it means; its own words repeat the line.
_FAULTS = (
    (r"Expected Number of Columns: (\d+) Found: (\d+)", "has {1} cells and the header {0}"),
    (
        r"unterminated quote|Value with unterminated",
        "has a quotation mark that is never closed, or one too many",
    ),
    (r"Maximum line size|line size of", f"is longer than {MAX_LINE:,} bytes"),
)


@contextmanager
def plain_errors(where: str) -> Iterator[None]:
    """Turn what DuckDB says of a damaged file into one sentence, which repeats nothing of the file.

    Raises:
        DataError: DuckDB could not read the file.
        OSError: The disk is full.
    """
    try:
        yield
    except duckdb.OutOfMemoryException:
        raise DataError(
            "reading it needs more memory than it may use",
            where=where,
            expected=f"no more than {MEMORY_LIMIT} for one table, and {MAX_SCRATCH} of scratch files",
            remedy="keep fewer areas, or free some disk for the scratch files",
        ) from None
    except duckdb.Error as error:
        text = str(error)
        if NO_SPACE in text:
            raise OSError(errno.ENOSPC, NO_SPACE) from None
        # Not chained: DuckDB quotes the line, and a traceback goes to the run's log.
        raise _fault(text, where) from None


def _fault(text: str, where: str) -> DataError:
    line = re.search(r"CSV Error on Line: (\d+)", text)
    place = f"{where}, line {line[1]}" if line else where
    for pattern, words in _FAULTS:
        if line and (found := re.search(pattern, text)):
            return DataError(
                f"the line {words.format(*found.groups())}",
                where=place,
                expected="a whole table as the publisher made it",
                remedy="fetch it again",
            )
    if found := re.search(rf"{UNREADABLE_IN} (\d+)", text):
        return DataError(
            "a letter cannot be read",
            where=f"{where}, column {found[1]}",
            expected="text in UTF-8 or Windows-1252",
            remedy="ask the publisher for a file in UTF-8",
        )
    return DataError(
        "the table cannot be read",
        where=place,
        expected="a whole CSV or Parquet file as the publisher made it",
        remedy="fetch it again",
    )
