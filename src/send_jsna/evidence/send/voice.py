"""What the voice notebook publishes: the published findings of the area, and its surveys where it has any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from send_jsna.council import findings as f
from send_jsna.council.survey import INDICATORS, SurveyTables, analyse
from send_jsna.evidence.families import Family
from send_jsna.evidence.send.document_sets import DocumentSet, none_of

if TYPE_CHECKING:
    from send_jsna.figures.supplement import Supplement

_STEM = "voice"
_NAME = "Published statements of families and staff"
#: Note under a table of responses some of whose counts are withheld.
_WITHHELD = "c: confidential, withheld so that no small number can be read or worked out."


def opened(supplement: Supplement) -> DocumentSet[f.Findings]:
    """The published findings of the area, as :func:`send_jsna.council.findings.reported` gives them.

    Raises:
        NoDataError: There are none of the area.
        CatalogueError: The file of the findings is malformed.
    """
    rows = supplement.stored(f.REPORTED, service="*")
    path = supplement.path("council", "voice-findings.yaml")
    found = f.load_findings(path) if path.is_file() else None
    if found is None or found.area_code != supplement.area.code or rows.empty:
        raise none_of(supplement, "findings from documents", are="are")
    return DocumentSet(supplement, _STEM, found, rows, f.reported(found, rows))


def publish_findings(supplement: Supplement) -> None:
    """Publish the findings by theme, and how many there are."""
    with Family(supplement, _STEM).covering(_NAME, "findings.count", "findings.table"):
        findings = opened(supplement)
        findings.count(
            "findings.count",
            findings.entries,
            title="Published qualitative findings",
            method="Findings that the two documents report or state about people's experience, counted",
        )
        findings.table(
            "findings.table",
            f.findings_table,
            title="Published qualitative findings by theme",
            method="The published findings, paraphrased, with who is said to speak and where each is printed",
        )


def publish_speakers(supplement: Supplement) -> None:
    """Publish who is said to speak, and who was asked and is not heard."""
    parts = ("speakers.table", "findings.named_speaker", "findings.unheard")
    with Family(supplement, _STEM).covering(_NAME, *parts):
        findings = opened(supplement)
        findings.table(
            "speakers.table",
            f.by_speaker,
            title="Published findings by who is said to speak",
            method="Published findings counted by how the document names the speaker",
        )
        findings.count(
            "findings.named_speaker",
            f.with_named_speaker(findings.declared, findings.entries),
            title="Published findings whose speaker is named",
            method="Published findings whose document says who is speaking, counted",
        )
        findings.phrase(
            "findings.unheard",
            f.unheard,
            title="Groups consulted of whom no finding is stored",
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
    name = "Whether a response file was supplied"
    with supplement.covering(name, "voice.survey.status"):
        survey = survey_of(supplement)
        supplement.phrase(
            "voice.survey.status",
            survey_status(survey),
            title=f"{name}, {supplement.area}",
            inputs=opened(supplement).rows if survey is None or survey.inputs.empty else survey.inputs,
            method="Whether the run holds observations made from a response file",
        )


def publish_survey(supplement: Supplement) -> None:
    """Publish the tables of a response file, as far as it gives them: agreement, every answer, and themes."""
    survey = survey_of(supplement)
    if survey is None or survey.inputs.empty:
        return
    answered = Family(supplement, f"{_STEM}.survey").about(inputs=survey.inputs)
    for part, frame, title, method in (
        (
            "table",
            survey.agreement,
            "Agreement with each statement",
            "Those who chose agree or strongly agree as a share of all who answered; Wilson interval",
        ),
        (
            "answers",
            survey.answers,
            "Answers to each statement",
            "Answers counted; small counts withheld, and with them whatever would give them away",
        ),
        (
            "themes",
            survey.themes,
            "Themes of the free text",
            "Responses counted by the themes an analyst gave their free text; small counts withheld",
        ),
    ):
        if len(frame):
            notes = [_WITHHELD] if (frame == "c").any(axis=None) else []
            answered.table(part, frame, title=f"{title}, {supplement.area}", method=method, notes=notes)
