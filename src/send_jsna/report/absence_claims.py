"""That something is not published is a claim, and needs a record of a search.

A text may say so only in a link to the record, which the audit chapter shows::

    The council's directory is [not published](22-audit.qmd#searched-coventry-service-feed) as open data.

What an edition lacks without anyone having searched is *not in this edition*.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from send_jsna.catalogue.releases import Search
from send_jsna.errors import ReportError

#: Words that say of a statistic that nobody has published it.
CLAIM = re.compile(
    r"(?:\b(?:not|never)|n['’]t)\s+(?:yet\s+)?(?:been\s+)?(?:yet\s+)?published\b"
    r"|\b(?:no|neither|none\s+of\s+the)\s+published\b"
    r"|\b(?:nobody|no\s+(?:publisher|department|agency|statistic\s+office)|no\s?one)\s+publishes\b"
    r"|\bpublish(?:es|ed)?\s+(?:no|neither|nowhere)\b|\bnowhere\s+published\b"
    r"|\b(?:does|did|they\s+do|publishers\s+do)\s+not\s+publish\b"
    r"|\blast\s+published\b",
    re.IGNORECASE,
)
_LINK = re.compile(r"\[(?P<words>[^\[\]]*)\]\([^()\s]*#searched-(?P<id>[a-z0-9_-]+)\)")
_REMEDY = (
    "say that it is not in this edition; or record the search in data/catalogue/searches.yaml and link to it"
    " as [not published](22-audit.qmd#searched-ID)"
)


@dataclass(frozen=True)
class ClaimFault:
    """A claim without a record that bears it out.

    Attributes:
        what: What is wrong.
        line: Line of the text it is on, from 1.
        remedy: What to do.
    """

    what: str
    line: int
    remedy: str = _REMEDY

    def error(self, where: str) -> ReportError:
        """The error for a text at a place."""
        return ReportError(
            self.what,
            where=f"{where}, line {self.line}",
            expected="a record of where it was searched for and that nothing was found",
            remedy=self.remedy,
        )


def claim_faults(text: str, searches: Mapping[str, Search]) -> Iterator[ClaimFault]:
    """What a text claims of publication and no search bears out.

    Args:
        text: Markdown, or the text of a cell or an entry.
        searches: The recorded searches, by id.
    """
    borne_out: list[tuple[int, int]] = []
    for link in _LINK.finditer(text):
        line = text.count("\n", 0, link.start()) + 1
        search = searches.get(link["id"])
        if search is None:
            yield ClaimFault(f"no search {link['id']!r} is recorded", line, "correct the name, or record it")
        elif search.found and CLAIM.search(link["words"]):
            yield ClaimFault(
                f"{_words(link['words'])!r} is not so: the search found {search.found[0]}",
                line,
                "say what is published, and that it is not in this edition",
            )
        borne_out.append(link.span())
    for claim in CLAIM.finditer(text):
        if not any(start <= claim.start() < end for start, end in borne_out):
            line = text.count("\n", 0, claim.start()) + 1
            yield ClaimFault(f"{_words(claim.group())!r} is a claim without a record of a search", line)


def _words(text: str) -> str:
    return " ".join(text.split())
