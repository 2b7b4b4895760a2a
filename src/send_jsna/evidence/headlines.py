"""The figures nearly every indicator needs, published in one call so that each chapter words them alike.

For an indicator with a stem such as ``low_birth_weight`` a notebook gets, where the data allow it, the
area's newest value, region and England in the same period, how the area stands to England, what it has done
since its first period, and a chart. Comparisons use the newest period the area itself has a value for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import pandas as pd

from send_jsna import charts
from send_jsna.errors import FigureError
from send_jsna.evidence import compare
from send_jsna.evidence.tables import add_intervals, reason_notes, wide
from send_jsna.numerals import format_number
from send_jsna.observations import known
from send_jsna.periods import parse_period

if TYPE_CHECKING:
    from send_jsna.figures import FigureRecord, Supplement

STANDING_METHOD = (
    "Similar where 95% confidence intervals overlap (numerator and denominator published) or values agree "
    "within the printed rounding; else above or below."
)

DRAWN_METHOD = "Values as published; Wilson 95% intervals where numerator and denominator are published."

PROVISIONS = {"ehc_plan": "EHC plan", "sen_support": "SEN support", "no_sen": "No identified SEN"}


def publish_headline(
    supplement: Supplement,
    stem: str,
    indicator: str,
    *,
    name: str,
    decimals: int | None = None,
    breaks: Sequence[charts.Break] = (),
    chart: bool = True,
    compared: bool = True,
    since: str | None = None,
    **selection: Any,
) -> FigureRecord:
    """Publish one indicator for the area, its region and England.

    Figures: ``<stem>.latest``, ``.period``, ``.interval``, ``.england``, ``.region``, ``.vs_england``,
    ``.vs_region``, ``.movement``, ``.first``, ``.first_period`` and the chart ``.series``; those that the
    data do not allow are left out. A count is never set against the count of a larger place.

    Args:
        supplement: The supplement that publishes.
        stem: First parts of the figures' ids.
        indicator: Indicator id.
        name: What is measured, as it stands in a title, such as ``Babies of low birth weight``.
        decimals: Decimal places; by default those of the unit.
        breaks: Breaks in the series, drawn in the chart; the movement is then taken from after the last one.
        chart: Whether to draw the series; it needs at least three periods.
        compared: Whether to publish words that compare; False for rates of few cases without an interval.
        since: First period of the movement, where the first one held or the last break is not a fair start.
        **selection: Dimensions, as for ``Supplement.observations``.

    Returns:
        The chart, or the newest number where there is no chart.

    Raises:
        FigureError: The area has no value at all, or a figure is refused.
    """
    rows = supplement.observations(indicator, area="headline", **selection)
    own = known(rows[rows["area_code"] == supplement.area.code])
    latest = own.iloc[-1] if len(own) else no_value(supplement, indicator)
    unit, area, period = str(latest["unit"]), supplement.area, str(latest["period"])

    def number(part: str, row: pd.Series) -> FigureRecord:
        return supplement.number(
            f"{stem}.{part}",
            float(row["value"]),
            title=f"{name}, {row['area_name']}, {row['period']}",
            inputs=row,
            method="As published.",
            unit=unit,
            decimals=decimals,
            interval=compare.interval_of(row),
        )

    published = number("latest", latest)
    supplement.phrase(
        f"{stem}.period", period, title=f"Newest period: {name}", inputs=latest, method="As published."
    )
    interval = compare.interval_of(latest)
    if interval is not None:
        supplement.phrase(
            f"{stem}.interval",
            range_words(interval, decimals=decimals),
            title=f"95% confidence interval: {name}, {area}, {period}",
            inputs=latest,
            method="Wilson's score method on the published numerator and denominator.",
        )
    others = {"england": supplement.comparators.country, "region": supplement.comparators.region}
    for part, other in others.items():
        found = known(rows[(rows["area_code"] == other.code) & (rows["period"] == period)])
        if len(found) == 1:
            number(part, found.iloc[0])
        if len(found) == 1 and compared and unit != "count":
            supplement.phrase(
                f"{stem}.vs_{part}",
                compare.standing_of(latest, found.iloc[0]),
                title=f"{name}: {area} against {other}, {period}",
                inputs=[latest, found.iloc[0]],
                method=STANDING_METHOD,
            )
    if compared:
        start = own[own["period_start"] >= parse_period(since).start.isoformat()] if since else own
        _publish_movement(supplement, stem, name, start, breaks, decimals)
    if not chart or own["period"].nunique() < 3:
        return published
    # A country's count on the axis of one area's would press the area's line flat.
    drawn = add_intervals(rows[rows["area_code"] == area.code] if unit == "count" else rows)
    place = f", {area}" if unit == "count" else ""
    return supplement.chart(
        f"{stem}.series",
        charts.lines(drawn, unit=unit, focus=area.name, decimals=decimals, breaks=breaks, **_limits(drawn)),
        title=f"{name}{place}, {own['period'].iloc[0]} to {period}",
        inputs=known(drawn),
        method=DRAWN_METHOD,
    )


def publish_by_provision(
    supplement: Supplement,
    stem: str,
    indicator: str,
    *,
    name: str,
    decimals: int | None = None,
    breaks: Sequence[charts.Break] = (),
    provisions: Mapping[str, str] = PROVISIONS,
    **selection: Any,
) -> FigureRecord:
    """Publish one indicator by SEN provision: numbers, a chart of the area's series and a table.

    Figures for each provision with a value: ``<stem>.<provision>.latest``, ``.england``, ``.vs_england``;
    then ``<stem>.period``, the chart ``<stem>.by_provision`` and the table ``<stem>.provision_table`` of
    the area, its region and England in the area's newest period.

    Args:
        supplement: The supplement that publishes.
        stem: First parts of the figures' ids.
        indicator: Indicator id with the dimension ``provision``.
        name: What is measured, as it stands in a title.
        decimals: Decimal places.
        breaks: Breaks in the series.
        provisions: Provision code → label, in order.
        **selection: Other dimensions.

    Raises:
        FigureError: The area has no value, or a figure is refused.
    """
    rows = supplement.observations(indicator, area="headline", provision=list(provisions), **selection)
    rows = rows.assign(label=rows["provision"].map(dict(provisions)))
    own = known(rows[rows["area_code"] == supplement.area.code])
    if not len(own):
        no_value(supplement, indicator)
    period = str(own.sort_values("period_start", kind="stable")["period"].iloc[-1])
    supplement.phrase(
        f"{stem}.period", period, title=f"Newest period: {name}", inputs=own.iloc[-1], method="As published."
    )
    now = rows[rows["period"] == period].sort_values(
        "provision", key=lambda codes: codes.map(list(provisions).index), kind="stable"
    )
    unit = str(now["unit"].iloc[0])
    for code, label in provisions.items():
        _publish_provision(
            supplement, f"{stem}.{code}", known(now[now["provision"] == code]), f"{name}, {label}", decimals
        )
    table = wide(
        now,
        rows="label",
        columns="area_name",
        head="SEN provision",
        decimals=decimals,
        row_order=[label for label in provisions.values() if label in set(now["label"])],
    )
    supplement.table(
        f"{stem}.provision_table",
        table,
        title=f"{name} by SEN provision, {period}",
        inputs=known(now),
        method="Values as published.",
        notes=reason_notes(table),
    )
    mine = add_intervals(rows[rows["area_code"] == supplement.area.code])
    if own["period"].nunique() >= 3:
        return supplement.chart(
            f"{stem}.by_provision",
            charts.lines(mine, series="label", unit=unit, decimals=decimals, breaks=breaks, **_limits(mine)),
            title=f"{name} by SEN provision, {supplement.area}, {own['period'].iloc[0]} to {period}",
            inputs=own,
            method=DRAWN_METHOD,
        )
    now = add_intervals(now)
    return supplement.chart(
        f"{stem}.by_provision",
        charts.bars(
            now,
            category="label",
            series="area_name",
            unit=unit,
            decimals=decimals,
            sort=False,
            **_limits(now),
        ),
        title=f"{name} by SEN provision, {period}",
        inputs=known(now),
        method=DRAWN_METHOD,
    )


def publish_neighbours(
    supplement: Supplement,
    stem: str,
    indicator: str,
    *,
    name: str,
    decimals: int | None = None,
    **selection: Any,
) -> FigureRecord:
    """Publish the area among its region, England and statistical neighbours in its newest period.

    Figures: the phrase ``<stem>.place`` (``third highest of eleven`` among the authorities) and the chart
    ``<stem>.neighbours`` with 95 % intervals where numerator and denominator are held.
    """
    own = known(supplement.observations(indicator, **selection))
    if not len(own):
        no_value(supplement, indicator)
    period = str(own["period"].iloc[-1])
    rows = add_intervals(supplement.observations(indicator, area="comparators", period=period, **selection))
    authorities = rows[
        rows["area_code"].isin(
            [supplement.area.code, *(area.code for area in supplement.comparators.neighbours)]
        )
    ]
    supplement.phrase(
        f"{stem}.place",
        compare.place(authorities, supplement.area.code).text,
        title=f"{name}: place of {supplement.area} among itself and its statistical neighbours, {period}",
        inputs=known(authorities),
        method="Published values in order, highest first; equal values share a place.",
    )
    return supplement.chart(
        f"{stem}.neighbours",
        charts.dots(rows, unit=str(rows["unit"].iloc[0]), focus=supplement.area.name, decimals=decimals),
        title=f"{name}: {supplement.area}, its region, England and statistical neighbours, {period}",
        inputs=known(rows),
        method=DRAWN_METHOD,
    )


def _publish_provision(
    supplement: Supplement, stem: str, rows: pd.DataFrame, name: str, decimals: int | None
) -> None:
    """The newest number of one provision for the area and England, and how the one stands to the other."""
    found = {str(row["area_code"]): row for _, row in rows.iterrows()}
    country = supplement.comparators.country
    for part, place in (("latest", supplement.area), ("england", country)):
        row = found.get(place.code)
        if row is not None:
            supplement.number(
                f"{stem}.{part}",
                float(row["value"]),
                title=f"{name}, {place}, {row['period']}",
                inputs=row,
                method="As published.",
                unit=str(row["unit"]),
                decimals=decimals,
                interval=compare.interval_of(row),
            )
    own, other = found.get(supplement.area.code), found.get(country.code)
    if own is not None and other is not None:
        supplement.phrase(
            f"{stem}.vs_england",
            compare.standing_of(own, other),
            title=f"{name}: {supplement.area} against {country}, {own['period']}",
            inputs=[own, other],
            method=STANDING_METHOD,
        )


def _publish_movement(
    supplement: Supplement,
    stem: str,
    name: str,
    own: pd.DataFrame,
    breaks: Sequence[charts.Break],
    decimals: int | None,
) -> None:
    """What the area's series has done since its first period, or since its last break."""
    unbroken = own
    for mark in breaks:
        after = own[own["period_start"] >= parse_period(mark.before).start.isoformat()]
        unbroken = after if len(after) else unbroken
    if len(unbroken) < 2:
        return
    first, last = unbroken.iloc[0], unbroken.iloc[-1]
    supplement.number(
        f"{stem}.first",
        float(first["value"]),
        title=f"{name}, {first['area_name']}, {first['period']}",
        inputs=first,
        method="As published.",
        unit=str(first["unit"]),
        decimals=decimals,
    )
    supplement.phrase(
        f"{stem}.first_period",
        str(first["period"]),
        title=f"First period compared: {name}",
        inputs=first,
        method="As published.",
    )
    supplement.phrase(
        f"{stem}.movement",
        compare.movement(
            float(first["value"]),
            float(last["value"]),
            first_interval=compare.interval_of(first),
            last_interval=compare.interval_of(last),
            tolerance=max(compare.rounding_of(first), compare.rounding_of(last)),
        ),
        title=f"{name}, {first['area_name']}: change from {first['period']} to {last['period']}",
        inputs=[first, last],
        method="Risen or fallen where 95% intervals do not overlap, or by more than the printed rounding.",
    )


def _limits(frame: pd.DataFrame) -> dict[str, str]:
    """The columns of the confidence limits to draw, where numerator and denominator gave any."""
    return {"lower": "lower", "upper": "upper"} if frame["lower"].notna().any() else {}


def range_words(interval: tuple[float, float], *, decimals: int | None = None) -> str:
    """A confidence interval of a percentage in words: ``8.1% to 9.8%``."""
    places = 1 if decimals is None else decimals
    lower, upper = (format_number(limit, unit="%", decimals=places) for limit in interval)
    return f"{lower} to {upper}"


def no_value(supplement: Supplement, indicator: str) -> NoReturn:
    """Say that the area has no value of an indicator a figure was asked for."""
    raise FigureError(f"{supplement.area} has no value of {indicator}", where=f"{supplement.name}.ipynb")
