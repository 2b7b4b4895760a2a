"""Office for National Statistics: mid-year estimates by single year of age, one line an area.

The table MYE2 of a year's estimates has a column for each year of age up to 90 and over, and lines of every
level from the United Kingdom to districts. It prints no year: that is in the file's name, such as
``mye24tablesew.csv``. Ages 0 to 25 are read, and groups of them are added up.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from send_jsna.catalogue.periods import mid_year
from send_jsna.errors import DataError
from send_jsna.ingest import sql, text_tables
from send_jsna.ingest.quoting import area_of
from send_jsna.ingest.sql import number_sql, sql_name, sql_text
from send_jsna.sources import places, reading, tidying

if TYPE_CHECKING:
    import pandas as pd

    from send_jsna.ingest.source_files import SourceFiles
    from send_jsna.sources.context import Context

KEYS = places.Keys(code="Code", name="Name")

TOTAL = "All ages"

#: Every year of age of the table, the last of them open.
AGES = (*(str(age) for age in range(90)), "90+")

#: Groups that are added up, both ends included, by the label they go by.
GROUPS = {
    "0 to 25": (0, 25),
    "0 to 4": (0, 4),
    "5 to 10": (5, 10),
    "11 to 15": (11, 15),
    "16 to 19": (16, 19),
    "20 to 25": (20, 25),
}


def tidy(files: SourceFiles, context: Context) -> pd.DataFrame:
    """Residents by single year of age and by age group.

    Raises:
        DataError: The name has no year, a column is gone, a cell is no number, or the ages of an area do not
            add up to its residents.
    """
    where = files.where()
    year = _year(files, where)
    with text_tables.connection() as con:
        table = text_tables.open_csv(con, files.path(), where=where, renamed=files.renamed)
        table.need(KEYS.code, KEYS.name, TOTAL, *AGES)
        table = places.located(con, table, context, KEYS)
        text_tables.register_map(con, "known", dict.fromkeys(reading.known_codes(context), ""))
        known = f"SELECT * FROM {table.name} WHERE {places.AREA} IN (SELECT key FROM known)"
        with text_tables.plain_errors(where):
            _check_sums(con, known, where)
        return tidying.observations(
            con,
            f"""
            SELECT {places.AREA}, cell.label AS label, cell.text AS text, '{year}' AS source_period
            FROM (SELECT *, unnest({sql.cells_sql(_cells())}) AS cell FROM ({known}))
            """,
            source_id=files.source_id,
            where=where,
            meaning=lambda label: context.names.find(files.source_id, label),
            codes=context.codes,
            period=lambda text, _meaning: mid_year(int(text)),
        )


def _cells() -> list[dict[str, str]]:
    """Each year of age and each group, with what is printed or added up of it."""
    found = [{"label": sql_text(name), "text": sql_name(name)} for name in (TOTAL, *AGES)]
    for label, (first, last) in GROUPS.items():
        ages = " + ".join(number_sql(sql_name(str(age))) for age in range(first, last + 1))
        found.append({"label": sql_text(label), "text": f"format('{{:.0f}}', {ages})"})
    return found


def _year(files: SourceFiles, where: str) -> int:
    """The year of the estimates, from the file's name."""
    name = files.names.get("main") or files.path().name
    match = re.search(r"mye(\d\d)", name, flags=re.IGNORECASE)
    if match is None:
        raise DataError(
            "the name does not tell the year of the estimates",
            where=where,
            expected="a name such as mye24tablesew.csv",
            remedy="give the file its published name",
        )
    return 2000 + int(match[1])


def _check_sums(con: text_tables.Connection, known: str, where: str) -> None:
    """Refuse an area whose ages are not all there, or do not add up to its residents."""
    ages = " + ".join(number_sql(sql_name(age)) for age in AGES)
    wrong = reading.first_row(
        con,
        f"SELECT {places.AREA} FROM ({known}) WHERE ({ages}) IS DISTINCT FROM {number_sql(sql_name(TOTAL))}"
        " ORDER BY 1",
    )
    if wrong is not None:
        raise DataError(
            "the ages do not add up to all residents",
            where=f"{where}, {area_of(wrong[0])}",
            expected=f"numbers under every age, and their sum under {TOTAL!r}",
            remedy="ask the publisher which is right, or fetch the file again",
        )
