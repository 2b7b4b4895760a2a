"""From observations to counts of children and the sums they are part of.

A count is often in several places: as an observation, as the numerator of a percentage, under a second
name. Here it is one *cell* with one label, so that what is withheld in one place is withheld in all.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from typing import NamedTuple

import pandas as pd

from send_jsna.catalogue.observations import DIMENSIONS
from send_jsna.disclosure.declared import Breakdown, DeclaredShare, Tables
from send_jsna.disclosure.methods import Relation

#: Beginning of the codes of countries, whose counts are shown as they are.
NATIONAL = "E92"
_TOTAL = ("",) * len(DIMENSIONS)
#: Ways in which a sum is tried whose counts are published with more than one value.
_MOST_VALUES = 256

Place = tuple[str, str]
Codes = tuple[str, ...]


@dataclass
class Cells:
    """The counts of children in some observations.

    Attributes:
        values: Label → count; NaN where the publisher withholds it. The numerator of a percentage that no row
            has is the whole number nearest to what it gives with its denominator: a reader can work it out.
        rows: Observation id → its cells, by the column the count is in. A percentage whose counts are
            published elsewhere only has them too.
        names: Observation id → what it measures, where and when: the same for a value under a second name.
        sums: How the cells add up.
        fine: Labels of the cells of breakdowns that are shown in sums only, by breakdown, area and period.
        also: Label → labels of the same count as it is published with another value elsewhere.
        released: Labels of counts that are shown as they are: of a country, where the profile spares it, and
            of what its publisher has released, where that is not protected.
        released_rows: Ids of the observations of the latter.
        undivided: Labels of counts that are not broken down.
        kept: Labels of counts that are withheld last for the sake of others.
    """

    values: dict[str, float] = field(default_factory=dict)
    rows: dict[str, dict[str, str]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    sums: list[Relation] = field(default_factory=list)
    fine: list[list[str]] = field(default_factory=list)
    also: dict[str, list[str]] = field(default_factory=dict)
    released: set[str] = field(default_factory=set)
    released_rows: set[str] = field(default_factory=set)
    undivided: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)


def cells_of(frame: pd.DataFrame, tables: Tables, *, spares_national: bool = True) -> Cells:
    """The counts of children in a tidy table, one label a count, and how they add up.

    Args:
        frame: Observations.
        tables: What is declared of them.
        spares_national: Whether counts of a country are shown as they are.
    """
    return _Builder(frame, tables, spares_national=spares_national).built()


def label_of(indicator: str, place: Place, codes: Codes) -> str:
    """A cell's label: indicator, area, period and breakdown, as a message can show it."""
    parts = [f"{name} {code}" for name, code in zip(DIMENSIONS, codes, strict=True) if code]
    return ", ".join([indicator, *place, *parts])


class _Row(NamedTuple):
    """What of an observation makes its cells, beside its breakdown."""

    observation_id: str
    indicator: str
    area_code: str
    period: str
    unit: str
    value: float
    numerator: float
    denominator: float


