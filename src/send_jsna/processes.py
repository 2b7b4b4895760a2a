"""Processes that end with the one that started them, work done at once, and a process's name for good."""

from __future__ import annotations

import contextvars
import ctypes
import logging
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TypeVar

log = logging.getLogger("send_jsna")

_Item = TypeVar("_Item")
_Answer = TypeVar("_Answer")
_Beside = TypeVar("_Beside")
_Here = TypeVar("_Here")

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


#: What a process must find when it imports libraries, so that it has one thread and can be forked from.
_SINGLE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
_starting = threading.Lock()
_CAN_FORK = sys.platform.startswith("linux")


def warm_up(*modules: str) -> None:
    """Begin to import modules in a process that :func:`side_by_side` forks from; returns at once.

    Nothing happens where the system cannot fork safely, or where that process has begun already.
    """
    from multiprocessing import forkserver

    if not _CAN_FORK:
        return
    with _starting:
        before = {name: os.environ.get(name) for name in _SINGLE_THREAD}
        os.environ.update(_SINGLE_THREAD)
        try:
            forkserver.set_forkserver_preload(list(modules))
            with _without_main():
                forkserver.ensure_running()
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value


def side_by_side(work: Callable[[_Item], _Answer], items: Sequence[_Item], count: int) -> list[_Answer]:
    """Do work on several items, in several processes where the system can fork safely.

    Args:
        work: A function of a module. What it raises is raised here.
        items: What it is called with; sent to the processes by pickle, the costly ones first.
        count: How many processes.

    Returns:
        Its answers, in the order of the items.
    """
    if not _CAN_FORK or min(count, len(items)) < 2:
        return [work(item) for item in items]
    context = multiprocessing.get_context("forkserver")
    pool = ProcessPoolExecutor(min(count, len(items)), mp_context=context, initializer=_begin_work)
    try:
        with _without_main():
            answers = pool.map(work, items)
        return list(answers)
    except BrokenProcessPool as error:
        log.warning("a process ended early (%s); the work is done in this one", error)
        return [work(item) for item in items]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def at_once(beside: Callable[[], _Beside], here: Callable[[], _Here]) -> tuple[_Beside, _Here]:
    """Do two things at once: the first, which takes less, in a thread of its own.

    It is for work that is waiting for other processes, or begins and ends beside such work.

    Returns:
        What came of both, once both have ended. Where both raise, it is the second that is raised.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="jsna-beside") as pool:
        other = pool.submit(contextvars.copy_context().run, beside)
        made = here()
    return other.result(), made


@contextmanager
def _without_main() -> Iterator[None]:
    """Let processes be started that do not run the main script again, as multiprocessing has it.

    The work is a function of a module, so that they need nothing of it; and a script that does not guard
    itself would start its work again in each of them.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _begin_work() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that waits for us
    end_with(os.getppid())


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
