"""Counts by year group: how many in all, in which year group most, and in how many more than at first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from send_jsna.catalogue.observations import WITHHELD_HERE, known
from send_jsna.errors import NoDataError
from send_jsna.evidence.headlines import FEWEST_DRAWN
from send_jsna.evidence.measures import AS_PUBLISHED, Measure
from send_jsna.evidence.small_numbers import is_few
from send_jsna.evidence.tables import by_period, period_of
from send_jsna.figures import charts
from send_jsna.wording import in_words


def publish_year_groups(measure: Measure, *, drawn: Sequence[str]) -> None:
    """Publish counts by year group.

    Figures: the table ``<stem>.table``, the chart ``<stem>.series``, the sums ``<stem>.total`` and
    ``.first_total`` with ``.period`` and ``.first_period``, and the phrases ``<stem>.most`` and ``.grown``.

    Args:
        measure: What is counted, with the dimension ``year_group`` left open.
        drawn: Year groups to draw, at most four.
    """
    labels = measure.supplement.labels("year_group")
    with measure.covering("*", of=f"{measure.name}, by year group"):
        rows = measure.observations(year_group="*")
        if any(is_few(row) for _, row in rows.iterrows()):
            raise NoDataError(f"{measure.stem}: a year group is withheld", reason=WITHHELD_HERE)
        published = measure.about(method=AS_PUBLISHED)
        table = by_period(rows, rows="year_group", head="Year group", row_labels=labels)
        published.explained_table("table", table, title=measure.label, inputs=known(rows))
        periods = [part for _, part in known(rows).groupby("period_start")]
        newest, first = periods[-1], periods[0]
        _publish_totals(measure, newest, first)
        _publish_most(measure, newest, first, labels)
        chosen = rows[rows["year_group"].isin(drawn)]
        if known(chosen)["period"].nunique() < FEWEST_DRAWN:
            measure.absent("series", reason="too few periods to draw")
            return
        published.chart(
            "series",
            charts.lines(chosen.assign(group=chosen["year_group"].map(labels)), series="group", unit="count"),
            title=f"{measure.name} by year group, {measure.supplement.area}",
            inputs=known(chosen),
        )


def _publish_totals(measure: Measure, newest: pd.DataFrame, first: pd.DataFrame) -> None:
    """The sum and the period of the newest and of the first counts."""
    ends = {"": newest, "first_": first}
    for prefix, rows in ends.items():
        measure.number(
            f"{prefix}total",
            rows["value"].sum(),
            unit="count",
            inputs=rows,
            method="Sum over the published year groups.",
            title=f"{measure.name}, all year groups, {period_of(rows)}",
        )
    for prefix, rows in ends.items():
        title = f"{'First' if prefix else 'Newest'} period by year group"
        measure.phrase(f"{prefix}period", period_of(rows), title=title, inputs=rows)


def _publish_most(
    measure: Measure, newest: pd.DataFrame, first: pd.DataFrame, labels: Mapping[str, str]
) -> None:
    """The year group with the greatest count, and in how many there are more than at first."""
    most = newest.iloc[int(newest["value"].argmax())]
    measure.phrase(
        "most",
        labels[most["year_group"]].lower(),
        inputs=newest,
        method="The year group with the greatest count.",
        title=f"Year group with the most: {measure.name}, {most['period']}",
    )
    if period_of(newest) == period_of(first):
        measure.absent(
            "grown", reason="in this edition for one period only", of=f"{measure.name}, by year group"
        )
        return
    both = newest.merge(first, on="year_group", suffixes=("", "_first"))
    grown = both[both["value"] > both["value_first"]]
    measure.phrase(
        "grown",
        f"{in_words(len(grown))} of {in_words(len(both))}",
        inputs=[newest, first],
        title=f"Year groups with more than in the first period: {measure.name}",
        method="Count now above count then.",
    )
