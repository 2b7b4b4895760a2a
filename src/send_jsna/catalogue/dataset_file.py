"""The file of a data set: read into the tidy table with every cell checked, and written from it."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path

import pandas as pd

from send_jsna.catalogue.observations import COLUMNS, DIMENSIONS, KEY, STATUSES, WITHHELD
from send_jsna.catalogue.periods import PERIOD_SHAPES, parse_period
from send_jsna.errors import DataError

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
    text = decoded(content, where).replace("\r\n", "\n")
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


def decoded(content: bytes, where: str | Path) -> str:
    """The text of a file in UTF-8, with or without a byte-order mark.

    Raises:
        DataError: It is not UTF-8; no cause is kept, since that would have the whole content.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DataError(
            f"byte {content[error.start]:#04x} is not UTF-8",
            where=f"{where}, line {line}",
            expected="a file in UTF-8",
            remedy="save it again as CSV UTF-8",
        ) from None


def _check_shape(text: str, where: str | Path) -> None:
    """Refuse missing or extra columns, and rows cut short or too long, by line."""
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
