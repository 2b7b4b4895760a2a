"""Forecasts of the area's yearly series, made as in the backtest over all authorities.

The forecast itself is that of :mod:`send_jsna.statistics.forecasting`, with a calibration learned on all
authorities; this module finds the series and its flows, and says how well such forecasts did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from send_jsna.catalogue.periods import (
    PeriodType,
    academic_year,
    calendar_year,
    financial_year,
    january,
    parse_period,
)
from send_jsna.catalogue.yaml_file import Declared
from send_jsna.errors import DataError, NoDataError
from send_jsna.evidence.measures import Measure, is_chance
from send_jsna.evidence.small_numbers import refuse_any_few, unless_few
from send_jsna.statistics.calibration import Calibration
from send_jsna.statistics.cohort_flow import stock_flow
from send_jsna.statistics.forecasting import Fan, forecast
from send_jsna.statistics.transforms import from_scale, to_scale
from send_jsna.wording import format_number, in_words

if TYPE_CHECKING:
    from send_jsna.figures.supplement import Supplement

Floats = npt.NDArray[np.float64]
#: Years ahead.
HORIZON = 5
#: Of fewer, chance alone moves a count by more than the ranges learned on all authorities allow for.
FEWEST_COUNTED = 100
#: The level of the range a sentence gives.
TOLD = 0.8
LEVELS = (0.5, 0.8, 0.95)

FORECAST_METHOD = (
    "Damped-trend and local-linear state-space models round the path all authorities share, with a forecast "
    "from flows or ages where they are held, combined with the weights of a backtest over all authorities; "
    "ranges scaled to hold as many outcomes of the backtest as they say."
)
TOO_FEW_CHILDREN = "too few children to forecast"
TOO_FEW_YEARS = "too few years in a row to forecast from"
NOT_CALIBRATED = "no forecast of this kind of series has been calibrated"

_NEXT = {
    PeriodType.ACADEMIC_YEAR: academic_year,
    PeriodType.FINANCIAL_YEAR: financial_year,
    PeriodType.CALENDAR_YEAR: calendar_year,
    PeriodType.JANUARY: january,
}


@dataclass(frozen=True)
class Outlook:
    """A series to be forecast.

    Attributes:
        measure: What is measured.
        family: Family of the calibration; by default the indicator.
        flows: Indicator of the new entries in each calendar year, where the series is a stock with flows.
    """

    measure: Measure
    family: str = ""
    flows: str = ""


@dataclass(frozen=True)
class Forecast:
    """A series and its forecast.

    Attributes:
        used: The observations it was made from: those of the series first, oldest first, no year missing.
        fan: The forecast.
        calibration: What it was calibrated with.
        periods: Labels of the years ahead.
        points: How many of the observations are the series itself.
    """

    used: pd.DataFrame
    fan: Fan
    calibration: Calibration
    periods: list[str]
    points: int

    @property
    def rows(self) -> pd.DataFrame:
        """The series itself."""
        return self.used.iloc[: self.points]

    @property
    def newest(self) -> pd.Series:
        """The newest observation."""
        return self.rows.iloc[-1]

    def band(self, level: float, year: int = -1) -> tuple[float, float]:
        """The limits of a range in one year ahead, by default the last."""
        return float(self.fan.lower[level][year]), float(self.fan.upper[level][year])

    @property
    def method(self) -> str:
        """How it was made, with how well it did in the backtest."""
        return f"{FORECAST_METHOD} {backtest_words(self.calibration)}".strip()


def following(label: str, steps: int = HORIZON) -> list[str]:
    """The labels of the years after a yearly period.

    Raises:
        DataError: The period is not one of a yearly kind.
    """
    period = parse_period(label)
    if period.type not in _NEXT:
        raise DataError(f"{label} is not a yearly period", expected="a school, financial or calendar year")
    return [_NEXT[period.type](period.end.year + step).label for step in range(1, steps + 1)]


def unbroken(rows: pd.DataFrame) -> pd.DataFrame:
    """The newest stretch of a series in which no year is missing, oldest first."""
    ordered = rows.sort_values("period_start", kind="stable").reset_index(drop=True)
    gaps = np.flatnonzero(np.diff(years_of(ordered)) != 1)
    return ordered.iloc[int(gaps[-1]) + 1 :].reset_index(drop=True) if len(gaps) else ordered


def years_of(rows: pd.DataFrame) -> npt.NDArray[np.int64]:
    """The years in which the periods start."""
    return rows["period_start"].str[:4].to_numpy(dtype=np.int64)


def foresee(outlook: Outlook) -> Forecast:
    """Forecast one series of the area.

    Raises:
        NoDataError: It has no value, too few years, or its family is not calibrated.
    """
    measure, supplement = outlook.measure, outlook.measure.supplement
    found = calibrations(supplement.path("forecast", "calibration.yaml"))
    calibration = found.get(outlook.family or measure.indicator)
    if calibration is None:
        raise NoDataError(f"{measure.indicator} has no calibration", reason=NOT_CALIBRATED)
    rows = unbroken(unless_few(measure.observations()))
    refuse_any_few(rows)
    is_small = rows["unit"].iloc[-1] == "count" and rows["value"].iloc[-1] < FEWEST_COUNTED
    if is_small or is_chance(supplement, rows.iloc[-1]):
        raise NoDataError(f"{measure.indicator} stands for few children", reason=TOO_FEW_CHILDREN)
    rows = rows[years_of(rows) >= calibration.first_time].reset_index(drop=True)
    if len(rows) < calibration.least_points or (rows["value"] <= 0).any():
        raise NoDataError(f"{measure.indicator} has {len(rows)} years to use", reason=TOO_FEW_YEARS)
    others, entries = by_flows(supplement, outlook.flows, rows, found)
    fan = forecast(years_of(rows), rows["value"].to_numpy(float), calibration, HORIZON, LEVELS, others=others)
    return Forecast(
        pd.concat([rows, entries]), fan, calibration, following(str(rows["period"].iloc[-1])), len(rows)
    )


def by_flows(
    supplement: Supplement, indicator: str, stock: pd.DataFrame, found: Mapping[str, Calibration]
) -> tuple[dict[str, Floats], pd.DataFrame]:
    """The forecast of a stock by its entries and exits, made as in the backtest, and the entries it used.

    The stock of January and the entries of that calendar year give the stock of the next January. Where there
    are too few entries, or the calibration gives such a forecast no weight, there is none.

    Args:
        supplement: The supplement that publishes.
        indicator: Of the entries; empty where the series is not a stock.
        stock: The stock, oldest first, no year missing.
        found: The calibrations.
    """
    nothing = stock.iloc[:0]
    calibration = found.get(indicator)
    if calibration is None:
        return {}, nothing
    try:
        new = unbroken(unless_few(supplement.observations(indicator)))
        refuse_any_few(new)
    except NoDataError:
        return {}, nothing
    last = int(years_of(stock)[-1])
    new = new[(years_of(new) >= years_of(stock)[0]) & (years_of(new) < last)].reset_index(drop=True)
    if len(new) < calibration.least_points or years_of(new)[-1] != last - 1 or (new["value"] <= 0).any():
        return {}, nothing
    ahead = forecast(years_of(new), new["value"].to_numpy(float), calibration, HORIZON, LEVELS)
    models = np.stack([to_scale(ahead.members[name], calibration.transform) for name in calibration.models])
    held = stock[years_of(stock) >= years_of(new)[0]]["value"].to_numpy(float)
    path = stock_flow(
        held, new["value"].to_numpy(float), from_scale(models.mean(axis=0), calibration.transform)
    )
    return {"stock_flow": path[0]}, new


@cache
def calibrations(path: Path) -> dict[str, Calibration]:
    """The calibrations of a file, by family; none where there is no file."""
    if not path.is_file():
        return {}
    records = Declared(path).data["families"]
    return {name: Calibration.from_dict(record) for name, record in records.items()}


def backtest_words(calibration: Calibration) -> str:
    """How the forecast did in its backtest, in a sentence; nothing where it has none."""
    table = calibration.backtest
    if not table:
        return ""
    weights = [float(row["forecasts"]) for row in table]
    errors = {
        name: float(np.average([row["mase"][name] for row in table], weights=weights))
        for name in table[0]["mase"]
    }
    best = min(error for name, error in errors.items() if name != "combined")
    near, far = (
        format_number(100 * row["coverage_80"]["combined"], decimals=0) for row in (table[0], table[-1])
    )
    reach = in_words(int(table[-1]["years_ahead"]))
    own, other = (format_number(error, decimals=2) for error in (errors["combined"], best))
    return (
        f"Backtest on {(calibration.provenance or {}).get('series', 'all')} authorities: one year ahead "
        f"{near}% of outcomes fell within the 80% range, {reach} years ahead, the furthest that could be "
        f"tested, {far}%; mean absolute scaled error {own}, of the best plain forecast {other}."
    )
