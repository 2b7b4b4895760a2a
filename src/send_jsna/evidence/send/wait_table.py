"""One table of every wait there is: what is measured, of whom, how it is now, and which way it goes.

A direction is read only against the same month a year before, and only where neither those who report nor
what is counted changed between the two; else the table says why none is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.catalogue.observations import known
from send_jsna.catalogue.periods import parse_period
from send_jsna.errors import NoDataError
from send_jsna.evidence import compare, tables
from send_jsna.evidence.families import Family
from send_jsna.evidence.measures import Measure, is_chance
from send_jsna.evidence.send.waits import BODIES
from send_jsna.evidence.small_numbers import unless_few
from send_jsna.figures.charts.base import lower_first
from send_jsna.wording import format_number, in_words

if TYPE_CHECKING:
    from send_jsna.figures.records import FigureRecord
    from send_jsna.figures.supplement import Supplement

WAITS_METHOD = (
    "Newest values as published, of each body that serves the area. The direction is that of the newest "
    "month against the same month a year before; it is not read across a change of those who report or of "
    "what is counted. England is that of the same month."
)
NO_WAITS = "not in this edition for any body that serves the area"
_ONE_VALUE = "one value only"
_NO_YEAR = "no value a year before"


@dataclass(frozen=True)
class Wait:
    """A measure of waiting, of one body or place.

    Attributes:
        service: What is waited for.
        measure: What is measured.
        whose: The body or the place.
        rows: Its observations with a value, oldest first.
        england: England's observation of the newest month; None where there is none.
    """

    service: str
    measure: Measure
    whose: str
    rows: pd.DataFrame
    england: pd.Series | None

    @property
    def latest(self) -> pd.Series:
        """The newest observation."""
        return self.rows.iloc[-1]

    @property
    def year_before(self) -> pd.Series | None:
        """The observation of the same month a year before."""
        newest = parse_period(str(self.latest["period"]))
        start = newest.start.replace(year=newest.start.year - 1).isoformat()
        found = self.rows[self.rows["period_start"] == start]
        return found.iloc[0] if len(found) else None

    @property
    def direction(self) -> str:
        """Which way it goes, with whether that is better; or why none is read."""
        before = self.year_before
        if len(self.rows) < 2:
            return _ONE_VALUE
        latest = self.latest
        since = str(before["period_start"]) if before is not None else str(self.rows["period_start"].min())
        crossed = [
            mark
            for mark in self.measure.breaks
            if since < parse_period(mark.before).start.isoformat() <= str(latest["period_start"])
        ]
        if crossed:
            return f"not read: {lower_first(crossed[-1].label)}, from {crossed[-1].before}"
        if before is None:
            return _NO_YEAR
        if is_chance(self.measure.supplement, before, latest):
            return "not read: few children"
        word = compare.moved(before, latest)
        judged = {"has risen": "worse", "has fallen": "better"}.get(word)
        is_low_good = self.polarity == "low_good"
        return f"{word} ({judged})" if judged and is_low_good else word

    @property
    def shown(self) -> pd.DataFrame:
        """The observations that its row is made from."""
        used = [row for row in (self.year_before, self.latest, self.england) if row is not None]
        return pd.DataFrame(used)

    @property
    def polarity(self) -> str:
        """Whether a high value is good."""
        declared = self.measure.supplement.context.series.get(self.measure.indicator)
        return declared.polarity if declared else "neutral"

    @property
    def cells(self) -> list[str]:
        """Its row of the table."""
        latest, unit = self.latest, str(self.latest["unit"])
        suffix = f" {unit}" if unit == "weeks" else ""
        there = "z" if unit == "count" else "x"
        if self.england is not None and unit != "count":
            there = tables.cell(self.england, decimals=0) + suffix
        now = format_number(float(latest["value"]), unit=unit, decimals=0) + suffix
        words = [self.service, self.measure.name, self.whose, now, str(latest["period"])]
        return [*words, there, self.direction]


def publish_wait_table(
    supplement: Supplement, stem: str, services: Mapping[str, Sequence[Measure]]
) -> FigureRecord | None:
    """Publish every wait there is as one table, a row for each measure and body.

    Figures: the table ``<stem>.table``, the number of its rows ``<stem>.rows`` in words, how many of them
    have a direction, ``<stem>.directions``, and the months of the oldest and of the newest row,
    ``<stem>.oldest`` and ``<stem>.newest``.

    Args:
        supplement: The supplement that publishes.
        stem: First parts of the figures' ids.
        services: What is measured, by what is waited for, in order.

    Returns:
        The table; None where there is no wait, which is put on record.
    """
    with supplement.covering("Waits for therapy and diagnosis", f"{stem}.*"):
        found = [wait for name, measures in services.items() for wait in _waits(name, measures)]
        if not found:
            raise NoDataError(f"{stem}: no body has a wait", reason=NO_WAITS)
        inputs = [wait.shown for wait in found]
        shared = Family(supplement, stem).about(inputs=inputs, method=WAITS_METHOD)
        _publish_words(shared, found)
        heads = ["Service", "What is measured", "Of whom", "Newest", "Month", "England", "Direction"]
        return shared.explained_table(
            "table",
            pd.DataFrame([wait.cells for wait in found], columns=heads),
            title=f"Waits for therapy and diagnosis, {supplement.area}",
        )
    return None


def _waits(service: str, measures: Sequence[Measure]) -> Iterator[Wait]:
    """The waits of a service: of the area, where the council has supplied any, and of each NHS body."""
    for item in measures:
        supplement = item.supplement
        bodies = [body for role in BODIES for body in supplement.areas.bodies(supplement.area, role)]
        for place in (supplement.area, *bodies):
            rows = item.stored(area=place)
            if known(rows).empty:
                continue
            valued = unless_few(rows).sort_values("period_start", kind="stable")
            month = str(valued["period"].iloc[-1])
            there = known(item.stored(area=supplement.comparators.country, period=month))
            # A country's count says nothing beside that of one of its parts.
            is_count = str(valued["unit"].iloc[-1]) == "count"
            england = there.iloc[0] if len(there) == 1 and not is_count else None
            yield Wait(service, item, place.name, valued, england)


def _publish_words(family: Family, found: Sequence[Wait]) -> None:
    """How many rows the table has, how many of them have a direction, and how old they are."""
    area = family.supplement.area
    by_age = sorted(found, key=lambda wait: str(wait.latest["period_end"]))
    directed = [wait for wait in found if wait.direction.startswith("has ")]
    phrases = {
        "rows": (in_words(len(found)), "Waits in the table"),
        "directions": (in_words(len(directed)) if directed else "none", "Waits with a direction"),
        "oldest": (str(by_age[0].latest["period"]), "Month of the oldest of the newest values"),
        "newest": (str(by_age[-1].latest["period"]), "Month of the newest value"),
    }
    for part, (text, title) in phrases.items():
        family.phrase(part, text, title=f"{title}, {area}")
