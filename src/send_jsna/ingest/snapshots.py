"""The content-addressed store: bytes exactly as they came, once each, under their SHA-256, with a card.

Beside the bytes is a ledger of retrievals: one small file for each time a publisher was asked, written
once and never changed, so that it can be read while it is written and after a process was killed::

    <folder>/<sha256>                                                   bytes
    <folder>/<sha256>.json                                              their card
    <folder>/retrievals/<source id>/<resource>/<UTC time>-<sha12>.json  a retrieval
"""

from __future__ import annotations

import json
import os
import re
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from send_jsna.errors import IntegrityError
from send_jsna.files import json_text, sha256, sha256_of, sync, unfinished

#: What a card says of the bytes.
CARD_KEYS = ("title", "producer", "url", "licence", "media_type", "size", "edition", "file", "as_at")

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


def store(folder: Path, content: bytes, card: dict[str, Any]) -> str:
    """Keep bytes and their card; bytes that are kept already are left alone.

    Args:
        folder: The store.
        content: The bytes.
        card: What they are: title, producer, URL, licence, media type, edition, file, as-at date. The size is
            added.

    Returns:
        Their SHA-256, which is their name in the store.

    Raises:
        IntegrityError: The store has other bytes under that name.
    """
    digest = sha256(content)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / digest
    if not _write_once(path, content):
        read(folder, digest)
    return store_card(folder, content, card)


def store_card(folder: Path, content: bytes, card: dict[str, Any]) -> str:
    """Keep the card of bytes that are stored elsewhere; see :func:`store`.

    Returns:
        The SHA-256 of the bytes.
    """
    digest = sha256(content)
    folder.mkdir(parents=True, exist_ok=True)
    text = json_text({**card, "size": len(content), "sha256": digest})
    _write_once(folder / f"{digest}.json", text.encode())
    return digest


def read(folder: Path, digest: str) -> bytes:
    """The bytes of a snapshot, checked against their name.

    Raises:
        IntegrityError: It is missing or is not what it was.
    """
    path = folder / digest
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise IntegrityError(f"no snapshot {digest}", where=folder) from error
    if sha256(content) != digest:
        raise _changed(path, digest)
    return content


def read_card(folder: Path, digest: str) -> dict[str, Any]:
    """The card of a snapshot.

    Raises:
        IntegrityError: It is missing or not readable.
    """
    path = folder / f"{digest}.json"
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise IntegrityError("the snapshot's card is not readable", where=path) from error
    return dict(card)


def adopt(folder: Path, path: Path, card: dict[str, Any], *, digest: str = "") -> str:
    """Move a file into the store without reading it into memory; bytes that are kept already are left alone.

    Args:
        folder: The store.
        path: The file; it is gone afterwards.
        card: What the bytes are; see :func:`store`. The size is added.
        digest: Their SHA-256 as whoever wrote the file has it, to be compared; the file is read once for it.

    Returns:
        Their SHA-256, which is their name in the store.

    Raises:
        IntegrityError: The bytes are not those of the digest, or the store has other bytes under that name;
            the file is left where it is.
    """
    found = sha256_of(path)
    if digest and found != digest:
        raise _changed(path, digest)
    digest, size, kept = found, path.stat().st_size, folder / found
    folder.mkdir(parents=True, exist_ok=True)
    if kept.exists():
        path_of(folder, digest)
    else:
        with unfinished(kept) as scratch:
            try:
                path.rename(scratch)
            except OSError:  # Another disk.
                shutil.copyfile(path, scratch)
            sync(scratch)
            _place(scratch, kept)
    text = json_text({**card, "size": size, "sha256": digest})
    _write_once(folder / f"{digest}.json", text.encode())
    path.unlink(missing_ok=True)
    return digest


def path_of(folder: Path, digest: str) -> Path:
    """Where the bytes of a snapshot are, checked against their name in a stream.

    Raises:
        IntegrityError: It is missing or is not what it was.
    """
    path = folder / digest
    try:
        found = sha256_of(path)
    except FileNotFoundError as error:
        raise IntegrityError(f"no snapshot {digest}", where=folder) from error
    if found != digest:
        raise _changed(path, digest)
    return path


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
    while not _write_once(path, content) and path.read_bytes() != content:
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


def retrievals(folder: Path, source_id: str | None = None) -> list[Retrieval]:
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
        for entry in retrievals(folder, source_id)
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


def _changed(path: Path, digest: str) -> IntegrityError:
    return IntegrityError(
        "the snapshot's bytes are not those of its name",
        where=path,
        expected=f"SHA-256 {digest}",
        remedy="remove the file and store it again from its source",
    )


def _write_once(path: Path, content: bytes) -> bool:
    """Write a new file whole or not at all; an existing one is left alone.

    Returns:
        Whether it was written.
    """
    if path.exists():
        return False
    with unfinished(path) as scratch:
        scratch.write_bytes(content)
        sync(scratch)
        return _place(scratch, path)


def _place(scratch: Path, path: Path) -> bool:
    """Give a complete file its name in one step, unless the name is taken; returns whether it was given."""
    try:
        os.link(scratch, path)
    except FileExistsError:
        return False
    except OSError:  # A file system without hard links: the name is free unless another process was faster.
        if path.exists():
            return False
        scratch.replace(path)
    sync(path.parent)
    return True
