"""Department for Education: releases on early years, pupils, speech and language, and participation."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from send_jsna.catalogue.periods import Period, academic_year, winter_quarter
from send_jsna.errors import DataError
from send_jsna.ingest import sql, text_tables
from send_jsna.ingest.cell_text import Meaning
from send_jsna.ingest.sql import EES_COLUMNS, number_sql, share_sql, sql_name, sql_text
from send_jsna.sources import places, reading, tidying

if TYPE_CHECKING:
    import pandas as pd

    from send_jsna.ingest.source_files import SourceFiles
    from send_jsna.sources.context import Context

#: Columns of the participation scorecard and the label each is mapped under.
NEET_COLUMNS = {
    "NEET_not_known_percent": "NEET or not known, 16-17",
    "NEET_NK_EHCP_percent": "NEET or not known, 16-17 with EHC plan",
    "NEET_NK_SENDsupport_percent": "NEET or not known, 16-17 SEN support",
    "NEET_NK_noSEN_percent": "NEET or not known, 16-17 no SEN",
    "NEET_percent": "NEET 16-17",
    "cohort_EHCP_percent": "16-17 cohort with EHC plan",
    "cohort_SENDsupport_percent": "16-17 cohort with SEN support",
    "cohort_noSEN_percent": "16-17 cohort with no SEN",
}
YEAR_1 = "Year 1 pupils on SEN support with primary need SLCN"


def tidy(files: SourceFiles, context: Context) -> pd.DataFrame:
    """Observations of one of the releases."""
    forms: dict[str, Callable[[text_tables.Connection, SourceFiles, Context], pd.DataFrame]] = {
        "early_years": _early_years,
        "pupils": _pupils,
        "participation": _participation,
        "speech_by_year_group": _speech_by_year_group,
        "speech_year_1": _speech_year_1,
    }
    read = reading.of_form(files, forms)
    with text_tables.connection() as con:
        return read(con, files, context)


def _early_years(con: text_tables.Connection, files: SourceFiles, context: Context) -> pd.DataFrame:
    """Good level of development 2021/22 by characteristic, boys and girls together."""
    table = text_tables.open_csv(con, files.path(), where=files.where(), renamed=files.renamed)
    table.need(*EES_COLUMNS, "gender", "lad_code", "characteristic", "characteristic_type")
    table.need("gld_percentage", "gld_number", "children_number")
    table = places.located(con, table, context)
    long_form = f"""
        SELECT 'EYFSP good level of development: ' || characteristic || ' - ' || characteristic_type AS label,
          {places.AREA}, time_period AS source_period, gld_percentage AS text,
          {number_sql("gld_number")} AS numerator, {number_sql("children_number")} AS denominator
        FROM {table.name} WHERE gender = 'Total' AND lad_code = ''
    """
    return tidying.observations(
        con,
        long_form,
        source_id=files.source_id,
        where=table.where,
        meaning=lambda label: context.names.find(files.source_id, label),
        codes=context.codes,
    )


def _pupils(con: text_tables.Connection, files: SourceFiles, context: Context) -> pd.DataFrame:
    """Pupils by first language and by ethnic group, with the headcount of every phase."""
    table = text_tables.open_csv(con, files.path(), where=files.where(), renamed=files.renamed)
    table.need(*EES_COLUMNS, "ethnicity", "language", "phase_type_grouping", "headcount", "percent_of_pupils")
    table = places.located(con, table, context)
    # One reading: only rows that are totals of at least one of the two breakdowns are needed.
    with text_tables.plain_errors(table.where):
        con.execute(f"""
            CREATE OR REPLACE TEMP TABLE pupils AS
            SELECT {places.AREA}, time_period, phase_type_grouping AS phase, ethnicity, language,
              headcount, percent_of_pupils
            FROM {table.name}
            WHERE (ethnicity = 'Total' OR language = 'Total')
              AND {sql.among_sql(places.AREA, context.codes)}
        """)
    long_form = f"""
        SELECT p.area_code, p.time_period AS source_period,
          CASE WHEN counted THEN {number_sql("p.headcount")} END AS numerator,
          CASE WHEN counted THEN {number_sql("w.headcount")} END AS denominator, p.label, p.text
        FROM (
          SELECT area_code, time_period, headcount,
            NOT (ethnicity = 'Total' AND language = 'Total') AS counted,
            CASE
              WHEN ethnicity = 'Total' AND language = 'Total' AND phase = 'Total' THEN 'Pupils'
              WHEN ethnicity = 'Total' AND language = 'Total' THEN 'Pupils in ' || phase
              WHEN ethnicity = 'Total' THEN 'Pupils by first language: ' || language || ' (all state-funded)'
              ELSE 'Pupils by ethnicity: ' || ethnicity END AS label,
            CASE WHEN ethnicity = 'Total' AND language = 'Total' THEN headcount
              ELSE percent_of_pupils END AS text
          FROM pupils
          WHERE (ethnicity = 'Total' AND language = 'Total') OR (phase = 'Total' AND ethnicity = 'Total')
            OR (phase = 'Total' AND language = 'Total' AND {sql.among_sql("area_code", context.headline)})
        ) p
        LEFT JOIN (
          SELECT area_code, time_period, headcount FROM pupils
          WHERE ethnicity = 'Total' AND language = 'Total' AND phase = 'Total'
        ) w USING (area_code, time_period)
    """
    return tidying.observations(
        con,
        long_form,
        source_id=files.source_id,
        where=table.where,
        meaning=lambda label: context.names.find(files.source_id, label),
        codes=context.codes,
    )


def _participation(con: text_tables.Connection, files: SourceFiles, context: Context) -> pd.DataFrame:
    table = text_tables.open_csv(con, files.path(), where=files.where(), renamed=files.renamed)
    table.need(*EES_COLUMNS, "Age", *NEET_COLUMNS)
    table = places.located(con, table, context)
    entries = [{"label": sql_text(column), "text": sql_name(column)} for column in NEET_COLUMNS]
    long_form = f"""
        SELECT area_code, cell.label AS label, cell.text AS text, time_period AS period_key,
          time_period || ' (Dec-Feb average)' AS source_period
        FROM (SELECT {places.AREA}, time_period, unnest({sql.cells_sql(entries)}) AS cell
              FROM {table.name} WHERE "Age" = '16-17')
    """
    return tidying.observations(
        con,
        long_form,
        source_id=files.source_id,
        where=table.where,
        meaning=lambda column: context.names.exact[(files.source_id, NEET_COLUMNS[column])],
        codes=context.codes,
        period=lambda text, _meaning: _winter(text),
    )


def _winter(text: str) -> Period:
    if not re.fullmatch(r"20\d\d", text):
        raise DataError(
            f"period {text!r} has no known shape", expected="the year a winter ends in, such as 2025"
        )
    return winter_quarter(int(text))


def _speech_by_year_group(con: text_tables.Connection, files: SourceFiles, context: Context) -> pd.DataFrame:
    """Pupils on SEN support whose primary need is speech and language, by national curriculum year.

    The extract has one column a school year and one line a year group and cohort; a pair it does not have is
    left empty there and is not an observation. Of an edition's areas only its subject is kept.
    """
    table = text_tables.open_csv(con, files.path(), where=files.where(), renamed=files.renamed)
    table.need("new_la_code", "year_group")
    columns = [name for name in table.columns if re.fullmatch(r"20\d{4}", name)]
    if not columns:
        raise table.missing("202122")
    table = places.located(con, table, context)
    entries = [{"label": sql_text(name), "text": sql_name(name)} for name in columns]
    long_form = f"""
        SELECT {places.AREA}, 'SEN support pupils with primary need SLCN, ' || year_group AS label,
          cell.label AS source_period, cell.text AS text
        FROM (SELECT {places.AREA}, year_group, unnest({sql.cells_sql(entries)}) AS cell FROM {table.name})
        WHERE cell.text NOT IN ('', 'NA')
    """
    return tidying.observations(
        con,
        long_form,
        source_id=files.source_id,
        where=table.where,
        meaning=lambda label: context.names.find(files.source_id, label),
        codes=None if context.codes is None else [context.subject],
    )


def _speech_year_1(con: text_tables.Connection, files: SourceFiles, context: Context) -> pd.DataFrame:
    """The share of Year 1 pupils on SEN support for speech and language, from the two counts beside it."""
    table = text_tables.open_csv(con, files.path(), where=files.where(), renamed=files.renamed)
    years = [f"{end - 1}{end % 100:02d}" for end in range(2016, 2023)]
    table.need("new_la_code", *(f"{year}_{part}" for year in years for part in ("language", "pupils")))
    table = places.located(con, table, context)
    entries = []
    for year in years:
        count, pupils = number_sql(sql_name(f"{year}_language")), number_sql(sql_name(f"{year}_pupils"))
        entries.append(
            {
                "label": sql_text(year),
                "text": share_sql(count, pupils),
                "numerator": count,
                "denominator": pupils,
            }
        )
    long_form = f"""
        SELECT {places.AREA}, {sql_text(YEAR_1)} AS label, cell.label AS source_period,
          cell.text AS text, cell.numerator AS numerator, cell.denominator AS denominator
        FROM (SELECT {places.AREA}, unnest({sql.cells_sql(entries)}) AS cell FROM {table.name})
    """

    def meaning(_label: str) -> Meaning:
        return context.names.exact[(files.source_id, YEAR_1)]

    return tidying.observations(
        con,
        long_form,
        source_id=files.source_id,
        where=table.where,
        meaning=meaning,
        codes=context.codes,
        period=lambda text, _meaning: academic_year(int(text[:4]) + 1),
    )
