"""The tidy table: its schema, and querying it.

One row is one published value. A row's identity is ``<dataset>:<line>``, the data set's file and the line
the value is on, so that an auditor can open the file and put a finger on the row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from send_jsna.catalogue.periods import parse_period
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
