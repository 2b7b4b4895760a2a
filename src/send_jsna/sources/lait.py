"""Department for Education: Local Authority Interactive Tool.

The tool's data are one long table of text values; its dictionary says what kind of year each measure counts
in. That the year named is the one that ends the academic or financial year was checked against the original
publications: pupils with EHC plans "2023" are the census of January 2023 (2022/23), "2025" of the
participation measures is December 2024 to February 2025, and exclusions print the pair of years themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from send_jsna.errors import DataError
from send_jsna.ingest import text_tables
from send_jsna.sources import places, tidying

if TYPE_CHECKING:
    import pandas as pd

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
        text_tables.register_map(con, "readable", dict.fromkeys(readable, ""))
        long_form = f"""
            SELECT v."Short Desc" AS label, v.{places.AREA}, coalesce(v."Values", '-') AS text,
              v."Years" || ' (' || t."Year_Type" || ')' AS source_period,
              contains(v."Years", '(prov)') AS provisional
            FROM {values.name} v
            JOIN readable w ON w.key = v."Short Desc"
            JOIN {types.name} t ON t."Measure_short" = v."Short Desc"
        """
        return tidying.observations(
            con,
            long_form,
            source_id=files.source_id,
            where=where,
            meaning=meanings.get,
            codes=context.codes,
        )


def _readable(
    con: text_tables.Connection, values: text_tables.Table, types: text_tables.Table, files: SourceFiles
) -> list[str]:
    """The mapped measures that are in the table and have one kind of year; the others are left out."""
    with text_tables.plain_errors(types.where):
        found = con.execute(
            f"""
            SELECT w.key, coalesce(t.kinds, 0), w.key IN (SELECT "Short Desc" FROM {values.name})
            FROM wanted_labels w LEFT JOIN (
              SELECT "Measure_short", count(DISTINCT "Year_Type") AS kinds FROM {types.name} GROUP BY 1
            ) t ON t."Measure_short" = w.key ORDER BY 1
            """
        ).fetchall()
    readable = []
    for measure, kinds, is_there in found:
        if not is_there:
            files.leave_out(f"the measure {measure!r} is not in the table")
        elif kinds != 1:
            what = "two kinds of year" if kinds else "no line"
            files.leave_out(f"the measure {measure!r} has {what} in the dictionary")
        else:
            readable.append(measure)
    if not readable:
        raise DataError(
            "no measure of the label map can be read",
            where=values.where,
            expected="measures such as SEN_TotStat, each with one line in the dictionary",
            remedy="fetch both files again",
        )
    return readable
