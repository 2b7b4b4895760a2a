"""Prefect's server with a guard before it: it answers programs that have its key, and its own page.

A server on loopback is within reach of every web page that is open in a browser on the same machine, and
whoever can make a deployment can run any command. So three things must be right of a request:

- its ``Host`` is the server's own address: a name that was made to lead to this machine is refused;
- its ``Origin``, which a browser sends with whatever a page could do harm with, is the server's own page;
- it brings the key, which Prefect checks for all but the two paths that only say that it is alive.

Run as ``python -m send_jsna.runs.server.guard DESCRIPTOR`` by :mod:`send_jsna.runs.server.starting`, which
hands on a bound socket.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

KEY = "PREFECT_SERVER_API_AUTH_STRING"
_NAMES = ("127.0.0.1", "localhost")
_POLICY_VIOLATION = 1008


def origins(port: int) -> list[str]:
    """The addresses the server's own page can have."""
    return [f"http://{name}:{port}" for name in _NAMES]


class Guard:
    """An application that hands on to another one only what was meant for it.

    Args:
        application: The one that is guarded.
        port: Port it is reached at, on loopback.
    """

    def __init__(self, application: Application, port: int) -> None:
        self._application = application
        self._origins = set(origins(port))
        self._hosts = {origin.removeprefix("http://") for origin in self._origins}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        reason = "" if scope["type"] == "lifespan" else self._refusal(scope["headers"])
        if not reason:
            await self._application(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": reason})
        else:
            content = json.dumps({"exception_message": reason}).encode()
            headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(content))]
            await send({"type": "http.response.start", "status": 403, "headers": headers})
            await send({"type": "http.response.body", "body": content})

    def _refusal(self, headers: Iterable[tuple[bytes, bytes]]) -> str:
        """Why a request with these headers is refused; empty where it is not."""
        found: dict[bytes, list[str]] = {b"host": [], b"origin": []}
        for name, value in headers:
            if name.lower() in found:
                found[name.lower()].append(value.decode("latin-1").lower())
        if len(found[b"host"]) != 1 or not self._hosts.issuperset(found[b"host"]):
            return "this server answers to its own address only"
        if not self._origins.issuperset(found[b"origin"]):
            return "this server answers no page from elsewhere"
        return ""


def main(descriptor: int) -> None:
    """Serve until a signal ends the process.

    Args:
        descriptor: A socket, bound to a port of loopback, inherited from the process that started this one.
    """
    import uvicorn
    from prefect.server.api.server import create_app

    if not os.environ.get(KEY):
        raise SystemExit(f"{KEY} is not set: the server is not started without a key")
    bound = socket.socket(fileno=descriptor)
    application = Guard(create_app(), bound.getsockname()[1])
    uvicorn.Server(uvicorn.Config(application, log_level="error", lifespan="on")).run(sockets=[bound])


if __name__ == "__main__":
    main(int(sys.argv[1]))
