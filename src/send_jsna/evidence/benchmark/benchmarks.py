"""An area against England, its region and each statistical neighbour.

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
from send_jsna.evidence.estimates import Estimated, publish_points
from send_jsna.evidence.measures import Measure, refuse_chance
from send_jsna.evidence.tables import cell, reason_notes, signed
from send_jsna.statistics import benchmarking
from send_jsna.wording import in_words, joined

if TYPE_CHECKING:
    from send_jsna.figures.records import FigureRecord

NO_COUNTS = "in this edition without the counts a test needs"
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

    def by_code(self) -> dict[str, tuple[Estimated, str, str]]:
        """Difference, words by the intervals and words by the test, by area code."""
        numbers = np.column_stack([self.difference, *self.limits]).tolist()
        found = [Estimated(value, low, high, "pp") for value, low, high in numbers]
        lines = zip(found, self.by_intervals, self.by_test, strict=True)
        return dict(zip(self.rows["area_code"], lines, strict=True))


def tested(own: pd.Series, others: pd.DataFrame, wholes: Sequence[str]) -> Tested:
    """Compare an area's percentage with those of other areas that have counts.

    The area is part of those whose codes are ``wholes``, and is compared with the rest of them.

    Raises:
        NoDataError: The area's counts are not published, or those of no other area.
    """
    rows = others[others["numerator"].notna() & (others["denominator"] > 0)].reset_index(drop=True)
    if own["unit"] != "%" or pd.isna(own["numerator"]) or not own["denominator"] > 0 or rows.empty:
        raise NoDataError(f"{own['indicator']} has no counts to test", reason=NO_COUNTS)
    groups = rows.groupby(rows["area_code"].isin(list(wholes)), sort=False)
    found = pd.concat([_compared(own, group, is_part=bool(part)) for part, group in groups]).sort_index()
    differs = benchmarking.adjusted_p(found["p"], "benjamini-hochberg") < LEVEL
    sides = np.where(found["difference"] > 0, benchmarking.ABOVE, benchmarking.BELOW)
    return Tested(
        rows,
        found["difference"].to_numpy(),
        (found["lower"].to_numpy(), found["upper"].to_numpy()),
        found["by_intervals"].tolist(),
        np.where(differs, sides, benchmarking.SIMILAR).tolist(),
    )


def _compared(own: pd.Series, rows: pd.DataFrame, *, is_part: bool) -> pd.DataFrame:
    """Differences, limits, p-values and words by the intervals, with the index of the rows."""
    counts = rows["numerator"], rows["denominator"]
    found = benchmarking.compare_proportions(own["numerator"], own["denominator"], *counts, part=is_part)
    difference = {"difference": found.difference.value, "lower": found.difference.lower}
    rest = {"upper": found.difference.upper, "p": found.p, "by_intervals": found.by_overlap}
    return pd.DataFrame({**difference, **rest}, index=rows.index)


def publish_benchmarks(measure: Measure) -> FigureRecord | None:
    """Publish an area against England, its region and each of its statistical neighbours.

    Figures: the table ``<stem>.benchmarks``; where counts are published, the numbers
    ``<stem>.difference.england`` and ``.region`` with their intervals, the phrases ``<stem>.tested.england``
    and ``.region`` (``above``, ``below`` or ``statistically similar to``), and ``<stem>.tested.neighbours``
    (``above four, below one and statistically similar to five``).

    Returns:
        The table; None where the area has no value, which is put on record.
    """
    area, places = measure.supplement.area, measure.larger_places
    tests = [f"{kind}.{part}" for kind in ("difference", "tested") for part in places]
    tests.append("tested.neighbours")
    with measure.covering("benchmarks", *tests):
        own = measure.series().iloc[-1]
        refuse_chance(measure.supplement, own)
        others = known(measure.stored(area="comparators", period=str(own["period"])))
        others = others[others["area_code"] != area.code]
        if others.empty:
            raise NoDataError(f"{measure.stem}: no other area", reason="no other area to compare with")
        found = None
        with measure.covering(*tests):
            found = tested(own, others, [place.code for place in places.values()])
            _publish_tested(measure, own, found)
        table = _table(own, others, found)
        return measure.table(
            "benchmarks",
            table,
            title=f"{measure.name}: {area} against England, its region and similar authorities,"
            f" {own['period']}",
            inputs=[own, others],
            method=TEST_METHOD if found else "Values as published; differences between them.",
            notes=[*_notes(found), *reason_notes(table)],
        )
    return None


def _publish_tested(measure: Measure, own: pd.Series, found: Tested) -> None:
    family, by_code, period = measure.about(method=TEST_METHOD), found.by_code(), own["period"]
    label = f"{measure.name}: {measure.supplement.area} against"
    for part, place in measure.larger_places.items():
        if place.code not in by_code:
            measure.absent(f"difference.{part}", f"tested.{part}", reason=NO_COUNTS)
            continue
        inputs = [own, found.rows[found.rows["area_code"] == place.code]]
        difference, _, word = by_code[place.code]
        shared = family.about(title=f"{label} the rest of {place}, {period}", inputs=inputs)
        publish_points(shared, f"difference.{part}", difference)
        shared.phrase(f"tested.{part}", _against(word))
    neighbours = {area.code for area in measure.supplement.comparators.neighbours}
    similar = {code: word for code, (_, _, word) in by_code.items() if code in neighbours}
    if not similar:
        raise NoDataError(f"{measure.stem}: no neighbour has counts", reason=NO_COUNTS)
    family.phrase(
        "tested.neighbours",
        tally_words(list(similar.values())),
        title=f"{label} each statistical neighbour, {period}",
        inputs=[own, found.rows[found.rows["area_code"].isin(list(similar))]],
    )


def _against(word: str) -> str:
    return f"{word} to" if word == benchmarking.SIMILAR else word


def tally_words(words: Sequence[str]) -> str:
    """``above four, below one and statistically similar to five``, those that are none left out."""
    order = (benchmarking.ABOVE, benchmarking.BELOW, benchmarking.SIMILAR)
    counts = {word: list(words).count(word) for word in order if word in words}
    every = "all " if len(counts) == 1 and len(words) > 1 else ""
    return joined([f"{_against(word)} {every}{in_words(count)}" for word, count in counts.items()])


def _table(own: pd.Series, others: pd.DataFrame, found: Tested | None) -> pd.DataFrame:
    """A row an area, the area itself first; what needs counts is ``x`` where there are none."""
    heads = ["Difference (percentage points)" if own["unit"] == "%" else "Difference"]
    if found:
        heads += ["95% interval", "By the intervals", "By the test"]
        by_code = found.by_code()
        cells = {code: [gap.signed, gap.signed_range, *words] for code, (gap, *words) in by_code.items()}
    else:
        cells = {str(row["area_code"]): [_gap(own, row)] for _, row in others.iterrows()}
    lines = [[own["area_name"], cell(own), *["z"] * len(heads)]]
    for _, row in others.iterrows():
        texts = cells.get(row["area_code"], ["x"] * len(heads))
        lines.append([str(row["area_name"]), cell(row), *texts])
    return pd.DataFrame(lines, columns=["Area", "Value", *heads])


def _gap(own: pd.Series, other: pd.Series) -> str:
    """The difference of two published values, in percentage points for percentages."""
    unit = "" if own["unit"] == "%" else str(own["unit"])
    return signed(float(own["value"]) - float(other["value"]), unit=unit)


def _notes(found: Tested | None) -> list[str]:
    if found is None:
        return ["No test: the publisher prints no counts and no interval for these values."]
    return [
        "A difference is the area less the other; England and the region without the area.",
        f"Tests: {len(found.rows)}, with the false discovery rate held at 5% (Benjamini and Hochberg).",
        "Two intervals may meet although the test tells the values apart; the test decides the words.",
    ]
