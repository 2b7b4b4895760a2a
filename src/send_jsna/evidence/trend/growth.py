"""How far and how fast an indicator has moved: since a base year, in the last year, and year after year.

``headlines`` says where an area is; this module says where it is going, in the same voice: each call
publishes a small family of figures under one stem, so that every chapter words growth alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.catalogue.observations import known
from send_jsna.errors import NoDataError
from send_jsna.evidence import compare, series_changes
from send_jsna.evidence.measures import MOVEMENT_METHOD, Measure, refuse_chance
from send_jsna.evidence.small_numbers import refuse_any_few, unless_few
from send_jsna.evidence.tables import signed
from send_jsna.evidence.usefulness import refuse_crossing
from send_jsna.wording import in_words, sentence_case, with_article

if TYPE_CHECKING:
    from send_jsna.figures.records import FigureRecord

#: Why there is no percentage change.
FROM_ZERO = "no percentage change from zero"

PACE_METHOD = (
    "Percentage change of the area against that of the other area between the same two periods; about as "
    "fast where the two could be equal before the published values were rounded."
)


def publish_growth(
    measure: Measure, *, base: str | None = None, decimals: int | None = None, compared: bool = True
) -> FigureRecord | None:
    """Publish the change of a measure since a base period, for the area, its region and England.

    Figures: ``<stem>.base``, ``.base_period``, ``.change`` (in the indicator's unit; percentage points for a
    percentage) and ``.change_pct``; where they have values in the same two periods, ``.england_change`` and
    ``.england_change_pct``, ``.region_change`` and ``.region_change_pct``, and the phrases
    ``.growth_vs_england`` and ``.growth_vs_region`` (``faster than``, ``more slowly than``, ``about as fast
    as``).

    Args:
        measure: What is measured.
        base: Base period; by default the area's earliest.
        decimals: Decimal places of values and differences; by default the printed ones.
        compared: Whether to publish the changes of region and England too.

    Returns:
        The percentage change of the area; None where there is none, which is put on record.
    """
    parts = ["base", "base_period", "change", "change_pct"]
    for place in ("england", "region"):
        parts += [f"{place}_change", f"{place}_change_pct"]
    parts += ["growth_vs_england", "growth_vs_region"]
    with measure.covering(*parts, of=f"change in {sentence_case(measure.name)}"):
        rows = measure.observations(area="headline")
        own = series_changes.change_since(unless_few(measure.supplement.own(rows)), base)
        refuse_any_few(own.rows)
        refuse_crossing(measure.supplement, measure.indicator, measure.breaks, own.rows)
        places = _decimals(own.rows, decimals)
        measure.value("base", own.rows.iloc[0], decimals=places, interval=False)
        measure.period("base_period", own.rows.iloc[0], what="Base period of the change")
        published = _publish_change(measure, "", own, measure.label, places)
        for part, other in measure.larger_places.items() if compared else ():
            theirs = rows[rows["area_code"] == other.code]
            _publish_other(measure, part, own, theirs, places)
        return published
    return None


def _publish_other(
    measure: Measure, part: str, own: series_changes.Change, rows: pd.DataFrame, places: int
) -> None:
    """The change of region or England between the same two periods, and how the area's is to it."""
    supplement, other = measure.supplement, measure.larger_places[part]
    parts = (f"{part}_change", f"{part}_change_pct", f"growth_vs_{part}")
    title = f"change in {sentence_case(measure.name)}"
    same = known(rows[rows["period"].isin([own.first_period, own.last_period])])
    if len(same) < 2:
        reason = f"not in this edition for {with_article(other.name)} in the same two periods"
        measure.absent(*parts, reason=reason, of=title)
        return
    with measure.covering(*parts, of=title):
        refuse_chance(supplement, *(row for _, row in own.rows.iterrows()))
        theirs = series_changes.change_since(same, own.first_period)
        _publish_change(measure, f"{part}_", theirs, f"{measure.name}, {other}", places)
        measure.phrase(
            f"growth_vs_{part}",
            pace(own, theirs),
            title=f"{measure.name}: growth in {supplement.area} against {other} since {own.first_period}",
            inputs=[own.rows, theirs.rows],
            method=PACE_METHOD,
        )


def _publish_change(
    measure: Measure, prefix: str, change: series_changes.Change, label: str, places: int
) -> FigureRecord | None:
    """The difference and the percentage change of one area."""
    unit, span = str(change.rows["unit"].iloc[0]), f"{change.first_period} to {change.last_period}"
    measure.number(
        f"{prefix}change",
        change.difference,
        title=f"{label}: change from {span}",
        inputs=change.rows,
        method="Newest value less the value of the base period.",
        unit=_difference_unit(unit),
        decimals=places,
    )
    with measure.covering(f"{prefix}change_pct", of=f"percentage change in {sentence_case(label)}"):
        return measure.number(
            f"{prefix}change_pct",
            change.percent,
            title=f"{label}: percentage change from {span}",
            inputs=change.rows,
            method="Newest value less the value of the base period, as a percentage of the latter.",
            unit="%",
            decimals=1,
        )
    return None


