"""What a fetch is asked for and what comes of it: limits, validators, the fetched file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True)
class Limits:
    """How long, how often and how much a fetch may take.

    Attributes:
        connect_seconds: Seconds to wait for a connection.
        read_seconds: Seconds to wait for the next bytes.
        total_seconds: Seconds for the whole fetch, waits and further tries included; what a server that
            drips slowly runs into.
        tries: How often a request is sent at most.
        wait_max_seconds: Longest wait in seconds between two tries; a server that asks for more is an error.
        max_bytes: Bytes on the wire at most.
        max_unpacked: Bytes at most once unpacked.
        max_ratio: Unpacked bytes for each packed byte at most, for anything that unpacks to more than
            ``unpacking.RATIO_FLOOR`` bytes.
        per_host: Requests under way at once to one host.
    """

    connect_seconds: float = 10
    read_seconds: float = 30
    total_seconds: float = 900
    tries: int = 4
    wait_max_seconds: float = 60
    max_bytes: int = 1_500_000_000
    max_unpacked: int = 2_000_000_000
    max_ratio: int = 200
    per_host: int = 2


@dataclass(frozen=True)
class Validators:
    """What the publisher stated of the stored bytes, to ask whether they are still the newest.

    Attributes:
        etag: The ``ETag`` header as it came, quotes included.
        last_modified: The ``Last-Modified`` header as it came.
    """

    etag: str = ""
    last_modified: str = ""

    def headers(self) -> dict[str, str]:
        """The conditional request headers."""
        pairs = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in pairs.items() if value}


@dataclass(frozen=True)
class Fetched:
    """What came of a fetch.

    Attributes:
        url: The address asked, parameters included; a key in it is masked.
        final_url: The address that answered, after redirects; a key in it is masked.
        not_modified: Whether what the caller has is still the newest; there is no file then.
        path: The bytes as received, in the client's scratch folder, for the caller to move away or remove.
        sha256: Their SHA-256; empty where there is no file.
        size: Their number.
        media_type: As the publisher gave it, without parameters.
        etag: The ``ETag`` header as it came.
        last_modified: The ``Last-Modified`` header as it came.
        retrieved_at: When the answer was complete, in UTC.
        content_encoding: ``gzip`` where the publisher packed the bytes for the way; they are kept packed.
    """

    url: str
    final_url: str
    not_modified: bool
    path: Path | None
    sha256: str
    size: int
    media_type: str
    etag: str
    last_modified: str
    retrieved_at: datetime
    content_encoding: str = ""

    @property
    def file(self) -> Path:
        """The file, where there must be one.

        Raises:
            ValueError: The answer was "not modified".
        """
        if self.path is None:
            raise ValueError(f"{self.url}: not modified, so there is no file")
        return self.path

    def discard(self) -> None:
        """Remove the file, if there is one."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)
