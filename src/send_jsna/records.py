"""What a run keeps of a figure and of itself: the records behind the report and the audit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, PrivateAttr

Kind = Literal["number", "phrase", "chart", "table"]
FIGURE_ID = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")


class FigureRecord(BaseModel):
    """A published figure, as its file in the run folder holds it.

    Attributes:
        id: Dotted id, ``subject.measure.qualifier``.
        kind: number, phrase, chart or table.
        title: What it shows, with area and period; a chart's or table's caption.
        shown: What the reader sees of a number or phrase.
        value: The unrounded number, where there is one.
        unit: Unit of the number.
        lower: Lower 95 % confidence limit, where the number has an interval.
        upper: Upper 95 % confidence limit.
        method: How it was made from its inputs, in one sentence.
        inputs: Observation ids, in order, without repeats.
        datasets: Data sets the inputs stand in.
        alt: Text alternative of a chart, holding its values.
        columns: Column headings of a table, or of a chart's data.
        rows: Their rows, as shown.
        notes: Notes to print under it.
        warnings: Validation warnings and usage warnings of its inputs.
        files: Names of the chart's files, by format.
        notebook: Supplement id.
        execution_count: Count of the notebook cell that published it.
        refused: Why it was refused; empty for a published figure.
    """

    model_config = ConfigDict(extra="forbid")

    id: str
    kind: Kind
    title: str
    shown: str = ""
    value: float | None = None
    unit: str = ""
    lower: float | None = None
    upper: float | None = None
    method: str
    inputs: list[str]
    datasets: list[str] = []
    alt: str = ""
    columns: list[str] = []
    rows: list[list[str]] = []
    notes: list[str] = []
    warnings: list[str] = []
    files: dict[str, str] = {}
    notebook: str
    execution_count: int | None = None
    refused: str = ""

    _svg: str = PrivateAttr(default="")

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """How a notebook shows the figure."""
        from send_jsna.display import figure_html, figure_text

        return {"text/plain": figure_text(self), "text/html": figure_html(self, self._svg)}


class RunContext(BaseModel):
    """What a supplement needs to know of the run it is executed in; ``context.json`` of the run folder."""

    model_config = ConfigDict(extra="forbid")

    area: dict[str, Any]
    comparators: dict[str, Any]
    edition: str
    failed_datasets: dict[str, str] = {}
    warnings: dict[str, list[str]] = {}
    indicator_warnings: dict[str, list[str]] = {}
    observation_warnings: dict[str, list[str]] = {}
    indicator_names: dict[str, str] = {}
    citations: dict[str, str] = {}
    project_root: str


def read_figures(run_folder: Path) -> tuple[dict[str, FigureRecord], dict[str, FigureRecord]]:
    """The published and the refused figures of a run, by id in alphabetical order."""
    published: dict[str, FigureRecord] = {}
    refused: dict[str, FigureRecord] = {}
    for path in sorted((run_folder / "figures").glob("*.json")):
        record = FigureRecord.model_validate_json(path.read_text(encoding="utf-8"))
        (refused if path.name.endswith(".refused.json") else published)[record.id] = record
    return published, refused
