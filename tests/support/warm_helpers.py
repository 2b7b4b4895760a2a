"""The helper processes of a forked command, forked as well: the server of kernels and that of validation.

A refresh starts two more interpreters, which import the scientific stack and Great Expectations. Where the
command itself was forked (:mod:`warm_process`), these are forked from processes that have imported the same
libraries, and of this package what they import themselves; what they run, their arguments, descriptors and
environment are those of the command.

A helper is forked from a *nursery*, which is started by the first command that needs one, with that helper's
environment, so that it has its hash seed and its number of threads. In its place the command has a child of
its own, which ends as the helper ends, and with which the helper ends. All this is for Linux only.
"""

from __future__ import annotations

import _posixsubprocess
import fcntl
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import ModuleType
from typing import Any, NoReturn

_NUMBER = 8  # bytes of a length and of an exit code
_PASSED = 64  # descriptors that a helper is given, at most
_ABOVE = 256  # descriptors from here on are free in a nursery
_DESCRIPTORS = os.sysconf("SC_OPEN_MAX")
#: Variables that differ from command to command, and that no library reads when it is imported.
_OF_A_COMMAND = ("JSNA_", "PYTEST_", "TEST_", "IPYTHONDIR")


@dataclass(frozen=True)
class Kind:
    """A kind of helper.

    Attributes:
        name: Its name.
        start: What its arguments have after the interpreter's options.
        libraries: What its nursery imports.
    """

    name: str
    start: tuple[str, str]
    libraries: tuple[str, ...]


KINDS = (
    Kind(
        "kernels",
        ("-m", "send_jsna.execution.kernels.server"),
        (
            "IPython.core.completer",
            "PIL.PngImagePlugin",
            "ipykernel.ipkernel",
            "ipykernel.kernelapp",
            "matplotlib.backends.backend_agg",
            "matplotlib.backends.backend_svg",
            "matplotlib_inline.config",
            "pandas",
            "pyarrow.parquet",
            "pydantic",
            "scipy.optimize",
            "scipy.stats",
            "seaborn",
            "yaml",
            "send_jsna.evidence",
        ),
    ),
    Kind(
        "validation",
        ("-c", "from multiprocessing.forkserver import main; main("),
        ("send_jsna.validation.edition", "send_jsna.validation.expectations"),
    ),
)


@dataclass(frozen=True)
class Nurseries:
    """The nurseries of the commands that are forked from one process.

    Attributes:
        name: Beginning of the names of their sockets.
        lifeline: A pipe, which is closed when they are to end.
    """

    name: str
    lifeline: int


def install(nurseries: Nurseries) -> None:
    """Let this process fork its helpers instead of starting them.

    Args:
        nurseries: Those of the process that this one was forked from.
    """
    start = _posixsubprocess.fork_exec

    def fork_exec(*asked: Any) -> int:
        arguments = [os.fsdecode(word) for word in asked[0]]
        kind = next((kind for kind in KINDS if _is_of(kind, arguments)), None)
        if kind is None:
            return start(*asked)
        with socket.socket(socket.AF_UNIX) as channel:
            if not _ask(channel, nurseries, kind, (arguments, *asked[1:])):
                return start(*asked)
            pid = os.fork()
            if pid == 0:
                _end_as_it_does(channel, own_session=bool(asked[15]))
            return pid

    _posixsubprocess.fork_exec = subprocess._fork_exec = fork_exec


def _is_of(kind: Kind, arguments: Sequence[str]) -> bool:
    """Whether this starts a helper of a kind."""
    if arguments[0] != sys.executable or not {"-m", "-c"} & set(arguments):
        return False
    _, start, what, _ = _read(arguments)
    return start == kind.start[0] and what.startswith(kind.start[1])


def _ask(channel: socket.socket, nurseries: Nurseries, kind: Kind, asked: Sequence[Any]) -> bool:
    """Ask a nursery for a helper; False where it has another environment.

    Args:
        channel: What to ask over.
        nurseries: The nurseries.
        kind: The kind of helper.
        asked: The arguments of ``fork_exec``, in its order.
    """
    environment = (
        dict(os.environ) if asked[5] is None else dict(os.fsdecode(entry).split("=", 1) for entry in asked[5])
    )
    address = f"\0{nurseries.name}-{kind.name}"
    try:
        channel.connect(address)
    except ConnectionRefusedError:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(address)
            listener.listen()
            _start_nursery(listener.fileno(), nurseries.lifeline, kind, asked[0], environment)
        channel.connect(address)
    passed = [number for number in asked[3] if number != asked[13]]  # but for what the start is watched over
    streams = [given if given >= 0 else usual for usual, given in enumerate((asked[6], asked[9], asked[11]))]
    content = json.dumps(
        {
            "arguments": asked[0],
            "environment": environment,
            "folder": os.getcwd(),  # noqa: PTH109
            "numbers": [0, 1, 2, *passed],
            "own_session": bool(asked[15]),
        }
    ).encode()
    socket.send_fds(channel, [len(content).to_bytes(_NUMBER, "big")], [*streams, *passed])
    channel.sendall(content)
    return channel.recv(1) == b"y"  # after its libraries are imported


