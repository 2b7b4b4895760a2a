"""From the cells of a publisher's table to observations, in DuckDB.

Every reader states, as a query, the *long form* of its table: one row a printed cell, all of it text. What
the long form means is then worked out once, in one place: labels through the label map, periods, areas,
numbers and the symbols printed where a number is not published. Only the distinct labels and periods pass
through Python; the rows stay in DuckDB, which reads a file larger than memory in pieces.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from send_jsna.catalogue.observations import COLUMNS, DIMENSIONS
from send_jsna.catalogue.periods import Period, parse_period
from send_jsna.errors import DataError
from send_jsna.ingest.cell_text import NUMBER, SYMBOLS, WHOLE, Meaning
from send_jsna.ingest.quoting import area_of
from send_jsna.ingest.sql import number_sql, sql_name, sql_text, trimmed_sql
from send_jsna.ingest.text_tables import Connection, Table, plain_errors


def cell_of(table: Table, column: str, meaning: Meaning) -> dict[str, str]:
    """The entry of :func:`cells_sql` for a column of numbers, with its numerator and denominator if printed.

    Raises:
        DataError: A column of its numerator or denominator is gone.
    """
    entry = {"label": sql_text(column), "text": sql_name(column)}
    for part, columns in (("numerator", meaning.numerator), ("denominator", meaning.denominator)):
        if columns:
            table.need(*columns.split("+"))
            entry[part] = " + ".join(number_sql(sql_name(name)) for name in columns.split("+"))
    return entry


def parts_of(meanings: Mapping[str, Meaning]) -> list[str]:
    """Columns with the numerators and denominators of some columns."""
    named = [part for found in meanings.values() for part in (found.numerator, found.denominator) if part]
    return [column for part in named for column in part.split("+")]


def observations(
    con: Connection,
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

    There are many parameters, since the long forms of two sources may differ in any of them.

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
            :func:`send_jsna.catalogue.periods.parse_period`.
        source_label: Label → what to quote in its place.

    Returns:
        One row a value with the columns of an observations file; the catalogue is to fill ``unit``.

    Raises:
        DataError: The table cannot be read, or a cell is neither a number nor a known symbol.
    """
    with plain_errors(where):
        _register_symbols(con)
        _load(con, long_form, codes)
        labels = [
            str(line[0])
            for line in con.execute("SELECT DISTINCT label FROM long_cells ORDER BY 1").fetchall()
        ]
        meanings = {label: found for label in labels if (found := meaning(label)) is not None}
        if not meanings:
            _check_not_lost(con, labels, source_id, where)
        _register_meanings(con, meanings, source_label or {})
        pairs = con.execute(
            "SELECT DISTINCT label, period_key FROM long_cells SEMI JOIN meanings USING (label) ORDER BY 1, 2"
        ).fetchall()
        _register_periods(con, pairs, meanings, period, where)
        _check_numbers(con, source_id, where)
        # By way of Arrow: text stays in its columns and never becomes an object a cell.
        found = con.sql(_TIDY.format(source=sql_text(source_id))).to_arrow_table()
        con.execute("DROP TABLE long_cells")
    frame: pd.DataFrame = found.to_pandas(split_blocks=True, self_destruct=True)
    for column in ("value", "numerator", "denominator", "decimals"):
        frame[column] = frame[column].astype("float64")
    return frame[list(COLUMNS)]


def _check_not_lost(con: Connection, labels: Sequence[str], source_id: str, where: str) -> None:
    """Refuse a table of which nothing is read: it would give no figure, and no word of it.

    One that has rows, and none of the areas that are kept, is as it should be.
    """
    if labels:
        raise DataError(
            f"none of its labels is mapped; it has {len(labels)}",
            where=where,
            expected=f"labels of {source_id} in data/catalogue/publisher_names.csv",
            remedy="if they were renamed, map the new ones there",
        )
    if not con.execute("SELECT 1 FROM long_form LIMIT 1").fetchall():
        raise DataError(
            "no row of the table is read",
            where=where,
            expected=f"rows with the words that the reader of {source_id} looks for, such as 'Total'",
            remedy="look at the columns of breakdowns: a word may have been renamed",
        )


