"""Publisher files that somebody downloaded by hand into a folder.

Council networks often block downloads, and some publishers only offer a page with a button. A file is found
by the name it is published under, wherever in the folder it lies, packed with gzip or not.
"""

from __future__ import annotations

import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

from send_jsna.errors import DataError
from send_jsna.sources.common import sha256_of
from send_jsna.sources.context import SourceFiles

if TYPE_CHECKING:
    from send_jsna.catalogue import Source


class Mirror:
    """A folder of downloads, listed once.

    Args:
        folder: The folder.

    Raises:
        DataError: There is no such folder, or no file in it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if not folder.is_dir():
            raise DataError(
                "there is no such folder",
                where=folder,
                expected="a folder with publishers' files",
                remedy="pass its path with --mirror",
            )
        self._files = {
            path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()
        }
        if not self._files:
            raise DataError("the folder is empty", where=folder, expected="publishers' files")

    def find(self, source: Source) -> SourceFiles | None:
        """The files of a source; None where the folder holds none.

        Raises:
            DataError: Two different files go by one name.
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
        names = {resource: path.name for resource, path in paths.items()}
        return SourceFiles(source.id, paths, source.columns, names, source.table)

    def _named(self, name: str) -> Path | None:
        """The file of a catalogue's name: at its place, else by its name alone anywhere in the folder."""
        name = _plain(name).removeprefix("publisher/")
        for form in (name, f"{name}.gz"):
            if form in self._files:
                return self._files[form]
        found = [path for path in self._files.values() if _plain(path.name) == Path(name).name]
        if len({sha256_of(path) for path in found}) > 1:
            raise DataError(
                f"{len(found)} different files are called {Path(name).name}",
                where=f"{found[0]} and {found[1]}",
                expected="one",
                remedy=f"keep the newest, or put it at {name} in the folder",
            )
        return found[0] if found else None


def _plain(name: str) -> str:
    return name.removesuffix(".gz")
