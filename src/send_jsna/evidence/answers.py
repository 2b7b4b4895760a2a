"""Answers in words: a section's finding as one sentence each, and how far apart SEN provisions are.

A notebook ends a section with an answer. Typed by hand it would outlive the data; so it is composed here
from the newest values, and says no more than they do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from send_jsna.catalogue.observations import WITHHELD_HERE, is_withheld_here, known
from send_jsna.catalogue.periods import parse_period
from send_jsna.errors import NoDataError
from send_jsna.evidence import compare
from send_jsna.evidence.headlines import STANDING_METHOD, is_chance, refuse_chance, standing
from send_jsna.evidence.small_numbers import is_few
from send_jsna.evidence.tables import cell
from send_jsna.wording import format_number, in_words, sentence_case

if TYPE_CHECKING:
    from send_jsna.figures.records import FigureRecord
    from send_jsna.figures.supplement import Supplement

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
) -> FigureRecord | None:
    """Publish one sentence a measure: newest value, how it stands to England, which way it goes.

    Args:
        supplement: The supplement that publishes.
        figure_id: Id of the phrase.
        measures: Words that begin the sentence, such as ``Babies of low birth weight`` → indicator and
            dimensions.
        since: First period of the movement; by default nothing is said of it.
        decimals: Decimal places; by default those its publisher printed, one at most.

    A measure the area has no value of is left out, and put on record.

    Returns:
        The phrase, such as ``Babies of low birth weight: 3.5% in 2024, above England (3.0%); has risen
        since 2016.``; None where the area has no value of any measure.
    """
    title = f"answer on {sentence_case(_named(list(measures)))}"
    with supplement.covering(title, figure_id):
        return _answer(supplement, figure_id, measures, since, decimals)
    return None


def _answer(
    supplement: Supplement,
    figure_id: str,
    measures: Mapping[str, tuple[str, Mapping[str, Any]]],
    since: str | None,
    decimals: int | None,
) -> FigureRecord:
    country = supplement.comparators.country
    sentences: list[str] = []
    used: list[pd.Series] = []
    for words, (indicator, selection) in measures.items():
        rows = known(supplement.held(indicator, area="headline", **selection))
        own = supplement.own(rows).sort_values("period_start", kind="stable")
        if own.empty or is_few(own.iloc[-1]):
            continue
        latest = own.iloc[-1]
        used.append(latest)
        parts = [f"{words}: {cell(latest, decimals=decimals)} in {latest['period']}"]
        there = rows[(rows["area_code"] == country.code) & (rows["period"] == latest["period"])]
        if len(there) == 1 and latest["unit"] != "count":
            other = there.iloc[0]
            used.append(other)
            parts.append(
                f", {standing(supplement, latest, other)} {country} ({cell(other, decimals=decimals)})"
            )
        if since is not None:
            after = own[own["period_start"] >= parse_period(since).start.isoformat()]
            if len(after) > 1 and not is_chance(supplement, after.iloc[0], latest):
                used.append(after.iloc[0])
                parts.append(f"; {_moved(after.iloc[0], latest)} since {after.iloc[0]['period']}")
        sentences.append("".join(parts) + ".")
    if not sentences:
        supplement.observations([indicator for indicator, _ in measures.values()])
        raise NoDataError(f"{figure_id}: no measure has a value")
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

    A provision without a period with both groups is put on record.
    """
    chosen = dict(provisions or {"ehc_plan": "EHC plan", "sen_support": "SEN support"})
    for code, label in chosen.items():
        parts = ("gap", "side", "gap_england", "gap_vs_england", "gap_vs_place")
        title = f"{name}, {label} against no identified SEN"
        with supplement.covering(title, *(f"{stem}.{code}.{part}" for part in parts)):
            rows = supplement.observations(
                indicator, area="headline", provision=[code, "no_sen"], **selection
            )
            own = supplement.own(rows)
            if is_withheld_here(own[own["period_start"] == own["period_start"].max()]).any():
                raise NoDataError(f"{name}, {label}: newest value withheld", reason=WITHHELD_HERE)
            _publish_gap(supplement, f"{stem}.{code}", known(rows), code, f"{name}: {label}", decimals)


def _publish_gap(
    supplement: Supplement, stem: str, rows: pd.DataFrame, code: str, name: str, decimals: int | None
) -> None:
    """The distances of one provision in the area's newest period with both groups."""
    area, country = supplement.area, supplement.comparators.country
    both = supplement.own(rows).pivot_table(index="period_start", columns="provision", values="value")
    both = both.reindex(columns=[code, "no_sen"]).dropna()
    if not len(both):
        raise NoDataError(
            f"{area} has no period with and without SEN",
            reason="not published for pupils with and without SEN",
        )
    now = rows[rows["period_start"] == both.index.max()]
    here, rest, there, there_rest = (
        _one(now, place.code, provision) for place in (area, country) for provision in (code, "no_sen")
    )
    assert here is not None
    assert rest is not None
    refuse_chance(supplement, here, rest)
    title = f"{name} against no identified SEN, {here['period']}"
    supplement.phrase(
        f"{stem}.side",
        compare.standing_of(here, rest),
        title=f"{title}, {area}",
        inputs=[here, rest],
        method=STANDING_METHOD,
    )
    _number(supplement, f"{stem}.gap", f"{title}, {area}", here, rest, decimals)
    if there is None or there_rest is None:
        ids = [f"{stem}.{part}" for part in ("gap_england", "gap_vs_england", "gap_vs_place")]
        supplement.absent(name, *ids, reason=f"not published for {country} in the same period")
        return
    _number(supplement, f"{stem}.gap_england", f"{title}, {country}", there, there_rest, decimals)
    for part, pair in {"gap_vs_england": (there, there_rest), "gap_vs_place": (here, there)}.items():
        supplement.phrase(
            f"{stem}.{part}",
            _wider((here, rest), pair),
            title=f"{title}: distance in {area} against "
            + (f"that in {country}" if part == "gap_vs_england" else f"that from {country}"),
            inputs=[here, rest, *pair],
            method=GAP_METHOD,
        )


def _named(measures: list[str]) -> str:
    """The first measure, and how many more there are, for a title."""
    more = len(measures) - 1
    return measures[0] if not more else f"{measures[0]} and {in_words(more)} more"


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
