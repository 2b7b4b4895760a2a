"""Better or worse than England, for what the catalogue says which direction is good of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.catalogue.observations import known
from send_jsna.errors import NoDataError
from send_jsna.evidence.compare import standing_of
from send_jsna.evidence.families import Family
from send_jsna.evidence.measures import STANDING_METHOD, Measure, refuse_chance
from send_jsna.evidence.small_numbers import unless_few
from send_jsna.wording import in_words, joined, sentence_case

if TYPE_CHECKING:
    from send_jsna.figures.records import FigureRecord
    from send_jsna.figures.supplement import Supplement

BETTER, WORSE, SIMILAR = "better than", "worse than", "similar to"
#: Which side of another value is the better one.
_BETTER_SIDE = {"high_good": "above", "low_good": "below"}
METHOD = f"{STANDING_METHOD} Better or worse by the direction the catalogue calls good."
NEUTRAL = "neither direction is good by itself"
NOT_THERE = "not in this edition for England in the same period"


def publish_judgement(measure: Measure) -> FigureRecord | None:
    """Publish how the area is to England, ``<stem>.judged``: ``better than``, ``worse than``, ``similar to``.

    Returns:
        The phrase; None where there is nothing to judge, which is put on record.
    """
    with measure.covering("judged", of=f"{measure.name}, judged against England"):
        own, other = _pair(measure)
        where = f"{measure.supplement.area} judged against {other['area_name']}, {own['period']}"
        return measure.phrase(
            "judged",
            _judged(measure, own, other),
            title=f"{measure.name}: {where}",
            inputs=[own, other],
            method=METHOD,
        )
    return None


def publish_judgements(
    supplement: Supplement, stem: str, measures: Sequence[Measure], *, name: str
) -> FigureRecord | None:
    """Publish how many of several measures are better or worse than England's, and which.

    Figures: the phrase ``<stem>.tally`` (``better than England on two of five, worse on one and similar on
    two``) and the phrases ``<stem>.better`` and ``<stem>.worse``, the names of the measures; where there is
    none, that is put on record.

    Args:
        supplement: The supplement that publishes.
        stem: First parts of the figures' ids.
        measures: What is measured; one that cannot be judged for the area is left out.
        name: What they measure together, as a title says it.
    """
    family = Family(supplement, stem)
    with family.covering(f"{name}, judged against England", "tally", "better", "worse"):
        found: dict[str, list[str]] = {BETTER: [], WORSE: [], SIMILAR: []}
        inputs: list[pd.Series] = []
        for item in measures:
            with item.covering(of=f"{item.name}, judged against England"):
                own, other = _pair(item)
                found[_judged(item, own, other)].append(sentence_case(item.name))
                inputs += [own, other]
        if not inputs:
            for item in measures[:1]:
                _pair(item)  # the reason is that of the first
            raise NoDataError(f"{stem}: nothing to judge", reason=NOT_THERE)
        country = supplement.comparators.country
        about = family.about(
            title=f"{name}: {supplement.area} judged against {country}", inputs=inputs, method=METHOD
        )
        for part, word in (("better", BETTER), ("worse", WORSE)):
            if found[word]:
                about.phrase(part, joined(found[word]))
            else:
                reason = f"no measure is {word} England's"
                family.absent(f"{name}, {word} England's", part, reason=reason)
        return about.phrase(
            "tally", tally_words({key: len(names) for key, names in found.items()}, str(country))
        )
    return None


def tally_words(counts: dict[str, int], country: str) -> str:
    """``better than England on two of five, worse on one and similar on two``, those of none left out."""
    total = sum(counts.values())
    parts = [(word, count) for word, count in counts.items() if count]
    texts = []
    for place, (word, count) in enumerate(parts):
        number = f"{in_words(count)} of {in_words(total)}" if place == 0 else in_words(count)
        number = f"all {in_words(total)}" if count == total > 1 else number
        texts.append(f"{word} {country} on {number}" if place == 0 else f"{word.split()[0]} on {number}")
    return joined(texts)


def _pair(measure: Measure) -> tuple[pd.Series, pd.Series]:
    """The area's newest value and England's of the same period.

    Raises:
        NoDataError: One is missing, few children move the area's by chance, or no direction is good.
    """
    declared = measure.supplement.context.series.get(measure.indicator)
    if declared is None or declared.polarity not in _BETTER_SIDE:
        raise NoDataError(f"{measure.indicator} has no direction that is good", reason=NEUTRAL)
    own = unless_few(measure.observations()).iloc[-1]
    refuse_chance(measure.supplement, own)
    country = measure.supplement.comparators.country
    other = known(measure.stored(area=country, period=str(own["period"])))
    if len(other) != 1:
        raise NoDataError(f"{measure.indicator} has no value of {country}", reason=NOT_THERE)
    return own, other.iloc[0]


def _judged(measure: Measure, own: pd.Series, other: pd.Series) -> str:
    word = standing_of(own, other)
    if word == "similar to":
        return SIMILAR
    declared = measure.supplement.context.series[measure.indicator]
    return BETTER if word == _BETTER_SIDE[declared.polarity] else WORSE
