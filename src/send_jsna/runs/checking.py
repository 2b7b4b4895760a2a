"""``jsna check``: everything that is declared, and every fault of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

from send_jsna.catalogue.area_lists import area_faults
from send_jsna.catalogue.areas import Areas
from send_jsna.catalogue.loading import load_catalogue
from send_jsna.catalogue.reference import documents
from send_jsna.catalogue.schema import Catalogue
from send_jsna.council.declared import extract_titles, sources_of_extracts, voice_faults
from send_jsna.editions import facts
from send_jsna.editions.declared import correction_faults, edition_faults, open_built, unread_sources
from send_jsna.editions.edition import Edition
from send_jsna.editions.supply import by_release, supply_faults
from send_jsna.errors import CatalogueError, JsnaError, NotebookError
from send_jsna.evidence import named
from send_jsna.evidence.forecast.declared import calibration_faults
from send_jsna.execution import notebook_files
from send_jsna.report import absence_claims
from send_jsna.report.book import Book
from send_jsna.report.declared import claim_faults, crosswalk_faults, finding_faults, register_faults
from send_jsna.report.inspection import CROSSWALK
from send_jsna.report.written import book_faults, no_such_figure, read_written, use_faults
from send_jsna.runs.declared import catalogue_faults, caught, edition_ids
from send_jsna.settings import Settings
from send_jsna.sources.service_directory import read_every_directory

#: Where declared files are, and what they are called.
_DECLARED = (
    ("data", ("*.yaml", "*.csv", "*.json")),
    ("expectations/expectations", ("*.json",)),
    ("notebooks", ("*.ipynb",)),
    ("reports", ("*.qmd", "_quarto.yml", "*.lua")),
)
_PARAMETERS = dict.fromkeys(notebook_files.PARAMETERS)
_PLACE = re.compile(r"(?P<file>.*?)(?:, cell (?P<cell>[\w-]+))?(?:, line (?P<line>\d+))?$")


@dataclass(frozen=True)
class Project:
    """What is declared in a project, read once.

    Attributes:
        settings: Where it is.
        catalogue: Its catalogue.
    """

    settings: Settings
    catalogue: Catalogue
    _faults: list[JsnaError] = field(default_factory=list)

    @cached_property
    def areas(self) -> Areas:
        """The areas."""
        return Areas(self.settings.data / "areas")

    @cached_property
    def area_codes(self) -> set[str]:
        """Their codes."""
        return {area.code for area in self.areas}

    @cached_property
    def editions(self) -> tuple[list[Edition], list[JsnaError]]:
        """The editions that are built, and why those cannot be read that cannot."""
        return open_built(self.settings.editions)

    @cached_property
    def lacking(self) -> set[str]:
        """Indicators that built editions have, but not the one that reports are made of, and none after it.

        Notebooks are written for the edition that comes next, too.
        """
        have: dict[str, set[str]] = {}
        for edition in by_release(self.editions[0]):
            rows = have.setdefault(edition.card.extends or edition.id, set())
            for stored in edition.datasets.values():
                rows |= set(stored.texts("indicator")["indicator"].unique())
        if self.settings.edition not in have:
            return set()
        newest = list(have)[list(have).index(self.settings.edition) :]
        return set().union(*have.values()) - set().union(*(have[name] for name in newest))

    @cached_property
    def code(self) -> dict[str, list[named.Code]]:
        """The code of every notebook that can be read."""
        found = {}
        for path in sorted(self.settings.notebooks.glob("*.ipynb")):
            try:
                found[path.stem] = named.read_code(path)
            except JsnaError as error:
                self._faults.append(error)
        return found

    @cached_property
    def unreadable_notebooks(self) -> list[JsnaError]:
        """Why the others cannot be read."""
        _ = self.code
        return self._faults

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word a figure id can be made of."""
        declared = [
            self.catalogue.folder / "dimensions.yaml",
            self.settings.data / "services/vocabulary.yaml",
        ]
        texts = [path.read_text(encoding="utf-8") for path in declared if path.is_file()]
        return named.published_words(self.code, texts)

    def unpublished(self, figure_id: str) -> str:
        """A word of a figure id that no id can have; empty where there is none, or it cannot be known."""
        if self.unreadable_notebooks:
            return ""
        return named.unpublished_word(figure_id, self.words)


@dataclass(frozen=True)
class Checked:
    """What came of a check.

    Attributes:
        files: How many declared files there are.
        lines: One line for each fault, in order of file and line: where, what, expected, remedy.
        is_whole: Whether everything was checked; where the catalogue cannot be read, only that was.
    """

    files: int
    lines: tuple[str, ...]
    is_whole: bool


def check(settings: Settings) -> Checked:
    """Read everything that is declared, and find every fault of it.

    Args:
        settings: Where the project is.
    """
    found: list[JsnaError] = []
    is_whole = False
    try:
        found.extend(_faults(Project(settings, load_catalogue(settings.data / "catalogue"))))
        is_whole = True
    except JsnaError as error:
        found.extend(error.each())
    faults = {_located(fault, settings.project_root) for fault in found}
    lines = tuple(line for _, line in sorted(faults))
    return Checked(len(_declared_files(settings.project_root)), lines, is_whole)


def _declared_files(root: Path) -> set[Path]:
    return {
        path
        for folder, patterns in _DECLARED
        for pattern in patterns
        for path in (root / folder).rglob(pattern)
        if path.is_file()
    }


