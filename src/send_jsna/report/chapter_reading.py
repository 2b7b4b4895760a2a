"""One chapter, read twice: by pandoc, for what a reader will see, and as text, for the lines.

Both must agree on the figures, and a digit must pass in both, so that no construct of Markdown lets one
through.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from send_jsna.errors import ReportError, raise_first
from send_jsna.report.chapter import Chapter, Heading, Passage, Use, UseKind
from send_jsna.report.digits import stray_digits, stray_digits_in_markdown
from send_jsna.report.pandoc import run_pandoc


def read_chapter(path: Path, number: int | None, terms: re.Pattern[str] | None) -> Chapter:
    """Read a chapter and check it against the rules that need no data.

    Args:
        path: Its file.
        number: Its number in the book.
        terms: Names that may contain a digit.

    Raises:
        ReportError: See :func:`send_jsna.report.narrative.scan_chapters`.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ReportError(
            f"chapter not readable ({error})", where=path, expected="a file in UTF-8"
        ) from error
    _refuse_code(path, text)
    raise_first(
        _digit_error(path, stray.text, _line(text, stray.offset))
        for stray in stray_digits_in_markdown(text, terms)
    )
    tree = _Tree(json.loads(run_pandoc(["--from=markdown", "--to=json", path.name], folder=path.parent)))
    raise_first(
        _digit_error(path, stray.text, _line_of(text, stray.text)) for stray in stray_digits(tree.text, terms)
    )
    _check_headings(path, text, tree.headings)
    title = tree.headings[0]
    uses = tuple(_locate(path, text, tree.uses))
    return Chapter(path, number, title.text, title.id, uses, tuple(tree.passages))


def _digit_error(path: Path, number: str, line: int) -> ReportError:
    return ReportError(
        f"the number {number} is typed",
        where=f"{path.name}, line {line}",
        expected='a figure, such as []{figure="ehcp.share.latest"}',
        remedy="publish it from a notebook, or add the name it belongs to to data/catalogue/terms.yaml",
    )


def _refuse_code(path: Path, text: str) -> None:
    found = re.search(r"^[ \t]*(?:`{3,}|~{3,})\s*\{|\{\{[<%]", text, flags=re.MULTILINE)
    if found:
        raise ReportError(
            "a code cell or a shortcode",
            where=f"{path.name}, line {_line(text, found.start())}",
            expected="prose and figures",
            remedy="compute in a notebook and publish a figure",
        )


def _check_headings(path: Path, text: str, headings: list[Heading]) -> None:
    titles = sum(heading.level == 1 for heading in headings)
    if titles != 1 or headings[0].level != 1:
        raise ReportError(
            f"the chapter has {titles} titles" if titles != 1 else "the title is not the first heading",
            where=f"{path.name}, line 1",
            expected="one heading of the first level, at the top",
        )
    counted = [heading for heading in headings if heading.own_number is not None]
    for place, heading in enumerate(counted, 1):
        if heading.own_number != place:
            raise _digit_error(path, str(heading.own_number), _line_of(text, f"{heading.own_number}."))
    for before, after in pairwise(headings):
        if after.level > before.level + 1:
            raise ReportError(
                f"the heading {after.text!r} skips a level",
                where=f"{path.name}, line {_line_of(text, after.text)}",
                expected=f"level {before.level + 1}",
            )


def asked_for(markdown: str) -> list[tuple[UseKind, str, int]]:
    """What a generated block asks for, with its line: kind and name, in order."""
    found: list[tuple[UseKind, str, int]] = []
    for match in _ASKING.finditer(markdown):
        kind: UseKind = "ref" if match.group(1) == "ref" else "setting"
        if match.group(1) == "figure":
            before = markdown[markdown.rfind("\n", 0, match.start()) + 1 : match.start()]
            kind = "block" if before.strip().startswith(":::") else "inline"
        found.append((kind, match.group(2), _line(markdown, match.start())))
    return found


_ASKING = re.compile(r"""\{[^{}]*?\b(figure|ref|setting|generated)\s*=\s*["']?([^"'\s{}]+)""")


def _locate(path: Path, text: str, found: list[_Asked]) -> list[Use]:
    """Give each use its line; refuse one in the text that pandoc did not read, such as one inside code."""
    plain = re.sub(r"<!--.*?-->", lambda m: re.sub(r"[^\n]", " ", m.group()), text, flags=re.DOTALL)
    lines: dict[tuple[str, str], list[int]] = {}
    for match in _ASKING.finditer(plain):
        lines.setdefault((match.group(1), match.group(2)), []).append(_line(text, match.start()))
    keys: list[tuple[str, str]] = [
        ("figure" if one.kind in ("inline", "block") else one.kind, one.name) for one in found
    ]
    read = Counter(keys)
    for key, places in lines.items():
        if len(places) > read[key]:
            raise ReportError(
                f"{key[0]} {key[1]} is in a place where the report does not read it",
                where=f"{path.name}, line {places[-1]}",
                expected="a span []{…} or a block ::: {…}, outside code",
            )
    uses = []
    for one, key in zip(found, keys, strict=True):
        places = lines.get(key, [])
        line = places.pop(0) if places else _line_of(text, one.name)
        if one.has_condition:
            raise ReportError(
                f"{key[0]} {one.name} has a condition of its own",
                where=f"{path.name}, line {line}",
                expected="when, unless or needs on a span or block around it",
            )
        uses.append(Use(one.kind, one.name, path.name, line, one.optional, one.within))
    return uses


