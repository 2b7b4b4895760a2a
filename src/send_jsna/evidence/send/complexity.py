"""Whether the area's children have more complex needs than those of its statistical neighbours.

What counts as complex, and which measure decides, were fixed before the neighbours' figures were looked at;
see :mod:`send_jsna.evidence.send.complex_needs` for the measures. That a small area's few plans are no
evidence against was added after. The need recorded in the plan decides. The other measures depend on what an
authority offers as well as on need: they can bear the first out or contradict it, but not take its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import pandas as pd

from send_jsna.errors import NoDataError
from send_jsna.evidence import compare, tables
from send_jsna.evidence.benchmark.against_neighbours import (
    FEWER,
    MEASURE_METHOD,
    NeighbourReading,
    Word,
    points,
    read,
    share_text,
)
from send_jsna.evidence.send.complex_needs import MEASURES, Measure, counted
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
        words: What each measure says, by its key; ``needs`` decides.
        precise: Whether the interval of ``needs`` leaves no room for an excess worth speaking of.
    """
    others = [word for key, word in words.items() if key != "needs"]
    if "needs" not in words:
        return "cannot be told"
    if words["needs"] == "more" and "less" not in others:
        return "supported"
    if "more" not in words.values() and precise:
        return "not supported"
    return "cannot be told"


# -- publishing -------------------------------------------------------------------------------------------


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
    readings: dict[str, NeighbourReading] = {}
    for measure in MEASURES:
        with supplement.covering(f"{measure.name}, against neighbours", f"{stem}.{measure.key}.*"):
            readings[measure.key] = _reading(supplement, measure)
    with supplement.covering("whether needs are more complex than among neighbours", f"{stem}.*"):
        if not readings:
            raise NoDataError("no measure of complexity can be taken", reason=FEWER)
        adjusted_ps = adjusted_p([reading.p for reading in readings.values()])
        words = {
            key: reading.word(float(p))
            for (key, reading), p in zip(readings.items(), adjusted_ps, strict=True)
        }
        for key, reading in readings.items():
            _publish_measure(supplement, f"{stem}.{key}", _name_of(key), reading, words[key])
        _publish_table(supplement, f"{stem}.table", readings, words)
        if "needs" in readings:
            supplement.phrase(
                f"{stem}.needs.counted",
                _counted_words(supplement),
                title="Primary needs counted as complex",
                inputs=readings["needs"].own.rows,
                method="Those of the three whose counts are shown for the area and most of its neighbours.",
            )
            _publish_chart(supplement, f"{stem}.chart", readings["needs"])
        return _publish_answer(supplement, stem, readings, words)
    return None


def _reading(supplement: Supplement, measure: Measure) -> NeighbourReading:
    parts = measure.take(supplement)
    own = parts.pop(supplement.area.code, None)
    if own is None:
        raise NoDataError(f"{measure.key}: a count of {supplement.area} is missing", reason=WITHHELD_IN_PART)
    return read(own, list(parts.values()))


def _name_of(key: str) -> str:
    return next(measure.name for measure in MEASURES if measure.key == key)


def _publish_measure(
    supplement: Supplement, stem: str, name: str, reading: NeighbourReading, word: Word
) -> None:
    own, pooled = reading.own, reading.pooled
    every = pd.concat([own.rows, pooled.rows])
    for key, part in (("latest", own), ("neighbours", pooled)):
        supplement.number(
            f"{stem}.{key}",
            part.percent,
            title=f"{name}, {part.label}",
            inputs=part.rows,
            method="Sum of counts divided by the sum of all plans, with a Wilson 95% interval.",
            unit="%",
            decimals=1,
            interval=part.interval,
        )
    supplement.number(
        f"{stem}.difference",
        reading.difference,
        title=f"{name}: {own.label} less {pooled.label}",
        inputs=every,
        method="Difference of two proportions with Newcombe's 95% interval.",
        unit="pp",
        decimals=1,
        shown=tables.signed(reading.difference, unit="pp", decimals=1),
        interval=reading.limits,
    )
    supplement.phrase(
        f"{stem}.place",
        _place(reading).text,
        title=f"{name}: place of {supplement.area} among itself and its statistical neighbours",
        inputs=every,
        method="Shares in order, highest first; equal shares have one place.",
    )
    supplement.phrase(
        f"{stem}.word",
        word,
        title=f"{name}: {supplement.area} against its statistical neighbours",
        inputs=every,
        method=MEASURE_METHOD,
    )


