"""What the project's own expectations check of values: pure functions on the tidy table.

Each takes rows of the tidy table and returns :class:`CheckFindings`: how many rows it looked at, and for each
row that breaks the rule a few words saying how. They are wrapped as expectation classes in
:mod:`send_jsna.validation.expectations`, so that suites can name them beside the core ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from send_jsna.catalogue.observations import KEY

Row = dict[str, Any]

#: Absorbs binary floating point where two decimal numbers are compared.
FUZZ = 1e-9


@dataclass(frozen=True)
class CheckFindings:
    """The outcome of one check.

    Attributes:
        checked: How many rows (or groups of rows) the rule applied to.
        found: Observation id of each row that breaks it, with a few words saying how.
        observed: A plain sentence on the whole, where the count alone does not say enough.
    """

    checked: int
    found: dict[str, str] = field(default_factory=dict)
    observed: str = ""


def column_types(frame: pd.DataFrame, types: Mapping[str, str]) -> CheckFindings:
    """Each named column is present and has the named pandas type (text is ``str`` in pandas 3).

    A column without any value may have any type, as an empty selection has none of its own.
    """
    wrong = []
    for column, expected in types.items():
        if column not in frame:
            raise KeyError(f"column {column!r} is not in the data")
        if len(frame) and str(frame[column].dtype) != expected:
            wrong.append(f"{column} is {frame[column].dtype}, not {expected}")
    found = {str(frame["observation_id"].iloc[0]): "; ".join(wrong)} if wrong else {}
    return CheckFindings(len(types), found, "; ".join(wrong))


def whole_numbers(frame: pd.DataFrame, units: Sequence[str]) -> CheckFindings:
    """A value in one of these units counts people or things: whole, and not negative."""
    rows = frame[frame["unit"].isin(list(units)) & frame["value"].notna()]
    bad = rows[(rows["value"] < 0) | (rows["value"] != rows["value"].round())]
    return CheckFindings(
        len(rows), {row["observation_id"]: f"value {plain(row['value'])}" for row in records(bad)}
    )


def ratios(
    frame: pd.DataFrame,
    factors: Mapping[str, float],
    rounded_to: Mapping[str, float],
    exempt: Iterable[str] = (),
) -> CheckFindings:
    """The printed value is numerator ÷ denominator, to the printed decimals.

    Args:
        frame: The tidy table.
        factors: Unit → what a ratio of one is in it: 100 for ``%``, 1000 for a rate per 1,000.
        rounded_to: Indicator → the multiple its numerator and denominator were rounded to before publication.
        exempt: Indicators whose value is by definition not that ratio.

    The published value may lie anywhere in the interval that the rounding of the three numbers leaves open.
    Of a denominator of nought only nought can be published.
    """
    rows = frame[frame["unit"].isin(list(factors)) & ~frame["indicator"].isin(list(exempt))]
    rows = rows[rows[["value", "numerator", "denominator"]].notna().all(axis=1)]
    found = {}
    for row in records(rows):
        value, numerator, denominator = row["value"], row["numerator"], row["denominator"]
        if denominator == 0:
            if value != 0:
                found[row["observation_id"]] = f"printed {plain(value)}, but of nobody"
            continue
        factor = factors[row["unit"]]
        slack = rounded_to.get(row["indicator"], 0) / 2
        least = factor * (numerator - slack) / (denominator + slack)
        most = factor * (numerator + slack) / max(denominator - slack, FUZZ)
        margin = 0.5 * 10 ** -decimals_of(value, row["decimals"]) + FUZZ * max(1.0, abs(value))
        if not least - margin <= value <= most + margin:
            found[row["observation_id"]] = (
                f"printed {plain(value)}, but {plain(numerator)} of {plain(denominator)}"
                f" gives {plain(factor * numerator / denominator)}"
            )
    return CheckFindings(len(rows), found)


def not_after(frame: pd.DataFrame, columns: Sequence[str], latest: str) -> CheckFindings:
    """No date lies after the day the edition was released.

    Args:
        frame: The tidy table.
        columns: Columns of ISO dates (``2025``, ``2025-01`` or ``2025-01-31``); an empty cell is not checked.
        latest: The day of release.
    """
    checked, found = 0, dict[str, str]()
    for column in columns:
        rows = frame[frame[column].fillna("").astype("str") != ""]
        checked += len(rows)
        # A date that names only a month or a year begins no later than the release.
        late = rows[[text > latest[: len(text)] for text in rows[column]]]
        for row in records(late):
            found.setdefault(row["observation_id"], f"{column} {row[column]} is after {latest}")
    return CheckFindings(checked, found)


def drift(
    frame: pd.DataFrame, relative: float, points: float, exempt: Mapping[str, str] | None = None
) -> CheckFindings:
    """A value in both editions has not moved far from the previous one.

    Args:
        frame: The tidy table with ``previous_value``.
        relative: How far a value may move, as a share of the previous one.
        points: How far a percentage may move, in percentage points.
        exempt: Indicator → why it is expected to be revised.
    """
    rows = frame[frame["value"].notna() & frame["previous_value"].notna()]
    rows = rows[~rows["indicator"].isin(list(exempt or {}))]
    found = {}
    for row in records(rows):
        now, before = row["value"], row["previous_value"]
        allowed = points if row["unit"] == "%" else relative * abs(before)
        if abs(now - before) > allowed + FUZZ:
            found[row["observation_id"]] = f"now {plain(now)}, {plain(before)} in the previous edition"
    if not len(rows):
        return CheckFindings(0, observed="no value stands in both editions")
    return CheckFindings(len(rows), found)


def decimals_of(value: float, declared: float) -> int:
    """Printed decimals of a value: as declared, else as many as the number itself shows (at most six)."""
    if not math.isnan(declared):
        return int(declared)
    text = repr(float(value))
    if "e" in text:
        return 6
    return min(len(text.partition(".")[2].rstrip("0")), 6)


def agreement(frame: pd.DataFrame, pairs: Mapping[str, str], within: float) -> CheckFindings:
    """Two publications of one statistic say the same.

    Args:
        frame: The tidy table.
        pairs: Indicator → the indicator that should equal it, row by row.
        within: How far they may differ: nothing for counts, the coarser printed rounding for others.
    """
    checked, found = 0, dict[str, str]()
    on = [name for name in KEY if name != "indicator"]
    known = records(frame[frame["value"].notna()])
    for one, other in pairs.items():
        there = {tuple(row[name] for name in on): row["value"] for row in known if row["indicator"] == other}
        for row in known:
            key = tuple(row[name] for name in on)
            if row["indicator"] != one or key not in there:
                continue
            checked += 1
            if abs(row["value"] - there[key]) > within + FUZZ * max(1.0, abs(row["value"])):
                found[row["observation_id"]] = f"{plain(row['value'])} and {plain(there[key])}"
    return CheckFindings(checked, found)


def records(frame: pd.DataFrame) -> list[Row]:
    """Rows as plain dictionaries. Column by column: pandas' own way takes minutes on text columns."""
    columns = [str(name) for name in frame.columns]
    return [
        dict(zip(columns, cells, strict=True))
        for cells in zip(*(frame[name].tolist() for name in columns), strict=True)
    ]


def groups(rows: Iterable[Row], by: Sequence[str]) -> dict[tuple[str, ...], list[Row]]:
    """Rows by the values of some columns, in order of first appearance."""
    found: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        found.setdefault(tuple(row[name] for name in by), []).append(row)
    return found


def plain(number: float) -> str:
    """A number as text: whole where it is whole, else with two decimals, or four where it is below one."""
    if float(number).is_integer():
        return str(int(number))
    return repr(round(float(number), 2 if abs(number) >= 1 else 4))
