"""Office for Health Improvement and Disparities: Fingertips, child health indicators.

``ask`` of the catalogue says what is fetched:

* ``indicators``: indicator id → regular expression the indicator's name must match. The id is confirmed
  against the publisher's own metadata at every fetch: nothing else ties a number to what it measures.
* ``profile`` and ``named``: name or id of a profile, and expressions for names looked up in its metadata,
  for indicators whose id is not pinned. Each must match one indicator.
* ``area_types``: pairs of area type and parent area type, such as ``[502, 6]``.

A file holds England once for each parent, several sexes, ages and categories of one indicator, and the name
of one column depends on the parent. A withheld value is an empty cell with a note.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from send_jsna.errors import CatalogueError, DataError
from send_jsna.periods import Period, PeriodType, academic_year, calendar_year, financial_year, pooled_years
from send_jsna.sources import places, reading, sql, tables, tidying, web
from send_jsna.sources.common import Meaning, Names
from send_jsna.sources.fingertips_names import confirm, look_up
from send_jsna.sources.sql import number_sql, sql_text

if TYPE_CHECKING:
    from send_jsna.catalogue import Source
    from send_jsna.snapshots import Retrieval
    from send_jsna.sources.context import Context, Download, SourceFiles
    from send_jsna.transport import Client

COLUMNS = (
    "Indicator ID",
    "Indicator Name",
    "Area Code",
    "Sex",
    "Age",
    "Category Type",
    "Category",
    "Time period",
    "Value",
    "Count",
    "Denominator",
    "Value note",
    "Time period Sortable",
)

KEYS = places.Keys(code="Area Code", name="Area Name")


def fetch(source: Source, client: Client, held: Mapping[str, Retrieval]) -> list[Download]:
    """One file for each area type, of all the indicators asked for.

    Raises:
        FetchError: An id does not have the name it should, a name is not found, or a file could not be had.
    """
    how = source.fetch
    ask: dict[str, Any] = getattr(how, "ask", {})
    base: str = getattr(how, "base", "").rstrip("/")
    pinned = {str(key): str(name) for key, name in dict(ask.get("indicators", {})).items()}
    ids = [*pinned]
    notes = confirm(client, base, pinned) if pinned else []
    if ask.get("named"):
        found = look_up(client, base, str(ask.get("profile", "")), [str(name) for name in ask["named"]])
        ids += [key for key in found if key not in pinned]
        notes += [f"{name!r} is indicator {key}" for key, name in found.items()]
    pairs = ask.get("area_types", [])
    if not ids or not pairs:
        raise CatalogueError(
            f"source {source.id!r} asks for no indicator or no area type",
            where=web.DECLARED,
            expected="ask: with indicators: and area_types:",
        )
    with web.all_or_none() as downloads:
        for child, parent in pairs:
            params: dict[str, str | int | float] = {
                "indicator_ids": ",".join(ids),
                "child_area_type_id": int(child),
                "parent_area_type_id": int(parent),
                "include_sortable_time_periods": "yes",
            }
            address = f"{base}/all_data/csv/by_indicator_id"
            name = f"fingertips-area-type-{child}.csv"
            download = web.get_file(
                client, address, f"area-type-{child}", held, name=name, params=params, expect=("text", "gzip")
            )
            downloads.append(web.with_notes(download, notes))
    return downloads


def tidy(files: SourceFiles, context: Context) -> pd.DataFrame:
    """Observations of the mapped indicators: of each the declared sex and age, all categories together.

    The label map knows an indicator by ``id|sex|age``, or by ``name|sex|age`` where its id is not pinned.

    Raises:
        DataError: A column is gone, an indicator lacks its sex and age, or two rows of one cell differ.
    """
    with tables.connection() as con:
        selects = []
        for resource in sorted(files.paths):
            where = files.where(resource)
            table = tables.open_csv(con, files.path(resource), where=where, renamed=files.renamed)
            table.need(*COLUMNS)
            table = places.located(con, table, context, KEYS)
            chosen = ", ".join(map(sql.sql_name, (*COLUMNS, places.AREA)))
            selects.append(f"SELECT {chosen}, {sql_text(where)} AS file FROM {table.name}")
        with tables.plain_errors(files.source_id):
            con.execute(_cells(" UNION ALL ".join(selects)))
            mapped = _meanings(con, files, context.names)
            _check_agreement(con, files)
        counts = {label: "both" if meaning.denominator else "neither" for label, meaning in mapped.items()}
        tables.register_map(con, "counts", counts)
        return tidying.observations(
            con,
            _LONG_FORM,
            source_id=files.source_id,
            where=files.source_id,
            meaning=mapped.get,
            codes=reading.known_codes(context),
            period=lambda text, meaning: period_of(text, meaning.period_type),
        )


def _cells(union: str) -> str:
    """The rows of all categories together, once each however often they are printed."""
    return f"""
        CREATE TEMP TABLE cells AS
        SELECT DISTINCT trim("Indicator ID") AS id, trim("Indicator Name") AS name,
          trim("Indicator ID") || '|' || trim("Sex") || '|' || trim("Age") AS label,
          trim("Indicator Name") || '|' || trim("Sex") || '|' || trim("Age") AS by_name,
          {places.AREA}, trim("Time period") AS source_period,
          trim("Time period Sortable") AS sortable, trim("Value") AS printed, trim("Value note") AS note,
          {number_sql('"Count"')} AS counted, {number_sql('"Denominator"')} AS base,
          min(file) OVER (PARTITION BY "Indicator ID") AS file
        FROM ({union}) WHERE trim("Category Type") = '' AND trim("Category") = ''
    """


#: The label map names count and denominator where the value is their quotient, as a standardised rate is not.
#: Why a cell is empty is told by its note: one without a note is a value that is not there.
_LONG_FORM = """
    SELECT c.label AS label, c.area_code AS area_code, c.source_period AS source_period,
      c.name || ' (' || c.label || ')' AS source_label,
      CASE WHEN c.printed <> '' THEN
          CASE WHEN TRY_CAST(c.printed AS DOUBLE) IS NULL THEN c.printed
               ELSE rtrim(rtrim(format('{:.4f}', TRY_CAST(c.printed AS DOUBLE)), '0'), '.') END
        WHEN c.note = '' OR regexp_matches(c.note, '(?i)missing|not available|no data') THEN 'x'
        ELSE 'c' END AS text,
      CASE WHEN n.value = 'both' THEN c.counted END AS numerator,
      CASE WHEN n.value = 'both' THEN c.base END AS denominator
    FROM cells c JOIN counts n ON n.key = c.label