def _place(reading: NeighbourReading) -> compare.Place:
    higher = sum(part.percent > reading.own.percent for part in reading.neighbours)
    return compare.Place(rank=higher + 1, of=len(reading.neighbours) + 1)


def _publish_table(
    supplement: Supplement,
    figure_id: str,
    readings: Mapping[str, NeighbourReading],
    words: Mapping[str, Word],
) -> None:
    lines = []
    for key, reading in readings.items():
        low, high = (points(limit) for limit in reading.limits)
        lines.append(
            [
                _name_of(key),
                share_text(reading.own),
                share_text(reading.pooled),
                f"{points(reading.difference)} ({low} to {high})",
                f"{reading.above} of {len(reading.neighbours)}",
                f"{reading.below} of {len(reading.neighbours)}",
                words[key].capitalize(),
            ]
        )
    period = next(iter(readings.values())).own.label.rpartition(", ")[2]
    columns = [
        "Measure",
        supplement.area.name,
        "Neighbours together",
        "Difference (points)",
        "Neighbours it is above",
        "Neighbours it is below",
        "Result",
    ]
    supplement.table(
        figure_id,
        pd.DataFrame(lines, columns=columns),
        title=f"Signs of complex needs among EHC plans, {period}, with 95% intervals",
        inputs=[rows for reading in readings.values() for rows in (reading.own.rows, reading.pooled.rows)],
        method=MEASURE_METHOD,
        notes=[
            f"Complex needs counted, as primary need: {_counted_words(supplement)}."
            if "needs" in readings
            else "Complex needs cannot be counted here.",
            "Neighbours count as above or below after adjustment for the number of comparisons.",
        ],
    )


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


def _counted_words(supplement: Supplement) -> str:
    labels = supplement.labels("need")
    return joined([sentence_case(labels.get(need, need)) for need in counted(supplement)])


def _publish_chart(supplement: Supplement, figure_id: str, reading: NeighbourReading) -> None:
    parts = [reading.own, *reading.neighbours]
    rows = pd.DataFrame(
        {
            "area_name": [part.rows["area_name"].iloc[0] for part in parts],
            "value": [part.percent for part in parts],
            "lower": [part.interval[0] for part in parts],
            "upper": [part.interval[1] for part in parts],
        }
    )
    supplement.chart(
        figure_id,
        charts.dots(rows, focus=supplement.area.name, decimals=1, lower="lower", upper="upper"),
        title=f"{_name_of('needs')}: {supplement.area} and its statistical neighbours,"
        f" {reading.own.rows['period'].iloc[0]}",
        inputs=pd.concat([part.rows for part in parts]),
        method="Sum of the counts of complex primary needs divided by all plans; Wilson 95% intervals.",
    )


def _publish_answer(
    supplement: Supplement, stem: str, readings: Mapping[str, NeighbourReading], words: Mapping[str, Word]
) -> FigureRecord:
    inputs = [rows for reading in readings.values() for rows in (reading.own.rows, reading.pooled.rows)]
    said = []
    for key, reading in readings.items():
        mine, theirs = (format_number(part.percent, unit="%") for part in (reading.own, reading.pooled))
        said.append(f"{_name_of(key)}: {words[key]} ({mine} against {theirs})")
    supplement.phrase(
        f"{stem}.because",
        "; ".join(said),
        title=f"What each sign of complex needs says, {supplement.area} against its statistical neighbours",
        inputs=inputs,
        method=MEASURE_METHOD,
    )
    precise = "needs" not in readings or readings["needs"].is_precise
    supplement.phrase(
        f"{stem}.why",
        why(words, precise=precise),
        title=f"What the answer on complex needs in {supplement.area} rests on",
        inputs=inputs,
        method=ANSWER_METHOD,
    )
    return supplement.phrase(
        f"{stem}.answer",
        OUTCOMES[conclude(words, precise=precise)],
        title=f"Whether needs in {supplement.area} are more complex than among its statistical neighbours",
        inputs=inputs,
        method=ANSWER_METHOD,
    )
