"""The names that contain a digit and are not figures: ``terms.yaml``."""

from __future__ import annotations

from pydantic import Field, field_validator

from send_jsna.catalogue.entry import Entry


class Term(Entry):
    """A name that contains a digit and is not a figure."""

    term: str = Field(description="as it is written in the report")
    definition: str = Field(description="what it means, for the glossary")

    @field_validator("term")
    @classmethod
    def _holds_a_digit(cls, term: str) -> str:
        if not any(character.isdigit() or character in "½¼¾" for character in term):
            raise ValueError("a term without a digit needs no entry here")
        return term
