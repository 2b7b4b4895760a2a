"""How a published figure looks in its notebook: HTML that needs nothing but itself."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from send_jsna.figures import FigureRecord


def figure_text(record: FigureRecord) -> str:
    """One line for a console: id and what the reader sees."""
    return f"{record.id}: {record.shown or record.title}"


def figure_html(record: FigureRecord, svg: str = "") -> str:
    """A figure with its id, for a notebook.

    Args:
        record: The figure.
        svg: The picture of a chart.
    """
    name = f"<code>{escape(record.id)}</code>"
    if record.kind in ("number", "phrase"):
        shown = f"<strong>{escape(record.shown)}</strong> – {escape(record.title)}"
        return f'<p class="jsna-figure">{name}: {shown}</p>'
    caption = f"{name} {escape(record.title)}"
    notes = "".join(f'<p class="jsna-note">{escape(note)}</p>' for note in [*record.notes, *record.warnings])
    if record.kind == "table":
        return f'<div class="jsna-figure">{table_html(record.columns, record.rows, caption)}{notes}</div>'
    data = table_html(record.columns, record.rows, f"Data of {escape(record.id)}")
    return (
        f'<figure class="jsna-figure"><figcaption>{caption}</figcaption>{_named(svg, record)}'
        f"<details><summary>Data of this chart</summary>{data}</details>{notes}</figure>"
    )


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
