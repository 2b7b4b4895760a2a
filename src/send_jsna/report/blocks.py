"""The generated blocks of the report's back matter: what the run itself can say better than an author."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

from send_jsna.catalogue.observations import WITHHELD
from send_jsna.figures.run_context import RunContext
from send_jsna.pages import link_target
from send_jsna.report.markdown import counted, escape, html_only, table
from send_jsna.wording import in_words, listed, title_of, with_article

Entry = Mapping[str, Any]


# -- data quality, sources, areas -----------------------------------------------------------------------


def data_quality(summary: Mapping[str, Any], corrections: Sequence[Mapping[str, Any]]) -> str:
    """What validation found, data set by data set, and the publishers' known errors.

    Args:
        summary: ``validation/summary.json`` of the run.
        corrections: The edition's correction records.
    """
    levels = summary["expectations"]
    total = sum(levels.values())
    checked = f"{counted(summary['datasets'], 'data set')} with {counted(summary['rows'], 'observation')}"
    outcome = (
        f" were checked against {counted(total, 'expectation')} before any figure was made:"
        f" {levels['passed']:,} met, {levels['warning']:,} with a warning, {levels['error']:,} with an error."
        " A data set with an error feeds no figure.\n"
    )
    parts = [
        checked + outcome,
        html_only("[The validation records](validation/index.html) list every expectation and every row."),
        _records(summary["records"]),
    ]
    if missing := summary.get("unheld", []):
        parts.append("### Data sets not in this edition for this area {#unheld .unnumbered}\n")
        parts.append(
            "The report reads these data sets where an edition has them. For this area none was there to be"
            f" checked: {listed([title_of(name) for name in missing])}."
            " The chapters say what they leave out.\n"
        )
    parts.append("### Known errors of publishers {#known-errors .unnumbered}\n")
    return "\n".join([*parts, *_known_errors(corrections)])


def _records(records: Sequence[Mapping[str, Any]]) -> str:
    """The table of what validation found in each data set."""
    rows = []
    for record in records:
        found = [*record["errors"], *record["warnings"]]
        rows.append(
            [
                escape(record["dataset"]),
                f"{record['rows']:,}",
                "passed" if record["passed"] else "**failed**",
                " ".join(escape(text) for text in found) or "none",
            ]
        )
    columns = ["Data set", "Observations", "Outcome", "Warnings and errors"]
    return table(columns, rows, [5, 3, 2, 12], caption="Validation of each data set")


def _known_errors(corrections: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is recorded of publishers' errors, and the table of it."""
    if not corrections:
        return ["None is recorded for this edition.\n"]
    rows = [
        [
            escape(str(item["indicator"])),
            escape(str(item.get("area", "all"))),
            escape(", ".join(str(period) for period in item.get("periods", []))),
            escape(str(item["action"])),
            escape(str(item["reason"])),
        ]
        for item in corrections
    ]
    columns = ["Indicator", "Area", "Periods", "What is done", "Why"]
    known = (
        "Where a publisher's figure is known to be wrong, a record says so and what is done about it. The"
        " build stops once the publisher has corrected it, so that no correction outlives its cause.\n"
    )
    return [known, table(columns, rows, [5, 3, 3, 3, 9], caption="Corrections")]


def fetched(entries: Sequence[Mapping[str, Any]], titles: Mapping[str, str]) -> str:
    """What came of each source of an edition made for this report; empty for a released one.

    Args:
        entries: ``fetched`` of the edition's record.
        titles: Source id → title.
    """
    if not entries:
        return ""
    used = [entry for entry in entries if entry["outcome"] == "held"]
    rows = [
        [
            escape(titles.get(str(entry["source_id"]), str(entry["source_id"]))),
            _CAME[str(entry["outcome"])] + (f", as at {entry['as_at']}" if entry["as_at"] else ""),
            " ".join(escape(str(text)) for text in entry["sentences"]) or "none",
        ]
        for entry in entries
        if entry["outcome"] not in ("held", "absent") or (entry["outcome"] == "held" and entry["sentences"])
    ]
    absent = [
        escape(titles.get(str(entry["source_id"]), str(entry["source_id"])))
        for entry in entries
        if entry["outcome"] == "absent"
    ]
    given = (
        f"{counted(len(entries), 'source')} were asked for, and {len(used):,} of them gave what is used here."
    )
    parts = [
        "### Where the figures of this edition came from {#fetched .unnumbered}\n",
        f"{given} New files were compared with the last good ones before they were used.\n",
    ]
    if rows:
        parts.append(
            table(["Source", "What is used", "Why"], rows, [7, 5, 10], caption="Sources that need a word")
        )
    if absent:
        parts.append(f"No files were there of: {listed(absent)}.\n")
    return "\n".join(parts)


