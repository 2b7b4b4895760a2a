"""Wards side by side: disability, language, ethnic groups and deprived households, and where needs meet.

The census counts residents of all ages. It gives proficiency in English by middle layer area, larger than a
neighbourhood; a ward then has the mean of those its neighbourhoods are in, weighed by their residents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.errors import NoDataError
from send_jsna.evidence import neighbourhoods
from send_jsna.evidence.families import Family
from send_jsna.evidence.send.child_poverty import Poverty
from send_jsna.evidence.tables import number_cell, reason_notes
from send_jsna.wording import format_number, in_words, listed

if TYPE_CHECKING:
    from send_jsna.catalogue.areas import Area
    from send_jsna.figures.supplement import Supplement

#: Parts of figure ids, with the indicator and the heading of its column.
MEASURES = {
    "disabled": ("neighbourhood_disabled_pct", "Disabled residents"),
    "language": ("neighbourhood_little_english_pct", "Speak English not well or not at all"),
    "ethnicity": ("neighbourhood_ethnic_minority_pct", "Asian, Black, mixed or other ethnic groups"),
    "households": ("neighbourhood_households_deprived_pct", "Households deprived in two dimensions or more"),
}
#: The measures of need that are set against child poverty.
_NEEDS = ("disabled", "language")
_LANGUAGE = "neighbourhood_little_english_pct"
RESIDENTS = "neighbourhood_residents_count"

#: Points within which all wards are the same, as printed: the figure is published for one area alone.
_SAME = 0.05
#: Wards that the list of those where needs meet names.
_MOST_NAMED = 6
#: Part of the wards that count as high.
_HIGH = 1 / 3

_METHOD = (
    "Share of each neighbourhood (of English: middle layer area) in the census of 2021, averaged over the"
    " neighbourhoods best fitted to a ward; the weights are the people the share is of, and sum to one."
)


def _means(supplement: Supplement, indicator: str) -> tuple[pd.Series[float], list[pd.DataFrame]]:
    """The mean of each ward, and the observations it is made from."""
    if indicator == _LANGUAGE:
        rows = neighbourhoods.middle_rows(supplement, indicator)
        residents = neighbourhoods.rows_of(supplement, RESIDENTS)
        weights = rows["code"].map(residents.set_index("code")["value"])
        return neighbourhoods.ward_means(rows, weights), [rows[rows["value"].notna()], residents]
    rows = neighbourhoods.rows_of(supplement, indicator)
    return neighbourhoods.ward_means(rows, rows["denominator"]), [rows]


def publish_wards(supplement: Supplement, stem: str) -> None:
    """Publish the census figures of every ward.

    Figures: the table ``<stem>.table``, and for each of ``disabled``, ``language``, ``ethnicity`` and
    ``households`` the phrases ``<stem>.<part>.highest`` and ``<stem>.<part>.lowest``.
    """
    family = Family(supplement, stem)
    parts = [f"{part}.{end}" for part in MEASURES for end in ("highest", "lowest")]
    with family.covering("Wards: disability, language, ethnic groups, deprived households", "table", *parts):
        names, numbers = neighbourhoods.ward_names(supplement), neighbourhoods.numbers_of(supplement)
        if len(names) < neighbourhoods.FEWEST_WARDS:
            neighbourhoods.rows_of(supplement, RESIDENTS)
            raise NoDataError("too few wards", reason=neighbourhoods.TOO_FEW)
        where = f"{supplement.area}, 2021"
        columns: dict[str, list[str]] = {
            "Ward": [*(names[code] for code in numbers), *map(str, _larger(supplement))],
            "Number on the maps": [*map(str, numbers.values()), *["z"] * len(_larger(supplement))],
        }
        used: list[pd.DataFrame] = []
        for part, (indicator, heading) in MEASURES.items():
            means, inputs = _means(supplement, indicator)
            _publish_ends(
                family.about(inputs=inputs, method=_METHOD), part, means, names, f"{heading}, {where}"
            )
            larger = supplement.observations(indicator, area=_larger(supplement)).set_index("area_code")
            cells = [*means[list(numbers)], *(larger["value"][area.code] for area in _larger(supplement))]
            columns[heading] = [number_cell(cell, "%", code="x") for cell in cells]
            used += [*inputs, larger]
        table = pd.DataFrame(columns)
        family.table(
            "table",
            table,
            title=f"Wards: disability, English, ethnic groups and deprived households, {where}",
            inputs=used,
            method=_METHOD,
            notes=[
                "Residents of all ages, not adjusted for age; wards of 2024, best fitted.",
                *reason_notes(table),
            ],
        )


def _larger(supplement: Supplement) -> list[Area]:
    """The area and England, whose figures end the table."""
    return [supplement.area, supplement.comparators.country]


def _publish_ends(
    about: Family, part: str, means: pd.Series[float], names: dict[str, str], title: str
) -> None:
    """Which wards are highest and which is lowest."""
    ranked = means.dropna().sort_values(ascending=False, kind="stable")
    if ranked.empty or ranked.iloc[0] - ranked.iloc[-1] < _SAME:
        ends = (f"{part}.highest", f"{part}.lowest")
        about.absent(title, *ends, reason="published for one area alone, and not for its wards")
        return
    first, last = (format_number(float(ranked.iloc[end]), unit="%") for end in (0, -1))
    in_order = [names[str(code)] for code in ranked.index]
    about.phrase(f"{part}.highest", neighbourhoods.in_turn(in_order, first), title=f"Wards, highest: {title}")
    about.phrase(f"{part}.lowest", f"{in_order[-1]} ({last})", title=f"Wards, lowest: {title}")


def publish_meeting(supplement: Supplement, figure_id: str) -> None:
    """Publish the wards where child poverty is high and so is disability or little English, as a phrase."""
    with supplement.covering("Wards where needs meet", figure_id):
        poverty = Poverty.of(supplement)
        shares = poverty.by_ward()["share"].dropna()
        if len(shares) < neighbourhoods.FEWEST_WARDS:
            raise NoDataError("too few wards", reason=neighbourhoods.TOO_FEW)
        names, used = neighbourhoods.ward_names(supplement), list(poverty.inputs)
        high = _high(shares)
        also: set[str] = set()
        for part in _NEEDS:
            means, inputs = _means(supplement, MEASURES[part][0])
            used += inputs
            also |= _high(means.dropna())
        both = [str(code) for code in shares.sort_values(ascending=False).index if code in high & also]
        supplement.phrase(
            figure_id,
            _named([names[code] for code in both]),
            title=f"Wards among the highest third in child poverty and in disability or little English,"
            f" {supplement.area}",
            inputs=used,
            method=f"{_METHOD} Child poverty as in the map of wards. High is the highest third of the wards.",
        )


def _named(wards: list[str]) -> str:
    """The first of some wards by name, and how many more there are."""
    more = len(wards) - _MOST_NAMED
    if more > 1:
        return f"{listed(wards[:_MOST_NAMED])}, and in {in_words(more)} more wards"
    return listed(wards) if wards else "no ward"


def _high(values: pd.Series[float]) -> set[str]:
    """Codes of the wards in the highest third; none where all are the same."""
    if values.empty or values.max() - values.min() < _SAME:
        return set()
    count = max(1, round(len(values) * _HIGH))
    return set(values.sort_values(ascending=False, kind="stable").index[:count])
