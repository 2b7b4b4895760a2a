"""Whether a rise is a bulge or lasting, by a rule over signs.

The rule is the same for every area. A sign that the area's data do not allow is left out, and put
on record; too few signs are no answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Literal

import pandas as pd

from send_jsna.errors import NoDataError
from send_jsna.evidence.estimates import or_none
from send_jsna.evidence.families import Family
from send_jsna.evidence.forecast import signs
from send_jsna.evidence.forecast.signs import BULGE, LASTING, NEITHER, Direction, Sign
from send_jsna.wording import in_words

if TYPE_CHECKING:
    from send_jsna.evidence.trend.earlier_trend import Series
    from send_jsna.evidence.trend.pace import Window
    from send_jsna.figures.records import FigureRecord
    from send_jsna.figures.supplement import Supplement

Answer = Literal["lasting", "bulge", "cannot be told"]

#: Signs that must speak for an answer.
ENOUGH = 3
#: Key of the sign that says whether others rise too: it bears on the cause, and has no part in the rule.
ELSEWHERE = "elsewhere"
ANSWER_WORDS: dict[Answer, str] = {
    "lasting": "point to a lasting rise and not to a bulge",
    "bulge": "point to a bulge that is passing",
    "cannot be told": "cannot tell a bulge from a lasting rise",
}
RULE = (
    "One rule for every area: lasting where at least three signs speak for a lasting rise and "
    "none for a bulge; a bulge where at least three speak for one and none for a lasting rise; else it "
    "cannot be told."
)
TOO_FEW_SIGNS = "too few of the signs can be read"


def publish_rise(
    supplement: Supplement, stem: str, readers: Mapping[str, Callable[[], Sign]]
) -> FigureRecord | None:
    """Publish whether the rise is a bulge or lasting, by what reads its signs.

    Figures: the table ``<stem>.signs``, the phrases ``<stem>.answer`` (:data:`ANSWER_WORDS`) and
    ``<stem>.tally`` (how many signs speak for what), and ``<stem>.elsewhere`` where a sign of that key is
    read.

    Returns:
        The answer; None where fewer than three signs can be read, which is put on record.
    """
    area, family, read = supplement.area, Family(supplement, stem), {}
    for key, reader in readers.items():
        with family.covering(f"sign of a bulge or a lasting rise: {key.replace('_', ' ')}", key):
            read[key] = reader()
    with family.covering("whether the rise is a bulge or lasting", "*"):
        directions = [sign.direction for key, sign in read.items() if key != ELSEWHERE]
        if len(directions) < ENOUGH:
            raise NoDataError(f"{len(read)} signs can be read", reason=TOO_FEW_SIGNS)
        if elsewhere := read.get(ELSEWHERE):
            family.phrase(
                ELSEWHERE,
                elsewhere.finding,
                title=elsewhere.question,
                inputs=elsewhere.rows,
                method="Risen by more than the printed rounding of both values.",
            )
        shared = family.about(inputs=[sign.rows for sign in read.values()], method=RULE)
        lines = [(sign.question, sign.finding, sign.direction.capitalize()) for sign in read.values()]
        shared.table(
            "signs",
            pd.DataFrame(lines, columns=["Sign", "What the figures say", "Speaks for"]),
            title=f"A bulge or a lasting rise? Signs in the figures of {area}",
            notes=["Signs are not independent of one another: some are read from the same series."],
        )
        title = f"Signs of a bulge or a lasting rise, {area}"
        shared.phrase("tally", tally_words(directions), title=title)
        answer = ANSWER_WORDS[conclude(directions)]
        return shared.phrase("answer", answer, title=f"Whether the rise in {area} is a bulge or lasting")
    return None


def share_signs(
    supplement: Supplement, shares: Mapping[str, tuple[str, Series]], windows: tuple[Window, ...], at: str
) -> dict[str, Callable[[], Sign]]:
    """What reads the three signs of each share: its pace, its growth before and since, its earlier trend.

    A share comes with what it is called in a sentence. Of the windows, oldest first, the last two are
    compared; ``at`` is the first period after the outbreak.
    """
    found: dict[str, Callable[[], Sign]] = {}
    for key, (name, series) in shares.items():
        indicator = series.measure.indicator
        found[f"pace_{key}"] = partial(signs.pace, supplement, name, indicator, windows)
        found[f"growth_{key}"] = partial(signs.slope, supplement, name, indicator, at)
        found[f"excess_{key}"] = partial(signs.excess, series)
    return found


def conclude(directions: Sequence[Direction]) -> Answer:
    """The answer, by :data:`RULE`."""
    lasting, bulge = directions.count(LASTING), directions.count(BULGE)
    if lasting >= ENOUGH and not bulge:
        return "lasting"
    return "bulge" if bulge >= ENOUGH and not lasting else "cannot be told"


def tally_words(directions: Sequence[Direction]) -> str:
    """``Of seven signs, five speak for a lasting rise, none for a bulge and two for neither``."""
    lasting, bulge, neither = (or_none(directions.count(way)) for way in (LASTING, BULGE, NEITHER))
    verb = "speaks" if lasting == "one" else "speak"
    return (
        f"Of {in_words(len(directions))} signs, {lasting} {verb} for a lasting rise, {bulge}"
        f" for a bulge and {neither} for neither"
    )
