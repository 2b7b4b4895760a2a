"""Response-level analysis of the parent and carer, child and school staff surveys.

Single responses are counted here and go no further: what leaves this module is a count, a share or a reason
code. Small counts are withheld (code ``c``) by the run's disclosure profile, and so is what would give them
away: further answers to the question, or the share that agrees.

How many people left a question out can be worked out from the responses and the answers to it. That says
nothing of what anybody thinks, and is not withheld.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

import pandas as pd

from send_jsna.catalogue.observations import COLUMNS, DIMENSIONS, blank_row, known
from send_jsna.disclosure.aggregates import Aggregates, Linked, extract_profile
from send_jsna.disclosure.cells import label_of
from send_jsna.disclosure.methods import Profile
from send_jsna.errors import DataError
from send_jsna.statistics.intervals import wilson
from send_jsna.wording import format_number

#: Source of every row made here.
SOURCE_ID = "council-survey-responses"

#: Who may answer: code of the file, name in tables.
RESPONDENTS = {
    "parent_carer": "Parents and carers",
    "child": "Children and young people",
    "school_staff": "School staff",
}

#: The agreement scale: code of the file, name in tables, from most to least agreement.
ANSWERS = {
    "strongly_agree": "Strongly agree",
    "agree": "Agree",
    "neither": "Neither",
    "disagree": "Disagree",
    "strongly_disagree": "Strongly disagree",
    "dont_know": "Don't know",
}
AGREE = ("strongly_agree", "agree")

#: What is counted; the catalogue says what each is.
RESPONSES_COUNT = "survey_responses_count"
ANSWERED_COUNT = "survey_answered_count"
ANSWER_COUNT = "survey_answer_count"
AGREE_PCT = "survey_agree_pct"
THEME_COUNT = "survey_theme_count"
INDICATORS = (RESPONSES_COUNT, ANSWERED_COUNT, ANSWER_COUNT, AGREE_PCT, THEME_COUNT)


def to_observations(responses: pd.DataFrame, profile: Profile) -> tuple[pd.DataFrame, Aggregates]:
    """Aggregate responses to the columns of a data set, small numbers withheld.

    Args:
        responses: One row an answer, as :func:`send_jsna.council.read_responses` returns them.
        profile: The disclosure profile of the run.

    Returns:
        Rows of the indicators in ``INDICATORS``, and what is withheld of them. ``service`` has what is
        counted, joined by full stops: the respondents, then the question and the answer, or the theme.
        ``source_label`` has the question.
    """
    rows: list[dict[str, Any]] = []
    aggregates = Aggregates()
    for (area, period, respondent), group in responses.groupby(["area_code", "period", "respondent"]):
        base = blank_row(str(area), str(period), SOURCE_ID)
        made, withheld = _Group(base, str(respondent), group, profile).made()
        rows += made
        aggregates |= withheld
    return pd.DataFrame(rows, columns=list(COLUMNS)), aggregates


class _Group:
    """The rows of those who answered one survey, made one question after the other.

    The number of responses is shown with each question, unless it is small; then nothing is.
    """

    def __init__(
        self, base: dict[str, Any], respondent: str, responses: pd.DataFrame, profile: Profile
    ) -> None:
        self._base, self._respondent, self._responses, self._profile = base, respondent, responses, profile
        self._size = int(responses["response_id"].nunique())
        self._is_small = bool(extract_profile(profile).is_primary(self._size))

    def made(self) -> tuple[list[dict[str, Any]], Aggregates]:
        """All rows, and what is withheld of them."""
        answered = self._responses[self._responses["answer"] != ""]
        parts = [self._protected(self._linked())]
        rows = [self._count(RESPONSES_COUNT, self._respondent, self._size, parts[0])]
        for question, answers in answered.groupby("question_id"):
            made, found = self._question(f"{self._respondent}.{question}", answers)
            rows += made
            parts.append(found)
        themes = self._responses[["response_id", "themes"]].explode("themes").dropna().drop_duplicates()
        for theme, count in themes["themes"].value_counts().sort_index().items():
            key = f"{self._respondent}.{theme}"
            found = self._protected(self._linked((THEME_COUNT, key, int(count))))
            rows.append(self._count(THEME_COUNT, key, int(count), found, text=str(theme)))
            parts.append(found)
        return [self._base | row for row in rows], reduce(or_, parts)

    def _question(self, key: str, answers: pd.DataFrame) -> tuple[list[dict[str, Any]], Aggregates]:
        counts = {code: int((answers["answer"] == code).sum()) for code in ANSWERS}
        answered, agreeing = sum(counts.values()), sum(counts[code] for code in AGREE)
        text = str(answers["question"].iloc[0])
        linked = self._linked((ANSWERED_COUNT, key, answered))
        whole = self._at(ANSWERED_COUNT, key)
        cells = {
            code: linked.add(self._at(ANSWER_COUNT, f"{key}.{code}"), count) for code, count in counts.items()
        }
        linked.adds_up(whole, cells.values())
        agree = self._at(AGREE_PCT, key)
        others = [label for code, label in cells.items() if code not in AGREE]
        linked.share(agree, [cells[code] for code in AGREE], others, whole)
        found = self._protected(linked)
        rows = [self._count(ANSWERED_COUNT, key, answered, found, text=text)]
        rows += [
            self._count(ANSWER_COUNT, f"{key}.{code}", count, found, text=text)
            for code, count in counts.items()
        ]
        share: dict[str, Any] = {"indicator": AGREE_PCT, "service": key, "source_label": text}
        share |= {"unit": "%", "decimals": 1.0, "status": "c"}
        if not found.withheld.intersection((agree, whole)):
            share |= {"value": 100 * agreeing / answered, "numerator": agreeing, "denominator": answered}
            share["status"] = "final"
        return [*rows, share], found

    def _linked(self, *counts: tuple[str, str, int]) -> Linked:
        """A table that begins with the number of responses, and counts of some of these."""
        linked = Linked()
        whole = linked.add(self._at(RESPONSES_COUNT, self._respondent), self._size)
        for indicator, key, count in counts:
            linked.adds_up(whole, [linked.add(self._at(indicator, key), count)], is_exact=False)
        return linked

    def _protected(self, linked: Linked) -> Aggregates:
        whole = self._at(RESPONSES_COUNT, self._respondent)
        return linked.suppressed(self._profile, () if self._is_small else (whole,))

    def _at(self, indicator: str, key: str) -> str:
        row = self._base | {"service": key}
        place = (str(row["area_code"]), str(row["period"]))
        return label_of(indicator, place, tuple(str(row[name]) for name in DIMENSIONS))

    def _count(
        self, indicator: str, key: str, count: int, found: Aggregates, *, text: str = ""
    ) -> dict[str, Any]:
        is_hidden = self._at(indicator, key) in found.withheld
        return {
            "indicator": indicator,
            "service": key,
            "value": float("nan") if is_hidden else float(count),
            "unit": "count",
            "decimals": 0.0,
            "status": "c" if is_hidden else "final",
            "source_label": text or RESPONDENTS.get(key, key),
        }


@dataclass(frozen=True)
class SurveyTables:
    """The surveys as tables for readers; a withheld cell has ``c``.

    Attributes:
        responses: Respondents, period and number of responses.
        agreement: For each statement the responses, how many answered it, the share that agrees and its 95 %
            interval.
        answers: For each statement the count of every answer.
        themes: Themes of the free text, by respondents.
        inputs: The observations with a value, which are those the tables were made from.
    """

    responses: pd.DataFrame
    agreement: pd.DataFrame
    answers: pd.DataFrame
    themes: pd.DataFrame
    inputs: pd.DataFrame


def analyse(survey: pd.DataFrame) -> SurveyTables:
    """Arrange the observations of :func:`to_observations` for readers.

    Args:
        survey: Rows of the indicators in ``INDICATORS`` for one area.

    Raises:
        DataError: There are none.
    """
    if survey.empty:
        raise DataError("there are no survey observations", expected="rows of data set survey")
    by_key = {
        (str(row["indicator"]), str(row["period"]), str(row["service"])): row
        for row in survey.to_dict("records")
    }
    order = {code: place for place, code in enumerate(RESPONDENTS)}
    keys = sorted(by_key, key=lambda key: (order[key[2].split(".")[0]], key[1], key[2]))

    def of(indicator: str) -> list[tuple[str, dict[str, str], str]]:
        return [(key[1], _heads(by_key[key], key[2]), key[2]) for key in keys if key[0] == indicator]

    def responses(period: str, key: str) -> str:
        return _cell(by_key[RESPONSES_COUNT, period, key.split(".")[0]])

    return SurveyTables(
        responses=pd.DataFrame(
            {"Respondents": heads["Respondents"], "Period": period} | {"Responses": responses(period, key)}
            for period, heads, key in of(RESPONSES_COUNT)
        ),
        agreement=pd.DataFrame(
            heads
            | {"Period": period, "Responses": responses(period, key)}
            | {"Answered": _cell(by_key[ANSWERED_COUNT, period, key])}
            | _share(by_key[AGREE_PCT, period, key])
            for period, heads, key in of(AGREE_PCT)
        ),
        answers=pd.DataFrame(
            heads
            | {"Period": period}
            | {name: _cell(by_key[ANSWER_COUNT, period, f"{key}.{code}"]) for code, name in ANSWERS.items()}
            for period, heads, key in of(AGREE_PCT)
        ),
        themes=pd.DataFrame(
            {
                "Respondents": heads["Respondents"],
                "Theme": key.split(".", 1)[1].replace("_", " ").capitalize(),
            }
            | {"Period": period, "Responses": responses(period, key)}
            | {"Responses that raise it": _cell(by_key[THEME_COUNT, period, key])}
            for period, heads, key in of(THEME_COUNT)
        ),
        inputs=known(survey),
    )


def _heads(row: Mapping[Any, Any], key: str) -> dict[str, str]:
    return {"Respondents": RESPONDENTS[key.split(".")[0]], "Statement": str(row["source_label"])}


def _cell(row: Mapping[Any, Any]) -> str:
    if pd.isna(row["value"]):
        return str(row["status"])
    return format_number(float(row["value"]), unit=str(row["unit"]))


def _share(row: Mapping[Any, Any]) -> dict[str, str]:
    if pd.isna(row["value"]):
        return {"Agree": str(row["status"]), "95% interval": str(row["status"])}
    lower, upper = wilson(float(row["numerator"]), float(row["denominator"]))
    limits = [format_number(100 * float(limit), unit="%") for limit in (lower, upper)]
    return {"Agree": _cell(row), "95% interval": " to ".join(limits)}
