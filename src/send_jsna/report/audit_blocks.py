"""The generated blocks of the audit: an entry for every figure, and the data behind the charts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from send_jsna.figures import FigureRecord
from send_jsna.report.markdown import counted, escape, html_only, paper_only, table
from send_jsna.report.narrative import Label, Narrative

Entry = Mapping[str, Any]


def audit(narrative: Narrative, labels: Mapping[str, Label], lineage: Mapping[str, Entry]) -> str:
    """An entry for every published figure, under the chapter that shows it first.

    Args:
        narrative: The chapters.
        labels: Numbers of the charts and tables.
        lineage: Audit entries by figure id.
    """
    first: dict[str, str] = {}
    titles = {chapter.stem: _chapter_name(chapter.number, chapter.title) for chapter in narrative.chapters}
    for chapter in narrative.chapters:
        for use in chapter.uses:
            if use.kind in ("inline", "block"):
                first.setdefault(use.name, chapter.stem)
    groups: dict[str, list[str]] = defaultdict(list)
    for key in [name for name in first if name in lineage] + sorted(set(lineage) - set(first)):
        groups[first.get(key, "")].append(key)
    parts = []
    for stem in [*titles, ""]:
        if groups.get(stem):
            entries = [_audit_entry(lineage[key], labels.get(key)) for key in groups[stem]]
            parts.append(_audit_group(stem, titles.get(stem, ""), entries))
    return "\n".join(parts) or "No figure was published.\n"


def _audit_group(stem: str, title: str, entries: list[str]) -> str:
    """The entries of a chapter; of figures in no chapter on pages only, since paper cannot link to them."""
    if stem:
        return f"### {escape(title)} {{#audit-of-{stem} .unnumbered}}\n\n" + "\n".join(entries)
    heading = "### Published by the notebooks, in no chapter {#audit-of-notebooks .unnumbered}\n\n"
    held = f"The notebooks also published {counted(len(entries), 'figure')} that no chapter shows."
    return (
        f":::: html-only\n{heading}{held}\n\n" + "\n".join(entries) + "::::\n\n"
        f"{paper_only(held + ' The report on the web has their entries.')}"
    )


def _chapter_name(number: int | None, title: str) -> str:
    return f"Chapter {number}: {title}" if number is not None else title


def _audit_entry(entry: Entry, label: Label | None) -> str:
    key = entry["id"]
    notebook, cell = entry["notebook"], entry["cell"]
    title = f"{label.text}: {entry['title']}" if label else entry["title"]
    number = counted(len(entry["inputs"]), "observation")
    datasets = ", ".join(
        f"{escape(item['dataset'])} ({'passed validation' if item['passed'] else 'failed validation'}"
        f"{', with warnings' if item['warnings'] else ''})"
        for item in entry["datasets"]
    )
    words = f"cell {cell['number']} of notebook {notebook}"
    made = (
        f"[[{escape(words)}](notebooks/{notebook}.html#cell-{cell['id']})]{{.html-only}}"
        f"[{escape(words)}]{{.paper-only}}"
    )
    sources = "; ".join(dict.fromkeys(_source_words(source) for source in entry["sources"]))
    return (
        f"::: {{#audit-{key} .audit-entry}}\n"
        f"#### {escape(title)} {{.unnumbered .unlisted}}\n\n"
        f"{_shown(entry)} Method: {escape(entry['method'].rstrip('.'))}."
        f" Made by {made} from {number} of {datasets}. Source: {sources}. Name: `{key}`.\n\n"
        f"{html_only(_audit_details(entry))}:::\n"
    )


def _source_words(source: Mapping[str, Any]) -> str:
    words = f"{source['publisher']}, {source['title']} ({source['source_id']}, as at {source['as_at']})"
    return escape(words)


#: How a unit follows its number; other units follow as they are.
_UNITS = {"": "", "count": "", "%": "%", "pp": " percentage points"}


def _shown(entry: Entry) -> str:
    if entry["kind"] in ("chart", "table"):
        return f"A {entry['kind']}."
    parts = []
    if entry["value"] is not None:
        parts.append(f"unrounded {entry['value']!r}{_UNITS.get(entry['unit'], ' ' + entry['unit'])}")
    if entry["lower"] is not None:
        parts.append(f"95% confidence interval {entry['lower']:.4g} to {entry['upper']:.4g}")
    return f"**{escape(entry['shown'])}**" + (f" ({escape('; '.join(parts))})." if parts else ".")


def _audit_details(entry: Entry) -> str:
    """The chain back to the publisher's bytes, which a page has room for."""
    lines = [
        f"- Validation of [{escape(item['dataset'])}](validation/index.html#{item['dataset']}):"
        f" record `{item['validation_id']}`"
        for item in entry["datasets"]
    ]
    for source in _distinct(entry["sources"]):
        name = escape(source["title"])
        linked = f"[{name}]({source['url']})" if source["url"] else name
        lines.append(
            f"- {linked}: {escape(source['publisher'])}, {escape(source['licence'])};"
            f" snapshot SHA-256 [`{source['snapshot_sha256']}`]{{.hash}}"
        )
    key = entry["id"]
    lines.append(f"- [Every observation of {escape(key)}, with file and line](audit/{key}.html)")
    return "\n".join(lines)


def _distinct(sources: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return list({(source["source_id"], source["snapshot_sha256"]): source for source in sources}.values())


def chart_data(labels: Mapping[str, Label], figures: Mapping[str, FigureRecord]) -> str:
    """The data of every chart as a table, for the formats that cannot open them beside the chart."""
    parts = []
    for key, label in labels.items():
        record = figures[key]
        if record.kind != "chart" or record.refused:
            continue
        rows = [[escape(cell) for cell in row] for row in record.rows]
        parts.append(f"### {escape(f'{label.text}: {record.title}')} {{#data-{key} .unnumbered}}\n")
        parts.append(table(record.columns, rows, [1] * len(record.columns)))
    return "\n".join(parts) or "No chart was published.\n"
