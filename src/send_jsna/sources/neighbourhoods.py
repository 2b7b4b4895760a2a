"""Office for National Statistics: neighbourhoods (LSOAs of 2021), their wards of 2024, and their outlines.

The outlines are those that the R package geographr carries, generalised, of the whole of England. The wards
are the best fit that the lookup gives: a ward is drawn and counted as the neighbourhoods fitted to it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from send_jsna.catalogue import neighbourhoods
from send_jsna.catalogue.neighbourhoods import Neighbourhood
from send_jsna.catalogue.periods import calendar_year
from send_jsna.errors import DataError
from send_jsna.ingest import text_tables
from send_jsna.ingest.opening import chunks
from send_jsna.sources import reading, small_area_members, tidying

if TYPE_CHECKING:
    import pandas as pd

    from send_jsna.ingest.source_files import SourceFiles
    from send_jsna.sources.context import Context

#: The label of the number of neighbourhoods.
LABEL = "Neighbourhoods"

#: The year of the wards and districts of the lookup.
_YEAR = 2024


def tidy(files: SourceFiles, context: Context) -> pd.DataFrame:
    """The number of neighbourhoods of each authority, region and England.

    Raises:
        DataError: A file or a column is missing, or a neighbourhood is duplicated.
    """
    where = files.where()
    with text_tables.connection() as con:
        small_area_members.read(con, files, context, "main")
        return tidying.observations(
            con,
            f"""
            SELECT area_code, '{LABEL}' AS label, CAST(count(*) AS VARCHAR) AS text,
              '{_YEAR}' AS source_period
            FROM {small_area_members.MEMBERS} WHERE area_code NOT LIKE 'E01%' GROUP BY area_code
            """,
            source_id=files.source_id,
            where=where,
            meaning=lambda label: reading.wanted(context.names, files.source_id, label),
            codes=None,
            period=lambda text, _meaning: calendar_year(int(text)),
        )


def outlines(files: SourceFiles, context: Context) -> tuple[Neighbourhood, ...]:
    """The neighbourhoods of the area an edition is about, with their wards and outlines.

    Raises:
        DataError: A file is missing or malformed, or a neighbourhood of the lookup has no outline.
    """
    with text_tables.connection() as con:
        lookup = small_area_members.read(con, files, context, "main")
        if not lookup.subject:
            return ()
        middle = text_tables.open_csv(con, files.path("middle_layer"), where=files.where("middle_layer"))
        middle.need("msoa21_code", "msoa21_name")
        rows = con.execute(
            f"""
            SELECT p.lsoa21_code, p.lsoa21_name, p.ward24_code, p.ward24_name,
              coalesce(middle.msoa21_code, ''), coalesce(middle.msoa21_name, '')
            FROM places p LEFT JOIN (SELECT DISTINCT msoa21_code, msoa21_name FROM {middle.name}) middle
              ON trim(middle.msoa21_name) = {small_area_members.MIDDLE_NAME.format("p.lsoa21_name")}
            WHERE p.ltla24_code IN (SELECT key FROM own_districts) ORDER BY 1
            """
        ).fetchall()
    polygons = _polygons(files)
    found = tuple(
        Neighbourhood(
            **dict(zip(neighbourhoods.PROPERTIES, map(str, row), strict=True)),
            polygons=neighbourhoods.rounded(polygons.get(row[0], ())),
        )
        for row in rows
    )
    neighbourhoods.check(found, files.where("outlines"))
    return found


def _polygons(files: SourceFiles) -> dict[str, Any]:
    """The polygons of each neighbourhood of the file of outlines."""
    path, where = files.path("outlines"), files.where("outlines")
    try:
        features = json.loads(b"".join(chunks(path, where)))["features"]
        return {
            str(feature["properties"]["lsoa21_code"]): (
                feature["geometry"]["coordinates"]
                if feature["geometry"]["type"] == "MultiPolygon"
                else [feature["geometry"]["coordinates"]]
            )
            for feature in features
        }
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"the outlines cannot be read ({type(error).__name__})",
            where=where,
            expected="GeoJSON with a polygon for each lsoa21_code",
            remedy="look at the file, or fetch it again",
        ) from None
