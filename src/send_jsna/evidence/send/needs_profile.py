"""The profile of plans by primary need, placement and age, against the statistical neighbours and England.

The published files cross need with age for the area, its region and England, and never need with placement.
So each is compared on its own, and the needs once more with the ages taken into account.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.catalogue.observations import WITHHELD_HERE, known
from send_jsna.disclosure import sealed_counts
from send_jsna.errors import NoDataError
from send_jsna.evidence.benchmark.against_neighbours import ALPHA, FEWER, FEWEST_NEIGHBOURS, share_text
from send_jsna.evidence.families import Family
from send_jsna.evidence.send.caseload import AGE_BANDS, plan_age
from send_jsna.evidence.send.complex_needs import OFTEN, counted, difference_text, peers
from send_jsna.evidence.shares import Part
from send_jsna.evidence.small_numbers import WITHHELD_IN_PART, bands, is_small
from send_jsna.evidence.tables import period_of
from send_jsna.evidence.usefulness import refuse_wide
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
class ProfileLine:
    """One row of the profile: the area's part and its neighbours' together, None where one is not shown."""

    label: str
    own: Part | None
    pooled: Part | None

    @property
    def pair(self) -> tuple[Part, Part] | None:
        """The two parts, where both are shown."""
        return (self.own, self.pooled) if self.own is not None and self.pooled is not None else None

    @property
    def cells(self) -> list[str]:
        """The area's share, the neighbours', and the difference, each with its interval."""
        shown = ["c" if part is None else share_text(part) for part in (self.own, self.pooled)]
        if self.pair is None:
            return [*shown, "z"]
        value, low, high = (100 * float(limit) for limit in proportion_difference(*_counts(*self.pair)))
        return [*shown, difference_text(value, (low, high))]


def publish_profile(supplement: Supplement, figure_id: str) -> FigureRecord | None:
    """Publish the table of plans by primary need, placement and age against the neighbours together.

    Returns:
        The table; None where nothing can be compared, which is put on record.
    """
    with supplement.covering("EHC plans by need, placement and age, against neighbours", figure_id):
        lines: list[ProfileLine] = []
        for take in (
            partial(_by_code, supplement, "ehc_primary_need_pct", "need", "Need"),
            partial(_by_code, supplement, "ehc_placement_pct", "placement", "Place"),
            partial(_ages, supplement),
        ):
            with suppress(NoDataError):
                lines += take()
        pairs = {line.label: line.pair for line in lines if line.pair is not None}
        if not pairs:
            raise NoDataError("no row of the profile can be compared", reason=FEWER)
        adjusted = adjusted_p([float(proportions_test(*_counts(*pair)).p) for pair in pairs.values()])
        words = {label: _word(*pair, p) for (label, pair), p in zip(pairs.items(), adjusted, strict=True)}
        table = pd.DataFrame(
            [[line.label, *line.cells, words.get(line.label, "z")] for line in lines],
            columns=["Plans", supplement.area.name, "Neighbours together", "Difference (points)", "Result"],
        )
        return Family(supplement).explained_table(
            figure_id,
            table,
            title=f"EHC plans by primary need, placement and age: {supplement.area} and its statistical"
            " neighbours, with 95% intervals",
            inputs=[part.rows for line in lines for part in (line.own, line.pooled) if part is not None],
            method=PROFILE_METHOD,
        )
    return None


def _by_code(supplement: Supplement, indicator: str, dimension: str, head: str) -> list[ProfileLine]:
    """A line for each code of a breakdown, those of the area's own largest shares first."""
    rows = peers(supplement, indicator, **{dimension: "*"})
    own = supplement.own(rows).sort_values("value", ascending=False, kind="stable")
    labels, found = supplement.labels(dimension), []
    for _, mine in own.iterrows():
        others = known(rows[(rows[dimension] == mine[dimension]) & (rows["area_code"] != mine["area_code"])])
        others = others[others["numerator"].notna()]
        counts = others["numerator"].sum(), others["denominator"].sum()
        # The few whose counts are not withheld are those with many: they must not be taken for all.
        enough = len(others) >= max(FEWEST_NEIGHBOURS, OFTEN * len(supplement.comparators.neighbours))
        pooled = Part(*counts, others, "neighbours") if enough else None
        label = f"{head}: {labels.get(mine[dimension], mine[dimension])}"
        found.append(ProfileLine(label, _part(mine), pooled))
    return found


