"""A chapter as it was read: its headings, what it asks for, and what its passages depend on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

UseKind = Literal["inline", "block", "ref", "setting", "generated", "needs", "condition"]

_OWN_NUMBER = re.compile(r"(\d{1,3})[.)] ")


@dataclass(frozen=True)
class Passage:
    """What a span or block depends on.

    Attributes:
        when: Conditions that all have to be met.
        unless: Conditions none of which may be met.
        needs: Figures without which it is left out.
    """

    when: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    @classmethod
    def of(cls, attributes: Mapping[str, str]) -> Passage:
        """What the attributes of a span or block say."""
        return cls(*(tuple(attributes.get(key, "").split()) for key in ("when", "unless", "needs")))


@dataclass(frozen=True)
class Use:
    """One place where a chapter asks for something.

    Attributes:
        kind: ``inline`` (number or phrase), ``block`` (chart or table), ``ref``, ``setting``, ``generated``;
            ``needs`` for a figure without which what is enclosed is left out, ``condition`` for what must be
            true of the run.
        name: Figure id, setting, block name or condition.
        file: File name of the chapter.
        line: Line of the file, from 1.
        optional: Whether it may be left out where no notebook publishes the figure.
        within: The passages around it, the outermost first.
    """

    kind: UseKind
    name: str
    file: str
    line: int
    optional: bool = False
    within: tuple[Passage, ...] = ()

    @property
    def needs(self) -> tuple[str, ...]:
        """The figures without which it is left out."""
        return tuple(name for passage in self.within for name in passage.needs)

    @property
    def where(self) -> str:
        """File and line, as error messages give them."""
        return f"{self.file}, line {self.line}"


@dataclass(frozen=True)
class Heading:
    """A heading of a chapter: level, plain text, identifier."""

    level: int
    text: str
    id: str

    @property
    def own_number(self) -> int | None:
        """The number an author gave it, as in ``## 3. Is it rising?``; such headings count up from one."""
        match = _OWN_NUMBER.match(self.text) if self.level > 1 else None
        return int(match.group(1)) if match else None


@dataclass(frozen=True)
class Chapter:
    """A chapter as read.

    Attributes:
        path: Its file.
        number: Its number in the book; None for the cover page.
        title: Its first heading, as plain text.
        id: Identifier of that heading.
        uses: What it asks for, in reading order.
        passages: Its spans and blocks that depend on something.
    """

    path: Path
    number: int | None
    title: str
    id: str
    uses: tuple[Use, ...]
    passages: tuple[Passage, ...] = ()

    @property
    def stem(self) -> str:
        """File name without ending; its page keeps it."""
        return self.path.stem
