"""Where children with a plan learn, by kind of provision, and the part of them in independent schools."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.catalogue.observations import WITHHELD_HERE, is_withheld_here, known
from send_jsna.catalogue.periods import parse_period
from send_jsna.errors import NoDataError
from send_jsna.evidence import compare, tables
from send_jsna.evidence.benchmark.against_neighbours import FEWER
from send_jsna.evidence.families import Family
from send_jsna.evidence.measures import AS_PUBLISHED, MOVEMENT_METHOD, NO_EARLIER, Measure, measure
from send_jsna.evidence.shares import SHARE_METHOD, Part, publish_share
from send_jsna.evidence.small_numbers import is_small
from send_jsna.evidence.usefulness import refuse_wide
from send_jsna.evidence.yearly import since
from send_jsna.figures import charts
from send_jsna.wording import format_number

if TYPE_CHECKING:
    from send_jsna.figures.records import FigureRecord
    from send_jsna.figures.supplement import Supplement

PLACED, PLANS = "ehc_placement_count", "ehc_plans_count"
#: Kinds of provision, each made of placements of the SEN2 return of which none is part of another.
PROVISION: dict[str, tuple[str, ...]] = {
    "Mainstream school, ordinary class": (
        "mainstream_la_maintained",
        "mainstream_academy",
        "mainstream_free_school",
    ),
    "Mainstream school, resourced provision": (
        "mainstream_la_maintained_resourced",
        "mainstream_academy_resourced",
        "mainstream_free_school_resourced",
    ),
    "Mainstream school, SEN unit": (
        "mainstream_la_maintained_sen_unit",
        "mainstream_academy_sen_unit",
        "mainstream_free_school_sen_unit",
    ),
    "State-funded special school": ("special_la_maintained", "special_academy_free"),
    "Independent or non-maintained special school": ("special_independent", "special_non_maintained"),
    "Other independent school": ("mainstream_independent",),
    "Alternative provision or pupil referral unit": ("ap_pru",),
    "Early years setting": ("early_years",),
    "Further education or sixth form college": ("fe_general_tertiary",),
    "Specialist post-16 institution": ("fe_specialist_post_16",),
    "Educated elsewhere, or not in education": ("elsewhere",),
    "Not recorded": ("not_recorded",),
}
_NAME = "EHC plans by kind of provision"
NO_SHARE = "a share of none, or of counts that are not all in this edition"
_KIND_OF = {code: kind for kind, codes in PROVISION.items() for code in codes}


def publish_provision(supplement: Supplement, figure_id: str) -> FigureRecord | None:
    """Publish a table of plans by kind of provision: then, now, change, and share here and in England.

    "Then" is the first January after the last break in the series. A kind in which the area has no plan in
    either year is left out.

    Args:
        supplement: The supplement that publishes.
        figure_id: Id of the table.

    Returns:
        The table; None where the area has no placements, which is put on record.
    """
    with supplement.covering(_NAME, figure_id):
        places = [supplement.area, supplement.comparators.country]
        placed = measure(supplement, PLACED, name=_NAME, placement=list(_KIND_OF))
        rows = placed.observations(area=places)
        for mark in placed.breaks:
            rows = since(rows, mark.before)
        own = supplement.own(rows).sort_values("period_start", kind="stable")
        first, last = (str(own["period"].iloc[place]) for place in (0, -1))
        there = rows[(rows["area_code"] == supplement.comparators.country.code) & (rows["period"] == last)]
        wholes = known(supplement.stored(PLANS, area=places, period=last))
        whole = wholes.set_index("area_code")["value"]
        then, now = (_kinds(own[own["period"] == period]) for period in (first, last))
        country = supplement.comparators.country
        columns = {first: then, last: now}
        if first != last:
            columns[f"Change since {first}"] = now - then
        columns[f"Share, {last}"] = 100 * now / whole.get(supplement.area.code, math.nan)
        columns[f"Share in {country}"] = 100 * _kinds(there) / whole.get(country.code, math.nan)
        kinds = [kind for kind in PROVISION if kind in now and not now[kind] == then.get(kind) == 0]
        table = _table(kinds, columns, _code(own[own["period"].isin([first, last])]))
        return Family(supplement).explained_table(
            figure_id,
            table,
            title=f"{_NAME}, {supplement.area}, {last}",
            inputs=[known(own[own["period"].isin([first, last])]), known(there), wholes],
            method="Counts as published, added up to kinds of provision. Shares are of all plans, some of"
            " which have no placement in the release.",
        )
    return None


def _kinds(rows: pd.DataFrame) -> pd.Series[float]:
    """Plans by kind of provision in one area and period; NaN where a count of the kind is not shown.

    Made of shown counts alone, so that no sum gives away one that is withheld.
    """
    kinds = rows["placement"].map(_KIND_OF)
    return rows.groupby(kinds)["value"].agg(lambda values: values.sum(skipna=False))


def _code(rows: pd.DataFrame) -> str:
    """The reason code of the counts that are not shown."""
    return "c" if is_withheld_here(rows).any() or (rows["status"] == "c").any() else "x"


def _table(kinds: Sequence[str], columns: Mapping[str, pd.Series[float]], code: str) -> pd.DataFrame:
    """The kinds in their order, with a reason code where a count is not shown."""
    table = pd.DataFrame({"Provision": list(kinds)})
    for head, values in columns.items():
        cells = [values.get(kind, math.nan) for kind in kinds]
        table[head] = [code if math.isnan(value) else _cell(head, value) for value in cells]
    return table


def _cell(head: str, value: float) -> str:
    if head.startswith("Share"):
        return format_number(value, unit="%")
    if head.startswith("Change"):
        return tables.signed(value, decimals=0)
    return format_number(value, unit="count")


# -- a part of placements -------------------------------------------------------------------------------


def publish_placed_share(placed: Measure, *, among: Sequence[str] = ()) -> FigureRecord | None:
    """Publish the part of plans, or of some placements, that are placed in some kinds of provision.

    Of so few that the range of the share is too wide to help, only the number is published.

    Figures: ``<stem>.latest``, ``.england`` and ``.vs_england``, ``.count``, ``.period``, ``.place``
    (``third highest of eleven``), the chart ``.neighbours``; since the last break ``.first``,
    ``.first_period`` and ``.movement``.

    Args:
        placed: Counts of plans by placement, with the placements that make the part.
        among: The placements that make the whole; by default all plans.

    Returns:
        The chart; None where the area's share is missing or withheld, which is put on record.
    """
    with placed.covering("*"):
        supplement, country = placed.supplement, placed.supplement.comparators.country
        last = str(placed.observations(period="latest")["period"].iloc[0])
        found = _parts(placed, among)
        if (supplement.area.code, last) not in found or (country.code, last) not in found:
            raise NoDataError(f"{placed.stem}: no share of the area and of {country}", reason=NO_SHARE)
        own, there = found[supplement.area.code, last], found[country.code, last]
        if is_small(own.count):
            raise NoDataError(f"{placed.stem} is withheld", reason=WITHHELD_HERE)
        shared = placed.about(inputs=own.rows)
        shared.phrase("period", last, title=f"Newest period: {placed.name}", method=AS_PUBLISHED)
        counted = {"unit": "count", "method": "Sum of the counts, as published."}
        shared.number("count", own.count, title=f"{placed.label}, {last}, in number", **counted)
        refuse_wide(supplement, *own.interval, unit="%", of=placed.stem)
        publish_share(placed.family, placed.name, own, there)
        first = min((period for area, period in found if area == supplement.area.code), key=_start)
        _publish_change(placed, found[supplement.area.code, first], own, (first, last))
        return _publish_among(placed, found, last)
    return None


def _start(period: str) -> date:
    return parse_period(period).start


def _parts(placed: Measure, among: Sequence[str]) -> dict[tuple[str, str], Part]:
    """The share of each area and January since the last break, by area code and period."""
    rows = placed.observations(area="comparators")
    wholes = placed.supplement.stored(
        PLACED if among else PLANS, area="comparators", **({"placement": list(among)} if among else {})
    )
    for mark in placed.breaks:
        rows, wholes = since(rows, mark.before), since(wholes, mark.before)
    groups = dict(iter(wholes.groupby(["area_code", "period"], sort=False)))
    found = {}
    for key, part in rows.groupby(["area_code", "period"], sort=False):
        both = pd.concat([part, groups[key]]) if key in groups else part
        if key not in groups or both["value"].isna().any() or not groups[key]["value"].sum():
            continue
        found[str(key[0]), str(key[1])] = Part.of(both, part["value"].sum(), groups[key]["value"].sum())
    return found


def _publish_change(placed: Measure, first: Part, last: Part, periods: tuple[str, str]) -> None:
    """What the share has done since the last break."""
    with placed.covering("first", "first_period", "movement"):
        if periods[0] == periods[1]:
            raise NoDataError(f"{placed.stem} has one period", reason=NO_EARLIER)
        if is_small(first.count):
            raise NoDataError(f"{placed.stem} was of few children", reason=WITHHELD_HERE)
        first.publish(placed.family, "first", placed.name)
        both = placed.about(inputs=[first.rows, last.rows], method=MOVEMENT_METHOD)
        both.phrase("first_period", periods[0], title=f"First period compared: {placed.name}")
        both.phrase(
            "movement",
            compare.movement(
                first.percent, last.percent, first_interval=first.interval, last_interval=last.interval
            ),
            title=f"{placed.label}: change from {periods[0]} to {periods[1]}",
        )


def _publish_among(
    placed: Measure, found: Mapping[tuple[str, str], Part], period: str
) -> FigureRecord | None:
    """The area's place among its statistical neighbours, and the chart of them with region and England."""
    places = placed.supplement.comparators
    drawn = {code: part for (code, when), part in found.items() if when == period}
    similar = [area.code for area in places.neighbours if area.code in drawn]
    with placed.covering("place", "neighbours"):
        if len(similar) + 1 < compare.FEWEST_PLACES:
            raise NoDataError(f"{placed.stem}: nobody to compare with", reason=FEWER)
        own, inputs = drawn[placed.supplement.area.code], [part.rows for part in drawn.values()]
        shared = placed.about(inputs=inputs, method=SHARE_METHOD)
        higher = sum(drawn[code].percent > own.percent for code in similar)
        title = f"{placed.name}: {placed.supplement.area}, {places.words}, {period}"
        shared.phrase("place", compare.Place(higher + 1, len(similar) + 1).text, title=title)
        rows = pd.DataFrame(
            [
                {
                    "area_name": str(part.rows["area_name"].iloc[0]),
                    "value": part.percent,
                    "lower": part.interval[0],
                    "upper": part.interval[1],
                }
                for part in drawn.values()
            ]
        )
        return shared.chart("neighbours", charts.dots(rows, focus=placed.supplement.area.name), title=title)
    return None
