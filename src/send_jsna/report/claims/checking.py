"""Checks claims against observations.

A recomputed value is compared after rounding it to the decimals the document prints. Inputs that were
themselves rounded (a percentage with one decimal, a count rounded to hundreds) may be any number that
rounds to them: the claim agrees where any of those numbers gives the printed figure. A difference that this
leaves is one that rounding cannot explain.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import NamedTuple

import pandas as pd

from send_jsna.catalogue.observation_table import ObservationTable
from send_jsna.catalogue.observations import WITHHELD, as_python_text
from send_jsna.errors import DataError
from send_jsna.report.claims.model import Check, Claim, Selector


class ClaimOutcome(StrEnum):
    """What became of a claim or of one check of it."""

    DIFFERS = "differs"
    CANNOT = "cannot be checked"
    AGREES = "agrees"


@dataclass(frozen=True)
class Reading:
    """One observation as a check uses it: its value and half the step it was rounded to."""

    value: float
    half_step: float
    unit: str
    decimals: int
    period: str
    evidence: str

    @property
    def ends(self) -> tuple[float, ...]:
        """The smallest and the largest number that is published as this value."""
        if self.half_step == 0:
            return (self.value,)
        return (self.value - self.half_step, self.value + self.half_step)


@dataclass(frozen=True)
class CheckResult:
    """What one check found.

    Attributes:
        check: The check.
        outcome: agrees, differs or cannot be checked.
        recomputed: The value the data give, unrounded; none where it cannot be checked.
        lower: The smallest value the rounded inputs allow.
        upper: The largest.
        difference: Printed less recomputed, both at the printed rounding; in the claim's unit, for an implied
            population in people.
        readings: The observations, in the check's order.
        why_not: Why it cannot be checked.
    """

    check: Check
    outcome: ClaimOutcome
    recomputed: float | None = None
    lower: float | None = None
    upper: float | None = None
    difference: float | None = None
    readings: tuple[Reading, ...] = ()
    why_not: str = ""


@dataclass(frozen=True)
class ClaimResult:
    """What became of a claim: differs if any check differs, else agrees if any agrees."""

    claim: Claim
    outcome: ClaimOutcome
    checks: tuple[CheckResult, ...] = ()
    why_not: str = ""
    evidence: tuple[str, ...] = field(default=())

    @property
    def difference(self) -> float | None:
        """The first difference found, printed less recomputed."""
        return next((part.difference for part in self.checks if part.outcome is ClaimOutcome.DIFFERS), None)


class _Row(NamedTuple):
    """What is read of an observation."""

    observation_id: str
    dataset: str
    status: str
    period: str
    value: float
    unit: str
    decimals: float


class _Missing(Exception):
    """An observation that a check needs is missing; the message says why."""


def check_claims(
    claims: Sequence[Claim],
    editions: Mapping[str, pd.DataFrame],
    *,
    failed: Mapping[str, Mapping[str, str]] | None = None,
) -> list[ClaimResult]:
    """Check every claim against the data.

    Args:
        claims: The claims, from :func:`load_claims`.
        editions: The tidy table of each edition, by edition id.
        failed: Data sets that failed validation and why, by edition: nothing is checked against them.

    Returns:
        One result a claim, in the same order.
    """
    wanted = {part.indicator for claim in claims for check in claim.checks for part in check.of}
    tables = {
        name: ObservationTable(as_python_text(frame[frame["indicator"].isin(wanted)]))
        for name, frame in editions.items()
    }
    return [_check_claim(claim, tables, failed or {}) for claim in claims]


def _check_claim(
    claim: Claim, editions: Mapping[str, ObservationTable], failed: Mapping[str, Mapping[str, str]]
) -> ClaimResult:
    results = []
    for check in claim.checks:
        try:
            readings = tuple(found for part in check.of for found in _read(part, editions, failed))
            results.append(_compare(claim, check, readings))
        except _Missing as reason:
            results.append(CheckResult(check, ClaimOutcome.CANNOT, why_not=str(reason)))
    outcomes = {result.outcome for result in results}
    outcome = next(
        (
            kind
            for kind in (ClaimOutcome.DIFFERS, ClaimOutcome.AGREES, ClaimOutcome.CANNOT)
            if kind in outcomes
        ),
        ClaimOutcome.CANNOT,
    )
    why = ""
    if outcome is ClaimOutcome.CANNOT:
        why = claim.cannot or "; ".join(dict.fromkeys(result.why_not for result in results))
    evidence = dict.fromkeys(reading.evidence for result in results for reading in result.readings)
    return ClaimResult(claim, outcome, tuple(results), why, tuple(evidence))


def _read(
    wanted: Selector, editions: Mapping[str, ObservationTable], failed: Mapping[str, Mapping[str, str]]
) -> list[Reading]:
    """The observation a selector names, or the observations where it takes several."""
    name = " ".join([wanted.indicator, wanted.period, *wanted.dimensions.values()])
    if wanted.edition not in editions:
        raise _Missing(f"edition {wanted.edition} is not at hand")
    try:
        rows = editions[wanted.edition].select(
            wanted.indicator,
            area=wanted.area,
            period=wanted.period,
            **wanted.dimensions,
        )
    except DataError:
        rows = pd.DataFrame()
    if len(rows) == 0:
        raise _Missing(f"edition {wanted.edition} holds no observation of {name}")
    return [
        _reading(wanted, row, name, failed)
        for row in map(_Row._make, rows[list(_Row._fields)].itertuples(index=False))
    ]


def _reading(wanted: Selector, row: _Row, name: str, failed: Mapping[str, Mapping[str, str]]) -> Reading:
    reason = failed.get(wanted.edition, {}).get(row.dataset)
    if reason:
        raise _Missing(f"the data set {row.dataset} of edition {wanted.edition} failed validation: {reason}")
    if row.status in WITHHELD:
        raise _Missing(f"the publisher withheld {name} ({WITHHELD[row.status]})")
    decimals = None if math.isnan(row.decimals) else int(row.decimals)
    if wanted.rounded_to is not None:
        half = wanted.rounded_to / 2
        decimals = round(-math.log10(wanted.rounded_to))
    elif decimals is None or (row.unit == "count" and decimals >= 0):
        half = 0.0
    else:
        half = 0.5 * 10.0**-decimals
    return Reading(
        value=float(row.value),
        half_step=half,
        unit=row.unit,
        decimals=max(decimals or 0, 0),
        period=row.period,
        evidence=f"{wanted.edition}/{row.observation_id}",
    )


Arithmetic = Callable[[Sequence[float]], float]

_ARITHMETIC: dict[str, Arithmetic] = {
    "value": lambda x: x[0],
    "cross_document": lambda x: x[0],
    "difference": lambda x: x[0] - x[1],
    "share": lambda x: 100 * x[0] / x[1],
    "percent_change": lambda x: 100 * (x[0] - x[1]) / x[1],
    "sum": lambda x: math.fsum(x),
    "ratio": lambda x: x[0] / x[1],
    "complement": lambda x: 100 - math.fsum(x),
    "implied_count": lambda x: x[0] * x[1] / 100,
    "implied_total": lambda x: 100 * x[0] / x[1],
    "implied_difference": lambda x: x[0] * x[1] / 100 - x[2],
    "implied_percent_change": lambda x: 100 * (x[0] * x[1] / 100 - x[2]) / x[2],
}


def _compare(claim: Claim, check: Check, readings: tuple[Reading, ...]) -> CheckResult:
    try:
        if check.kind == "implied_population":
            return _compare_populations(check, readings)
        if check.kind == "part_of_sum":
            return _compare_part(claim, check, readings)
        value, lower, upper = _range(_ARITHMETIC[check.kind], readings)
    except ZeroDivisionError as error:
        raise _Missing("the number it would be divided by is zero") from error
    stated = claim.nearest(value)
    if claim.reads_as is not None:
        agrees = lower <= claim.reads_as.upper and upper >= claim.reads_as.lower
    else:
        printed = round_half_up(stated, claim.decimals)
        agrees = round_half_up(lower, claim.decimals) <= printed <= round_half_up(upper, claim.decimals)
    difference = round_half_up(stated, claim.decimals) - round_half_up(value, claim.decimals)
    return CheckResult(
        check,
        ClaimOutcome.AGREES if agrees else ClaimOutcome.DIFFERS,
        recomputed=value,
        lower=lower,
        upper=upper,
        difference=round_half_up(difference, max(claim.decimals, 0)),
        readings=readings,
    )


def _compare_populations(check: Check, readings: tuple[Reading, ...]) -> CheckResult:
    """Whether two parts, each with its percentage, can belong to one population."""
    own, own_lower, own_upper = _range(_ARITHMETIC["implied_total"], readings[:2])
    other, lower, upper = _range(_ARITHMETIC["implied_total"], readings[2:])
    agrees = own_lower <= upper and lower <= own_upper
    return CheckResult(
        check,
        ClaimOutcome.AGREES if agrees else ClaimOutcome.DIFFERS,
        recomputed=other,
        lower=lower,
        upper=upper,
        difference=round_half_up(own, 0) - round_half_up(other, 0),
        readings=readings,
    )


def _compare_part(claim: Claim, check: Check, readings: tuple[Reading, ...]) -> CheckResult:
    """A part agrees where it is printed as recorded and all parts make the printed total.

    Where they do not, nothing tells which of them is wrong: the total differs, its parts cannot be checked.
    """
    total, own, parts = readings[0], readings[1], readings[2:]
    if math.fsum(part.value for part in parts) != total.value:
        raise _Missing(
            "the column does not add up to the total printed under it, and nothing tells which of its"
            " numbers is wrong"
        )
    assert claim.value is not None
    difference = claim.value - own.value
    return CheckResult(
        check,
        ClaimOutcome.DIFFERS if difference else ClaimOutcome.AGREES,
        recomputed=own.value,
        lower=own.value,
        upper=own.value,
        difference=difference,
        readings=readings,
    )


def _range(arithmetic: Arithmetic, readings: Sequence[Reading]) -> tuple[float, float, float]:
    """The value, and the smallest and largest that inputs with the same published digits give."""
    value = arithmetic([reading.value for reading in readings])
    corners = [arithmetic(corner) for corner in itertools.product(*(reading.ends for reading in readings))]
    return value, min(corners), max(corners)


def round_half_up(value: float, places: int) -> float:
    """Round half away from zero on the decimal digits, as printed tables do; negative places mean tens."""
    step = Decimal(1).scaleb(-places)
    # Twelve significant digits drop the noise of binary arithmetic, which would tip a true half downwards.
    return float(Decimal(f"{value:.12g}").quantize(step, rounding=ROUND_HALF_UP))
