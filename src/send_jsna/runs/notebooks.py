"""Executing notebooks on what a run folder has: all of them in a refresh, one of them in the edit loop."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from send_jsna.cache import Store
from send_jsna.catalogue.areas import Comparators
from send_jsna.figures.run_context import read_context
from send_jsna.files import NO_SPACE, disk_full
from send_jsna.progress import Stage
from send_jsna.runs.report_parts import report_title
from send_jsna.runs.request import Failure
from send_jsna.settings import Settings

if TYPE_CHECKING:
    from send_jsna.execution.execute import NotebookOutcome


def execute_notebooks(
    folder: Path, supplements: Sequence[str], settings: Settings, under_way: Stage, *, store: Store | None
) -> list[NotebookOutcome]:
    """Execute supplements into a run folder, and write a page of each.

    Args:
        folder: The run folder, with its context and observations.
        supplements: Ids of the notebooks.
        settings: The project's settings.
        under_way: The stage, which each outcome is reported to.
        store: Has notebooks that were executed before, and gets those executed now; None executes all.

    Returns:
        What came of each, in the order asked for.

    Raises:
        NotebookError: A notebook cannot be executed at all; nothing has run then.
        StorageError: The disk is full.
    """
    from send_jsna.execution.execute import execute_supplements
    from send_jsna.execution.notebook_page import render_notebook_html

    context = read_context(folder)
    title = report_title(settings, context)

    def report(outcome: NotebookOutcome, done: int, total: int) -> None:
        under_way.step(f"{outcome.line()} ({outcome.seconds:.1f} s)", done, total)
        if NO_SPACE not in outcome.evalue:
            render_notebook_html(folder, outcome.supplement, report_title=title, store=store)

    outcomes = execute_supplements(
        folder,
        supplements,
        parameters={
            "area": context.area["code"],
            "edition": context.edition,
            "comparators": Comparators.from_dict(context.comparators).codes,
        },
        settings=settings,
        on_event=report,
        store=store,
    )
    if any(NO_SPACE in outcome.evalue for outcome in outcomes if outcome.failed):
        raise disk_full(folder.parent)
    return outcomes


def failures_of(outcomes: Sequence[NotebookOutcome]) -> tuple[Failure, ...]:
    """The notebooks that a cell ended early, as a run records them."""
    return tuple(
        Failure("notebook", outcome.supplement, outcome.line()) for outcome in outcomes if outcome.failed
    )
