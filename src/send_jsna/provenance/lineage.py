"""From what a reader sees back to the publisher's bytes: the run's ledger of figures.

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
from send_jsna.errors import IntegrityError, JsnaError
from send_jsna.figures.records import FigureRecord, read_figures
from send_jsna.figures.run_context import RunContext

LINEAGE = "lineage.json"
EDITION = "edition.json"

Entry = dict[str, Any]


class Ledger:
    """What a run folder knows of the way its figures came."""

    def __init__(self, folder: Path, observations: Iterable[str]) -> None:
        """Read what the entries of figures need.

        Args:
            folder: The run folder.
            observations: Ids of the observations that the figures use.
        """
        self.folder = folder
        self.edition: dict[str, Any] = _read_json(folder / EDITION)
        self.context = RunContext.model_validate(_read_json(folder / "context.json"))
        frame = pd.read_parquet(folder / "observations.parquet")
        used = frame[frame["observation_id"].isin(set(observations))]
        # Plain dictionaries, made once: asking the frame for each figure's rows takes half a minute in all.
        self._rows: dict[str, dict[str, Any]] = {
            row["observation_id"]: self._observation({str(key): value for key, value in row.items()})
            for row in used.to_dict("records")
        }
        self._dataset_of = dict(zip(used["observation_id"], used["dataset"], strict=True))
        self._validations: dict[str, dict[str, Any]] = {}
        self._cells: dict[str, dict[int, str]] = {}

    def entry(self, record: FigureRecord) -> Entry:
        """The audit entry of one figure.

        Raises:
            IntegrityError: A part of its chain is missing.
        """
        unknown = [key for key in record.inputs if key not in self._rows]
        if unknown:
            raise IntegrityError(
                f"figure {record.id} names observation {unknown[0]}, which the run does not have",
                where=self.folder,
            )
        rows = [self._rows[key] for key in record.inputs]
        pairs = dict.fromkeys((row["source_id"], self._dataset_of[row["observation_id"]]) for row in rows)
        return {
            "id": record.id,
            "kind": record.kind,
            "title": record.title,
            "shown": record.shown,
            "value": record.value,
            "unit": record.unit,
            "lower": record.lower,
            "upper": record.upper,
            "method": record.method,
            "notebook": record.notebook,
            "cell": self._cell(record),
            "inputs": rows,
            "datasets": [self._dataset(name) for name in record.datasets],
            "sources": [self._source(*pair) for pair in pairs],
            "warnings": list(record.warnings),
            "disclosure": record.disclosure,
            "withheld_inputs": record.withheld_inputs,
        }

    def _cell(self, record: FigureRecord) -> dict[str, Any]:
        counts = self._cells.get(record.notebook)
        if counts is None:
            path = self.folder / "notebooks" / f"{record.notebook}.ipynb"
            counts = self._cells[record.notebook] = {
                cell["execution_count"]: cell["id"]
                for cell in _read_json(path)["cells"]
                if cell["cell_type"] == "code" and cell["execution_count"] is not None
            }
        count = record.execution_count
        if count is None or count not in counts:
            raise IntegrityError(
                f"no cell of notebook {record.notebook} has number {count}, which published {record.id}",
                where=self.folder,
            )
        return {"id": counts[count], "number": count}

    def _observation(self, row: dict[str, Any]) -> dict[str, Any]:
        dataset = self.edition["datasets"][row["dataset"]]
        return {
            "observation_id": row["observation_id"],
            "indicator": row["indicator"],
            "indicator_name": self.context.indicator_names.get(row["indicator"], row["indicator"]),
            "area_code": row["area_code"],
            "area_name": row["area_name"],
            "period": row["period"],
            "breakdown": self._breakdown(row),
            "value": _plain(row["value"]),
            "unit": row["unit"],
            "numerator": _plain(row["numerator"]),
            "denominator": _plain(row["denominator"]),
            "status": row["status"],
            "withheld": row.get("withheld", "") != "",
            "source_id": row["source_id"],
            "file": dataset["file"],
            "line": int(row["line"]),
            "file_sha256": dataset["sha256"],
        }

    def _breakdown(self, row: dict[str, Any]) -> str:
        parts = []
        for dimension in DIMENSIONS:
            code = row[dimension]
            if code:
                label = self.edition["dimensions"].get(dimension, {}).get(code, code)
                parts.append(f"{dimension.replace('_', ' ')}: {label}")
        return "; ".join(parts)

    def _dataset(self, name: str) -> dict[str, Any]:
        if name not in self._validations:
            record = _read_json(self.folder / "validation" / f"{name}.json")
            self._validations[name] = {
                "dataset": name,
                "validation_id": record["id"],
                "passed": record["passed"],
                "warnings": [notice["text"] for notice in record["warnings"]],
            }
        return self._validations[name]

    def _source(self, key: str, dataset: str) -> dict[str, Any]:
        """A source as the figure used it: with the hash of the edition's file that has its rows."""
        source = next((s for s in self.edition["sources"] if s["source_id"] == key), None)
        if source is None:
            raise IntegrityError(f"source {key} is not among the edition's sources", where=self.folder)
        return {**source, "dataset": dataset, "snapshot_sha256": self.edition["datasets"][dataset]["sha256"]}


def build_lineage(folder: Path) -> dict[str, Entry]:
    """The audit entry of every figure a run published, by id.

    Args:
        folder: A run folder with observations, validation records, executed notebooks and figures.

    Raises:
        IntegrityError: The chain of a figure has a gap.
    """
    published, _ = read_figures(folder)
    ledger = Ledger(folder, (key for record in published.values() for key in record.inputs))
    return {key: ledger.entry(record) for key, record in published.items()}


def read_lineage(folder: Path) -> dict[str, Entry]:
    """The ledger a run recorded.

    Raises:
        IntegrityError: There is none, or it is not readable.
    """
    return dict(_read_json(folder / LINEAGE))


def entry_of(folder: Path, figure_id: str) -> Entry:
    """The recorded entry of one figure.

    Raises:
        JsnaError: No figure has the id.
    """
    import difflib

    entries = read_lineage(folder)
    if figure_id not in entries:
        near = difflib.get_close_matches(figure_id, entries, n=3, cutoff=0.5)
        raise JsnaError(
            f"no figure {figure_id!r}",
            where=folder,
            expected=f"one of the run's {len(entries)} figures",
            remedy=f"did you mean {' or '.join(near)}?" if near else "list them with jsna trace --all",
        )
    return dict(entries[figure_id])


def _plain(number: Any) -> int | float | None:
    """A number for JSON: whole numbers without a decimal point, None for missing."""
    if number is None or math.isnan(number):
        return None
    return int(number) if float(number).is_integer() else float(number)


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
