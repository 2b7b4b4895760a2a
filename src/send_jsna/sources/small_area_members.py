"""Which areas a neighbourhood counts for: itself, its authority, its region, England.

The publishers' lookups say the ward and the district of each neighbourhood (LSOA of 2021), the upper-tier
authority of a district, and its region. Whatever is counted by neighbourhood is added up over them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from send_jsna.errors import DataError
from send_jsna.ingest import text_tables
from send_jsna.ingest.cell_text import ENGLAND
from send_jsna.ingest.source_files import SourceFiles
from send_jsna.sources import reading
from send_jsna.sources.context import Context

#: Columns of the lookup of neighbourhoods.
COLUMNS = ("lsoa21_code", "lsoa21_name", "ward24_code", "ward24_name", "ltla24_code")

#: The table of pairs, a neighbourhood or middle layer area and an area that it counts for.
MEMBERS = "members"

#: SQL for the name of the middle layer area that the name of a neighbourhood begins with.
MIDDLE_NAME = "regexp_replace(trim({}), '[A-Z]+$', '')"


@dataclass(frozen=True)
class Lookup:
    """The lookup, opened.

    Attributes:
        table: The lookup of neighbourhoods; English ones alone are read.
        districts: Codes of the districts of each authority that is kept, by its code here.
        subject: Districts of the area an edition is about; empty where all areas are kept.
    """

    table: text_tables.Table
    districts: Mapping[str, tuple[str, ...]]
    subject: tuple[str, ...]


def read(
    con: text_tables.Connection, files: SourceFiles, context: Context, resource: str = "lookup"
) -> Lookup:
    """Open the lookups and register the table :data:`MEMBERS` with ``small`` and ``area_code``.

    Args:
        con: The connection.
        files: The source's files, among them ``authorities`` and ``regions``.
        context: Which areas are kept. Neighbourhoods themselves are, of the area an edition is about.
        resource: The file with the neighbourhoods.

    Raises:
        DataError: A file or a column is missing, or a neighbourhood is in the lookup twice.
    """
    table = text_tables.open_csv(con, files.path(resource), where=files.where(resource))
    table.need(*COLUMNS)
    with text_tables.plain_errors(table.where):
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE places AS SELECT * FROM {table.name} WHERE lsoa21_code LIKE 'E01%'"
        )
        twice = reading.first_row(
            con, "SELECT min(lsoa21_code) FROM places GROUP BY lsoa21_code HAVING count(*) > 1 LIMIT 1"
        )
        if twice is not None:
            raise DataError(
                f"the neighbourhood {twice[0]} is duplicated",
                where=table.where,
                expected="one row for each neighbourhood: it is best fitted to one ward",
                remedy="ask the publisher which of the rows is right",
            )
        rows = con.execute("SELECT DISTINCT ltla24_code FROM places ORDER BY 1").fetchall()
    upper = _pairs(con, files, "authorities", "ltla23_code", "utla23_code")
    regions = _pairs(con, files, "regions", "ltla24_code", "region24_code")
    kept = {context.areas.in_use(code) for code in reading.known_codes(context)}
    pairs: list[tuple[str, str]] = []
    districts: dict[str, tuple[str, ...]] = {}
    for (district,) in rows:
        authority = context.areas.in_use(upper.get(district, district))
        districts[authority] = (*districts.get(authority, ()), district)
        areas = (authority, regions.get(district, ""), ENGLAND)
        pairs += [(district, area) for area in areas if area in kept]
    subject = districts.get(context.areas.in_use(context.subject), ()) if context.subject else ()
    _register(con, pairs, subject)
    return Lookup(table, {code: found for code, found in districts.items() if code in kept}, subject)


def check_complete(con: text_tables.Connection, query: str, where: str) -> None:
    """Refuse figures that lack a neighbourhood of the lookup: a sum would be too small without a word.

    Args:
        con: The connection, with :data:`MEMBERS`.
        query: Query that yields the codes the figures have, as ``small``.
        where: File and source, for messages.

    Raises:
        DataError: One is missing.
    """
    with text_tables.plain_errors(where):
        lost = reading.first_row(
            con,
            f"SELECT count(DISTINCT small), min(small) FROM {MEMBERS} WHERE small NOT IN ({query})"
            " HAVING count(*) > 0",
        )
    if lost is not None:
        more = f", and so have {lost[0] - 1:,} more" if lost[0] > 1 else ""
        raise DataError(
            f"the neighbourhood {lost[1]} has no row{more}",
            where=where,
            expected="a row for every neighbourhood of the lookup",
            remedy="look whether the file is whole, and of the same boundaries (2021) as the lookup",
        )


def use_middle_layer(con: text_tables.Connection, files: SourceFiles) -> None:
    """Make :data:`MEMBERS` one of middle layer areas, each of which lies in one authority.

    Raises:
        DataError: The file ``middle_layer`` or a column of it is missing.
    """
    table = text_tables.open_csv(con, files.path("middle_layer"), where=files.where("middle_layer"))
    table.need("msoa21_code", "msoa21_name")
    with text_tables.plain_errors(table.where):
        con.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE of_middle AS
            SELECT DISTINCT middle.msoa21_code AS small,
              CASE WHEN m.area_code = m.small THEN middle.msoa21_code ELSE m.area_code END AS area_code
            FROM {MEMBERS} m JOIN places p ON p.lsoa21_code = m.small
            JOIN (SELECT DISTINCT msoa21_code, msoa21_name FROM {table.name}) middle
              ON trim(middle.msoa21_name) = {MIDDLE_NAME.format("p.lsoa21_name")}
            """
        )
        con.execute(f"DROP TABLE {MEMBERS}")
        con.execute(f"ALTER TABLE of_middle RENAME TO {MEMBERS}")


def _register(con: text_tables.Connection, pairs: list[tuple[str, str]], subject: tuple[str, ...]) -> None:
    con.register("of_districts", pd.DataFrame(pairs, columns=["district", "area_code"], dtype="str"))
    text_tables.register_map(con, "own_districts", dict.fromkeys(subject, ""))
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE {MEMBERS} AS
        SELECT p.lsoa21_code AS small, d.area_code FROM places p
          JOIN of_districts d ON d.district = p.ltla24_code
        UNION ALL
        SELECT lsoa21_code, lsoa21_code FROM places
          WHERE ltla24_code IN (SELECT key FROM own_districts)
        """
    )


def _pairs(
    con: text_tables.Connection, files: SourceFiles, resource: str, key: str, value: str
) -> dict[str, str]:
    """Two columns of a lookup as a dictionary."""
    table = text_tables.open_csv(con, files.path(resource), where=files.where(resource))
    table.need(key, value)
    with text_tables.plain_errors(table.where):
        return dict(con.execute(f"SELECT trim({key}), trim({value}) FROM {table.name}").fetchall())
