"""Department for Education: education, health and care plans (SEN2), person level, and tribunal appeals.

Each file of the release is a source of its own, because files of one release disagree: plans issued in 2024
are 686 for Coventry in the timeliness file and 675 in the file of new plans. Breakdowns by years a plan has
been in place are not read: their labels are off by one between two files of the release. The layouts of 2025
and of 2026 are read as one; what is printed in both becomes the same observations.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from send_jsna.catalogue.periods import Period, calendar_year, january
from send_jsna.errors import DataError
from send_jsna.ingest import opening, sql, text_tables
from send_jsna.ingest.cell_text import ENGLAND, Meaning, number_or_none
from send_jsna.ingest.sql import number_sql, share_sql, sql_text
from send_jsna.ingest.tidy_rows import as_frame, row
from send_jsna.sources import layouts, places, tidying

if TYPE_CHECKING:
    import pandas as pd

    from send_jsna.catalogue.table_layout import TableLayout
    from send_jsna.ingest.source_files import SourceFiles
    from send_jsna.sources.context import Context

#: What the label map calls the words for breakdowns, which the files of the release share.
BREAKDOWN = "dfe-sen2-2025-breakdown"

#: What the catalogue calls the table of tribunal appeals; the files of the release are all of one form.
TRIBUNALS = "tribunals"

#: Lines of the tribunal table under another authority's number. They are read by number, as released editions
#: have them: the appealable decisions show that it is right for Cambridgeshire and Central Bedfordshire. What
#: is Nottingham's would be Nottinghamshire's, which a correction record withholds.
BY_NUMBER = frozenset(
    {
        ("Nottingham", "891"),
        ("Cambridgeshire", "823"),
        ("Central Bedfordshire", "873"),
        ("Nottinghamshire", "928"),
    }
)

#: A percentage the annual reviews file gives only the parts of.
_REVIEWED = "held of expected"


def tidy(files: SourceFiles, context: Context) -> pd.DataFrame:
    """Observations of one file of the release, or of the tribunal table."""
    if files.layout and files.layout.form == TRIBUNALS:
        return _tidy_tribunals(files, context)
    where = files.where()
    with text_tables.connection() as con:
        table = layouts.open_in_layout(
            con, files.path(), where=where, renamed=files.renamed, layout=files.layout
        )
        labels = context.names.labels(files.source_id)
        meanings = {name: labels[name] for name in layouts.asked_of(table, files.layout, [*labels])}
        table.need(*sql.EES_COLUMNS)
        needed = [*meanings, *tidying.parts_of(meanings)]
        if _REVIEWED in meanings:
            needed = [
                *(name for name in needed if name != _REVIEWED),
                "total_review_meeting",
                "review_expected",
            ]
        needed = ["time_period", "breakdown_topic", "breakdown", *needed]
        table = places.located(con, table, context)
        table = text_tables.keep(con, table, needed, area=places.AREA, codes=context.codes)
        if _REVIEWED in meanings:
            shares = {_REVIEWED: share_sql(number_sql("total_review_meeting"), number_sql("review_expected"))}
            table = text_tables.with_columns(con, table, shares)
        with text_tables.plain_errors(where):
            pairs = con.execute(f"SELECT DISTINCT {_BREAKDOWN} FROM {table.name}").fetchall()
        found = {str(line[0]): _breakdown(str(line[0]), files.source_id, context) for line in pairs}
        _check_topics(found, meanings, files.source_id, context, where)
        breakdowns = {label: meaning for label, meaning in found.items() if meaning is not None}
        _check_totals(breakdowns, found, context, where)
        entries = [tidying.cell_of(table, column, meaning) for column, meaning in meanings.items()]
        text_tables.register_map(con, "breakdowns", {label: _is_total(m) for label, m in breakdowns.items()})
        long_form = f"""
            SELECT area_code, time_period AS source_period, breakdown_label || '|' || cell.label AS label,
              cell.label AS source_label, cell.text AS text, cell.numerator AS numerator,
              cell.denominator AS denominator
            FROM (
              SELECT area_code, time_period, {_BREAKDOWN} AS breakdown_label,
                b.value AS is_total, unnest({sql.cells_sql(entries)}) AS cell
              FROM {table.name} JOIN breakdowns b ON b.key = {_BREAKDOWN}
            )
            WHERE is_total = 'total' OR {_kept(files.layout, meanings, context)}
        """

        def meaning(label: str) -> Meaning | None:
            breakdown, _, column = label.rpartition("|")
            topic = breakdown.partition("|")[0]
            own = context.names.find(files.source_id, f"{column}|{topic}") or meanings[column]
            return Meaning(own.indicator, {**breakdowns[breakdown].dimensions, **own.dimensions})

        return tidying.observations(
            con,
            long_form,
            source_id=files.source_id,
            where=where,
            meaning=meaning,
            codes=None,
            period=lambda text, _meaning: _period(text),
        )


#: ``topic|breakdown``; the totals name themselves twice.
_BREAKDOWN = (
    "CASE WHEN breakdown_topic = breakdown THEN breakdown_topic ELSE breakdown_topic || '|' || breakdown END"
)


def _breakdown(label: str, source_id: str, context: Context) -> Meaning | None:
    """What a breakdown means, to all files of the release or to one of them."""
    return context.names.find(BREAKDOWN, label) or context.names.find(source_id, label)


def _check_topics(
    found: Mapping[str, Meaning | None],
    meanings: Mapping[str, Meaning],
    source_id: str,
    context: Context,
    where: str,
) -> None:
    """Refuse a breakdown that is not mapped, of a topic the catalogue gives an indicator of its own.

    Raises:
        DataError: The first such breakdown: its rows would be missing without a word.
    """
    for label, meaning in found.items():
        topic = label.partition("|")[0]
        if meaning is None and any(context.names.find(source_id, f"{name}|{topic}") for name in meanings):
            raise DataError(
                f"the breakdown {label.partition('|')[2]!r} of {topic!r} is not mapped",
                where=where,
                expected="a breakdown that publisher_names.csv has",
                remedy=f"add a row for {label} of {source_id} to data/catalogue/publisher_names.csv",
            )


def _check_totals(
    breakdowns: dict[str, Meaning], found: Collection[str], context: Context, where: str
) -> None:
    """Refuse a table no row of which is a total: it goes by another name, and all totals would be missing."""
    if any(not meaning.dimensions for meaning in breakdowns.values()):
        return
    expected = [
        pattern.pattern.replace("\\", "")
        for pattern, meaning in context.names.patterns.get(BREAKDOWN, [])
        if not meaning.dimensions
    ]
    shown = sorted(found)[:8]
    raise DataError(
        f"no row is a total: its breakdowns are {', '.join(map(repr, shown)) or 'none'}"
        + (" and others" if len(found) > len(shown) else ""),
        where=where,
        expected=f"a breakdown such as {' or '.join(expected)}",
        remedy=f"map the new name under {BREAKDOWN} in data/catalogue/publisher_names.csv",
    )


def _is_total(meaning: Meaning) -> str:
    return "part" if meaning.dimensions else "total"


def _kept(layout: TableLayout | None, meanings: dict[str, Meaning], context: Context) -> str:
    """SQL for whether a breakdown's cell is kept."""
    kept = layout.breakdowns if layout else None
    columns = [name for name, found in meanings.items() if kept and found.indicator in kept.indicators]
    if kept is None or not columns:
        return "false"
    named = f"cell.label IN ({', '.join(map(sql_text, columns))})"
    areas = "true" if kept.everywhere else sql.among_sql("area_code", context.headline)
    return f"({named} AND {areas})"


