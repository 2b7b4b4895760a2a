"""Office for National Statistics: population by age and sex, and births, from Nomis.

``ask`` of the catalogue says what is fetched: ``dataset``, ``params`` (as Nomis wants them) and ``columns``,
the names of the columns in the answer. Nomis cuts an answer off at a number of cells without saying so, and
goes on from ``RecordOffset``; each line can carry its own place and the number of all lines, and by these it
is checked that the pages neither overlap nor stop short. Ages are recognised by name, never by code: one code
means different ages in different data sets.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from send_jsna.catalogue.periods import Period, calendar_year, mid_year
from send_jsna.errors import DataError, FetchError
from send_jsna.ingest import opening, sql, text_tables, web
from send_jsna.ingest.sql import number_sql, sql_text
from send_jsna.sources import places, reading, tidying

if TYPE_CHECKING:
    from send_jsna.catalogue.schema import Source
    from send_jsna.ingest.http import Client, Fetched
    from send_jsna.ingest.retrieval_ledger import Retrieval
    from send_jsna.ingest.source_files import Download, SourceFiles
    from send_jsna.sources.context import Context

KEYS = places.Keys(code="GEOGRAPHY_CODE", name="GEOGRAPHY_NAME")

#: The place of a line, and how many lines there are; asked for with every query.
PLACE, COUNT = "RECORD_OFFSET", "RECORD_COUNT"

#: Cells an answer has at most for a user who is not registered.
PAGE = 25_000

#: Answers a query takes at most.
MAX_PAGES = 200

#: Age groups that are summed from single years, both ends included, by the label they go by.
BANDS = {
    "Aged 0 to 4": (0, 4),
    "Aged 5 to 14": (5, 14),
    "Aged under 16": (0, 15),
    "Aged under 18": (0, 17),
    "Aged 0 to 25": (0, 25),
}


def fetch(source: Source, client: Client, stored: Mapping[str, Retrieval]) -> list[Download]:
    """The pages of a query, each a resource named by the place it begins at.

    Raises:
        FetchError: A page could not be fetched, lacks a column, overlaps another or stops short.
    """
    ask: dict[str, Any] = getattr(source.fetch, "ask", {})
    base = str(getattr(source.fetch, "base", "")).rstrip("/")
    url = f"{base}/dataset/{ask.get('dataset', '')}.data.csv"
    columns = [str(name).upper() for name in ask.get("columns", [])]
    size = int(ask.get("page", PAGE))
    # A long list may be written over several lines.
    asked = {str(key): "".join(str(value).split()) for key, value in dict(ask.get("params", {})).items()}
    asked["select"] = ",".join([*columns, PLACE, COUNT])
    begin, total = 0, 1
    with web.all_or_none() as downloads:
        while begin < total:
            if len(downloads) == MAX_PAGES:
                raise FetchError(
                    f"the answer goes on after {MAX_PAGES} pages",
                    where=url,
                    expected=f"at most {MAX_PAGES * size:,} lines",
                    remedy=f"ask for fewer areas or years in {web.DECLARED}",
                )
            name = f"{str(ask.get('dataset', '')).lower()}-{begin:07d}.csv"
            download = web.get_file(
                client,
                url,
                f"from-{begin:07d}",
                stored,
                name=name,
                params={**asked, "RecordOffset": begin},
                expect=("text", "gzip", "empty"),
            )
            downloads.append(download)
            lines, total = _check_page(download.fetched, [*columns, PLACE, COUNT], begin, total)
            begin += lines
    return downloads


def _check_page(fetched: Fetched, columns: list[str], begin: int, known: int) -> tuple[int, int]:
    """The number of lines of a page, and of all pages."""
    text = opening.text_of(fetched.file, fetched.url)
    reader = csv.DictReader(io.StringIO(text))
    header = [name.strip().upper() for name in reader.fieldnames or ()]
    gone = [name for name in columns if name not in header]
    if gone:
        raise FetchError(
            f"the answer lacks the column {gone[0]}" if header else "the answer is empty",
            where=fetched.url,
            expected=f"the columns {', '.join(columns)}",
            remedy=f"Nomis answers so to a query it does not understand: look at params: in {web.DECLARED}",
        )
    places, totals = [], set()
    for line in reader:
        row = {(key or "").strip().upper(): (value or "") for key, value in line.items() if key}
        if not (row[PLACE].strip().isdigit() and row[COUNT].strip().isdigit()):
            raise FetchError(
                f"line {reader.line_num} has no place in the answer",
                where=fetched.url,
                expected=f"whole numbers under {PLACE} and {COUNT}",
            )
        places.append(int(row[PLACE]))
        totals.add(int(row[COUNT]))
    if not places:
        raise FetchError(
            "the answer has no lines",
            where=fetched.url,
            expected="figures of the areas and years asked for",
            remedy=f"look at params: of the source in {web.DECLARED}",
        )
    if places != list(range(begin, begin + len(places))):
        raise FetchError(
            f"the page from line {begin} holds lines {min(places)} to {max(places)}",
            where=fetched.url,
            expected="lines that follow one another, none twice",
            remedy="try again later: the data may have been replaced meanwhile",
        )
    if len(totals) != 1 or (begin and totals != {known}):
        raise FetchError(
            f"the number of lines changes: {', '.join(map(str, sorted(totals | {known})))}",
            where=fetched.url,
            expected="one number on every page",
            remedy="try again later: the data may have been replaced meanwhile",
        )
    return len(places), totals.pop()


def tidy(files: SourceFiles, context: Context) -> pd.DataFrame:
    """Residents by single year of age, age group and sex, or live births.

    Raises:
        DataError: A page is missing, a column is gone, or an age or sex is not in the label map.
    """
    births = reading.of_form(files, {"population": False, "births": True})
    with text_tables.connection() as con:
        parts = ("AGE_OF_MOTHER_NAME",) if births else ("C_AGE_NAME", "GENDER_NAME")
        _collect(con, files, context, parts)
        with text_tables.plain_errors(files.source_id):
            _check_whole(con, files)
        if births:
            _check_areas(con, files, context)
        long_form = _BIRTHS if births else _population()
        return tidying.observations(
            con,
            long_form,
            source_id=files.source_id,
            where=files.source_id,
            meaning=lambda label: reading.wanted(context.names, files.source_id, label),
            codes=reading.known_codes(context),
            period=lambda text, _meaning: _year(text, births),
        )


def _collect(
    con: text_tables.Connection, files: SourceFiles, context: Context, parts: tuple[str, ...]
) -> None:
    """All pages as the table ``pages``."""
    columns = ("DATE_NAME", "GEOGRAPHY_CODE", *parts, "OBS_VALUE", PLACE, COUNT)
    selects = []
    for resource in sorted(files.paths):
        where = files.where(resource)
        table = text_tables.open_csv(con, files.path(resource), where=where, renamed=files.renamed)
        table.need(*columns)
        table = places.located(con, table, context, KEYS)
        chosen = ", ".join(
            f"trim({sql.sql_name(places.AREA if name == KEYS.code else name)}) AS {name}" for name in columns
        )
        selects.append(f"SELECT {chosen}, {sql_text(where)} AS file FROM {table.name}")
    with text_tables.plain_errors(files.source_id):
        con.execute(f"CREATE TEMP TABLE pages AS {' UNION ALL '.join(selects)}")


def _check_whole(con: text_tables.Connection, files: SourceFiles) -> None:
    """Refuse pages that overlap, stop short, or count their lines differently."""
    lines, distinct, first, last, fewest, most = reading.first_row(
        con,
        f"""
        SELECT count(*), count(DISTINCT {PLACE}), min(TRY_CAST({PLACE} AS BIGINT)),
          max(TRY_CAST({PLACE} AS BIGINT)), min(TRY_CAST({COUNT} AS BIGINT)), max(TRY_CAST({COUNT} AS BIGINT))
        FROM pages
        """,
    ) or (0, 0, None, None, None, None)
    whole = lines and lines == distinct == fewest == most and (first, last) == (0, lines - 1)
    if not whole:
        raise DataError(
            f"{lines:,} lines are held, {distinct:,} of them different, of {most or 0:,}",
            where=files.source_id,
            expected="every line of the answer once",
            remedy=f"fetch the source again: jsna fetch {files.source_id}",
        )


def _check_areas(con: text_tables.Connection, files: SourceFiles, context: Context) -> None:
    """Refuse births that are given for small areas alone: summing them up is the publisher's business."""
    text_tables.register_map(con, "known_areas", {area.code: "" for area in context.areas})
    with text_tables.plain_errors(files.source_id):
        known = reading.first_row(
            con, "SELECT count(*) FROM pages WHERE GEOGRAPHY_CODE IN (SELECT key FROM known_areas)"
        )
    if not known or not known[0]:
        raise DataError(
            "no line is of a local authority, a region or England",
            where=files.source_id,
            expected="codes such as E08000026",
            remedy=f"correct geography in params: of the source in {web.DECLARED}",
        )


