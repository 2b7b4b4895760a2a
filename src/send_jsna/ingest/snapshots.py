"""The content-addressed store: bytes exactly as they came, once each, under their SHA-256, with a card.

The bytes and their cards are files of one folder; the times a publisher was asked are in
:mod:`send_jsna.ingest.retrieval_ledger`::

    <folder>/<sha256>       bytes
    <folder>/<sha256>.json  their card
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from send_jsna.errors import IntegrityError
from send_jsna.files import json_text, sha256, sha256_of, sync, unfinished

#: What a card says of the bytes.
CARD_KEYS = ("title", "producer", "url", "licence", "media_type", "size", "edition", "file", "as_at")


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
    if not write_once(path, content):
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
    write_once(folder / f"{digest}.json", text.encode())
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
    write_once(folder / f"{digest}.json", text.encode())
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


def _changed(path: Path, digest: str) -> IntegrityError:
    return IntegrityError(
        "the snapshot's bytes are not those of its name",
        where=path,
        expected=f"SHA-256 {digest}",
        remedy="remove the file and store it again from its source",
    )


def write_once(path: Path, content: bytes) -> bool:
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
