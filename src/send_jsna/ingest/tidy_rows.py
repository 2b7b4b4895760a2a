"""Tidy rows made one by one from a publisher's cells, and the frame of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from send_jsna.catalogue.observations import COLUMNS, DIMENSIONS, KEY
from send_jsna.catalogue.periods import Period
from send_jsna.ingest.cell_text import parse_value


def row(
    *,
    indicator: str,
    area_code: str,
    period: Period,
    text: str,
    source_id: str,
    source_label: str,
    source_period: str,
    dimensions: Mapping[str, str] | None = None,
    numerator: float | None = None,
    denominator: float | None = None,
    provisional: bool = False,
) -> dict[str, Any]:
    """One tidy row from a publisher's cell; the unit is filled in from the catalogue later.

    There are as many parameters as a row has columns that a publisher's file decides.
    """
    where = f"{source_id}, {source_label}, {area_code}, {source_period}"
    value, decimals, status = parse_value(text, where)
    if status == "final" and provisional:
        status = "provisional"
    return {
        "indicator": indicator,
        "area_code": area_code,
        "period_type": str(period.type),
        "period": period.label,
        "period_start": period.start.isoformat(),
        "period_end": period.end.isoformat(),
        **dict.fromkeys(DIMENSIONS, ""),
        **(dimensions or {}),
        "value": value,
        "numerator": numerator if value is not None else None,
        "denominator": denominator if value is not None else None,
        "decimals": decimals,
        "status": status,
        "source_id": source_id,
        "source_label": source_label,
        "source_period": source_period,
    }


def as_frame(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Tidy rows as a frame with the columns of an observations file, in text and float."""
    frame = pd.DataFrame(list(rows), columns=[*COLUMNS])
    for column in ("value", "numerator", "denominator", "decimals"):
        frame[column] = frame[column].astype("float64")
    for column in (*KEY, "unit", "status", "source_id", "source_label", "source_period"):
        frame[column] = frame[column].astype("object").fillna("").astype("str")
    return frame
