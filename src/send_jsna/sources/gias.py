"""Department for Education: Get Information about Schools, the daily file of all establishments.

The file lists schools; what is kept of it are counts and sums for each local authority, region and England.
It is published under the date of the day, has been met in Windows-1252 and in UTF-8, and names
people in several columns, none of which is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd

from send_jsna.catalogue.periods import month
from send_jsna.errors import DataError, FetchError
from send_jsna.ingest import sql, text_tables, web
from send_jsna.ingest.cell_text import ENGLAND
from send_jsna.ingest.sql import number_sql, sql_text
from send_jsna.sources import places, reading, tidying

if TYPE_CHECKING:
    from send_jsna.catalogue.schema import Source
    from send_jsna.ingest.http import Client
    from send_jsna.ingest.retrieval_ledger import Retrieval
    from send_jsna.ingest.source_files import Download, SourceFiles
    from send_jsna.sources.context import Context

COLUMNS = (
    "URN",
    "LA (code)",
    "EstablishmentStatus (name)",
    "TypeOfEstablishment (name)",
    "SchoolCapacity",
    "NumberOfPupils",
    "SEN1 (name)",
    "TypeOfResourcedProvision (name)",
    "ResourcedProvisionOnRoll",
    "ResourcedProvisionCapacity",
    "SenUnitOnRoll",
    "SenUnitCapacity",
)

#: Schools abroad and in Wales have an authority that is none here: they are left out.
KEYS = places.Keys(number="LA (code)", name="LA (name)")

#: Days before today that are tried where today's file is not there yet.
DAYS_BACK = 7

#: What an establishment's state may be, and whether it is open.
STATES = {
    "Open": True,
    "Open, but proposed to close": True,
    "Closed": False,
    "Proposed to open": False,
    "": False,
}

#: Kinds of establishment that are special schools. A college for older students is none.
SPECIAL = (
    "Community special school",
    "Foundation special school",
    "Non-maintained special school",
    "Other independent special school",
    "Academy special sponsor led",
    "Academy special converter",
    "Free schools special",
)
NOT_SPECIAL = ("Special post 16 institution", "Special college")

#: Kinds of provision for pupils with SEN in a mainstream school.
PROVISIONS = {
    "Resourced provision": (True, False),
    "SEN unit": (False, True),
    "Resourced provision and SEN unit": (True, True),
    "Not applicable": (False, False),
    "": (False, False),
}


def fetch(
    source: Source, client: Client, stored: Mapping[str, Retrieval], *, today: date | None = None
) -> list[Download]:
    """The newest daily file: today's, else that of one of the days before.

    Raises:
        FetchError: None of them exists, or the publisher failed in another way.
    """
    pattern = str(getattr(source.fetch, "base", ""))
    ask: dict[str, Any] = getattr(source.fetch, "ask", {})
    back = int(ask.get("days_back", DAYS_BACK))
    first = today or datetime.now(UTC).date()
    for days in range(back + 1):
        day = first - timedelta(days=days)
        url = pattern.replace("{date}", f"{day:%Y%m%d}")
        try:
            return [web.get_file(client, url, "main", stored, published=day, expect=("text", "gzip"))]
        except FetchError as error:
            if error.status not in (403, 404):
                raise
    raise FetchError(
        f"there is no file of {first:%d %B %Y} or of the {back} days before",
        where=pattern,
        expected="a file for each day",
        remedy=f"open {source.url or 'the service'} in a browser; if the files have moved, correct base: in"
        f" {web.DECLARED}",
        status=404,
    )


def tidy(files: SourceFiles, context: Context) -> pd.DataFrame:
    """Open special schools, their pupils and capacity, and provision in mainstream schools, by authority.

    Sums are of the schools that state the number; where none does the value is not available.

    Raises:
        DataError: A column is gone, the file has no date, or a state, kind, provision or need is unknown.
    """
    resource, day = reading.newest_dated(files, example="edubasealldata20251114.csv")
    where = files.where(resource)
    with text_tables.connection() as con:
        table = text_tables.open_csv(con, files.path(resource), where=where, renamed=files.renamed)
        table.need(*COLUMNS)
        with text_tables.plain_errors(where):
            _check_words(con, table)
            _load(con, table, context)
            _check_rows(con, where)
        return tidying.observations(
            con,
            _long_form(day),
            source_id=files.source_id,
            where=where,
            meaning=lambda label: reading.wanted_part(context.names, files, label),
            codes=context.codes,
            period=lambda _text, _meaning: month(day.year, day.month),
        )


def _check_words(con: text_tables.Connection, table: text_tables.Table) -> None:
    """Refuse words the sums depend on and that are not known."""
    checks = (
        ("EstablishmentStatus (name)", tuple(STATES), "true"),
        ("TypeOfResourcedProvision (name)", tuple(PROVISIONS), "true"),
        (
            "TypeOfEstablishment (name)",
            (*SPECIAL, *NOT_SPECIAL),
            "contains(lower(\"TypeOfEstablishment (name)\"), 'special')",
        ),
    )
    for column, known, concerns in checks:
        listed = ", ".join(sql_text(word) for word in known)
        row = reading.row_where(con, table, f"{concerns} AND trim({sql.sql_name(column)}) NOT IN ({listed})")
        if row:
            raise DataError(
                f"a word is unknown under {column!r}",
                where=f"{table.where}, row {row}",
                expected="one of " + ", ".join(repr(word) for word in known if word),
                remedy="decide what it means in sources/gias.py",
            )


def _load(con: text_tables.Connection, table: text_tables.Table, context: Context) -> None:
    """The open schools of known authorities as ``schools``, each once for itself, its region and England."""
    text_tables.register_map(con, "regions", {area.code: area.region_code for area in context.areas})
    open_states = ", ".join(sql_text(word) for word, is_open in STATES.items() if is_open)
    special = ", ".join(sql_text(word) for word in SPECIAL)

    def provides(place: int) -> str:
        return ", ".join(sql_text(word) for word, kinds in PROVISIONS.items() if kinds[place])

    con.execute(
        f"CREATE TEMP VIEW open_schools AS SELECT * FROM {table.name}"
        f' WHERE trim("EstablishmentStatus (name)") IN ({open_states})'
    )
    table = places.located(con, text_tables.Table("open_schools", table.columns, table.where), context, KEYS)
    con.execute(
        f"""
        CREATE TEMP TABLE schools AS
        SELECT unnest([t.{places.AREA}, r.value, '{ENGLAND}']) AS area_code, URN,
          trim("TypeOfEstablishment (name)") IN ({special}) AS special,
          coalesce(nullif(trim("SEN1 (name)"), ''), 'Not Applicable') AS need,
          {number_sql('"SchoolCapacity"')} AS capacity, {number_sql('"NumberOfPupils"')} AS pupils,
          trim("TypeOfResourcedProvision (name)") IN ({provides(0)}) AS resourced,
          trim("TypeOfResourcedProvision (name)") IN ({provides(1)}) AS unit,
          {number_sql('"ResourcedProvisionOnRoll"')} AS resourced_on_roll,
          {number_sql('"ResourcedProvisionCapacity"')} AS resourced_places,
          {number_sql('"SenUnitOnRoll"')} AS unit_on_roll, {number_sql('"SenUnitCapacity"')} AS unit_places
        FROM {table.name} t JOIN regions r ON r.key = t.{places.AREA} AND r.value <> ''
        """,
    )


def _check_rows(con: text_tables.Connection, where: str) -> None:
    count, distinct = reading.first_row(
        con, f"SELECT count(*), count(DISTINCT URN) FROM schools WHERE area_code = '{ENGLAND}'"
    ) or (0, 0)
    if not count:
        raise DataError(
            "no open school of a known local authority is in the file",
            where=where,
            expected="all establishments of England",
            remedy="fetch it again",
        )
    if count != distinct:
        raise DataError(f"{count - distinct} schools stand twice", where=where, expected="one row a school")


def _long_form(day: date) -> str:
    """One row an area and measure."""

    def total(column: str, condition: str) -> str:
        return f"coalesce(CAST(CAST(sum({column}) FILTER ({condition}) AS BIGINT) AS VARCHAR), 'x')"

    def count(condition: str) -> str:
        return f"CAST(count(*) FILTER ({condition}) AS VARCHAR)"

    measures = {
        "Special schools": count("special"),
        "Special schools: pupils": total("pupils", "special"),
        "Special schools: capacity": total("capacity", "special"),
        "Schools with resourced provision": count("resourced AND NOT special"),
        "Resourced provision: places": total("resourced_places", "resourced AND NOT special"),
        "Resourced provision: on roll": total("resourced_on_roll", "resourced AND NOT special"),
        "Schools with SEN unit": count("unit AND NOT special"),
        "SEN unit: places": total("unit_places", "unit AND NOT special"),
        "SEN unit: on roll": total("unit_on_roll", "unit AND NOT special"),
    }
    cells = sql.cells_sql({"label": sql_text(label), "text": text} for label, text in measures.items())
    return f"""
        SELECT area_code, cell.label AS label, cell.text AS text, '{day.isoformat()}' AS source_period
        FROM (SELECT area_code, unnest({cells}) AS cell FROM schools GROUP BY area_code)
        UNION ALL
        SELECT area_code, 'Special schools|' || need, CAST(count(*) AS VARCHAR), '{day.isoformat()}'
        FROM schools WHERE special GROUP BY area_code, need
    """
