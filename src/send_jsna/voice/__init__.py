"""Voice: the published qualitative findings, and the surveys wherever a response file is supplied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.errors import DataError
from send_jsna.voice.findings import (
    REPORTED,
    Findings,
    build_dataset,
    by_speaker,
    findings_table,
    findings_to_observations,
    load_findings,
    reported,
    unheard,
    with_named_speaker,
)
from send_jsna.voice.survey import (
    ANSWERS,
    INDICATORS,
    RESPONDENTS,
    SOURCE_ID,
    SurveyTables,
    analyse,
    may_show_agreement,
    to_observations,
    withheld_cells,
)

if TYPE_CHECKING:
    from send_jsna.figures import Supplement

__all__ = [
    "ANSWERS",
    "INDICATORS",
    "REPORTED",
    "RESPONDENTS",
    "SOURCE_ID",
    "Findings",
    "SurveyTables",
    "analyse",
    "build_dataset",
    "by_speaker",
    "findings_table",
    "findings_to_observations",
    "load_findings",
    "may_show_agreement",
    "publish_survey",
    "reported",
    "survey_of",
    "survey_status",
    "to_observations",
    "unheard",
    "with_named_speaker",
    "withheld_cells",
]


def survey_of(supplement: Supplement) -> SurveyTables | None:
    """The surveys of a run's own area, or None where no response file was supplied."""
    frames = []
    for indicator in INDICATORS:
        try:
            frames.append(supplement.observations(indicator, service="*"))
        except DataError:
            # The run holds no row of the indicator: a file need not hold every kind of question.
            continue
    rows = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    return None if rows.empty else analyse(rows)


def survey_status(survey: SurveyTables | None) -> str:
    """Whether response figures are shown, as a sentence of the chapter."""
    if survey is None:
        return (
            "No response file was supplied for this report, so no response figures are shown: not how many"
            " people answered, and not what they answered."
        )
    if survey.inputs.empty:
        return (
            "A response file was supplied, but so few people answered that every figure from it has to be"
            " withheld."
        )
    return "A response file was supplied for this report, and the tables below are made from it."


def publish_survey(supplement: Supplement, survey: SurveyTables) -> None:
    """Publish the tables of a response file: agreement, every answer, and themes, where it holds them."""
    withheld = "c: confidential, withheld so that no small number can be read or worked out."
    for figure_id, frame, title, method in (
        (
            "voice.survey.table",
            survey.agreement,
            "Agreement with each statement",
            "Those who chose agree or strongly agree as a share of all who answered; Wilson interval",
        ),
        (
            "voice.survey.answers",
            survey.answers,
            "Answers to each statement",
            "Answers counted; counts of one to four withheld, with further counts of the row where needed",
        ),
        (
            "voice.survey.themes",
            survey.themes,
            "Themes of the free text",
            "Responses counted by the themes an analyst gave their free text; counts of one to four withheld",
        ),
    ):
        if len(frame):
            supplement.table(
                figure_id,
                frame,
                title=f"{title}, {supplement.area}",
                inputs=survey.inputs,
                method=method,
                notes=[withheld] if (frame == "c").any(axis=None) else [],
            )
