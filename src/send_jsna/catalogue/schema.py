"""The catalogue: what is declared of sources, indicators, supplements, breakdowns and terms.

Each file of ``data/catalogue`` is read through one pydantic schema. Whatever is wrong with a file is reported
in one sentence with the file and the line. The JSON schema and the reference page are generated from the same
schema and the same files (:mod:`send_jsna.catalogue.reference`), and a test keeps them in step.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from send_jsna.catalogue.entry import Entry, Id
from send_jsna.catalogue.gaps import Gap
from send_jsna.catalogue.observations import QUOTIENTS
from send_jsna.catalogue.periods import parse_period
from send_jsna.catalogue.releases import Release, Search
from send_jsna.catalogue.statistic_rules import StatisticRules
from send_jsna.catalogue.table_layout import TableLayout
from send_jsna.catalogue.term import Term
from send_jsna.errors import DataError
from send_jsna.pages import checked

UsageWarning = Literal[
    "break_in_series",
    "redacted_values",
    "aggregation_hazard",
    "coverage_change",
    "provisional",
    "rounded_input",
    "small_numbers",
    "secondary_source",
    "definition_change",
    "not_comparable",
]


class EesFetch(Entry):
    """A data set of the Explore Education Statistics service."""

    kind: Literal["ees"]
    publication: str = Field(description="title or slug of the publication")
    data_set: str = Field(description="title of the data set")
    major: int = Field(default=1, ge=1, description="major version that is read; a newer one needs a person")
    file_id: str = Field(
        default="", description="id of the file in the data catalogue, where the API lacks it"
    )
    base: str = Field(default="https://api.education.gov.uk/statistics", description="address of the API")
    content: str = Field(
        default="https://explore-education-statistics.service.gov.uk", description="address of the catalogue"
    )


class FileFetch(Entry):
    """Files at fixed addresses."""

    kind: Literal["file"]
    urls: dict[str, str] = Field(min_length=1, description="resource to address; a single file is `main`")


class LandingFetch(Entry):
    """Files found from a page of the publisher, which links to the newest."""

    kind: Literal["landing"]
    page: str = Field(description="address of the page")
    links: dict[str, str] = Field(min_length=1, description="resource to regular expression of the link")
    newest: int = Field(default=1, ge=1, description="how many of the newest are fetched")


class ServiceFetch(Entry):
    """A publisher's own interface, whose module knows how to ask it."""

    kind: Literal["fingertips", "nomis", "gias", "ofsted", "oruk"]
    base: str = Field(description="address of the interface")
    ask: dict[str, Any] = Field(
        default={}, description="what is asked for; the module's documentation says how"
    )


Fetch = Annotated[EesFetch | FileFetch | LandingFetch | ServiceFetch, Field(discriminator="kind")]


class Source(Entry):
    """One publisher's data set."""

    id: Id = Field(description="identifies the source; never used again for another")
    publisher: str = Field(description="who answers for the figures")
    title: str = Field(description="title as published")
    url: str = Field(default="", description="where it is published; empty where it no longer is")
    licence: str = Field(description="licence, by its SPDX id where it has one")
    as_at: date = Field(
        description="day the figures were published or refer to; "
        "the last day of the month or year where no day is stated"
    )
    file: str = Field(default="", description="the publisher's file among the maintainers' copies")
    reader: str = Field(
        default="", description="module of `sources/` that tidies it; empty for council documents"
    )
    companions: dict[str, str] = Field(
        default={}, description="further files among the maintainers' copies, by resource"
    )
    mirror: list[str] = Field(
        default=[], description="patterns of file names it goes by in a folder of downloads, besides `file`"
    )
    table: TableLayout | None = Field(
        default=None, description="layout, for readers that read several tables or any of one layout"
    )
    days: dict[str, date] = Field(
        default={},
        description="day of publication of files without a date, by the first 16 digits of SHA-256",
    )
    supersedes: list[Id] = Field(
        default=[], description="sources whose values are not used where this one has the same"
    )
    columns: dict[str, str] = Field(
        default={}, description="column the reader uses to the publisher's new name for it, after a renaming"
    )
    unverified: str = Field(
        default="", description="what of the words above no file or page at hand confirms, in a sentence"
    )
    fetch: Fetch | None = Field(default=None, description="how it is fetched; empty where a person must")

    @field_validator("url")
    @classmethod
    def _of_the_web(cls, url: str) -> str:
        return checked(url)

    def addresses(self) -> tuple[str, ...]:
        """Addresses its fetch begins at."""
        match self.fetch:
            case EesFetch(base=base, content=content):
                return (base, content)
            case FileFetch(urls=urls):
                return tuple(urls.values())
            case LandingFetch(page=page):
                return (page,)
            case ServiceFetch(base=base):
                return (base,)
            case _:
                return ()


#: Why a percentage names no counts of its own.
Counts = Literal["in_rows", "not_in_files", "in_document", "not_people"]


