"""The digit rule: which digits an author may type.

A number a reader sees must come from a figure. What may be typed does not come from data: dates, names that
contain a digit, quoted titles, references to a chapter. Everything allowed is blanked out, and any digit that
is left breaks the rule; what the rule does not know is therefore refused, not let through.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from send_jsna.errors import CatalogueError

_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)"
)
_YEAR = r"(?:19|20)\d\d"
#: No part of a longer number or word before; nothing that makes a quantity of it after.
_BEFORE = r"(?<![\w.,£$€+−])"
_AFTER = r"(?![\w%£$€])(?![.,:/]\d)(?!\s*(?:%|per\s+cent\b|percentage\s+points?\b))"


@dataclass(frozen=True)
class Stray:
    """A digit that may not be typed: the number it belongs to and where it is (offset)."""

    text: str
    offset: int


def stray_digits(text: str, terms: re.Pattern[str] | None) -> list[Stray]:
    """The numbers in plain words that are neither a date, nor a chapter reference, nor part of a term.

    Args:
        text: Words as a reader would see them.
        terms: From :func:`compile_terms`.
    """
    return list(_left_over(_blank_words(text, terms)))


def stray_digits_in_markdown(text: str, terms: re.Pattern[str] | None) -> list[Stray]:
    """The same for the source of a chapter, whose spans, attributes and link targets may contain digits."""
    for blank in (_comments, _bracketed_spans, _attributes, _links, _list_markers):
        text = blank(text)
    return list(_left_over(_blank_words(text, terms)))


def compile_terms(terms: Iterable[str]) -> re.Pattern[str] | None:
    """One pattern for all terms that contain a digit, the longest first.

    Upper and lower case, line breaks and the kind of dash make no difference.

    Raises:
        CatalogueError: A term is nothing but a number, so that it would let that number through everywhere.
    """
    parts = []
    for term in sorted(set(terms), key=lambda name: (-len(name), name)):
        if not any(char.isnumeric() for char in term):
            continue
        if re.fullmatch(r"[\d\s.,%]+", term):
            raise CatalogueError(
                f"term {term!r} is only a number",
                where="data/catalogue/terms.yaml",
                expected="a name, such as key stage 2",
                remedy="publish the number as a figure",
            )
        words = [
            "".join("[-‐‑–]" if char in "-‐‑–" else re.escape(char) for char in word) for word in term.split()
        ]
        parts.append(r"\s+".join(words))
    return re.compile(r"(?<![\w.])(?:" + "|".join(parts) + r")(?![\w%])", re.IGNORECASE) if parts else None


# -- plain words ----------------------------------------------------------------------------------------


def _blank_words(text: str, terms: re.Pattern[str] | None) -> str:
    text = _blank(r"https?://[^\s<>()\]]+", text)
    if terms is not None:
        text = terms.sub(_spaces, text)
    for pattern, allowed in _DATES:
        text = _blank(pattern, text, allowed)
    return text


def _following(match: re.Match[str]) -> bool:
    """Whether the second half of ``2022/23`` names the year after the first."""
    first, second = match.group(1), match.group(2)
    end = int(first) + 1
    return int(second) == (end % 100 if len(second) == 2 else end)


def _rising(match: re.Match[str]) -> bool:
    return int(match.group(2)) > int(match.group(1))


def _day(match: re.Match[str]) -> bool:
    return 1 <= int(match.group(1)) <= 31


def _iso(match: re.Match[str]) -> bool:
    return 1 <= int(match.group(1)) <= 12 and 1 <= int(match.group(2)) <= 31


_DATES: tuple[tuple[str, Callable[[re.Match[str]], bool] | None], ...] = (
    (rf"{_BEFORE}{_YEAR}-(\d\d)-(\d\d){_AFTER}", _iso),
    (rf"{_BEFORE}(\d{{1,2}})(?:(?:st|nd|rd|th)(?:\s+of)?)?\s+{_MONTH}\b", _day),
    (rf"{_BEFORE}({_YEAR})/(\d{{4}}|\d\d){_AFTER}", _following),
    (rf"{_BEFORE}({_YEAR})\s*[-–]\s*({_YEAR}){_AFTER}", _rising),
    (rf"{_BEFORE}({_YEAR})[-–](\d\d){_AFTER}", _following),
    (rf"{_BEFORE}{_YEAR[:-4]}\d0s\b", None),
    (rf"{_BEFORE}{_YEAR}{_AFTER}", None),
    (rf"\bmid-{_YEAR}{_AFTER}", None),
    (r"\b[Cc]hapters?\s+\d{1,2}(?:(?:,\s+|\s+(?:and|to)\s+)\d{1,2})*(?![\w%])(?![.,]\d)", None),
)


def _left_over(text: str) -> Iterator[Stray]:
    """Each number that is left in the text; also digits that are not ASCII, such as ½ or ²."""
    for match in re.finditer(r"[−-]?[£$€]?\d(?:[\d.,/:]*\d)?(?:\s?%|\s+per\s+cent\b)?", text):
        yield Stray(" ".join(match.group().split()), match.start())
    for match in re.finditer(r"[^\x00-\x7f]", text):
        if unicodedata.category(match.group()) in ("No", "Nl"):
            yield Stray(match.group(), match.start())


# -- markdown -------------------------------------------------------------------------------------------


def _comments(text: str) -> str:
    return _blank(r"<!--.*?-->", text, flags=re.DOTALL)


_ATTRIBUTES = re.compile(r"\{([^{}]*)\}")
_FILLED = re.compile(r"""\b(?:figure|ref|setting|generated)\s*=|(?:^|\s)\.title(?:\s|$)""")


def _bracketed_spans(text: str) -> str:
    """Blank ``[…]{figure="…"}`` and its like, content included: the filter replaces or vouches for it."""
    out = text
    for match in _ATTRIBUTES.finditer(text):
        if not _FILLED.search(match.group(1)) or text[match.start() - 1 : match.start()] != "]":
            continue
        depth = 0
        for place in range(match.start() - 1, -1, -1):
            depth += {"]": 1, "[": -1}.get(text[place], 0)
            if depth == 0:
                out = out[:place] + _spaced(text[place : match.end()]) + out[match.end() :]
                break
            if text[place : place + 2] == "\n\n":
                break
    return out


def _attributes(text: str) -> str:
    """Blank identifiers, classes and the keys the filter reads; a reader may get to see other attributes."""

    def inner(match: re.Match[str]) -> str:
        body = re.sub(
            r"""(?:^|(?<=\s))(?:[#.][\w.:-]+|(?:figure|ref|setting|generated|optional|when|unless|needs)\s*=\s*"[^"]*")""",
            _spaces,
            match.group(1),
        )
        return "{" + body + "}"

    return _ATTRIBUTES.sub(inner, text)


def _links(text: str) -> str:
    """Blank link targets, reference definitions, chapter references and footnote labels."""
    text = _blank(r"(?<=\])\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*\)", text)
    text = _blank(r"^\[[^\]\n]+\]:\s*\S+", text, flags=re.MULTILINE)
    text = _blank(r"<https?://[^>\s]+>", text)
    text = _blank(r"@sec-[\w-]+", text)
    return _blank(r"\[\^[^\]\s]+\]", text)


def _list_markers(text: str) -> str:
    """Blank the numbers of list items and of headings; that they count up is checked where they are read."""
    return _blank(r"(?m)^(?:[ \t]{0,12}|##+[ \t]+)\d{1,3}[.)](?=[ \t])", text)


def _blank(
    pattern: str, text: str, allowed: Callable[[re.Match[str]], bool] | None = None, flags: int = 0
) -> str:
    return re.sub(
        pattern,
        lambda match: _spaces(match) if allowed is None or allowed(match) else match.group(),
        text,
        flags=flags,
    )


def _spaces(match: re.Match[str]) -> str:
    return _spaced(match.group())


def _spaced(text: str) -> str:
    """As many characters as before, line ends kept, so that offsets and lines stay true."""
    return "".join(char if char == "\n" else " " for char in text)
