"""What named documents give of an area: entries declared in a file, one observation an entry.

The service directory and the published findings are two such sets; their figures are counts of the entries,
tables made of them, and words taken from them, all with the same observations as inputs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

import pandas as pd

from send_jsna.errors import NoDataError
from send_jsna.evidence.families import Family
from send_jsna.wording import with_article

if TYPE_CHECKING:
    from send_jsna.figures.supplement import Supplement

Declared = TypeVar("Declared")


@dataclass(frozen=True)
class DocumentSet(Generic[Declared]):
    """The entries of an area, and the figures about them.

    Attributes:
        supplement: The supplement that publishes.
        stem: First part of the figures' ids.
        declared: What the file declares.
        rows: The observations of the entries, inputs of every figure.
        entries: One row an entry.
    """

    supplement: Supplement
    stem: str
    declared: Declared
    rows: pd.DataFrame
    entries: pd.DataFrame

    def count(self, part: str, entries: pd.DataFrame, *, title: str, method: str) -> None:
        """Publish how many entries there are of some kind."""
        self._about(title, method).number(part, len(entries), unit="count")

    def table(
        self,
        part: str,
        make: Callable[[Declared, pd.DataFrame], pd.DataFrame],
        *,
        title: str,
        method: str,
        note: str = "",
    ) -> None:
        """Publish a table made of what is declared and the entries."""
        table = make(self.declared, self.entries)
        self._about(title, method).table(part, table, notes=[note] if note else [])

    def phrase(
        self, part: str, make: Callable[[Declared, pd.DataFrame], str], *, title: str, method: str
    ) -> None:
        """Publish words made of what is declared and the entries."""
        self._about(title, method).phrase(part, make(self.declared, self.entries))

    def _about(self, title: str, method: str) -> Family:
        title = f"{title}, {self.supplement.area}"
        return Family(self.supplement, self.stem).about(title=title, method=method, inputs=self.rows)


def none_of(supplement: Supplement, what: str, *, are: str) -> NoDataError:
    """The error for an area without such documents.

    Args:
        supplement: The supplement that publishes.
        what: What there is none of, such as ``service directory``.
        are: ``is`` or ``are``.
    """
    place = with_article(supplement.area.name)
    return NoDataError(
        f"no {what} of {supplement.area}", reason=f"no {what} of {place} {are} in this edition"
    )