_BIRTHS = """
    SELECT AGE_OF_MOTHER_NAME AS label, GEOGRAPHY_CODE AS area_code, DATE_NAME AS source_period,
      OBS_VALUE AS text
    FROM pages
"""


def _population() -> str:
    """Single years as printed, and the age groups no part of which is missing."""
    age = "TRY_CAST(regexp_extract(C_AGE_NAME, '^Age (\\d+)$', 1) AS INTEGER)"
    groups = " UNION ALL ".join(
        f"""
        SELECT {sql_text(label)} || '|' || GENDER_NAME, GEOGRAPHY_CODE, DATE_NAME,
          CASE WHEN count({number_sql("OBS_VALUE")}) = count(*)
            THEN format('{{:.0f}}', sum({number_sql("OBS_VALUE")})) ELSE 'x' END
        FROM pages WHERE {age} BETWEEN {first} AND {last}
        GROUP BY GENDER_NAME, GEOGRAPHY_CODE, DATE_NAME
        HAVING count(DISTINCT {age}) = {last - first + 1} AND count(*) = {last - first + 1}
        """
        for label, (first, last) in BANDS.items()
    )
    return f"""
        SELECT C_AGE_NAME || '|' || GENDER_NAME AS label, GEOGRAPHY_CODE AS area_code,
          DATE_NAME AS source_period, OBS_VALUE AS text FROM pages
        UNION ALL {groups}
    """


def _year(text: str, births: bool) -> Period:
    if not (text.isdigit() and len(text) == 4):
        raise DataError(f"period {text!r} is no year", expected="a year such as 2024")
    return calendar_year(int(text)) if births else mid_year(int(text))
