"""Publisher files that were downloaded by hand into a folder.

Council networks often block downloads, and some publishers only offer a page with a button. A file is found
by the name it is published under, wherever in the folder it lies, packed with gzip or not. Links are
followed only within the folder. Several folders are looked at together, the first of them first.
"""

from __future__ import annotations

import fnmatch
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from send_jsna.errors import DataError
from send_jsna.ingest.cell_text import published_sha256
from send_jsna.ingest.source_files import SourceFiles

if TYPE_CHECKING:
    from send_jsna.catalogue.schema import Source

log = logging.getLogger("send_jsna")


class Mirror:
    """Folders of downloads, each listed once.

    Args:
        folders: The folders, at least one.

    Raises:
        DataError: One of them does not exist, or there is no file in any.
    """

    def __init__(self, *folders: Path) -> None:
        self.folder = folders[0]
        self._files: dict[str, Path] = {}
        #: The same files by their place from the folder above, as the catalogue may name them.
        self._places: dict[str, Path] = {}
        #: Links that lead out of the folder: what they lead to was not put there to be read.
        self._leading_out: set[Path] = set()
        for folder in folders:
            self._list(folder)
        if not self._files:
            raise DataError("the folder is empty", where=self.folder, expected="publishers' files")

    def _list(self, folder: Path) -> None:
        """List a folder's files; those of one that was listed before come first."""
        if not folder.is_dir():
            raise DataError(
                "there is no such folder",
                where=folder,
                expected="a folder with publishers' files",
                remedy="pass its path with --mirror",
            )
        inside = folder.resolve()
        for path in sorted(folder.rglob("*")):
            leads_out = path.is_symlink() and not _leads_into(path, inside)
            if leads_out:
                self._leading_out.add(path)
                log.warning("%s: a link that leads out of the folder is not followed", path)
            if leads_out or _is_file(path):
                place = path.relative_to(folder).as_posix()
                self._files.setdefault(place, path)
                self._places.setdefault(f"{inside.name}/{place}", path)

    def find(self, source: Source) -> SourceFiles | None:
        """The files of a source; None where the folder has none.

        Raises:
            DataError: Two different files go by one name, or one is a link that leads out of the folder.
        """
        wanted = {"main": source.file, **source.companions} if source.file else {}
        plain = [pattern for pattern in source.mirror if "*" not in pattern]
        if not source.file and plain:
            wanted["main"] = next((name for name in plain if self._named(name)), plain[0])
        paths = {
            resource: path for resource, name in wanted.items() if (path := self._named(name)) is not None
        }
        for pattern in (pattern for pattern in source.mirror if "*" in pattern):
            for name, path in self._files.items():
                if fnmatch.fnmatch(_plain(Path(name).name), pattern):
                    paths.setdefault(_plain(Path(name).name), path)
        if not paths or ("main" in wanted and "main" not in paths):
            return None
        self._refuse_links(list(paths.values()))
        names = {resource: path.name for resource, path in paths.items()}
        return SourceFiles(source.id, paths, source.columns, names, source.table)

    def unread(self, found: Iterable[SourceFiles]) -> list[str]:
        """Files of the folder that are none of these sources', by their place in it."""
        read = {path for files in found for path in files.paths.values()}
        return [
            name
            for name, path in self._files.items()
            if path not in read and not path.name.startswith((".", "_"))
        ]

    def _named(self, name: str) -> Path | None:
        """The file of a catalogue's name: at its place, else by its name alone anywhere in the folder."""
        name = _plain(name)
        for form in (name, f"{name}.gz"):
            if form in self._places:
                return self._places[form]
        name = name.removeprefix("publisher/")
        for form in (name, f"{name}.gz"):
            if form in self._files:
                return self._files[form]
        found = [path for path in self._files.values() if _plain(path.name) == Path(name).name]
        self._refuse_links(found)
        if len({published_sha256(path) for path in found}) > 1:
            raise DataError(
                f"{len(found)} different files are called {Path(name).name}",
                where=f"{found[0]} and {found[1]}",
                expected="one",
                remedy=f"keep the newest, or put it at {name} in the folder",
            )
        return found[0] if found else None

    def _refuse_links(self, paths: list[Path]) -> None:
        for path in paths:
            if path in self._leading_out:
                raise DataError(
                    "it is a link that leads out of the folder",
                    where=path,
                    expected="the file itself",
                    remedy="put a copy of the file in its place",
                )


def _leads_into(path: Path, folder: Path) -> bool:
    try:
        return path.resolve().is_relative_to(folder)
    except (OSError, RuntimeError):  # a link to itself
        return False


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # what may not be looked at is refused when it is opened
        return True


def _plain(name: str) -> str:
    return name.removesuffix(".gz")
