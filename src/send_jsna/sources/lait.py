"""Department for Education: Local Authority Interactive Tool.

The tool's data are one long table of text values; its dictionary says what kind of year each measure counts
in. That the year named is the one that ends the academic or financial year was checked against the original
publications: pupils with EHC plans "2023" are the census of January 2023 (2022/23), "2025" of the
participation measures is December 2024 to February 2025, and exclusions print the pair of years themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from send_jsna.errors import DataError
from send_jsna.quoting import named
from send_jsna.sources import places, tables, tidying

if TYPE_CHECKING:
    import pandas as pd

    from send_jsna.sources.context import Context, SourceFiles

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
    """Observations of the mapped measures, missing ones among them."""
    where = files.where()
    meanings = context.names.labels(files.source_id)
    with tables.connection() as con:
        values = tables.open_parquet(con, files.path(), where=where)
        values.need("Short Desc", "Years", "Values", "LA Number")
        types = tables.open_csv(con, files.path("dictionary"), where=files.where("dictionary"))
        types.need("Measure_short", "Year_Type")
        _check_dictionary(con, types, meanings)
        values = places.located(con, values, context, KEYS, numbers=REGION_NUMBERS)
        tables.register_map(con, "wanted_labels", dict.fromkeys(meanings, ""))
        long_form = f"""
            SELECT v."Short Desc" AS label, v.{places.AREA}, coalesce(v."Values", '-') AS text,
              v."Years" || ' (' || t."Year_Type" || ')' AS source_period,
              contains(v."Years", '(prov)') AS provisional
            FROM {values.name} v
            JOIN wanted_labels w ON w.key = v."Short Desc"
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


def _check_dictionary(con: tables.Connection, types: tables.Table, declared: Iterable[str]) -> None:
    """Refuse a dictionary that names a measure twice: every value of it would count twice."""
    with tables.plain_errors(types.where):
        twice = con.execute(
            f'SELECT "Measure_short" FROM {types.name} GROUP BY 1'
            ' HAVING count(DISTINCT "Year_Type") > 1 ORDER BY 1'
        ).fetchone()
    if twice:
        raise DataError(
            f"a measure{named(str(twice[0]), declared)} has two kinds of year",
            where=types.where,
            expected="one line for each measure",
        )
