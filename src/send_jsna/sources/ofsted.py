"""Ofsted: management information on state-funded schools, the latest inspections.

Since September 2024 inspections no longer end in a single grade, and since November 2025 report cards grade
each evaluation area on a scale of five. A school counts under the one vocabulary or the other, by its latest
full inspection, and the two are never added up: they are different indicators, beside the number of schools
under each. Files before the change have the single grade alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from send_jsna.catalogue.periods import month
from send_jsna.errors import DataError
from send_jsna.ingest import sql, text_tables, web
from send_jsna.ingest.cell_text import ENGLAND
from send_jsna.ingest.sql import sql_name, sql_text, trimmed_sql
from send_jsna.sources import places, reading, tidying

if TYPE_CHECKING:
    from send_jsna.catalogue.schema import Source
    from send_jsna.ingest.http import Client
    from send_jsna.ingest.retrieval_ledger import Retrieval
    from send_jsna.ingest.source_files import Download, SourceFiles
    from send_jsna.sources.context import Context

#: The single grade, as files before and after the report cards call it.
SINGLE = ("Latest OEIF overall effectiveness", "Overall effectiveness")
GRADES = {"1": "Outstanding", "2": "Good", "3": "Requires improvement", "4": "Inadequate"}

#: What is printed where there is no grade.
NO_GRADE = ("", "NULL", "Not judged", "9", "Not applicable", "N/A")

#: Evaluation areas of the report cards that are graded on one scale. Safeguarding is met or not met.
AREAS = (
    "Inclusion",
    "Curriculum and teaching",
    "Achievement",
    "Attendance and behaviour",
    "Personal development and wellbeing",
    "Early years (where applicable)",
    "Post-16 provision (where applicable)",
    "Leadership and governance",
)
CARD_GRADES = (
    "Exceptional",
    "Strong standard",
    "Expected standard",
    "Needs attention",
    "Urgent improvement",
)

#: A school's number begins with that of its authority.
KEYS = places.Keys(number="authority number", name="Local authority")

#: The link to the newest file, where the catalogue does not give another.
LINK = r"state-funded_schools.*latest_inspections_as_at_.*\.csv$"


def fetch(source: Source, client: Client, stored: Mapping[str, Retrieval]) -> list[Download]:
    """The newest file its page links to.

    Raises:
        FetchError: The page links to none, or the file could not be fetched.
    """
    page = str(getattr(source.fetch, "base", ""))
    ask: dict[str, Any] = getattr(source.fetch, "ask", {})
    link = web.newest(web.page_links(client, page), str(ask.get("link", LINK)), page)[0]
    return [web.get_file(client, link.url, "main", stored, published=link.day, expect=("text", "gzip"))]


def tidy(files: SourceFiles, context: Context) -> pd.DataFrame:
    """Schools by single grade, by grade of each evaluation area, and under each framework, by phase.

    Raises:
        DataError: The file has neither vocabulary, lacks a column, has no date, or has an unknown grade.
    """
    resource, day = reading.newest_dated(files, example="one that ends in as_at_31_Jan_2026.csv")
    where = files.where(resource)
    with text_tables.connection() as con:
        table = text_tables.open_csv(con, files.path(resource), where=where, renamed=files.renamed)
        table.need("URN", "LAESTAB", "Ofsted phase")
        single = next((column for column in SINGLE if column in table.columns), "")
        areas = [area for area in AREAS if area in table.columns]
        _check_vocabulary(table, single, areas)
        with text_tables.plain_errors(where):
            _check_grades(con, table, single, areas)
            _load(con, table, single, areas, context)
            _check_rows(con, where)
        return tidying.observations(
            con,
            _long_form(day, bool(single), areas),
            source_id=files.source_id,
            where=where,
            meaning=lambda label: reading.wanted_part(context.names, files, label),
            codes=context.codes,
            period=lambda _text, _meaning: month(day.year, day.month),
        )


def _check_vocabulary(table: text_tables.Table, single: str, areas: list[str]) -> None:
    if not single and not areas:
        raise DataError(
            "the file holds neither single grades nor report cards",
            where=table.where,
            expected=f"a column {SINGLE[0]!r} or columns such as {AREAS[0]!r} and {AREAS[1]!r}",
            remedy="look at the file: the framework has changed again; see sources/ofsted.py",
        )
    # Some but not all areas: a renamed one would silently be a school without a grade.
    if areas and len(areas) < len(AREAS):
        raise table.missing(next(area for area in AREAS if area not in areas))


def _grade(column: str) -> str:
    """SQL for a grade; NULL where there is none."""
    none = ", ".join(sql_text(word) for word in NO_GRADE)
    return f"CASE WHEN trim({sql_name(column)}) NOT IN ({none}) THEN trim({sql_name(column)}) END"


def _check_grades(
    con: text_tables.Connection, table: text_tables.Table, single: str, areas: list[str]
) -> None:
    checks = [(area, CARD_GRADES) for area in areas] + ([(single, tuple(GRADES))] if single else [])
    for column, known in checks:
        listed = ", ".join(sql_text(word) for word in known)
        row = reading.row_where(con, table, f"{_grade(column)} NOT IN ({listed})")
        if row:
            raise DataError(
                f"a word is no known grade under {column!r}",
                where=f"{table.where}, row {row}",
                expected="one of " + ", ".join(known),
                remedy="decide what it means in sources/ofsted.py",
            )


def _load(
    con: text_tables.Connection, table: text_tables.Table, single: str, areas: list[str], context: Context
) -> None:
    """The schools as ``schools``, each once for its authority, its region and England, and for its phase."""
    text_tables.register_map(con, "regions", {area.code: area.region_code for area in context.areas})
    table = text_tables.with_columns(con, table, {KEYS.number: f"left({trimmed_sql('LAESTAB')}, 3)"})
    table = places.located(con, table, context, KEYS)
    cards = ", ".join(f"{_grade(area)} AS {sql_name(area)}" for area in areas)
    has_card = f"coalesce({', '.join(_grade(area) for area in areas)}) IS NOT NULL" if areas else "false"
    con.execute(
        f"""
        CREATE TEMP TABLE schools AS
        SELECT area_code, unnest(['', phase]) AS phase, * EXCLUDE (area_code, phase) FROM (
          SELECT unnest([t.{places.AREA}, r.value, '{ENGLAND}']) AS area_code,
            coalesce(nullif(trim("Ofsted phase"), ''), 'none') AS phase, URN,
            {_grade(single) if single else "CAST(NULL AS VARCHAR)"} AS single, {has_card} AS card
            {", " + cards if cards else ""}
          FROM {table.name} t JOIN regions r ON r.key = t.{places.AREA} AND r.value <> ''
        )
        """,
    )


def _check_rows(con: text_tables.Connection, where: str) -> None:
    count, distinct = reading.first_row(
        con, f"SELECT count(*), count(DISTINCT URN) FROM schools WHERE area_code = '{ENGLAND}' AND phase = ''"
    ) or (0, 0)
    if not count:
        raise DataError(
            "no school of a known local authority is in the file",
            where=where,
            expected="an LAESTAB that begins with the authority's DfE number, such as 3312000",
        )
    if count != distinct:
        raise DataError(f"{count - distinct} schools stand twice", where=where, expected="one row a school")


def _long_form(day: date, single: bool, areas: list[str]) -> str:
    """One row an area, phase and count."""
    counts: dict[str, str] = {}
    if areas:
        counts["Report card"] = "card"
    if single:
        counts["Single grade"] = "NOT card AND single IS NOT NULL"
        counts |= {f"Single grade: {word}": f"NOT card AND single = '{key}'" for key, word in GRADES.items()}
    counts["No grade"] = "NOT card AND single IS NULL"
    for area in areas:
        counts |= {f"{area}: {grade}": f"{sql_name(area)} = {sql_text(grade)}" for grade in CARD_GRADES}
    cells = sql.cells_sql(
        {
            "label": f"{sql_text(label)} || '|' || phase",
            "text": f"CAST(count(*) FILTER ({condition}) AS VARCHAR)",
        }
        for label, condition in counts.items()
    )
    return f"""
        SELECT area_code, cell.label AS label, cell.text AS text, '{day.isoformat()}' AS source_period
        FROM (SELECT area_code, unnest({cells}) AS cell FROM schools GROUP BY area_code, phase)
    """
