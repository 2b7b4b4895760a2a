"""A publisher on loopback: serves given bytes the way a good server does, and goes wrong on order.

Use::

    with PublisherServer() as publisher:
        url = publisher.serve("/data.csv", b"a,b\\n1,2\\n")
        publisher.fault("/data.csv", too_many("1"), reset(after=3))   # the first and the second request
        with publisher.client(tmp_path) as client:
            fetched = client.get(url)
        assert publisher.bodies("/data.csv") == [...]                  # body bytes sent, a request each

A file has a strong ``ETag``, a ``Last-Modified``, answers conditional requests with 304 and ranges with 206,
each of which can be switched off. ``fault`` queues faults for a path, one a request; ``always`` applies one
to every request. A fault takes the :class:`Plan` of the honest answer and returns another; make your own in
the same way. ``mount`` lets a function answer everything under a prefix (see ``publishers.ees_fake``). Every
request is kept in ``requests``.
"""

from __future__ import annotations

import gzip
import hashlib
import socket
import struct
import sys
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from email.utils import formatdate, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from send_jsna.ingest.http import Client, Limits

MODIFIED = "Wed, 01 Oct 2025 09:30:00 GMT"
HTML = b"<!DOCTYPE html>\n<html><head><title>Sorry</title></head><body><h1>Problem</h1></body></html>\n"

#: Limits a test has time for: waits are short, and a stall shows after a second, even on a busy machine.
QUICK = Limits(connect_seconds=5, read_seconds=1, total_seconds=30, tries=3, wait_max_seconds=0.05)
#: The same where the server has something to work out.
PATIENT = replace(QUICK, read_seconds=20, total_seconds=60)


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Plan:
    """An answer and how it is sent.

    Attributes:
        status: HTTP status.
        headers: Headers; ``Content-Length`` is added where neither it nor ``Transfer-Encoding`` is given.
        body: The body.
        cut: Bytes of the body after which the connection is reset; None to send all.
        close: Close in good order, not reset, where it is cut.
        slice: Bytes sent at once; 0 for all.
        pause: Seconds between slices.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut: int | None = None
    close: bool = False
    slice: int = 0
    pause: float = 0.0


@dataclass
class Served:
    """A request that was answered, and how many bytes of body went out."""

    asked: Asked
    status: int
    sent: int = 0


App = Callable[[Asked], Plan]
Fault = Callable[[Plan], Plan]


def status(code: int, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Fault:
    """An error answer."""
    return lambda plan: Plan(code, {"Content-Type": "text/plain", **(headers or {})}, body)


def too_many(retry_after: str = "") -> Fault:
    """429, with ``Retry-After`` in seconds or as an HTTP date."""
    return status(429, {"Retry-After": retry_after} if retry_after else {})


def html(code: int = 200) -> Fault:
    """An HTML error page, also one that says 200."""
    return lambda plan: Plan(code, {"Content-Type": "text/html; charset=utf-8"}, HTML)


def reset(after: int) -> Fault:
    """The connection is reset when so many bytes of the body are out."""
    return lambda plan: replace(plan, cut=after)


def short(by: int) -> Fault:
    """``Content-Length`` announces more than is sent; the connection is then closed in good order."""
    return lambda plan: replace(
        plan,
        headers={**plan.headers, "Content-Length": str(len(plan.body) + by)},
        cut=len(plan.body),
        close=True,
    )


def announced(length: int) -> Fault:
    """``Content-Length`` is what is given, whatever is sent."""
    return lambda plan: replace(plan, headers={**plan.headers, "Content-Length": str(length)})


def truncated(keep: int) -> Fault:
    """The body is cut short and ``Content-Length`` agrees with what is left."""
    return lambda plan: replace(plan, body=plan.body[:keep])


def drip(size: int, pause: float) -> Fault:
    """The body comes in small pieces with pauses."""
    return lambda plan: replace(plan, slice=size, pause=pause)


def moved(location: str, code: int = 302) -> Fault:
    """A redirect."""
    return lambda plan: Plan(code, {"Location": location})


def with_body(body: bytes, **headers: str) -> Fault:
    """Another body, and other headers (``content_md5`` is ``Content-MD5``)."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda plan: replace(plan, body=body, headers={**plan.headers, **given})


def with_headers(**headers: str) -> Fault:
    """Further headers; an empty one is taken away."""
    given = {name.replace("_", "-").lower(): value for name, value in headers.items()}

    def change(plan: Plan) -> Plan:
        kept = {name: value for name, value in plan.headers.items() if name.lower() not in given}
        return replace(plan, headers={**kept, **{name: value for name, value in given.items() if value}})

    return change


def bomb(size: int) -> Fault:
    """A gzip file of so many zeros."""
    packed = gzip.compress(bytes(size), 9, mtime=0)
    return lambda plan: replace(plan, body=packed)


