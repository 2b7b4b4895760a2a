"""The checked claims as chapter 15 prints them, and as ``claims.json`` of the run keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from send_jsna.files import write_json
from send_jsna.report.claims.checking import CheckResult, ClaimOutcome, ClaimResult, Reading, round_half_up
from send_jsna.report.claims.model import Claim
from send_jsna.report.markdown import escape, table
from send_jsna.wording import format_number

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
    """How many claims there are, and how many of each outcome: the numbers chapter 15 opens with."""
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


# -- words ----------------------------------------------------------------------------------------------


def explanation(result: ClaimResult) -> str:
    """What was found, in sentences: each check that could be made, and what a difference comes from."""
    if result.outcome is ClaimOutcome.CANNOT:
        return _sentence(result.why_not)
    sentences = []
    for part in sorted(result.checks, key=lambda part: part.outcome is not ClaimOutcome.DIFFERS):
        if part.outcome is ClaimOutcome.CANNOT:
            sentences.append(f"Not held against {part.check.against}: {part.why_not}.")
        else:
            sentences.append(f"{_sentence(part.check.against)[:-1]}: {_found(result.claim, part)}")
    if result.outcome is ClaimOutcome.DIFFERS and result.claim.if_differs:
        sentences.append(result.claim.if_differs)
    return " ".join(sentences)


def _found(claim: Claim, part: CheckResult) -> str:
    working = _WORKING[part.check.kind](claim, part)
    if part.outcome is ClaimOutcome.AGREES:
        return f"{working}."
    assert part.difference is not None
    if part.check.kind == "implied_population":
        return f"{working}; rounding cannot bring the two together."
    places = max(claim.decimals, 0)
    unit = "pp" if claim.unit == "%" else claim.unit
    size = format_number(abs(part.difference), unit=unit, decimals=places)
    if size == "1 percentage points":
        size = "1 percentage point"
    if part.difference == 0:  # within the printed rounding of the middle value, but outside a vague range
        return f"{working}; that is not what the words say."
    side = "more" if part.difference > 0 else "less"
    return f"{working}; the printed figure is {size} {side}."


def _say(reading: Reading, *, dated: bool = False) -> str:
    places = 0 if reading.unit == "count" else reading.decimals
    text = format_number(reading.value, unit=reading.unit, decimals=places)
    return f"{text} ({reading.period})" if dated else text


def _result(claim: Claim, part: CheckResult) -> str:
    """The recomputed value; a percentage with one decimal more than printed, so that rounding can be seen."""
    assert part.recomputed is not None
    places = max(claim.decimals, 0)
    if claim.unit == "%":
        places += 1
    if part.lower != part.upper and claim.unit == "count":
        return f"about {format_number(round_half_up(part.recomputed, 0), unit='count')}"
    return format_number(part.recomputed, unit=claim.unit, decimals=places)


def _two(claim: Claim, part: CheckResult, verb: str) -> str:
    first, second = part.readings[:2]
    dated = first.period != second.period
    return f"{_say(first, dated=dated)} {verb} {_say(second, dated=dated)} is {_result(claim, part)}"


def _difference(claim: Claim, part: CheckResult) -> str:
    return _two(claim, part, "less")


def _share(claim: Claim, part: CheckResult) -> str:
    return _two(claim, part, "of")


def _ratio(claim: Claim, part: CheckResult) -> str:
    return _two(claim, part, "divided by")


def _percent_change(claim: Claim, part: CheckResult) -> str:
    later, earlier = part.readings
    return f"from {_say(earlier, dated=True)} to {_say(later, dated=True)} is {_result(claim, part)}"


def _value(claim: Claim, part: CheckResult) -> str:
    return _say(part.readings[0], dated=part.readings[0].period != claim.period)


def _sum(claim: Claim, part: CheckResult) -> str:
    return f"{_added(part.readings)} is {_result(claim, part)}"


def _complement(claim: Claim, part: CheckResult) -> str:
    return f"100% less {_added(part.readings)} is {_result(claim, part)}"


def _added(readings: Sequence[Reading]) -> str:
    return " + ".join(_say(reading) for reading in readings)


def _part_of_sum(claim: Claim, part: CheckResult) -> str:
    total = part.readings[0]
    return f"{_say(part.readings[1])}, and the column adds up to {_say(total)} as printed"


def _implied_count(claim: Claim, part: CheckResult) -> str:
    share, whole = part.readings
    return f"{_say(share)} of {_say(whole)} is {_result(claim, part)}"


def _implied_total(claim: Claim, part: CheckResult) -> str:
    count, share = part.readings
    return f"{_say(count)} being {_say(share)}, the whole is {_between(part)}"


def _implied_difference(claim: Claim, part: CheckResult) -> str:
    share, whole, base = part.readings
    return f"{_say(share)} of {_say(whole)}, less {_say(base, dated=True)}, is {_result(claim, part)}"


def _implied_percent_change(claim: Claim, part: CheckResult) -> str:
    share, whole, base = part.readings
    start = _say(base, dated=True)
    return f"{_say(share)} of {_say(whole)}, against {start}, is a rise of {_result(claim, part)}"


def _implied_population(claim: Claim, part: CheckResult) -> str:
    count, share, other, other_share = part.readings
    assert part.recomputed is not None and part.difference is not None
    own = format_number(part.recomputed + part.difference, unit="count")
    rest = format_number(part.recomputed, unit="count")
    return (
        f"{_say(count)} as {_say(share)} makes a population of {own}, {_say(other)} as {_say(other_share)}"
        f" one of {rest}"
    )


def _between(part: CheckResult) -> str:
    assert part.lower is not None and part.upper is not None
    return f"between {format_number(part.lower, unit='count')} and {format_number(part.upper, unit='count')}"


_WORKING = {
    "value": _value,
    "cross_document": _value,
    "difference": _difference,
    "share": _share,
    "percent_change": _percent_change,
    "sum": _sum,
    "ratio": _ratio,
    "part_of_sum": _part_of_sum,
    "complement": _complement,
    "implied_count": _implied_count,
    "implied_total": _implied_total,
    "implied_difference": _implied_difference,
    "implied_percent_change": _implied_percent_change,
    "implied_population": _implied_population,
}


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."


# -- the block of chapter 15 ----------------------------------------------------------------------------


def render_claims(results: Sequence[ClaimResult]) -> str:
    """The generated block ``claims``: pandoc Markdown with a count, then a section for each outcome.

    Args:
        results: From :func:`check_claims`.
    """
    blocks = [_counts(results)]
    for outcome, heading in _HEADINGS.items():
        found = [result for result in results if result.outcome is outcome]
        if not found:
            continue
        blocks.append(f"## {heading} {{#claims-{outcome.name.lower()}}}")
        blocks.append(_LEADS[outcome])
        for topic in dict.fromkeys(result.claim.topic for result in found):
            rows = [result for result in found if result.claim.topic == topic]
            if len({result.claim.topic for result in found}) > 1:
                blocks.append(f"### {escape(topic)} {{.unnumbered}}")
            blocks.append(_table(rows, outcome, topic))
    return "\n\n".join(blocks) + "\n"


def _counts(results: Sequence[ClaimResult]) -> str:
    counts = summary_figures(results)
    titles = dict.fromkeys(f"{r.claim.document.title} ({r.claim.document.published})" for r in results)
    return (
        f"The published documents print {counts['claims.total']} figures: {escape('; '.join(titles))}."
        f" Of these, {counts['claims.agrees']} agree with the data, {counts['claims.differs']} differ and"
        f" {counts['claims.cannot']} cannot be checked."
    )


def _table(results: Sequence[ClaimResult], outcome: ClaimOutcome, topic: str) -> str:
    rows = [
        (
            f"[{escape(result.claim.quoted)}]{{#{anchor(result.claim)}}}, {escape(result.claim.place)}",
            escape(result.claim.printed),
            escape(explanation(result)) + _evidence(result),
        )
        for result in results
    ]
    return table(
        ("Claim", "Printed", _LAST_COLUMN[outcome]),
        rows,
        (34, 12, 54),
        caption=f"{_HEADINGS[outcome]}: {topic}",
    )


def anchor(claim: Claim) -> str:
    """The id of a claim's row in the chapter."""
    return "claim-" + claim.id.replace(".", "-")


def _evidence(result: ClaimResult) -> str:
    """The observations a claim was held against, by edition, data set and line."""
    lines: dict[tuple[str, str], list[str]] = {}
    for key in result.evidence:
        edition, observation = key.split("/", 1)
        dataset, line = observation.rsplit(":", 1)
        lines.setdefault((edition, dataset), []).append(line)
    parts = [
        f"edition {edition}, {escape(dataset)}, line{'s' if len(found) > 1 else ''} {', '.join(found)}"
        for (edition, dataset), found in lines.items()
    ]
    return f" [Observations: {'; '.join(parts)}.]{{.evidence}}" if parts else ""