def _period(text: str) -> Period:
    """Academic years of this release name the January count that falls in them."""
    if not text.isdigit() or len(text) not in (4, 6):
        raise DataError(f"period {text!r} has no known shape", expected="such as 202425 or 2024")
    return january(int(text[:4]) + 1) if len(text) == 6 else calendar_year(int(text))


# -- tribunals --------------------------------------------------------------------------------------------


def read_tribunals(path: Path, where: str) -> list[list[str]]:
    """The rows of the appeal table for a local authority or a total.

    Raises:
        DataError: It is not the appeal table of 2014 to 2024.
    """
    text = opening.text_of(path, where)
    try:
        lines = [
            [cell.strip() for cell in line]
            for line in csv.reader(io.StringIO(text.replace("\x00", "")))
            if len(line) > 34 and line[2].strip() not in ("",)
        ]
    except csv.Error:
        raise DataError("the table cannot be read as CSV", where=where, remedy="fetch it again") from None
    if not lines:
        raise DataError(
            "no row has the columns of the appeals of 2014 to 2024",
            where=where,
            expected="an authority, its number and three columns a year",
            remedy="the layout has changed: look at the file and correct sen2.py",
        )
    return lines


def _tidy_tribunals(files: SourceFiles, context: Context) -> pd.DataFrame:
    """Appeals and appeal rates 2014 to 2024; the method in development is an indicator of its own."""
    rows = []
    known = places.Places(context, ("number", "name"), files.where(), {})
    for line in read_tribunals(files.path(), files.where()):
        area = _tribunal_area(line, known)
        if not area or not context.keeps(area):
            continue
        for year in range(2014, 2025):
            start = 2 + 3 * (year - 2014)
            rows += _appeals(files, line[start : start + 3], "Appeal rate (old method)", year, area, context)
        if len(line) > 36:
            newer = [line[32], line[35], line[36]]
            rows += _appeals(files, newer, "Appeal rate (new method)", 2024, area, context)[:1]
    return as_frame(rows)


def _tribunal_area(line: list[str], known: places.Places) -> str:
    """The area of a line: an authority by number and name, or England; empty for any other."""
    number = places.number_of(line[1])
    if number:
        name = "" if (line[0], number) in BY_NUMBER else line[0]
        return known.code(places.Keys(number=number, name=name))
    return ENGLAND if line[0].casefold().startswith(("england", "total")) else ""


def _appeals(
    files: SourceFiles, printed: list[str], label: str, year: int, area: str, context: Context
) -> list[dict[str, object]]:
    """The rate and the appeals of one year. In this table a dash is none, and a tilde is suppressed."""
    appeals, decisions, rate = ["0" if cell == "-" else cell.replace("~", "c") for cell in printed]
    parts = (number_or_none(appeals), number_or_none(decisions))
    made = []
    for name, text, counts in ((label, rate, parts), ("Appeals registered", appeals, (None, None))):
        meaning = context.names.exact[(files.source_id, name)]
        made.append(
            row(
                indicator=meaning.indicator,
                area_code=area,
                period=calendar_year(year),
                text=text,
                source_id=files.source_id,
                source_label=name,
                source_period=str(year),
                numerator=counts[0],
                denominator=counts[1],
            )
        )
    return made