def _faults(project: Project) -> Iterator[JsnaError]:
    yield from catalogue_faults(project.settings, project.catalogue)
    yield from caught(lambda: area_faults(project.areas))
    yield from _of_editions(project)
    yield from _of_notebooks(project)
    yield from _of_report(project)
    yield from _of_other_files(project)
    yield from caught(lambda: _claims_of_absence(project))


def _claims_of_absence(project: Project) -> Iterator[JsnaError]:
    """Texts that say that something is not published where no recorded search bears them out."""
    settings = project.settings
    texts = [
        *sorted(settings.reports.rglob("*.qmd")),
        *sorted(settings.notebooks.glob("*.ipynb")),
        *(project.catalogue.folder / f"{name}.yaml" for name in ("findings", "indicators", "terms")),
        settings.data / "recommendations" / "register.yaml",
    ]
    for path in filter(Path.is_file, texts):
        text = path.read_text(encoding="utf-8")
        for fault in absence_claims.claim_faults(text, project.catalogue.searches):
            yield fault.error(str(path))


def _of_editions(project: Project) -> Iterator[JsnaError]:
    settings, catalogue = project.settings, project.catalogue
    built, unreadable = project.editions
    yield from unreadable
    yield from caught(lambda: edition_faults(settings.editions, catalogue, project.areas))
    yield from caught(lambda: facts.fact_faults(settings.data, catalogue, project.areas))
    yield from caught(
        lambda: unread_sources(
            settings.editions,
            catalogue,
            {*sources_of_extracts(settings.data), *(fact.source for fact in facts.load_facts(settings.data))},
        )
    )
    corrections = settings.data / "corrections"
    yield from caught(lambda: correction_faults(corrections, settings.editions, catalogue, project.areas))
    if not unreadable:
        yield from caught(lambda: supply_faults(catalogue, *built))


def _of_notebooks(project: Project) -> Iterator[JsnaError]:
    yield from project.unreadable_notebooks
    for name, cells in project.code.items():
        path = project.settings.notebooks / f"{name}.ipynb"
        supplement = project.catalogue.supplements.get(name)
        if supplement is None:
            yield NotebookError(
                f"the notebook {name} is no declared supplement, so that no run executes it",
                where=path,
                expected=f"an entry with the id {name} in data/catalogue/supplements.yaml",
                remedy="declare it there, or remove the notebook",
            )
            continue
        yield from caught(partial(notebook_files.check_executable, path, _PARAMETERS))
        yield from named.notebook_faults(cells, supplement, project.catalogue)
        for indicator, where in named.indicators_named(cells, project.catalogue).items():
            if indicator in project.lacking:
                yield _not_in_edition(indicator, where, project.settings.edition)
        for figure, where in named.answered_figures(cells):
            if word := project.unpublished(figure):
                yield no_such_figure(figure, word, where)


def _not_in_edition(indicator: str, where: str, edition: str) -> JsnaError:
    return NotebookError(
        f"edition {edition} has no observations of {indicator!r}: its reports would say that the figures are"
        " missing",
        where=where,
        expected="an indicator of the edition that reports are made of",
        remedy="take it out, or make reports of an edition that has it (JSNA_EDITION)",
    )


def _of_report(project: Project) -> Iterator[JsnaError]:
    settings = project.settings
    try:
        book = Book.read(settings.reports)
    except JsnaError as error:
        yield from error.each()
        return
    yield from caught(lambda: book_faults(book))
    written = read_written(book, [term.term for term in project.catalogue.terms])
    for one in written:
        yield from (_in_folder(fault, one.path) for fault in one.faults)
    for path, fault in use_faults(book, written, project.unpublished):
        yield _in_folder(fault, path)


def _in_folder(fault: JsnaError, path: Path) -> JsnaError:
    """A chapter's fault with the chapter's folder: a run, whose chapters have none, names the file alone."""
    if fault.where.startswith(path.name):
        fault.where = f"{path.parent}/{fault.where}"
    return fault


def _of_other_files(project: Project) -> Iterator[JsnaError]:
    settings, catalogue, data = project.settings, project.catalogue, project.settings.data
    editions = edition_ids(settings)
    yield from caught(lambda: claim_faults(data / "claims", catalogue, editions, project.area_codes))
    register = data / "recommendations" / "register.yaml"
    yield from caught(lambda: register_faults(register, catalogue, project.area_codes, project.unpublished))
    yield from caught(lambda: finding_faults(catalogue.folder / "findings.yaml", project.unpublished))
    walk = partial(crosswalk_faults, catalogue.folder / CROSSWALK, catalogue, project.unpublished)
    yield from caught(lambda: walk(Book.read(settings.reports), extract_titles(data)))
    yield from caught(lambda: voice_faults(data, catalogue))
    yield from caught(lambda: read_every_directory(data / "services"))
    yield from caught(lambda: calibration_faults(data, catalogue))
    yield from caught(lambda: _stale_pages(project))


def _stale_pages(project: Project) -> Iterator[JsnaError]:
    """Generated pages of the catalogue that are not in step with it."""
    docs = project.settings.project_root / "docs"
    for name, text in documents(project.catalogue).items():
        path = docs / name
        if path.is_file() and path.read_text(encoding="utf-8") != text:
            yield CatalogueError(
                "not in step with the catalogue", where=path, remedy="run jsna catalogue docs"
            )


def _located(fault: JsnaError, root: Path) -> tuple[tuple[str, int], str]:
    """What a fault is sorted by, and its line without the place of the project on the disk."""
    line = fault.line().replace(f"{root}/", "")
    place = _PLACE.fullmatch(fault.where.replace(f"{root}/", ""))
    if place is None:
        return (fault.where, 0), line
    return (place["file"], int(place["line"] or 0)), line
