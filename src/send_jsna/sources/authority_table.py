"""Tables of other publishers with a row an area, or a row a school: CSV files and workbooks, as declared.

What says whose a row is, which sheet is read, which cells are, and whether the rows of an area are added up
is declared under ``table:`` of the source in ``sources.yaml``; what a label means, in the label map.
The rows of schools make counts of their authorities alone: a sum over all of them would take those of other
countries' schools and of closed ones for England's.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from send_jsna.catalogue.table_layout import AreaColumns, TableCells
from send_jsna.errors import CatalogueError, DataError
from send_jsna.ingest import open_document, sheets, sql, text_tables
from send_jsna.ingest.cell_text import ENGLAND
from send_jsna.ingest.opening import read_start
from send_jsna.ingest.sql import number_sql, sql_name, sql_text, trimmed_sql
from send_jsna.sources import places, tidying

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from send_jsna.catalogue.table_layout import TableLayout
    from send_jsna.ingest.source_files import SourceFiles
    from send_jsna.sources.context import Context

#: What NHS tables print for England.
_ENGLAND = ("England", "ENGLAND", "ENG", ENGLAND)


def tidy(files: SourceFiles, context: Context) -> pd.DataFrame:
    """Observations of the declared cells.

    Raises:
        CatalogueError: The source declares no area or no cells.
        DataError: The file is damaged, or a sheet, a column or every mapped label is missing.
    """
    layout = files.layout
    if layout is None or layout.area is None or not layout.cells:
        raise CatalogueError(
            f"{files.source_id} declares no area or no cells",
            where="data/catalogue/sources.yaml",
            expected="table: with area and cells",
        )
    where = files.where()
    (cells,) = layout.cells
    needed = _needed(layout.area, cells, layout)
    with text_tables.connection() as con:
        table = _opened(con, files, where, layout, needed)
        table.need(*needed)
        table = _located(con, table, layout.area, context)
        return tidying.observations(
            con,
            _long_form(table, layout, cells),
            source_id=files.source_id,
            where=where,
            meaning=lambda label: context.names.find(files.source_id, label),
            codes=context.codes,
        )


def _needed(area: AreaColumns, cells: TableCells, layout: TableLayout) -> list[str]:
    """The columns that are read."""
    keys = [column for column in (area.code, area.number, area.name, area.body) if column]
    parts = [name for name in (cells.numerator, cells.denominator) if name]
    period = [] if cells.period.startswith("=") else [cells.period]
    return [*keys, *sql.template_columns(cells.label), cells.value, *period, *parts, *layout.keep]


def _opened(
    con: text_tables.Connection, files: SourceFiles, where: str, layout: TableLayout, needed: list[str]
) -> text_tables.Table:
    """The table of a CSV file, or of the declared sheet of a workbook."""
    path = files.path()
    if read_start(path, 4, where=where) != b"PK\x03\x04":
        return text_tables.open_csv(con, path, where=where, renamed=files.renamed)
    frame = _sheet(path, where, layout, [files.renamed.get(name, name) for name in needed])
    frame = frame.rename(columns={theirs: ours for ours, theirs in files.renamed.items()})
    con.register("sheet", frame)
    return text_tables.Table("sheet", tuple(frame.columns), where)


def _sheet(path: Path, where: str, layout: TableLayout, needed: list[str]) -> pd.DataFrame:
    """The first sheet of the declared title that has a header with the columns.

    Raises:
        DataError: There is none.
    """
    read = open_document.read if open_document.is_open_document(path) else sheets.read
    found = read(path, where, lambda title: re.search(layout.sheet, title) is not None)
    for rows in found.values():
        header = sheets.header_row(rows, lambda names: set(needed) <= set(names))
        if header is not None:
            return sheets.frame_of(rows, header)
    titles = f" among {', '.join(map(repr, list(found)[:6]))}" if found else ""
    raise DataError(
        f"no sheet has the columns {', '.join(map(repr, needed))}{titles}",
        where=where,
        expected=f"a sheet whose title has {layout.sheet!r}, with them in one row" if layout.sheet else "",
        remedy="look at the workbook, and correct table: of the source in data/catalogue/sources.yaml",
    )


def _located(
    con: text_tables.Connection, table: text_tables.Table, area: AreaColumns, context: Context
) -> text_tables.Table:
    """The table with the code of each row's area; rows of areas that are none here are left out."""
    if not area.body:
        keys = places.Keys(code=area.code, number=area.number, name=area.name)
        return places.located(con, table, context, keys)
    bodies = {one.code: one.code for one in context.areas if one.kind == "nhs"}
    text_tables.register_map(con, "bodies", {**bodies, **dict.fromkeys(_ENGLAND, ENGLAND)})
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW of_bodies AS SELECT t.*, b.value AS {places.AREA}"
        f" FROM {table.name} t JOIN bodies b ON b.key = {trimmed_sql(sql_name(area.body))}"
    )
    return text_tables.Table("of_bodies", (*table.columns, places.AREA), table.where)


def _long_form(table: text_tables.Table, layout: TableLayout, cells: TableCells) -> str:
    """The query of the long form: one row a cell, or one a sum of the cells of an area."""
    kept = [
        f"{trimmed_sql(sql_name(column))} IN ({', '.join(map(sql_text, values))})"
        for column, values in layout.keep.items()
    ]
    label, value = sql.template_sql(cells.label), sql_name(cells.value)
    is_given = cells.period.startswith("=")
    period = sql_text(cells.period[1:]) if is_given else sql_name(cells.period)
    if layout.summed:
        # A place that is printed as a symbol is none that is known: the sum is of the others.
        text = f"CAST(CAST(sum({number_sql(value)}) AS BIGINT) AS VARCHAR)"
        tail = f"GROUP BY ALL HAVING sum({number_sql(value)}) IS NOT NULL"
    else:
        text, tail = value, ""
    counts = "".join(
        f", {number_sql(sql_name(column))} AS {part}"
        for part, column in (("numerator", cells.numerator), ("denominator", cells.denominator))
        if column and not layout.summed
    )
    return f"""
        SELECT {label} AS label, {text} AS text, {period} AS source_period,
          {places.AREA}{counts}
        FROM {table.name} WHERE {" AND ".join([f"{places.AREA} <> ''", *kept])} {tail}
    """
