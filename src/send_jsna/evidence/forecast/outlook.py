"""Forecasts as a reader sees them: a fan chart, and numbers for sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.evidence.estimates import publish_estimate
from send_jsna.evidence.forecast import forecasts
from send_jsna.evidence.forecast.forecasts import Forecast, Outlook
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
    ``not clearly different from`` the newest value) and ``.chance`` (of a value above the newest one, %).

    Returns:
        The chart; None where there is no forecast that helps, which is put on record.
    """
    measure = outlook.measure
    with measure.covering("*", of=f"forecast of {sentence_case(measure.name)}"):
        return _publish(measure, forecasts.foresee(outlook))
    return None


def _publish(measure: Measure, found: Forecast) -> FigureRecord:
    label, now, until = measure.label, str(found.newest["period"]), found.periods[-1]
    likely = found.last_year(forecasts.SENTENCE_LEVEL)
    chance = 100 * float(found.fan.exceeds(found.fan.last)[-1])
    family = measure.about(inputs=found.used, method=found.method)
    family.phrase("from", now, title=f"{label}: newest period before the forecast")
    family.phrase("until", until, title=f"{label}: last period of the forecast")
    family.phrase("range", likely.range, title=f"{label}: 80% range forecast for {until}")
    words = outcome(float(found.newest["value"]), *likely.limits)
    family.phrase("outcome", words, title=f"{label}: forecast for {until} against {now}")
    title = f"{label}: median forecast for {until}"
    publish_estimate(family, "median", found.last_year(0.95), title=title)
    family.number(
        "chance",
        chance,
        title=f"{label}: probability that {until} is above {now}",
        method=f"Share of the forecast's distribution above the newest value. {found.method}",
        unit="%",
        decimals=0,
        shown=chance_text(chance),
    )
    backtest, fan = forecasts.backtest_words(found.calibration), frame_of(found)
    return family.chart(
        "fan",
        charts.fan(found.rows, fan, unit=likely.unit, decimals=likely.decimals, breaks=measure.breaks),
        title=f"{label}: recorded to {now}, and forecast to {until}",
        notes=[backtest] if backtest else [],
    )


def frame_of(found: Forecast) -> pd.DataFrame:
    """The forecast as the fan chart takes it."""
    frame = pd.DataFrame({"period": found.periods, "median": found.fan.median})
    for level in forecasts.LEVELS:
        frame[f"lower_{round(100 * level)}"] = found.fan.lower[level]
        frame[f"upper_{round(100 * level)}"] = found.fan.upper[level]
    return frame


def outcome(newest: float, low: float, high: float) -> str:
    """How a range forecast is to the newest value."""
    if low > newest:
        return "higher than"
    return "lower than" if high < newest else "not clearly different from"


def chance_text(percent: float) -> str:
    """A probability as printed; none is called certain or impossible."""
    if percent > 99 or percent < 1:
        return f"{'more than 99' if percent > 99 else 'less than 1'}%"
    return format_number(percent, unit="%", decimals=0)
