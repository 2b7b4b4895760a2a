"""The book as it is written, checked without a run: what can be said of it before any figure is made."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from send_jsna.catalogue.yaml_file import Declared
from send_jsna.errors import JsnaError, ReportError
from send_jsna.report.book import Book
from send_jsna.report.chapter import Chapter, Use
from send_jsna.report.chapter_reading import asked_for, read_chapter
from send_jsna.report.conditions import CONDITION_WORDS, figure_of, is_condition
from send_jsna.report.data import SETTINGS
from send_jsna.report.digits import compile_terms
from send_jsna.report.generated import MADE_HERE, OF_THE_REGISTER, READY

#: A word of a figure id that no id can have; empty where every word is one.
UnpublishedWord = Callable[[str], str]

_LINK = re.compile(r"\]\(([\w./-]+\.qmd)")
_LOADED = re.compile(r"""\bpart\(\s*["'](\w+)["']""")
_SECTION = re.compile(r"(?<![\w@])@(sec-[\w-]*\w)")
_ANCHOR = re.compile(r"\{[^{}]*#(sec-[\w-]+)")
_GENERATED = (*MADE_HERE, *READY, *OF_THE_REGISTER)


@dataclass(frozen=True)
class Written:
    """A chapter's file, and what was read of it or why it could not be."""

    path: Path
    chapter: Chapter | None
    faults: tuple[JsnaError, ...]


def book_faults(book: Book) -> Iterator[JsnaError]:
    """What ``_quarto.yml`` names and that does not exist, and chapters that it does not name.

    Args:
        book: The book.
    """
    file = Declared(book.folder / "_quarto.yml")
    listed = Counter(book.chapter_files)
    names = Counter(Path(name).name for name in listed)
    for place, name in enumerate(book.chapter_files):
        if listed[name] > 1 or names[Path(name).name] > 1:
            yield ReportError(
                f"chapter {Path(name).name} is listed twice",
                where=file.where("book", "chapters", place),
                expected="a file name of its own for each chapter, since its page is named after it",
                remedy="take one out, or rename its file",
            )
    for path in sorted(book.folder.rglob("*.qmd")):
        name = path.relative_to(book.folder).as_posix()
        if name not in listed and not name.startswith(("_", ".")):
            yield ReportError(
                f"chapter {name} is not in the book",
                where=path,
                expected="its name under `chapters` of reports/_quarto.yml",
                remedy="add it there, or remove the file",
            )
    for named_at, name in _files_named(book):
        if not (book.folder / name).is_file():
            yield ReportError(
                f"the file {name} is missing",
                where=file.where(*named_at),
                remedy="write it, or correct the name",
            )
    yield from _audit_fault(book)


def _files_named(book: Book) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Files other than chapters that the book needs, and where it names them."""
    for at, name in enumerate(book.config.get("filters") or ()):
        yield ("filters", at), str(name)
        path = book.folder / str(name)
        if path.is_file():
            for part in _LOADED.findall(path.read_text(encoding="utf-8")):
                yield ("filters", at), (Path(str(name)).parent / f"{part}.lua").as_posix()
    formats = book.config.get("format") or {}
    for kind, key in (("html", "css"), ("docx", "reference-doc")):
        named = (formats.get(kind) or {}).get(key) if isinstance(formats, dict) else None
        for name in [named] if isinstance(named, str) else named or ():
            yield ("format", kind, key), str(name)


def _audit_fault(book: Book) -> Iterator[JsnaError]:
    try:
        _ = book.audit_page
    except ReportError as error:
        yield error


def read_written(book: Book, terms: Collection[str]) -> list[Written]:
    """The chapters, each with whatever breaks a rule that needs no data.

    Args:
        book: The book.
        terms: Names that may contain a digit.
    """
    pattern = compile_terms(terms)

    def read(item: tuple[str, int | None]) -> Written:
        path = book.folder / item[0]
        try:
            return Written(path, read_chapter(path, item[1], pattern), ())
        except JsnaError as error:
            return Written(path, None, tuple(error.each()))

    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(read, book.numbered_chapters))


def use_faults(
    book: Book, written: Collection[Written], unpublished: UnpublishedWord
) -> Iterator[tuple[Path, JsnaError]]:
    """What the chapters ask for and no run can fill.

    Args:
        book: The book.
        written: Its chapters.
        unpublished: A word of a figure id that no id can have.

    Yields:
        The chapter's file and the fault.
    """
    read = [one.chapter for one in written if one.chapter is not None]
    shown = {
        name for one in written for kind, name, _ in asked_for(_text(one.path)) if kind == "block"
    }  # of the texts, since a chapter that breaks a rule is not read
    always = Counter(
        use.name for chapter in read for use in chapter.uses if use.kind == "block" and not use.within
    )
    anchors = {name for one in written for name in _ANCHOR.findall(_text(one.path))}
    for chapter in read:
        for use in chapter.uses:
            for fault in _of_use(use, unpublished):
                yield chapter.path, fault
            if use.kind == "ref" and use.name not in shown:
                yield (
                    chapter.path,
                    ReportError(
                        f"a reference to figure {use.name}, which no chapter shows",
                        where=use.where,
                        remedy=f'show it with a block ::: {{figure="{use.name}"}}',
                    ),
                )
            if use.kind == "block" and not use.within and always[use.name] > 1:
                yield (
                    chapter.path,
                    ReportError(
                        f"figure {use.name} is shown more than once",
                        where=use.where,
                        expected="one block for each figure",
                        remedy=f'refer to it elsewhere with []{{ref="{use.name}"}}',
                    ),
                )
        for fault in _of_links(chapter, book, anchors):
            yield chapter.path, fault


def _of_use(use: Use, unpublished: UnpublishedWord) -> Iterator[ReportError]:
    allowed = {"setting": SETTINGS, "generated": _GENERATED}.get(use.kind)
    if allowed is not None:
        if use.name not in allowed:
            word = "setting" if use.kind == "setting" else "generated block"
            yield ReportError(
                f"no {word} {use.name!r}", where=use.where, expected="one of " + ", ".join(sorted(allowed))
            )
    elif use.kind == "condition":
        if not is_condition(use.name):
            yield ReportError(f"no condition {use.name!r}", where=use.where, expected=CONDITION_WORDS)
        elif word := unpublished(figure_of(use.name)):
            yield no_such_figure(figure_of(use.name), word, use.where)
    elif word := unpublished(use.name):
        yield no_such_figure(use.name, word, use.where)


def no_such_figure(figure_id: str, word: str, where: str) -> ReportError:
    """The error for a figure id that no notebook can publish.

    Args:
        figure_id: The id.
        word: The word of it that no id can have.
        where: Where it is named.
    """
    return ReportError(
        f"figure {figure_id} can be published by no notebook: none has the word {word!r}",
        where=where,
        expected="an id that a notebook publishes",
        remedy="publish it from a notebook or correct the id",
    )


def _of_links(chapter: Chapter, book: Book, anchors: Collection[str]) -> Iterator[ReportError]:
    """Links to chapters and sections that are not in the book."""
    folder = chapter.path.parent.relative_to(book.folder).as_posix()
    text = _text(chapter.path)
    for link in _LINK.finditer(text):
        target = posixpath.normpath(posixpath.join(folder, link[1]))
        if target not in book.chapter_files:
            yield ReportError(
                f"a link to {link[1]}, which is no chapter",
                where=_where(chapter, text, link.start()),
                expected="the file of a chapter in reports/_quarto.yml",
                remedy="correct the link",
            )
    for section in _SECTION.finditer(text):
        if section[1] not in anchors:
            yield ReportError(
                f"a reference to @{section[1]}, which no chapter has",
                where=_where(chapter, text, section.start()),
                expected=f"a heading with {{#{section[1]}}}",
                remedy="correct the reference",
            )


def _where(chapter: Chapter, text: str, offset: int) -> str:
    line = text.count("\n", 0, offset) + 1
    return f"{chapter.path.name}, line {line}"


def _text(path: Path) -> str:
    """A chapter's text; one that cannot be read is refused where it is read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
