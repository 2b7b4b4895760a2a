"""Special school places against the children placed in special schools, now and in scenarios of growth.

Two counts are set side by side that were not made for it. Places are those of the schools in the area, as
far as they are held. Children are those with a plan of this authority in special schools that are not
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
from send_jsna.evidence.forecast.forecasts import HORIZON, unbroken, years_of
from send_jsna.evidence.forecast.scenarios import SCENARIO_NAMES
from send_jsna.evidence.send import caseload
from send_jsna.statistics.capacity import GROWTH_YEARS, scenarios, shortfall
from send_jsna.wording import format_number, in_words

if TYPE_CHECKING:
    from send_jsna.figures.records import FigureRecord
    from send_jsna.figures.supplement import Supplement

Floats = npt.NDArray[np.float64]
#: All special school placements, and those that take up no place of the area's own schools.
SPECIAL, INDEPENDENT = "special", "special_independent"
NO_CHILDREN = "too few years of special school placements are shown"
NO_PLACES = "special school places are not held, so that a shortage cannot be told"

CAPACITY_METHOD = (
    "Children with a plan of this authority in special schools other than independent ones each January (all "
    "special schools less independent ones), set against the places of the area's special schools in the "
    "school year. Scenarios are assumptions: growth is the mean "
    f"yearly growth of the last {in_words(GROWTH_YEARS)} years; it stops, is halved each year, or "
    "goes on."
)


@dataclass(frozen=True)
class Capacity:
    """Places and children by school year, named by the year it ends in.

    Attributes:
        places: Places by year, oldest first.
        children: Children placed by year, oldest first, without a gap.
        place_rows: The observations of the places.
        child_rows: Those of the children.
    """

    places: Mapping[int, float]
    children: Mapping[int, float]
    place_rows: pd.DataFrame
    child_rows: pd.DataFrame

    @property
    def last_held(self) -> int:
        """The newest year whose places are held."""
        return max(self.places)

    @property
    def added(self) -> float:
        """Places added a year, on average over the years held; nought where one year is held only."""
        first, last = min(self.places), max(self.places)
        return (self.places[last] - self.places[first]) / (last - first) if last > first else 0.0

    @property
    def years(self) -> list[int]:
        """The years looked at: from the last whose places are held to the end of the scenarios."""
        return list(range(self.last_held, max(self.children) + HORIZON + 1))

    def demand(self, scenario: str) -> Floats:
        """Children in each of the years: recorded as far as they are, then the scenario."""
        ahead = scenarios(list(self.children.values()), HORIZON)[scenario]
        newest = max(self.children)
        return np.array(
            [self.children[y] if y <= newest else ahead[y - newest - 1] for y in self.years], dtype=np.float64
        )

    def supply(self, *, growing: bool) -> Floats:
        """Places in each of the years: as last held, or with as many added a year as before."""
        steps = np.arange(len(self.years), dtype=np.float64)
        return np.asarray(self.places[self.last_held] + (self.added * steps if growing else 0 * steps))

    def short_from(self, scenario: str) -> str:
        """The first school year with more children than places where no place is added, in words."""
        found = shortfall(self.supply(growing=False), self.demand(scenario))
        if found.index is None:
            return f"not by {academic_year(self.years[-1]).label}"
        label = academic_year(self.years[found.index]).label
        return f"already in {label}" if self.years[found.index] <= max(self.children) else f"in {label}"

    def with_more(self, scenario: str) -> str:
        """Whether places suffice in the years ahead where as many are added a year as before, in words."""
        short = list(self.demand(scenario)[1:] > self.supply(growing=True)[1:])
        labels = [academic_year(year).label for year in self.years[1:]]
        turns = [place for place in range(1, len(short)) if short[place] != short[place - 1]]
        if not turns:
            return "short in every year" if short[0] else "enough in every year"
        if len(turns) == 1:
            return f"{'enough' if short[0] else 'short'} from {labels[turns[0]]}"
        return f"short in {in_words(sum(short))} of {in_words(len(short))} years"

    def to_add(self, scenario: str) -> float:
        """Places to add to those last held by the end of the scenario; nought where they suffice."""
        return max(float(self.demand(scenario)[-1]) - self.places[self.last_held], 0.0)


def take(supplement: Supplement) -> Capacity:
    """Places and children of the area.

    Raises:
        NoDataError: Places are not held, children are not or are withheld in part, or no year has both.
    """
    try:
        schools = supplement.observations("special_school_places_count", school="*")
    except NoDataError as error:
        raise NoDataError(error.what, reason=NO_PLACES) from None
    totals = caseload.totals(schools, "school")
    if totals.empty:
        raise NoDataError("no year has the places of every school", reason=NO_PLACES)
    placed = known(supplement.observations("ehc_placement_count", placement=[SPECIAL, INDEPENDENT]))
    wide = placed.pivot(index="period_start", columns="placement", values="value")
    if not {SPECIAL, INDEPENDENT} <= set(wide):
        raise NoDataError("independent placements are not held", reason=NO_CHILDREN)
    left = (wide[SPECIAL] - wide[INDEPENDENT]).dropna()
    children = unbroken(pd.DataFrame({"period_start": left.index, "value": left.to_numpy()}))
    if len(children) <= GROWTH_YEARS:
        raise NoDataError("too few years of placements", reason=NO_CHILDREN)
    places = {_ends(row["period"]): float(row["value"]) for _, row in totals.iterrows()}
    by_year = {int(y): float(v) for y, v in zip(years_of(children), children["value"], strict=True)}
    if max(places) not in by_year:
        raise NoDataError(
            "no placements in the year of the places", reason="no year has places and placements"
        )
    return Capacity(
        places,
        by_year,
        known(schools[schools["period"].isin(totals["period"])]),
        placed[placed["period_start"].isin(children["period_start"])],
    )


def _ends(label: str) -> int:
    return parse_period(label).end.year


def publish_capacity(supplement: Supplement, stem: str) -> FigureRecord | None:
    """Publish whether special school places keep up, and the year in which they fall short.

    Figures: ``<stem>.places`` and ``.places_period`` (last held), ``.children_then`` (the same year),
    ``.children`` and ``.children_period`` (newest), ``.balance`` (``more children than places``), ``.added``
    (places a year), ``.to_add_now``; for each scenario ``.short.<scenario>`` (``already in 2022/23``,
    ``in 2027/28``, ``not by 2029/30``), ``.with_more.<scenario>`` (``enough from 2025/26``) and
    ``.to_add.<scenario>``, with ``.until``; and the table ``<stem>.table``.

    Returns:
        The table; None where it cannot be told, which is put on record with its reason.
    """
    with supplement.covering("whether special school places will suffice", f"{stem}.*"):
        found = take(supplement)
        _publish_now(supplement, stem, found)
        _publish_ahead(supplement, stem, found)
        return _publish_table(supplement, f"{stem}.table", found)
    return None


def _publish_now(supplement: Supplement, stem: str, found: Capacity) -> None:
    inputs = [found.place_rows, found.child_rows]
    held, newest = found.last_held, max(found.children)
    now_short = max(found.children[newest] - found.places[held], 0.0)
    numbers = {
        "places": (found.places[held], f"Special school places, {academic_year(held).label}", 0),
        "children_then": (
            found.children[held],
            f"Children with a plan in special schools, independent ones left out, January {held}",
            0,
        ),
        "children": (
            found.children[newest],
            f"Children with a plan in special schools, independent ones left out, January {newest}",
            0,
        ),
        "added": (found.added, "Special school places added a year, on average", 0),
        "to_add_now": (
            now_short,
            f"Places to add to those of {academic_year(held).label} for the children of January {newest}",
            0,
        ),
    }
    for key, (value, title, places) in numbers.items():
        supplement.number(
            f"{stem}.{key}",
            value,
            title=f"{title}, {supplement.area}",
            inputs=inputs,
            method=CAPACITY_METHOD,
            unit="count",
            decimals=places,
        )
    difference = found.children[held] - found.places[held]
    phrases = {
        "places_period": academic_year(held).label,
        "children_period": f"January {newest}",
        "balance": compare.choose(
            difference,
            "more children than places",
            "fewer children than places",
            "as many children as places",
        ),
    }
    for key, text in phrases.items():
        supplement.phrase(
            f"{stem}.{key}",
            text,
            title=f"Special school places and children, {supplement.area}: {key.replace('_', ' ')}",
            inputs=inputs,
            method=CAPACITY_METHOD,
        )


def _publish_ahead(supplement: Supplement, stem: str, found: Capacity) -> None:
    inputs = [found.place_rows, found.child_rows]
    until = academic_year(found.years[-1]).label
    texts = {"until": until}
    for key in SCENARIO_NAMES:
        texts[f"short.{key}"] = found.short_from(key)
        texts[f"with_more.{key}"] = found.with_more(key)
        supplement.number(
            f"{stem}.to_add.{key}",
            found.to_add(key),
            title=f"Special school places to add by {until} where {SCENARIO_NAMES[key].lower()},"
            f" {supplement.area}",
            inputs=inputs,
            method=CAPACITY_METHOD,
            unit="count",
            decimals=0,
        )
    for key, text in texts.items():
        supplement.phrase(
            f"{stem}.{key}",
            text,
            title=f"When special school places fall short, {supplement.area}: {key.replace('_', ' ')}",
            inputs=inputs,
            method=CAPACITY_METHOD,
        )


def _publish_table(supplement: Supplement, figure_id: str, found: Capacity) -> FigureRecord:
    until, held = academic_year(found.years[-1]).label, academic_year(found.last_held).label
    lines = [
        [
            name,
            format_number(float(found.demand(key)[-1]), unit="count"),
            found.short_from(key),
            found.with_more(key),
            format_number(found.to_add(key), unit="count"),
        ]
        for key, name in SCENARIO_NAMES.items()
    ]
    columns = [
        "Scenario",
        f"Children in {until}",
        "Short if no place is added",
        "If places are added as before",
        f"Places to add by {until}",
    ]
    return supplement.table(
        figure_id,
        pd.DataFrame(lines, columns=columns),
        title=f"When special school places fall short, {supplement.area}",
        inputs=[found.place_rows, found.child_rows],
        method=CAPACITY_METHOD,
        notes=[
            f"Places are held to {held}. Added as before: as many a year as on average over the years held.",
            "Children are this authority's, wherever their school is, independent schools left out.",
        ],
    )
