"""The hashes of a run's files: written once, checked as often as anybody likes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from send_jsna.errors import IntegrityError

MANIFEST = "manifest.json"
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Verification:
    """What re-hashing a run found.

    Attributes:
        run: Name of the run.
        files: How many files the manifest names.
        manifest_sha256: Hash of the manifest itself; who keeps it can tell whether the manifest was changed.
        changed: Files whose bytes are not the recorded ones.
        missing: Files that are gone.
        added: Files the manifest does not name.
    """

    run: str
    files: int
    manifest_sha256: str
    changed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    added: tuple[str, ...] = ()

    @property
    def is_intact(self) -> bool:
        """Whether every file is the recorded one, and no other is there."""
        return not (self.changed or self.missing or self.added)

    def line(self) -> str:
        """The finding in one line."""
        if self.is_intact:
            return f"run {self.run} is intact: {self.files} files, manifest SHA-256 {self.manifest_sha256}"
        parts = [
            f"{word}: {_some(names)}"
            for word, names in (("changed", self.changed), ("missing", self.missing), ("added", self.added))
            if names
        ]
        return f"run {self.run} is not intact; {'; '.join(parts)}"


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def run_files(folder: Path) -> list[str]:
    """Every file of a run but the manifest, as a relative POSIX path, in order."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if (path.is_file() or path.is_symlink()) and path != folder / MANIFEST
    )


def write_manifest(folder: Path) -> Path:
    """Record size and SHA-256 of every file of a run.

    Args:
        folder: The run folder, complete.

    Returns:
        Path of the manifest.
    """
    entries = {
        name: {"sha256": sha256_of(folder / name), "size": (folder / name).stat().st_size}
        for name in run_files(folder)
    }
    path = folder / MANIFEST
    scratch = path.with_suffix(".tmp")
    scratch.write_text(json.dumps(entries, indent=1) + "\n", encoding="utf-8")
    scratch.replace(path)
    return path


def read_manifest(folder: Path) -> dict[str, dict[str, str | int]]:
    """The recorded hashes of a run.

    Raises:
        IntegrityError: There is no manifest, or it is not readable.
    """
    path = folder / MANIFEST
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise IntegrityError(
            f"the manifest is not readable ({error.__class__.__name__})",
            where=path,
            expected="the manifest a finished run holds",
            remedy="build the run again with jsna refresh",
        ) from error
    if not isinstance(entries, dict) or not all(
        isinstance(entry, dict) and {"sha256", "size"} <= set(entry) for entry in entries.values()
    ):
        raise IntegrityError(
            "the manifest is malformed", where=path, expected="sha256 and size for each file"
        )
    return entries


def verify(folder: Path) -> Verification:
    """Re-hash every file of a run and compare with its manifest.

    Args:
        folder: The run folder.

    Raises:
        IntegrityError: There is no readable manifest.
    """
    entries = read_manifest(folder)
    there = set(run_files(folder))
    changed = [
        name
        for name, entry in entries.items()
        if name in there
        and ((folder / name).stat().st_size != entry["size"] or sha256_of(folder / name) != entry["sha256"])
    ]
    return Verification(
        run=folder.resolve().name,
        files=len(entries),
        manifest_sha256=sha256_of(folder / MANIFEST),
        changed=tuple(sorted(changed)),
        missing=tuple(sorted(set(entries) - there)),
        added=tuple(sorted(there - set(entries))),
    )


def require_intact(folder: Path) -> Verification:
    """As :func:`verify`, but a run that is not intact is an error.

    Raises:
        IntegrityError: A file was changed, is missing or was added.
    """
    found = verify(folder)
    if not found.is_intact:
        raise IntegrityError(found.line(), remedy="do not publish it; build the run again with jsna refresh")
    return found


def _some(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
