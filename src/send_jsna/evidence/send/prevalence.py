"""How many pupils have SEN: both provisions together, beside other authorities, and by phase."""

from __future__ import annotations

from typing import TYPE_CHECKING

from send_jsna.catalogue.observations import known
from send_jsna.evidence import tables
from send_jsna.evidence.families import Family
from send_jsna.figures import charts

if TYPE_CHECKING:
    from send_jsna.evidence.measures import Measure
    from send_jsna.figures.supplement import Supplement

#: Provision → the share of pupils with it.
SHARES = {"EHC plan": "ehc_plan_pct", "SEN support": "sen_support_pct"}


def publish_all_sen(supplement: Supplement, stem: str) -> None:
    """Publish the share of pupils with a plan or on support: ``<stem>.latest``, ``.region``, ``.england``."""
    family, comparators = Family(supplement, stem), supplement.comparators
    places = {"latest": supplement.area, "region": comparators.region, "england": comparators.country}
    for part, place in places.items():
        with family.covering("Pupils with an EHC plan or on SEN support", part):
            rows = [
                tables.only(supplement.observations(indicator, area=place.code, period="latest"))
                for indicator in SHARES.values()
            ]
            where = f"{rows[0]['area_name']}, {rows[0]['period']}"
            family.number(
                part,
                rows[0]["value"] + rows[1]["value"],
                unit="%",
                title=f"Pupils with an EHC plan or on SEN support, {where}",
                inputs=rows,
                method="Sum of the two published percentages.",
            )


def publish_share_changes(supplement: Supplement, figure_id: str, *, base: str) -> None:
    """Publish a table of both shares and their change since a base period, among all comparators."""
    with supplement.covering(f"Change in the share of pupils with SEN since {base}", figure_id):
        frames = {
            name: supplement.observations(indicator, area="comparators", since=base)
            for name, indicator in SHARES.items()
        }
        columns = {name: tables.with_change(frame, base=base, decimals=1) for name, frame in frames.items()}
        merged = tables.join_columns(columns, on="Area")
        supplement.table(
            figure_id,
            merged,
            title=f"Share of pupils with SEN: {supplement.area}, {supplement.comparators.words}",
            inputs=[known(frame) for frame in frames.values()],
            method="Shares as published; change in percentage points.",
            notes=tables.reason_notes(merged),
        )


def publish_phases(measure: Measure, *, pupils: str) -> None:
    """Publish a chart, ``<stem>.phase.chart``, of primary and secondary schools here and in England.

    Args:
        measure: A share of pupils, with the dimension ``phase`` left open.
        pupils: Which pupils, such as ``with an EHC plan``.
    """
    supplement = measure.supplement
    with measure.covering("phase.chart", of=f"Primary and secondary pupils {pupils}"):
        both = [supplement.area.code, supplement.comparators.country.code]
        rows = measure.observations(area=both, phase=["primary", "secondary"])
        rows = rows.assign(line=rows["area_name"] + ", " + rows["phase"])
        measure.chart(
            "phase.chart",
            charts.lines(rows, series="line", decimals=1),
            title=f"Pupils {pupils} in state-funded primary and secondary schools",
            inputs=known(rows),
            method="Values as published.",
        )
