"""Forecast of one area's series with a fan of intervals, from a calibration learned on all authorities.

Two state-space models (:mod:`state_space`: damped trend and local linear trend), each round the path that all
authorities share (:mod:`national_path`), and, where the caller has them, trees learned on all authorities
(:mod:`pooled_learner`) and a stock-and-flow path (:mod:`cohort_flow`), are combined by the weights of the
backtest (:mod:`combination`, :mod:`backtest`). The method of choice of short public series is checked, not
assumed: see the backtest table within the calibration.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from send_jsna.statistics.calibration import Calibration, Model
from send_jsna.statistics.combination import LEVELS, combine, half_width, tail_beyond
from send_jsna.statistics.national_path import Shared
from send_jsna.statistics.state_space import kalman_filter, predict
from send_jsna.statistics.transforms import from_scale, refuse_unfit, to_scale

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Fan:
    """A forecast with its intervals, in the unit of the series.

    Attributes:
        times: The years forecast, shape (horizon,).
        median: The combined forecast, the middle of its distribution, shape (horizon,).
        lower: Lower limit in each year ahead, by level.
        upper: Upper limit in each year ahead, by level.
        members: Path of each forecast in the combination, by name.
        weights: Its weight in each year ahead, by name.
        last: The last observed value, and ``last_time`` its year.
        half_widths: Half-widths of the calibrated levels on the transformed scale, shape (levels, horizon).
        levels: Those levels.
        transform: The scale on which the intervals are symmetric.
    """

    times: npt.NDArray[np.int64]
    median: Floats
    lower: Mapping[float, Floats]
    upper: Mapping[float, Floats]
    members: Mapping[str, Floats]
    weights: Mapping[str, Floats]
    last: float
    last_time: int
    half_widths: Floats
    levels: tuple[float, ...]
    transform: str

    def exceeds(self, limit: npt.ArrayLike) -> Floats:
        """Probability that the outcome is above a limit, shape (horizon,).

        Between the calibrated levels the half-width is taken to be linear in the quantile of the models'
        distribution (:func:`combination.half_width`), and beyond the outermost to go on as it did.

        Args:
            limit: Such as places, one for all years or one a year, in the unit of the series. NaN gives NaN.
        """
        bound = np.broadcast_to(np.asarray(limit, dtype=np.float64), self.median.shape)
        middle = to_scale(self.median, self.transform)
        knots = np.concatenate([[0.0], half_width(self.levels)])
        found = np.empty(len(middle))
        for year, (at, centre) in enumerate(zip(bound, middle, strict=True)):
            if np.isnan(at) or at <= 0:
                found[year] = np.nan if np.isnan(at) else 1.0
                continue
            away = float(to_scale(at, self.transform)) - centre
            if np.isnan(away):
                found[year] = 0.0
                continue
            widths = np.concatenate([[0.0], self.half_widths[:, year]])
            found[year] = tail_beyond(np.sign(away) * _quantile_of(abs(away), widths, knots))
        return found


def forecast(
    times: npt.ArrayLike,
    values: npt.ArrayLike,
    calibration: Calibration,
    horizon: int = 5,
    levels: Sequence[float] = LEVELS,
    others: Mapping[str, npt.ArrayLike] | None = None,
) -> Fan:
    """Forecast one area's yearly series.

    Args:
        times: Years of the values (the year in which each period starts: January 2025 is 2025, academic year
            2024/25 is 2024, calendar year 2024 is 2024), one after the other without a gap.
        values: Counts or percentages, shape (points,).
        calibration: Of the series' family.
        horizon: Years ahead, at most those calibrated.
        levels: Levels of the intervals, all of them calibrated.
        others: Further forecasts by name, each of shape (horizon,) in the unit of the series. One that the
            calibration gives a weight is combined; any other is kept in ``members`` with weight 0. A
            weight whose forecast is not given is shared out among the rest.

    Returns:
        The fan.

    Raises:
        ValueError: A series that is too short, has a gap or leaves the scale (the message names the row,
            counted from 0), or a horizon or level that is not calibrated.
    """
    years = np.asarray(times)
    x = refuse_unfit(values, calibration.transform, calibration.least_points)
    _refuse_times(years, len(x), calibration)
    _refuse_uncalibrated(horizon, levels, calibration)
    kept = years >= calibration.first_time
    y = to_scale(x[kept], calibration.transform)[None, :]
    path, shared = shared_at(years[kept], calibration)
    paths, spreads = project_models(y, path, shared, calibration.models, horizon)
    for name, item in (others or {}).items():
        outside = refuse_unfit(item, calibration.transform, horizon)[:horizon]
        paths[name] = to_scale(outside, calibration.transform)[None, :]
        spreads[name] = np.mean([spreads[model] for model in calibration.models], axis=0)
    weights = _weights_of(paths, calibration, horizon)
    middle, spread = combine(
        np.stack(list(paths.values())), np.stack(list(spreads.values())), np.stack(list(weights.values()))
    )
    widths = spread * calibration.scales[:, :horizon] * half_width(calibration.levels)[:, None]
    place = {level: widths[calibration.levels.index(level)] for level in levels}
    return Fan(
        times=np.arange(1, horizon + 1) + int(years[-1]),
        median=from_scale(middle[0], calibration.transform),
        lower={p: from_scale(middle[0] - width, calibration.transform) for p, width in place.items()},
        upper={p: from_scale(middle[0] + width, calibration.transform) for p, width in place.items()},
        members={name: from_scale(item[0], calibration.transform) for name, item in paths.items()},
        weights=weights,
        last=float(x[-1]),
        last_time=int(years[-1]),
        half_widths=widths,
        levels=calibration.levels,
        transform=calibration.transform,
    )


def project_models(
    values: Floats, path: Floats, shared: Shared, models: Mapping[str, Model], horizon: int
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Forecasts of many series by each state-space model.

    Args:
        values: On the transformed scale, shape (series, points).
        path: The shared path at those points, shape (points,).
        shared: Its growth from the last point on.
        models: The models by name.
        horizon: Years ahead.

    Returns:
        Paths and standard deviations by model, each of shape (series, horizon).
    """
    paths, spreads = {}, {}
    for name, model in models.items():
        filtered = kalman_filter(values - path, model.trend)
        mean, variance = predict(filtered, model.trend, horizon)
        paths[name] = mean + path[-1] + shared.path(model.shared_damping, horizon)
        spreads[name] = np.sqrt(variance + shared.variance(model.shared_damping, horizon))
    return paths, spreads


