"""Whether an area's share is high or low for its deprivation: a line fitted to all other authorities.

The answer is about authorities, not about children: that authorities with more deprivation have more plans
does not say which children have them, nor how many children need one. And what an authority's schools and
budgets allow is part of what is fitted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from send_jsna.errors import DataError, NoDataError
from send_jsna.evidence.estimates import Estimated, publish_points
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
#: Side of the prediction interval → how a sentence and how a table says it.
_WORDS = {"within": "as expected for", "above": "high for", "below": "low for"}
_PLACES = {"within": "as expected", "above": "higher than expected", "below": "lower than expected"}
_STEPS = 25


@dataclass(frozen=True)
class Deprivation:
    """A measure of deprivation that is published of every authority."""

    name: str
    indicator: str
    selection: Mapping[str, str]

    def everywhere(self, supplement: Supplement) -> pd.DataFrame:
        """Its newest values of all authorities."""
        return newest_everywhere(Measure(supplement, self.indicator, "", self.name, self.selection))


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

    @property
    def period(self) -> str:
        """The period of the area's value."""
        return str(self.inputs[0]["period"].iloc[0])

    @property
    def expected(self) -> Estimated:
        """The share expected, with its 95 % prediction interval."""
        return Estimated(self.found.expected, self.found.lower_95, self.found.upper_95)

    @property
    def range(self) -> str:
        """That interval as printed: no share is below nought."""
        return replace(self.expected, lower=max(self.found.lower_95, 0.0)).range

    @property
    def residual(self) -> Estimated:
        """The share less what is expected, with its 95 % prediction interval, in percentage points."""
        value, (lower, upper) = self.found.value, self.expected.limits
        return Estimated(self.found.residual, value - upper, value - lower, "pp")


def publish_for_deprivation(measure: Measure, *, decimals: int | None = None) -> FigureRecord | None:
    """Publish whether a share is high, low or as expected for the area's deprivation.

    The measure is a percentage declared in ``data/catalogue/authorities.yaml``.

    Figures, by the first of :data:`MEASURES`: the phrase ``<stem>.adjusted.verdict`` (``high for``, ``low
    for`` or ``as expected for``), the numbers ``.expected`` and ``.residual`` with their 95 % prediction
    intervals, the phrases ``.range`` and ``.residual_range``, the numbers ``.explained`` and ``.areas``, and
    the chart ``.chart``; over all measures available, the table ``.table`` and the phrase ``.agreement``.

    Returns:
        The chart; None where the values of other authorities are missing, or the range expected is too wide
        to help, which is put on record.
    """
    with measure.covering("adjusted.*", of=f"{measure.name} for the area's deprivation"):
        values, first = newest_everywhere(measure), MEASURES[0]
        fits = [fitted(values, first, first.everywhere(measure.supplement))]
        measure.refuse_wide(fits[0].expected)
        for other in MEASURES[1:]:
            with suppress(NoDataError):
                fit = fitted(values, other, other.everywhere(measure.supplement))
                measure.refuse_wide(fit.expected)
                fits.append(fit)
        measure = replace(measure, stem=measure.family.id("adjusted"))
        _publish_words(measure, fits, decimals)
        _publish_table(measure, fits, decimals)
        return _publish_chart(measure, fits[0], decimals)
    return None


def fitted(values: pd.DataFrame, measure: Deprivation, deprivation: pd.DataFrame) -> Fitted:
    """Fit the values of all authorities but the first, which is the area, to their deprivation.

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
    others, made = rows.iloc[1:], []
    for x in np.linspace(float(rows["x"].min()), float(rows["x"].max()), _STEPS):
        # An area at this place whose value does not matter: the fit leaves it out.
        found = adjusted_comparison(0, [0.0, *others["y"]], [x, *others["x"]])
        made.append((float(x), found.expected, max(found.lower_95, 0.0), found.upper_95))
    return pd.DataFrame(made, columns=list(BAND))


def _publish_words(measure: Measure, fits: Sequence[Fitted], decimals: int | None) -> None:
    first, area = fits[0], measure.supplement.area
    title = f"{measure.name} against {first.measure.name.lower()}: {area}, {first.period}"
    shared = measure.about(title=title, inputs=first.inputs, method=METHOD)
    shared.phrase("verdict", _WORDS[first.side])
    expected = first.expected
    shared.number("expected", expected.value, unit="%", decimals=decimals, interval=expected.limits)
    shared.phrase("range", first.range)
    publish_points(shared, "residual", first.residual)
    shared.phrase("residual_range", first.residual.signed_range)
    shared.number("explained", 100 * first.found.explained, unit="%", decimals=0)
    shared.number("areas", first.found.areas, unit="count")
    is_one = len({fit.side for fit in fits}) == 1
    words = "give the same answer" if is_one else "do not all give the same answer"
    shared.phrase("agreement", words, inputs=_inputs(fits))


def _inputs(fits: Sequence[Fitted]) -> list[pd.DataFrame]:
    return [frame for fit in fits for frame in fit.inputs]


def _publish_table(measure: Measure, fits: Sequence[Fitted], decimals: int | None) -> None:
    lines = [
        {
            "Measure of deprivation": fit.measure.name,
            "Period": str(fit.inputs[1]["period"].iloc[0]),
            "Expected": format_number(fit.found.expected, unit="%", decimals=decimals),
            "95% range": fit.range,
            "Difference (percentage points)": fit.residual.signed,
            "Variation explained": format_number(100 * fit.found.explained, unit="%", decimals=0),
            "The area is": _PLACES[fit.side],
        }
        for fit in fits
    ]
    title = f"{measure.name} in {measure.supplement.area}, by measure of deprivation"
    measure.table("table", pd.DataFrame(lines), title=title, inputs=_inputs(fits), method=METHOD)


def _publish_chart(measure: Measure, fit: Fitted, decimals: int | None) -> FigureRecord:
    line, y, comparators = band(fit.rows), fit.rows["y"], measure.supplement.comparators
    low, high = (np.interp(fit.rows["x"], line["x"], line[column]) for column in ("lower", "upper"))
    sides = [fit.side, *np.select([y > high, y < low], ["above", "below"], "within")[1:]]
    chart = charts.fit(
        fit.rows.assign(place=[_PLACES[side] for side in sides]),
        line,
        focus=measure.supplement.area.name,
        neighbours=[area.name for area in comparators.neighbours],
        x_name=fit.measure.name,
        y_name=measure.name,
        x_unit=str(fit.inputs[1]["unit"].iloc[0]),
        decimals=decimals,
    )
    title = f"{measure.name} against {fit.measure.name.lower()}, all authorities, {fit.period}"
    return measure.chart("chart", chart, title=title, inputs=fit.inputs, method=METHOD, notes=[LIMITS])
