"""The EHC process: series of counts and shares, what becomes of requests, how many plans begin and end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from send_jsna.catalogue.observations import known
from send_jsna.errors import NoDataError
from send_jsna.evidence import shares, tables
from send_jsna.evidence.families import Family
from send_jsna.evidence.measures import Measure, limits
from send_jsna.evidence.small_numbers import hide_few, known_or_withheld, refuse_any_few, refuse_few
from send_jsna.evidence.trend.growth import index_to
from send_jsna.figures import charts
from send_jsna.wording import format_number

if TYPE_CHECKING:
    from send_jsna.catalogue.areas import Area
    from send_jsna.figures.supplement import Supplement

_AS_PUBLISHED = "Values as published."


def publish_line(
    measure: Measure,
    *,
    title: str,
    area: str | Area | Sequence[str] | None = None,
    decimals: int | None = None,
    method: str = _AS_PUBLISHED,
) -> None:
    """Publish a line chart, ``<stem>.series``, with intervals where numerator and denominator are published.

    Args:
        measure: What is measured.
        title: Caption; ``{first}`` and ``{last}`` are the periods it begins and ends with.
        area: As for ``Supplement.observations``; by default the supplement's own.
        decimals: Decimal places.
        method: How the values were made.
    """
    own = measure.supplement.area
    with measure.covering("series", of=title.partition(", {first}")[0]):
        rows = tables.add_intervals(hide_few(measure.observations(area=area or own), own.code))
        measure.chart(
            "series",
            charts.lines(
                rows,
                unit=str(rows["unit"].iloc[0]),
                focus=own.name if area else None,
                decimals=decimals,
                breaks=measure.breaks,
                **limits(rows),
            ),
            title=title.format(first=rows["period"].iloc[0], last=rows["period"].iloc[-1]),
            inputs=known(rows),
            method=method,
        )


def publish_index(measure: Measure, *, base: str) -> None:
    """Publish a chart, ``<stem>.index``, of area, region and England, each in per cent of its base period."""
    own = measure.supplement.area
    with measure.covering("index", of=f"{measure.name}, as an index"):
        rows = measure.observations(area="headline")
        indexed = index_to(rows, base)
        if measure.supplement.own(indexed).empty:
            raise NoDataError(f"{own} has no value in {base}", reason=f"no value for {base} to begin with")
        unit = f"index ({base} = 100)"
        measure.chart(
            "index",
            charts.lines(indexed, unit=unit, decimals=0, focus=own.name, breaks=measure.breaks),
            title=f"{measure.name}, each area's {base} taken as 100",
            inputs=known(rows[rows["area_code"].isin(indexed["area_code"])]),
            method=f"Each value divided by the same area's value of {base}, times 100.",
        )


def publish_flow(supplement: Supplement, figure_id: str, measures: Sequence[Measure], *, title: str) -> None:
    """Publish a chart of several counts of the area, one line each.

    Args:
        supplement: The supplement that publishes.
        figure_id: Id of the chart.
        measures: What is counted, one a line, which its name heads; the breaks are those of the first.
        title: Caption; the area's name is added.
    """
    with supplement.covering(title, figure_id):
        names = {item.indicator: item.name for item in measures}
        rows = known(hide_few(supplement.observations(list(names)), supplement.area.code))
        drawn = rows.assign(line=rows["indicator"].map(names))
        order = [name for name in names.values() if name in set(drawn["line"])]
        breaks = measures[0].breaks
        supplement.chart(
            figure_id,
            charts.lines(drawn, series="line", unit="count", order=order, breaks=breaks),
            title=f"{title}, {supplement.area}",
            inputs=rows,
            method=_AS_PUBLISHED,
        )


def publish_outcomes(supplement: Supplement, figure_id: str, whole: str, steps: Mapping[str, str]) -> None:
    """Publish a table of what became of the requests of the area's newest year.

    Args:
        supplement: The supplement that publishes.
        figure_id: Id of the table.
        whole: Indicator of all requests.
        steps: Outcome → indicator of its count.
    """
    name = "What became of the requests"
    with supplement.covering(name, figure_id):
        wholes = known(supplement.observations(whole, area="headline", period="latest"))
        period = tables.period_of(wholes)
        counts = {
            label: supplement.stored(key, area="headline", period=period) for label, key in steps.items()
        }
        inputs = [known(frame) for frame in counts.values()]
        if not any(len(supplement.own(frame)) for frame in inputs):
            raise NoDataError(f"{supplement.area} has no outcome of requests")
        Family(supplement).explained_table(
            figure_id,
            shares.outcome_table(counts, wholes, head="Outcome"),
            title=f"{name} of {period}",
            inputs=inputs,
            method="Published counts; shares of all requests of the year.",
        )


def publish_extremes(measure: Measure) -> None:
    """Publish the area's lowest and highest value with their periods: ``.lowest``, ``.lowest_period``, ….

    Needs three periods with a value.
    """
    parts = [f"{key}{part}" for key in ("lowest", "highest") for part in ("", "_period")]
    with measure.covering(*parts, of=f"{measure.name}: lowest and highest"):
        rows = measure.observations()
        refuse_any_few(known_or_withheld(rows))
        series = known(rows)
        if len(series) < 3:
            raise NoDataError(
                f"{measure.indicator} has fewer than three values", reason="too few periods to compare"
            )
        for key, place in (("lowest", series["value"].argmin()), ("highest", series["value"].argmax())):
            row, title = series.iloc[int(place)], f"{measure.label}: {key} since {series['period'].iloc[0]}"
            measure.number(key, row["value"], unit=str(row["unit"]), title=title, inputs=series)
            measure.phrase(f"{key}_period", row["period"], title=f"Year of: {title}", inputs=series)


def publish_net(supplement: Supplement, stem: str) -> None:
    """Publish new plans less plans ceased, ``<stem>.latest``, and their ``<stem>.ratio``."""
    name = "New EHC plans for each plan ceased"
    with supplement.covering(name, f"{stem}.*"):
        made = tables.only(supplement.observations("ehc_new_plans_count", period="latest"))
        ended = tables.only(supplement.observations("ehc_plans_ceased_count", period=made["period"]))
        refuse_few(made)
        refuse_few(ended)
        where = f"{supplement.area}, {made['period']}"
        family = Family(supplement, stem).about(inputs=[made, ended])
        family.number(
            "latest",
            made["value"] - ended["value"],
            unit="count",
            title=f"New EHC plans less plans ceased, {where}",
            method="Difference of the two published counts.",
        )
        if not ended["value"]:
            raise NoDataError("no plan ceased", reason="no plan ceased")
        family.number(
            "ratio",
            made["value"] / ended["value"],
            decimals=1,
            title=f"{name}, {where}",
            method="New plans divided by plans ceased.",
        )


def publish_often_none(measure: Measure) -> None:
    """Publish a count that is often zero, ``none`` then: ``<stem>.latest``, and its ``<stem>.period``."""
    with measure.covering("latest", "period"):
        row = measure.newest()
        words = format_number(row["value"], unit="count") if row["value"] else "none"
        measure.phrase("latest", words, inputs=row, title=f"{measure.label}, {row['period']}")
        measure.period("period", row, what="Period")


def publish_beside_neighbours(
    supplement: Supplement, figure_id: str, columns: Mapping[str, str], *, title: str
) -> None:
    """Publish a table of several indicators for the area, its region, England and statistical neighbours.

    Args:
        supplement: The supplement that publishes.
        figure_id: Id of the table.
        columns: Heading → indicator id. One without values in the edition is left out.
        title: Caption; the areas and the period are added.
    """
    with supplement.covering(f"{title}, beside statistical neighbours", figure_id):
        supplement.observations(list(columns.values()))
        found = {
            label: hide_few(supplement.stored(key, area="comparators", period="latest"), supplement.area.code)
            for label, key in columns.items()
        }
        frames = {label: frame for label, frame in found.items() if len(frame)}
        newest = max(frames.values(), key=lambda frame: tuple(frame[["period_start", "period"]].iloc[0]))
        places = f"{supplement.area}, {supplement.comparators.words}"
        Family(supplement).explained_table(
            figure_id,
            tables.side_by_side(frames, decimals=1),
            inputs=[known(frame) for frame in frames.values()],
            title=f"{title}: {places}, {tables.period_of(newest)}",
            method=_AS_PUBLISHED,
        )
