"""Whether the area's children have more complex needs than those of its statistical neighbours.

What counts as complex, and which measure decides, were fixed before the neighbours' figures were looked at;
see :mod:`send_jsna.evidence.send.complex_needs` for the measures. That a small area's few plans are no
evidence against was added after. The need recorded in the plan decides. The other measures depend on what an
authority offers as well as on need: they can bear the first out or contradict it, but not take its place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd

from send_jsna.errors import NoDataError
from send_jsna.evidence import compare, tables
from send_jsna.evidence.benchmark.against_neighbours import (
    FEWER,
    MEASURE_METHOD,
    NeighbourReading,
    Word,
    read,
    share_text,
)
from send_jsna.evidence.families import Family
from send_jsna.evidence.send.complex_needs import SIGNS, ComplexitySign, counted, difference_text
from send_jsna.evidence.small_numbers import WITHHELD_IN_PART
from send_jsna.figures import charts
from send_jsna.statistics.benchmarking import adjusted_p
from send_jsna.wording import format_number, joined, sentence_case

if TYPE_CHECKING:
    from send_jsna.figures.records import FigureRecord
    from send_jsna.figures.supplement import Supplement

Outcome = Literal["supported", "not supported", "cannot be told"]

ANSWER_METHOD = (
    "What decides was fixed before the neighbours' figures were looked at. Complex primary needs (profound "
    "and multiple learning difficulty, severe learning difficulty, multi-sensory impairment, as far as "
    "counts are shown) decide; "
    "special school placements, long residential placements and plans of children under five can only bear "
    "out or contradict. "
    "Supported: more complex needs, and no other measure is less. Not supported: no measure is more, and the "
    "interval of complex needs leaves no room for a share half as large again as the neighbours'. "
    "Cannot be told: anything else. " + MEASURE_METHOD
)
OUTCOMES: dict[Outcome, str] = {
    "supported": "is supported",
    "not supported": "is not supported",
    "cannot be told": "can be neither supported nor refused",
}


def conclude(words: Mapping[str, Word], *, precise: bool = True) -> Outcome:
    """The answer, by the rule of :data:`ANSWER_METHOD`.

    Args:
        words: What each measure shows, by its key; ``needs`` decides.
        precise: Whether the interval of ``needs`` leaves no room for an excess that matters.
    """
    others = [word for key, word in words.items() if key != "needs"]
    if "needs" not in words:
        return "cannot be told"
    if words["needs"] == "more" and "less" not in others:
        return "supported"
    if "more" not in words.values() and precise:
        return "not supported"
    return "cannot be told"


def why(words: Mapping[str, Word], *, precise: bool = True) -> str:
    """What the answer rests on, as a clause."""
    answer = conclude(words, precise=precise)
    if answer == "supported":
        return "plans for complex needs are a larger part here, and no other sign contradicts it"
    if answer == "not supported":
        return "no sign points that way"
    if "needs" not in words:
        return "the needs themselves cannot be counted"
    return "the signs point different ways" if "more" in words.values() else "the plans are too few to tell"


# -- publishing -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SignReading:
    """What a sign of complexity shows of the area.

    Attributes:
        sign: The sign.
        reading: The area's share and those of its neighbours.
        word: Whether the area has more, less, or no clear difference.
    """

    sign: ComplexitySign
    reading: NeighbourReading
    word: Word

    @property
    def inputs(self) -> list[pd.DataFrame]:
        """The observations of the area and of its neighbours."""
        return [self.reading.own.rows, self.reading.pooled.rows]

    @property
    def cells(self) -> list[str]:
        """The sign's row of a table."""
        reading, all_neighbours = self.reading, len(self.reading.neighbours)
        return [
            self.sign.name,
            share_text(reading.own),
            share_text(reading.pooled),
            difference_text(reading.difference, reading.limits),
            f"{reading.above} of {all_neighbours}",
            f"{reading.below} of {all_neighbours}",
            self.word.capitalize(),
        ]

    @property
    def summary(self) -> str:
        """The sign in a few words, with the two shares."""
        shares = (self.reading.own, self.reading.pooled)
        own, other = (format_number(part.percent, unit="%") for part in shares)
        return f"{self.sign.name}: {self.word} ({own} against {other})"


def publish_complexity(supplement: Supplement, stem: str) -> FigureRecord | None:
    """Publish whether more complex needs than among the statistical neighbours are borne out.

    Figures for each measure that can be taken (``needs``, ``special``, ``residential``, ``under_fives``):
    ``<stem>.<measure>.latest``, ``.neighbours``, ``.difference``, ``.place`` and ``.word`` (``more``,
    ``less`` or ``no clear difference``); ``<stem>.needs.counted`` (which needs); the table
    ``<stem>.table``, the chart ``<stem>.chart`` of complex needs, and the answer ``<stem>.answer`` with the
    phrases ``<stem>.why`` and ``<stem>.because``.

    Returns:
        The answer; None where no measure can be taken, which is put on record.
    """
    family, readings = Family(supplement, stem), []
    for sign in SIGNS:
        with family.covering(f"{sign.name}, against neighbours", f"{sign.key}.*"):
            readings.append((sign, _reading(supplement, sign)))
    with family.covering("whether needs are more complex than among neighbours", "*"):
        if not readings:
            raise NoDataError("no measure of complexity can be taken", reason=FEWER)
        adjusted = adjusted_p([reading.p for _, reading in readings])
        found = [
            SignReading(sign, reading, reading.word(float(p)))
            for (sign, reading), p in zip(readings, adjusted, strict=True)
        ]
        for item in found:
            _publish_sign(Family(supplement, f"{stem}.{item.sign.key}"), item)
        family = family.about(inputs=[rows for item in found for rows in item.inputs])
        needs = next((item for item in found if item.sign.key == "needs"), None)
        counted_needs = _counted_words(supplement) if needs is not None else ""
        _publish_table(family, found, counted_needs)
        if needs is not None:
            family.phrase(
                "needs.counted",
                counted_needs,
                title="Primary needs counted as complex",
                inputs=needs.reading.own.rows,
                method="Those of the three whose counts are shown for the area and most of its neighbours.",
            )
            _publish_chart(family, needs)
        return _publish_answer(family, found, needs)
    return None


