"""Publishers' tables read in one pass by DuckDB, and their cells turned into observations.

Every reader states, as a query, the *long form* of its table: one row a printed cell, all of it text. What
the long form means is then worked out once, in one place: labels through the label map, periods, areas,
numbers and the symbols that stand where a number is not published. Only the distinct labels and periods pass
through Python; the rows stay in DuckDB, which reads a file larger than memory in pieces.
"""

from __future__ import annotations

import csv
import difflib
import gzip
import io
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from send_jsna.errors import DataError
from send_jsna.observations import COLUMNS, DIMENSIONS
from send_jsna.periods import Period, parse_period
from send_jsna.sources.common import BLANKS, NUMBER, SYMBOLS, Meaning

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
        """The sentence for a column that is not there."""
        near = difflib.get_close_matches(column, self.columns, n=1, cutoff=0.5)
        return DataError(
            f"the column {column!r} is gone" + (f"; {near[0]!r} may be its new name" if near else ""),
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
    reading = ", ".join(f"{_text(name)}: 'VARCHAR'" for name in header)
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
        f"coalesce({_name(column)}, '') AS {_name(ours)}"
        for column, ours in zip(header, columns, strict=True)
    )
    # With parallel=false DuckDB loses, without a word, what follows a quotation mark that has no end.
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT {chosen} FROM read_csv({_text(str(path))},"
        f" columns={{{reading}}}, header=true, auto_detect=false, delim=',', quote='\"', escape='\"',"
        f" nullstr='\x01', strict_mode=true, max_line_size=4194304,"
        f" encoding={_text(encoding)}, compression={_text('gzip' if packed else 'none')})"
    )
    return Table(name, columns, where)


def open_parquet(con: duckdb.DuckDBPyConnection, path: Path, *, where: str) -> Table:
    """Open a Parquet file as a table of text cells.

    Raises:
        DataError: It is not a Parquet file.
    """
    name = f"parquet_{abs(hash((path, where)))}"
    with plain_errors(where):
        shape = con.execute(f"DESCRIBE SELECT * FROM read_parquet({_text(str(path))})").fetchall()
        columns = tuple(str(line[0]) for line in shape)
        con.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM read_parquet({_text(str(path))})")
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
            f" {', '.join(map(_name, kept))} FROM {table.name} WHERE {among_sql(area, codes)}"
        )
    return Table(name, ("area_code", *kept), table.where)


def with_columns(con: Connection, table: Table, columns: Mapping[str, str]) -> Table:
    """A table with further columns, each worked out by SQL from its row."""
    name = f"{table.name}_more"
    more = ", ".join(f"{expression} AS {_name(column)}" for column, expression in columns.items())
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


def _told_apart(header: Sequence[str]) -> list[str]:
    """Column names with the second and later of one name marked; publishers do print a name twice."""
    seen: dict[str, int] = {}
    names = []
    for name in header:
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names


# -- the long form ----------------------------------------------------------------------------------------


#: SQL for the ONS code of a row of an Explore Education Statistics table.
EES_AREA = (
    "CASE geographic_level WHEN 'National' THEN country_code WHEN 'Regional' THEN region_code"
    " ELSE new_la_code END"
)
EES_COLUMNS = ("time_period", "geographic_level", "country_code", "region_code", "new_la_code")


def among_sql(expression: str, codes: Sequence[str] | None) -> str:
    """SQL for whether an area code is one of those wanted; true where all are."""
    return "true" if codes is None else f"{expression} IN ({', '.join(map(_text, codes))})"


def number_sql(expression: str) -> str:
    """SQL for a count in a cell; NULL for a symbol, words, or what is too large for a number."""
    number = f"TRY_CAST(replace({_trimmed(expression)}, ',', '') AS DOUBLE)"
    return (
        f"CASE WHEN regexp_full_match({_trimmed(expression)}, '{NUMBER}') AND isfinite({number})"
        f" THEN {number} END"
    )


def share_sql(numerator: str, denominator: str) -> str:
    """SQL for a percentage a table gives only the parts of, to four decimals; ``x`` where it cannot be made.

    Args:
        numerator: SQL of the count, a number.
        denominator: SQL of what it is a part of, a number.
    """
    return (
        f"CASE WHEN {numerator} IS NULL OR coalesce({denominator}, 0) = 0 THEN 'x'"
        f" ELSE format('{{:.4f}}', 100 * {numerator} / {denominator}) END"
    )


def template_sql(template: str) -> str:
    """SQL for a label put together from a row's cells: ``{SEN provision}|{phase}``."""
    pieces = []
    for literal, column in _pieces(template):
        if literal:
            pieces.append(_text(literal))
        if column:
            pieces.append(_name(column))
    return " || ".join(pieces) if pieces else "''"


