"""Rendering without Quarto: pandoc and typst, both from Python wheels.

A site of one page a chapter, a Word document and a tagged PDF (PDF/UA-1). The same report folder gives the
same bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from send_jsna.errors import ReportError
from send_jsna.report.book import Book
from send_jsna.report.chapter import Chapter
from send_jsna.report.data import chapter_data, long_date
from send_jsna.report.formats import FORMATS, Format
from send_jsna.report.pandoc import run_pandoc
from send_jsna.report.pictures import font_folder, write_pictures
from send_jsna.report.sections import Section, sections_of
from send_jsna.report.word import normalise, write_reference

STEM = "send-jsna"
_FILTER = "filters/report.lua"


def render(
    folder: Path,
    site: Path,
    *,
    chapters: tuple[Chapter, ...],
    released: date,
    edition: str,
    formats: Collection[Format] = FORMATS,
) -> None:
    """Render a report folder.

    Args:
        folder: The run's copy of the Quarto project, with ``_generated`` and ``figures``.
        site: Where the pages, the PDF and the Word document go.
        chapters: The chapters as read.
        released: Date of the edition; it is the documents' date.
        edition: Title of the edition, for the foot of each page.
        formats: What is rendered.

    Raises:
        ReportError: pandoc or typst failed or warned.
    """
    book = Book.read(folder)
    environment = {
        "JSNA_REPORT_DATA": str(folder / "_generated" / "report.json"),
        "JSNA_FIGURES": "figures",
        "SOURCE_DATE_EPOCH": str(int(_midday(released).timestamp())),
    }
    site.mkdir(parents=True, exist_ok=True)
    (folder / "_generated" / "book.json").write_text(json.dumps(_metadata(book, released)), encoding="utf-8")
    texts = {chapter.stem: _text_of(folder, chapter) for chapter in chapters}
    data = json.loads((folder / "_generated" / "report.json").read_text(encoding="utf-8"))
    # What takes longest begins first, so that nothing long is left for one worker alone.
    on_pages = chapters if "html" in formats else ()
    longest_first = sorted(on_pages, key=lambda chapter: len(texts[chapter.stem]), reverse=True)
    with ThreadPoolExecutor(max_workers=2) as pool:
        paper: list[Future[None]] = []
        if "pdf" in formats:
            paper.append(pool.submit(_pdf, folder, site, book, released, edition, environment))
        if "docx" in formats:
            paper.append(pool.submit(_docx, folder, site, book, environment))
        pages = {
            chapter.stem: pool.submit(
                _body, folder, chapter, chapter_data(data, chapter, texts[chapter.stem]), environment
            )
            for chapter in longest_first
        }
        bodies = [pages[chapter.stem].result() for chapter in on_pages]
        for done in paper:
            done.result()
    if "html" in formats:
        _write_pages(folder, site, book, chapters, bodies, f"{edition}, released {long_date(released)}.")


def _midday(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def _metadata(book: Book, released: date) -> dict[str, Any]:
    return {
        "title": book.title,
        "subtitle": book.subtitle,
        "author": book.author,
        "date": long_date(released),
        "lang": book.lang,
        "toc-title": "Contents",
    }


# -- pages ----------------------------------------------------------------------------------------------


def _text_of(folder: Path, chapter: Chapter) -> str:
    """The Markdown a page is made of: the chapter's, and that of its generated blocks."""
    blocks = [use.name for use in chapter.uses if use.kind == "generated"]
    for_pages = [folder / "_generated" / f"{name}.html.md" for name in blocks]
    for_both = [folder / "_generated" / f"{name}.md" for name in blocks]
    found = [path if path.is_file() else other for path, other in zip(for_pages, for_both, strict=True)]
    return "\n".join(path.read_text(encoding="utf-8") for path in [folder / chapter.path.name, *found])


def _body(folder: Path, chapter: Chapter, data: dict[str, Any], environment: dict[str, str]) -> str:
    """A chapter's page without its frame; it depends on its Markdown, the filter and this data alone."""
    own = folder / "_generated" / f"{chapter.stem}.report.json"
    own.write_text(json.dumps(data, ensure_ascii=False, sort_keys=True), encoding="utf-8")
    arguments = ["--from=markdown", "--to=html5", "--wrap=none", f"--lua-filter={_FILTER}"]
    if chapter.number is not None:
        arguments += ["--number-sections", f"--number-offset={chapter.number - 1}"]
    try:
        return run_pandoc(
            [*arguments, chapter.path.name],
            folder=folder,
            environment={**environment, "JSNA_REPORT_DATA": str(own)},
        )
    finally:
        own.unlink()


