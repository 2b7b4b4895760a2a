"""What was found of a claim, in sentences, with the working."""

from __future__ import annotations

import math
from collections.abc import Sequence

from send_jsna.report.claims.checking import CheckResult, ClaimOutcome, ClaimResult, Reading, round_half_up
from send_jsna.report.claims.model import Claim
from send_jsna.wording import format_number


def explanation(result: ClaimResult) -> str:
    """What was found, in sentences: each check that could be made, and what a difference comes from."""
    if result.outcome is ClaimOutcome.CANNOT:
        return _sentence(result.why_not)
    sentences = [_reading_of(result.claim)] if result.claim.is_cut_off else []
    for part in sorted(result.checks, key=lambda part: part.outcome is not ClaimOutcome.DIFFERS):
        if part.outcome is ClaimOutcome.CANNOT:
            sentences.append(f"Not compared with {part.check.against}: {part.why_not}.")
        else:
            sentences.append(f"{_sentence(part.check.against)[:-1]}: {_found(result.claim, part)}")
    if result.outcome is ClaimOutcome.DIFFERS and result.claim.if_differs:
        sentences.append(result.claim.if_differs)
    return " ".join(sentences)


def _reading_of(claim: Claim) -> str:
    """What the digits that can be read of a figure are taken for."""
    assert claim.reads_as is not None
    places = max(claim.decimals, 0)
    low, high = (
        format_number(limit, unit=claim.unit, decimals=places)
        for limit in (claim.reads_as.lower, math.floor(10**places * claim.reads_as.upper) / 10**places)
    )
    read = low if low == high else f"{low} to {high}"
    return f"The cell is cut off in the copy we hold, and read as {read}."


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
