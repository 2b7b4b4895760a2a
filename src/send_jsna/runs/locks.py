"""One refresh of an area and edition at a time, across processes.

The lock is the operating system's (``flock``) on a file of its own: it goes with the process that holds it,
however that process ends, so that a killed refresh never blocks the next one.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from send_jsna.errors import BusyError

_FOLDER = ".locks"


@contextmanager
def held(runs: Path, key: str) -> Iterator[None]:
    """Hold the lock of an area and edition.

    Args:
        runs: Folder for runs.
        key: ``<area>-<edition>``.

    Raises:
        BusyError: Another process holds it; the message names that process.
    """
    with _opened(runs, key) as descriptor:
        if not _try(descriptor):
            owner = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
            raise BusyError(
                f"a refresh of {key.replace('-', ', edition ', 1)} is already running (process {owner})",
                where=runs,
                remedy="wait for it, or give this one another folder with --runs",
            )
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield


@contextmanager
def held_if_free(runs: Path, key: str) -> Iterator[bool]:
    """Hold the lock where nobody else does; yields whether it is held."""
    with _opened(runs, key) as descriptor:
        yield _try(descriptor)


@contextmanager
def waited_for(runs: Path, key: str) -> Iterator[None]:
    """Hold a lock that nobody holds for long, once it is free."""
    with _opened(runs, key) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield


@contextmanager
def _opened(runs: Path, key: str) -> Iterator[int]:
    folder = runs / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / f"{key}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
