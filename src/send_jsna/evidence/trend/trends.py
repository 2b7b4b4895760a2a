"""Recent trends by the public-health rule, in words that know which direction is good.

What cannot be tested says so with its reason. Nothing here extends a series over a break: breaks are those
the charts of the same indicator draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from send_jsna.catalogue.periods import parse_period
from send_jsna.errors import NoDataError
from send_jsna.evidence.estimates import Estimated, publish_points
from send_jsna.evidence.measures import Measure
from send_jsna.evidence.tables import cell, reason_notes
from send_jsna.figures.charts import Break
from send_jsna.statistics.trend import FEWEST_POINTS, Polarity, Trend, recent_trend

if TYPE_CHECKING:
    from send_jsna.figures.records import FigureRecord
    from send_jsna.figures.supplement import Supplement

METHOD = (
    "Latest five points, equally spaced, not overlapping and within one definition; chi-squared test for "
    "trend on the published counts, at p below 0.05. Without counts or published intervals no test is made."
)
_POLARITIES: dict[str, Polarity] = {"high_good": "high_is_good", "low_good": "low_is_good"}
_COLUMNS = ["Measure", "From", "To", "First", "Last", "Change a year", "Recent trend"]


def publish_trend(measure: Measure) -> Trend | None:
    """Publish the recent trend of an indicator.

    Figures: the phrase ``<stem>.trend``; where it was tested, the number ``<stem>.trend_gradient`` (change a
    year, with its 95 % interval) and the phrases ``<stem>.trend_from`` and ``<stem>.trend_to``.

    Returns:
        The trend; None where the area has no value, which is put on record.
    """
    tested, title = ("trend_gradient", "trend_from", "trend_to"), f"trend of {measure.name}"
    with measure.covering("trend", *tested, of=title):
        used, trend = _recent(measure)
        family = measure.about(title=f"Recent trend: {measure.label}", inputs=used, method=METHOD)
        family.phrase("trend", trend_words(trend))
        if trend.reason:
            measure.absent(*tested, reason="the recent trend cannot be tested", of=title)
            return trend
        publish_points(family, "trend_gradient", _gradient(trend))
        family.phrase("trend_from", str(used["period"].iloc[0]))
        family.phrase("trend_to", str(used["period"].iloc[-1]))
        return trend
    return None


def publish_trends(
    supplement: Supplement, figure_id: str, measures: Sequence[Measure], *, title: str
) -> FigureRecord | None:
    """Publish a table of recent trends, one row a measure; a measure the area lacks is left out and noted.

    Returns:
        The table; None where the area has none of them, which is put on record.
    """
    with supplement.covering(title, figure_id):
        lines, inputs = [], []
        for item in measures:
            with item.covering():
                used, trend = _recent(item)
                lines.append([item.name, *_cells(used, trend)])
                inputs.append(used)
        if not lines:
            raise NoDataError(
                f"{figure_id}: nothing to follow", reason="this edition has no series of the area"
            )
        table = pd.DataFrame(lines, columns=_COLUMNS)
        return supplement.table(
            figure_id,
            table,
            title=f"{title}, {supplement.area}",
            inputs=inputs,
            method=METHOD,
            notes=["Change a year in percentage points, with its 95% interval.", *reason_notes(table)],
        )
    return None


def trend_of(own: pd.DataFrame, breaks: Sequence[Break], polarity: Polarity) -> Trend:
    """The recent trend of one area's observations with a value, which may be in any order."""
    rows = own.sort_values("period_start", kind="stable")
    latest = rows.iloc[-FEWEST_POINTS:]
    measured: dict[str, Any] = {"values": rows["value"]}
    if (latest["unit"] == "%").all() and latest[["numerator", "denominator"]].notna().all(axis=None):
        measured = {"numerators": rows["numerator"], "denominators": rows["denominator"]}
    return recent_trend(
        [date.fromisoformat(day) for day in rows["period_start"]],
        [date.fromisoformat(day) for day in rows["period_end"]],
        polarity=polarity,
        breaks=[parse_period(mark.before).start for mark in breaks],
        **measured,
    )


def trend_words(trend: Trend) -> str:
    """``getting better``, ``increasing``, ``no clear change``, or ``cannot be tested`` and why."""
    return f"cannot be tested: {trend.why}" if trend.reason else trend.words


def _recent(measure: Measure) -> tuple[pd.DataFrame, Trend]:
    """The recent trend of a measure, and the rows it was found in, oldest first."""
    rows = measure.series()
    declared = measure.supplement.context.series.get(measure.indicator)
    polarity = _POLARITIES.get(declared.polarity if declared else "neutral", "neither")
    trend = trend_of(rows, measure.breaks, polarity)
    return rows.iloc[list(trend.rows)], trend


def _gradient(trend: Trend) -> Estimated:
    return Estimated(trend.gradient, trend.gradient_lower, trend.gradient_upper)


def _cells(used: pd.DataFrame, trend: Trend) -> list[str]:
    first, last = used.iloc[0], used.iloc[-1]
    change = "z" if trend.reason else _gradient(trend).signed_with_range
    periods = [str(row["period"]) for row in (first, last)]
    return [*periods, cell(first), cell(last), change, trend_words(trend)]
