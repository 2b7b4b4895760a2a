"""The report of a run, and what it takes from the project: its title, the claims, the action register."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from send_jsna.cache import Store
from send_jsna.catalogue.areas import Areas
from send_jsna.errors import IntegrityError, UnknownEditionError
from send_jsna.figures.records import FigureRecord, read_absences, read_figures
from send_jsna.figures.run_context import RunContext, read_context
from send_jsna.provenance.lineage import EDITION, build_lineage
from send_jsna.report.formats import FORMATS, Format
from send_jsna.runs.inputs import edition_before
from send_jsna.runs.request import Engine
from send_jsna.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

    from send_jsna.catalogue.schema import Catalogue
    from send_jsna.disclosure import Tables
    from send_jsna.editions.edition import Edition
    from send_jsna.editions.edition_files import EditionCard
    from send_jsna.figures.records import Absence
    from send_jsna.report.claims import ClaimResult

#: What was checked of the published claims; a file of a run folder.
CLAIMS = "claims.json"


def write_report(
    folder: Path,
    settings: Settings,
    engine: Engine,
    *,
    is_complete: bool,
    formats: Collection[Format] = FORMATS,
    store: Store | None = None,
) -> dict[str, int]:
    """Record the lineage of a run's figures, and make its report: all of it from what is in its folder.

    Args:
        folder: The run folder, or a copy of one: observations, validation, notebooks, figures and claims.
        settings: The project's settings; its chapters, theme, terms and register are read.
        engine: What renders the report.
        is_complete: Whether every notebook ran to its end, so that an unpublished figure is a mistake.
        formats: What is rendered.
        store: What was rendered before, and gets what is rendered now; None renders everything.

    Returns:
        How many figures, refused figures, claims and pages there are.

    Raises:
        ReportError: The narrative breaks a rule, or the engine could not render it.
        IntegrityError: The folder lacks what the report is made of.
    """
    from send_jsna.catalogue.loading import load_catalogue
    from send_jsna.report import RunFigures, assemble
    from send_jsna.report.claims import read_claims

    card = edition_card(settings, folder)
    published, refused = read_figures(folder)
    lineage = build_lineage(folder)
    claims = read_claims(folder / CLAIMS)
    catalogue = load_catalogue(settings.data / "catalogue")
    found = (settings, catalogue, published, refused)
    about: dict[str, Any] = {"is_complete": is_complete, "absences": read_absences(folder)}
    declared = {
        "recommendations": recommendations(*found, area=read_context(folder).area["code"], **about),
        "inspection": inspection(*found, **about),
    }
    site = assemble(
        folder,
        RunFigures(published, refused, lineage, claims, declared),
        settings=settings,
        catalogue=catalogue,
        edition=card,
        engine=engine,
        formats=formats,
        store=store,
    )
    return {
        "figures": len(published),
        "refused": len(refused),
        "claims": len(claims["claims"]),
        "pages": len(list(site.rglob("*.html"))),
    }


def edition_card(settings: Settings, folder: Path) -> EditionCard:
    """What is said of the edition a run was made from: as the run recorded it, else as the project has it.

    Raises:
        IntegrityError: The run did not record it, and the project does not have the edition.
    """
    from send_jsna.editions.edition import find_edition
    from send_jsna.editions.edition_files import EditionCard

    try:
        recorded = dict(json.loads((folder / EDITION).read_text(encoding="utf-8")))
        if "card" in recorded:
            return EditionCard.model_validate(recorded["card"])
        return find_edition(settings, str(recorded["id"])).card
    except (OSError, ValueError, KeyError, UnknownEditionError) as error:
        raise IntegrityError(
            "nothing says what edition the run was made from",
            where=folder / EDITION,
            expected="the edition's card in it, or the edition in the project",
            remedy="build the run again with jsna refresh",
        ) from error


def report_title(settings: Settings, context: RunContext) -> str:
    """The title of the report as its pages give it: the book's, for the area."""
    from send_jsna.report.book import Book

    title = Book.read(settings.reports).title
    return f"{context.area['name']}: {title[:1].lower()}{title[1:]}"


