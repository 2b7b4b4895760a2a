"""What a run keeps of a figure and of itself: the records behind the report and the audit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, PrivateAttr

Kind = Literal["number", "phrase", "chart", "table"]
#: Folder of a run with one file a notebook.
ABSENCES = "absences"
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
        disclosure: Disclosure profile it was made under.
        withheld_inputs: How many of its inputs are withheld: it shows sums over them only, or none of them.
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
    disclosure: str = "none"
    withheld_inputs: int = 0
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
    disclosure: str = "council"
    smallest_count: int | None = None


class Absence(BaseModel):
    """What a notebook could not publish, and why: the report says it in place of the figures.

    Attributes:
        figures: Figure ids; one that ends in ``.*`` stands for all that begin so.
        name: What is measured, as it stands in a list in a sentence.
        reason: Words that stand before a colon and the name, such as ``not published for Birmingham``.
        notebook: Supplement id.
        is_refusal: Whether the data are there and failed validation, so that the figures are refused.
    """

    model_config = ConfigDict(extra="forbid")

    figures: list[str]
    name: str
    reason: str
    notebook: str
    is_refusal: bool = False

    def covers(self, figure_id: str) -> int:
        """How closely this covers a figure: the length of what fits its id, and 0 where nothing does."""
        fitting = (
            len(name)
            for name in self.figures
            if name == figure_id or (name.endswith(".*") and f"{figure_id}.".startswith(name[:-1]))
        )
        return max(fitting, default=0)


def read_absences(run_folder: Path) -> list[Absence]:
    """What the notebooks of a run could not publish, notebook by notebook in alphabetical order."""
    return [
        Absence.model_validate_json(line)
        for path in sorted((run_folder / ABSENCES).glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def read_figures(run_folder: Path) -> tuple[dict[str, FigureRecord], dict[str, FigureRecord]]:
    """The published and the refused figures of a run, by id in alphabetical order."""
    published: dict[str, FigureRecord] = {}
    refused: dict[str, FigureRecord] = {}
    for path in sorted((run_folder / "figures").glob("*.json")):
        record = FigureRecord.model_validate_json(path.read_text(encoding="utf-8"))
        (refused if path.name.endswith(".refused.json") else published)[record.id] = record
    return published, refused
