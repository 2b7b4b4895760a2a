"""What publishers were found to have, whenever they were asked: the state folder's part of what is known.

A fetch writes one small file a source, with the newest period of the figures that came and the day. It is
laid over what the catalogue declares, and ``jsna sources --record`` brings it into the catalogue; a report
reads the catalogue alone, so that it is the same wherever it is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from send_jsna.catalogue.periods import parse_period
from send_jsna.catalogue.releases import Release
from send_jsna.errors import DataError, IntegrityError
from send_jsna.files import write_whole

if TYPE_CHECKING:
    from send_jsna.catalogue.schema import Source
    from send_jsna.ingest.intake import IntakeResult
    from send_jsna.ingest.retrieval_ledger import Retrieval

FOLDER = "releases"


class FoundRelease(BaseModel):
    """What a publisher had of a source when it was asked.

    Attributes:
        source_id: Id of the source.
        title: The publisher's title of the newest file.
        version: Its version; empty where the publisher gives none.
        published: Day it was published, where it is known.
        covers: Newest period of its figures; empty where they were not read.
        looked: Day the publisher was asked.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source_id: str
    title: str = ""
    version: str = ""
    published: date | None = None
    covers: str = ""
    looked: date


def record_found(state: Path, item: IntakeResult, newest: Iterable[Retrieval]) -> FoundRelease | None:
    """Write down what a publisher that was asked has, whether or not it came into use.

    Args:
        state: The state folder.
        item: What came of the source.
        newest: The newest retrieval of each of its files, accepted or not.

    Returns:
        The record; None where nothing was ever retrieved of the source.
    """
    retrievals = list(newest)
    if not retrievals:
        return None
    last = max(retrievals, key=lambda entry: entry.asked_at)
    in_use = last.sha256 in {entry.sha256 for entry in item.retrievals.values()}
    found = FoundRelease(
        source_id=item.source.id,
        title=last.title,
        version=last.version,
        published=last.published,
        covers=_newest_period(item) if in_use else "",
        looked=last.asked_at.date(),
    )
    path = state / FOLDER / f"{item.source.id}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, found.model_dump_json(indent=1) + "\n")
    return found


def _newest_period(item: IntakeResult) -> str:
    """Label of the newest period of the observations in use; empty where none of them has one."""
    if item.frame is None or "period" not in item.frame:
        return ""
    ends = {}
    for label in map(str, item.frame["period"].unique()):
        with suppress(DataError):  # such as of a value whose period the publisher does not state
            ends[label] = parse_period(label).end
    return max(ends, key=lambda label: ends[label], default="")


def read_found(state: Path) -> dict[str, FoundRelease]:
    """The records by source.

    Raises:
        IntegrityError: One of them is not readable.
    """
    found = {}
    for path in sorted((state / FOLDER).glob("*.json")):
        try:
            record = FoundRelease.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise IntegrityError(
                "the record of a release is not readable",
                where=path,
                expected="a record as jsna fetch wrote it",
                remedy="remove the file; the next fetch writes it again",
            ) from error
        found[record.source_id] = record
    return found


def known_releases(
    declared: Iterable[Release], sources: Mapping[str, Source], found: Mapping[str, FoundRelease]
) -> list[Release]:
    """The declared releases, brought up to date with what fetches found.

    Args:
        declared: Those of the catalogue.
        sources: The catalogue's sources, by id.
        found: From :func:`read_found`.
    """
    releases = [_up_to_date(release, found) for release in declared]
    covered = {name for release in releases for name in release.sources}
    for name, record in found.items():
        if name in sources and name not in covered and record.covers:
            releases.append(
                Release(
                    id=name,
                    sources=[name],
                    title=record.title or sources[name].title,
                    covers=record.covers,
                    published=record.published,
                    where=sources[name].url,
                    looked=record.looked,
                )
            )
    return releases


def _up_to_date(release: Release, found: Mapping[str, FoundRelease]) -> Release:
    """A declared release, or the newer one that a fetch of one of its sources found."""
    for record in (found[name] for name in release.sources if name in found):
        if record.covers and parse_period(record.covers).end > release.ends:
            newer = {"title": record.title or release.title, "covers": record.covers}
            release = release.model_copy(
                update={**newer, "published": record.published, "due": None, "note": ""}
            )
        if record.looked > release.looked:
            release = release.model_copy(update={"looked": record.looked})
    return release


def write_releases(path: Path, releases: Iterable[Release]) -> None:
    """Write ``releases.yaml`` anew, under the comment it begins with.

    Args:
        path: The file of the catalogue.
        releases: What it is to declare.
    """
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    head = []
    for line in lines:
        if not line.startswith("#"):
            break
        head.append(line)
    entries = [release.model_dump(exclude_defaults=True) for release in releases]
    text = yaml.safe_dump(entries, sort_keys=False, allow_unicode=True, width=118)
    write_whole(path, "\n".join([*head, text]))
