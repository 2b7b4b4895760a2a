"""What becomes of the passages of a run's report: decided here, once.

A chapter makes a span or block depend on something with ``when``, ``unless``, ``needs`` and ``optional``.
The checks of the narrative ask this module; the Lua filter and ``jsna trace`` read its answers in
``report.json``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from send_jsna.report.chapter import Chapter, Passage, Use


@dataclass(frozen=True)
class Decisions:
    """The rules, with what a run has.

    Attributes:
        facts: The conditions the run meets; see :func:`send_jsna.report.conditions.facts_of`.
        absent: Ids of the figures missing for the area.
        figures: Ids of the published and refused figures.
    """

    facts: Collection[str] = ()
    absent: Collection[str] = ()
    figures: Collection[str] = ()

    def meets(self, passage: Passage) -> bool:
        """Whether the conditions of a passage are met."""
        return self._all_met(passage.when) and self._none_met(passage.unless)

    def lacking(self, needs: Sequence[str]) -> list[str]:
        """The missing ones of the figures a passage needs; the passage is left out if there is any."""
        return [name for name in needs if name in self.absent]

    def leaves_out(self, use: Use) -> bool:
        """Whether a figure is left out without a word: an optional one that no notebook publishes."""
        return use.optional and use.name not in self.figures

    def as_data(self, chapters: Iterable[Chapter]) -> dict[str, Any]:
        """The decisions on all that chapters name, as the filter reads them: by an attribute's words."""
        chapters = tuple(chapters)
        passages = [Passage(), *(passage for chapter in chapters for passage in chapter.passages)]
        left_out = {use.name for chapter in chapters for use in chapter.uses if self.leaves_out(use)}
        return {
            "passages": {
                "when": {" ".join(one.when): self._all_met(one.when) for one in passages},
                "unless": {" ".join(one.unless): self._none_met(one.unless) for one in passages},
                "needs": {" ".join(one.needs): self.lacking(one.needs) for one in passages},
            },
            "left_out": dict.fromkeys(sorted(left_out), True),
        }

    def _all_met(self, names: Sequence[str]) -> bool:
        return all(name in self.facts for name in names)

    def _none_met(self, names: Sequence[str]) -> bool:
        return not any(name in self.facts for name in names)
