"""The hashes of a run's files: written once, and checked at any time."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from send_jsna.errors import IntegrityError
from send_jsna.files import sha256_of, write_whole

MANIFEST = "manifest.json"
#: What to do with a run that is damaged.
REBUILD = "build the run again with jsna refresh"


@dataclass(frozen=True)
class Verification:
    """What re-hashing a run found.

    Attributes:
        run: Name of the run.
        files: How many files the manifest names.
        manifest_sha256: Hash of the manifest itself; who keeps it can tell whether the manifest was changed.
        changed: Files whose bytes are not the recorded ones.
        missing: Files that are gone.
        added: Whatever else is there: files, links, pipes, sockets, and empty folders, which end in ``/``.
    """

    run: str
    files: int
    manifest_sha256: str
    changed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    added: tuple[str, ...] = ()

    @property
    def is_intact(self) -> bool:
        """Whether every file is the recorded one, and there is no other."""
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


def run_files(folder: Path) -> list[str]:
    """Everything in a run but the manifest, as relative POSIX paths, in order.

    Beside its files these are links, pipes, sockets and devices, and empty folders, which end in ``/``: none
    of them belongs into a run.
    """
    found = []
    for place, folders, files in os.walk(folder):
        here = Path(place).relative_to(folder)
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        found += [(here / name).as_posix() for name in (*files, *links)]
        if not folders and not files and here.parts:
            found.append(f"{here.as_posix()}/")
    return sorted(name for name in found if name != MANIFEST)


def write_manifest(folder: Path) -> Path:
    """Record size and SHA-256 of every file of a run; empty folders are removed.

    Args:
        folder: The run folder, complete.

    Returns:
        Path of the manifest.

    Raises:
        IntegrityError: Something in it is not a file.
    """
    while empty := [name for name in run_files(folder) if name.endswith("/")]:
        for name in empty:
            (folder / name).rmdir()
    names = run_files(folder)
    for name in names:
        if not _is_file(folder / name):
            raise IntegrityError(
                "it is not a file", where=folder / name, expected="nothing but files in a run's folder"
            )
    entries = {
        name: {"sha256": sha256_of(folder / name), "size": (folder / name).stat().st_size} for name in names
    }
    path = folder / MANIFEST
    write_whole(path, json.dumps(entries, indent=1) + "\n")
    return path


def _is_file(path: Path) -> bool:
    """Whether a path is a file itself; nothing else may be opened: a pipe would wait for ever."""
    return stat.S_ISREG(path.lstat().st_mode)


def read_manifest(folder: Path) -> dict[str, dict[str, str | int]]:
    """The recorded hashes of a run.

    Raises:
        IntegrityError: There is no manifest, or it is not readable.
    """
    path = folder / MANIFEST
    try:
        if not _is_file(path):
            raise ValueError(path)
        entries = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise IntegrityError(
            f"the manifest is not readable ({error.__class__.__name__})",
            where=path,
            expected="the manifest that a finished run has",
            remedy=REBUILD,
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
        and (
            not _is_file(folder / name)
            or (folder / name).stat().st_size != entry["size"]
            or sha256_of(folder / name) != entry["sha256"]
        )
    ]
    return Verification(
        run=folder.resolve().name,
        files=len(entries),
        manifest_sha256=sha256_of(folder / MANIFEST),
        changed=tuple(sorted(changed)),
        missing=tuple(sorted(set(entries) - there)),
        added=tuple(sorted(there - set(entries))),
    )


def require_recorded(folder: Path, name: str) -> None:
    """Hash one file of a finished run; a run that is under construction has no manifest, and passes.

    Args:
        folder: The run folder.
        name: The file, as a relative POSIX path.

    Raises:
        IntegrityError: The file is not the recorded one, or the manifest is not readable.
    """
    if (folder / MANIFEST).exists() and read_manifest(folder).get(name, {}).get("sha256") != sha256_of(
        folder / name
    ):
        raise IntegrityError(
            "is not the file that was recorded",
            where=folder / name,
            expected="its SHA-256 in the manifest",
            remedy=f"find what was changed with jsna verify, or {REBUILD}",
        )


def require_intact(folder: Path) -> Verification:
    """As :func:`verify`, but a run that is not intact is an error.

    Raises:
        IntegrityError: A file was changed, is missing or was added.
    """
    found = verify(folder)
    if not found.is_intact:
        raise IntegrityError(found.line(), remedy=f"do not publish it; {REBUILD}")
    return found


def _some(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
