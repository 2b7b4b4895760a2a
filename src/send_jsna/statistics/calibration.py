"""What the backtest over all authorities taught, in the form a forecast of one authority needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from send_jsna.statistics.combination import LEVELS
from send_jsna.statistics.national_path import Shared
from send_jsna.statistics.pooled_learner import Around
from send_jsna.statistics.state_space import Trend
from send_jsna.statistics.transforms import TRANSFORMS

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Model:
    """One state-space model of the combination.

    Attributes:
        trend: Hyperparameters of an authority's deviation from the shared path.
        shared_damping: Share of the shared growth that goes on to the next year.
    """

    trend: Trend
    shared_damping: float


@dataclass(frozen=True)
class Calibration:
    """Everything learned from all authorities for one family of series, up to the last period.

    Attributes:
        family: The family's name, such as ``ehc_plans_count``.
        transform: ``log`` for counts, ``logit`` for percentages.
        first_time: Year of the first point of the shared path.
        shared: The shared path: growth by year from ``first_time`` on, what is expected, and the shock.
        models: The state-space models by name.
        weights: Weight of each forecast in each year ahead, by name; they may include forecasts that are
            not state-space models, such as ``stock_flow``.
        levels: Levels of the intervals that are calibrated.
        scales: Factors on the half-widths, shape (levels, horizon).
        least_points: Points that a series must have, as in the backtest.
        backtest: The table of the backtest, one mapping a horizon, as the benchmark printed it.
        provenance: Sources, origins, number of series, and date of the last period.
        around: What all authorities did, for the pooled learner; None where it has no part.
    """

    family: str
    transform: str
    first_time: int
    shared: Shared
    models: Mapping[str, Model]
    weights: Mapping[str, Floats]
    levels: tuple[float, ...]
    scales: Floats
    least_points: int
    backtest: tuple[Mapping[str, Any], ...] = ()
    provenance: Mapping[str, Any] | None = None
    around: Around | None = None

    @property
    def horizon(self) -> int:
        """Years ahead that are calibrated."""
        return int(self.scales.shape[1])

    @property
    def last_time(self) -> int:
        """Year of the last point that the calibration saw."""
        return self.first_time + len(self.shared.growth)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Calibration:
        """Build from plain values, as they are in the calibration file.

        Raises:
            ValueError: A key is missing, or the parts do not fit one another.
        """
        try:
            shared = record["shared"]
            found = cls(
                family=str(record["family"]),
                transform=str(record["transform"]),
                first_time=int(shared["first_time"]),
                shared=Shared(
                    np.asarray(shared["growth"], dtype=np.float64),
                    float(shared["smoothed"]),
                    float(shared["shock"]),
                ),
                models={
                    name: Model(Trend(**item["trend"]), float(item["shared_damping"]))
                    for name, item in record["models"].items()
                },
                weights={
                    name: np.asarray(item, dtype=np.float64) for name, item in record["weights"].items()
                },
                levels=tuple(float(item) for item in record["scales"]),
                scales=np.asarray(list(record["scales"].values()), dtype=np.float64),
                least_points=int(record["least_points"]),
                backtest=tuple(record.get("backtest", ())),
                provenance=record.get("provenance"),
                around=_around(record),
            )
        except KeyError as error:
            raise ValueError(f"the calibration lacks {error}") from error
        except TypeError as error:
            raise ValueError(f"the calibration's parts are not as they should be: {error}") from error
        found._refuse_unfit()
        return found

    def to_dict(self) -> dict[str, Any]:
        """Plain values for the calibration file."""
        return {
            "family": self.family,
            "transform": self.transform,
            "least_points": self.least_points,
            "shared": {
                "first_time": self.first_time,
                "growth": self.shared.growth.tolist(),
                "smoothed": self.shared.smoothed,
                "shock": self.shared.shock,
            },
            "models": {
                name: {"shared_damping": item.shared_damping, "trend": asdict(item.trend)}
                for name, item in self.models.items()
            },
            "weights": {name: item.tolist() for name, item in self.weights.items()},
            "scales": {level: row.tolist() for level, row in zip(self.levels, self.scales, strict=True)},
            "backtest": [dict(item) for item in self.backtest],
            "provenance": dict(self.provenance or {}),
            **({"around": {"middle": self.around.middle, "unit": self.around.unit}} if self.around else {}),
        }

    def _refuse_unfit(self) -> None:
        if self.transform not in TRANSFORMS:
            raise ValueError(f"the calibration's transform {self.transform!r} is not one of {TRANSFORMS}")
        if self.scales.ndim != 2 or self.levels != tuple(sorted(self.levels)) or not self.levels:
            raise ValueError("the calibration's scales are not rows of rising levels by horizon")
        if np.any(~(self.scales > 0)):
            raise ValueError("a factor on the intervals is not above zero")
        shapes = {item.shape for item in self.weights.values()}
        if shapes != {(self.horizon,)}:
            raise ValueError("the calibration's weights do not cover the horizons of its scales")
        total = np.sum(list(self.weights.values()), axis=0)
        if np.any(np.abs(total - 1) > 1e-5) or not set(self.models) <= set(self.weights):
            raise ValueError("the calibration's weights do not add up to 1 or leave out a model")


def _around(record: Mapping[str, Any]) -> Around | None:
    given = record.get("around")
    if given is None:
        return None
    growth = np.asarray(record["shared"]["growth"], dtype=np.float64)
    return Around(growth, float(given["middle"]), float(given["unit"]))


__all__ = ["LEVELS", "Calibration", "Model"]
