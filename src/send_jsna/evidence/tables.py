"""Tables for readers, made from observations: one cell a value, a reason code where there is none.

Every function returns a frame of text ready for ``Supplement.table``: the first column heads the rows, the
other column names are the headings, and no cell is empty. A cell without an observation shows ``x``, not
available; a withheld one shows its publisher's code. :func:`reason_notes` gives the notes that explain them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from send_jsna.catalogue.observations import WITHHELD, known
from send_jsna.errors import DataError
from send_jsna.evidence.compare import interval_of
from send_jsna.figures.charts.base import heading, lower_first
from send_jsna.statistics.intervals import wilson
from send_jsna.wording import format_number


def cell(row: pd.Series, *, decimals: int | None = None) -> str:
    """The text of one observation: its value, or its reason code.

    Args:
        row: An observation.
        decimals: Decimal places; by default those its publisher printed, one at most (two below 1).
    """
    if pd.isna(row["value"]):
        return str(row["status"])
    places = decimals
    if places is None and pd.notna(row.get("decimals")):
        places = min(int(row["decimals"]), 1 if abs(float(row["value"])) >= 1 or row["unit"] == "%" else 2)
    return format_number(float(row["value"]), unit=str(row["unit"]), decimals=places)


def number_cell(number: float, unit: str, *, code: str, decimals: int | None = None) -> str:
    """The text of a computed number, or a reason code where it is missing."""
    return code if pd.isna(number) else format_number(number, unit=unit, decimals=decimals)


def wide(
    frame: pd.DataFrame,
    *,
    rows: str,
    columns: str,
    head: str = "",
    decimals: int | None = None,
    row_order: Sequence[str] | None = None,
    column_order: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Observations pivoted: one row for each value of a column, one column for each value of another.

    Args:
        frame: Observations; each pair of row and column at most once.
        rows: Column that heads the rows, such as ``area_name`` or ``need``.
        columns: Column that heads the columns, such as ``period`` or ``area_name``.
        head: Heading of the first column; by default the column's name in words.
        decimals: As in :func:`cell`.
        row_order: Row values in order; by default as they first occur in the frame.
        column_order: Column values in order; by default likewise.

    Raises:
        DataError: Two observations for one cell.
    """
    twice = frame.duplicated(subset=[rows, columns])
    if twice.any():
        first = frame[twice].iloc[0]
        raise DataError(
            f"two observations for {first[rows]} and {first[columns]} in one table",
            expected=f"one for each {rows} and {columns}",
            remedy="select one breakdown",
        )
    texts = {(row[rows], row[columns]): cell(row, decimals=decimals) for _, row in frame.iterrows()}
    row_keys = list(frame[rows].drop_duplicates()) if row_order is None else list(row_order)
    table = pd.DataFrame({head or heading(rows): row_keys})
    for key in frame[columns].drop_duplicates() if column_order is None else column_order:
        table[key] = [texts.get((row, key), "x") for row in row_keys]
    return table


