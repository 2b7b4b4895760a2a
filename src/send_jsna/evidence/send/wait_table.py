"""One table of every wait there is: what is measured, how it is now, and which way it goes.

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
from send_jsna.evidence.small_numbers import unless_few
from send_jsna.figures.charts.base import lower_first
from send_jsna.wording import in_words, joined

if TYPE_CHECKING:
    from send_jsna.catalogue.areas import Area
    from send_jsna.figures.records import FigureRecord
    from send_jsna.figures.supplement import Supplement

WAITS_METHOD = (
    "Newest values as published, of each body that serves the area. The direction is that of the newest "
    "month against the same month a year before; it is not read across a change of those who report or of "
    "what is counted. England is that of the same month."
)
NO_WAITS = "not in this edition for any body that serves the area"
#: Columns of the table → the kinds of NHS body in each; that of the area itself has none.
COLUMNS: dict[str, tuple[str, ...]] = {"Authority": (), "Board": ("icb", "sub_icb"), "Trust": ("trust",)}
_NOT_READ, _ONE_VALUE = "not read", "one value only"
_NO_YEAR = "no value a year before"


@dataclass(frozen=True)
class Wait:
    """A measure of waiting, of one body or place.

    Attributes:
        measure: What is measured.
        column: The column of the table, a key of :data:`COLUMNS`.
        whose: The body or the place.
        rows: Its observations with a value, oldest first.
    """

    measure: Measure
    column: str
    whose: Area
    rows: pd.DataFrame

    @property
    def latest(self) -> pd.Series:
        """The newest observation."""
        return self.rows.iloc[-1]

    @property
    def year_before(self) -> pd.Series | None:
        """The observation of the same month a year before."""
        found = self.rows[self.rows["period_start"] == self._start_year_before]
        return found.iloc[0] if len(found) else None

    @property
    def _start_year_before(self) -> str:
        newest = parse_period(str(self.latest["period"])).start
        return newest.replace(year=newest.year - 1).isoformat()

    @property
    def direction(self) -> str:
        """Which way it goes, with whether that is better; or that none is, of which :attr:`why` says more."""
        return self._read[0]

    @property
    def why(self) -> str:
        """Why no direction is read, where that needs a note; else empty."""
        return self._read[1]

    @property
    def _read(self) -> tuple[str, str]:
        latest, before = self.latest, self.year_before
        crossed = [
            mark
            for mark in self.measure.breaks
            if self._start_year_before
            < parse_period(mark.before).start.isoformat()
            <= str(latest["period_start"])
        ]
        if crossed:
            return _NOT_READ, f"{lower_first(crossed[-1].label)}, from {crossed[-1].before}"
        if before is None:
            return (_NO_YEAR if len(self.rows) > 1 else _ONE_VALUE), ""
        if is_chance(self.measure.supplement, before, latest):
            return _NOT_READ, "few children"
        word = compare.moved(before, latest)
        declared = self.measure.supplement.context.series.get(self.measure.indicator)
        judged = {"has risen": "worse", "has fallen": "better"}.get(word)
        is_judged = judged is not None and declared is not None and declared.polarity == "low_good"
        return (f"{word} ({judged})" if is_judged else word), ""

    @property
    def warnings(self) -> list[str]:
        """What is recorded of the newest observation."""
        context = self.measure.supplement.context
        return context.observation_warnings.get(str(self.latest["observation_id"]), [])

    @property
    def text(self) -> str:
        """The newest value."""
        return _text(self.latest) + (" (see note)" if self.warnings else "")


@dataclass(frozen=True)
class WaitLine:
    """A row of the table: a measure of waiting for a service, of each body that has it.

    Attributes:
        service: What is waited for.
        waits: The measure of each body; one at least.
        england: England's observation of the newest month; None where there is none.
    """

    service: str
    waits: Sequence[Wait]
    england: pd.Series | None

    @property
    def newest(self) -> Wait:
        """That of the newest month, the first where several have it."""
        return max(self.waits, key=lambda wait: str(wait.latest["period_end"]))

    @property
    def inputs(self) -> pd.DataFrame:
        """The observations that it is made from."""
        used = [row for wait in self.waits for row in (wait.year_before, wait.latest) if row is not None]
        return pd.DataFrame([*used, *([] if self.england is None else [self.england])])

    @property
    def notes(self) -> list[str]:
        """What is recorded of its values."""
        of = f"{self.service}, {lower_first(self.newest.measure.name)}"
        return [f"{of}, {wait.column.lower()}: {text}" for wait in self.waits for text in wait.warnings]

    @property
    def directions(self) -> list[str]:
        """The directions of its bodies, each once."""
        return list(dict.fromkeys(wait.direction for wait in self.waits))

    def cells(self, columns: Sequence[str]) -> list[str]:
        """Its cells, with those of the bodies in these columns."""
        newest = self.newest
        cells = [self.service, newest.measure.name, str(newest.latest["period"])]
        cells += [self._cell([wait for wait in self.waits if wait.column == column]) for column in columns]
        there = "z" if newest.latest["unit"] == "count" else "x"
        cells.append(there if self.england is None else _text(self.england))
        if len(self.directions) == 1:
            return [*cells, self.directions[0]]
        return [*cells, "; ".join(f"{wait.column.lower()}: {wait.direction}" for wait in self.waits)]

    def _cell(self, waits: Sequence[Wait]) -> str:
        """The values of a column: with the month where it is not the row's, with whose where several are."""
        found = []
        for wait in waits:
            month = str(wait.latest["period"])
            apart = [wait.whose.name] if len(waits) > 1 else []
            apart += [month] if month != self.newest.latest["period"] else []
            found.append(wait.text + (f" ({', '.join(apart)})" if apart else ""))
        return "; ".join(found) or "x"


