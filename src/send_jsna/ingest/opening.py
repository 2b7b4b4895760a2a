"""One opening of a file from outside, for the gate, the profile and the readers alike.

Whatever software wrote it is made the same text here: unpacked within declared limits, in UTF-8, with one
kind of line end. What the gate takes the readers take, and the other way round.
"""

from __future__ import annotations

import codecs
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from send_jsna.errors import DataError, FetchError
from send_jsna.ingest.http.model import Limits
from send_jsna.ingest.http.unpacking import blocks

#: How much a packed file may unpack to, in bytes and for each packed byte: the same as for what is fetched.
LIMITS = Limits()

#: Bytes of a text that is read whole, such as a page of JSON.
MAX_TEXT = 100_000_000

#: What replaces a byte that is in neither encoding.
UNREADABLE = "\ufffd"


@dataclass(frozen=True)
class Text:
    """A file as every reader takes it.

    Attributes:
        path: The file itself where it is fit to be read as it is, else a passing copy.
        is_packed: Whether that file is packed with gzip.
        has_unreadable: Whether :data:`UNREADABLE` is in it, in place of bytes that are in neither encoding.
    """

    path: Path
    is_packed: bool
    has_unreadable: bool = False


@dataclass
class _Survey:
    """What the bytes of a file are, gathered in one pass."""

    is_utf8: bool = True
    feeds: int = 0
    returns: int = 0
    pairs: int = 0

    @property
    def is_mixed(self) -> bool:
        """Whether lines end in more than one way, or in the way of old Macintoshes."""
        return self.returns > self.pairs or 0 < self.pairs < self.feeds


def as_text(path: Path, folder: Path, *, where: str) -> Text:
    """A file as UTF-8 with one kind of line end: itself where it is, else a copy.

    The bytes decide: what is not UTF-8 throughout is Windows-1252, in which several publishers write. Five
    bytes are undefined there; they become :data:`UNREADABLE`, which matters only where such a cell is read.

    Args:
        path: The file; gzip is recognised by its first bytes, whatever the name.
        folder: Where a copy is put, for the caller to remove.
        where: What the file is, for messages.

    Raises:
        DataError: It cannot be read, is empty or damaged, or unpacks to more than it may.
    """
    found = _survey(path, where)
    if found.is_utf8 and not found.is_mixed:
        return Text(path, is_gzip(path, where))
    copy = folder / f"{uuid.uuid4().hex}.csv"
    unreadable = False
    with copy.open("w", encoding="utf-8", newline="") as out:
        for text in _texts(path, where, "utf-8" if found.is_utf8 else "cp1252"):
            unreadable = unreadable or (not found.is_utf8 and UNREADABLE in text)
            out.write(text)
    return Text(copy, False, unreadable)


def text_of(path: Path, where: str) -> str:
    """The whole text of a small file, opened in the same way, without a mark of its byte order.

    Raises:
        DataError: It cannot be read, is damaged, or is larger than any such file.
    """
    if path.stat().st_size == 0:
        return ""
    found = _survey(path, where, most=MAX_TEXT)
    return "".join(_texts(path, where, "utf-8" if found.is_utf8 else "cp1252")).removeprefix("\ufeff")


def _survey(path: Path, where: str, most: int | None = None) -> _Survey:
    found = _Survey()
    decoder = codecs.getincrementaldecoder("utf-8")()
    size = 0
    after_return = False
    for chunk in chunks(path, where):
        size += len(chunk)
        if most is not None and size > most:
            raise DataError(f"it has more than {most:,} bytes", where=where, expected="a page of text")
        if found.is_utf8 and not (chunk.isascii() and not decoder.getstate()[0]):
            found.is_utf8 = _decodes(decoder, chunk)
        found.feeds += chunk.count(b"\n")
        found.returns += chunk.count(b"\r")
        found.pairs += chunk.count(b"\r\n") + (after_return and chunk.startswith(b"\n"))
        after_return = chunk.endswith(b"\r")
    found.is_utf8 = found.is_utf8 and _decodes(decoder, b"", final=True)
    return found


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final=final)
    except UnicodeDecodeError:
        return False
    return True


def _texts(path: Path, where: str, encoding: str) -> Iterator[str]:
    """The text of a file piece by piece, each line end a line feed."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    kept = ""
    for chunk in chunks(path, where):
        text = kept + decoder.decode(chunk)
        # Returns at the end wait for what follows: it may be the rest of a line end.
        plain = text.rstrip("\r")
        kept = text[len(plain) :]
        yield _one_line_end(plain)
    yield _one_line_end(kept + decoder.decode(b"", final=True))


def _one_line_end(text: str) -> str:
    if "\r" not in text:
        return text
    # A return too many is what software leaves that turns line feeds into pairs twice.
    return text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n")


def chunks(path: Path, where: str) -> Iterator[bytes]:
    """The bytes of a file piece by piece, unpacked where it is packed, within the limits.

    Raises:
        DataError: It cannot be read, is empty or damaged, or unpacks to more than it may.
    """
    is_gzip(path, where)
    try:
        with path.open("rb") as file:
            yield from blocks(file, where, LIMITS)
    except FetchError as error:
        raise DataError(
            error.what, where=where, expected=error.expected or "a whole file", remedy="get the file again"
        ) from error
    except OSError as error:
        raise _unreadable_file(error, where) from error


def published(path: Path, where: str) -> Iterator[bytes]:
    """The bytes of a file as they were published, piece by piece: a copy named ``.gz`` is unpacked.

    Raises:
        DataError: It cannot be read, is damaged, is not packed as its name says, or unpacks to more than it
            may.
    """
    if path.suffix == ".gz":
        if not is_gzip(path, where):
            raise DataError(
                "it is not packed with gzip, as its name says",
                where=where,
                expected="a .gz file, or the file itself without .gz in its name",
                remedy="get the file again",
            )
        yield from chunks(path, where)
        return
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                yield block
    except OSError as error:
        raise _unreadable_file(error, where) from error


def is_gzip(path: Path, where: str) -> bool:
    """Whether a file is packed with gzip, by its first bytes.

    Raises:
        DataError: It cannot be read or is empty.
    """
    try:
        with path.open("rb") as file:
            first = file.read(2)
    except OSError as error:
        raise _unreadable_file(error, where) from error
    if not first:
        raise DataError("the file is empty", where=where, expected="a table", remedy="fetch it again")
    return first == b"\x1f\x8b"


def read_start(path: Path, most: int, *, where: str) -> bytes:
    """The first bytes of a file, unpacked where it is packed.

    Raises:
        DataError: It cannot be read, is empty or damaged.
    """
    start = b""
    for chunk in chunks(path, where):
        start += chunk
        if len(start) >= most:
            break
    return start[:most]


def _unreadable_file(error: OSError, where: str) -> DataError:
    return DataError(f"the file cannot be read ({error.strerror})", where=where)
