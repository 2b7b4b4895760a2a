"""Figures that come in sets: one stem, and a title, inputs and method that several of them share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from send_jsna.evidence.tables import reason_notes

if TYPE_CHECKING:
    from send_jsna.figures.charts import Chart
    from send_jsna.figures.records import FigureRecord
    from send_jsna.figures.supplement import Supplement


@dataclass(frozen=True)
class Family:
    """Figures under one stem.

    Attributes:
        supplement: The supplement that publishes.
        stem: First parts of the figures' ids, such as ``ehcp.share``; empty for whole ids.
        shared: What the figures have in common: ``title``, ``inputs``, ``method``, and the like.
    """

    supplement: Supplement
    stem: str = ""
    shared: Mapping[str, Any] = field(default_factory=dict)

    def about(self, **shared: Any) -> Family:
        """The family, with more in common."""
        return replace(self, shared={**self.shared, **shared})

    def id(self, part: str) -> str:
        """The id of one of its figures."""
        return f"{self.stem}.{part}" if self.stem and part else self.stem or part

    def covering(self, name: str, *parts: str) -> AbstractContextManager[None]:
        """As ``Supplement.covering``, for figures of the family."""
        return self.supplement.covering(name, *map(self.id, parts))

    def absent(self, name: str, *parts: str, reason: str) -> None:
        """As ``Supplement.absent``, for figures of the family."""
        self.supplement.absent(name, *map(self.id, parts), reason=reason)

    def number(self, part: str, value: float, **about: Any) -> FigureRecord:
        """As ``Supplement.number``."""
        return self.supplement.number(self.id(part), value, **{**self.shared, **about})

    def phrase(self, part: str, text: str, **about: Any) -> FigureRecord:
        """As ``Supplement.phrase``."""
        return self.supplement.phrase(self.id(part), text, **{**self.shared, **about})

    def table(self, part: str, frame: pd.DataFrame, **about: Any) -> FigureRecord:
        """As ``Supplement.table``."""
        return self.supplement.table(self.id(part), frame, **{**self.shared, **about})

    def chart(self, part: str, chart: Chart, **about: Any) -> FigureRecord:
        """As ``Supplement.chart``."""
        return self.supplement.chart(self.id(part), chart, **{**self.shared, **about})

    def explained_table(
        self, part: str, frame: pd.DataFrame, *, notes: Sequence[str] = (), **about: Any
    ) -> FigureRecord:
        """Publish a table, with notes on the reason codes it shows after the others."""
        return self.table(part, frame, notes=[*notes, *reason_notes(frame)], **about)
