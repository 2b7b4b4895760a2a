"""The HTTP client every publisher is asked with."""

from __future__ import annotations

import json
import logging
import os
import ssl
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
from tenacity import RetryCallState

from send_jsna import __version__
from send_jsna.errors import FetchError
from send_jsna.ingest.http.download import Download, HttpRequest, sweep
from send_jsna.ingest.http.model import Fetched, Limits, Validators
from send_jsna.ingest.http.policy import Deadline, Hosts, shown
from send_jsna.ingest.http.retrying import Retries, fault_of
from send_jsna.ingest.http.unpacking import Kind, open_unpacked, sniff_unpacked

_NO_CONNECTION = (httpx.ConnectError, httpx.ConnectTimeout)

OnBytes = Callable[[str, int, int | None], None]
#: Bytes of a JSON answer at most, packed and unpacked.
MAX_JSON = 64_000_000

#: Names of the kinds of file, for messages.
_NAMES: Mapping[Kind, str] = {
    "html": "an HTML page",
    "xml": "an XML document",
    "json": "JSON",
    "gzip": "a gzip file",
    "zip": "a zip or workbook file",
    "parquet": "a Parquet file",
    "text": "text such as CSV",
    "binary": "a file of another kind",
    "empty": "an empty file",
}


class Client:
    """Asks publishers, politely and within limits; one may be shared by threads.

    Every request goes to a host on the list, redirects included; faults that may pass are tried again; what
    arrives is checked against what the publisher says of it. Nothing is left in the scratch folder unless a
    :class:`Fetched` with its path was returned.
    """

    def __init__(
        self,
        scratch: Path,
        *,
        hosts: Collection[str],
        limits: Limits | None = None,
        on_bytes: OnBytes | None = None,
        insecure_hosts: Collection[str] = (),
        contact: str = "",
    ) -> None:
        """Set up; nothing is asked yet.

        Args:
            scratch: Folder for the files that are fetched; made if need be, best on the disk of the store.
            hosts: Host names that may be asked by https, each with ``:port`` where it is not the usual one.
            limits: How long, how often and how much.
            on_bytes: Called with the progress: the address, bytes so far, bytes in all where known; from
                several threads where several fetch.
            insecure_hosts: Loopback hosts that may be asked by plain http; for tests.
            contact: Address or page of whoever runs this, for the User-Agent.

        Raises:
            FetchError: An insecure host is not a loopback one.
        """
        self.scratch = scratch
        self.limits = limits or Limits()
        self._hosts = Hosts(hosts, insecure_hosts)
        self._on_bytes = on_bytes
        self._turns: dict[str, threading.BoundedSemaphore] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()
        #: Hosts that no try could connect to, with the reason: no request waits for them again.
        self._unreached: dict[str, str] = {}
        agent = f"send-jsna/{__version__}" + (f" (+{contact})" if contact else "")
        trusted = _trusted(os.environ.get("SSL_CERT_FILE", ""), os.environ.get("SSL_CERT_DIR", ""))
        self._http = httpx.Client(
            http1=True,
            http2=False,
            verify=trusted,
            follow_redirects=False,
            headers={"User-Agent": agent, "Accept-Encoding": "identity", "Accept": "*/*"},
            # A test's server is asked directly, whatever proxy the machine uses.
            mounts={f"http://{host}": httpx.HTTPTransport(verify=trusted) for host in insecure_hosts},
        )
        # It writes every address to the log, keys included.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        scratch.mkdir(parents=True, exist_ok=True)
        sweep(scratch, self.limits.total_seconds)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections and end the waits of other threads; fetched files stay."""
        self._closed.set()
        self._http.close()

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, str | int | float] | None = None,
        validators: Validators | None = None,
        headers: Mapping[str, str] | None = None,
        expect: Collection[Kind] = (),
        max_bytes: int | None = None,
    ) -> Fetched:
        """Fetch a file.

        Args:
            url: The address, https and on the list.
            params: Added to the address.
            validators: What the publisher stated of the stored bytes; an unchanged file is not sent again.
            headers: Further request headers.
            expect: Kinds of content that are taken, looking into gzip; any where empty.
            max_bytes: Bytes on the wire at most, where less than the client's limit.

        Raises:
            FetchError: It could not be fetched, or is not what was asked for; no file of it remains.
            StorageError: The scratch folder cannot be written.
        """
        conditions = (validators or Validators()).headers()
        request = HttpRequest(_merged(url, params), {**(headers or {}), **conditions}, bool(conditions))
        return self._fetch(request, expect, max_bytes)

    def get_json(self, url: str, *, params: Mapping[str, str | int | float] | None = None) -> Any:
        """Fetch a JSON document of at most 64 MB and read it.

        Raises:
            FetchError: As for :meth:`get`; or it is not JSON.
            StorageError: The scratch folder cannot be written.
        """
        headers = {"Accept": "application/json"}
        return self.read_json(self.get(url, params=params, headers=headers, max_bytes=MAX_JSON))

    def read_json(self, fetched: Fetched) -> Any:
        """Read a fetched JSON document, packed or not, of at most 64 MB; its file is removed.

        Raises:
            FetchError: It is not JSON, or is larger.
        """
        try:
            with open_unpacked(fetched.file, max_unpacked=MAX_JSON) as file:
                return json.loads(file.read().decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            kind = _NAMES[sniff_unpacked(fetched.file)]
            raise FetchError(
                f"sent {kind} that cannot be read as JSON ({type(error).__name__})",
                where=fetched.final_url,
                expected="a JSON document",
                remedy="try again later; if it stays so, the interface has changed",
            ) from error
        finally:
            fetched.discard()

    def _fetch(self, request: HttpRequest, expect: Collection[Kind], max_bytes: int | None) -> Fetched:
        """Try a request until it succeeds, cannot succeed, or the tries or the time are used up."""
        limits = self.limits
        if max_bytes is not None:
            limits = replace(limits, max_bytes=min(max_bytes, limits.max_bytes))
        where, host = shown(request.url), request.url.netloc.decode("ascii")
        if host in self._unreached:
            raise FetchError(
                self._unreached[host], where=where, expected="an answer", remedy="check the network"
            )
        retries = Retries(limits, Deadline(limits.total_seconds), where, self._closed)

        def remember(state: RetryCallState) -> None:
            fault = fault_of(state)
            if state.attempt_number == limits.tries and isinstance(fault.__cause__, _NO_CONNECTION):
                self._unreached[host] = f"{fault.what}, as before at this host"

        with Download(self.scratch, limits, self._report(where)) as download:
            fetched = retries.retrying(remember)(self._try, request, download, retries.deadline)
            self._unreached.pop(host, None)
            _check_kind(fetched, expect)
            return replace(fetched, url=where, path=fetched.path and download.keep())

    def _try(self, request: HttpRequest, download: Download, deadline: Deadline) -> Fetched:
        """Send a request once, following redirects by hand."""
        first = request
        for _ in download.hops():
            self._hosts.check(request.url, shown(first.url) if request is not first else "")
            with self._turn(request.url.netloc.decode("ascii"), deadline, shown(request.url)):
                outcome = download.attempt(self._http, request, deadline)
            if not isinstance(outcome, HttpRequest):
                return outcome
            request = outcome
        raise FetchError(
            "redirects without end",
            where=shown(first.url),
            expected="at most 5 redirects",
            remedy="look the address up again on the publisher's page",
        )

    @contextmanager
    def _turn(self, host: str, deadline: Deadline, where: str) -> Iterator[None]:
        """Occupy one of a host's few places."""
        with self._lock:
            place = self._turns.setdefault(host, threading.BoundedSemaphore(self.limits.per_host))
        if not place.acquire(timeout=deadline.left):
            deadline.check(where)
        try:
            yield
        finally:
            place.release()

    def _report(self, where: str) -> Callable[[int, int | None], None]:
        on_bytes = self._on_bytes
        if on_bytes is None:
            return lambda done, total: None
        return lambda done, total: on_bytes(where, done, total)


@lru_cache(maxsize=4)
def _trusted(file: str, folder: str) -> ssl.SSLContext:
    """Whom to trust: the usual authorities, or those of ``SSL_CERT_FILE`` and ``SSL_CERT_DIR``; read once."""
    return httpx.create_ssl_context(verify=True, trust_env=True)


def _check_kind(fetched: Fetched, expect: Collection[Kind]) -> None:
    """Refuse what is not of a kind that was asked for."""
    if not expect or fetched.path is None:
        return
    kind = sniff_unpacked(fetched.path)
    if kind not in expect:
        raise FetchError(
            f"sent {_NAMES[kind]} in place of the data",
            where=fetched.final_url,
            expected=" or ".join(_NAMES[one] for one in expect),
            remedy="open the address in a browser; try again later, or correct the address",
            status=200,
        )


def _merged(url: str, params: Mapping[str, str | int | float] | None) -> httpx.URL:
    try:
        address = httpx.URL(url)
        return address.copy_merge_params(dict(params)) if params else address
    except (httpx.InvalidURL, TypeError, ValueError) as error:
        raise FetchError(f"{url!r} is not an address", remedy="correct it") from error
