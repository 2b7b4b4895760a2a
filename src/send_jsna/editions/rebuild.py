"""Rebuilding an edition from publishers' files, or proving that a released one is what they give."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from send_jsna.catalogue.loading import load_catalogue
from send_jsna.catalogue.yaml_file import Declared
from send_jsna.editions.authorities import is_companion
from send_jsna.editions.build_file import load_build_file
from send_jsna.editions.edition_files import (
    BUILD,
    CARD,
    LOCK,
    SOURCES,
    EditionCard,
    is_unbuilt,
    locked_names,
    released_editions,
    render_lock,
    render_sources,
)
from send_jsna.editions.from_files import build_data_sets
from send_jsna.editions.supply import undeclared_in
from send_jsna.errors import DataError, UnknownEditionError
from send_jsna.files import is_name, sync_tree

#: One folder with publishers' files, or several, of which the first that has a file counts.
Folders = Path | Sequence[Path]


def rebuild(
    edition_id: str, folders: Folders, target: Path, *, data: Path, replace: bool = False
) -> list[str]:
    """Make an edition's files from the publishers' files, whole or not at all.

    Args:
        edition_id: Edition id; ``edition.yaml`` and ``build.yaml`` of its folder in ``data`` say what it is
            and of what it is made.
        folders: Folder with the publishers' files, or several.
        target: The edition's folder; made where it is missing.
        data: The project's declared data.
        replace: Whether files that differ from a locked edition in ``target`` may be replaced. A released
            edition is never changed; this is for one that is being made.

    Returns:
        What the maintainer should know of it, one sentence each.

    Raises:
        UnknownEditionError: The edition's card or its ``build.yaml`` is missing.
        CatalogueError: One of them, or another declared file, is malformed, or an observation is not as the
            catalogue declares it.
        DataError: A publisher file is missing or malformed, a locked edition would be changed, or the folder
            contains a file that is not the edition's.
    """
    files, notes = _made(edition_id, folders, data)
    if not replace and not is_unbuilt(target):
        differing = differences(files, target)
        if differing:
            state = "locked" if (target / LOCK).is_file() else "there without its lock"
            raise DataError(
                f"the edition is {state} and would change: {differing[0]}",
                where=target,
                expected="the same files",
                remedy="release the new figures under a new edition id, or pass --replace while this one is"
                " still being made",
            )
        return [*notes, "the locked edition is the same"]
    _refuse_strangers(target, files)
    _lay_down(target, files)
    return notes


def check(edition_id: str, folders: Folders, editions: Path, *, data: Path) -> list[str]:
    """Rebuild an edition in memory and compare it with the committed one, byte for byte.

    Returns:
        One sentence for each file that differs; an empty list where the edition is proved equal.

    Raises:
        JsnaError: As :func:`rebuild`.
    """
    files, _ = _made(edition_id, folders, data)
    return differences(files, editions / edition_id)


def differences(files: Mapping[str, bytes], folder: Path) -> list[str]:
    """How a folder differs from the files that should be in it."""
    found = []
    for name, content in sorted(files.items()):
        path = folder / name
        if not path.is_file():
            found.append(f"{name} is missing")
        elif path.read_bytes() != content:
            found.append(f"{name} differs")
    present = {path.name for path in folder.iterdir() if path.is_file()} if folder.is_dir() else set()
    return found + [f"{name} should not be there" for name in sorted(present - {BUILD} - set(files))]


def _made(edition_id: str, folders: Folders, data: Path) -> tuple[dict[str, bytes], list[str]]:
    """All files of an edition, its lock among them, and notes on how they were made."""
    card_path = data / "editions" / edition_id / CARD
    if not is_name(edition_id) or not card_path.is_file():
        raise UnknownEditionError(
            f"no edition {edition_id[:60]!r} can be built: {CARD} is missing",
            where=data / "editions",
            expected="one of "
            + ", ".join(sorted(path.parent.name for path in data.glob(f"editions/*/{BUILD}"))),
            remedy=f"write {CARD} and {BUILD} in its folder: docs/editions.md says how",
        )
    card = read_card(card_path, edition_id, data / "editions")
    catalogue = load_catalogue(data / "catalogue")
    build_file = load_build_file(card_path.parent, catalogue, extends=card.extends)
    given = [folders] if isinstance(folders, Path) else folders
    built = build_data_sets(card, build_file, given, data=data, catalogue=catalogue)
    for undeclared in undeclared_in(catalogue, built.files):
        raise undeclared.error
    files = {**built.files, CARD: card_path.read_bytes(), SOURCES: render_sources(built.sources)}
    files[LOCK] = render_lock(files)
    return files, built.notes


def read_card(path: Path, edition_id: str, editions: Path) -> EditionCard:
    """The card of an edition that is built here.

    Args:
        path: Its ``edition.yaml``.
        edition_id: The edition.
        editions: Folder of the editions.

    Raises:
        CatalogueError: It is malformed, is another edition's, or names none or several areas, or an edition
            before it that does not exist.
    """
    file = Declared(path)
    card = file.as_model(EditionCard)
    if card.id != edition_id:
        raise file.fault(f"the edition's id is {card.id!r}", "id", expected=repr(edition_id))
    if len(card.areas) != 1:
        raise file.fault(
            f"the edition has {len(card.areas)} areas",
            "areas",
            expected="one: an edition is built for one area and its comparators",
            remedy="make an edition for each area",
        )
    before = [name for name in released_editions(editions) if not is_companion(name)]
    for key, name in (("previous", card.previous), ("extends", card.extends)):
        if name and name not in before:
            raise file.fault(
                f"there is no edition {name!r}",
                key,
                expected="one of " + ", ".join(other for other in before if other != edition_id),
                remedy="correct the id" + (", or write null" if key == "previous" else ""),
            )
    return card


def _refuse_strangers(target: Path, files: Mapping[str, bytes]) -> None:
    """Refuse to make an edition in a folder that has other files: they would be lost."""
    if not target.is_dir():
        return
    own = {BUILD, *files, *locked_names(target)}
    strangers = sorted(path.name for path in target.iterdir() if path.name not in own)
    if strangers:
        raise DataError(
            f"{strangers[0]} is no file of the edition",
            where=target,
            expected=f"{CARD} and {BUILD}, and what was built before",
            remedy="move it somewhere else",
        )


def _lay_down(target: Path, files: Mapping[str, bytes]) -> None:
    """Put the edition's folder in place whole; if that fails, the earlier folder is put back."""
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".making-", dir=target.parent))
    new, old = scratch / "new", scratch / "old"
    try:
        new.mkdir()
        for name, content in files.items():
            (new / name).write_bytes(content)
        if (target / BUILD).is_file():
            shutil.copyfile(target / BUILD, new / BUILD)
        sync_tree(new)
        if target.exists():
            target.rename(old)
        new.rename(target)
    finally:
        if old.exists() and not target.exists():
            old.rename(target)
        shutil.rmtree(scratch, ignore_errors=True)
