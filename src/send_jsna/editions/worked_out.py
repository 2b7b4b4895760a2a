"""Percentages and rates that no source prints, worked out of the counts that are stored.

Which they are is declared in ``data/catalogue/indicators.yaml``: the count above the line, the count below it
and, under ``among``, the breakdown of the latter, such as residents aged 0 to 25. A count of a day or a year
is divided by the count below the line of the same period or, where that is a mid-year estimate of residents,
by the newest that lies no more than a year before the period's end. That is how the Department for Education
divides its own: children looked after on 31 March 2025 by residents in the middle of 2024.
"""

from __future__ import annotations

import pandas as pd

from send_jsna.catalogue.observations import COLUMNS, DIMENSIONS, QUOTIENTS
from send_jsna.catalogue.periods import PeriodType
from send_jsna.catalogue.schema import Catalogue, Indicator

#: Decimals that are shown of what is worked out.
DECIMALS = 1.0

_PLACE = ["area_code", *DIMENSIONS]


def with_worked_out(frame: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """The observations of all sources, and those that are worked out of them.

    Args:
        frame: The observations.
        catalogue: The catalogue, which declares what is worked out.

    Returns:
        The rows given, and after them one for each count above the line that has a count below it. A count
        that its publisher withholds has a row without a value, for the same reason.
    """
    declared = [item for item in catalogue.indicators.values() if item.among is not None]
    made = [rows for item in declared if len(rows := _worked_out(frame, item))]
    return pd.concat([frame, *made], ignore_index=True) if made else frame


def _worked_out(frame: pd.DataFrame, item: Indicator) -> pd.DataFrame:
    """The observations of one indicator."""
    among = item.among or {}
    counts = frame[frame["indicator"] == item.numerator]
    if among:  # the breakdown of the population is not one of the count
        counts = counts[(counts[list(DIMENSIONS)] == "").all(axis=1)]
    below = _below(frame[frame["indicator"] == item.denominator], among)
    if counts.empty or below.empty:
        return counts.iloc[:0]
    by = ["area_code"] if among else _PLACE
    is_estimate = bool((below["period_type"] == PeriodType.MID_YEAR).all())
    rows = _by_mid_year(counts, below, by) if is_estimate else _by_period(counts, below, by)
    rows = rows[rows["below"] > 0]
    has_value = rows["value"].notna()
    quotient = QUOTIENTS[item.unit] * rows["value"] / rows["below"]
    of = ", ".join(f"{name} {code}" for name, code in among.items())
    worked = rows.assign(
        indicator=item.id,
        numerator=rows["value"],
        denominator=rows["below"].where(has_value),
        value=quotient.map(lambda number: float(f"{number:.10g}")),
        decimals=pd.Series(DECIMALS, index=rows.index).where(has_value),
        unit="",
        source_label=rows["source_label"]
        + f" / {item.denominator}{f' ({of})' if of else ''} of "
        + rows["below_source"],
    )
    return worked[list(COLUMNS)].reset_index(drop=True)


def _below(rows: pd.DataFrame, among: dict[str, str]) -> pd.DataFrame:
    """The counts below the line that have a value, with their source as ``below_source``."""
    for name in DIMENSIONS if among else ():
        rows = rows[rows[name] == among.get(name, "")]
    rows = rows[rows["value"].notna()]
    return rows.assign(below=rows["value"], below_source=rows["source_id"])


def _by_period(counts: pd.DataFrame, below: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Each count with the one below it of the same period."""
    on = [*by, "period"]
    return counts.merge(below[[*on, "below", "below_source"]], on=on, validate="m:1")


def _by_mid_year(counts: pd.DataFrame, below: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Each count with the newest estimate that lies at most a year before its period's end."""
    left = counts.assign(at=pd.to_datetime(counts["period_end"])).sort_values("at", kind="stable")
    right = below.assign(at=pd.to_datetime(below["period_end"]))[[*by, "at", "below", "below_source"]]
    found = pd.merge_asof(
        left, right.sort_values("at", kind="stable"), on="at", by=by, tolerance=pd.Timedelta(days=366)
    )
    return found[found["below"].notna()].drop(columns="at")
