"""Where kernels live: a private folder, and an environment of their own."""

from __future__ import annotations

import atexit
import os
import shutil
import stat
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

import send_jsna

#: Forking, and sockets that are files, are to be had.
CAN_FORK = hasattr(os, "fork") and sys.platform.startswith("linux")
#: How an ordinary kernel is started.
LAUNCHER = [sys.executable, "-P", "-m", "send_jsna.execution.kernels.launch"]
_ENVIRONMENT = {
    "PYTHONHASHSEED": "0",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",  # pyarrow's allocator would start a thread on import
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "SOURCE_DATE_EPOCH": "0",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}


#: The path of a socket may have 107 bytes; this much is ours behind the folder it is made in.
_LONGEST_BASE = 107 - len("/jsna-12345678/k12345-5")
_PREFIX = "jsna-"
_OWNER = "owner"
_SETTLED = 5  # seconds
_ABANDONED = 24 * 3600  # seconds after which a folder without a lock is left over


class Scratch:
    """A private folder for sockets, connection files and IPython's own files, removed at exit.

    It is made where its name is short enough for sockets: in the system's temporary folder, else in the
    user's run-time folder or in ``/tmp``. What killed processes left is removed when the folder is made.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._folder: Path | None = None
        self._owner: FileLock | None = None
        self._count = 0

    def folder(self) -> Path:
        """The folder; made on first use."""
        with self._lock:
            if self._folder is None or not self._folder.is_dir():
                base = _base()
                clear_abandoned(base)
                self._folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))
                # Locked for as long as this process lives, however it ends: so others know whether it does.
                self._owner = FileLock(self._folder / _OWNER, thread_local=False)
                self._owner.acquire()
                atexit.register(self._remove)  # which also keeps the lock until then
            return self._folder

    def _remove(self) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def fits_sockets(self) -> bool:
        """Whether the folder's name is short enough for sockets in it."""
        return len(os.fsencode(self.folder().parent)) <= _LONGEST_BASE

    def unique(self, ending: str) -> str:
        """A path that is not used twice."""
        folder = self.folder()
        with self._lock:
            self._count += 1
            return str(folder / f"k{self._count}{ending}")


def _base() -> Path:
    """The first of the folders for temporary files whose name leaves room for a socket's."""
    usual = tempfile.gettempdir()
    for name in (usual, os.environ.get("XDG_RUNTIME_DIR", ""), "/tmp"):
        if name and len(os.fsencode(name)) <= _LONGEST_BASE and os.access(name, os.W_OK | os.X_OK):
            return Path(name)
    return Path(usual)


def clear_abandoned(base: Path) -> None:
    """Remove our folders for temporary files whose process has ended without removing them.

    Args:
        base: The folder they are in. Only this user's are looked at.
    """
    for folder in base.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            found = folder.lstat()
            if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and _is_abandoned(folder, found):
                shutil.rmtree(folder, ignore_errors=True)


def _is_abandoned(folder: Path, found: os.stat_result) -> bool:
    """Whether a folder is no longer used: its lock is free, or it was left long ago without one."""
    owner = folder / _OWNER
    if not os.path.lexists(owner):
        return time.time() - found.st_mtime > _ABANDONED
    try:
        with FileLock(owner, timeout=0):
            # Just made, and about to be locked: it is seen to next time.
            return time.time() - found.st_mtime > _SETTLED
    except Timeout:
        return False


scratch = Scratch()


def environment() -> dict[str, str]:
    """The environment of a kernel."""
    package = str(Path(send_jsna.__file__).resolve().parents[1])
    paths = [package, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    own = {
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)),
        "IPYTHONDIR": str(scratch.folder() / "ipython"),
    }
    return {**os.environ, **_ENVIRONMENT, **own}
