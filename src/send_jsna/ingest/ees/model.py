"""What the Explore Education Statistics API answers: its documents as records.

Field names and their meaning are those of version 1 of the API's OpenAPI document.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from send_jsna.errors import FetchError


class ApiDocument(BaseModel):
    """A document of the API; fields that are not needed here are left out."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)


class Paging(ApiDocument):
    """Which page of how many."""

    page: int
    total_results: int
    total_pages: int


class Publication(ApiDocument):
    """A publication: a series of releases, with the data sets of the newest."""

    id: str
    title: str
    slug: str
    last_published: datetime | None = None


class LatestVersion(ApiDocument):
    """The newest version of a data set, in short."""

    version: str
    published: datetime | None = None


class DataSet(ApiDocument):
    """A data set of a publication.

    Attributes:
        notes: What a reader of its figures should know of how it was found.
    """

    id: str
    title: str
    status: str
    superseding_data_set_id: str | None = None
    latest_version: LatestVersion | None = None
    notes: tuple[str, ...] = ()


def version_key(version: str) -> tuple[int, ...]:
    """A version number for comparing: ``2.10`` is above ``2.9``, ``2.1.1`` above ``2.1``.

    Raises:
        FetchError: It is not made of numbers.
    """
    try:
        return tuple(int(part) for part in version.split("."))
    except ValueError as error:
        raise FetchError(f"{version!r} is not a version number", expected="such as 2.1") from error


class Version(ApiDocument):
    """A version of a data set; once published it never changes."""

    version: str
    status: str
    published: datetime | None = None
    total_results: int = 0
    notes: str | None = None

    @property
    def key(self) -> tuple[int, ...]:
        """The version for comparing."""
        return version_key(self.version)
