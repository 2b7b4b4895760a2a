"""The Prefect server on loopback serves no web page from elsewhere, and no program without its key."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import signal
import socket
import stat
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
from small_project import (
    CELLS,
    PrefectServer,
    basic,
    command,
    environment,
    jsna,
    make,
    write_notebook,
)

from send_jsna.errors import OrchestratorError
from send_jsna.runs.server import finding as servers
from send_jsna.runs.server import starting
from send_jsna.runs.server.guard import Guard

PORT = 4200
OWN = f"127.0.0.1:{PORT}"


# -- the guard alone -------------------------------------------------------------------------------------


def answered(kind: str, headers: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """What a guarded application that says yes to everything sends for a request."""
    sent: list[dict[str, Any]] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "yes"})

    async def send(message: Any) -> None:
        sent.append(dict(message))

    async def receive() -> Any:
        raise AssertionError("a refused request is not read")

    raw = [(name.encode(), value.encode()) for name, value in headers]
    with ThreadPoolExecutor(1) as pool:  # a browser of other tests may leave its loop running in this thread
        pool.submit(
            asyncio.run, Guard(application, PORT)({"type": kind, "headers": raw}, receive, send)
        ).result()
    return sent


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    "headers",
    [
        [("host", OWN)],
        [("host", f"localhost:{PORT}"), ("origin", f"http://localhost:{PORT}")],
        [("Host", f"LOCALHOST:{PORT}"), ("Origin", f"http://{OWN}")],
    ],
)
def test_programs_and_the_servers_own_page_are_let_through(kind: str, headers: list[tuple[str, str]]) -> None:
    assert answered(kind, headers) == [{"type": "yes"}]


@pytest.mark.parametrize(
    "headers",
    [
        [("host", OWN), ("origin", "https://evil.example")],
        [("host", OWN), ("origin", "null")],
        [("host", OWN), ("origin", "http://127.0.0.1:8888")],
        [("host", OWN), ("origin", f"https://{OWN}")],
        [("host", OWN), ("origin", f"http://{OWN}.evil.example")],
        [("host", OWN), ("origin", f"http://{OWN}"), ("origin", "https://evil.example")],
        [("host", f"evil.example:{PORT}")],
        [("host", f"{OWN}.evil.example")],
        [("host", "127.0.0.1:80")],
        [("host", OWN), ("host", "evil.example")],
        [],
    ],
)
def test_pages_from_elsewhere_and_names_that_lead_here_are_refused(headers: list[tuple[str, str]]) -> None:
    start, body = answered("http", headers)
    assert (start["status"], b"this server answers" in body["body"]) == (403, True)
    (closed,) = answered("websocket", headers)
    assert closed["type"] == "websocket.close"


def test_a_server_is_not_started_without_a_key() -> None:
    with starting.bound() as at:
        done = subprocess.run(
            [*command()[:1], "-m", "send_jsna.runs.server.guard", str(at.fileno())],
            env={key: value for key, value in os.environ.items() if not key.startswith("PREFECT_")},
            pass_fds=[at.fileno()],
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "not started without a key" in done.stderr


# -- a real server, and what a page in the user's browser would send to it -----------------------------------


def send(server: PrefectServer, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, str]:
    where = urlsplit(server.api)
    assert where.hostname and where.port
    content = None if body is None else json.dumps(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with closing(http.client.HTTPConnection(where.hostname, where.port, timeout=30)) as connection:
        connection.request(method, f"/api/{path}", content, named)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def flows_named(server: PrefectServer, name: str) -> int:
    return len(server.ask("flows/filter", {"flows": {"name": {"any_": [name]}}}))


@pytest.mark.prefect
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example", "Content_Type": "text/plain"},
        {"Origin": "https://evil.example", "Content_Type": "application/json"},
        {"Content_Type": "text/plain"},
        {"Content_Type": "application/json"},
        {"Content_Type": "application/json", "Authorization": basic("jsna:guess")},
        {"Content_Type": "application/json", "Authorization": "Bearer x"},
    ],
    ids=["simple", "json", "simple without origin", "no key", "wrong key", "other scheme"],
)
def test_a_page_can_make_no_flow(prefect_server: PrefectServer, headers: dict[str, str]) -> None:
    name = f"evil-{uuid.uuid4()}"
    status, _ = send(prefect_server, "POST", "flows/", {"name": name}, **headers)
    assert status in (401, 403)
    assert flows_named(prefect_server, name) == 0


@pytest.mark.prefect
def test_a_page_can_read_nothing_and_is_not_invited_to_ask(prefect_server: PrefectServer) -> None:
    key = basic(prefect_server.key)
    assert send(prefect_server, "GET", "admin/settings")[0] == 401
    evil = {"Origin": "https://evil.example", "Authorization": key}
    assert send(prefect_server, "GET", "admin/settings", **evil)[0] == 403
    asked = {"Origin": "https://evil.example", "Access_Control_Request_Method": "POST"}
    assert send(prefect_server, "OPTIONS", "flows/", **asked)[0] == 403
    # A name of the attacker's that leads to 127.0.0.1: for the browser the page and the server are one.
    rebound = {"Host": "evil.example:4200", "Origin": "http://evil.example:4200", "Authorization": key}
    assert send(prefect_server, "GET", "admin/settings", **rebound)[0] == 403


@pytest.mark.prefect
def test_who_has_the_key_is_served(prefect_server: PrefectServer) -> None:
    name = f"own-{uuid.uuid4()}"
    key = {"Authorization": basic(prefect_server.key), "Content_Type": "application/json"}
    assert send(prefect_server, "POST", "flows/", {"name": name}, **key)[0] == 201
    assert flows_named(prefect_server, name) == 1


@pytest.mark.prefect
def test_only_its_owner_can_read_the_key_and_only_this_machine_reach_the_server(
    prefect_server: PrefectServer,
) -> None:
    state = prefect_server.project / ".state"
    assert stat.S_IMODE((state / "server.key").stat().st_mode) == 0o600
    pid = json.loads((state / "server.json").read_text(encoding="utf-8"))["pid"]
    listening = [item for item in psutil.Process(pid).net_connections() if item.status == psutil.CONN_LISTEN]
    assert [item.laddr.ip for item in listening] == ["127.0.0.1"]


@pytest.mark.prefect
def test_another_key_is_one_line(prefect_server: PrefectServer) -> None:
    wrong = {**prefect_server.environment, "PREFECT_API_AUTH_STRING": "jsna:wrong"}
    done = jsna(prefect_server.project, "refresh", "--quiet", "--engine", "pandoc", env=wrong)
    assert (done.returncode, done.stderr.count("\n")) == (12, 1)
    assert "asks for another key" in done.stderr


@pytest.mark.prefect
def test_a_variable_that_prefect_cannot_read_is_one_line(prefect_server: PrefectServer) -> None:
    wrong = {**prefect_server.environment, "PREFECT_CLIENT_MAX_RETRIES": "many"}
    done = jsna(prefect_server.project, "refresh", "--quiet", "--engine", "pandoc", env=wrong)
    assert (done.returncode, done.stderr.count("\n")) == (12, 1), done.stderr
    assert "max_retries" in done.stderr


@pytest.mark.prefect
def test_the_own_server_of_the_project_needs_no_key_to_be_named(prefect_server: PrefectServer) -> None:
    given = {key: value for key, value in prefect_server.environment.items() if "AUTH" not in key}
    done = jsna(prefect_server.project, "refresh", "--quiet", "--engine", "pandoc", env=given)
    assert done.returncode == 0, done.stderr


# -- servers that come and go ------------------------------------------------------------------------------


@pytest.fixture
def waiting(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """A small project whose notebook waits for as long as a file is there."""
    folder, flag = make(tmp_path / "small"), tmp_path / "flag"
    wait = (
        f"import time\nfrom pathlib import Path\n\nflag = Path({str(flag)!r})\nflag.touch()\n"
        "while flag.exists():\n    time.sleep(0.05)"
    )
    write_notebook(folder, {**CELLS, "wait": wait})
    yield folder, flag
    flag.unlink(missing_ok=True)


@pytest.mark.prefect
def test_a_server_killed_under_way_is_one_line_and_its_code(waiting: tuple[Path, Path]) -> None:
    folder, flag = waiting
    refresh = subprocess.Popen(
        command("refresh", "--quiet", "--engine", "pandoc"),
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    end = time.monotonic() + 180
    while not flag.exists() and refresh.poll() is None and time.monotonic() < end:
        time.sleep(0.1)
    assert flag.exists(), refresh.communicate()
    (server,) = [
        child
        for child in psutil.Process(refresh.pid).children()
        if "send_jsna.runs.server.guard" in " ".join(child.cmdline())
    ]
    os.kill(server.pid, signal.SIGKILL)
    flag.unlink()
    _, err = refresh.communicate(timeout=120)
    assert (refresh.returncode, err.count("\n")) == (12, 1), err
    assert "stopped while the run was under way" in err


def test_a_record_of_another_process_is_no_server_of_ours(tmp_path: Path) -> None:
    """A number that another process was given since is neither asked nor ended."""
    record = {"pid": os.getpid(), "process": f"{os.getpid()}@1.00", "api": "http://127.0.0.1:1/api"}
    (tmp_path / servers.RECORD).write_text(json.dumps(record), encoding="utf-8")
    assert servers.left_running(tmp_path) is None
    assert servers.stop_serving(tmp_path) is None


def test_a_port_that_is_taken_is_said_so(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OrchestratorError, match=r"port \d+ is taken"):
            servers.serve(tmp_path, taken.getsockname()[1])


@pytest.mark.parametrize("content", [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", b"\x00\xff", b""])
def test_something_else_at_the_address_is_no_server(content: bytes) -> None:
    """What answers nonsense, or is just being stopped, is not healthy; it is no fault of this program."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        api = f"http://127.0.0.1:{listening.getsockname()[1]}/api"

        def answer() -> None:
            asked, _ = listening.accept()
            with asked:
                asked.recv(65536)
                asked.sendall(content)

        thread = threading.Thread(target=answer)
        thread.start()
        assert starting.is_healthy(api) is (b"200 OK" in content)
        thread.join()
