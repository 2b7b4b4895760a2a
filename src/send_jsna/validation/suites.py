"""The suite a data set is checked against: the common expectations and its own, in order.

What every data set is checked against is in one file, ``_common.json``; the file of a data set has its own
expectations alone. Together they are its suite.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from send_jsna.errors import CatalogueError
from send_jsna.files import sha256
from send_jsna.validation.suite_file import COMMON, SuiteText, read_common, read_own
from send_jsna.validation.suite_model import CommonFile, OwnFile, SuiteEntry


@dataclass(frozen=True)
class Suite:
    """The suite of a data set.

    Attributes:
        name: Its name, that of its own file.
        expectations: All of them, in the order in which they are evaluated and recorded.
        common: Names of those that are in the common file.
        sha256: Hash of the two files it is made of: the bytes of ``_common.json``, then those of its own.
    """

    name: str
    expectations: tuple[SuiteEntry, ...]
    common: frozenset[str]
    sha256: str

    def for_unreviewed(self) -> Suite:
        """The suite as it is for an edition not yet reviewed."""

        def changed(entry: SuiteEntry) -> SuiteEntry:
            meta = entry.meta
            known = [item.model_copy(update={"standing": True}) for item in meta.known]
            update = {"severity": meta.unreviewed or meta.severity, "known": known}
            return entry.model_copy(update={"meta": meta.model_copy(update=update)})

        return replace(self, expectations=tuple(changed(entry) for entry in self.expectations))

    def entry(self, name: str) -> SuiteEntry:
        """The expectation of this name."""
        return next(entry for entry in self.expectations if entry.meta.name == name)

    def file_of(self, entry: SuiteEntry) -> str:
        """Name of the file an expectation is in."""
        return f"{COMMON if entry.meta.name in self.common else self.name}.json"


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
    """Read and check the suite of a data set.

    Args:
        path: The data set's own file; the common one is beside it.

    Raises:
        CatalogueError: One of the two files is missing or malformed, or they contradict each other.
    """
    common, common_text = read_common(path.parent)
    own, text = read_own(path)
    _check_beside_common(own, text, common)
    expectations = _in_order(common, own)
    return Suite(
        name=own.name,
        expectations=tuple(expectations),
        common=frozenset(entry.meta.name for entry in expectations if entry not in own.expectations),
        sha256=sha256(common_text.content + text.content),
    )


def suite_files(folder: Path) -> list[Path]:
    """The own files of all suites, in order of name."""
    return sorted(path for path in (folder / "expectations").glob("*.json") if path.stem != COMMON)


def _check_beside_common(own: OwnFile, text: SuiteText, common: CommonFile) -> None:
    names = [entry.meta.name for entry in common.expectations]
    for name in own.meta.without:
        if name not in names:
            raise text.fault_of_meta(
                f"meta.without names {name!r}, which is not in {COMMON}.json", "one of " + ", ".join(names)
            )
    for entry in own.expectations:
        if entry.meta.name in names and entry.meta.name not in own.meta.without:
            raise text.fault(
                entry,
                f"{COMMON}.json has an expectation of this name, too",
                "a name that only this suite has",
                "take it out, or say under meta.without why the common one does not fit",
            )


def _in_order(common: CommonFile, own: OwnFile) -> list[SuiteEntry]:
    """Common expectations, or the own ones that take their places, and further own ones by their type."""
    in_place = {entry.meta.name: entry for entry in own.expectations if entry.meta.name in own.meta.without}
    others = [entry for entry in own.expectations if entry.meta.name not in in_place]
    ordered: list[SuiteEntry] = []
    for entry in common.expectations:
        name = entry.meta.name
        if name in in_place:
            ordered.append(in_place[name])
        elif name not in own.meta.without:
            ordered.append(entry)
        kinds = common.meta.own_after.get(name, [])
        ordered += [other for other in others if other.type in kinds]
    return ordered + [other for other in others if other not in ordered]
