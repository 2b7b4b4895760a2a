"""Shares that no publisher prints but whose two counts are published, with their intervals.

A share is computed only from counts that are all known: a withheld part makes the whole unknown.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from send_jsna.catalogue.observations import WITHHELD_HERE
from send_jsna.disclosure import sealed_counts
from send_jsna.errors import DataError, NoDataError
from send_jsna.evidence.compare import standing
from send_jsna.evidence.estimates import Estimated, publish_estimate
from send_jsna.evidence.families import Family
from send_jsna.evidence.small_numbers import UNROUNDED, Banding, is_national, is_small, withheld_parts
from send_jsna.evidence.tables import number_cell
from send_jsna.statistics.intervals import wilson

SHARE_METHOD = "Count divided by the count of the whole, with a Wilson 95% interval."
STANDING_METHOD = "Similar where the Wilson 95% intervals of the two shares overlap; else above or below."


@dataclass(frozen=True)
class Part:
    """A part of a whole, in people.

    Attributes:
        count: People in the part.
        whole: People in all.
        rows: The observations both were taken from.
        label: Area and period, for a title.
    """

    count: float
    whole: float
    rows: pd.DataFrame
    label: str

    @classmethod
    def of(cls, rows: pd.DataFrame, count: float, whole: float) -> Part:
        """A part taken from observations of one area and period."""
        first = rows.iloc[0]
        return cls(float(count), float(whole), rows, f"{first['area_name']}, {first['period']}")

    @classmethod
    def of_row(cls, row: pd.Series) -> Part:
        """The part that a percentage with numerator and denominator is."""
        return cls.of(pd.DataFrame([row]), row["numerator"], row["denominator"])

    @property
    def percent(self) -> float:
        """The share in per cent."""
        return 100 * self.count / self.whole

    @property
    def interval(self) -> tuple[float, float]:
        """Its Wilson 95 % interval, in per cent."""
        lower, upper = wilson(self.count, self.whole)
        return 100 * float(lower), 100 * float(upper)

    def publish(self, family: Family, key: str, name: str) -> None:
        """Publish the share as a number of a family, titled by what it measures and where."""
        own = family.about(**{"method": SHARE_METHOD, **family.shared}, inputs=self.rows)
        publish_estimate(own, key, Estimated(self.percent, *self.interval), title=f"{name}, {self.label}")


def band_share(frame: pd.DataFrame, dimension: str, band_of: Callable[[str], str], band: str) -> Part:
    """The part of a breakdown that falls into one broad band.

    Args:
        frame: One area and period, by the dimension: counts, or percentages with numerator and denominator.
        dimension: Such as ``age``.
        band_of: Band of a value of the dimension.
        band: The band wanted.

    Raises:
        NoDataError: A count is missing, or nothing falls into the band.
        DataError: The parts do not share one whole.
    """
    is_counted = (frame["unit"] == "count").all()
    banding = Banding.of(frame, dimension, band_of, "value" if is_counted else "numerator")
    counts, inside = banding.counts, banding.names == band
    if not inside.any():
        raise NoDataError(f"no {dimension} falls into the band {band!r}", reason="none are counted")
    whole = counts.sum() if is_counted else _one_whole(frame, dimension)
    two = pd.Series({"inside": counts[inside].sum(), "outside": counts[~inside].sum()})
    sealed_counts.current().use(frame)
    if not is_national(frame) and withheld_parts(two):
        raise NoDataError(f"the band {band!r} is withheld", reason=WITHHELD_HERE)
    banding.disclose([band])
    return Part.of(frame, *sealed_counts.current().profile.rounded([two["inside"], whole]))


def ratio(count: pd.Series, whole: pd.Series) -> Part:
    """One published count as a part of another of the same area and period.

    Raises:
        NoDataError: One has no value.
        DataError: The two are not of one area and period.
    """
    if (count["area_code"], count["period"]) != (whole["area_code"], whole["period"]):
        raise DataError(f"{count['indicator']} and {whole['indicator']} are not of one area and period")
    if pd.isna(count["value"]) or pd.isna(whole["value"]):
        raise NoDataError(f"{count['indicator']} or {whole['indicator']} has no value")
    return Part.of(pd.DataFrame([count, whole]), count["value"], whole["value"])


def publish_share(
    family: Family, name: str, own: Part, other: Part, *, other_key: str = "england", other_name: str = ""
) -> None:
    """Publish a share, another one beside it, and how the first is to the second.

    Figures: ``<stem>.latest``, ``<stem>.<other_key>`` and the phrase ``<stem>.vs_<other_key>``.

    Args:
        family: The figures.
        name: What is measured, as a title says it.
        own: The area's share.
        other: The other share.
        other_key: What the other is called in the ids.
        other_name: What the other measures, where that differs.

    Raises:
        NoDataError: The area's share is of a small count, or one of none.
    """
    if is_small(own.count) or math.isnan(own.count):
        raise NoDataError(f"{family.stem} is withheld", reason=WITHHELD_HERE)
    if not own.whole or not other.whole:
        raise NoDataError(f"{family.stem} is a share of none", reason="a share of none")
    own.publish(family, "latest", name)
    other.publish(family, other_key, other_name or name)
    family.phrase(
        f"vs_{other_key}",
        standing(own.percent, other.percent, interval=own.interval, other_interval=other.interval),
        title=f"{name}: {own.label} against {other_name or other.label}",
        inputs=[own.rows, other.rows],
        method=STANDING_METHOD,
    )


def share_of_parts(frame: pd.DataFrame, dimension: str, band_of: Callable[[str], str]) -> pd.Series[float]:
    """Percentages with numerator and denominator, added up to bands: sum of numerators by the denominator.

    A band of so few that the profile withholds it is NaN, and so are others it could be worked out from.
    Arguments as for :func:`band_share`.

    Raises:
        NoDataError: A part is missing.
        DataError: The denominators differ.
    """
    banding = Banding.of(frame, dimension, band_of, "numerator")
    whole, sums = _one_whole(frame, dimension), banding.totals
    shown = banding.show(sums, withheld_parts(sums))
    percentages, _ = sealed_counts.current().profile.percentage(shown, whole, decimals=UNROUNDED)
    return pd.Series(percentages, index=sums.index)


def shares_table(groups: Mapping[str, pd.Series[float]], *, head: str, order: Sequence[str]) -> pd.DataFrame:
    """Shares side by side, one row a band; a band without anyone in an area is ``0.0%``.

    Args:
        groups: Heading → shares by band, in per cent; see :func:`share_of_parts`.
        head: Heading of the first column.
        order: Bands, in order.
    """
    table = pd.DataFrame({head: list(order)})
    for heading, shares in groups.items():
        table[heading] = [number_cell(float(shares.get(band, 0.0)), "%", code="c") for band in order]
    return table


def outcome_table(outcomes: Mapping[str, pd.DataFrame], wholes: pd.DataFrame, *, head: str) -> pd.DataFrame:
    """Counts by outcome with their share of all cases: number and share in the first area, share elsewhere.

    Args:
        outcomes: Outcome → counts, one observation an area.
        wholes: All cases, one observation an area; the report's own area first.
        head: Heading of the first column.
    """
    table = pd.DataFrame({head: list(outcomes)})
    for place, (_, whole) in enumerate(wholes.iterrows()):
        counts = []
        for frame in outcomes.values():
            found = frame.loc[frame["area_code"] == whole["area_code"], "value"]
            counts.append(float(found.iloc[0]) if len(found) == 1 else math.nan)
        if place == 0:
            table[f"{whole['area_name']}: number"] = [
                "c" if is_small(count) else number_cell(count, "count", code="x") for count in counts
            ]
        table[f"{whole['area_name']}: share"] = [_share_cell(count, whole["value"]) for count in counts]
    return table


def _share_cell(count: float, whole: float) -> str:
    if not whole and not math.isnan(count):
        return "z"
    return number_cell(100 * count / (whole or math.nan), "%", code="x")


def _one_whole(frame: pd.DataFrame, dimension: str) -> float:
    wholes = sealed_counts.current().counts(frame, "denominator")
    if wholes.isna().any() or wholes.nunique() != 1:
        raise DataError(f"shares by {dimension} need one total", expected="one denominator for all parts")
    return float(wholes.iloc[0])
