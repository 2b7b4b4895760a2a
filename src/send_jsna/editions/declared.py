"""What is declared of editions and of their known errors, against the catalogue and the areas."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from send_jsna.catalogue.areas import Areas
from send_jsna.catalogue.schema import Catalogue
from send_jsna.catalogue.yaml_file import Declared
from send_jsna.editions.build_file import BuildFile, load_build_file, named_sources
from send_jsna.editions.corrections import load_corrections
from send_jsna.editions.edition import Edition, load_edition
from send_jsna.editions.edition_files import BUILD, CARD, EditionCard, is_unbuilt, released_editions
from send_jsna.editions.rebuild import read_card
from send_jsna.errors import CatalogueError, JsnaError


def open_built(editions: Path) -> tuple[list[Edition], list[JsnaError]]:
    """The editions that are built, and why those cannot be read that cannot."""
    found: list[Edition] = []
    faults: list[JsnaError] = []
    for name in released_editions(editions):
        try:
            found.append(load_edition(editions, name))
        except JsnaError as error:
            faults.append(error)
    return found, faults


def edition_faults(editions: Path, catalogue: Catalogue, areas: Areas) -> Iterator[JsnaError]:
    """What is wrong with ``edition.yaml`` and ``build.yaml`` of each edition, built or not.

    Args:
        editions: Folder of the editions.
        catalogue: The catalogue.
        areas: The areas.
    """
    known = {area.code for area in areas}
    for folder in sorted(path for path in editions.iterdir() if path.is_dir() and path.name[0] != "."):
        if not (folder / CARD).is_file():
            yield CatalogueError(
                f"the edition {folder.name} has no {CARD}",
                where=folder,
                expected=f"{CARD} and {BUILD}",
                remedy="write it (docs/editions.md says how), or remove the folder",
            )
            continue
        try:
            card = _card(folder, editions)
        except JsnaError as error:
            yield error
            continue
        file = Declared(folder / CARD)
        for place, code in enumerate(card.areas):
            if code not in known:
                yield file.fault(
                    f"area {code} is unknown", "areas", place, expected="a code of data/areas/areas.csv"
                )
        if not (areas.folder / f"neighbours-{card.neighbours}.csv").is_file():
            lists = sorted(path.stem.partition("-")[2] for path in areas.folder.glob("neighbours-*.csv"))
            yield file.fault(
                f"there is no list of neighbours {card.neighbours!r}",
                "neighbours",
                expected="one of " + ", ".join(lists),
                remedy="correct it, or add the list with jsna catalogue neighbours",
            )
        try:
            load_build_file(folder, catalogue, extends=card.extends)
        except JsnaError as error:
            yield error


def unread_sources(editions: Path, catalogue: Catalogue, elsewhere: Collection[str]) -> Iterator[JsnaError]:
    """Sources that indicators name and nothing reads: they have no reader, and no edition reads a document.

    Args:
        editions: Folder of the editions.
        catalogue: The catalogue.
        elsewhere: Sources of the council's extracts and survey, which are read in a run.

    Raises:
        CatalogueError: A ``build.yaml`` is malformed.
    """
    read = set(elsewhere)
    for path in sorted(editions.glob(f"*/{BUILD}")):
        read |= {name for _, name in named_sources(Declared(path).as_model(BuildFile))}
    named = {name for indicator in catalogue.indicators.values() for name in indicator.sources}
    for name, source in catalogue.sources.items():
        if name in named and not source.reader and name not in read:
            yield CatalogueError(
                f"nothing reads the source {name!r}: it has no reader, and no edition is made of it",
                where=catalogue.where("sources", name),
                expected="a `reader`, or its id under `documents` or `digest` of a build.yaml",
                remedy="name the module that reads it (docs/live-data.md)",
            )


def _card(folder: Path, editions: Path) -> EditionCard:
    """An edition's card; that of one still to be built as it is read when it is built."""
    if is_unbuilt(folder):
        return read_card(folder / CARD, folder.name, editions)
    return Declared(folder / CARD).as_model(EditionCard)


def correction_faults(
    folder: Path, editions: Path, catalogue: Catalogue, areas: Areas
) -> Iterator[JsnaError]:
    """Records of known errors that name an edition, an indicator, an area or a code that does not exist.

    Args:
        folder: ``data/corrections``.
        editions: Folder of the editions.
        catalogue: The catalogue.
        areas: The areas.
    """
    known = {"all", *(area.code for area in areas)}
    for path in sorted(folder.rglob("*.yaml")):
        if not (editions / path.stem / CARD).is_file():
            yield CatalogueError(
                f"no edition {path.stem!r}, whose known errors these are",
                where=path,
                expected="the name of an edition",
                remedy="rename the file after the edition",
            )
        try:
            records = load_corrections(path)
        except JsnaError as error:
            yield error
            continue
        for record in records:
            one = record.correction
            named = [("indicator", one.indicator, catalogue.indicators), ("area", one.area, known)]
            named += [
                (dimension, code, {"", *catalogue.dimensions.get(dimension, {})})
                for dimension, code in one.breakdown.items()
                if dimension != "service"
            ]
            for kind, name, allowed in named:
                if name not in allowed:
                    yield CatalogueError(
                        f"the correction of {one.indicator} names the {kind} {name!r}, which does not exist",
                        where=record.where,
                        remedy="correct the name, or remove the record",
                    )
