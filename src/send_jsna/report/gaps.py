"""What a chapter should say and the run has no figures of, with who has them: the blocks ``gaps_…``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.catalogue.gaps import Gap
from send_jsna.report.book import Book
from send_jsna.report.markdown import escape, table
from send_jsna.report.publication import ANCHOR

if TYPE_CHECKING:
    from send_jsna.catalogue.schema import Catalogue

#: Supplements whose chapters list what they lack; the block of each is named after it.
SUPPLEMENTS = ("places_and_money", "waits")
BLOCKS = tuple(f"gaps_{name}" for name in SUPPLEMENTS)
NONE_OPEN = "Nothing that this chapter lists as missing is missing from this edition.\n"
_NOTHING = "no source or extract is declared"


def gap_blocks(run_folder: Path, area: str, catalogue: Catalogue | None, reports: Path) -> tuple[str, ...]:
    """The blocks :data:`BLOCKS` of a run, as Markdown.

    Args:
        run_folder: The run.
        area: Code of its area.
        catalogue: The catalogue; without declared gaps nothing is listed.
        reports: The folder of the book, whose audit chapter has the searches.
    """
    if catalogue is None or not catalogue.gaps:
        return (NONE_OPEN,) * len(BLOCKS)
    audit = Book.read(reports).audit_page.replace(".html", ".qmd")
    available = available_indicators(run_folder, area)
    titles = {key: source.title for key, source in catalogue.sources.items()}
    return tuple(
        gaps_block(
            [gap for gap in catalogue.gaps.values() if gap.supplement == name], available, titles, audit
        )
        for name in SUPPLEMENTS
    )


def available_indicators(run_folder: Path, area: str) -> set[str]:
    """The indicators that a run has observations of an area with a value of."""
    path = run_folder / "observations.parquet"
    if not path.is_file():
        return set()
    rows = pd.read_parquet(path, columns=["indicator", "area_code", "value"])
    return set(rows.loc[(rows["area_code"] == area) & rows["value"].notna(), "indicator"])


def gaps_block(gaps: Iterable[Gap], available: Collection[str], titles: Mapping[str, str], audit: str) -> str:
    """The table of what is missing, who has it, and what would bring it.

    Args:
        gaps: The declared gaps of one chapter.
        available: Indicators the run has values of; they close the gaps that name them.
        titles: Title of each declared source.
        audit: File of the audit chapter.
    """
    rows = [
        [escape(gap.subject), escape(gap.what), escape(gap.holder), _brought_by(gap, titles, audit)]
        for gap in gaps
        if set(gap.indicators).isdisjoint(available)
    ]
    if not rows:
        return NONE_OPEN
    columns = ["Subject", "Not in this edition", "Who has it", "What would bring it"]
    return table(columns, rows, [5, 9, 8, 8], caption="What is not in this edition, and who has it")


def _brought_by(gap: Gap, titles: Mapping[str, str], audit: str) -> str:
    found = [f"the council's extract `{gap.extract}`"] if gap.extract else []
    found += [f"the declared source {escape(titles[name])}" for name in gap.sources]
    if gap.search:
        found.append(f"[what was searched for]({audit}#{ANCHOR}{gap.search})")
    text = "; ".join(found) or _NOTHING
    return text[:1].upper() + text[1:]
