"""The figures nearly every indicator needs, published in one call so that each chapter words them alike.

For a measure with a stem such as ``low_birth_weight`` a notebook gets, where the data allow it, the area's
newest value, region and England in the same period, how the area is to England, what it has done since its
first period, and a chart. Comparisons use the newest period the area itself has a value for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.catalogue.observations import known
from send_jsna.errors import NoDataError
from send_jsna.evidence import compare, yearly
from send_jsna.evidence.estimates import Estimated
from send_jsna.evidence.measures import (
    MOVEMENT_METHOD,
    NO_EARLIER,
    Measure,
    drawn_method,
    is_chance,
    refuse_chance,
)
from send_jsna.evidence.small_numbers import NOT_COMPARED, hide_few, unless_few
from send_jsna.evidence.tables import add_intervals, only
from send_jsna.figures import charts
from send_jsna.wording import sentence_case, with_article

if TYPE_CHECKING:
    from send_jsna.catalogue.areas import Area
    from send_jsna.figures.records import FigureRecord

#: Periods with a value that make a line worth drawing.
FEWEST_DRAWN = 3


def publish_value(measure: Measure, *, decimals: int | None = None) -> FigureRecord | None:
    """Publish the area's newest value as ``<stem>.latest``, and its period as ``<stem>.period``.

    For counts, which say nothing beside the count of a region or a country.

    Returns:
        The number; None where the area has no value, which is put on record.
    """
    with measure.covering("period", "latest"):
        latest = measure.series().iloc[-1]
        measure.period("period", latest)
        return measure.value("latest", latest, decimals=decimals)
    return None


def publish_elsewhere(
    measure: Measure, part: str, place: Area, *, name: str, decimals: int | None = None
) -> None:
    """Publish the newest value of another place.

    Args:
        measure: What is measured.
        part: Last part of the figure's id, such as ``region``.
        place: The place.
        name: What is measured there, where it is put on record that there is none.
        decimals: Decimal places.
    """
    with measure.covering(part, of=name):
        row = only(measure.observations(area=place, period="latest"))
        measure.value(part, row, decimals=decimals)


def publish_headline(
    measure: Measure,
    *,
    decimals: int | None = None,
    chart: bool = True,
    compared: bool = True,
    since: str = "",
) -> FigureRecord | None:
    """Publish a measure for the area, its region and England.

    Figures: ``<stem>.latest``, ``.period``, ``.interval``, ``.england``, ``.region``, ``.vs_england``,
    ``.vs_region``, ``.movement``, ``.first``, ``.first_period`` and the chart ``.series``; those that the
    data do not allow are left out, and put on record. A count is never set against that of a larger place.
    The movement is taken from after the last break in the series.

    Args:
        measure: What is measured.
        decimals: Decimal places; by default those of the unit.
        chart: Whether to draw the series; it needs at least three periods.
        compared: Whether to publish words that compare; False for rates of few cases without an interval.
        since: First period of the movement, where the first one stored or the last break is no fair start.

    Returns:
        The chart, or the newest number where there is no chart; None where the area has no value, which is
        put on record.
    """
    newest = ("latest", "period", "interval", "england", "region", "vs_england", "vs_region")
    with measure.covering(*newest, "movement", "first", "first_period", "series"):
        rows = measure.observations(area="headline")
        own = unless_few(measure.supplement.own(rows))
        latest = own.iloc[-1]
        published = measure.value("latest", latest, decimals=decimals)
        measure.period("period", latest)
        _publish_interval(measure, latest, decimals)
        for part, other in measure.larger_places.items():
            found = known(rows[(rows["area_code"] == other.code) & (rows["period"] == latest["period"])])
            if len(found) != 1:
                reason = f"not in this edition for {with_article(other.name)} in the same period"
                measure.absent(part, f"vs_{part}", reason=reason)
                continue
            measure.value(part, found.iloc[0], decimals=decimals)
            if compared and latest["unit"] != "count":
                measure.against(f"vs_{part}", latest, found.iloc[0])
        if compared:
            start = yearly.since(own, since) if since else own
            _publish_movement(measure, start, decimals)
        if not chart:
            return published
        if own["period"].nunique() < FEWEST_DRAWN:
            measure.absent("series", reason="too few periods to draw")
            return published
        return _publish_series(measure, rows, decimals) or published
    return None


def _publish_interval(measure: Measure, latest: pd.Series, decimals: int | None) -> None:
    interval = compare.interval_of(latest)
    if interval is None:
        measure.absent("interval", reason="in this edition without what an interval needs")
        return
    measure.phrase(
        "interval",
        Estimated(
            float(latest["value"]), *interval, str(latest["unit"]), 1 if decimals is None else decimals
        ).range,
        title=f"95% confidence interval: {measure.label}, {latest['period']}",
        inputs=latest,
        method=compare.method_of(latest),
    )


def _publish_movement(measure: Measure, own: pd.DataFrame, decimals: int | None) -> None:
    """What the area's series has done since its first period, or since its last break."""
    unbroken = own
    for mark in measure.breaks:
        after = yearly.since(own, mark.before)
        unbroken = after if len(after) else unbroken
    parts = ("first", "first_period", "movement")
    if len(unbroken) < 2:
        measure.absent(*parts, reason=NO_EARLIER)
        return
    first, last = unbroken.iloc[0], unbroken.iloc[-1]
    if is_chance(measure.supplement, first, last):
        measure.absent(*parts, reason=NOT_COMPARED, of=f"change in {sentence_case(measure.name)}")
        return
    measure.value("first", first, decimals=decimals, interval=False)
    measure.period("first_period", first, what="First period compared")
    measure.phrase(
        "movement",
        compare.moved(first, last),
        title=f"{measure.name}, {first['area_name']}: change from {first['period']} to {last['period']}",
        inputs=[first, last],
        method=MOVEMENT_METHOD,
    )


