"""Finds or starts the Prefect server a flow runs on; imports nothing of Prefect.

Three can answer: the server that is configured (``PREFECT_API_URL``, or the active profile of the user's
Prefect), the one ``jsna serve`` left running on loopback, and Prefect's own ephemeral one. The ephemeral
one is started here, with the command Prefect uses, instead of inside the first call of a flow: so it starts
while this process imports Prefect and warms what the run needs, and it is stopped with us however we end.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from send_jsna.errors import OrchestratorError

LOOPBACK = "127.0.0.1"
START_SECONDS = 120
_RECORD = "server.json"


@dataclass(frozen=True)
class LeftRunning:
    """A server ``jsna serve`` started: process id and API address."""

    pid: int
    api: str


def prepare_environment(state: Path) -> None:
    """Set what Prefect reads from the environment, before it is imported.

    Prefect's database stays in the project, its telemetry is off, and its own lines stay off the console: a
    run has its own display and a fault its own line. What the user has set is left alone.
    """
    os.environ.update(
        {
            "DO_NOT_TRACK": "1",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_SDK_ANALYTICS_ENABLED": "false",
        }
    )
    if not configured_api():
        os.environ.setdefault("PREFECT_HOME", str(state / "prefect"))
    for name, value in {
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": str(START_SECONDS),
        "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
        "PREFECT_LOGGING_HANDLERS_DEBUG_LEVEL": "CRITICAL",
    }.items():
        os.environ.setdefault(name, value)


def configured_api() -> str:
    """The API address the user has configured, or an empty text."""
    if "PREFECT_API_URL" in os.environ:
        return os.environ["PREFECT_API_URL"].rstrip("/")
    if "PREFECT_HOME" in os.environ:
        return ""
    try:
        profiles = tomllib.loads((Path.home() / ".prefect" / "profiles.toml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return ""
    active = profiles.get("profiles", {}).get(os.environ.get("PREFECT_PROFILE", profiles.get("active")), {})
    return str(active.get("PREFECT_API_URL", "")).rstrip("/")


def is_healthy(api: str, *, seconds: float = 2) -> bool:
    """Whether a Prefect API answers."""
    # A proxy of the network stands in nobody's way to a server on this machine.
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}) if LOOPBACK in api else _default_proxy()
    )
    try:
        with opener.open(f"{api}/health", timeout=seconds) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError, ValueError):
        return False


def _default_proxy() -> urllib.request.ProxyHandler:
    return urllib.request.ProxyHandler()


def available(state: Path, *, meanwhile: Callable[[], None] = lambda: None) -> str:
    """A Prefect API to run a flow on.

    Args:
        state: The project's folder for state.
        meanwhile: What to do while an ephemeral server starts; it is called in every case.

    Returns:
        The address of the API; ``PREFECT_API_URL`` is set to it for the rest of this process.

    Raises:
        OrchestratorError: The configured server does not answer, or the ephemeral one does not start.
    """
    api = configured_api()
    if api:
        if not is_healthy(api, seconds=10):
            raise OrchestratorError(
                f"the Prefect server at {api} does not answer",
                expected="the server that PREFECT_API_URL or the active Prefect profile names",
                remedy="start it, unset PREFECT_API_URL, or run with --direct",
            )
        meanwhile()
        return api
    running = left_running(state)
    if running is not None:
        # Set before Prefect is imported, which reads it then.
        os.environ["PREFECT_API_URL"] = running.api
        meanwhile()
        return running.api
    return _start_ephemeral(state, meanwhile)


def _start_ephemeral(state: Path, meanwhile: Callable[[], None]) -> str:
    """Start Prefect's ephemeral server, for as long as this process lives.

    It is stopped at exit and not before: Prefect sends what is left of its events and logs when the main
    thread ends, and waits long for a server that is gone.
    """
    state.mkdir(parents=True, exist_ok=True)
    # One at a time may create or migrate the database.
    with (state / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        port = _free_port()
        api = f"http://{LOOPBACK}:{port}/api"
        packages = Path(str(find_spec("prefect").origin)).parents[1]  # type: ignore[union-attr]
        command = ["uvicorn", "--app-dir", str(packages), "--factory", "prefect.server.api.server:create_app"]
        command += ["--host", LOOPBACK, "--port", str(port), "--log-level", "error", "--lifespan", "on"]
        log = (state / "ephemeral.log").open("w", encoding="utf-8")
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", *command],
            env={
                **os.environ,
                "PREFECT_UI_ENABLED": "0",
                "PREFECT__SERVER_EPHEMERAL": "1",
                "PREFECT__SERVER_FINAL": "1",
            },
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            process_group=0,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,
        )
        log.close()
        try:
            os.environ["PREFECT_API_URL"] = api
            meanwhile()
            _wait(process, api, state / "ephemeral.log")
        except BaseException:
            _stop(process)
            raise
    atexit.register(_stop, process)
    return api


def _end_with_parent() -> None:
    """Ask Linux to end the server when this process dies, even by SIGKILL."""
    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)


def _wait(process: subprocess.Popen[bytes], api: str, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while not is_healthy(api):
        if process.poll() is not None:
            raise OrchestratorError(
                f"the Prefect server stopped while starting (exit status {process.returncode})",
                where=log,
                remedy="read that log, or run with --direct",
            )
        if time.monotonic() > end:
            raise OrchestratorError(
                f"the Prefect server did not start within {START_SECONDS} seconds",
                where=log,
                remedy="try again, leave one running with jsna serve, or run with --direct",
            )
        time.sleep(0.05)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


# -- a server that is left running ------------------------------------------------------------------------


def left_running(state: Path) -> LeftRunning | None:
    """The server ``jsna serve`` left running, if it is there and answers."""
    try:
        record = json.loads((state / _RECORD).read_text(encoding="utf-8"))
        found = LeftRunning(int(record["pid"]), str(record["api"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if _is_alive(found.pid) and is_healthy(found.api) else None


def serve(state: Path, port: int) -> tuple[LeftRunning, bool]:
    """Leave a Prefect server running on loopback.

    Args:
        state: The project's folder for state: the server's database, log and process id are in it.
        port: Port to listen on.

    Returns:
        The server, and whether it was started just now (else it was running).

    Raises:
        OrchestratorError: The port is taken, or the server does not start.
    """
    running = left_running(state)
    if running is not None:
        return running, False
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise OrchestratorError(
                f"port {port} is taken", where=LOOPBACK, remedy="choose another with --port"
            ) from error
    state.mkdir(parents=True, exist_ok=True)
    api = f"http://{LOOPBACK}:{port}/api"
    with (state / "server.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "prefect", "server", "start", "--host", LOOPBACK, "--port", str(port)],
            env={
                # The scheduler looks 100 days ahead by default; the next rebuild is up to two years away.
                "PREFECT_SERVER_SERVICES_SCHEDULER_MAX_SCHEDULED_TIME": "P1500D",
                **os.environ,
                "PREFECT_API_URL": api,
            },
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait(process, api, state / "server.log")
    except BaseException:
        _stop(process)
        raise
    (state / _RECORD).write_text(json.dumps({"pid": process.pid, "api": api}) + "\n", encoding="utf-8")
    return LeftRunning(process.pid, api), True


def stop_serving(state: Path) -> LeftRunning | None:
    """Stop the server ``jsna serve`` left running; None where there is none."""
    running = left_running(state)
    (state / _RECORD).unlink(missing_ok=True)
    if running is None:
        return None
    with contextlib.suppress(ProcessLookupError):
        os.killpg(running.pid, signal.SIGTERM)
    end = time.monotonic() + 10
    while is_healthy(running.api, seconds=0.5) and time.monotonic() < end:
        time.sleep(0.1)
    return running


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
