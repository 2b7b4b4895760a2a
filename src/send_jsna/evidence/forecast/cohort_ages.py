"""The caseload carried forward by stage of education, as the children with a plan get older."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from send_jsna.errors import NoDataError
from send_jsna.evidence.families import Family
from send_jsna.evidence.forecast.cohorts import AGES, METHOD, NO_PLANS, by_age, carried
from send_jsna.evidence.forecast.forecasts import TOO_FEW_CHILDREN, following
from send_jsna.evidence.send.caseload import AGE_BANDS, plan_age
from send_jsna.evidence.small_numbers import refuse_any_few
from send_jsna.wording import format_number

if TYPE_CHECKING:
    from send_jsna.figures.records import FigureRecord
    from send_jsna.figures.supplement import Supplement

#: Last part of a figure's id → ages.
PARTS = {"primary": "5 to 10", "secondary": "11 to 15", "post_16": "16 to 19"}
#: The ages of plans, and the place of each among the bands.
_BAND_NAMES = [name for name, _ in AGE_BANDS]
_PLACES = np.array([_BAND_NAMES.index(plan_age(age)) for age in AGES])
RATIO_METHOD = (
    "Plans at these ages divided by those at ages a year younger the January before, times a hundred."
)


def publish_cohort_ages(supplement: Supplement, stem: str) -> FigureRecord | None:
    """Publish how many plans there will be at each stage of education as each year group gets older.

    Figures: the table ``<stem>.table``, the phrases ``<stem>.from`` and ``.until``, for each of ``PARTS`` the
    numbers ``<stem>.<part>.now`` and ``.ahead``, and the numbers ``<stem>.kept.<part>`` for the stages of
    school and after: plans for each hundred held at ages a year younger the January before.

    Returns:
        The table; None where plans by single year of age are missing, which is put on record.
    """
    family = Family(supplement, stem).about(method=METHOD)
    parts = [f"{part}.*" for part in PARTS]
    with family.covering(
        "EHC plans by age as each year group gets older", "table", "from", "until", "kept.*", *parts
    ):
        if supplement.has_few_children:
            raise NoDataError(f"{stem}: few plans to carry forward", reason=TOO_FEW_CHILDREN)
        country = supplement.comparators.country.code
        rows = supplement.observations("ehc_plans_count", area=[supplement.area.code, country], age="*")
        own = supplement.own(rows)
        refuse_any_few(own)
        stock = by_age(own)
        ahead = np.vstack([stock[-1:], _carried(stock, by_age(rows[rows["area_code"] == country]))])
        newest = str(own.sort_values("period_start", kind="stable")["period"].iloc[-1])
        years = [newest, *following(newest)]
        title = f"EHC plans by age carried forward, {supplement.area}"
        about = family.about(inputs=rows)
        about.phrase("from", newest, title=f"First year: {title}")
        about.phrase("until", years[-1], title=f"Last year: {title}")
        for part, band in PARTS.items():
            where = ahead[:, _places_of(band)].sum(axis=1)
            for key, number, year in (("now", where[0], newest), ("ahead", where[-1], years[-1])):
                about.number(
                    f"{part}.{key}",
                    round(float(number)),
                    unit="count",
                    title=f"{title}, {band.lower()}, {year}",
                )
        _publish_kept(family.about(inputs=own, method=RATIO_METHOD), stock, supplement.area.name)
        return about.table(
            "table",
            _table(ahead, years),
            title=f"EHC plans as each year group gets older, {supplement.area}",
            notes=[f"{newest} is counted; the years after it are carried forward."],
        )
    return None


def _carried(stock: npt.NDArray[np.float64], comparator: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    try:
        return carried(stock, comparator)
    except ValueError as error:
        raise NoDataError(f"plans by age: {error}", reason=NO_PLANS) from None


def _places_of(band: str) -> npt.NDArray[np.bool_]:
    """Which of the ages are in a band."""
    return np.asarray(_BAND_NAMES.index(band) == _PLACES)


def _publish_kept(family: Family, stock: npt.NDArray[np.float64], area: str) -> None:
    """What became of the plans of one January in the next, by the stage the children are then in."""
    for part in ("primary", "secondary", "post_16"):
        inside = np.flatnonzero(_places_of(PARTS[part]))
        younger = stock[-2, inside - 1].sum()
        name = f"EHC plans for each hundred held a year younger, now {PARTS[part].lower()}, {area}"
        with family.covering(name, f"kept.{part}"):
            if not younger:
                raise NoDataError(f"{part}: no plans a year younger", reason="no percentage of none")
            family.number(f"kept.{part}", 100 * stock[-1, inside].sum() / younger, decimals=0, title=name)


def _table(ahead: npt.NDArray[np.float64], years: list[str]) -> pd.DataFrame:
    lines = [
        [band, *(format_number(count, unit="count") for count in ahead[:, _places_of(band)].sum(axis=1))]
        for band in _BAND_NAMES
    ]
    lines.append(["All ages", *(format_number(count, unit="count") for count in ahead.sum(axis=1))])
    return pd.DataFrame(lines, columns=["Age", *years])