def _start_nursery(
    listener: int, lifeline: int, kind: Kind, arguments: Sequence[str], environment: Mapping[str, str]
) -> None:
    """Start a nursery with the options and the environment of its first helper; it outlives this command."""
    options = [word for word in arguments[1:3] if word in ("-P", "-B")]
    process = subprocess.Popen(
        [sys.executable, *options, __file__, kind.name, str(listener), str(lifeline)],
        env=dict(environment),
        pass_fds=[listener, lifeline],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    process.returncode = 0  # this command does not wait for it


def _end_as_it_does(channel: socket.socket, *, own_session: bool) -> NoReturn:
    """Wait for the end of the helper, and end in the same way; nothing else of the command is kept open."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # as the helper has it
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if own_session:
        os.setsid()
    os.dup2(channel.fileno(), 0)
    os.closerange(1, _DESCRIPTORS)
    answer = os.read(0, _NUMBER)
    code = int.from_bytes(answer, "big", signed=True) if answer else 1
    if code < 0:
        os.kill(os.getpid(), -code)
    os._exit(code)


def serve(kind: Kind, listener: socket.socket, lifeline: int) -> None:
    """Fork helpers of a kind until the lifeline is closed; returns in each helper too, at its end."""
    own = _of_all_commands(os.environ)
    for name in kind.libraries:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        readable, _, _ = select.select([listener, lifeline], [], [])
        if lifeline in readable:
            return
        channel, _ = listener.accept()
        if os.fork():
            channel.close()
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        listener.close()
        os.close(lifeline)
        head, descriptors, _, _ = socket.recv_fds(channel, _NUMBER, _PASSED)
        asked = json.loads(channel.recv(int.from_bytes(head, "big"), socket.MSG_WAITALL))
        if _of_all_commands(asked["environment"]) != own:
            channel.sendall(b"n")
            os._exit(0)
        pid = os.fork()
        if pid == 0:
            channel.close()
            _become(asked, descriptors)
            return
        _watch(pid, channel, descriptors)


def _of_all_commands(environment: Mapping[str, str]) -> dict[str, str]:
    """What of an environment is the same for all commands."""
    return {name: value for name, value in environment.items() if not name.startswith(_OF_A_COMMAND)}


def _watch(pid: int, channel: socket.socket, descriptors: Sequence[int]) -> NoReturn:
    """Say how a helper ended; end it where whoever asked for it has ended."""
    for number in descriptors:
        os.close(number)
    channel.sendall(b"y")
    ended = os.pidfd_open(pid)
    readable, _, _ = select.select([ended, channel], [], [])
    if ended not in readable:
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    with suppress(OSError):
        channel.sendall(os.waitstatus_to_exitcode(status).to_bytes(_NUMBER, "big", signed=True))
    os._exit(0)


def _become(asked: Mapping[str, Any], descriptors: Sequence[int]) -> None:
    """Run a helper, in the process that was forked for it: as its own interpreter would."""
    if asked["own_session"]:
        os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    above = [fcntl.fcntl(number, fcntl.F_DUPFD, _ABOVE) for number in descriptors]
    os.closerange(0, _ABOVE)
    for number, wanted in zip(above, asked["numbers"], strict=True):
        os.dup2(number, wanted)
        os.close(number)
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["folder"])
    options, start, what, rest = _read(asked["arguments"])
    if "-P" not in options:
        sys.path[0] = ""
    main = sys.modules["__main__"] = ModuleType("__main__")
    sys.argv = [start, *rest]
    if start == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        exec(what, vars(main))


def _read(arguments: Sequence[str]) -> tuple[Sequence[str], str, str, Sequence[str]]:
    """The arguments of an interpreter: its options, ``-m`` or ``-c``, what it is to run, and the rest."""
    place = next(place for place, word in enumerate(arguments) if word in ("-m", "-c"))
    return arguments[1:place], arguments[place], arguments[place + 1], arguments[place + 2 :]


if __name__ == "__main__":
    serve(
        next(kind for kind in KINDS if kind.name == sys.argv[1]),
        socket.socket(fileno=int(sys.argv[2])),
        int(sys.argv[3]),
    )