def shared_at(years: npt.NDArray[np.generic], calibration: Calibration) -> tuple[Floats, Shared]:
    """The shared path at a series' years, and the path from its last year on.

    A series that goes on beyond the calibration meets the growth that was expected. One that ends before it
    is forecast from what the calibration knows, which is later than the series: no backtest does that.
    """
    growth = calibration.shared.growth
    beyond = max(int(years[-1]) - calibration.last_time, 0)
    whole = np.concatenate(
        [[0.0], np.cumsum(np.concatenate([growth, np.full(beyond, calibration.shared.smoothed)]))]
    )
    return whole[np.asarray(years, dtype=np.int64) - calibration.first_time], calibration.shared


def _weights_of(paths: Mapping[str, Floats], calibration: Calibration, horizon: int) -> dict[str, Floats]:
    """The calibration's weights of the forecasts at hand, adding up to 1 again."""
    none = np.zeros(horizon)
    found = {
        name: calibration.weights[name][:horizon] if name in calibration.weights else none for name in paths
    }
    total = np.sum(list(found.values()), axis=0)
    return {name: item / total for name, item in found.items()}


def _refuse_uncalibrated(horizon: int, levels: Sequence[float], calibration: Calibration) -> None:
    if not 1 <= horizon <= calibration.horizon:
        raise ValueError(f"a horizon of {horizon} years is not calibrated: at most {calibration.horizon}")
    for level in levels:
        if level not in calibration.levels:
            raise ValueError(f"interval level {level} is not calibrated: {calibration.levels} are")


def _quantile_of(size: float, widths: Floats, knots: Floats) -> float:
    """The quantile at which the half-width is of a size."""
    if size <= widths[-1]:
        return float(np.interp(size, widths, knots))
    rate = (knots[-1] - knots[-2]) / max(widths[-1] - widths[-2], 1e-12)
    return float(knots[-1] + (size - widths[-1]) * rate)


def _refuse_times(years: npt.NDArray[np.generic], points: int, calibration: Calibration) -> None:
    if years.shape != (points,) or not np.issubdtype(years.dtype, np.integer):
        raise ValueError(f"times are not {points} whole years, one for each value")
    for row in np.flatnonzero(np.diff(years) != 1):
        raise ValueError(f"row {row + 1}: {years[row + 1]} does not follow {years[row]}; a gap is not filled")
    available = int(np.sum(years.astype(np.int64) >= calibration.first_time))
    if available < calibration.least_points:
        raise ValueError(
            f"{available} points from {calibration.first_time} on are too few:"
            f" {calibration.least_points} are needed"
        )
