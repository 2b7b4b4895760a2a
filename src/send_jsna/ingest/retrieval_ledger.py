"""The ledger of retrievals: one small file for each time a publisher was asked, beside the stored bytes.

A file is written once and never changed, so that the ledger can be read while it is written and after a
process was killed::

    <folder>/retrievals/<source id>/<resource>/<UTC time>-<sha12>.json  a retrieval
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from send_jsna.errors import IntegrityError
from send_jsna.files import sha256
from send_jsna.ingest.snapshots import write_once

RETRIEVALS = "retrievals"
_SOURCE_ID = re.compile(r"[a-z0-9][a-z0-9._-]*")


class Retrieval(BaseModel):
    """One time a publisher was asked for a resource, and what came of it.

    Attributes:
        source_id: Id of the source.
        resource: Which of the source's files, in the source's own words.
        url: The address asked.
        final_url: The address that answered.
        sha256: The bytes, by their name in the store.
        size: Their number.
        media_type: As the publisher gave it.
        etag: ``ETag`` header of the bytes, to ask for changes with.
        last_modified: ``Last-Modified`` header of the bytes, likewise.
        retrieved_at: When the bytes came.
        checked_at: When the publisher last answered that they are still the newest; None where they are new.
        version: The publisher's version of the data set; empty where it gives none.
        title: The publisher's title.
        published: When it was published, where it is known.
        name: Name of the file as published.
        licence: Licence.
        notes: What a person should know of how it was fetched, in sentences.
        accepted: Whether the data may be used.
        problems: What was found wrong or changed, in sentences.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source_id: str = Field(pattern=rf"^{_SOURCE_ID.pattern}$")
    resource: str = Field(min_length=1)
    url: str
    final_url: str = ""
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int = Field(ge=0)
    media_type: str = ""
    etag: str = ""
    last_modified: str = ""
    retrieved_at: AwareDatetime
    checked_at: AwareDatetime | None = None
    version: str = ""
    title: str = ""
    published: date | None = None
    name: str = ""
    licence: str = ""
    notes: tuple[str, ...] = ()
    accepted: bool
    problems: tuple[str, ...] = ()

    @property
    def asked_at(self) -> datetime:
        """When the publisher was asked."""
        return self.checked_at or self.retrieved_at


def record(folder: Path, retrieval: Retrieval) -> Path:
    """Write a retrieval into the ledger.

    Args:
        folder: The store.
        retrieval: What came; its bytes should be in the store by now.

    Returns:
        The ledger's file. Two retrievals of one moment are in two files; the same one twice in one.
    """
    place = folder / RETRIEVALS / retrieval.source_id / _slug(retrieval.resource)
    place.mkdir(parents=True, exist_ok=True)
    content = (retrieval.model_dump_json(indent=1) + "\n").encode()
    moment = retrieval.asked_at.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    name = f"{moment}-{retrieval.sha256[:12]}"
    number = 1
    path = place / f"{name}.json"
    while not write_once(path, content) and path.read_bytes() != content:
        number += 1
        path = place / f"{name}-{number}.json"
    return path


def record_checked(folder: Path, last: Retrieval, at: datetime) -> Retrieval:
    """Write into the ledger that a publisher answered that the stored bytes are still the newest.

    Args:
        folder: The store.
        last: The retrieval of those bytes, or the last such entry.
        at: When it answered so.

    Returns:
        The new entry: that of the bytes, with the time of the check.
    """
    checked = last.model_copy(update={"checked_at": at})
    record(folder, checked)
    return checked


def listed(folder: Path, source_id: str | None = None) -> list[Retrieval]:
    """The ledger, oldest first; half-written files of a killed process are not part of it.

    Raises:
        IntegrityError: An entry is not readable.
    """
    return _read_ledger(folder, f"{source_id or '*'}/*")


def last_good(folder: Path, source_id: str, resource: str) -> Retrieval | None:
    """The newest accepted retrieval of a resource whose bytes the store has; None where there is none."""
    return good(folder, source_id).get(resource)


def good(folder: Path, source_id: str) -> dict[str, Retrieval]:
    """The newest accepted retrieval of each of a source's resources whose bytes the store has."""
    return {
        entry.resource: entry
        for entry in listed(folder, source_id)
        if entry.accepted and (folder / entry.sha256).exists()
    }


def _read_ledger(folder: Path, pattern: str) -> list[Retrieval]:
    """The entries of some folders of the ledger, oldest first."""
    paths = (folder / RETRIEVALS).glob(f"{pattern}/*.json")
    found = [(path.stem, _read_retrieval(path)) for path in paths if not path.name.startswith(".")]
    return [entry for _, entry in sorted(found, key=lambda pair: (pair[1].asked_at, pair[0]))]


def _read_retrieval(path: Path) -> Retrieval:
    try:
        return Retrieval.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise IntegrityError(
            "the entry of the ledger is not readable",
            where=path,
            expected="a retrieval as jsna wrote it",
            remedy="remove the file; the bytes it describes stay in the store",
        ) from error


def _slug(resource: str) -> str:
    """A file name for a resource: readable, and never that of another one."""
    plain = re.sub(r"[^a-z0-9]+", "-", resource.casefold()).strip("-")
    if plain == resource and len(plain) <= 80:
        return plain
    return f"{plain[:80].strip('-')}.{sha256(resource.encode())[:8]}".lstrip(".")