_CAME = {
    "held": "the newest files",
    "kept": "the last good files",
    "carried": "the figures of a released edition",
    "refused": "nothing",
    "failed": "nothing",
}


def sources(rows: Sequence[Mapping[str, Any]]) -> str:
    """The edition's sources, with licence and as-at date."""
    body = []
    for row in sorted(
        rows, key=lambda row: (str(row["publisher"]), str(row["title"]), str(row["source_id"]))
    ):
        title, address = escape(str(row["title"])), link_target(str(row.get("url") or ""))
        body.append(
            [
                f"[{title}]({address})" if address else title,
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
    area, region, country = (escape(with_article(name)) for name in names)
    area = area[:1].upper() + area[1:]
    version = context.comparators["neighbours_version"]
    if not found:
        return (
            f"{area} is compared with {region} and {country}. It has no statistical neighbours yet: the"
            f" Department for Education's list (`{version}`) is older than the authority. Nothing in this"
            " report is compared with neighbours.\n"
        )
    return (
        f"{area} is compared with {region}, {country} and its {in_words(len(found))} statistical neighbours"
        f" (list `{version}`).\n\n"
        + table(
            ["Rank", "Local authority", "ONS code"],
            body,
            [2, 8, 4],
            caption="Statistical neighbours, closest first",
        )
    )


def indicators(declared: Mapping[str, Any], lineage: Mapping[str, Entry]) -> str:
    """What exactly each indicator counts, for those that a figure was made from.

    Args:
        declared: The catalogue's indicators by id, with ``name``, ``unit`` and ``definition``.
        lineage: Audit entries by figure id.
    """
    used = {row["indicator"] for entry in lineage.values() for row in entry["inputs"]}
    rows = [
        [
            escape(declared[key].name),
            escape(declared[key].unit),
            escape(declared[key].definition),
            f"`{key}`",
        ]
        for key in sorted(used & set(declared), key=lambda key: (str(declared[key].name).casefold(), key))
    ]
    if not rows:
        return "No indicator is declared.\n"
    return table(
        ["Indicator", "Unit", "What is counted", "Name in the data"],
        rows,
        [6, 3, 12, 6],
        caption="Indicators",
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


_EXAMPLES = (
    "The examples are the tests that the programs have to pass. Their numbers explain a method and say"
    " nothing about an area; those that are called synthetic were made up for the purpose."
)


def methods(usage_warnings: Mapping[str, str], left_out: str = "") -> str:
    """The methods chapter's text: what an author wrote, the codes as the code knows them, and the examples.

    ``methods_examples.md`` is made from the tests in ``tests/spec``, which fail while it is stale.

    Args:
        usage_warnings: What each of the catalogue's cautions means.
        left_out: Which statistics are not printed, and why; see :mod:`send_jsna.report.left_out`.
    """
    text, examples = (
        resources.files("send_jsna.report").joinpath(name).read_text(encoding="utf-8")
        for name in ("methods.md", "methods_examples.md")
    )
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
    if left_out:
        parts.append(left_out.strip())
    parts += [
        "### Methods, each with a worked example {#methods-examples .unnumbered}",
        _EXAMPLES,
        examples.partition("-->")[2].strip(),
    ]
    return "\n\n".join(parts) + "\n"
