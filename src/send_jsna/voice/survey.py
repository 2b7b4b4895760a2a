"""Response-level analysis of the parent and carer, child and school staff surveys.

Single responses are counted here and go no further: what leaves this module is a count, a share or a reason
code. Counts of 1 to 4 are withheld (code ``c``). So are further cells of the same row, until no withheld
cell can be worked out from the row's total, and a share of agreement from which one could be.

How many people left a question out can be worked out from the responses and the answers to it. That says
nothing of what anybody thinks, and is not withheld.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from send_jsna.errors import DataError
from send_jsna.figures import format_number
from send_jsna.observations import COLUMNS, known
from send_jsna.periods import parse_period
from send_jsna.statistics.intervals import wilson

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

SMALLEST = 5
INDICATORS = (
    "survey_responses_count",
    "survey_answered_count",
    "survey_answer_count",
    "survey_agree_pct",
    "survey_theme_count",
)


def withheld_cells(counts: Mapping[str, int]) -> set[str]:
    """Cells of a row with a known total that must not be shown.

    Args:
        counts: Counts by cell; the row's total is their sum.

    Returns:
        Every cell of 1 to 4, and the next smallest cells until those withheld hold at least 5 people
        together, so that there are always two of them: the total less the cells shown would otherwise give a
        small count, or come close. Cells above zero are taken before empty ones. The whole row where its
        total is 1 to 4.
    """
    withheld = {name for name, count in counts.items() if _is_small(count)}
    if not withheld:
        return set()
    if _is_small(sum(counts.values())):
        return set(counts)
    rest = sorted((n for n in counts if n not in withheld), key=lambda n: (counts[n] == 0, counts[n]))
    for name in rest:
        if sum(counts[cell] for cell in withheld) >= SMALLEST:
            break
        withheld.add(name)
    return withheld


def may_show_agreement(counts: Mapping[str, int]) -> bool:
    """Whether the share that agrees can be shown without giving away a withheld cell or a small group."""
    withheld = withheld_cells(counts)
    for group in (AGREE, tuple(name for name in counts if name not in AGREE)):
        hidden = [counts[name] for name in group if name in withheld]
        if _is_small(sum(counts[name] for name in group)):
            return False
        # The share gives the sum of each group, and so what its withheld cells hold together.
        if hidden and sum(hidden) < SMALLEST:
            return False
    return True


def _is_small(count: int) -> bool:
    return 0 < count < SMALLEST


def to_observations(responses: pd.DataFrame) -> pd.DataFrame:
    """Aggregate responses to the columns of a data set, small numbers withheld.

    Args:
        responses: One row an answer, as :func:`send_jsna.council.read_responses` returns them.

    Returns:
        Rows of the indicators in ``INDICATORS``. ``service`` holds what is counted, joined by full stops:
        the respondents, then the question and the answer, or the theme. ``source_label`` holds the question.
    """
    rows: list[dict[str, Any]] = []
    for (area, period, respondent), group in responses.groupby(["area_code", "period", "respondent"]):
        base = _base(str(area), str(period))
        rows.append(base | _count("survey_responses_count", respondent, int(group["response_id"].nunique())))
        for question, answers in group[group["answer"] != ""].groupby("question_id"):
            rows += [base | row for row in _question_rows(str(respondent), str(question), answers)]
        themes = group[["response_id", "themes"]].explode("themes").dropna().drop_duplicates()
        rows += [
            base | _count("survey_theme_count", f"{respondent}.{theme}", int(count), label=str(theme))
            for theme, count in themes["themes"].value_counts().sort_index().items()
        ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _question_rows(respondent: str, question: str, answers: pd.DataFrame) -> list[dict[str, Any]]:
    counts = {code: int((answers["answer"] == code).sum()) for code in ANSWERS}
    answered = sum(counts.values())
    text = str(answers["question"].iloc[0])
    key = f"{respondent}.{question}"
    withheld = withheld_cells(counts)
    rows = [_count("survey_answered_count", key, answered, label=text)]
    rows += [
        _count("survey_answer_count", f"{key}.{code}", count, label=text, withheld=code in withheld)
        for code, count in counts.items()
    ]
    share: dict[str, Any] = {"indicator": "survey_agree_pct", "service": key, "source_label": text}
    share |= {"unit": "%", "decimals": 1.0, "status": "c"}
    if may_show_agreement(counts):
        agreeing = sum(counts[code] for code in AGREE)
        share |= {"value": 100 * agreeing / answered, "numerator": agreeing, "denominator": answered}
        share["status"] = "final"
    return [*rows, share]


def _base(area_code: str, period_label: str) -> dict[str, Any]:
    period = parse_period(period_label)
    nothing = dict.fromkeys(("value", "numerator", "denominator"), float("nan"))
    return (
        dict.fromkeys(COLUMNS, "")
        | nothing
        | {
            "area_code": area_code,
            "period_type": str(period.type),
            "period": period.label,
            "period_start": period.start.isoformat(),
            "period_end": period.end.isoformat(),
            "source_id": SOURCE_ID,
            "source_period": period_label,
        }
    )


def _count(
    indicator: str, service: Any, count: int, *, label: str = "", withheld: bool = False
) -> dict[str, Any]:
    hidden = withheld or _is_small(count)
    return {
        "indicator": indicator,
        "service": str(service),
        "value": float("nan") if hidden else float(count),
        "unit": "count",
        "decimals": 0.0,
        "status": "c" if hidden else "final",
        "source_label": label or RESPONDENTS.get(str(service), str(service)),
    }


@dataclass(frozen=True)
class SurveyTables:
    """The surveys as tables for readers; a withheld cell holds ``c``.

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
        return _cell(by_key["survey_responses_count", period, key.split(".")[0]])

    return SurveyTables(
        responses=pd.DataFrame(
            {"Respondents": heads["Respondents"], "Period": period} | {"Responses": responses(period, key)}
            for period, heads, key in of("survey_responses_count")
        ),
        agreement=pd.DataFrame(
            heads
            | {"Period": period, "Responses": responses(period, key)}
            | {"Answered": _cell(by_key["survey_answered_count", period, key])}
            | _share(by_key["survey_agree_pct", period, key])
            for period, heads, key in of("survey_agree_pct")
        ),
        answers=pd.DataFrame(
            heads
            | {"Period": period}
            | {
                name: _cell(by_key["survey_answer_count", period, f"{key}.{code}"])
                for code, name in ANSWERS.items()
            }
            for period, heads, key in of("survey_agree_pct")
        ),
        themes=pd.DataFrame(
            {
                "Respondents": heads["Respondents"],
                "Theme": key.split(".", 1)[1].replace("_", " ").capitalize(),
            }
            | {"Period": period, "Responses": responses(period, key)}
            | {"Responses that raise it": _cell(by_key["survey_theme_count", period, key])}
            for period, heads, key in of("survey_theme_count")
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
