"""What goes wrong on the way to a publisher, each as one sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx

from send_jsna.errors import FetchError, StorageError
from send_jsna.ingest.http import policy
from send_jsna.ingest.http.model import Limits

_ERROR_BYTES = 4096


class TransientError(FetchError):
    """A fault that may pass: the request may be sent again.

    Attributes:
        retry_after: Seconds the server asks to wait; None where it does not say.
    """

    retry_after: float | None = None


def refusal(response: httpx.Response, where: str) -> FetchError:
    """The fault of an answer that is an error."""
    status = response.status_code
    what = f"answered HTTP {status} {response.reason_phrase}".rstrip() + _detail(response)
    if status in policy.RETRIED:
        fault = TransientError(what, where=where, expected="an answer", status=status)
        fault.retry_after = policy.retry_after(response.headers)
        return fault
    remedies = {
        401: "the publisher now asks for an account; look the interface up again",
        403: "the publisher refuses; look the address up in a browser, or ask whether the network blocks it",
        404: "look the address up again on the publisher's page",
        410: "the publisher has withdrawn it; look for what replaced it",
    }
    return FetchError(
        what,
        where=where,
        expected="the data",
        remedy=remedies.get(status, "look the interface up again"),
        status=status,
    )


def _detail(response: httpx.Response) -> str:
    """What a problem document says, in brackets; empty where the error page is something else."""
    if "json" not in response.headers.get("content-type", ""):
        return ""
    body = b""
    try:
        for chunk in response.iter_raw(1024):
            body += chunk
            if len(body) >= _ERROR_BYTES:
                break
        problem = json.loads(body)
        first: Any = next(iter(problem.get("errors") or []), {})
        message = first.get("message") if isinstance(first, dict) else ""
        path = first.get("path") if message else ""
        text = (
            f"{message} ({path})" if path else message or problem.get("detail") or problem.get("title") or ""
        )
    except (httpx.HTTPError, ValueError, AttributeError, TypeError, RecursionError):
        return ""
    clean = "".join(char if char.isprintable() else " " for char in str(text))
    return f": {clean[:200]}" if clean.strip() else ""


def timed_out(error: httpx.TimeoutException, where: str, limits: Limits) -> TransientError:
    """The fault of a server that does not answer in time."""
    if isinstance(error, httpx.ConnectTimeout):
        what, remedy = f"no connection within {limits.connect_seconds:g} s", "check the network"
    else:
        what, remedy = f"sent nothing for {limits.read_seconds:g} s", "try again later"
    return TransientError(what, where=where, expected="an answer", remedy=remedy)


def broken(error: httpx.HTTPError, where: str, size: int) -> FetchError:
    """The fault of a connection that failed or broke off; ``size`` is the bytes that had come."""
    if policy.is_certificate_fault(error):
        return FetchError(
            "the server's certificate is not trusted",
            where=where,
            expected="a certificate this machine trusts",
            remedy="where the network inspects traffic, point SSL_CERT_FILE to its root certificate",
        )
    if isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        return FetchError(f"cannot be asked ({error})", where=where, remedy="correct the address")
    if isinstance(error, httpx.ConnectError | httpx.ProxyError):
        what, remedy = f"no connection ({error})", "check the network, or use --mirror"
    else:
        what, remedy = f"the connection broke after {size:,} bytes", "try again later"
    return TransientError(what, where=where, expected="the whole file", remedy=remedy)


def not_written(error: OSError, folder: Path) -> StorageError:
    """The fault of a scratch folder that takes no more."""
    return StorageError(
        f"cannot be written ({error.strerror})",
        where=folder,
        expected="a folder this user may write to, with room",
        remedy="free some space, or choose another folder",
    )
