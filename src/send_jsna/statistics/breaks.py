"""Whether a series broke at a stated time: a change of level, of slope, or of both.

The regression on the log scale has a level and a slope before the break and a change of each from it on, as
in A. K. Wagner, S. B. Soumerai, F. Zhang and D. Ross-Degnan, "Segmented regression analysis of interrupted
time series studies in medication use research", Journal of Clinical Pharmacy and Therapeutics 27 (2002)
299–309. The joint test of both changes is the F test of G. C. Chow, "Tests of equality between sets of
coefficients in two linear regressions", Econometrica 28 (1960) 591–605. Tests use F and t with the few
degrees of freedom that are left. The time of the break must be stated beforehand: looking for the best
break first makes these p-values too small (D. W. K. Andrews, Econometrica 61 (1993) 821–856).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import f as fisher
from scipy.stats import t as student

from send_jsna.statistics.projection import _even
from send_jsna.statistics.transforms import refuse_unfit, to_scale

Floats = npt.NDArray[np.float64]

#: Points on either side, at least: a line goes through two, and only a third can contradict it.
LEAST_EACH_SIDE = 3


@dataclass(frozen=True)
class LevelChange:
    """One estimated change on the transformed scale.

    Attributes:
        estimate: The change; of a log, its exponential less 1 is the relative change.
        lower: Lower confidence limit, ``upper`` the upper.
        p_value: Two-sided, by Student's t.
    """

    estimate: float
    lower: float
    upper: float
    p_value: float


@dataclass(frozen=True)
class BreakTest:
    """The break test, or why there is none.

    Attributes:
        reason: Why the test was refused; empty where it was made. The rest is None then.
        at: First time after the break.
        statistic: Chow's F, ``p_value`` its p-value, ``degrees`` its degrees of freedom.
        before: Yearly change on the transformed scale before the break, ``after`` from it on.
        level: Step at the break, as against the earlier line.
        slope: Change of the yearly change.
        durbin_watson: Of the segmented regression's residuals: far from 2, the p-values are not to be
            trusted.
    """

    reason: str
    at: float
    statistic: float | None = None
    p_value: float | None = None
    degrees: tuple[int, int] | None = None
    before: float | None = None
    after: float | None = None
    level: LevelChange | None = None
    slope: LevelChange | None = None
    durbin_watson: float | None = None


def break_test(
    times: npt.ArrayLike,
    values: npt.ArrayLike,
    at: float,
    confidence: float = 0.95,
    transform: str = "log",
) -> BreakTest:
    """Test for a break at a time stated beforehand.

    Args:
        times: Years, evenly spaced, shape (points,).
        values: Counts or percentages, without a gap.
        at: First time after the break.
        confidence: Level of the changes' intervals.
        transform: ``log`` for counts, ``logit`` for percentages.

    Returns:
        The test; with a reason in its place where a side has fewer than three points or where no scatter is
        left to judge by.

    Raises:
        ValueError: A gap, uneven times, a value outside the scale, or a confidence not between 0 and 1.
    """
    x = refuse_unfit(values, transform, 1)
    year = _even(times, len(x))
    if not 0 < confidence < 1:
        raise ValueError(f"confidence {confidence} is not between 0 and 1")
    later = year >= at
    if reason := _too_few(later, at):
        return BreakTest(reason, at)
    y = to_scale(x, transform)
    since = year - at
    whole = np.stack([np.ones(len(y)), since, later.astype(float), since * later], axis=1)
    beta, residual = _least_squares(whole, y)
    _, plain = _least_squares(whole[:, :2], y)
    degrees = len(y) - 4
    left, left_plain = float(residual @ residual), float(plain @ plain)
    if left <= 1e-20 * max(float(y @ y), 1.0):
        return BreakTest("the points lie on their lines exactly, and no scatter is left to judge by", at)
    statistic = (left_plain - left) / 2 / (left / degrees)
    errors = np.sqrt(np.diag(np.linalg.inv(whole.T @ whole)) * left / degrees)
    reach = student.ppf((1 + confidence) / 2, degrees)

    def change(number: int) -> LevelChange:
        middle, error = float(beta[number]), float(errors[number])
        p = float(2 * student.sf(abs(middle) / error, degrees))
        return LevelChange(middle, middle - reach * error, middle + reach * error, p)

    return BreakTest(
        reason="",
        at=at,
        statistic=float(statistic),
        p_value=float(fisher.sf(statistic, 2, degrees)),
        degrees=(2, degrees),
        before=float(beta[1]),
        after=float(beta[1] + beta[3]),
        level=change(2),
        slope=change(3),
        durbin_watson=float(np.sum(np.diff(residual) ** 2) / left),
    )


def _too_few(later: npt.NDArray[np.bool_], at: float) -> str:
    """Which side has too few points; empty where none has."""
    for side, count in (("before", int((~later).sum())), ("from", int(later.sum()))):
        if count < LEAST_EACH_SIDE:
            return f"{count} points {side} {at:g} are too few: {LEAST_EACH_SIDE} are needed"
    return ""


def _least_squares(design: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Coefficients and residuals."""
    beta, *_ = np.linalg.lstsq(design, y, rcond=None)
    return np.asarray(beta), np.asarray(y - design @ beta)
