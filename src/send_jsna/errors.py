"""One family of errors: each says in one line what is wrong, where, what was expected and what to do.

The command line prints the line and exits with the class's documented code; the traceback goes to the run's
log. See ``docs/exit-codes.md``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import ClassVar


class JsnaError(Exception):
    """A fault the user can act on.

    Args:
        what: What is wrong, with the value that was found.
        where: File, with row and column or line where they are known.
        expected: What should have been there.
        remedy: What to do now.

    Attributes:
        also: Further faults that were found with it: ``jsna check`` lists them, every other command stops
            at the first.
    """

    exit_code: ClassVar[int] = 1
    also: tuple[JsnaError, ...] = ()

    def __init__(
        self, what: str, *, where: str | Path | None = None, expected: str = "", remedy: str = ""
    ) -> None:
        self.what = what
        self.where = str(where) if where is not None else ""
        self.expected = expected
        self.remedy = remedy
        super().__init__(self.line())

    def line(self) -> str:
        """The whole message on one line."""
        parts = [f"{self.where}: {self.what}" if self.where else self.what]
        if self.expected:
            parts.append(f"expected {self.expected}")
        if self.remedy:
            parts.append(self.remedy)
        return " ".join("; ".join(parts).split())

    def each(self) -> Iterator[JsnaError]:
        """This fault, and those found with it."""
        yield self
        for other in self.also:
            yield from other.each()


def raise_first(faults: Iterable[JsnaError]) -> None:
    """Raise the first of some faults with the others in ``also``; do nothing where there is none.

    Raises:
        JsnaError: The first.
    """
    found = list(faults)
    if found:
        first, *others = found
        first.also = (*first.also, *others)
        raise first


class CatalogueError(JsnaError):
    """A declared file (catalogue, areas, suites, claims, supplements) breaks its schema."""

    exit_code = 3


class SettingsError(CatalogueError):
    """A setting, of the environment or a default, is not what it can be."""


class UnknownAreaError(JsnaError):
    """No such area, or the edition has no figures for it."""

    exit_code = 4


class UnknownEditionError(JsnaError):
    """No such edition, or one no report can be built from."""

    exit_code = 4


class DataError(JsnaError):
    """An input file is malformed: encoding, columns, keys or values."""

    exit_code = 5


class HashMismatchError(DataError):
    """A locked file is not the one that was locked."""


class ValidationGateError(JsnaError):
    """A data set failed an expectation of severity ``error``; the run was built without it."""

    exit_code = 6


class NotebookError(JsnaError):
    """A notebook cannot be executed, or a cell of it failed."""

    exit_code = 7


class FigureError(JsnaError):
    """A number, chart or table was refused."""

    exit_code = 7


class DuplicateFigureError(FigureError):
    """Two figures have one id."""


class WithheldInputError(FigureError):
    """A figure would use a value its publisher withheld."""


class FailedValidationError(FigureError):
    """A figure would use a data set that failed validation."""


class NoDataError(FigureError):
    """What a figure needs is missing for the area: not in the edition, withheld, or nothing to compare with.

    Args:
        what: As in :class:`JsnaError`.
        reason: Why, in words that the report prints before a colon and a measure.
        where: As in :class:`JsnaError`.
        rule: Rule of ``data/catalogue/statistics.yaml`` by which the figure does not help a reader; empty for
            want of data.
    """

    def __init__(
        self,
        what: str,
        *,
        reason: str = "not in this edition",
        where: str | Path | None = None,
        rule: str = "",
    ) -> None:
        self.reason, self.rule = reason, rule
        super().__init__(what, where=where)


class ReportError(JsnaError):
    """The narrative breaks a rule, or the engine could not render it."""

    exit_code = 8


class UnknownFigureError(ReportError):
    """A chapter names a figure that no notebook publishes."""


class IntegrityError(JsnaError):
    """A file of a finished run is not the one that was recorded."""

    exit_code = 9


class BusyError(JsnaError):
    """Another process builds the same: a run of the area and edition, or the scratch folder of a run."""

    exit_code = 10


class StorageError(JsnaError):
    """The output folder cannot be written, or the disk is full."""

    exit_code = 11


class OrchestratorError(JsnaError):
    """Prefect could not run the flow; ``--direct`` does without it."""

    exit_code = 12


class FetchError(JsnaError):
    """A publisher could not be reached, refused, or sent something other than what was asked for.

    Args:
        what: What is wrong.
        where: The address, without keys.
        expected: What should have come.
        remedy: What to do now.
        status: HTTP status of the answer, 404 also where a search found nothing; 0 where there was none.
    """

    exit_code = 13

    def __init__(
        self,
        what: str,
        *,
        where: str | Path | None = None,
        expected: str = "",
        remedy: str = "",
        status: int = 0,
    ) -> None:
        self.status = status
        super().__init__(what, where=where, expected=expected, remedy=remedy)


class GateError(DataError):
    """A publisher's data changed in a way a person must look at."""

    exit_code = 14


class DisclosureError(JsnaError):
    """Something the run withholds could be worked out from what it shows; the run is given up."""

    exit_code = 15
