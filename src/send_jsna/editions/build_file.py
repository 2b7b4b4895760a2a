"""Of what an edition is made: ``data/editions/<id>/build.yaml``, read through one schema.

The edition's card, ``edition.yaml``, says what the edition is: its title, its area, the edition before it.
This file says what it is made of. It is not among the locked files: that it gives the locked data sets is
what ``jsna edition check`` proves.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from send_jsna.catalogue.schema import Catalogue
from send_jsna.catalogue.yaml_file import Declared
from send_jsna.editions.edition_files import BUILD
from send_jsna.errors import UnknownEditionError

#: Words for which sources of the catalogue are read.
WITH_FILE, FOUND = "with_file", "found"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PrintedDocument(_Strict):
    """A document of a council that is read by a reader of its own."""

    reader: Literal["slides"] = Field(description="how it is read: `slides`, the slide deck of December 2023")
    source: str = Field(description="its source, whose `file` is looked for in the folder and beside it")
    as_printed: bool = Field(
        default=False, description="whether shares, increases and totals that the council worked out are kept"
    )


class DigestRows(_Strict):
    """Rows of the digest of figures that are observations: of sources of which it is the only copy."""

    sources: list[str] = Field(min_length=1, description="sources whose rows are kept")
    topics: list[str] = Field(default=[], description="topics whose rows are kept; all where it is empty")


class DigestUse(_Strict):
    """What is made of the digest of figures, ``figures.csv`` in the folder."""

    rows: list[DigestRows] = Field(default=[], description="rows that become observations")
    every_row: bool = Field(
        default=False, description="whether each of its rows must be among the observations, with equal value"
    )


class MadeWith(_Strict):
    """What was declared when an edition was made: what was declared later is no part of it."""

    labels: dict[str, list[str]] = Field(
        default={}, description="source to the labels of publisher_names.csv that are read of it"
    )
    indicators: list[str] = Field(
        default=[], description="indicators of authorities.yaml that are kept; all where it is empty"
    )


class BuildFile(_Strict):
    """``build.yaml``."""

    sources: str | list[str] = Field(
        description="`found`: every source with a reader of which the folder has files; `with_file`: every"
        " source with a reader and a `file`, each of which must be there; or a list of ids, likewise"
    )
    areas: Literal["comparators", "others", "all"] = Field(
        default="all",
        description="`comparators`: the edition's area, its comparators and NHS bodies; `others`: every other"
        " authority, for what authorities.yaml declares; `all`: both",
    )
    documents: list[PrintedDocument] = Field(default=[], description="documents of the council that are read")
    digest: DigestUse | None = Field(default=None, description="what is made of the digest of figures")
    declared: list[Literal["services", "voice_findings", "facts"]] = Field(
        default=[],
        description="data sets that the project itself declares, and `facts`: figures read on pages",
    )
    made_with: MadeWith = Field(
        default=MadeWith(), description="what was declared when the edition was made; all, where it is empty"
    )

    @field_validator("sources", mode="before")
    @classmethod
    def _a_word_or_a_list(cls, value: object) -> object:
        if isinstance(value, list) or value in (WITH_FILE, FOUND):
            return value
        raise ValueError(f"expected {FOUND}, {WITH_FILE} or a list of source ids")


def load_build_file(folder: Path, catalogue: Catalogue, *, extends: str = "") -> BuildFile:
    """Read of what an edition is made.

    Args:
        folder: The edition's folder.
        catalogue: The catalogue.
        extends: Edition that the edition is the companion of; empty where it is none.

    Raises:
        UnknownEditionError: There is no such file.
        CatalogueError: It is malformed, or names a source that does not exist or that nothing reads.
    """
    path = folder / BUILD
    if not path.is_file():
        raise UnknownEditionError(
            f"{BUILD} is missing, which says of what the edition is made",
            where=folder,
            remedy="write it: docs/editions.md says how",
        )
    file = Declared(path)
    build_file = file.as_model(BuildFile)
    for place, name in named_sources(build_file):
        if name not in catalogue.sources:
            raise file.fault(
                f"the source {name!r} does not exist",
                *place,
                expected="an id of data/catalogue/sources.yaml",
                remedy="correct the name, or declare the source",
            )
        if place[0] in ("sources", "made_with") and not catalogue.sources[name].reader:
            raise file.fault(
                f"the source {name!r} has no reader",
                *place,
                expected="a source with a `reader` in data/catalogue/sources.yaml",
                remedy="take it out",
            )
        if place[0] == "documents" and not catalogue.sources[name].file:
            raise file.fault(
                f"the source {name!r} has no file",
                *place,
                remedy="name the document under `file` of the source in data/catalogue/sources.yaml",
            )
    _check_areas(file, build_file, extends)
    return build_file


def named_sources(build_file: BuildFile) -> Iterable[tuple[tuple[str | int, ...], str]]:
    """Every source that is named, and where in the file."""
    if not isinstance(build_file.sources, str):
        yield from ((("sources", place), name) for place, name in enumerate(build_file.sources))
    for place, document in enumerate(build_file.documents):
        yield ("documents", place, "source"), document.source
    yield from ((("made_with", "labels", name), name) for name in build_file.made_with.labels)
    for place, rows in enumerate(build_file.digest.rows if build_file.digest else ()):
        yield from ((("digest", "rows", place, "sources", at), name) for at, name in enumerate(rows.sources))


def _check_areas(file: Declared, build_file: BuildFile, extends: str) -> None:
    """Refuse a companion of anything but the other authorities, and the other authorities as an edition."""
    is_companion = build_file.areas == "others"
    if is_companion != bool(extends):
        raise file.fault(
            "`areas` and `extends` of edition.yaml contradict each other",
            "areas",
            expected="`areas: others` for an edition that extends another, and for no other",
            remedy="correct one of the two",
        )
    for name in ("documents", "digest", "declared"):
        if is_companion and getattr(build_file, name):
            raise file.fault(
                f"the other authorities have no {name}", name, remedy=f"take `{name}` out of the file"
            )
