"""The folders an edition is made from: publishers' files, a council's documents, the digest of figures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from send_jsna.catalogue.schema import Source
from send_jsna.editions.released import digest
from send_jsna.errors import DataError


@dataclass(frozen=True)
class Folder:
    """The folders with what an edition is made from.

    Attributes:
        paths: The folders, of which the first that has a file counts. Publishers' files are in the folder
            ``publisher`` of each, or anywhere in it where it has none; a council's documents are in one of
            them or beside it.
    """

    paths: tuple[Path, ...]

    @property
    def path(self) -> Path:
        """The first of them, which messages name."""
        return self.paths[0]

    @property
    def published(self) -> tuple[Path, ...]:
        """Where the publishers' files are."""
        own = ((path, path / "publisher") for path in self.paths)
        return tuple(inner if inner.is_dir() else path for path, inner in own)

    @property
    def digest(self) -> Path:
        """The folder with the digest of figures; the first where none has it."""
        return next((path for path in self.paths if (path / digest.FILE).is_file()), self.path)

    def document(self, source: Source) -> Path:
        """A council's document.

        Raises:
            DataError: It is neither in a folder nor beside it.
        """
        for folder in self.paths:
            for path in (folder / source.file, folder.parent / source.file):
                if path.is_file():
                    return path
        raise DataError(
            f"the document of {source.id} cannot be read",
            where=self.path,
            expected=f"{source.file} in the folder or beside it",
            remedy="put it there, or take what is made of it out of build.yaml",
        )