def _reading(supplement: Supplement, sign: ComplexitySign) -> NeighbourReading:
    parts = sign.take(supplement)
    own = parts.pop(supplement.area.code, None)
    if own is None:
        raise NoDataError(f"{sign.key}: a count of {supplement.area} is missing", reason=WITHHELD_IN_PART)
    return read(own, list(parts.values()))


def _publish_sign(family: Family, item: SignReading) -> None:
    """The two shares, their difference, the area's place, and what they come to."""
    name, reading, area = item.sign.name, item.reading, family.supplement.area
    own, pooled = reading.own, reading.pooled
    summed = family.about(method="Sum of counts divided by the sum of all plans, with a Wilson 95% interval.")
    own.publish(summed, "latest", name)
    pooled.publish(summed, "neighbours", name)
    both = family.about(inputs=item.inputs)
    both.number(
        "difference",
        reading.difference,
        title=f"{name}: {own.label} less {pooled.label}",
        method="Difference of two proportions with Newcombe's 95% interval.",
        unit="pp",
        decimals=1,
        shown=tables.signed(reading.difference, unit="pp", decimals=1),
        interval=reading.limits,
    )
    higher = sum(part.percent > own.percent for part in reading.neighbours)
    both.phrase(
        "place",
        compare.Place(rank=higher + 1, of=len(reading.neighbours) + 1).text,
        title=f"{name}: place of {area} among itself and its statistical neighbours",
        method="Shares in order, highest first; equal shares have one place.",
    )
    title = f"{name}: {area} against its statistical neighbours"
    both.phrase("word", item.word, title=title, method=MEASURE_METHOD)


def _publish_table(family: Family, found: Sequence[SignReading], counted_needs: str) -> None:
    columns = [
        "Measure",
        family.supplement.area.name,
        "Neighbours together",
        "Difference (points)",
        "Neighbours it is above",
        "Neighbours it is below",
        "Result",
    ]
    period = tables.period_of(found[0].reading.own.rows)
    family.table(
        "table",
        pd.DataFrame([item.cells for item in found], columns=columns),
        title=f"Signs of complex needs among EHC plans, {period}, with 95% intervals",
        method=MEASURE_METHOD,
        notes=[
            f"Complex needs counted, as primary need: {counted_needs}."
            if counted_needs
            else "Complex needs cannot be counted here.",
            "Neighbours count as above or below after adjustment for the number of comparisons.",
        ],
    )


def _counted_words(supplement: Supplement) -> str:
    labels = supplement.labels("need")
    return joined([sentence_case(labels.get(need, need)) for need in counted(supplement)])


def _publish_chart(family: Family, needs: SignReading) -> None:
    parts, area = [needs.reading.own, *needs.reading.neighbours], family.supplement.area
    limits = [part.interval for part in parts]
    rows = pd.DataFrame(
        {
            "area_name": [part.rows["area_name"].iloc[0] for part in parts],
            "value": [part.percent for part in parts],
            "lower": [low for low, _ in limits],
            "upper": [high for _, high in limits],
        }
    )
    family.chart(
        "chart",
        charts.dots(rows, focus=area.name, decimals=1, lower="lower", upper="upper"),
        title=f"{needs.sign.name}: {area} and its statistical neighbours, {tables.period_of(parts[0].rows)}",
        inputs=[part.rows for part in parts],
        method="Sum of the counts of complex primary needs divided by all plans; Wilson 95% intervals.",
    )


def _publish_answer(family: Family, found: Sequence[SignReading], needs: SignReading | None) -> FigureRecord:
    """What each sign shows, what the answer rests on, and the answer."""
    area, words = family.supplement.area, {item.sign.key: item.word for item in found}
    precise = needs is None or needs.reading.is_precise
    family.phrase(
        "because",
        "; ".join(item.summary for item in found),
        title=f"What each sign of complex needs says, {area} against its statistical neighbours",
        method=MEASURE_METHOD,
    )
    family = family.about(method=ANSWER_METHOD)
    title = f"What the answer on complex needs in {area} rests on"
    family.phrase("why", why(words, precise=precise), title=title)
    title = f"Whether needs in {area} are more complex than among its statistical neighbours"
    return family.phrase("answer", OUTCOMES[conclude(words, precise=precise)], title=title)
