"""A rendered chapter taken apart: its sections for the page's contents and the search."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

_HEADINGS = ("h1", "h2", "h3", "h4")
_SILENT = {"script", "style", "svg"}
_BLOCKS = {
    "p",
    "li",
    "td",
    "th",
    "h1",
    "h2",
    "h3",
    "h4",
    "dd",
    "dt",
    "summary",
    "caption",
    "div",
    "figcaption",
}


@dataclass
class Section:
    """A heading and the words below it, up to the next heading."""

    level: int
    id: str
    number: str = ""
    title: str = ""
    words: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The words as one line."""
        return " ".join("".join(self.words).split())


def sections_of(html: str) -> list[Section]:
    """The sections of a page's content, in order. Words before the first heading belong to no section."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.sections


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.sections: list[Section] = []
        self._heading: Section | None = None
        self._entry = ""
        self._number = False
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in _SILENT:
            self._silent += 1
        elif given.get("id") and "audit-entry" in (given.get("class") or ""):
            self._entry = str(given["id"])
        elif tag in _HEADINGS and (given.get("id") or self._entry):
            # An audit entry's heading goes by the id of the entry.
            self._heading = Section(int(tag[1]), str(given.get("id") or self._entry))
            self._entry = ""
            self.sections.append(self._heading)
        elif tag == "span" and self._heading and "header-section-number" in (given.get("class") or ""):
            self._number = True
        elif tag == "img" and self.sections and not self._heading:
            self.sections[-1].words.append(f" {given.get('alt') or ''} ")
        if tag in _BLOCKS and self.sections and not self._heading:
            self.sections[-1].words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent -= 1
        elif tag in _HEADINGS:
            self._heading = None
        elif tag == "span":
            self._number = False

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if self._heading is not None:
            if self._number:
                self._heading.number += data.strip()
            else:
                self._heading.title = " ".join((self._heading.title + " " + data).split())
        elif self.sections:
            self.sections[-1].words.append(data)
