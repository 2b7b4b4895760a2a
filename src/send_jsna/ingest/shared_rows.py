"""The rows that are in an old and in a new file of a publisher, column by column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from send_jsna.errors import DataError
from send_jsna.ingest import text_tables
from send_jsna.ingest.profile import AREA_COLUMNS, PERIOD_COLUMNS, FileProfile, is_key, open_table
from send_jsna.ingest.sql import number_sql, sql_name

#: A column that alone says which row it is, where a file has it.
_IDENTITY = ("URN",)

#: The mark between the parts of a key, or several cells of one row: no publisher prints it.
SEPARATOR = "\x1f"

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class SharedCells:
    """A column in the rows that are in both files, in one order for all columns.

    Attributes:
        sums: Of a column of numbers, the sum of each row; not a number where it has none.
        words: Of another column, its cells.
        decimals: Most decimals printed.
    """

    sums: Numbers | None
    words: npt.NDArray[np.object_] | None
    decimals: int


@dataclass(frozen=True)
class SharedRows:
    """The rows of both files: columns that are gone, columns that are new, which rows are newest."""

    gone: Mapping[str, SharedCells]
    new: Mapping[str, SharedCells]
    newest: Flags


def shared_rows(
    new: FileProfile,
    old: FileProfile,
    gone: Sequence[str],
    added: Sequence[str],
    files: tuple[Path, Path],
    where: str,
) -> SharedRows | None:
    """The cells of the rows of both files; None where no keys are in common, or one is unreadable."""
    keys = _keys(new, old)
    if not keys:
        return None
    try:
        with (
            text_tables.connection() as con,
            open_table(con, files[0], where=where) as newer,
            open_table(con, files[1], where=where) as older,
            text_tables.plain_errors(where),
        ):
            period = next((place for place, name in enumerate(keys) if name in PERIOD_COLUMNS), None)
            con.execute(
                f"CREATE TEMP TABLE common AS SELECT * FROM ({_by_key(older, keys, gone, old, 'o')}) o"
                f" JOIN ({_by_key(newer, keys, added, new, 'n')}) n USING (key)"
            )
            columns = con.execute("SELECT * FROM common ORDER BY key").fetchnumpy()
            arrays = {name: np.ma.asarray(column) for name, column in columns.items()}
    except DataError:
        return None
    periods = np.array(
        [str(key).split(SEPARATOR)[period] if period is not None else "" for key in arrays["key"]]
    )
    return SharedRows(
        {name: _cells(arrays, f"o{place}") for place, name in enumerate(gone)},
        {name: _cells(arrays, f"n{place}") for place, name in enumerate(added)},
        periods == (max(periods) if len(periods) else ""),
    )


def _keys(new: FileProfile, old: FileProfile) -> list[str]:
    """Columns of both files that say which row it is: period, area and breakdowns."""
    both = [name for name in old.columns if name in new.columns]
    when = [name for name in both if name in PERIOD_COLUMNS]
    identity = [name for name in both if name in _IDENTITY]
    if identity:
        return [*when, *identity]
    keys = [name for name in both if is_key(name, old.columns[name]) and is_key(name, new.columns[name])]
    where = [name for name in both if name in AREA_COLUMNS]
    return list(dict.fromkeys([*when, *where, *keys])) if when or where else []


def _by_key(
    table: text_tables.Table, keys: Sequence[str], columns: Sequence[str], of: FileProfile, mark: str
) -> str:
    """SQL of the columns by row: the sum of a column of numbers, the words of another, and its decimals."""
    plain = [f"lower(trim(coalesce(CAST({sql_name(key)} AS VARCHAR), '')))" for key in keys]
    parts = ", ".join(f"regexp_replace({key}, '\\.0$', '')" for key in plain)
    chosen = [f"concat_ws('{SEPARATOR}', {parts}) AS key"]
    for place, column in enumerate(columns):
        cell = f"coalesce(trim(CAST({sql_name(column)} AS VARCHAR)), '')"
        if of.columns[column].kind == "number":
            number = f"rtrim({cell}, '%')"
            chosen.append(f"sum({number_sql(number)}) AS {mark}{place}")
            chosen.append(f"max(length(split_part({number}, '.', 2))) AS {mark}{place}d")
        else:
            chosen.append(f"array_to_string(list_sort(list({cell})), '{SEPARATOR}') AS {mark}{place}")
    return f"SELECT {', '.join(chosen)} FROM {table.name} GROUP BY key"


def _cells(arrays: Mapping[str, Any], name: str) -> SharedCells:
    column = arrays[name]
    if f"{name}d" not in arrays:
        return SharedCells(None, np.ma.filled(column.astype("object"), ""), 0)
    decimals = arrays[f"{name}d"]
    sums = np.ma.filled(np.ma.masked_invalid(column.astype("float64")), np.nan)
    return SharedCells(sums, None, int(decimals.max()) if len(decimals) else 0)
