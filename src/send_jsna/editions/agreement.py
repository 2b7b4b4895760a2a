"""Values that two sources print of one thing, held against each other: every overlapping row.

The suites warn of some pairs beside the figures they feed; here all pairs are compared that the catalogue
declares, with every difference listed. Two printed numbers agree where one number can be rounded to both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from send_jsna.catalogue.agreements import Agreement
from send_jsna.catalogue.observations import DIMENSIONS, KEY
from send_jsna.catalogue.schema import Source

_ON = [name for name in KEY if name != "indicator"]
_FUZZ = 1e-9

#: Columns of the list of differences.
COLUMNS = ("one", "other", *_ON, "value_one", "value_other", "source_one", "source_other")


@dataclass(frozen=True)
class Compared:
    """One pair of indicators, compared.

    Attributes:
        pair: The pair.
        rows: How many rows both have a value of.
        differing: Those that differ by more than their rounding and what is declared, with
            :data:`COLUMNS`; one row each.
    """

    pair: Agreement
    rows: int
    differing: pd.DataFrame

    def line(self) -> str:
        """The outcome in one line."""
        names = f"{self.pair.one} and {self.pair.other}"
        if not self.rows:
            return f"{names}: no row in both"
        beyond = f" and {self.pair.beyond_rounding:g}" if self.pair.beyond_rounding else ""
        differ = f"{len(self.differing):,} differ by more than their rounding{beyond}"
        note = f" ({self.pair.note.rstrip('.')})" if self.pair.note and len(self.differing) else ""
        return f"{names}: {self.rows:,} rows in both, {differ}{note}"

    def lines(self, most: int | None = None) -> list[str]:
        """The differences, one line each: area, period and breakdown, and the two values.

        Args:
            most: How many are given, with a line for the others; None gives all.
        """
        shown = self.differing.head(most) if most is not None else self.differing
        found = []
        for row in shown.to_dict("records"):
            codes = [str(row[name]) for name in DIMENSIONS if row[name]]
            where = ", ".join([str(row["area_code"]), str(row["period"]), *codes])
            found.append(f"{where}: {row['value_one']:,.10g} and {row['value_other']:,.10g}")
        more = len(self.differing) - len(found)
        return [*found, f"and {more:,} more (--all)"] if more else found


def compare(frame: pd.DataFrame, pairs: Iterable[Agreement]) -> list[Compared]:
    """Compare every row that both indicators of a pair have a value of.

    Args:
        frame: Observations as published, with ``decimals``; counts are compared exactly.
        pairs: What is compared.
    """
    by_indicator = dict(list(frame.groupby("indicator")))
    empty = frame.iloc[:0]
    return [
        _compared(by_indicator.get(pair.one, empty), by_indicator.get(pair.other, empty), pair)
        for pair in pairs
    ]


def superseded(found: Iterable[tuple[Source, pd.DataFrame]], units: Mapping[str, str]) -> Iterator[str]:
    """What of values that two sources have under one indicator, of which one is used, differs: a line a pair.

    Args:
        found: Sources with their observations, as read.
        units: Indicator → unit.
    """
    pairs = [(source, frame.assign(unit=frame["indicator"].map(units))) for source, frame in found]
    by_id = {source.id: frame for source, frame in pairs}
    for source, frame in pairs:
        for other in (name for name in source.supersedes if name in by_id):
            both = _side_by_side(frame, by_id[other], list(KEY))
            if len(both):
                differ = int(_apart(both).sum())
                yield (
                    f"{source.id} is used in place of {other} for {len(both):,} values, of which"
                    f" {differ:,} differ by more than their rounding"
                )


def _side_by_side(one: pd.DataFrame, other: pd.DataFrame, on: list[str]) -> pd.DataFrame:
    """The rows both have a value of, with the columns of each marked by where they are from."""
    columns = [*on, "value", "decimals", "unit", "source_id"]
    pair = (frame.loc[frame["value"].notna(), columns] for frame in (one, other))
    return next(pair).merge(next(pair), on=on, suffixes=("_one", "_other"))


def _apart(both: pd.DataFrame, beyond_rounding: float = 0.0) -> pd.Series[bool]:
    """Which rows differ by more than the rounding of both values, and what is allowed beyond."""
    room = sum(_half_a_step(both[f"unit_{side}"], both[f"decimals_{side}"]) for side in ("one", "other"))
    distance = (both["value_one"] - both["value_other"]).abs()
    return distance > room + beyond_rounding + _FUZZ * both["value_one"].abs().clip(lower=1.0)


def _compared(one: pd.DataFrame, other: pd.DataFrame, pair: Agreement) -> Compared:
    both = _side_by_side(one, other, _ON)
    differing = both[_apart(both, pair.beyond_rounding)].rename(
        columns={"source_id_one": "source_one", "source_id_other": "source_other"}
    )
    differing = differing.assign(one=pair.one, other=pair.other)[list(COLUMNS)]
    return Compared(pair, len(both), differing.sort_values(_ON, kind="stable").reset_index(drop=True))


def _half_a_step(units: pd.Series[str], decimals: pd.Series[float]) -> pd.Series[float]:
    """Half a unit of the last printed decimal; nothing for counts, which are not rounded."""
    return pd.Series(
        np.where(units == "count", 0.0, 0.5 * 10.0 ** -decimals.fillna(0)), index=units.index, dtype="float64"
    )
