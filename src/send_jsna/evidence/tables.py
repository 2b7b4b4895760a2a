"""Tables for readers, made from observations: one cell a value, a reason code where there is none.

Every function returns a frame of text ready for ``Supplement.table``: the first column heads the rows, the
other column names are the headings, and no cell is empty. A cell no observation stands for holds ``x``, not
available; a withheld one holds its publisher's code. :func:`reason_notes` gives the notes that explain them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from send_jsna.catalogue.observations import WITHHELD, known
from send_jsna.errors import DataError
from send_jsna.evidence.compare import interval_of
from send_jsna.wording import format_number


def cell(row: pd.Series, *, unit: str | None = None, decimals: int | None = None) -> str:
    """The text of one observation: its value in its printed decimals, or its reason code.

    Args:
        row: An observation.
        unit: Unit to print by; by default the observation's own.
        decimals: Decimal places; by default those its publisher printed, one at most (two below 1).
    """
    if pd.isna(row["value"]):
        return str(row["status"])
    places = decimals
    if places is None and pd.notna(row.get("decimals")):
        places = min(int(row["decimals"]), 1 if abs(float(row["value"])) >= 1 or row["unit"] == "%" else 2)
    return format_number(
        float(row["value"]), unit=unit if unit is not None else str(row["unit"]), decimals=places
    )


def wide(
    frame: pd.DataFrame,
    *,
    rows: str,
    columns: str,
    head: str = "",
    unit: str | None = None,
    decimals: int | None = None,
    row_labels: Mapping[str, str] | None = None,
    column_labels: Mapping[str, str] | None = None,
    row_order: Sequence[str] | None = None,
    column_order: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Observations pivoted: one row for each value of a column, one column for each value of another.

    Args:
        frame: Observations; each pair of row and column at most once.
        rows: Column that heads the rows, such as ``area_name`` or ``need``.
        columns: Column that heads the columns, such as ``period`` or ``area_name``.
        head: Heading of the first column; by default the column's name in words.
        unit: As in :func:`cell`.
        decimals: As in :func:`cell`.
        row_labels: Labels of the row values, such as codes of needs in words.
        column_labels: Labels of the column values.
        row_order: Row values in order; by default as they first stand in the frame.
        column_order: Column values in order; by default as they first stand in the frame.

    Raises:
        DataError: Two observations would stand in one cell.
    """
    twice = frame.duplicated(subset=[rows, columns])
    if twice.any():
        first = frame[twice].iloc[0]
        raise DataError(
            f"two observations for {first[rows]} and {first[columns]} in one table",
            expected=f"one for each {rows} and {columns}",
            remedy="select one breakdown",
        )
    cells = {
        (row[rows], row[columns]): cell(row, unit=unit, decimals=decimals) for _, row in frame.iterrows()
    }
    row_keys = list(row_order) if row_order is not None else list(frame[rows].drop_duplicates())
    column_keys = list(column_order) if column_order is not None else list(frame[columns].drop_duplicates())
    table = pd.DataFrame({head or _words(rows): [(row_labels or {}).get(key, key) for key in row_keys]})
    for key in column_keys:
        table[(column_labels or {}).get(key, key)] = [cells.get((row, key), "x") for row in row_keys]
    return table


