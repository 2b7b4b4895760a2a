"""What the files of suites may contain: their schema."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Type = Annotated[str, StringConstraints(pattern=r"^expect_[a-z0-9_]+$")]
Reason = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class Known(BaseModel):
    """A publisher's known error: rows that break the expectation, and why they are shown all the same.

    Attributes:
        reason: What the publisher got wrong and how we know, in a sentence a reader sees beside the figure.
        where: Column → value or values of the rows that are meant, from the columns of a row's key.
        standing: Whether it lies in the publisher's method and may or may not show in an edition's areas; any
            other known error is to be taken out once the publisher has mended it.
    """

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1)
    where: dict[str, str | list[str]] = Field(min_length=1)
    standing: bool = False


class Meta(BaseModel):
    """What the gate needs to know of an expectation.

    Attributes:
        name: Its name, once in a suite.
        severity: What a breach means.
        unreviewed: What it means in an edition not yet reviewed, where that differs: in the rows of any of
            the country's authorities, breakdowns have holes a person has to judge before they are an error.
        problem: The breach in words.
        known: The publisher's known errors.
    """

    model_config = ConfigDict(extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    severity: Literal["error", "warning"]
    unreviewed: Literal["error", "warning"] | None = None
    problem: str = Field(min_length=1)
    known: list[Known] = []


class SuiteEntry(BaseModel):
    """One expectation of a file."""

    model_config = ConfigDict(extra="forbid")

    type: Type
    description: str = Field(min_length=1)
    notes: str | list[str] | None = None
    kwargs: dict[str, Any]
    meta: Meta

    def columns(self) -> list[str]:
        """The columns its arguments name."""
        single = ("column", "column_A", "column_B", "dimension")
        named = [str(self.kwargs[argument]) for argument in single if argument in self.kwargs]
        for argument in ("column_list", "column_set", "columns", "types"):
            named += [str(name) for name in self.kwargs.get(argument, [])]
        return named + _condition_columns(self.kwargs.get("row_condition"))


class CommonMeta(BaseModel):
    """How the suite of a data set is put in order.

    Attributes:
        own_after: Name of a common expectation → types of own expectations that come after it. Own
            expectations of any other type come last.
    """

    model_config = ConfigDict(extra="forbid")

    own_after: dict[str, list[Type]] = {}


class OwnMeta(BaseModel):
    """What a data set changes in the common expectations.

    Attributes:
        without: Name of a common expectation that the data set is not checked against → why. An own
            expectation of the same name takes its place.
    """

    model_config = ConfigDict(extra="forbid")

    without: dict[str, Reason] = {}


class SuiteFile(BaseModel):
    """What every file of the store has."""

    model_config = ConfigDict(extra="forbid")

    name: str
    notes: str | list[str] | None = None
    expectations: list[SuiteEntry]


class CommonFile(SuiteFile):
    """``_common.json``."""

    expectations: list[SuiteEntry] = Field(min_length=1)
    meta: CommonMeta = CommonMeta()


class OwnFile(SuiteFile):
    """The file of a data set, or of an edition; without expectations where the common ones are all."""

    meta: OwnMeta = OwnMeta()


def _condition_columns(condition: Any) -> list[str]:
    if not isinstance(condition, dict):
        return []
    own = [str(condition["column"]["name"])] if isinstance(condition.get("column"), dict) else []
    return own + [name for part in condition.get("conditions", []) for name in _condition_columns(part)]
