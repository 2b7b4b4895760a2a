"""Kernels for the supplements: this interpreter's own, and warm where the system can fork.

A kernel is always the interpreter that runs this code, whatever kernels are registered on the machine, with
an environment of its own. :func:`warm_up` starts a process with the scientific stack imported, from which a
kernel is forked in a fraction of a second; where that cannot be, kernels are started in the ordinary way.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import default

log = logging.getLogger("send_jsna")

#: Forking, and sockets that are files, are to be had.
CAN_FORK = hasattr(os, "fork") and sys.platform.startswith("linux")
_READY_WITHIN = 60.0  # seconds; importing everything takes 4 on an idle machine
_FORK_WITHIN = 10.0
_LAUNCHER = [sys.executable, "-P", "-m", "ipykernel_launcher"]
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
    package = str(Path(__file__).resolve().parents[1])
    paths = [package, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    own = {
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)),
        "IPYTHONDIR": str(scratch.folder() / "ipython"),
    }
    return {**os.environ, **_ENVIRONMENT, **own}


class WarmProcess:
    """A forked kernel, with the part of ``subprocess.Popen`` that Jupyter uses."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self.ended = threading.Event()

    def poll(self) -> int | None:
        """Exit code, or None while it runs."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for its end."""
        self.ended.wait(timeout)
        return self.returncode

    def send_signal(self, signum: int) -> None:
        """Send a signal to the kernel's process group."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signum)

    def terminate(self) -> None:
        """End it politely."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


class WarmServer:
    """Starts and speaks with the process of :mod:`send_jsna.kernel_server`."""

    def __init__(self) -> None:
        here, there = socket.socketpair()
        self._channel = here
        self._ask = threading.Lock()
        self._answered = threading.Event()
        self._answer: WarmProcess | None = None
        self._decided = threading.Event()
        self._fault = "it ended while importing"
        self._is_ready = False
        self._kernels: dict[int, WarmProcess] = {}
        with there:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "send_jsna.kernel_server", str(there.fileno())],
                pass_fds=[there.fileno()],
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        threading.Thread(target=self._listen, name="jsna-warm-kernels", daemon=True).start()

    def ready(self) -> bool:
        """Whether kernels can be forked; waits until the imports are done.

        A process that cannot is given up, with the reason in the log.
        """
        decided = self._decided.wait(_READY_WITHIN)
        if not self._is_ready:
            log.warning("no warm kernels: %s", self._fault if decided else "not ready in time")
            self.close()
        return self._is_ready

    def fork(self, argv: list[str], env: dict[str, str], cwd: str) -> WarmProcess:
        """Fork a kernel.

        Raises:
            RuntimeError: The process has ended or does not answer.
        """
        request = json.dumps({"argv": argv, "env": env, "cwd": cwd}).encode() + b"\n"
        with self._ask:
            self._answered.clear()
            self._answer = None
            try:
                self._channel.sendall(request)
            except OSError as error:
                raise RuntimeError(f"no warm kernel: {error}") from error
            if not self._answered.wait(_FORK_WITHIN) or self._answer is None:
                raise RuntimeError("no warm kernel: no answer")
            return self._answer

    def close(self) -> None:
        """End the process and every kernel forked from it."""
        self._is_ready = False
        with suppress(OSError):
            self._channel.shutdown(socket.SHUT_RDWR)
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for kernel in list(self._kernels.values()):
            kernel.kill()
        self._channel.close()

    def _listen(self) -> None:
        with suppress(OSError, ValueError), self._channel.makefile("rb") as lines:
            for line in lines:
                self._hear(json.loads(line))
        for kernel in list(self._kernels.values()):
            kernel.returncode = -signal.SIGKILL if kernel.returncode is None else kernel.returncode
            kernel.ended.set()
        self._is_ready = False
        self._decided.set()
        self._answered.set()

    def _hear(self, message: dict[str, Any]) -> None:
        if "ready" in message:
            self._is_ready = True
            self._decided.set()
        elif "error" in message:
            self._fault = str(message["error"])
            self._decided.set()
        elif "pid" in message:
            self._answer = self._kernels[message["pid"]] = WarmProcess(message["pid"])
            self._answered.set()
        elif "exited" in message:
            kernel = self._kernels.pop(message["exited"], None)
            if kernel is not None:
                kernel.returncode = int(message["code"])
                kernel.ended.set()


