"""Children in households deprived of income: of the area, by ward and by neighbourhood.

The share is an estimate. The count is that of the Income Deprivation Affecting Children Index of 2025,
rounded to five and not printed below ten; the children are those of mid-2020. A neighbourhood without a count
is left out of the share above and below the line.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.errors import NoDataError
from send_jsna.evidence import compare, neighbourhoods
from send_jsna.evidence.families import Family
from send_jsna.evidence.tables import number_cell, only, reason_notes
from send_jsna.figures.charts import AreaMap, Finding, MapPlace
from send_jsna.statistics.classes import equal_classes
from send_jsna.wording import format_number, in_words

if TYPE_CHECKING:
    from send_jsna.figures.supplement import Supplement

POOR = "neighbourhood_income_deprived_children_count"
CHILDREN = "neighbourhood_children_count"

#: Rows of the list of neighbourhoods.
_LISTED = 15
#: Points within which two estimated shares are called similar: their children are five years older than the
#: counts, and are shared out where a neighbourhood was divided.
_ROOM = 2.0

_SHARE_METHOD = (
    "Children in households deprived of income (numerator of the index of 2025, rounded to five) over"
    " children under 16 of mid-2020, each added up over the neighbourhoods with a count: a mean of"
    " neighbourhoods weighed by their children, whose weights sum to one. An estimate: the years differ."
)
_STATED_METHOD = f"{_SHARE_METHOD} Similar where two shares are within {_ROOM:g} points."


@dataclass(frozen=True)
class Poverty:
    """What is known of the area's neighbourhoods.

    Attributes:
        rows: One row a neighbourhood with ``poor`` and ``children``, NaN where either is not known.
        inputs: Observations both were taken from.
    """

    rows: pd.DataFrame
    inputs: list[pd.DataFrame]

    @classmethod
    def of(cls, supplement: Supplement) -> Poverty:
        """That of the area of a supplement.

        Raises:
            NoDataError: The edition has no neighbourhoods, or no counts of them.
        """
        poor = neighbourhoods.rows_of(supplement, POOR)
        children = neighbourhoods.rows_of(supplement, CHILDREN)
        both = poor["value"].notna() & (children["value"] > 0)
        rows = poor.assign(poor=poor["value"].where(both), children=children["value"].where(both))
        # A share of a neighbourhood: the weighted mean of a ward is then that of its counts.
        rows["value"] = 100 * rows["poor"] / rows["children"]
        return cls(rows, [poor[both], children[both]])

    @property
    def share(self) -> float:
        """The share of the area."""
        return float(100 * self.rows["poor"].sum() / self.rows["children"].sum())

    def by_ward(self) -> pd.DataFrame:
        """``share``, ``poor``, ``children`` and ``places`` of each ward; no share above 100 %."""
        groups = self.rows.groupby("ward_code")
        table = groups[["poor", "children"]].sum(min_count=1).assign(places=groups.size())
        shares = neighbourhoods.ward_means(self.rows, self.rows["children"])
        return table.assign(share=shares.where(shares <= 100))


def publish_poverty(supplement: Supplement, stem: str) -> None:
    """Publish children in households deprived of income: of the area, by ward and by neighbourhood.

    Figures: ``<stem>.total``, ``.share``, ``.england``, ``.vs_england``, ``.highest``, ``.lowest``,
    ``.half``, the map ``.map`` and the list of neighbourhoods ``.list``.
    """
    family = Family(supplement, stem)
    parts = ("total", "share", "england", "vs_england", "highest", "lowest", "half", "map", "list")
    with family.covering("Children in households deprived of income", *parts):
        found = Poverty.of(supplement)
        about = family.about(inputs=found.inputs, method=_SHARE_METHOD)
        total = only(supplement.observations(POOR))
        where = f"{supplement.area}, 2025"
        about.number(
            "total",
            total["value"],
            unit="count",
            title=f"Children in households deprived of income, {where}",
            inputs=total,
            method="Sum of the neighbourhoods' counts, rounded to five; those below ten are not printed.",
        )
        name = f"Estimated share of children in households deprived of income, {where}"
        about.number("share", found.share, unit="%", decimals=0, title=name)
        _publish_england(about, supplement, found)
        _publish_map(about, supplement, found, where)
        neighbourhoods.refuse_few(found.rows[found.rows["poor"].notna()])
        _publish_half(about, found, where)
        _publish_list(about, supplement, found, where)


def _publish_england(about: Family, supplement: Supplement, found: Poverty) -> None:
    """The share of England, and how the area's is to it."""
    country = supplement.comparators.country
    with about.covering("Children in households deprived of income, England", "england", "vs_england"):
        poor, children = (only(supplement.observations(name, area=country)) for name in (POOR, CHILDREN))
        share = 100 * float(poor["value"]) / float(children["value"])
        title = f"Estimated share of children in households deprived of income, {country}, 2025"
        about.number(
            "england",
            share,
            unit="%",
            decimals=0,
            title=title,
            inputs=[poor, children],
            method="Count of 2025 over children under 16 of mid-2020.",
        )
        about.phrase(
            "vs_england",
            compare.standing(found.share, share, tolerance=_ROOM / 2),
            title=f"{title}: {supplement.area} against it",
            method=_STATED_METHOD,
        )


