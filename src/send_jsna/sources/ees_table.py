"""Tables in the layout of Explore Education Statistics, read as the catalogue declares them.

The layout has ten key columns that say when and where, columns that break down, and columns of numbers. Which
rows are kept and how a row's breakdown is named is declared under ``table:`` of the source in
``sources.yaml``; what each column of numbers means for each breakdown is declared in ``publisher_names.csv``,
under the label ``column`` or ``column|breakdown``. A new data set of this layout needs no code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from send_jsna.catalogue.periods import (
    Period,
    academic_year,
    calendar_year,
    financial_year,
    january,
    mid_year,
    parse_period,
    winter_quarter,
)
from send_jsna.errors import CatalogueError, DataError
from send_jsna.ingest import sql, text_tables
from send_jsna.ingest.cell_text import Meaning, Names
from send_jsna.ingest.quoting import close_to
from send_jsna.ingest.sql import EES_COLUMNS, sql_name, sql_text
from send_jsna.sources import places, tidying

if TYPE_CHECKING:
    from collections.abc import Collection

    import pandas as pd

    from send_jsna.catalogue.table_layout import TableLayout
    from send_jsna.ingest.source_files import SourceFiles
    from send_jsna.sources.context import Context


def tidy(files: SourceFiles, context: Context) -> pd.DataFrame:
    """Observations of the mapped columns and breakdowns.

    Raises:
        CatalogueError: The source declares no table.
        DataError: The table is damaged, or a column, a kept value or a mapped breakdown is not in it.
    """
    return read(files, context, EES_COLUMNS)


def read(files: SourceFiles, context: Context, keys: Collection[str]) -> pd.DataFrame:
    """Observations of a table that is declared like those of this layout.

    Args:
        files: The source's files.
        context: Which areas are kept.
        keys: The columns that say when and where, which must be in it.

    Raises:
        CatalogueError: The source declares no table.
        DataError: The table is damaged, or a column, a kept value or a mapped breakdown is not in it.
    """
    layout = files.layout
    if layout is None:
        raise CatalogueError(
            f"{files.source_id} declares no table",
            where="data/catalogue/sources.yaml",
            expected="table: with what is kept of its rows",
        )
    where = files.where()
    with text_tables.connection() as con:
        table = text_tables.open_csv(con, files.path(), where=where, renamed=files.renamed)
        table.need(*keys, *layout.keep, *sql.template_columns(layout.breakdown))
        columns = context.names.columns(files.source_id)
        table.need(*columns)
        table = places.located(con, table, context)
        with text_tables.plain_errors(where):
            _check_words(con, table, layout, files.source_id, context.names)
        frame = tidying.observations(
            con,
            _long_form(table, layout, columns),
            source_id=files.source_id,
            where=where,
            meaning=lambda label: context.names.find(files.source_id, label),
            codes=context.codes,
            period=lambda text, meaning: period_of(text, meaning.period_type),
        )
    return (
        frame
        if layout.decimals is None
        else frame.assign(decimals=frame["decimals"].clip(upper=layout.decimals))
    )


def _long_form(table: text_tables.Table, layout: TableLayout, columns: dict[str, Meaning]) -> str:
    """The query of the long form: one row a kept row and mapped column."""
    breakdown = sql.template_sql(layout.breakdown)
    entries = [tidying.cell_of(table, column, meaning) for column, meaning in columns.items()]
    tail = "'|' || breakdown" if layout.breakdown else "''"
    return f"""
        SELECT area_code, time_period AS source_period, cell.label || {tail} AS label, cell.text AS text,
          cell.numerator AS numerator, cell.denominator AS denominator
        FROM (SELECT {places.AREA}, time_period, {breakdown} AS breakdown,
                unnest({sql.cells_sql(entries)}) AS cell
              FROM {table.name} WHERE {_kept(layout)})
    """


def _kept(layout: TableLayout) -> str:
    """SQL for whether a row is kept; those of schools and districts, which name their authority, are not."""
    kept = [
        f"{sql_name(column)} IN ({', '.join(sql_text(value) for value in values)})"
        for column, values in layout.keep.items()
    ]
    return " AND ".join([f"{places.AREA} <> ''", *kept])


def _check_words(
    con: text_tables.Connection, table: text_tables.Table, layout: TableLayout, source_id: str, names: Names
) -> None:
    """Refuse a table that does not use the words the catalogue declares.

    A word that was never in the file, or is no longer, would leave its rows out without a trace.
    """
    for column, values in layout.keep.items():
        found = _distinct(con, f"SELECT DISTINCT {sql_name(column)} FROM {table.name}")
        if found.isdisjoint(values):
            raise _missing_word(column, " or ".join(map(repr, values)), found, values[0], table.where)
    found = _distinct(
        con,
        f"SELECT DISTINCT {sql.template_sql(layout.breakdown)} FROM {table.name} WHERE {_kept(layout)}",
    )
    if not found:
        kept = [f"{column} {' or '.join(values)}" for column, values in layout.keep.items()]
        raise DataError(
            "no row is of England, a region or an authority" + "".join(f" and has {each}" for each in kept),
            where=table.where,
            remedy="look at the file and correct keep: of the source in data/catalogue/sources.yaml",
        )
    columns = names.columns(source_id)
    labels = [f"{column}|{word}" if word else column for column in columns for word in found]
    meanings = [(label.partition("|")[0], names.find(source_id, label)) for label in labels]
    for label, meaning in names.labels(source_id).items():
        column, _, word = label.partition("|")
        if (column, meaning) not in meanings:
            raise _missing_word(layout.breakdown, repr(word), found, word, table.where)
    for pattern, meaning in names.patterns.get(source_id, []):
        if meaning.indicator and not any(map(pattern.fullmatch, labels)):
            word = pattern.pattern.replace("\\", "").partition("|")[2]
            raise _missing_word(layout.breakdown, repr(word), found, word, table.where)


def _distinct(con: text_tables.Connection, query: str) -> set[str]:
    return {str(line[0]) for line in con.execute(query).fetchall()}


def _missing_word(column: str, words: str, found: set[str], near: str, where: str) -> DataError:
    shown = close_to(near, found, most=8)
    return DataError(
        f"no row has {words} under {column}"
        + (f"; {' or '.join(map(repr, shown))} may be its new spelling" if shown else ""),
        where=where,
        expected=f"it among the {len(found)} words of the file",
        remedy="if it was renamed, correct keep: of the source in data/catalogue/sources.yaml or map the new"
        " word in data/catalogue/publisher_names.csv",
    )


def period_of(text: str, period_type: str) -> Period:
    """A period of the layout: four digits are a year, six an academic year and its end.

    Args:
        text: Such as ``2024`` or ``202425``.
        period_type: What the label map says of it: ``january`` for a count of that month (of the second year
            of an academic year), ``winter`` for the December to February average, ``financial_year`` for the
            year to 31 March of it, ``mid_year`` for 30 June, else empty.

    Raises:
        DataError: It has no known shape.
    """
    plain = text.removesuffix(".0")
    found = parse_period(plain)
    end = found.end.year if len(plain) == 6 else found.start.year
    kinds = {
        "january": january,
        "winter": winter_quarter,
        "academic_year": academic_year,
        "calendar_year": calendar_year,
        "financial_year": financial_year,
        "mid_year": mid_year,
    }
    return kinds[period_type](end) if period_type in kinds else found
