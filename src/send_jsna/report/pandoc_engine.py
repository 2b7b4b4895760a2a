"""Rendering without Quarto: pandoc and typst, both from Python wheels.

A site of one page a chapter, a Word document and a tagged PDF (PDF/UA-1). The same report folder gives the
same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from send_jsna.report.chapter import Chapter
from send_jsna.report.data import chapter_data, long_date
from send_jsna.report.formats import FORMATS, Format
from send_jsna.report.pandoc_documents import write_docx, write_pdf
from send_jsna.report.pandoc_pages import body_of, text_of, write_pages
from send_jsna.report.rendering import Rendering


def render(
    rendering: Rendering, chapters: tuple[Chapter, ...], formats: Collection[Format] = FORMATS
) -> None:
    """Render a report folder.

    Args:
        rendering: The report, and where it goes.
        chapters: The chapters as read.
        formats: What is rendered.

    Raises:
        ReportError: pandoc or typst failed or warned.
    """
    generated = rendering.folder / "_generated"
    rendering.site.mkdir(parents=True, exist_ok=True)
    (generated / "book.json").write_text(json.dumps(_metadata(rendering)), encoding="utf-8")
    texts = {chapter.stem: text_of(rendering.folder, chapter) for chapter in chapters}
    data = json.loads((generated / "report.json").read_text(encoding="utf-8"))
    # What takes longest begins first, so that nothing long is left for one worker alone.
    on_pages = chapters if "html" in formats else ()
    longest_first = sorted(on_pages, key=lambda chapter: len(texts[chapter.stem]), reverse=True)
    with ThreadPoolExecutor(max_workers=2) as pool:
        paper: list[Future[None]] = []
        if "pdf" in formats:
            paper.append(pool.submit(write_pdf, rendering))
        if "docx" in formats:
            paper.append(pool.submit(write_docx, rendering))
        pages = {
            chapter.stem: pool.submit(
                body_of,
                rendering,
                chapter,
                texts[chapter.stem],
                chapter_data(data, chapter, texts[chapter.stem]),
            )
            for chapter in longest_first
        }
        bodies = [pages[chapter.stem].result() for chapter in on_pages]
        for done in paper:
            done.result()
    if "html" in formats:
        write_pages(rendering, chapters, bodies)


def _metadata(rendering: Rendering) -> dict[str, Any]:
    book = rendering.book
    return {
        "title": book.title,
        "subtitle": book.subtitle,
        "author": book.author,
        "date": long_date(rendering.released),
        "lang": book.lang,
        "toc-title": "Contents",
    }
