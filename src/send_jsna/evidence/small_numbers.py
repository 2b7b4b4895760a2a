"""Counts of a fine breakdown added up to broad bands, so that no count of a few children is shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from send_jsna.catalogue.observations import DIMENSIONS, WITHHELD_HERE, is_withheld_here, known
from send_jsna.disclosure import sealed_counts
from send_jsna.disclosure.cells import NATIONAL
from send_jsna.disclosure.lowest import FEWEST_WHOLE
from send_jsna.disclosure.methods import Relation, suppress
from send_jsna.errors import DataError, NoDataError

_ALL = "all bands"
#: Decimals of a share before it is shown.
UNROUNDED = 12
#: Why nothing is made of counts some of which are withheld.
WITHHELD_IN_PART = "withheld in part by the publisher"
#: Among at least so many, few cannot be known by a percentage.
LARGE_WHOLE = 100
#: Why two values are not set against each other where children are few and the counts are not in the edition.
NOT_COMPARED = "not compared, since it stands for few children and its counts are not in this edition"


@dataclass(frozen=True)
class Banding:
    """Counts of a breakdown, those that may only be shown in sums among them, and the band of each.

    Attributes:
        frame: One area and period, by a dimension.
        column: The column of the counts: ``value``, or ``numerator`` for percentages.
        counts: The counts, NaN where the publisher withholds one.
        names: The band of each.
    """

    frame: pd.DataFrame
    column: str
    counts: pd.Series[float]
    names: pd.Series[str]

    @classmethod
    def of(
        cls, frame: pd.DataFrame, dimension: str, band_of: Callable[[str], str], column: str = "value"
    ) -> Banding:
        """The counts of a breakdown by the band of each value of the dimension.

        Raises:
            NoDataError: The publisher withholds a count: no sum may be derived from the others.
        """
        counts = sealed_counts.current().counts(frame, column)
        if counts.isna().any():
            raise NoDataError(
                f"bands of {dimension} need every count, all of them known", reason=WITHHELD_IN_PART
            )
        return cls(frame, column, counts, frame[dimension].map(band_of))

    @property
    def totals(self) -> pd.Series[float]:
        """The count of each band, in the order the bands first occur."""
        return self.counts.groupby(self.names, sort=False).sum()

    def show(self, totals: pd.Series[float], hidden: Collection[str]) -> pd.Series[float]:
        """The totals, NaN for the bands that are hidden; that the others are shown is put on record."""
        shown = totals.where(~totals.index.isin(list(hidden)))
        self.disclose(shown.index[shown.notna()])
        return shown

    def disclose(self, shown: Iterable[object]) -> None:
        """Put on record that the sums of these bands are shown, and no others."""
        sealed = sealed_counts.current()
        sealed.use(self.frame)
        for name in shown:
            sealed.disclose(self.frame[self.names == name], self.column)


def bands(
    frame: pd.DataFrame,
    dimension: str,
    band_of: Callable[[str], str],
    *,
    order: Sequence[str] | None = None,
    withhold: bool = False,
) -> pd.DataFrame:
    """Counts of a breakdown added up to broader bands, so that no count of a few children is shown.

    Args:
        frame: Counts of one indicator, area and period, broken down by the dimension.
        dimension: One of the dimensions of an observation, such as ``age``.
        band_of: The band a value of the dimension belongs to.
        order: Bands in order; by default as they first occur.
        withhold: Leave out the values of :func:`withheld_bands` and go on, where a band is that small.

    Returns:
        Columns ``band``, ``value`` (count) and ``share`` (% of all bands); NaN where they are withheld.

    Raises:
        NoDataError: A value is withheld (a sum may not be derived from it), or a band comes to so few
            children that the run's profile withholds it.
        DataError: A value is not a count.
    """
    if dimension not in DIMENSIONS:
        raise DataError(f"no dimension {dimension}", expected="one of " + ", ".join(DIMENSIONS))
    if (frame["unit"] != "count").any():
        raise DataError(f"bands of {dimension} need counts")
    banding = Banding.of(frame, dimension, band_of)
    totals, profile = banding.totals, sealed_counts.current().profile
    if order is not None:
        totals = totals.reindex([name for name in order if name in totals.index])
    if not withhold and profile.is_primary(totals).any():
        raise NoDataError(f"bands of {dimension} are withheld", reason=WITHHELD_HERE)
    shown = banding.show(totals, withheld_parts(totals) if withhold else ())
    shares, _ = profile.percentage(shown, totals.sum(), decimals=UNROUNDED)
    return pd.DataFrame({"band": totals.index, "value": profile.rounded(shown), "share": shares})


def withheld_bands(frame: pd.DataFrame, dimension: str, band_of: Callable[[str], str]) -> set[str]:
    """The bands of an area's breakdown that are not shown, so that no count of a few children can be read.

    Those that come to so few children that the profile withholds them, and others with them, where the count
    could be worked out from the total. Arguments as for :func:`bands`.
    """
    return withheld_parts(sealed_counts.current().counts(frame).groupby(frame[dimension].map(band_of)).sum())


def withheld_parts(totals: pd.Series[float]) -> set[str]:
    """The parts of a total that is shown, or can be added up, which are not shown under the run's profile.

    Args:
        totals: Count by part, all of them known.
    """
    parts = {str(name): float(value) for name, value in totals.items()}
    profile, whole = sealed_counts.current().profile, sum(parts.values())
    if bool(profile.is_primary(whole)):
        return set(parts)
    pattern = suppress({**parts, _ALL: whole}, [Relation(_ALL, tuple(parts))], profile, must_show=(_ALL,))
    if pattern.unprotected:  # as many marks as children: then not even the parts that are zero are shown
        return set(parts)
    return {*pattern.primary, *pattern.secondary} - {_ALL}


def is_small(count: float) -> bool:
    """Whether a count of children is so small that the run's profile withholds it; never for NaN."""
    return float(count).is_integer() and bool(sealed_counts.current().profile.is_primary(count))


