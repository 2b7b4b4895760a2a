"""Counts by year group: how many in all, in which year group most, and in how many more than at first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.catalogue.observations import WITHHELD_HERE, known
from send_jsna.errors import NoDataError
from send_jsna.evidence.headlines import FEWEST_DRAWN
from send_jsna.evidence.measures import Measure
from send_jsna.evidence.small_numbers import is_few
from send_jsna.evidence.tables import by_period, reason_notes
from send_jsna.figures import charts
from send_jsna.wording import in_words

if TYPE_CHECKING:
    pass


def publish_year_groups(measure: Measure, *, drawn: Sequence[str]) -> None:
    """Publish counts by year group.

    Figures: the table ``<stem>.table``, the chart ``<stem>.series``, the sums ``<stem>.total`` and
    ``.first_total`` with ``.period`` and ``.first_period``, and the phrases ``<stem>.most`` and ``.grown``.

    Args:
        measure: What is counted, with the dimension ``year_group`` left open.
        drawn: Year groups to draw, at most four.
    """
    supplement, name = measure.supplement, measure.name
    labels = supplement.labels("year_group")
    with measure.covering("*", of=f"{name}, by year group"):
        rows = measure.observations(year_group="*")
        if any(is_few(row) for _, row in rows.iterrows()):
            raise NoDataError(f"{measure.stem}: a year group is withheld", reason=WITHHELD_HERE)
        table = by_period(rows, rows="year_group", head="Year group", row_labels=labels)
        measure.table(
            "table",
            table,
            title=measure.label,
            inputs=known(rows),
            method="As published.",
            notes=reason_notes(table),
        )
        _publish_totals(measure, known(rows))
        _publish_most(measure, known(rows), labels)
        chosen = rows[rows["year_group"].isin(drawn)]
        if known(chosen)["period"].nunique() < FEWEST_DRAWN:
            measure.absent("series", reason="too few periods to draw")
            return
        supplement.chart(
            f"{measure.stem}.series",
            charts.lines(chosen.assign(group=chosen["year_group"].map(labels)), series="group", unit="count"),
            title=f"{name} by year group, {supplement.area}",
            inputs=known(chosen),
            method="As published.",
        )


def _ends(valued: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of the newest and of the first period."""
    starts = valued["period_start"]
    return valued[starts == starts.max()], valued[starts == starts.min()]


def _publish_totals(measure: Measure, valued: pd.DataFrame) -> None:
    newest, oldest = _ends(valued)
    for part, rows in {"total": newest, "first_total": oldest}.items():
        measure.number(
            part,
            rows["value"].sum(),
            unit="count",
            inputs=rows,
            method="Sum over the published year groups.",
            title=f"{measure.name}, all year groups, {rows['period'].iloc[0]}",
        )
    for part, rows in {"period": newest, "first_period": oldest}.items():
        measure.phrase(
            part,
            rows["period"].iloc[0],
            title=f"{'Newest' if part == 'period' else 'First'} period by year group",
            inputs=rows,
        )


def _publish_most(measure: Measure, valued: pd.DataFrame, labels: dict[str, str]) -> None:
    newest, oldest = _ends(valued)
    most = newest.iloc[int(newest["value"].argmax())]
    measure.phrase(
        "most",
        labels[most["year_group"]].lower(),
        inputs=newest,
        method="The year group with the greatest count.",
        title=f"Year group with the most: {measure.name}, {most['period']}",
    )
    if newest["period"].iloc[0] == oldest["period"].iloc[0]:
        measure.absent("grown", reason="published for one period only", of=f"{measure.name}, by year group")
        return
    both = newest.merge(oldest, on="year_group", suffixes=("", "_first"))
    grown = both[both["value"] > both["value_first"]]
    measure.phrase(
        "grown",
        f"{in_words(len(grown))} of {in_words(len(both))}",
        inputs=[newest, oldest],
        title=f"Year groups with more than in the first period: {measure.name}",
        method="Count now above count then.",
    )
