"""The tidy table: its schema, reading an edition's files into it, and querying it.

One row is one published value. A row's identity is ``<dataset>:<line>``, the data set's file and the line
the value is on, so that an auditor can open the file and put a finger on the row.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from send_jsna.catalogue.periods import PERIOD_SHAPES, parse_period
from send_jsna.errors import DataError

#: Dimensions a value can be broken down by; an empty cell means all of them together.
DIMENSIONS = (
    "phase",
    "provision",
    "age",
    "sex",
    "ethnicity",
    "language",
    "free_meals",
    "need",
    "placement",
    "year_group",
    "school",
    "service",
)

#: What makes a row unique.
KEY = ("indicator", "area_code", "period", *DIMENSIONS)

#: Columns of a data set's file, in order.
COLUMNS = (
    "indicator",
    "area_code",
    "period_type",
    "period",
    "period_start",
    "period_end",
    *DIMENSIONS,
    "value",
    "numerator",
    "denominator",
    "unit",
    "decimals",
    "status",
    "source_id",
    "source_label",
    "source_period",
)

#: Why a row has no value (GSS symbols), and the two states in which it has one.
WITHHELD = {
    "z": "not applicable",
    "x": "not available",
    "c": "confidential",
    "low": "rounds to zero but is not zero",
    "u": "too unreliable to publish",
}
#: The words for a value that this project withholds: the same whether it is small itself or not.
WITHHELD_HERE = "withheld so that no child can be recognised"
#: The mark of a row, in the column ``withheld``, whose count is only shown as part of a sum.
IN_SUMS = "in_sums"
STATUSES = ("final", "provisional", *WITHHELD)

_NUMBERS = ("value", "numerator", "denominator", "decimals")


def read_dataset(path: Path) -> pd.DataFrame:
    """Read one data set's file.

    Args:
        path: A CSV file in UTF-8 with the columns of ``COLUMNS``. A byte-order mark and CRLF line ends are
            accepted.

    Returns:
        One row a value: the file's columns with numbers as float (NaN where there is none), plus ``dataset``,
        ``line`` (1-based line of the file) and ``observation_id``.

    Raises:
        DataError: Wrong encoding, columns, row length, number, status or period, or a duplicated key.
    """
    return parse_dataset(path.read_bytes(), dataset=path.stem, where=path)


def parse_dataset(content: bytes, *, dataset: str, where: str | Path) -> pd.DataFrame:
    """Read one data set's bytes; see :func:`read_dataset`."""
    text = _decode(content, where)
    _check_shape(text, where)
    try:
        frame = pd.read_csv(io.StringIO(text), dtype="str", keep_default_na=False, skip_blank_lines=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise DataError(
            f"not readable as CSV ({error})", where=where, expected="comma-separated rows of equal length"
        ) from error
    frame["line"] = range(2, len(frame) + 2)
    for column in _NUMBERS:
        frame[column] = _numbers(frame, column, where)
    _check_values(frame, where)
    frame["dataset"] = dataset
    frame["observation_id"] = dataset + ":" + frame["line"].astype("str")
    return frame


def _decode(content: bytes, where: str | Path) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DataError(
            f"byte {error.object[error.start]:#04x} is not UTF-8",
            where=f"{where}, line {line}",
            expected="a file in UTF-8",
            remedy="save it again as CSV UTF-8",
        ) from error
    return text.replace("\r\n", "\n")


def _check_shape(text: str, where: str | Path) -> None:
    """Refuse missing or extra columns, and rows cut short or too long, by line."""
    import csv

    reader = csv.reader(io.StringIO(text))
    header = next(reader, [])
    missing = [name for name in COLUMNS if name not in header]
    extra = [name for name in header if name not in COLUMNS]
    if missing or extra:
        detail = "; ".join(
            f"{word} {', '.join(names)}" for word, names in (("lacks", missing), ("also has", extra)) if names
        )
        raise DataError(
            f"the header {detail}",
            where=f"{where}, line 1",
            expected=f"the {len(COLUMNS)} columns of an observations file",
            remedy="restore the file from version control or rebuild the edition",
        )
    for row in reader:
        if len(row) != len(header):
            raise DataError(
                f"the row has {len(row)} cells",
                where=f"{where}, line {reader.line_num}",
                expected=f"{len(header)}",
                remedy="look for a missing or unquoted comma",
            )


def _numbers(frame: pd.DataFrame, column: str, where: str | Path) -> pd.Series[float]:
    text = frame[column].str.strip()
    numbers = pd.to_numeric(text.where(text != "", None), errors="coerce").astype("float64")
    bad = frame.index[(text != "") & ~numbers.map(math.isfinite)]
    if len(bad):
        first = bad[0]
        raise DataError(
            f"{frame.at[first, column]!r} is not a number",
            where=f"{where}, line {first + 2}, column {column}",
            expected="a number such as 4.3, or an empty cell with a reason code in the column status",
        )
    return numbers


def _check_values(frame: pd.DataFrame, where: str | Path) -> None:
    def refuse(rows: pd.Series[bool], column: str, what: str, expected: str) -> None:
        if rows.any():
            first = frame.index[rows][0]
            raise DataError(
                what.format(frame.at[first, column]),
                where=f"{where}, line {first + 2}, column {column}",
                expected=expected,
            )

    refuse(
        ~frame["status"].isin(STATUSES), "status", "status {!r} is unknown", "one of " + ", ".join(STATUSES)
    )
    withheld = frame["status"].isin(list(WITHHELD))
    refuse(withheld & frame["value"].notna(), "value", "a withheld row has the value {}", "an empty cell")
    refuse(
        ~withheld & frame["value"].isna(),
        "value",
        "the value is empty",
        "a number, or a reason code as status",
    )
    periods = {label: _period_cells(label) for label in frame["period"].unique()}
    for label, cells in periods.items():
        if cells is None:
            refuse(frame["period"] == label, "period", "period {!r} has no known shape", PERIOD_SHAPES)
    for place, column in enumerate(("period_type", "period_start", "period_end")):
        right = frame["period"].map({label: cells[place] for label, cells in periods.items() if cells})
        wrong = frame[column] != right
        if wrong.any():
            label = str(frame.loc[wrong, "period"].iloc[0])
            cells = periods[label] or ("", "", "")
            refuse(wrong, column, f"{{!r}} is not that of period {label}", cells[place])
    twice = frame.duplicated(subset=list(KEY), keep="first")
    if twice.any():
        second = frame.index[twice][0]
        key = frame.loc[second, list(KEY)]
        same = (frame[list(KEY)] == key).all(axis=1)
        lines = " and ".join(str(index + 2) for index in frame.index[same][:2])
        raise DataError(
            f"the key {' / '.join(str(part) for part in key if part)} is duplicated",
            where=f"{where}, lines {lines}",
            expected="one row for each indicator, area, period and breakdown",
            remedy="remove one of the two",
        )


def _period_cells(label: str) -> tuple[str, str, str] | None:
    try:
        period = parse_period(label)
    except DataError:
        return None
    return str(period.type), period.start.isoformat(), period.end.isoformat()


class ObservationTable:
    """The tidy table, taken apart by indicator once, so that many selections cost little.

    Attributes:
        indicators: Ids of the indicators in it.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self._parts = {str(name): rows for name, rows in frame.groupby("indicator", sort=False)}
        self._empty = frame.iloc[:0]
        self.indicators = frozenset(self._parts)

    def select(self, indicator: str | Iterable[str], **selection: Any) -> pd.DataFrame:
        """Rows of an indicator or several; see :func:`select`."""
        parts = [self._parts[name] for name in _listed(indicator) if name in self._parts]
        rows = parts[0] if len(parts) == 1 else pd.concat(parts) if parts else self._empty
        return select(rows, indicator, **selection)


def select(
    frame: pd.DataFrame,
    indicator: str | Iterable[str],
    *,
    area: str | Iterable[str] | None = None,
    period: str | Iterable[str] | None = None,
    since: str | None = None,
    **breakdown: str | Iterable[str] | None,
) -> pd.DataFrame:
    """Rows of the tidy table for an indicator.

    Args:
        frame: The tidy table.
        indicator: One indicator id or several.
        area: Area code or codes; all areas where it is None.
        period: Canonical label or labels, ``"latest"`` for the newest period with a value in the rows that
            are otherwise selected, also where that value is withheld here; all periods where it is None.
        since: Only periods that start no earlier than this one.
        **breakdown: A value or values for a dimension; a dimension that is not named must be empty (the
            total). Pass ``"*"`` for every row but the total and None for every row.

    Returns:
        The rows, in order of indicator, area, period and breakdown. Withheld rows are among them.

    Raises:
        DataError: A dimension or an indicator that does not exist.
    """
    wanted = _listed(indicator)
    rows = frame[frame["indicator"].isin(wanted)]
    missing = sorted(set(wanted) - set(rows["indicator"].unique()))
    if missing:
        raise DataError(
            f"no observations of indicator {', '.join(missing)}",
            expected="an indicator of the catalogue that the edition has",
        )
    # Conditions are collected and rows taken once: taking rows of this many text columns is what costs.
    keep = _of_breakdown(rows, breakdown)
    if area is not None:
        keep &= rows["area_code"].isin(_listed(area))
    if since is not None:
        keep &= rows["period_start"] >= parse_period(since).start.isoformat()
    if period == "latest":
        valued = keep & (rows["value"].notna() | is_withheld_here(rows))
        keep = (
            keep & (rows["period_start"] == rows.loc[valued, "period_start"].max())
            if valued.any()
            else valued
        )
    elif period is not None:
        keep &= rows["period"].isin(_listed(period))
    rows = rows[keep]
    return rows.sort_values(
        ["indicator", "area_code", "period_start", *DIMENSIONS], kind="stable"
    ).reset_index(drop=True)


def _of_breakdown(rows: pd.DataFrame, breakdown: Mapping[str, str | Iterable[str] | None]) -> pd.Series[bool]:
    """Which rows are of a breakdown, as :func:`select` takes it.

    Raises:
        DataError: A dimension that does not exist.
    """
    unknown = sorted(set(breakdown) - set(DIMENSIONS))
    if unknown:
        raise DataError(f"no dimension {', '.join(unknown)}", expected="one of " + ", ".join(DIMENSIONS))
    keep = pd.Series(True, index=rows.index)
    for dimension in DIMENSIONS:
        asked = breakdown.get(dimension, "")
        if asked is not None:
            keep &= rows[dimension] != "" if asked == "*" else rows[dimension].isin(_listed(asked))
    return keep


def is_withheld_here(frame: pd.DataFrame) -> pd.Series[bool]:
    """Which rows have a value that this project withholds, and not their publisher."""
    if "withheld" not in frame:
        return pd.Series(False, index=frame.index)
    return frame["withheld"] != ""


def known(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows that have a value: those a figure may be made from."""
    return frame[frame["value"].notna()].reset_index(drop=True)


def observation_ids(inputs: Any) -> list[str]:
    """Observation ids of a frame, of several frames or of a list of ids, without repeats."""
    if isinstance(inputs, str):
        return [inputs]
    if isinstance(inputs, pd.DataFrame):
        found = list(inputs["observation_id"])
    elif isinstance(inputs, pd.Series):
        found = [inputs["observation_id"]]
    else:
        found = [key for part in inputs for key in observation_ids(part)]
    return list(dict.fromkeys(str(key) for key in found))


def _listed(value: str | Iterable[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def write_dataset(frame: pd.DataFrame) -> bytes:
    """A data set's file: UTF-8, LF, columns of ``COLUMNS``, rows in key order, numbers in shortest form."""
    ordered = frame.sort_values(["indicator", "area_code", "period_start", *DIMENSIONS], kind="stable")
    out = ordered[list(COLUMNS)].copy()
    for column in _NUMBERS:
        out[column] = out[column].map(_shortest)
    return out.to_csv(index=False, lineterminator="\n").encode()


def _shortest(number: float) -> str:
    if number is None or math.isnan(number):
        return ""
    return str(int(number)) if float(number).is_integer() else repr(float(number))
