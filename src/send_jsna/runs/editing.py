"""The edit loop: the report of a finished run from edited chapters, one notebook on a run's observations.

Both read the run's folder and leave it as it is; what they make goes into a scratch folder. The attack that
ends a refresh is not made on it: scratch is for reading at one's desk, and only runs are published.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from send_jsna.errors import UnknownFigureError
from send_jsna.figures.records import ABSENCES, read_figures
from send_jsna.figures.run_context import CONTEXT, OBSERVATIONS
from send_jsna.progress import stage
from send_jsna.report.formats import FORMATS, Format
from send_jsna.runs import scratch
from send_jsna.runs.notebooks import execute_notebooks
from send_jsna.runs.report_parts import write_report
from send_jsna.runs.request import Engine, Failure, Result, store_of
from send_jsna.runs.run_copy import (
    FIGURES,
    NOTEBOOKS,
    copy_figures_of_others,
    copy_files,
    copy_run,
    declare,
    is_edited,
    known_notebook,
    seal_again,
    take_scratch,
)
from send_jsna.runs.scratch import ScratchRecord
from send_jsna.settings import Settings


@dataclass(frozen=True)
class Executed:
    """One notebook, executed on the observations of a finished run.

    Attributes:
        notebook: Its id.
        folder: Its scratch folder.
        failed: The line of the cell that ended it; empty where none did.
        left_out: Why figures made of withheld counts are not among its figures; empty where they are.
    """

    notebook: str
    folder: Path
    failed: str
    left_out: str

    @property
    def page(self) -> Path:
        """The executed notebook for a reader."""
        return self.folder / NOTEBOOKS / f"{self.notebook}.html"

    def or_raise(self) -> Executed:
        """The notebook, executed to its end; a cell that failed is the error that it is in a refresh.

        Raises:
            NotebookError: A cell failed.
        """
        failures = (Failure("notebook", self.notebook, self.failed),) if self.failed else ()
        Result(self.folder, is_latest=False, failures=failures).or_raise()
        return self


def render(
    run: Path,
    settings: Settings,
    engine: Engine,
    *,
    formats: Collection[Format] = FORMATS,
    notebooks: Sequence[str] = (),
) -> Path:
    """Make the report of a finished run anew, from the chapters as the project has them now.

    Args:
        run: Folder of the run.
        settings: The project's settings.
        engine: What renders the report.
        formats: What is rendered.
        notebooks: Ids of notebooks whose figures are those of their scratch execution on this run.

    Returns:
        The folder with the report.

    Raises:
        ReportError: The narrative breaks a rule, or the engine could not render it.
        NotebookError: A notebook has no scratch execution on this run that can be used.
        IntegrityError: The run lacks what its report is made of.
        BusyError: Another process makes the same.
    """
    from send_jsna.report.missing import stopped_notebooks

    taken = list(dict.fromkeys(known_notebook(settings, name) for name in notebooks))
    place = scratch.place_of(settings, "render", run)
    with scratch.building(place) as folder:
        with stage("assemble") as under_way:
            copy_run(run, folder, settings)
            for name in taken:
                take_scratch(run, folder, settings, name)
            is_complete = not stopped_notebooks(folder / NOTEBOOKS)
            try:
                counts = write_report(
                    folder,
                    settings,
                    engine,
                    is_complete=is_complete,
                    formats=formats,
                    store=store_of(settings),
                )
            except UnknownFigureError as error:
                error.remedy += _hint(run, settings, taken)
                raise
            under_way.outcome = (
                f"{counts['figures']} figures, {counts['claims']} claims, {counts['pages']} pages"
            )
        _keep(folder, {"site"})
        ScratchRecord.of(run).write(folder)
    return place.folder / "site"


def execute(run: Path, settings: Settings, notebook: str) -> Executed:
    """Execute one notebook of the project on the observations of a finished run.

    Args:
        run: Folder of the run.
        settings: The project's settings.
        notebook: The notebook's id, or the name of its file.

    Returns:
        What came of it. A cell that failed is no error here: the half-executed notebook is kept.

    Raises:
        NotebookError: There is no such notebook, or it cannot be executed at all.
        IntegrityError: The run lacks what a notebook reads.
        BusyError: Another process executes it on this run.
    """
    from send_jsna.execution import kernels

    name = known_notebook(settings, notebook)
    kernels.warm_up("send_jsna.evidence")
    place = scratch.place_of(settings, "notebook", run, name)
    with scratch.building(place) as folder:
        with stage("execute") as under_way:
            copy_files(run, folder, settings, (CONTEXT, OBSERVATIONS))
            declare(folder, settings, name)
            left_out = seal_again(folder, settings)
            others = copy_figures_of_others(run, folder, name)
            (outcome,) = execute_notebooks(folder, [name], settings, under_way, store=None)
            for path in others:
                path.unlink()
            published, _ = read_figures(folder)
            under_way.outcome = (
                f"1 notebook, {len(published)} figures, {int(outcome.failed)} notebooks failed"
            )
        failed = outcome.line() if outcome.failed else ""
        _keep(folder, {NOTEBOOKS, FIGURES, ABSENCES})
        ScratchRecord.of(run, failed=failed, left_out=left_out).write(folder)
    return Executed(name, place.folder, failed, left_out)


def _hint(run: Path, settings: Settings, taken: Collection[str]) -> str:
    """What else to do about an unknown figure, where notebooks were edited since the run was built."""
    from send_jsna.catalogue.loading import load_catalogue

    known = load_catalogue(settings.data / "catalogue").supplements
    edited = [name for name in known if name not in taken and is_edited(settings, name, run)]
    if not edited:
        return ""
    names = " and ".join(edited[:3]) + (f" and {len(edited) - 3} more" if len(edited) > 3 else "")
    return (
        f"; {names} {'was' if len(edited) == 1 else 'were'} edited since the run was built: run"
        f" jsna notebook {edited[0]} and jsna render --with {edited[0]}, or jsna refresh"
    )


def _keep(folder: Path, names: Collection[str]) -> None:
    """Remove from a scratch folder what only served to make it."""
    for path in folder.iterdir():
        if path.name in names:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
