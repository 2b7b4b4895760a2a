"""Tables in the layout of Explore Education Statistics, read as the catalogue declares them.

The layout has ten key columns that say when and where, columns that break down, and columns of numbers. Which
rows are kept and how a row's breakdown is named stands under ``table:`` of the source in ``sources.yaml``;
what each column of numbers means for each breakdown stands in ``publisher_names.csv``, under the label
``column`` or ``column|breakdown``. A new data set of this layout needs no code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from send_jsna.errors import CatalogueError
from send_jsna.periods import Period, academic_year, calendar_year, january, parse_period, winter_quarter
from send_jsna.sources import tables
from send_jsna.sources.common import Meaning
from send_jsna.sources.tables import EES_AREA, EES_COLUMNS, sql_name, sql_text

if TYPE_CHECKING:
    import pandas as pd

    from send_jsna.catalogue import TableLayout
    from send_jsna.sources.context import Context, SourceFiles


def tidy(files: SourceFiles, context: Context) -> pd.DataFrame:
    """Observations of the mapped columns and breakdowns."""
    layout = files.layout
    if layout is None:
        raise CatalogueError(
            f"{files.source_id} declares no table",
            where="data/catalogue/sources.yaml",
            expected="table: with what is kept of its rows",
        )
    where = files.where()
    with tables.connection() as con:
        table = tables.open_csv(con, files.path(), where=where, renamed=files.renamed)
        table.need(*EES_COLUMNS)
        columns = context.names.columns(files.source_id)
        needed = ["time_period", *layout.keep, *tables.template_columns(layout.breakdown)]
        needed += [*columns, *tables.parts_of(columns)]
        table = tables.keep(con, table, needed, area=EES_AREA, codes=context.codes)
        return tables.observations(
            con,
            _long_form(table, layout, columns),
            source_id=files.source_id,
            where=where,
            meaning=lambda label: context.names.find(files.source_id, label),
            codes=None,
            period=lambda text, meaning: period_of(text, meaning.period_type),
        )


def _long_form(table: tables.Table, layout: TableLayout, columns: dict[str, Meaning]) -> str:
    """The query of the long form: one row a kept row and mapped column."""
    breakdown = tables.template_sql(layout.breakdown)
    entries = [tables.cell_of(table, column, meaning) for column, meaning in columns.items()]
    kept = [
        f"{sql_name(column)} IN ({', '.join(sql_text(value) for value in values)})"
        for column, values in layout.keep.items()
    ]
    tail = "'|' || breakdown" if layout.breakdown else "''"
    return f"""
        SELECT area_code, time_period AS source_period, cell.label || {tail} AS label, cell.text AS text,
          cell.numerator AS numerator, cell.denominator AS denominator
        FROM (SELECT area_code, time_period, {breakdown} AS breakdown,
                unnest({tables.cells_sql(entries)}) AS cell
              FROM {table.name} WHERE {" AND ".join(kept) or "true"})
    """


def period_of(text: str, period_type: str) -> Period:
    """A period of the layout: four digits are a year, six an academic year and its end.

    Args:
        text: Such as ``2024`` or ``202425``.
        period_type: What the label map says of it: ``january`` for a count of that month (of the second year
            of an academic year), ``winter`` for the December to February average, else empty.

    Raises:
        DataError: It has no known shape.
    """
    plain = text.removesuffix(".0")
    found = parse_period(plain)
    end = found.end.year if len(plain) == 6 else found.start.year
    kinds = {
        "january": january,
        "winter": winter_quarter,
        "academic_year": academic_year,
        "calendar_year": calendar_year,
    }
    return kinds[period_type](end) if period_type in kinds else found
