"""What a publisher's file looks like, in a few numbers that two releases can be compared by.

A profile is made of a file of rows (CSV or Parquet) in one pass: its size, its rows, each column's kind and
the values of those columns that name breakdowns, the periods and the areas. It has no figure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from send_jsna.catalogue.periods import parse_period
from send_jsna.errors import DataError
from send_jsna.ingest import text_tables
from send_jsna.ingest.cell_text import SYMBOLS
from send_jsna.ingest.headers import HeaderError
from send_jsna.ingest.opening import read_start
from send_jsna.ingest.sql import sql_name, sql_text

Kind = Literal["number", "text", "empty"]

#: A column with more different values than this names no breakdown.
MOST_VALUES = 250

#: Columns with the period of a row, in order of preference.
PERIOD_COLUMNS = (
    "time_period",
    "Time period Sortable",
    "REPORTING_PERIOD_START",
    "Years",
    "DATE_NAME",
    "academic_year",
)
AREA_COLUMNS = ("new_la_code", "Area Code", "GEOGRAPHY_CODE", "la_code")
LA_CODE = re.compile(r"E(06|08|09|10)\d{6}")

#: Columns that say again what another column says, or number the rows; they are no breakdown.
_REPEATING = re.compile(r"(?i).*(_name|_code|^row|date|period|time.*)$")

_SYMBOLS = ", ".join(map(sql_text, SYMBOLS))


class Column(BaseModel):
    """A column of a file.

    Attributes:
        kind: Whether its cells are numbers, apart from the symbols printed in place of one.
        values: Its different values, where they name a breakdown.
    """

    model_config = ConfigDict(frozen=True)

    kind: Kind
    values: tuple[str, ...] = ()


class FileProfile(BaseModel):
    """A file in a few numbers.

    Attributes:
        size: Bytes.
        rows: Rows; -1 for a file that is no table of rows, such as a workbook.
        columns: Columns by name, in the file's order.
        periods: Row count of each period, as printed.
        earliest: First day of its first period; empty where it names none.
        latest: First day of its newest period.
        areas: Codes of local authorities in it.
    """

    model_config = ConfigDict(frozen=True)

    size: int
    rows: int = -1
    columns: dict[str, Column] = {}
    periods: dict[str, int] = {}
    earliest: str = ""
    latest: str = ""
    areas: tuple[str, ...] = ()


def profile(path: Path, *, where: str) -> FileProfile:
    """Profile a file.

    Args:
        path: The file; of one that is neither CSV nor Parquet only the size is recorded.
        where: What the file is, for messages.

    Raises:
        DataError: It is empty, a web page, or a damaged table.
    """
    size = path.stat().st_size
    start = read_start(path, 8, where=where)
    if start[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0") or start.lstrip()[:1] in (b"{", b"["):
        return FileProfile(size=size)
    with text_tables.connection() as con:
        try:
            with open_table(con, path, where=where) as table, text_tables.plain_errors(where):
                return _profile_table(con, table, size)
        except HeaderError:  # a sheet laid out for reading: its module knows where its rows are
            return FileProfile(size=size)


@contextmanager
def open_table(con: text_tables.Connection, path: Path, *, where: str) -> Iterator[text_tables.Table]:
    """A file of rows, CSV or Parquet, as a table of text cells.

    Raises:
        DataError: It is empty, a web page, or a damaged table.
    """
    if read_start(path, 4, where=where) == b"PAR1":
        yield text_tables.open_parquet(con, path, where=where)
    else:
        yield text_tables.open_csv(con, path, where=where, is_lenient=True)


def is_key(name: str, column: Column) -> bool:
    """Whether a column says which row it is: a breakdown, or a name, code or period that repeats one."""
    return column.kind != "number" and bool(column.values or _REPEATING.match(name))


def _profile_table(con: text_tables.Connection, table: text_tables.Table, size: int) -> FileProfile:
    period_column = next((name for name in PERIOD_COLUMNS if name in table.columns), None)
    area_column = next((name for name in AREA_COLUMNS if name in table.columns), None)
    con.execute(f"CREATE OR REPLACE TEMP TABLE profiled AS SELECT * FROM {table.name}")
    parts = ["count(*)"]
    for column in table.columns:
        cell = f"trim(CAST({sql_name(column)} AS VARCHAR))"
        parts += [
            f"approx_count_distinct({sql_name(column)})",
            f"count(*) FILTER ({cell} NOT IN ({_SYMBOLS}))",
            f"count(*) FILTER (TRY_CAST(replace(rtrim({cell}, '%'), ',', '') AS DOUBLE) IS NOT NULL)",
        ]
    counted = con.execute(f"SELECT {', '.join(parts)} FROM profiled").fetchone() or (0,)
    columns = {}
    for place, column in enumerate(table.columns):
        distinct, filled, numbers = counted[1 + 3 * place : 4 + 3 * place]
        kind: Kind = "empty" if not filled else "number" if 2 * numbers > filled else "text"
        is_breakdown = kind == "text" and distinct <= MOST_VALUES * 1.2 and not _REPEATING.match(column)
        columns[column] = Column(kind=kind, values=_values(con, column) if is_breakdown else ())
    periods = _counts(con, period_column)
    starts = sorted(start for label in periods if (start := _start(label)))
    areas = [code for code in _counts(con, area_column) if LA_CODE.fullmatch(code)]
    return FileProfile(
        size=size,
        rows=int(counted[0]),
        columns=columns,
        periods=periods,
        earliest=starts[0] if starts else "",
        latest=starts[-1] if starts else "",
        areas=tuple(sorted(areas)),
    )


def _values(con: text_tables.Connection, column: str) -> tuple[str, ...]:
    found = con.execute(
        f"SELECT DISTINCT {sql_name(column)} FROM profiled ORDER BY 1 LIMIT {MOST_VALUES + 1}"
    ).fetchall()
    return tuple(str(line[0]) for line in found) if len(found) <= MOST_VALUES else ()


def _counts(con: text_tables.Connection, column: str | None) -> dict[str, int]:
    if column is None:
        return {}
    found = con.execute(
        f"SELECT CAST({sql_name(column)} AS VARCHAR), count(*) FROM profiled GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return {str(label): int(count) for label, count in found if label}


def _start(label: str) -> str:
    """The first day of a printed period; empty where it has no known shape."""
    plain = label.removesuffix(".0")
    if re.fullmatch(r"20\d{6}", plain):  # a sortable key such as 20230000
        return f"{plain[:4]}-01-01"
    try:
        return parse_period(plain).start.isoformat()
    except DataError:
        return ""
