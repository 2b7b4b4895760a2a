"""Editions: frozen, named sets of observations, each file of which is locked by its SHA-256.

A file that is not the one that was locked, that is missing or that was never locked stops everything: a
figure must not come from a number that was changed by hand.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from send_jsna.catalogue import neighbourhoods
from send_jsna.catalogue.areas import Areas
from send_jsna.catalogue.citations import EditionSource
from send_jsna.catalogue.neighbourhoods import Neighbourhood
from send_jsna.catalogue.yaml_file import Declared
from send_jsna.editions import authorities
from send_jsna.editions.edition_files import (
    CARD,
    FETCHED,
    LOCK,
    SOURCES,
    DatasetFile,
    EditionCard,
    is_unbuilt,
    locked_files,
    read_sources,
    released_editions,
)
from send_jsna.errors import DataError, UnknownEditionError
from send_jsna.files import is_name, sha256

if TYPE_CHECKING:
    from send_jsna.settings import Settings

__all__ = [
    "CARD",
    "LOCK",
    "DatasetFile",
    "Edition",
    "EditionCard",
    "EditionSource",
    "companion",
    "find_edition",
    "load_edition",
]


@dataclass(frozen=True)
class Edition:
    """A loaded edition, whose files have been checked against its lock."""

    card: EditionCard
    folder: Path
    datasets: dict[str, DatasetFile]
    sources: dict[str, EditionSource]
    neighbourhoods: tuple[Neighbourhood, ...] = ()

    @property
    def id(self) -> str:
        """Edition id."""
        return self.card.id

    @property
    def title(self) -> str:
        """Title."""
        return self.card.title

    @property
    def released(self) -> date:
        """Day of release."""
        return self.card.released

    @property
    def areas(self) -> list[str]:
        """ONS codes a report can be built for."""
        return self.card.areas

    @property
    def reportable(self) -> bool:
        """Whether a report can be built from it."""
        return self.card.reportable

    @property
    def corrections(self) -> str:
        """Edition whose correction records apply to it."""
        return self.card.corrections or self.card.id

    @cached_property
    def fetched(self) -> list[dict[str, Any]]:
        """What came of each source, in an edition that was fetched; empty in a released one."""
        path = self.folder / FETCHED
        return list(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else []

    @property
    def previous(self) -> str | None:
        """Edition it is compared with."""
        return self.card.previous

    @property
    def neighbours(self) -> str:
        """Version of the statistical neighbours list."""
        return self.card.neighbours

    @cached_property
    def _rows(self) -> pd.DataFrame:
        return pd.concat([file.read() for file in self.datasets.values()], ignore_index=True)

    def frame(self, areas: Areas) -> pd.DataFrame:
        """The tidy table of all data sets, with the name of each row's area."""
        names = {area.code: area.name for area in areas} | neighbourhoods.names_of(self.neighbourhoods)
        codes = self._rows["area_code"]
        unknown = sorted(set(codes) - set(names))
        if unknown:
            raise DataError(
                f"area {', '.join(unknown)} is unknown",
                where=self.folder,
                expected=f"codes of data/areas/areas.csv or of {neighbourhoods.FILE}",
            )
        return self._rows.assign(area_name=codes.map(names))


def load_edition(editions_folder: Path, edition_id: str) -> Edition:
    """Load an edition, holding each of its files against the lock.

    Raises:
        UnknownEditionError: There is no such edition, or it has not been built yet.
        HashMismatchError: A file is not the one that was locked, is missing, or is not in the lock.
        DataError: A file is malformed.
    """
    folder = editions_folder / edition_id
    if not edition_id or not (folder / CARD).is_file():
        known = released_editions(editions_folder)
        raise UnknownEditionError(
            f"no edition {edition_id!r}",
            where=editions_folder,
            expected="one of " + ", ".join(known)
            if known
            else "an edition's folder with edition.yaml and lock.json",
        )
    if is_unbuilt(folder):
        raise UnknownEditionError(
            f"edition {edition_id!r} has not been built",
            where=folder,
            remedy=f"run jsna edition rebuild {edition_id} --from the folder of the publishers' files",
        )
    contents = locked_files(folder)
    card = Declared(folder / CARD).as_model(EditionCard)
    if card.id != edition_id:
        raise DataError(f"the edition's id is {card.id!r}", where=folder / CARD, expected=repr(edition_id))
    if card.extends:
        authorities.check_companion(card.id, card.extends, folder)
    datasets = {
        Path(name).stem: DatasetFile(folder / name, sha256(content), content)
        for name, content in contents.items()
        if name.endswith(".csv") and name != SOURCES
    }
    places: tuple[Neighbourhood, ...] = ()
    if neighbourhoods.FILE in contents:
        places = neighbourhoods.parse(contents[neighbourhoods.FILE], folder / neighbourhoods.FILE)
    return Edition(card, folder, datasets, read_sources(contents[SOURCES], folder / SOURCES), places)


def find_edition(settings: Settings, edition_id: str) -> Edition:
    """Load a released edition, or one that was made for a run; see :func:`load_edition`."""
    if not is_name(edition_id):
        raise UnknownEditionError(f"no edition {edition_id[:60]!r}", remedy="see jsna edition list")
    is_made = (settings.unreleased / edition_id / CARD).is_file()
    return load_edition(settings.unreleased if is_made else settings.editions, edition_id)


def companion(editions_folder: Path, edition: Edition) -> Edition | None:
    """The locked set of every other authority beside a released edition; None where there is none.

    Raises:
        HashMismatchError: A file of it is not the one that was locked.
        DataError: It extends another edition, or one with other neighbours, whose areas it would repeat.
    """
    name = authorities.companion_of(edition.id)
    if authorities.DATASET in edition.datasets or not (editions_folder / name / CARD).is_file():
        return None
    found = load_edition(editions_folder, name)
    for word, theirs, ours in (
        ("edition", found.card.extends, edition.id),
        ("list of neighbours", found.neighbours, edition.neighbours),
    ):
        if theirs != ours:
            raise DataError(
                f"it was made for the {word} {theirs!r}", where=found.folder / CARD, expected=repr(ours)
            )
    return found
