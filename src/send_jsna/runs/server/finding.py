"""Finds or starts the Prefect server a flow runs on; imports nothing of Prefect.

Three can be used: the server that is configured (``PREFECT_API_URL``, or the active profile of the user's
Prefect), the one ``jsna serve`` left running on loopback, and an ephemeral one. The ephemeral one is started
here instead of inside the first call of a flow: so it starts while this process imports Prefect and warms
what the run needs, and it is stopped with us however we end.

The two that are started here answer only requests with their key (see :mod:`send_jsna.runs.server.guard`).
That of ``jsna serve`` is in the state folder, for its owner alone to read; the ephemeral server has a new one
each time, stored nowhere.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import time
import tomllib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from send_jsna import processes
from send_jsna.errors import OrchestratorError
from send_jsna.runs.server.starting import (
    CLIENT_KEY,
    LOOPBACK,
    START_SECONDS,
    bound,
    is_healthy,
    new_key,
    start,
    stop,
)

#: What ``jsna serve`` left running, and the key to such servers.
RECORD = "server.json"
KEY_FILE = "server.key"


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
        # Only Prefect's own lines would be sent, and where the server is gone they end on the console.
        os.environ.setdefault("PREFECT_LOGGING_TO_API_ENABLED", "false")
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
    running = left_running(state)
    if api:
        if not is_healthy(api, seconds=10):
            raise OrchestratorError(
                f"the Prefect server at {api} does not answer",
                expected="the server that PREFECT_API_URL or the active Prefect profile names",
                remedy="start it, unset PREFECT_API_URL, or run with --direct",
            )
        if running is not None and running.api == api:
            os.environ.setdefault(CLIENT_KEY, _key(state))
        meanwhile()
        return api
    if running is not None:
        # Set before Prefect is imported, which reads them then.
        os.environ.update({"PREFECT_API_URL": running.api, CLIENT_KEY: _key(state)})
        meanwhile()
        return running.api
    return _start_ephemeral(state, meanwhile)


def _start_ephemeral(state: Path, meanwhile: Callable[[], None]) -> str:
    """Start an ephemeral server, for as long as this process lives.

    It is stopped at exit and not before: Prefect sends what is left of its events and logs when the main
    thread ends, and waits long for a server that is gone.
    """
    with _starting(state):
        at, key = bound(), new_key()
        api = f"http://{LOOPBACK}:{at.getsockname()[1]}/api"
        os.environ.update({"PREFECT_API_URL": api, CLIENT_KEY: key})
        process = start(
            at,
            key,
            state / "ephemeral.log",
            environment={"PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1"},
            stays=False,
            meanwhile=meanwhile,
        )
    atexit.register(stop, process)
    return api


def _starting(state: Path) -> FileLock:
    """The lock for starting a server: only one process at a time may create or migrate the database."""
    state.mkdir(parents=True, exist_ok=True)
    return FileLock(state / "start.lock")


# -- a server that is left running ------------------------------------------------------------------------


def left_running(state: Path) -> LeftRunning | None:
    """The server ``jsna serve`` left running, if it is there and answers."""
    try:
        record = json.loads((state / RECORD).read_text(encoding="utf-8"))
        found = LeftRunning(int(record["pid"]), str(record["api"]))
        is_same = processes.identity(found.pid) == record["process"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if is_same and is_healthy(found.api) else None


def serve(state: Path, port: int) -> tuple[LeftRunning, bool]:
    """Leave a Prefect server running on loopback.

    Args:
        state: The project's folder for state: the server's database, log, key and process id are in it.
        port: Port to listen on.

    Returns:
        The server, and whether it was started just now (else it was running).

    Raises:
        OrchestratorError: The port is taken, or the server does not start.
    """
    with _starting(state):
        running = left_running(state)
        if running is not None:
            return running, False
        at = bound(port)
        api = f"http://{LOOPBACK}:{at.getsockname()[1]}/api"
        # The scheduler looks 100 days ahead by default; the next rebuild is up to two years away.
        ahead = "PREFECT_SERVER_SERVICES_SCHEDULER_MAX_SCHEDULED_TIME"
        process = start(
            at,
            _key(state),
            state / "server.log",
            environment={ahead: os.environ.get(ahead, "P1500D")},
            stays=True,
        )
        record = {"pid": process.pid, "process": processes.identity(process.pid), "api": api}
        (state / RECORD).write_text(json.dumps(record) + "\n", encoding="utf-8")
    return LeftRunning(process.pid, api), True


def stop_serving(state: Path) -> LeftRunning | None:
    """Stop the server ``jsna serve`` left running; None where there is none."""
    running = left_running(state)
    (state / RECORD).unlink(missing_ok=True)
    if running is None:
        return None
    with suppress(ProcessLookupError):
        os.killpg(running.pid, signal.SIGTERM)
    end = time.monotonic() + 10
    while is_healthy(running.api, seconds=0.5) and time.monotonic() < end:
        time.sleep(0.1)
    return running


def _key(state: Path) -> str:
    """The key to servers that are left running: made once, for its owner alone to read."""
    path = state / KEY_FILE
    with suppress(FileExistsError):
        path.touch(mode=0o600, exist_ok=False)
        path.write_text(new_key() + "\n", encoding="ascii")
    path.chmod(0o600)
    key = path.read_text(encoding="ascii").strip()
    if not key.startswith("jsna:"):
        raise OrchestratorError(
            "this is no key of ours", where=path, remedy="remove the file and start the server again"
        )
    return key
