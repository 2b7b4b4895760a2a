"""The inspection crosswalk: what area SEND inspections write about, and what of it the report's figures say.

The subjects are data (``data/catalogue/inspection.yaml``). A figure is named there by its id: the block takes
its value, or why it is missing, from the run.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from send_jsna.catalogue.schema import Source
from send_jsna.catalogue.yaml_file import Declared
from send_jsna.errors import CatalogueError
from send_jsna.figures.records import FIGURE_ID, Absence
from send_jsna.pages import link_target
from send_jsna.report.markdown import escape, table
from send_jsna.report.named_figures import NamedFigures
from send_jsna.report.publication import ANCHOR
from send_jsna.wording import in_words

#: The file, in the folder of the catalogue.
CROSSWALK = "inspection.yaml"
#: Part of the reports that name a subject from which on it is among the frequent ones.
OFTEN = 0.25
_HEAD = ("Subject", "What this report says of it")


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Subject(_Record):
    """A subject that inspection reports name.

    Attributes:
        id: Unique in the crosswalk.
        title: What it is called here.
        counted_as: The words it was counted under in the source.
        reports: In how many reports it is named.
        mentions: How often in all of them.
        figures: Ids of the figures of this report that speak to it.
        chapters: Ids of the chapters that do, such as ``sec-education``.
        lacking: What no figure here says of it, as a clause.
        holder: Who has that, as a role.
        extract: Stem of the council's extract that brings it.
        searched: Id of the search of ``searches.yaml`` for it.
    """

    id: str = Field(pattern=r"[a-z][a-z0-9-]*")
    title: str = Field(min_length=3)
    counted_as: str = Field(min_length=1)
    reports: int = Field(ge=1)
    mentions: int = Field(ge=1)
    figures: tuple[str, ...] = ()
    chapters: tuple[str, ...] = ()
    lacking: str = ""
    holder: str = ""
    extract: str = ""
    searched: str = ""
    _where: str = PrivateAttr(default="")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if bool(self.lacking) != bool(self.holder):
            raise ValueError("what is lacking and who has it (holder) go together")
        if (self.extract or self.searched) and not self.lacking:
            raise ValueError("an extract or a search is for something that is lacking")
        if not (self.figures or self.chapters or self.lacking):
            raise ValueError("name figures or chapters, or what is lacking")
        if self.mentions < self.reports:
            raise ValueError("a subject is named at least once in each report that names it")
        malformed = [figure for figure in self.figures if not FIGURE_ID.fullmatch(figure)]
        if malformed:
            raise ValueError(f"{malformed[0]!r} is no figure id; expected such as ehcp.share.latest")
        return self


class Crosswalk(_Record):
    """The subjects, and of what they were counted.

    Attributes:
        source: Id of the source in the catalogue.
        reports: How many reports were read.
        subjects: The subjects, in the order they are shown.
    """

    source: str
    reports: int = Field(ge=1)
    subjects: tuple[Subject, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _named_in_no_more_than_all(self) -> Self:
        for subject in self.subjects:
            if subject.reports > self.reports:
                raise ValueError(f"{subject.id} is named in more reports than were read")
        return self

    def is_frequent(self, subject: Subject) -> bool:
        """Whether a subject is named in a quarter of the reports or more."""
        return subject.reports >= OFTEN * self.reports


def load_crosswalk(path: Path) -> Crosswalk:
    """Read the crosswalk.

    Raises:
        CatalogueError: The file breaks the schema, an id is duplicated, or a text could identify a child;
            with file and line.
    """
    declared = Declared(path, root=path.parent.parent.parent)
    declared.refuse_identifying()
    crosswalk = declared.as_model(Crosswalk)
    seen: dict[str, str] = {}
    for place, subject in enumerate(crosswalk.subjects):
        where = declared.where("subjects", place, "id")
        if subject.id in seen:
            raise CatalogueError(
                f"the id {subject.id} is duplicated (first in {seen[subject.id]})", where=where
            )
        seen[subject.id] = where
        subject._where = declared.where("subjects", place, "figures")
    return crosswalk


def check_figures(crosswalk: Crosswalk, figures: Collection[str], absences: Sequence[Absence]) -> None:
    """Refuse a subject with a figure that no notebook publishes.

    Args:
        crosswalk: The crosswalk.
        figures: Ids of all figures of the run, the refused ones among them.
        absences: What the notebooks recorded as missing, with the reasons.

    Raises:
        CatalogueError: The first such subject, with file and line.
    """
    for subject in crosswalk.subjects:
        for figure in subject.figures:
            if figure not in figures and not any(absence.covers(figure) for absence in absences):
                raise CatalogueError(
                    f"subject {subject.id} names figure {figure}, which no supplement publishes",
                    where=subject._where,
                    expected="the id of a published figure",
                    remedy="correct the id or take it out",
                )


def render_crosswalk(
    crosswalk: Crosswalk,
    named: NamedFigures,
    *,
    source: Source | None,
    extracts: Mapping[str, str],
    audit: str = "22-audit.qmd",
) -> str:
    """The generated block ``inspection``: pandoc Markdown, what was counted and a table of the subjects.

    Args:
        crosswalk: The crosswalk.
        named: The figures of the run.
        source: The source of the counts.
        extracts: Titles of the council's extracts, by stem.
        audit: File of the audit chapter, which lists the searches.
    """
    frequent = [subject for subject in crosswalk.subjects if crosswalk.is_frequent(subject)]
    seldom = [subject for subject in crosswalk.subjects if not crosswalk.is_frequent(subject)]
    blocks = [_opening(crosswalk, frequent, named), _source(source)]
    for title, subjects in (
        ("Subjects that a quarter of the reports or more name", frequent),
        ("Subjects that fewer reports name", seldom),
    ):
        if subjects:
            rows = [
                (_subject(crosswalk, subject), _said(subject, named, extracts, audit)) for subject in subjects
            ]
            blocks.append(f"## {title} {{.unnumbered}}")
            shown = table(_HEAD, rows, (30, 70), caption=f"{title}, and what this report says of them")
            blocks.append(f"::: subjects\n{shown}\n:::")
    return "\n\n".join(block for block in blocks if block) + "\n"


def _opening(crosswalk: Crosswalk, frequent: Sequence[Subject], named: NamedFigures) -> str:
    spoken = sum(any(name in named.figures for name in subject.figures) for subject in frequent)
    lacking = sum(bool(subject.lacking) for subject in frequent)
    return (
        f"The words of {in_words(crosswalk.reports)} full reports were counted under"
        f" {in_words(len(crosswalk.subjects))} subjects. A quarter of the reports or more name"
        f" {in_words(len(frequent))} of them. Figures of this report speak to {in_words(spoken)} of these. To"
        f" {in_words(lacking)} belongs something that no figure here says; the table names who has it."
    )


def _source(source: Source | None) -> str:
    if source is None:
        return ""
    title, address = escape(source.title), link_target(source.url)
    linked = f"[{title}]({address})" if address else title
    return f"Source of the counts: {escape(source.publisher)}, {linked}."


def _subject(crosswalk: Crosswalk, subject: Subject) -> str:
    times = "once" if subject.mentions == 1 else f"{subject.mentions} times"
    return (
        f"[{escape(subject.title)}]{{#subject-{subject.id}}} "
        f"[in {subject.reports} of {crosswalk.reports} reports, {times}]{{.times}}"
    )


def _said(subject: Subject, named: NamedFigures, extracts: Mapping[str, str], audit: str) -> str:
    """The figures and chapters that speak to a subject, and what is lacking."""
    parts = [named.words(subject.figures)] if subject.figures else []
    if subject.chapters:
        parts.append(f"See {' and '.join(f'@{chapter}' for chapter in subject.chapters)}.")
    if subject.lacking:
        parts.append(f"[{_lacking(subject, extracts, audit)}]{{.lacking}}")
    return " ".join(parts)


def _lacking(subject: Subject, extracts: Mapping[str, str], audit: str) -> str:
    """What no figure says of a subject, who has it, and what would bring it."""
    parts = [f"**Not here:** {escape(subject.lacking)}. **Who has it:** {escape(subject.holder)}."]
    if subject.extract:
        parts.append(f"The council's extract *{escape(extracts[subject.extract])}* brings it.")
    if subject.searched:
        parts.append(f"[What was searched for]({audit}#{ANCHOR}{subject.searched}).")
    return " ".join(parts)
