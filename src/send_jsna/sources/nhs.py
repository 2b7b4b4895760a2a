"""NHS England: community services waiting lists, autism waits and mental health contacts of children.

These are the tables behind the SEND dashboard of the Department for Education. Their community services table
names organisations and gives no codes, so they are looked up by the name that is printed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from send_jsna.catalogue.periods import Period, month
from send_jsna.errors import DataError
from send_jsna.ingest import sql, text_tables
from send_jsna.ingest.cell_text import ENGLAND
from send_jsna.ingest.sql import number_sql, share_sql, sql_text
from send_jsna.sources import reading, tidying

if TYPE_CHECKING:
    import pandas as pd

    from send_jsna.ingest.source_files import SourceFiles
    from send_jsna.sources.context import Context


def tidy(files: SourceFiles, context: Context) -> pd.DataFrame:
    """Observations of one of the three data sets."""
    forms: dict[str, Callable[[text_tables.Connection, SourceFiles, Context], pd.DataFrame]] = {
        "community_waits": _community,
        "autism_waits": _autism,
        "mental_health": _mental_health,
    }
    read = reading.of_form(files, forms)
    with text_tables.connection() as con:
        return read(con, files, context)


def of_month(text: str) -> Period:
    """The month of a date such as ``2023-08-01``.

    Raises:
        DataError: It is no such date.
    """
    match = re.fullmatch(r"(20\d\d)-(0[1-9]|1[0-2])-\d\d", text)
    if match is None:
        raise DataError("a period has no known shape", expected="a date such as 2023-08-01")
    return month(int(match[1]), int(match[2]))


def organisation_names(context: Context) -> dict[str, str]:
    """Codes of NHS bodies, and of England, by the name printed, in small letters and without ``NHS``."""
    found = {"england": ENGLAND}
    for area in context.areas:
        # A sub-ICB location, five signs long, goes by the name of its ICB in this table.
        if area.kind == "nhs" and len(area.code) == 3:
            found[plain_name(area.name)] = area.code
    return found


def plain_name(name: str) -> str:
    """An organisation's name as far as every layout agrees: ``NHS X Integrated Care Board`` is ``x``."""
    name = name.casefold().replace(" and ", " & ")
    name = re.sub(r"^nhs |\b(integrated care board|icb|sub-icb location)\b", "", name)
    return " ".join(re.sub(r"[^a-z0-9& ]", " ", name).split())


def _community(con: text_tables.Connection, files: SourceFiles, context: Context) -> pd.DataFrame:
    """Children waiting for four services, and the share of them who waited over 18 weeks."""
    table = text_tables.open_csv(con, files.path(), where=files.where(), renamed=files.renamed)
    long_weeks = ("Waiting >18-52 weeks", "Waiting >52 weeks")
    table.need("Organisation Name", "formattedDate", "Therapy", "Total waiting list", *long_weeks)
    with text_tables.plain_errors(table.where):
        printed = con.execute(f'SELECT DISTINCT "Organisation Name" FROM {table.name}').fetchall()
    known = organisation_names(context)
    text_tables.register_map(
        con, "organisations", {n: known[plain_name(n)] for (n,) in printed if plain_name(n) in known}
    )
    total = number_sql('"Total waiting list"')
    over = " + ".join(number_sql(f'"{name}"') for name in long_weeks)
    # The publisher's sheet gives a share for a list it gives no total of: that is no figure.
    entries = [
        {"label": "'CYP waiting list: ' || \"Therapy\"", "text": '"Total waiting list"'},
        {
            "label": "'CYP waiting over 18 weeks: ' || \"Therapy\"",
            "text": share_sql(f"({over})", total),
            "numerator": over,
            "denominator": total,
        },
    ]
    long_form = f"""
        SELECT area_code, source_period, cell.label AS label, cell.text AS text,
          cell.numerator AS numerator, cell.denominator AS denominator
        FROM (SELECT o.value AS area_code, "formattedDate" AS source_period,
                unnest({sql.cells_sql(entries)}) AS cell
              FROM {table.name} JOIN organisations o ON o.key = "Organisation Name")
    """
    return tidying.observations(
        con,
        long_form,
        source_id=files.source_id,
        where=table.where,
        meaning=lambda label: context.names.require(files.source_id, label),
        codes=context.codes,
        period=lambda text, _meaning: of_month(text),
    )


def _autism(con: text_tables.Connection, files: SourceFiles, context: Context) -> pd.DataFrame:
    """Of referrals open 13 weeks or more, the share first seen after more than 13 weeks, by age group."""
    table = text_tables.open_csv(con, files.path(), where=files.where(), renamed=files.renamed)
    table.need("data_level", "PRIMARY_LEVEL", "METRIC", "METRIC_NAME", "METRIC_VALUE", "age_group")
    table.need("REPORTING_PERIOD_START")
    long_form = f"""
        SELECT CASE WHEN data_level = 'National' THEN {sql_text(ENGLAND)} ELSE PRIMARY_LEVEL END AS area_code,
          METRIC_NAME || ' [' || METRIC || '] ' || age_group AS label, METRIC_VALUE AS text,
          REPORTING_PERIOD_START AS source_period
        FROM {table.name}
    """
    return tidying.observations(
        con,
        long_form,
        source_id=files.source_id,
        where=table.where,
        meaning=lambda label: context.names.require(files.source_id, label),
        codes=context.codes,
        period=lambda text, _meaning: of_month(text),
    )


def _mental_health(con: text_tables.Connection, files: SourceFiles, context: Context) -> pd.DataFrame:
    """Children and young people with at least one contact in the twelve months that end with the month."""
    table = text_tables.open_csv(con, files.path(), where=files.where(), renamed=files.renamed)
    table.need("PRIMARY_LEVEL", "MEASURE_ID", "MEASURE_NAME", "MEASURE_VALUE", "Year ending")
    long_form = f"""
        SELECT PRIMARY_LEVEL AS area_code, MEASURE_ID || ' ' || MEASURE_NAME AS label, MEASURE_VALUE AS text,
          "Year ending" AS source_period
        FROM {table.name} WHERE MEASURE_ID = 'MHS95'
    """
    return tidying.observations(
        con,
        long_form,
        source_id=files.source_id,
        where=table.where,
        meaning=lambda _label: context.names.exact[(files.source_id, "MHS95")],
        codes=context.codes,
        period=lambda text, _meaning: of_month(text),
    )