def publish_last_step(measure: Measure, *, decimals: int | None = None) -> FigureRecord | None:
    """Publish what a measure of the area did in its last period, and for how long it has gone that way.

    Figures: ``<stem>.previous``, ``.previous_period``, ``.step`` (with its sign), ``.step_movement`` (``has
    risen``) and ``.streak`` (``has risen four years running``).

    Returns:
        The phrase ``.streak``; None where the area has fewer than two values, which is put on record.
    """
    parts = ("previous", "previous_period", "step", "step_movement", "streak")
    with measure.covering(*parts, of=f"change in {sentence_case(measure.name)}"):
        rows = unless_few(measure.observations())
        step = series_changes.latest_change(rows)
        refuse_any_few(step.rows)
        way, length, run = series_changes.streak(rows)
        refuse_crossing(measure.supplement, measure.indicator, measure.breaks, run)
        unit, places = _difference_unit(str(step.rows["unit"].iloc[0])), _decimals(step.rows, decimals)
        measure.value("previous", step.rows.iloc[0], decimals=places, interval=False)
        measure.period("previous_period", step.rows.iloc[0], what="Last period but one")
        span = f"from {step.first_period} to {step.last_period}"
        measure.number(
            "step",
            step.difference,
            title=f"{measure.label}: change {span}",
            inputs=step.rows,
            method="Newest value less the one before it.",
            unit=unit,
            decimals=places,
            shown=signed(step.difference, unit=unit, decimals=places),
        )
        measure.phrase(
            "step_movement",
            compare.moved(step.rows.iloc[0], step.rows.iloc[1]),
            title=f"{measure.label}: direction {span}",
            inputs=step.rows,
            method=MOVEMENT_METHOD,
        )
        return measure.phrase(
            "streak",
            streak_words(way, length),
            title=f"{measure.label}: periods in a row in one direction, to {step.last_period}",
            inputs=run,
            method="Published values, each against the one before it; counted back from the newest.",
        )
    return None


def pace(own: series_changes.Change, other: series_changes.Change) -> str:
    """Whether one change is, in percent, faster than another, given what rounding may hide.

    Returns:
        ``faster than``, ``more slowly than`` or ``about as fast as``.
    """
    word = compare.standing(
        own.percent, other.percent, interval=percent_range(own), other_interval=percent_range(other)
    )
    return {"above": "faster than", "below": "more slowly than", "similar to": "about as fast as"}[word]


def percent_range(change: series_changes.Change) -> tuple[float, float]:
    """Smallest and largest percentage change that the printed rounding of the two values allows."""
    first, last = (compare.rounding_of(row) for _, row in change.rows.iterrows())
    if change.first - first <= 0:
        raise NoDataError(
            f"no percentage change from a value that may be zero in {change.first_period}",
            reason=FROM_ZERO,
        )
    low = 100 * ((change.last - last) / (change.first + first) - 1)
    high = 100 * ((change.last + last) / (change.first - first) - 1)
    return low, high


def streak_words(way: series_changes.Direction, length: int) -> str:
    """A streak in words: ``has risen four years running``, ``fell in the last year``."""
    if way == "level":
        return "did not change in the last year" if length == 1 else "has stayed level"
    if length == 1:
        return {"up": "rose in the last year", "down": "fell in the last year"}[way]
    verb = {"up": "risen", "down": "fallen"}[way]
    return f"has {verb} {in_words(length)} years running"


def index_to(frame: pd.DataFrame, base: str) -> pd.DataFrame:
    """Each area's series as a percentage of its own value in a base period, which becomes 100.

    Args:
        frame: Observations of one indicator and breakdown; areas without a value in the base are left out.
        base: Base period.

    Returns:
        The rows with a value, whose ``value`` is the index; ``status`` and ids are kept.
    """
    rows = known(frame)
    start = rows[rows["period"] == base].set_index("area_code")["value"]
    kept = rows[rows["area_code"].isin(start.index[start > 0])].reset_index(drop=True)
    if kept.empty:
        raise NoDataError(f"no area has a value in {base}", reason=f"no value for {base} to begin with")
    return kept.assign(value=100 * kept["value"] / kept["area_code"].map(start), unit="index")


def yearly_pace(frame: pd.DataFrame, windows: Mapping[str, tuple[str, str]]) -> pd.DataFrame:
    """Average change a year, in the unit of the values, over each of several windows.

    Args:
        frame: Observations of one indicator and breakdown, one value an area and period.
        windows: Heading → first and last period of the window.

    Returns:
        ``area_code``, ``area_name`` and one column of numbers a window; NaN where an end has no value.
    """
    rows = known(frame)
    wide = rows.pivot(index="area_code", columns="period", values="value")
    starts = rows.drop_duplicates("period").set_index("period")["period_start"]
    names = rows.drop_duplicates("area_code").set_index("area_code")["area_name"]
    out = pd.DataFrame({"area_code": names.index, "area_name": names.to_numpy()})
    for heading, (first, last) in windows.items():
        if first not in wide or last not in wide:
            out[heading] = float("nan")
            continue
        years = int(starts[last][:4]) - int(starts[first][:4])
        out[heading] = ((wide[last] - wide[first]) / years).reindex(out["area_code"]).to_numpy()
    return out


def _difference_unit(unit: str) -> str:
    return "pp" if unit == "%" else unit


def _decimals(rows: pd.DataFrame, asked: int | None) -> int:
    """Decimals to show a change in: those asked for, else those of the finer of the published values."""
    if asked is not None:
        return asked
    if (rows["unit"] == "count").all():
        return 0
    decimals = rows["decimals"].dropna()
    return int(decimals.max()) if len(decimals) else 1