def _load(con: Connection, long_form: str, codes: Sequence[str] | None) -> None:
    con.execute(f"CREATE OR REPLACE TEMP VIEW long_form AS {long_form}")
    columns = {str(line[0]) for line in con.execute("DESCRIBE long_form").fetchall()}
    optional = {
        "numerator": "CAST(NULL AS DOUBLE)",
        "denominator": "CAST(NULL AS DOUBLE)",
        "source_label": "CAST(NULL AS VARCHAR)",
        "period_key": "source_period",
        "provisional": "false",
    }
    chosen = ", ".join(
        f"{name if name in columns else default} AS {name}" for name, default in optional.items()
    )
    keep = "true"
    if codes is not None:
        con.register("wanted_codes", pd.DataFrame({"code": pd.Series(list(codes), dtype="str")}))
        keep = "area_code IN (SELECT code FROM wanted_codes)"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE long_cells AS SELECT c.*, s.reason, {_NUMBER_OF_CELL} AS number FROM ("
        f"SELECT label, area_code, source_period, {trimmed_sql('text')} AS text, {chosen}"
        f" FROM (SELECT * REPLACE ({trimmed_sql('area_code')} AS area_code) FROM long_form)"
        f" WHERE {keep} AND coalesce(area_code, '') <> '') c LEFT JOIN symbols s ON s.symbol = c.text"
    )


def _register_meanings(con: Connection, meanings: Mapping[str, Meaning], quoted: Mapping[str, str]) -> None:
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
    con: Connection,
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
            raise DataError(
                "a period has no known shape",
                where=f"{where}, {meanings[str(label)].indicator}",
                expected=error.expected,
                remedy=error.remedy,
            ) from None
        rows.append(
            (label, key, str(found.type), found.label, found.start.isoformat(), found.end.isoformat())
        )
    columns = ["label", "period_key", "period_type", "period", "period_start", "period_end"]
    con.register("periods", pd.DataFrame(rows, columns=columns, dtype="str"))


def _register_symbols(con: Connection) -> None:
    con.register("symbols", pd.DataFrame(list(SYMBOLS.items()), columns=["symbol", "reason"], dtype="str"))


# Ten significant digits are more than any publication prints: what is beyond them is binary noise of whatever
# software wrote the file, and would be taken for decimals. A number that is printed whole is taken as it is.
_CELL = "rtrim(c.text, '%')"
_DOUBLE = f"TRY_CAST(replace({_CELL}, ',', '') AS DOUBLE)"
_NUMBER_OF_CELL = (
    f"CASE WHEN s.reason IS NOT NULL OR NOT regexp_full_match({_CELL}, '{NUMBER}') THEN NULL"
    f" WHEN regexp_full_match({_CELL}, '{WHOLE}') THEN {_DOUBLE}"
    f" ELSE CAST(format('{{:.10g}}', {_DOUBLE}) AS DOUBLE) END"
)

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
FROM long_cells c JOIN meanings m USING (label) JOIN periods p USING (label, period_key)
""".format(dimensions=", ".join(f"m.{name} AS {name}" for name in DIMENSIONS))


def _check_numbers(con: Connection, source_id: str, where: str) -> None:
    bad = con.execute(
        "SELECT indicator, area_code, source_period FROM long_cells JOIN meanings USING (label)"
        " WHERE reason IS NULL AND (number IS NULL OR NOT isfinite(number)) ORDER BY ALL LIMIT 1"
    ).fetchone()
    if bad is not None:
        known = ", ".join(repr(symbol) for symbol in SYMBOLS)
        raise DataError(
            "a cell is not a number",
            where=f"{where}, {source_id}, {bad[0]}, {area_of(bad[1])}, {bad[2]}",
            expected=f"a number or one of {known}",
        )
