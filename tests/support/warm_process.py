"""``jsna`` commands forked from a process that has imported the libraries they need.

A test of the command line needs a process of its own for each command, with its own environment, working
directory, streams and exit code; most of what such a process costs is the import of pandas, SciPy, Great
Expectations and this package. One process per worker of the tests imports those once and forks each command
from itself; what a command imports by itself, in its own order, is seen in the runs of the real edition.
The processes that a command starts to have the same libraries are forked as well (:mod:`warm_helpers`).

Commands that Prefect runs, and those whose environment the interpreter itself reads, are started afresh: see
:func:`small_project.jsna`.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import warm_helpers

#: Libraries that most commands import. Not Prefect, which reads its settings when it is imported, nor
#: DuckDB, which says at the end of a process what :func:`gc.freeze` has kept from being collected.
LIBRARIES = (
    "PIL.PngImagePlugin",
    "bs4",
    "click",
    "filelock",
    "great_expectations",
    "httpx",
    "jinja2",
    "lxml.html",
    "matplotlib.colors",
    "matplotlib.ticker",
    "nbconvert",
    "numpy",
    "pandas",
    "papermill",
    "pyarrow.dataset",
    "pyarrow.parquet",
    "pydantic",
    "pydantic_settings",
    "pygments.formatters",
    "pypandoc",
    "rich.progress",
    "scipy.optimize",
    "scipy.stats",
    "typst",
    "yaml",
    "send_jsna.cli.build",
    "send_jsna.runs.pipeline",
    "send_jsna.disclosure",
    "send_jsna.editions.edition",
    "send_jsna.editions.corrections",
    "send_jsna.evidence",
    "send_jsna.execution.execute",
    "send_jsna.execution.notebook_page",
    "send_jsna.provenance.lineage",
    "send_jsna.report",
    "send_jsna.report.claims",
    "send_jsna.validation",
)
_NUMBER = 8  # bytes of the length before each request


#: Beginnings of the names of variables that the interpreter and the libraries read at their start.
_AT_START = ("PYTHON", "HOME", "PATH", "LANG", "LC_", "LD_", "TZ", "OMP_", "OPENBLAS_", "MPL", "JE_", "XDG_")


@dataclass
class Warm:
    """The process of one worker, and the environment it was started with.

    Attributes:
        pid: Its number.
        channel: What it is asked over.
        environment: Its environment; of what the interpreter reads, a command has the same.
        one_at_a_time: It runs one command at a time.
    """

    pid: int
    channel: socket.socket
    environment: dict[str, str]
    one_at_a_time: threading.Lock

    def is_like(self, environment: Mapping[str, str]) -> bool:
        """Whether an environment says to the interpreter and the libraries what this process was told.

        Of what is read at the start, that is this process's own; else it may be what the tests have by now,
        since a library sets variables when a test imports it.
        """
        names = {
            name
            for name in environment.keys() | self.environment.keys()
            if not name.startswith(("JSNA_", "PYTEST_", "TEST_"))
        }
        return all(
            environment.get(name)
            == (self.environment if name.startswith(_AT_START) else os.environ).get(name)
            for name in names - {"PYTHONDONTWRITEBYTECODE"}
        )

    def run(
        self, arguments: Sequence[str], environment: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in a process of its own.

        Args:
            arguments: What follows ``jsna`` on the command line.
            environment: All its environment.

        Raises:
            RuntimeError: The process that commands are forked from has ended.
        """
        asked = {"arguments": list(arguments), "environment": dict(environment), "folder": os.getcwd()}  # noqa: PTH109
        content = json.dumps(asked).encode()
        with (
            self.one_at_a_time,
            tempfile.TemporaryFile("w+", encoding="utf-8") as out,
            tempfile.TemporaryFile("w+", encoding="utf-8") as err,
        ):
            head = len(content).to_bytes(_NUMBER, "big")
            socket.send_fds(self.channel, [head], [out.fileno(), err.fileno()])
            self.channel.sendall(content)
            code = _read(self.channel, _NUMBER)
            if len(code) < _NUMBER:
                raise RuntimeError("the process that commands are forked from has ended")
            texts = []
            for stream in (out, err):
                stream.seek(0)
                texts.append(stream.read())
        return subprocess.CompletedProcess(
            list(arguments), int.from_bytes(code, "big", signed=True), stdout=texts[0], stderr=texts[1]
        )


@cache
def warm() -> Warm:
    """The process that this worker's commands are forked from; started when it is first asked for."""
    here, there = socket.socketpair()
    environment = dict(os.environ)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with there:
        process = subprocess.Popen(
            [sys.executable, __file__, str(there.fileno())],
            env=environment,
            pass_fds=[there.fileno()],
            stdout=subprocess.DEVNULL,
        )

    def stop() -> None:
        here.close()
        process.wait()

    atexit.register(stop)
    return Warm(process.pid, here, environment, threading.Lock())


def serve(channel: socket.socket) -> None:
    """Fork a process for each command that is asked for, until the other end is closed."""
    # What our validation says before it imports Great Expectations.
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    for name in LIBRARIES:
        importlib.import_module(name)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command, as it would be without us
    gc.collect()
    gc.freeze()
    lifeline, kept_open = os.pipe()
    nurseries = warm_helpers.Nurseries(f"jsna-tests-{os.getpid()}", lifeline)
    while True:
        head, streams, _, _ = socket.recv_fds(channel, _NUMBER, 2)
        if len(head) < _NUMBER:
            return
        asked = json.loads(_read(channel, int.from_bytes(head, "big")))
        pid = os.fork()
        if pid == 0:
            channel.close()
            os.close(kept_open)
            if sys.platform == "linux":
                warm_helpers.install(nurseries)
            _become(asked, streams)
            return
        for stream in streams:
            os.close(stream)
        _, status = os.waitpid(pid, 0)
        channel.sendall(os.waitstatus_to_exitcode(status).to_bytes(_NUMBER, "big", signed=True))


def _become(asked: dict[str, object], streams: Sequence[int]) -> None:
    """Run the command, in the process that was forked for it: as ``python -m send_jsna.cli`` would."""
    for number, stream in enumerate(streams, 1):
        os.dup2(stream, number)
        os.close(stream)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["folder"])
    sys.path[0] = asked["folder"]
    sys.argv = ["jsna", *asked["arguments"]]
    del sys.modules["__main__"]
    runpy.run_module("send_jsna.cli", run_name="__main__", alter_sys=True)


def _read(channel: socket.socket, size: int) -> bytes:
    """Some bytes; fewer where the other end was closed."""
    content = b""
    while len(content) < size and (block := channel.recv(size - len(content))):
        content += block
    return content


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
