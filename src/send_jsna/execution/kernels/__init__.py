"""Kernels for the supplements: this interpreter's own, and warm where the system can fork.

A kernel is always the interpreter that runs this code, whatever kernels are registered on the machine, with
an environment of its own. :func:`warm_up` starts a process with the scientific stack imported, from which a
kernel is forked in a fraction of a second; where that cannot be, kernels are started in the ordinary way.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from send_jsna.execution.kernels.client import WarmProcess, WarmServer
from send_jsna.execution.kernels.environment import CAN_FORK, scratch

__all__ = ["CAN_FORK", "Session", "cool_down", "fork", "is_warm", "scratch", "session", "warm_up"]

log = logging.getLogger("send_jsna")


class Session:
    """The kernels of one execution, so that all of them can be ended at once.

    Args:
        memory: MiB of memory each may take; 0 sets no limit.
    """

    def __init__(self, memory: int = 0) -> None:
        self.memory = memory
        self._lock = threading.Lock()
        self._open = True
        self._kernels: list[Any] = []

    def add(self, process: Any) -> None:
        """Note a kernel; where the session has been closed meanwhile, end it.

        Raises:
            RuntimeError: The session is closed.
        """
        with self._lock:
            self._kernels.append(process)
            is_open = self._open
        if not is_open:
            self.close()
            raise RuntimeError("no kernel: the execution was given up")

    def close(self) -> None:
        """End every kernel that still runs, and start no more."""
        with self._lock:
            self._open = False
            kernels, self._kernels = self._kernels, []
        for process in kernels:
            with suppress(OSError):
                process.kill()

    @property
    def is_open(self) -> bool:
        """Whether kernels may be started."""
        return self._open


_server: WarmServer | None = None
_sessions = 0
_server_lock = threading.Lock()


def warm_up(*packages: str) -> None:
    """Begin importing what kernels need, in a process beside this one; returns at once.

    Where the system cannot fork safely, or ``JSNA_COLD_KERNELS=1`` is set, nothing happens and kernels start
    the ordinary way.

    Args:
        *packages: Packages that notebooks import modules of: every module of theirs is imported too.
    """
    global _server
    with _server_lock:
        if _server is None and CAN_FORK and os.environ.get("JSNA_COLD_KERNELS", "") in ("", "0"):
            try:
                _server = WarmServer(packages)
            except OSError as error:
                log.warning("no warm kernels: %s", error)


def is_warm() -> bool:
    """Whether warm kernels can be had; waits for the imports to be done."""
    server = _server
    return server is not None and server.ready()


def fork(argv: list[str], env: dict[str, str], cwd: str) -> WarmProcess:
    """Fork a kernel from the warm process.

    Raises:
        RuntimeError: There is none, or it does not answer.
    """
    server = _server
    if server is None:
        raise RuntimeError("no warm kernel: not started")
    return server.fork(argv, env, cwd)


def cool_down() -> None:
    """End the warm process and its kernels."""
    global _server
    with _server_lock:
        server, _server = _server, None
    if server is not None:
        server.close()


@contextmanager
def session(memory: int = 0) -> Iterator[Session]:
    """Use kernels: the end of the block ends those that still run, and the last block the warm process.

    Args:
        memory: MiB of memory each may take; 0 sets no limit.
    """
    global _sessions
    warm_up()
    with _server_lock:
        _sessions += 1
    opened = Session(memory)
    try:
        yield opened
    finally:
        opened.close()
        with _server_lock:
            _sessions -= 1
            last = _sessions == 0
        if last:
            cool_down()


atexit.register(cool_down)
