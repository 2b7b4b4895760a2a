"""Text and tables as pandoc Markdown, with its special characters escaped."""

from __future__ import annotations

import re
from collections.abc import Sequence


def escape(text: str) -> str:
    """Text on one line, with the special characters of Markdown escaped."""
    return re.sub(r"([\\`*_{}\[\]()#+.!<>|~$^@\"'&=:-])", r"\\\1", " ".join(text.split()))


def table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int], *, caption: str = ""
) -> str:
    """A pipe table of Markdown cells.

    Args:
        columns: Headings, plain text.
        rows: Cells, Markdown without line breaks; a bar in them must be escaped.
        widths: Relative widths of the columns; they make the lines longer than pandoc's limit, so that it
            keeps the widths and wraps the cells.
        caption: Caption, plain text.
    """
    total = sum(widths)
    dashes = [":" + "-" * max(3, round(150 * width / total)) for width in widths]
    lines = [
        "| " + " | ".join(escape(name) for name in columns) + " |",
        "|" + "|".join(dashes) + "|",
        *("| " + " | ".join(cell or "–" for cell in row) + " |" for row in rows),
    ]
    return "\n".join(lines) + (f"\n\n: {escape(caption)}\n" if caption else "\n")


def html_only(block: str) -> str:
    """A block that only pages show."""
    return f"::: html-only\n{block.strip()}\n:::\n"


def counted(number: int, word: str) -> str:
    """A number of things: ``1 source``, ``1,234 observations``."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"
