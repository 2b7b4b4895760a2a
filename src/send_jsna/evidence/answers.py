"""Answers in words: a section's finding as one sentence each, and how far apart SEN provisions are.

A notebook ends a section with an answer. Typed by hand it would outlive the data; so it is composed here
from the newest values, and says no more than they do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from send_jsna.errors import FigureError
from send_jsna.evidence import compare
from send_jsna.evidence.headlines import STANDING_METHOD, no_value
from send_jsna.evidence.tables import cell
from send_jsna.numerals import format_number
from send_jsna.observations import known
from send_jsna.periods import parse_period

if TYPE_CHECKING:
    from send_jsna.figures import FigureRecord, Supplement

GAP_METHOD = (
    "Distances between published values; wider or narrower where they differ by more than the printed "
    "rounding of all values in them. Chance is not taken into account."
)


def publish_answer(
    supplement: Supplement,
    figure_id: str,
    measures: Mapping[str, tuple[str, Mapping[str, Any]]],
    *,
    since: str | None = None,
    decimals: int | None = None,
) -> FigureRecord:
    """Publish one sentence a measure: newest value, how it stands to England, which way it goes.

    Args:
        supplement: The supplement that publishes.
        figure_id: Id of the phrase.
        measures: Words that begin the sentence, such as ``Babies of low birth weight`` → indicator and
            dimensions.
        since: First period of the movement; by default nothing is said of it.
        decimals: Decimal places; by default those its publisher printed, one at most.

    Returns:
        The phrase, such as ``Babies of low birth weight: 3.5% in 2024, above England (3.0%); has risen
        since 2016.``

    Raises:
        FigureError: The area has no value of a measure, or the figure is refused.
    """
    country = supplement.comparators.country
    sentences: list[str] = []
    used: list[pd.Series] = []
    for words, (indicator, selection) in measures.items():
        rows = known(supplement.observations(indicator, area="headline", **selection))
        own = rows[rows["area_code"] == supplement.area.code].sort_values("period_start", kind="stable")
        if not len(own):
            no_value(supplement, indicator)
        latest = own.iloc[-1]
        used.append(latest)
        parts = [f"{words}: {cell(latest, decimals=decimals)} in {latest['period']}"]
        there = rows[(rows["area_code"] == country.code) & (rows["period"] == latest["period"])]
        if len(there) == 1 and latest["unit"] != "count":
            other = there.iloc[0]
            used.append(other)
            parts.append(
                f", {compare.standing_of(latest, other)} {country} ({cell(other, decimals=decimals)})"
            )
        if since is not None:
            after = own[own["period_start"] >= parse_period(since).start.isoformat()]
            if len(after) > 1:
                used.append(after.iloc[0])
                parts.append(f"; {_moved(after.iloc[0], latest)} since {after.iloc[0]['period']}")
        sentences.append("".join(parts) + ".")
    return supplement.phrase(
        figure_id,
        " ".join(sentences),
        title=f"Answer: {_named(list(measures))}, {supplement.area}",
        inputs=used,
        method=f"Newest published values. {STANDING_METHOD} Risen or fallen by the same rule.",
    )


def publish_gap(
    supplement: Supplement,
    stem: str,
    indicator: str,
    *,
    name: str,
    decimals: int | None = None,
    provisions: Mapping[str, str] | None = None,
    **selection: Any,
) -> None:
    """Publish how far pupils with SEN are from pupils without, here and in England.

    Figures for each provision with a value beside that of pupils without SEN in the area's newest period:
    ``<stem>.<provision>.gap`` (a distance, never negative), ``.side`` (``below``, ``above`` or ``similar
    to``), ``.gap_england``, ``.gap_vs_england`` and ``.gap_vs_place``, which sets the distance between
    provisions in the area against the distance between area and England for pupils of that provision
    (``wider than``, ``narrower than`` or ``about as wide as``).

    Args:
        supplement: The supplement that publishes.
        stem: First parts of the figures' ids.
        indicator: Indicator id with the dimension ``provision``.
        name: What is measured, as it stands in a title.
        decimals: Decimal places; by default the printed ones.
        provisions: Provision code → label; by default EHC plan and SEN support.
        **selection: Other dimensions.

    Raises:
        FigureError: The area has no period with both groups, or a figure is refused.
    """
    chosen = dict(provisions or {"ehc_plan": "EHC plan", "sen_support": "SEN support"})
    rows = known(
        supplement.observations(indicator, area="headline", provision=[*chosen, "no_sen"], **selection)
    )
    area, country = supplement.area, supplement.comparators.country
    published = False
    for code, label in chosen.items():
        own = rows[rows["area_code"] == area.code].pivot_table(
            index="period_start", columns="provision", values="value"
        )
        both = own.reindex(columns=[code, "no_sen"]).dropna()
        if not len(both):
            continue
        published = True
        now = rows[rows["period_start"] == both.index.max()]
        here, rest, there, there_rest = (
            _one(now, place.code, provision) for place in (area, country) for provision in (code, "no_sen")
        )
        assert here is not None
        assert rest is not None
        title = f"{name}: {label} against no identified SEN, {here['period']}"
        supplement.phrase(
            f"{stem}.{code}.side",
            compare.standing_of(here, rest),
            title=f"{title}, {area}",
            inputs=[here, rest],
            method=STANDING_METHOD,
        )
        _number(supplement, f"{stem}.{code}.gap", f"{title}, {area}", here, rest, decimals)
        if there is None or there_rest is None:
            continue
        _number(supplement, f"{stem}.{code}.gap_england", f"{title}, {country}", there, there_rest, decimals)
        for part, pair in {"gap_vs_england": (there, there_rest), "gap_vs_place": (here, there)}.items():
            supplement.phrase(
                f"{stem}.{code}.{part}",
                _wider((here, rest), pair),
                title=f"{title}: distance in {area} against "
                + (f"that in {country}" if part == "gap_vs_england" else f"that from {country}"),
                inputs=[here, rest, *pair],
                method=GAP_METHOD,
            )
    if not published:
        raise FigureError(
            f"{area} has no period of {indicator} with and without SEN", where=f"{supplement.name}.ipynb"
        )


def _named(measures: list[str]) -> str:
    """The first measure, and how many more there are, for a title."""
    more = len(measures) - 1
    return measures[0] if not more else f"{measures[0]} and {compare.in_words(more)} more"


def _wider(pair: tuple[pd.Series, pd.Series], other: tuple[pd.Series, pd.Series]) -> str:
    near, far = (abs(float(a["value"]) - float(b["value"])) for a, b in (pair, other))
    slack, other_slack = (sum(compare.rounding_of(row) for row in rows) for rows in (pair, other))
    word = compare.standing(
        near,
        far,
        interval=(near - slack, near + slack),
        other_interval=(far - other_slack, far + other_slack),
    )
    return {"above": "wider than", "below": "narrower than", "similar to": "about as wide as"}[word]


def _number(
    supplement: Supplement, figure_id: str, title: str, row: pd.Series, rest: pd.Series, decimals: int | None
) -> None:
    distance = abs(float(row["value"]) - float(rest["value"]))
    places = decimals if decimals is not None else (0 if 2 * compare.rounding_of(row) >= 1 else 1)
    unit = "pp" if row["unit"] == "%" else ""
    text = format_number(distance, unit=unit, decimals=places)
    supplement.number(
        figure_id,
        distance,
        title=title,
        inputs=[row, rest],
        method="Distance between the two published values.",
        unit=unit or str(row["unit"]),
        decimals=places,
        shown=text if unit else f"{text} points",
    )


def _moved(first: pd.Series, last: pd.Series) -> str:
    return compare.movement(
        float(first["value"]),
        float(last["value"]),
        first_interval=compare.interval_of(first),
        last_interval=compare.interval_of(last),
        tolerance=max(compare.rounding_of(first), compare.rounding_of(last)),
    )


def _one(rows: pd.DataFrame, area_code: str, provision: str) -> pd.Series | None:
    found = rows[(rows["area_code"] == area_code) & (rows["provision"] == provision)]
    return found.iloc[0] if len(found) == 1 else None
