"""The content-addressed store: bytes exactly as they came, once each, under their SHA-256, with a card."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from send_jsna.errors import IntegrityError

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
        IntegrityError: The store holds other bytes under that name.
    """
    digest = hashlib.sha256(content).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / digest
    if path.exists():
        read(folder, digest)
    else:
        _write_once(path, content)
    text = json.dumps({**card, "size": len(content), "sha256": digest}, ensure_ascii=False, indent=1) + "\n"
    if not (folder / f"{digest}.json").exists():
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
    if hashlib.sha256(content).hexdigest() != digest:
        raise IntegrityError(
            "the snapshot's bytes are not those of its name",
            where=path,
            expected=f"SHA-256 {digest}",
            remedy="remove the file and store it again from its source",
        )
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


def _write_once(path: Path, content: bytes) -> None:
    """Write under a temporary name and rename, so that no reader ever meets half a file."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        scratch.write_bytes(content)
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)
