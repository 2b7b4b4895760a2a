"""Office for Health Improvement and Disparities: Fingertips, child health indicators.

``ask`` of the catalogue says what is fetched:

* ``indicators``: indicator id → regular expression the indicator's name must match. The id is confirmed
  against the publisher's own metadata at every fetch: nothing else ties a number to what it measures.
* ``profile`` and ``named``: name or id of a profile, and expressions for names looked up in its metadata,
  for indicators whose id is not pinned. Each must match one indicator.
* ``area_types``: pairs of area type and parent area type, such as ``[502, 6]``.

A file has England once for each parent, several sexes, ages and categories of one indicator, and the name
of one column depends on the parent. A withheld value is an empty cell with a note, which says why. What is
not wanted, or contradicts itself, is left out and stated; the rest is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from send_jsna.errors import CatalogueError, DataError
from send_jsna.ingest import sql, text_tables, web
from send_jsna.ingest.cell_text import Meaning, Names
from send_jsna.ingest.quoting import named
from send_jsna.ingest.sql import number_sql, sql_text
from send_jsna.sources import places, reading, tidying
from send_jsna.sources.fingertips_names import confirm, look_up
from send_jsna.sources.fingertips_periods import period_of

if TYPE_CHECKING:
    from send_jsna.catalogue.schema import Source
    from send_jsna.ingest.http import Client
    from send_jsna.ingest.retrieval_ledger import Retrieval
    from send_jsna.ingest.source_files import Download, SourceFiles
    from send_jsna.sources.context import Context

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

#: Values left out that are named one by one.
_MOST_NAMED = 5


def fetch(source: Source, client: Client, stored: Mapping[str, Retrieval]) -> list[Download]:
    """One file for each area type, of the indicators asked for that have the names they should.

    An id that has another name, and a name that is not found once, are not fetched and stated.

    Raises:
        FetchError: None has, the profile is not found, or a file could not be fetched.
    """
    how = source.fetch
    ask: dict[str, Any] = getattr(how, "ask", {})
    base: str = getattr(how, "base", "").rstrip("/")
    pinned = {str(key): str(name) for key, name in dict(ask.get("indicators", {})).items()}
    confirmed, faults = confirm(client, base, pinned) if pinned else ({}, [])
    ids = [*confirmed]
    notes = [f"indicator {key} is {name!r}" for key, name in confirmed.items()]
    if ask.get("named"):
        named = [str(name) for name in ask["named"]]
        found, more = look_up(client, base, str(ask.get("profile", "")), named)
        ids += [key for key in found if key not in pinned]
        notes += [f"{name!r} is indicator {key}" for key, name in found.items()]
        faults += more
    if faults and not ids:
        raise faults[0]
    notes += [f"not fetched: {fault.what}, and not {fault.expected}" for fault in faults]
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
                client,
                address,
                f"area-type-{child}",
                stored,
                name=name,
                params=params,
                expect=("text", "gzip"),
            )
            downloads.append(web.with_notes(download, notes))
    return downloads


def tidy(files: SourceFiles, context: Context) -> pd.DataFrame:
    """Observations of the mapped indicators: of each the declared sex and age, all categories together.

    The label map knows an indicator by ``id|sex|age``, or by ``name|sex|age`` where its id is not pinned.

    Raises:
        DataError: A column is missing, or no indicator has its sex and age.
    """
    with text_tables.connection() as con:
        selects = []
        for resource in sorted(files.paths):
            where = files.where(resource)
            table = text_tables.open_csv(con, files.path(resource), where=where, renamed=files.renamed)
            table.need(*COLUMNS)
            table = places.located(con, table, context, KEYS)
            chosen = ", ".join(map(sql.sql_name, (*COLUMNS, places.AREA)))
            selects.append(f"SELECT {chosen} FROM {table.name}")
        with text_tables.plain_errors(files.source_id):
            con.execute(_cells(" UNION ALL ".join(selects)))
            mapped = _meanings(con, files, context.names)
            _leave_out_differing(con, files, mapped)
        counts = {label: "both" if meaning.denominator else "neither" for label, meaning in mapped.items()}
        text_tables.register_map(con, "counts", counts)
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
    """The rows of all categories together, once each however often they are printed.

    A value that is printed in several ways has ``printings`` above 1; counts that differ are left away. Notes
    may differ: of several on an empty cell the one that protects most counts.
    """
    return f"""
        CREATE TEMP TABLE cells AS
        SELECT id, any_value(name) AS name, label, any_value(by_name) AS by_name, area_code, source_period,
          any_value(printed) AS printed, count(DISTINCT printed) AS printings,
          {_only_sql("counted")} AS counted, {_only_sql("base")} AS base, min({_reason_sql("note")}) AS reason
        FROM (
          SELECT trim("Indicator ID") AS id, trim("Indicator Name") AS name,
            trim("Indicator ID") || '|' || trim("Sex") || '|' || trim("Age") AS label,
            trim("Indicator Name") || '|' || trim("Sex") || '|' || trim("Age") AS by_name,
            {places.AREA}, trim("Time period") AS source_period,
            trim("Value") AS printed, trim("Value note") AS note,
            {number_sql('"Count"')} AS counted, {number_sql('"Denominator"')} AS base
          FROM ({union}) WHERE trim("Category Type") = '' AND trim("Category") = ''
        ) GROUP BY id, label, area_code, source_period
    """


#: Why a value is not printed: reason code to what its note says, the first that fits. ``c`` sorts before
#: ``u``, and ``u`` before ``x``.
_REASONS = {
    "c": "disclosure|confidential|small",
    "x": "incomplet|missing|not available|no data",
    "u": "quality|reliab|robust|valid",
}


def _only_sql(number: str) -> str:
    """SQL for the one number of a group; NULL where its rows differ."""
    return f"CASE WHEN count(DISTINCT coalesce({number}, -1)) = 1 THEN any_value({number}) END"


def _reason_sql(note: str) -> str:
    """SQL for the reason code of a note; a cell without a note that is known is a value that is not there."""
    cases = " ".join(
        f"WHEN regexp_matches({note}, {sql_text('(?i)' + words)}) THEN '{code}'"
        for code, words in _REASONS.items()
    )
    return f"CASE {cases} WHEN regexp_matches({note}, '(?i)suppress') THEN 'c' ELSE 'x' END"


#: The label map names count and denominator where the value is their quotient, as a standardised rate is not.
_LONG_FORM = """
    SELECT c.label AS label, c.area_code AS area_code, c.source_period AS source_period,
      c.name || ' (' || c.label || ')' AS source_label,
      CASE WHEN c.printed <> '' THEN
          CASE WHEN TRY_CAST(c.printed AS DOUBLE) IS NULL THEN c.printed
               ELSE rtrim(rtrim(format('{:.4f}', TRY_CAST(c.printed AS DOUBLE)), '0'), '.') END
        ELSE c.reason END AS text,
      CASE WHEN n.value = 'both' THEN c.counted END AS numerator,
      CASE WHEN n.value = 'both' THEN c.base END AS denominator
    FROM cells c JOIN counts n ON n.key = c.label
