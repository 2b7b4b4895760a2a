"""Disclosure profiles: which counts are withheld, how those shown are rounded, and what follows for shares.

A profile is chosen for a whole report. Four are known:

* ``council``: counts of 1 to 4 are withheld, nothing is rounded.
* ``nhs_england``: NHS Digital, "Disclosure control methodology for Hospital Episode Statistics and Emergency
  Care Data Set", from September 2018: counts of 1 to 7 become ``*``, zero is shown, counts of 8 and over are
  rounded to the nearest 5; percentages are made from the rounded parts and have one decimal only where the
  rounded denominator is at least 4,000. It relies on rounding alone; here further cells are withheld where
  rounding leaves a small count bounded too closely.
* ``opensafely``: the rule of OpenSAFELY's output checking: counts of 7 or fewer are redacted first, zero
  among them, and only then the others are rounded to the nearest 5; a total is the sum of its rounded cells
  where all of them are shown. It relies on redaction and rounding alone; here a total of which a cell is
  redacted is rounded itself, since the sum of the rest would be further off than rounding explains, and
  further cells are withheld where that would bound a redacted one too closely.
  ``opensafely_midpoint6`` is its other rule, rounding up to the middle of bands of six (0, 1 to 6 as 3, 7 to
  12 as 9), where nothing is redacted.
* ``none``: everything is shown as it is; the publishers' own marks remain.

Zero, structural zero, missing and withheld are different things, and :class:`State` has a name for each.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]


class State(StrEnum):
    """What is printed in the place of a count.

    Attributes:
        SHOWN: The count, as the profile shows it.
        ZERO: No person was counted.
        STRUCTURAL_ZERO: No person can be counted: a reader knows that without the table.
        MISSING: Not collected, or not available.
        WITHHELD_BY_PUBLISHER: The publisher did not give it.
        WITHHELD_PRIMARY: Withheld because it is small.
        WITHHELD_SECONDARY: Withheld because a small count could be worked out from it.
    """

    SHOWN = "shown"
    ZERO = "zero"
    STRUCTURAL_ZERO = "structural_zero"
    MISSING = "missing"
    WITHHELD_BY_PUBLISHER = "withheld_by_publisher"
    WITHHELD_PRIMARY = "withheld_primary"
    WITHHELD_SECONDARY = "withheld_secondary"

    @property
    def is_withheld(self) -> bool:
        """Whether the mark replaces a count that a reader may not know."""
        return self.value.startswith("withheld")


@dataclass(frozen=True)
class Profile:
    """The rules one report is published under.

    Attributes:
        id: Name in settings and in records.
        smallest_shown: Smallest count of people that is shown; 1 where none is withheld.
        withholds_zero: Whether zero falls under the rule as well.
        rounding: ``none``; ``nearest`` multiple of the base; or ``midpoint`` of bands of the base's width.
        rounding_base: The base; 1 where nothing is rounded.
        are_totals_sums: Whether a total is the sum of its rounded parts, where all of them are shown, rather
            than rounded itself.
        one_decimal_from: Rounded denominator from which a percentage has a decimal; 0: always.
        withholds_remainders: Whether a share is withheld where those left over are few.
        needs_secondary: Whether further cells are withheld so that none can be worked out.
        spares_national: Whether the figures of a country are shown as they are.
        symbol: What is printed in the place of a withheld count.
        rules: The rules as sentences for the report.
    """

    id: str
    smallest_shown: int
    withholds_zero: bool
    rounding: Literal["none", "nearest", "midpoint"]
    rounding_base: int
    are_totals_sums: bool
    one_decimal_from: int
    withholds_remainders: bool
    needs_secondary: bool
    spares_national: bool
    symbol: str
    rules: tuple[str, ...]

    @property
    def lowest_withheld(self) -> int:
        """The smallest count that a mark may replace: one, where zero is shown as 0."""
        return 0 if self.withholds_zero else 1

    def raised_to(self, smallest_shown: int) -> Profile:
        """The same profile with a higher smallest count.

        Raises:
            ValueError: The number is lower than the profile's own.
        """
        if smallest_shown < self.smallest_shown:
            raise ValueError(
                f"the smallest count shown can be raised, not lowered: {smallest_shown} is less than the "
                f"{self.smallest_shown} of profile {self.id}"
            )
        if smallest_shown == self.smallest_shown:
            return self
        if self.smallest_shown == 1:
            raise ValueError(f"profile {self.id} withholds nothing, and has no smallest count to raise")
        first = f"Counts of {0 if self.withholds_zero else 1} to {smallest_shown - 1} are withheld."
        return replace(self, smallest_shown=smallest_shown, rules=(first, *self.rules[1:]))

    def is_primary(self, counts: npt.ArrayLike) -> Bools:
        """Which counts the profile withholds for being small.

        Args:
            counts: Counts of people, any shape; NaN for those that are missing.

        Returns:
            True where a count is withheld; never for NaN.

        Raises:
            ValueError: A count is negative or not whole; the message names the row, counted from 0.
        """
        values = _counts(counts, "count")
        small = values < self.smallest_shown if self.smallest_shown > 1 else np.zeros(values.shape, bool)
        return np.asarray(small & (self.withholds_zero | (values > 0)), dtype=bool)

    def states(
        self,
        counts: npt.ArrayLike,
        *,
        structural_zero: npt.ArrayLike = False,
        withheld_by_publisher: npt.ArrayLike = False,
    ) -> npt.NDArray[np.object_]:
        """The state of each count by itself, before any other is withheld for its sake.

        Args:
            counts: Counts of people; NaN where there is none.
            structural_zero: Where no person can be counted.
            withheld_by_publisher: Where the publisher gave no count.

        Returns:
            A :class:`State` for each count.

        Raises:
            ValueError: As in :meth:`is_primary`, or a structural zero that is not zero.
        """
        values = _counts(counts, "count")
        structural = np.broadcast_to(np.asarray(structural_zero, bool), values.shape)
        publisher = np.broadcast_to(np.asarray(withheld_by_publisher, bool), values.shape)
        _refuse(structural & ~(values == 0), "structural zero is not zero", values)
        # NumPy makes plain text of states that are assigned one by one: they are picked from a list instead.
        kinds = np.array(list(State), dtype=object)
        index = np.full(values.shape, list(State).index(State.SHOWN))
        for mask, state in (
            (values == 0, State.ZERO),
            (self.is_primary(values), State.WITHHELD_PRIMARY),
            (np.isnan(values), State.MISSING),
            (publisher, State.WITHHELD_BY_PUBLISHER),
            (structural, State.STRUCTURAL_ZERO),
        ):
            index[mask] = list(State).index(state)
        return np.asarray(kinds[index], dtype=object)

    def rounded(self, counts: npt.ArrayLike) -> Floats:
        """Counts as the profile shows them.

        Args:
            counts: Counts of people; NaN for those that are missing.

        Returns:
            The counts, rounded where the profile rounds; NaN where one is withheld or missing.

        Raises:
            ValueError: As in :meth:`is_primary`.
        """
        values = _counts(counts, "count")
        base = self.rounding_base
        if self.rounding == "nearest":
            shown = base * np.floor(values / base + 0.5)
        elif self.rounding == "midpoint":
            shown = np.where(values == 0, 0.0, base * np.ceil(values / base) - base // 2)
        else:
            shown = values
        return np.where(self.is_primary(values), np.nan, shown)

    def interval(self, counts: npt.ArrayLike) -> tuple[Floats, Floats]:
        """What a reader knows of counts that are shown.

        Args:
            counts: Counts of people, exact; NaN for those that are missing.

        Returns:
            Lowest and highest count behind what is shown. NaN where one is withheld or missing.

        Raises:
            ValueError: As in :meth:`is_primary`.
        """
        shown = self.rounded(counts)
        if self.rounding == "none":
            return shown, shown.copy()
        base = self.rounding_base
        if self.rounding == "nearest":
            below, above = base // 2, (base - 1) // 2
        else:
            below, above = base // 2 - 1, base // 2
        lowest = np.maximum(shown - below, self.smallest_shown)
        return np.where(shown == 0, 0.0, lowest), np.where(shown == 0, 0.0, shown + above)

    def percentage(
        self, numerator: npt.ArrayLike, denominator: npt.ArrayLike, decimals: int = 1
    ) -> tuple[Floats, Integers]:
        """Percentages as the profile shows them.

        Args:
            numerator: People with the attribute; broadcast against the denominator.
            denominator: People in all.
            decimals: Decimals wanted; the profile may allow fewer.

        Returns:
            Percentages from 0 to 100, rounded to their decimals, NaN where one is withheld, missing or has
            zero to divide by; and the decimals each is printed with.

        Raises:
            ValueError: As in :meth:`is_primary`, or a numerator greater than its denominator.
        """
        x, n = np.broadcast_arrays(_counts(numerator, "numerator"), _counts(denominator, "denominator"))
        _refuse(x > n, "numerator is greater than its denominator", x)
        top, base = self.rounded(x), self.rounded(n)
        if self.withholds_remainders:
            top = np.where(self.is_primary(np.where(np.isnan(x) | np.isnan(n), np.nan, n - x)), np.nan, top)
        return self.share(top, base, decimals)

    def share(self, top: npt.ArrayLike, base: npt.ArrayLike, decimals: int = 1) -> tuple[Floats, Integers]:
        """Percentages made of counts as they are shown, each with the decimals the profile allows.

        Args:
            top: Numerators, rounded already; NaN for those that are not shown.
            base: Denominators, likewise.
            decimals: Decimals wanted; the profile may allow fewer.

        Returns:
            As :meth:`percentage`.
        """
        top, base = np.broadcast_arrays(np.asarray(top, dtype=np.float64), np.asarray(base, dtype=np.float64))
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(base > 0, 100 * top / base, np.nan)
        limit = np.where(base >= self.one_decimal_from, 1, 0) if self.one_decimal_from else decimals
        places = np.minimum(limit, decimals)
        places = np.where(np.isnan(share), 0, places).astype(np.int64)
        scale = 10.0**places
        return np.floor(share * scale + 0.5) / scale, places


def _counts(values: npt.ArrayLike, name: str) -> Floats:
    counts = np.asarray(values, dtype=np.float64)
    _refuse(counts < 0, f"{name} is negative", counts)
    _refuse(np.isinf(counts), f"{name} is infinite", counts)
    _refuse(counts != np.floor(counts), f"{name} is not a whole number", counts, but=np.isnan(counts))
    return counts


def _refuse(wrong: Bools, what: str, values: Floats, but: Bools | None = None) -> None:
    wrong = wrong & ~but if but is not None else wrong
    if np.any(wrong):
        row = int(np.flatnonzero(np.ravel(wrong))[0])
        raise ValueError(f"row {row}: {what} ({np.ravel(values)[row]:g})")
