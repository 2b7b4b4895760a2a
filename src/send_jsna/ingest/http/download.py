"""One download into one file: sending a request once, resuming after a fault, checking what came.

What a server sends beyond the length it announced is no part of the answer in HTTP, so that a plain text file
cut in this way looks like a shorter file, unless a check sum is stated. Packed files, workbooks and JSON do
not read then; for CSV what is left is the gate on rows and size, and the reader's check of the last row.
"""

from __future__ import annotations

import hashlib
import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import httpx

from send_jsna.errors import FetchError
from send_jsna.ingest.http import faults, policy
from send_jsna.ingest.http.faults import TransientError
from send_jsna.ingest.http.model import Fetched, Limits
from send_jsna.ingest.http.policy import Deadline, shown
from send_jsna.ingest.http.unpacking import DamagedError, check_unpacks

_PART = ".part"
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


@dataclass(frozen=True)
class HttpRequest:
    """What is asked for.

    Attributes:
        url: The address.
        headers: Further headers.
        conditional: Whether it asks for changes only.
    """

    url: httpx.URL
    headers: Mapping[str, str] = field(default_factory=dict)
    conditional: bool = False


class Download:
    """The file of a fetch through all its tries; it is removed on leaving unless it was kept."""

    def __init__(self, scratch: Path, limits: Limits, report: Callable[[int, int | None], None]) -> None:
        self._path = scratch / f".{uuid.uuid4().hex}{_PART}"
        self._limits = limits
        self._report = report
        self._hash = hashlib.sha256()
        self._size = 0
        self._first: httpx.Headers | None = None
        self._validator = ""

    def __enter__(self) -> Download:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._path.unlink(missing_ok=True)

    def keep(self) -> Path:
        """Give the file its lasting name, under which it is the caller's."""
        path = self._path.with_name(self._path.stem.removeprefix("."))
        self._path.rename(path)
        return path

    @staticmethod
    def hops() -> Iterator[int]:
        """The requests one try may take: the first and the redirects."""
        return iter(range(policy.MAX_REDIRECTS + 1))

    def attempt(self, http: httpx.Client, request: HttpRequest, deadline: Deadline) -> Fetched | HttpRequest:
        """Send a request once.

        Returns:
            The answer; or that nothing has changed; or the request a redirect leads to.

        Raises:
            TransientError: It failed in a way that may pass.
            FetchError: It failed for good.
            StorageError: The scratch folder cannot be written.
        """
        where = shown(request.url)
        deadline.check(where)
        headers = dict(request.headers)
        if self._validator and self._size:
            # The same bytes from where they broke off, or all of them where they have changed.
            headers = {k: v for k, v in headers.items() if not k.startswith("If-")}
            headers |= {"Range": f"bytes={self._size}-", "If-Range": self._validator}
        read = min(self._limits.read_seconds, deadline.left)
        timeout = httpx.Timeout(read, connect=min(self._limits.connect_seconds, deadline.left), pool=None)
        try:
            with http.stream(
                "GET",
                request.url,
                headers=headers,
                timeout=timeout,
                follow_redirects=False,
            ) as response:
                return self._take(response, request, deadline)
        except httpx.TimeoutException as error:
            deadline.check(where)
            raise faults.timed_out(error, where, self._limits) from error
        except httpx.HTTPError as error:
            raise faults.broken(error, where, self._size) from error
        except httpx.InvalidURL as error:
            raise FetchError(
                f"redirects to {error}", where=where, remedy="look the address up again"
            ) from error

    def _take(
        self, response: httpx.Response, request: HttpRequest, deadline: Deadline
    ) -> Fetched | HttpRequest:
        where = shown(request.url)
        status = response.status_code
        if status in policy.MOVED:
            return _redirected(response, request)
        if status == 304 and request.conditional:
            return self._fetched(response.headers, where, "")
        if status == 206 and self._continues(response.headers):
            self._receive(response, deadline, where, append=True)
        elif status == 200:
            self._begin(response.headers, where)
            self._receive(response, deadline, where, append=False)
        elif status in (206, 416):
            self._restart()
            raise TransientError(f"cannot resume the download (HTTP {status})", where=where, status=status)
        else:
            raise faults.refusal(response, where)
        return self._checked(where)

    def _begin(self, headers: httpx.Headers, where: str) -> None:
        """Start the file, from an answer that carries all of it."""
        self._restart()
        encoding = headers.get("content-encoding", "").strip().casefold()
        if encoding not in ("", "identity", "gzip", "x-gzip"):
            raise FetchError(
                f"sent the data packed as {encoding!r}",
                where=where,
                expected="plain or gzip, as was asked for",
                remedy="report it to the publisher",
                status=200,
            )
        length = _length(headers)
        if length is not None and length > self._limits.max_bytes:
            raise self._too_large(where, f"{length:,} bytes")
        self._first = headers
        self._validator = policy.strong_validator(headers)

    def _restart(self) -> None:
        self._path.unlink(missing_ok=True)
        self._hash, self._size, self._first, self._validator = hashlib.sha256(), 0, None, ""

    def _continues(self, headers: httpx.Headers) -> bool:
        """Whether a partial answer carries on where the file breaks off, and is of the same bytes."""
        match = _RANGE.fullmatch(headers.get("content-range", "").strip())
        first = self._first
        if match is None or first is None or int(match[1]) != self._size:
            return False
        same = all(headers.get(n, first.get(n)) == first.get(n) for n in ("etag", "content-encoding"))
        total = _length(first)
        return same and (total is None or match[3] in ("*", str(total)))

    def _receive(self, response: httpx.Response, deadline: Deadline, where: str, *, append: bool) -> None:
        total = _length(self._first) if self._first is not None else None
        try:
            file = self._path.open("ab" if append else "wb")
        except OSError as error:
            raise faults.not_written(error, self._path.parent) from error
        with file:
            for chunk in response.iter_raw():
                self._write(file, chunk)
                if self._size > self._limits.max_bytes:
                    raise self._too_large(where, f"more than {self._limits.max_bytes:,} bytes")
                self._report(self._size, total)
                deadline.check(where)

    def _write(self, file: BinaryIO, chunk: bytes) -> None:
        try:
            file.write(chunk)
            file.flush()
        except OSError as error:
            raise faults.not_written(error, self._path.parent) from error
        self._hash.update(chunk)
        self._size += len(chunk)

    def _checked(self, where: str) -> Fetched:
        """The answer, once it agrees with everything its publisher and its own format say of it."""
        headers = self._first
        assert headers is not None
        total = _length(headers)
        size, digest = self._size, self._hash.hexdigest()
        fault = ""
        if total is not None and size != total:
            fault = f"sent {size:,} bytes and had announced {total:,}"
        elif wrong := policy.wrong_digest(self._path, policy.digests(headers)):
            fault = f"sent bytes whose {wrong} check sum is not the one it states"
        if fault:
            self._restart()
            raise TransientError(fault, where=where, expected="the whole file")
        try:
            check_unpacks(self._path, self._limits, where)
        except DamagedError as error:
            self._restart()
            raise TransientError(
                f"sent bytes that cannot be unpacked: {error.what}", where=where, expected="a whole file"
            ) from error
        return self._fetched(headers, where, digest)

    def _fetched(self, headers: httpx.Headers, where: str, digest: str) -> Fetched:
        """What came, or that nothing has changed where there is no digest."""
        return Fetched(
            url=where,
            final_url=where,
            not_modified=not digest,
            path=self._path if digest else None,
            sha256=digest,
            size=self._size if digest else 0,
            media_type=headers.get("content-type", "").split(";")[0].strip().casefold(),
            etag=headers.get("etag", ""),
            last_modified=headers.get("last-modified", ""),
            retrieved_at=datetime.now(UTC),
            content_encoding="gzip" if "gzip" in headers.get("content-encoding", "") else "",
        )

    def _too_large(self, where: str, size: str) -> FetchError:
        return FetchError(
            f"sends {size}",
            where=where,
            expected=f"at most {self._limits.max_bytes:,} bytes",
            remedy="look at what the address serves; if it is right, raise the limit",
            status=200,
        )


def sweep(scratch: Path, seconds: float) -> None:
    """Remove what killed processes left behind: parts not written to for longer than a fetch may take."""
    for path in scratch.glob(f".*{_PART}"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > seconds:
                path.unlink()


def _length(headers: httpx.Headers) -> int | None:
    """Bytes the body has, as announced; None where they are not."""
    text = headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() and "transfer-encoding" not in headers else None


def _redirected(response: httpx.Response, request: HttpRequest) -> HttpRequest:
    """The request a redirect leads to."""
    where, status = shown(request.url), response.status_code
    location = response.headers.get("location", "")
    if not location:
        raise FetchError("redirects to nowhere", where=where, remedy="try again later", status=status)
    return replace(request, url=request.url.join(location))
