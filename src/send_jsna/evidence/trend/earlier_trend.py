"""A series held against its trend before the pandemic, or the reason why it cannot be.

A series allows it where it has enough periods before, is whole before, and means the same after.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from send_jsna.catalogue.observations import known
from send_jsna.catalogue.periods import parse_period
from send_jsna.errors import NoDataError
from send_jsna.evidence import compare
from send_jsna.evidence.measures import Measure, is_chance
from send_jsna.evidence.small_numbers import hide_few, known_or_withheld
from send_jsna.statistics.projection import LEAST_BEFORE, ExpectedPath, expected_without
from send_jsna.wording import in_words

if TYPE_CHECKING:
    pass

#: Schools closed to most pupils after this day.
OUTBREAK = "2020-03-20"
Result = Literal["above", "below", "no clear difference", "cannot be told"]
#: An interval is too wide to tell anything by where its upper limit is more than so many times the lower one.
WIDE_RATIO = 3.0
#: Or, of percentages, where it spans more than so many points.
WIDE_POINTS = 50.0


@dataclass(frozen=True)
class Series:
    """A yearly series to be held against its earlier trend.

    Attributes:
        measure: What is measured.
        cut: First period that is not part of the earlier trend; by default the first to end after the schools
            closed. A census of January 2020 whose period is the school year 2019/20 belongs before it.
        redefined: First periods of new definitions, with what changed.
        unfit: Why the series must not be carried on, whatever its points; empty where it may.
    """

    measure: Measure
    cut: str = ""
    redefined: Mapping[str, str] = field(default_factory=dict)
    unfit: str = ""

    @property
    def name(self) -> str:
        """What is measured, as a title says it."""
        return self.measure.name

    @property
    def indicator(self) -> str:
        """Indicator id."""
        return self.measure.indicator


@dataclass(frozen=True)
class Held:
    """A series held against its earlier trend.

    Attributes:
        rows: All observations that went into it, oldest first.
        before: Those of the earlier trend.
        after: Those compared with it.
        found: The expectation.
    """

    rows: pd.DataFrame
    before: pd.DataFrame
    after: pd.DataFrame
    found: ExpectedPath

    @property
    def results(self) -> list[Result]:
        """Where each value since lies; outside only by more than the printed rounding."""
        slack = max(compare.rounding_of(row) for _, row in self.after.iterrows())
        found = self.found
        limits = zip(found.difference_lower, found.difference_upper, found.lower, found.upper, strict=True)
        return [self._result(*four, slack) for four in limits]

    def _result(self, below: float, above: float, low: float, high: float, slack: float) -> Result:
        if below > slack:
            return "above"
        if above < -slack:
            return "below"
        is_share = str(self.rows["unit"].iloc[0]) == "%"
        is_wide = high > WIDE_RATIO * low or (is_share and high - low > WIDE_POINTS)
        return "cannot be told" if is_wide else "no clear difference"

    @property
    def outside(self) -> list[str]:
        """The periods whose value lies outside, with the side: ``2021/22 (above)``."""
        pairs = zip(self.after["period"], self.results, strict=True)
        return [f"{period} ({result})" for period, result in pairs if result in ("above", "below")]

    @property
    def result(self) -> Result:
        """Where the newest value lies."""
        return self.results[-1]


def hold(series: Series) -> Held:
    """Hold the area's series against its trend before the pandemic.

    Raises:
        NoDataError: It does not allow it; the reason is in words for a reader.
    """
    if series.unfit:
        raise NoDataError(f"{series.indicator} is not carried on", reason=series.unfit)
    supplement = series.measure.supplement
    rows = hide_few(series.measure.observations(), supplement.area.code)
    if known_or_withheld(rows)["value"].isna().any():
        raise NoDataError(f"{series.indicator} is withheld in part", reason="withheld in some years")
    own = known(rows).sort_values("period_start", kind="stable").reset_index(drop=True)
    if len(own) and is_chance(supplement, own.iloc[-1]):
        raise NoDataError(f"{series.indicator} stands for few children", reason="too few children")
    early = _is_early(own, series.cut)
    before, after = own[early].reset_index(drop=True), own[~early].reset_index(drop=True)
    _refuse_short(series, before, after)
    _refuse_break(series, before, after)
    whole = pd.concat([before, after], ignore_index=True)
    _refuse_values(whole, before)
    return Held(whole, before, after, _carried_on(before, after))


def _carried_on(before: pd.DataFrame, after: pd.DataFrame) -> ExpectedPath:
    """The earlier trend in the years after that have a value.

    Nothing was measured in some pandemic years. The line needs the years before only, and what is expected in
    one later year does not depend on what was recorded in another: so a stand-in fills the years that are
    missing, and is taken out again with them.
    """
    have = _years(after)
    later = np.arange(_years(before)[-1] + 1, have[-1] + 1)
    is_held = np.isin(later, have)
    filled = np.full(len(later), float(before["value"].iloc[-1]))
    filled[is_held] = after["value"].to_numpy(float)
    found = expected_without(
        np.concatenate([_years(before), later]),
        np.concatenate([before["value"].to_numpy(float), filled]),
        later[0],
        transform="logit" if str(before["unit"].iloc[0]) == "%" else "log",
    )
    return replace(
        found,
        times=found.times[is_held],
        observed=found.observed[is_held],
        expected=found.expected[is_held],
        lower=found.lower[is_held],
        upper=found.upper[is_held],
        difference=found.difference[is_held],
        difference_lower=found.difference_lower[is_held],
        difference_upper=found.difference_upper[is_held],
        total=float("nan"),
        total_lower=float("nan"),
        total_upper=float("nan"),
    )


def _is_early(rows: pd.DataFrame, cut: str) -> pd.Series[bool]:
    """Which periods come before the pandemic."""
    if cut:
        return rows["period_start"] < parse_period(cut).start.isoformat()
    return rows["period_end"] <= OUTBREAK


def _years(rows: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.float64]]:
    return rows["period_start"].str[:4].to_numpy(dtype=np.float64)


def _refuse_short(series: Series, before: pd.DataFrame, after: pd.DataFrame) -> None:
    if len(before) < LEAST_BEFORE:
        number = in_words(len(before))
        raise NoDataError(
            f"{series.indicator} has {len(before)} periods before the pandemic",
            reason=f"{number} {'period' if len(before) == 1 else 'periods'} before the pandemic; "
            f"{in_words(LEAST_BEFORE)} are needed",
        )
    if after.empty:
        raise NoDataError(f"{series.indicator} has no period since", reason="no value since the pandemic")
    if (np.diff(_years(before)) != 1).any():
        raise NoDataError(f"{series.indicator} has a gap", reason="a gap before the pandemic")


def _refuse_break(series: Series, before: pd.DataFrame, after: pd.DataFrame) -> None:
    """Refuse a series whose newest value does not measure what its earlier values do."""
    for first, label in series.redefined.items():
        start = parse_period(first).start.isoformat()
        if before["period_start"].iloc[0] < start <= after["period_start"].iloc[-1]:
            raise NoDataError(f"{series.indicator} broke in {first}", reason=f"{label} in {first}")


def _refuse_values(rows: pd.DataFrame, before: pd.DataFrame) -> None:
    """Refuse values that have no place on the scale, and an earlier line without scatter to judge by."""
    values = rows["value"]
    if (values <= 0).any() or (str(rows["unit"].iloc[0]) == "%" and (values >= 100).any()):
        raise NoDataError("a value lies at an end of the scale", reason="a value of nought or of all")
    if before["value"].nunique() == 1:
        raise NoDataError("the earlier values are all the same", reason="no scatter before to judge by")
