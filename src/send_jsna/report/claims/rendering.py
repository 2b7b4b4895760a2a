"""The checked claims as the chapter on claims prints them, and as ``claims.json`` of the run keeps them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from send_jsna.errors import IntegrityError
from send_jsna.files import write_json
from send_jsna.report.claims.checking import ClaimOutcome, ClaimResult
from send_jsna.report.claims.working import explanation
from send_jsna.report.pandoc_blocks import (
    SPACE,
    Element,
    document,
    heading,
    identifier_of,
    paragraph,
    span,
    table,
    words,
)

_HEADINGS = {
    ClaimOutcome.DIFFERS: "Figures that differ",
    ClaimOutcome.CANNOT: "Figures that cannot be checked",
    ClaimOutcome.AGREES: "Figures that agree",
}
_LEADS = {
    ClaimOutcome.DIFFERS: "Each of these was printed with a value that the data do not give, and rounding"
    " does not explain the gap. The last column says what the data give and how far off the printed figure"
    " is.",
    ClaimOutcome.CANNOT: "Nothing is said here about whether these are right or wrong, only that nothing"
    " at hand can show it. The last column says why.",
    ClaimOutcome.AGREES: "Each of these is what the data give, once the recomputed value is rounded as the"
    " document rounds it.",
}
_LAST_COLUMN = {
    ClaimOutcome.DIFFERS: "What the data say",
    ClaimOutcome.CANNOT: "Why it cannot be checked",
    ClaimOutcome.AGREES: "What the data say",
}


def summary_figures(results: Sequence[ClaimResult]) -> dict[str, int]:
    """How many claims there are, and how many of each outcome: the numbers that chapter opens with."""
    counts = {"claims.total": len(results)}
    for outcome, name in (
        (ClaimOutcome.AGREES, "agrees"),
        (ClaimOutcome.DIFFERS, "differs"),
        (ClaimOutcome.CANNOT, "cannot"),
    ):
        counts[f"claims.{name}"] = sum(result.outcome is outcome for result in results)
    return counts


def claims_record(results: Sequence[ClaimResult]) -> dict[str, Any]:
    """Everything that was found, as plain data in the order of the claims."""
    documents = {result.claim.document.id: result.claim.document for result in results}
    return {
        "documents": [document.model_dump() for document in documents.values()],
        "summary": summary_figures(results),
        "claims": [_claim_record(result) for result in results],
    }


def write_claims(results: Sequence[ClaimResult], path: Path) -> None:
    """Write ``claims.json``, whole or not at all."""
    write_json(path, claims_record(results))


def read_claims(path: Path) -> dict[str, Any]:
    """What ``claims.json`` of a run says: the record that :func:`claims_record` gives.

    Raises:
        IntegrityError: The file is missing or malformed.
    """
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise IntegrityError(
            f"not readable ({error.__class__.__name__})",
            where=path,
            expected="the checked claims, which every finished run has",
            remedy="build the run again with jsna refresh",
        ) from error


def _claim_record(result: ClaimResult) -> dict[str, Any]:
    claim = result.claim
    return {
        "id": claim.id,
        "document": claim.document.id,
        "place": claim.place,
        "topic": claim.topic,
        "quoted": claim.quoted,
        "printed": claim.printed,
        "value": claim.value,
        "unit": claim.unit,
        "decimals": claim.decimals,
        "area": claim.area,
        "period": claim.period,
        "outcome": str(result.outcome),
        "difference": result.difference,
        "explanation": explanation(result),
        "evidence": list(result.evidence),
        "checks": [
            {
                "kind": part.check.kind,
                "against": part.check.against,
                "outcome": str(part.outcome),
                "recomputed": part.recomputed,
                "lower": part.lower,
                "upper": part.upper,
                "difference": part.difference,
                "why_not": part.why_not,
                "evidence": [reading.evidence for reading in part.readings],
            }
            for part in result.checks
        ],
    }


def render_claims(record: Mapping[str, Any]) -> str:
    """The generated block ``claims``, in pandoc's own form: a count, then a section for each outcome.

    Args:
        record: From :func:`claims_record`, or from the file of a run; empty where no claims were checked.
    """
    if not record.get("claims"):
        return document([paragraph("No claims were checked in this run.")])
    blocks = [paragraph(_counts(record))]
    topics: list[str] = []
    for outcome, title in _HEADINGS.items():
        found = [claim for claim in record["claims"] if claim["outcome"] == outcome]
        if not found:
            continue
        blocks.append(heading(2, title, f"claims-{outcome.name.lower()}"))
        blocks.append(paragraph(_LEADS[outcome]))
        by_topic: dict[str, list[Mapping[str, Any]]] = {}
        for claim in found:
            by_topic.setdefault(claim["topic"], []).append(claim)
        for topic, rows in by_topic.items():
            if len(by_topic) > 1:
                topics.append(identifier_of(topic, topics))
                blocks.append(heading(3, topic, topics[-1], "unnumbered"))
            blocks.append(_table(rows, outcome, topic))
    return document(blocks)


def _counts(record: Mapping[str, Any]) -> str:
    counts = record["summary"]
    titles = dict.fromkeys(f"{item['title']} ({item['published']})" for item in record["documents"])
    return (
        f"The published documents print {counts['claims.total']} figures: {'; '.join(titles)}."
        f" Of these, {counts['claims.agrees']} agree with the data, {counts['claims.differs']} differ and"
        f" {counts['claims.cannot']} cannot be checked."
    )


def _table(claims: Sequence[Mapping[str, Any]], outcome: ClaimOutcome, topic: str) -> Element:
    rows = [
        (
            [span(claim["quoted"], _anchor(claim["id"])), words(","), SPACE, words(claim["place"])],
            [words(claim["printed"])],
            [words(claim["explanation"]), *_evidence(claim["evidence"])],
        )
        for claim in claims
    ]
    return table(
        ("Claim", "Printed", _LAST_COLUMN[outcome]),
        rows,
        (34, 12, 54),
        caption=f"{_HEADINGS[outcome]}: {topic}",
    )


def _anchor(claim_id: str) -> str:
    """The id of a claim's row in the chapter."""
    return "claim-" + claim_id.replace(".", "-")


def _evidence(evidence: Sequence[str]) -> list[Element]:
    """The observations a claim was checked against, by edition, data set and line."""
    lines: dict[tuple[str, str], list[str]] = {}
    for key in evidence:
        edition, observation = key.split("/", 1)
        dataset, line = observation.rsplit(":", 1)
        lines.setdefault((edition, dataset), []).append(line)
    parts = [
        f"edition {edition}, {dataset}, line{'s' if len(found) > 1 else ''} {', '.join(found)}"
        for (edition, dataset), found in lines.items()
    ]
    return [SPACE, span(f"Observations: {'; '.join(parts)}.", "", "evidence")] if parts else []
