"""What declared lists say of the figures they name: the figure, where it is shown, or why it is missing."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from send_jsna.figures.records import Absence, FigureRecord
from send_jsna.report.book import Book
from send_jsna.report.markdown import escape

#: Units that a number's own text does not have.
SPELT_OUT = ("weeks", "days", "months", "years")
_BLOCK = re.compile(r"^:::+[^\n]*\bfigure=\"([^\"]+)\"", flags=re.MULTILINE)


@dataclass(frozen=True)
class NamedFigures:
    """The figures of a run, as a list names them.

    Attributes:
        figures: The published figures, by id; what is not among them was refused or is missing.
        shown: Ids of the charts and tables some chapter shows, which can be referred to by their number.
        absences: What the notebooks recorded as missing, with the reasons.
    """

    figures: Mapping[str, FigureRecord]
    shown: Collection[str] = ()
    absences: Sequence[Absence] = ()

    def words(self, names: Iterable[str]) -> str:
        """Sentences in Markdown: the title and value of each figure, and what is missing, by reason."""
        sentences: list[str] = []
        missing: dict[str, list[str]] = {}
        for name in names:
            absence = self._absence(name)
            if absence is None:
                sentences.append(self._sentence(name))
            elif absence.name not in missing.setdefault(absence.reason, []):
                missing[absence.reason].append(absence.name)
        for reason, lacking in missing.items():
            sentences.append(f"{escape(reason[:1].upper() + reason[1:])}: {escape('; '.join(lacking))}.")
        return " ".join(sentences)

    def _absence(self, name: str) -> Absence | None:
        """Why a figure that is not published is missing; None where it is published, or nothing says why."""
        fitting = [] if name in self.figures else [one for one in self.absences if one.covers(name)]
        return max(fitting, key=lambda absence: absence.covers(name)) if fitting else None

    def _sentence(self, name: str) -> str:
        figure = self.figures.get(name)
        if figure is None:
            return "Withheld in this run: its data failed validation."
        if figure.kind in ("number", "phrase"):
            unit = f" {figure.unit}" if figure.unit in SPELT_OUT else ""
            return f'{escape(figure.title)}: []{{figure="{name}"}}{unit}.'
        if name in self.shown:
            return f'{escape(figure.title)} ([]{{ref="{name}"}}).'
        return f"{escape(figure.title)}."


def blocks_shown(reports: Path) -> set[str]:
    """Ids of the charts and tables that the chapters of a book show."""
    return {key for text in _texts(reports) for key in _BLOCK.findall(text)}


def is_asked_for(reports: Path, block: str) -> bool:
    """Whether a chapter of a book has a generated block in it."""
    return any(f'generated="{block}"' in text for text in _texts(reports))


def _texts(reports: Path) -> Iterator[str]:
    return ((reports / name).read_text(encoding="utf-8") for name in Book.read(reports).chapter_files)
