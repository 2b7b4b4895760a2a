"""The rules of a fetch that need no connection: hosts, redirects, waits, check sums, what may be shown."""

from __future__ import annotations

import base64
import binascii
import hashlib
import ipaddress
import random
import ssl
import time
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx

from send_jsna.errors import FetchError

#: Answers after which asking again may help.
RETRIED = frozenset({429, 500, 502, 503, 504})
MOVED = frozenset({301, 302, 303, 307, 308})
MAX_REDIRECTS = 5

_SECRETS = frozenset({"uid", "key", "apikey", "api_key", "token", "access_token", "sig", "signature"})
_ALGORITHMS = {"md5": "md5", "sha": "sha1", "sha-1": "sha1", "sha-256": "sha256", "sha-512": "sha512"}


def shown(url: httpx.URL | str) -> str:
    """An address fit for messages and records: no name, password, fragment or key in it."""
    address = httpx.URL(url)
    address = address.copy_with(username=None, password=None, fragment=None)
    for name in [name for name in address.params if name.casefold() in _SECRETS]:
        address = address.copy_set_param(name, "***")
    return str(address)


class Hosts:
    """The hosts that may be asked, also by way of a redirect."""

    def __init__(self, secure: Collection[str], insecure: Collection[str] = ()) -> None:
        """Take the list.

        Args:
            secure: Host names, each with ``:port`` where it is not the usual one; for https.
            insecure: Loopback hosts, with or without a port, that may be asked by plain http; for tests.

        Raises:
            FetchError: An insecure host is not this machine itself.
        """
        self._secure = {host.casefold() for host in secure}
        self._insecure = {host.casefold() for host in insecure}
        for host in sorted(self._insecure):
            if not _is_loopback(host.rsplit(":", 1)[0] if host.count(":") == 1 else host):
                raise FetchError(
                    f"plain http is not allowed for {host}",
                    expected="a loopback address",
                    remedy="use https",
                )

    def check(self, url: httpx.URL, origin: str = "") -> None:
        """Refuse an address that is not on the list.

        Args:
            url: The address about to be asked.
            origin: The address that redirected here; empty for the address asked first.

        Raises:
            FetchError: It is not on the list, carries a password, or is not https.
        """
        host = url.host.casefold()
        names = {f"{host}:{url.port}"} if url.port else {host}
        if url.scheme == "http" and self._insecure & {host, *names}:
            return
        if url.scheme != "https" or url.userinfo:
            raise _refused(url, origin, "an https address without a password", "correct the address")
        if not self._secure & names:
            listed = ", ".join(sorted(self._secure)) or "none"
            raise _refused(url, origin, f"one of {listed}", "if the publisher has moved, add its new host")


def _refused(url: httpx.URL, origin: str, expected: str, remedy: str) -> FetchError:
    what = f"redirects to {shown(url)}, which is not allowed" if origin else "the address is not allowed"
    return FetchError(what, where=origin or shown(url), expected=expected, remedy=remedy)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds a server asks to wait, from seconds or an HTTP date; None where it does not clearly say."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())


def backoff(attempt: int, longest: float) -> float:
    """Seconds to wait after a failed try: about 1, 2, 4, … with jitter, and no longer than the longest."""
    return min(longest, float(2 ** (attempt - 1))) * random.uniform(0.5, 1.0)


def strong_validator(headers: Mapping[str, str]) -> str:
    """What ``If-Range`` may say so that a download can be resumed safely; empty where it cannot be.

    A weak ETag does not promise the same bytes, nor does a date less than a second before the answer's own.
    """
    if headers.get("accept-ranges", "").strip().casefold() != "bytes":
        return ""
    etag = headers.get("etag", "")
    if etag:
        return "" if etag.startswith("W/") else etag
    modified = headers.get("last-modified", "")
    try:
        age = parsedate_to_datetime(headers.get("date", "")) - parsedate_to_datetime(modified)
    except (ValueError, TypeError):
        return ""
    return modified if age.total_seconds() >= 1 else ""


def digests(headers: Mapping[str, str]) -> dict[str, bytes]:
    """Check sums an answer states for its whole body, by hashlib's name of the algorithm.

    Read are ``Content-MD5``, ``Digest``, ``Repr-Digest`` and ``Content-Digest``, of known algorithms.
    """
    found: dict[str, bytes] = {}
    if "content-md5" in headers:
        _add_digest(found, "md5", headers["content-md5"])
    for name in ("digest", "repr-digest", "content-digest"):
        for part in headers.get(name, "").split(","):
            algorithm, _, value = part.strip().partition("=")
            _add_digest(found, _ALGORITHMS.get(algorithm.strip().casefold(), ""), value.strip().strip(":"))
    return found


def _add_digest(found: dict[str, bytes], algorithm: str, text: str) -> None:
    if not algorithm:
        return
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return
    if len(value) == hashlib.new(algorithm, usedforsecurity=False).digest_size:
        found[algorithm] = value


def wrong_digest(path: Path, stated: Mapping[str, bytes]) -> str:
    """The first algorithm whose stated check sum is not that of the file; empty where all agree."""
    for algorithm, value in stated.items():
        with path.open("rb") as file:
            found = hashlib.file_digest(file, algorithm).digest()
        if found != value:
            return algorithm
    return ""


def is_certificate_fault(error: BaseException) -> bool:
    """Whether a connection failed because the server's certificate is not trusted."""
    link: BaseException | None = error
    while link is not None:
        if isinstance(link, ssl.SSLCertVerificationError):
            return True
        link = link.__cause__ or link.__context__
    return "CERTIFICATE_VERIFY_FAILED" in str(error)


class Deadline:
    """The end of a fetch's time."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds left, not below zero."""
        return max(0.0, self._end - time.monotonic())

    def check(self, where: str) -> None:
        """Raise once the time is up.

        Raises:
            FetchError: It is.
        """
        if not self.left:
            raise FetchError(
                f"took longer than {self.seconds:g} s in all",
                where=where,
                expected="an answer within that time",
                remedy="try again later, or allow more time",
            )
