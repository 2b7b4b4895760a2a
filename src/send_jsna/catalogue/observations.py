"""The tidy table: its schema, and querying it.

One row is one published value. A row's identity is ``<dataset>:<line>``, the data set's file and the line
the value is on, so that an auditor can open the file and put a finger on the row.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from send_jsna.catalogue.periods import parse_period

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

#: Units of shares and rates, and what a quotient of one is in each.
QUOTIENTS = {"%": 100.0, "per 1,000": 1_000.0, "per 10,000": 10_000.0, "per 100,000": 100_000.0}


def is_withheld_here(frame: pd.DataFrame) -> pd.Series[bool]:
    """Which rows have a value that this project withholds, and not their publisher."""
    if "withheld" not in frame:
        return pd.Series(False, index=frame.index)
    return frame["withheld"] != ""


def known(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows that have a value: those a figure may be made from."""
    return frame[frame["value"].notna()].reset_index(drop=True)


#: Text kept as Python strings: to pandas and to the suites the same type as text kept by Arrow.
_TEXT = pd.StringDtype(storage="python", na_value=float("nan"))


def as_python_text(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows with text as Python strings, for many small selections: from Arrow each of them costs more."""
    return frame.astype(dict.fromkeys(frame.columns[frame.dtypes == "str"], _TEXT))


def as_objects(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows with text as plain objects in one block, for hundreds of small selections.

    Each text column of pandas' own is a block by itself, and a selection pays for every block. Missing text
    is NaN, as before.
    """
    return frame.astype(dict.fromkeys(frame.columns[frame.dtypes == "str"], object)).copy()


def blank_row(area_code: str, period: str, source_id: str) -> dict[str, Any]:
    """A row of a data set's file that has no value yet, of no indicator and of every dimension's total.

    Args:
        area_code: The area.
        period: The period as its source prints it.
        source_id: The source.

    Raises:
        DataError: The period is none.
    """
    when = parse_period(period)
    return {
        **dict.fromkeys(COLUMNS, ""),
        **dict.fromkeys(("value", "numerator", "denominator"), float("nan")),
        "area_code": area_code,
        "period_type": str(when.type),
        "period": when.label,
        "period_start": when.start.isoformat(),
        "period_end": when.end.isoformat(),
        "source_id": source_id,
        "source_period": period,
    }


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
