"""Department for Education: Local Authority Interactive Tool.

The tool's data are one long table of text values; its dictionary says what kind of year each measure counts
in. That the year named is the one that ends the academic or financial year was checked against the original
publications: pupils with EHC plans "2023" are the census of January 2023 (2022/23), "2025" of the
participation measures is December 2024 to February 2025, and exclusions print the pair of years themselves.
Where the dictionary only says "Annual", the label map says which year a count on a day belongs to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.errors import DataError
from send_jsna.ingest import text_tables
from send_jsna.sources import places, tidying

if TYPE_CHECKING:
    from send_jsna.ingest.cell_text import Names
    from send_jsna.ingest.source_files import SourceFiles
    from send_jsna.sources.context import Context

#: The tool's numbers of England and of the regions.
REGION_NUMBERS = {
    "970": "E92000001",
    "980": "E12000001",
    "981": "E12000002",
    "982": "E12000003",
    "983": "E12000004",
    "984": "E12000005",
    "985": "E12000006",
    "986": "E12000007",
    "989": "E12000008",
    "990": "E12000009",
}

#: What the tool prints in place of a year.
NO_YEAR = "0"

#: Kind of year of the label map → that of the dictionary.
YEARS = {"financial_year": "Financial Year", "calendar_year": "Calendar Year"}

#: The tool prints no ONS codes.
KEYS = places.Keys(number="LA Number", name="LA and Regions")


def tidy(files: SourceFiles, context: Context) -> pd.DataFrame:
    """Observations of the mapped measures, missing values among them.

    Raises:
        DataError: A column is gone, or no mapped measure can be read.
    """
    where = files.where()
    meanings = context.names.labels(files.source_id)
    with text_tables.connection() as con:
        values = text_tables.open_parquet(con, files.path(), where=where)
        values.need("Short Desc", "Years", "Values", "LA Number")
        types = text_tables.open_csv(con, files.path("dictionary"), where=files.where("dictionary"))
        types.need("Measure_short", "Year_Type")
        text_tables.register_map(con, "wanted_labels", dict.fromkeys(meanings, ""))
        readable = _readable(con, values, types, files)
        values = places.located(con, values, context, KEYS, numbers=REGION_NUMBERS)
        kinds = [(name, kind, YEARS.get(meanings[name].period_type, kind)) for name, kind in readable]
        con.register("readable", pd.DataFrame(kinds, columns=["measure", "kind", "year"], dtype="str"))
        _register_years(con, values, files)
        long_form = f"""
            SELECT v."Short Desc" AS label, v.{places.AREA}, coalesce(v."Values", '-') AS text,
              coalesce(v."Years", '') || ' (' || w.kind || ')' AS source_period, y.key AS period_key,
              contains(v."Years", '(prov)') AS provisional
            FROM {values.name} v
            JOIN readable w ON w.measure = v."Short Desc"
            JOIN years y ON y.key = coalesce(v."Years", '') || ' (' || w.year || ')'
        """
        return tidying.observations(
            con,
            long_form,
            source_id=files.source_id,
            where=where,
            meaning=meanings.get,
            codes=context.codes,
        )


def undeclared(files: SourceFiles, names: Names) -> list[str]:
    """Measures of the table that the label map neither reads nor leaves out with a reason.

    Raises:
        DataError: The table cannot be read, or its column of measures is gone.
    """
    known = names.declared(files.source_id)
    with text_tables.connection() as con:
        values = text_tables.open_parquet(con, files.path(), where=files.where())
        values.need("Short Desc")
        with text_tables.plain_errors(values.where):
            found = con.execute(f'SELECT DISTINCT "Short Desc" FROM {values.name} ORDER BY 1').fetchall()
    return [str(measure) for (measure,) in found if measure not in known]


def _readable(
    con: text_tables.Connection, values: text_tables.Table, types: text_tables.Table, files: SourceFiles
) -> list[tuple[str, str]]:
    """The mapped measures in the table, each with its kind of year; one with none or two is left out."""
    with text_tables.plain_errors(types.where):
        found = con.execute(
            f"""
            SELECT w.key, coalesce(t.kinds, 0), t.kind, w.key IN (SELECT "Short Desc" FROM {values.name})
            FROM wanted_labels w LEFT JOIN (
              SELECT "Measure_short", count(DISTINCT "Year_Type") AS kinds, min("Year_Type") AS kind
              FROM {types.name} GROUP BY 1
            ) t ON t."Measure_short" = w.key ORDER BY 1
            """
        ).fetchall()
    readable = []
    for measure, kinds, kind, is_there in found:
        if not is_there:
            files.leave_out(f"the measure {measure!r} is not in the table")
        elif kinds != 1:
            what = "two kinds of year" if kinds else "no line"
            files.leave_out(f"the measure {measure!r} has {what} in the dictionary")
        else:
            readable.append((str(measure), str(kind)))
    if not readable:
        raise DataError(
            "no measure of the label map can be read",
            where=values.where,
            expected="measures such as SEN_TotStat, each with one line in the dictionary",
            remedy="fetch both files again",
        )
    return readable


def _register_years(con: text_tables.Connection, values: text_tables.Table, files: SourceFiles) -> None:
    """The years of the readable measures; rows of what is no year are left out, and it is said.

    The table has, in one measure, rows without a value whose year is 0.
    """
    with text_tables.plain_errors(values.where):
        found = con.execute(
            f"""
            SELECT DISTINCT coalesce(v."Years", '') || ' (' || w.year || ')', v."Years", v."Short Desc",
              bool_and(coalesce(v."Values", '-') = '-') OVER (PARTITION BY v."Years", v."Short Desc")
            FROM {values.name} v JOIN readable w ON w.measure = v."Short Desc" ORDER BY ALL
            """
        ).fetchall()
    years = {}
    for key, printed, measure, is_empty in found:
        if is_empty and printed == NO_YEAR:
            sentence = f"the rows of the measure {measure!r} for the year {printed!r} have no value"
            files.leave_out(sentence, is_wrong=False)
        else:
            years[str(key)] = ""
    text_tables.register_map(con, "years", years)
