"""Recent trends by the public-health rule, in words that know which direction is good.

What cannot be tested says so with its reason. Nothing here extends a series over a break: breaks are those
the charts of the same indicator draw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from send_jsna.catalogue.periods import parse_period
from send_jsna.errors import NoDataError
from send_jsna.evidence import tables
from send_jsna.evidence.small_numbers import unless_few
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


@dataclass(frozen=True)
class Tracked:
    """A series in a table of trends.

    Attributes:
        indicator: Indicator id.
        breaks: Breaks of the series, as its chart draws them.
        selection: Dimensions.
    """

    indicator: str
    breaks: Sequence[Break] = ()
    selection: Mapping[str, Any] = field(default_factory=dict)


def trend_of(own: pd.DataFrame, breaks: Sequence[Break], polarity: Polarity) -> Trend:
    """The recent trend of one area's series.

    Args:
        own: Its observations that have a value, in any order.
        breaks: Breaks of the series.
        polarity: Which direction is good.
    """
    rows = own.sort_values("period_start", kind="stable")
    latest = rows.iloc[-FEWEST_POINTS:]
    counted = (latest["unit"] == "%").all() and latest[["numerator", "denominator"]].notna().all(axis=None)
    measured: dict[str, Any] = {"values": rows["value"]}
    if counted:
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


def publish_trend(
    supplement: Supplement,
    stem: str,
    indicator: str,
    *,
    name: str,
    breaks: Sequence[Break] = (),
    **selection: Any,
) -> Trend | None:
    """Publish the recent trend of an indicator.

    Figures: the phrase ``<stem>.trend``; where it was tested, the number ``<stem>.trend_gradient`` (change a
    year, with its 95 % interval) and the phrases ``<stem>.trend_from`` and ``<stem>.trend_to``.

    Args:
        supplement: The supplement that publishes.
        stem: First parts of the figures' ids.
        indicator: Indicator id.
        name: What is measured, as it stands in a title.
        breaks: Breaks of the series, as its chart draws them.
        **selection: Dimensions, as for ``Supplement.observations``.

    Returns:
        The trend; None where the area has no value, which is put on record.
    """
    told = [f"{stem}.{part}" for part in ("trend_gradient", "trend_from", "trend_to")]
    with supplement.covering(f"trend of {name}", f"{stem}.trend", *told):
        rows, trend = _tracked(supplement, Tracked(indicator, breaks, selection))
        used = rows.iloc[list(trend.rows)]
        about: dict[str, Any] = {
            "title": f"Recent trend: {name}, {supplement.area}",
            "inputs": used,
            "method": METHOD,
        }
        supplement.phrase(f"{stem}.trend", trend_words(trend), **about)
        if trend.reason:
            supplement.absent(f"trend of {name}", *told, reason="the recent trend cannot be tested")
            return trend
        supplement.number(
            told[0],
            trend.gradient,
            unit="pp",
            shown=tables.signed(trend.gradient, unit="pp"),
            interval=(trend.gradient_lower, trend.gradient_upper),
            **about,
        )
        supplement.phrase(told[1], str(used["period"].iloc[0]), **about)
        supplement.phrase(told[2], str(used["period"].iloc[-1]), **about)
        return trend
    return None


def publish_trends(
    supplement: Supplement, figure_id: str, series: Mapping[str, Tracked], *, title: str
) -> FigureRecord | None:
    """Publish a table of recent trends, one row a measure; a measure the area lacks is left out and noted.

    Args:
        supplement: The supplement that publishes.
        figure_id: The table's id.
        series: What is measured → the series.
        title: Title; the area's name is added.

    Returns:
        The table; None where the area has none of them, which is put on record.
    """
    with supplement.covering(title, figure_id):
        rows, inputs = [], []
        for label, tracked in series.items():
            try:
                own, trend = _tracked(supplement, tracked)
            except NoDataError as error:
                supplement.absent(label, reason=error.reason)
                continue
            used = own.iloc[list(trend.rows)]
            rows.append([label, *_cells(used, trend)])
            inputs.append(used)
        if not rows:
            raise NoDataError(f"{figure_id}: nothing to follow", reason="no series of the area is held")
        table = pd.DataFrame(
            rows, columns=["Measure", "From", "To", "First", "Last", "Change a year", "Recent trend"]
        )
        return supplement.table(
            figure_id,
            table,
            title=f"{title}, {supplement.area}",
            inputs=inputs,
            method=METHOD,
            notes=[
                "Change a year in percentage points, with its 95% interval.",
                *tables.reason_notes(table),
            ],
        )
    return None


def _tracked(supplement: Supplement, tracked: Tracked) -> tuple[pd.DataFrame, Trend]:
    """The area's valued rows in order of time, and their trend."""
    rows = unless_few(supplement.observations(tracked.indicator, **tracked.selection))
    rows = rows.sort_values("period_start", kind="stable").reset_index(drop=True)
    polarity = _polarities(supplement.path("catalogue")).get(tracked.indicator, "neither")
    return rows, trend_of(rows, tracked.breaks, polarity)


def _cells(used: pd.DataFrame, trend: Trend) -> list[str]:
    first, last = used.iloc[0], used.iloc[-1]
    change = "z"
    if trend.reason is None:
        low, high = tables.signed(trend.gradient_lower), tables.signed(trend.gradient_upper)
        change = f"{tables.signed(trend.gradient)} ({low} to {high})"
    return [
        str(first["period"]),
        str(last["period"]),
        tables.cell(first),
        tables.cell(last),
        change,
        trend_words(trend),
    ]


@lru_cache(maxsize=2)
def _polarities(folder: Path) -> dict[str, Polarity]:
    from send_jsna.catalogue.schema import load_catalogue

    declared = load_catalogue(folder).indicators
    return {key: _POLARITIES.get(item.polarity, "neither") for key, item in declared.items()}
