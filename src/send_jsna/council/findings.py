"""The published qualitative findings: declared in YAML, observed one row a finding, shown as a table."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from send_jsna.catalogue.dataset_file import write_dataset
from send_jsna.catalogue.observations import COLUMNS, blank_row
from send_jsna.catalogue.yaml_file import Declared
from send_jsna.errors import DataError

#: Indicator of a row: a document reports a finding.
REPORTED = "voice_finding_reported"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Group(_Strict):
    """A group of people the consultation asked."""

    code: str
    name: str


class Attribution(_Strict):
    """How a document says who is speaking; ``group`` where it names one of the groups."""

    code: str
    name: str
    speaker_named: bool = False
    group: str | None = None


class FindingsDocument(_Strict):
    """A document findings are printed in."""

    source_id: str
    name: str
    period: str


class Finding(_Strict):
    """One finding: our paraphrase, the printed words, who speaks as the document says, and the place."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    theme: str
    finding: str
    attribution: str
    source_id: str
    place: str
    words: str


class Findings(_Strict):
    """``data/council/voice-findings.yaml``."""

    area_code: str = Field(pattern=r"^[EWSN]\d{8}$")
    groups: tuple[Group, ...]
    attributions: tuple[Attribution, ...]
    documents: tuple[FindingsDocument, ...]
    findings: tuple[Finding, ...]


def load_findings(path: Path) -> Findings:
    """Read the published findings.

    Raises:
        CatalogueError: An unknown key, attribution, group or document, an id that is used twice, or a text
            that could identify a child, by line.
    """
    declared = Declared(path)
    declared.refuse_identifying()
    found = declared.as_model(Findings)
    groups = [group.code for group in found.groups]
    for place, attribution in enumerate(found.attributions):
        if attribution.group is not None and attribution.group not in groups:
            raise declared.fault(
                f"group {attribution.group!r} is unknown",
                *("attributions", place, "group"),
                expected="one of " + ", ".join(groups),
            )
    allowed = {
        "attribution": [attribution.code for attribution in found.attributions],
        "source_id": [document.source_id for document in found.documents],
    }
    seen: set[str] = set()
    for place, finding in enumerate(found.findings):
        if finding.id in seen:
            raise declared.fault(f"the finding {finding.id} is listed twice", "findings", place, "id")
        seen.add(finding.id)
        for field, codes in allowed.items():
            value = getattr(finding, field)
            if value not in codes:
                raise declared.fault(
                    f"{finding.id}: {field} {value!r} is unknown",
                    *("findings", place, field),
                    expected="one of " + ", ".join(codes),
                )
    return found


def findings_to_observations(findings: Findings) -> pd.DataFrame:
    """One row a finding, its id as ``service``; attribution, place and printed words as ``source_label``."""
    documents = {document.source_id: document for document in findings.documents}
    rows = []
    for finding in findings.findings:
        document = documents[finding.source_id]
        rows.append(
            blank_row(findings.area_code, document.period, finding.source_id)
            | {
                "indicator": REPORTED,
                "service": finding.id,
                "value": 1.0,
                "unit": "count",
                "decimals": 0.0,
                "status": "final",
                "source_label": f"{finding.attribution}; {finding.place}: {finding.words}",
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def build_dataset(data_folder: Path) -> bytes:
    """The edition's file ``voice_findings.csv``."""
    findings = load_findings(data_folder / "council" / "voice-findings.yaml")
    return write_dataset(findings_to_observations(findings))


def reported(findings: Findings, observations: pd.DataFrame) -> pd.DataFrame:
    """The findings beside the observations made of them.

    Args:
        findings: The declared findings.
        observations: All rows of indicator ``voice_finding_reported`` for the area.

    Returns:
        One row a finding in the order of the file, with columns ``id``, ``theme``, ``finding``,
        ``attribution``, ``printed_in`` and ``observation_id``.

    Raises:
        DataError: The file and the edition do not have the same findings.
    """
    documents = {document.source_id: document.name for document in findings.documents}
    frame = pd.DataFrame(
        {
            "id": finding.id,
            "theme": finding.theme,
            "finding": finding.finding,
            "attribution": finding.attribution,
            "printed_in": f"{documents[finding.source_id]}: {finding.place}",
        }
        for finding in findings.findings
    )
    ids = observations.set_index("service")["observation_id"]
    differing = sorted(set(frame["id"]) ^ set(ids.index))
    if differing:
        raise DataError(
            f"voice-findings.yaml and the edition's data set voice_findings differ in {differing[0]}",
            expected="the same findings in both",
            remedy="rebuild the data set from the file",
        )
    return frame.assign(observation_id=frame["id"].map(ids))


def findings_table(findings: Findings, frame: pd.DataFrame) -> pd.DataFrame:
    """Every finding by theme, with who speaks as the document says, and where it is printed."""
    speakers = {attribution.code: attribution.name for attribution in findings.attributions}
    themes = list(dict.fromkeys(frame["theme"]))
    ordered = frame.sort_values("theme", key=lambda s: s.map(themes.index), kind="stable")
    return pd.DataFrame(
        {
            "Theme": ordered["theme"],
            "What is reported": ordered["finding"],
            "Who says so": ordered["attribution"].map(speakers),
            "Printed in": ordered["printed_in"],
        }
    )


def by_speaker(findings: Findings, frame: pd.DataFrame) -> pd.DataFrame:
    """How many findings each way of naming the speaker carries."""
    return pd.DataFrame(
        {
            "Who says so": attribution.name,
            "Findings": str(int((frame["attribution"] == attribution.code).sum())),
        }
        for attribution in findings.attributions
    )


def with_named_speaker(findings: Findings, frame: pd.DataFrame) -> pd.DataFrame:
    """The findings whose speaker the document names."""
    named = [a.code for a in findings.attributions if a.speaker_named or a.group is not None]
    return frame[frame["attribution"].isin(named)]


def unheard(findings: Findings, frame: pd.DataFrame) -> str:
    """The groups asked of whom no finding is reported, parted by semicolons; ``none of them`` for none."""
    group_of = {a.code: a.group for a in findings.attributions}
    heard = {group_of[code] for code in frame["attribution"]}
    absent = [group.name for group in findings.groups if group.code not in heard]
    return "; ".join(absent) or "none of them"
