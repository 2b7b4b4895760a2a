"""Counts by year group: how many in all, in which year group most, and in how many more than at first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.catalogue.observations import WITHHELD_HERE, known
from send_jsna.errors import NoDataError
from send_jsna.evidence.headlines import FEWEST_DRAWN
from send_jsna.evidence.small_numbers import is_few
from send_jsna.evidence.tables import by_period, reason_notes
from send_jsna.figures import charts
from send_jsna.wording import in_words

if TYPE_CHECKING:
    from send_jsna.figures.supplement import Supplement


def publish_year_groups(
    supplement: Supplement,
    stem: str,
    indicator: str,
    *,
    name: str,
    drawn: Sequence[str],
    **selection: str,
) -> None:
    """Publish counts by year group.

    Figures: the table ``<stem>.table``, the chart ``<stem>.series``, the sums ``<stem>.total`` and
    ``.first_total`` with ``.period`` and ``.first_period``, and the phrases ``<stem>.most`` and ``.grown``.

    Args:
        supplement: The supplement that publishes.
        stem: First parts of the figures' ids.
        indicator: Indicator id, a count.
        name: What is counted, as it stands in a title.
        drawn: Year groups to draw, at most four.
        **selection: Other dimensions.
    """
    labels = supplement.labels("year_group")
    with supplement.covering(f"{name}, by year group", f"{stem}.*"):
        rows = supplement.observations(indicator, year_group="*", **selection)
        if any(is_few(row) for _, row in rows.iterrows()):
            raise NoDataError(f"{stem}: a year group is withheld", reason=WITHHELD_HERE)
        table = by_period(rows, rows="year_group", head="Year group", row_labels=labels)
        supplement.table(
            f"{stem}.table",
            table,
            title=f"{name}, {supplement.area}",
            inputs=known(rows),
            method="As published.",
            notes=reason_notes(table),
        )
        _publish_totals(supplement, stem, known(rows), name)
        _publish_most(supplement, stem, known(rows), name, labels)
        chosen = rows[rows["year_group"].isin(drawn)]
        if known(chosen)["period"].nunique() < FEWEST_DRAWN:
            supplement.absent(name, f"{stem}.series", reason="too few periods to draw")
            return
        supplement.chart(
            f"{stem}.series",
            charts.lines(chosen.assign(group=chosen["year_group"].map(labels)), series="group", unit="count"),
            title=f"{name} by year group, {supplement.area}",
            inputs=known(chosen),
            method="As published.",
        )


def _ends(valued: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of the newest and of the first period."""
    starts = valued["period_start"]
    return valued[starts == starts.max()], valued[starts == starts.min()]


def _publish_totals(supplement: Supplement, stem: str, valued: pd.DataFrame, name: str) -> None:
    newest, oldest = _ends(valued)
    for part, rows in {"total": newest, "first_total": oldest}.items():
        supplement.number(
            f"{stem}.{part}",
            rows["value"].sum(),
            unit="count",
            inputs=rows,
            method="Sum over the published year groups.",
            title=f"{name}, all year groups, {rows['period'].iloc[0]}",
        )
    for part, rows in {"period": newest, "first_period": oldest}.items():
        supplement.phrase(
            f"{stem}.{part}",
            rows["period"].iloc[0],
            title=f"{'Newest' if part == 'period' else 'First'} period by year group",
            inputs=rows,
            method="As published.",
        )


def _publish_most(
    supplement: Supplement, stem: str, valued: pd.DataFrame, name: str, labels: dict[str, str]
) -> None:
    newest, oldest = _ends(valued)
    most = newest.iloc[int(newest["value"].argmax())]
    supplement.phrase(
        f"{stem}.most",
        labels[most["year_group"]].lower(),
        inputs=newest,
        method="The year group with the greatest count.",
        title=f"Year group with the most: {name}, {most['period']}",
    )
    if newest["period"].iloc[0] == oldest["period"].iloc[0]:
        supplement.absent(f"{name}, by year group", f"{stem}.grown", reason="published for one period only")
        return
    both = newest.merge(oldest, on="year_group", suffixes=("", "_first"))
    grown = both[both["value"] > both["value_first"]]
    supplement.phrase(
        f"{stem}.grown",
        f"{in_words(len(grown))} of {in_words(len(both))}",
        inputs=[newest, oldest],
        title=f"Year groups with more than in the first period: {name}",
        method="Count now above count then.",
    )
