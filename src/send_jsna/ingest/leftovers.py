"""What killed processes left half-written in the state folder: removed when no other process writes there."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import ReadWriteLock, Timeout

_LOCK = "store.lock"
_HALF_WRITTEN = (
    "snapshots/.*.tmp",
    "snapshots/retrievals/*/*/.*.tmp",
    "snapshots/profiles/.*.tmp",
    "snapshots/profiles/tmp*",
    "scratch-*",
)
#: Editions are laid down outside the lock, in seconds.
_EDITIONS, _ABANDONED = "editions/.*", 3600


@contextmanager
def store_in_use(state: Path) -> Iterator[None]:
    """Use the store: a process that is alone in it first removes what was never finished.

    Args:
        state: The state folder.
    """
    state.mkdir(parents=True, exist_ok=True)
    lock = ReadWriteLock(state / _LOCK, is_singleton=False)
    with suppress(Timeout), lock.write_lock(timeout=0):
        _clear(state)
    with lock.read_lock():
        yield


def _clear(state: Path) -> None:
    for pattern in _HALF_WRITTEN:
        for path in state.glob(pattern):
            _remove(path)
    for path in state.glob(_EDITIONS):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > _ABANDONED:
                _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
