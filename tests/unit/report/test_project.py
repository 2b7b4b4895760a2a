"""The run's copy of the book: chapters beside ``_quarto.yml``, links between them, the audit's page."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from send_jsna.errors import ReportError
from send_jsna.report.book import Book
from send_jsna.report.project import copy_project

CHAPTERS = {
    "index.qmd": "# Welcome\n\nSee [needs](chapters/01-needs.qmd#a) and [others](chapters/09-others.qmd).\n",
    "chapters/01-needs.qmd": "# Needs\n\n[Back](../index.qmd), [on](02-audit.qmd), [web](http://x.org/a.qmd).\n",
    "chapters/02-audit.qmd": "# Audit\n",
}


def book(folder: Path, chapters: dict[str, str], audit: str = "chapters/02-audit.qmd") -> Path:
    config = {
        "project": {"type": "book"},
        "book": {"title": "A book", "author": "Me", "date": "2025-01-01", "chapters": list(chapters)},
        "jsna": {"audit": audit},
    }
    for name, text in chapters.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "_quarto.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    return folder


def copied(tmp_path: Path, chapters: dict[str, str]) -> Book:
    copy_project(book(tmp_path / "reports", chapters), tmp_path / "run", area="Here", date="2025-02-03")
    return Book.read(tmp_path / "run")


def test_the_copy_has_every_chapter_beside_its_file(tmp_path: Path) -> None:
    made = copied(tmp_path, CHAPTERS)
    assert made.chapter_files == ["index.qmd", "01-needs.qmd", "02-audit.qmd"]
    assert {path.name for path in made.folder.iterdir()} == {"_quarto.yml", *made.chapter_files}
    assert (made.title, made.date, made.audit_page) == ("Here: a book", "2025-02-03", "02-audit.html")


def test_links_between_chapters_are_those_of_one_folder(tmp_path: Path) -> None:
    folder = copied(tmp_path, CHAPTERS).folder
    cover = (folder / "index.qmd").read_text(encoding="utf-8")
    assert "[needs](01-needs.qmd#a)" in cover
    assert "[others](chapters/09-others.qmd)" in cover  # no chapter: the engine names it
    chapter = (folder / "01-needs.qmd").read_text(encoding="utf-8")
    assert "[Back](index.qmd), [on](02-audit.qmd), [web](http://x.org/a.qmd)" in chapter


def test_a_book_without_folders_is_copied_as_it_is(tmp_path: Path) -> None:
    flat = {Path(name).name: text for name, text in CHAPTERS.items()}
    folder = copied(tmp_path, flat).folder
    assert {name: (folder / name).read_text(encoding="utf-8") for name in flat} == flat


def test_two_chapters_of_one_name_would_be_one_page(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"2 chapters are named 01-needs\.qmd"):
        copied(tmp_path, {**CHAPTERS, "more/01-needs.qmd": "# More\n"})


def test_an_audit_chapter_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    made = Book.read(book(tmp_path, CHAPTERS, audit="chapters/03-audit.qmd"))
    with pytest.raises(ReportError, match=r"'chapters/03-audit\.qmd' is not among the chapters"):
        _ = made.audit_page
