"""Counts, shares and rates as a profile that rounds shows them.

A count has one rounded value under whatever name it is published. Under a profile whose totals are sums, a
total is the sum of its rounded parts only where they are all of it and every one of them is shown; otherwise
it is rounded itself. Where several breakdowns of one total are complete, the one that adds up the fewest
rounded counts decides, and of equal ones the first by name. Shares and rates are made of the rounded counts,
also where their publisher prints them without.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from send_jsna.disclosure.cells import NATIONAL, Cells
from send_jsna.disclosure.methods import Profile, Relation

COUNTS = ("value", "numerator", "denominator")
#: Most decimals of a percentage made of rounded counts.
_PLACES = 1
_RATE = re.compile(r"per ([\d,]+)")


@dataclass(frozen=True)
class KnownRange:
    """A count as it is shown; all three are NaN where it is not.

    Attributes:
        shown: What is printed.
        low: Lowest count a reader can take it for who knows the profile.
        high: Highest.
    """

    shown: float
    low: float
    high: float


def known_cells(cells: Cells, profile: Profile, printed: Collection[str]) -> dict[str, KnownRange]:
    """Every count as the profile shows it, and what a reader then knows of it.

    Args:
        cells: The counts and how they add up.
        profile: The profile.
        printed: Labels of the counts that are printed somewhere.
    """
    labels = list(cells.values)
    counts = np.array([cells.values[label] for label in labels], dtype=np.float64)
    low, high = profile.interval(counts)
    columns = (profile.rounded(counts).tolist(), low.tolist(), high.tolist())
    known = {label: KnownRange(*numbers) for label, *numbers in zip(labels, *columns, strict=True)}
    known |= {label: KnownRange(*[cells.values[label]] * 3) for label in cells.released}
    if profile.are_totals_sums:
        known |= _Sums(cells, known, printed).found()
    return known


def printed_cells(cells: Cells, frame: pd.DataFrame, is_shown: pd.Series[bool]) -> set[str]:
    """Labels of the counts that are printed in rows which are shown."""
    kept = frame[is_shown & frame["observation_id"].isin(cells.rows.keys())]
    rows = kept[["observation_id", *COUNTS]].itertuples(index=False, name=None)
    return {
        label
        for key, *counts in rows
        for column, label in cells.rows[key].items()
        if not math.isnan(counts[COUNTS.index(column)])
    }


def rounded_rows(
    frame: pd.DataFrame, cells: Cells, is_shown: pd.Series[bool], profile: Profile
) -> pd.DataFrame:
    """The counts, values and decimals of observations as a profile shows them.

    Args:
        frame: The observations.
        cells: Their counts of children.
        is_shown: Which of them are shown.
        profile: The profile.

    Returns:
        ``value``, ``numerator``, ``denominator`` and ``decimals`` of each row. A value that has become NaN is
        one that the profile cannot show.
    """
    columns = [*COUNTS, "decimals"]
    out = frame[columns].copy()
    if profile.rounding == "none":
        return out
    kept = is_shown & frame["observation_id"].isin(cells.rows.keys())
    if profile.spares_national:
        kept &= ~frame["area_code"].str.startswith(NATIONAL)
    kept &= ~frame["observation_id"].isin(cells.released_rows)
    known = known_cells(cells, profile, printed_cells(cells, frame, is_shown))
    rows = frame.loc[kept, ["observation_id", "unit", *columns]].to_dict("records")
    made = [_row({str(name): cell for name, cell in row.items()}, cells, known, profile) for row in rows]
    out.loc[kept, columns] = np.array(made, dtype=np.float64).reshape(-1, len(columns))
    return out


def scale_of(unit: str) -> float:
    """What a quotient of counts is multiplied by in a unit: 100 for ``%``, 1000 for ``per 1,000``, or NaN."""
    found = _RATE.match(unit)
    return 100.0 if unit == "%" else float(found[1].replace(",", "")) if found else math.nan


def numerator_of(value: float, decimals: float, scale: float, count: float, whole: float) -> float:
    """The count behind a share or rate that is printed without it.

    Args:
        value: What is printed.
        decimals: The decimals it is printed with.
        scale: As in :func:`scale_of`.
        count: The count that is published elsewhere, NaN where none is.
        whole: The denominator.

    Returns:
        That count where the two agree, else the whole number nearest to what is printed.
    """
    within = 10.0 ** -(_PLACES if math.isnan(decimals) else decimals)
    if whole and abs(scale * count / whole - value) <= within:
        return count
    return float(np.floor(value * whole / scale + 0.5))


def _row(
    row: dict[str, Any], cells: Cells, known: dict[str, KnownRange], profile: Profile
) -> tuple[float, float, float, float]:
    """Value, numerator, denominator and decimals of one observation, NaN where it has none."""
    parts = cells.rows[row["observation_id"]]

    def shown(column: str) -> float:
        label, number = parts[column], float(row[column])
        if math.isnan(number) or math.isnan(cells.values[label]):
            return _near(number, profile)
        return known[label].shown

    value, decimals = float(row["value"]), float(row["decimals"])
    if "value" in parts:
        return shown("value"), row["numerator"], row["denominator"], decimals
    top, whole = shown("numerator"), shown("denominator")
    if row["numerator"] <= row["denominator"] and top > whole:
        top = whole
    scale = scale_of(row["unit"])
    if math.isnan(value) or math.isnan(scale):
        return value, top, whole, decimals
    made = _unprinted(row, cells, known, profile) if math.isnan(top) else (top, whole)
    if not made[1] > 0:  # a share of none, or of an unknown number, stays as its publisher prints it
        return value, top, whole, decimals
    value, decimals = _quotient(*made, scale, decimals, profile)
    return value, top, whole, decimals


def _unprinted(
    row: dict[str, Any], cells: Cells, known: dict[str, KnownRange], profile: Profile
) -> tuple[float, float]:
    """The rounded counts behind a share that is printed without them; NaN where its whole is not known."""
    numerator, denominator = (cells.rows[row["observation_id"]][name] for name in COUNTS[1:])
    count, people = cells.values[numerator], cells.values[denominator]
    if math.isnan(people) or row["value"] < 0:
        return math.nan, math.nan
    found = numerator_of(row["value"], row["decimals"], scale_of(row["unit"]), count, people)
    top = known[numerator].shown if found == count else float(profile.rounded(found))
    whole = known[denominator].shown
    return (whole if found <= people and top > whole else top), whole


def _quotient(
    top: float, whole: float, scale: float, decimals: float, profile: Profile
) -> tuple[float, float]:
    if scale == 100:
        places = _PLACES if math.isnan(decimals) else min(_PLACES, int(decimals))
        share, allowed = profile.share(top, whole, places)
        return float(share), float(allowed)
    made = scale * top / whole if whole else math.nan
    places = 0 if math.isnan(decimals) else int(decimals)
    return math.floor(made * 10**places + 0.5) / 10**places if made == made else made, decimals


def _near(number: float, profile: Profile) -> float:
    """What is no count of children, such as a difference below zero, rounded as if it were one."""
    if math.isnan(number):
        return number
    size = float(profile.rounded(np.floor(abs(number) + 0.5)))
    return math.copysign(size, number) if size else size


class _Sums:
    """The totals that are sums of rounded parts."""

    def __init__(self, cells: Cells, known: dict[str, KnownRange], printed: Collection[str]) -> None:
        self._known = known
        self._printed = {label for label in printed if not math.isnan(known[label].shown)}
        self._options: dict[str, list[Relation]] = defaultdict(list)
        for item in cells.sums:
            numbers = [cells.values[label] for label in (item.total, *item.parts)]
            is_whole = not any(map(math.isnan, numbers)) and numbers[0] == sum(numbers[1:])
            if is_whole and item.total not in cells.released and self._printed >= {item.total, *item.parts}:
                self._options[item.total].append(item)
        self._leaves: dict[str, tuple[str, ...]] = {}

    def found(self) -> dict[str, KnownRange]:
        """Total → the sum of its parts."""
        return {total: self._sum(self._leaves_of(total, ())) for total in self._options}

    def _leaves_of(self, label: str, above: tuple[str, ...]) -> tuple[str, ...]:
        """The counts that are rounded and added up to make this one; itself where it is rounded itself."""
        if label in self._leaves:
            return self._leaves[label]
        made = [
            tuple(leaf for part in item.parts for leaf in self._leaves_of(part, (*above, label)))
            for item in self._options.get(label, [])
            if not {label, *above} & set(item.parts)
        ]
        self._leaves[label] = min(made, key=lambda leaves: (len(leaves), leaves), default=(label,))
        return self._leaves[label]

    def _sum(self, leaves: tuple[str, ...]) -> KnownRange:
        parts = [self._known[leaf] for leaf in leaves]
        return KnownRange(
            sum(part.shown for part in parts),
            sum(part.low for part in parts),
            sum(part.high for part in parts),
        )
