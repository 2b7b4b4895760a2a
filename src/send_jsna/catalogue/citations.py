"""How a source is cited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class EditionSource:
    """A source of an edition, as its ``sources.csv`` gives it."""

    source_id: str
    publisher: str
    title: str
    url: str
    licence: str
    as_at: date
    publisher_file: str
    publisher_sha256: str
