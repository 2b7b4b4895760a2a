"""From a run's figures to its published folder: the narrative checked, filled, rendered and laid out."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from send_jsna.catalogue.yaml_file import Declared
from send_jsna.errors import ReportError
from send_jsna.figures.records import Absence, FigureRecord, read_absences
from send_jsna.figures.run_context import RunContext, read_context
from send_jsna.report import audit_blocks, blocks, pandoc_engine, quarto_engine
from send_jsna.report.book import Book
from send_jsna.report.conditions import facts_of
from send_jsna.report.data import report_data, setting_values
from send_jsna.report.decisions import Decisions
from send_jsna.report.disclosure import disclosure_text
from send_jsna.report.missing import lacking_cells, not_there, stopped_notebooks, unexplained, unpublished
from send_jsna.report.narrative import (
    Label,
    Narrative,
    applicable,
    check_uses,
    load_terms,
    number_figures,
    scan_chapters,
    with_generated,
    without_unpublished,
)
from send_jsna.report.project import copy_project
from send_jsna.settings import Settings

if TYPE_CHECKING:
    from send_jsna.catalogue.schema import Catalogue
    from send_jsna.editions.edition import Edition
    from send_jsna.report.claims import ClaimResult

Engine = Literal["auto", "quarto", "pandoc"]


@dataclass(frozen=True)
class _Filled:
    """What the chapters say, once the run's figures decide it.

    Attributes:
        narrative: The chapters without what falls away.
        decisions: What becomes of each passage, as the filter reads it.
        figures: The figures by id: published, and refused with the reason.
        absent: The figures that the area has not.
        labels: Numbers of the charts and tables.
        values: The settings that a chapter can name.
    """

    narrative: Narrative
    decisions: dict[str, Any]
    figures: dict[str, FigureRecord]
    absent: dict[str, Absence]
    labels: dict[str, Label]
    values: dict[str, str]


def choose_engine(engine: Engine, settings: Settings) -> Literal["quarto", "pandoc"]:
    """The engine that will render: with ``auto``, Quarto where it is found.

    Raises:
        ReportError: The engine is unknown.
    """
    if engine == "auto":
        return "quarto" if quarto_engine.find_quarto(settings.quarto) else "pandoc"
    if engine not in ("quarto", "pandoc"):
        raise ReportError(f"no engine {engine!r}", expected="auto, quarto or pandoc")
    return engine


@dataclass(frozen=True)
class RunFigures:
    """What a run found, for its report.

    Attributes:
        published: Published figures by id.
        refused: Refused figures by id.
        lineage: Audit entries of the published figures.
        claims: Checked claims, for the block ``claims``.
        generated: Further generated blocks, as Markdown by name, such as ``recommendations``.
    """

    published: Mapping[str, FigureRecord]
    refused: Mapping[str, FigureRecord]
    lineage: Mapping[str, Mapping[str, Any]]
    claims: Sequence[ClaimResult] = ()
    generated: Mapping[str, str] = field(default_factory=dict)

    @property
    def known(self) -> dict[str, FigureRecord]:
        """Published and refused figures by id."""
        return {**self.published, **self.refused}


def assemble(
    run_folder: Path,
    figures: RunFigures,
    *,
    settings: Settings,
    catalogue: Catalogue | None,
    edition: Edition,
    engine: Engine = "auto",
) -> Path:
    """Build ``report/`` and ``site/`` of a run.

    Args:
        run_folder: The run: ``context.json``, ``figures/``, ``notebooks/``, ``validation/``.
        figures: What the run found.
        settings: Where the project's declared files are.
        catalogue: The catalogue, for what its indicators and usage warnings mean; None leaves them out.
        edition: The edition; the report's dates are its date of release.
        engine: ``auto``, ``quarto`` or ``pandoc``.

    Returns:
        The folder that is published.

    Raises:
        ReportError: The narrative breaks a rule, or the engine could not render it.
    """
    chosen = choose_engine(engine, settings)
    context = read_context(run_folder)
    report, site = run_folder / "report", run_folder / "site"
    copy_project(settings.reports, report, area=str(context.area["name"]), date=edition.released.isoformat())
    book = Book.read(report)
    texts = _generated(run_folder, context, figures, settings, catalogue, edition)
    written = with_generated(scan_chapters(report, load_terms(_terms_file(settings))), texts)
    facts = facts_of(
        context,
        figures.known,
        claims=figures.claims,
        recommendations=texts.get("recommendations", ""),
        previous=edition.previous or "",
        is_released=edition.card.origin == "released",
    )
    values = setting_values(
        context, title=edition.title, released=edition.released, previous=edition.previous or ""
    )
    filled = _filled(run_folder, written, figures.known, facts, values, texts)
    lineage = figures.lineage
    texts |= {
        "audit": audit_blocks.audit_for_paper(filled.narrative, filled.labels, lineage),
        "audit.html": audit_blocks.audit_for_pages(filled.narrative, filled.labels, lineage),
        "chart_data": audit_blocks.chart_data(filled.labels, filled.figures),
    }
    _lay_in(run_folder, report, filled, texts, lineage, book)
    if chosen == "quarto":
        quarto_engine.render(report, site, quarto=settings.quarto, released=edition.released)
    else:
        chapters, name = filled.narrative.chapters, f"Edition {edition.id}"
        pandoc_engine.render(report, site, chapters=chapters, released=edition.released, edition=name)
    _lay_out(run_folder, site, filled.narrative, lineage, book)
    return site


def _generated(
    run_folder: Path,
    context: RunContext,
    figures: RunFigures,
    settings: Settings,
    catalogue: Catalogue | None,
    edition: Edition,
) -> dict[str, str]:
    """The blocks that are made before the narrative is filled, as Markdown by name."""
    terms = _terms_file(settings)
    return {
        "claims": _claims(figures.claims),
        "data_quality": _data_quality(run_folder, settings, edition, catalogue),
        "disclosure": disclosure_text(run_folder),
        "glossary": blocks.glossary(Declared(terms).data if terms.is_file() else []),
        "indicators": blocks.indicators(catalogue.indicators if catalogue else {}, figures.lineage),
        "methods": blocks.methods(_usage_warnings(settings, catalogue)),
        "neighbours": blocks.neighbours(context),
        "sources": blocks.sources(_sources(figures.lineage)),
        **figures.generated,
    }


def _terms_file(settings: Settings) -> Path:
    return settings.data / "catalogue" / "terms.yaml"


def _filled(
    run_folder: Path,
    written: Narrative,
    known: dict[str, FigureRecord],
    facts: set[str],
    values: dict[str, str],
    generated: Collection[str],
) -> _Filled:
    """The narrative as the run fills it.

    Args:
        run_folder: The run.
        written: The chapters, with the generated blocks.
        known: Published and refused figures.
        facts: The conditions that the run meets.
        values: The settings that a chapter can name.
        generated: Names of the generated blocks.

    Raises:
        ReportError: The narrative names what the run cannot fill.
    """
    narrative = applicable(written, Decisions(facts))
    noted = [*read_absences(run_folder), *lacking_cells(run_folder / "notebooks")]
    absent, failed = not_there(narrative, known, noted)
    known = known | failed
    known |= unpublished(narrative, {*known, *absent}, stopped_notebooks(run_folder / "notebooks"))
    if "released" not in facts:
        absent |= unexplained(narrative, {*known, *absent}, values["area.name"])
    absent |= _fallen(narrative, known, absent)
    decisions = Decisions(facts, absent, known)
    narrative = without_unpublished(applicable(narrative, decisions), decisions)
    check_uses(
        narrative, known, settings=values, generated=[*generated, "audit", "chart_data"], absent=absent
    )
    labels = number_figures(narrative, known)
    return _Filled(narrative, decisions.as_data(written.chapters), known, absent, labels, values)


def _lay_in(
    run_folder: Path,
    report: Path,
    filled: _Filled,
    texts: Mapping[str, str],
    lineage: Mapping[str, Mapping[str, Any]],
    book: Book,
) -> None:
    """Write into the project what the filter reads: its data, the generated blocks, the pictures."""
    data = report_data(
        filled.narrative,
        filled.labels,
        filled.figures,
        lineage,
        filled.values,
        filled.absent,
        decisions=filled.decisions,
        audit_page=book.audit_page,
    )
    folder = report / "_generated"
    folder.mkdir(exist_ok=True)
    _write(folder / "report.json", json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    for name, text in texts.items():
        _write(folder / f"{name}.md", text)
    _copy(run_folder / "figures", report / "figures", "*.svg", "*.png")


# -- what goes in ---------------------------------------------------------------------------------------


def _fallen(
    narrative: Narrative, known: Mapping[str, FigureRecord], absent: Mapping[str, Absence]
) -> dict[str, Absence]:
    """Charts and tables that are there, and fall away with the passage that needs what the area has not."""
    return {
        use.name: absent[name]
        for use in narrative.uses
        if use.kind == "block" and use.name in known
        for name in Decisions(absent=absent).lacking(use.needs)
    }


def _data_quality(run_folder: Path, settings: Settings, edition: Edition, catalogue: Catalogue | None) -> str:
    record = _record(run_folder)
    declared = catalogue.sources if catalogue else {}
    titles = {key: f"{source.publisher}, {source.title}" for key, source in declared.items()}
    known = blocks.data_quality(_summary(run_folder), _corrections(settings, edition, run_folder))
    return known + blocks.fetched(record.get("fetched", []), titles)


def _summary(run_folder: Path) -> dict[str, Any]:
    path = run_folder / "validation" / "summary.json"
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise ReportError(
            f"not readable ({error})", where=path, expected="the run's validation summary"
        ) from error


def _corrections(settings: Settings, edition: Edition, run_folder: Path) -> list[dict[str, Any]]:
    """The correction records of an edition that are about figures it holds."""
    name = edition.corrections
    folder = settings.data / "corrections"
    if name == edition.id:
        return _records(folder / f"{name}.yaml")
    import pandas as pd

    records = [*_records(folder / f"{name}.yaml"), *_records(folder / "elsewhere" / f"{name}.yaml")]
    frame = pd.read_parquet(run_folder / "observations.parquet", columns=["indicator", "area_code"])
    held = set(frame.drop_duplicates().itertuples(index=False, name=None))
    areas = {area for _, area in held}
    return [
        item
        for item in records
        if any((item["indicator"], area) in held for area in ([item["area"]] if "area" in item else areas))
    ]


def _records(path: Path) -> list[dict[str, Any]]:
    return list(Declared(path).data or []) if path.is_file() else []


def _record(run_folder: Path) -> dict[str, Any]:
    """The run's record of its edition; empty where there is none."""
    path = run_folder / "edition.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def _usage_warnings(settings: Settings, catalogue: Catalogue | None) -> dict[str, str]:
    if catalogue is not None:
        return catalogue.usage_warnings
    path = settings.data / "catalogue" / "usage_warnings.yaml"
    return dict(Declared(path).data) if path.is_file() else {}


