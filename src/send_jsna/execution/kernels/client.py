"""The near end of the warm process: starts it, asks it for kernels and hears of their end."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from send_jsna.execution.kernels.environment import environment

log = logging.getLogger("send_jsna")

_READY_WITHIN = 60.0  # seconds; importing everything takes 4 on an idle machine
_FORK_WITHIN = 10.0


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
    """Starts and speaks with the process of :mod:`send_jsna.execution.kernels.server`."""

    def __init__(self, packages: Sequence[str] = ()) -> None:
        """Start it.

        Args:
            packages: Packages of which it imports every module, beside what all kernels need.
        """
        here, there = socket.socketpair()
        self._channel = here
        self._ask = threading.Lock()
        self._asked = 0
        self._answered = threading.Event()
        self._answer: WarmProcess | None = None
        self._decided = threading.Event()
        self._fault = "it ended while importing"
        self._is_ready = False
        self._kernels: dict[int, WarmProcess] = {}
        with there:
            module = "send_jsna.execution.kernels.server"
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", module, str(there.fileno()), *packages],
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
        with self._ask:
            self._asked += 1
            asked = {"request": self._asked, "argv": argv, "env": env, "cwd": cwd}
            request = json.dumps(asked).encode() + b"\n"
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
        if not self._is_ready:
            # Still importing: it has no kernels, and would not look up before it is done.
            self._process.kill()
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
            kernel = self._kernels[message["pid"]] = WarmProcess(message["pid"])
            if message["request"] == self._asked:
                self._answer = kernel
                self._answered.set()
            else:  # too late: whoever asked has given up
                kernel.kill()
        elif "exited" in message:
            ended = self._kernels.pop(message["exited"], None)
            if ended is not None:
                ended.returncode = int(message["code"])
                ended.ended.set()
