"""What is known of publication: the newest release of each source, and what was searched for and where.

That something is not published is a claim like any other. A text may make it only where a record of
``searches.yaml`` says where it was looked for, when, and that nothing was found. ``releases.yaml`` says what
is published that an edition may not have yet.
"""

from __future__ import annotations

from datetime import date

from pydantic import Field, field_validator, model_validator

from send_jsna.catalogue.entry import Entry, Id
from send_jsna.catalogue.periods import parse_period
from send_jsna.errors import DataError
from send_jsna.pages import checked


class Release(Entry):
    """The newest release that is known of some sources."""

    id: Id = Field(description="identifies the release's publication")
    sources: list[Id] = Field(default=[], description="sources it is the newest release of")
    indicators: list[Id] = Field(
        default=[], description="indicators it has newer figures of, where another source supplies them"
    )
    title: str = Field(description="the newest release, as its publisher names it")
    covers: str = Field(description="newest period its figures are known to reach")
    published: date | None = Field(
        default=None,
        description="day it came out; the last day of the month or year where only that is known",
    )
    where: str = Field(description="address of the page where it was seen")
    looked: date = Field(description="day it was last looked for")
    due: date | None = Field(
        default=None, description="day the next is due, by the same rule; empty where it is not known"
    )
    note: str = Field(default="", description="what else is to be known of it, in a sentence")

    @field_validator("where")
    @classmethod
    def _of_the_web(cls, where: str) -> str:
        return checked(where)

    @field_validator("covers")
    @classmethod
    def _is_a_period(cls, covers: str) -> str:
        try:
            parse_period(covers)
        except DataError as error:
            raise ValueError(str(error)) from error
        return covers

    @model_validator(mode="after")
    def _is_of_something(self) -> Release:
        if not self.sources and not self.indicators:
            raise ValueError(f"{self.id} names neither sources nor indicators")
        return self

    @property
    def ends(self) -> date:
        """Last day of the newest period it covers."""
        return parse_period(self.covers).end


class PlaceSearched(Entry):
    """One place where something was looked for."""

    where: str = Field(description="what was searched: a page, a catalogue, a list of files")
    url: str = Field(default="", description="its address")
    when: date = Field(description="day of the search")
    found: str = Field(default="", description="what was found; empty where nothing was")

    @field_validator("url")
    @classmethod
    def _of_the_web(cls, url: str) -> str:
        return checked(url)


class Search(Entry):
    """A search for something that the report lacks."""

    id: Id = Field(description="identifies the search; a text links to it as `#searched-ID`")
    what: str = Field(description="what was looked for, of whom and for which areas")
    area: str = Field(default="", description="code of the one area it is about; empty where it is about all")
    searched: list[PlaceSearched] = Field(
        min_length=1, description="where it was looked for, when, and what was found"
    )
    sources: list[Id] = Field(default=[], description="declared sources that bring it, once fetched")

    @property
    def found(self) -> list[str]:
        """What was found, place by place; empty where nothing was."""
        return [place.found for place in self.searched if place.found]
