"""Synthetic series and a synthetic calibration that the tests of the forecasts share."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from send_jsna.statistics.backtest import Panel
from send_jsna.statistics.calibration import Calibration

Floats = npt.NDArray[np.float64]

#: A family as a calibration file holds it. Synthetic.
RECORD: dict[str, Any] = {
    "family": "made_up_count",
    "transform": "log",
    "least_points": 5,
    "shared": {"first_time": 2018, "growth": [0.08] * 7, "smoothed": 0.08, "shock": 0.03},
    "models": {
        "damped_trend": {
            "shared_damping": 0.9,
            "trend": {
                "irregular": 4e-4,
                "level_shock": 9e-4,
                "slope_shock": 1e-4,
                "damping": 0.8,
                "first_slope": 1e-3,
            },
        },
        "local_linear": {
            "shared_damping": 1.0,
            "trend": {
                "irregular": 4e-4,
                "level_shock": 9e-4,
                "slope_shock": 1e-4,
                "damping": 1.0,
                "first_slope": 1e-3,
            },
        },
    },
    "weights": {"damped_trend": [0.6] * 5, "local_linear": [0.4] * 5},
    "scales": {0.5: [1.0] * 5, 0.8: [1.0] * 5, 0.95: [1.0] * 5},
}
CALIBRATION = Calibration.from_dict(RECORD)
YEARS = list(range(2018, 2026))
PLANS = [1_450, 1_580, 1_700, 1_810, 1_990, 2_180, 2_350, 2_560]


def panel(series: int = 12, points: int = 9, seed: int = 4) -> Panel:
    """Counts that grow together, each with its own level, slope and noise; one point is missing."""
    draw = np.random.default_rng(seed)
    together = np.cumsum(np.concatenate([[0.0], draw.normal(0.08, 0.03, points - 1)]))
    own = draw.normal(0, 0.02, (series, 1)) * np.arange(points) + draw.normal(0, 0.04, (series, points))
    values = np.round(np.exp(6 + draw.normal(0, 0.5, (series, 1)) + together + own))
    values[3, 6] = np.nan
    return Panel("made_up_count", "log", np.arange(2015, 2015 + points), values, 5)
