"""One declared table in the several layouts that its publisher has given it.

The reader goes by the columns of one layout; the catalogue says what they are called in another one
(``also_named``), which of them another one splits (``sums``), and which came with a later one (``later``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from send_jsna.ingest import text_tables
from send_jsna.ingest.sql import number_sql, sql_name

if TYPE_CHECKING:
    from send_jsna.catalogue.table_layout import TableLayout


def open_in_layout(
    con: text_tables.Connection,
    path: Path,
    *,
    where: str,
    renamed: Mapping[str, str],
    layout: TableLayout | None,
) -> text_tables.Table:
    """Open a CSV file with the columns its reader goes by, whichever declared layout the file has.

    Args:
        con: The connection.
        path: The file.
        where: What the file is, for messages.
        renamed: Column the reader uses → the publisher's new name, as a person declared it.
        layout: What the catalogue says of the table.

    Raises:
        DataError: The file cannot be read, is empty, or has no header.
    """
    table = text_tables.open_csv(con, path, where=where, renamed=renamed)
    if layout is None:
        return table
    other = {
        ours: theirs
        for ours, theirs in layout.also_named.items()
        if ours not in table.columns and theirs in table.columns
    }
    if other:
        table = text_tables.open_csv(con, path, where=where, renamed={**renamed, **other})
    sums = {
        whole: _sum_sql(parts)
        for whole, parts in layout.sums.items()
        if whole not in table.columns and set(parts) <= set(table.columns)
    }
    return text_tables.with_columns(con, table, sums) if sums else table


def asked_of(table: text_tables.Table, layout: TableLayout | None, columns: Sequence[str]) -> list[str]:
    """The columns that a file must have: all but those of a later layout that it lacks."""
    later = set(layout.later) if layout else set()
    return [name for name in columns if name in table.columns or name not in later]


def _sum_sql(parts: Sequence[str]) -> str:
    """SQL for the sum of counts in a row, as text; where one is withheld, the symbol that it has."""
    numbers = [number_sql(sql_name(name)) for name in parts]
    total = " + ".join(numbers)
    symbols = [
        f"WHEN {number} IS NULL THEN {sql_name(name)}" for number, name in zip(numbers, parts, strict=True)
    ]
    return f"CASE {' '.join(symbols)} ELSE CAST(CAST({total} AS BIGINT) AS VARCHAR) END"