def _publish_series(measure: Measure, rows: pd.DataFrame, decimals: int | None) -> FigureRecord | None:
    """The chart of the series; None where it does not help, which is put on record."""
    rows = hide_few(rows, measure.supplement.area.code)
    own = known(measure.supplement.own(rows))
    is_count = str(own["unit"].iloc[0]) == "count"
    with measure.covering("series"):
        return measure.lines(
            "series",
            # A country's count on the axis of one area's would press the area's line flat.
            add_intervals(measure.supplement.own(rows) if is_count else rows),
            focus=measure.supplement.area.name,
            decimals=decimals,
            title=f"{measure.label if is_count else measure.name}, "
            f"{own['period'].iloc[0]} to {own['period'].iloc[-1]}",
        )
    return None


def publish_neighbours(measure: Measure, *, decimals: int | None = None) -> FigureRecord | None:
    """Publish the area among its region, England and statistical neighbours in its newest period.

    Figures: the phrase ``<stem>.place`` (``third highest of eleven`` among the authorities) and the chart
    ``<stem>.neighbours`` with 95 % intervals where numerator and denominator are published. Where the newest
    period has too few areas, the chart is of the newest that has enough, which its title says.
    """
    supplement = measure.supplement
    with measure.covering("place", "neighbours"):
        periods = [str(period) for period in measure.series()["period"]]
        newest = measure.observations(area="comparators", period=periods[-1])
        _publish_place(measure, add_intervals(newest))
        everywhere = (
            (period, measure.observations(area="comparators", period=period)) for period in periods[::-1]
        )
        period, found = next(
            (item for item in everywhere if known(item[1])["area_code"].nunique() >= compare.FEWEST_PLACES),
            (periods[-1], None),
        )
        if found is None:
            raise NoDataError(
                f"{measure.stem}: nobody to compare with", reason="too few areas with a value to compare"
            )
        rows = add_intervals(found)
        return supplement.chart(
            f"{measure.stem}.neighbours",
            charts.dots(rows, unit=str(rows["unit"].iloc[0]), focus=supplement.area.name, decimals=decimals),
            title=f"{measure.name}: {supplement.area}, {supplement.comparators.words}, {period}",
            inputs=known(rows),
            method=drawn_method(rows),
        )
    return None


def _publish_place(measure: Measure, rows: pd.DataFrame) -> None:
    """The place of the area among itself and its statistical neighbours."""
    supplement = measure.supplement
    similar = [supplement.area.code, *(area.code for area in supplement.comparators.neighbours)]
    authorities = rows[rows["area_code"].isin(similar)]
    with measure.covering("place"):
        refuse_chance(supplement, *(row for _, row in known(supplement.own(rows)).iterrows()))
        measure.phrase(
            "place",
            compare.place(authorities, supplement.area.code).text,
            title=f"{measure.name}: place of {supplement.area} among itself and its statistical neighbours,"
            f" {rows['period'].iloc[0]}",
            inputs=known(authorities),
            method="Published values in order, highest first; equal values share a place.",
        )
