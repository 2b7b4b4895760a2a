"""The chapters together: what they ask for is checked against the run, charts and tables are numbered."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from send_jsna.catalogue.yaml_file import Declared
from send_jsna.errors import CatalogueError, ReportError, UnknownFigureError
from send_jsna.figures.records import FigureRecord
from send_jsna.report.book import Book
from send_jsna.report.chapter import Chapter, Use
from send_jsna.report.chapter_reading import asked_for, read_chapter
from send_jsna.report.conditions import CONDITION_WORDS, is_condition
from send_jsna.report.decisions import Decisions
from send_jsna.report.digits import compile_terms

__all__ = [
    "Chapter",
    "Label",
    "Narrative",
    "Use",
    "applicable",
    "check_uses",
    "load_terms",
    "number_figures",
    "scan_chapters",
    "with_generated",
    "without_unpublished",
]


@dataclass(frozen=True)
class Narrative:
    """All chapters, in reading order."""

    chapters: tuple[Chapter, ...]

    @property
    def uses(self) -> list[Use]:
        """What the chapters ask for, in reading order."""
        return [use for chapter in self.chapters for use in chapter.uses]


@dataclass(frozen=True)
class Label:
    """The number a chart or table carries in the report, and the chapter (stem) that shows it."""

    text: str
    chapter: str


def load_terms(path: Path) -> list[str]:
    """The names of ``terms.yaml``, which are a list of entries with ``term`` and ``definition``.

    Raises:
        CatalogueError: The file is not of that form.
    """
    try:
        return [str(entry["term"]) for entry in Declared(path).data]
    except (TypeError, KeyError) as error:
        raise CatalogueError(
            f"not readable as terms ({error})",
            where=path,
            expected="a list of entries with term and definition",
        ) from error


def scan_chapters(folder: Path, terms: Iterable[str]) -> Narrative:
    """Read the chapters of a book and check them against the rules.

    Args:
        folder: The Quarto project: ``_quarto.yml`` and its chapters.
        terms: Names that may contain a digit; see :func:`load_terms`.

    Raises:
        ReportError: A typed digit, a missing or second title, a skipped heading level, a code cell, or a
            figure in a place the report would not read; the message names file and line.
    """
    book = Book.read(folder)
    pattern = compile_terms(terms)
    with ThreadPoolExecutor(max_workers=2) as pool:
        read = pool.map(lambda item: read_chapter(folder / item[0], item[1], pattern), book.numbered_chapters)
        return Narrative(tuple(read))


def with_generated(narrative: Narrative, generated: Mapping[str, str]) -> Narrative:
    """The narrative with what its generated blocks ask for, each in its own place.

    Args:
        narrative: The chapters.
        generated: Markdown of the blocks, by name.
    """

    def expanded(use: Use) -> list[Use]:
        text = generated.get(use.name, "") if use.kind == "generated" else ""
        inner = [
            Use(kind, name, f"{use.file} (block {use.name})", line) for kind, name, line in asked_for(text)
        ]
        return [use, *inner]

    return Narrative(
        tuple(
            replace(chapter, uses=tuple(inner for use in chapter.uses for inner in expanded(use)))
            for chapter in narrative.chapters
        )
    )


def applicable(narrative: Narrative, decisions: Decisions) -> Narrative:
    """The narrative without passages whose conditions the run does not meet.

    Charts and tables of passages that need a figure missing for the area are left out too.

    Args:
        narrative: The chapters.
        decisions: What becomes of the passages.

    Raises:
        ReportError: A condition is unknown; the message names file and line.
    """
    for use in narrative.uses:
        if use.kind == "condition" and not is_condition(use.name):
            raise ReportError(f"no condition {use.name!r}", where=use.where, expected=CONDITION_WORDS)

    def is_kept(use: Use) -> bool:
        falls = use.kind == "block" and decisions.lacking(use.needs)
        return not falls and all(decisions.meets(passage) for passage in use.within)

    return Narrative(
        tuple(
            replace(chapter, uses=tuple(use for use in chapter.uses if is_kept(use)))
            for chapter in narrative.chapters
        )
    )


def without_unpublished(narrative: Narrative, decisions: Decisions) -> Narrative:
    """The narrative without the optional blocks whose figure no notebook published.

    An author marks a block ``optional="true"`` where a figure needs a file that only some councils supply.

    Args:
        narrative: The chapters.
        decisions: What becomes of the passages.
    """
    return Narrative(
        tuple(
            replace(chapter, uses=tuple(use for use in chapter.uses if not decisions.leaves_out(use)))
            for chapter in narrative.chapters
        )
    )


def check_uses(
    narrative: Narrative,
    figures: Mapping[str, FigureRecord],
    *,
    settings: Iterable[str],
    generated: Iterable[str],
    absent: Collection[str] = (),
) -> None:
    """Refuse what the run cannot fill.

    Args:
        narrative: The chapters.
        figures: Published and refused figures, by id.
        settings: Names of the settings.
        generated: Names of the generated blocks.
        absent: Figures missing for the area; the report says so in their place.

    Raises:
        ReportError: An unknown figure, setting or block, a chart in a sentence, a number as a block, a chart
            shown twice, or a reference to a chart nowhere shown; the message names file and line.
    """
    known = {"setting": sorted(settings), "generated": sorted(generated)}
    shown: dict[str, Use] = {}
    for use in narrative.uses:
        if use.kind in known:
            if use.name not in known[use.kind]:
                word = "setting" if use.kind == "setting" else "generated block"
                raise ReportError(
                    f"no {word} {use.name!r}",
                    where=use.where,
                    expected="one of " + ", ".join(known[use.kind]),
                )
            continue
        if use.kind == "condition" or use.name in absent:
            continue
        if use.name not in figures:
            raise UnknownFigureError(
                f"figure {use.name} is published by no notebook",
                where=use.where,
                remedy=_near(use.name, figures),
            )
        _check_kind(use, figures[use.name])
        if use.kind == "block":
            if use.name in shown:
                raise ReportError(
                    f"figure {use.name} is shown a second time",
                    where=use.where,
                    expected=f"once, as in {shown[use.name].where}",
                    remedy=f'refer to it with []{{ref="{use.name}"}}',
                )
            shown[use.name] = use
    for use in narrative.uses:
        if use.kind == "ref" and use.name not in shown and use.name not in absent:
            raise ReportError(
                f"a reference to figure {use.name}, which no chapter shows",
                where=use.where,
                remedy=f'show it with a block ::: {{figure="{use.name}"}}',
            )


def number_figures(narrative: Narrative, records: Mapping[str, FigureRecord]) -> dict[str, Label]:
    """Number the charts and tables the chapters show: ``Figure 4.2``, ``Table 4.1``, each kind on its own.

    A refused figure keeps its number, so that the others do not move; one missing for the area gets none.

    Args:
        narrative: The chapters.
        records: Published and refused figures, by id.
    """
    labels: dict[str, Label] = {}
    for chapter in narrative.chapters:
        counts: Counter[str] = Counter()
        for use in chapter.uses:
            if use.kind != "block" or use.name in labels or use.name not in records:
                continue
            word = "Table" if records[use.name].kind == "table" else "Figure"
            counts[word] += 1
            number = f"{chapter.number}.{counts[word]}" if chapter.number is not None else str(counts[word])
            labels[use.name] = Label(f"{word} {number}", chapter.stem)
    return labels


def _check_kind(use: Use, record: FigureRecord) -> None:
    if record.refused and not record.inputs:
        return  # A notebook that stopped early did not get to say what kind of figure it would be.
    is_block = record.kind in ("chart", "table")
    if use.kind == "inline" and is_block:
        raise ReportError(
            f"figure {use.name} is a {record.kind} and cannot be used in a sentence",
            where=use.where,
            remedy=f'show it with ::: {{figure="{use.name}"}} and refer to it with []{{ref="{use.name}"}}',
        )
    if use.kind in ("block", "ref") and not is_block:
        raise ReportError(
            f"figure {use.name} is a {record.kind}, not a chart or table",
            where=use.where,
            remedy=f'put it into a sentence with []{{figure="{use.name}"}}',
        )


def _near(name: str, figures: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(figures), n=1, cutoff=0.6)
    hint = f"did you mean {close[0]}? " if close else ""
    return hint + "publish it from a notebook or correct the id"
