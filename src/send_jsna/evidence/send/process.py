"""The EHC process: series of counts and shares, what becomes of requests, how many plans begin and end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from send_jsna.catalogue.observations import known
from send_jsna.errors import NoDataError
from send_jsna.evidence import shares, tables
from send_jsna.evidence.measures import Measure, limits
from send_jsna.evidence.small_numbers import hide_few, known_or_withheld, refuse_any_few, refuse_few
from send_jsna.evidence.trend.growth import index_to
from send_jsna.figures import charts
from send_jsna.wording import format_number

if TYPE_CHECKING:
    from send_jsna.catalogue.areas import Area
    from send_jsna.figures.supplement import Supplement


def publish_line(
    measure: Measure,
    *,
    title: str,
    area: str | Area | Sequence[str] | None = None,
    decimals: int | None = None,
    method: str = "Values as published.",
) -> None:
    """Publish a line chart, ``<stem>.series``, with intervals where numerator and denominator are published.

    Args:
        measure: What is measured.
        title: Caption; ``{first}`` and ``{last}`` stand for the periods it begins and ends with.
        area: As for ``Supplement.observations``; by default the supplement's own.
        decimals: Decimal places.
        method: How the values were made.
    """
    supplement = measure.supplement
    with measure.covering("series", of=title.partition(", {first}")[0]):
        rows = measure.observations(area=supplement.area if area is None else area)
        rows = tables.add_intervals(hide_few(rows, supplement.area.code))
        unit, focus = str(rows["unit"].iloc[0]), supplement.area.name
        supplement.chart(
            f"{measure.stem}.series",
            charts.lines(
                rows,
                unit=unit,
                focus=None if area is None else focus,
                decimals=decimals,
                breaks=measure.breaks,
                **limits(rows),
            ),
            title=title.format(first=rows["period"].iloc[0], last=rows["period"].iloc[-1]),
            inputs=known(rows) if rows["lower"].notna().any() else rows[rows["value"].notna()],
            method=method,
        )


def publish_index(measure: Measure, *, base: str) -> None:
    """Publish a chart, ``<stem>.index``, of area, region and England, each in per cent of its base period."""
    supplement = measure.supplement
    with measure.covering("index", of=f"{measure.name}, as an index"):
        rows = measure.observations(area="headline")
        indexed = index_to(rows, base)
        if supplement.own(indexed).empty:
            raise NoDataError(
                f"{supplement.area} has no value in {base}", reason=f"no value for {base} to begin with"
            )
        supplement.chart(
            f"{measure.stem}.index",
            charts.lines(
                indexed,
                unit=f"index ({base} = 100)",
                decimals=0,
                focus=supplement.area.name,
                breaks=measure.breaks,
            ),
            title=f"{measure.name}, each area's {base} taken as 100",
            inputs=known(rows[rows["area_code"].isin(indexed["area_code"])]),
            method=f"Each value divided by the same area's value of {base}, times 100.",
        )


def publish_flow(
    supplement: Supplement,
    figure_id: str,
    measures: Sequence[Measure],
    *,
    title: str,
) -> None:
    """Publish a chart of several counts of the area, one line each.

    Args:
        supplement: The supplement that publishes.
        figure_id: Id of the chart.
        measures: What is counted, one a line, which its name heads; the breaks are those of the first.
        title: Caption; the area's name is added.
    """
    with supplement.covering(title, figure_id):
        kinds = {item.indicator: item.name for item in measures}
        rows = known(hide_few(supplement.observations(list(kinds)), supplement.area.code))
        held = set(rows["indicator"])
        supplement.chart(
            figure_id,
            charts.lines(
                rows.assign(line=rows["indicator"].map(kinds)),
                series="line",
                unit="count",
                order=[line for key, line in kinds.items() if key in held],
                breaks=measures[0].breaks,
            ),
            title=f"{title}, {supplement.area}",
            inputs=rows,
            method="Values as published.",
        )


def publish_outcomes(supplement: Supplement, figure_id: str, whole: str, steps: Mapping[str, str]) -> None:
    """Publish a table of what became of the requests of the area's newest year.

    Args:
        supplement: The supplement that publishes.
        figure_id: Id of the table.
        whole: Indicator of all requests.
        steps: Outcome → indicator of its count.
    """
    with supplement.covering("What became of the requests", figure_id):
        wholes = known(supplement.observations(whole, area="headline", period="latest"))
        period = str(wholes["period"].iloc[0])
        counts = {
            label: supplement.stored(key, area="headline", period=period) for label, key in steps.items()
        }
        inputs = [known(frame) for frame in counts.values()]
        if not any(len(supplement.own(frame)) for frame in inputs):
            raise NoDataError(f"{supplement.area} has no outcome of requests")
        table = shares.outcome_table(counts, wholes, head="Outcome")
        supplement.table(
            figure_id,
            table,
            title=f"What became of the requests of {period}",
            inputs=inputs,
            method="Published counts; shares of all requests of the year.",
            notes=tables.reason_notes(table),
        )


def publish_extremes(measure: Measure) -> None:
    """Publish the area's lowest and highest value with their periods: ``.lowest``, ``.lowest_period``, ….

    Needs three periods with a value.
    """
    parts = [f"{key}{part}" for key in ("lowest", "highest") for part in ("", "_period")]
    with measure.covering(*parts, of=f"{measure.name}: lowest and highest"):
        series = measure.observations()
        refuse_any_few(known_or_withheld(series))
        ours = known(series)
        if len(ours) < 3:
            raise NoDataError(
                f"{measure.indicator} has fewer than three values", reason="too few periods to compare"
            )
        ends = {
            "lowest": ours.iloc[int(ours["value"].argmin())],
            "highest": ours.iloc[int(ours["value"].argmax())],
        }
        for key, row in ends.items():
            refuse_few(row)
            title = f"{measure.label}: {key} since {ours['period'].iloc[0]}"
            measure.number(key, row["value"], unit=str(row["unit"]), title=title, inputs=ours)
            measure.phrase(f"{key}_period", row["period"], title=f"Year of: {title}", inputs=ours)


def publish_net(supplement: Supplement, stem: str) -> None:
    """Publish new plans less plans ceased, ``<stem>.latest``, and their ``<stem>.ratio``."""
    with supplement.covering("New EHC plans for each plan ceased", f"{stem}.*"):
        made = tables.only(known(supplement.observations("ehc_new_plans_count", period="latest")))
        ended = tables.only(
            known(supplement.observations("ehc_plans_ceased_count", period=str(made["period"])))
        )
        for row in (made, ended):
            refuse_few(row)
        supplement.number(
            f"{stem}.latest",
            made["value"] - ended["value"],
            unit="count",
            inputs=[made, ended],
            title=f"New EHC plans less plans ceased, {supplement.area}, {made['period']}",
            method="Difference of the two published counts.",
        )
        if not ended["value"]:
            raise NoDataError("no plan ceased", reason="no plan ceased")
        supplement.number(
            f"{stem}.ratio",
            made["value"] / ended["value"],
            decimals=1,
            inputs=[made, ended],
            title=f"New EHC plans for each plan ceased, {supplement.area}, {made['period']}",
            method="New plans divided by plans ceased.",
        )


def publish_often_none(measure: Measure) -> None:
    """Publish a count that is often zero, ``none`` then: ``<stem>.latest``, and its ``<stem>.period``."""
    with measure.covering("latest", "period"):
        row = tables.only(known(measure.observations(period="latest")))
        measure.phrase(
            "latest",
            format_number(row["value"], unit="count") if row["value"] else "none",
            inputs=row,
            title=f"{measure.label}, {row['period']}",
        )
        measure.period("period", row, what="Period")


def publish_beside_neighbours(
    supplement: Supplement, figure_id: str, columns: Mapping[str, str], *, title: str
) -> None:
    """Publish a table of several indicators for the area, its region, England and statistical neighbours.

    Args:
        supplement: The supplement that publishes.
        figure_id: Id of the table.
        columns: Heading → indicator id. One the edition holds nothing of is left out.
        title: Caption; the areas and the period are added.
    """
    with supplement.covering(f"{title}, beside statistical neighbours", figure_id):
        supplement.observations(list(columns.values()))
        frames = {
            label: hide_few(supplement.stored(key, area="comparators", period="latest"), supplement.area.code)
            for label, key in columns.items()
        }
        frames = {label: frame for label, frame in frames.items() if len(frame)}
        sheet = tables.side_by_side(frames, decimals=1)
        period = max(
            (str(frame["period_start"].iloc[0]), str(frame["period"].iloc[0])) for frame in frames.values()
        )[1]
        supplement.table(
            figure_id,
            sheet,
            inputs=[known(frame) for frame in frames.values()],
            title=f"{title}: {supplement.area}, {supplement.comparators.words}, {period}",
            method="Values as published.",
            notes=tables.reason_notes(sheet),
        )
