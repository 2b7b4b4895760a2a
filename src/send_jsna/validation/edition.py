"""Validates the data sets of an edition: several at once, and none again that is as it was."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import pandas as pd

from send_jsna import processes
from send_jsna.cache import Key, Made, Store, code_of, files_of, hash_of, hash_of_frame
from send_jsna.catalogue.recodings import recodings_beside
from send_jsna.files import write_json
from send_jsna.validation.basis import ShownRows, ValidationBasis
from send_jsna.validation.engine import validate_dataset
from send_jsna.validation.record import ValidationRecord, summarise
from send_jsna.validation.record_page import write_page
from send_jsna.validation.suite_file import COMMON
from send_jsna.validation.suites import read_suite

#: What evaluates a suite; with all that they import, they are the code a record depends on.
_CODE = ("send_jsna.validation.engine", "send_jsna.validation.expectations")
_PROJECT = "great_expectations.yml"


@dataclass(frozen=True, eq=False)
class _DataSet:
    """One data set to be validated, with no more than what its record is made from.

    Attributes:
        name: Its name.
        rows: Its rows.
        basis: What it is validated by.
        shown: The same rows as the report shows them; None where nothing is withheld.
    """

    name: str
    rows: pd.DataFrame
    basis: ValidationBasis
    shown: ShownRows | None

    @classmethod
    def of(cls, name: str, frame: pd.DataFrame, basis: ValidationBasis, shown: ShownRows | None) -> _DataSet:
        """That of a name among the rows of all."""
        rows = frame[frame["dataset"] == name]
        indicators, sources = set(rows["indicator"]), set(rows["source_id"])
        own = replace(
            basis,
            previous=_of(indicators, basis.previous),
            as_at={key: day for key, day in basis.as_at.items() if key in sources},
        )
        if shown is not None:
            shown = ShownRows(shown.of_dataset(name).rows, _of(indicators, shown.previous))
            if _are_same(shown.rows, rows) and _are_same(shown.previous, own.previous):
                shown = None
        return cls(name, rows, own, shown)

    def key(self, unit: str) -> Key:
        """What its record is made of."""
        basis, folder = self.basis, self.basis.expectations_folder
        suite = basis.suite_path(self.name).relative_to(folder).as_posix()
        given = basis.parameters(self.name)
        return Key(
            "validate",
            f"{unit}.{self.name}",
            code_of(_CODE)
            | files_of(folder, _PROJECT, f"expectations/{COMMON}.json", suite)
            | self._tables
            | {
                "declared": hash_of([given, basis.as_at]),
                # A suite may name an area by a former code.
                "data/areas/recodings.csv": hash_of(recodings_beside(basis.suite_path(self.name))),
                "report": hash_of([basis.edition, basis.subject, basis.is_reviewed, self.shown is None]),
            },
        )

    @cached_property
    def _tables(self) -> dict[str, str]:
        """The hashes of the rows, which stay as they are while they are validated."""
        shown = self.shown or ShownRows(self.rows.iloc[:0])
        return {
            "rows": hash_of_frame(self.rows),
            "rows shown": hash_of_frame(shown.rows),
            "rows of the edition before": hash_of_frame(self.basis.previous),
            "rows shown of the edition before": hash_of_frame(shown.previous),
        }


def validate_edition(
    frame: pd.DataFrame,
    basis: ValidationBasis,
    out_folder: Path,
    *,
    expected: Collection[str] = (),
    shown: ShownRows | None = None,
    store: Store | None = None,
    workers: int = 1,
) -> dict[str, ValidationRecord]:
    """Check every data set of an edition against its suite.

    Args:
        frame: The rows of all data sets, with the column ``dataset``.
        basis: What they are validated by.
        out_folder: Where ``<dataset>.json``, ``summary.json`` and ``index.html`` are written.
        expected: Names of all possible data sets; the page names those the edition does not have.
        shown: The same rows as the report shows them; None where nothing is withheld.
        store: Has the records of data sets that were validated before; None validates all.
        workers: How many processes validate at once.

    Returns:
        The records by data set, in alphabetical order.

    Raises:
        CatalogueError: A data set has no suite, or a suite is not a valid one; nothing is validated then.
    """
    names = sorted(str(name) for name in frame["dataset"].unique())
    for name in names:
        read_suite(basis.suite_path(name))
    datasets = [_DataSet.of(name, frame, basis, shown) for name in names]
    found = _records(datasets, store, workers, unit=f"{basis.subject}-{basis.edition}")
    records = {name: found[name] for name in names}
    missing = sorted(set(expected) - set(names))
    out_folder.mkdir(parents=True, exist_ok=True)
    for name, record in records.items():
        (out_folder / f"{name}.json").write_text(record.to_json(), encoding="utf-8")
    write_json(out_folder / "summary.json", summarise(records) | {"unheld": missing})
    write_page(out_folder / "index.html", basis.edition, basis.released, list(records.values()), missing)
    return records


def _records(
    datasets: Sequence[_DataSet], store: Store | None, workers: int, *, unit: str
) -> dict[str, ValidationRecord]:
    """The records of data sets: stored ones, and the others made."""
    by_name = {item.name: item for item in datasets}
    keys = {item.name: item.key(unit) for item in datasets} if store else {}
    found: dict[str, ValidationRecord] = {}
    for name, key in keys.items():
        if store and (made := store.get(key)):
            found[name] = ValidationRecord.model_validate(made.record)
    todo = sorted((item for item in datasets if item.name not in found), key=lambda item: -len(item.rows))
    for record in processes.side_by_side(_validate, todo, workers):
        found[record.dataset] = record
        if store:
            again = by_name[record.dataset].key(unit)
            store.put(keys[record.dataset], again, Made(record.model_dump()))
    return found


def _validate(item: _DataSet) -> ValidationRecord:
    return validate_dataset(item.rows, item.name, item.basis, item.shown)


def _are_same(shown: pd.DataFrame | None, rows: pd.DataFrame | None) -> bool:
    """Whether the report shows rows as they are."""
    if shown is None or rows is None:
        return shown is rows
    seen = shown[list(rows.columns)].reset_index(drop=True)
    return len(seen) == len(rows) and seen.equals(rows.reset_index(drop=True))


def _of(indicators: Iterable[str], rows: pd.DataFrame | None) -> pd.DataFrame | None:
    """The rows of some indicators."""
    return None if rows is None else rows[rows["indicator"].isin(set(indicators))]