class PublisherServer:
    """The server; a context manager."""

    def __init__(self) -> None:
        self.requests: list[Served] = []
        self.peak = 0
        self._files: dict[str, App] = {}
        self._mounts: dict[str, App] = {}
        self._faults: dict[str, deque[Fault | None]] = defaultdict(deque)
        self._always: dict[str, Fault] = {}
        self._lock = threading.Lock()
        self._under_way = 0
        self._stopped = threading.Event()
        self._http = _Quiet(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self._http.block_on_close = False

    def __enter__(self) -> PublisherServer:
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._http.shutdown()
        self._http.server_close()

    @property
    def host(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._http.server_address[1]}"

    def url(self, path: str) -> str:
        """The address of a path."""
        return f"http://{self.host}{path}"

    def client(self, scratch: Path, limits: Limits = QUICK, **options: Any) -> Client:
        """A client that may ask this server, and nobody else."""
        return Client(scratch, hosts=(), limits=limits, insecure_hosts=(self.host,), **options)

    def serve(
        self,
        path: str,
        body: bytes,
        *,
        media_type: str = "text/csv",
        etag: str | None = None,
        last_modified: str = MODIFIED,
        ranges: bool = True,
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """Serve bytes under a path; returns the address. An ETag of ``""`` means none."""
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"' if etag is None else etag
        fixed = {"Content-Type": media_type, "Date": formatdate(usegmt=True), **(headers or {})}
        fixed |= {"ETag": tag} if tag else {}
        fixed |= {"Last-Modified": last_modified} if last_modified else {}
        fixed |= {"Accept-Ranges": "bytes"} if ranges else {}
        self._files[path] = lambda asked: file_plan(asked, body, fixed)
        return self.url(path)

    def mount(self, prefix: str, app: App) -> str:
        """Let a function answer everything under a prefix; returns the prefix's address."""
        self._mounts[prefix] = app
        return self.url(prefix)

    def fault(self, path: str, *faults: Fault | None) -> None:
        """Queue faults for a path, one a request; None for an honest answer in between."""
        self._faults[path].extend(faults)

    def always(self, path: str, fault: Fault) -> None:
        """Apply a fault to every request for a path that has no queued one."""
        self._always[path] = fault

    def seen(self, path: str) -> list[Served]:
        """The requests for a path."""
        self.settle()
        return [served for served in self.requests if served.asked.path == path]

    def bodies(self, path: str) -> list[int]:
        """Bytes of body sent for a path, a request each."""
        return [served.sent for served in self.seen(path)]

    def settle(self) -> None:
        """Wait until what was sent is also counted: a client has its bytes a moment before they are."""
        end = time.monotonic() + 2
        while self._under_way and time.monotonic() < end:
            time.sleep(0.002)

    def plan(self, asked: Asked) -> Plan:
        """The answer to a request, with the fault that is due."""
        app = self._files.get(asked.path) or next(
            (app for prefix, app in self._mounts.items() if asked.path.startswith(prefix)), None
        )
        plan = app(asked) if app else Plan(404, {"Content-Type": "text/plain"}, b"not found")
        with self._lock:
            queue = self._faults[asked.path]
            fault = queue.popleft() if queue else self._always.get(asked.path)
        return fault(plan) if fault else plan


def file_plan(asked: Asked, body: bytes, headers: Mapping[str, str]) -> Plan:
    """The honest answer for a file: whole, a range of it, or that it has not changed."""
    etag, modified = headers.get("ETag", ""), headers.get("Last-Modified", "")
    given = asked.headers
    if "if-none-match" in given:
        unchanged = bool(etag) and given["if-none-match"] in (etag, f"W/{etag}", "*")
    else:
        unchanged = (
            "if-modified-since" in given
            and modified != ""
            and (parsedate_to_datetime(modified) <= parsedate_to_datetime(given["if-modified-since"]))
        )
    if unchanged:
        return Plan(304, {name: value for name, value in headers.items() if name != "Content-Type"})
    wanted = given.get("range", "")
    if wanted and "Accept-Ranges" in headers and given.get("if-range", etag) in (etag, modified):
        start = int(wanted.removeprefix("bytes=").partition("-")[0])
        if start >= len(body):
            return Plan(416, {"Content-Range": f"bytes */{len(body)}"})
        span = f"bytes {start}-{len(body) - 1}/{len(body)}"
        return Plan(206, {**headers, "Content-Range": span}, body[start:])
    return Plan(200, dict(headers), body)


class _Quiet(ThreadingHTTPServer):
    """Says nothing of clients that go away."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def _handler(server: PublisherServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

        def _answer(self, body: bytes) -> None:
            parts = urlsplit(self.path)
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, parts.path, query, headers, body)
            with server._lock:
                server._under_way += 1
                server.peak = max(server.peak, server._under_way)
            try:
                self._send(server.plan(asked), asked)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True
            finally:
                with server._lock:
                    server._under_way -= 1

        def _send(self, plan: Plan, asked: Asked) -> None:
            served = Served(asked, plan.status)
            server.requests.append(served)
            self.send_response_only(plan.status)
            headers = dict(plan.headers)
            if not {"Content-Length", "Transfer-Encoding"} & set(headers) and plan.status != 304:
                headers["Content-Length"] = str(len(plan.body))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            whole = plan.body if plan.cut is None else plan.body[: plan.cut]
            size = plan.slice or max(len(whole), 1)
            for start in range(0, len(whole), size):
                if start and plan.pause and server._stopped.wait(plan.pause):
                    break
                self.wfile.write(whole[start : start + size])
                self.wfile.flush()
                served.sent += len(whole[start : start + size])
            if plan.cut is not None:
                self.close_connection = True
                if not plan.close:
                    # Let what was sent arrive, then reset instead of closing in good order.
                    server._stopped.wait(0.05)
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    self.connection.close()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler
