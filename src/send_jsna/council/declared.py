"""What is declared of the council's extracts and published findings, against the catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from send_jsna.catalogue.schema import Catalogue
from send_jsna.catalogue.yaml_file import Declared
from send_jsna.council import survey
from send_jsna.council.extract import Extract
from send_jsna.council.extracts import FILE, load_extracts
from send_jsna.council.findings import load_findings
from send_jsna.errors import CatalogueError


def made_of_extracts(data_folder: Path) -> set[str]:
    """Every indicator that the council's survey and extracts give."""
    extracts = load_extracts(data_folder)
    return {*survey.INDICATORS, *(name for extract in extracts for name in extract.indicators)}


def sources_of_extracts(data_folder: Path) -> set[str]:
    """The sources of the council's survey and extracts."""
    return {survey.SOURCE_ID, *(extract.source_id for extract in load_extracts(data_folder))}


def extract_faults(catalogue: Catalogue, data_folder: Path) -> Iterator[CatalogueError]:
    """What the extracts become and the catalogue does not declare, and the other way round.

    Args:
        catalogue: The catalogue.
        data_folder: The project's ``data`` folder.

    Raises:
        CatalogueError: The declaration of the extracts is malformed.
    """
    extracts = load_extracts(data_folder)
    file = Declared(data_folder / FILE)
    for place, extract in enumerate(extracts):
        yield from _of_extract(catalogue, extract, file.where(place))
    made = {extract.dataset: extract for extract in extracts}
    for name, indicator in catalogue.indicators.items():
        extract_of = made.get(indicator.dataset)
        if extract_of is not None and name not in extract_of.indicators:
            yield CatalogueError(
                f"the extract {extract_of.stem} does not become indicator {name!r}",
                where=catalogue.where("indicators", name),
                expected="one of " + ", ".join(extract_of.indicators),
                remedy="add it to the extract in data/catalogue/extracts.yaml, or remove the indicator",
            )


def _of_extract(catalogue: Catalogue, extract: Extract, where: str) -> Iterator[CatalogueError]:
    if extract.source_id not in catalogue.sources:
        yield CatalogueError(
            f"the source {extract.source_id!r} of the extract {extract.stem} is not declared",
            where=where,
            expected="an entry of data/catalogue/sources.yaml",
            remedy="declare it",
        )
    for name, unit in extract.indicators.items():
        declared = catalogue.indicators.get(name)
        found = (declared.dataset, declared.unit, declared.sources) if declared else None
        expected = (extract.dataset, unit, [extract.source_id])
        if found is None:
            yield CatalogueError(
                f"indicator {name!r} of the extract {extract.stem} is not declared",
                where=where,
                expected="an entry of data/catalogue/indicators.yaml",
                remedy="declare it, or correct the name",
            )
        elif found != expected:
            yield CatalogueError(
                f"indicator {name!r} of the extract {extract.stem} is declared otherwise",
                where=catalogue.where("indicators", name),
                expected=f"data set {extract.dataset}, unit {unit}, sources [{extract.source_id}]",
                remedy="correct the indicator",
            )


def voice_faults(data_folder: Path, catalogue: Catalogue) -> Iterator[CatalogueError]:
    """Published findings of documents that are no declared source.

    Args:
        data_folder: The project's ``data`` folder.
        catalogue: The catalogue.

    Raises:
        CatalogueError: The file of the findings is malformed.
    """
    path = data_folder / "council" / "voice-findings.yaml"
    file = Declared(path)
    for place, document in enumerate(load_findings(path).documents):
        if document.source_id not in catalogue.sources:
            yield file.fault(
                f"the source {document.source_id!r} does not exist",
                *("documents", place, "source_id"),
                expected="an id of data/catalogue/sources.yaml",
                remedy="correct the name, or declare the source",
            )


def extract_titles(data_folder: Path) -> dict[str, str]:
    """What each extract a council can supply is called, by its stem."""
    return {extract.stem: extract.title for extract in load_extracts(data_folder)}
