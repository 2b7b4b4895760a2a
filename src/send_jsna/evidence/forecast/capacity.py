"""Special school places against the children placed in special schools, now and in scenarios of growth.

Two counts are set side by side that were not made for it. Places are those of the schools in the area, as
far as they are available. Children are those with a plan of this authority in special schools that are not
independent, in the area or out of it; children of other authorities in the area's schools are not among them.
The comparison says which way the pressure goes, and how many places would make the two equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from send_jsna.catalogue.observations import known
from send_jsna.catalogue.periods import academic_year, parse_period
from send_jsna.errors import NoDataError
from send_jsna.evidence import compare
from send_jsna.evidence.estimates import publish_phrases
from send_jsna.evidence.families import Family
from send_jsna.evidence.forecast.forecasts import HORIZON
from send_jsna.evidence.forecast.scenarios import SCENARIO_NAMES
from send_jsna.evidence.send import caseload
from send_jsna.evidence.yearly import unbroken, years_of
from send_jsna.statistics.capacity import GROWTH_YEARS, scenarios, shortfall
from send_jsna.wording import format_number, in_words

if TYPE_CHECKING:
    from send_jsna.figures.records import FigureRecord
    from send_jsna.figures.supplement import Supplement

Floats = npt.NDArray[np.float64]
#: All special school placements, and those that take up no place of the area's own schools.
SPECIAL, INDEPENDENT = "special", "special_independent"
NO_CHILDREN = "too few years of special school placements are shown"
NO_PLACES = "special school places are not in this edition, so that a shortage cannot be seen"

CAPACITY_METHOD = (
    "Children with a plan of this authority in special schools other than independent ones each January (all "
    "special schools less independent ones), set against the places of the area's special schools in the "
    "school year. Scenarios are assumptions: growth is the mean "
    f"yearly growth of the last {in_words(GROWTH_YEARS)} years; it stops, is halved each year, or "
    "goes on."
)
_CHILDREN = "Children with a plan in special schools, independent ones left out"
_ADDED = "Added as before: as many a year as on average over the years in this edition."
_WHOSE = "Children are this authority's, wherever their school is, independent schools left out."


@dataclass(frozen=True)
class Capacity:
    """Places and children by school year, oldest first, and the observations of both.

    A school year is named by the year it ends in; children have no year missing.
    """

    places: Mapping[int, float]
    children: Mapping[int, float]
    place_rows: pd.DataFrame
    child_rows: pd.DataFrame

    @property
    def last_places(self) -> int:
        """The newest year whose places are available."""
        return max(self.places)

    @property
    def last_children(self) -> int:
        """The newest year whose children are available."""
        return max(self.children)

    @property
    def added(self) -> float:
        """Places added a year, on average over the years available; nought where there is one only."""
        first, last = min(self.places), self.last_places
        return (self.places[last] - self.places[first]) / (last - first) if last > first else 0.0

    @property
    def years(self) -> list[int]:
        """The years looked at: from the last whose places are available to the end of the scenarios."""
        return list(range(self.last_places, self.last_children + HORIZON + 1))

    @property
    def until(self) -> str:
        """The last school year looked at."""
        return academic_year(self.years[-1]).label

    def demand(self, scenario: str) -> Floats:
        """Children in each of the years: recorded as far as they are, then the scenario."""
        ahead = scenarios(list(self.children.values()), HORIZON)[scenario]
        recorded = [self.children[year] for year in self.years if year <= self.last_children]
        return np.array([*recorded, *ahead], dtype=np.float64)

    def supply(self, *, growing: bool) -> Floats:
        """Places in each of the years: as last known, or with as many added a year as before."""
        steps = np.arange(len(self.years), dtype=np.float64)
        return self.places[self.last_places] + (self.added if growing else 0.0) * steps

    def short_from(self, scenario: str) -> str:
        """The first school year with more children than places where no place is added, in words."""
        found = shortfall(self.supply(growing=False), self.demand(scenario))
        if found.index is None:
            return f"not by {self.until}"
        year = self.years[found.index]
        return f"{'already in' if year <= self.last_children else 'in'} {academic_year(year).label}"

    def with_more(self, scenario: str) -> str:
        """Whether places suffice in the years ahead where as many are added a year as before, in words."""
        is_short = (self.demand(scenario) > self.supply(growing=True))[1:]
        turns = np.flatnonzero(np.diff(is_short)) + 1
        if not len(turns):
            return "short in every year" if is_short[0] else "enough in every year"
        if len(turns) == 1:
            label = academic_year(self.years[1 + int(turns[0])]).label
            return f"{'enough' if is_short[0] else 'short'} from {label}"
        return f"short in {in_words(int(is_short.sum()))} of {in_words(len(is_short))} years"

    def to_add(self, scenario: str) -> float:
        """Places to add to those last known by the end of the scenario; nought where they suffice."""
        return max(float(self.demand(scenario)[-1]) - self.places[self.last_places], 0.0)


def capacity_of(supplement: Supplement) -> Capacity:
    """Places and children of the area.

    Raises:
        NoDataError: Places are missing, children are or are withheld in part, or no year has both.
    """
    try:
        schools = supplement.observations("special_school_places_count", school="*")
    except NoDataError as error:
        raise NoDataError(error.what, reason=NO_PLACES) from None
    totals = caseload.totals(schools, "school")
    if totals.empty:
        raise NoDataError("no year has the places of every school", reason=NO_PLACES)
    placed = known(supplement.observations("ehc_placement_count", placement=[SPECIAL, INDEPENDENT]))
    children = _state_funded(placed)
    places = {parse_period(row["period"]).end.year: float(row["value"]) for _, row in totals.iterrows()}
    by_year = dict(zip(years_of(children).tolist(), children["value"].tolist(), strict=True))
    if max(places) not in by_year:
        reason = "no year has places and placements"
        raise NoDataError("no placements in the year of the places", reason=reason)
    return Capacity(
        places,
        by_year,
        known(schools[schools["period"].isin(totals["period"])]),
        placed[placed["period_start"].isin(children["period_start"])],
    )


def _state_funded(placed: pd.DataFrame) -> pd.DataFrame:
    """Children in special schools other than independent ones: ``period_start`` and ``value``, without a gap.

    Raises:
        NoDataError: Too few years have both counts.
    """
    wide = placed.pivot(index="period_start", columns="placement", values="value")
    wide = wide.reindex(columns=[SPECIAL, INDEPENDENT]).dropna()
    children = unbroken((wide[SPECIAL] - wide[INDEPENDENT]).rename("value").reset_index())
    if len(children) <= GROWTH_YEARS:
        raise NoDataError("too few years of placements", reason=NO_CHILDREN)
    return children


def publish_capacity(supplement: Supplement, stem: str) -> FigureRecord | None:
    """Publish whether special school places keep up, and the year in which they fall short.

    Figures: ``<stem>.places`` and ``.places_period`` (newest), ``.children_then`` (the same year),
    ``.children`` and ``.children_period`` (newest), ``.balance`` (``more children than places``), ``.added``
    (places a year), ``.to_add_now``; for each scenario ``.short.<scenario>`` (``already in 2022/23``,
    ``in 2027/28``, ``not by 2029/30``), ``.with_more.<scenario>`` (``enough from 2025/26``) and
    ``.to_add.<scenario>``, with ``.until``; and the table ``<stem>.table``.

    Returns:
        The table; None where places cannot be compared with children, which is put on record with its reason.
    """
    family = Family(supplement, stem)
    with family.covering("whether special school places will suffice", "*"):
        found = capacity_of(supplement)
        shared = family.about(inputs=[found.place_rows, found.child_rows], method=CAPACITY_METHOD)
        _publish_now(shared, found)
        _publish_ahead(shared, found)
        return _publish_table(shared, found)
    return None


def _publish_now(family: Family, found: Capacity) -> None:
    area, then, now = family.supplement.area, found.last_places, found.last_children
    year, places, children = academic_year(then).label, found.places[then], found.children
    numbers = {
        "places": (places, f"Special school places, {year}"),
        "children_then": (children[then], f"{_CHILDREN}, January {then}"),
        "children": (children[now], f"{_CHILDREN}, January {now}"),
        "added": (found.added, "Special school places added a year, on average"),
        "to_add_now": (
            max(children[now] - places, 0.0),
            f"Places to add to those of {year} for the children of January {now}",
        ),
    }
    for key, (value, title) in numbers.items():
        family.number(key, value, title=f"{title}, {area}", unit="count", decimals=0)
    wordings = ("more children than places", "fewer children than places", "as many children as places")
    balance = compare.choose(children[then] - places, *wordings)
    phrases = {"places_period": year, "children_period": f"January {now}", "balance": balance}
    publish_phrases(family, f"Special school places and children, {area}", phrases)


def _publish_ahead(family: Family, found: Capacity) -> None:
    area, texts = family.supplement.area, {"until": found.until}
    for key, name in SCENARIO_NAMES.items():
        texts |= {f"short.{key}": found.short_from(key), f"with_more.{key}": found.with_more(key)}
        title = f"Special school places to add by {found.until} where {name.lower()}, {area}"
        family.number(f"to_add.{key}", found.to_add(key), title=title, unit="count", decimals=0)
    publish_phrases(family, f"When special school places fall short, {area}", texts)


def _publish_table(family: Family, found: Capacity) -> FigureRecord:
    lines = [
        {
            "Scenario": name,
            f"Children in {found.until}": format_number(float(found.demand(key)[-1]), unit="count"),
            "Short if no place is added": found.short_from(key),
            "If places are added as before": found.with_more(key),
            f"Places to add by {found.until}": format_number(found.to_add(key), unit="count"),
        }
        for key, name in SCENARIO_NAMES.items()
    ]
    title = f"When special school places fall short, {family.supplement.area}"
    notes = [f"This edition has places to {academic_year(found.last_places).label}. {_ADDED}", _WHOSE]
    return family.table("table", pd.DataFrame(lines), title=title, notes=notes)
