"""Tables over several measures: side by side, and before, during and after an event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.catalogue.observations import known
from send_jsna.catalogue.periods import parse_period
from send_jsna.errors import NoDataError, NotebookError
from send_jsna.evidence import compare
from send_jsna.evidence.measures import (
    NO_EARLIER,
    STANDING_METHOD,
    Measure,
    is_chance,
    refuse_none,
    standing,
)
from send_jsna.evidence.small_numbers import hide_few, is_few, known_or_withheld
from send_jsna.evidence.tables import cell, reason_notes

if TYPE_CHECKING:
    from send_jsna.figures.records import FigureRecord
    from send_jsna.figures.supplement import Supplement


def publish_overview(
    supplement: Supplement,
    figure_id: str,
    measures: Sequence[Measure],
    *,
    title: str,
    uncompared: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
) -> FigureRecord | None:
    """Publish a table of several measures: the area's newest value beside region and England.

    Args:
        supplement: The supplement that publishes.
        figure_id: Id of the table.
        measures: What is measured, one a row, which its name heads.
        title: Caption; the area's name is added.
        uncompared: Row → why it is not set against England, such as ``too few cases``.
        notes: Notes to print under the table.

    Returns:
        The table. A place without a value in the area's newest period shows its reason code. None where the
        area has no value of any, which is put on record.
    """
    _refuse_unknown_rows(measures, uncompared or {})
    with supplement.covering(title, figure_id):
        area, comparators = supplement.area, supplement.comparators
        places = (area.name, comparators.region.name, comparators.country.name)
        lines, used = [], []
        for item in measures:
            cells, rows = _beside(item, (uncompared or {}).get(item.name, ""))
            lines.append([item.name, *cells])
            used.append(rows)
        refuse_none(measures, used)
        table = pd.DataFrame(
            lines, columns=["Indicator", "Period", *places, f"Against {comparators.country}"]
        )
        return supplement.table(
            figure_id,
            table,
            title=f"{title}, {area}",
            inputs=[rows for rows in used if len(rows)],
            method=f"Newest published value of {area} and the same period elsewhere. {STANDING_METHOD}",
            notes=[*notes, *reason_notes(table)],
        )
    return None


def _refuse_unknown_rows(measures: Sequence[Measure], named: Mapping[str, str]) -> None:
    """Refuse a table that says something of a row it does not have: the catalogue may have renamed it."""
    names = [item.name for item in measures]
    for name in named:
        if name not in names:
            raise NotebookError(
                f"the table has no row {name!r}",
                expected="one of " + ", ".join(names),
                remedy="name the row as the catalogue does, or give the measure that `name`",
            )


def _beside(measure: Measure, uncompared: str) -> tuple[list[str], pd.DataFrame]:
    """A row of an overview after its first cell, and the observations with a value it shows."""
    supplement, comparators = measure.supplement, measure.supplement.comparators
    rows = measure.stored(area="headline")
    own = known_or_withheld(supplement.own(rows))
    if not len(own):
        return ["x", "x", "x", "x", "no value"], rows.iloc[:0]
    latest = own.iloc[-1]
    now = hide_few(rows[rows["period"] == latest["period"]], supplement.area.code)
    found = {str(row["area_code"]): row for _, row in now.iterrows()}
    places = (supplement.area.code, comparators.region.code, comparators.country.code)
    values = [cell(found[code]) if code in found else "x" for code in places]
    against = uncompared or _against(supplement, latest, found.get(comparators.country.code))
    return [str(latest["period"]), *values, against], known(now)


def _against(supplement: Supplement, latest: pd.Series, other: pd.Series | None) -> str:
    if other is None or pd.isna(other["value"]):
        return "no comparison"
    if is_few(latest):
        return "not shown: withheld"
    if is_chance(supplement, latest):
        return "not compared: few children"
    return compare.standing_of(latest, other)


@dataclass(frozen=True)
class Event:
    """An event that a yearly series is looked at before, during and after.

    Attributes:
        before: The last day of the period "before" may be no later than that of this one.
        after: "After" is the first period that starts no earlier than this one; "during" is all between.
    """

    before: str
    after: str


def publish_before_after(
    supplement: Supplement,
    figure_id: str,
    measures: Sequence[Measure],
    event: Event,
    *,
    title: str,
    redefined: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
) -> FigureRecord | None:
    """Publish a table of each measure before, during and after the pandemic, and now.

    Args:
        supplement: The supplement that publishes.
        figure_id: Id of the table.
        measures: What is measured, one a row, which its name heads.
        event: When it was.
        title: Caption; the area's name is added.
        redefined: Row → first period after a new definition. Values on its two sides are not compared.
        notes: Notes to print under the table.

    Returns:
        The table. Its last two columns say what the newest value did since before the pandemic and since the
        first period after it. None where no measure has a value, which is put on record.
    """
    _refuse_unknown_rows(measures, redefined or {})
    with supplement.covering(title, figure_id):
        lines, used = [], []
        for item in measures:
            cells, rows = _around(item, event, (redefined or {}).get(item.name, ""))
            lines.append([item.name, *cells])
            used.append(rows)
        refuse_none(measures, used)
        columns = ["Before", "During", "First after", "Newest", "Since before", "Since first after"]
        table = pd.DataFrame(lines, columns=["Indicator", *columns])
        return supplement.table(
            figure_id,
            table,
            title=f"{title}, {supplement.area}",
            inputs=[rows for rows in used if len(rows)],
            method=(
                "Published values of the last period before the pandemic, those of the pandemic, the first "
                "full one after it and the newest. Risen or fallen where two values differ by more than the "
                "printed rounding or, where parts are published, 95% intervals do not overlap. Values on the "
                "two sides of a new definition are not compared."
            ),
            notes=[*notes, *reason_notes(table)],
        )
    return None


def _around(measure: Measure, event: Event, redefined: str) -> tuple[list[str], pd.DataFrame]:
    """A row of a table round an event after its first cell, and the observations with a value it shows."""
    supplement = measure.supplement
    rows = hide_few(measure.stored(), supplement.area.code)
    own = known_or_withheld(rows).sort_values("period_start", kind="stable")
    if not len(own):
        return ["x", "x", "x", "x", "no two periods", "no two periods"], rows.iloc[:0]
    early = own["period_end"] <= parse_period(event.before).end.isoformat()
    late = own["period_start"] >= parse_period(event.after).start.isoformat()
    earlier, during, later = own[early].iloc[-1:], own[~early & ~late], own[late]
    first, newest = later.iloc[:1], later.iloc[-1:]
    cells = [_dated(part) for part in (earlier, during, first, newest)]
    cells += [_since(supplement, start, newest, redefined) for start in (earlier, first)]
    return cells, known(pd.concat([earlier, during, first, newest]))


def _dated(rows: pd.DataFrame) -> str:
    if not len(rows):
        return "x"
    return ", ".join(f"{cell(row)} ({row['period']})" for _, row in rows.iterrows())


def _since(supplement: Supplement, first: pd.DataFrame, last: pd.DataFrame, redefined: str) -> str:
    """What happened between two observations, unless what is counted became another thing in between."""
    if not len(first) or not len(last) or first.iloc[0]["period"] == last.iloc[0]["period"]:
        return "no two periods"
    old, new = first.iloc[0], last.iloc[0]
    if pd.isna(old["value"]) or pd.isna(new["value"]):
        return "not shown: withheld"
    if redefined:
        start = parse_period(redefined).start.isoformat()
        if str(old["period_start"]) < start <= str(new["period_start"]):
            return "not compared: new definition"
    if is_chance(supplement, old, new):
        return "not compared: few children"
    return compare.moved(old, new)


def publish_before(measure: Measure, *, before: str, period_name: str) -> None:
    """Publish the last value before an event and how the newest is to it.

    Figures: ``<stem>.before``, ``<stem>.before_period`` and ``<stem>.vs_before``.

    Args:
        measure: What is measured.
        before: The last period before the event.
        period_name: What that period is called in a title.
    """
    supplement = measure.supplement
    with measure.covering("before", "before_period", "vs_before", of=f"{measure.name}, {period_name}"):
        own = measure.series()
        earlier = own[own["period_end"] <= parse_period(before).end.isoformat()]
        if not len(earlier):
            raise NoDataError(f"{measure.indicator} has no value to {before}", reason=NO_EARLIER)
        first, newest = earlier.iloc[-1], own.iloc[-1]
        measure.number(
            "before",
            first["value"],
            unit=str(first["unit"]),
            inputs=first,
            title=f"{measure.label}, {first['period']}, {period_name}",
        )
        measure.period("before_period", first, what=f"{period_name[:1].upper()}{period_name[1:]}")
        measure.phrase(
            "vs_before",
            standing(supplement, newest, first),
            inputs=[first, newest],
            title=f"{measure.name}: {newest['period']} against {first['period']}",
            method=STANDING_METHOD,
        )
