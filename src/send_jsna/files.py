"""Writing files whole or not at all, hashing them, and the one line for a folder that takes no writing."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import shutil
import uuid
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from send_jsna.errors import StorageError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)
_NO_FOLDER = (errno.ENOTDIR, errno.EEXIST, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP)
_LONGEST_NAME = 200  # bytes; file systems take 255, and endings and temporary names are added
NO_SPACE = os.strerror(errno.ENOSPC)
_NEARLY_FULL = 1 << 16
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip file can state


def as_storage_error(error: BaseException, runs: Path) -> StorageError | None:
    """The storage fault behind an error, where there is one.

    A full disk is met in many places: in our own writing, inside a notebook's kernel, in a renderer. All of
    them say so in the errno or in the text of the error, or leave a disk with no room on it.

    Args:
        error: What ended the run.
        runs: Folder for runs.

    Returns:
        The one-line error to raise in its place; None where the fault is another.
    """
    if isinstance(error, StorageError):
        return error
    if not isinstance(error, Exception):
        return None
    link: BaseException | None = error
    while link is not None:
        if isinstance(link, OSError) and link.errno in _FULL:
            return disk_full(runs, link.strerror or NO_SPACE)
        if NO_SPACE in str(link):
            return disk_full(runs)
        if isinstance(link, OSError) and _is_not_writable(link, runs):
            return StorageError(
                f"cannot be written ({link.strerror})",
                where=runs,
                expected="a folder this user may write to",
                remedy="choose another with --runs or JSNA_RUNS",
            )
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return disk_full(runs) if is_disk_full(runs) else None


def is_name(text: str) -> bool:
    """Whether a text, such as an id that somebody typed, can be the name of a file or folder."""
    return bool(text) and not set(text) & {"/", "\0"} and len(os.fsencode(text)) <= _LONGEST_NAME


def is_folder(path: Path) -> bool:
    """Whether there is such a folder; a name that no file system takes is never one."""
    with suppress(OSError):
        return path.is_dir()
    return False


def sync(path: Path) -> None:
    """Wait until a file's bytes, or a folder's names, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # file systems that know it for files only
            raise
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Wait until all of a folder is on the disk: its files first, then each folder's names."""
    for place, _, files in os.walk(folder, topdown=False):
        for name in files:
            sync(Path(place) / name)
        sync(Path(place))


def disk_full(runs: Path, reason: str = NO_SPACE) -> StorageError:
    """The one line for a disk, quota or file size limit that is reached."""
    return StorageError(
        f"{reason.lower()}; the run was given up and nothing of it is kept",
        where=runs,
        remedy="free some space, or choose another folder with --runs or JSNA_RUNS",
    )


def is_disk_full(runs: Path) -> bool:
    """Whether the disk under a folder has as good as no room left."""
    with suppress(OSError):
        return shutil.disk_usage(runs).free < _NEARLY_FULL
    return False


def _is_not_writable(error: OSError, runs: Path) -> bool:
    """Whether writing was forbidden in the folder, or the folder itself cannot be one."""
    names = [
        Path(os.fsdecode(name)) for name in (error.filename, error.filename2) if isinstance(name, str | bytes)
    ]
    if error.errno in _FORBIDDEN:
        return any(name.is_relative_to(runs) or runs.is_relative_to(name) for name in names)
    return error.errno in _NO_FOLDER and any(
        runs.is_relative_to(name) or name.parent == runs for name in names
    )


@contextmanager
def unfinished(path: Path) -> Iterator[Path]:
    """A name beside a file for what is not complete yet; what is left under it at the end is removed.

    Such names begin with a dot and end in ``.tmp``: by that, what a killed process left is found and removed.
    """
    scratch = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        yield scratch
    finally:
        scratch.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes | str) -> None:
    """Write a file whole or not at all, in place of an existing one; text is written as UTF-8."""
    with unfinished(path) as scratch:
        scratch.write_bytes(content if isinstance(content, bytes) else content.encode())
        scratch.replace(path)


def json_text(value: Any) -> str:
    """Plain data as the text of a JSON file."""
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file, whole or not at all."""
    write_whole(path, json_text(value))


def sha256(content: bytes) -> str:
    """SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, which is not read into memory as a whole."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_of_blocks(blocks: Iterable[bytes]) -> str:
    """SHA-256 of bytes that come in blocks."""
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(block)
    return digest.hexdigest()


def sha256_of_files(hashes: Iterable[str]) -> str:
    """One SHA-256 for files in any order: of one its own, of several that of the list of theirs.

    Args:
        hashes: The SHA-256 of each file.
    """
    found = sorted(hashes)
    return found[0] if len(found) == 1 else sha256("\n".join(found).encode())


def undated(content: bytes, change: Callable[[str, bytes], bytes] = lambda _, data: data) -> bytes:
    """The same zip file with fixed entry times and order, so that equal content is equal bytes.

    Args:
        content: A zip file: a Word document, a workbook.
        change: Gives each entry's new content, from its name and content.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        # The list of content types must come first; the others follow by name.
        for name in sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            new.writestr(entry, change(name, old.read(name)), compresslevel=6)
    return out.getvalue()
