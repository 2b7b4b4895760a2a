"""Counts of an extract as observations: totals, breakdowns and shares, small counts withheld."""

from __future__ import annotations

from typing import Any

import pandas as pd

from send_jsna.council.protection import (
    may_show_share,
    parts,
    shown_measures,
    withheld_rows,
    withheld_within,
)
from send_jsna.council.reading import Aggregate, Codes, Counts
from send_jsna.council.schema import Extract, Measure, Table
from send_jsna.observations import COLUMNS
from send_jsna.periods import Period

_NOTHING = float("nan")


def to_observations(extract: Extract, found: Aggregate) -> pd.DataFrame:
    """The observations of an extract, with the columns of a data set.

    A withheld count has the status ``c`` and no value; a share of nobody has the status ``z``. Zero is shown.
    """
    rows: list[dict[str, Any]] = []
    for (table, period, apart), counts in found.counts.items():
        base = _base(extract, found.area_code, table, period, apart)
        rows += [base | row for row in _table_rows(extract, table, counts)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _base(extract: Extract, area_code: str, table: Table, period: Period, apart: Codes) -> dict[str, Any]:
    fixed = {extract.column(name).dimension: code for name, code in zip(table.apart, apart, strict=True)}
    return (
        dict.fromkeys(COLUMNS, "")
        | dict.fromkeys(("value", "numerator", "denominator"), _NOTHING)
        | {
            "area_code": area_code,
            "period_type": str(period.type),
            "period": period.label,
            "period_start": period.start.isoformat(),
            "period_end": period.end.isoformat(),
            "source_id": extract.source_id,
            "source_period": period.label,
        }
        | fixed
    )


def _table_rows(extract: Extract, table: Table, counts: Counts) -> list[dict[str, Any]]:
    shown = shown_measures(counts.total)
    rows = _chain_rows(counts.measures, counts.total, shown, "")
    for breakdown, by in counts.by.items():
        column = extract.column(breakdown)
        withheld = _withheld(counts, by, shown)
        if table.groups:
            rows += _grouped_rows(extract, table, counts, by, shown[0])
            continue
        for code, values in by.items():
            may = [False] * len(shown) if code in withheld else shown
            rows += [
                {column.dimension: code} | row
                for row in _chain_rows(counts.measures, values, may, f"{breakdown} {code}")
            ]
        if table.share and table.share.column == breakdown:
            rows.append(_share_row(table, {code: values[0] for code, values in by.items()}, withheld))
    return rows


def _withheld(counts: Counts, by: dict[str, list[int]], shown: list[bool]) -> set[str]:
    if not any(shown):
        return set(by)
    return withheld_rows({code: parts(values, shown) for code, values in by.items()})


def _grouped_rows(
    extract: Extract, table: Table, counts: Counts, by: dict[str, list[int]], may: bool
) -> list[dict[str, Any]]:
    """Rows of a breakdown and of the groups its codes stand in, for a single measure.

    A code may stand in several groups. What is withheld is decided for each part of it by itself, as though
    the parts were shown, and a code with a part that is withheld is withheld whole.
    """
    (measure,), (breakdown,) = counts.measures, table.breakdowns
    values = {code: numbers[0] for code, numbers in by.items()}
    cells = {f"{code} {group}": numbers[0] for (code, group), numbers in counts.cells.items()}
    groups: dict[str, int] = {}
    for (_, group), sums in counts.cells.items():
        groups[group] = groups.get(group, 0) + sums[0]
    hidden_cells, hidden_groups = withheld_within(
        cells, {f"{code} {group}": group for code, group in counts.cells}
    )
    hidden_codes = {code for code, group in counts.cells if f"{code} {group}" in hidden_cells}
    rows = []
    for name, numbers, hidden in ((breakdown, values, hidden_codes), (table.groups, groups, hidden_groups)):
        dimension = extract.column(name).dimension
        for code, value in numbers.items():
            row = _count_row(measure, value, f"{name} {code}", is_shown=may and code not in hidden)
            rows.append({dimension: code} | row)
    return rows


def _chain_rows(
    measures: tuple[Measure, ...], values: list[int], shown: list[bool], label: str
) -> list[dict[str, Any]]:
    rows = []
    for place, measure in enumerate(measures):
        rows.append(_count_row(measure, values[place], label, is_shown=shown[place]))
        if measure.share:
            row = _percent(measure.share, _label(measure, label))
            if shown[place] and shown[place - 1]:
                row |= _ratio(values[place], values[place - 1])
            rows.append(row)
    return rows


def _count_row(measure: Measure, value: int, label: str, *, is_shown: bool) -> dict[str, Any]:
    return {
        "indicator": measure.indicator,
        "value": float(value) if is_shown else _NOTHING,
        "unit": "count",
        "decimals": 0.0,
        "status": "final" if is_shown else "c",
        "source_label": _label(measure, label),
    }


def _label(measure: Measure, label: str) -> str:
    return f"{measure.column}: {label}" if label else measure.column


def _share_row(table: Table, values: dict[str, int], withheld: set[str]) -> dict[str, Any]:
    share, measure = table.share, table.measures[0]
    assert share is not None
    row = _percent(share.indicator, _label(measure, f"{share.column} {', '.join(share.codes)}"))
    total = sum(values.values())
    if len(withheld) < len(values) and may_show_share(values, withheld, share.codes):
        row |= _ratio(sum(values[code] for code in share.codes), total)
    return row


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
