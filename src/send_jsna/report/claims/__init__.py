"""Figures printed in already published documents, checked against the data, for the chapter on claims."""

from send_jsna.report.claims.checking import CheckResult, ClaimOutcome, ClaimResult, check_claims
from send_jsna.report.claims.model import Check, Claim, ClaimedDocument, Selector, claims_of, load_claims
from send_jsna.report.claims.rendering import (
    claims_record,
    read_claims,
    render_claims,
    summary_figures,
    write_claims,
)

__all__ = [
    "Check",
    "CheckResult",
    "Claim",
    "ClaimOutcome",
    "ClaimResult",
    "ClaimedDocument",
    "Selector",
    "check_claims",
    "claims_of",
    "claims_record",
    "load_claims",
    "read_claims",
    "render_claims",
    "summary_figures",
    "write_claims",
]
