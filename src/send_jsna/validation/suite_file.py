"""The files of suites, and the mistakes an author makes in one.

Each is a JSON file in the file store of the Great Expectations project, ``expectations/expectations/``, in
the form that Great Expectations itself reads: ``_common.json`` has what every data set is checked against,
and the file of a data set has its own expectations alone. Each expectation's ``meta`` adds what the gate
needs: its name, its severity, the words for a reader, and the publisher's known errors. Reading a file here
costs nothing and finds mistakes before Great Expectations is even imported.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from send_jsna.catalogue.observations import COLUMNS, KEY
from send_jsna.catalogue.recodings import in_use, recodings_beside
from send_jsna.errors import CatalogueError
from send_jsna.validation.suite_model import CommonFile, OwnFile, SuiteEntry, SuiteFile

#: Name of the file that has what every data set is checked against.
COMMON = "_common"
#: Columns a suite may name: the tidy table, and what validation joins to it.
HELPERS = ("previous_value", "source_as_at")
TIDY_COLUMNS = (*COLUMNS, "line", "dataset", "observation_id", "area_name")
#: What a suite can refer to as ``{"$PARAMETER": name}``.
PARAMETERS = (
    "known_areas",
    "known_indicators",
    "known_units",
    "known_sources",
    "released",
    "subject",
    "neighbourhoods",
)
#: What was expected, and what to do, where a file is not a suite.
EXPECTED = "a suite in JSON, with the keys of a suite and no others"
REMEDY = "correct the file; docs/validation.md says how one is written"

File = TypeVar("File", bound=SuiteFile)


@dataclass(frozen=True)
class SuiteText:
    """A file as it is written.

    Attributes:
        path: Where it is.
        content: Its bytes.
    """

    path: Path
    content: bytes

    @classmethod
    def read(cls, path: Path) -> SuiteText:
        """Read a file.

        Raises:
            CatalogueError: It is missing or cannot be read.
        """
        try:
            return cls(path, path.read_bytes())
        except OSError as error:
            raise CatalogueError(
                f"not readable ({error.strerror})", where=path, expected=EXPECTED, remedy=REMEDY
            ) from error

    def parsed(self, model: type[File]) -> File:
        """What the file says, checked against its schema, with each area under the code used here.

        Raises:
            CatalogueError: Not JSON, an unknown or missing key, or another name than the file's.
        """
        try:
            found = model.model_validate(in_use(json.loads(self.content), recodings_beside(self.path)))
        except json.JSONDecodeError as error:
            where = f"{self.path}, line {error.lineno}"
            raise self._unreadable(error.msg, where) from error
        except UnicodeDecodeError as error:
            where = f"{self.path}, line {self._line(error.start)}"
            raise self._unreadable("not UTF-8", where) from error
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"]) or "the file"
            raise CatalogueError(
                f"suite {self.path.stem}: {place}: {first['msg']}",
                where=self.path,
                expected=EXPECTED,
                remedy=REMEDY,
            ) from error
        if found.name != self.path.stem:
            raise CatalogueError(
                f"the suite is named {found.name}",
                where=self.path,
                expected=self.path.stem,
                remedy="correct the name, or rename the file",
            )
        return found

    def fault(self, entry: SuiteEntry, what: str, expected: str, remedy: str = "") -> CatalogueError:
        """What is wrong with an expectation, with the line of its name."""
        line = self._line(self.content.find(f'"name": "{entry.meta.name}"'.encode()))
        return CatalogueError(
            f"suite {self.path.stem}, expectation {entry.meta.name} ({entry.type}): {what}",
            where=f"{self.path}, line {line}",
            expected=expected,
            remedy=remedy or "correct the suite",
        )

    def fault_of_meta(self, what: str, expected: str) -> CatalogueError:
        """What is wrong with what the file says of the suite as a whole."""
        return CatalogueError(
            f"suite {self.path.stem}: {what}", where=self.path, expected=expected, remedy=REMEDY
        )

    def _line(self, position: int) -> int:
        return self.content[: max(position, 0)].count(b"\n") + 1

    @staticmethod
    def _unreadable(why: str, where: str) -> CatalogueError:
        return CatalogueError(f"not readable as JSON ({why})", where=where, expected=EXPECTED, remedy=REMEDY)


def read_common(store: Path) -> tuple[CommonFile, SuiteText]:
    """Read and check ``_common.json``.

    Args:
        store: The folder of the suites' files.

    Raises:
        CatalogueError: It is missing or malformed, or gives an order that cannot be followed.
    """
    text = SuiteText.read(store / f"{COMMON}.json")
    common = text.parsed(CommonFile)
    check_entries(common.expectations, text)
    names = [entry.meta.name for entry in common.expectations]
    for name in common.meta.own_after:
        if name not in names:
            raise text.fault_of_meta(
                f"meta.own_after names {name!r}, which is no expectation of it", "one of " + ", ".join(names)
            )
    kinds = [kind for listed in common.meta.own_after.values() for kind in listed]
    for kind in kinds:
        if kinds.count(kind) > 1:
            raise text.fault_of_meta(f"meta.own_after names {kind} twice", "each type once")
    return common, text


def read_own(path: Path) -> tuple[OwnFile, SuiteText]:
    """Read and check the file of a data set, by itself.

    Raises:
        CatalogueError: It is missing or malformed.
    """
    text = SuiteText.read(path)
    own = text.parsed(OwnFile)
    check_entries(own.expectations, text)
    return own, text


def check_entries(entries: Iterable[SuiteEntry], text: SuiteText) -> None:
    """Refuse expectations that cannot be evaluated.

    Raises:
        CatalogueError: A name is duplicated, a column is not of the tidy table, or a parameter is not
            provided.
    """
    seen: set[str] = set()
    for entry in entries:
        if entry.meta.name in seen:
            raise text.fault(entry, "the name is duplicated", "one name for each expectation of a suite")
        seen.add(entry.meta.name)
        _check_columns(entry, text)
        for parameter in _parameters(entry.kwargs):
            if parameter not in PARAMETERS:
                expected = "one of " + ", ".join(PARAMETERS)
                raise text.fault(entry, f"parameter {parameter!r} is not provided", expected)


def _check_columns(entry: SuiteEntry, text: SuiteText) -> None:
    for column in entry.columns():
        if column not in (*TIDY_COLUMNS, *HELPERS):
            raise text.fault(entry, f"column {column!r} does not exist", "a column of the tidy table")
    for column in (column for known in entry.meta.known for column in known.where):
        if column not in KEY:
            what = f"known errors cannot be distinguished by {column!r}"
            raise text.fault(entry, what, "one of " + ", ".join(KEY))


def _parameters(value: Any) -> list[str]:
    if isinstance(value, dict):
        if set(value) == {"$PARAMETER"}:
            return [str(value["$PARAMETER"])]
        return [name for part in value.values() for name in _parameters(part)]
    if isinstance(value, list):
        return [name for part in value for name in _parameters(part)]
    return []
