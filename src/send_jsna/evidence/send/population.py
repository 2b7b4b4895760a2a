"""Who lives in the area: population as the documents print it, and deprivation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from send_jsna.catalogue.observations import known
from send_jsna.evidence import compare, series_changes, tables
from send_jsna.evidence.families import Family
from send_jsna.evidence.measures import AS_PUBLISHED, STANDING_METHOD, Measure
from send_jsna.figures import charts

if TYPE_CHECKING:
    from send_jsna.figures.supplement import Supplement

#: Rows of the table of the indices of deprivation.
INDICES = (
    "imd_rank",
    "lsoas_most_deprived_decile_rank",
    "imd_local_concentration_rank",
    "imd_extent_pct",
    "lsoas_most_deprived_decile_pct",
)


def publish_bars(measures: Sequence[Measure], *, name: str, title: str, **options: Any) -> None:
    """Publish a chart of bars, ``<stem>.chart`` of the first measure: the area, its region and England.

    Args:
        measures: What is drawn, all of one unit.
        name: What is drawn, where it is put on record that nothing is.
        title: Caption.
        **options: As for ``charts.bars``; and ``period``, as for ``Supplement.observations``.
    """
    first = measures[0]
    period = {"period": options.pop("period")} if "period" in options else {}
    with first.covering("chart", of=name):
        drawn = [item.indicator for item in measures]
        rows = first.supplement.observations(drawn, area="headline", **period)
        bars = charts.bars(rows, category="area_name", sort=False, **options)
        first.chart("chart", bars, title=title, inputs=rows, method="Values as published.")


def publish_implied_totals(supplement: Supplement, stem: str, ages: dict[str, str], *, period: str) -> None:
    """Publish the population that a printed count and a printed share of one age group imply.

    Args:
        supplement: The supplement that publishes.
        stem: First parts of the figures' ids.
        ages: Last part of a figure's id → code of the age group.
        period: Period of the counts.
    """
    family = Family(supplement, stem)
    for part, age in ages.items():
        with family.covering("Total population implied by printed ages", part):
            count = tables.only(supplement.observations("population_age_count", age=age, period=period))
            share = tables.only(supplement.observations("population_age_pct", age=age))
            label = supplement.labels("age")[age].lower()
            family.number(
                part,
                100 * count["value"] / share["value"],
                unit="count",
                title=f"Total population implied by the printed count and share, {label}",
                inputs=[count, share],
                method="Printed count divided by printed share.",
            )


def publish_births(supplement: Supplement, stem: str) -> None:
    """Publish two printed numbers of live births, ``.earlier`` and ``.latest``, and ``.change_pct``."""
    family, area = Family(supplement, stem), supplement.area
    with family.covering("Live births", "*"):
        births = {
            key: tables.only(supplement.observations(f"live_births_{key}_count"))
            for key in ("earlier", "latest")
        }
        for key, row in births.items():
            family.number(
                key,
                row["value"],
                unit="count",
                title=f"Live births, {area}, the {key} of two printed numbers (years not legible)",
                inputs=row,
                method="As printed in the slide deck.",
            )
        family.number(
            "change_pct",
            100 * (births["latest"]["value"] / births["earlier"]["value"] - 1),
            unit="%",
            title=f"Change in live births, {area}, between the two printed numbers (years not legible)",
            inputs=list(births.values()),
            method="Second number less the first, as a percentage of the first.",
        )


def publish_deprivation_direction(measure: Measure) -> None:
    """Publish what became of a rank, ``<stem>.direction``: ``less``, ``more`` or ``as deprived``."""
    with measure.covering("direction"):
        rank = series_changes.change_since(measure.observations())
        measure.phrase(
            "direction",
            compare.choose(rank.difference, "less deprived", "more deprived", "as deprived"),
            title=f"{measure.supplement.area}: deprivation relative to other authorities,"
            f" {rank.first_period} to {rank.last_period}",
            inputs=rank.rows,
            method="A rank further from first is less deprived relative to others.",
        )


def publish_indices(supplement: Supplement, figure_id: str) -> None:
    """Publish a table of the indices of deprivation by period."""
    with supplement.covering("Indices of deprivation", figure_id):
        ranks = supplement.observations(list(INDICES))
        names = {
            key: name
            for key, name in supplement.context.indicator_names.items()
            if key in set(ranks["indicator"])
        }
        supplement.table(
            figure_id,
            tables.by_period(ranks, rows="indicator", head="Measure", row_labels=names),
            title=f"Indices of deprivation, {supplement.area}",
            inputs=known(ranks),
            method="Values as published.",
            notes=["Ranks are among authorities in England; the first is the most deprived."],
        )


def publish_idaci(supplement: Supplement, stem: str) -> None:
    """Publish income deprivation affecting children beside that of the combined authority.

    Figures: ``<stem>.latest``, ``<stem>.combined_authority`` and ``<stem>.vs_combined_authority``.
    """
    family, area = Family(supplement, stem), supplement.area
    with family.covering("Income deprivation affecting children", "*"):
        own = tables.only(supplement.observations("idaci_score"))
        both = supplement.observations("idaci_score", area=None)
        other = tables.only(both[both["area_code"] != area.code])
        for part, row in (("latest", own), ("combined_authority", other)):
            name = "Income deprivation affecting children index, average score"
            title = f"{name}, {row['area_name']}, {row['period']}"
            family.number(part, row["value"], decimals=3, title=title, inputs=row, method=AS_PUBLISHED)
        family.phrase(
            "vs_combined_authority",
            compare.standing_of(own, other),
            title=f"Income deprivation affecting children: {area} against {other['area_name']}",
            inputs=both,
            method=STANDING_METHOD,
        )
