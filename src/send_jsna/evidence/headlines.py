"""The figures nearly every indicator needs, published in one call so that each chapter words them alike.

For an indicator with a stem such as ``low_birth_weight`` a notebook gets, where the data allow it, the
area's newest value, region and England in the same period, how the area stands to England, what it has done
since its first period, and a chart. Comparisons use the newest period the area itself has a value for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from send_jsna.catalogue.observations import known
from send_jsna.catalogue.periods import parse_period
from send_jsna.errors import NoDataError
from send_jsna.evidence import compare
from send_jsna.evidence.small_numbers import (
    NOT_COMPARED,
    hide_few,
    is_few,
    known_or_withheld,
    refuse_few,
    unless_few,
)
from send_jsna.evidence.tables import add_intervals, reason_notes, wide
from send_jsna.figures import charts
from send_jsna.wording import format_number, sentence_case, with_article

if TYPE_CHECKING:
    from send_jsna.figures.records import FigureRecord
    from send_jsna.figures.supplement import Supplement

STANDING_METHOD = (
    "Similar where 95% confidence intervals overlap (numerator and denominator published) or values agree "
    "within the printed rounding; else above or below. Values without counts of few children are left alone."
)

DRAWN_METHOD = "Values as published; Wilson 95% intervals where numerator and denominator are published."

#: What a value is to another where nothing is said of the two.
BESIDE = "to be read beside"
#: Periods with a value that make a line worth drawing.
FEWEST_DRAWN = 3
#: Why nothing is said of a movement.
NO_EARLIER = "no earlier period to compare with"

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
) -> FigureRecord | None:
    """Publish one indicator for the area, its region and England.

    Figures: ``<stem>.latest``, ``.period``, ``.interval``, ``.england``, ``.region``, ``.vs_england``,
    ``.vs_region``, ``.movement``, ``.first``, ``.first_period`` and the chart ``.series``; those that the
    data do not allow are left out, and put on record. A count is never set against that of a larger place.

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
        The chart, or the newest number where there is no chart; None where the area has no value, which is
        put on record.
    """
    parts = ["latest", "period", "interval", "england", "region", "vs_england", "vs_region"]
    parts += ["movement", "first", "first_period", "series"]
    with supplement.covering(name, *(f"{stem}.{part}" for part in parts)):
        rows = supplement.observations(indicator, area="headline", **selection)
        own = unless_few(supplement.own(rows))
        latest = own.iloc[-1]
        published = _publish_newest(supplement, stem, name, latest, decimals)
        _publish_others(supplement, stem, name, latest, rows, decimals, compared=compared)
        if compared:
            start = own[own["period_start"] >= parse_period(since).start.isoformat()] if since else own
            _publish_movement(supplement, stem, name, start, breaks, decimals)
        if not chart:
            return published
        if own["period"].nunique() < FEWEST_DRAWN:
            supplement.absent(name, f"{stem}.series", reason="too few periods to draw")
            return published
        return _publish_series(supplement, stem, name, rows, breaks, decimals)
    return None


def _publish_newest(
    supplement: Supplement, stem: str, name: str, latest: pd.Series, decimals: int | None
) -> FigureRecord:
    """The area's newest value, its period, and its interval where numerator and denominator are held."""
    published = _number(supplement, f"{stem}.latest", name, latest, decimals)
    supplement.phrase(
        f"{stem}.period",
        str(latest["period"]),
        title=f"Newest period: {name}",
        inputs=latest,
        method="As published.",
    )
    interval = compare.interval_of(latest)
    if interval is None:
        supplement.absent(name, f"{stem}.interval", reason="published without what an interval needs")
    else:
        supplement.phrase(
            f"{stem}.interval",
            range_words(interval, decimals=decimals),
            title=f"95% confidence interval: {name}, {supplement.area}, {latest['period']}",
            inputs=latest,
            method="Wilson's score method on the published numerator and denominator.",
        )
    return published


