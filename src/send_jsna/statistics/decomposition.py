"""Why a caseload changed: more children, a higher rate of entry, plans that last longer; and the mix of ages.

Two exact decompositions, neither with a residual. For a product of factors, the logarithmic mean Divisia
index of B. W. Ang, "Decomposition analysis for policymaking in energy: which is the preferred method?",
Energy Policy 32 (2004) 1131–1139, in its additive form (LMDI-I). For population × rate by age, the
symmetric decomposition of P. Das Gupta, "Standardization and Decomposition of Rates: A User's Manual", US
Bureau of the Census, Current Population Reports P23-186 (1993), which for two factors in each age is that
of E. M. Kitagawa, Journal of the American Statistical Association 50 (1955) 1168–1194.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Decomposition:
    """Parts that add up to a change.

    Attributes:
        change: The change of the whole.
        parts: Contribution of each factor, in the unit of the whole; they add up to the change.
    """

    change: float
    parts: Mapping[str, float]

    @property
    def shares(self) -> dict[str, float]:
        """Contributions as shares of the change, below 0 or above 1 too; NaN where nothing changed."""
        return {name: part / self.change if self.change else np.nan for name, part in self.parts.items()}


def log_mean(first: npt.ArrayLike, second: npt.ArrayLike) -> Floats:
    """Logarithmic mean of numbers above zero: (a − b) / (log a − log b), and a where both are equal."""
    a, b = np.broadcast_arrays(np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64))
    ratio = np.log(a / b)
    near = np.abs(ratio) < 1e-6
    # Near equality the quotient loses all its digits; the series of the mean does not.
    series = np.sqrt(a * b) * (1 + ratio**2 / 24)
    return np.asarray(np.where(near, series, (a - b) / np.where(near, 1.0, ratio)), dtype=np.float64)


def decompose(before: Mapping[str, npt.ArrayLike], after: Mapping[str, npt.ArrayLike]) -> Decomposition:
    """Divide the change of a product among its factors (LMDI-I).

    Args:
        before: Factors by name at the first time, each a number or an array over groups (such as ages); the
            whole is the sum over groups of their product.
        after: The same factors at the second time.

    Returns:
        The contributions, which add up to the change exactly.

    Raises:
        ValueError: The factors differ, or one is not a number above zero (the message names the factor and
            the row).
    """
    if list(before) != list(after) or not before:
        raise ValueError(f"factors {', '.join(before)} and {', '.join(after)} are not the same")
    first = np.broadcast_arrays(*[_positive(name, item) for name, item in before.items()])
    second = np.broadcast_arrays(*[_positive(name, item) for name, item in after.items()])
    if first[0].shape != second[0].shape:
        raise ValueError(f"groups of shape {first[0].shape} and {second[0].shape} are not the same")
    start, end = np.prod(first, axis=0), np.prod(second, axis=0)
    weight = log_mean(end, start)
    parts = {
        name: float(np.sum(weight * np.log(b / a))) for name, a, b in zip(before, first, second, strict=True)
    }
    return Decomposition(float(np.sum(end) - np.sum(start)), parts)


def decompose_stock(
    population: tuple[float, float], entries: tuple[float, float], stock: tuple[float, float]
) -> Decomposition:
    """Divide the change of a caseload among more children, a higher rate of entry and longer plans.

    By the identity of stocks and flows, stock = population × (entries ÷ population) × (stock ÷ entries).
    The last is the mean duration of a plan only where stock and entries are in balance (J. D. C. Little,
    "A proof for the queuing formula: L = λW", Operations Research 9 (1961) 383–387). While entries rise it
    runs below the true duration, because recent plans have not had time to last: read it as years of
    entries that the caseload amounts to.

    Args:
        population: Children at the two times.
        entries: New plans in a year, before each of them.
        stock: Plans in force at the two times.

    Returns:
        Contributions ``children``, ``entry_rate`` and ``duration``.

    Raises:
        ValueError: A number is not above zero.
    """
    factors = [
        {"children": p, "entry_rate": e / p, "duration": s / e}
        for p, e, s in zip(
            *[
                _positive(name, item)
                for name, item in (("population", population), ("entries", entries), ("stock", stock))
            ],
            strict=True,
        )
    ]
    return decompose(factors[0], factors[1])


def decompose_by_age(
    population: tuple[npt.ArrayLike, npt.ArrayLike], plans: tuple[npt.ArrayLike, npt.ArrayLike]
) -> Decomposition:
    """Divide the change of a caseload among the number of children, their ages, and the rate at each age.

    Das Gupta's three factors: total population, each age's share of it, and the age's rate; each one's part
    is its change times the mean of the other two over all orders in which they might have changed. Ages may
    have no plans, but not no children.

    Args:
        population: Children by age at the two times, shape (ages,).
        plans: Children with a plan by age at the two times.

    Returns:
        Contributions ``children``, ``age_mix`` and ``rate``.

    Raises:
        ValueError: Shapes differ, an age has no children, or plans are negative or missing; the message
            names the row.
    """
    people = [np.atleast_1d(_positive("population", item)) for item in population]
    counts = [np.atleast_1d(np.asarray(item, dtype=np.float64)) for item in plans]
    if len({item.shape for item in (*people, *counts)}) != 1:
        raise ValueError("population and plans do not cover the same ages")
    for item in counts:
        for row in np.flatnonzero(~(item >= 0) | np.isinf(item)):
            raise ValueError(f"row {row}: plans of {item[row]:g} are not a number of people")
    size = [item.sum() for item in people]
    mix = [item / total for item, total in zip(people, size, strict=True)]
    rate = [p / item for p, item in zip(counts, people, strict=True)]
    parts = {
        "children": _das_gupta(size, mix, rate),
        "age_mix": _das_gupta(mix, size, rate),
        "rate": _das_gupta(rate, size, mix),
    }
    return Decomposition(float(counts[1].sum() - counts[0].sum()), parts)


def _das_gupta(own: list[Floats], second: list[Floats], third: list[Floats]) -> float:
    """The part of one of three factors: Das Gupta (1993), chapter 2, for three factors."""
    same = (second[0] * third[0] + second[1] * third[1]) / 3
    crossed = (second[0] * third[1] + second[1] * third[0]) / 6
    return float(np.sum((own[1] - own[0]) * (same + crossed)))


def _positive(name: str, values: npt.ArrayLike) -> Floats:
    found = np.asarray(values, dtype=np.float64)
    for row in np.flatnonzero(~(found > 0) | np.isinf(found)):
        raise ValueError(f"row {row}: {name} of {np.ravel(found)[row]:g} is not a number above zero")
    return found
