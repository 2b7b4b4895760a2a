"""The files of an edition's folder: its card, its sources, its lock."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict

from send_jsna.catalogue.citations import EditionSource
from send_jsna.catalogue.dataset_file import parse_dataset
from send_jsna.errors import DataError, HashMismatchError
from send_jsna.files import sha256
from send_jsna.pages import is_web

LOCK = "lock.json"
CARD = "edition.yaml"
SOURCES = "sources.csv"

#: Of what an edition is made. It is no part of what was released, and not locked.
BUILD = "build.yaml"

#: What came of each source, in an edition that was fetched.
FETCHED = "fetched.json"
SOURCE_COLUMNS = (
    "source_id",
    "publisher",
    "title",
    "url",
    "licence",
    "as_at",
    "publisher_file",
    "publisher_sha256",
)


class EditionCard(BaseModel):
    """What ``edition.yaml`` says of an edition.

    Attributes:
        id: Edition id.
        title: Title.
        released: Day of release; the dates a report shows come from it.
        areas: ONS codes a report can be built for.
        reportable: Whether a report can be built from it; the edition of what was printed is to compare with.
        previous: Edition it is compared with.
        neighbours: Version of the statistical neighbours list.
        origin: Whether it was released, or made for a run from what publishers have now.
        corrections: Edition whose correction records apply to it; its own where this is empty.
        extends: Edition it is the companion of: it has the other authorities; empty for an edition itself.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    title: str
    released: date
    areas: list[str]
    reportable: bool
    previous: str | None
    neighbours: str
    origin: Literal["released", "live", "mirror"] = "released"
    corrections: str = ""
    extends: str = ""


@dataclass(frozen=True)
class DatasetFile:
    """A data set's file: its path, its hash and its bytes."""

    path: Path
    sha256: str
    content: bytes = field(repr=False)

    def read(self) -> pd.DataFrame:
        """Its rows; see :func:`send_jsna.catalogue.dataset_file.read_dataset`.

        The same content is parsed once by a process: the stages of a run open the same editions.
        """
        return _parsed(self.content, self.path).copy(deep=False)

    def texts(self, *columns: str) -> pd.DataFrame:
        """Some of its columns, each cell as the text it is in the file: nothing is checked.

        Raises:
            DataError: The file is not one of a data set.
        """
        from pyarrow import ArrowInvalid, csv, string

        asked = csv.ConvertOptions(
            column_types=dict.fromkeys(columns, string()),
            include_columns=list(columns),
            strings_can_be_null=False,
        )
        try:
            found: pd.DataFrame = csv.read_csv(io.BytesIO(self.content), convert_options=asked).to_pandas()
        except (ArrowInvalid, KeyError):
            return self.read()[list(columns)]  # which says what is wrong, and where
        return found


@lru_cache(maxsize=128)  # of some editions
def _parsed(content: bytes, path: Path) -> pd.DataFrame:
    return parse_dataset(content, dataset=path.stem, where=path)


def locked_files(folder: Path) -> dict[str, bytes]:
    """Contents of the folder's files, each checked against the lock."""
    remedy = "restore the folder from version control, or release a corrected edition under a new id"
    try:
        lock: dict[str, str] = json.loads((folder / LOCK).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise HashMismatchError("the lock file cannot be read", where=folder / LOCK, remedy=remedy) from error
    present = {path.name for path in folder.iterdir() if path.is_file()} - {LOCK}
    for name in sorted(present - set(lock) - {BUILD}):
        raise HashMismatchError("the file is not in the edition's lock", where=folder / name, remedy=remedy)
    contents = {}
    for name, expected in sorted(lock.items()):
        if name not in present:
            raise HashMismatchError("a locked file is missing", where=folder / name, remedy=remedy)
        contents[name] = (folder / name).read_bytes()
        found = sha256(contents[name])
        if found != expected:
            raise HashMismatchError(
                f"the file was changed after it was locked (SHA-256 {found[:12]}…)",
                where=folder / name,
                expected=f"{expected[:12]}…",
                remedy=remedy,
            )
    if SOURCES not in contents:
        raise HashMismatchError("a locked file is missing", where=folder / SOURCES, remedy=remedy)
    return contents


def read_sources(content: bytes, path: Path) -> dict[str, EditionSource]:
    """The sources an edition's ``sources.csv`` lists, by id."""
    reader = csv.DictReader(io.StringIO(content.decode("utf-8")))
    if tuple(reader.fieldnames or ()) != SOURCE_COLUMNS:
        raise DataError("wrong columns", where=f"{path}, line 1", expected=", ".join(SOURCE_COLUMNS))
    found = {}
    for line in reader:
        if line["url"] and not is_web(line["url"]):
            raise DataError(
                "it is no address of the web",
                where=f"{path}, line {reader.line_num}, column url",
                expected="one that begins with https:// or http://, or none",
                remedy="correct it and release the edition again",
            )
        as_at = date.fromisoformat(line.pop("as_at"))
        found[line["source_id"]] = EditionSource(as_at=as_at, **line)
    return found


def render_sources(sources: Iterable[EditionSource]) -> bytes:
    """An edition's ``sources.csv``."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(SOURCE_COLUMNS)
    for source in sources:
        cells = {**vars(source), "as_at": source.as_at.isoformat()}
        writer.writerow([cells[column] for column in SOURCE_COLUMNS])
    return buffer.getvalue().encode()


def released_editions(editions: Path) -> list[str]:
    """Ids of the editions of a folder, without those that have still to be built."""
    return sorted(path.parent.name for path in editions.glob(f"*/{CARD}") if not is_unbuilt(path.parent))


def unbuilt_editions(editions: Path) -> list[str]:
    """Ids of the editions of a folder that have still to be built."""
    return sorted(path.parent.name for path in editions.glob(f"*/{BUILD}") if is_unbuilt(path.parent))


def is_unbuilt(folder: Path) -> bool:
    """Whether an edition has still to be built: its folder has at most what an analyst writes."""
    present = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    return present <= {CARD, BUILD}


def locked_names(folder: Path) -> set[str]:
    """Names of the files that an edition's lock lists, and of the lock; none where it cannot be read."""
    try:
        return {LOCK, *json.loads((folder / LOCK).read_text(encoding="utf-8"))}
    except (OSError, ValueError):
        return set()


def render_lock(files: dict[str, bytes]) -> bytes:
    """The lock of an edition's files."""
    hashes = {name: sha256(content) for name, content in sorted(files.items())}
    return (json.dumps(hashes, indent=2) + "\n").encode()


def known_days(editions: Path) -> dict[str, date]:
    """Day of publication by SHA-256 of the publishers' files that released editions were made from."""
    found: dict[str, date] = {}
    for path in sorted(editions.glob(f"*/{SOURCES}")):
        for item in read_sources(path.read_bytes(), path).values():
            if item.publisher_sha256:
                found[item.publisher_sha256] = item.as_at
    return found