def check_published_claims(
    settings: Settings,
    edition: Edition,
    frame: pd.DataFrame,
    failed_datasets: Mapping[str, str],
    area: str,
    tables: Tables,
) -> list[ClaimResult]:
    """Check an area's published claims against this edition and the editions before it.

    Data sets of this edition that failed validation are not used.

    Args:
        settings: The project's settings.
        edition: The edition.
        frame: Its observations, as the run shows them.
        failed_datasets: Data sets of it that failed validation, and why.
        area: The area whose documents are checked.
        tables: How the counts of children hang together; an edition before is read as its report shows it.
    """
    from send_jsna.editions.edition import load_edition
    from send_jsna.report.claims import check_claims, claims_of

    claims = claims_of(settings.data / "claims", area)
    areas = Areas(settings.data / "areas")
    frames = {edition.id: frame}
    earlier = edition
    while claims and (before := edition_before(settings, earlier, areas, tables)) is not None:
        earlier = load_edition(settings.editions, str(earlier.previous))
        frames[earlier.id] = before.shown
    return check_claims(claims, frames, failed={edition.id: failed_datasets})


def recommendations(
    settings: Settings,
    catalogue: Catalogue,
    published: Mapping[str, FigureRecord],
    refused: Mapping[str, FigureRecord],
    *,
    is_complete: bool,
    area: str,
    absences: Sequence[Absence],
) -> str:
    """The action register beside the figures that measure its actions; nothing for another area than its own.

    Args:
        settings: The project's settings.
        catalogue: The catalogue, for what was searched for.
        published: Published figures.
        refused: Refused figures.
        is_complete: Whether every supplement ran to its end, so that an unpublished figure is a mistake.
        area: The area of the report.
        absences: What the supplements recorded as missing, with the reasons.

    Raises:
        CatalogueError: The register is malformed, or names a figure that no notebook publishes.
    """
    from send_jsna.report.book import Book
    from send_jsna.report.named_figures import blocks_shown
    from send_jsna.report.recommendations import check_measures, load_register, render_recommendations

    register = load_register(settings.data / "recommendations" / "register.yaml")
    if register.area != area:
        return ""
    if is_complete:
        check_measures(register, {*published, *refused}, absences)
    return render_recommendations(
        register,
        published,
        shown=blocks_shown(settings.reports),
        absences=absences,
        searches=catalogue.searches,
        audit=Book.read(settings.reports).audit_page.replace(".html", ".qmd"),
    )


def inspection(
    settings: Settings,
    catalogue: Catalogue,
    published: Mapping[str, FigureRecord],
    refused: Mapping[str, FigureRecord],
    *,
    is_complete: bool,
    absences: Sequence[Absence],
) -> str:
    """The subjects of area inspections beside the figures that speak to them; as :func:`recommendations`.

    A book without the chapter has nothing of them.

    Raises:
        CatalogueError: The crosswalk is malformed, or names a figure that no notebook publishes.
    """
    from send_jsna.council.declared import extract_titles
    from send_jsna.report.book import Book
    from send_jsna.report.inspection import CROSSWALK, check_figures, load_crosswalk, render_crosswalk
    from send_jsna.report.named_figures import NamedFigures, blocks_shown, is_asked_for

    path = settings.data / "catalogue" / CROSSWALK
    if not path.is_file() or not is_asked_for(settings.reports, "inspection"):
        return ""
    crosswalk = load_crosswalk(path)
    if is_complete:
        check_figures(crosswalk, {*published, *refused}, absences)
    return render_crosswalk(
        crosswalk,
        NamedFigures(published, blocks_shown(settings.reports), absences),
        source=catalogue.sources.get(crosswalk.source),
        extracts=extract_titles(settings.data),
        audit=Book.read(settings.reports).audit_page.replace(".html", ".qmd"),
    )
