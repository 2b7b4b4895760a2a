"""What a series would have come to without a break: the earlier trend carried on, with its interval.

Ordinary least squares on the log scale (log-odds for percentages) over the points before the cut, after
N. R. Draper and H. Smith, "Applied Regression Analysis", third edition (Wiley, 1998), chapters 1 and 3, for
the prediction intervals. The intervals take the trend to be straight on that scale and its errors to be
independent: they widen with the distance from the earlier points, but cannot show a trend that would have
bent anyway.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import t as student

from send_jsna.statistics.transforms import from_scale, refuse_unfit, to_scale

Floats = npt.NDArray[np.float64]

#: Points before the cut, at least: a line and one degree of freedom to judge it by would be three.
LEAST_BEFORE = 4
#: Draws from the joint predictive distribution for the sum over later years; from a stated seed.
DRAWS, SEED = 20_000, 20200323


@dataclass(frozen=True)
class ExpectedPath:
    """Expected and observed values after the cut, in the unit of the series.

    Attributes:
        times: Times after the cut, shape (later,).
        observed: What was observed.
        expected: What the earlier trend leads to (the median of its distribution).
        lower: Lower prediction limit of the expected value, ``upper`` its upper limit.
        difference: Observed less expected: above zero is an excess, below a shortfall.
        difference_lower: Lower limit of the difference, ``difference_upper`` its upper limit.
        total: Sum of the differences, ``total_lower`` and ``total_upper`` its limits.
        growth: Yearly change of the earlier trend on the transformed scale.
        degrees: Degrees of freedom of the interval.
        confidence: The interval's level.
    """

    times: Floats
    observed: Floats
    expected: Floats
    lower: Floats
    upper: Floats
    difference: Floats
    difference_lower: Floats
    difference_upper: Floats
    total: float
    total_lower: float
    total_upper: float
    growth: float
    degrees: int
    confidence: float

    @property
    def outcome(self) -> str:
        """Whether the sum is an ``excess``, a ``shortfall`` or ``no clear difference``."""
        if self.total_lower > 0:
            return "excess"
        return "shortfall" if self.total_upper < 0 else "no clear difference"


def expected_without(
    times: npt.ArrayLike,
    values: npt.ArrayLike,
    cut: float,
    until: float | None = None,
    confidence: float = 0.95,
    transform: str = "log",
) -> ExpectedPath:
    """Carry the trend before a cut on, and compare what was observed with it.

    Args:
        times: Years, evenly spaced, shape (points,).
        values: Counts or percentages, without a gap.
        cut: First time that is not part of the earlier trend, such as 2021 for counts of January 2021 after
            the school closures of March 2020.
        until: Last time compared; the last of the series where none is given.
        confidence: Level of the prediction intervals.
        transform: ``log`` for counts, ``logit`` for percentages.

    Returns:
        Expected values and differences with their limits, in each later year and in sum. The limits of the
        sum come from draws of the joint distribution, because later years share the uncertainty of the line.

    Raises:
        ValueError: Fewer than four points before the cut, none after it, a gap, uneven times, a value
            outside the scale, or a confidence not between 0 and 1.
    """
    x = refuse_unfit(values, transform, 1)
    year = _even(times, len(x))
    if not 0 < confidence < 1:
        raise ValueError(f"confidence {confidence} is not between 0 and 1")
    before = year < cut
    after = (year >= cut) & (year <= (np.inf if until is None else until))
    if before.sum() < LEAST_BEFORE:
        raise ValueError(f"{int(before.sum())} points before {cut:g} are too few: {LEAST_BEFORE} are needed")
    if not after.any():
        raise ValueError(f"no point from {cut:g} on to compare")
    line = _carried_on(year[before] - cut, to_scale(x[before], transform), year[after] - cut)
    reach = student.ppf((1 + confidence) / 2, line.degrees) * np.sqrt(np.diag(line.covariance))
    expected = from_scale(line.middle, transform)
    lower, upper = from_scale(line.middle - reach, transform), from_scale(line.middle + reach, transform)
    low, high = _limits_of_sum(line, confidence, transform)
    observed = x[after]
    return ExpectedPath(
        times=year[after],
        observed=observed,
        expected=expected,
        lower=lower,
        upper=upper,
        difference=observed - expected,
        difference_lower=observed - upper,
        difference_upper=observed - lower,
        total=float(np.sum(observed - expected)),
        total_lower=float(observed.sum() - high),
        total_upper=float(observed.sum() - low),
        growth=line.growth,
        degrees=line.degrees,
        confidence=confidence,
    )


@dataclass(frozen=True)
class _Line:
    """A line fitted to earlier points, at later ones, on the transformed scale.

    Attributes:
        middle: Its values, shape (later,).
        covariance: Of the prediction, shape (later, later).
        growth: Its slope.
        degrees: Degrees of freedom.
    """

    middle: Floats
    covariance: Floats
    growth: float
    degrees: int


def _carried_on(earlier: Floats, y: Floats, later: Floats) -> _Line:
    """The least-squares line through earlier points, at later times."""
    design = np.stack([np.ones(len(earlier)), earlier], axis=1)
    ahead = np.stack([np.ones(len(later)), later], axis=1)
    line, *_ = np.linalg.lstsq(design, y, rcond=None)
    degrees = len(earlier) - 2
    variance = float(np.sum((y - design @ line) ** 2)) / degrees
    covariance = variance * (ahead @ np.linalg.inv(design.T @ design) @ ahead.T + np.eye(len(ahead)))
    return _Line(ahead @ line, covariance, float(line[1]), degrees)


def _even(times: npt.ArrayLike, points: int) -> Floats:
    """Times as numbers that rise by equal steps."""
    year = np.asarray(times, dtype=np.float64)
    if year.shape != (points,):
        raise ValueError(f"times of shape {year.shape} do not fit {points} values")
    steps = np.diff(year)
    for row in np.flatnonzero(~((steps > 0) & np.isclose(steps, steps[0] if len(steps) else 1))):
        raise ValueError(f"row {row + 1}: the time {year[row + 1]:g} does not follow {year[row]:g} evenly")
    return year


def _limits_of_sum(line: _Line, confidence: float, transform: str) -> tuple[float, float]:
    """Limits of the sum of the expected values: a multivariate t, drawn from a stated seed."""
    draw = np.random.default_rng(SEED)
    # A rounded-off covariance of a perfect line may be a hair below zero: the factor must not fail on it.
    values, vectors = np.linalg.eigh(line.covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    normal = draw.standard_normal((DRAWS, len(line.middle))) @ root.T
    scaled = normal / np.sqrt(draw.chisquare(line.degrees, DRAWS) / line.degrees)[:, None]
    sums = from_scale(line.middle + scaled, transform).sum(axis=1)
    low, high = np.quantile(sums, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)
