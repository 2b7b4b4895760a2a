"""What plans are written for, and where those who have them learn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.catalogue.observations import known
from send_jsna.evidence import compare, shares, tables
from send_jsna.evidence.families import Family
from send_jsna.evidence.headlines import publish_headline
from send_jsna.evidence.measures import STANDING_METHOD, Measure, limits, measure
from send_jsna.evidence.send import caseload
from send_jsna.evidence.small_numbers import is_small, is_small_whole, refuse_few
from send_jsna.figures import charts
from send_jsna.wording import in_words, sentence_case

if TYPE_CHECKING:
    from send_jsna.figures.supplement import Supplement

#: How many of the most frequent needs are drawn.
_MOST = 6
_FIRST = "Most frequent primary need of EHC plans"


def publish_need_mix(supplement: Supplement, stem: str) -> None:
    """Publish the primary needs of plans: ``<stem>.mix.chart``, ``<stem>.mix.table`` and ``<stem>.first``."""
    family = Family(supplement, stem)
    with family.covering("Primary need of EHC plans", "mix.*"):
        rows = _needs(supplement)
        most, period = _most(supplement, rows), tables.period_of(rows)
        title = f"The {in_words(len(most))} most frequent primary needs of EHC plans, {period}"
        _publish_bars(family, "mix.chart", rows, most, series="area_name", title=title)
        title = f"Primary need of EHC plans, {period}, with 95% confidence intervals"
        _publish_mix(family, "mix.table", rows, "need", head="Primary need", title=title)
    with family.covering(_FIRST, "first.*"):
        rows = _needs(supplement)
        first = _most(supplement, rows)[0]
        own = supplement.own(rows[rows["need"] == first])
        refuse_few(own.iloc[0])
        family.phrase(
            "first.name",
            sentence_case(supplement.labels("need")[first]),
            inputs=own,
            method="Largest published share.",
            title=f"{_FIRST}, {supplement.area}",
        )
        publish_headline(
            measure(supplement, "ehc_primary_need_pct", f"{stem}.first", name=_FIRST, need=first)
        )


def publish_new_needs(supplement: Supplement, stem: str, needs: tuple[str, ...]) -> None:
    """Publish the needs of new plans beside those of all: ``<stem>.chart``, and a pair for each need named.

    Args:
        supplement: The supplement that publishes.
        stem: First parts of the figures' ids.
        needs: Codes of the needs to publish as ``<stem>.<need>`` and ``<stem>.<need>_vs_all``.
    """
    family = Family(supplement, stem)
    with family.covering("Primary need of new EHC plans", "chart"):
        rows = _needs(supplement)
        most = _most(supplement, rows)
        new = supplement.observations("ehc_new_plans_primary_need_pct", need=most, period="latest")
        groups = {"All plans": supplement.own(rows), "New plans": new}
        both = pd.concat(
            [part.assign(group=f"{name}, " + part["period"]) for name, part in groups.items()],
            ignore_index=True,
        )
        title = f"Primary need of all EHC plans and of new ones, {supplement.area}"
        _publish_bars(family, "chart", both, most, series="group", title=title)
    for need in needs:
        _publish_new_need(supplement, stem, need)


def _publish_new_need(supplement: Supplement, stem: str, need: str) -> None:
    """The share of new plans that are for a need, and how it is to the share of all plans."""
    label = supplement.labels("need")[need]
    name = f"New EHC plans with primary need {label.lower()}"
    new = measure(supplement, "ehc_new_plans_primary_need_pct", stem, name=name, need=need)
    with new.covering(need, f"{need}_vs_all", of=f"New EHC plans for {sentence_case(label)}"):
        row = new.newest()
        of_all = measure(supplement, "ehc_primary_need_pct", name=label, need=need).newest()
        refuse_few(row)
        new.value(need, row)
        new.phrase(
            f"{need}_vs_all",
            compare.standing(
                row["value"],
                of_all["value"],
                interval=compare.interval_of(row),
                other_interval=compare.interval_of(of_all),
            ),
            title=f"{label}: new plans against all plans, {supplement.area}",
            inputs=[row, of_all],
            method=STANDING_METHOD,
        )


def publish_placements(supplement: Supplement, figure_id: str) -> None:
    """Publish a table of where those who have plans learn, beside region and England."""
    name = "Where children and young people with EHC plans learn"
    with supplement.covering(name, figure_id):
        rows = supplement.observations("ehc_placement_pct", area="headline", placement="*", period="latest")
        title = f"{name}, {tables.period_of(rows)}"
        _publish_mix(Family(supplement), figure_id, rows, "placement", head="Placement", title=title)


def publish_ratio(measure: Measure, whole: str) -> None:
    """Publish one count as a share of another, beside England's: ``.latest``, ``.england``, ``.vs_england``.

    Args:
        measure: The part, a count.
        whole: Indicator of the whole, without a breakdown.
    """
    supplement = measure.supplement
    with measure.covering("latest", "england", "vs_england"):
        period = measure.newest()["period"]
        own, other = (
            shares.ratio(
                tables.only(measure.observations(area=place.code, period=period)),
                tables.only(supplement.observations(whole, area=place.code, period=period)),
            )
            for place in (supplement.area, supplement.comparators.country)
        )
        shares.publish_share(measure.family, measure.name, own, other)


def _needs(supplement: Supplement) -> pd.DataFrame:
    return supplement.observations("ehc_primary_need_pct", area="headline", need="*", period="latest")


def _most(supplement: Supplement, rows: pd.DataFrame) -> list[str]:
    return caseload.largest(rows, "need", supplement.area.code, _MOST)


def _publish_bars(
    family: Family, part: str, rows: pd.DataFrame, needs: Sequence[str], *, series: str, title: str
) -> None:
    """Bars of the needs named, in their order, one for each value of the column ``series``."""
    shown = tables.add_intervals(_without_few(rows[rows["need"].isin(needs)]))
    shown = shown.assign(label=tables.labels(shown, "need", family.supplement.labels("need")))
    shown = tables.in_order(shown, "need", needs)
    family.chart(
        part,
        charts.bars(shown, category="label", series=series, decimals=1, sort=False, **limits(shown)),
        title=title,
        inputs=known(shown),
        method="Values as published; Wilson 95% intervals.",
    )


def _publish_mix(
    family: Family, part: str, rows: pd.DataFrame, dimension: str, *, head: str, title: str
) -> None:
    """Shares by a dimension in the area, its region and England, those of them that have rows."""
    supplement = family.supplement
    places = (supplement.area, supplement.comparators.region, supplement.comparators.country)
    codes = [place.code for place in places if place.code in set(rows["area_code"])]
    family.explained_table(
        part,
        caseload.mix_table(rows, dimension, supplement.labels(dimension), codes, head=head),
        title=title,
        inputs=known(rows),
        method=STANDING_METHOD,
    )


def _without_few(rows: pd.DataFrame) -> pd.DataFrame:
    """The percentages, without the value of those of a small count or of fewer than ten."""
    few = rows["numerator"].map(is_small) | rows["denominator"].map(is_small_whole)
    return rows.assign(value=rows["value"].mask(few), status=rows["status"].mask(few, "c"))
