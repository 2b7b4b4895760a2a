"""One published number for each unit of another: spend a head, spend a plan, pupils for each place.

Two numbers are divided only where they are of the same time and, as far as their definitions say, of the same
people: the period of the second lies within that of the first. Whether the people are the same, no period
says; the notebook that asks for a quotient has to know it, and the chapter says it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.catalogue.observations import known
from send_jsna.errors import NoDataError
from send_jsna.evidence import compare
from send_jsna.evidence.measures import Measure, refuse_chance
from send_jsna.evidence.small_numbers import refuse_any_few
from send_jsna.evidence.usefulness import changes_coverage
from send_jsna.figures import charts

if TYPE_CHECKING:
    from send_jsna.evidence.families import Family
    from send_jsna.figures.records import FigureRecord

NO_COMMON_PERIOD = "no period has both of the numbers it is worked out from"
CHANGING_TOTALS = "the publisher left authorities out of the totals of regions and of England"
ONLY_AREA = "too few areas with a value to compare"


@dataclass(frozen=True)
class Quotient:
    """A measure divided by another, for the area and what it is compared with.

    Attributes:
        measure: What is divided.
        by: What it is divided by.
        rows: ``area_code``, ``area_name`` and ``value`` (``times`` units of the measure for each of ``by``).
        inputs: The observations of both.
        period: The period of the measure.
        by_period: The period of what it is divided by, which lies within the other.
    """

    measure: Measure
    by: Measure
    rows: pd.DataFrame
    inputs: list[pd.DataFrame]
    period: str
    by_period: str

    @classmethod
    def of(cls, measure: Measure, by: Measure, *, times: float = 1.0) -> Quotient:
        """The quotient of the newest period that the area has both numbers of.

        Raises:
            NoDataError: There is none, or a number is withheld.
        """
        period, by_period = _periods(measure, by)
        top = known(measure.stored(area="comparators", period=period))
        bottom = known(by.stored(area="comparators", period=by_period))
        bottom = bottom[bottom["value"] > 0]
        own = [measure.supplement.own(part) for part in (top, bottom)]
        for part in own:
            refuse_any_few(part)
        both = top.merge(bottom[["area_code", "value"]], on="area_code", suffixes=("", "_by"), validate="1:1")
        rows = both[["area_code", "area_name"]].assign(value=times * both["value"] / both["value_by"])
        inputs = [part[part["area_code"].isin(rows["area_code"])] for part in (top, bottom)]
        return cls(measure, by, rows, inputs, period, by_period)

    @property
    def method(self) -> str:
        """How it is made."""
        top, bottom = (f"{item.indicator} of" for item in (self.measure, self.by))
        words = f"{top} {self.period} divided by {bottom} {self.by_period}"
        return f"{words}, both as published; neither is changed for prices."

    def value_of(self, area_code: str) -> float | None:
        """Its value in an area; None where a number is missing."""
        found = self.rows.loc[self.rows["area_code"] == area_code, "value"]
        return float(found.iloc[0]) if len(found) == 1 else None

    def among(self, codes: list[str]) -> pd.DataFrame:
        """Its rows of some areas."""
        return self.rows[self.rows["area_code"].isin(codes)]


def _periods(measure: Measure, by: Measure) -> tuple[str, str]:
    """The newest period of a measure and that of another which lies within it."""
    tops, bottoms = measure.series(), by.series()
    for _, top in tops.iloc[::-1].iterrows():
        is_inside = (bottoms["period_start"] >= top["period_start"]) & (
            bottoms["period_end"] <= top["period_end"]
        )
        if is_inside.any():
            return str(top["period"]), str(bottoms[is_inside].iloc[-1]["period"])
    raise NoDataError(
        f"no period of {measure.indicator} has one of {by.indicator} in it", reason=NO_COMMON_PERIOD
    )


def publish_quotient(
    measure: Measure, by: Measure, *, unit: str, times: float = 1.0, decimals: int | None = None
) -> FigureRecord | None:
    """Publish a measure divided by another, beside region, England and statistical neighbours.

    Figures: ``<stem>.latest``, ``.period``, ``.by_period``, ``.region``, ``.vs_region``, ``.england``,
    ``.vs_england``, ``.place`` (``third highest of eleven``) and the chart ``.neighbours``. Region and
    England are left out where the measure's usage warnings say that their totals do not always have the same
    areas.

    Args:
        measure: What is divided; its name is that of the quotient.
        by: What it is divided by.
        unit: Unit of the quotient.
        times: What the quotient is multiplied by, such as 100 for a percentage.
        decimals: Decimal places; by default those of the unit.

    Returns:
        The area's quotient; None where it has none, which is put on record.
    """
    with measure.covering("*"):
        found, area = Quotient.of(measure, by, times=times), measure.supplement.area
        value = found.value_of(area.code)
        if value is None:
            raise NoDataError(f"{measure.stem}: {area} has no quotient", reason=NO_COMMON_PERIOD)
        family = measure.about(inputs=found.inputs, method=found.method)
        shape = {"unit": unit, "decimals": decimals}
        record = family.number("latest", value, title=f"{measure.label}, {found.period}", **shape)
        for key, label in (("period", found.period), ("by_period", found.by_period)):
            family.phrase(key, label, title=f"Period: {measure.name}")
        _publish_larger(family, found, value, unit, decimals)
        _publish_similar(family, found, unit, decimals)
        return record
    return None


def _publish_larger(family: Family, found: Quotient, value: float, unit: str, decimals: int | None) -> None:
    """The quotients of region and England, and how that of the area is to them."""
    measure = found.measure
    has_all = not changes_coverage(measure.supplement, measure.indicator)
    for key, place in measure.larger_places.items():
        other = found.value_of(place.code) if has_all else None
        if other is None:
            reason = f"not in this edition for {place.name}" if has_all else CHANGING_TOTALS
            measure.absent(key, f"vs_{key}", reason=reason)
            continue
        title = f"{measure.name}, {place}, {found.period}"
        family.number(key, other, title=title, unit=unit, decimals=decimals)
        places = decimals if decimals is not None else 0 if unit.startswith("£") else 1
        family.phrase(
            f"vs_{key}",
            compare.standing(value, other, tolerance=0.5 * 10.0**-places),
            title=f"{measure.name}: {measure.supplement.area} against {place}, {found.period}",
        )


def _publish_similar(family: Family, found: Quotient, unit: str, decimals: int | None) -> None:
    """The area's place among its statistical neighbours, and the chart of them."""
    measure = found.measure
    supplement, places = measure.supplement, measure.supplement.comparators
    similar = found.among([supplement.area.code, *(area.code for area in places.neighbours)])
    with measure.covering("place", "neighbours"):
        refuse_chance(supplement, *(row for _, row in supplement.own(found.inputs[0]).iterrows()))
        if len(similar) < compare.FEWEST_PLACES:
            raise NoDataError(f"{measure.stem}: nobody to compare with", reason=ONLY_AREA)
        rank = 1 + int((similar["value"] > found.value_of(supplement.area.code)).sum())
        title = f"{measure.name}: {supplement.area} and its statistical neighbours, {found.period}"
        family.phrase("place", compare.Place(rank=rank, of=len(similar)).text, title=title)
        drawn = charts.dots(similar, unit=unit, focus=supplement.area.name, decimals=decimals)
        family.chart("neighbours", drawn, title=title)
