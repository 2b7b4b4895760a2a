"""Forecasts as a reader sees them: a fan chart, and numbers for sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.evidence.forecast.forecasts import LEVELS, TOLD, Forecast, Outlook, backtest_words, foresee
from send_jsna.figures import charts
from send_jsna.wording import format_number, sentence_case

if TYPE_CHECKING:
    from send_jsna.evidence.measures import Measure
    from send_jsna.figures.records import FigureRecord

__all__ = ["Outlook", "publish_outlook"]


def publish_outlook(outlook: Outlook) -> FigureRecord | None:
    """Publish a forecast.

    Figures: the chart ``<stem>.fan``, and for sentences ``<stem>.from`` and ``.until`` (periods),
    ``.median`` and ``.range`` (80 %) of the last year ahead, ``.outcome`` (``higher than``, ``lower than``,
    ``not clearly different from`` the newest value) and ``.chance`` (of standing above the newest value, %).

    Returns:
        The chart; None where there is no forecast, which is put on record.
    """
    measure = outlook.measure
    with measure.covering("*", of=f"forecast of {sentence_case(measure.name)}"):
        return _publish(measure, foresee(outlook))
    return None


def _publish(measure: Measure, found: Forecast) -> FigureRecord:
    newest, until = found.newest, found.periods[-1]
    unit, places = unit_of(newest), places_of(newest)
    label = measure.label
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
        measure.phrase(key, text, title=f"{label}: {title}", inputs=found.used, method=found.method)
    measure.number(
        "median",
        float(found.fan.median[-1]),
        title=f"{label}: median forecast for {until}",
        inputs=found.used,
        method=found.method,
        unit=unit,
        decimals=places,
        interval=found.band(0.95),
    )
    chance = 100 * float(found.fan.exceeds(found.fan.last)[-1])
    measure.number(
        "chance",
        chance,
        title=f"{label}: probability that {until} is above {newest['period']}",
        inputs=found.used,
        method=f"Share of the forecast's distribution above the newest value. {found.method}",
        unit="%",
        decimals=0,
        shown=chance_text(chance),
    )
    return measure.chart(
        "fan",
        charts.fan(found.rows, frame_of(found), unit=unit, decimals=places, breaks=measure.breaks),
        title=f"{label}: recorded to {newest['period']}, and forecast to {until}",
        inputs=found.used,
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


def chance_text(percent: float) -> str:
    """A probability as printed; none is called certain or impossible."""
    if percent > 99 or percent < 1:
        return f"{'more than 99' if percent > 99 else 'less than 1'}%"
    return format_number(percent, unit="%", decimals=0)


def unit_of(row: pd.Series) -> str:
    """The unit of a series."""
    return str(row["unit"])


def places_of(row: pd.Series) -> int:
    """Decimals to show: none for counts, one for others."""
    return 0 if row["unit"] == "count" else 1


def range_text(low: float, high: float, unit: str, places: int) -> str:
    """``lower to upper`` as printed."""
    return " to ".join(format_number(limit, unit=unit, decimals=places) for limit in (low, high))