def _ages(supplement: Supplement) -> list[ProfileLine]:
    """A line for each band of ages, of the areas whose counts are all known, to be added up at least."""
    rows, sealed = peers(supplement, "ehc_plans_count", age="*"), sealed_counts.current()
    by_area = {str(area): frame for area, frame in rows.groupby("area_code", sort=False)}
    frames = {area: frame for area, frame in by_area.items() if sealed.counts(frame).notna().all()}
    own = frames.pop(supplement.area.code, None)
    if own is None or len(frames) < FEWEST_NEIGHBOURS:
        raise NoDataError("too few authorities with every age", reason=FEWER)
    others = pd.concat(list(frames.values()))
    own_bands, pooled_bands = (
        bands(part, "age", plan_age, withhold=True).set_index("band")["value"] for part in (own, others)
    )
    own_whole, pooled_whole = (float(sealed.counts(part).sum()) for part in (own, others))
    found = []
    for name, _ in AGE_BANDS:
        count, pooled = own_bands.get(name, 0.0), pooled_bands.get(name, 0.0)
        if pd.notna(pooled):
            part = None if pd.isna(count) else Part.of(own, count, own_whole)
            label = f"Age: {name.lower()}"
            found.append(ProfileLine(label, part, Part(pooled, pooled_whole, others, "neighbours")))
    return found


def _part(row: pd.Series) -> Part | None:
    """The part a row is, unless it is withheld or of a small count."""
    if pd.isna(row["value"]) or pd.isna(row["numerator"]) or is_small(row["numerator"]):
        return None
    return Part.of_row(row)


def _counts(own: Part, pooled: Part) -> tuple[float, float, float, float]:
    return own.count, own.whole, pooled.count, pooled.whole


def _word(own: Part, pooled: Part, p: float) -> str:
    if p >= ALPHA:
        return "No clear difference"
    return "Higher" if own.percent > pooled.percent else "Lower"


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
        refuse_wide(supplement, low, high, unit="", of="plans for complex needs at each age")
        by_row = own["age"].map(rates)
        sealed_counts.current().disclose_estimate(own, list(by_row), within=0.5 * expected / max(high, 1))
        family = Family(supplement, stem).about(inputs=rows, method=ADJUSTED_METHOD)
        name = f"EHC plans for complex needs in {supplement.area}"
        family.number(
            "ratio",
            round(100 * observed / expected),
            title=f"{name} for each hundred at England's rates at the same ages, {period_of(rows)}",
            decimals=0,
            interval=(low, high),
        )
        word = "more than" if low > 100 else "fewer than" if high < 100 else "about as many as"
        family.phrase("word", word, title=f"{name} against England's at the same ages")


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
    sealed = sealed_counts.current()
    mine, theirs = (frame.assign(value=sealed.counts(frame)) for frame in (own, other))
    if mine["value"].isna().any() or theirs["value"].isna().any():
        raise NoDataError("a count by need and age is withheld", reason=WITHHELD_IN_PART)
    is_complex = own["need"].isin(wanted)
    sealed.disclose(own[is_complex])
    sealed.use(other)  # of rates over all ages, which show no count
    rates = theirs[theirs["need"].isin(wanted)].groupby("age")["value"].sum()
    rates = rates / theirs.groupby("age")["value"].sum()
    by_age = mine.groupby("age")["value"].sum()
    rates = rates.reindex(by_age.index).fillna(0.0)
    return float(mine.loc[is_complex, "value"].sum()), float((by_age * rates).sum()), rates
