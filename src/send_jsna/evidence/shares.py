"""Shares that no publisher prints but whose two counts are published, with their intervals.

A share is computed only from counts that are all known: a withheld part makes the whole unknown.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.catalogue.observations import WITHHELD_HERE
from send_jsna.disclosure import sealed_counts
from send_jsna.errors import DataError, NoDataError
from send_jsna.evidence.compare import standing
from send_jsna.evidence.small_numbers import (
    UNROUNDED,
    WITHHELD_IN_PART,
    is_national,
    is_small,
    withheld_parts,
)
from send_jsna.statistics.intervals import wilson
from send_jsna.wording import format_number

if TYPE_CHECKING:
    from send_jsna.figures.records import FigureRecord
    from send_jsna.figures.supplement import Supplement

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

    @property
    def percent(self) -> float:
        """The share in per cent."""
        return 100 * self.count / self.whole

    @property
    def interval(self) -> tuple[float, float]:
        """Its Wilson 95 % interval, in per cent."""
        lower, upper = wilson(self.count, self.whole)
        return 100 * float(lower), 100 * float(upper)


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
    column = "value" if (frame["unit"] == "count").all() else "numerator"
    counts = sealed_counts.current().counts(frame, column)
    if counts.isna().any():
        raise NoDataError(f"a share by {dimension} needs every count", reason=WITHHELD_IN_PART)
    inside = frame[dimension].map(band_of) == band
    if not inside.any():
        raise NoDataError(f"no {dimension} falls into the band {band!r}", reason="none are counted")
    whole = counts.sum() if column == "value" else _one_whole(frame, dimension)
    sealed_counts.current().use(frame)
    parts = {"inside": float(counts[inside].sum()), "outside": float(counts[~inside].sum())}
    if not is_national(frame) and withheld_parts(parts):
        raise NoDataError(f"the band {band!r} is withheld", reason=WITHHELD_HERE)
    sealed_counts.current().disclose(frame[inside], column)
    rounded = sealed_counts.current().profile.rounded([counts[inside].sum(), whole])
    return Part(float(rounded[0]), float(rounded[1]), frame, _label(frame.iloc[0]))


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
    rows = pd.DataFrame([count, whole])
    return Part(float(count["value"]), float(whole["value"]), rows, _label(count))


def publish_share(
    supplement: Supplement,
    stem: str,
    own: Part,
    other: Part,
    *,
    name: str,
    other_key: str = "england",
    other_name: str = "",
) -> FigureRecord:
    """Publish a share, the one it is held against, and how it stands to it.

    Figures: ``<stem>.latest``, ``<stem>.<other_key>`` and the phrase ``<stem>.vs_<other_key>``.

    Args:
        supplement: The supplement that publishes.
        stem: First parts of the figures' ids.
        own: The area's share.
        other: The other share.
        name: What is measured, as it stands in a title.
        other_key: What the other is called in the ids.
        other_name: What the other measures, where that differs.

    Returns:
        The phrase.

    Raises:
        NoDataError: The area's share stands for a small count, or is one of none.
    """
    if is_small(own.count) or math.isnan(own.count):
        raise NoDataError(f"{stem} is withheld", reason=WITHHELD_HERE)
    if not own.whole or not other.whole:
        raise NoDataError(f"{stem} is a share of none", reason="a share of none")
    parts = (("latest", own, name), (other_key, other, other_name or name))
    for key, part, title in parts:
        supplement.number(
            f"{stem}.{key}",
            part.percent,
            title=f"{title}, {part.label}",
            inputs=part.rows,
            method=SHARE_METHOD,
            unit="%",
            decimals=1,
            interval=part.interval,
        )
    return supplement.phrase(
        f"{stem}.vs_{other_key}",
        standing(own.percent, other.percent, interval=own.interval, other_interval=other.interval),
        title=f"{name}: {own.label} against {other_name or other.label}",
        inputs=[own.rows, other.rows],
        method=STANDING_METHOD,
    )


def share_of_parts(frame: pd.DataFrame, dimension: str, band_of: Callable[[str], str]) -> pd.Series[float]:
    """Percentages with numerator and denominator, added up to bands: sum of numerators by the denominator.

    A band of so few that the profile withholds it is NaN, and so are others it could be worked out from.

    Args:
        frame: Percentages of one area and period, by the dimension, all of one denominator.
        dimension: Such as ``ethnicity``.
        band_of: Band of a value.

    Raises:
        NoDataError: A part is missing.
        DataError: The denominators differ.
    """
    counts = sealed_counts.current().counts(frame, "numerator")
    if counts.isna().any():
        raise NoDataError(f"shares by {dimension} need every numerator", reason=WITHHELD_IN_PART)
    whole = _one_whole(frame, dimension)
    names = frame[dimension].map(band_of)
    sums = counts.groupby(names, sort=False).sum()
    hidden = withheld_parts({str(name): float(value) for name, value in sums.items()})
    sealed_counts.current().use(frame)
    for name in sums.index[~sums.index.isin(hidden)]:
        sealed_counts.current().disclose(frame[names == name], "numerator")
    shown = sums.where(~sums.index.isin(hidden))
    percentages, _ = sealed_counts.current().profile.percentage(shown, whole, decimals=UNROUNDED)
    return pd.Series(percentages, index=sums.index)


def shares_table(groups: Mapping[str, pd.Series[float]], *, head: str, order: Sequence[str]) -> pd.DataFrame:
    """Shares side by side, one row a band; a band an area has nobody in is ``0.0%``.

    Args:
        groups: Heading → shares by band, in per cent; see :func:`share_of_parts`.
        head: Heading of the first column.
        order: Bands, in order.
    """
    table = pd.DataFrame({head: list(order)})
    for heading, shares in groups.items():
        found = shares.to_dict()
        values = [float(found.get(band, 0.0)) for band in order]
        table[heading] = ["c" if math.isnan(value) else format_number(value, unit="%") for value in values]
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
            counts.append(float(found.iloc[0]) if len(found) == 1 else float("nan"))
        if place == 0:
            table[f"{whole['area_name']}: number"] = [_text(count, 1.0, "count") for count in counts]
        table[f"{whole['area_name']}: share"] = [_text(count, whole["value"], "%") for count in counts]
    return table


def _text(count: float, whole: float, unit: str) -> str:
    if pd.isna(count) or pd.isna(whole):
        return "x"
    if unit == "count":
        return "c" if is_small(count) else format_number(count, unit="count")
    return format_number(100 * count / whole, unit="%") if whole else "z"


def _one_whole(frame: pd.DataFrame, dimension: str) -> float:
    wholes = sealed_counts.current().counts(frame, "denominator")
    if wholes.isna().any() or wholes.nunique() != 1:
        raise DataError(f"shares by {dimension} need one total", expected="one denominator for all parts")
    return float(wholes.iloc[0])


def _label(row: pd.Series) -> str:
    return f"{row['area_name']}, {row['period']}"
