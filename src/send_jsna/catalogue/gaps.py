"""What a chapter should say and this project has no figures of, with who has them: ``gaps.yaml``.

A gap is no claim that something is not published. It says that an edition may lack it, who has it, and what
would bring it in. Once an edition has one of its indicators for the area, the report no longer lists it.
"""

from __future__ import annotations

from pydantic import Field, model_validator

from send_jsna.catalogue.entry import Entry, Id


class Gap(Entry):
    """Something that a chapter should say, and who has the figures."""

    id: Id = Field(description="identifies the gap")
    supplement: Id = Field(description="the supplement in whose chapter it is listed")
    subject: str = Field(min_length=1, description="what it is about, as the first cell of a row")
    what: str = Field(min_length=1, description="what is missing, as a clause that begins with a capital")
    holder: str = Field(min_length=1, description="who has it, as a role")
    indicators: list[Id] = Field(
        default=[], description="indicators that fill it; with any of them the gap is closed"
    )
    extract: str = Field(default="", description="stem of the council's extract that would bring it")
    sources: list[Id] = Field(default=[], description="declared sources that bring it, once fetched")
    search: str = Field(default="", description="the search of searches.yaml that is about it")

    @model_validator(mode="after")
    def _can_be_closed(self) -> Gap:
        if (self.extract or self.sources) and not self.indicators:
            raise ValueError(f"{self.id} names what would bring it, and no indicator that would fill it")
        return self
