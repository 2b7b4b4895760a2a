"""From what a reader sees back to the publisher's bytes: what the ledger of a run is made of.

Everything the ledger says is read from the run folder itself, so that a run can be traced wherever its folder
was carried to.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from send_jsna.catalogue.observations import DIMENSIONS
from send_jsna.errors import IntegrityError
from send_jsna.figures.records import FigureRecord, read_figures
from send_jsna.figures.run_context import read_context
from send_jsna.provenance.ledger import Entry, read_lineage
from send_jsna.provenance.ledger_writing import Row, write_ledger

EDITION = "edition.json"

#: Columns of the ledger's table of sources, as ``edition.json`` names them.
_SOURCE = (
    "source_id",
    "publisher",
    "title",
    "url",
    "licence",
    "as_at",
    "publisher_file",
    "publisher_sha256",
)
#: Tables of the ledger, each after those it refers to.
_TABLES = (
    "sources",
    "datasets",
    "warnings",
    "dataset_warnings",
    "indicators",
    "areas",
    "observations",
    "cells",
    "figures",
    "figure_inputs",
    "figure_datasets",
    "figure_warnings",
)


class Chains:
    """How the figures of a run folder came, as rows of the ledger's tables.

    Attributes:
        tables: For each table its rows by what identifies them, in the order in which they were first met.
    """

    def __init__(self, folder: Path, observations: Iterable[str]) -> None:
        """Read what the figures need.

        Args:
            folder: The run folder.
            observations: Ids of the observations that the figures use.
        """
        self.tables: dict[str, dict[Any, Row]] = {name: {} for name in _TABLES}
        self._folder = folder
        self._edition: dict[str, Any] = _read_json(folder / EDITION)
        self._sources = {source["source_id"]: source for source in self._edition["sources"]}
        self._names = read_context(folder).indicator_names
        frame = pd.read_parquet(folder / "observations.parquet")
        used = frame[frame["observation_id"].isin(set(observations))]
        columns = {str(name): used[name].tolist() for name in used.columns}
        self._observed: dict[str, dict[str, Any]] = {
            key: dict(zip(columns, row, strict=True))
            for key, row in zip(columns["observation_id"], zip(*columns.values(), strict=True), strict=True)
        }
        self._cells: dict[str, dict[int, str]] = {}

    def add(self, record: FigureRecord) -> None:
        """Add a figure, and what it was made from.

        Raises:
            IntegrityError: A part of its chain is missing.
        """
        figures = self.tables["figures"]
        figure = len(figures) + 1
        inputs = [self._observation(key, record) for key in record.inputs]
        datasets = [self._dataset(name) for name in record.datasets]
        figures[record.id] = (
            figure,
            record.id,
            record.kind,
            record.title,
            record.shown,
            record.value,
            record.unit,
            record.lower,
            record.upper,
            record.method,
            self._numbered("cells", record.notebook, *self._cell(record)),
            record.disclosure,
            record.withheld_inputs,
        )
        self._link("figure_inputs", figure, inputs)
        self._link("figure_datasets", figure, datasets)
        self._link("figure_warnings", figure, [self._numbered("warnings", text) for text in record.warnings])

    def _numbered(self, table: str, *values: Any) -> int:
        """The number of a row, which is added where the table does not have it yet."""
        rows = self.tables[table]
        if values not in rows:
            rows[values] = (len(rows) + 1, *values)
        return int(rows[values][0])

    def _link(self, table: str, owner: int | str, members: Iterable[int | str]) -> None:
        for position, member in enumerate(members, start=1):
            self.tables[table][owner, position] = (owner, position, member)

    def _cell(self, record: FigureRecord) -> tuple[int, str]:
        """Number and id of the cell that published a figure."""
        cells = self._cells.get(record.notebook)
        if cells is None:
            path = self._folder / "notebooks" / f"{record.notebook}.ipynb"
            cells = self._cells[record.notebook] = {
                cell["execution_count"]: cell["id"]
                for cell in _read_json(path)["cells"]
                if cell["cell_type"] == "code" and cell["execution_count"] is not None
            }
        number = record.execution_count
        if number is None or number not in cells:
            raise IntegrityError(
                f"no cell of notebook {record.notebook} has number {number}, which published {record.id}",
                where=self._folder,
            )
        return number, cells[number]

    def _observation(self, key: str, record: FigureRecord) -> int:
        rows = self.tables["observations"]
        if key not in rows:
            found = self._observed.get(key)
            if found is None:
                raise IntegrityError(
                    f"figure {record.id} names observation {key}, which the run does not have",
                    where=self._folder,
                )
            code = found["indicator"]
            self.tables["indicators"].setdefault(code, (code, self._names.get(code, code)))
            rows[key] = (
                len(rows) + 1,
                key,
                code,
                self._numbered("areas", found["area_code"], found["area_name"]),
                found["period"],
                self._breakdown(found),
                _known(found["value"]),
                found["unit"],
                _known(found["numerator"]),
                _known(found["denominator"]),
                found["status"],
                found.get("withheld", "") != "",
                self._source(found["source_id"]),
                self._dataset(found["dataset"]),
                found["line"],
            )
        return int(rows[key][0])

    def _breakdown(self, row: dict[str, Any]) -> str:
        parts = []
        for dimension in DIMENSIONS:
            code = row[dimension]
            if code:
                label = self._edition["dimensions"].get(dimension, {}).get(code, code)
                parts.append(f"{dimension.replace('_', ' ')}: {label}")
        return "; ".join(parts)

    def _dataset(self, name: str) -> str:
        """A data set with what its validation found, and the edition's file that has its rows."""
        rows = self.tables["datasets"]
        if name not in rows:
            record = _read_json(self._folder / "validation" / f"{name}.json")
            file = self._edition["datasets"][name]
            rows[name] = (name, file["file"], file["sha256"], record["id"], record["passed"])
            texts = [self._numbered("warnings", notice["text"]) for notice in record["warnings"]]
            self._link("dataset_warnings", name, texts)
        return name

    def _source(self, key: str) -> str:
        rows = self.tables["sources"]
        if key not in rows:
            source = self._sources.get(key)
            if source is None:
                raise IntegrityError(f"source {key} is not among the edition's sources", where=self._folder)
            rows[key] = tuple(source[name] for name in _SOURCE)
        return key


def build_lineage(folder: Path) -> dict[str, Entry]:
    """Write the ledger of a run folder, and read the audit entry of every published figure from it.

    Args:
        folder: A run folder with observations, validation records, executed notebooks and figures.

    Returns:
        The entries by figure id.

    Raises:
        IntegrityError: The chain of a figure has a gap.
    """
    published, _ = read_figures(folder)
    chains = Chains(folder, (key for record in published.values() for key in record.inputs))
    for record in published.values():
        chains.add(record)
    write_ledger(folder, {name: rows.values() for name, rows in chains.tables.items()})
    return read_lineage(folder)


def _known(number: float | None) -> float | None:
    """A number, or None where it is missing."""
    return None if number is None or math.isnan(number) else number


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise IntegrityError(
            f"not readable ({error.__class__.__name__})",
            where=path,
            expected="a file that every finished run has",
            remedy="build the run again with jsna refresh",
        ) from error