"""


def _meanings(con: tables.Connection, files: SourceFiles, names: Names) -> dict[str, Meaning]:
    """What the labels of the table mean; each mapped indicator must be there with its sex and age."""
    rows = con.execute(
        "SELECT id, any_value(name), label, any_value(by_name) FROM cells GROUP BY id, label ORDER BY label"
    ).fetchall()
    if not rows:
        raise DataError(
            "the table has no rows of all categories together",
            where=files.source_id,
            expected="the indicators of the catalogue",
            remedy="fetch it again",
        )
    found: dict[str, Meaning] = {}
    seen: dict[str, list[str]] = {}
    for key, name, label, by_name in rows:
        seen.setdefault(f"{key} {name}", []).append(str(label).split("|", 1)[1].replace("|", ", "))
        meaning = names.find(files.source_id, str(label)) or names.find(files.source_id, str(by_name))
        if meaning is not None and not meaning.left_out:
            found[str(label)] = meaning
    mapped = {label.split("|")[0] for label in found}
    for indicator, combinations in seen.items():
        if indicator.split(" ")[0] not in mapped:
            raise DataError(
                f"indicator {indicator} is there for {'; '.join(combinations[:6])}",
                where=files.source_id,
                expected="a sex and age that the label map holds",
                remedy="look whether the publisher renamed them; correct data/catalogue/publisher_names.csv",
            )
    return found


def _check_agreement(con: tables.Connection, files: SourceFiles) -> None:
    twice = reading.first_row(
        con,
        "SELECT name, label, area_code, source_period FROM cells GROUP BY ALL HAVING count(*) > 1"
        " ORDER BY ALL LIMIT 1",
    )
    if twice:
        name, label, area, period = twice
        raise DataError(
            f"two rows differ: {name} ({label}), {area}, {period}",
            where=files.source_id,
            expected="rows that are printed twice to be alike",
            remedy="fetch it again; if they still differ, ask the publisher",
        )


def period_of(text: str, kind: str = "") -> Period:
    """The period of ``2022``, ``2021/22``, ``2020 - 22`` or ``2020/21 - 22/23``.

    Args:
        text: As printed.
        kind: ``academic_year`` where a pair of years is one; else it is a financial year.

    Raises:
        DataError: It has no such shape.
    """
    build = academic_year if kind == str(PeriodType.ACADEMIC_YEAR) else financial_year
    if match := re.fullmatch(r"(\d{4})", text):
        return calendar_year(int(match[1]))
    if match := re.fullmatch(r"(\d{4})/(\d{2})", text):
        end = int(match[1]) + 1
        if int(match[2]) == end % 100:
            return build(end)
    if match := re.fullmatch(r"(\d{4})\s*[-–]\s*(\d{2}|\d{4})", text):
        first, last = int(match[1]), _after(int(match[1]), match[2])
        if last > first:
            return pooled_years(first, last)
    if match := re.fullmatch(r"(\d{4})/(\d{2})\s*[-–]\s*(\d{2}|\d{4})/(\d{2})", text):
        first, last = int(match[1]), _after(int(match[1]), match[3])
        if int(match[2]) == (first + 1) % 100 and int(match[4]) == (last + 1) % 100 and last > first:
            years = build(first + 1), build(last + 1)
            label = f"{years[0].label} to {years[1].label} pooled"
            return Period(years[0].start, years[1].end, PeriodType.POOLED_YEARS, label)
    raise DataError(
        f"period {text!r} has no known shape",
        expected="such as 2022, 2021/22, 2020 - 22 or 2020/21 - 22/23",
        remedy="add the shape to sources/fingertips.py",
    )


def _after(first: int, text: str) -> int:
    """The year that ``text`` names, in full or by its last two digits, in or after a first year."""
    if len(text) == 4:
        return int(text)
    year = first - first % 100 + int(text)
    return year if year >= first else year + 100
