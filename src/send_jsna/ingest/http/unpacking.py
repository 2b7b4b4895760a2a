"""What a file is by its bytes, and reading packed files without being blown up by them."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal

from send_jsna.errors import FetchError
from send_jsna.ingest.http.model import Limits

Kind = Literal["html", "xml", "json", "gzip", "zip", "parquet", "text", "binary", "empty"]

#: Files that unpack to no more bytes than this are harmless whatever their ratio.
RATIO_FLOOR = 10_000_000

_HEAD = 4096
_BLOCK = 1 << 16
_PLAIN_BLOCK = 1 << 20
_MARKS: tuple[tuple[bytes, Kind], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"PAR1", "parquet"),
)
_HTML = (b"<!doctype html", b"<html", b"<head", b"<body", b"<title", b"<!--")


class DamagedError(FetchError):
    """A packed file is cut short or damaged; asking again may help."""


def sniff(path: Path) -> Kind:
    """What a file is by its first bytes, whatever its publisher called it.

    Returns:
        ``html``, ``xml``, ``json``, ``gzip``, ``zip`` (so are XLSX and ODS), ``parquet``, ``text`` (so is
        CSV), ``binary`` for anything else that is not text, ``empty``.
    """
    with path.open("rb") as file:
        return sniff_bytes(file.read(_HEAD))


def sniff_unpacked(path: Path) -> Kind:
    """What a file is by its first bytes, looking into a gzip file.

    Raises:
        FetchError: The gzip file is damaged from the start.
    """
    kind = sniff(path)
    if kind != "gzip":
        return kind
    with path.open("rb") as file:
        return sniff_bytes(next(_inflate(file, path.name), b""))


def sniff_bytes(head: bytes) -> Kind:
    """What the first bytes of a file say it is; see :func:`sniff`."""
    if not head:
        return "empty"
    for mark, kind in _MARKS:
        if head.startswith(mark):
            return kind
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "text"
    if b"\0" in head:
        return "binary"
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    low = start[:1024].lower()
    if low.startswith(_HTML) or (low.startswith(b"<?xml") and b"<html" in low):
        return "html"
    if low.startswith(b"<"):
        return "xml"
    return "json" if start[:1] in (b"{", b"[") else "text"


def check_unpacks(path: Path, limits: Limits, where: str) -> None:
    """Make sure that a gzip or zip file is whole and unpacks within the limits; any other file passes.

    A gzip file is unpacked once in a stream, nothing kept, so that its check sum is tested; of a zip file the
    directory is read.

    Raises:
        DamagedError: It is cut short or damaged.
        FetchError: It unpacks to more than the limits allow.
    """
    kind = sniff(path)
    if kind == "gzip":
        with path.open("rb") as file:
            for _ in blocks(file, where, limits):
                pass
    elif kind == "zip":
        try:
            with zipfile.ZipFile(path) as archive:
                total = sum(member.file_size for member in archive.infolist())
        except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError) as error:
            raise DamagedError(
                "the zip or workbook file is damaged", where=where, remedy="fetch it again later"
            ) from error
        _check_size(total, path.stat().st_size, limits, where)


def blocks(file: BinaryIO, where: str, limits: Limits) -> Iterator[bytes]:
    """The content of a file block by block, unpacked where it is gzip, within limits and little memory.

    Raises:
        DamagedError: It is cut short or damaged.
        FetchError: It unpacks to more than the limits allow; nothing beyond them was unpacked.
    """
    packed = file.seek(0, io.SEEK_END)
    file.seek(0)
    is_packed = file.read(2) == b"\x1f\x8b"
    file.seek(0)
    if not is_packed:
        while block := file.read(_PLAIN_BLOCK):
            yield block
        return
    total = 0
    for block in _inflate(file, where):
        total += len(block)
        _check_size(total, packed, limits, where)
        yield block


def open_unpacked(path: Path, *, max_unpacked: int = Limits.max_unpacked) -> BinaryIO:
    """Open a file for reading in a stream, unpacked where it is gzip.

    Args:
        path: The file.
        max_unpacked: Bytes that may be read at most.

    Raises:
        FetchError: On reading: it is damaged or unpacks to more.
    """
    if sniff(path) != "gzip":
        return path.open("rb")
    return io.BufferedReader(_Unpacked(path, max_unpacked), _BLOCK)


class _Unpacked(io.RawIOBase):
    """A gzip file's content as a stream under a cap."""

    def __init__(self, path: Path, cap: int) -> None:
        self._file = path.open("rb")
        self._blocks = _inflate(self._file, path.name)
        self._where = path.name
        self._left = cap
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        if not self._rest:
            self._rest = next(self._blocks, b"")
            self._left -= len(self._rest)
            if self._left < 0:
                raise _too_large("more than the cap", self._where)
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


def _inflate(file: BinaryIO, where: str) -> Iterator[bytes]:
    """The content of a gzip file, block by block; members may follow one another, as the format allows."""
    data = file.read(_BLOCK)
    try:
        while data:
            unpacker = zlib.decompressobj(wbits=31)
            while not unpacker.eof:
                block = unpacker.decompress(data, _BLOCK)
                if block:
                    yield block
                data = unpacker.unconsumed_tail or (b"" if unpacker.eof else file.read(_BLOCK))
                if not (data or block or unpacker.eof):
                    raise DamagedError(
                        "the gzip file is cut short",
                        where=where,
                        expected="a whole file",
                        remedy="fetch it again later",
                    )
            data = unpacker.unused_data.lstrip(b"\0")
            while not data and (more := file.read(_BLOCK)):
                data = more.lstrip(b"\0")
    except zlib.error as error:
        raise DamagedError("the gzip file is damaged", where=where, remedy="fetch it again later") from error


def _check_size(total: int, packed: int, limits: Limits, where: str) -> None:
    if total > limits.max_unpacked:
        raise _too_large(f"more than {limits.max_unpacked:,} bytes", where)
    if total > RATIO_FLOOR and total > packed * limits.max_ratio:
        raise _too_large(f"more than {limits.max_ratio} times its {packed:,} bytes", where)


def _too_large(text: str, where: str) -> FetchError:
    return FetchError(
        f"the file unpacks to {text}",
        where=where,
        expected="a publisher's data file",
        remedy="look at what the address serves; if it is right, raise the limit",
    )
