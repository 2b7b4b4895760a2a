"""Files that may come into use: what a publisher sent, and what was put into a folder by hand."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING

from send_jsna.errors import DataError
from send_jsna.files import sha256
from send_jsna.ingest.dates import latest_day
from send_jsna.ingest.intake import Candidate
from send_jsna.ingest.opening import published
from send_jsna.ingest.retrieval_ledger import Retrieval
from send_jsna.ingest.source_files import Download, SourceFiles

if TYPE_CHECKING:
    from send_jsna.catalogue.schema import Source

#: What a reader lets into the store of a file's bytes (with where they are from), and what is to be known.
LetIn = Callable[[bytes, str], tuple[bytes, tuple[str, ...]]]


def from_downloads(source: Source, downloads: Iterable[Download]) -> list[Candidate]:
    """Candidates of what a publisher's module fetched; what has not changed is none."""
    found = []
    for item in downloads:
        if item.fetched.not_modified or item.fetched.path is None:
            continue
        found.append(
            Candidate(
                item.resource,
                item.fetched.path,
                Retrieval(
                    source_id=source.id,
                    resource=item.resource,
                    url=item.fetched.url,
                    final_url=item.fetched.final_url,
                    sha256=item.fetched.sha256,
                    size=item.fetched.size,
                    media_type=item.fetched.media_type,
                    etag=item.fetched.etag,
                    last_modified=item.fetched.last_modified,
                    retrieved_at=item.fetched.retrieved_at,
                    version=item.version,
                    title=item.title or source.title,
                    published=item.published or _day(item.fetched.last_modified),
                    name=item.name,
                    licence=source.licence,
                    notes=item.notes,
                    accepted=False,
                ),
            )
        )
    return found


def from_mirror(
    source: Source,
    files: SourceFiles,
    scratch: Path,
    known: Mapping[str, date],
    let_in: LetIn | None,
) -> list[Candidate]:
    """Candidates of files that were downloaded by hand; the folder itself stays as it is.

    Args:
        source: The source.
        files: Its files in the folder; one packed by whoever put it there is unpacked.
        scratch: Folder for the copies, on the disk of the store.
        known: Day of publication by SHA-256, of files that an edition was made from.
        let_in: What the source's reader lets into the store of a file; None where it is stored as it came.

    Raises:
        DataError: A file cannot be read.
    """
    found = []
    for resource, path in files.paths.items():
        copy, digest = _copy(path, scratch)
        digest, notes = _as_stored(let_in, copy, digest, str(path))
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        found.append(
            Candidate(
                resource,
                copy,
                Retrieval(
                    source_id=source.id,
                    resource=resource,
                    url=source.url,
                    sha256=digest,
                    size=copy.stat().st_size,
                    retrieved_at=written,
                    checked_at=datetime.now(UTC),
                    title=source.title,
                    published=known.get(digest) or _day_of(source, path.name, digest) or written.date(),
                    name=path.name.removesuffix(".gz"),
                    licence=source.licence,
                    notes=notes,
                    accepted=False,
                ),
            )
        )
    return found


def _as_stored(let_in: LetIn | None, copy: Path, digest: str, where: str) -> tuple[str, tuple[str, ...]]:
    """Make a copy what its reader lets into the store; its SHA-256 then, and what is to be known of it.

    Raises:
        DataError: The reader lets nothing of it in.
    """
    if let_in is None:
        return digest, ()
    try:
        content, notes = let_in(copy.read_bytes(), where)
    except DataError:
        copy.unlink()
        raise
    copy.write_bytes(content)
    return sha256(content), notes


def _day_of(source: Source, name: str, digest: str) -> date | None:
    """The day a file was published: as declared for these very bytes, else as its name says."""
    for start, day in source.days.items():
        if digest.startswith(start):
            return day
    return latest_day(name)


def _copy(path: Path, scratch: Path) -> tuple[Path, str]:
    """A copy of a file, unpacked where its name says that it is packed, and its SHA-256."""
    digest = hashlib.sha256()
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=scratch, delete=False) as target:
        try:
            for block in published(path, str(path)):
                digest.update(block)
                target.write(block)
        except BaseException:
            Path(target.name).unlink()
            raise
    return Path(target.name), digest.hexdigest()


def _day(http_date: str) -> date | None:
    with suppress(ValueError, TypeError):
        return parsedate_to_datetime(http_date).date()
    return None


def clear(scratch: Path) -> None:
    """Remove what is left of copies and downloads."""
    shutil.rmtree(scratch, ignore_errors=True)
