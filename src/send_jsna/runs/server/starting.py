"""Starts a guarded Prefect server on loopback and waits until it answers; imports nothing of Prefect."""

from __future__ import annotations

import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

from send_jsna import processes
from send_jsna.errors import OrchestratorError
from send_jsna.runs.server.guard import KEY, origins

LOOPBACK = "127.0.0.1"
START_SECONDS = 120
#: What Prefect's client sends its key by.
CLIENT_KEY = "PREFECT_API_AUTH_STRING"

#: Finished runs of flows are removed from Prefect's database after a month; the reports do not need them.
_KEPT_FOR = {
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(30 * 24 * 3600),
    "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": "P2D",
}


def new_key() -> str:
    """A key that cannot be guessed, in the form Prefect asks for."""
    return f"jsna:{secrets.token_urlsafe(32)}"


def bound(port: int = 0) -> socket.socket:
    """A socket bound to a port of loopback, to be handed to a server.

    Raises:
        OrchestratorError: The port is taken.
    """
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((LOOPBACK, port))
    except OSError as error:
        found.close()
        raise OrchestratorError(
            f"port {port} is taken or not allowed ({error.strerror})",
            where=LOOPBACK,
            remedy="choose another with --port",
        ) from error
    return found


def start(
    at: socket.socket,
    key: str,
    log: Path,
    *,
    environment: Mapping[str, str],
    stays: bool,
    meanwhile: Callable[[], None] = lambda: None,
) -> subprocess.Popen[bytes]:
    """Start a server and wait until it answers.

    Args:
        at: A bound socket; it is closed here and stays open in the server.
        key: What every request must bring.
        log: File for the output of the server.
        environment: Variables it needs beside this process's own environment.
        stays: Whether it goes on after this process.
        meanwhile: What to do while it starts.

    Raises:
        OrchestratorError: It does not start.
    """
    port = at.getsockname()[1]
    api = f"http://{LOOPBACK}:{port}/api"
    with at, log.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "send_jsna.runs.server.guard", str(at.fileno())],
            env={
                **os.environ,
                "PREFECT_API_URL": api,
                **_KEPT_FOR,
                "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": ",".join(origins(port)),
                "PREFECT__SERVER_FINAL": "1",
                CLIENT_KEY: key,
                KEY: key,
                **environment,
            },
            pass_fds=[at.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
            preexec_fn=None if stays else processes.tied(signal.SIGTERM),
        )
    try:
        meanwhile()
        _wait(process, api, log)
    except BaseException:
        stop(process)
        raise
    return process


def is_healthy(api: str, *, seconds: float = 2) -> bool:
    """Whether a Prefect API answers."""
    # A server on this machine is asked directly, never through a proxy of the network.
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}) if LOOPBACK in api else urllib.request.ProxyHandler()
    )
    try:
        with opener.open(f"{api}/health", timeout=seconds) as answer:
            return bool(answer.status == 200)
    except (OSError, http.client.HTTPException, ValueError):
        return False


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


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server that this process started, and wait for its end."""
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
