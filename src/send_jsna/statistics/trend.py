"""The recent trend of a series, by the rule of English public health statistics.

The rule is that of the Office for Health Improvement and Disparities' Fingertips profiles ("recent trends" in
its technical guidance): the latest five points, equally spaced, independent and unbroken; a chi-squared test
for trend where numerators and denominators are published, and a weighted regression on the published limits
where they are not; a trend where p is below 0.05. What does not fulfil the rule has no trend, with a reason.
The tests allow for the error of sampling alone: with very large denominators small movements are trends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from send_jsna.statistics.arrays import Bools, Floats, events, floats, proportions, refuse, together, z_of

Outcome = Literal["increasing", "decreasing", "no_clear_change", "cannot_tell"]
Reason = Literal[
    "too_few_points", "break_in_series", "overlapping_periods", "unequal_spacing", "no_uncertainty"
]
Polarity = Literal["high_is_good", "low_is_good", "neither"]
Kind = Literal["proportion", "rate"]

FEWEST_POINTS = 5
SIGNIFICANCE = 0.05
#: Months and leap years make equal spaces of dates differ by up to an eighth of the usual one.
_UNEQUAL = 0.15
_DAYS = 365.25

_REASONS: dict[Reason, str] = {
    "too_few_points": "a trend needs five points",
    "break_in_series": "the latest five points are not of one series: a definition or collection changed",
    "overlapping_periods": "the periods overlap, so that the points are not independent",
    "unequal_spacing": "the latest five points are not equally spaced in time",
    "no_uncertainty": "a point has no denominator and no confidence interval",
}


@dataclass(frozen=True)
class Trend:
    """The recent trend of a series, or why there is none.

    Attributes:
        outcome: ``increasing``, ``decreasing``, ``no_clear_change`` or ``cannot_tell``.
        reason: Why there is no trend; None where there is one.
        gradient: Change a year (dates) or a unit of time (numbers), in the unit of the values; NaN where
            there is none.
        gradient_lower: Its lower 95 % confidence limit.
        gradient_upper: Its upper 95 % confidence limit.
        p: Two-sided p of the test; NaN where there is none.
        rows: Rows of the input that were used, earliest first.
        polarity: Which direction is good.
    """

    outcome: Outcome
    reason: Reason | None
    gradient: float
    gradient_lower: float
    gradient_upper: float
    p: float
    rows: tuple[int, ...]
    polarity: Polarity = "neither"

    @property
    def words(self) -> str:
        """The outcome with its polarity, such as ``getting better`` or ``no clear change``."""
        if self.outcome == "cannot_tell":
            return "cannot be told"
        if self.outcome == "no_clear_change":
            return "no clear change"
        if self.polarity == "neither":
            return self.outcome
        good = (self.outcome == "increasing") == (self.polarity == "high_is_good")
        return "getting better" if good else "getting worse"

    @property
    def why(self) -> str:
        """The reason in words; empty where there is a trend."""
        return _REASONS[self.reason] if self.reason else ""


def recent_trend(
    starts: Sequence[Any] | npt.NDArray[Any],
    ends: Sequence[Any] | npt.NDArray[Any],
    values: npt.ArrayLike | None = None,
    *,
    numerators: npt.ArrayLike | None = None,
    denominators: npt.ArrayLike | None = None,
    lower: npt.ArrayLike | None = None,
    upper: npt.ArrayLike | None = None,
    kind: Kind = "proportion",
    per: float = 100,
    polarity: Polarity = "neither",
    breaks: Sequence[Any] = (),
) -> Trend:
    """The trend over the latest five points that are known.

    With numerators and denominators: the chi-squared test for trend of P. Armitage, "Tests for linear trends
    in proportions and frequencies", Biometrics 11 (1955) 375–386 (W. G. Cochran, Biometrics 10 (1954)
    417–451), and for rates its counterpart for Poisson counts (N. E. Breslow and N. E. Day, "Statistical
    Methods in Cancer Research, volume II" (IARC, 1987), section 3.6). With values and their published 95 %
    limits: regression with weights 1/SE², SE being the width of the limits divided by 2 × 1.96, and a z test.
    There are many parameters, since each of the tests has its own, by their usual names.

    Args:
        starts: First day of each period, or its beginning as a number, shape (n,), in any order.
        ends: Last day of each period (a date belongs to its period), or its end as a number (it does not).
        values: Values, for series without denominators; NaN where a period has none.
        numerators: Numerators, or counts of events.
        denominators: Denominators, or populations.
        lower: Published 95 % limits of the values.
        upper: See ``lower``.
        kind: ``proportion``, or ``rate`` where the numerator counts events, not people of the denominator.
        per: What a proportion or rate is expressed per: 100 gives a gradient in percentage points. A gradient
            of values stays in their unit.
        polarity: ``high_is_good``, ``low_is_good`` or ``neither``.
        breaks: Starts of periods with which a new series begins; points before and after are not compared.

    Returns:
        The trend. Where the points do not fulfil the rule the outcome is ``cannot_tell``, with its reason.

    Raises:
        ValueError: Neither numerators and denominators nor values; an impossible row; lengths that differ; a
            period that is there twice.
    """
    series = _Series.of(values, numerators, denominators, lower, upper, kind)
    first, last = _ordered_times(starts, ends, series.size)
    rows = np.lexsort((last, first))
    rows = rows[series.known[rows]][-FEWEST_POINTS:]
    used = tuple(int(row) for row in rows)
    reason = _refusal(first[rows], last[rows], _times(breaks), series.has_uncertainty(rows))
    if reason is not None:
        return Trend("cannot_tell", reason, np.nan, np.nan, np.nan, np.nan, used, polarity)
    times = floats(_step(first[rows], _is_dated(starts)) * np.arange(len(rows)))
    gradient, error = series.gradient(times, rows)
    p, half = _p_of(gradient, error), z_of(0.95) * error
    direction: Outcome = "increasing" if gradient > 0 else "decreasing"
    outcome: Outcome = direction if p < SIGNIFICANCE else "no_clear_change"
    unit = 1.0 if series.kind == "values" else per
    low, high = unit * (gradient - half), unit * (gradient + half)
    return Trend(outcome, None, unit * gradient, low, high, p, used, polarity)


def _ordered_times(
    starts: Sequence[Any] | npt.NDArray[Any], ends: Sequence[Any] | npt.NDArray[Any], size: int
) -> tuple[Floats, Floats]:
    """Starts and ends of the periods as numbers, each of shape (size,).

    Raises:
        ValueError: Lengths differ, a period ends before it starts, or is there twice.
    """
    first, last = _times(starts), _times(ends)
    if not len(first) == len(last) == size:
        raise ValueError(f"{len(first)} starts, {len(last)} ends and {size} points are not one series")
    last = last + (1 / _DAYS if _is_dated(starts) else 0.0)
    refuse(last < first, "period ends before it starts", first, last)
    order = np.lexsort((last, first))
    same = np.flatnonzero((np.diff(first[order]) == 0) & (np.diff(last[order]) == 0))
    if same.size:
        raise ValueError(f"row {order[same[0] + 1]}: its period is there a second time")
    return first, last


# -- what is tested ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Series:
    """The points of a series: counts with their denominators, or values with their standard errors."""

    top: Floats
    bottom: Floats
    kind: Kind | Literal["values"]

    @classmethod
    def of(
        cls,
        values: npt.ArrayLike | None,
        numerators: npt.ArrayLike | None,
        denominators: npt.ArrayLike | None,
        lower: npt.ArrayLike | None,
        upper: npt.ArrayLike | None,
        kind: Kind,
    ) -> _Series:
        if numerators is not None and denominators is not None:
            check = proportions if kind == "proportion" else events
            return cls(*check(np.atleast_1d(floats(numerators)), denominators), kind)
        if values is None:
            raise ValueError("a trend needs numerators and denominators, or values")
        nothing = np.full(np.shape(floats(values)), np.nan)
        y, low, high = together(
            np.atleast_1d(floats(values)),
            nothing if lower is None else lower,
            nothing if upper is None else upper,
        )
        refuse((low > y) | (high < y), "value is outside its limits", y, low, high)
        refuse(np.isinf(y) | np.isinf(low) | np.isinf(high), "value or limit is infinite", y, low, high)
        return cls(y, (high - low) / (2 * z_of(0.95)), "values")

    @property
    def size(self) -> int:
        return len(self.top)

    @property
    def known(self) -> Bools:
        """Points with a value; one whose uncertainty alone is missing is among them, and stops the test."""
        if self.kind == "values":
            return ~np.isnan(self.top)
        return ~np.isnan(self.top + self.bottom)

    def has_uncertainty(self, rows: npt.NDArray[np.intp]) -> bool:
        return bool((self.bottom[rows] > 0).all())

    def gradient(self, times: Floats, rows: npt.NDArray[np.intp]) -> tuple[float, float]:
        """The change by time, and its standard error: where the series is of counts, if nothing changed."""
        top, bottom = self.top[rows], self.bottom[rows]
        if self.kind == "values":
            weight, value = 1 / bottom**2, top
        else:
            weight, value = bottom, top / bottom
        centred = times - (weight * times).sum() / weight.sum()
        room = float((weight * centred**2).sum())
        gradient = float((weight * centred * value).sum()) / room
        if self.kind == "values":
            return gradient, 1 / float(np.sqrt(room))
        common = float(top.sum() / bottom.sum())
        variance = common * (1 - common) if self.kind == "proportion" else common
        return gradient, float(np.sqrt(variance / room))


def _p_of(gradient: float, error: float) -> float:
    """Two-sided p; without any variance (none, or all, throughout) nothing has changed."""
    from scipy.special import ndtr

    return float(2 * ndtr(-abs(gradient) / error)) if error > 0 else 1.0


# -- time -------------------------------------------------------------------------------------------------


def _refusal(first: Floats, last: Floats, breaks: Floats, has_uncertainty: bool) -> Reason | None:
    """Why points in the order of time do not fulfil the rule."""
    if len(first) < FEWEST_POINTS:
        return "too_few_points"
    if ((breaks > first[0]) & (breaks <= first[-1])).any():
        return "break_in_series"
    if (first[1:] < last[:-1] - 0.5 / _DAYS).any():
        return "overlapping_periods"
    gaps = np.diff(first)
    if (np.abs(gaps / np.median(gaps) - 1) > _UNEQUAL).any():
        return "unequal_spacing"
    return None if has_uncertainty else "no_uncertainty"


def _step(first: Floats, dated: bool) -> float:
    """Time between two points; between dates it is whole months, in years, where that is near."""
    step = float(first[-1] - first[0]) / (len(first) - 1)
    months = round(12 * step)
    near = dated and months > 0 and abs(12 * step - months) < 0.2
    return months / 12 if near else step


def _is_dated(times: Sequence[Any] | npt.NDArray[Any]) -> bool:
    return np.asarray(times).dtype.kind in "OMU"


def _times(times: Sequence[Any] | npt.NDArray[Any]) -> Floats:
    """Times as numbers: years for dates, otherwise as they are."""
    given = np.asarray(times)
    if given.size == 0:
        return np.zeros(0)
    if _is_dated(times):
        found = given.astype("datetime64[D]")
        missing = np.isnat(found)
        out = found.astype(np.int64) / _DAYS
    else:
        out = given.astype(np.float64)
        missing = ~np.isfinite(out)
    if missing.any():
        raise ValueError(f"row {int(np.flatnonzero(missing)[0])}: its period has no start or no end")
    return np.asarray(out, dtype=np.float64)