def template_columns(template: str) -> list[str]:
    """Columns a template names."""
    return [column for _, column in _pieces(template) if column]


def _pieces(template: str) -> Iterator[tuple[str, str]]:
    while template:
        literal, found, rest = template.partition("{")
        column, _, template = rest.partition("}")
        yield literal, column if found else ""


def cell_of(table: Table, column: str, meaning: Meaning) -> dict[str, str]:
    """The entry of :func:`cells_sql` for a column of numbers, with its numerator and denominator if printed.

    Raises:
        DataError: A column of its numerator or denominator is gone.
    """
    entry = {"label": _text(column), "text": _name(column)}
    for part, columns in (("numerator", meaning.numerator), ("denominator", meaning.denominator)):
        if columns:
            table.need(*columns.split("+"))
            entry[part] = " + ".join(number_sql(_name(name)) for name in columns.split("+"))
    return entry


def parts_of(meanings: Mapping[str, Meaning]) -> list[str]:
    """Columns that hold the numerators and denominators of some columns."""
    named = [part for found in meanings.values() for part in (found.numerator, found.denominator) if part]
    return [column for part in named for column in part.split("+")]


def cells_sql(entries: Iterable[Mapping[str, str]]) -> str:
    """SQL that makes several cells of one row into rows: a list of structs to be unnested.

    Args:
        entries: For each cell SQL of ``label``, ``text``, and where there are any ``numerator`` and
            ``denominator``.
    """
    structs = [
        "{"
        + ", ".join(
            f"{_text(key)}: {entry.get(key, 'CAST(NULL AS DOUBLE)')}"
            for key in ("label", "text", "numerator", "denominator")
        )
        + "}"
        for entry in entries
    ]
    return f"[{', '.join(structs)}]"


