"""From a run's figures to its published folder: the narrative checked, filled, rendered and laid out."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from send_jsna.cache import Store
from send_jsna.errors import ReportError
from send_jsna.figures.records import Absence, FigureRecord, read_absences
from send_jsna.figures.run_context import read_context
from send_jsna.processes import at_once
from send_jsna.provenance.ledger_schema import LEDGER
from send_jsna.report import audit_blocks, pandoc_engine, publication, quarto_engine
from send_jsna.report.book import Book
from send_jsna.report.conditions import facts_of, not_lacking
from send_jsna.report.data import Filled, report_data, setting_values
from send_jsna.report.decisions import Decisions
from send_jsna.report.formats import FORMATS, Format
from send_jsna.report.generated import READY, RunFigures, generated_blocks, terms_file
from send_jsna.report.missing import lacking_cells, not_there, stopped_notebooks, unexplained, unpublished
from send_jsna.report.narrative import (
    Narrative,
    applicable,
    check_uses,
    load_terms,
    number_figures,
    scan_chapters,
    with_generated,
    without_unpublished,
)
from send_jsna.report.pandoc_blocks import SUFFIX
from send_jsna.report.project import copy_project
from send_jsna.report.rendering import Rendering
from send_jsna.settings import Settings

if TYPE_CHECKING:
    from send_jsna.catalogue.schema import Catalogue
    from send_jsna.editions.edition_files import EditionCard

Engine = Literal["auto", "quarto", "pandoc"]


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


def assemble(
    run_folder: Path,
    figures: RunFigures,
    *,
    settings: Settings,
    catalogue: Catalogue | None,
    edition: EditionCard,
    engine: Engine = "auto",
    formats: Collection[Format] = FORMATS,
    store: Store | None = None,
) -> Path:
    """Build ``report/`` and ``site/`` of a run.

    It has eight parameters, since it is where a run meets the project, and the edit loop asks for less of it.

    Args:
        run_folder: The run: ``context.json``, ``figures/``, ``notebooks/``, ``validation/``.
        figures: What the run found.
        settings: Where the project's declared files are.
        catalogue: The catalogue, for what its indicators and usage warnings mean; None leaves them out.
        edition: What is said of the edition; the report's dates are its date of release.
        engine: ``auto``, ``quarto`` or ``pandoc``.
        formats: What is rendered; without ``html`` there are no pages, and nothing that they link to.
        store: What was rendered before, and gets what is rendered now; None renders everything.

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
    texts = generated_blocks(run_folder, context, figures, settings, catalogue, edition)
    written = with_generated(scan_chapters(report, load_terms(terms_file(settings))), texts)
    facts = facts_of(
        context,
        figures.known,
        claims=figures.claims.get("claims", ()),
        recommendations=texts.get("recommendations", ""),
        previous=edition.previous or "",
        is_released=edition.origin == "released",
    )
    facts |= not_lacking((use.name for use in written.uses if use.kind == "condition"), _noted(run_folder))
    values = setting_values(
        context, title=edition.title, released=edition.released, previous=edition.previous or ""
    )
    filled = _filled(run_folder, written, figures.known, facts, values, texts)
    lineage = figures.lineage
    newer = publication.newer_of_run(run_folder, catalogue.releases.values() if catalogue else ())
    filled = replace(filled, newer=publication.newer_by_chapter(filled.narrative, lineage, newer))
    files = {f"{name}.md": text for name, text in texts.items()} | _ready(filled, figures)
    _lay_in(run_folder, report, filled, files, lineage, book)
    render: Callable[[], None]
    if chosen == "quarto":
        render = partial(
            quarto_engine.render,
            *(report, site),
            quarto=settings.quarto,
            released=edition.released,
            formats=formats,
        )
    else:
        rendering = Rendering(report, site, book, edition.released, f"Edition {edition.id}", store)
        render = partial(pandoc_engine.render, rendering, filled.narrative.chapters, formats)
    if "html" in formats:
        at_once(partial(_lay_out, run_folder, site, filled.narrative, lineage, book), render)
    else:
        render()
    return site