def _write_pages(
    folder: Path, site: Path, book: Book, chapters: tuple[Chapter, ...], bodies: list[str], edition_line: str
) -> None:
    import jinja2

    theme = folder / "theme"
    template = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    ).from_string((theme / "page.html").read_text(encoding="utf-8"))
    items = [
        {"page": f"{chapter.stem}.html", "number": chapter.number or "", "title": chapter.title}
        for chapter in chapters
    ]
    index: list[dict[str, str | bool]] = []
    for place, (chapter, body) in enumerate(zip(chapters, bodies, strict=True)):
        sections = sections_of(body)
        index += _search_entries(chapter, sections)
        heading, rest = _split(body)
        page = template.render(
            book=book,
            stem=STEM,
            imprint=book.imprint,
            edition_line=edition_line,
            audit_page=book.audit_page,
            chapters=items,
            page=items[place]["page"],
            number=items[place]["number"],
            title=chapter.title,
            heading=heading,
            body=rest,
            contents=[section for section in sections if section.level in (2, 3)],
            before=items[place - 1] if place else None,
            after=items[place + 1] if place + 1 < len(items) else None,
        )
        (site / f"{chapter.stem}.html").write_text(page, encoding="utf-8")
    (site / "search-index.js").write_text(
        "window.JSNA_SEARCH = " + json.dumps(index, ensure_ascii=False, separators=(",", ":")) + ";\n",
        encoding="utf-8",
    )
    for name in ("report.css", "search.js"):
        (site / name).write_bytes((theme / name).read_bytes())


def _split(body: str) -> tuple[str, str]:
    """The title and what follows it."""
    match = re.match(r"\s*<h1\b.*?</h1>", body, flags=re.DOTALL)
    return (match.group().strip(), body[match.end() :].strip()) if match else ("", body)


def _search_entries(chapter: Chapter, sections: list[Section]) -> list[dict[str, str | bool]]:
    where = f"Chapter {chapter.number}: {chapter.title}" if chapter.number is not None else chapter.title
    return [
        {
            "page": f"{chapter.stem}.html",
            "id": section.id,
            "chapter": where,
            "title": section.title,
            "text": "" if section.level > 3 else section.text,
            # Audit entries are many; what the chapters say comes first.
            "minor": section.level > 3,
        }
        for section in sections
    ]


# -- documents ------------------------------------------------------------------------------------------


def _together(folder: Path, book: Book, arguments: list[str], environment: dict[str, str]) -> str:
    """Render all chapters as one document."""
    return run_pandoc(
        [
            "--from=markdown",
            "--wrap=none",
            "--standalone",
            "--number-sections",
            f"--lua-filter={_FILTER}",
            "--metadata-file=_generated/book.json",
            *arguments,
            *book.chapter_files,
        ],
        folder=folder,
        environment=environment,
    )


def _docx(folder: Path, site: Path, book: Book, environment: dict[str, str]) -> None:
    write_pictures(folder)
    # By its name in the folder: pandoc takes the path of this one file for an address and decodes it.
    reference = "_generated/reference.docx"
    write_reference(folder / reference)
    output = site / f"{STEM}.docx"
    _together(
        folder,
        book,
        ["--to=docx", "--toc", "--toc-depth=2", f"--reference-doc={reference}", f"--output={output}"],
        environment,
    )
    normalise(output)


def _pdf(
    folder: Path, site: Path, book: Book, released: date, edition: str, environment: dict[str, str]
) -> None:
    import typst

    language, _, region = book.lang.partition("-")
    variables = {
        "author-plain": _typst_text(book.author),
        "running-title": f'#"{_typst_text(book.title)}"',
        "date-line": f'#"{_typst_text(f"{edition}, released {long_date(released)}")}"',
        "lang-code": language,
        "region-code": region or "GB",
    }
    imprint = [book.imprint[key] for key in ("publisher", "licence", "contact") if book.imprint.get(key)]
    source = _together(
        folder,
        book,
        [
            "--to=typst",
            "--template=theme/report.typ",
            *(f"--variable={key}={value}" for key, value in variables.items()),
            *(f'--variable=imprint=#"{_typst_text(text)}"' for text in imprint),
        ],
        environment,
    )
    path = folder / f"{STEM}.typ"
    path.write_text(source, encoding="utf-8")
    try:
        typst.compile(
            str(path),
            output=str(site / f"{STEM}.pdf"),
            root=str(folder),
            font_paths=[str(font_folder())],
            ignore_system_fonts=True,
            pdf_standards=["ua-1"],
            timestamp=_midday(released),
        )
    except typst.TypstError as error:
        raise ReportError(
            f"typst could not set the PDF: {' '.join(str(error).split())}",
            where=path,
            remedy="correct the chapter or the theme",
        ) from error


def _typst_text(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
