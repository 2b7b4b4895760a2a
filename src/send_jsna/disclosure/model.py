"""Counts that hang together: cells by label, and how they add up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Relation:
    """A total and the parts it is the sum of.

    Attributes:
        total: Label of the total.
        parts: Labels of its parts.
        is_exact: Whether the parts make up the whole of it; otherwise they are at most the total.
    """

    total: str
    parts: tuple[str, ...]
    is_exact: bool = True
