"""What plans are written for, and where those who hold them learn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.catalogue.observations import known
from send_jsna.evidence import compare, shares, tables
from send_jsna.evidence.headlines import publish_headline
from send_jsna.evidence.measures import STANDING_METHOD, Measure, limits, measure
from send_jsna.evidence.send import caseload
from send_jsna.evidence.small_numbers import is_small, is_small_whole, refuse_few
from send_jsna.figures import charts
from send_jsna.wording import in_words, sentence_case

if TYPE_CHECKING:
    from send_jsna.figures.supplement import Supplement

_INTERVALS = "Values as published; Wilson 95% intervals."
_MOST = 6


def publish_need_mix(supplement: Supplement, stem: str) -> None:
    """Publish the primary needs of plans: ``<stem>.mix.chart``, ``<stem>.mix.table`` and ``<stem>.first``."""
    with supplement.covering("Primary need of EHC plans", f"{stem}.mix.*"):
        rows, labels = _needs(supplement), supplement.labels("need")
        most = _most(supplement, rows)
        shown = tables.add_intervals(_without_few(rows[rows["need"].isin(most)]))
        shown = shown.assign(label=tables.labels(shown, "need", labels)).sort_values(
            "need", key=lambda codes: codes.map(most.index), kind="stable"
        )
        period = rows["period"].iloc[0]
        number = "six" if len(most) == _MOST else in_words(len(most))
        supplement.chart(
            f"{stem}.mix.chart",
            charts.bars(shown, category="label", series="area_name", decimals=1, sort=False, **limits(shown)),
            title=f"The {number} most frequent primary needs of EHC plans, {period}",
            inputs=known(shown),
            method=_INTERVALS,
        )
        mix = caseload.mix_table(rows, "need", labels, _codes(supplement, rows), head="Primary need")
        supplement.table(
            f"{stem}.mix.table",
            mix,
            inputs=known(rows),
            method=STANDING_METHOD,
            notes=tables.reason_notes(mix),
            title=f"Primary need of EHC plans, {period}, with 95% confidence intervals",
        )
    with supplement.covering("Most frequent primary need of EHC plans", f"{stem}.first.*"):
        rows, labels = _needs(supplement), supplement.labels("need")
        most = _most(supplement, rows)
        first = supplement.own(rows[rows["need"] == most[0]])
        refuse_few(first.iloc[0])
        supplement.phrase(
            f"{stem}.first.name",
            sentence_case(labels[most[0]]),
            inputs=first,
            method="Largest published share.",
            title=f"Most frequent primary need of EHC plans, {supplement.area}",
        )
        title = "Most frequent primary need of EHC plans"
        publish_headline(
            measure(supplement, "ehc_primary_need_pct", f"{stem}.first", name=title, need=most[0])
        )


def publish_new_needs(supplement: Supplement, stem: str, needs: tuple[str, ...]) -> None:
    """Publish the needs of new plans beside those of all: ``<stem>.chart``, and a pair for each need named.

    Args:
        supplement: The supplement that publishes.
        stem: First parts of the figures' ids.
        needs: Codes of the needs to publish as ``<stem>.<need>`` and ``<stem>.<need>_vs_all``.
    """
    labels = supplement.labels("need")
    with supplement.covering("Primary need of new EHC plans", f"{stem}.chart"):
        rows = _needs(supplement)
        most = _most(supplement, rows)
        fresh = supplement.observations("ehc_new_plans_primary_need_pct", need=most, period="latest")
        both = pd.concat(
            [
                supplement.own(rows[rows["need"].isin(most)]).assign(group="All plans"),
                fresh.assign(group="New plans"),
            ],
            ignore_index=True,
        )
        both = tables.add_intervals(_without_few(both))
        both = both.assign(
            label=tables.labels(both, "need", labels), group=both["group"] + ", " + both["period"]
        ).sort_values("need", key=lambda codes: codes.map(most.index), kind="stable")
        supplement.chart(
            f"{stem}.chart",
            charts.bars(both, category="label", series="group", decimals=1, sort=False, **limits(both)),
            title=f"Primary need of all EHC plans and of new ones, {supplement.area}",
            inputs=known(both),
            method=_INTERVALS,
        )
    for need in needs:
        with supplement.covering(
            f"New EHC plans for {sentence_case(labels[need])}", f"{stem}.{need}", f"{stem}.{need}_vs_all"
        ):
            new, old = (
                tables.only(known(supplement.observations(indicator, need=need, period="latest")))
                for indicator in ("ehc_new_plans_primary_need_pct", "ehc_primary_need_pct")
            )
            refuse_few(new)
            supplement.number(
                f"{stem}.{need}",
                new["value"],
                unit="%",
                inputs=new,
                method="As published.",
                interval=compare.interval_of(new),
                title=f"New EHC plans with primary need {labels[need].lower()}, {supplement.area},"
                f" {new['period']}",
            )
            supplement.phrase(
                f"{stem}.{need}_vs_all",
                compare.standing(
                    new["value"],
                    old["value"],
                    interval=compare.interval_of(new),
                    other_interval=compare.interval_of(old),
                ),
                title=f"{labels[need]}: new plans against all plans, {supplement.area}",
                inputs=[new, old],
                method=STANDING_METHOD,
            )


def publish_placements(supplement: Supplement, figure_id: str) -> None:
    """Publish a table of where those who hold plans learn, beside region and England."""
    with supplement.covering("Where children and young people with EHC plans learn", figure_id):
        rows = supplement.observations("ehc_placement_pct", area="headline", placement="*", period="latest")
        mix = caseload.mix_table(
            rows, "placement", supplement.labels("placement"), _codes(supplement, rows), head="Placement"
        )
        supplement.table(
            figure_id,
            mix,
            inputs=known(rows),
            method=STANDING_METHOD,
            notes=tables.reason_notes(mix),
            title=f"Where children and young people with EHC plans learn, {rows['period'].iloc[0]}",
        )


def publish_ratio(measure: Measure, whole: str) -> None:
    """Publish one count as a share of another, beside England's: ``.latest``, ``.england``, ``.vs_england``.

    Args:
        measure: The part, a count.
        whole: Indicator of the whole, without a breakdown.
    """
    supplement = measure.supplement
    with measure.covering("latest", "england", "vs_england"):
        period = tables.only(measure.observations(period="latest"))["period"]
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


def _codes(supplement: Supplement, rows: pd.DataFrame) -> list[str]:
    """Area, region and country, those that have rows."""
    found = set(rows["area_code"])
    places = (supplement.area, supplement.comparators.region, supplement.comparators.country)
    return [place.code for place in places if place.code in found]


def _without_few(rows: pd.DataFrame) -> pd.DataFrame:
    """Percentages that stand for a small count, or are of fewer than ten, taken for confidential."""
    few = rows["numerator"].map(is_small) | rows["denominator"].map(is_small_whole)
    return rows.assign(value=rows["value"].mask(few), status=rows["status"].mask(few, "c"))
