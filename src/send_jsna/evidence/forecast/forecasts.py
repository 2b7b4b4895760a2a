"""Forecasts of the area's yearly series, made as in the backtest over all authorities.

The forecast itself is that of :mod:`send_jsna.statistics.forecasting`, with a calibration learned on all
authorities; this module finds the series and its flows, and says how well such forecasts did.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from send_jsna.catalogue import periods
from send_jsna.catalogue.periods import PeriodType, parse_period
from send_jsna.catalogue.yaml_file import Declared
from send_jsna.errors import DataError, NoDataError
from send_jsna.evidence.estimates import Estimated
from send_jsna.evidence.measures import Measure, is_chance, series_of
from send_jsna.evidence.usefulness import refuse_untested
from send_jsna.evidence.yearly import shown_unbroken, years_of
from send_jsna.statistics.calibration import Calibration
from send_jsna.statistics.cohort_flow import stock_flow
from send_jsna.statistics.forecasting import Fan, forecast
from send_jsna.statistics.pooled_learner import NAME, Learner
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
SENTENCE_LEVEL = 0.8
LEVELS = (0.5, 0.8, 0.95)

FORECAST_METHOD = (
    "Damped-trend and local-linear state-space models round the path all authorities share, boosted trees "
    "learned on all authorities and families, and a forecast from flows or ages where they are held. All "
    "are combined with the weights of a backtest over all authorities; ranges are scaled to hold as many "
    "outcomes of the backtest as they say."
)
TOO_FEW_CHILDREN = "too few children to forecast"
TOO_FEW_YEARS = "too few years in a row to forecast from"
NOT_CALIBRATED = "no forecast of this kind of series has been calibrated"

_NEXT = {
    PeriodType.ACADEMIC_YEAR: periods.academic_year,
    PeriodType.FINANCIAL_YEAR: periods.financial_year,
    PeriodType.CALENDAR_YEAR: periods.calendar_year,
    PeriodType.JANUARY: periods.january,
}


@dataclass(frozen=True)
class Outlook:
    """A series to be forecast.

    Attributes:
        measure: What is measured.
        flows: Indicator of the new entries in each calendar year, where the series is a stock with flows.
    """

    measure: Measure
    flows: str = ""


@dataclass(frozen=True)
class Forecast:
    """A series, oldest first, no year missing, with its forecast; ``entries`` may have no rows."""

    rows: pd.DataFrame
    entries: pd.DataFrame
    fan: Fan
    calibration: Calibration

    @property
    def used(self) -> pd.DataFrame:
        """All observations it was made from, those of the series first."""
        return pd.concat([self.rows, self.entries])

    @property
    def newest(self) -> pd.Series:
        """The newest observation."""
        return self.rows.iloc[-1]

    @property
    def periods(self) -> list[str]:
        """Labels of the years ahead."""
        return following(str(self.newest["period"]))

    def last_year(self, level: float) -> Estimated:
        """The median of the last year ahead, with its range of a level."""
        return Estimated(
            float(self.fan.median[-1]),
            float(self.fan.lower[level][-1]),
            float(self.fan.upper[level][-1]),
            str(self.newest["unit"]),
            decimals_of(self.newest),
        )

    @property
    def method(self) -> str:
        """How it was made, with how well it did in the backtest."""
        return f"{FORECAST_METHOD} {backtest_words(self.calibration)}".strip()


def decimals_of(row: pd.Series) -> int:
    """Decimals to show a series in: none for counts, one for others."""
    return 0 if row["unit"] == "count" else 1


def following(label: str, steps: int = HORIZON) -> list[str]:
    """The labels of the years after a yearly period.

    Raises:
        DataError: The period is not one of a yearly kind.
    """
    period = parse_period(label)
    if period.type not in _NEXT:
        raise DataError(f"{label} is not a yearly period", expected="a school, financial or calendar year")
    return [_NEXT[period.type](period.end.year + step).label for step in range(1, steps + 1)]


def foresee(outlook: Outlook) -> Forecast:
    """Forecast one series of the area.

    Raises:
        NoDataError: It has no value, too few years, or its family is not calibrated; or the forecast does not
            help, since its range failed when it was tested or is too wide.
    """
    measure, supplement = outlook.measure, outlook.measure.supplement
    found = calibrations(supplement.path("forecast", "calibration.yaml"))
    calibration = found.get(measure.indicator)
    if calibration is None:
        raise NoDataError(f"{measure.indicator} has no calibration", reason=NOT_CALIBRATED)
    rows = shown_unbroken(measure.series())
    is_small = rows["unit"].iloc[-1] == "count" and rows["value"].iloc[-1] < FEWEST_COUNTED
    if is_small or is_chance(supplement, rows.iloc[-1]):
        raise NoDataError(f"{measure.indicator} counts few children", reason=TOO_FEW_CHILDREN)
    rows = rows[years_of(rows) >= calibration.first_time].reset_index(drop=True)
    if len(rows) < calibration.least_points or (rows["value"] <= 0).any():
        raise NoDataError(f"{measure.indicator} has {len(rows)} years to use", reason=TOO_FEW_YEARS)
    refuse_untested(supplement, calibration)
    flows = found.get(outlook.flows)
    entries = _entries(supplement, outlook.flows, rows, flows) if flows else rows.iloc[:0]
    others = _by_learning(rows, calibration, learner(supplement.path("forecast", "learner.json")))
    if flows and len(entries):
        others["stock_flow"] = _by_flows(rows, entries, flows)
    made = Forecast(rows, entries, _ahead(rows, calibration, others), calibration)
    measure.refuse_wide(made.last_year(SENTENCE_LEVEL))
    return made


def _ahead(rows: pd.DataFrame, calibration: Calibration, others: Mapping[str, Floats] | None = None) -> Fan:
    values = rows["value"].to_numpy(float)
    return forecast(years_of(rows), values, calibration, HORIZON, LEVELS, others=others)


def _by_learning(rows: pd.DataFrame, calibration: Calibration, trees: Learner | None) -> dict[str, Floats]:
    """The forecast of the pooled learner; none of a series that does not end where it was learned."""
    if trees is None or calibration.around is None or years_of(rows)[-1] != calibration.last_time:
        return {}
    seen = to_scale(rows["value"].to_numpy(float), calibration.transform)[None, :]
    path = trees.paths(seen, calibration.around, HORIZON)
    return {NAME: from_scale(path[0], calibration.transform)}


def _entries(
    supplement: Supplement, indicator: str, stock: pd.DataFrame, calibration: Calibration
) -> pd.DataFrame:
    """The entries of each year of a stock but the newest; no rows where too few of them can be used."""
    try:
        new = shown_unbroken(series_of(supplement, indicator))
    except NoDataError:
        return stock.iloc[:0]
    first, last = years_of(stock)[[0, -1]]
    new = new[(years_of(new) >= first) & (years_of(new) < last)].reset_index(drop=True)
    is_enough = len(new) >= calibration.least_points and years_of(new)[-1] == last - 1
    return new if is_enough and (new["value"] > 0).all() else stock.iloc[:0]


def _by_flows(stock: pd.DataFrame, new: pd.DataFrame, calibration: Calibration) -> Floats:
    """The forecast of a stock by its entries and exits, made as in the backtest, shape (horizon,).

    The stock of January and the entries of that calendar year give the stock of the next January.
    """
    members = _ahead(new, calibration).members
    models = np.stack([to_scale(members[name], calibration.transform) for name in calibration.models])
    entries = from_scale(models.mean(axis=0), calibration.transform)
    stock = stock[years_of(stock) >= years_of(new)[0]]
    path: Floats = stock_flow(stock["value"], new["value"], entries)[0]
    return path


@cache
def calibrations(path: Path) -> dict[str, Calibration]:
    """The calibrations of a file, by family; none where there is no file."""
    if not path.is_file():
        return {}
    records = Declared(path).data["families"]
    return {name: Calibration.from_dict(record) for name, record in records.items()}


@cache
def learner(path: Path) -> Learner | None:
    """The trees of a file; None where there is no file."""
    if not path.is_file():
        return None
    return Learner.from_dict(json.loads(path.read_text(encoding="utf-8")))


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
    own, plain = errors.pop("combined"), min(errors.values())
    near, far = (
        format_number(100 * row["coverage_80"]["combined"], decimals=0) for row in (table[0], table[-1])
    )
    return (
        f"Backtest on {(calibration.provenance or {}).get('series', 'all')} authorities: one year ahead "
        f"{near}% of outcomes fell within the 80% range, {in_words(int(table[-1]['years_ahead']))} years "
        f"ahead, the furthest that could be tested, {far}%; mean absolute scaled error "
        f"{format_number(own, decimals=2)}, of the best plain forecast {format_number(plain, decimals=2)}."
    )
