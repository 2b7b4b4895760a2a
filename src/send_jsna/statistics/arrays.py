"""What the statistical functions share: arrays of numbers, the two levels of confidence, refusals by row."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: Two-sided standard normal quantiles of the two confidence levels in use.
_Z = {0.95: 1.959963984540054, 0.998: 3.090232306167813}


class Estimate(NamedTuple):
    """Estimates with their confidence limits: three arrays of one shape, in one unit."""

    value: Floats
    lower: Floats
    upper: Floats


class Significance(NamedTuple):
    """The statistic of a test and its two-sided p-value: two arrays of one shape."""

    statistic: Floats
    p: Floats


def z_of(confidence: float) -> float:
    """The two-sided standard normal quantile of a level of confidence.

    Raises:
        ValueError: The level is neither 0.95 nor 0.998.
    """
    if confidence not in _Z:
        raise ValueError(f"confidence {confidence} is not one of {', '.join(map(str, _Z))}")
    return _Z[confidence]


def floats(values: npt.ArrayLike) -> Floats:
    """Values as an array of floats."""
    return np.asarray(values, dtype=np.float64)


def together(*values: npt.ArrayLike) -> tuple[Floats, ...]:
    """Several arrays of floats broadcast to one shape."""
    return tuple(np.broadcast_arrays(*(floats(value) for value in values)))


def refuse(bad: Bools | np.bool_, what: str, *values: npt.ArrayLike) -> None:
    """Refuse the first row that is bad.

    Args:
        bad: Whether each element is bad. The row is counted from 0 along the first axis.
        what: What is wrong.
        values: Arrays that broadcast to the shape of ``bad``; the message gives what is there.

    Raises:
        ValueError: Some row is bad.
    """
    if np.any(bad):
        place = tuple(int(index[0]) for index in np.nonzero(np.atleast_1d(bad)))
        shape = np.atleast_1d(bad).shape
        found = ", ".join(f"{np.broadcast_to(floats(value), shape)[place]:g}" for value in values)
        where = f"row {place[0]}" + (f", column {place[1]}" if len(place) > 1 else "")
        raise ValueError(f"{where}: {what} ({found})")


def proportions(
    numerator: npt.ArrayLike, denominator: npt.ArrayLike, name: str = ""
) -> tuple[Floats, Floats]:
    """A numerator and denominator of one shape, each row possible as a proportion.

    Args:
        numerator: People with the attribute.
        denominator: People in all.
        name: A word before "numerator" and "denominator" in messages, such as ``other``.

    Raises:
        ValueError: A negative or infinite number, a numerator greater than its denominator, or a denominator
            of zero; the message names the row.
    """
    x, n = together(numerator, denominator)
    word = f"{name} " if name else ""
    refuse(x < 0, f"{word}numerator is negative", x)
    refuse(n < 0, f"{word}denominator is negative", n)
    refuse(n == 0, f"{word}denominator is zero", n)
    refuse(x > n, f"{word}numerator is greater than its denominator", x, n)
    refuse(np.isinf(x) | np.isinf(n), f"{word}numerator or denominator is infinite", x, n)
    return x, n


def events(count: npt.ArrayLike, population: npt.ArrayLike, name: str = "") -> tuple[Floats, Floats]:
    """A count of events and a population (person-time) of one shape, each row possible as a rate.

    Raises:
        ValueError: A negative or infinite number, or a population of zero; the message names the row.
    """
    x, n = together(count, population)
    word = f"{name} " if name else ""
    refuse(x < 0, f"{word}count is negative", x)
    refuse(n < 0, f"{word}population is negative", n)
    refuse(n == 0, f"{word}population is zero", n)
    refuse(np.isinf(x) | np.isinf(n), f"{word}count or population is infinite", x, n)
    return x, n
