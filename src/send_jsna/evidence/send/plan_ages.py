"""EHC plans beside residents of the same age: how many of each age have one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.catalogue.observations import known
from send_jsna.catalogue.periods import mid_year, parse_period
from send_jsna.errors import NoDataError
from send_jsna.evidence.compare import standing
from send_jsna.evidence.estimates import Estimated, publish_estimate
from send_jsna.evidence.families import Family
from send_jsna.evidence.headlines import FEWEST_DRAWN
from send_jsna.evidence.measures import STANDING_METHOD
from send_jsna.evidence.send.ages import AGES, NOT_EVERY_AGE, RESIDENTS
from send_jsna.evidence.send.caseload import AGE_BANDS, plan_age
from send_jsna.evidence.small_numbers import Banding, refuse_any_few, withheld_parts
from send_jsna.figures import charts
from send_jsna.statistics.rates import crude_rate
from send_jsna.wording import format_number, joined

if TYPE_CHECKING:
    from send_jsna.figures.records import FigureRecord
    from send_jsna.figures.supplement import Supplement

PLANS = "ehc_plans_count"
PER = 1000
#: Age band of residents, as the edition has it → band of plans.
BANDS = {
    "0_to_4": "Under 5",
    "5_to_10": "5 to 10",
    "11_to_15": "11 to 15",
    "16_to_19": "16 to 19",
    "20_to_25": "20 to 25",
}
#: Last part of a figure's id → band of plans.
PARTS = dict(zip(("under_5", "primary", "secondary", "post_16", "young_adults"), BANDS.values(), strict=True))
METHOD = (
    "Plans in January divided by residents of these ages in the middle of the year before, with Byar's 95%"
    " limits. A plan's age is that of the publisher's file; residents are those who live in the area."
)


@dataclass(frozen=True)
class AgeRates:
    """Plans for each thousand residents of one area.

    Attributes:
        rates: Band → rate with its limits; bands that are withheld, or without residents, are left out.
        plans: Band → plans.
        residents: Band → residents.
        rows: The observations all were taken from.
    """

    rates: Mapping[str, Estimated]
    plans: Mapping[str, float]
    residents: Mapping[str, float]
    rows: pd.DataFrame

    def cells(self, band: str) -> str:
        """The rate and its limits, as a table prints them."""
        return self.rates[band].with_range if band in self.rates else "c"


def publish_rates_by_age(supplement: Supplement, stem: str) -> FigureRecord | None:
    """Publish plans for each thousand residents by age.

    Figures: the table ``<stem>.table``, the chart ``<stem>.chart`` by single year of age, and for each of
    ``PARTS`` the numbers ``<stem>.<part>.latest`` and ``.england`` and the phrase ``.vs_england``.

    Returns:
        The table; None where plans or residents by age are missing, which is put on record.
    """
    family = Family(supplement, stem).about(method=METHOD)
    name = "EHC plans for each thousand residents by age"
    parts = [f"{part}.*" for part in PARTS]
    with family.covering(name, "table", "chart", "period", *parts):
        by_area = _rates(supplement)
        period = str(by_area[supplement.area.name].rows["period"].iloc[0])
        family.phrase("period", period, title=f"Period: {name}", inputs=by_area[supplement.area.name].rows)
        for part, band in PARTS.items():
            with family.covering(f"{name}: {band.lower()}", f"{part}.*"):
                _publish_band(supplement, family, part, band, by_area)
        with family.covering(f"{name}, by single year", "chart"):
            _publish_chart(supplement, family, period)
        return family.explained_table(
            "table",
            _table(supplement, by_area),
            title=f"EHC plans for each thousand residents by age, {period}",
            inputs=[rates.rows for rates in by_area.values()],
        )
    return None


def _rates(supplement: Supplement) -> dict[str, AgeRates]:
    """The rates of the area, its region and England; those without the counts are left out.

    Raises:
        NoDataError: The area is without them.
    """
    plans = supplement.observations(PLANS, area="headline", period="latest", age="*")
    period = residents_of(str(plans["period"].iloc[0]))
    people = known(supplement.stored(RESIDENTS, area="headline", period=period, age=list(BANDS)))
    found = {}
    for name, own in plans.groupby("area_name", sort=False):
        there = people[people["area_code"] == own["area_code"].iloc[0]]
        if set(there["age"]) == set(BANDS):
            found[str(name)] = _of_area(own, there)
    if supplement.area.name not in found:
        raise NoDataError(f"{supplement.area} has no residents by age in {period}", reason=NOT_EVERY_AGE)
    return found


def residents_of(january: str) -> str:
    """The period of the residents that plans in January are divided by: the middle of the year before."""
    return mid_year(parse_period(january).start.year - 1).label


def _of_area(plans: pd.DataFrame, people: pd.DataFrame) -> AgeRates:
    banding = Banding.of(plans, "age", plan_age)
    totals = banding.totals.reindex([name for name, _ in AGE_BANDS]).fillna(0.0)
    shown = banding.show(banding.totals, withheld_parts(banding.totals)).reindex(totals.index)
    counts = {
        str(band): float(shown[band]) for band in totals.index if shown.notna()[band] or not totals[band]
    }
    counts = {band: 0.0 if pd.isna(count) else count for band, count in counts.items()}
    residents = {BANDS[str(row["age"])]: float(row["value"]) for _, row in people.iterrows()}
    rates = {}
    for band, count in counts.items():
        if residents[band] > 0:
            rate = crude_rate(count, residents[band], per=PER)
            rates[band] = Estimated(float(rate.value), float(rate.lower), float(rate.upper), f"per {PER:,}")
    return AgeRates(rates, counts, residents, pd.concat([plans, people], ignore_index=True))


def _publish_band(
    supplement: Supplement, family: Family, part: str, band: str, by_area: Mapping[str, AgeRates]
) -> None:
    area, country = supplement.area.name, supplement.comparators.country.name
    own, other = by_area[area], by_area.get(country)
    if band not in own.rates:
        raise NoDataError(f"{band} has no rate", reason="withheld to protect children, or none live here")
    title = f"EHC plans for each thousand residents, {band.lower()}"
    publish_estimate(
        family.about(inputs=own.rows), f"{part}.latest", own.rates[band], title=f"{title}, {area}"
    )
    if other is None or band not in other.rates:
        family.absent(title, f"{part}.england", f"{part}.vs_england", reason=NOT_EVERY_AGE)
        return
    there = family.about(inputs=other.rows)
    publish_estimate(there, f"{part}.england", other.rates[band], title=f"{title}, {country}")
    mine, theirs = own.rates[band], other.rates[band]
    family.phrase(
        f"{part}.vs_england",
        standing(mine.value, theirs.value, interval=mine.limits, other_interval=theirs.limits),
        title=f"{title}: {area} against {country}",
        inputs=[own.rows, other.rows],
        method=STANDING_METHOD,
    )


def _table(supplement: Supplement, by_area: Mapping[str, AgeRates]) -> pd.DataFrame:
    area, lines = supplement.area.name, []
    own = by_area[area]
    for band in BANDS.values():
        plans = format_number(own.plans[band], unit="count") if band in own.plans else "c"
        people = format_number(own.residents[band], unit="count")
        lines.append([band, plans, people, *(rates.cells(band) for rates in by_area.values())])
    heads = [f"{area}: plans", f"{area}: residents", *(f"{name}: for each thousand" for name in by_area)]
    return pd.DataFrame(lines, columns=["Age", *heads])


def _publish_chart(supplement: Supplement, family: Family, period: str) -> None:
    """Rates by single year of age, from the youngest single year the edition has of plans."""
    every = supplement.stored(PLANS, area="headline", period=period, age=list(AGES))
    refuse_any_few(supplement.own(every))
    rows = known(every)
    if supplement.own(rows)["age"].nunique() < FEWEST_DRAWN:
        raise NoDataError("plans by single year of age are too few", reason="too few ages to draw")
    people = known(supplement.stored(RESIDENTS, area="headline", period=residents_of(period), age=list(AGES)))
    both = rows.merge(people, on=["area_code", "age"], suffixes=("", "_people"), validate="1:1")
    both = both[both["value_people"] > 0]
    both = both.sort_values("age", key=lambda ages: ages.astype(int), kind="stable")
    rates = crude_rate(both["value"], both["value_people"], per=PER)
    drawn = both.assign(value=rates.value, lower=rates.lower, upper=rates.upper)
    places = (supplement.area, supplement.comparators.region, supplement.comparators.country)
    names = [place.name for place in places]
    family.chart(
        "chart",
        charts.lines(
            drawn,
            x="age",
            unit="plans for each thousand residents",
            focus=supplement.area.name,
            lower="lower",
            upper="upper",
            order=[name for name in names if name in set(drawn["area_name"])],
        ),
        title=f"EHC plans for each thousand residents of the same age: {joined(names)}, {period}",
        inputs=[rows, people],
    )