def _publish_others(
    supplement: Supplement,
    stem: str,
    name: str,
    latest: pd.Series,
    rows: pd.DataFrame,
    decimals: int | None,
    *,
    compared: bool,
) -> None:
    """Region and England in the period of the area's newest value, and how the area stands to them."""
    others = {"england": supplement.comparators.country, "region": supplement.comparators.region}
    for part, other in others.items():
        found = known(rows[(rows["area_code"] == other.code) & (rows["period"] == latest["period"])])
        if len(found) != 1:
            reason = f"not published for {with_article(other.name)} in the same period"
            supplement.absent(name, f"{stem}.{part}", f"{stem}.vs_{part}", reason=reason)
            continue
        _number(supplement, f"{stem}.{part}", name, found.iloc[0], decimals)
        if compared and latest["unit"] != "count":
            supplement.phrase(
                f"{stem}.vs_{part}",
                standing(supplement, latest, found.iloc[0]),
                title=f"{name}: {supplement.area} against {other}, {latest['period']}",
                inputs=[latest, found.iloc[0]],
                method=STANDING_METHOD,
            )


def _publish_series(
    supplement: Supplement,
    stem: str,
    name: str,
    rows: pd.DataFrame,
    breaks: Sequence[charts.Break],
    decimals: int | None,
) -> FigureRecord:
    rows = hide_few(rows, supplement.area.code)
    own = known(supplement.own(rows))
    unit = str(own["unit"].iloc[0])
    # A country's count on the axis of one area's would press the area's line flat.
    drawn = add_intervals(supplement.own(rows) if unit == "count" else rows)
    place = f", {supplement.area}" if unit == "count" else ""
    return supplement.chart(
        f"{stem}.series",
        charts.lines(
            drawn, unit=unit, focus=supplement.area.name, decimals=decimals, breaks=breaks, **limits(drawn)
        ),
        title=f"{name}{place}, {own['period'].iloc[0]} to {own['period'].iloc[-1]}",
        inputs=known(drawn),
        method=DRAWN_METHOD,
    )


