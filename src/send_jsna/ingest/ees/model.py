"""What the Explore Education Statistics API answers: its documents as records.

Field names and their meaning are those of version 1 of the API's OpenAPI document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from send_jsna.errors import FetchError

#: Names a message lists at most.
_TOLD = 20


class Document(BaseModel):
    """A document of the API; fields that are not needed here are left out."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)


class Paging(Document):
    """Which page of how many."""

    page: int
    total_results: int
    total_pages: int


class Publication(Document):
    """A publication: a series of releases, with the data sets of the newest."""

    id: str
    title: str
    slug: str
    last_published: datetime | None = None


class LatestVersion(Document):
    """The newest version of a data set, in short."""

    version: str
    published: datetime | None = None


class DataSet(Document):
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


class Version(Document):
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


class Option(Document):
    """A value a filter or a location can take."""

    id: str
    label: str = Field(validation_alias=AliasChoices("label", "name"))
    code: str = ""
    old_code: str = ""
    urn: str = ""
    la_estab: str = ""
    ukprn: str = ""


class Filter(Document):
    """A column that breaks the figures down."""

    id: str
    column: str
    label: str
    options: tuple[Option, ...]


class Indicator(Document):
    """A column of figures."""

    id: str
    column: str
    label: str


class Level(Document):
    """A geographic level."""

    code: str
    label: str = ""


class Locations(Document):
    """The locations of a level."""

    level: Level
    options: tuple[Option, ...]


class Meta(Document):
    """What the columns and values of a data set are called, by the ids that queries use."""

    filters: tuple[Filter, ...]
    indicators: tuple[Indicator, ...]
    geographic_levels: tuple[Level, ...]
    locations: tuple[Locations, ...]

    def option_ids(self, column: str, labels: Sequence[str]) -> list[str]:
        """Ids of a filter's options by their labels, for a query.

        Raises:
            FetchError: There is no such filter or option; the message lists those there are.
        """
        found = next((one for one in self.filters if one.column == column), None)
        if found is None:
            names = ", ".join(one.column for one in self.filters)
            raise FetchError(f"no filter {column!r}", expected=f"one of {names}", status=404)
        ids = {option.label: option.id for option in found.options}
        missing = [label for label in labels if label not in ids]
        if missing:
            raise FetchError(
                f"no option {missing[0]!r} of filter {column!r}",
                expected="one of " + ", ".join(list(ids)[:_TOLD]),
                remedy="if the publisher renamed it, rename it in the catalogue",
                status=404,
            )
        return [ids[label] for label in labels]


class QueryPage(Document):
    """A page of a query's results.

    Attributes:
        results: Rows: time period, level, locations, filters and values, by id.
        warnings: What the API says of the query: ids that it does not know, or that there are no results.
    """

    paging: Paging
    results: list[dict[str, Any]]
    warnings: list[dict[str, Any]]

    @property
    def is_empty(self) -> bool:
        """Whether the whole query has no results."""
        return self.paging.total_results == 0

    def notes(self) -> tuple[str, ...]:
        """The warnings as sentences."""
        return tuple(_warning(one) for one in self.warnings)


def _warning(warning: Mapping[str, Any]) -> str:
    detail = warning.get("detail")
    items = detail.get("items") if isinstance(detail, dict) else None
    named = f": {', '.join(str(item) for item in items[:_TOLD])}" if items else ""
    where = f" ({warning['path']})" if warning.get("path") else ""
    return f"{warning.get('code', 'warning')}: {warning.get('message', '')}{named}{where}"
