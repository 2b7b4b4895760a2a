"""Where kernels live: a private folder, and an environment of their own."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
import threading
from pathlib import Path

#: Forking, and sockets that are files, are to be had.
CAN_FORK = hasattr(os, "fork") and sys.platform.startswith("linux")
#: How an ordinary kernel is started.
LAUNCHER = [sys.executable, "-P", "-m", "ipykernel_launcher"]
_ENVIRONMENT = {
    "PYTHONHASHSEED": "0",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",  # pyarrow's allocator would start a thread on import
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "SOURCE_DATE_EPOCH": "0",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}


class Scratch:
    """A private folder for sockets, connection files and IPython's own files, removed at exit.

    A socket's path may have 107 characters, so the folder stands directly in the system's temporary folder.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._folder: Path | None = None
        self._count = 0

    def folder(self) -> Path:
        """The folder; made on first use."""
        with self._lock:
            if self._folder is None or not self._folder.is_dir():
                self._folder = Path(tempfile.mkdtemp(prefix="jsna-"))
                atexit.register(shutil.rmtree, self._folder, ignore_errors=True)
            return self._folder

    def unique(self, ending: str) -> str:
        """A path nobody else has."""
        folder = self.folder()
        with self._lock:
            self._count += 1
            return str(folder / f"k{self._count}{ending}")


scratch = Scratch()


def environment() -> dict[str, str]:
    """The environment of a kernel."""
    package = str(Path(__file__).resolve().parents[2])
    paths = [package, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    own = {
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)),
        "IPYTHONDIR": str(scratch.folder() / "ipython"),
    }
    return {**os.environ, **_ENVIRONMENT, **own}
