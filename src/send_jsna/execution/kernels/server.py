"""A process that has imported everything notebooks need and forks a Jupyter kernel from itself on request.

Importing the scientific stack takes seconds, a fork milliseconds. The process is started by
:mod:`send_jsna.execution.kernels.client` and speaks with it in lines of JSON over a socket: it says ``ready``
or ``error``, takes requests ``{"request", "argv", "env", "cwd"}``, answers each with ``{"request", "pid"}``,
and reports ``{"exited", "code"}`` for each kernel that ends. When the other end of the socket closes it kills
its kernels and ends.

It forks only while it has a single thread: a fork of a process with more can hang.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from send_jsna.execution.kernels.launch import restrict, serve

_MODULES = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "IPython.core.completer",
    "matplotlib_inline.config",
    "numpy",
    "pandas",
    "pyarrow.parquet",
    "scipy.stats",
    "seaborn",
    "yaml",
    "send_jsna.figures.charts",
    "send_jsna.figures.charts.drawing",
    "send_jsna.figures.records",
    "send_jsna.figures.supplement",
    "send_jsna.statistics.intervals",
)


def main(descriptor: int, packages: Sequence[str]) -> None:
    """Serve until the other end of the socket is closed.

    Args:
        descriptor: The socket, inherited from the process that started this one.
        packages: Packages of which every module is imported.
    """
    channel = socket.socket(fileno=descriptor)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then closes the socket
    try:
        _warm(packages)
    except Exception as error:
        _send(channel, {"error": f"{type(error).__name__}: {error}"})
        return
    wake, woken = os.pipe()
    for end in (wake, woken):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    gc.collect()
    gc.freeze()
    _send(channel, {"ready": os.getpid()})
    kernels: set[int] = set()
    try:
        _serve(channel, wake, kernels)
    finally:
        for pid in kernels:
            with suppress(OSError):
                os.killpg(pid, signal.SIGKILL)


def _warm(packages: Sequence[str]) -> None:
    """Import what notebooks import, and draw once, so that fonts and drawing code are loaded too."""
    for name in _MODULES:
        importlib.import_module(name)
    for package in map(importlib.import_module, packages):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(found.name)
    import pandas as pd

    from send_jsna.figures import charts
    from send_jsna.figures.charts.render import render

    frame = pd.DataFrame({"area_name": ["A", "A"], "period": ["2023/24", "2024/25"], "value": [1.0, 2.0]})
    render(charts.lines(frame), name="warm.up", title="", source="")
    threads = threading.active_count()
    tasks = Path("/proc/self/task")
    if tasks.is_dir():
        threads = len(list(tasks.iterdir()))
    if threads > 1:
        raise RuntimeError(f"{threads} threads are running, so that forking is not safe")


def _serve(channel: socket.socket, wake: int, kernels: set[int]) -> None:
    waiting = b""
    while True:
        readable, _, _ = select.select([channel.fileno(), wake], [], [])
        if wake in readable:
            with suppress(BlockingIOError):
                os.read(wake, 4096)
            _report_ended(channel, kernels)
        if channel.fileno() in readable:
            block = channel.recv(65536)
            if not block:
                return
            *requests, waiting = (waiting + block).split(b"\n")
            for request in requests:
                asked = json.loads(request)
                pid = _fork(channel, wake, asked)
                kernels.add(pid)
                _send(channel, {"request": asked["request"], "pid": pid})


def _report_ended(channel: socket.socket, kernels: set[int]) -> None:
    while kernels:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        kernels.discard(pid)
        _send(channel, {"exited": pid, "code": os.waitstatus_to_exitcode(status)})


def _fork(channel: socket.socket, wake: int, request: dict[str, Any]) -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        channel.close()
        os.close(wake)
        _run_kernel(request, parent)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        _end(code)


def _run_kernel(request: dict[str, Any], parent: int) -> None:
    os.environ.clear()
    os.environ.update(request["env"])
    os.environ["JPY_PARENT_PID"] = str(parent)  # the kernel looks whether it is still there
    restrict(parent)
    os.chdir(request["cwd"])
    sys.path[:] = [part for part in sys.path if part]
    serve(request["argv"])


def _end(code: int) -> NoReturn:
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()
    os._exit(code)


def _send(channel: socket.socket, message: dict[str, Any]) -> None:
    channel.sendall(json.dumps(message).encode() + b"\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
