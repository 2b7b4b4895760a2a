"""What a report says of publication: releases newer than its edition, and what was searched for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from send_jsna.catalogue.releases import Release, Search
from send_jsna.pages import link_target
from send_jsna.report.markdown import escape, table
from send_jsna.report.narrative import Narrative

Entry = Mapping[str, Any]

#: What the anchor of a search is called in the audit chapter, before its id.
ANCHOR = "searched-"
NONE_KNOWN = "No release is known that is newer than what this report is made from.\n"


@dataclass(frozen=True)
class NewerRelease:
    """A release that has a later period than the observations of a run.

    Attributes:
        release: The release.
        has: Label of the newest period the run has of it.
    """

    release: Release
    has: str

    @property
    def sentence(self) -> str:
        """For a reader: what is published, and what this edition has."""
        return f"{self.release.title}: figures to {self.release.covers}; this edition has them to {self.has}."


def newest_periods(observations: pd.DataFrame) -> dict[str, tuple[date, str]]:
    """Last day and label of the newest period of each source and each indicator.

    Args:
        observations: Rows with ``source_id``, ``indicator``, ``period`` and ``period_end``.
    """
    rows = observations[observations["period_end"].notna()].sort_values("period_end", kind="stable")
    found: dict[str, tuple[date, str]] = {}
    for column in ("source_id", "indicator"):
        newest = rows.groupby(column, sort=False).tail(1)
        for name, period, end in newest[[column, "period", "period_end"]].itertuples(index=False, name=None):
            found[str(name)] = (pd.Timestamp(end).date(), str(period))
    return found


def newer_releases(releases: Iterable[Release], newest: Mapping[str, tuple[date, str]]) -> list[NewerRelease]:
    """The releases that reach a later period than a run has of their sources and indicators.

    A release of which the run has nothing at all is not newer: what a chapter lacks it says itself.

    Args:
        releases: Those that are known.
        newest: From :func:`newest_periods`.
    """
    found = []
    for release in releases:
        have = [newest[name] for name in (*release.sources, *release.indicators) if name in newest]
        if have and max(have)[0] < release.ends:
            found.append(NewerRelease(release, max(have)[1]))
    return found


def newer_of_run(run_folder: Path, releases: Iterable[Release]) -> list[NewerRelease]:
    """The known releases that are newer than a run's observations."""
    path = run_folder / "observations.parquet"
    if not path.is_file():
        return []
    columns = ["source_id", "indicator", "period", "period_end"]
    return newer_releases(releases, newest_periods(pd.read_parquet(path, columns=columns)))


def newer_by_chapter(
    narrative: Narrative, lineage: Mapping[str, Entry], newer: Iterable[NewerRelease]
) -> dict[str, list[str]]:
    """The sentences on newer releases for each chapter whose figures they would change, by its stem.

    Args:
        narrative: The chapters.
        lineage: Audit entries by figure id.
        newer: The releases.
    """
    found: dict[str, list[str]] = {}
    for chapter in narrative.chapters:
        shown = [lineage[use.name] for use in chapter.uses if use.name in lineage]
        made_of = {str(source["source_id"]) for entry in shown for source in entry["sources"]}
        made_of |= {str(row["indicator"]) for entry in shown for row in entry["inputs"]}
        sentences = [
            item.sentence
            for item in newer
            if not made_of.isdisjoint((*item.release.sources, *item.release.indicators))
        ]
        if sentences:
            found[chapter.stem] = sentences
    return found


# -- generated blocks -----------------------------------------------------------------------------------


def newer_block(newer: Iterable[NewerRelease]) -> str:
    """The list of newer releases, for the front page."""
    lines = [f"- {_linked(item.release.title, item.release.where)}: {_reach(item)}" for item in newer]
    return "\n".join(lines) + "\n" if lines else NONE_KNOWN


def _reach(item: NewerRelease) -> str:
    return f"figures to {escape(item.release.covers)}; this edition has them to {escape(item.has)}."


def releases_block(releases: Iterable[Release]) -> str:
    """The table of what is known of the newest releases, for the audit chapter."""
    rows = [
        [
            _linked(release.title, release.where),
            escape(release.covers),
            escape(str(release.published or "not stated")),
            escape(str(release.looked)),
            escape(str(release.due or "not known")),
            escape(release.note),
        ]
        for release in releases
    ]
    if not rows:
        return "No newest release is recorded.\n"
    columns = ["Newest release known", "Figures to", "Published", "Last looked for", "Next due", "Note"]
    return table(columns, rows, [8, 4, 4, 4, 4, 8], caption="Newest releases known")


def searches_block(searches: Iterable[Search], areas: Iterable[str]) -> str:
    """The table of what was searched for, for the audit chapter.

    Args:
        searches: The searches.
        areas: Every code of the report's area; searches about another area are left out.
    """
    own = set(areas)
    rows = [
        [
            f"[{escape(search.what)}]{{#{ANCHOR}{search.id}}}",
            "; ".join(
                f"{_linked(place.where, place.url)} ({escape(str(place.when))}): "
                + (escape(place.found) if place.found else "nothing found")
                for place in search.searched
            ),
            ", ".join(f"`{name}`" for name in search.sources) or "none",
        ]
        for search in searches
        if not search.area or search.area in own
    ]
    if not rows:
        return "No search is recorded.\n"
    columns = ["Looked for", "Where, when, and what was found", "Declared sources that bring it"]
    return table(columns, rows, [8, 14, 6], caption="What was searched for")


def _linked(title: str, address: str) -> str:
    target = link_target(address)
    return f"[{escape(title)}]({target})" if target else escape(title)
