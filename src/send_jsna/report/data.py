"""What the filter puts into the narrative: ``_generated/report.json``, the one thing both engines read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from send_jsna.errors import ReportError
from send_jsna.figures.records import FIGURE_ID, Absence, FigureRecord
from send_jsna.figures.run_context import RunContext
from send_jsna.report.chapter import Chapter, Passage
from send_jsna.report.narrative import Label, Narrative
from send_jsna.report.pictures import picture_name
from send_jsna.sources.service_schema import slug
from send_jsna.wording import in_words, with_article

#: A cell that is a number or takes its place: ``1,234``, ``−0.4%``, ``4.1 to 4.5``, ``£1.2m``, a reason code.
_NUMBER = re.compile(
    r"(?:[−+-]?£?\d[\d,.]*(?:\s?(?:%|pp|m|k|percentage points))?(?:\s*(?:to|–)\s*)?)+|z|x|c|low|u|\*|–"
)

#: What ``[]{setting="…"}`` can name.
SETTINGS = (
    "area.name",
    "area.code",
    "area.region",
    "area.country",
    "area.file",
    "neighbours.count",
    "neighbours.version",
    "edition",
    "edition.title",
    "edition.released",
    "edition.previous",
)


def setting_values(context: RunContext, *, title: str, released: date, previous: str) -> dict[str, str]:
    """The values that ``[]{setting="…"}`` can name."""
    values = (
        with_article(str(context.area["name"])),
        str(context.area["code"]),
        with_article(str(context.comparators["region"]["name"])),
        with_article(str(context.comparators["country"]["name"])),
        slug(str(context.area["name"])),
        in_words(len(context.comparators["neighbours"])),
        str(context.comparators["neighbours_version"]),
        context.edition,
        title,
        long_date(released),
        previous or "none",
    )
    return dict(zip(SETTINGS, values, strict=True))


def midday(day: date) -> datetime:
    """The time that documents of a date are given."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def long_date(day: date) -> str:
    """A date as British prose writes it: ``1 September 2025``."""
    return f"{day.day} {day:%B %Y}"


@dataclass(frozen=True)
class Filled:
    """What the chapters say, once the run's figures decide it.

    Attributes:
        narrative: The chapters without what is left out.
        decisions: What becomes of each passage, as the filter reads it.
        figures: The figures by id: published, and refused with the reason.
        absent: The figures that are missing for the area.
        labels: Numbers of the charts and tables.
        values: The settings that a chapter can name.
        newer: Sentences on releases newer than the edition, by stem of the chapters that they bear on.
    """

    narrative: Narrative
    decisions: dict[str, Any]
    figures: dict[str, FigureRecord]
    absent: dict[str, Absence]
    labels: dict[str, Label]
    values: dict[str, str]
    newer: Mapping[str, Sequence[str]] = field(default_factory=dict)


def report_data(filled: Filled, lineage: Mapping[str, Mapping[str, Any]], audit_page: str) -> dict[str, Any]:
    """Everything the filter needs, as plain JSON without empty values of type null.

    Args:
        filled: The narrative as the run fills it.
        lineage: Audit entries of the published figures.
        audit_page: Page of the audit chapter.

    Raises:
        ReportError: A published figure has no audit entry, or one without a source.
    """
    return {
        "settings": dict(filled.values),
        "absent": {
            key: {"name": absence.name, "reason": absence.reason}
            for key, absence in sorted(filled.absent.items())
        },
        "audit_page": audit_page,
        **filled.decisions,
        "chapters": {
            chapter.stem: {
                "id": chapter.id,
                "number": "" if chapter.number is None else str(chapter.number),
                "title": chapter.title,
                **({"newer": list(filled.newer[chapter.stem])} if chapter.stem in filled.newer else {}),
            }
            for chapter in filled.narrative.chapters
        },
        "figures": {
            key: _figure(record, filled.labels.get(key), lineage.get(key))
            for key, record in sorted(filled.figures.items())
        },
    }


def chapter_data(data: Mapping[str, Any], chapter: Chapter, text: str) -> dict[str, Any]:
    """The part of :func:`report_data` that the page of one chapter depends on.

    Args:
        data: The whole report's data.
        chapter: The chapter.
        text: Its Markdown and that of the generated blocks in it.

    Returns:
        The same form, with the figures, settings and passages that the text names, and all chapters' titles.
    """
    named = {match.group() for match in FIGURE_ID.finditer(text)}  # also words of this form that are no ids
    passages = [Passage(), *chapter.passages]
    decided = {
        kind: {
            words: data["passages"][kind][words] for words in (" ".join(getattr(p, kind)) for p in passages)
        }
        for kind in ("when", "unless", "needs")
    }
    lacking = {name for names in decided["needs"].values() for name in names}
    return {
        "settings": {name: value for name, value in data["settings"].items() if name in text},
        "absent": {name: why for name, why in data["absent"].items() if name in named | lacking},
        "audit_page": data["audit_page"],
        "passages": decided,
        "left_out": {name: True for name in data["left_out"] if name in named},
        "chapters": data["chapters"],
        "figures": {name: figure for name, figure in data["figures"].items() if name in named},
    }


def _figure(record: FigureRecord, label: Label | None, entry: Mapping[str, Any] | None) -> dict[str, Any]:
    if not record.refused and entry is None:
        raise ReportError(f"figure {record.id} has no entry in the lineage", remedy="rebuild the run")
    return {
        "kind": record.kind,
        "title": record.title,
        "shown": record.shown,
        "alt": record.alt,
        "columns": record.columns,
        "numeric": numeric_columns(record.rows),
        "rows": record.rows,
        "notes": record.notes,
        "warnings": record.warnings,
        "svg": record.files.get("svg", ""),
        "png": picture_name(record.files.get("svg", "")),
        "source": citation(entry["sources"], record.id) if entry is not None else "",
        "label": label.text if label else "",
        "chapter": label.chapter if label else "",
        "refused": record.refused,
    }


def citation(sources: Sequence[Mapping[str, Any]], figure_id: str) -> str:
    """The source line of a figure: publisher and title of each source, once each.

    Raises:
        ReportError: There is none.
    """
    if not sources:
        raise ReportError(f"figure {figure_id} declares no source", remedy="rebuild the run")
    return "; ".join(dict.fromkeys(f"{source['publisher']}, {source['title']}" for source in sources))


def numeric_columns(rows: Sequence[Sequence[str]]) -> list[bool]:
    """Which columns have numbers only, so that they are set flush right; the first one heads the rows."""
    return [
        place > 0 and all(_NUMBER.fullmatch(cell.strip()) for cell in column)
        for place, column in enumerate(zip(*rows, strict=True))
    ]
