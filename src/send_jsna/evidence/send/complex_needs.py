"""Signs of complex needs among an authority's EHC plans, each as a share of the plans it maintains.

No source records complexity: a plan has one primary need. The needs counted here are those of A. Pinney,
"Understanding the needs of disabled children with complex needs or life-limiting conditions: what can we
learn from national data?" (Council for Disabled Children and True Colours Trust, 2017): profound and multiple
learning difficulty, severe learning difficulty and multi-sensory impairment. She adds autism in special
schools, which cannot be taken from files that do not cross need with placement, and reads the special school
population as a second sign. So does this module, with long residential placements and the age at which a plan
is in force (needs that are plain from birth bring a plan before school age) beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.catalogue.observations import WITHHELD_HERE, known
from send_jsna.disclosure import sealed_counts
from send_jsna.errors import NoDataError
from send_jsna.evidence.benchmark.against_neighbours import points
from send_jsna.evidence.shares import Part, band_share, ratio
from send_jsna.evidence.small_numbers import is_small
from send_jsna.evidence.tables import period_of

if TYPE_CHECKING:
    from send_jsna.figures.supplement import Supplement

#: Primary needs that count as complex.
COMPLEX_NEEDS = ("pmld", "sld", "msi")
#: The most frequent of them, without which the others show too little.
BULK = "sld"
#: Share of the neighbours a need must be shown for to be counted.
OFTEN = 0.8
#: Ages before school.
YOUNGEST = ("under_3", "3", "4")


@dataclass(frozen=True)
class ComplexitySign:
    """A sign of complexity: a share of an authority's plans.

    Attributes:
        key: Part of a figure's id.
        name: As a title says it, such as ``EHC plans for complex needs``.
        take: Makes the parts by area code, of those authorities whose counts are all available.
    """

    key: str
    name: str
    take: Callable[[Supplement], dict[str, Part]]


def counted(supplement: Supplement) -> list[str]:
    """The complex needs whose counts are shown for the area and for most of its neighbours.

    A count of few children is withheld, here or by its publisher, and no sum may give it away. A need that is
    withheld too often is left out for all, so that all are measured alike.

    Raises:
        NoDataError: The area's plans for severe learning difficulty, the bulk of them, are not among them.
    """
    rows = known(peers(supplement, "ehc_primary_need_pct", need=list(COMPLEX_NEEDS)))
    rows = rows[rows["numerator"].notna()]
    own = set(supplement.own(rows)["need"])
    others = len(supplement.comparators.neighbours)
    shown = rows[rows["area_code"] != supplement.area.code]["need"].value_counts()
    found = [need for need in COMPLEX_NEEDS if need in own and shown.get(need, 0) >= OFTEN * others]
    if BULK not in found:
        raise NoDataError("plans for severe learning difficulty are withheld", reason=WITHHELD_HERE)
    return found


def complex_needs(supplement: Supplement) -> dict[str, Part]:
    """Plans with a complex primary need, by area; those one of whose counts is withheld are left out."""
    wanted = counted(supplement)
    rows = known(peers(supplement, "ehc_primary_need_pct", need=wanted))
    return {
        str(area): Part.of(frame, frame["numerator"].sum(), frame["denominator"].iloc[0])
        for area, frame in rows.groupby("area_code", sort=False)
        if set(frame["need"]) == set(wanted) and frame["numerator"].notna().all()
    }


def special_placements(supplement: Supplement) -> dict[str, Part]:
    """Plans of children in special schools, by area."""
    rows = known(peers(supplement, "ehc_placement_pct", placement="special"))
    rows = rows.dropna(subset=["numerator", "denominator"])
    return {str(row["area_code"]): Part.of_row(row) for _, row in rows.iterrows()}


def residential(supplement: Supplement) -> dict[str, Part]:
    """Plans with a residential placement of 38 weeks or more, by area."""
    counts = peers(supplement, "residential_placements_count")
    plans = supplement.stored("ehc_plans_count", area=list(counts["area_code"]), period=period_of(counts))
    wholes = {row["area_code"]: row for _, row in known(plans).iterrows()}
    return {
        str(row["area_code"]): ratio(row, wholes[row["area_code"]])
        for _, row in known(counts).iterrows()
        if row["area_code"] in wholes
    }


def under_fives(supplement: Supplement) -> dict[str, Part]:
    """Plans of children under five, by area; an age of no child with a plan may have no row.

    An authority one of whose counts its publisher withheld is left out, one without plans of children so
    young, and one with so few of them that the profile withholds them: a sum that is given is a sum that may
    be shown.
    """
    rows, found = peers(supplement, "ehc_plans_count", age="*"), {}
    for area, frame in rows.groupby("area_code", sort=False):
        counts = sealed_counts.current().counts(frame)
        if is_small(counts[frame["age"].isin(YOUNGEST)].sum()):
            continue
        with suppress(NoDataError):
            found[str(area)] = band_share(frame, "age", _stage, "before school")
    return found


def _stage(age: str) -> str:
    return "before school" if age in YOUNGEST else "later"


SIGNS = (
    ComplexitySign("needs", "EHC plans for complex needs", complex_needs),
    ComplexitySign("special", "EHC plans of children in special schools", special_placements),
    ComplexitySign("residential", "EHC plans with a residential placement of 38 weeks or more", residential),
    ComplexitySign("under_fives", "EHC plans of children under five", under_fives),
)


def peers(supplement: Supplement, indicator: str, **selection: str | list[str]) -> pd.DataFrame:
    """Rows of the area and its neighbours in the area's newest period."""
    own = supplement.observations(indicator, period="latest", **selection)
    codes = [supplement.area.code, *(area.code for area in supplement.comparators.neighbours)]
    return supplement.stored(indicator, area=codes, period=period_of(own), **selection)


def difference_text(value: float, limits: tuple[float, float]) -> str:
    """A difference in percentage points with its 95 % limits, as a table prints it."""
    low, high = map(points, limits)
    return f"{points(value)} ({low} to {high})"