class _Builder:
    def __init__(self, frame: pd.DataFrame, tables: Tables, *, spares_national: bool) -> None:
        self._tables = tables
        self._spares_national = spares_national
        self._cells = Cells()
        #: Indicator and place → breakdown → label.
        self._found: dict[tuple[str, Place], dict[Codes, str]] = defaultdict(dict)
        #: Numerator, denominator and value of each percentage, the first two as labels.
        self._percentages: list[tuple[str, str, float]] = []
        kept = ~frame["indicator"].isin(tables.not_people) & (
            (frame["unit"] == "count")
            | frame["numerator"].notna()
            | frame["indicator"].isin([*tables.shares, *tables.same])
        )
        self._counted = self._where_counted(frame)
        rows = frame[kept]
        self._cells.released_rows.update(rows.loc[~tables.protects(rows), "observation_id"])
        # Column by column as Python objects: text that Arrow keeps is slow to take value by value.
        plain = zip(*(rows[name].to_numpy(dtype=object) for name in _Row._fields), strict=True)
        codes = zip(*(rows[name].to_numpy(dtype=object) for name in DIMENSIONS), strict=True)
        for row, code in zip(map(_Row._make, plain), codes, strict=True):
            self._add(row, code)

    def built(self) -> Cells:
        places = sorted({place for _, place in self._found})
        for place in places:
            self._cells.sums += self._sums_across(place)
        for breakdown in self._tables.breakdowns:
            for indicator in breakdown.indicators:
                for place in places:
                    self._break_down(indicator, place, breakdown)
        self._work_out_numerators()
        return self._cells

    def _where_counted(self, frame: pd.DataFrame) -> set[tuple[str, str, str, Codes]]:
        """Indicator, area, period and breakdown of each count that is a row and can be a denominator."""
        wanted = {share.denominator for share in self._tables.shares.values()} - {""}
        rows = frame[(frame["unit"] == "count") & frame["indicator"].isin(wanted)]
        columns = ["indicator", "area_code", "period", *DIMENSIONS]
        return {
            (str(indicator), str(area), str(period), tuple(map(str, codes)))
            for indicator, area, period, *codes in rows[columns].itertuples(index=False, name=None)
        }

    def _work_out_numerators(self) -> None:
        """Work out what a reader can: the numerator that is in no row, from percentage and denominator.

        One that is part of a sum is left to its publisher, who may withhold it there.
        """
        in_sums = {label for item in self._cells.sums for label in (item.total, *item.parts)}
        for top, whole, percentage in self._percentages:
            count = percentage * self._cells.values[whole] / 100
            if top not in in_sums and math.isnan(self._cells.values[top]) and count >= 0:
                self._cells.values[top] = float(round(count))

    def _add(self, row: _Row, codes: Codes) -> None:
        place = (row.area_code, row.period)
        indicator = self._tables.same.get(row.indicator, row.indicator)
        if row.unit == "count":
            parts = {"value": self._cell(indicator, place, codes, row.value)}
        else:
            share = self._tables.shares.get(indicator, DeclaredShare())
            whole = share.denominator or f"{indicator} (of)"
            is_divided = not share.denominator or (whole, *place, codes) in self._counted
            parts = {
                "numerator": self._cell(share.numerator or indicator, place, codes, row.numerator),
                "denominator": self._cell(whole, place, codes if is_divided else _TOTAL, row.denominator),
            }
            if row.unit == "%":
                self._percentages.append((parts["numerator"], parts["denominator"], row.value))
        self._cells.rows[row.observation_id] = parts
        is_national = self._spares_national and row.area_code.startswith(NATIONAL)
        if is_national or row.observation_id in self._cells.released_rows:
            self._cells.released.update(parts.values())
        self._cells.names[row.observation_id] = label_of(indicator, place, codes)

    def _cell(self, indicator: str, place: Place, codes: Codes, value: float) -> str:
        """The label of a count; one of its own where the same count is published with another value."""
        if not (value >= 0 and value == math.floor(value)):
            value = math.nan  # not a count of children: a publisher's error, which validation names
        label = label_of(indicator, place, codes)
        known = self._cells.values.get(label, math.nan)
        if not math.isnan(known) and not math.isnan(value) and known != value:
            label = self._other(label, value)
        elif not math.isnan(known):
            value = known
        self._cells.values[label] = value
        self._found[indicator, place].setdefault(codes, label)
        if codes == _TOTAL:
            self._cells.undivided.add(label)
        return label

    def _other(self, label: str, value: float) -> str:
        """The label of a count that is published with more than one value; it does not name the value."""
        others = self._cells.also.setdefault(label, [])
        for other in others:
            if self._cells.values[other] == value:
                return other
        others.append(f"{label}, published otherwise ({len(others) + 1})")
        return others[-1]

    def _sums_across(self, place: Place) -> Iterator[Relation]:
        for item in self._tables.sums:
            total = self._found.get((item.total, place), {}).get(_TOTAL)
            parts = [self._found.get((part, place), {}).get(_TOTAL) for part in item.parts]
            self._cells.kept |= {
                label for key, label in zip(item.parts, parts, strict=True) if label and key in item.keep
            }
            if total is not None and all(parts):
                yield from self._checked(total, [part for part in parts if part])

    def _break_down(self, indicator: str, place: Place, breakdown: Breakdown) -> None:
        by = [DIMENSIONS.index(name) for name in breakdown.by]
        labels = {
            codes: label
            for codes, label in self._found.get((indicator, place), {}).items()
            if {i for i, code in enumerate(codes) if code} == set(by)
        }
        if not labels:
            return
        self._cells.sums += self._margins(indicator, place, breakdown, by, labels)
        self._cells.kept |= {label for codes, label in labels.items() if set(codes) & set(breakdown.keep)}
        if breakdown.in_sums:
            self._cells.fine.append(list(labels.values()))

    def _margins(
        self, indicator: str, place: Place, breakdown: Breakdown, by: list[int], labels: dict[Codes, str]
    ) -> Iterator[Relation]:
        """The sums over each dimension of a breakdown, the others kept."""
        members = {code for codes in breakdown.groups.values() for code in codes}
        for over in by:
            groups: dict[Codes, list[Codes]] = defaultdict(list)
            for codes in labels:
                groups[_without(codes, over)].append(codes)
            for margin, parts in groups.items():
                top = [labels[codes] for codes in parts if codes[over] not in members]
                total = self._total(indicator, place, breakdown, margin)
                if total is not None and total not in top:
                    yield from self._checked(total, top)
                for code, inner in breakdown.groups.items():
                    whole = labels.get(_with(margin, over, code))
                    inside = [labels[c] for c in parts if c[over] in inner]
                    if whole is not None and inside:
                        yield from self._checked(whole, inside)

    def _total(self, indicator: str, place: Place, breakdown: Breakdown, margin: Codes) -> str | None:
        names = [indicator, breakdown.total, f"{indicator} (of)"]
        for name in names:
            found = self._found.get((name, place), {})
            if margin in found:
                return found[margin]
        # The percentages of one whole add up to it, though the whole is not printed as a row.
        wholes = {
            self._cells.values[label]: label
            for codes, label in self._found.get((f"{indicator} (of)", place), {}).items()
        }
        return next(iter(wholes.values())) if len(wholes) == 1 and margin == _TOTAL else None

    def _checked(self, total: str, parts: list[str]) -> Iterator[Relation]:
        """A sum as far as the published counts bear it out; nothing where the parts come to more.

        Of counts that are published with more than one value, those that add up do, whichever came first.
        """
        cells = [(cell, *self._cells.also.get(cell, ())) for cell in (total, *parts)]
        tried = islice(product(*cells), _MOST_VALUES)
        borne = [
            Relation(whole, tuple(rest), is_exact)
            for whole, *rest in tried
            if (is_exact := self._adds_up(whole, rest)) is not None
        ]
        exact = [item for item in borne if item.is_exact]
        yield from exact or [item for item in borne if item.parts == tuple(parts)]

    def _adds_up(self, total: str, parts: Sequence[str]) -> bool | None:
        """Whether parts are the whole of a total, as far as is known; None where they come to more."""
        summed = sum(self._cells.values[part] for part in parts)
        whole = self._cells.values[total]
        if math.isnan(whole) or math.isnan(summed):
            return True
        return summed == whole if summed <= whole else None


def _without(codes: Codes, index: int) -> Codes:
    return (*codes[:index], "", *codes[index + 1 :])


def _with(codes: Codes, index: int, code: str) -> Codes:
    return (*codes[:index], code, *codes[index + 1 :])
