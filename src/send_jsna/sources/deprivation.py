"""Ministry of Housing, Communities and Local Government: English Indices of Deprivation.

What is read are the summaries for upper-tier authorities, a workbook with a sheet for each index (File 11 of
the release). Between 2019 and 2025 the areas, the indicators and the measure of income behind them changed:
the two are kept apart by their period and marked as not comparable. The file itself was not seen: its columns
are as public code quotes them, and any other name is refused.

Of the release of 2025 there is a copy of the summaries for districts (File 10) too, one table of all domains.
Of unitary authorities, metropolitan districts and London boroughs it has what the summaries for upper-tier
authorities have, but for the places, which are among districts there. Counties are not in it, nor the index
of income deprivation affecting children.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.catalogue.periods import calendar_year
from send_jsna.errors import DataError
from send_jsna.ingest import sheets, sql, text_tables
from send_jsna.ingest.sql import number_sql, sql_name, sql_text
from send_jsna.sources import places, reading, tidying

if TYPE_CHECKING:
    from send_jsna.ingest.source_files import SourceFiles
    from send_jsna.sources.context import Context

#: Sheets that are read: the index of multiple deprivation, and of income deprivation affecting children.
SHEETS = ("IMD", "IDACI")

#: Columns of each sheet after its name, and whether the value is a proportion that is kept as a percentage.
MEASURES = {
    "Average score": False,
    "Rank of average score": False,
    "Average rank": False,
    "Proportion of LSOAs in most deprived 10% nationally": True,
}

#: Columns of the table of districts, the label each goes by, and whether it is a proportion.
DISTRICTS = {
    "imd_average_score": ("IMD - Average score", False),
    "imd_average_rank": ("IMD - Average rank", False),
    "imd_proportion_of_lso_as_in_most_deprived_10_percent_nationally": (
        "IMD - Proportion of LSOAs in most deprived 10% nationally",
        True,
    ),
}

DISTRICT_KEYS = places.Keys(code="ltla24_code", name="ltla24_name")

_CODE = re.compile(r"Upper Tier Local Authority District code \((20\d\d)\)")


def tidy(files: SourceFiles, context: Context) -> pd.DataFrame:
    """Average score, its rank, average rank and share of the most deprived neighbourhoods, by authority.

    Every workbook of the source is read, one a release; of the form ``districts`` one table.

    Raises:
        DataError: A workbook is damaged, lacks a sheet or a column, or does not name its release.
    """
    if files.layout is not None and files.layout.form:
        return reading.of_form(files, {"districts": _districts})(files, context)
    frames = []
    read: dict[int, str] = {}
    for resource in sorted(files.paths):
        where = files.where(resource)
        year = _release(files, resource, where)
        if year in read:
            raise DataError(
                f"it is of {year}, as {read[year]} is", where=where, expected="one workbook a release"
            )
        read[year] = where
        book = sheets.read(files.path(resource), where, lambda title: title.strip() in SHEETS)
        sheet_rows = {title.strip(): rows for title, rows in book.items()}
        for title in SHEETS:
            if title not in sheet_rows:
                raise DataError(
                    f"the sheet {title!r} is gone",
                    where=where,
                    expected=f"sheets {' and '.join(SHEETS)}, as in the summaries for upper-tier authorities",
                    remedy="look whether it is the right file of the release",
                )
            frames.append(_sheet(files, context, sheet_rows[title], title, year, where))
    return pd.concat(frames, ignore_index=True)


def _release(files: SourceFiles, resource: str, where: str) -> int:
    """The year of the release, from the file's name or its resource."""
    for text in (files.names.get(resource, ""), files.path(resource).name, resource):
        match = re.search(r"IoD[ _]?(20\d\d)", text) or re.search(r"(20\d\d)", text)
        if match:
            return int(match[1])
    raise DataError(
        "the name does not tell the release",
        where=where,
        expected="a name such as File_11_-_IoD2019_Local_Authority_District_Summaries__upper-tier__.xlsx",
        remedy="give the file its published name",
    )