_server: WarmServer | None = None
_server_lock = threading.Lock()


def warm_up() -> None:
    """Begin importing what kernels need, in a process beside this one; returns at once.

    Where the system cannot fork safely, nothing happens and kernels start the ordinary way.
    """
    global _server
    with _server_lock:
        if _server is None and CAN_FORK and os.environ.get("JSNA_COLD_KERNELS", "") in ("", "0"):
            try:
                _server = WarmServer()
            except OSError as error:
                log.warning("no warm kernels: %s", error)


def is_warm() -> bool:
    """Whether warm kernels can be had; waits for the imports to be done."""
    server = _server
    return server is not None and server.ready()


def cool_down() -> None:
    """End the warm process and its kernels."""
    global _server
    with _server_lock:
        server, _server = _server, None
    if server is not None:
        server.close()


atexit.register(cool_down)


class OwnProvisioner(LocalProvisioner):
    """Starts a kernel in the ordinary way, in our environment."""

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Put our environment and working folder in place of the caller's."""
        kwargs |= {"env": environment(), "cwd": str(scratch.folder())}
        return await super().pre_launch(**kwargs)


class WarmProvisioner(OwnProvisioner):
    """Forks a kernel from the warm process."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork, with the arguments the launcher would get."""
        server = _server
        if server is None:
            raise RuntimeError("no warm kernel: not started")
        process = server.fork(cmd[len(_LAUNCHER) :], kwargs["env"], kwargs["cwd"])
        self.process = process  # type: ignore[assignment]
        self.pid = self.pgid = process.pid
        self.cwd = kwargs["cwd"]
        return self.connection_info


for _name, _class in (("jsna-own", OwnProvisioner), ("jsna-warm", WarmProvisioner)):
    KernelProvisionerFactory.provisioners[_name] = EntryPoint(
        _name, f"{__name__}:{_class.__name__}", KernelProvisionerFactory.GROUP_NAME
    )


class OwnKernelSpecs(KernelSpecManager):
    """Knows one kernel, whatever is asked for: this interpreter."""

    provisioner = "jsna-own"

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """This interpreter's kernel."""
        return KernelSpec(
            argv=[*_LAUNCHER, "-f", "{connection_file}", "--IPKernelApp.matplotlib=inline"],
            display_name="Python 3",
            language="python",
            metadata={"kernel_provisioner": {"provisioner_name": self.provisioner}},
        )


class WarmKernelSpecs(OwnKernelSpecs):
    """As :class:`OwnKernelSpecs`, forked from the warm process."""

    provisioner = "jsna-warm"


class OwnKernelManager(AsyncKernelManager):
    """Manages one kernel of ours, over sockets in a private folder where the system has them.

    Sockets that are files have names of our choosing: two kernels that start at once cannot take each
    other's, as they can with port numbers.
    """

    specs = OwnKernelSpecs

    @default("kernel_spec_manager")
    def _default_specs(self) -> KernelSpecManager:
        return self.specs()

    @default("transport")
    def _default_transport(self) -> str:
        return "ipc" if CAN_FORK else "tcp"

    @default("ip")
    def _default_ip(self) -> str:
        return scratch.unique("") if self.transport == "ipc" else "127.0.0.1"

    @default("connection_file")
    def _default_connection_file(self) -> str:
        return scratch.unique(".json")


class WarmKernelManager(OwnKernelManager):
    """As :class:`OwnKernelManager`, with a kernel forked from the warm process."""

    specs = WarmKernelSpecs
