"""Blocks in pandoc's own form, for generated blocks with thousands of cells.

Pandoc reads them in a tenth of the time of Markdown, and text needs no escaping. An element is what pandoc's
JSON has for it. Words that follow each other are one string, which pandoc writes as it writes each alone.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from itertools import chain, count, dropwhile
from typing import Any

#: The file name of a block ends with it.
SUFFIX = ".ast.json"

Element = dict[str, Any]

#: The version of the form: pandoc 3.
_VERSION = [1, 23, 1]
_NO_ATTRIBUTES: list[Any] = ["", [], []]

SPACE: Element = {"t": "Space"}


def document(blocks: Sequence[Element]) -> str:
    """The blocks as a document that pandoc's reader ``json`` reads."""
    return json.dumps(
        {"pandoc-api-version": _VERSION, "meta": {}, "blocks": blocks},
        ensure_ascii=False,
        separators=(",", ":"),
    )


def words(text: str) -> Element:
    """Plain text on one line."""
    return {"t": "Str", "c": " ".join(text.split())}


def strong(text: str) -> Element:
    """Bold text."""
    return {"t": "Strong", "c": [words(text)]}


def code(text: str) -> Element:
    """Text as code."""
    return {"t": "Code", "c": [_NO_ATTRIBUTES, text]}


def span(text: str, identifier: str = "", *classes: str) -> Element:
    """Text that can be linked to, or is of some class."""
    return {"t": "Span", "c": [[identifier, classes, []], [words(text)]]}


def paragraph(text: str) -> Element:
    """A paragraph of plain text."""
    return {"t": "Para", "c": [words(text)]}


def heading(level: int, text: str, identifier: str, *classes: str) -> Element:
    """A heading; its class ``unnumbered`` leaves it without a number."""
    return {"t": "Header", "c": [level, [identifier, classes, []], [words(text)]]}


def identifier_of(text: str, taken: Collection[str]) -> str:
    """The identifier that pandoc's reader of Markdown would give a heading.

    Args:
        text: The heading.
        taken: The identifiers of the block's other headings.
    """
    kept = "".join(char for char in text.lower() if char.isalnum() or char.isspace() or char in "-_.")
    base = "".join(dropwhile(lambda char: not char.isalpha(), "-".join(kept.split()))) or "section"
    names = chain([base], (f"{base}-{place}" for place in count(1)))
    return next(name for name in names if name not in taken)


def raw_html(text: str) -> Element:
    """HTML as it is; other formats leave it out."""
    return {"t": "RawBlock", "c": ["html", text]}


def table(
    columns: Sequence[str],
    rows: Sequence[Sequence[Sequence[Element]]],
    widths: Sequence[int],
    *,
    caption: str = "",
) -> Element:
    """A table as :func:`send_jsna.report.markdown.table` writes it for pandoc to read.

    Args:
        columns: Headings.
        rows: The elements of each cell; a cell without any gets a dash.
        widths: Relative widths of the columns.
        caption: Caption.
    """
    # In the steps in which the dashes of a Markdown table can say it, so that both kinds are set alike.
    dashes = [1 + max(3, round(150 * width / sum(widths))) for width in widths]
    columns_are = [[{"t": "AlignLeft"}, {"t": "ColWidth", "c": size / sum(dashes)}] for size in dashes]
    head = [_NO_ATTRIBUTES, [_row([[words(name)] for name in columns])]]
    body = [_NO_ATTRIBUTES, 0, [], [_row(row) for row in rows]]
    foot = [_NO_ATTRIBUTES, []]
    named = [None, [_plain([words(caption)])] if caption else []]
    return {"t": "Table", "c": [_NO_ATTRIBUTES, named, columns_are, head, [body], foot]}


def _row(cells: Sequence[Sequence[Element]]) -> list[Any]:
    return [_NO_ATTRIBUTES, [_cell(elements) for elements in cells]]


def _cell(elements: Sequence[Element]) -> list[Any]:
    return [_NO_ATTRIBUTES, {"t": "AlignDefault"}, 1, 1, [_plain(elements or [words("–")])]]


def _plain(elements: Sequence[Element]) -> Element:
    return {"t": "Plain", "c": elements}
