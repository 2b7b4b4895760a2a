"""Publishers' tables opened in DuckDB as tables of text cells: CSV, Parquet, and sheets already read.

Cells are text, because a code such as ``c`` in a column of numbers is information, and because the decimals a
publisher printed say how a value was rounded.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from send_jsna.errors import DataError
from send_jsna.sources.sql import among_sql, sql_name, sql_text

#: Memory DuckDB may use for one table; what is more goes to its scratch folder on disk.
MEMORY_LIMIT = "1GB"

#: The longest header line that is looked at, in bytes.
_HEADER_BYTES = 1 << 20


@contextmanager
def connection(memory_limit: str = MEMORY_LIMIT) -> Iterator[duckdb.DuckDBPyConnection]:
    """A private DuckDB that loads nothing from the network and keeps to a memory limit."""
    opened = duckdb.connect(
        config={
            "memory_limit": memory_limit,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )
    try:
        opened.execute("SET enable_progress_bar = false")  # it would print among what the command prints
        yield opened
    finally:
        opened.close()


Connection = duckdb.DuckDBPyConnection


class HeaderError(DataError):
    """A file does not begin with one line of column names."""


@dataclass(frozen=True)
class Table:
    """A publisher's table that can be queried.

    Attributes:
        name: What stands behind ``FROM``.
        columns: Its columns, as the publisher prints them.
        where: File and source, for messages.
    """

    name: str
    columns: tuple[str, ...]
    where: str

    def need(self, *columns: str) -> None:
        """Refuse a table that lacks columns a reader uses.

        Raises:
            DataError: The first column that is gone, and the new one it may have become.
        """
        for column in columns:
            if column not in self.columns:
                raise self.missing(column)
            if f"{column} (2)" in self.columns:
                raise DataError(
                    f"the column {column!r} stands twice",
                    where=self.where,
                    expected="one, since it is read",
                    remedy="ask the publisher which of the two is right",
                )

    def missing(self, column: str) -> DataError:
        """The sentence for a column that is not there.

        A merely similar name is not suggested: it is often that of another column, such as a part of it.
        """
        twin = same_spelling(column, self.columns)
        return DataError(
            f"the column {column!r} is gone" + (f"; {twin!r} may be its new name" if twin else ""),
            where=self.where,
            expected=f"a column {column!r} among {_listed(self.columns)}",
            remedy="look at the publisher's file; if it was renamed, name the new column under columns: of"
            " the source in data/catalogue/sources.yaml",
        )


def open_csv(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    *,
    where: str,
    renamed: Mapping[str, str] | None = None,
    encoding: str = "utf-8",
) -> Table:
    """Open a CSV file, packed or not, as a table of text cells.

    The header is read first, so that a file that is no table is refused by name and not guessed at.

    Args:
        con: The connection.
        path: The file; gzip is recognised by its first bytes, whatever the name.
        where: What the file is, for messages.
        renamed: Column our reader uses → the publisher's present name for it.
        encoding: ``utf-8`` or ``latin-1``.

    Raises:
        DataError: The file cannot be read, is empty, or has no header.
    """
    packed = is_gzip(path, where)
    header = _told_apart(read_header(path, where=where, encoding=encoding))
    reading = ", ".join(f"{sql_text(name)}: 'VARCHAR'" for name in header)
    name = f"csv_{abs(hash((path, where)))}"
    back = {new: ours for ours, new in (renamed or {}).items()}
    clashing = [ours for new, ours in back.items() if new in header and ours in header]
    if clashing:
        raise DataError(
            f"the column {clashing[0]!r} is there again beside its new name",
            where=where,
            remedy="take it out of columns: of the source in data/catalogue/sources.yaml",
        )
    columns = tuple(back.get(column, column) for column in header)
    chosen = ", ".join(
        f"coalesce({sql_name(column)}, '') AS {sql_name(ours)}"
        for column, ours in zip(header, columns, strict=True)
    )
    # With parallel=false DuckDB loses, without a word, what follows a quotation mark that has no end.
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT {chosen} FROM read_csv({sql_text(str(path))},"
        f" columns={{{reading}}}, header=true, auto_detect=false, delim=',', quote='\"', escape='\"',"
        f" nullstr='\x01', strict_mode=true, max_line_size=4194304,"
        f" encoding={sql_text(encoding)}, compression={sql_text('gzip' if packed else 'none')})"
    )
    return Table(name, columns, where)


def open_parquet(con: duckdb.DuckDBPyConnection, path: Path, *, where: str) -> Table:
    """Open a Parquet file as a table of text cells.

    Raises:
        DataError: It is not a Parquet file.
    """
    name = f"parquet_{abs(hash((path, where)))}"
    with plain_errors(where):
        shape = con.execute(f"DESCRIBE SELECT * FROM read_parquet({sql_text(str(path))})").fetchall()
        columns = tuple(str(line[0]) for line in shape)
        con.execute(
            f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM read_parquet({sql_text(str(path))})"
        )
    return Table(name, columns, where)


def open_frame(con: duckdb.DuckDBPyConnection, frame: pd.DataFrame, *, where: str) -> Table:
    """A small table of text cells that was read in another way, such as a worksheet."""
    name = f"frame_{abs(hash((where, id(frame))))}"
    con.register(name, frame.astype("object").fillna("").astype("str"))
    return Table(name, tuple(str(column) for column in frame.columns), where)


def keep(
    con: Connection, table: Table, columns: Iterable[str], *, area: str, codes: Sequence[str] | None
) -> Table:
    """The rows of some areas and the columns that are needed, read from the file once.

    Args:
        con: The connection.
        table: The publisher's table.
        columns: Columns to keep.
        area: SQL of the area's code.
        codes: ONS codes to keep; None keeps every area.

    Returns:
        A table that is queried without reading the file again; it has the further column ``area_code``.
    """
    name = f"{table.name}_kept"
    kept = list(dict.fromkeys(columns))
    table.need(*kept)
    with plain_errors(table.where):
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT {area} AS area_code,"
            f" {', '.join(map(sql_name, kept))} FROM {table.name} WHERE {among_sql(area, codes)}"
        )
    return Table(name, ("area_code", *kept), table.where)


def with_columns(con: Connection, table: Table, columns: Mapping[str, str]) -> Table:
    """A table with further columns, each worked out by SQL from its row."""
    name = f"{table.name}_more"
    more = ", ".join(f"{expression} AS {sql_name(column)}" for column, expression in columns.items())
    con.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT *, {more} FROM {table.name}")
    return Table(name, (*table.columns, *columns), table.where)


def register_map(con: Connection, name: str, pairs: Mapping[str, str]) -> None:
    """A dictionary as a table with the columns ``key`` and ``value``."""
    con.register(name, pd.DataFrame(list(pairs.items()), columns=["key", "value"], dtype="str"))


@contextmanager
def plain_errors(where: str) -> Iterator[None]:
    """Turn what DuckDB says of a damaged file into one sentence.

    Raises:
        DataError: DuckDB could not read the file.
    """
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise DataError(
            "reading it needs more memory than it may use",
            where=where,
            expected=f"no more than {MEMORY_LIMIT} for one table",
            remedy="keep fewer areas, or free some disk for the scratch files",
        ) from error
    except duckdb.Error as error:
        first = " ".join(str(error).split("\n\n")[0].split())[:200]
        raise DataError(
            f"the table cannot be read ({first})",
            where=where,
            expected="a whole CSV or Parquet file as the publisher made it",
            remedy="fetch it again",
        ) from error


def is_gzip(path: Path, where: str) -> bool:
    """Whether a file is packed with gzip, by its first bytes.

    Raises:
        DataError: It cannot be read or is empty.
    """
    try:
        with path.open("rb") as file:
            first = file.read(2)
    except OSError as error:
        raise DataError(f"the file cannot be read ({error.strerror})", where=where) from error
    if not first:
        raise DataError("the file is empty", where=where, expected="a table", remedy="fetch it again")
    return first == b"\x1f\x8b"


def read_start(path: Path, most: int, *, where: str) -> bytes:
    """The first bytes of a file, unpacked where it is packed.

    Raises:
        DataError: It cannot be read, is empty or damaged.
    """
    unpack = gzip.open if is_gzip(path, where) else open
    try:
        with unpack(path, "rb") as file:
            return bytes(file.read(most))
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(
            f"the packed file is damaged ({error})", where=where, remedy="fetch it again"
        ) from error


def read_header(path: Path, *, where: str, encoding: str = "utf-8") -> list[str]:
    """The column names of a CSV file, packed or not.

    Raises:
        DataError: HTML in place of a table, a wrong encoding, no header, or a column without a name.
    """
    start = read_start(path, _HEADER_BYTES, where=where)
    if start.lstrip()[:1] == b"<":
        raise DataError(
            "it is a web page and not a table",
            where=where,
            expected="CSV",
            remedy="open the address in a browser: the publisher may have moved the file",
        )
    try:
        text = start[: start.rfind(b"\n") + 1 or None].decode(
            "utf-8-sig" if encoding == "utf-8" else encoding
        )
        header = next(csv.reader(io.StringIO(text)), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(
            f"the header cannot be read ({error})", where=where, expected=f"CSV in {encoding.upper()}"
        ) from error
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


def _told_apart(header: Sequence[str]) -> list[str]:
    """Column names with the second and later of one name marked; publishers do print a name twice."""
    seen: dict[str, int] = {}
    names = []
    for name in header:
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names


def _listed(names: Sequence[str], most: int = 12) -> str:
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
