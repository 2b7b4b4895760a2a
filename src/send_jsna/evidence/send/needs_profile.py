"""The profile of plans by primary need, placement and age, against the statistical neighbours and England.

The published files cross need with age for the area, its region and England, and never need with placement.
So each is compared on its own, and the needs once more with the ages taken into account.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.catalogue.observations import WITHHELD_HERE, known
from send_jsna.disclosure import sealed_counts
from send_jsna.errors import NoDataError
from send_jsna.evidence import tables
from send_jsna.evidence.benchmark.against_neighbours import (
    ALPHA,
    FEWER,
    FEWEST_NEIGHBOURS,
    points,
    share_text,
)
from send_jsna.evidence.send.caseload import AGE_BANDS, plan_age
from send_jsna.evidence.send.complex_needs import OFTEN, counted, peers
from send_jsna.evidence.shares import Part
from send_jsna.evidence.small_numbers import WITHHELD_IN_PART, bands, is_small
from send_jsna.statistics.benchmarking import adjusted_p
from send_jsna.statistics.differences import proportion_difference, proportions_test
from send_jsna.statistics.intervals import byar

if TYPE_CHECKING:
    from send_jsna.figures.records import FigureRecord
    from send_jsna.figures.supplement import Supplement

PROFILE_METHOD = (
    "Share of the area's EHC plans against that of all its statistical neighbours with a value together; "
    "Wilson 95% intervals, Newcombe's for the difference; p-values adjusted by Holm's method over all rows. "
    "Higher or lower where the adjusted p-value is below 0.05."
)
ADJUSTED_METHOD = (
    "Plans for complex needs, divided by the number there would be if as large a part of the area's plans at "
    "each age were for them as in England, times a hundred; 95% limits by Byar's method on the area's count."
)


@dataclass(frozen=True)
class Line:
    """One row of the profile: the area's part and its neighbours' together, None where one is not shown."""

    label: str
    own: Part | None
    pooled: Part | None


def publish_profile(supplement: Supplement, figure_id: str) -> FigureRecord | None:
    """Publish the table of plans by primary need, placement and age against the neighbours together.

    Returns:
        The table; None where nothing can be compared, which is put on record.
    """
    with supplement.covering("EHC plans by need, placement and age, against neighbours", figure_id):
        lines: list[Line] = []
        for take in (_needs, _placements, _ages):
            with suppress(NoDataError):
                lines += take(supplement)
        compared = [line for line in lines if line.own is not None and line.pooled is not None]
        if not compared:
            raise NoDataError("no row of the profile can be compared", reason=FEWER)
        ps = adjusted_p([_p(line) for line in compared])
        words = {line.label: _word(line, p) for line, p in zip(compared, ps, strict=True)}
        table = pd.DataFrame(
            [[line.label, *_cells(line), words.get(line.label, "z")] for line in lines],
            columns=["Plans", supplement.area.name, "Neighbours together", "Difference (points)", "Result"],
        )
        return supplement.table(
            figure_id,
            table,
            title=f"EHC plans by primary need, placement and age: {supplement.area} and its statistical"
            " neighbours, with 95% intervals",
            inputs=[part.rows for line in lines for part in (line.own, line.pooled) if part is not None],
            method=PROFILE_METHOD,
            notes=tables.reason_notes(table),
        )
    return None


def _needs(supplement: Supplement) -> list[Line]:
    return _by_code(supplement, "ehc_primary_need_pct", "need", "Need")


def _placements(supplement: Supplement) -> list[Line]:
    return _by_code(supplement, "ehc_placement_pct", "placement", "Place")


def _by_code(supplement: Supplement, indicator: str, dimension: str, head: str) -> list[Line]:
    """A line for each code of a breakdown, those of the area's own largest shares first."""
    rows = peers(supplement, indicator, **{dimension: "*"})
    own = supplement.own(rows).sort_values("value", ascending=False, kind="stable")
    labels, found = supplement.labels(dimension), []
    for _, mine in own.iterrows():
        others = known(rows[(rows[dimension] == mine[dimension]) & (rows["area_code"] != mine["area_code"])])
        others = others[others["numerator"].notna()]
        # The few whose counts are not withheld are those with many: they must not stand for all.
        enough = len(others) >= max(FEWEST_NEIGHBOURS, OFTEN * len(supplement.comparators.neighbours))
        label = f"{head}: {labels.get(mine[dimension], mine[dimension])}"
        found.append(Line(label, _part(mine), _pooled(others) if enough else None))
    return found


def _ages(supplement: Supplement) -> list[Line]:
    """A line for each band of ages."""
    rows = peers(supplement, "ehc_plans_count", age="*")
    frames = dict(_whole(rows))
    if supplement.area.code not in frames or len(frames) <= FEWEST_NEIGHBOURS:
        raise NoDataError("too few authorities with every age", reason=FEWER)
    code = supplement.area.code
    mine = frames.pop(code)
    others = pd.concat(list(frames.values()))
    split = [
        bands(part, "age", plan_age, withhold=True).set_index("band")["value"] for part in (mine, others)
    ]
    wholes = [float(sealed_counts.current().counts(part).sum()) for part in (mine, others)]
    found = []
    for name, _ in AGE_BANDS:
        own, pooled = (values.get(name, 0.0) for values in split)
        part = None if pd.isna(own) else Part(float(own), wholes[0], mine, str(mine["area_name"].iloc[0]))
        if pd.notna(pooled):
            found.append(Line(f"Age: {name.lower()}", part, Part(pooled, wholes[1], others, "neighbours")))
    return found


