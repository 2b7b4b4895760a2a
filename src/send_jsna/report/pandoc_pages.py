"""The pages of the site: each chapter through pandoc, in the theme's frame, and the index for search."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from send_jsna.cache import Key, Made, code_of, files_of, hash_of
from send_jsna.files import sha256
from send_jsna.report.chapter import Chapter
from send_jsna.report.pandoc import run_pandoc
from send_jsna.report.pandoc_blocks import SUFFIX
from send_jsna.report.rendering import FILTER, STEM, Rendering
from send_jsna.report.sections import Section, sections_of

#: Tells the filter where its data are.
_DATA = "JSNA_REPORT_DATA"


def text_of(folder: Path, chapter: Chapter) -> str:
    """The Markdown a page is made of: the chapter's, and that of its generated blocks."""
    blocks = [folder / "_generated" / f"{use.name}.md" for use in chapter.uses if use.kind == "generated"]
    found = [path for path in blocks if path.is_file()]
    return "\n".join(path.read_text(encoding="utf-8") for path in [folder / chapter.path.name, *found])


def body_of(rendering: Rendering, chapter: Chapter, text: str, data: dict[str, Any]) -> str:
    """A chapter's page without its frame: what is stored of it, or rendered now.

    Args:
        rendering: The report.
        chapter: The chapter.
        text: All Markdown the page is made of; see :func:`text_of`.
        data: What the filter reads of the report's data for this chapter.

    Raises:
        ReportError: pandoc failed or warned.
    """
    options = ["--from=markdown", "--to=html5", "--wrap=none", f"--lua-filter={FILTER}"]
    if chapter.number is not None:
        options += ["--number-sections", f"--number-offset={chapter.number - 1}"]
    environment = {name: value for name, value in rendering.environment.items() if name != _DATA}
    blocks = [use.name for use in chapter.uses if use.kind == "generated"]
    ready = [f"_generated/{name}{kind}{SUFFIX}" for name in blocks for kind in ("", ".html")]

    def key() -> Key:
        asked = hash_of([options, environment])
        parts = {"text": sha256(text.encode()), "data": hash_of(data), "options": asked}
        read = files_of(rendering.folder, "filters", *ready)
        return Key("page", chapter.stem, code_of([__name__]) | read | parts)

    store, before = rendering.store, key()
    if store and (made := store.get(before)):
        return str(made.record)
    own = rendering.folder / "_generated" / f"{chapter.stem}.report.json"
    own.write_text(json.dumps(data, ensure_ascii=False, sort_keys=True), encoding="utf-8")
    try:
        arguments = [*options, chapter.path.name]
        body = run_pandoc(arguments, folder=rendering.folder, environment={**environment, _DATA: str(own)})
    finally:
        own.unlink()
    if store:
        store.put(before, key(), Made(body))
    return body


def write_pages(rendering: Rendering, chapters: Sequence[Chapter], bodies: Sequence[str]) -> None:
    """Write each chapter's page in the theme's frame, the index for search, and what the pages load.

    Args:
        rendering: The report.
        chapters: The chapters.
        bodies: The page of each without its frame.
    """
    import jinja2

    book, site, theme = rendering.book, rendering.site, rendering.folder / "theme"
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
            edition_line=f"{rendering.date_line}.",
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
