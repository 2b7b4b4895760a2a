"""The run's own copy of the Quarto project.

Authors keep the chapters in a folder. Quarto would write that folder into the address of each page, so in the
copy every chapter is beside ``_quarto.yml``: both engines then publish ``04-send.html``.
"""

from __future__ import annotations

import posixpath
import re
import shutil
from collections import Counter
from collections.abc import Collection
from pathlib import Path, PurePosixPath

from send_jsna.errors import ReportError
from send_jsna.report.book import Book

#: What a render leaves in the project's folder; it is not copied into the run.
_IGNORED = ("_book", "_generated", ".quarto", ".gitignore", "*_files", "*.pdf", "*.docx", "index.typ")
_LINK = re.compile(rb"\]\(([\w./-]+\.qmd)")


def copy_project(source: Path, target: Path, *, area: str, date: str) -> None:
    """Copy the book, with the area and the date in ``_quarto.yml`` and all chapters in one folder.

    Args:
        source: The Quarto project.
        target: Where the copy goes.
        area: Name of the area; the title begins with it.
        date: Date of the edition, as ``2025-11-20``.

    Raises:
        ReportError: The book cannot be read, or two of its chapters have the same file name.
    """
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(*_IGNORED), dirs_exist_ok=True)
    book = Book.read(target)
    book.with_values(
        title=f"{area}: {book.title[:1].lower()}{book.title[1:]}", date=date, chapters=_flatten(book)
    ).write(target)


def _flatten(book: Book) -> list[str]:
    """Move the chapters beside ``_quarto.yml``, and give their new names in reading order."""
    files = [PurePosixPath(name) for name in book.chapter_files]
    name, count = Counter(file.name for file in files).most_common(1)[0]
    if count > 1:
        raise ReportError(
            f"{count} chapters are named {name}",
            where=book.folder / "_quarto.yml",
            expected="a file name of its own for each chapter, since its page is named after it",
        )
    for file in files:
        path = book.folder / file
        text = _with_flat_links(path.read_bytes(), file.parent, book.chapter_files)
        path.unlink()
        (book.folder / file.name).write_bytes(text)
    for folder in {file.parent for file in files if len(file.parts) > 1}:
        if not any((book.folder / folder).iterdir()):
            (book.folder / folder).rmdir()
    return [file.name for file in files]


def _with_flat_links(text: bytes, folder: PurePosixPath, chapters: Collection[str]) -> bytes:
    """A chapter's text with links to the other chapters as they are named in one folder."""

    def renamed(link: re.Match[bytes]) -> bytes:
        path = posixpath.normpath(posixpath.join(folder, link[1].decode()))
        return b"](" + posixpath.basename(path).encode() if path in chapters else link[0]

    return _LINK.sub(renamed, text)
