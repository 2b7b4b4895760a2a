"""Voice: the published qualitative findings, and the surveys wherever a response file is supplied."""

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
from send_jsna.voice.publishing import (
    publish_findings,
    publish_speakers,
    publish_status,
    publish_survey,
    survey_of,
    survey_status,
)
from send_jsna.voice.survey import (
    ANSWERS,
    INDICATORS,
    RESPONDENTS,
    SOURCE_ID,
    SurveyTables,
    analyse,
    to_observations,
)

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
    "publish_findings",
    "publish_speakers",
    "publish_status",
    "publish_survey",
    "reported",
    "survey_of",
    "survey_status",
    "to_observations",
    "unheard",
    "with_named_speaker",
]