def _sheet(
    files: SourceFiles, context: Context, rows: list[sheets.Row], title: str, year: int, where: str
) -> pd.DataFrame:
    place = sheets.header_row(rows, lambda cells: any(_CODE.fullmatch(cell) for cell in cells))
    if place is None:
        raise DataError(
            "no row is a header of upper-tier authorities",
            where=f"{where}, {title}",
            expected=f"a column 'Upper Tier Local Authority District code ({year})'",
            remedy="look whether it is the summary for upper-tier authorities",
        )
    frame = sheets.frame_of(rows, place)
    code = next(column for column in frame.columns if _CODE.fullmatch(column))
    with text_tables.connection() as con:
        table = text_tables.open_frame(con, frame, where=f"{where}, {title}")
        columns = {
            measure: files.renamed.get(f"{title} - {measure}", f"{title} - {measure}") for measure in MEASURES
        }
        table.need(*columns.values())
        cells = {columns[name]: (f"{title} - {name}", share) for name, share in MEASURES.items()}
        keys = places.Keys(code=code, name=code.replace("code", "name"))
        return _observations(con, table, cells, keys, files=files, context=context, year=year)


def _districts(files: SourceFiles, context: Context) -> pd.DataFrame:
    """What the table of districts has of authorities that are districts too."""
    where = files.where()
    with text_tables.connection() as con:
        table = text_tables.open_csv(con, files.path(), where=where, renamed=files.renamed)
        table.need(DISTRICT_KEYS.code, DISTRICT_KEYS.name, *DISTRICTS)
        year = _release(files, "main", where)
        return _observations(con, table, DISTRICTS, DISTRICT_KEYS, files=files, context=context, year=year)


def _observations(
    con: text_tables.Connection,
    table: text_tables.Table,
    cells: Mapping[str, tuple[str, bool]],
    keys: places.Keys,
    *,
    files: SourceFiles,
    context: Context,
    year: int,
) -> pd.DataFrame:
    """Observations of a table's columns, each with its label and whether it is a proportion."""
    _check_proportions(con, table, [column for column, (_, share) in cells.items() if share])
    entries = [
        {"label": sql_text(label), "text": _text(column, share)} for column, (label, share) in cells.items()
    ]
    table = places.located(con, table, context, keys)
    text_tables.register_map(con, "known", dict.fromkeys(reading.known_codes(context), ""))
    return tidying.observations(
        con,
        f"""
        SELECT {places.AREA}, cell.label AS label, cell.text AS text,
          '{year}' AS source_period
        FROM (SELECT *, unnest({sql.cells_sql(entries)}) AS cell FROM {table.name}
              WHERE {places.AREA} IN (SELECT key FROM known))
        """,
        source_id=files.source_id,
        where=table.where,
        meaning=lambda label: reading.wanted(context.names, files.source_id, label),
        codes=context.codes,
        period=lambda text, _meaning: calendar_year(int(text)),
    )


def _text(column: str, share: bool) -> str:
    cell = sql_name(column)
    if not share:
        return cell
    number = number_sql(cell)
    return f"CASE WHEN {number} IS NULL THEN {cell} ELSE format('{{:.2f}}', 100 * {number}) END"


def _check_proportions(con: text_tables.Connection, table: text_tables.Table, columns: list[str]) -> None:
    """Refuse a proportion that is none: the publisher may have gone over to percentages."""
    for column in columns:
        beyond = reading.first_row(con, f"SELECT max({number_sql(sql_name(column))}) FROM {table.name}")
        if beyond and beyond[0] is not None and beyond[0] > 1:
            raise DataError(
                f"{column!r} reaches beyond 1",
                where=table.where,
                expected="proportions from 0 to 1",
                remedy="if they are percentages now, say so in sources/deprivation.py",
            )
