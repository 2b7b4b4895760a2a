"""What is declared for the report besides its chapters, against the catalogue: claims, actions, findings."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, RootModel

from send_jsna.catalogue.schema import Catalogue
from send_jsna.catalogue.yaml_file import Declared
from send_jsna.errors import CatalogueError, JsnaError
from send_jsna.report.book import Book
from send_jsna.report.claims.model import Claim, load_claims
from send_jsna.report.inspection import load_crosswalk
from send_jsna.report.recommendations import load_register
from send_jsna.report.written import UnpublishedWord, chapter_ids, no_such_figure


class Finding(BaseModel):
    """A key finding of the summary, and the figures that bear on it."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(pattern=r"[a-z][a-z0-9-]*")
    title: str
    theme: str
    question: str
    evidence: list[str]
    answer_figure: str | None


class FindingFile(RootModel[list[Finding]]):
    """``findings.yaml``."""


def claim_faults(
    folder: Path, catalogue: Catalogue, editions: Collection[str], areas: Collection[str]
) -> Iterator[JsnaError]:
    """Claims that name an edition, an indicator, an area, a code or a source that does not exist.

    Args:
        folder: ``data/claims``.
        catalogue: The catalogue.
        editions: Ids of the editions.
        areas: Codes of the areas.

    Raises:
        CatalogueError: A file is malformed.
    """
    files = {path: Declared(path, root=folder.parent.parent) for path in sorted(folder.glob("*.yaml"))}
    places = {
        f"{file.data['document'].get('id')}.{claim['id']}": (file, place)
        for file in files.values()
        if isinstance(file.data, dict) and isinstance(file.data.get("document"), dict)
        for place, claim in enumerate(file.data.get("claims") or [])
        if isinstance(claim, dict) and "id" in claim
    }
    documents: set[str] = set()
    for claim in load_claims(folder):
        file, place = places[claim.id]
        if claim.document.id not in documents:
            documents.add(claim.document.id)
            named = [("source", claim.document.source_id, catalogue.sources)]
            yield from _unknown(file, ("document",), claim.document.id, named)
        yield from _of_claim(claim, file, place, catalogue, editions, areas)


def _of_claim(
    claim: Claim,
    file: Declared,
    place: int,
    catalogue: Catalogue,
    editions: Collection[str],
    areas: Collection[str],
) -> Iterator[CatalogueError]:
    for at, check in enumerate(claim.checks):
        for of, selector in enumerate(check.of):
            named: list[tuple[str, str, Collection[str]]] = [
                ("indicator", selector.indicator, catalogue.indicators),
                ("edition", selector.edition, editions),
                ("area", selector.area, areas),
            ]
            named += [
                (dimension, code, {"*", *catalogue.dimensions.get(dimension, {})})
                for dimension, code in selector.dimensions.items()
                if dimension != "service"
            ]
            yield from _unknown(file, ("claims", place, "checks", at, "of", of), claim.id, named)


def _unknown(
    file: Declared,
    place: tuple[str | int, ...],
    claim: str,
    named: Iterable[tuple[str, str, Collection[str]]],
) -> Iterator[CatalogueError]:
    for kind, name, known in named:
        if name not in known:
            yield file.fault(
                f"{claim} names the {kind} {name!r}, which does not exist", *place, remedy="correct the name"
            )


def register_faults(
    path: Path, catalogue: Catalogue, areas: Collection[str], unpublished: UnpublishedWord
) -> Iterator[JsnaError]:
    """Actions measured by figures that no notebook can publish, and an unknown source or area.

    Args:
        path: The action register.
        catalogue: The catalogue.
        areas: Codes of the areas.
        unpublished: A word of a figure id that no id can have.

    Raises:
        CatalogueError: The register is malformed.
    """
    register = load_register(path)
    file = Declared(path)
    if register.source_id not in catalogue.sources:
        yield file.fault(
            f"the register names the source {register.source_id!r}, which does not exist",
            "source_id",
            expected="an id of data/catalogue/sources.yaml",
        )
    if register.area not in areas:
        yield file.fault(
            f"area {register.area} is unknown", "area", expected="a code of data/areas/areas.csv"
        )
    for t, theme in enumerate(register.themes):
        for a, action in enumerate(theme.actions):
            where = file.where("themes", t, "actions", a, "measured_by")
            yield from _unpublished(action.measured_by, where, unpublished)
            if action.searched and action.searched not in catalogue.searches:
                yield file.fault(
                    f"action {action.id} names the search {action.searched!r}, which is not recorded",
                    *("themes", t, "actions", a, "searched"),
                    expected="an id of data/catalogue/searches.yaml",
                    remedy="correct the name, or record the search",
                )


def finding_faults(path: Path, unpublished: UnpublishedWord) -> Iterator[JsnaError]:
    """Key findings that name figures no notebook can publish.

    Args:
        path: ``findings.yaml`` of the catalogue.
        unpublished: A word of a figure id that no id can have.

    Raises:
        CatalogueError: The file is malformed.
    """
    file = Declared(path)
    for place, finding in enumerate(file.as_model(FindingFile).root):
        yield from _unpublished(finding.evidence, file.where(place, "evidence"), unpublished)
        answer = [finding.answer_figure] if finding.answer_figure else []
        yield from _unpublished(answer, file.where(place, "answer_figure"), unpublished)


def crosswalk_faults(
    path: Path,
    catalogue: Catalogue,
    unpublished: UnpublishedWord,
    book: Book,
    extracts: Collection[str],
) -> Iterator[JsnaError]:
    """Subjects of the inspection crosswalk that name what does not exist.

    Args:
        path: ``inspection.yaml`` of the catalogue; a project need not have it.
        catalogue: The catalogue.
        unpublished: A word of a figure id that no id can have.
        book: The book, for its chapters.
        extracts: Stems of the council's extracts.

    Raises:
        CatalogueError: The file is malformed.
    """
    if not path.is_file():
        return
    crosswalk, file, chapters = load_crosswalk(path), Declared(path), chapter_ids(book)
    if crosswalk.source not in catalogue.sources:
        yield file.fault(
            f"the crosswalk names the source {crosswalk.source!r}, which does not exist",
            "source",
            expected="an id of data/catalogue/sources.yaml",
        )
    for place, subject in enumerate(crosswalk.subjects):
        yield from _unpublished(subject.figures, file.where("subjects", place, "figures"), unpublished)
        named: tuple[tuple[str, str, Sequence[str], Collection[str]], ...] = (
            ("chapters", "chapter", subject.chapters, chapters),
            ("extract", "extract", [subject.extract], {"", *extracts}),
            ("searched", "search", [subject.searched], {"", *catalogue.searches}),
        )
        for key, kind, names, known in named:
            for name in names:
                if name not in known:
                    yield file.fault(
                        f"subject {subject.id} names the {kind} {name!r}, which does not exist",
                        *("subjects", place, key),
                        expected="one of " + ", ".join(sorted(filter(None, known))),
                        remedy="correct the name",
                    )


def _unpublished(names: Iterable[str], where: str, unpublished: Callable[[str], str]) -> Iterator[JsnaError]:
    for name in names:
        if word := unpublished(name):
            yield no_such_figure(name, word, where)
