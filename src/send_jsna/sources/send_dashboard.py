"""Department for Education: the tables behind its SEND and alternative provision dashboard.

Each table was made by the department from one of its statistical releases. They name regions and England in
several ways, and carry percentages to two decimals, some of which the department computed again from the
counts beside them: for England it computed them from counts rounded to ten. Which cells of each are read
is declared under ``table:`` of the source in ``sources.yaml``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.errors import CatalogueError
from send_jsna.ingest import sql, text_tables
from send_jsna.ingest.sql import number_sql, sql_name, trimmed_sql
from send_jsna.sources import places, tidying

if TYPE_CHECKING:
    from send_jsna.ingest.source_files import SourceFiles
    from send_jsna.sources.context import Context


#: Their key columns, of which some lack most. They print no code of the country.
KEYS = places.Keys(
    level="geographic_level",
    region="region_code",
    region_name="region_name",
    code="new_la_code",
    name="la_name",
)


def tidy(files: SourceFiles, context: Context) -> pd.DataFrame:
    """Observations of one of the tables.

    Raises:
        CatalogueError: The source declares no cells.
        DataError: The table is damaged, a column is gone, or a label is not mapped.
    """
    where = files.where()
    if files.layout is None or not files.layout.cells:
        raise CatalogueError(
            f"{files.source_id} declares no cells",
            where="data/catalogue/sources.yaml",
            expected="table: with the cells that are read",
        )
    frames = []
    with text_tables.connection() as con:
        table = text_tables.open_csv(con, files.path(), where=where, renamed=files.renamed)
        table = places.located(con, table, context, KEYS)
        for cells in files.layout.cells:
            parts = [name for name in (cells.numerator, cells.denominator) if name]
            table.need(*sql.template_columns(cells.label), cells.value, cells.period, *parts)

            counts = "".join(
                f", {number_sql(sql_name(column))} AS {part}"
                for part, column in (("numerator", cells.numerator), ("denominator", cells.denominator))
                if column
            )
            # A table with one line for each breakdown prints its totals once for each, always the same.
            # A name alone may be that of two authorities, as Dorset's before and since April 2019: of lines
            # of one name that differ neither is read, for the table does not say which is whose.
            long_form = f"""
                SELECT * FROM (
                  SELECT DISTINCT {sql.template_sql(cells.label)} AS label,
                    {sql_name(cells.value)} AS text, {sql_name(cells.period)} AS source_period,
                    {places.AREA},
                    {_by_name(table)} AS by_name{counts}
                  FROM {table.name}
                ) QUALIFY NOT by_name OR count(*) OVER (PARTITION BY label, source_period, area_code) = 1
            """
            frames.append(
                tidying.observations(
                    con,
                    long_form,
                    source_id=files.source_id,
                    where=where,
                    meaning=lambda label: context.names.require(files.source_id, label),
                    codes=context.codes,
                )
            )
    return pd.concat(frames, ignore_index=True)


def _by_name(table: text_tables.Table) -> str:
    """SQL for whether a row names its local authority and has no code."""
    code = trimmed_sql(sql_name(KEYS.code)) if KEYS.code in table.columns else "''"
    if KEYS.level not in table.columns:
        return f"({code} = '')"
    return f"({code} = '' AND {places.level_sql(KEYS.level)} = '{places.LOCAL}')"
