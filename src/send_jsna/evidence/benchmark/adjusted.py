"""Whether an area's share is high or low for its deprivation: a line fitted to all other authorities.

The answer is about authorities, not about children: that authorities with more deprivation have more plans
does not say which children hold them, nor how many children need one. And what an authority's schools and
budgets allow is part of what is fitted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from send_jsna.errors import DataError, NoDataError
from send_jsna.evidence import tables
from send_jsna.evidence.everywhere import FEWEST, NOT_HELD, newest_everywhere
from send_jsna.evidence.measures import Measure
from send_jsna.figures import charts
from send_jsna.figures.charts.fit import BAND
from send_jsna.statistics.adjustment import Adjusted, adjusted_comparison
from send_jsna.wording import format_number

if TYPE_CHECKING:
    from send_jsna.figures.records import FigureRecord
    from send_jsna.figures.supplement import Supplement

METHOD = (
    "Least squares line fitted to all other authorities, the area left out; 95% prediction interval of a "
    "single authority with its deprivation (Cook and Weisberg 1982). High or low where the area lies outside."
)
LIMITS = (
    "This holds for authorities, not for children: it does not say which children have a plan or how many "
    "need one, and a value outside the range may have causes that deprivation does not measure."
)
_WORDS = {"within": "as expected for", "above": "high for", "below": "low for"}
_PLACES = {"within": "as expected", "above": "higher than expected", "below": "lower than expected"}
_STEPS = 25


@dataclass(frozen=True)
class Deprivation:
    """A measure of deprivation that is held of every authority."""

    name: str
    indicator: str
    selection: Mapping[str, str]


#: The measures, the one that decides first.
MEASURES = (
    Deprivation(
        "Primary pupils eligible for free school meals", "free_school_meals_pct", {"phase": "primary"}
    ),
    Deprivation(
        "Secondary pupils eligible for free school meals", "free_school_meals_pct", {"phase": "secondary"}
    ),
    Deprivation("Children in low-income families", "low_income_families_pct", {}),
    Deprivation("Income deprivation affecting children, average score", "idaci_average_score", {}),
)


@dataclass(frozen=True)
class Fitted:
    """One measure's fit: the authorities with both values, the area first, and the area's place."""

    measure: Deprivation
    rows: pd.DataFrame
    inputs: list[pd.DataFrame]
    found: Adjusted

    @property
    def side(self) -> str:
        """``within``, ``above`` or ``below`` the 95 % prediction interval."""
        return self.found.place.partition(" ")[0]


def publish_for_deprivation(measure: Measure, *, decimals: int | None = None) -> FigureRecord | None:
    """Publish whether a share is high, low or as expected for the area's deprivation.

    Figures, by the first of :data:`MEASURES`: the phrase ``<stem>.adjusted.verdict`` (``high for``, ``low
    for`` or ``as expected for``), the numbers ``.expected`` and ``.residual`` with their 95 % prediction
    intervals, the phrases ``.range`` and ``.residual_range``, the numbers ``.explained`` and ``.areas``, and
    the chart ``.chart``; over all measures held, the table ``.table`` and the phrase ``.agreement``.

    Args:
        measure: What is measured, a percentage declared in ``data/catalogue/authorities.yaml``.
        decimals: Decimal places of the share.

    Returns:
        The chart; None where the other authorities are not held, which is put on record.
    """
    with measure.covering("adjusted.*", of=f"{measure.name} for the area's deprivation"):
        values = newest_everywhere(measure)
        fits = []
        for other in MEASURES:
            try:
                fits.append(fitted(values, other, _everywhere(measure.supplement, other)))
            except NoDataError:
                if other is MEASURES[0]:
                    raise
        _publish_words(measure, fits, decimals)
        _publish_table(measure, fits, decimals)
        return _publish_chart(measure, fits[0], decimals)
    return None


def fitted(values: pd.DataFrame, measure: Deprivation, deprivation: pd.DataFrame) -> Fitted:
    """Fit all other authorities' values to their deprivation.

    Args:
        values: Observations of all authorities, the area first.
        measure: The measure of deprivation.
        deprivation: Its observations.

    Raises:
        NoDataError: Too few authorities have both.
        DataError: An authority has two values.
    """
    for frame in (values, deprivation):
        if frame["area_code"].duplicated().any():
            raise DataError(f"two values of {frame['indicator'].iloc[0]} for one area", expected="one")
    both = values.merge(deprivation[["area_code", "value"]], on="area_code", suffixes=("", "_x"))
    if len(both) < FEWEST or both["area_code"].iloc[0] != values["area_code"].iloc[0]:
        raise NoDataError(f"{len(both)} authorities have both values", reason=NOT_HELD)
    rows = both.rename(columns={"value_x": "x"}).assign(y=both["value"])
    used = [frame[frame["area_code"].isin(rows["area_code"])] for frame in (values, deprivation)]
    return Fitted(measure, rows, used, adjusted_comparison(0, rows["y"], rows["x"]))


def band(rows: pd.DataFrame) -> pd.DataFrame:
    """The line fitted to all but the first row and its 95 % prediction band, over the span of ``x``."""
    others = rows.iloc[1:]
    xs = np.linspace(float(rows["x"].min()), float(rows["x"].max()), _STEPS)
    made = []
    for x in xs:
        # An area at this place whose value does not matter: the fit leaves it out.
        found = adjusted_comparison(0, [0.0, *others["y"]], [x, *others["x"]])
        made.append((float(x), found.expected, max(found.lower_95, 0.0), found.upper_95))
    return pd.DataFrame(made, columns=list(BAND))


def _everywhere(supplement: Supplement, of: Deprivation) -> pd.DataFrame:
    return newest_everywhere(Measure(supplement, of.indicator, "", of.name, of.selection))


def _publish_words(measure: Measure, fits: list[Fitted], decimals: int | None) -> None:
    first = fits[0]
    found, period = first.found, first.inputs[0]["period"].iloc[0]
    about: dict[str, Any] = {
        "title": f"{measure.name} against {first.measure.name.lower()}: {measure.supplement.area}, {period}",
        "inputs": first.inputs,
        "method": METHOD,
    }
    measure.phrase("adjusted.verdict", _WORDS[first.side], **about)
    measure.number(
        "adjusted.expected",
        found.expected,
        unit="%",
        decimals=decimals,
        interval=(found.lower_95, found.upper_95),
        **about,
    )
    measure.phrase("adjusted.range", _range(max(found.lower_95, 0.0), found.upper_95, "%"), **about)
    limits = (found.value - found.upper_95, found.value - found.lower_95)
    shown = tables.signed(found.residual, unit="pp")
    measure.number("adjusted.residual", found.residual, unit="pp", shown=shown, interval=limits, **about)
    low, high = (tables.signed(limit) for limit in limits)
    measure.phrase("adjusted.residual_range", f"{low} to {high}", **about)
    measure.number("adjusted.explained", 100 * found.explained, unit="%", decimals=0, **about)
    measure.number("adjusted.areas", found.areas, unit="count", **about)
    sides = {fit.side for fit in fits}
    about["inputs"] = [frame for fit in fits for frame in fit.inputs]
    measure.phrase(
        "adjusted.agreement",
        "give the same answer" if len(sides) == 1 else "do not all give the same answer",
        **about,
    )


def _publish_table(measure: Measure, fits: list[Fitted], decimals: int | None) -> None:
    rows = [
        [
            fit.measure.name,
            str(fit.inputs[1]["period"].iloc[0]),
            format_number(fit.found.expected, unit="%", decimals=decimals),
            _range(max(fit.found.lower_95, 0.0), fit.found.upper_95, "%"),
            tables.signed(fit.found.residual),
            format_number(100 * fit.found.explained, unit="%", decimals=0),
            _PLACES[fit.side],
        ]
        for fit in fits
    ]
    heads = ["Measure of deprivation", "Period", "Expected", "95% range", "Difference (percentage points)"]
    measure.table(
        "adjusted.table",
        pd.DataFrame(rows, columns=[*heads, "Variation explained", "The area is"]),
        title=f"{measure.name} in {measure.supplement.area}, by measure of deprivation",
        inputs=[frame for fit in fits for frame in fit.inputs],
        method=METHOD,
    )


def _publish_chart(measure: Measure, fit: Fitted, decimals: int | None) -> FigureRecord:
    supplement = measure.supplement
    line = band(fit.rows)
    low, high = (np.interp(fit.rows["x"], line["x"], line[column]) for column in ("lower", "upper"))
    y = fit.rows["y"].to_numpy()
    sides = np.where(y > high, "above", np.where(y < low, "below", "within"))
    sides[0] = fit.side
    return supplement.chart(
        f"{measure.stem}.adjusted.chart",
        charts.fit(
            fit.rows.assign(place=[_PLACES[str(side)] for side in sides]),
            line,
            focus=supplement.area.name,
            neighbours=[area.name for area in supplement.comparators.neighbours],
            x_name=fit.measure.name,
            y_name=measure.name,
            x_unit=str(fit.inputs[1]["unit"].iloc[0]),
            decimals=decimals,
        ),
        title=f"{measure.name} against {fit.measure.name.lower()}, all authorities, "
        f"{fit.inputs[0]['period'].iloc[0]}",
        inputs=fit.inputs,
        method=METHOD,
        notes=[LIMITS],
    )


def _range(low: float, high: float, unit: str) -> str:
    return f"{format_number(low, unit=unit, decimals=1)} to {format_number(high, unit=unit, decimals=1)}"
