"""The suites as files: their schema, which one guards a data set, and the columns they may name.

A suite is a JSON file in the file store of the Great Expectations project, ``expectations/expectations/``, in
the form that Great Expectations itself reads. Each expectation's ``meta`` adds what the gate needs: its name,
its severity, the words for a reader, and the publisher's known errors. Reading a suite here costs nothing and
finds the mistakes an author makes, before Great Expectations is even imported.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from send_jsna.catalogue.areas import in_use, recodings_beside
from send_jsna.catalogue.observations import COLUMNS, KEY
from send_jsna.errors import CatalogueError
from send_jsna.files import sha256

#: Columns a suite may name: the tidy table, and what validation joins to it.
HELPERS = ("previous_value", "source_as_at")
TIDY_COLUMNS = (*COLUMNS, "line", "dataset", "observation_id", "area_name")
#: What a suite can refer to as ``{"$PARAMETER": name}``.
PARAMETERS = ("known_areas", "released")


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
        unreviewed: What it means in an edition nobody has reviewed, where that differs: in the rows of any of
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


class Entry(BaseModel):
    """One expectation of a suite's file."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(pattern=r"^expect_[a-z0-9_]+$")
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


class Suite(BaseModel):
    """A suite's file."""

    model_config = ConfigDict(extra="forbid")

    name: str
    notes: str | list[str] | None = None
    expectations: list[Entry] = Field(min_length=1)
    meta: dict[str, Any] = {}
    sha256: str = ""

    def for_unreviewed(self) -> Suite:
        """The suite as it stands for an edition that nobody has reviewed."""

        def changed(entry: Entry) -> Entry:
            meta = entry.meta
            known = [item.model_copy(update={"standing": True}) for item in meta.known]
            update = {"severity": meta.unreviewed or meta.severity, "known": known}
            return entry.model_copy(update={"meta": meta.model_copy(update=update)})

        return self.model_copy(update={"expectations": [changed(entry) for entry in self.expectations]})

    def entry(self, name: str) -> Entry:
        """The expectation of this name."""
        return next(entry for entry in self.expectations if entry.meta.name == name)


def suite_name(edition: str, dataset: str, folder: Path) -> str:
    """Which suite guards a data set.

    The first of ``<edition>_<dataset>``, ``<edition>`` and ``<dataset>`` that has a file: so an edition of
    documents as printed, such as 2023, has one suite for all its data sets, and a data set that changes its
    shape can have a suite for one edition.

    Raises:
        CatalogueError: There is none.
    """
    store = folder / "expectations"
    names = (f"{edition}_{dataset}", edition, dataset)
    for name in names:
        if (store / f"{name}.json").is_file():
            return name
    raise CatalogueError(
        f"no suite guards the data set {dataset} of edition {edition}",
        where=store,
        expected=f"{names[-1]}.json",
        remedy="write one; docs/validation.md says how",
    )


def read_suite(path: Path) -> Suite:
    """Read and check one suite's file.

    Raises:
        CatalogueError: Not JSON, an unknown or missing key, a name that stands twice, a column that is not of
            the tidy table, or a parameter that is not provided.
    """
    content = _bytes(path)
    try:
        suite = Suite.model_validate(in_use(json.loads(content), recodings_beside(path)))
    except json.JSONDecodeError as error:
        raise CatalogueError(
            f"not readable as JSON ({error.msg})", where=f"{path}, line {error.lineno}"
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise CatalogueError(
            f"suite {path.stem}: {place}: {first['msg']}", where=path, remedy="see docs/validation.md"
        ) from error
    if suite.name != path.stem:
        raise CatalogueError(f"the suite is named {suite.name}", where=path, expected=path.stem)
    names = [entry.meta.name for entry in suite.expectations]
    for entry in suite.expectations:
        _check_entry(entry, names, suite, path, content)
    return suite.model_copy(update={"sha256": sha256(content)})


def suite_files(folder: Path) -> list[Path]:
    """The files of all suites, in order of name."""
    return sorted((folder / "expectations").glob("*.json"))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CatalogueError(f"not readable ({error.strerror})", where=path, expected="a suite") from error


def _check_entry(entry: Entry, names: list[str], suite: Suite, path: Path, content: bytes) -> None:
    def refuse(what: str, expected: str, remedy: str = "") -> None:
        mark = f'"name": "{entry.meta.name}"'.encode()
        line = content[: content.find(mark)].count(b"\n") + 1
        raise CatalogueError(
            f"suite {suite.name}, expectation {entry.meta.name} ({entry.type}): {what}",
            where=f"{path}, line {line}",
            expected=expected,
            remedy=remedy,
        )

    if names.count(entry.meta.name) > 1:
        refuse("the name stands twice", "one name for each expectation of a suite")
    allowed = (*TIDY_COLUMNS, *HELPERS)
    for column in entry.columns():
        if column not in allowed:
            refuse(f"column {column!r} is not there", "a column of the tidy table", "correct the suite")
    for known in entry.meta.known:
        for column in known.where:
            if column not in KEY:
                refuse(f"known errors cannot be told apart by {column!r}", "one of " + ", ".join(KEY))
    for parameter in _parameters(entry.kwargs):
        if parameter not in PARAMETERS:
            refuse(f"parameter {parameter!r} is not provided", "one of " + ", ".join(PARAMETERS))


def _parameters(value: Any) -> list[str]:
    if isinstance(value, dict):
        if set(value) == {"$PARAMETER"}:
            return [str(value["$PARAMETER"])]
        return [name for part in value.values() for name in _parameters(part)]
    if isinstance(value, list):
        return [name for part in value for name in _parameters(part)]
    return []


def _condition_columns(condition: Any) -> list[str]:
    if not isinstance(condition, dict):
        return []
    own = [str(condition["column"]["name"])] if isinstance(condition.get("column"), dict) else []
    return own + [name for part in condition.get("conditions", []) for name in _condition_columns(part)]