@dataclass(frozen=True)
class _Asked:
    """A :class:`Use` before its line is known."""

    kind: UseKind
    name: str
    optional: bool
    within: tuple[Passage, ...]
    has_condition: bool


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def _line_of(text: str, words: str) -> int:
    """The line with the first of some words; 1 where it cannot be found."""
    first = (words.split() or [""])[0]
    return _line(text, max(text.find(first), 0))


class _Tree:
    """What a pandoc document shows: its words outside figures and titles, its headings, what it asks for."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.headings: list[Heading] = []
        self.uses: list[_Asked] = []
        self.passages: list[Passage] = []
        self._within: tuple[Passage, ...] = ()
        self._words: list[str] = []
        self._walk(document["meta"])
        self._walk(document["blocks"])

    @property
    def text(self) -> str:
        """The words, a blank line between blocks."""
        return "".join(self._words)

    def _walk(self, node: Any) -> None:
        if isinstance(node, list):
            for item in node:
                self._walk(item)
        elif isinstance(node, dict):
            if "t" in node:
                self._element(node["t"], node.get("c"))
            else:
                for item in node.values():
                    self._walk(item)

    def _element(self, kind: str, content: Any) -> None:
        if kind in ("Str", "MetaString"):
            self._words.append(content)
        elif kind in ("Space", "SoftBreak", "LineBreak"):
            self._words.append(" ")
        elif kind in ("RawInline", "RawBlock"):
            self._words.append(" " + re.sub(r"<!--.*?-->", "", content[1], flags=re.DOTALL) + " ")
        elif kind in ("Code", "CodeBlock", "Math"):
            self._words.append(f" {content[1]} ")
        elif kind in ("Span", "Div"):
            self._wrapper(kind, content)
        elif kind == "Cite" and all(cited["citationId"].startswith("sec-") for cited in content[0]):
            self._words.append(" ")
        elif kind in ("Link", "Image"):
            self._walk(content[1])
        elif kind == "Header":
            start = len(self._words)
            self._walk(content[2])
            words = " ".join("".join(self._words[start:]).split())
            heading = Heading(content[0], words, content[1][0])
            self.headings.append(heading)
            if heading.own_number is not None:
                self._words[start:] = [words.partition(" ")[2]]
            self._words.append("\n\n")
        elif kind == "OrderedList":
            self._walk(content[1])
        else:
            self._walk(content)
            if kind in ("Para", "Plain"):
                self._words.append("\n\n")

    def _wrapper(self, kind: str, content: Any) -> None:
        (_, classes, pairs), inner = content
        attributes = dict(pairs)
        if "figure" in attributes:
            self._ask("inline" if kind == "Span" else "block", attributes["figure"], attributes)
        elif "ref" in attributes:
            self._ask("ref", attributes["ref"], attributes)
        elif "setting" in attributes:
            self._ask("setting", attributes["setting"], attributes)
        elif "generated" in attributes:
            self._ask("generated", attributes["generated"], attributes)
        elif attributes.keys() & {"when", "unless", "needs"}:
            self._conditional(attributes, inner)
            return
        elif not (kind == "Span" and "title" in classes):
            self._walk(inner)
            return
        self._words.append(" ¤ " if kind == "Span" else "\n\n")

    def _ask(self, kind: UseKind, name: str, attributes: Mapping[str, str]) -> None:
        optional = kind in ("inline", "block", "ref") and attributes.get("optional") == "true"
        has_condition = not attributes.keys().isdisjoint(("when", "unless", "needs"))
        self.uses.append(_Asked(kind, name, optional, self._within, has_condition))

    def _conditional(self, attributes: dict[str, str], inner: Any) -> None:
        """What is enclosed depends on the conditions, and is left out without the figures it needs."""
        passage, outside = Passage.of(attributes), self._within
        self.passages.append(passage)
        for name in (*passage.when, *passage.unless):
            self._ask("condition", name, {})
        self._within += (Passage(passage.when, passage.unless),)
        for name in passage.needs:
            self._ask("needs", name, {})
        self._within = (*outside, passage)
        self._walk(inner)
        self._within = outside
