"""Publishers' tables opened in DuckDB as tables of text cells: CSV, Parquet, and sheets already read.

Cells are text, because a code such as ``c`` in a column of numbers is information, and because the decimals a
publisher printed say how a value was rounded.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from send_jsna.errors import DataError
from send_jsna.ingest.damage import MAX_LINE, MAX_SCRATCH, MEMORY_LIMIT, UNREADABLE_IN
from send_jsna.ingest.damage import plain_errors as plain_errors
from send_jsna.ingest.headers import doubles, read_header, same_spelling, told_apart
from send_jsna.ingest.opening import UNREADABLE, as_text
from send_jsna.ingest.sql import among_sql, sql_name, sql_text

#: Rows of a Parquet file at most: a few bytes may mean any number of them.
MAX_ROWS = 20_000_000


@contextmanager
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """A private DuckDB that loads nothing from the network and keeps to a memory limit.

    What does not fit, and what a file is made fit to be read by, lies in a folder that goes with it.
    """
    with tempfile.TemporaryDirectory(prefix="jsna-tables-", ignore_cleanup_errors=True) as folder:
        opened = duckdb.connect(
            config={
                "memory_limit": MEMORY_LIMIT,
                "temp_directory": folder,
                "max_temp_directory_size": MAX_SCRATCH,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        )
        try:
            opened.execute("SET enable_progress_bar = false")  # it would print among what the command prints
            yield opened
        finally:
            opened.close()


def _folder_of(con: duckdb.DuckDBPyConnection) -> Path:
    (folder,) = con.execute("SELECT current_setting('temp_directory')").fetchone() or ("",)
    return Path(str(folder))


Connection = duckdb.DuckDBPyConnection


@dataclass(frozen=True)
class Table:
    """A publisher's table that can be queried.

    Attributes:
        name: What is written behind ``FROM``.
        columns: Its columns, as the publisher prints them.
        where: File and source, for messages.
    """

    name: str
    columns: tuple[str, ...]
    where: str

    def need(self, *columns: str) -> None:
        """Refuse a table that lacks columns a reader uses.

        Raises:
            DataError: The first column that is gone, and the new one it may have become, or that is
                duplicated.
        """
        for column in columns:
            # Queries treat capital and small letters alike.
            alike = [name for name in self.columns if name.casefold() in doubles(column)]
            if len(alike) > 1:
                raise DataError(
                    f"the column {column!r} stands twice"
                    + ("" if {column, f"{column} (2)"} <= {*alike} else ", in capital and in small letters"),
                    where=self.where,
                    expected="one, since it is read",
                    remedy="ask the publisher which of the two is right",
                )
            if column not in self.columns:
                raise self.missing(column)

    def missing(self, column: str) -> DataError:
        """The sentence for a column that is not there.

        A merely similar name is not suggested: it is often that of another column, such as a part of it.
        """
        twin = same_spelling(column, self.columns)
        return DataError(
            f"the column {column!r} is gone" + (f"; {twin!r} may be its new name" if twin else ""),
            where=self.where,
            expected=f"a column {column!r} among the {len(self.columns)} of the file",
            remedy="look at the publisher's file; if it was renamed, name the new column under columns: of"
            " the source in data/catalogue/sources.yaml",
        )


def open_csv(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    *,
    where: str,
    renamed: Mapping[str, str] | None = None,
    is_lenient: bool = False,
) -> Table:
    """Open a CSV file, packed or not, as a table of text cells.

    The header is read first, so that a file that is no table is refused by name and not guessed at.

    Args:
        con: The connection.
        path: The file; see :func:`send_jsna.ingest.opening.as_text` for what it may be.
        where: What the file is, for messages.
        renamed: Column our reader uses → the publisher's present name for it.
        is_lenient: Whether a cell with a byte of no encoding may be read; else it is refused where it is
            read.

    Raises:
        DataError: The file cannot be read, is empty, or has no header.
    """
    text = as_text(path, _folder_of(con), where=where)
    header = told_apart(read_header(text.path, where=where))
    name = f"csv_{abs(hash((path, where)))}"
    back = {new: ours for ours, new in (renamed or {}).items()}
    clashing = [ours for new, ours in back.items() if new in header and ours in header]
    if clashing:
        raise DataError(
            f"the column {clashing[0]!r} is there again beside its new name",
            where=where,
            remedy="take it out of columns: of the source in data/catalogue/sources.yaml",
        )
    columns = told_apart([back.get(column, column) for column in header])
    # The names DuckDB reads by are numbers: what a file has in its first line is in none of its messages.
    reading = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(columns)))
    guards = text.has_unreadable and not is_lenient
    chosen = ", ".join(
        f"{_cell(place, guards=guards)} AS {sql_name(ours)}" for place, ours in enumerate(columns)
    )
    # With parallel=false DuckDB loses, without a word, what follows a quotation mark that has no end.
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT {chosen} FROM read_csv({sql_text(str(text.path))},"
        f" columns={{{reading}}}, header=true, auto_detect=false, delim=',', quote='\"', escape='\"',"
        f" nullstr='\x01', strict_mode=true, max_line_size={MAX_LINE}, encoding='utf-8',"
        f" compression={sql_text('gzip' if text.is_packed else 'none')})"
    )
    return Table(name, tuple(columns), where)


def _cell(place: int, *, guards: bool) -> str:
    """SQL for a cell, empty where there is none; one that cannot be read is an error where it is used."""
    cell = f"coalesce(c{place}, '')"
    if not guards:
        return cell
    return (
        f"CASE WHEN contains({cell}, {sql_text(UNREADABLE)})"
        f" THEN CAST(error('{UNREADABLE_IN} {place + 1}') AS VARCHAR) ELSE {cell} END"
    )


def open_parquet(con: duckdb.DuckDBPyConnection, path: Path, *, where: str) -> Table:
    """Open a Parquet file as a table of text cells.

    Raises:
        DataError: It is not a Parquet file.
    """
    name = f"parquet_{abs(hash((path, where)))}"
    with plain_errors(where):
        (rows,) = con.execute(
            f"SELECT sum(num_rows) FROM parquet_file_metadata({sql_text(str(path))})"
        ).fetchone() or (0,)
        if rows and rows > MAX_ROWS:
            raise DataError(
                f"it has {rows:,} rows",
                where=where,
                expected=f"{MAX_ROWS:,} at most",
                remedy="look at the file: no publisher's table is as long",
            )
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
