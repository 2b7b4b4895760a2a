"""An area held against England, its region and each statistical neighbour.

The words ``above``, ``below`` and ``statistically similar`` come of a test here, which needs the counts
behind a percentage. Where a publisher prints none, the table says how far the values are apart and no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from send_jsna.catalogue.observations import known
from send_jsna.errors import NoDataError
from send_jsna.evidence import tables
from send_jsna.evidence.measures import Measure, refuse_chance
from send_jsna.evidence.small_numbers import unless_few
from send_jsna.statistics import benchmarking
from send_jsna.wording import in_words, joined

if TYPE_CHECKING:
    from send_jsna.figures.records import FigureRecord

NO_COUNTS = "published without the counts a test needs"
LEVEL = 0.05

TEST_METHOD = (
    "Difference of two proportions with Newcombe's 95% interval; two-sided z test with pooled variance; "
    "p-values adjusted by Benjamini and Hochberg's method over all comparisons of the table, so that about "
    "one in twenty of the differences found may be chance. Against England and the region, of which the area "
    "is part, the difference and the test are taken from the rest of them."
)


@dataclass(frozen=True)
class Tested:
    """The area against other areas, an element each.

    Attributes:
        rows: Observations of the other areas.
        difference: The area less each, in percentage points; from the rest, for what the area is part of.
        limits: Lower and upper 95 % limits of it.
        by_intervals: Words by whether the published intervals meet.
        by_test: Words by the test, adjusted for the number of comparisons.
    """

    rows: pd.DataFrame
    difference: np.ndarray
    limits: tuple[np.ndarray, np.ndarray]
    by_intervals: list[str]
    by_test: list[str]


def tested(own: pd.Series, others: pd.DataFrame, wholes: Sequence[str]) -> Tested:
    """Hold an area's percentage against those of other areas, all of them with their counts.

    Args:
        own: The area's observation, with numerator and denominator.
        others: Observations of other areas; those without counts are left out.
        wholes: Codes of those the area is part of.

    Raises:
        NoDataError: The area's counts are not published, or those of no other area.
    """
    held = others[others["numerator"].notna() & (others["denominator"] > 0)].reset_index(drop=True)
    if own["unit"] != "%" or pd.isna(own["numerator"]) or not own["denominator"] > 0 or held.empty:
        raise NoDataError(f"{own['indicator']} has no counts to test", reason=NO_COUNTS)
    is_part = held["area_code"].isin(list(wholes)).to_numpy()
    size = len(held)
    difference, low, high, p = (np.full(size, np.nan) for _ in range(4))
    by_intervals = np.full(size, benchmarking.NOT_KNOWN, dtype="object")
    for part in (True, False):
        chosen = is_part == part
        if not chosen.any():
            continue
        counts = held.loc[chosen, "numerator"], held.loc[chosen, "denominator"]
        found = benchmarking.compare_proportions(own["numerator"], own["denominator"], *counts, part=part)
        difference[chosen], p[chosen] = found.difference.value, found.p
        low[chosen], high[chosen] = found.difference.lower, found.difference.upper
        by_intervals[chosen] = found.by_overlap
    differs = benchmarking.adjusted_p(p, "benjamini-hochberg") < LEVEL
    sides = np.where(difference > 0, benchmarking.ABOVE, benchmarking.BELOW)
    words = np.where(differs, sides, benchmarking.SIMILAR)
    return Tested(held, difference, (low, high), [str(w) for w in by_intervals], [str(w) for w in words])


def publish_benchmarks(measure: Measure, *, decimals: int | None = None) -> FigureRecord | None:
    """Publish an area against England, its region and each of its statistical neighbours.

    Figures: the table ``<stem>.benchmarks``; where counts are published, the numbers
    ``<stem>.difference.england`` and ``.region`` with their intervals, the phrases ``<stem>.tested.england``
    and ``.region`` (``above``, ``below`` or ``statistically similar to``), and ``<stem>.tested.neighbours``
    (``above four, below one and statistically similar to five``).

    Args:
        measure: What is measured.
        decimals: Decimal places.

    Returns:
        The table; None where the area has no value, which is put on record.
    """
    supplement = measure.supplement
    tests = [f"{kind}.{part}" for kind in ("difference", "tested") for part in ("england", "region")]
    tests.append("tested.neighbours")
    with measure.covering("benchmarks", *tests):
        own = unless_few(measure.observations()).iloc[-1]
        refuse_chance(supplement, own)
        period = str(own["period"])
        places = measure.stored(area="comparators", period=period)
        others = known(places[places["area_code"] != supplement.area.code])
        if others.empty:
            raise NoDataError(
                f"{measure.stem}: nobody to compare with", reason="no other area to compare with"
            )
        found = None
        with measure.covering(*tests):
            wholes = [supplement.comparators.region.code, supplement.comparators.country.code]
            found = tested(own, others, wholes)
            _publish_tested(measure, own, found)
        table = _table(own, others, found, decimals)
        return measure.table(
            "benchmarks",
            table,
            title=f"{measure.name}: {supplement.area} against England, its region and similar authorities,"
            f" {period}",
            inputs=[own, others],
            method=TEST_METHOD if found else "Values as published; differences between them.",
            notes=[*_notes(found), *tables.reason_notes(table)],
        )
    return None


def _publish_tested(measure: Measure, own: pd.Series, found: Tested) -> None:
    codes = list(found.rows["area_code"])
    for part, place in measure.larger_places.items():
        if place.code not in codes:
            measure.absent(f"difference.{part}", f"tested.{part}", reason=NO_COUNTS)
            continue
        at = codes.index(place.code)
        inputs = [own, found.rows.iloc[at]]
        title = f"{measure.name}: {measure.supplement.area} against the rest of {place}, {own['period']}"
        measure.number(
            f"difference.{part}",
            float(found.difference[at]),
            title=title,
            inputs=inputs,
            method=TEST_METHOD,
            unit="pp",
            shown=tables.signed(float(found.difference[at]), unit="pp"),
            interval=(float(found.limits[0][at]), float(found.limits[1][at])),
        )
        word = found.by_test[at]
        measure.phrase(
            f"tested.{part}",
            f"{word} to" if word == benchmarking.SIMILAR else word,
            title=title,
            inputs=inputs,
            method=TEST_METHOD,
        )
    similar = [area.code for area in measure.supplement.comparators.neighbours]
    words = [word for code, word in zip(codes, found.by_test, strict=True) if code in similar]
    if not words:
        raise NoDataError(f"{measure.stem}: no neighbour has counts", reason=NO_COUNTS)
    measure.phrase(
        "tested.neighbours",
        tally_words(words),
        title=f"{measure.name}: {measure.supplement.area} against each statistical neighbour,"
        f" {own['period']}",
        inputs=[own, found.rows[found.rows["area_code"].isin(similar)]],
        method=TEST_METHOD,
    )


def tally_words(words: Sequence[str]) -> str:
    """``above four, below one and statistically similar to five``, those that are none left out."""
    told = []
    for word in (benchmarking.ABOVE, benchmarking.BELOW, benchmarking.SIMILAR):
        count = sum(item == word for item in words)
        if count:
            link = f"{word} to" if word == benchmarking.SIMILAR else word
            told.append(f"{link} {'all ' if count == len(words) > 1 else ''}{in_words(count)}")
    return joined(told)


def _table(own: pd.Series, others: pd.DataFrame, found: Tested | None, decimals: int | None) -> pd.DataFrame:
    """A row an area, the area itself first; what needs counts is ``x`` where there are none."""
    lines = {} if found is None else {code: at for at, code in enumerate(found.rows["area_code"])}
    rows = [[own["area_name"], tables.cell(own, decimals=decimals), *["z"] * (4 if found else 1)]]
    for _, row in others.iterrows():
        cells = [str(row["area_name"]), tables.cell(row, decimals=decimals)]
        at = lines.get(row["area_code"])
        if found is None:
            cells.append(_signed(float(own["value"]) - float(row["value"]), own, decimals))
        elif at is None:
            cells += ["x"] * 4
        else:
            low, high = (tables.signed(float(limit[at])) for limit in found.limits)
            gap = tables.signed(float(found.difference[at]))
            cells += [gap, f"{low} to {high}", found.by_intervals[at], found.by_test[at]]
        rows.append(cells)
    unit = "percentage points" if own["unit"] == "%" else "difference"
    tail = ["95% interval", "By the intervals", "By the test"] if found else []
    heads = ["Area", "Value", f"Difference ({unit})" if own["unit"] == "%" else "Difference", *tail]
    return pd.DataFrame(rows, columns=heads)


def _signed(difference: float, row: pd.Series, decimals: int | None) -> str:
    places = decimals if decimals is not None else 1
    return tables.signed(difference, unit="" if row["unit"] == "%" else str(row["unit"]), decimals=places)


def _notes(found: Tested | None) -> list[str]:
    if found is None:
        return ["No test: the publisher prints no counts and no interval for these values."]
    return [
        "A difference is the area less the other; England and the region without the area.",
        f"Tests: {len(found.rows)}, with the false discovery rate held at 5% (Benjamini and Hochberg).",
        "Two intervals may meet although the test tells the values apart; the test decides the words.",
    ]
