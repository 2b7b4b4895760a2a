"""Absence by primary need: which needs lose most days, here and among the statistical neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.catalogue.observations import known
from send_jsna.errors import NoDataError
from send_jsna.evidence import compare
from send_jsna.evidence.benchmark.against_neighbours import FEWER, FEWEST_NEIGHBOURS
from send_jsna.evidence.measures import Measure, refuse_chance
from send_jsna.evidence.small_numbers import hide_few
from send_jsna.evidence.tables import cell, labels, period_of
from send_jsna.figures import charts
from send_jsna.wording import format_number, in_words

if TYPE_CHECKING:
    from send_jsna.figures.records import FigureRecord

MIDDLE = "Neighbours' middle"
NEED_METHOD = (
    "Published values of the newest period; the neighbours' middle is the median of the statistical "
    "neighbours with a value, where there are three at least. Above or below where two values differ by more "
    "than the printed rounding."
)
#: Needs of a handful of pupils in an authority: a share of them is chance, and their counts are not given.
RARE = ("ds", "msi")
_RARE_NOTE = (
    "Down Syndrome and multi-sensory impairment are left out: so few pupils have them that a share says "
    "nothing."
)


@dataclass(frozen=True)
class ByNeed:
    """A measure by primary need.

    Attributes:
        own: The area's rows, highest value first, with ``label`` and ``middle``, the neighbours' median.
        used: The rows of the area and its neighbours that these were made from.
    """

    own: pd.DataFrame
    used: pd.DataFrame

    @property
    def period(self) -> str:
        """The period of all of them."""
        return period_of(self.own)

    @property
    def unit(self) -> str:
        """The unit of all of them."""
        return str(self.own["unit"].iloc[0])


def publish_absence_by_need(measure: Measure, beside: Sequence[Measure] = ()) -> FigureRecord | None:
    """Publish a measure by primary need against the middle of the neighbours, with others in a table.

    Figures: the chart ``<stem>.chart``; the table ``<stem>.table``; the phrase ``<stem>.period``; the
    phrases ``<stem>.first_need`` and ``<stem>.second_need``, of the two highest values, which are
    ``<stem>.first`` and ``<stem>.second``; and in words ``<stem>.above``, of how many needs the area is above
    the neighbours' middle, ``<stem>.below`` and ``<stem>.compared``.

    Args:
        measure: What is drawn and compared, with the dimension ``need`` left open.
        beside: Further columns of the table.

    Returns:
        The chart; None where the area has no value, which is put on record.
    """
    with measure.covering("*", of=f"{measure.name} by primary need"):
        found = _by_need(measure)
        _publish_highest(measure, found)
        _publish_sides(measure, found)
        _publish_table(measure, beside, found)
        return _publish_chart(measure, found)
    return None


def _by_need(measure: Measure) -> ByNeed:
    """The area's values by need and the neighbours' middle.

    Raises:
        NoDataError: There is none, or chance moves them.
    """
    supplement = measure.supplement
    rows = measure.observations(area="comparators", need="*", period="latest")
    rows = rows[~rows["need"].isin(RARE)]
    own = known(supplement.own(rows))
    if own.empty:
        raise NoDataError(f"{measure.indicator} has no value by need")
    refuse_chance(supplement, *(row for _, row in own.iterrows()))
    codes = [area.code for area in supplement.comparators.neighbours]
    others = known(rows[rows["area_code"].isin(codes)])
    by_need = others.groupby("need")["value"]
    middle = by_need.median().where(by_need.count() >= FEWEST_NEIGHBOURS)
    own = own.assign(label=labels(own, "need", supplement.labels("need")), middle=own["need"].map(middle))
    return ByNeed(own.sort_values("value", ascending=False, kind="stable"), pd.concat([own, others]))


def _publish_highest(measure: Measure, found: ByNeed) -> None:
    measure.period("period", found.own.iloc[0])
    for part, (_, row) in zip(("first", "second"), found.own.head(2).iterrows(), strict=False):
        title = f"{measure.name}, {row['label']}, {measure.supplement.area}, {row['period']}"
        measure.number(part, float(row["value"]), unit=str(row["unit"]), title=title, inputs=row)
        measure.phrase(
            f"{part}_need",
            str(row["label"]).lower(),
            title=f"Need with the {'highest' if part == 'first' else 'second highest'} value: {title}",
            inputs=found.own,
            method="Published values in order, highest first.",
        )


def _publish_sides(measure: Measure, found: ByNeed) -> None:
    """Of how many needs the area is above and below the neighbours' middle."""
    name = f"{measure.name} by primary need, against the statistical neighbours"
    with measure.covering("above", "below", "compared", of=name):
        both = found.own[found.own["middle"].notna()]
        if both.empty:
            raise NoDataError("no need can be compared", reason=FEWER)
        sides = [
            compare.standing(row["value"], row["middle"], tolerance=compare.rounding_of(row))
            for _, row in both.iterrows()
        ]
        for part, number in (
            ("above", sides.count("above")),
            ("below", sides.count("below")),
            ("compared", len(sides)),
        ):
            measure.phrase(
                part,
                in_words(number),
                title=f"{name}, {found.period}: needs, {part}",
                inputs=found.used,
                method=NEED_METHOD,
            )


def _publish_table(measure: Measure, beside: Sequence[Measure], found: ByNeed) -> None:
    supplement, own, used = measure.supplement, found.own, [found.used]
    columns = {
        "Primary need": own["label"].tolist(),
        measure.name: [cell(row, decimals=1) for _, row in own.iterrows()],
        MIDDLE: [
            "x" if pd.isna(value) else format_number(value, unit=found.unit, decimals=1)
            for value in own["middle"]
        ],
    }
    for other in beside:
        rows = hide_few(other.stored(need="*", period=found.period), supplement.area.code)
        by_need = {row["need"]: cell(row, decimals=1) for _, row in rows.iterrows()}
        columns[other.name] = [by_need.get(code, "x") for code in own["need"]]
        used.append(known(rows[rows["need"].isin(own["need"])]))
    measure.family.explained_table(
        "table",
        pd.DataFrame(columns),
        title=f"Absence by primary need, {supplement.area}, {found.period}",
        inputs=[rows for rows in used if len(rows)],
        method=NEED_METHOD,
        notes=[_RARE_NOTE],
    )


def _publish_chart(measure: Measure, found: ByNeed) -> FigureRecord:
    """Bars of the area beside its neighbours' middle, need by need."""
    area = measure.supplement.area.name
    places = {area: found.own, MIDDLE: found.own.assign(value=found.own["middle"]).dropna(subset="value")}
    drawn = pd.concat([rows.assign(place=name) for name, rows in places.items()], ignore_index=True)
    return measure.chart(
        "chart",
        charts.bars(drawn, category="label", series="place", unit=found.unit, decimals=1, sort=False),
        title=f"{measure.name} by primary need, {area} and the middle of its statistical neighbours,"
        f" {found.period}",
        inputs=found.used,
        method=NEED_METHOD,
    )
