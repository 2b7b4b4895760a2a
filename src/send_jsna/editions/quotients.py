"""Percentages and rates, and the counts printed beside them: which of them contradict one another.

A share that does not follow from its own counts is wrong, or its counts are. Only the publisher can say
which, so that such a row feeds no figure until a correction record decides; it is never made to agree by
leaving one of the two out.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from send_jsna.catalogue.observations import QUOTIENTS

_FUZZ = 1e-6


def quotient(frame: pd.DataFrame) -> pd.Series[float]:
    """What each row's value is by its counts, in its unit; NaN where they give none."""
    over = frame["denominator"].where(frame["denominator"] != 0)
    return frame["unit"].map(QUOTIENTS).astype("float64") * frame["numerator"] / over


def contradicting(frame: pd.DataFrame, cover: Mapping[str, float] | None = None) -> pd.Series[bool]:
    """Whether a row's value is not the quotient of its counts, beyond the rounding of the printed value.

    Args:
        frame: Observations with units and decimals.
        cover: Indicator → the least part of what the percentage is of that its denominator covers, where the
            publisher counts cases it prints nowhere; 1 for all others.

    Returns:
        False for rows that lack a value, a count or a unit of :data:`QUOTIENTS`. A value other than zero
        beside a denominator of zero contradicts it.
    """
    both = frame["numerator"].notna() & frame["denominator"].notna() & frame["value"].notna()
    by_counts = quotient(frame)
    room = 0.5 * 10.0 ** -frame["decimals"].fillna(0) + _FUZZ
    least = by_counts * frame["indicator"].map(dict(cover or {})).astype("float64").fillna(1.0)
    within = (frame["value"] >= least - room) & (frame["value"] <= by_counts + room)
    of_zero = (frame["denominator"] == 0) & (frame["value"] != 0)
    wrong = both & frame["unit"].isin(list(QUOTIENTS)) & np.where(by_counts.isna(), of_zero, ~within)
    return wrong.astype("bool")
