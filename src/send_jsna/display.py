"""How a published figure looks in its notebook: HTML that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from send_jsna.figures import FigureRecord


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


#: How many numbers and phrases of a cell stand open; further ones can be opened.
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


def notebook_shell() -> Any:
    """The shell of the notebook this runs in; None outside a notebook."""
    try:
        from IPython import get_ipython
    except ImportError:
        return None
    return get_ipython()


def cell_number(shell: Any) -> int:
    """The number of the cell that is being executed, as the notebook shows it.

    The history of inputs ends with the running cell. The shell's own count does not say: from IPython 9 on it
    is raised before the cell is run, until then it was raised after.
    """
    return len(shell.history_manager.input_hist_parsed) - 1
