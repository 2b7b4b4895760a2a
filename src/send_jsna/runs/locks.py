"""One refresh of an area and edition at a time, and one scratch execution or rendering, across processes.

The lock is the operating system's (filelock), on a file of its own: it goes with the process that has it,
however that process ends, so that a killed refresh never blocks the next one. The number of that process is
in a second file, since Windows does not let a locked one be read.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from send_jsna.errors import BusyError

_FOLDER = ".locks"


@contextmanager
def locked(
    runs: Path,
    key: str,
    *,
    what: str = "",
    remedy: str = "wait for it, or give this one another folder with --runs",
) -> Iterator[None]:
    """Keep the lock of an area and edition, or of a scratch folder, while the block runs.

    Args:
        runs: Folder for runs, or for scratch.
        key: ``<area>-<edition>``, or the name of a scratch folder.
        what: What is done under it, in words; a refresh where this is empty.
        remedy: What to do where another process has the lock.

    Raises:
        BusyError: Another process has the lock; the message names that process.
    """
    owner = runs / _FOLDER / f"{key}.process"
    with locked_if_free(runs, key) as is_locked:
        if not is_locked:
            under_way = what or f"a refresh of {key.replace('-', ', edition ', 1)}"
            raise BusyError(
                f"{under_way} is already running (process {_read(owner)})", where=runs, remedy=remedy
            )
        owner.write_text(str(os.getpid()), encoding="ascii")
        yield


@contextmanager
def locked_if_free(runs: Path, key: str) -> Iterator[bool]:
    """Take the lock unless another process has it; yields whether this process has it now."""
    lock = _lock(runs, key)
    with suppress(Timeout):
        lock.acquire(timeout=0)
    try:
        yield lock.is_locked
    finally:
        lock.release()


@contextmanager
def waited_for(runs: Path, key: str) -> Iterator[None]:
    """Wait for a lock that is never kept for long, and keep it while the block runs."""
    with _lock(runs, key):
        yield


def _lock(runs: Path, key: str) -> FileLock:
    folder = runs / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    return FileLock(folder / f"{key}.lock")


def _read(owner: Path) -> str:
    try:
        return owner.read_text(encoding="ascii", errors="replace").strip() or "unknown"
    except FileNotFoundError:
        return "unknown"
