"""What the change report says: its records."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Revision(_Record):
    """One observation whose value or status is another than in the previous edition."""

    indicator: str
    area_code: str
    period: str
    breakdown: str
    before: str
    now: str
    observation_before: str
    observation_now: str


class Continuation(_Record):
    """One indicator that goes on after the period in which the previous edition ended."""

    indicator: str
    before: str
    now: str


class FigureChange(_Record):
    """One figure that reads differently."""

    id: str
    title: str
    before: str
    now: str


class ClaimChange(_Record):
    """One published claim whose outcome is another."""

    id: str
    quoted: str
    before: str
    now: str


class SourceChange(_Record):
    """What came of one source of an edition that was fetched.

    Attributes:
        outcome: ``changed``, ``unchanged`` or ``new`` against the previous run; ``failed`` where its newest
            files are not in use, ``carried`` where those of a released edition are, ``absent`` where there
            are none.
    """

    id: str
    outcome: Literal["changed", "unchanged", "new", "failed", "carried", "absent"]
    as_at: str
    version: str
    sentences: list[str]


class Changes(_Record):
    """The change report.

    Attributes:
        edition: The edition that was built.
        previous_edition: The edition it is compared with; empty where it names none.
        previous_run: The run its figures are compared with; empty where there is none.
        not_compared: Why the figures of the two runs are not compared; empty where they are.
        sources: What came of each source, where the edition was fetched.
        indicators_new: Indicators only this edition has.
        indicators_gone: Indicators only the previous edition has.
        continued: Indicators of both whose latest period is a later one.
        revised: Observations of both with another value or status.
        figures_turned: Figures whose direction or position changed: phrases with other words, changes with
            another sign.
        figures_moved: Other numbers that are shown differently.
        figures_new: Ids only this run publishes.
        figures_gone: Ids only the previous run published.
        claims_broken: Claims that agreed and no longer do.
        claims_mended: Claims that did not agree and now do.
    """

    edition: str
    previous_edition: str
    previous_run: str
    not_compared: str = ""
    sources: list[SourceChange] = []
    indicators_new: list[str] = []
    indicators_gone: list[str] = []
    continued: list[Continuation] = []
    revised: list[Revision] = []
    figures_turned: list[FigureChange] = []
    figures_moved: list[FigureChange] = []
    figures_new: list[str] = []
    figures_gone: list[str] = []
    claims_broken: list[ClaimChange] = []
    claims_mended: list[ClaimChange] = []

    def line(self) -> str:
        """The report in one line."""
        failed = sum(item.outcome == "failed" for item in self.sources)
        changed = sum(item.outcome in ("changed", "new") for item in self.sources)
        fetched = f"{changed} sources changed, {failed} failed; " if self.sources else ""
        return (
            f"{fetched}{len(self.indicators_new)} indicators new, {len(self.indicators_gone)} gone,"
            f" {len(self.continued)} continued, {len(self.revised)} values revised;"
            f" {len(self.figures_turned)} figures turned, {len(self.figures_moved)} moved;"
            f" {len(self.claims_broken)} claims broken"
        )
