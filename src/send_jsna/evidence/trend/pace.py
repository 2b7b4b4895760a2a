"""How fast an indicator moved before, during and after an event, without a forecast.

A bulge would slow down once its cause is gone; a lasting rise would not. The average change a year in windows
of equal length says which of the two the published figures look like, and nothing of what comes next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from send_jsna.catalogue.observations import known
from send_jsna.errors import NoDataError
from send_jsna.evidence import compare
from send_jsna.evidence.families import Family
from send_jsna.evidence.measures import Measure, refuse_chance
from send_jsna.evidence.tables import signed
from send_jsna.evidence.trend.growth import yearly_pace
from send_jsna.evidence.yearly import coarsest_rounding, of_periods, years_of

if TYPE_CHECKING:
    from send_jsna.figures.records import FigureRecord
    from send_jsna.figures.supplement import Supplement

VERDICT_METHOD = "A bulge that is passing would show as a slower pace since; see the paces of each measure."
ROUNDED = "The published shares are rounded to one decimal place: small differences may be rounding."


@dataclass(frozen=True)
class Window:
    """A stretch of a series from one period to another, by the part of a figure's id such as ``after``."""

    key: str
    label: str
    first: str
    last: str

    @property
    def heading(self) -> str:
        """Label with its periods."""
        return f"{self.label} ({self.first} to {self.last})"

    @property
    def ends(self) -> tuple[str, str]:
        """First and last period."""
        return self.first, self.last


def publish_pace(
    supplement: Supplement, stem: str, measures: Mapping[str, Measure], windows: tuple[Window, ...]
) -> FigureRecord | None:
    """Publish the average change a year of percentages over windows, for the area, its region and England.

    Figures: ``<stem>.<key>.<window>`` for the area, ``<stem>.<key>.last_vs_<window>`` for each earlier window
    (``faster than``, ``slower than`` or ``about as fast as``), the phrase ``<stem>.verdict`` (see
    :func:`verdict`) and the table ``<stem>.table``. Windows come oldest first.

    Returns:
        The table; None where the area has no value at an end of a window, which is put on record.
    """
    names = " and in ".join(item.name for item in measures.values())
    family = Family(supplement, stem)
    with family.covering(f"pace of change before, during and after the pandemic in {names}", "*"):
        used, words, lines = [], [], []
        for key, item in measures.items():
            rows = item.observations(area="headline")
            ends = known(of_periods(rows, *(end for window in windows for end in window.ends)))
            speeds = yearly_pace(ends, {window.heading: window.ends for window in windows})
            words.append(_publish_speeds(replace(item, stem=family.id(key)), ends, speeds, windows))
            used.append(ends)
            lines.append(_shown(item.name, speeds))
        family.phrase(
            "verdict",
            verdict(words),
            title=f"Whether the rise in {supplement.area} looks like a bulge that is passing",
            inputs=[supplement.own(ends) for ends in used],
            method=VERDICT_METHOD,
        )
        return family.table(
            "table",
            pd.concat(lines),
            title="Average change a year in the share of pupils with SEN, in percentage points",
            inputs=used,
            method="Value at the end of each window less the value at its start, divided by its years.",
            notes=[ROUNDED],
        )
    return None


def _shown(name: str, speeds: pd.DataFrame) -> pd.DataFrame:
    """The paces of one measure as rows of the table, an area each."""
    areas, numbers = speeds["area_name"], speeds.drop(columns=["area_code", "area_name"])
    texts = numbers.map(lambda speed: "x" if pd.isna(speed) else signed(speed, decimals=2))
    return pd.concat([(f"{name}, " + areas).rename("Share of pupils"), texts], axis=1)


def _publish_speeds(
    measure: Measure, ends: pd.DataFrame, speeds: pd.DataFrame, windows: Sequence[Window]
) -> str:
    """Publish the area's paces; returns how the newest is to that of the window before it."""
    supplement, last, words = measure.supplement, windows[-1], ""
    own, mine = supplement.own(ends), supplement.own(speeds)
    refuse_chance(supplement, *(row for _, row in own.iterrows()))
    if len(mine) != 1 or mine.isna().any(axis=None):
        reason = "not in this edition for all the years it takes"
        raise NoDataError(f"{measure.stem}: {supplement.area} lacks an end of a window", reason=reason)
    speed = mine.iloc[0]
    for window in windows:
        measure.number(
            window.key,
            float(speed[window.heading]),
            title=f"{measure.label}: average change a year, {window.first} to {window.last}",
            inputs=of_periods(own, *window.ends),
            method="Value at the end less the value at the start, divided by the years between them.",
            unit="pp",
            decimals=2,
        )
    for window in windows[:-1]:
        words = pace_words(speed[last.heading], speed[window.heading], slack=slack_of(own, last))
        measure.phrase(
            f"last_vs_{window.key}",
            words,
            title=f"{measure.label}: {last.heading} against {window.heading}",
            inputs=of_periods(own, *window.ends, *last.ends),
            method="Average changes a year; about as fast where rounding alone could make the difference.",
        )
    return words


def slack_of(rows: pd.DataFrame, window: Window) -> float:
    """How far the rounding of its two ends can have moved an average change a year over a window."""
    return 2 * coarsest_rounding(rows) / float(np.ptp(years_of(of_periods(rows, *window.ends))))


def pace_words(speed: float, other: float, *, slack: float) -> str:
    """``faster than``, ``slower than`` or ``about as fast as``; see :func:`slack_of`."""
    word = compare.standing(speed, other, tolerance=slack)
    return {"above": "faster than", "below": "slower than", "similar to": "about as fast as"}[word]


def verdict(words: Sequence[str]) -> str:
    """What the newest pace of each measure, in the words of :func:`pace_words`, says of a bulge."""
    if all(word == "slower than" for word in words):
        return "look like a bulge that is passing"
    if any(word == "slower than" for word in words):
        return "give no clear answer: one measure has slowed down and another has not"
    return "do not look like a bulge that is passing"
