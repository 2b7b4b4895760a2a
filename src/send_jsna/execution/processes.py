"""Processes that end with the one that started them, and the name a process has for good."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

_SET_PARENT_DEATH_SIGNAL = 1
_START_TIME = 18  # place of the start time in /proc/<pid>/stat, counted after the state
# Looked up here and not in a child: between fork and exec only the simplest calls are safe.
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def tied(number: signal.Signals = signal.SIGKILL) -> Callable[[], None] | None:
    """What a child must do first (``preexec_fn``) to end with its parent, even where that is killed.

    Linux sends the signal when the *thread* that started the child ends: start it from one that waits for it.

    Args:
        number: The signal the child is sent.

    Returns:
        The function; None where the system has no such thing.
    """
    if _LIBC is None:
        return None
    parent = os.getpid()
    return lambda: end_with(parent, number)


def end_with(parent: int, number: signal.Signals = signal.SIGKILL) -> None:
    """Let this process end with its parent; nothing happens where the system has no such thing.

    Args:
        parent: Process id of the parent. Where that has ended meanwhile, so does this one.
        number: The signal this process is sent.
    """
    if _LIBC is not None:
        _LIBC.prctl(_SET_PARENT_DEATH_SIGNAL, int(number))
        if os.getppid() != parent:
            os._exit(1)


def identity(pid: int) -> str:
    """A name for a running process that no later process with the same number has; empty where it is gone."""
    if sys.platform == "linux":
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        state, *rest = stat.rpartition(")")[2].split()
        return "" if state == "Z" else f"{pid}@{rest[_START_TIME]}"
    asked = ["ps", "-o", "lstart=", "-p", str(pid)]
    started = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    return f"{pid}@{started}" if started else ""
