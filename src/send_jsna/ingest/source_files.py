"""A source's files: where they are, what their publisher calls their columns, what was left out of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from send_jsna.errors import DataError

if TYPE_CHECKING:
    from send_jsna.catalogue.table_layout import TableLayout
    from send_jsna.ingest.http import Fetched


@dataclass(frozen=True)
class SourceFiles:
    """The files of one source.

    Attributes:
        source_id: Source id.
        paths: Resource → file. A source of one file has the resource ``main``.
        renamed: Column a reader uses → the publisher's present name for it.
        names: Resource → name of the file as published, for messages.
        layout: What is kept of a table the catalogue describes.
        left_out: What the reader left out of the files and why, one sentence each, and whether it was wrong;
            else it was not wanted.
    """

    source_id: str
    paths: Mapping[str, Path]
    renamed: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    layout: TableLayout | None = None
    left_out: dict[str, bool] = field(default_factory=dict, compare=False)

    def leave_out(self, sentence: str, *, is_wrong: bool = True) -> None:
        """State that part of the files was left out, and why; the rest is used.

        The sentence goes into the record of the run. What was wrong is shown beside the source's figures too.
        """
        self.left_out[sentence] = is_wrong

    def path(self, resource: str = "main") -> Path:
        """The file of a resource.

        Raises:
            DataError: It is not among the files.
        """
        if resource not in self.paths:
            raise DataError(
                f"the file {resource!r} of {self.source_id} is missing",
                where=self.source_id,
                expected=f"it beside {', '.join(self.paths) or 'nothing'}",
                remedy=f"fetch the source again: jsna fetch {self.source_id}",
            )
        return self.paths[resource]

    def where(self, resource: str = "main") -> str:
        """Source and file, for messages."""
        path = self.paths.get(resource)
        name = self.names.get(resource) or (path.name if path else resource)
        return f"{self.source_id}, {name}"


@dataclass(frozen=True)
class Download:
    """A file a module fetched.

    Attributes:
        resource: Which of the source's files it is.
        fetched: The bytes, or that they have not changed.
        name: Name of the file as published.
        title: Title as the publisher gives it now; empty where the catalogue's applies.
        version: The publisher's version; empty where there is none.
        published: Day of publication, where the publisher says.
        notes: What a person should know of the fetch, one sentence each.
    """

    resource: str
    fetched: Fetched
    name: str
    title: str = ""
    version: str = ""
    published: date | None = None
    notes: tuple[str, ...] = ()
