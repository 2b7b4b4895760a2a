"""Where figures are written, and what is refused before it.

A figure is refused when another figure has its id, when an input was withheld by its publisher, and when an
input's data set failed validation. Each figure is one JSON file in the run folder, written whole or not at
all, so that notebooks running side by side cannot disturb each other.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from send_jsna.catalogue.observations import WITHHELD
from send_jsna.errors import (
    DuplicateFigureError,
    FailedValidationError,
    FigureError,
    NoDataError,
    NotebookError,
    WithheldInputError,
)
from send_jsna.figures.cell import cell_number
from send_jsna.figures.records import (
    ABSENCES,
    FIGURE_ID,
    Absence,
    FigureRecord,
    read_absences,
    shown_together,
)
from send_jsna.figures.run_context import RunContext
from send_jsna.files import json_text, unfinished
from send_jsna.wording import sentence_case

if TYPE_CHECKING:
    from send_jsna.disclosure.sealed_counts import Sealed


class _Guarded(NamedTuple):
    """What the guards look at of an observation."""

    dataset: str
    status: str
    indicator: str
    source_id: str
    withheld: str


class FigureStore:
    """The figures of one notebook in a run folder."""

    def __init__(
        self,
        notebook: str,
        context: RunContext,
        observations: pd.DataFrame,
        folder: Path,
        sealed: Sealed,
        execution: Any = None,
    ) -> None:
        """Prepare the store of a notebook's figures.

        Args:
            notebook: The supplement's id.
            context: The run's context.
            observations: The run's observations, with the column ``withheld``.
            folder: The run folder.
            sealed: Counts that sums were made of.
            execution: The notebook's shell; None outside a notebook.
        """
        self.context = context
        self._notebook = notebook
        self._where = f"{notebook}.ipynb"
        self._folder = folder
        self._sealed = sealed
        self._execution = execution
        self._columns = [observations[name].tolist() for name in _Guarded._fields]
        self._places = {key: place for place, key in enumerate(observations["observation_id"].tolist())}
        self._not_shown: list[FigureRecord] = []
        if execution is not None:
            execution.events.register("post_run_cell", self._show)

    def publish(self, record: FigureRecord) -> FigureRecord:
        """Write a figure, unless it must not be published; it is shown under its cell.

        Raises:
            FigureError: The record is malformed, or the figure is refused.
        """
        self._guard(record)
        if self._execution is not None:
            record.execution_count = cell_number(self._execution)
            self._not_shown.append(record)
        self._write(record, suffix=".json")
        return record

    def withdraw(self, record: FigureRecord) -> None:
        """Remove a figure that was published and then could not be drawn."""
        self.file(f"{record.id}.json").unlink()
        self._not_shown.clear()

    def note_absence(
        self, name: str, figures: Sequence[str], reason: str, *, is_refusal: bool = False, rule: str = ""
    ) -> None:
        """Record that figures are missing.

        Args:
            name: What they measure, worded as in a title.
            figures: Their ids; ``stem.*`` means all ids that begin with the stem.
            reason: Why.
            is_refusal: Whether they are refused, and not merely missing.
            rule: Rule of ``data/catalogue/statistics.yaml`` by which they do not help a reader.
        """
        noted = Absence(
            figures=list(figures),
            name=sentence_case(name),
            reason=reason,
            notebook=self._notebook,
            is_refusal=is_refusal,
            rule=rule,
        )
        folder = self._folder / ABSENCES
        folder.mkdir(exist_ok=True)
        with (folder / f"{self._notebook}.jsonl").open("a", encoding="utf-8") as file:
            file.write(noted.model_dump_json() + "\n")

    def shown(self, figure_id: str) -> str:
        """The text of a number or phrase of this run.

        Raises:
            NoDataError: It is recorded as missing for the area; the reason is the recorded one.
            NotebookError: It is neither published nor recorded as missing.
        """
        path = self.file(f"{figure_id}.json")
        if path.is_file():
            record = FigureRecord.model_validate_json(path.read_text(encoding="utf-8"))
            if record.notebook == self._notebook:
                return record.shown
        own = [found for found in read_absences(self._folder) if found.notebook == self._notebook]
        noted = max(own, key=lambda found: found.covers(figure_id), default=None)
        if noted is not None and noted.covers(figure_id):
            raise NoDataError(f"{figure_id} is missing", reason=noted.reason, rule=noted.rule)
        raise NotebookError(
            f"{figure_id} is no figure of this notebook",
            where=self._where,
            remedy="correct the id, or publish it in a cell above",
        )

    def file(self, name: str) -> Path:
        """Where a file of the figures is."""
        return self._folder / "figures" / name

    def citations(self, inputs: Sequence[str]) -> list[str]:
        """The sources of observations, as they are cited, each once."""
        sources = dict.fromkeys(self._row(key).source_id for key in inputs)
        return [self.context.citations.get(source, source) for source in sources]

    def _row(self, key: str) -> _Guarded:
        """What the guards look at of the observation of this id."""
        place = self._places[key]
        return _Guarded(*(column[place] for column in self._columns))

    def _guard(self, record: FigureRecord) -> None:
        """Refuse a figure that must not be published."""
        if not FIGURE_ID.fullmatch(record.id):
            raise FigureError(
                f"figure id {record.id!r} is malformed",
                where=self._where,
                expected="such as ehcp.share.latest",
            )
        if not record.inputs:
            raise FigureError(f"figure {record.id} has no inputs", where=self._where)
        if not record.method.strip() or not record.title.strip():
            raise FigureError(f"figure {record.id} has no method or no title", where=self._where)
        unknown = [key for key in record.inputs if key not in self._places]
        if unknown:
            raise FigureError(f"figure {record.id} uses unknown observation {unknown[0]}", where=self._where)
        rows = {key: self._row(key) for key in record.inputs}
        record.datasets = sorted({row.dataset for row in rows.values()})
        failed = [name for name in record.datasets if name in self.context.failed_datasets]
        if failed:
            reason = f"data set {failed[0]} failed validation: {self.context.failed_datasets[failed[0]]}"
            self._write(record.model_copy(update={"refused": reason}), suffix=".refused.json")
            raise FailedValidationError(
                f"figure {record.id} is refused: {reason}",
                where=self._where,
                remedy="see the validation record and correct the data or record the known error",
            )
        self._refuse_withheld(record, rows)
        record.disclosure = self.context.disclosure
        record.withheld_inputs = sum(row.withheld != "" for row in rows.values())
        warnings = [text for name in record.datasets for text in self.context.warnings.get(name, [])]
        for indicator in sorted({row.indicator for row in rows.values()}):
            warnings += self.context.indicator_warnings.get(indicator, [])
        for key in record.inputs:
            warnings += self.context.observation_warnings.get(key, [])
        record.warnings = list(dict.fromkeys(warnings))

    def _refuse_withheld(self, record: FigureRecord, rows: Mapping[str, _Guarded]) -> None:
        """Refuse inputs without a value, but for those a sum was made over, or a band that is not shown."""
        for key, row in rows.items():
            if row.status in WITHHELD and key not in self._sealed.used:
                who = "is withheld" if row.withheld else "its publisher withheld"
                raise WithheldInputError(
                    f"figure {record.id} would use {key}, which {who} ({row.status}: {WITHHELD[row.status]})",
                    where=self._where,
                    remedy="leave withheld rows out with observations.known()",
                )

    def _show(self, result: Any) -> None:
        """Show what a cell published under it; a figure the cell ends with is shown as its result already."""
        found = [record for record in self._not_shown if record is not result.result]
        self._not_shown.clear()
        if found:
            self._execution.display_pub.publish(shown_together(found))

    def _write(self, record: FigureRecord, *, suffix: str) -> None:
        path = self.file(f"{record.id}{suffix}")
        path.parent.mkdir(exist_ok=True)
        with unfinished(path) as scratch:
            scratch.write_text(json_text(record.model_dump()), encoding="utf-8")
            try:
                os.link(scratch, path)
            except FileExistsError:
                other = FigureRecord.model_validate_json(path.read_text(encoding="utf-8"))
                raise DuplicateFigureError(
                    f"figure {record.id} is already published by {other.notebook}.ipynb",
                    where=self._where,
                    expected="one figure for each id",
                    remedy="rename one of the two",
                ) from None