def _text(row: pd.Series) -> str:
    words = " weeks" if row["unit"] == "weeks" else ""
    return tables.cell(row, decimals=0) + words


def publish_wait_table(
    supplement: Supplement, stem: str, services: Mapping[str, Sequence[Measure]]
) -> FigureRecord | None:
    """Publish every wait there is as one table, a row a measure, the bodies that have it side by side.

    Figures: the table ``<stem>.table``, the number of its rows ``<stem>.rows`` in words, how many of them
    have a direction, ``<stem>.directions``, and the months of the oldest and of the newest value,
    ``<stem>.oldest`` and ``<stem>.newest``.

    Args:
        supplement: The supplement that publishes.
        stem: First parts of the figures' ids.
        services: What is measured, by what is waited for, in order.

    Returns:
        The table; None where there is no wait, which is put on record.
    """
    with supplement.covering("Waits for therapy and diagnosis", f"{stem}.*"):
        lines = [line for name, measures in services.items() for line in _lines(name, measures)]
        if not lines:
            raise NoDataError(f"{stem}: no body has a wait", reason=NO_WAITS)
        waits = [wait for line in lines for wait in line.waits]
        columns = [column for column in COLUMNS if any(wait.column == column for wait in waits)]
        shared = Family(supplement, stem).about(inputs=[line.inputs for line in lines], method=WAITS_METHOD)
        _publish_words(shared, lines)
        heads = ["Service", "What is measured", "Month", *columns, "England", "Direction"]
        return shared.explained_table(
            "table",
            pd.DataFrame([line.cells(columns) for line in lines], columns=heads),
            title=f"Waits for therapy and diagnosis, {supplement.area}",
            notes=[*_whose(waits, columns), *_why(lines), *(note for line in lines for note in line.notes)],
        )
    return None


def _lines(service: str, measures: Sequence[Measure]) -> Iterator[WaitLine]:
    """The rows of a service: those of its measures that any body or the area itself has a value of."""
    for item in measures:
        waits = list(_waits(item))
        if not waits:
            continue
        line = WaitLine(service, waits, None)
        latest = line.newest.latest
        country = item.supplement.comparators.country
        there = known(item.stored(area=country, period=str(latest["period"])))
        # A country's count says nothing beside that of one of its parts.
        has_england = len(there) == 1 and latest["unit"] != "count"
        yield WaitLine(service, waits, there.iloc[0] if has_england else None)


def _waits(item: Measure) -> Iterator[Wait]:
    """A measure of each body that serves the area, and of the area itself."""
    supplement = item.supplement
    for column, roles in COLUMNS.items():
        bodies = [body for role in roles for body in supplement.areas.bodies(supplement.area, role)]
        for place in bodies if roles else (supplement.area,):
            rows = item.stored(area=place)
            if not known(rows).empty:
                valued = unless_few(rows).sort_values("period_start", kind="stable")
                yield Wait(item, column, place, valued)


def _whose(waits: Sequence[Wait], columns: Sequence[str]) -> Iterator[str]:
    """Notes that name the bodies of each column."""
    for column in columns:
        names = dict.fromkeys(wait.whose.name for wait in waits if wait.column == column)
        yield f"{column}: {joined(list(names))}."


def _why(lines: Sequence[WaitLine]) -> Iterator[str]:
    """Notes that say why directions are not read, with the services."""
    found: dict[str, dict[str, None]] = {}
    for line in lines:
        for wait in line.waits:
            if wait.why:
                found.setdefault(wait.why, {})[lower_first(line.service)] = None
    for why, services in found.items():
        yield f"Direction not read for {joined(list(services))}: {why}."


def _publish_words(family: Family, lines: Sequence[WaitLine]) -> None:
    """How many rows the table has, how many of them have a direction, and how old they are."""
    area = family.supplement.area
    by_age = sorted((line.newest.latest for line in lines), key=lambda row: str(row["period_end"]))
    directed = sum(any(word.startswith("has ") for word in line.directions) for line in lines)
    phrases = {
        "rows": (in_words(len(lines)), "Waits in the table"),
        "directions": (in_words(directed) if directed else "none", "Waits with a direction"),
        "oldest": (str(by_age[0]["period"]), "Month of the oldest of the newest values"),
        "newest": (str(by_age[-1]["period"]), "Month of the newest value"),
    }
    for part, (text, title) in phrases.items():
        family.phrase(part, text, title=f"{title}, {area}")