def _number(
    supplement: Supplement, figure_id: str, name: str, row: pd.Series, decimals: int | None
) -> FigureRecord:
    """A value as published, with its interval where there is one."""
    return supplement.number(
        figure_id,
        float(row["value"]),
        title=f"{name}, {row['area_name']}, {row['period']}",
        inputs=row,
        method="As published.",
        unit=str(row["unit"]),
        decimals=decimals,
        interval=compare.interval_of(row),
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
) -> FigureRecord | None:
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

    Returns:
        The chart; None where the area has no value, which is put on record.
    """
    ids = [f"{stem}.{part}" for part in ("period", "by_provision", "provision_table")]
    ids += [f"{stem}.{code}.{part}" for code in provisions for part in ("latest", "england", "vs_england")]
    with supplement.covering(name, *ids):
        rows = supplement.observations(indicator, area="headline", provision=list(provisions), **selection)
        rows = rows.assign(label=rows["provision"].map(dict(provisions)))
        own = known(supplement.own(rows))
        newest = own.sort_values("period_start", kind="stable").iloc[-1]
        period = str(newest["period"])
        supplement.phrase(
            f"{stem}.period", period, title=f"Newest period: {name}", inputs=newest, method="As published."
        )
        now = rows[rows["period"] == period].sort_values(
            "provision", key=lambda codes: codes.map(list(provisions).index), kind="stable"
        )
        for code, label in provisions.items():
            part = known_or_withheld(now[now["provision"] == code])
            _publish_provision(supplement, f"{stem}.{code}", part, f"{name}, {label}", decimals)
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
        return _draw_provisions(supplement, stem, name, rows, now, breaks, decimals)
    return None


def _draw_provisions(
    supplement: Supplement,
    stem: str,
    name: str,
    rows: pd.DataFrame,
    now: pd.DataFrame,
    breaks: Sequence[charts.Break],
    decimals: int | None,
) -> FigureRecord:
    """The area's series by provision, or the newest period's values where there are fewer than three."""
    mine = add_intervals(supplement.own(rows))
    own, unit = known(mine), str(now["unit"].iloc[0])
    period = str(now["period"].iloc[0])
    if own["period"].nunique() >= FEWEST_DRAWN:
        return supplement.chart(
            f"{stem}.by_provision",
            charts.lines(mine, series="label", unit=unit, decimals=decimals, breaks=breaks, **limits(mine)),
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
            **limits(now),
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
) -> FigureRecord | None:
    """Publish the area among its region, England and statistical neighbours in its newest period.

    Figures: the phrase ``<stem>.place`` (``third highest of eleven`` among the authorities) and the chart
    ``<stem>.neighbours`` with 95 % intervals where numerator and denominator are held.
    """
    with supplement.covering(name, f"{stem}.place", f"{stem}.neighbours"):
        own = unless_few(supplement.observations(indicator, **selection))
        period = str(own["period"].iloc[-1])
        rows = add_intervals(
            supplement.observations(indicator, area="comparators", period=period, **selection)
        )
        _publish_place(supplement, stem, name, rows)
        if known(rows)["area_code"].nunique() < compare.FEWEST_PLACES:
            raise NoDataError(
                f"{stem}: nobody to compare with", reason="too few areas with a value to compare"
            )
        return supplement.chart(
            f"{stem}.neighbours",
            charts.dots(rows, unit=str(rows["unit"].iloc[0]), focus=supplement.area.name, decimals=decimals),
            title=f"{name}: {supplement.area}, {supplement.comparators.words}, {period}",
            inputs=known(rows),
            method=DRAWN_METHOD,
        )
    return None


def _publish_place(supplement: Supplement, stem: str, name: str, rows: pd.DataFrame) -> None:
    """The place of the area among itself and its statistical neighbours."""
    similar = [supplement.area.code, *(area.code for area in supplement.comparators.neighbours)]
    authorities = rows[rows["area_code"].isin(similar)]
    with supplement.covering(name, f"{stem}.place"):
        refuse_chance(supplement, *(row for _, row in known(supplement.own(rows)).iterrows()))
        supplement.phrase(
            f"{stem}.place",
            compare.place(authorities, supplement.area.code).text,
            title=f"{name}: place of {supplement.area} among itself and its statistical neighbours,"
            f" {rows['period'].iloc[0]}",
            inputs=known(authorities),
            method="Published values in order, highest first; equal values share a place.",
        )


def _publish_provision(
    supplement: Supplement, stem: str, rows: pd.DataFrame, name: str, decimals: int | None
) -> None:
    """The newest number of one provision for the area and England, and how the one stands to the other."""
    found = {str(row["area_code"]): row for _, row in rows.iterrows()}
    country = supplement.comparators.country
    own, other = found.get(supplement.area.code), found.get(country.code)
    if own is None:
        supplement.absent(
            name,
            f"{stem}.latest",
            f"{stem}.vs_england",
            reason=f"no value for {with_article(supplement.area.name)} in the newest period",
        )
    else:
        with supplement.covering(name, f"{stem}.latest", f"{stem}.vs_england"):
            refuse_few(own)
            _number(supplement, f"{stem}.latest", name, own, decimals)
    if other is None:
        supplement.absent(
            name,
            f"{stem}.england",
            f"{stem}.vs_england",
            reason=f"not published for {with_article(country.name)} in the same period",
        )
    else:
        _number(supplement, f"{stem}.england", name, other, decimals)
    if own is not None and other is not None and not is_few(own):
        supplement.phrase(
            f"{stem}.vs_england",
            standing(supplement, own, other),
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
    parts = (f"{stem}.first", f"{stem}.first_period", f"{stem}.movement")
    if len(unbroken) < 2:
        supplement.absent(name, *parts, reason=NO_EARLIER)
        return
    first, last = unbroken.iloc[0], unbroken.iloc[-1]
    if is_chance(supplement, first, last):
        supplement.absent(f"change in {sentence_case(name)}", *parts, reason=NOT_COMPARED)
        return
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


def is_chance(supplement: Supplement, *rows: pd.Series) -> bool:
    """Whether chance may move a value of an area of few children, since its counts are not published."""
    return supplement.has_few_children and any(
        row["unit"] != "count" and compare.interval_of(row) is None for row in rows
    )


def refuse_chance(supplement: Supplement, *rows: pd.Series) -> None:
    """Refuse to set values against others where :func:`is_chance`.

    Raises:
        NoDataError: It is.
    """
    if is_chance(supplement, *rows):
        raise NoDataError(f"{rows[0]['indicator']} stands for few children", reason=NOT_COMPARED)


def standing(supplement: Supplement, row: pd.Series, other: pd.Series) -> str:
    """How the area stands to another, and ``to be read beside`` where :func:`is_chance`."""
    return BESIDE if is_chance(supplement, row) else compare.standing_of(row, other)


def limits(frame: pd.DataFrame) -> dict[str, str]:
    """The columns of the confidence limits to draw, where numerator and denominator gave any."""
    return {"lower": "lower", "upper": "upper"} if frame["lower"].notna().any() else {}


def range_words(interval: tuple[float, float], *, decimals: int | None = None) -> str:
    """A confidence interval of a percentage in words: ``8.1% to 9.8%``."""
    places = 1 if decimals is None else decimals
    lower, upper = (format_number(limit, unit="%", decimals=places) for limit in interval)
    return f"{lower} to {upper}"