def observations(
    con: duckdb.DuckDBPyConnection,
    long_form: str,
    *,
    source_id: str,
    where: str,
    meaning: Callable[[str], Meaning | None],
    codes: Sequence[str] | None,
    period: Callable[[str, Meaning], Period] | None = None,
    source_label: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Observations from a long form.

    Args:
        con: The connection.
        long_form: A query that yields ``label``, ``area_code``, ``source_period`` and ``text``, all of them
            text; it may yield ``numerator`` and ``denominator`` (numbers or NULL), ``source_label`` (what to
            quote, by default the label), ``period_key`` (what the period is worked out from, by default
            ``source_period``) and ``provisional`` (true or false).
        source_id: The source.
        where: File and source, for messages.
        meaning: What a label means; None leaves its rows out.
        codes: ONS codes to keep; None keeps every area.
        period: What a period means, given the label's meaning too; by default
            :func:`send_jsna.periods.parse_period`.
        source_label: Label → what to quote in its place.

    Returns:
        One row a value with the columns of an observations file; the catalogue is to fill ``unit``.

    Raises:
        DataError: The table cannot be read, or a cell holds neither a number nor a known symbol.
    """
    with plain_errors(where):
        _load(con, long_form, codes)
        labels = [
            str(line[0])
            for line in con.execute("SELECT DISTINCT label FROM long_cells ORDER BY 1").fetchall()
        ]
        meanings = {label: found for label in labels if (found := meaning(label)) is not None}
        _register_meanings(con, meanings, source_label or {})
        pairs = con.execute(
            "SELECT DISTINCT label, period_key FROM long_cells SEMI JOIN meanings USING (label) ORDER BY 1, 2"
        ).fetchall()
        _register_periods(con, pairs, meanings, period, where)
        _register_symbols(con)
        con.execute(_VALUES)
        _check_numbers(con, source_id, where)
        frame: pd.DataFrame = con.execute(_TIDY.format(source=_text(source_id))).df()
    for column in ("value", "numerator", "denominator", "decimals"):
        frame[column] = frame[column].astype("float64")
    return frame[list(COLUMNS)]


def _load(con: duckdb.DuckDBPyConnection, long_form: str, codes: Sequence[str] | None) -> None:
    con.execute(f"CREATE OR REPLACE TEMP VIEW long_form AS {long_form}")
    held = {str(line[0]) for line in con.execute("DESCRIBE long_form").fetchall()}
    optional = {
        "numerator": "CAST(NULL AS DOUBLE)",
        "denominator": "CAST(NULL AS DOUBLE)",
        "source_label": "CAST(NULL AS VARCHAR)",
        "period_key": "source_period",
        "provisional": "false",
    }
    chosen = ", ".join(f"{name if name in held else default} AS {name}" for name, default in optional.items())
    keep = "true"
    if codes is not None:
        con.register("wanted_codes", pd.DataFrame({"code": pd.Series(list(codes), dtype="str")}))
        keep = "area_code IN (SELECT code FROM wanted_codes)"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE long_cells AS SELECT label, area_code, source_period,"
        f" {_trimmed('text')} AS text, {chosen} FROM long_form WHERE {keep} AND coalesce(area_code, '') <> ''"
    )


def _register_meanings(
    con: duckdb.DuckDBPyConnection, meanings: Mapping[str, Meaning], quoted: Mapping[str, str]
) -> None:
    rows = [
        {
            "label": label,
            "indicator": found.indicator,
            "quoted": quoted.get(label, label),
            **dict.fromkeys(DIMENSIONS, ""),
            **found.dimensions,
        }
        for label, found in meanings.items()
    ]
    columns = ["label", "indicator", "quoted", *DIMENSIONS]
    con.register("meanings", pd.DataFrame(rows, columns=columns, dtype="str"))


def _register_periods(
    con: duckdb.DuckDBPyConnection,
    pairs: Sequence[tuple[Any, ...]],
    meanings: Mapping[str, Meaning],
    period: Callable[[str, Meaning], Period] | None,
    where: str,
) -> None:
    rows = []
    for label, key in pairs:
        try:
            found = period(str(key), meanings[str(label)]) if period else parse_period(str(key))
        except DataError as error:
            raise DataError(error.what, where=where, expected=error.expected, remedy=error.remedy) from error
        rows.append(
            (label, key, str(found.type), found.label, found.start.isoformat(), found.end.isoformat())
        )
    columns = ["label", "period_key", "period_type", "period", "period_start", "period_end"]
    con.register("periods", pd.DataFrame(rows, columns=columns, dtype="str"))


def _register_symbols(con: duckdb.DuckDBPyConnection) -> None:
    con.register("symbols", pd.DataFrame(list(SYMBOLS.items()), columns=["symbol", "reason"], dtype="str"))


# Ten significant digits are more than any publication prints: what is beyond them is binary noise of whatever
# software wrote the file, and would be taken for decimals.
_VALUES = f"""
CREATE OR REPLACE TEMP TABLE parsed_cells AS
SELECT c.* EXCLUDE (text), c.text AS text, s.reason,
  CASE WHEN s.reason IS NULL AND regexp_full_match(rtrim(c.text, '%'), '{NUMBER}')
       THEN CAST(format('{{:.10g}}', TRY_CAST(replace(rtrim(c.text, '%'), ',', '') AS DOUBLE)) AS DOUBLE) END
  AS number
FROM long_cells c SEMI JOIN meanings USING (label) LEFT JOIN symbols s ON s.symbol = c.text
"""

_TIDY = """
SELECT m.indicator, c.area_code, p.period_type, p.period, p.period_start, p.period_end,
  {dimensions},
  c.number AS value,
  CASE WHEN c.number IS NOT NULL THEN c.numerator END AS numerator,
  CASE WHEN c.number IS NOT NULL THEN c.denominator END AS denominator,
  '' AS unit,
  CASE WHEN c.number IS NULL THEN NULL WHEN abs(c.number) >= 1e10 THEN 0
       WHEN abs(c.number) >= 1 THEN length(split_part(format('{{{{:.10g}}}}', c.number), '.', 2))
       ELSE length(rtrim(split_part(format('{{{{:.10f}}}}', c.number), '.', 2), '0')) END AS decimals,
  coalesce(c.reason, CASE WHEN c.provisional THEN 'provisional' ELSE 'final' END) AS status,
  {{source}} AS source_id, coalesce(c.source_label, m.quoted) AS source_label, c.source_period
FROM parsed_cells c JOIN meanings m USING (label) JOIN periods p USING (label, period_key)
""".format(dimensions=", ".join(f"m.{name} AS {name}" for name in DIMENSIONS))


def _check_numbers(con: duckdb.DuckDBPyConnection, source_id: str, where: str) -> None:
    bad = con.execute(
        "SELECT text, label, area_code, source_period FROM parsed_cells"
        " WHERE reason IS NULL AND (number IS NULL OR NOT isfinite(number)) ORDER BY ALL LIMIT 1"
    ).fetchone()
    if bad is not None:
        known = ", ".join(repr(symbol) for symbol in SYMBOLS)
        raise DataError(
            f"{bad[0]!r} is not a number",
            where=f"{where}, {source_id}, {bad[1]}, {bad[2]}, {bad[3]}",
            expected=f"a number or one of {known}",
        )


def _listed(names: Sequence[str], most: int = 12) -> str:
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def _trimmed(expression: str) -> str:
    """SQL for a cell without the white space around it."""
    return f"trim({expression}, {_text(BLANKS)})"


def _text(value: str) -> str:
    """A text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"


def _name(column: str) -> str:
    """A column's name as SQL writes it."""
    return '"' + column.replace('"', '""') + '"'


#: For readers that put queries together.
sql_text, sql_name = _text, _name
