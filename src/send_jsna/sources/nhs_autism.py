"""NHS England: Autism Waiting Time Statistics, the quarterly files as published.

A release has one long table a year and level (England, region, ICB, sub-ICB, provider), and the years
overlap from release to release: of a cell that is in several files, the file that reaches furthest counts.
What is known of the series and respected here:

* How referrals are counted changed in September 2023, which lowered national counts by a fifth to a third.
* The sub-national files of 2022/23 were wrong until they were replaced in November 2025. Unless a file of the
  source reaches September 2025, which no earlier release does, their values are marked provisional.
* ASD14 was withdrawn. No row of it becomes an observation, whatever the label map says.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.errors import DataError
from send_jsna.ingest import text_tables
from send_jsna.ingest.cell_text import ENGLAND
from send_jsna.sources import reading, tidying
from send_jsna.sources.nhs import of_month

if TYPE_CHECKING:
    from send_jsna.ingest.source_files import SourceFiles
    from send_jsna.sources.context import Context

COLUMNS = (
    "REPORTING_PERIOD_START",
    "REPORTING_PERIOD_END",
    "BREAKDOWN",
    "PRIMARY_LEVEL",
    "SECONDARY_LEVEL",
    "METRIC",
    "METRIC_NAME",
    "METRIC_VALUE",
)

#: Metrics the publisher took back, and why.
WITHDRAWN = {"ASD14": "withdrawn by the publisher"}

#: First and last month of the sub-national values that were wrong, and the month a corrected release reaches.
WRONG_FROM, WRONG_TO, CORRECTED = "2022-04-01", "2023-03-31", "2025-09-01"

#: Breakdowns by age group that are read: England's, and those of an organisation's patients.
_ENGLAND = "Age Group"
_WITHIN = "; Age Group"


def tidy(files: SourceFiles, context: Context) -> pd.DataFrame:
    """Of referrals open 13 weeks or more, the share first seen after more than 13 weeks, by age group.

    Raises:
        DataError: A file lacks a column, or an age group is not mapped.
    """
    _refuse_withdrawn(files, context)
    bodies = {area.code: area.code for area in context.areas if area.kind == "nhs"}
    with text_tables.connection() as con, ExitStack() as unpacked:
        text_tables.register_map(con, "bodies", bodies)
        union = _union(con, files, unpacked)
        with text_tables.plain_errors(files.source_id):
            con.execute(f"CREATE TEMP TABLE cells AS {union}")
            _leave_out_differing(con, files)
            (furthest,) = reading.first_row(con, "SELECT max(reach) FROM cells") or ("",)
        if not furthest:
            raise DataError(
                "no file has a row of ASD19e or ASD19g by age group",
                where=files.source_id,
                expected="the share first seen after more than 13 weeks, of England or an organisation",
                remedy="look whether the publisher renamed the metric or the breakdown",
            )
        corrected = str(furthest) >= CORRECTED
        wrong = (
            "false"
            if corrected
            else f"area_code <> '{ENGLAND}' AND source_period BETWEEN '{WRONG_FROM}' AND '{WRONG_TO}'"
        )
        return tidying.observations(
            con,
            f"""
            SELECT label, area_code, source_period, arg_max(text, reach) AS text, {wrong} AS provisional
            FROM cells GROUP BY label, area_code, source_period
            """,
            source_id=files.source_id,
            where=files.source_id,
            meaning=lambda label: reading.wanted(context.names, files.source_id, label),
            codes=context.codes,
            period=lambda text, _meaning: of_month(text),
        )


def _union(con: text_tables.Connection, files: SourceFiles, unpacked: ExitStack) -> str:
    """The rows by age group of every file: label, area, month, cell, and the month the file reaches."""
    selects = []
    opened = []
    for resource in sorted(files.paths):
        where = files.where(resource)
        tables_inside = reading.csv_files(files.path(resource), resource, where)
        opened += [
            (path, where if path == files.path(resource) else f"{where}, {name}")
            for name, path in unpacked.enter_context(tables_inside)
        ]
    for path, where in opened:
        table = text_tables.open_csv(con, path, where=where, renamed=files.renamed)
        table.need(*COLUMNS)
        with text_tables.plain_errors(where):
            (last,) = reading.first_row(con, f"SELECT max(REPORTING_PERIOD_START) FROM {table.name}") or (
                None,
            )
        if not last:
            raise DataError("the table has no rows", where=where, remedy="fetch it again")
        try:
            of_month(str(last))
        except DataError as error:
            raise DataError(error.what, where=where, expected=error.expected) from None
        metrics = ", ".join(f"'{name}'" for name in ("ASD19e", "ASD19g"))
        selects.append(
            f"""
            SELECT METRIC_NAME || ' [' || METRIC || '] Age: ' ||
                CASE WHEN BREAKDOWN = '{_ENGLAND}' THEN PRIMARY_LEVEL ELSE SECONDARY_LEVEL END AS label,
              CASE WHEN BREAKDOWN = '{_ENGLAND}' THEN '{ENGLAND}' ELSE trim(PRIMARY_LEVEL) END AS area_code,
              REPORTING_PERIOD_START AS source_period, trim(METRIC_VALUE) AS text,
              '{last}' AS reach
            FROM {table.name}
            WHERE METRIC IN ({metrics}) AND (BREAKDOWN = '{_ENGLAND}'
              OR (ends_with(BREAKDOWN, '{_WITHIN}') AND trim(PRIMARY_LEVEL) IN (SELECT key FROM bodies)))
            """
        )
    return " UNION ALL ".join(selects)


def _leave_out_differing(con: text_tables.Connection, files: SourceFiles) -> None:
    """Leave out values that files which reach equally far give differently: neither is known to be right."""
    key = "label, area_code, source_period, reach"
    con.execute(
        f"""
        CREATE TEMP TABLE differing AS SELECT {key}, bool_or(text = '*') AS withheld FROM (
          FROM cells QUALIFY reach = max(reach) OVER (PARTITION BY label, area_code, source_period)
        ) GROUP BY {key}
        HAVING count(DISTINCT coalesce(CAST(TRY_CAST(text AS DOUBLE) AS VARCHAR), text)) > 1
        """
    )
    rows = con.execute("SELECT label, area_code, source_period FROM differing ORDER BY ALL").fetchall()
    for label, area, month in rows:
        files.leave_out(f"{files.source_id} gives two values: {label}, {area}, {month}")
    con.execute(
        f"""
        UPDATE cells SET text = CASE WHEN d.withheld THEN '*' ELSE 'u' END FROM differing d
        WHERE {" AND ".join(f"cells.{name} = d.{name}" for name in key.split(", "))}
        """
    )


def _refuse_withdrawn(files: SourceFiles, context: Context) -> None:
    for (source, label), meaning in context.names.exact.items():
        taken = next((name for name in WITHDRAWN if name in label), None)
        if source == files.source_id and taken and meaning.indicator:
            raise DataError(
                f"{taken} is mapped, which was {WITHDRAWN[taken]}",
                where=context.names.path,
                remedy="take the row out",
            )
