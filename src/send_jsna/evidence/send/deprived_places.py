"""Which neighbourhoods of the area are among the most deprived of England, and in which wards they are.

The Index of Multiple Deprivation puts every neighbourhood of England into one of ten equal groups.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.evidence import compare, neighbourhoods
from send_jsna.evidence.families import Family
from send_jsna.evidence.tables import only
from send_jsna.figures.charts import AreaMap, Finding, MapPlace
from send_jsna.wording import format_number, in_words

if TYPE_CHECKING:
    from send_jsna.figures.supplement import Supplement

DECILE = "neighbourhood_imd_decile"
SHARE = "neighbourhoods_most_deprived_pct"

#: Last tenth of each class of neighbourhoods, the most deprived first, and what it is called.
TENTHS = (
    (1, "in the most deprived tenth"),
    (2, "in the second tenth"),
    (5, "in the third to fifth tenth"),
    (10, "in the less deprived half"),
)

_METHOD = (
    "Tenth of England of each neighbourhood as published (Index of Multiple Deprivation 2025), counted by"
    " ward of 2024; a ward is the neighbourhoods best fitted to it."
)


def publish_tenths(supplement: Supplement, stem: str) -> None:
    """Publish where the most deprived neighbourhoods are.

    Figures: the numbers ``<stem>.count`` and ``.of``, the phrases ``.spread`` (wards with most and with
    none) and ``.vs_england``, the map ``.map``.
    """
    family = Family(supplement, stem)
    with family.covering(
        "Neighbourhoods in the most deprived tenth", "count", "of", "spread", "vs_england", "map"
    ):
        rows = neighbourhoods.rows_of(supplement, DECILE)
        counted = only(supplement.observations(neighbourhoods.NUMBER))
        about = family.about(inputs=[rows, counted], method=_METHOD)
        where = f"{supplement.area}, 2025"
        most = rows[rows["value"] == 1]
        about.number("of", len(rows), unit="count", title=f"Neighbourhoods, {where}")
        neighbourhoods.refuse_few(rows)
        about.number(
            "count",
            len(most),
            unit="count",
            title=f"Neighbourhoods in the most deprived tenth of England, {where}",
        )
        tenths = [last for last, _ in TENTHS]
        classes = rows["value"].map(lambda tenth: next(i for i, last in enumerate(tenths) if tenth <= last))
        table = pd.crosstab(rows["ward_code"], classes).reindex(columns=range(len(TENTHS)), fill_value=0)
        about.phrase(
            "spread",
            _spread(supplement, table[0]),
            title=f"Wards and the most deprived neighbourhoods, {where}",
        )
        _publish_standing(about, supplement)
        chart = _tenths_map(supplement, rows, classes, table)
        about.chart(
            "map",
            chart,
            title=f"Neighbourhoods by deprivation, {where}",
            alt=chart.alt,
            notes=[neighbourhoods.NUMBERS],
        )


def _publish_standing(about: Family, supplement: Supplement) -> None:
    """How the share is to England's: every neighbourhood is counted, so that chance has no part in it."""
    with about.covering("Neighbourhoods in the most deprived tenth, against England", "vs_england"):
        places = (supplement.area, supplement.comparators.country)
        own, other = (only(supplement.observations(SHARE, area=place)) for place in places)
        about.phrase(
            "vs_england",
            compare.standing(float(own["value"]), float(other["value"]), tolerance=0.025),
            title=f"Neighbourhoods in the most deprived tenth: {places[0]} against {places[1]}, 2025",
            inputs=[own, other],
            method="Similar where both could be equal before they were rounded to one decimal.",
        )


def _spread(supplement: Supplement, most: pd.Series[int]) -> str:
    """Which wards have most of the most deprived neighbourhoods, and how many have none, in words."""
    names = neighbourhoods.ward_names(supplement)
    without = int((most == 0).sum())
    if without == len(most):
        return "there are none"
    if len(most) < neighbourhoods.FEWEST_WARDS:
        return neighbourhoods.TOO_FEW.replace("too few", "there are too few")
    order = most.sort_values(ascending=False, kind="stable")
    named = neighbourhoods.in_turn(
        [names[str(code)] for code in order.index if order[code] > 0], str(order.iloc[0])
    )
    rest = f"{in_words(without)} of the {in_words(len(most))} wards {'has' if without == 1 else 'have'} none"
    return f"most are in {named}; {rest if without else 'every ward has some'}"


def _tenths_map(
    supplement: Supplement, rows: pd.DataFrame, classes: pd.Series[int], table: pd.DataFrame
) -> AreaMap:
    """The map of neighbourhoods in four classes, with a row a ward under it."""
    names = neighbourhoods.ward_names(supplement)
    # In order of the most deprived; among equals, of the next tenth.
    order = dict(zip(map(str, table.index), table[0] + table[1] / 1e3, strict=True))
    ranked, numbers = neighbourhoods.ranked(order), neighbourhoods.numbers_of(supplement)
    class_of = dict(zip(rows["code"], classes, strict=True))
    most, number_of = int(table[0].sum()), len(rows)
    share = 100 * most / number_of
    finding = (
        f"{format_number(share, unit='%')} of the neighbourhoods of {supplement.area} ({most} of {number_of})"
        " are in the most deprived tenth of England."
    )
    table_rows = [
        [names[code], str(numbers[code]), str(table.loc[code].sum()), *map(str, table.loc[code])]
        for code in ranked
    ]
    headings = ["Ward", "Number on the map", "Neighbourhoods", *(words for _, words in TENTHS)]
    return AreaMap(
        # The lightest class is the least deprived.
        [
            MapPlace(place.rings, place.ward_code, len(TENTHS) - 1 - class_of[place.code])
            for place in supplement.neighbourhoods
        ],
        [words for _, words in TENTHS][::-1],
        labels={code: str(numbers[code]) for code in ranked},
        noun="neighbourhoods",
        finding=Finding(finding, [share], "%"),
        table=pd.DataFrame(table_rows, columns=headings),
    )
