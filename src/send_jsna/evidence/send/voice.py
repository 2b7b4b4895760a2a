"""What the voice notebook publishes: the published findings of the area, and its surveys where it has any."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.council import findings as f
from send_jsna.council.survey import INDICATORS, SurveyTables, analyse
from send_jsna.errors import NoDataError
from send_jsna.wording import with_article

if TYPE_CHECKING:
    from send_jsna.figures.supplement import Supplement

_NAME = "Published statements of families and staff"


def opened(supplement: Supplement) -> tuple[f.Findings, pd.DataFrame, pd.DataFrame]:
    """The published findings of the area, their observations, and one row a finding.

    Raises:
        NoDataError: None are held for the area.
        CatalogueError: The file of the findings is malformed.
    """
    rows = supplement.stored(f.REPORTED, service="*")
    path = supplement.path("council", "voice-findings.yaml")
    found = f.load_findings(path) if path.is_file() else None
    if found is None or found.area_code != supplement.area.code or rows.empty:
        place = with_article(supplement.area.name)
        raise NoDataError(
            f"no published findings of {supplement.area}",
            reason=f"no published findings are held for {place}",
        )
    return found, rows, f.reported(found, rows)


def publish_findings(supplement: Supplement) -> None:
    """Publish the findings by theme, and how many there are."""
    with supplement.covering(_NAME, "voice.findings.count", "voice.findings.table"):
        found, rows, reported = opened(supplement)
        supplement.number(
            "voice.findings.count",
            len(reported),
            title=f"Published qualitative findings, {supplement.area}",
            inputs=rows,
            unit="count",
            method="Findings that the two documents report or state about people's experience, counted",
        )
        supplement.table(
            "voice.findings.table",
            f.findings_table(found, reported),
            title=f"Published qualitative findings by theme, {supplement.area}",
            inputs=rows,
            method="The published findings, paraphrased, with who is said to speak and where each is printed",
        )


def publish_speakers(supplement: Supplement) -> None:
    """Publish who is said to speak, and who was asked and is not heard."""
    with supplement.covering(
        _NAME, "voice.speakers.table", "voice.findings.named_speaker", "voice.findings.unheard"
    ):
        found, rows, reported = opened(supplement)
        supplement.table(
            "voice.speakers.table",
            f.by_speaker(found, reported),
            title=f"Published findings by who is said to speak, {supplement.area}",
            inputs=rows,
            method="Published findings counted by how the document names the speaker",
        )
        supplement.number(
            "voice.findings.named_speaker",
            len(f.with_named_speaker(found, reported)),
            inputs=rows,
            unit="count",
            title=f"Published findings whose speaker is named, {supplement.area}",
            method="Published findings whose document says who is speaking, counted",
        )
        supplement.phrase(
            "voice.findings.unheard",
            f.unheard(found, reported),
            inputs=rows,
            title=f"Groups consulted of whom no finding is published, {supplement.area}",
            method="Groups the consultation asked to whom the documents attribute no finding",
        )


def survey_of(supplement: Supplement) -> SurveyTables | None:
    """The surveys of a run's own area, or None where no response file was supplied."""
    rows = supplement.stored(list(INDICATORS), service="*")
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


def publish_status(supplement: Supplement) -> None:
    """Publish whether response figures are shown."""
    with supplement.covering("Whether a response file was supplied", "voice.survey.status"):
        survey = survey_of(supplement)
        inputs = opened(supplement)[1] if survey is None or survey.inputs.empty else survey.inputs
        supplement.phrase(
            "voice.survey.status",
            survey_status(survey),
            title=f"Whether a response file was supplied, {supplement.area}",
            inputs=inputs,
            method="Whether the run holds observations made from a response file",
        )


def publish_survey(supplement: Supplement, survey: SurveyTables | None = None) -> None:
    """Publish the tables of a response file: agreement, every answer, and themes, where it holds them."""
    survey = survey or survey_of(supplement)
    if survey is None or survey.inputs.empty:
        return
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
            "Answers counted; small counts withheld, and with them whatever would give them away",
        ),
        (
            "voice.survey.themes",
            survey.themes,
            "Themes of the free text",
            "Responses counted by the themes an analyst gave their free text; small counts withheld",
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
