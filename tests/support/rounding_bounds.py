"""How far what a profile shows may be from the true figures, worked out anew from what is shown.

A count that is rounded itself may be off by half its band. One that is the sum of its rounded parts, as the
true counts are, may be off by as much as these are together. Shares and rates follow by interval arithmetic
from their two counts and the decimals they are printed with.
"""

from __future__ import annotations

import json
import math
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from send_jsna.disclosure.cells import Cells, cells_of
from send_jsna.disclosure.declared import Tables
from send_jsna.disclosure.methods import Profile, Relation

COUNTS = ("value", "numerator", "denominator")


def rounded_by_publisher(root: Path) -> set[str]:
    """Indicators whose counts are printed rounded: a percentage is not exactly that of its counts.

    With the copies of them in the interactive tool.
    """
    suite = json.loads((root / "expectations/expectations/social_care.json").read_text(encoding="utf-8"))
    found = {key for item in suite["expectations"] for key in item["kwargs"].get("rounded_to", ())}
    return found | {f"{key}_lait" for key in found}


class Bounds:
    """The figures of a table as they are, and as a profile shows them."""

    def __init__(self, truth: pd.DataFrame, shown: pd.DataFrame, tables: Tables, profile: Profile) -> None:
        self.truth, self.shown, self.profile = truth, shown, profile
        self.cells: Cells = cells_of(truth, tables)
        self.printed = self._printed()
        self._totals: dict[str, list[Relation]] = defaultdict(list)
        for item in self.cells.sums:
            self._totals[item.total].append(item)
        #: How far off a count may be that is rounded itself.
        self.itself = 0 if profile.rounding == "none" else profile.rounding_base // 2

    def too_far(self) -> Iterator[str]:
        """A sentence for each figure that is further off than rounding explains."""
        columns = ["observation_id", "indicator", "area_code", "period", "unit", *COUNTS, "decimals"]
        pairs = zip(
            self.truth[columns].itertuples(index=False),
            self.shown[["withheld", *COUNTS, "decimals"]].itertuples(index=False),
            strict=True,
        )
        for true, seen in pairs:
            if not seen.withheld:
                for text in self._faults(true, seen):
                    yield f"{true.observation_id} {true.indicator}, {true.area_code}, {true.period}: {text}"

    def _is_rounded(self, true: Any) -> bool:
        if self.profile.rounding == "none" or true.observation_id not in self.cells.rows:
            return False
        return not (self.profile.spares_national and true.area_code.startswith("E92"))

    def _faults(self, true: Any, seen: Any) -> Iterator[str]:
        for column in COUNTS:
            if math.isnan(getattr(true, column)) != math.isnan(getattr(seen, column)):
                yield f"{column} is not where it was, or is where there was none"
        if self._is_rounded(true):
            yield from self._too_far(true, seen)
        elif any(_differ(getattr(true, name), getattr(seen, name)) for name in COUNTS):
            yield "not to be rounded, but changed"

    def _too_far(self, true: Any, seen: Any) -> Iterator[str]:
        parts = self.cells.rows[true.observation_id]
        if "value" in parts:
            if abs(true.value - seen.value) > self.of(parts["value"], seen.value):
                yield f"{true.value:g} is shown as {seen.value:g}"
            return
        top, whole = self.cells.values[parts["numerator"]], self.cells.values[parts["denominator"]]
        within = self.of(parts["denominator"], seen.denominator)
        if abs(whole - seen.denominator) > within:
            yield f"of {whole:g} is shown as of {seen.denominator:g}"
        near = max(self.of(parts["numerator"], seen.numerator), within * (seen.numerator == seen.denominator))
        if abs(top - seen.numerator) > near:
            yield f"{top:g} among them is shown as {seen.numerator:g}"
        scale = {"%": 100.0}.get(true.unit) or _rate(true.unit)
        if math.isnan(true.value) or math.isnan(scale) or not whole > 0 or true.value < 0:
            if _differ(true.value, seen.value):
                yield f"{true.value:g} is shown as {seen.value:g}, with no counts to make it of"
            return
        half = 0.5 * 10.0**-seen.decimals
        if math.isnan(top) or abs(scale * top / whole - true.value) > 10.0**-true.decimals:
            spread = 0.5 + 0.5 * 10.0**-true.decimals * whole / scale
            top, near = true.value * whole / scale, max(near, self.itself) + spread
        low = scale * max(0.0, top - near) / (whole + within) - half - 1e-9
        high = scale * (top + near) / max(whole - within, 1.0) + half + 1e-9
        if not low <= seen.value <= high:
            yield f"{true.value:g} {true.unit} is shown as {seen.value:g}: {top:g} of {whole:g}"

    def of(self, label: str, seen: float, above: tuple[str, ...] = ()) -> float:
        """How far off a count may be that is shown as a number; that of one which is not printed likewise."""
        value = self.cells.values[label]
        if math.isnan(value) or float(self.profile.rounded(value)) == seen:
            return self.itself
        found = [
            sum(self.of(part, self.printed[part], (*above, label)) for part in item.parts)
            for item in self._totals.get(label, [])
            if not {label, *above} & set(item.parts)
            and all(part in self.printed for part in item.parts)
            and sum(self.cells.values[part] for part in item.parts) == value
            and (math.isnan(seen) or sum(self.printed[part] for part in item.parts) == seen)
        ]
        return max([self.itself, *found]) if math.isnan(seen) else min(found, default=self.itself)

    def _printed(self) -> dict[str, float]:
        found: dict[str, float] = {}
        kept = self.shown[(self.shown["withheld"] == "") & self.shown["observation_id"].isin(self.cells.rows)]
        for key, *counts in kept[["observation_id", *COUNTS]].itertuples(index=False, name=None):
            numbers = dict(zip(COUNTS, counts, strict=True))
            for column, label in self.cells.rows[key].items():
                is_own = column != "numerator" or numbers["numerator"] != numbers["denominator"]
                if not math.isnan(numbers[column]) and (is_own or label not in found):
                    found[label] = numbers[column]
        return found


def _rate(unit: str) -> float:
    found = re.match(r"per ([\d,]+)", unit)
    return float(found[1].replace(",", "")) if found else math.nan


def _differ(first: float, second: float) -> bool:
    return first != second and not (math.isnan(first) and math.isnan(second))
