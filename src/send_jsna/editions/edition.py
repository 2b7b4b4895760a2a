"""Editions: frozen, named sets of observations, each file of which is locked by its SHA-256.

A file that is not the one that was locked, that is missing or that nobody locked stops everything: a figure
must not come from a number somebody changed by hand.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from send_jsna.catalogue.areas import Areas
from send_jsna.catalogue.citations import EditionSource
from send_jsna.catalogue.yaml_file import Declared
from send_jsna.editions import authorities
from send_jsna.editions.edition_files import (
    CARD,
    FETCHED,
    LOCK,
    SOURCES,
    DatasetFile,
    EditionCard,
    locked_files,
    read_sources,
    render_lock,
)
from send_jsna.errors import DataError, UnknownEditionError
from send_jsna.files import is_name, sha256, write_whole

if TYPE_CHECKING:
    from send_jsna.settings import Settings

__all__ = [
    "CARD",
    "LOCK",
    "DatasetFile",
    "Edition",
    "EditionCard",
    "EditionSource",
    "check",
    "companion",
    "differences",
    "find_edition",
    "load_edition",
    "rebuild",
]


@dataclass(frozen=True)
class Edition:
    """A loaded edition, whose files have been checked against its lock."""

    card: EditionCard
    folder: Path
    datasets: dict[str, DatasetFile]
    sources: dict[str, EditionSource]

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
        return pd.concat([held.read() for held in self.datasets.values()], ignore_index=True)

    def frame(self, areas: Areas) -> pd.DataFrame:
        """The tidy table of all data sets, with the name of each row's area."""
        names = {area.code: area.name for area in areas}
        codes = self._rows["area_code"]
        unknown = sorted(set(codes) - set(names))
        if unknown:
            raise DataError(
                f"area {', '.join(unknown)} is unknown",
                where=self.folder,
                expected="codes of data/areas/areas.csv",
            )
        return self._rows.assign(area_name=codes.map(names))


def load_edition(editions_folder: Path, edition_id: str) -> Edition:
    """Load an edition, holding each of its files against the lock.

    Raises:
        UnknownEditionError: There is no such edition.
        HashMismatchError: A file is not the one that was locked, is missing, or is not in the lock.
        DataError: A file is malformed.
    """
    folder = editions_folder / edition_id
    if not edition_id or not (folder / CARD).is_file():
        held = sorted(path.parent.name for path in editions_folder.glob(f"*/{CARD}"))
        raise UnknownEditionError(
            f"no edition {edition_id!r}",
            where=editions_folder,
            expected="one of " + ", ".join(held)
            if held
            else "an edition's folder with edition.yaml and lock.json",
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
    return Edition(card, folder, datasets, read_sources(contents[SOURCES], folder / SOURCES))


def find_edition(settings: Settings, edition_id: str) -> Edition:
    """Load a released edition, or one that was made for a run; see :func:`load_edition`."""
    if not is_name(edition_id):
        raise UnknownEditionError(f"no edition {edition_id[:60]!r}", remedy="see jsna edition list")
    is_made = (settings.unreleased / edition_id / CARD).is_file()
    return load_edition(settings.unreleased if is_made else settings.editions, edition_id)


def companion(editions_folder: Path, edition: Edition) -> Edition | None:
    """The locked set of every other authority that stands beside a released edition; None where none does.

    Raises:
        HashMismatchError: A file of it is not the one that was locked.
        DataError: It extends another edition, or one with other neighbours, whose areas it would hold twice.
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


def rebuild(
    edition_id: str,
    shared: Path,
    target: Path,
    *,
    data: Path | None = None,
    replace: bool = False,
) -> list[str]:
    """Make an edition's files from the maintainers' copies of the publishers' files.

    Args:
        edition_id: Edition id.
        shared: Folder that holds ``figures.csv`` and ``publisher``.
        target: The edition's folder; made where it is missing.
        data: The project's declared data; by default that of the checkout.
        replace: Whether files that differ from a locked edition in ``target`` may be replaced. A released
            edition is never changed; this is for one that is being made.

    Returns:
        What the maintainer should know of it, one sentence each.

    Raises:
        DataError: A publisher file is missing or malformed, or a locked edition would be changed.
    """
    files, notes = _made(edition_id, shared, data)
    if (target / LOCK).is_file() and not replace:
        differing = differences(files, target)
        if differing:
            raise DataError(
                f"the edition is locked and would change: {differing[0]}",
                where=target,
                expected="the same files",
                remedy="release the new figures under a new edition id",
            )
        return [*notes, "the locked edition is the same"]
    target.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        write_whole(target / name, content)
    for path in target.iterdir():
        if path.is_file() and path.name not in files:
            path.unlink()
    return notes


def check(edition_id: str, shared: Path, editions: Path, *, data: Path | None = None) -> list[str]:
    """Rebuild an edition in memory and compare it with the committed one, byte for byte.

    Returns:
        One sentence for each file that differs; an empty list where the edition is proved equal.
    """
    files, _ = _made(edition_id, shared, data)
    return differences(files, editions / edition_id)


def differences(files: dict[str, bytes], folder: Path) -> list[str]:
    """How a folder differs from the files that should stand in it."""
    found = []
    for name, content in sorted(files.items()):
        path = folder / name
        if not path.is_file():
            found.append(f"{name} is missing")
        elif path.read_bytes() != content:
            found.append(f"{name} differs")
    present = {path.name for path in folder.iterdir() if path.is_file()} if folder.is_dir() else set()
    return found + [f"{name} should not be there" for name in sorted(present - set(files))]


def _made(edition_id: str, shared: Path, data: Path | None) -> tuple[dict[str, bytes], list[str]]:
    """All files of an edition, its lock among them, and the maker's notes."""
    from send_jsna.catalogue.schema import load_catalogue
    from send_jsna.editions import build
    from send_jsna.settings import get_settings

    data = data or get_settings().data
    card_path = data / "editions" / edition_id / CARD
    if edition_id not in build.BUILDERS or not card_path.is_file():
        raise UnknownEditionError(
            f"no edition {edition_id!r} can be built",
            where=data / "editions",
            expected="one of " + ", ".join(build.BUILDERS),
        )
    card = Declared(card_path).as_model(EditionCard)
    catalogue = load_catalogue(data / "catalogue")
    built = build.build(
        edition_id, shared, subject=card.areas[0], neighbours=card.neighbours, data=data, catalogue=catalogue
    )
    files = {
        **built.files,
        CARD: card_path.read_bytes(),
        SOURCES: build.render_sources(built.sources, catalogue, shared),
    }
    files[LOCK] = render_lock(files)
    return files, built.notes
