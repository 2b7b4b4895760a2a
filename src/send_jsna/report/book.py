"""The Quarto project's ``_quarto.yml``: read strictly, since Quarto ignores a misspelt key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from send_jsna.catalogue.yaml_file import Declared
from send_jsna.errors import CatalogueError, ReportError, raise_first

#: The keys we use and know Quarto 1.9 to have: ``None`` for any value, a mapping for the keys below it.
KNOWN_KEYS: Mapping[str, Any] = {
    "project": {"type": None, "output-dir": None, "render": None, "resources": None},
    "book": {
        "title": None,
        "subtitle": None,
        "author": None,
        "date": None,
        "output-file": None,
        "search": None,
        "repo-actions": None,
        "page-navigation": None,
        "chapters": None,
    },
    "lang": None,
    "date-format": None,
    "filters": None,
    "number-sections": None,
    "number-depth": None,
    "toc": None,
    "toc-depth": None,
    "toc-title": None,
    "format": {
        "html": {
            "theme": None,
            "css": None,
            "toc-depth": None,
        },
        "typst": {"papersize": None, "toc-depth": None},
        "docx": {"toc": None, "toc-depth": None, "reference-doc": None},
    },
    # Not Quarto's: which chapter is the audit, and what the report says of itself. Quarto passes unknown
    # metadata on and makes nothing of it.
    "jsna": {"audit": None, "publisher": None, "licence": None, "licence-url": None, "contact": None},
}


@dataclass(frozen=True)
class Book:
    """The book as its ``_quarto.yml`` declares it.

    Attributes:
        folder: The Quarto project.
        config: The whole file.
    """

    folder: Path
    config: dict[str, Any]

    @classmethod
    def read(cls, folder: Path) -> Book:
        """Read ``_quarto.yml`` of a folder.

        Raises:
            ReportError: It cannot be read, has a key we do not know, lacks one that all formats need, or
                names a chapter that is missing.
        """
        path = folder / "_quarto.yml"
        try:
            text = path.read_text(encoding="utf-8")
            file = Declared(path)
            config = file.data
        except (OSError, UnicodeDecodeError) as error:
            raise ReportError("cannot be read", where=path, expected="a Quarto book") from error
        except CatalogueError as error:
            raise ReportError(error.what, where=error.where, expected="a Quarto book") from error
        if not isinstance(config, dict):
            raise ReportError("not a mapping", where=path, expected="a Quarto book")
        _check_keys(config, KNOWN_KEYS, "", path, text)
        declared = config.get("book") or {}
        for key in ("title", "author", "date", "chapters"):
            if not declared.get(key):
                raise ReportError(
                    f"book has no {key}", where=path, expected="title, author, date and chapters"
                )
        book = cls(folder, config)
        raise_first(
            ReportError(
                f"chapter {name} is missing",
                where=file.where("book", "chapters", place),
                expected="a file in the folder of _quarto.yml or below it",
                remedy="write it, or take it out of the list",
            )
            for place, name in enumerate(book.chapter_files)
            if not (folder / name).is_file()
        )
        return book

    @property
    def chapter_files(self) -> list[str]:
        """The chapters' files in reading order, as paths from the folder of the book."""
        return [str(name) for name in self.config["book"]["chapters"]]

    @property
    def numbered_chapters(self) -> list[tuple[str, int | None]]:
        """Chapters with their numbers, counted as Quarto does: ``index.qmd`` has none, the next one is 1."""
        place = 0
        numbered: list[tuple[str, int | None]] = []
        for name in self.chapter_files:
            if name == "index.qmd":
                numbered.append((name, None))
            else:
                place += 1
                numbered.append((name, place))
        return numbered

    @property
    def title(self) -> str:
        """Title of the report."""
        return str(self.config["book"]["title"])

    @property
    def subtitle(self) -> str:
        """Its subtitle, or an empty text."""
        return str(self.config["book"].get("subtitle") or "")

    @property
    def author(self) -> str:
        """Who made it."""
        return str(self.config["book"]["author"])

    @property
    def date(self) -> str:
        """Its date, as ``2025-11-20``."""
        return str(self.config["book"]["date"])

    @property
    def lang(self) -> str:
        """Its language."""
        return str(self.config.get("lang") or "en-GB")

    @property
    def audit_page(self) -> str:
        """Page of the chapter that lists how each figure was made; ``jsna.audit`` names its file.

        Raises:
            ReportError: No chapter has that name.
        """
        name = str((self.config.get("jsna") or {}).get("audit") or "")
        stems = [Path(file).stem for file in self.chapter_files]
        if Path(name).stem not in stems:
            raise ReportError(
                f"the audit chapter {name!r} is not among the chapters",
                where=self.folder / "_quarto.yml",
                expected="the file of a chapter under jsna.audit",
            )
        return f"{Path(name).stem}.html"

    @property
    def imprint(self) -> dict[str, str]:
        """What the report says of itself: publisher, licence, contact."""
        return {str(key): str(value) for key, value in (self.config.get("jsna") or {}).items()}

    def with_values(self, **values: str | list[str]) -> Book:
        """The same book with other values under ``book``, such as ``title``."""
        return Book(self.folder, {**self.config, "book": {**self.config["book"], **values}})

    def write(self, folder: Path) -> Book:
        """Write ``_quarto.yml`` into a folder and return the book there."""
        text = yaml.safe_dump(self.config, sort_keys=False, allow_unicode=True, width=100)
        (folder / "_quarto.yml").write_text(text, encoding="utf-8")
        return Book(folder, self.config)


def _check_keys(found: Mapping[str, Any], known: Mapping[str, Any], path: str, file: Path, text: str) -> None:
    for key, value in found.items():
        name = f"{path}{key}"
        if key not in known:
            match = re.search(rf"^\s*{re.escape(str(key))}\s*:", text, flags=re.MULTILINE)
            line = (
                text.count("\n", 0, match.start() + len(match.group()) - len(match.group().lstrip())) + 1
                if match
                else 1
            )
            raise ReportError(
                f"unknown key {name}",
                where=f"{file}, line {line}",
                expected="one of " + ", ".join(known),
                remedy="correct it, or add it to KNOWN_KEYS in send_jsna/report/book.py once Quarto has it",
            )
        if isinstance(known[key], Mapping) and isinstance(value, Mapping):
            _check_keys(value, known[key], f"{name}.", file, text)