def _ready(filled: Filled, figures: RunFigures) -> dict[str, str]:
    """The generated blocks that are made once the narrative is filled, by file name."""
    from send_jsna.report.claims import render_claims

    made = {
        "audit": audit_blocks.audit_for_paper(filled.narrative, filled.labels, figures.lineage),
        "audit.html": audit_blocks.audit_for_pages(filled.narrative, filled.labels, figures.lineage),
        "chart_data": audit_blocks.chart_data(filled.labels, filled.figures),
        "claims": render_claims(figures.claims),
    }
    return {f"{name}{SUFFIX}": text for name, text in made.items()}


def _filled(
    run_folder: Path,
    written: Narrative,
    known: dict[str, FigureRecord],
    facts: set[str],
    values: dict[str, str],
    generated: Collection[str],
) -> Filled:
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
    absent, failed = not_there(narrative, known, _noted(run_folder))
    known = known | failed
    known |= unpublished(narrative, {*known, *absent}, stopped_notebooks(run_folder / "notebooks"))
    if "released" not in facts:
        absent |= unexplained(narrative, {*known, *absent}, values["area.name"])
    absent |= _fallen(narrative, known, absent)
    decisions = Decisions(facts, absent, known)
    narrative = without_unpublished(applicable(narrative, decisions), decisions)
    check_uses(narrative, known, settings=values, generated=[*generated, *READY], absent=absent)
    labels = number_figures(narrative, known)
    return Filled(narrative, decisions.as_data(written.chapters), known, absent, labels, values)


def _noted(run_folder: Path) -> list[Absence]:
    """What the notebooks of a run recorded as missing."""
    return [*read_absences(run_folder), *lacking_cells(run_folder / "notebooks")]


def _lay_in(
    run_folder: Path,
    report: Path,
    filled: Filled,
    blocks: Mapping[str, str],
    lineage: Mapping[str, Mapping[str, Any]],
    book: Book,
) -> None:
    """Write into the project what the filter reads: its data, the generated blocks, the pictures."""
    data = report_data(filled, lineage, book.audit_page)
    folder = report / "_generated"
    folder.mkdir(exist_ok=True)
    _write(folder / "report.json", json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    for name, text in blocks.items():
        _write(folder / name, text)
    _copy(run_folder / "figures", report / "figures", "*.svg")


# -- what goes in ---------------------------------------------------------------------------------------


def _fallen(
    narrative: Narrative, known: Mapping[str, FigureRecord], absent: Mapping[str, Absence]
) -> dict[str, Absence]:
    """Published charts and tables that are left out, since their passage needs a figure that is missing."""
    return {
        use.name: absent[name]
        for use in narrative.uses
        if use.kind == "block" and use.name in known
        for name in Decisions(absent=absent).lacking(use.needs)
    }


# -- what comes out -------------------------------------------------------------------------------------


def _lay_out(
    run_folder: Path,
    site: Path,
    narrative: Narrative,
    lineage: Mapping[str, Mapping[str, Any]],
    book: Book,
) -> None:
    """Put beside the chapters what they link to."""
    from send_jsna.report.audit_page import AuditPages, Use

    _copy(run_folder / "figures", site / "figures", "*.svg")
    _copy(run_folder / "notebooks", site / "notebooks", "*.html")
    _copy(run_folder / "validation", site / "validation", "*.html", "*.json")
    pages: dict[str, list[Use]] = {}
    for chapter in narrative.chapters:
        name = f"{chapter.number}. {chapter.title}" if chapter.number is not None else chapter.title
        for key in dict.fromkeys(use.name for use in chapter.uses if use.kind in ("inline", "block")):
            pages.setdefault(key, []).append(Use(f"{chapter.stem}.html", name))
    AuditPages(book.title, book.audit_page).write(site / "audit", lineage, pages)
    _copy(run_folder, site, LEDGER)


def _copy(source: Path, target: Path, *patterns: str) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for pattern in patterns:
        for path in sorted(source.glob(pattern)):
            shutil.copyfile(path, target / path.name)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