def _sources(lineage: Mapping[str, Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The sources the report's figures were made from, each once."""
    found = {source["source_id"]: source for entry in lineage.values() for source in entry["sources"]}
    return [found[key] for key in sorted(found)]


def _claims(claims: Sequence[ClaimResult]) -> str:
    if not claims:
        return "No claims were checked in this run.\n"
    from send_jsna.report.claims import render_claims

    return render_claims(claims)


# -- what comes out -------------------------------------------------------------------------------------


def _lay_out(
    run_folder: Path,
    site: Path,
    narrative: Narrative,
    lineage: Mapping[str, Mapping[str, Any]],
    book: Book,
) -> None:
    """Put beside the chapters what they link to."""
    from send_jsna.report.audit_page import Use, render_audit_page

    _copy(run_folder / "figures", site / "figures", "*.svg", "*.png")
    _copy(run_folder / "notebooks", site / "notebooks", "*.html")
    _copy(run_folder / "validation", site / "validation", "*.html", "*.json")
    pages: dict[str, list[Use]] = {}
    for chapter in narrative.chapters:
        name = f"{chapter.number}. {chapter.title}" if chapter.number is not None else chapter.title
        for key in dict.fromkeys(use.name for use in chapter.uses if use.kind in ("inline", "block")):
            pages.setdefault(key, []).append(Use(f"{chapter.stem}.html", name))
    folder = site / "audit"
    folder.mkdir(exist_ok=True)
    for key, entry in lineage.items():
        page = render_audit_page(
            dict(entry), report_title=book.title, uses=pages.get(key, ()), audit_chapter=book.audit_page
        )
        _write(folder / f"{key}.html", page)
    _write(
        site / "lineage.json", json.dumps(dict(lineage), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    )


def _copy(source: Path, target: Path, *patterns: str) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for pattern in patterns:
        for path in sorted(source.glob(pattern)):
            shutil.copyfile(path, target / path.name)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