"""


def _meanings(con: text_tables.Connection, files: SourceFiles, names: Names) -> dict[str, Meaning]:
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
    seen: dict[tuple[str, str], list[str]] = {}
    for key, name, label, by_name in rows:
        seen.setdefault((str(key), str(name)), []).append(str(label).split("|", 1)[1].replace("|", ", "))
        meaning = names.find(files.source_id, str(label)) or names.find(files.source_id, str(by_name))
        if meaning is not None and not meaning.left_out:
            found[str(label)] = meaning
    mapped = {label.split("|")[0] for label in found}
    known = {label.split("|")[0] for source, label in names.exact if source == files.source_id}
    for (key, name), combinations in seen.items():
        if key in mapped:
            continue
        if known.isdisjoint((key, name)):
            files.leave_out(f"indicator {key} {name} is not wanted", is_wrong=False)
            continue
        what = f"indicator {key} {name} is there for {'; '.join(combinations[:6])}"
        if not mapped:
            raise DataError(
                f"an indicator{named(key, known)} is there for {len(combinations)} other sexes or ages",
                where=files.source_id,
                expected="a sex and age that the label map holds",
                remedy="look whether the publisher renamed them; correct data/catalogue/publisher_names.csv",
            )
        files.leave_out(f"{what}, and not for a sex and age that the label map holds")
    if not found:
        raise DataError(
            "no indicator of the table is wanted",
            where=files.source_id,
            expected="the indicators of the catalogue",
            remedy="look at the file: it may be of another profile",
        )
    return found


def _leave_out_differing(
    con: text_tables.Connection, files: SourceFiles, mapped: Mapping[str, Meaning]
) -> None:
    """Leave out values that are printed twice and differ: neither of the two is known to be right."""
    text_tables.register_map(con, "mapped", dict.fromkeys(mapped, ""))
    differing = con.execute(
        "SELECT name, label, area_code, source_period FROM cells SEMI JOIN mapped ON mapped.key = label"
        " WHERE printings > 1 ORDER BY ALL"
    ).fetchall()
    for name, label, area, period in differing[:_MOST_NAMED]:
        files.leave_out(f"two rows differ: {name} ({label}), {area}, {period}")
    if len(differing) > _MOST_NAMED:
        files.leave_out(f"two rows differ for {len(differing) - _MOST_NAMED} further values")
    # A value one of whose rows withholds it stays confidential.
    con.execute("UPDATE cells SET printed = '', reason = least(reason, 'u') WHERE printings > 1")
