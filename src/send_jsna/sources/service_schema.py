"""What is read of an Open Referral UK page of services, and the vocabulary its attributes use."""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from send_jsna.pages import checked

_NO_PROVIDER = "Not named in the documents"
_AREA_CODE = re.compile(r"[EWSN]\d{8}")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class VocabularyTerm(_Strict):
    """A taxonomy term of the standard."""

    id: str
    taxonomy: str
    term: str
    name: str = ""
    description: str = ""
    parent_id: str | None = None
    taxonomy_id: str | None = None
    term_uri: str | None = None


class Attribute(_Strict):
    """A link from a service to a taxonomy term; ``link_type`` says what the term describes."""

    id: str
    link_type: str = ""
    taxonomy_term: VocabularyTerm


class Organization(BaseModel):
    """Who provides a service."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str = Field(min_length=1)
    description: str = ""


class ServiceArea(_Strict):
    """Where a service is offered; ``uri`` ends in the ONS code of the area."""

    id: str
    name: str
    extent: Any = None
    extent_type: str | None = None
    service_area: str | None = None
    uri: str


class Service(_Strict):
    """A service of the standard: the fields this project reads, and those it lets through unread."""

    id: str
    name: str = Field(min_length=1)
    description: str = ""
    url: str | None = None
    email: str | None = None
    status: Literal["active", "inactive", "defunct", "temporarily closed"]
    minimum_age: float | None = Field(default=None, ge=0)
    maximum_age: float | None = Field(default=None, ge=0)
    organization: Organization
    service_areas: tuple[ServiceArea, ...] = Field(min_length=1)
    attributes: tuple[Attribute, ...]
    fees: Any = None
    accreditations: Any = None
    assured_date: Any = None
    assurer_email: Any = None
    alert: Any = None
    last_modified: Any = None
    schedules: Any = None
    service_at_locations: Any = None
    languages: Any = None
    funding: Any = None
    cost_options: Any = None
    contacts: Any = None

    @field_validator("url")
    @classmethod
    def _of_the_web(cls, url: str | None) -> str | None:
        return None if url is None else checked(url)

    @field_validator("service_areas")
    @classmethod
    def _coded(cls, areas: tuple[ServiceArea, ...]) -> tuple[ServiceArea, ...]:
        for area in areas:
            if not _AREA_CODE.fullmatch(area.uri.rsplit("/", 1)[-1]):
                raise ValueError(f"the uri {area.uri!r} of area {area.name} does not end in an ONS code")
        return areas

    @property
    def code(self) -> str:
        """The name as a dimension value: ``speech_and_language_therapy``."""
        return slug(self.name)

    @property
    def area_code(self) -> str:
        """ONS code of the first area it is offered in."""
        return self.service_areas[0].uri.rsplit("/", 1)[-1]

    @property
    def provider(self) -> str | None:
        """Name of the provider, or None where the documents name none."""
        return None if self.organization.name == _NO_PROVIDER else self.organization.name

    def terms(self, link_type: str) -> list[VocabularyTerm]:
        """Its taxonomy terms of one kind of link, in the order of the file."""
        return [a.taxonomy_term for a in self.attributes if a.link_type == link_type]


class Page(_Strict):
    """One page of full services."""

    total_items: int
    total_pages: Literal[1]
    page_number: Literal[1]
    size: int
    first_page: Literal[True]
    last_page: Literal[True]
    empty: bool
    contents: tuple[Service, ...]


class Level(_Strict):
    """Universal, targeted or specialist, with what it means."""

    code: str
    name: str
    definition: str


class Need(_Strict):
    """A kind of need a service can be for; ``particular`` is false where it is no one kind."""

    code: str
    name: str
    particular: bool = True


class AgeGroup(_Strict):
    """A span of ages of the coverage table, both ends included."""

    name: str
    minimum: int
    maximum: int


class Document(_Strict):
    """A document services are named in."""

    source_id: str
    name: str
    period: str


class Vocabulary(_Strict):
    """What directories may say; ``data/services/vocabulary.yaml``."""

    levels: tuple[Level, ...]
    needs: tuple[Need, ...]
    age_groups: tuple[AgeGroup, ...]
    documents: tuple[Document, ...]


class Directory(BaseModel):
    """The services of one area, checked against the vocabulary."""

    model_config = ConfigDict(frozen=True)

    services: tuple[Service, ...]
    vocabulary: Vocabulary


def slug(name: str) -> str:
    """A name as an identifier: lower case, words joined by underscores."""
    return re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")


def ages_in_words(service: Service) -> str:
    """The ages a service is for, such as ``2``, ``2 to 4``, ``16 and over``; empty where none are stated."""
    low, high = service.minimum_age, service.maximum_age
    if low is not None and high is not None:
        return f"{low:g}" if low == high else f"{low:g} to {high:g}"
    if low is not None:
        return f"{low:g} and over"
    return f"up to {high:g}" if high is not None else ""