def _whole(rows: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """The areas whose counts are all known, to be added up at least."""
    frames = [(str(area), frame) for area, frame in rows.groupby("area_code", sort=False)]
    return [(area, frame) for area, frame in frames if sealed_counts.current().counts(frame).notna().all()]


def _part(row: pd.Series) -> Part | None:
    """The part a row is, unless it is withheld or stands for a small count."""
    if pd.isna(row["value"]) or pd.isna(row["numerator"]) or is_small(row["numerator"]):
        return None
    return Part(row["numerator"], row["denominator"], pd.DataFrame([row]), str(row["area_name"]))


def _pooled(rows: pd.DataFrame) -> Part:
    return Part(float(rows["numerator"].sum()), float(rows["denominator"].sum()), rows, "neighbours")


def _p(line: Line) -> float:
    assert line.own is not None and line.pooled is not None
    own, pooled = line.own, line.pooled
    return float(proportions_test(own.count, own.whole, pooled.count, pooled.whole).p)


def _word(line: Line, p: float) -> str:
    assert line.own is not None and line.pooled is not None
    if p >= ALPHA:
        return "No clear difference"
    return "Higher" if line.own.percent > line.pooled.percent else "Lower"


def _cells(line: Line) -> list[str]:
    """The area's share, the neighbours', and the difference, each with its interval."""
    own, pooled = line.own, line.pooled
    shown = ["c" if part is None else share_text(part) for part in (own, pooled)]
    if own is None or pooled is None:
        return [*shown, "z"]
    found = proportion_difference(own.count, own.whole, pooled.count, pooled.whole)
    middle, low, high = (points(100 * float(limit)) for limit in found)
    return [*shown, f"{middle} ({low} to {high})"]


# -- with ages taken into account ---------------------------------------------------------------------------


def publish_adjusted(supplement: Supplement, stem: str) -> None:
    """Publish plans for complex needs against England's at the same ages.

    Figures: ``<stem>.ratio`` (a hundred is as many as at England's rates, with limits) and ``<stem>.word``
    (``more than``, ``fewer than`` or ``about as many as``).
    """
    with supplement.covering("EHC plans for complex needs, ages taken into account", f"{stem}.*"):
        country = supplement.comparators.country.code
        rows = supplement.observations(
            "ehc_primary_need_count", area=[supplement.area.code, country], need="*", age="*", period="latest"
        )
        own, other = supplement.own(rows), rows[rows["area_code"] == country]
        observed, expected, rates = observed_and_expected(own, other, counted(supplement))
        if is_small(observed) or not expected:
            raise NoDataError("plans for complex needs are withheld", reason=WITHHELD_HERE)
        # Whole numbers, in the record too: what is expected rests on counts that are not shown.
        low, high = (round(100 * float(limit) / expected) for limit in byar(observed))
        by_row = own["age"].map(rates)
        sealed_counts.current().disclose_estimate(own, list(by_row), within=0.5 * expected / max(high, 1))
        supplement.number(
            f"{stem}.ratio",
            round(100 * observed / expected),
            title=f"EHC plans for complex needs in {supplement.area} for each hundred at England's rates at"
            f" the same ages, {rows['period'].iloc[0]}",
            inputs=rows,
            method=ADJUSTED_METHOD,
            decimals=0,
            interval=(low, high),
        )
        word = "more than" if low > 100 else "fewer than" if high < 100 else "about as many as"
        supplement.phrase(
            f"{stem}.word",
            word,
            title=f"EHC plans for complex needs in {supplement.area} against England's at the same ages",
            inputs=rows,
            method=ADJUSTED_METHOD,
        )


def observed_and_expected(
    own: pd.DataFrame, other: pd.DataFrame, wanted: Sequence[str]
) -> tuple[float, float, pd.Series[float]]:
    """Plans for complex needs of an area, those expected at another's rates at the same ages, and the rates.

    Args:
        own: Counts of the area by need and age.
        other: Those of the area whose rates are taken.
        wanted: Needs that count as complex.

    Raises:
        NoDataError: A count of either is withheld by its publisher.
    """
    mine, theirs = (frame.assign(value=sealed_counts.current().counts(frame)) for frame in (own, other))
    if mine["value"].isna().any() or theirs["value"].isna().any():
        raise NoDataError("a count by need and age is withheld", reason=WITHHELD_IN_PART)
    is_complex = own["need"].isin(wanted)
    sealed_counts.current().disclose(own[is_complex])
    sealed_counts.current().use(other)  # of rates over all ages, which show no count
    rates = theirs[theirs["need"].isin(wanted)].groupby("age")["value"].sum()
    rates = rates / theirs.groupby("age")["value"].sum()
    by_age = mine.groupby("age")["value"].sum()
    rates = rates.reindex(by_age.index).fillna(0.0)
    return float(mine.loc[is_complex, "value"].sum()), float((by_age * rates).sum()), rates
