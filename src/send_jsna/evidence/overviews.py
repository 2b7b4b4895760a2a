"""Tables over several indicators: side by side, and before, during and after an event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from send_jsna.catalogue.observations import known
from send_jsna.catalogue.periods import parse_period
from send_jsna.errors import NoDataError
from send_jsna.evidence import compare
from send_jsna.evidence.headlines import NO_EARLIER, STANDING_METHOD, is_chance, standing
from send_jsna.evidence.small_numbers import hide_few, is_few, known_or_withheld, unless_few
from send_jsna.evidence.tables import cell, reason_notes

if TYPE_CHECKING:
    from send_jsna.figures.records import FigureRecord
    from send_jsna.figures.supplement import Supplement


def publish_overview(
    supplement: Supplement,
    figure_id: str,
    indicators: Mapping[str, tuple[str, Mapping[str, Any]]],
    *,
    title: str,
    uncompared: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
) -> FigureRecord | None:
    """Publish a table of several indicators: the area's newest value beside region and England.

    Args:
        supplement: The supplement that publishes.
        figure_id: Id of the table.
        indicators: Row label → indicator id and dimensions.
        title: Caption; the area's name is added.
        uncompared: Row label → why the row is not set against England, such as ``too few cases``.
        notes: Notes to print under the table.

    Returns:
        The table. A place without a value in the area's newest period shows its reason code. None where the
        area has no value of any, which is put on record.
    """
    with supplement.covering(title, figure_id):
        return _overview(supplement, figure_id, indicators, title, uncompared or {}, notes)
    return None


def _overview(
    supplement: Supplement,
    figure_id: str,
    indicators: Mapping[str, tuple[str, Mapping[str, Any]]],
    title: str,
    uncompared: Mapping[str, str],
    notes: Sequence[str],
) -> FigureRecord:
    area, comparators = supplement.area, supplement.comparators
    places = (area, comparators.region, comparators.country)
    lines: list[list[str]] = []
    used = []
    for label, (indicator, selection) in indicators.items():
        rows = supplement.held(indicator, area="headline", **selection)
        own = known_or_withheld(supplement.own(rows))
        if not len(own):
            lines.append([label, "x", *["x" for _ in places], "no value"])
            continue
        latest = own.iloc[-1]
        now = rows[rows["period"] == latest["period"]]
        now = hide_few(now, area.code)
        cells = {str(row["area_code"]): row for _, row in now.iterrows()}
        england = cells.get(comparators.country.code)
        lines.append(
            [
                label,
                str(latest["period"]),
                *[cell(cells[place.code]) if place.code in cells else "x" for place in places],
                uncompared.get(label) or _against(supplement, latest, england),
            ]
        )
        used.append(known(now))
    _require(supplement, used, [indicator for indicator, _ in indicators.values()])
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
) -> FigureRecord | None:
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
        first period after it. None where no indicator has a value, which is
        put on record.
    """
    with supplement.covering(title, figure_id):
        return _before_after(supplement, figure_id, indicators, before, after, title, breaks or {}, notes)
    return None


def _before_after(
    supplement: Supplement,
    figure_id: str,
    indicators: Mapping[str, tuple[str, Mapping[str, Any]]],
    before: str,
    after: str,
    title: str,
    breaks: Mapping[str, str],
    notes: Sequence[str],
) -> FigureRecord:
    last_before = parse_period(before).end.isoformat()
    first_after = parse_period(after).start.isoformat()
    lines: list[list[str]] = []
    used = []
    for label, (indicator, selection) in indicators.items():
        held = hide_few(supplement.held(indicator, **selection), supplement.area.code)
        own = known_or_withheld(held).sort_values("period_start", kind="stable")
        if not len(own):
            lines.append([label, "x", "x", "x", "x", "no two periods", "no two periods"])
            continue
        early, late = own["period_end"] <= last_before, own["period_start"] >= first_after
        earlier, during, later = own[early].iloc[-1:], own[~early & ~late], own[late]
        newest = later.iloc[-1:]
        defined = breaks.get(label)
        lines.append(
            [
                label,
                _dated(earlier),
                _dated(during),
                _dated(later.iloc[:1]),
                _dated(newest),
                _since(supplement, earlier, newest, defined),
                _since(supplement, later.iloc[:1], newest, defined),
            ]
        )
        used.append(known(pd.concat([earlier, during, later.iloc[:1], newest])))
    _require(supplement, used, [indicator for indicator, _ in indicators.values()])
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


