"""What the report of a run takes from the project: its title, the claims, the action register."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from send_jsna.catalogue.areas import Areas
from send_jsna.figures.records import FigureRecord
from send_jsna.figures.run_context import RunContext
from send_jsna.runs.inputs import edition_before
from send_jsna.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

    from send_jsna.disclosure import Tables
    from send_jsna.editions.edition import Edition
    from send_jsna.figures.records import Absence
    from send_jsna.report.claims import ClaimResult


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
        published: Published figures.
        refused: Refused figures.
        is_complete: Whether every supplement ran to its end, so that an unpublished figure is a mistake.
        area: The area of the report.
        absences: What the supplements recorded as not published, with the reasons.

    Raises:
        CatalogueError: The register is malformed, or names a figure that no notebook publishes.
    """
    from send_jsna.report.book import Book
    from send_jsna.report.recommendations import check_measures, load_register, render_recommendations

    register = load_register(settings.data / "recommendations" / "register.yaml")
    if register.area != area:
        return ""
    if is_complete:
        check_measures(register, {*published, *refused}, absences)
    block = re.compile(r"^:::+[^\n]*\bfigure=\"([^\"]+)\"", flags=re.MULTILINE)
    shown = {
        key
        for name in Book.read(settings.reports).chapter_files
        for key in block.findall((settings.reports / name).read_text(encoding="utf-8"))
    }
    return render_recommendations(register, published, shown=shown, absences=absences)
