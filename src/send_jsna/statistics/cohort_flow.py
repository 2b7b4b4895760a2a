"""Plans carried forward by age, or as a stock with entries and exits.

With ages: the cohort change ratios of C. H. Hamilton and J. Perry, "A short method for projecting
population by age from one decennial census to another", Social Forces 41 (1962) 163–170. The plans at age a
in a year, divided by those at age a − 1 the year before, take in entries, exits and moves at once. Without
ages: the caseload of next January is this January's, less those that cease, and the year's new plans.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

#: Plans of a comparator cohort that a ratio of the area is mixed with: an age with few plans leans on it.
PULL = 20.0
#: Years over which the exit rate is taken.
EXIT_YEARS = 3
#: The greatest share of a caseload that may cease in a year; beyond it a count is taken to be wrong.
MOST_EXITS = 0.5


@dataclass(frozen=True)
class CohortFlow:
    """Plans by age in each year ahead.

    Attributes:
        by_age: Shape (horizon, ages).
        total: Their sum, shape (horizon,).
        ratios: Cohort change ratio into each age, shape (ages,); NaN at the youngest.
        entry: Plans at the youngest age in each year ahead, shape (horizon,).
    """

    by_age: Floats
    total: Floats
    ratios: Floats
    entry: Floats


def cohort_flow(
    stock_by_age: npt.ArrayLike,
    horizon: int = 5,
    population_youngest: npt.ArrayLike | None = None,
    comparator: npt.ArrayLike | None = None,
) -> CohortFlow:
    """Carry a caseload forward, age by age.

    Args:
        stock_by_age: Plans by single year of age, ages rising from the youngest, shape (years, ages), two
            years or more, one after the other. The oldest age is the last at which a child may have a plan.
        horizon: Years ahead.
        population_youngest: Children at the youngest age in the last year and each year ahead, shape (1 +
            horizon,); the youngest age's plans go with it. Where none is given its plans stay as they are.
        comparator: The same table of a larger area, such as England. The area's ratio is mixed with it, as
            though it had ``PULL`` more plans with the comparator's ratio.

    Returns:
        The plans by age. What changes within the youngest age, and a change of the ratios, is not foreseen.

    Raises:
        ValueError: Fewer than two years or ages, a missing or negative count (the message names year and
            age), or an age at which there were no plans a year younger and no comparator says what to expect.
    """
    stock = _counts(stock_by_age, "plans")
    if horizon < 1:
        raise ValueError(f"a horizon of {horizon} years is not at least 1")
    ratios = _ratios(stock, None if comparator is None else _counts(comparator, "comparator's plans"))
    youngest = np.ones(horizon)
    if population_youngest is not None:
        people = np.asarray(population_youngest, dtype=np.float64)
        if people.shape != (horizon + 1,) or not np.all(people > 0):
            raise ValueError(f"the population at the youngest age is not {horizon + 1} numbers above zero")
        youngest = people[1:] / people[0]
    entry = stock[-1, 0] * youngest
    by_age = np.empty((horizon, stock.shape[1]))
    now = stock[-1]
    for step in range(horizon):
        now = np.concatenate([[entry[step]], now[:-1] * ratios[1:]])
        by_age[step] = now
    return CohortFlow(by_age, by_age.sum(axis=1), ratios, entry)


def _ratios(stock: Floats, comparator: Floats | None) -> Floats:
    """Cohort change ratios over all pairs of years, mixed with the comparator's."""
    older, younger = stock[1:, 1:].sum(axis=0), stock[:-1, :-1].sum(axis=0)
    if comparator is not None:
        if comparator.shape[1] != stock.shape[1]:
            raise ValueError(f"the comparator has {comparator.shape[1]} ages and the area {stock.shape[1]}")
        large, small = comparator[1:, 1:].sum(axis=0), comparator[:-1, :-1].sum(axis=0)
        known = small > 0
        older = older + np.where(known, PULL * large / np.where(known, small, 1.0), 0.0)
        younger = younger + np.where(known, PULL, 0.0)
    for age in np.flatnonzero(younger == 0):
        raise ValueError(f"age {age + 1}: no plans were held a year younger, so that no ratio can be taken")
    return np.concatenate([[np.nan], older / younger])


def _counts(table: npt.ArrayLike, name: str) -> Floats:
    found = np.asarray(table, dtype=np.float64)
    if found.ndim != 2 or found.shape[0] < 2 or found.shape[1] < 2:
        raise ValueError(f"{name} of shape {found.shape}: two years and two ages are needed, or more")
    for year, age in np.argwhere(~(found >= 0) | np.isinf(found)):
        raise ValueError(f"year {year}, age {age}: {name} of {found[year, age]:g} are not a number of people")
    return found


def exit_rates(stock: npt.ArrayLike, entries: npt.ArrayLike) -> Floats:
    """Share of each caseload that ceased within the year, from stocks and entries.

    Args:
        stock: Plans in force each January, shape (series, points).
        entries: New plans in the year after each but the last, shape (series, points - 1).

    Returns:
        Shape (series, points - 1). Moves between authorities count as entries or exits, so that a rate may be
        below zero.

    Raises:
        ValueError: Shapes that do not fit.
    """
    plans, new = np.atleast_2d(np.asarray(stock, float)), np.atleast_2d(np.asarray(entries, float))
    if new.shape != (plans.shape[0], plans.shape[1] - 1):
        raise ValueError(f"entries of shape {new.shape} do not fit stocks of shape {plans.shape}")
    return np.asarray((plans[:, :-1] + new - plans[:, 1:]) / plans[:, :-1], dtype=np.float64)


def stock_flow(
    stock: npt.ArrayLike, entries: npt.ArrayLike, entries_ahead: npt.ArrayLike, typical: float | None = None
) -> Floats:
    """Carry caseloads forward as stocks with entries and exits.

    Args:
        stock: Plans in force each January, shape (series, points), two points or more.
        entries: New plans in the year after each January but the last, shape (series, points - 1).
        entries_ahead: New plans forecast from the last January on, shape (series, horizon).
        typical: Exit rate that an area's own is drawn half-way to; the median of the series where none is
            given and there is more than one.

    Returns:
        Plans in force in each January ahead, shape (series, horizon); NaN where a series lacks a number.
        The exit rate is the mean of the last three years, drawn half-way to the typical one: a year's exits
        include moves and late records, and a rate of one area is mostly noise.

    Raises:
        ValueError: Shapes that do not fit.
    """
    rates = exit_rates(stock, entries)[:, -EXIT_YEARS:]
    own = rates.mean(axis=1)
    if typical is None:
        typical = float(np.nanmedian(own)) if np.any(~np.isnan(own)) else 0.0
    rate = np.clip((own + typical) / 2, 0.0, MOST_EXITS)
    ahead = np.atleast_2d(np.asarray(entries_ahead, dtype=np.float64))
    if ahead.shape[0] != len(rate):
        raise ValueError(f"entries ahead of shape {ahead.shape} do not fit {len(rate)} series")
    found = np.empty(ahead.shape)
    now = np.atleast_2d(np.asarray(stock, dtype=np.float64))[:, -1]
    for step in range(ahead.shape[1]):
        now = now * (1 - rate) + ahead[:, step]
        found[:, step] = now
    return found
