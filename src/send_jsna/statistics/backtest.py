"""Rolling-origin backtest of the combined forecast over many series, without a look ahead.

At each origin the series are cut off, the hyperparameters are estimated again from what is left, and every
forecast is compared with what came after: L. J. Tashman, "Out-of-sample tests of forecasting accuracy: an
analysis and review", International Journal of Forecasting 16 (2000) 437–450. Weights and interval factors
at an origin come only from earlier origins' forecasts whose outcomes were known by then. Accuracy is the
mean absolute scaled error (MASE) of R. J. Hyndman and A. B. Koehler, "Another look at measures of forecast
accuracy", International Journal of Forecasting 22 (2006) 679–688: absolute error divided by the mean
absolute yearly change of that series up to the origin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from send_jsna.statistics.calibration import Calibration, Model
from send_jsna.statistics.combination import (
    LEVELS,
    combine,
    half_width,
    interval_scales,
    inverse_error_weights,
)
from send_jsna.statistics.forecasting import project_models
from send_jsna.statistics.national_path import Shared, fit_shared, shared_growth
from send_jsna.statistics.pooled_learner import NAME, Around
from send_jsna.statistics.state_space import fit_pooled
from send_jsna.statistics.transforms import from_scale, to_scale

Floats = npt.NDArray[np.float64]

#: The state-space models: whether the deviation's damping is fixed, and the damping of the shared growth. The
#: shared growth is one series, too short for its own damping: 0.9 is declared, within the range that
#: Hyndman and others (2008) allow (0.8 to 0.98).
MODELS: Mapping[str, tuple[float | None, float]] = {"damped_trend": (None, 0.9), "local_linear": (1.0, 1.0)}

#: Gives further forecasts in the unit of the series, shape (series, horizon), NaN where there is none: from
#: the index of the origin and the series' numbers.
Others = Mapping[str, Callable[[int, npt.NDArray[np.int64], int], Floats]]


@dataclass(frozen=True)
class Panel:
    """All series of one family.

    Attributes:
        family: Its name.
        transform: ``log`` or ``logit``.
        times: Years, shape (points,).
        values: Shape (series, points), NaN where a value is missing.
        least_points: Points before the first origin.
    """

    family: str
    transform: str
    times: npt.NDArray[np.int64]
    values: Floats
    least_points: int


@dataclass(frozen=True)
class Origin:
    """The forecasts made at one origin.

    Attributes:
        index: Number of the last point seen.
        rows: Numbers of the series that could be forecast.
        paths: Forecasts on the transformed scale by name, shape (rows, horizon).
        spreads: Their standard deviations by the models.
        models: The state-space models as estimated there.
        shared: The shared path as estimated there.
        scale: Mean absolute yearly change of each series up to the origin, shape (rows,).
    """

    index: int
    rows: npt.NDArray[np.int64]
    paths: Mapping[str, Floats]
    spreads: Mapping[str, Floats]
    models: Mapping[str, Model]
    shared: Shared
    scale: Floats


@dataclass(frozen=True)
class Forecasts:
    """Forecasts of one method at one origin, in the unit of the series, each of shape (rows, horizon)."""

    median: Floats
    lower: Mapping[float, Floats] = field(default_factory=dict)
    upper: Mapping[float, Floats] = field(default_factory=dict)


def usable(panel: Panel, index: int) -> npt.NDArray[np.int64]:
    """Series that have every point up to an origin, all of them on the scale."""
    return np.flatnonzero(~np.isnan(to_scale(panel.values[:, : index + 1], panel.transform)).any(axis=1))


def forecast_at(panel: Panel, index: int, horizon: int = 5, others: Others | None = None) -> Origin:
    """Estimate and forecast at one origin, from the points up to it alone.

    Raises:
        ValueError: Fewer points than the panel's least, or no series that has them.
    """
    if index + 1 < panel.least_points:
        raise ValueError(f"origin {index} has fewer than {panel.least_points} points")
    rows = usable(panel, index)
    if not len(rows):
        raise ValueError(f"no series has every point up to origin {index}")
    seen = panel.values[rows, : index + 1]
    y = to_scale(seen, panel.transform)
    growth = shared_growth(y)
    shared = fit_shared(growth)
    path = np.concatenate([[0.0], np.cumsum(growth)])
    models = {
        name: Model(fit_pooled(y - path, damping), shared_damping)
        for name, (damping, shared_damping) in MODELS.items()
    }
    paths, spreads = project_models(y, path, shared, models, horizon)
    own, own_spread = np.mean(list(paths.values()), axis=0), np.mean(list(spreads.values()), axis=0)
    for name, make in (others or {}).items():
        made = to_scale(make(index, rows, horizon), panel.transform)
        paths[name], spreads[name] = np.where(np.isnan(made), own, made), own_spread
    scale = np.abs(np.diff(seen, axis=1)).mean(axis=1)
    return Origin(index, rows, paths, spreads, models, shared, scale)


def roll(panel: Panel, horizon: int = 5, others: Others | None = None) -> list[Origin]:
    """Forecasts at every origin from the first that has enough points to the last point."""
    last = panel.values.shape[1]
    return [forecast_at(panel, index, horizon, others) for index in range(panel.least_points - 1, last)]


def learn(
    panel: Panel, origins: Sequence[Origin], known: int, horizon: int = 5
) -> tuple[dict[str, Floats], Floats]:
    """Weights and interval factors from forecasts whose outcomes are known at a point.

    Args:
        panel: The series; points after ``known`` are not read.
        origins: Forecasts; those made at or after ``known`` are not read.
        known: Number of the last point that may be read.
        horizon: Years ahead.

    Returns:
        Weights by forecast, shape (horizon,), and factors, shape (levels, horizon). A horizon of which no
        outcome is known takes those of the next shorter one; before any outcome, factors are 1, and weights
        equal, but that the pooled learner, which is of another kind, counts as much as all others.
    """
    names = list(origins[0].paths)
    before = np.array([len(names) - 1.0 if name == NAME else 1.0 for name in names])
    before /= before.sum()
    weights = np.repeat(before[:, None], horizon, axis=1)
    scales = np.ones((len(LEVELS), horizon))
    for step in range(horizon):
        past = [item for item in origins if item.index + step + 1 <= known]
        if not past:
            if step:
                weights[:, step], scales[:, step] = weights[:, step - 1], scales[:, step - 1]
            continue
        true = [to_scale(panel.values[item.rows, item.index + step + 1], panel.transform) for item in past]
        errors = [
            np.concatenate([y - item.paths[name][:, step] for item, y in zip(past, true, strict=True)])
            for name in names
        ]
        weights[:, step] = inverse_error_weights(errors, before)
        standard = []
        for item, y in zip(past, true, strict=True):
            middle, spread = _combined(item, weights)
            standard.append((y - middle[:, step]) / spread[:, step])
        scales[:, step] = interval_scales(standard)
    return dict(zip(names, weights, strict=True)), scales


def combined_forecasts(panel: Panel, origins: Sequence[Origin], horizon: int = 5) -> list[Forecasts]:
    """The combination at each origin, by weights and factors that were known there."""
    found = []
    for item in origins:
        weights, scales = learn(panel, origins, item.index, horizon)
        middle, spread = _combined(item, np.stack(list(weights.values())))
        widths = spread * scales[:, None, :] * half_width(LEVELS)[:, None, None]
        found.append(
            Forecasts(
                from_scale(middle, panel.transform),
                {
                    p: from_scale(middle - width, panel.transform)
                    for p, width in zip(LEVELS, widths, strict=True)
                },
                {
                    p: from_scale(middle + width, panel.transform)
                    for p, width in zip(LEVELS, widths, strict=True)
                },
            )
        )
    return found


def _combined(item: Origin, weights: Floats) -> tuple[Floats, Floats]:
    return combine(np.stack(list(item.paths.values())), np.stack(list(item.spreads.values())), weights)


def naive(seen: npt.ArrayLike, horizon: int = 5) -> Forecasts:
    """The last value goes on; intervals from the yearly changes, as in Hyndman and others (2008).

    Args:
        seen: Values up to the origin, shape (series, points).
        horizon: Years ahead.
    """
    x = np.asarray(seen, dtype=np.float64)
    spread = np.sqrt(np.mean(np.diff(x, axis=1) ** 2, axis=1))
    steps = np.arange(1, horizon + 1)
    return _banded(np.repeat(x[:, -1:], horizon, axis=1), spread[:, None] * np.sqrt(steps))


def drift(seen: npt.ArrayLike, horizon: int = 5) -> Forecasts:
    """The mean yearly change goes on: a random walk with drift.

    Args:
        seen: Values up to the origin, shape (series, points), three points or more.
        horizon: Years ahead.
    """
    x = np.asarray(seen, dtype=np.float64)
    changes = np.diff(x, axis=1)
    rate, count = changes.mean(axis=1, keepdims=True), changes.shape[1]
    spread = np.sqrt(np.sum((changes - rate) ** 2, axis=1) / max(count - 1, 1))
    steps = np.arange(1, horizon + 1)
    return _banded(x[:, -1:] + rate * steps, spread[:, None] * np.sqrt(steps * (1 + steps / count)))


def _banded(median: Floats, spread: Floats) -> Forecasts:
    widths = dict(zip(LEVELS, half_width(LEVELS), strict=True))
    return Forecasts(
        median,
        {p: median - z * spread for p, z in widths.items()},
        {p: median + z * spread for p, z in widths.items()},
    )


@dataclass(frozen=True)
class Score:
    """How one method did at one horizon.

    Attributes:
        mase: Mean absolute scaled error over series and origins.
        coverage: Share of outcomes within each level's interval.
        forecasts: Number of forecasts scored.
        origins: Number of origins they were made at.
    """

    mase: float
    coverage: Mapping[float, float]
    forecasts: int
    origins: int


def score(panel: Panel, origins: Sequence[Origin], made: Sequence[Forecasts], step: int) -> Score:
    """Score one method's forecasts of one horizon (``step`` years ahead) against what came.

    A series that did not change at all before the origin has no scale and is left out; so is a missing
    outcome.

    Raises:
        ValueError: No outcome is known at that horizon.
    """
    errors: list[Floats] = []
    inside: dict[float, list[npt.NDArray[np.bool_]]] = {level: [] for level in LEVELS}
    count = 0
    for item, method in zip(origins, made, strict=True):
        at = item.index + step
        if at >= panel.values.shape[1]:
            continue
        true = panel.values[item.rows, at]
        known = ~np.isnan(true) & (item.scale > 0)
        count += 1
        errors.append((np.abs(true - method.median[:, step - 1]) / np.where(known, item.scale, 1.0))[known])
        for level in LEVELS:
            low, high = method.lower[level][:, step - 1], method.upper[level][:, step - 1]
            inside[level].append(((low <= true) & (true <= high))[known])
    if not count:
        raise ValueError(f"no outcome is known {step} years after an origin")
    flat = np.concatenate(errors)
    coverage = {level: float(np.concatenate(item).mean()) for level, item in inside.items()}
    return Score(float(flat.mean()), coverage, len(flat), count)


def calibrate(panel: Panel, origins: Sequence[Origin], horizon: int = 5) -> Calibration:
    """What a forecast from the last point needs: models, weights and factors from all known outcomes."""
    last = origins[-1]
    weights, scales = learn(panel, origins, last.index, horizon)
    return Calibration(
        family=panel.family,
        transform=panel.transform,
        first_time=int(panel.times[0]),
        shared=last.shared,
        models=last.models,
        weights=weights,
        levels=LEVELS,
        scales=scales,
        least_points=panel.least_points,
        around=Around.of(to_scale(panel.values, panel.transform)) if NAME in weights else None,
    )
