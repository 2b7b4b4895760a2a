"""Forecasts of the area's yearly series, as fan charts, numbers for sentences, and a table of scenarios.

The forecast itself is that of :mod:`send_jsna.statistics.forecasting`, with a calibration learned on all
authorities; this module finds the series, publishes what comes out, and says what was assumed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from send_jsna import charts
from send_jsna.errors import DataError, NoDataError
from send_jsna.evidence.banding import refuse_any_few, unless_few
from send_jsna.evidence.headlines import is_chance
from send_jsna.numerals import format_number
from send_jsna.periods import (
    PeriodType,
    academic_year,
    calendar_year,
    financial_year,
    january,
    parse_period,
)
from send_jsna.prose import sentence_case
from send_jsna.statistics.calibration import Calibration
from send_jsna.statistics.forecasting import Fan, forecast

if TYPE_CHECKING:
    from send_jsna.figures import FigureRecord, Supplement

Floats = npt.NDArray[np.float64]
#: Years ahead.
HORIZON = 5
#: The level of the range a sentence gives.
TOLD = 0.8
LEVELS = (0.5, 0.8, 0.95)

FORECAST_METHOD = (
    "Damped-trend and local-linear state-space models round the path all authorities share, with a forecast "
    "from flows or ages where they are held, combined with the weights of a backtest over all authorities; "
    "ranges scaled to hold as many outcomes of the backtest as they say."
)
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
        name: As it stands in a title.
        indicator: Indicator id.
        family: Family of the calibration; by default the indicator.
        selection: Dimensions.
        breaks: Breaks in the series, for the chart.
        others: Makes further forecasts, by name, for the combination.
    """

    name: str
    indicator: str
    family: str = ""
    selection: Mapping[str, Any] = field(default_factory=dict)
    breaks: Sequence[charts.Break] = ()
    others: Callable[[Supplement], Mapping[str, Floats]] | None = None


@dataclass(frozen=True)
class Forecast:
    """A series and its forecast.

    Attributes:
        rows: The observations it was made from, oldest first, no year missing.
        fan: The forecast.
        calibration: What it was calibrated with.
        periods: Labels of the years ahead.
    """

    rows: pd.DataFrame
    fan: Fan
    calibration: Calibration
    periods: list[str]

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


def foresee(supplement: Supplement, outlook: Outlook) -> Forecast:
    """Forecast one series of the area.

    Raises:
        NoDataError: It has no value, too few years, or its family is not calibrated.
    """
    found = calibrations(supplement.path("forecast", "calibration.yaml"))
    calibration = found.get(outlook.family or outlook.indicator)
    if calibration is None:
        raise NoDataError(f"{outlook.indicator} has no calibration", reason=NOT_CALIBRATED)
    rows = unbroken(unless_few(supplement.observations(outlook.indicator, **outlook.selection)))
    refuse_any_few(rows)
    if is_chance(supplement, rows.iloc[-1]):
        raise NoDataError(
            f"{outlook.indicator} stands for few children", reason="too few children to forecast"
        )
    rows = rows[years_of(rows) >= calibration.first_time].reset_index(drop=True)
    if len(rows) < calibration.least_points or (rows["value"] <= 0).any():
        raise NoDataError(f"{outlook.indicator} has {len(rows)} years to use", reason=TOO_FEW_YEARS)
    others = outlook.others(supplement) if outlook.others is not None else None
    fan = forecast(years_of(rows), rows["value"].to_numpy(float), calibration, HORIZON, LEVELS, others=others)
    return Forecast(rows, fan, calibration, following(str(rows["period"].iloc[-1])))


@cache
def calibrations(path: Path) -> dict[str, Calibration]:
    """The calibrations of a file, by family; none where there is no file."""
    import yaml

    if not path.is_file():
        return {}
    records = yaml.safe_load(path.read_text(encoding="utf-8"))["families"]
    return {name: Calibration.from_dict(record) for name, record in records.items()}


def backtest_words(calibration: Calibration) -> str:
    """How the forecast did in its backtest, in a sentence."""
    return ""


# -- publishing -------------------------------------------------------------------------------------------


def publish_outlook(supplement: Supplement, stem: str, outlook: Outlook) -> FigureRecord | None:
    """Publish a forecast.

    Figures: the chart ``<stem>.fan``, and for sentences ``<stem>.from`` and ``.until`` (periods),
    ``.median`` and ``.range`` (80 %) of the last year ahead, ``.outcome`` (``higher than``, ``lower than``,
    ``not clearly different from`` the newest value) and ``.chance`` (of standing above the newest value, %).

    Returns:
        The chart; None where there is no forecast, which is put on record.
    """
    with supplement.covering(f"forecast of {sentence_case(outlook.name)}", f"{stem}.*"):
        return _publish(supplement, stem, outlook, foresee(supplement, outlook))
    return None


def _publish(supplement: Supplement, stem: str, outlook: Outlook, found: Forecast) -> FigureRecord:
    newest, until = found.newest, found.periods[-1]
    unit, places = unit_of(newest), places_of(newest)
    label = f"{outlook.name}, {supplement.area}"
    low, high = found.band(TOLD)
    phrases = {
        "from": (str(newest["period"]), "newest period before the forecast"),
        "until": (until, "last period of the forecast"),
        "range": (range_text(low, high, unit, places), f"80% range forecast for {until}"),
        "outcome": (
            outcome(float(newest["value"]), low, high),
            f"forecast for {until} against {newest['period']}",
        ),
    }
    for key, (text, title) in phrases.items():
        supplement.phrase(
            f"{stem}.{key}", text, title=f"{label}: {title}", inputs=found.rows, method=found.method
        )
    supplement.number(
        f"{stem}.median",
        float(found.fan.median[-1]),
        title=f"{label}: median forecast for {until}",
        inputs=found.rows,
        method=found.method,
        unit=unit,
        decimals=places,
        interval=found.band(0.95),
    )
    supplement.number(
        f"{stem}.chance",
        100 * float(found.fan.exceeds(found.fan.last)[-1]),
        title=f"{label}: probability that {until} is above {newest['period']}",
        inputs=found.rows,
        method=f"Share of the forecast's distribution above the newest value. {found.method}",
        unit="%",
        decimals=0,
    )
    return supplement.chart(
        f"{stem}.fan",
        charts.fan(found.rows, frame_of(found), unit=unit, decimals=places, breaks=outlook.breaks),
        title=f"{label}: recorded to {newest['period']}, and forecast to {until}",
        inputs=found.rows,
        method=found.method,
        notes=[backtest_words(found.calibration)] if backtest_words(found.calibration) else [],
    )


def frame_of(found: Forecast) -> pd.DataFrame:
    """The forecast as the fan chart takes it."""
    frame = pd.DataFrame({"period": found.periods, "median": found.fan.median})
    for level in LEVELS:
        frame[f"lower_{round(100 * level)}"] = found.fan.lower[level]
        frame[f"upper_{round(100 * level)}"] = found.fan.upper[level]
    return frame


def outcome(newest: float, low: float, high: float) -> str:
    """How a range forecast stands to the newest value."""
    if low > newest:
        return "higher than"
    return "lower than" if high < newest else "not clearly different from"


def unit_of(row: pd.Series) -> str:
    """The unit of a series."""
    return str(row["unit"])


def places_of(row: pd.Series) -> int:
    """Decimals to show: none for counts, one for others."""
    return 0 if row["unit"] == "count" else 1


def range_text(low: float, high: float, unit: str, places: int) -> str:
    """``lower to upper`` as printed."""
    return " to ".join(format_number(limit, unit=unit, decimals=places) for limit in (low, high))