def by_period(
    frame: pd.DataFrame,
    *,
    rows: str = "area_name",
    head: str = "",
    row_labels: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Observations as by :func:`wide`, with one column a period, oldest first.

    Args:
        frame: Observations.
        rows: As in :func:`wide`.
        head: As in :func:`wide`.
        row_labels: Row values in words, such as the names of needs by their codes.
    """
    periods = frame.sort_values("period_start", kind="stable")["period"].drop_duplicates()
    table = wide(frame, rows=rows, columns="period", head=head, column_order=list(periods))
    table[table.columns[0]] = labels(table, table.columns[0], row_labels or {})
    return table


def side_by_side(
    frames: Mapping[str, pd.DataFrame],
    *,
    decimals: int | None = None,
) -> pd.DataFrame:
    """One row an area and one column for each named set of observations; otherwise as :func:`wide`."""
    together = pd.concat([frame.assign(column=name) for name, frame in frames.items()])
    return wide(together, rows="area_name", columns="column", decimals=decimals, column_order=list(frames))


def with_change(frame: pd.DataFrame, *, base: str, decimals: int | None = None) -> pd.DataFrame:
    """The base period, the newest period, and the change between them, one row an area.

    Args:
        frame: Observations of one indicator: each area and period at most once.
        base: Label of the base period.
        decimals: As in :func:`cell`.

    Raises:
        DataError: Two observations for one cell.
    """
    newest = known(frame).sort_values("period_start", kind="stable")["period"].iloc[-1]
    ends = frame[frame["period"].isin([base, newest])]
    table = wide(ends, rows="area_name", columns="period", decimals=decimals, column_order=[base, newest])
    values = ends.set_index(["area_name", "period"])["value"].to_dict()
    printed = ends["decimals"].dropna()
    places = decimals if decimals is not None else int(printed.max()) if len(printed) else 1
    table[f"Change since {base}"] = [
        change_text(values.get((name, base)), values.get((name, newest)), "points", places)
        for name in ends["area_name"].drop_duplicates()
    ]
    return table


def change_text(first: float | None, last: float | None, change: str, places: int) -> str:
    """A change with its sign; ``x`` where a value is missing, ``z`` for a percentage of zero."""
    if first is None or last is None or pd.isna(first) or pd.isna(last):
        return "x"
    if change == "percent":
        return signed(100 * (last - first) / first, unit="%", decimals=1) if first else "z"
    return signed(last - first, decimals=places)


def join_columns(tables: Mapping[str, pd.DataFrame], *, on: str) -> pd.DataFrame:
    """Tables of the same rows side by side, each heading led by its table's name: ``EHC plan: 2024/25``.

    Args:
        tables: Name → table, in order; the rows are those of the first.
        on: The column that heads the rows in all of them.

    Raises:
        DataError: A row of one table is missing from another.
    """
    named = [
        table.rename(columns={key: f"{title}: {lower_first(key)}" for key in map(str, table) if key != on})
        for title, table in tables.items()
    ]
    joined = named[0]
    for table in named[1:]:
        joined = joined.merge(table, on=on, how="left", validate="1:1")
    if joined.isna().any(axis=None) or any(len(table) != len(joined) for table in named):
        raise DataError(f"the tables do not have the same rows in {on}")
    return joined


def with_interval(row: pd.Series) -> str:
    """A value with its 95 % interval: ``35.0% (33.4 to 36.6)``; without one, the plain cell."""
    interval = None if pd.isna(row["value"]) else interval_of(row)
    text = cell(row, decimals=1)
    return text if interval is None else f"{text} ({interval_words(interval)})"


def interval_words(interval: tuple[float, float]) -> str:
    """Confidence limits as a table prints them: ``33.4 to 36.6``."""
    return " to ".join(format_number(limit, decimals=1) for limit in interval)


def add_intervals(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with ``lower`` and ``upper``: 95 % limits in its unit, NaN where a count is missing."""
    has_counts = frame["value"].notna() & (frame["denominator"] > 0)
    is_share = has_counts & (frame["unit"] == "%")
    lower, upper = wilson(frame["numerator"].where(is_share), frame["denominator"].where(is_share))
    out = frame.assign(lower=100 * lower, upper=100 * upper)
    for key, row in frame[has_counts & ~is_share].iterrows():
        out.loc[key, ["lower", "upper"]] = interval_of(row) or (math.nan, math.nan)
    return out


def add_total(
    frame: pd.DataFrame, table: pd.DataFrame, *, rows: str, columns: str, label: str
) -> pd.DataFrame:
    """A table of :func:`wide` with a last row that adds up its counts, column by column.

    A column with a missing or withheld cell gets ``x``: a total is never made from some of its parts.

    Args:
        frame: The observations the table was made from.
        table: The table.
        rows: The column that heads the rows.
        columns: The column whose values are the table's headings.
        label: Heading of the row.
    """
    count = frame[rows].nunique()
    total = {table.columns[0]: label}
    for key in table.columns[1:]:
        values = frame.loc[frame[columns] == key, "value"]
        whole = len(values) == count and values.notna().all()
        total[key] = format_number(float(values.sum()), unit="count") if whole else "x"
    return pd.concat([table, pd.DataFrame([total])], ignore_index=True)


def reason_notes(table: pd.DataFrame) -> list[str]:
    """Notes that explain the reason codes a table shows, in the order of the symbols."""
    shown = {str(text) for column in table.columns[1:] for text in table[column]}
    return [f"{code}: {meaning}." for code, meaning in WITHHELD.items() if code in shown]


def labels(frame: pd.DataFrame, column: str, names: Mapping[str, str]) -> pd.Series[str]:
    """A column of codes in words; a code without a label stays as it is."""
    return frame[column].map(lambda code: names.get(code, code))


def in_order(frame: pd.DataFrame, column: str, order: Sequence[str]) -> pd.DataFrame:
    """The rows in the order of the values of a column; rows of one value stay as they are."""
    return frame.sort_values(column, key=lambda values: values.map(list(order).index), kind="stable")


def only(frame: pd.DataFrame) -> pd.Series:
    """The one row of a frame.

    Raises:
        DataError: There is none, or there are several.
    """
    if len(frame) != 1:
        names = ", ".join(sorted(frame["indicator"].unique())) or "nothing"
        raise DataError(f"{len(frame)} observations of {names}", expected="one")
    return frame.iloc[0]


def period_of(frame: pd.DataFrame) -> str:
    """The period of a frame's first row: that of all, where they are of one."""
    return str(frame["period"].iloc[0])


def signed(value: float, *, unit: str = "", decimals: int = 1) -> str:
    """A change with its sign: ``+1.8``, ``−0.3``, and ``0.0`` for none at all."""
    rounded = round(value, decimals + 6)
    text = format_number(abs(rounded), unit=unit, decimals=decimals)
    if rounded == 0 or text.startswith("less"):
        return text
    return f"{'+' if rounded > 0 else '−'}{text}"
