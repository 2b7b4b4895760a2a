"""Counts of an extract as observations: totals, breakdowns and shares, small counts withheld."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pandas as pd

from send_jsna.catalogue.observations import COLUMNS, DIMENSIONS, blank_row
from send_jsna.catalogue.periods import Period
from send_jsna.council.extract import Extract, ExtractMeasure, ExtractShare, ExtractTable
from send_jsna.council.extract_sums import Aggregate, Codes, Counts
from send_jsna.disclosure.aggregates import Aggregates, Linked
from send_jsna.disclosure.cells import label_of
from send_jsna.disclosure.methods import Profile

_NOTHING = float("nan")


def to_observations(extract: Extract, found: Aggregate, profile: Profile) -> tuple[pd.DataFrame, Aggregates]:
    """The observations of an extract, with the columns of a data set, and what is withheld of them.

    A withheld count has the status ``c`` and no value; a share of no children has the status ``z``.

    Args:
        extract: Its declaration.
        found: What it adds up to.
        profile: The disclosure profile of the run.
    """
    rows: list[dict[str, Any]] = []
    aggregates = Aggregates()
    for (table, period, apart), counts in found.counts.items():
        base = _base(extract, found.area_code, table, period, apart)
        made, withheld = _Rows(extract, table, base, counts).made(profile)
        rows += made
        aggregates |= withheld
    return pd.DataFrame(rows, columns=list(COLUMNS)), aggregates


def _base(
    extract: Extract, area_code: str, table: ExtractTable, period: Period, apart: Codes
) -> dict[str, Any]:
    fixed = {extract.column(name).dimension: code for name, code in zip(table.apart, apart, strict=True)}
    return blank_row(area_code, period.label, extract.source_id) | fixed


class _Rows:
    """The rows of one table in one period, made once all its counts are known."""

    def __init__(self, extract: Extract, table: ExtractTable, base: dict[str, Any], counts: Counts) -> None:
        self._extract, self._table, self._base, self._counts = extract, table, base, counts
        self._linked = Linked()

    def made(self, profile: Profile) -> tuple[list[dict[str, Any]], Aggregates]:
        """The rows, and what is withheld of them."""
        self._link()
        found = self._linked.suppressed(profile)
        rows = self._chain_rows(found, self._counts.total, {}, "")
        for breakdown, by in self._by():
            column = self._extract.column(breakdown)
            for code, values in by.items():
                rows += self._chain_rows(found, values, {column.dimension: code}, f"{breakdown} {code}")
            if self._table.share and self._table.share.column == breakdown:
                rows.append(self._share_row(found, self._table.share, by))
        return [self._base | row for row in rows], found

    def _by(self) -> Iterator[tuple[str, dict[str, list[int]]]]:
        """Each breakdown, and the groups its codes are in."""
        for breakdown, by in self._counts.by.items():
            yield breakdown, by
            if self._table.groups:
                groups: dict[str, list[int]] = {}
                for (_, group), (count,) in self._counts.cells.items():
                    groups.setdefault(group, [0])[0] += count
                yield self._table.groups, groups

    def _link(self) -> None:
        """Say how the counts add up: along a chain, over a breakdown, within its groups."""
        totals = self._chain(self._counts.total, {})
        chains: dict[str, dict[str, list[str]]] = {}
        for breakdown, by in self._by():
            dimension = self._extract.column(breakdown).dimension
            found = {code: self._chain(values, {dimension: code}) for code, values in by.items()}
            chains[breakdown] = found
            for place, total in enumerate(totals):
                if found:
                    self._linked.adds_up(total, [chain[place] for chain in found.values()])
            share = self._table.share
            if share and share.column == breakdown:
                parts = [found[code][0] for code in share.codes]
                others = [chain[0] for code, chain in found.items() if code not in share.codes]
                self._linked.share(self._at(share.indicator, {}), parts, others, totals[0])
        if self._table.groups:
            self._link_groups(chains[self._table.breakdowns[0]], chains[self._table.groups])

    def _link_groups(self, codes: dict[str, list[str]], groups: dict[str, list[str]]) -> None:
        """Say how codes add up to their groups; of one in several groups each part is printed nowhere."""
        inside: dict[str, list[str]] = defaultdict(list)
        parts: dict[str, list[str]] = defaultdict(list)
        groups_of = Counter(code for code, _ in self._counts.cells)
        for (code, group), (count,) in self._counts.cells.items():
            (whole,) = codes[code]
            if groups_of[code] == 1:
                inside[group].append(whole)
                continue
            label = self._linked.imply(f"{whole} in {group}", count)
            inside[group].append(label)
            parts[whole].append(label)
        for total, members in (
            *((groups[name][0], labels) for name, labels in inside.items()),
            *parts.items(),
        ):
            self._linked.adds_up(total, members)

    def _chain(self, values: list[int], codes: dict[str, str]) -> list[str]:
        labels = [
            self._linked.add(self._at(measure.indicator, codes), value)
            for measure, value in zip(self._counts.measures, values, strict=True)
        ]
        for whole, part in pairwise(labels):
            self._linked.part(whole, part)
        return labels

    def _at(self, indicator: str, codes: dict[str, str]) -> str:
        row = self._base | codes
        place = (str(row["area_code"]), str(row["period"]))
        return label_of(indicator, place, tuple(str(row[name]) for name in DIMENSIONS))

    def _chain_rows(
        self, found: Aggregates, values: list[int], codes: dict[str, str], label: str
    ) -> list[dict[str, Any]]:
        rows = []
        measures = self._counts.measures
        shown = [self._at(measure.indicator, codes) not in found.withheld for measure in measures]
        for place, measure in enumerate(measures):
            rows.append(codes | _count_row(measure, values[place], label, is_shown=shown[place]))
            if measure.share:
                row = _percent(measure.share, _label(measure, label))
                if shown[place] and shown[place - 1]:
                    row |= _ratio(values[place], values[place - 1])
                rows.append(codes | row)
        return rows

    def _share_row(self, found: Aggregates, share: ExtractShare, by: dict[str, list[int]]) -> dict[str, Any]:
        measure = self._counts.measures[0]
        row = _percent(share.indicator, _label(measure, f"{share.column} {', '.join(share.codes)}"))
        parts = (self._at(share.indicator, {}), self._at(measure.indicator, {}))
        if not found.withheld.intersection(parts):
            row |= _ratio(sum(by[code][0] for code in share.codes), self._counts.total[0])
        return row


def _count_row(measure: ExtractMeasure, value: int, label: str, *, is_shown: bool) -> dict[str, Any]:
    return {
        "indicator": measure.indicator,
        "value": float(value) if is_shown else _NOTHING,
        "unit": "count",
        "decimals": 0.0,
        "status": "final" if is_shown else "c",
        "source_label": _label(measure, label),
    }


def _label(measure: ExtractMeasure, label: str) -> str:
    return f"{measure.column}: {label}" if label else measure.column


def _percent(indicator: str, label: str) -> dict[str, Any]:
    return {"indicator": indicator, "unit": "%", "decimals": 1.0, "status": "c", "source_label": label}


def _ratio(numerator: int, denominator: int) -> dict[str, Any]:
    if not denominator:
        return {"status": "z"}
    return {
        "value": 100 * numerator / denominator,
        "numerator": float(numerator),
        "denominator": float(denominator),
        "status": "final",
    }
