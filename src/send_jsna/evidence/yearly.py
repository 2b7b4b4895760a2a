"""Yearly series: their years, their newest unbroken stretch, and how far rounding reaches in them."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from send_jsna.catalogue.periods import parse_period
from send_jsna.evidence.compare import rounding_of
from send_jsna.evidence.small_numbers import refuse_any_few

#: Why a series cannot be put on a scale of logarithms or log-odds.
END_OF_SCALE = "a value of nought or of all"


def years_of(rows: pd.DataFrame) -> npt.NDArray[np.int64]:
    """The years in which the periods start."""
    return rows["period_start"].str[:4].to_numpy(dtype=np.int64)


def of_periods(rows: pd.DataFrame, *periods: str) -> pd.DataFrame:
    """The rows of some periods."""
    return rows[rows["period"].isin(periods)]


def since(rows: pd.DataFrame, period: str) -> pd.DataFrame:
    """The rows of a period and of those after it."""
    return rows[rows["period_start"] >= parse_period(period).start.isoformat()]


def unbroken(rows: pd.DataFrame) -> pd.DataFrame:
    """The newest stretch of a series in which no year is missing, oldest first."""
    ordered = rows.sort_values("period_start", kind="stable").reset_index(drop=True)
    gaps = np.flatnonzero(np.diff(years_of(ordered)) != 1)
    return ordered.iloc[int(gaps[-1]) + 1 :].reset_index(drop=True) if len(gaps) else ordered


def shown_unbroken(rows: pd.DataFrame) -> pd.DataFrame:
    """The newest :func:`unbroken` stretch of a series.

    Raises:
        NoDataError: A value of it is withheld here.
    """
    stretch = unbroken(rows)
    refuse_any_few(stretch)
    return stretch


def coarsest_rounding(rows: pd.DataFrame) -> float:
    """The largest half of a last printed place among the rows, in their unit."""
    return max(rounding_of(row) for _, row in rows.iterrows())


def scale_of(rows: pd.DataFrame) -> Literal["log", "logit"]:
    """The scale on which a series is followed: log-odds for percentages, logarithms for all else."""
    return "logit" if str(rows["unit"].iloc[0]) == "%" else "log"


def is_off_scale(rows: pd.DataFrame) -> bool:
    """Whether a value has no place on the scale of :func:`scale_of`."""
    highest = 100 if scale_of(rows) == "logit" else np.inf
    return bool(((rows["value"] <= 0) | (rows["value"] >= highest)).any())
