"""The generated blocks of the report's back matter: what the run itself can say better than an author."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from typing import Any

from send_jsna.figures import FigureRecord, RunContext
from send_jsna.observations import WITHHELD
from send_jsna.report.markdown import escape, html_only, table
from send_jsna.report.narrative import Label, Narrative

Entry = Mapping[str, Any]


# -- the audit ------------------------------------------------------------------------------------------


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
            heading = titles[stem] if stem else "Published by the notebooks, in no chapter"
            parts.append(f"### {escape(heading)} {{#audit-of-{stem or 'notebooks'} .unnumbered}}\n")
            parts += [_audit_entry(lineage[key], labels.get(key)) for key in groups[stem]]
    return "\n".join(parts) or "No figure was published.\n"


def _chapter_name(number: int | None, title: str) -> str:
    return f"Chapter {number}: {title}" if number is not None else title


def _audit_entry(entry: Entry, label: Label | None) -> str:
    key = entry["id"]
    notebook, cell = entry["notebook"], entry["cell"]
    title = f"{label.text}: {entry['title']}" if label else entry["title"]
    counted = _count(len(entry["inputs"]), "observation")
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
        f" Made by {made} from {counted} of {datasets}. Source: {sources}. Name: `{key}`.\n\n"
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


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


# -- data behind the charts, for paper ------------------------------------------------------------------


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


# -- data quality, sources, areas -----------------------------------------------------------------------


def data_quality(summary: Mapping[str, Any], corrections: Sequence[Mapping[str, Any]]) -> str:
    """What validation found, data set by data set, and the publishers' known errors.

    Args:
        summary: ``validation/summary.json`` of the run.
        corrections: The edition's correction records.
    """
    levels = summary["expectations"]
    total = sum(levels.values())
    held = f"{_count(summary['datasets'], 'data set')} with {_count(summary['rows'], 'observation')}"
    outcome = (
        f" were held against {_count(total, 'expectation')} before any figure was made:"
        f" {levels['passed']:,} met, {levels['warning']:,} with a warning, {levels['error']:,} with an error."
        " A data set with an error feeds no figure.\n"
    )
    parts = [
        held + outcome,
        html_only("[The validation records](validation/index.html) list every expectation and every row."),
    ]
    rows = []
    for record in summary["records"]:
        found = [*record["errors"], *record["warnings"]]
        rows.append(
            [
                escape(record["dataset"]),
                f"{record['rows']:,}",
                "passed" if record["passed"] else "**failed**",
                " ".join(escape(text) for text in found) or "none",
            ]
        )
    parts.append(
        table(
            ["Data set", "Observations", "Outcome", "Warnings and errors"],
            rows,
            [5, 3, 2, 12],
            caption="Validation of each data set",
        )
    )
    parts.append("### Known errors of publishers {#known-errors .unnumbered}\n")
    if corrections:
        parts.append(
            "Where a publisher's figure is known to be wrong, a record says so and what is done about it. The"
            " build stops once the publisher has corrected it, so that no correction outlives its cause.\n"
        )
        parts.append(
            table(
                ["Indicator", "Area", "Periods", "What is done", "Why"],
                [
                    [
                        escape(str(item["indicator"])),
                        escape(str(item.get("area", "all"))),
                        escape(", ".join(str(period) for period in item.get("periods", []))),
                        escape(str(item["action"])),
                        escape(str(item["reason"])),
                    ]
                    for item in corrections
                ],
                [5, 3, 3, 3, 9],
                caption="Corrections",
            )
        )
    else:
        parts.append("None is recorded for this edition.\n")
    return "\n".join(parts)


def sources(rows: Sequence[Mapping[str, Any]]) -> str:
    """The edition's sources, with licence and as-at date."""
    body = []
    for row in sorted(
        rows, key=lambda row: (str(row["publisher"]), str(row["title"]), str(row["source_id"]))
    ):
        title = escape(str(row["title"]))
        body.append(
            [
                f"[{title}]({row['url']})" if row.get("url") else title,
                escape(str(row["publisher"])),
                escape(str(row["as_at"])),
                escape(str(row["licence"])),
                f"`{row['source_id']}`",
            ]
        )
    return table(
        ["Source", "Publisher", "As at", "Licence", "Name in the audit"],
        body,
        [8, 5, 3, 4, 5],
        caption="Sources",
    )


def neighbours(context: RunContext) -> str:
    """The areas the report compares with."""
    found = context.comparators["neighbours"]
    body = [[str(place), escape(area["name"]), escape(area["code"])] for place, area in enumerate(found, 1)]
    names = [
        context.area["name"],
        context.comparators["region"]["name"],
        context.comparators["country"]["name"],
    ]
    area, region, country = (escape(name) for name in names)
    version = escape(context.comparators["neighbours_version"])
    return (
        f"{area} is compared with {region}, {country} and its {_count(len(found), 'statistical neighbour')}"
        f" (list {version}).\n\n"
        + table(
            ["Rank", "Local authority", "ONS code"],
            body,
            [2, 8, 4],
            caption="Statistical neighbours, closest first",
        )
    )


# -- words ----------------------------------------------------------------------------------------------


def glossary(terms: Sequence[Mapping[str, Any]]) -> str:
    """The terms, in alphabetical order, with their definitions."""
    parts = [
        f"{escape(str(entry['term']))}\n\n:   {escape(str(entry['definition']))}\n"
        for entry in sorted(terms, key=lambda entry: str(entry["term"]).casefold())
        if entry.get("definition")
    ]
    return "\n".join(parts) or "No terms are declared.\n"


def methods(usage_warnings: Mapping[str, str]) -> str:
    """The methods chapter's text, with the reason codes and usage warnings as the code knows them."""
    text = resources.files("send_jsna.report").joinpath("methods.md").read_text(encoding="utf-8")
    reasons = [[f"`{code}`", escape(meaning)] for code, meaning in WITHHELD.items()]
    warned = [[f"`{code}`", escape(meaning)] for code, meaning in usage_warnings.items()]
    withheld = (
        "A value that a publisher withheld stays withheld. It is never read as zero, never worked out from"
        " totals, and no figure is made from it. Tables show one of these codes in its place; a zero is a"
        " true zero."
    )
    parts = [
        text.strip(),
        "### Values that are not there {.unnumbered}",
        withheld,
        table(["Code", "Meaning"], reasons, [2, 9], caption="Reason codes"),
    ]
    if warned:
        parts += [
            "### Cautions {.unnumbered}",
            "A figure whose inputs call for care says so beside it.",
            table(["Caution", "Meaning"], warned, [3, 9], caption="Cautions"),
        ]
    return "\n\n".join(parts) + "\n"
