"""``jsna trace``: the chain of a figure in words, from the reader's sentence to the publisher."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from send_jsna.provenance.ledger import entry_of, read_lineage


@dataclass(frozen=True)
class TracedPlace:
    """Where the narrative uses a figure: chapter file, line, and the sentence as the reader sees it."""

    file: str
    line: int
    sentence: str


class TracedNarrative:
    """The chapters of a run, as its reader sees them: values filled in, and missing parts left out."""

    _SPAN = re.compile(r"\[(?P<text>[^\[\]]*)\]\{(?P<attributes>[^{}]*)\}")
    _LINK = re.compile(r"\[([^\[\]]*)\]\([^()]*\)")
    _BLOCK = re.compile(r"^:{3,}\s*(?:\{(?P<attributes>[^{}]*)\})?\s*$")
    _FIGURE = re.compile(r"""\bfigure=["']?([\w.-]+)""")
    _GIVEN = re.compile(r"\b(?P<key>\w+)=\"(?P<value>[^\"]*)\"")
    _ENDS = re.compile(r"(?<=[.!?])[*_]*\s+(?=[A-Z0-9\[*_“\x02])")
    # Characters no chapter contains: before the figure that is asked for, and in place of a missing one.
    _ASKED, _MISSING = "\x02", "\x03"
    _LACKING_BRACKET = re.compile(r"\s*\([^()]*\x03[^()]*\)")

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "report"
        try:
            text = (self._folder / "_generated" / "report.json").read_text(encoding="utf-8")
        except OSError:
            text = "{}"
        data = json.loads(text)
        self._settings: dict[str, str] = data.get("settings", {})
        self._figures: dict[str, dict[str, Any]] = data.get("figures", {})
        self._passages: dict[str, dict[str, Any]] = data.get("passages", {})
        chapters: dict[str, dict[str, Any]] = data.get("chapters", {})
        self._chapters = {
            item.get("id"): item.get("number") or item.get("title") for item in chapters.values()
        }

    def places(self, figure_id: str) -> list[TracedPlace]:
        """Every place where a chapter names a figure, in reading order."""
        found = []
        for name, first, paragraph in self._paragraphs:
            if figure_id not in paragraph:
                continue
            lines = _lines_with(paragraph, first, figure_id)
            sentences = self._sentences(paragraph, figure_id) if lines else []
            found += [
                TracedPlace(name, line, sentences[min(place, len(sentences) - 1)] if sentences else "")
                for place, line in enumerate(lines)
            ]
        return found

    @cached_property
    def _paragraphs(self) -> list[tuple[str, int, str]]:
        """Every paragraph that is shown: its chapter, the line it begins on, its text."""
        return [
            (path.name, first, paragraph)
            for path in sorted(self._folder.glob("*.qmd"))
            for first, paragraph in self._shown(path.read_text(encoding="utf-8"))
        ]

    def _shown(self, text: str) -> Iterator[tuple[int, str]]:
        """The paragraphs whose blocks' conditions are met, of sections that have a figure they ask for."""
        section: list[tuple[int, str]] = []
        around: list[bool] = []
        for first, paragraph in _paragraphs(text):
            if paragraph.startswith("#"):
                yield from self._kept_section(section)
                section = []
            is_shown = all(around)
            for line in paragraph.splitlines():
                if mark := self._BLOCK.match(line):
                    if mark["attributes"]:
                        around.append(self._is_there(mark["attributes"]))
                    elif around:
                        around.pop()
                is_shown &= all(around)
            section += [(first, paragraph)] if is_shown else []
        yield from self._kept_section(section)

    def _kept_section(self, paragraphs: list[tuple[int, str]]) -> list[tuple[int, str]]:
        """A section, or nothing of one that has lost all its figures."""
        text = "".join(paragraph for _, paragraph in paragraphs)
        asked = set(self._FIGURE.findall(text))
        is_lost = bool(asked) and asked.isdisjoint(self._figures) and "generated=" not in text
        return [] if is_lost else paragraphs

    def _sentences(self, paragraph: str, figure_id: str) -> list[str]:
        """The sentences of a paragraph that contain a figure; none for a chart or table on its own."""
        items = re.split(r"\n(?=(?:[-*]|\d+\.)\s)", paragraph)
        return [found for item in items for found in self._sentences_of(item, figure_id)]

    def _sentences_of(self, paragraph: str, figure_id: str) -> list[str]:
        text = " ".join(line for line in paragraph.splitlines() if not line.startswith(":::"))
        text = re.sub(r"^(?:#+|[-*>]|\d+\.)\s+", "", " ".join(text.split()))
        before = ""
        while text != before:
            before = text
            text = self._SPAN.sub(lambda span: self._filled(span, figure_id), text)
        text = self._LACKING_BRACKET.sub("", self._LINK.sub(r"\1", text))
        text = re.sub(r"@(sec-[\w-]+)", self._chapter, text)
        plain = re.sub(r"\*+|__|\\(?=[^\w\s])", "", text)
        plain = re.sub(r"\s+(?=[,;.])", "", plain)
        return [
            # "the Isles of Scilly" at the beginning of a sentence.
            re.sub(r"^the ", "The ", sentence.replace(self._ASKED, "").strip())
            for sentence in map(self._members, self._ENDS.split(plain))
            if self._ASKED in sentence and self._MISSING not in sentence
        ]

    def _members(self, sentence: str) -> str:
        """A list that follows its name, such as that of the evidence, without members that are missing."""
        name, mark, members = sentence.partition(": ")
        if self._MISSING not in members or not mark or " " in name:
            return sentence
        kept = [item for item in members.removesuffix(".").split(", ") if self._MISSING not in item]
        return f"{name}: {', '.join(kept)}."

    def _filled(self, span: re.Match[str], asked: str) -> str:
        """What a reader sees of a span that has no further span in it."""
        given = {match["key"]: match["value"] for match in self._GIVEN.finditer(span["attributes"])}
        if "setting" in given:
            return self._settings.get(given["setting"], given["setting"])
        for key, kind in (("figure", "shown"), ("ref", "label")):
            if key in given:
                shown = str(self._figures.get(given[key], {}).get(kind) or self._MISSING)
                return (self._ASKED if given[key] == asked else "") + shown
        is_lacking = ".clause" in span["attributes"] and self._MISSING in span["text"]
        return span["text"] if self._is_there(span["attributes"]) and not is_lacking else ""

    def _is_there(self, attributes: str) -> bool:
        """Whether a span or block is in the report, as the run decided it."""
        given = {match["key"]: " ".join(match["value"].split()) for match in self._GIVEN.finditer(attributes)}
        is_met = all(self._passages.get(key, {}).get(given.get(key, ""), True) for key in ("when", "unless"))
        return is_met and not self._passages.get("needs", {}).get(given.get("needs", ""))

    def _chapter(self, reference: re.Match[str]) -> str:
        return f"Chapter {self._chapters.get(reference[1], reference[1])}"


