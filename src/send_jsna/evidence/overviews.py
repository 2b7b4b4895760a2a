"""Figures over several indicators or before and after an event, and waiting lists no trend is drawn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from send_jsna import charts
from send_jsna.evidence import compare
from send_jsna.evidence.headlines import STANDING_METHOD, no_value
from send_jsna.evidence.tables import cell, reason_notes
from send_jsna.observations import known
from send_jsna.periods import parse_period

if TYPE_CHECKING:
    from send_jsna.figures import FigureRecord, Supplement


def publish_overview(
    supplement: Supplement,
    figure_id: str,
    indicators: Mapping[str, tuple[str, Mapping[str, Any]]],
    *,
    title: str,
    uncompared: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
) -> FigureRecord:
    """Publish a table of several indicators: the area's newest value beside region and England.

    Args:
        supplement: The supplement that publishes.
        figure_id: Id of the table.
        indicators: Row label → indicator id and dimensions.
        title: Caption; the area's name is added.
        uncompared: Row label → why the row is not set against England, such as ``too few cases``.
        notes: Notes to print under the table.

    Returns:
        The table. A place without a value in the area's newest period shows its reason code.
    """
    area, comparators = supplement.area, supplement.comparators
    places = (area, comparators.region, comparators.country)
    lines: list[list[str]] = []
    used = []
    for label, (indicator, selection) in indicators.items():
        rows = supplement.observations(indicator, area="headline", **selection)
        own = known(rows[rows["area_code"] == area.code])
        if not len(own):
            lines.append([label, "x", *["x" for _ in places], "no value"])
            continue
        latest = own.iloc[-1]
        now = rows[rows["period"] == latest["period"]]
        cells = {str(row["area_code"]): row for _, row in now.iterrows()}
        england = cells.get(comparators.country.code)
        lines.append(
            [
                label,
                str(latest["period"]),
                *[cell(cells[place.code]) if place.code in cells else "x" for place in places],
                (uncompared or {}).get(label) or _against(latest, england),
            ]
        )
        used.append(known(now))
    columns = ["Indicator", "Period", *[place.name for place in places], f"Against {comparators.country}"]
    table = pd.DataFrame(lines, columns=columns)
    return supplement.table(
        figure_id,
        table,
        title=f"{title}, {area}",
        inputs=used,
        method=f"Newest published value of {area} and the same period elsewhere. {STANDING_METHOD}",
        notes=[*notes, *reason_notes(table)],
    )


def publish_waits(
    supplement: Supplement,
    stem: str,
    service: str,
    *,
    name: str,
    breaks: Sequence[charts.Break] = (),
    body: str = "QWU",
) -> FigureRecord:
    """Publish the children's waiting list of an NHS body for one community service.

    No movement is published: the lists change with the providers that report. Figures:
    ``<stem>.list.latest``, ``<stem>.list.period``, the same with ``over_18``, and the charts
    ``<stem>.list.series`` and ``<stem>.over_18.series``; for the last change of coverage also
    ``<stem>.list.before``, ``.before_period``, ``.after`` and ``.after_period``, the months on its two sides.

    Args:
        supplement: The supplement that publishes.
        stem: First parts of the figures' ids.
        service: Code of the service.
        name: The service in words.
        breaks: Changes of coverage, drawn in the charts.
        body: Organisation code of the NHS body.
    """
    measures = {
        "list": ("community_waiting_list_count", "Children and young people waiting for"),
        "over_18": ("community_waiting_over_18_weeks_pct", "Waiting more than 18 weeks for"),
    }
    record: FigureRecord | None = None
    for part, (indicator, words) in measures.items():
        rows = supplement.observations(indicator, area=body, service=service)
        valued = known(rows)
        if not len(valued):
            no_value(supplement, f"{indicator} for {service}")
        latest, where = valued.iloc[-1], str(valued["area_name"].iloc[0])
        unit = str(latest["unit"])
        supplement.number(
            f"{stem}.{part}.latest",
            float(latest["value"]),
            title=f"{words} {name}, {where}, {latest['period']}",
            inputs=latest,
            method="As published.",
            unit=unit,
            interval=compare.interval_of(latest),
        )
        supplement.phrase(
            f"{stem}.{part}.period",
            str(latest["period"]),
            title=f"Newest month: {words} {name}",
            inputs=latest,
            method="As published.",
        )
        for side, row in _sides(valued, breaks).items():
            supplement.number(
                f"{stem}.{part}.{side}",
                float(row["value"]),
                title=f"{words} {name}, {where}, {row['period']}, {side} the change of coverage",
                inputs=row,
                method="As published.",
                unit=unit,
                interval=compare.interval_of(row),
            )
            supplement.phrase(
                f"{stem}.{part}.{side}_period",
                str(row["period"]),
                title=f"Month {side} the change of coverage: {words} {name}",
                inputs=row,
                method="As published.",
            )
        record = supplement.chart(
            f"{stem}.{part}.series",
            charts.lines(rows, unit=unit, breaks=breaks),
            title=f"{words} {name}, {where}",
            inputs=valued,
            method="Values as published; months are not compared across a change of coverage.",
        )
    assert record is not None
    return record


def publish_before_after(
    supplement: Supplement,
    figure_id: str,
    indicators: Mapping[str, tuple[str, Mapping[str, Any]]],
    *,
    before: str,
    after: str,
    title: str,
    breaks: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
) -> FigureRecord:
    """Publish a table of each indicator before, during and after the pandemic, and now.

    Args:
        supplement: The supplement that publishes.
        figure_id: Id of the table.
        indicators: Row label → indicator id and dimensions.
        before: The last day of the period "before" may be no later than that of this one.
        after: "After" is the first period that starts no earlier than this one; "during" is all between.
        title: Caption; the area's name is added.
        breaks: Row label → first period after a new definition. Values on its two sides are not compared.
        notes: Notes to print under the table.

    Returns:
        The table. Its last two columns say what the newest value did since before the pandemic and since the
        first period after it.
    """
    last_before = parse_period(before).end.isoformat()
    first_after = parse_period(after).start.isoformat()
    lines: list[list[str]] = []
    used = []
    for label, (indicator, selection) in indicators.items():
        own = known(supplement.observations(indicator, **selection)).sort_values(
            "period_start", kind="stable"
        )
        if not len(own):
            no_value(supplement, indicator)
        early, late = own["period_end"] <= last_before, own["period_start"] >= first_after
        earlier, during, later = own[early].iloc[-1:], own[~early & ~late], own[late]
        newest = later.iloc[-1:]
        defined = (breaks or {}).get(label)
        lines.append(
            [
                label,
                _dated(earlier),
                _dated(during),
                _dated(later.iloc[:1]),
                _dated(newest),
                _since(earlier, newest, defined),
                _since(later.iloc[:1], newest, defined),
            ]
        )
        used.append(pd.concat([earlier, during, later.iloc[:1], newest]))
    columns = ["Indicator", "Before", "During", "First after", "Newest", "Since before", "Since first after"]
    table = pd.DataFrame(lines, columns=columns)
    return supplement.table(
        figure_id,
        table,
        title=f"{title}, {supplement.area}",
        inputs=used,
        method=(
            "Published values of the last period before the pandemic, those of the pandemic, the first full "
            "one after it and the newest. Risen or fallen where two values differ by more than the printed "
            "rounding or, where parts are published, 95% intervals do not overlap. Values on the two sides "
            "of a new definition are not compared."
        ),
        notes=[*notes, *reason_notes(table)],
    )


def _sides(valued: pd.DataFrame, breaks: Sequence[charts.Break]) -> dict[str, pd.Series]:
    """The last observation before the last break and the first one after it."""
    if not breaks:
        return {}
    start = max(parse_period(mark.before).start for mark in breaks).isoformat()
    before, after = valued[valued["period_start"] < start], valued[valued["period_start"] >= start]
    if not len(before) or not len(after):
        return {}
    return {"before": before.iloc[-1], "after": after.iloc[0]}


def _dated(rows: pd.DataFrame) -> str:
    if not len(rows):
        return "x"
    return ", ".join(f"{cell(row)} ({row['period']})" for _, row in rows.iterrows())


def _since(first: pd.DataFrame, last: pd.DataFrame, defined: str | None) -> str:
    """What happened between two observations, unless what is counted became another thing in between."""
    if not len(first) or not len(last) or first.iloc[0]["period"] == last.iloc[0]["period"]:
        return "no two periods"
    old, new = first.iloc[0], last.iloc[0]
    if defined is not None:
        start = parse_period(defined).start.isoformat()
        if str(old["period_start"]) < start <= str(new["period_start"]):
            return "not compared: new definition"
    return compare.movement(
        float(old["value"]),
        float(new["value"]),
        first_interval=compare.interval_of(old),
        last_interval=compare.interval_of(new),
        tolerance=max(compare.rounding_of(old), compare.rounding_of(new)),
    )


def _against(latest: pd.Series, other: pd.Series | None) -> str:
    if other is None or pd.isna(other["value"]):
        return "no comparison"
    return compare.standing_of(latest, other)
