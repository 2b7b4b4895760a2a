"""How fast an indicator moved before, during and after an event, without a forecast.

A bulge would slow down once its cause is gone; a lasting rise would not. The average change a year in windows
of equal length says which of the two the published figures look like, and nothing of what comes next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.catalogue.observations import known
from send_jsna.errors import NoDataError
from send_jsna.evidence import compare
from send_jsna.evidence.measures import Measure, refuse_chance
from send_jsna.evidence.tables import signed
from send_jsna.evidence.trend.growth import yearly_pace

if TYPE_CHECKING:
    from send_jsna.figures.records import FigureRecord
    from send_jsna.figures.supplement import Supplement


@dataclass(frozen=True)
class Window:
    """A stretch of a series.

    Attributes:
        key: Part of a figure's id, such as ``after``.
        label: What a reader calls it.
        first: First period.
        last: Last period.
    """

    key: str
    label: str
    first: str
    last: str

    @property
    def heading(self) -> str:
        """Label with its periods."""
        return f"{self.label} ({self.first} to {self.last})"


def publish_pace(
    supplement: Supplement,
    stem: str,
    measures: Mapping[str, Measure],
    windows: tuple[Window, ...],
) -> FigureRecord | None:
    """Publish the average change a year of percentages over windows, for the area, its region and England.

    Figures: ``<stem>.<key>.<window>`` for the area, ``<stem>.<key>.last_vs_<window>`` for each earlier window
    (``faster than``, ``slower than`` or ``about as fast as``), the phrase ``<stem>.verdict`` (see
    :func:`verdict`) and the table ``<stem>.table``.

    Args:
        supplement: The supplement that publishes.
        stem: First parts of the figures' ids.
        measures: Key → what is measured, a percentage.
        windows: Windows, oldest first.

    Returns:
        The table; None where the area has no value at an end of a window, which is put on record.
    """
    names = " and in ".join(item.name for item in measures.values())
    with supplement.covering(f"pace of change before, during and after the pandemic in {names}", f"{stem}.*"):
        return _pace(supplement, stem, measures, windows)
    return None


def _pace(
    supplement: Supplement,
    stem: str,
    measures: Mapping[str, Measure],
    windows: tuple[Window, ...],
) -> FigureRecord:
    used: list[pd.DataFrame] = []
    lines: list[list[str]] = []
    words: list[str] = []
    for key, item in measures.items():
        rows = item.observations(area="headline")
        ends = known(rows[rows["period"].isin([end for w in windows for end in (w.first, w.last)])])
        speeds = yearly_pace(ends, {window.key: (window.first, window.last) for window in windows})
        words.append(_publish_speeds(supplement, f"{stem}.{key}", item.name, ends, speeds, windows))
        for _, line in speeds.iterrows():
            texts = ["x" if pd.isna(line[w.key]) else signed(line[w.key], decimals=2) for w in windows]
            lines.append([f"{item.name}, {line['area_name']}", *texts])
        used.append(ends)
    supplement.phrase(
        f"{stem}.verdict",
        verdict(words),
        title=f"Whether the rise in {supplement.area} looks like a bulge that is passing",
        inputs=[rows[rows["area_code"] == supplement.area.code] for rows in used],
        method="A bulge that is passing would show as a slower pace since; see the paces of each measure.",
    )
    return supplement.table(
        f"{stem}.table",
        pd.DataFrame(lines, columns=["Share of pupils", *(window.heading for window in windows)]),
        title="Average change a year in the share of pupils with SEN, in percentage points",
        inputs=used,
        method="Value at the end of each window less the value at its start, divided by its years.",
        notes=["The published shares are rounded to one decimal place: small differences may be rounding."],
    )


def pace_words(speed: float, other: float, *, slack: float) -> str:
    """``faster than``, ``slower than`` or ``about as fast as``.

    Args:
        speed: Average change a year.
        other: That of the window it is held against.
        slack: How far rounding can have moved either.
    """
    word = compare.standing(speed, other, tolerance=slack)
    return {"above": "faster than", "below": "slower than", "similar to": "about as fast as"}[word]


def verdict(words: list[str]) -> str:
    """What the newest pace of each measure, against the window before, says of a bulge.

    Args:
        words: One of the wordings of :func:`pace_words` a measure.
    """
    if all(word == "slower than" for word in words):
        return "look like a bulge that is passing"
    if any(word == "slower than" for word in words):
        return "give no clear answer: one measure has slowed down and another has not"
    return "do not look like a bulge that is passing"


def _publish_speeds(
    supplement: Supplement,
    stem: str,
    name: str,
    ends: pd.DataFrame,
    speeds: pd.DataFrame,
    windows: tuple[Window, ...],
) -> str:
    """Publish the area's paces; returns how the newest stands to the window before it."""
    own = ends[ends["area_code"] == supplement.area.code]
    refuse_chance(supplement, *(row for _, row in own.iterrows()))
    mine = speeds[speeds["area_code"] == supplement.area.code]
    if len(mine) != 1 or mine[[window.key for window in windows]].isna().any(axis=None):
        raise NoDataError(
            f"{stem}: {supplement.area} lacks an end of a window",
            reason="not published for all the years it takes",
            where=f"{supplement.name}.ipynb",
        )
    speed = {window.key: float(mine[window.key].iloc[0]) for window in windows}
    for window in windows:
        supplement.number(
            f"{stem}.{window.key}",
            speed[window.key],
            title=f"{name}, {supplement.area}: average change a year, {window.first} to {window.last}",
            inputs=own[own["period"].isin([window.first, window.last])],
            method="Value at the end less the value at the start, divided by the years between them.",
            unit="pp",
            decimals=2,
        )
    last, said = windows[-1], ""
    for window in windows[:-1]:
        both = (window.first, window.last, last.first, last.last)
        said = pace_words(speed[last.key], speed[window.key], slack=_slack(own, last))
        supplement.phrase(
            f"{stem}.last_vs_{window.key}",
            said,
            title=f"{name}, {supplement.area}: {last.heading} against {window.heading}",
            inputs=own[own["period"].isin(both)],
            method="Average changes a year; about as fast where rounding alone could make the difference.",
        )
    return said


def _slack(rows: pd.DataFrame, window: Window) -> float:
    """How far the rounding of its two ends can have moved an average change a year over a window."""
    starts = rows.set_index("period")["period_start"]
    years = int(starts[window.last][:4]) - int(starts[window.first][:4])
    return 2 * max(compare.rounding_of(row) for _, row in rows.iterrows()) / years