def _paragraphs(text: str) -> Iterator[tuple[int, str]]:
    """The paragraphs of a chapter, with the line each begins on."""
    for match in re.finditer(r"(?:^.*\S.*$\n?)+", text, flags=re.MULTILINE):
        yield text.count("\n", 0, match.start()) + 1, match.group()


def _lines_with(paragraph: str, first: int, figure_id: str) -> list[int]:
    asked = re.compile(rf"""\b(?:figure|ref)=["']?{re.escape(figure_id)}["'\s}}]""")
    return [first + number for number, line in enumerate(paragraph.splitlines()) if asked.search(line)]


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
    lines = [f"{figure_id}: {entry['shown'] or entry['kind']} — {entry['title']}"]
    if entry["value"] is not None:
        interval = (
            f" (95 % confidence interval {entry['lower']!r} to {entry['upper']!r})"
            if entry["lower"] is not None
            else ""
        )
        lines.append(f"  unrounded  {entry['value']!r} {entry['unit']}{interval}".rstrip())
    lines.append(f"  method     {entry['method']}")
    places = TracedNarrative(folder).places(figure_id)
    for place in places:
        lines.append(f"  narrative  report/{place.file}, line {place.line}")
        if place.sentence:
            lines.append(f"             “{place.sentence}”")
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
        lines.append(f"             {source['url'] or 'no address'} — {source['licence']}")
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
