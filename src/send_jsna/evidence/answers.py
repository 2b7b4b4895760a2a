"""Answers in words: a section's finding, one sentence a measure.

A notebook ends a section with an answer. Typed by hand it would outlive the data; so it is composed here
from the newest values, and says no more than they do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.catalogue.observations import known
from send_jsna.errors import NoDataError
from send_jsna.evidence import compare, yearly
from send_jsna.evidence.measures import STANDING_METHOD, Measure, is_chance, standing
from send_jsna.evidence.small_numbers import is_few
from send_jsna.evidence.tables import cell, only
from send_jsna.evidence.usefulness import crosses_coverage
from send_jsna.wording import in_words, sentence_case

if TYPE_CHECKING:
    from send_jsna.figures.records import FigureRecord
    from send_jsna.figures.supplement import Supplement

_FIGURE = re.compile(r"\{([^{}]+)\}")


def publish_answer(
    supplement: Supplement,
    figure_id: str,
    measures: Sequence[Measure],
    *,
    since: str = "",
) -> FigureRecord | None:
    """Publish one sentence a measure: newest value, how it is to England, which way it goes.

    A measure the area has no value of is left out.

    Args:
        supplement: The supplement that publishes.
        figure_id: Id of the phrase.
        measures: What is measured; each name begins a sentence.
        since: First period of the movement; by default nothing is said of it.

    Returns:
        The phrase, such as ``Babies of low birth weight: 3.5% in 2024, above England (3.0%); has risen
        since 2016.``; None where the area has no value of any measure, which is put on record.
    """
    names = measures[0].name
    if more := len(measures) - 1:
        names += f" and {in_words(more)} more"
    with supplement.covering(f"answer on {sentence_case(names)}", figure_id):
        found = [said for item in measures if (said := _sentence(item, since))]
        if not found:
            supplement.observations([item.indicator for item in measures])
            raise NoDataError(f"{figure_id}: no measure has a value")
        return supplement.phrase(
            figure_id,
            " ".join(sentence for sentence, _ in found),
            title=f"Answer: {names}, {supplement.area}",
            inputs=[row for _, rows in found for row in rows],
            method=f"Newest published values. {STANDING_METHOD} Risen or fallen by the same rule.",
        )
    return None


def _sentence(measure: Measure, since: str) -> tuple[str, list[pd.Series]] | None:
    """What is said of one measure, and the observations it was made from; None where there is no value."""
    supplement, country = measure.supplement, measure.supplement.comparators.country
    rows = known(measure.stored(area="headline"))
    own = supplement.own(rows).sort_values("period_start", kind="stable")
    if own.empty or is_few(own.iloc[-1]):
        return None
    latest = own.iloc[-1]
    used, text = [latest], f"{measure.name}: {cell(latest)} in {latest['period']}"
    there = rows[(rows["area_code"] == country.code) & (rows["period"] == latest["period"])]
    if len(there) == 1 and latest["unit"] != "count":
        other = there.iloc[0]
        used.append(other)
        text += f", {standing(supplement, latest, other)} {country} ({cell(other)})"
    if since:
        after = yearly.since(own, since)
        is_whole = not crosses_coverage(supplement, measure.indicator, measure.breaks, after)
        if len(after) > 1 and is_whole and not is_chance(supplement, after.iloc[0], latest):
            used.append(after.iloc[0])
            text += f"; {compare.moved(after.iloc[0], latest)} since {after.iloc[0]['period']}"
    return f"{text}.", used


def answer(supplement: Supplement, *sentences: str) -> None:
    """Answer a notebook's question in words made of figures that are published already.

    A sentence is left out where one of its figures is not published for the area; where all are, the reason
    is given instead. Nothing is published: what is shown is the figures' own text.

    Args:
        supplement: The supplement that publishes.
        *sentences: Sentences with the ids of figures in braces, such as ``{ehcp.share.latest} have a plan.``

    Raises:
        NotebookError: A figure is neither published nor put on record as missing.
    """
    supplement.show_text(f"**Answer.** {answer_text(supplement, *sentences)}")


def answer_text(supplement: Supplement, *sentences: str) -> str:
    """The words of :func:`answer`."""
    found, reasons = [], []
    for sentence in sentences:
        try:
            found.append(_FIGURE.sub(lambda match: supplement.shown(match[1]), sentence))
        except NoDataError as error:
            reasons.append(error.reason)
    if found:
        return " ".join(found)
    return f"None can be given here: {'; '.join(dict.fromkeys(reasons))}."


def publish_agreement(first: Measure, second: Measure, figure_id: str, *, tolerance: float) -> None:
    """Publish whether two documents print the same: ``agree with each other`` or ``do not agree ...``.

    Args:
        first: What one document prints.
        second: What the other prints of the same thing.
        figure_id: Id of the phrase.
        tolerance: Half of the last printed place, in the unit of the values.
    """
    with first.supplement.covering(first.name, figure_id):
        rows = [only(item.observations(period="latest")) for item in (first, second)]
        same = compare.standing(rows[0]["value"], rows[1]["value"], tolerance=tolerance) == "similar to"
        first.supplement.phrase(
            figure_id,
            "agree with each other" if same else "do not agree with each other",
            title="Whether the two printed shares of good and outstanding schools agree",
            inputs=rows,
            method="The same where they could be equal before they were rounded to whole per cent.",
        )
