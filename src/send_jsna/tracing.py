"""``jsna trace``: the chain of a figure in words, from the reader's sentence to the publisher."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import Any

from send_jsna.lineage import entry_of, read_lineage


class Uses:
    """Where the narrative of a run uses its figures."""

    _SPAN = re.compile(r"\[[^\]]*\]\{[^}]*?\b(?:figure|ref)=\"(?P<id>[^\"]+)\"[^}]*\}")
    _ANY = re.compile(r"\b(?:figure|ref)=\"(?P<id>[^\"]+)\"")

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "report"

    @cached_property
    def _lines(self) -> list[tuple[str, int, str]]:
        return [
            (path.name, number, line)
            for path in sorted(self._folder.glob("*.qmd"))
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        ]

    @cached_property
    def by_figure(self) -> dict[str, list[tuple[str, int, str]]]:
        """For each figure id: chapter file, line and the line's text."""
        found: dict[str, list[tuple[str, int, str]]] = {}
        for name, number, line in self._lines:
            for figure_id in dict.fromkeys(match["id"] for match in self._ANY.finditer(line)):
                found.setdefault(figure_id, []).append((name, number, line))
        return found

    def sentence(self, line: str, figure_id: str, shown: dict[str, str]) -> str:
        """The sentence of a line of the narrative that holds a figure, as the reader sees it."""
        for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z\[*])", line.strip()):
            if f'"{figure_id}"' in sentence:
                return self._SPAN.sub(lambda match: shown.get(match["id"], match["id"]), sentence)
        return ""


def trace(folder: Path, figure_id: str) -> str:
    """The chain of one figure, from the sentence a reader sees to the publisher, as text.

    Args:
        folder: A finished run.
        figure_id: The figure.

    Raises:
        JsnaError: No figure has the id.
        IntegrityError: The run has no ledger.
    """
    entry = entry_of(folder, figure_id)
    shown = {key: other["shown"] or other["title"] for key, other in read_lineage(folder).items()}
    uses = Uses(folder)
    lines = [f"{figure_id}: {entry['shown'] or entry['kind']} — {entry['title']}"]
    if entry["value"] is not None:
        interval = (
            f" (95 % confidence interval {entry['lower']!r} to {entry['upper']!r})"
            if entry["lower"] is not None
            else ""
        )
        lines.append(f"  unrounded  {entry['value']!r} {entry['unit']}{interval}".rstrip())
    lines.append(f"  method     {entry['method']}")
    places = uses.by_figure.get(figure_id, [])
    for name, number, line in places:
        lines.append(f"  narrative  reports/{name}, line {number}")
        sentence = uses.sentence(line, figure_id, shown)
        if sentence and not sentence.startswith(":::"):
            lines.append(f"             “{sentence}”")
    if not places:
        lines.append("  narrative  no chapter uses it by id")
    lines.append(
        f"  notebook   notebooks/{entry['notebook']}.ipynb, cell [{entry['cell']['number']}]"
        f" (id {entry['cell']['id']})"
    )
    lines += [f"  observed   {_observation_line(row)}" for row in entry["inputs"]]
    for dataset in entry["datasets"]:
        outcome = "passed" if dataset["passed"] else "failed"
        lines.append(f"  validated  {dataset['dataset']}: {outcome}, record {dataset['validation_id']}")
    lines += [f"  warning    {text}" for text in entry["warnings"]]
    for source in entry["sources"]:
        lines.append(f"  snapshot   {source['dataset']}, SHA-256 {source['snapshot_sha256']}")
        lines.append(f"  publisher  {source['publisher']}: {source['title']} (as at {source['as_at']})")
        lines.append(f"             {source['url']} — {source['licence']}")
        if source.get("publisher_file"):
            lines.append(
                f"             {source['publisher_file']}, SHA-256 {source.get('publisher_sha256', '')}"
            )
    return "\n".join(lines)


def trace_all(folder: Path) -> str:
    """One line for each figure of a run: id, what is shown, and where it comes from."""
    return "\n".join(
        f"{key}\t{entry['kind']}\t{entry['shown']}\t{entry['title']}\t"
        f"{entry['notebook']}[{entry['cell']['number']}]\t{len(entry['inputs'])} observations\t"
        f"{', '.join(source['publisher'] for source in entry['sources'])}"
        for key, entry in sorted(read_lineage(folder).items())
    )


def _observation_line(row: dict[str, Any]) -> str:
    parts = [row["indicator"], row["area_name"], row["period"]]
    if row["breakdown"]:
        parts.append(row["breakdown"])
    ratio = (
        f" ({row['numerator']:,.10g} of {row['denominator']:,.10g})"
        if row["numerator"] is not None and row["denominator"] is not None
        else ""
    )
    value = row["status"] if row["value"] is None else f"{row['value']!r} {row['unit']}".strip()
    return f"{row['file']}, line {row['line']}: {', '.join(parts)} = {value}{ratio}"