def by_period(
    frame: pd.DataFrame,
    *,
    rows: str = "area_name",
    unit: str | None = None,
    decimals: int | None = None,
    head: str = "",
    row_labels: Mapping[str, str] | None = None,
    row_order: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Observations with one column a period, oldest first; arguments as :func:`wide`."""
    periods = frame.sort_values("period_start", kind="stable")["period"].drop_duplicates()
    return wide(
        frame,
        rows=rows,
        columns="period",
        unit=unit,
        decimals=decimals,
        head=head,
        row_labels=row_labels,
        row_order=row_order,
        column_order=list(periods),
    )


def side_by_side(
    frames: Mapping[str, pd.DataFrame],
    *,
    rows: str = "area_name",
    head: str = "",
    decimals: int | None = None,
) -> pd.DataFrame:
    """One column for each named set of observations, one row for each value of a column they share.

    Args:
        frames: Heading → observations, in order of the columns; each row value at most once in each.
        rows: Column that heads the rows; rows stand as they first come in the frames.
        head: Heading of the first column; by default the column's name in words.
        decimals: As in :func:`cell`.

    Raises:
        DataError: Two observations would stand in one cell.
    """
    keys = list(dict.fromkeys(key for frame in frames.values() for key in frame[rows]))
    table = pd.DataFrame({head or _words(rows): keys})
    for heading, frame in frames.items():
        cells: dict[str, str] = {}
        for _, row in frame.iterrows():
            if row[rows] in cells:
                raise DataError(f"two observations for {row[rows]} in column {heading}")
            cells[row[rows]] = cell(row, decimals=decimals)
        table[heading] = [cells.get(key, "x") for key in keys]
    return table


def with_change(
    frame: pd.DataFrame,
    *,
    base: str,
    rows: str = "area_name",
    head: str = "",
    unit: str | None = None,
    decimals: int | None = None,
    change: str = "points",
    row_labels: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """The base period, the newest period, and the change between them, one row an area.

    Args:
        frame: Observations of one indicator: each row value and period at most once.
        base: Label of the base period.
        rows: As in :func:`wide`.
        head: As in :func:`wide`.
        unit: As in :func:`cell`.
        decimals: As in :func:`cell`.
        change: ``points`` for a difference in the unit of the values, ``percent`` for a share of the base.
        row_labels: As in :func:`wide`.

    Raises:
        DataError: Two observations for one cell, or ``change`` is another word.
    """
    if change not in ("points", "percent"):
        raise DataError(f"change {change!r} is unknown", expected="points or percent")
    newest = known(frame).sort_values("period_start", kind="stable")["period"].iloc[-1]
    ends = frame[frame["period"].isin([base, newest])]
    table = wide(
        ends,
        rows=rows,
        columns="period",
        head=head,
        unit=unit,
        decimals=decimals,
        row_labels=row_labels,
        column_order=[base, newest],
    )
    values = {(row[rows], row["period"]): row["value"] for _, row in known(ends).iterrows()}
    places = decimals if decimals is not None else _places(ends)
    texts = []
    for key in ends[rows].drop_duplicates():
        first, last = values.get((key, base)), values.get((key, newest))
        texts.append(_change_text(first, last, change, places))
    heading = {"points": f"Change since {base}", "percent": f"Change since {base} (%)"}[change]
    table[heading] = texts
    return table


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


def with_interval(row: pd.Series, *, decimals: int = 1) -> str:
    """A percentage with its Wilson 95 % interval: ``35.0% (33.4 to 36.6)``; without one, the plain cell."""
    limits = None if pd.isna(row["value"]) else interval_of(row)
    text = cell(row, decimals=decimals)
    if limits is None:
        return text
    lower, upper = (format_number(limit, decimals=decimals) for limit in limits)
    return f"{text} ({lower} to {upper})"


def add_intervals(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with ``lower`` and ``upper``: Wilson 95 % limits in %, NaN where a part is not held."""
    nothing = (float("nan"), float("nan"))
    limits = [
        nothing if pd.isna(row["value"]) else interval_of(row) or nothing for _, row in frame.iterrows()
    ]
    return frame.assign(lower=[low for low, _ in limits], upper=[high for _, high in limits])


def add_total(
    frame: pd.DataFrame, table: pd.DataFrame, *, rows: str, columns: str, label: str
) -> pd.DataFrame:
    """A table of :func:`wide` with a last row that adds up its counts, column by column.

    A column with a missing or withheld cell gets ``x``: a total is never made from some of its parts.

    Args:
        frame: The observations the table was made from.
        table: The table.
        rows: The column that heads the rows.
        columns: The column that heads the columns; its values must be the table's headings.
        label: Heading of the row.
    """
    count = frame[rows].nunique()
    total = {table.columns[0]: label}
    for heading in table.columns[1:]:
        values = frame.loc[frame[columns] == heading, "value"]
        whole = len(values) == count and values.notna().all()
        total[heading] = format_number(float(values.sum()), unit="count") if whole else "x"
    return pd.concat([table, pd.DataFrame([total])], ignore_index=True)


def reason_notes(table: pd.DataFrame) -> list[str]:
    """Notes that explain the reason codes a table shows, in the order of the symbols."""
    shown = {str(text) for column in table.columns[1:] for text in table[column]}
    return [f"{code}: {meaning}." for code, meaning in WITHHELD.items() if code in shown]


def labels(frame: pd.DataFrame, dimension: str, names: Mapping[str, str]) -> pd.Series[str]:
    """A dimension in words, by the labels of the catalogue; a code without a label stays as it is."""
    return frame[dimension].map(lambda code: names.get(code, code))


def only(frame: pd.DataFrame) -> pd.Series:
    """The one row of a frame.

    Raises:
        DataError: There is none, or there are several.
    """
    if len(frame) != 1:
        names: Iterable[str] = sorted(frame["indicator"].unique())
        raise DataError(f"{len(frame)} observations of {', '.join(names) or 'nothing'}", expected="one")
    return frame.iloc[0]


def _change_text(first: float | None, last: float | None, change: str, places: int) -> str:
    if first is None or last is None:
        return "x"
    if change == "percent":
        return signed(100 * (last - first) / first, unit="%", decimals=1) if first else "z"
    return signed(last - first, decimals=places)


def lower_first(text: str) -> str:
    """The text with a small first letter, for a label that goes into a sentence."""
    return text[:1].lower() + text[1:]


def signed(value: float, *, unit: str = "", decimals: int = 1) -> str:
    """A change with its sign: ``+1.8``, ``−0.3``, and ``0.0`` for none at all."""
    rounded = round(value, decimals + 6)
    text = format_number(abs(rounded), unit=unit, decimals=decimals)
    if rounded == 0 or text.startswith("less"):
        return text
    return f"{'+' if rounded > 0 else '−'}{text}"


def _places(frame: pd.DataFrame) -> int:
    decimals = frame["decimals"].dropna()
    return int(decimals.max()) if len(decimals) else 1


def _words(column: str) -> str:
    return {"area_name": "Area", "period": "Period", "need": "Primary need"}.get(
        column, column.replace("_", " ").capitalize()
    )
