"""Scenarios of demand, and the year in which places fall short under each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

#: Years whose mean growth a scenario carries on, unless another number is asked for.
GROWTH_YEARS = 3


@dataclass(frozen=True)
class Shortfall:
    """When demand is first above places.

    Attributes:
        index: Number of the year ahead, counted from 0; None where places suffice throughout.
        short: Demand less places in each year, negative where places are left, shape (horizon,).
    """

    index: int | None
    short: Floats


def scenarios(values: npt.ArrayLike, horizon: int = 5, years: int = GROWTH_YEARS) -> dict[str, Floats]:
    """Three paths from the last value, which are assumptions and not forecasts.

    With g the mean yearly growth of the last ``years`` years, as a ratio (the geometric mean, less 1):

    - ``stops``: the last value stays.
    - ``slows``: growth is g/2 in the first year ahead, g/4 in the second, and so on, halved each year.
    - ``continues``: growth is g in every year ahead.

    Args:
        values: Counts or rates above zero, one a year without a gap, shape (points,).
        horizon: Years ahead.
        years: Years over which growth is taken.

    Returns:
        The paths by scenario, each of shape (horizon,), in the unit of the series.

    Raises:
        ValueError: Too few points, a missing value or one not above zero (the message names the row,
            counted from 0), or a horizon or number of years below 1.
    """
    x = np.asarray(values, dtype=np.float64)
    if horizon < 1 or years < 1:
        raise ValueError(f"a horizon of {horizon} and growth over {years} years: both are at least 1")
    if x.ndim != 1 or len(x) <= years:
        raise ValueError(f"growth over {years} years needs {years + 1} points, not shape {x.shape}")
    for row in np.flatnonzero(~(x > 0) | np.isinf(x)):
        raise ValueError(f"row {row}: {x[row]:g} is not above zero")
    rate = (x[-1] / x[-1 - years]) ** (1 / years) - 1
    steps = np.arange(1, horizon + 1)
    return {
        "stops": np.full(horizon, x[-1]),
        "slows": x[-1] * np.cumprod(1 + rate * 0.5**steps),
        "continues": x[-1] * (1 + rate) ** steps,
    }


def shortfall(places: npt.ArrayLike, demand: npt.ArrayLike) -> Shortfall:
    """The first year in which demand is above places.

    Args:
        places: Places in each year ahead, or one number for all years.
        demand: Demand in each year ahead, shape (horizon,).

    Returns:
        The year's number and the shortfall in each year.

    Raises:
        ValueError: A missing or negative number, or shapes that do not fit; the message names the row,
            counted from 0.
    """
    need = np.asarray(demand, dtype=np.float64)
    if need.ndim != 1 or np.asarray(places).ndim > 1 or np.size(places) not in (1, len(need)):
        raise ValueError(f"places of shape {np.shape(places)} do not fit demand of shape {need.shape}")
    available = np.broadcast_to(np.asarray(places, dtype=np.float64), need.shape)
    for name, array in (("places", available), ("demand", need)):
        for row in np.flatnonzero(~(array >= 0) | np.isinf(array)):
            raise ValueError(f"row {row}: {name} of {array[row]:g} is not a number of people")
    over = np.flatnonzero(need > available)
    return Shortfall(int(over[0]) if len(over) else None, need - available)
