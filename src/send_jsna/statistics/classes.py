"""Classes of values for a map: of one width, with round limits, and few enough to be told apart."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass

#: Widths that make round limits, times a power of ten.
_WIDTHS = (1.0, 2.0, 2.5, 5.0)


@dataclass(frozen=True)
class Classes:
    """Classes of values.

    Attributes:
        limits: Where one class ends and the next begins, from the lowest on; one fewer than the classes.
    """

    limits: tuple[float, ...]

    @property
    def count(self) -> int:
        """How many classes there are."""
        return len(self.limits) + 1

    def of(self, value: float) -> int:
        """Place of a value's class, the lowest first; a value on a limit is in the class above."""
        return sum(value >= limit for limit in self.limits)

    def words(self, suffix: str = "") -> list[str]:
        """What each class is: ``under 20%``, ``20% to under 30%``, ``30% and more``.

        Args:
            suffix: What is written after a limit, such as ``%``.
        """
        if not self.limits:
            return ["all values"]
        text = [f"{limit:g}{suffix}" for limit in self.limits]
        between = [f"{low} to under {high}" for low, high in itertools.pairwise(text)]
        return [f"under {text[0]}", *between, f"{text[-1]} and more"]


def equal_classes(values: Iterable[float], most: int = 5) -> Classes:
    """Classes of one width for some values: the narrowest round width that needs no more than ``most``.

    Args:
        values: The values; NaN are left out.
        most: Most classes, at least two.

    Raises:
        ValueError: There is no value.
    """
    known = [value for value in values if not math.isnan(value)]
    if not known:
        raise ValueError("no value to make classes of")
    low, high = min(known), max(known)
    if high <= low:
        return Classes(())
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    for width in (factor * scale for scale in (power, 10 * power) for factor in _WIDTHS):
        first, last = math.floor(low / width + 1e-9), math.floor(high / width + 1e-9)
        if last - first < most:
            return Classes(tuple(round(width * number, 10) for number in range(first + 1, last + 1)))
    return Classes(())
