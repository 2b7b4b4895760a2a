"""Funnel plots of an area among all authorities: who differs by more than chance allows.

Authorities differ in practice as well as by chance, and then most of them lie outside limits that allow for
chance alone. So the figures say how many do, and how unusual the area is once the spread between authorities
is allowed for; where too many do, the funnel does not help, and is left out
(:func:`send_jsna.evidence.usefulness.refuse_dispersed`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from send_jsna.catalogue.observations import known
from send_jsna.errors import NoDataError
from send_jsna.evidence.benchmark.benchmarks import NO_COUNTS
from send_jsna.evidence.everywhere import FEWEST, NOT_HELD, newest_everywhere
from send_jsna.evidence.usefulness import refuse_dispersed
from send_jsna.figures import charts
from send_jsna.figures.charts.funnel import places as against_limits
from send_jsna.statistics.funnel import overdispersion
from send_jsna.wording import format_number

if TYPE_CHECKING:
    from send_jsna.evidence.measures import Measure
    from send_jsna.figures.records import FigureRecord

METHOD = (
    "Limits of a proportion around England's from the exact binomial distribution (Spiegelhalter 2005): by "
    "chance alone about one authority in twenty would lie outside the 95% limits and one in five hundred "
    "outside the 99.8% limits. Areas are placed by the exact chance of a count as far out."
)
SPREAD_METHOD = (
    "Mean square of the winsorised z-scores of all authorities: 1 is chance alone. The place that allows for "
    "it adds the variance between authorities (Spiegelhalter et al. 2012, additive model)."
)
#: Beyond this many standard deviations a value is outside limits of 95 and of 99.8 %.
_Z_95, _Z_998 = 1.96, 3.09
#: Times the variance of chance from which the spread between authorities is more than chance.
_DISPERSED = 1.5


def publish_funnel(measure: Measure, *, whole: str, decimals: int | None = None) -> FigureRecord | None:
    """Publish a funnel plot of a percentage of a ``whole``, such as ``New plans in the year``.

    The percentage is declared in ``data/catalogue/authorities.yaml``, and its counts are published.

    Figures: the chart ``<stem>.funnel``; the phrase ``<stem>.funnel_place`` (``above the 99.8% limit``); the
    numbers ``<stem>.funnel_outside`` of authorities outside the 99.8 % limits and ``<stem>.funnel_drawn`` of
    all that are drawn; the number ``<stem>.funnel_factor`` (variance between authorities in units of chance)
    and the phrase ``<stem>.funnel_adjusted``, which allows for it.

    Returns:
        The chart; None where it cannot be drawn or does not help, which is put on record.
    """
    supplement, country = measure.supplement, measure.supplement.comparators.country
    parts = [f"funnel{part}" for part in ("", "_place", "_outside", "_drawn", "_factor", "_adjusted")]
    with measure.covering(*parts, of=f"{measure.name}, funnel plot of all authorities"):
        counted, whole_country = _counted(measure)
        target = float(whole_country["numerator"].iloc[0] / whole_country["denominator"].iloc[0])
        title = f"{measure.name}: {supplement.area} among all authorities, {counted['period'].iloc[0]}"
        family = measure.about(title=title, inputs=[counted, whole_country], method=METHOD)
        places = against_limits(counted, target)
        outside = sum("99.8%" in place for place in places)
        refuse_dispersed(supplement, outside, len(counted), of=measure.indicator)
        family.phrase("funnel_place", places[0])
        family.number("funnel_outside", outside, unit="count")
        family.number("funnel_drawn", len(counted), unit="count")
        spread = overdispersion(counted["numerator"], counted["denominator"], target)
        shared = family.about(method=SPREAD_METHOD)
        shared.number("funnel_factor", spread.factor, decimals=_decimals(spread.factor))
        shared.phrase("funnel_adjusted", adjusted_words(float(spread.z_adjusted[0])))
        chart = charts.funnel(
            counted,
            target=target,
            target_name=country.name,
            focus=supplement.area.name,
            neighbours=[place.name for place in supplement.comparators.neighbours],
            x_name=whole,
            y_name=measure.name,
            decimals=decimals,
        )
        return family.chart("funnel", chart, notes=[note(spread.factor)])
    return None


def _counted(measure: Measure) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The authorities with counts, the area first, and England in the same period.

    Raises:
        NoDataError: The area, England or too many other authorities have no counts.
    """
    rows, country = newest_everywhere(measure), measure.supplement.comparators.country
    counted = with_counts(rows)
    if rows["area_code"].iloc[0] not in set(counted["area_code"]):
        raise NoDataError(f"{measure.stem}: no counts of the area", reason=NO_COUNTS)
    if len(counted) < FEWEST:
        raise NoDataError(f"{len(counted)} authorities have counts", reason=NOT_HELD)
    whole = with_counts(known(measure.stored(area=country, period=str(rows["period"].iloc[0]))))
    if len(whole) != 1:
        raise NoDataError(f"{measure.stem}: no counts of {country}", reason=NO_COUNTS)
    return counted, whole


def with_counts(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows whose percentage has whole counts behind it."""
    counts = rows[["numerator", "denominator"]]
    whole = counts.notna().all(axis=1) & (counts == np.round(counts)).all(axis=1)
    return rows[whole & (rows["denominator"] > 0) & (rows["unit"] == "%")].reset_index(drop=True)


def adjusted_words(z: float) -> str:
    """How a value is once the spread between authorities is allowed for."""
    if abs(z) <= _Z_95:
        return "not unusual"
    side = "high" if z > 0 else "low"
    return f"unusually {side}" if abs(z) <= _Z_998 else f"extremely {side}"


def _decimals(factor: float) -> int:
    return 0 if factor >= 10 else 1


def note(factor: float) -> str:
    """What to heed in reading the funnel."""
    if factor < _DISPERSED:
        return "Authorities differ hardly more than chance alone would make them."
    times = format_number(factor, decimals=_decimals(factor))
    return (
        f"Authorities differ far more than by chance: their variance is {times} times that of chance. To be "
        "outside the limits is therefore common: it says that a value is no accident, not that it is unusual."
    )
