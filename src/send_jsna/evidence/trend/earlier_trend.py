"""A series against its trend before the pandemic, or the reason why it cannot be compared with it.

A series allows it where it has enough periods before, is whole before, and means the same after.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from send_jsna.catalogue.observations import known
from send_jsna.catalogue.periods import parse_period
from send_jsna.errors import NoDataError
from send_jsna.evidence.estimates import Estimated
from send_jsna.evidence.measures import Measure, is_chance
from send_jsna.evidence.small_numbers import hide_few, known_or_withheld
from send_jsna.evidence.yearly import END_OF_SCALE, coarsest_rounding, is_off_scale, scale_of, years_of
from send_jsna.statistics.projection import LEAST_BEFORE, expected_without
from send_jsna.wording import in_words

#: Schools closed to most pupils after this day.
OUTBREAK = "2020-03-20"
Result = Literal["above", "below", "no clear difference"]
_EXPECTED = ("expected", "lower", "upper")
_DIFFERENCE = ("difference", "difference_lower", "difference_upper")


@dataclass(frozen=True)
class Series:
    """A yearly series to be compared with its earlier trend.

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


@dataclass(frozen=True)
class AgainstTrend:
    """A series compared with its earlier trend.

    Attributes:
        before: The observations of the earlier trend, oldest first.
        after: Those compared with it, with columns in the unit of the values: ``expected``, ``lower`` and
            ``upper``; ``difference`` (recorded less expected), ``difference_lower``, ``difference_upper``.
    """

    before: pd.DataFrame
    after: pd.DataFrame

    @cached_property
    def rows(self) -> pd.DataFrame:
        """All observations that went into it, oldest first."""
        return pd.concat([self.before, self.after[list(self.before)]], ignore_index=True)

    @property
    def trend_end(self) -> str:
        """The last period of the earlier trend."""
        return str(self.before["period"].iloc[-1])

    @cached_property
    def newest(self) -> pd.Series:
        """The newest observation, with what was expected."""
        return self.after.iloc[-1]

    @cached_property
    def decimals(self) -> int:
        """Decimals to show: none for counts, one for percentages, one or two for rates."""
        if self.newest["unit"] == "count":
            return 0
        return 1 if self.newest["unit"] == "%" or abs(float(self.newest["value"])) >= 1 else 2

    @cached_property
    def expected(self) -> Estimated:
        """What was expected of the newest period, with its 95 % prediction interval."""
        value, lower, upper = (float(self.newest[name]) for name in _EXPECTED)
        return Estimated(value, lower, upper, str(self.newest["unit"]), self.decimals)

    @cached_property
    def difference(self) -> Estimated:
        """Recorded less expected in the newest period, rounded as shown; points for percentages."""
        value, lower, upper = (round(float(self.newest[name]), self.decimals) for name in _DIFFERENCE)
        return Estimated(value, lower, upper, decimals=self.decimals)

    @cached_property
    def results(self) -> list[Result]:
        """Where each value since lies; outside only by more than the printed rounding."""
        slack = coarsest_rounding(self.after)
        return [_result(row, slack) for _, row in self.after.iterrows()]

    @property
    def result(self) -> Result:
        """Where the newest value lies."""
        return self.results[-1]

    @property
    def outside(self) -> list[str]:
        """The periods whose value lies outside, with the side: ``2021/22 (above)``."""
        pairs = zip(self.after["period"], self.results, strict=True)
        return [f"{period} ({result})" for period, result in pairs if result in ("above", "below")]


def _result(row: pd.Series, slack: float) -> Result:
    if row["difference_lower"] > slack:
        return "above"
    if row["difference_upper"] < -slack:
        return "below"
    return "no clear difference"


def against_trend(series: Series) -> AgainstTrend:
    """Compare the area's series with its trend before the pandemic.

    Raises:
        NoDataError: It does not allow it; the reason is in words for a reader.
    """
    measure = series.measure
    if series.unfit:
        raise NoDataError(f"{measure.indicator} must not be carried on", reason=series.unfit)
    rows = hide_few(measure.observations(), measure.supplement.area.code)
    own = known(rows).sort_values("period_start", kind="stable")
    cut = parse_period(series.cut).start.isoformat() if series.cut else ""
    is_early = own["period_start"] < cut if cut else own["period_end"] <= OUTBREAK
    before, after = (own[part].reset_index(drop=True) for part in (is_early, ~is_early))
    if reason := next(_lacks(series, rows, before, after), ""):
        raise NoDataError(f"{measure.indicator} is not carried on: {reason}", reason=reason)
    return AgainstTrend(before, _carried_on(before, after))


def _lacks(series: Series, rows: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame) -> Iterator[str]:
    """Why a series is not carried on, in words for a reader."""
    own = pd.concat([before, after])
    if known_or_withheld(rows)["value"].isna().any():
        yield "withheld in some years"
    if len(own) and is_chance(series.measure.supplement, own.iloc[-1]):
        yield "too few children"
    if len(before) < LEAST_BEFORE:
        periods = f"{in_words(len(before))} {'period' if len(before) == 1 else 'periods'}"
        yield f"{periods} before the pandemic; {in_words(LEAST_BEFORE)} are needed"
    if after.empty:
        yield "no value since the pandemic"
    if (np.diff(years_of(before)) != 1).any():
        yield "a gap before the pandemic"
    for first, label in series.redefined.items():
        start = parse_period(first).start.isoformat()
        if before["period_start"].iloc[0] < start <= after["period_start"].iloc[-1]:
            yield f"{label} in {first}"
    if is_off_scale(own):
        yield END_OF_SCALE
    if before["value"].nunique() == 1:
        yield "no scatter before to judge by"


def _carried_on(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """The rows after, with what the earlier trend leads to in each of their years.

    Nothing was measured in some pandemic years. The line needs the years before only, and what is expected in
    one later year does not depend on what was recorded in another: so a stand-in fills the years that are
    missing, and is taken out again with them.
    """
    recorded = pd.concat([before, after]).set_index(np.concatenate([years_of(before), years_of(after)]))
    years = np.arange(recorded.index[0], recorded.index[-1] + 1)
    filled = recorded["value"].reindex(years, fill_value=before["value"].iloc[-1])
    found = expected_without(years, filled, years_of(before)[-1] + 1, transform=scale_of(before))
    is_recorded = np.isin(found.times, years_of(after))
    return after.assign(**{name: getattr(found, name)[is_recorded] for name in (*_EXPECTED, *_DIFFERENCE)})