def publish_before(
    supplement: Supplement, stem: str, indicator: str, *, name: str, before: str, period_name: str
) -> None:
    """Publish the last value before an event and how the newest stands to it.

    Figures: ``<stem>.before``, ``<stem>.before_period`` and ``<stem>.vs_before``.

    Args:
        supplement: The supplement that publishes.
        stem: First parts of the figures' ids.
        indicator: Indicator id.
        name: What is measured, as it stands in a title.
        before: The last period before the event.
        period_name: What that period is called in a title.
    """
    title = f"{name}, {period_name}"
    with supplement.covering(title, *(f"{stem}.{part}" for part in ("before", "before_period", "vs_before"))):
        own = unless_few(supplement.observations(indicator)).sort_values("period_start", kind="stable")
        earlier = own[own["period_end"] <= parse_period(before).end.isoformat()]
        if not len(earlier):
            raise NoDataError(f"{indicator} has no value to {before}", reason=NO_EARLIER)
        first, newest = earlier.iloc[-1], own.iloc[-1]
        supplement.number(
            f"{stem}.before",
            first["value"],
            unit=str(first["unit"]),
            inputs=first,
            method="As published.",
            title=f"{name}, {supplement.area}, {first['period']}, {period_name}",
        )
        supplement.phrase(
            f"{stem}.before_period",
            first["period"],
            inputs=first,
            method="As published.",
            title=f"{period_name[:1].upper()}{period_name[1:]}: {name}",
        )
        supplement.phrase(
            f"{stem}.vs_before",
            standing(supplement, newest, first),
            inputs=[first, newest],
            title=f"{name}: {newest['period']} against {first['period']}",
            method=STANDING_METHOD,
        )


def _require(supplement: Supplement, used: Sequence[pd.DataFrame], indicators: Sequence[str]) -> None:
    """Go on only where some row of a table has a value."""
    if not sum(map(len, used)):
        supplement.observations(list(dict.fromkeys(indicators)))
        raise NoDataError("no row of the table has a value")


def _dated(rows: pd.DataFrame) -> str:
    if not len(rows):
        return "x"
    return ", ".join(f"{cell(row)} ({row['period']})" for _, row in rows.iterrows())


def _since(supplement: Supplement, first: pd.DataFrame, last: pd.DataFrame, defined: str | None) -> str:
    """What happened between two observations, unless what is counted became another thing in between."""
    if not len(first) or not len(last) or first.iloc[0]["period"] == last.iloc[0]["period"]:
        return "no two periods"
    old, new = first.iloc[0], last.iloc[0]
    if pd.isna(old["value"]) or pd.isna(new["value"]):
        return "not shown: withheld"
    if defined is not None:
        start = parse_period(defined).start.isoformat()
        if str(old["period_start"]) < start <= str(new["period_start"]):
            return "not compared: new definition"
    if is_chance(supplement, old, new):
        return "not compared: few children"
    return compare.movement(
        float(old["value"]),
        float(new["value"]),
        first_interval=compare.interval_of(old),
        last_interval=compare.interval_of(new),
        tolerance=max(compare.rounding_of(old), compare.rounding_of(new)),
    )


def _against(supplement: Supplement, latest: pd.Series, other: pd.Series | None) -> str:
    if other is None or pd.isna(other["value"]):
        return "no comparison"
    if is_few(latest):
        return "not shown: withheld"
    if is_chance(supplement, latest):
        return "not compared: few children"
    return compare.standing_of(latest, other)
