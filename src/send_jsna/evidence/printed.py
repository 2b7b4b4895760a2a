"""What a council printed, taken up again: its table of pupils with SEN and its special school places.

No publisher counts these for a single authority, so that they are available only for councils whose documents
give them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.catalogue.observations import known
from send_jsna.evidence import compare, tables
from send_jsna.evidence.families import Family
from send_jsna.evidence.measures import AS_PUBLISHED
from send_jsna.evidence.send import caseload
from send_jsna.figures import charts
from send_jsna.wording import joined

if TYPE_CHECKING:
    from send_jsna.figures.supplement import Supplement

_PROVISIONS = {"ehc_plan": "EHC plan", "sen_support": "SEN support"}
_PLACES = "Special school places"
_PLANS = "Pupils with an EHC plan"


def publish_printed_table(supplement: Supplement, stem: str, *, base: str) -> None:
    """Publish the printed table of pupils with SEN, every change computed again and the years since added.

    Figures: the table ``<stem>.slide`` and the phrases ``<stem>.disagreement``, the years whose count does
    not give the published share, and ``<stem>.exchanged``, whether two counts changed places.

    Args:
        supplement: The supplement that publishes.
        stem: First parts of the figures' ids.
        base: Year the changes are counted from.
    """
    with supplement.covering("Printed numbers of pupils with SEN, year by year", f"{stem}.*"):
        headcount = supplement.observations("pupil_headcount_count")
        counts = {key: supplement.observations(f"{key}_pupils_count") for key in _PROVISIONS}
        shares = {key: supplement.observations(f"{key}_pct", since=base) for key in _PROVISIONS}
        support = (counts["sen_support"], headcount, shares["sen_support"])
        doubtful = caseload.disagreements(*support)
        rows = {label: (counts[key], shares[key]) for key, label in _PROVISIONS.items()}
        slide = caseload.sen_table(headcount, rows, base=base)
        inputs = [known(frame) for frame in (headcount, *counts.values(), *shares.values())]
        family = Family(supplement, stem).about(inputs=inputs)
        family.table(
            "slide",
            slide,
            title=f"Pupils with SEN in all schools, {supplement.area}, each year since {base}",
            method="Counts as the council printed them, shares as the Department for Education published"
            " them; changes computed.",
            notes=[*tables.reason_notes(slide), *caseload.doubts(doubtful, "SEN support")],
        )
        family.phrase(
            "disagreement",
            joined(doubtful) if doubtful else "no year",
            title="Years in which the printed count of pupils on SEN support does not give the share",
            method="Count divided by all pupils, held against the published percentage at its rounding.",
        )
        family.phrase(
            "exchanged",
            "with the two counts exchanged, both years would agree"
            if caseload.exchanged(*support)
            else "exchanging counts does not explain it",
            title="Whether the disagreement looks like two counts that changed places",
            method="The check repeated with the counts of the two years exchanged.",
        )


def publish_printed_end(supplement: Supplement, stem: str) -> None:
    """Publish the last year the printed documents cover, ``<stem>.period``, and its ``<stem>.share``."""
    family = Family(supplement, stem).about(method=AS_PUBLISHED)
    with family.covering(_PLANS, "*"):
        last = known(supplement.observations("ehc_plan_pupils_count")).iloc[-1]
        then = tables.only(supplement.observations("ehc_plan_pct", period=last["period"]))
        family.phrase("period", last["period"], inputs=last, title="Last year the printed documents cover")
        title = f"{_PLANS}, {supplement.area}, {then['period']}"
        family.number("share", then["value"], unit="%", inputs=then, title=title)


def publish_places(supplement: Supplement, stem: str) -> None:
    """Publish special school places by school and their growth beside that of pupils with a plan.

    Figures: the table ``<stem>.table``; ``<stem>.base``, ``.base_period``, ``.latest``, ``.period``,
    ``.change`` and ``.change_pct`` of the total; the chart ``<stem>.series``; the phrase ``<stem>.vs_plans``.
    """
    family = Family(supplement, stem)
    with family.covering(_PLACES, "*"):
        places = supplement.observations("special_school_places_count", school="*")
        names, specialisms = supplement.labels("school"), supplement.labels("school_specialism")
        family.explained_table(
            "table",
            caseload.places_table(places, names, specialisms),
            inputs=known(places),
            title=f"{_PLACES} by school and specialism, {supplement.area}",
            method="Places as the slide deck prints them; totals computed from the schools.",
        )
        total = caseload.totals(places, "school")
        _publish_total(family, places, total)
        _publish_demand(family, places, total)


def _publish_total(family: Family, places: pd.DataFrame, total: pd.DataFrame) -> None:
    """Places in all schools in the first and in the last year, and the change between the two."""
    first, last = total.iloc[0], total.iloc[-1]
    for key, period_key, end in (("base", "base_period", first), ("latest", "period", last)):
        title = f"{_PLACES}, {family.supplement.area}, {end['period']}"
        of_year = family.about(inputs=known(places[places["period"] == end["period"]]))
        of_year.number(key, end["value"], unit="count", title=title, method="Sum of the schools.")
        of_year.phrase(period_key, end["period"], title=f"Period: {title}", method=AS_PUBLISHED)
    change = family.about(inputs=_ends(places, total))
    span = f"{first['period']} to {last['period']}"
    change.number(
        "change",
        last["value"] - first["value"],
        unit="count",
        title=f"More special school places, {span}",
        method="Difference of the two totals.",
    )
    change.number(
        "change_pct",
        100 * (last["value"] / first["value"] - 1),
        unit="%",
        title=f"Growth of special school places, {span}",
        method="Difference of the two totals as a percentage of the first.",
    )


def _publish_demand(family: Family, places: pd.DataFrame, total: pd.DataFrame) -> None:
    """Places beside pupils with a plan, each as a percentage of the first year."""
    start, area = total.iloc[0]["period"], family.supplement.area
    demand = known(family.supplement.observations("ehc_plan_pupils_count", since=start))
    paths = caseload.indexed_pair(total, _PLACES, demand, _PLANS)
    family.chart(
        "series",
        charts.lines(paths, series="line", unit=f"index ({start} = 100)", decimals=0),
        title=f"Special school places and pupils with an EHC plan, {area}, {start} taken as 100",
        inputs=[known(places), demand],
        method="Totals of each year divided by the first year's, times 100.",
    )
    newest = {name: rows.iloc[-1]["value"] for name, rows in paths.groupby("line")}
    family.phrase(
        "vs_plans",
        compare.choose(newest[_PLACES] - newest[_PLANS], "faster than", "more slowly than", "as fast as"),
        title=f"Growth of special school places against growth of pupils with an EHC plan, {area}",
        inputs=[_ends(places, total), demand],
        method="Percentage changes between the same two years.",
    )


def _ends(places: pd.DataFrame, total: pd.DataFrame) -> pd.DataFrame:
    """The places of the first and of the last year with a total."""
    return known(places[places["period"].isin([total.iloc[0]["period"], total.iloc[-1]["period"]])])