class BreakInSeries(Entry):
    """A break in a series: values before and after it are not comparable."""

    before: str = Field(description="first period of the new series")
    label: str = Field(description="what changed, in a few words")
    by: dict[str, str] = Field(
        default={}, description="dimension to code of the breakdown that breaks; by default all do"
    )

    @field_validator("before")
    @classmethod
    def _is_a_period(cls, before: str) -> str:
        try:
            parse_period(before)
        except DataError as error:
            raise ValueError(str(error)) from error
        return before


class BreakdownTitle(Entry):
    """What one breakdown of an indicator is called in a title."""

    by: dict[str, str] = Field(min_length=1, description="dimension to code")
    title: str = Field(description="what is measured of it, as a title says it")


class Indicator(Entry):
    """What is measured."""

    id: Id = Field(description="identifies the indicator, unit last")
    name: str = Field(description="name as a reader sees it")
    title: str = Field(
        default="", description="what is measured, as the title of a figure says it; by default the name"
    )
    breakdowns: list[BreakdownTitle] = Field(
        default=[], description="what its breakdowns are called in titles"
    )
    breaks: list[BreakInSeries] = Field(default=[], description="breaks in its series, in order of time")
    since: str = Field(
        default="",
        description="first period of its figures, where later releases of its sources have it and no edition"
        " need supply it yet",
    )
    unit: str = Field(description="unit of the value")
    polarity: Literal["high_good", "low_good", "neutral"] = Field(description="whether a high value is good")
    numerator: str = Field(
        default="",
        description="indicator of the count above the line of a percentage or rate, with the same breakdown",
    )
    denominator: str = Field(
        default="",
        description="indicator of the count below the line: with the same breakdown, or else undivided",
    )
    among: dict[str, str] | None = Field(
        default=None, description="breakdown of the denominator; this project works it out of the two counts"
    )
    counts: Counts | None = Field(
        default=None,
        description="why a percentage names neither: its rows have both counts (`in_rows`), the files that"
        " are read, or the document, give it without them (`not_in_files`, `in_document`), or it is no share"
        " of people (`not_people`)",
    )
    same_as: str = Field(
        default="",
        description="indicator that has the same value under another name: its counts are this one's too, and"
        " where they are withheld this one is",
    )
    dataset: Id = Field(description="data set it is in")
    sources: list[Id] = Field(min_length=1, description="sources that supply it")
    usage_warnings: list[UsageWarning] = Field(default=[], description="what to heed when using it")
    counts_cover: float = Field(
        default=1,
        gt=0,
        le=1,
        description="least part of what a percentage is of that the counts printed beside it cover; below 1"
        " where the publisher prints some of the cases nowhere",
    )
    definition: str = Field(description="what exactly is counted, of whom and where")

    @model_validator(mode="after")
    def _counts_are_declared(self) -> Indicator:
        if self.unit == "%" and not (self.numerator or self.denominator or self.counts or self.same_as):
            raise ValueError(
                f"{self.id} is a percentage and does not say of which counts: name `numerator` and"
                " `denominator`, or say under `counts` why it has none"
            )
        if self.same_as and (self.numerator or self.denominator or self.counts):
            raise ValueError(
                f"{self.id} is the same as {self.same_as} and has counts of its own: declare them there alone"
            )
        if self.among is not None and not (self.numerator and self.denominator and self.unit in QUOTIENTS):
            raise ValueError(
                f"{self.id} is worked out: it needs numerator, denominator and a unit of {[*QUOTIENTS]}"
            )
        return self


class DeclaredSupplement(Entry):
    """One notebook and what it needs."""

    id: Id = Field(description="name of the notebook, without ending")
    datasets: list[Id] = Field(description="data sets it reads: its notebook sees no others")
    reads: list[str] = Field(
        default=[], description="files and folders of `data/` it reads, beside areas and labels of breakdowns"
    )


class Catalogue(BaseModel):
    """Everything that is declared."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: Path
    sources: dict[Id, Source]
    indicators: dict[Id, Indicator]
    supplements: dict[Id, DeclaredSupplement]
    dimensions: dict[str, dict[str, str]]
    usage_warnings: dict[str, str]
    terms: list[Term]
    releases: dict[Id, Release] = {}
    searches: dict[Id, Search] = {}
    gaps: dict[Id, Gap] = {}
    places: dict[str, str]
    statistics: StatisticRules | None = None

    def where(self, kind: str, name: str) -> str:
        """File and line of an entry, for a message."""
        return self.places[f"{kind}/{name}"]

    def label(self, dimension: str, code: str) -> str:
        """A reader's label for a breakdown's code; the code itself with spaces where none is declared."""
        return self.dimensions.get(dimension, {}).get(code, code.replace("_", " "))


#: The data set with every other authority, for indicators that are at home in other data sets.
OTHER_AUTHORITIES = "authorities"

#: Data sets whose services and findings are named in their own declared files.
NAMED_ELSEWHERE = ("services", "voice_findings")
