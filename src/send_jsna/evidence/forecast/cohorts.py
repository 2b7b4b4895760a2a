"""The caseload carried forward age by age: a second opinion on its forecast, which no backtest has tried.

The edition has plans by single year of age for two Januaries only. The change from each age to the next
is taken from these two, leaning on England's where the area has few plans. Hardly any child has a plan before
the age of four, so that no change into that age can be taken: the plans under five are taken to stay as they
are. It shows what the ages of today's children bring by themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from send_jsna.disclosure import sealed_counts
from send_jsna.errors import NoDataError
from send_jsna.evidence.families import Family
from send_jsna.evidence.forecast.forecasts import HORIZON, TOO_FEW_CHILDREN, following
from send_jsna.evidence.small_numbers import WITHHELD_IN_PART
from send_jsna.evidence.yearly import years_of
from send_jsna.statistics.cohort_flow import cohort_flow

if TYPE_CHECKING:
    from send_jsna.figures.records import FigureRecord
    from send_jsna.figures.supplement import Supplement

#: Ages of children and young people with a plan, as published: the youngest together, then single years.
AGES = ("under_3", *(str(age) for age in range(3, 26)))
METHOD = (
    "Cohort change ratios of Hamilton and Perry (1962) between the two Januaries of which the "
    "edition has ages, drawn towards England's where plans are few; plans under five stay as they are. Not "
    "backtested: the edition has ages of two years only."
)
#: The place of the oldest age whose plans stay as they are: a ratio to the few a year younger says nothing.
_ENTRY = AGES.index("4")
NO_PLANS = "an age has no plans to carry forward"
TWO_YEARS = "plans by age are not in this edition for two years in a row"


def publish_cohorts(supplement: Supplement, stem: str) -> FigureRecord | None:
    """Publish what the caseload comes to where each age goes on as between the last two years.

    Figures: ``<stem>.by_age`` (plans in the last year ahead) and ``<stem>.by_age_until``.

    Returns:
        The number; None where plans by age are missing, which is put on record.
    """
    family, area = Family(supplement, stem).about(method=METHOD), supplement.area
    with family.covering("EHC plans carried forward by age", "by_age", "by_age_until"):
        if supplement.has_few_children:  # one number could then give away too much of an age
            raise NoDataError(f"{stem}: few plans to carry forward", reason=TOO_FEW_CHILDREN)
        country = supplement.comparators.country.code
        rows = supplement.observations("ehc_plans_count", area=[area.code, country], age="*")
        total = _carried_forward(supplement.own(rows), rows[rows["area_code"] == country])
        until = following(str(supplement.own(rows).sort_values("period_start")["period"].iloc[-1]))[-1]
        title = f"Last year of the caseload carried forward by age, {area}"
        family.phrase("by_age_until", until, title=title, inputs=rows)
        title = f"EHC plans carried forward by age, {area}, {until}"
        return family.number("by_age", round(total), title=title, inputs=rows, unit="count", decimals=0)
    return None


def _carried_forward(own: pd.DataFrame, other: pd.DataFrame) -> float:
    """The last total, entered among the estimates shown: each count of an age bears on it."""
    sealed_counts.current().use(own)
    table, comparator = by_age(own), by_age(other)
    try:
        total = float(carried(table, comparator)[-1].sum())
    except ValueError as error:
        raise NoDataError(f"plans by age: {error}", reason=NO_PLANS) from None
    years = years_of(own)
    used = own[years >= years.max() - 1]
    at = years_of(used) - years.max() + 1, [AGES.index(age) for age in used["age"]]
    change = changes(table, comparator)[at]
    sealed_counts.current().disclose_estimate(used, change.tolist(), within=0.5)
    return total


def by_age(frame: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Plans of one area by year and age, shape (2, ages), of the newest two years, one after the other.

    An age without a row has no plans.

    Raises:
        NoDataError: Fewer than two years in a row, or a count its publisher withholds.
    """
    counts = frame.assign(value=sealed_counts.current().counts(frame), year=years_of(frame))
    years = sorted(set(counts["year"]))[-2:]
    if len(years) < 2 or years[1] - years[0] != 1:
        raise NoDataError("ages are available for fewer than two years in a row", reason=TWO_YEARS)
    counts = counts[counts["year"].isin(years)]
    if counts["value"].isna().any():
        raise NoDataError("plans of an age are withheld", reason=WITHHELD_IN_PART)
    wide = counts.pivot(index="year", columns="age", values="value").reindex(columns=list(AGES)).fillna(0.0)
    return wide.to_numpy(dtype=np.float64)


def carried(table: npt.NDArray[np.float64], comparator: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Plans by age in each year ahead, shape (horizon, ages).

    Args:
        table: Plans of the area, as :func:`by_age` gives them.
        comparator: Those of a larger area.

    Raises:
        ValueError: As :func:`send_jsna.statistics.cohort_flow.cohort_flow`.
    """
    flow = cohort_flow(table[:, _ENTRY:], HORIZON, comparator=comparator[:, _ENTRY:])
    return np.hstack([np.repeat(table[-1:, :_ENTRY], HORIZON, axis=0), flow.by_age])


def changes(table: npt.NDArray[np.float64], comparator: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """What the last total changes by for one more plan in each cell of the table, of the same shape."""
    total = carried(table, comparator)[-1].sum()
    found = np.empty(table.shape)
    for cell in np.ndindex(table.shape):
        more = table.copy()
        more[cell] += 1
        found[cell] = carried(more, comparator)[-1].sum() - total
    return found
