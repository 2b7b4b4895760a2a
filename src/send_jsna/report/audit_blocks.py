"""The generated blocks of the audit: an entry for every figure, and the data behind the charts.

There are more than a thousand figures, so the blocks are in pandoc's own form, with the entries of pages as
HTML: pandoc would take many times as long to read Markdown. Paper has the entries of what the chapters show,
in short.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from html import escape as html
from typing import Any

from send_jsna.figures.records import FigureRecord
from send_jsna.pages import link_target
from send_jsna.report.markdown import counted
from send_jsna.report.narrative import Label, Narrative
from send_jsna.report.pandoc_blocks import (
    SPACE,
    Element,
    code,
    document,
    heading,
    paragraph,
    raw_html,
    span,
    strong,
    table,
    words,
)

Entry = Mapping[str, Any]

#: How a unit follows its number; other units follow as they are.
_UNITS = {"": "", "count": "", "pp": " percentage points"}


def audit_for_pages(narrative: Narrative, labels: Mapping[str, Label], lineage: Mapping[str, Entry]) -> str:
    """An entry for every published figure, under the chapter that shows it first.

    Args:
        narrative: The chapters.
        labels: Numbers of the charts and tables.
        lineage: Audit entries by figure id.

    Returns:
        In pandoc's own form: headings, and below each its entries as raw HTML.
    """
    parts: list[Element] = []
    for stem, title, keys in _groups(narrative, lineage):
        parts.append(heading(3, title, f"audit-of-{stem or 'notebooks'}", "unnumbered"))
        parts.append(raw_html("\n".join(_entry_html(lineage[key], labels.get(key)) for key in keys)))
    return document(parts or [paragraph("No figure was published.")])


def audit_for_paper(narrative: Narrative, labels: Mapping[str, Label], lineage: Mapping[str, Entry]) -> str:
    """A table row for every figure a chapter shows; see :func:`audit_for_pages`.

    Sources are named by their short names, which the table of sources spells out.
    """
    columns = ("Figure", "Shown", "Method", "Made from")
    parts: list[Element] = []
    for stem, title, keys in _groups(narrative, lineage):
        if stem:
            rows = [_row(lineage[key], labels.get(key)) for key in keys]
            parts += [
                heading(3, title, f"audit-of-{stem}", "unnumbered"),
                table(columns, rows, [9, 5, 10, 8]),
            ]
        else:
            others = f"The notebooks also published {counted(len(keys), 'figure')} that no chapter shows."
            parts.append(paragraph(f"{others} The report on the web has their entries."))
    return document(parts or [paragraph("No figure was published.")])


def chart_data(labels: Mapping[str, Label], figures: Mapping[str, FigureRecord]) -> str:
    """The data of every chart as a table, for the formats that cannot open them beside the chart."""
    parts: list[Element] = []
    for key, label in labels.items():
        record = figures[key]
        if record.kind != "chart" or record.refused:
            continue
        rows = [[[words(cell)] if cell.strip() else [] for cell in row] for row in record.rows]
        parts.append(heading(3, f"{label.text}: {record.title}", f"data-{key}", "unnumbered"))
        parts.append(table(record.columns, rows, [1] * len(record.columns)))
    return document(parts or [paragraph("No chart was published.")])


def _groups(narrative: Narrative, lineage: Mapping[str, Entry]) -> list[tuple[str, str, list[str]]]:
    """Stem, title and figure ids of each chapter that shows a figure first, and of no chapter."""
    first: dict[str, str] = {}
    for chapter in narrative.chapters:
        for use in chapter.uses:
            if use.kind in ("inline", "block"):
                first.setdefault(use.name, chapter.stem)
    found: dict[str, list[str]] = defaultdict(list)
    for key in [name for name in first if name in lineage] + sorted(set(lineage) - set(first)):
        found[first.get(key, "")].append(key)
    titles = {
        chapter.stem: f"Chapter {chapter.number}: {chapter.title}"
        if chapter.number is not None
        else chapter.title
        for chapter in narrative.chapters
    }
    titles[""] = "Published by the notebooks, in no chapter"
    return [(stem, title, found[stem]) for stem, title in titles.items() if found.get(stem)]


# -- what an entry says ---------------------------------------------------------------------------------


def _title(entry: Entry, label: Label | None) -> str:
    return f"{label.text}: {entry['title']}" if label else str(entry["title"])


def _unrounded(entry: Entry) -> str:
    """More about a shown number: its unrounded value where rounding changed it, and its interval."""
    parts = []
    value = entry["value"]
    if value is not None and not _shows_all(entry["shown"], value):
        unit = "%" if entry["unit"].startswith("%") else _UNITS.get(entry["unit"], " " + entry["unit"])
        parts.append(f"unrounded {_number(value)}{unit}")
    if entry["lower"] is not None:
        parts.append(f"95% confidence interval {entry['lower']:.4g} to {entry['upper']:.4g}")
    return f"({'; '.join(parts)})" if parts else ""


def _shows_all(shown: str, value: float) -> bool:
    """Whether a shown number is the whole of the value: ``1,234`` is that of 1234.0."""
    digits = re.sub(r"[^\d.]", "", shown)
    return re.fullmatch(r"[−\d,.]+(?:%| percentage points)?", shown) is not None and float(digits) == abs(
        value
    )


def _number(value: float) -> str:
    """A number to twelve significant digits; the ledger of the site has all of them."""
    return f"{value:,.12g}".replace("-", "−")


def _made_from(entry: Entry) -> str:
    """How many observations of which data sets, and what became of those when they were validated."""
    datasets = ", ".join(
        f"{item['dataset']} ({'passed validation' if item['passed'] else 'failed validation'}"
        f"{', with warnings' if item['warnings'] else ''})"
        for item in entry["datasets"]
    )
    return f"{counted(len(entry['inputs']), 'observation')} of {datasets}"


def _sources(entry: Entry) -> str:
    return "; ".join(
        dict.fromkeys(
            f"{source['publisher']}, {source['title']} ({source['source_id']}, as at {source['as_at']})"
            for source in entry["sources"]
        )
    )


def _cell(entry: Entry) -> str:
    return f"cell {entry['cell']['number']} of notebook {entry['notebook']}"


def _distinct(sources: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return list({(source["source_id"], source["snapshot_sha256"]): source for source in sources}.values())


# -- for paper ------------------------------------------------------------------------------------------


def _row(entry: Entry, label: Label | None) -> list[list[Element]]:
    names = ", ".join(dict.fromkeys(source["source_id"] for source in entry["sources"]))
    return [
        [span(_title(entry, label), f"audit-{entry['id']}"), words(","), SPACE, code(entry["id"])],
        _shown(entry),
        [words(f"{entry['method'].rstrip('.')} ({_cell(entry)})")],
        [words(f"{_made_from(entry)}; source {names}")],
    ]


def _shown(entry: Entry) -> list[Element]:
    if entry["kind"] in ("chart", "table"):
        return [words(f"A {entry['kind']}")]
    more = _unrounded(entry)
    return [strong(entry["shown"]), *([SPACE, words(more)] if more else [])]


# -- as HTML, for pages ---------------------------------------------------------------------------------


def _entry_html(entry: Entry, label: Label | None) -> str:
    key = html(entry["id"])
    is_block = entry["kind"] in ("chart", "table")
    shown = (
        f"A {entry['kind']}"
        if is_block
        else f"<strong>{html(entry['shown'])}</strong> {html(_unrounded(entry))}"
    )
    notebook = f"notebooks/{entry['notebook']}.html#cell-{entry['cell']['id']}"
    words = (
        f"{shown.strip()}. Method: {html(entry['method'].rstrip('.'))}."
        f" Made by {_link(notebook, _cell(entry))} from {html(_made_from(entry))}."
        f" Source: {html(_sources(entry))}. Name: <code>{key}</code>."
    )
    lines = [
        f'<div id="audit-{key}" class="audit-entry">',
        f"<h4>{html(_title(entry, label))}</h4>",
        f"<p>{words}</p>",
        "<ul>",
    ]
    lines += [
        f"<li>Validation of {_link('validation/index.html#' + item['dataset'], item['dataset'])}:"
        f" record <code>{html(item['validation_id'])}</code></li>"
        for item in entry["datasets"]
    ]
    lines += [
        f"<li>{_link(link_target(source['url'] or ''), source['title'])}: {html(source['publisher'])},"
        f" {html(source['licence'])}; snapshot SHA-256 <code>{html(source['snapshot_sha256'])}</code></li>"
        for source in _distinct(entry["sources"])
    ]
    all_of_them = _link(f"audit/{key}.html", f"Every observation of {key}, with file and line")
    lines += [f"<li>{all_of_them}</li>", "</ul>", "</div>"]
    return "\n".join(lines)


def _link(target: str | None, words: str) -> str:
    return f'<a href="{html(target)}">{html(words)}</a>' if target else html(words)
