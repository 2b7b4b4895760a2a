"""Whatever goes wrong in one source is that source's one line: the others go on."""

from __future__ import annotations

import errno
import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from send_jsna.errors import DataError, JsnaError

log = logging.getLogger("send_jsna")

#: Faults of the disk concern every source.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def contained(source_id: str, doing: str, kind: type[JsnaError] = DataError) -> Iterator[None]:
    """Let one sentence leave, whatever exception a library or a fault of ours raised.

    Where it happened goes to the run's log. The exception's own words do not: libraries quote what they could
    not read, and it is in no file that was accepted.

    Args:
        source_id: The source.
        doing: What was being done, as a noun: "reading its files".
        kind: The error to raise in its place.

    Raises:
        JsnaError: Of ``kind`` for what is no sentence yet; a sentence as it is.
        OSError: The disk is full.
    """
    try:
        yield
    except JsnaError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _FULL:
            raise
        log.error("%s: %s failed\n%s", source_id, doing, places_of(error))
        raise kind(
            f"{doing} failed ({type(error).__name__})",
            where=source_id,
            expected="files in a layout that is known",
            remedy="look at the files; the log of a refresh says where in the code it was met",
        ) from None


def places_of(error: BaseException) -> str:
    """A traceback without the words of the exceptions, causes first."""
    link: BaseException | None = error
    parts: list[str] = []
    while link is not None and len(parts) < 10:
        frames = "".join(traceback.format_tb(link.__traceback__))
        parts.append(f"{frames}{type(link).__module__}.{type(link).__qualname__}")
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return "\nand from it:\n".join(reversed(parts))