def is_few(row: pd.Series) -> bool:
    """Whether an observation is of too few children to be shown under the run's profile.

    One that is withheld here; a small count; a percentage of fewer than ten, or of a small count among fewer
    than a hundred.
    """
    if row.get("withheld"):
        return True
    if row["unit"] != "%":
        return row["unit"] == "count" and is_small(row["value"])
    few = is_small(row["numerator"]) and row["denominator"] < LARGE_WHOLE
    return bool(few or is_small_whole(row["denominator"]))


def is_small_whole(count: float) -> bool:
    """Whether a percentage of so many means nothing and may show a child, under a profile that withholds."""
    return sealed_counts.current().profile.smallest_shown > 1 and count < FEWEST_WHOLE


def is_national(frame: pd.DataFrame) -> bool:
    """Whether all observations are of a country, whose counts are shown as they are."""
    return bool(frame["area_code"].str.startswith(NATIONAL).all())


def hide_few(rows: pd.DataFrame, area_code: str) -> pd.DataFrame:
    """The rows, those of an area that :func:`is_few` without their value, as confidential."""
    few = (rows["area_code"] == area_code).to_numpy(copy=True)
    few[few] = [is_few(row) for _, row in rows[few].iterrows()]
    if not few.any():
        return rows
    hidden = pd.Series(few, index=rows.index)
    parts = {name: rows[name].mask(hidden) for name in ("value", "numerator", "denominator")}
    return rows.assign(status=rows["status"].mask(hidden, "c"), **parts)


def refuse_few(row: pd.Series) -> None:
    """Refuse to show what :func:`is_few`.

    The reason is the same whether a count is small itself or withheld for the sake of one that is.

    Raises:
        NoDataError: It is.
    """
    if is_few(row):
        raise NoDataError(f"{row['observation_id']} is withheld", reason=WITHHELD_HERE)


def refuse_any_few(rows: pd.DataFrame) -> None:
    """Refuse to show observations one of which :func:`is_few`.

    Raises:
        NoDataError: One is.
    """
    for _, row in rows.iterrows():
        refuse_few(row)


def unless_few(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of a series that have a value, unless the newest one is withheld here.

    An older value must not take the place of one that is withheld.

    Args:
        rows: Observations of one area, indicator and breakdown.

    Raises:
        NoDataError: The newest :func:`is_few`.
    """
    decisive = known_or_withheld(rows)
    if len(decisive):
        refuse_few(decisive.sort_values("period_start", kind="stable").iloc[-1])
    return known(rows)


def known_or_withheld(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that have a value, and those whose value is withheld here."""
    return rows[rows["value"].notna() | is_withheld_here(rows)].reset_index(drop=True)


def age_band(limits: Sequence[tuple[str, int]]) -> Callable[[str], str]:
    """A function that puts an age as printed (``7``, ``age 7``) in the first band that reaches up to it.

    Args:
        limits: Pairs of band and highest age in it, youngest first.
    """

    def band_of(age: str) -> str:
        digits = re.search(r"\d+", age)
        for name, highest in limits:
            if digits and int(digits.group()) <= highest:
                return name
        raise DataError(f"age {age!r} belongs to no band", expected=f"an age up to {limits[-1][1]}")

    return band_of