def _publish_half(about: Family, found: Poverty, where: str) -> None:
    """In how many neighbourhoods half of these children live."""
    counts = found.rows["poor"].dropna().sort_values(ascending=False)
    half = int((counts.cumsum() < counts.sum() / 2).sum()) + 1
    about.number(
        "half",
        half,
        unit="count",
        title=f"Neighbourhoods in which half of the children in households deprived of income live, {where}",
        method="Neighbourhoods in order of the count, the largest first, up to half of the sum.",
    )


def _publish_list(about: Family, supplement: Supplement, found: Poverty, where: str) -> None:
    """The neighbourhoods with most of these children."""
    names = neighbourhoods.ward_names(supplement)
    rows = found.rows[found.rows["poor"].notna()]
    first = rows.sort_values(["poor", "code"], ascending=[False, True], kind="stable")[:_LISTED]
    about.table(
        "list",
        pd.DataFrame(
            {
                "Neighbourhood": first["name"],
                "Ward": first["ward_code"].map(names),
                "Children in households deprived of income": first["poor"].map(
                    lambda count: format_number(count, unit="count")
                ),
            }
        ),
        title=f"The {in_words(len(first))} neighbourhoods with most children in households deprived of"
        f" income, {where}",
        notes=["Counts are rounded to five by their publisher."],
    )


def _publish_map(about: Family, supplement: Supplement, found: Poverty, where: str) -> None:
    """The map of wards, with a row a ward under it, and which are highest and lowest."""
    with about.covering("Children in households deprived of income, by ward", "highest", "lowest", "map"):
        table, names = found.by_ward(), neighbourhoods.ward_names(supplement)
        if table["share"].notna().sum() < neighbourhoods.FEWEST_WARDS:
            raise NoDataError("too few wards", reason=neighbourhoods.TOO_FEW)
        shares = _by_code(table["share"])
        order = neighbourhoods.ranked(shares)
        ranked = [code for code in order if not math.isnan(shares[code])]
        stated = {code: format_number(shares[code], unit="%", decimals=0) for code in ranked}
        title = f"Estimated share of children in households deprived of income, by ward, {where}"
        highest = neighbourhoods.in_turn([names[code] for code in ranked], stated[ranked[0]])
        about.phrase("highest", highest, title=f"{title}: highest")
        lowest = ranked[-1]
        about.phrase("lowest", f"{names[lowest]} ({stated[lowest]})", title=f"{title}: lowest")
        chart = _ward_map(supplement, table, order, f"The share is highest in {highest}.")
        notes = [neighbourhoods.NUMBERS]
        inputs = [*found.inputs, supplement.observations(neighbourhoods.NUMBER)]
        about.chart(
            "map",
            chart,
            title=title,
            alt=chart.alt,
            notes=[*notes, *reason_notes(pd.DataFrame(chart.rows, columns=chart.columns))],
            inputs=inputs,
        )


def _by_code(column: pd.Series[float]) -> dict[str, float]:
    return dict(zip(map(str, column.index), map(float, column), strict=True))


def _ward_map(supplement: Supplement, table: pd.DataFrame, order: list[str], finding: str) -> AreaMap:
    """The map of wards in classes of the share, with a row a ward under it."""
    classes = equal_classes(table["share"])
    names, numbers = neighbourhoods.ward_names(supplement), neighbourhoods.numbers_of(supplement)
    shares, counts = (_by_code(table[name]) for name in ("share", "poor"))
    class_of = {code: None if math.isnan(share) else classes.of(share) for code, share in shares.items()}
    table_rows = [
        [
            names[code],
            str(numbers[code]),
            number_cell(shares[code], "%", code="x", decimals=0),
            number_cell(counts[code], "count", code="x"),
        ]
        for code in order
    ]
    headings = ["Ward", "Number on the map", "Share of children", "Children in households deprived of income"]
    return AreaMap(
        [
            MapPlace(place.rings, place.ward_code, class_of[place.ward_code])
            for place in supplement.neighbourhoods
        ],
        [f"{words} of children" for words in classes.words("%")],
        labels={code: str(numbers[code]) for code in order},
        noun="wards",
        finding=Finding(finding, list(table["share"].dropna()), "%", 0),
        table=pd.DataFrame(table_rows, columns=headings),
    )
