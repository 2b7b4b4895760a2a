"""What a run keeps of a figure and of itself: the records behind the report and the audit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, PrivateAttr

Kind = Literal["number", "phrase", "chart", "table"]
#: Folder of a run with one file a notebook.
ABSENCES = "absences"
FIGURE_ID = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")


class FigureRecord(BaseModel):
    """A published figure, as it is stored in its file of the run folder.

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
        datasets: Data sets the inputs are in.
        alt: Text alternative of a chart, with its values.
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
        return {"text/plain": figure_text(self), "text/html": figure_html(self, self._svg)}


class Absence(BaseModel):
    """What a notebook could not publish, and why: the report says it in place of the figures.

    Attributes:
        figures: Figure ids; one that ends in ``.*`` means all ids with the same beginning.
        name: What is measured, as it is written in a list in a sentence.
        reason: Words printed before a colon and the name, such as ``not in this edition for Birmingham``.
        notebook: Supplement id.
        is_refusal: Whether the data are available and failed validation, so that the figures are refused.
        rule: Rule of ``data/catalogue/statistics.yaml`` by which they do not help a reader; empty for want of
            data.
    """

    model_config = ConfigDict(extra="forbid")

    figures: list[str]
    name: str
    reason: str
    notebook: str
    is_refusal: bool = False
    rule: str = ""

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


#: Kinds of figures that are read in a line.
_LINES = ("number", "phrase")


def figure_text(record: FigureRecord) -> str:
    """One line for a console: id and what the reader sees."""
    return f"{record.id}: {record.shown or record.title}"


def figure_html(record: FigureRecord, svg: str = "") -> str:
    """A figure with its id, for a notebook.

    Args:
        record: The figure.
        svg: The picture of a chart.
    """
    if record.kind in _LINES:
        return f'<p class="jsna-figure">{_line(record)}</p>'
    caption = f"<code>{escape(record.id)}</code> {escape(record.title)}"
    notes = "".join(f'<p class="jsna-note">{escape(note)}</p>' for note in [*record.notes, *record.warnings])
    if record.kind == "table":
        return f'<div class="jsna-figure">{table_html(record.columns, record.rows, caption)}{notes}</div>'
    data = table_html(record.columns, record.rows, f"Data of {escape(record.id)}")
    return (
        f'<figure class="jsna-figure"><figcaption>{caption}</figcaption>{_named(svg, record)}'
        f"<details><summary>Data of this chart</summary>{data}</details>{notes}</figure>"
    )


#: How many numbers and phrases of a cell are shown at once; further ones can be opened.
_OPEN = 12


def shown_together(records: Sequence[FigureRecord]) -> dict[str, str]:
    """Several figures of one cell, by MIME type: charts and tables in full, numbers and phrases as a list."""
    items = [f"<li>{_line(record)}</li>" for record in records if record.kind in _LINES]
    html = "".join(figure_html(record, record._svg) for record in records if record.kind not in _LINES)
    if items:
        html += f'<ul class="jsna-figure">{"".join(items[:_OPEN])}</ul>'
    if len(items) > _OPEN:
        more = f"{len(items) - _OPEN} further figures of this cell"
        html += f"<details><summary>{more}</summary><ul>{''.join(items[_OPEN:])}</ul></details>"
    return {"text/plain": "\n".join(map(figure_text, records)), "text/html": html}


def _line(record: FigureRecord) -> str:
    shown = f"<strong>{escape(record.shown)}</strong> – {escape(record.title)}"
    return f"<code>{escape(record.id)}</code>: {shown}"


def table_html(columns: list[str], rows: list[list[str]], caption: str) -> str:
    """A table with header cells; the first column heads the rows, and ``caption`` is HTML."""
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _named(svg: str, record: FigureRecord) -> str:
    """The picture, named by its text alternative in place of its title."""
    named = f' aria-labelledby="{record.id}-title"'
    return svg.replace(named, f' aria-label="{escape(record.alt)}"', 1)
