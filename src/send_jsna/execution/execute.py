"""Executes supplements: checks every notebook before anything runs, then runs them side by side."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from send_jsna.cache import Store
from send_jsna.errors import NotebookError
from send_jsna.execution import kernels, notebook_files, plain_notebook
from send_jsna.execution.reuse import ExecutedBefore
from send_jsna.settings import Settings

if TYPE_CHECKING:
    from send_jsna.execution.papermill_engine import Progress

log = logging.getLogger("send_jsna")

#: What came of a supplement, and its executed notebook.
_Executed: TypeAlias = "tuple[NotebookOutcome, notebook_files.Notebook]"


@dataclass(frozen=True)
class NotebookOutcome:
    """What came of one supplement.

    Attributes:
        supplement: Its id.
        status: ``completed``, or ``failed`` where a cell ended it early.
        notebook: The executed, or half-executed, notebook in the run folder.
        seconds: Wall seconds.
        refused: Messages of cells whose figure was refused, or is missing for the area.
        cell_id: Id of the cell that failed.
        cell_number: Its number as the notebook shows it, or else its place, counted from 1.
        ename: Name of the error.
        evalue: Its message, on one line.
        warm: Whether its kernel was forked from the warm process.
        reused: Whether it was not executed, since it is as in an earlier run.
    """

    supplement: str
    status: Literal["completed", "failed"]
    notebook: Path
    seconds: float
    refused: list[str] = field(default_factory=list)
    cell_id: str = ""
    cell_number: int = 0
    ename: str = ""
    evalue: str = ""
    warm: bool = False
    reused: bool = False

    @property
    def failed(self) -> bool:
        """Whether a cell failed."""
        return self.status == "failed"

    def line(self) -> str:
        """The outcome on one line."""
        if not self.failed:
            return f"{self.supplement}.ipynb: {'as in an earlier run' if self.reused else 'executed'}"
        place = f"cell {self.cell_number} ({self.cell_id})" if self.cell_id else "before its first cell"
        return f"{self.supplement}.ipynb, {place}: {self.ename}: {self.evalue}"

    def error(self) -> NotebookError:
        """The failure as an error of ours."""
        where = f"{self.supplement}.ipynb, cell {self.cell_number} ({self.cell_id})"
        return NotebookError(
            f"{self.ename}: {self.evalue}",
            where=where,
            remedy=f"see the half-executed notebook notebooks/{self.supplement}.ipynb in the run folder",
        )


def check_supplements(
    folder: Path, supplements: Sequence[str], parameters: dict[str, Any]
) -> dict[str, notebook_files.Notebook]:
    """Read supplements and refuse them unless all can be executed with these parameters.

    Raises:
        NotebookError: A notebook is missing or not valid, its parameters cell is wrong, a parameter is
            passed that it does not declare, or it asks for another kernel.
    """
    return {
        name: notebook_files.check_executable(folder / f"{name}.ipynb", parameters)
        for name in dict.fromkeys(supplements)
    }


def execute_supplements(
    run_folder: Path,
    supplements: Sequence[str],
    *,
    parameters: dict[str, Any],
    settings: Settings,
    on_event: Callable[[NotebookOutcome, int, int], None] | None = None,
    store: Store | None = None,
) -> list[NotebookOutcome]:
    """Execute supplements into ``notebooks/`` of a run folder, ``settings.workers`` at once.

    Every notebook is checked before any is executed. A cell that fails ends its own notebook only; a figure
    that is refused because its data failed validation ends nothing. Nothing in the executed notebooks differs
    from one execution to the next. ``notebooks/cells.json`` says which cell has which count.

    Args:
        run_folder: Folder with ``context.json`` and ``observations.parquet``.
        supplements: Their ids.
        parameters: Values for the notebooks' parameters but the run folder.
        settings: Workers, time-out and the folder of the notebooks.
        on_event: Called with each outcome, the number that are done and the number in all.
        store: Has notebooks that were executed before, and gets those executed now; None executes all.

    Returns:
        One outcome for each supplement, in the order asked for.

    Raises:
        NotebookError: A notebook cannot be executed; nothing has run then.
    """
    folder = run_folder.resolve()
    values = {**parameters, "run_folder": str(folder)}
    checked = check_supplements(settings.notebooks, supplements, values)
    if not (folder / "context.json").is_file():
        raise NotebookError("there is no run here", where=folder, expected="a run folder with context.json")
    replaced = _neutral_names(folder, settings)
    (folder / "notebooks").mkdir(exist_ok=True)
    outcomes: dict[str, NotebookOutcome] = {}
    cells: dict[str, dict[str, dict[str, Any]]] = {}

    def execute(name: str, session: kernels.Session) -> _Executed:
        given = {"session": session, "timeout": settings.notebook_timeout}
        return _execute(folder, name, checked[name], values, replaced, given)

    def ended(executed: _Executed) -> None:
        outcome, notebook = executed
        outcomes[outcome.supplement] = outcome
        cells[outcome.supplement] = _counts(notebook)
        (log.error if outcome.failed else log.info)("%s (%.1f s)", outcome.line(), outcome.seconds)
        if on_event is not None:
            on_event(outcome, len(outcomes), len(checked))
        if before and not outcome.failed and not outcome.reused:
            before.keep(outcome.supplement, checked[outcome.supplement], outcome.refused)

    before = ExecutedBefore(folder, parameters, store) if store else None
    for restored in _restored(before, checked, folder) if before else ():
        ended(restored)
    todo = [name for name in checked if name not in outcomes]
    if todo:
        _side_by_side(todo, execute, ended, settings)
    ordered = {name: cells[name] for name in checked}
    text = json.dumps(ordered, indent=1) + "\n"
    (folder / "notebooks" / "cells.json").write_text(text, encoding="utf-8")
    return [outcomes[name] for name in checked]


def _neutral_names(folder: Path, settings: Settings) -> dict[str, str]:
    """What is written in place of folders of this machine."""
    return {
        str(folder): plain_notebook.NEUTRAL_FOLDER,
        sys.prefix: "python",
        sys.base_prefix: "python",
        str(settings.project_root.resolve()): ".",
        str(kernels.scratch.folder()): "scratch",
    }


def _restored(
    before: ExecutedBefore, checked: Mapping[str, notebook_files.Notebook], folder: Path
) -> Iterator[_Executed]:
    """The notebooks that are as in an earlier run, written into the run folder."""
    for name, notebook in checked.items():
        made = before.restore(name, notebook)
        if made is not None:
            path = folder / "notebooks" / f"{name}.ipynb"
            outcome = NotebookOutcome(name, "completed", path, 0.0, made.record, reused=True)
            yield outcome, notebook_files.read(path)


def _side_by_side(
    names: Sequence[str],
    execute: Callable[[str, kernels.Session], _Executed],
    ended: Callable[[_Executed], None],
    settings: Settings,
) -> None:
    """Execute notebooks, as many at once as the settings say.

    Args:
        names: Of the supplements.
        execute: Executes one of them on a kernel of a session.
        ended: Called in this thread with what came of each, as it ends.
        settings: How many at once, and what memory each may take.
    """
    pool = ThreadPoolExecutor(max_workers=settings.workers, thread_name_prefix="jsna-notebook")
    try:
        with kernels.session(settings.kernel_memory) as session:
            tasks = [pool.submit(execute, name, session) for name in names]
            for task in as_completed(tasks):
                ended(task.result())
    except BaseException:  # Ctrl-C among them: without their kernels the threads end by themselves
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    finally:
        pool.shutdown(wait=True)


def _execute(
    folder: Path,
    name: str,
    notebook: notebook_files.Notebook,
    parameters: dict[str, Any],
    replaced: dict[str, str],
    given: dict[str, Any],
) -> _Executed:
    from send_jsna.execution.papermill_engine import TOLERATED, execute

    begun = time.perf_counter()
    progress = execute(notebook, parameters, **given)
    plain = plain_notebook.plain(progress.notebook, folders=replaced)
    path = folder / "notebooks" / f"{name}.ipynb"
    path.write_text(notebook_files.write(plain), encoding="utf-8")
    refused = [
        output["evalue"]
        for cell in plain["cells"]
        for output in cell.get("outputs", [])
        if output["output_type"] == "error" and output["ename"] in TOLERATED
    ]
    seconds = time.perf_counter() - begun
    if progress.error is None:
        return NotebookOutcome(name, "completed", path, seconds, refused, warm=progress.warm), plain
    ename, evalue = progress.error
    cell_id, number = _place(progress, plain)
    message = _one_line(evalue, replaced)
    if ename.endswith("MemoryError"):
        limit = f"a notebook may take {given['session'].memory:,} MiB (JSNA_KERNEL_MEMORY)"
        message = f"{message}; {limit}" if message else limit
    failed = NotebookOutcome(
        name, "failed", path, seconds, refused, cell_id, number, ename, message, warm=progress.warm
    )
    return failed, plain


def _place(progress: Progress, plain: notebook_files.Notebook) -> tuple[str, int]:
    """Id and number of the cell an execution ended at."""
    if progress.cell is None:
        return "", 0
    cell = plain["cells"][progress.cell]
    return str(cell["id"]), int(cell.get("execution_count") or progress.cell + 1)


def _one_line(text: str, replaced: dict[str, str]) -> str:
    for path, name in replaced.items():
        text = text.replace(path, name)
    return " ".join(text.split())[:500]


def _counts(notebook: notebook_files.Notebook) -> dict[str, dict[str, Any]]:
    """The cells of an executed notebook by their execution count."""
    return {
        str(cell["execution_count"]): {"cell_id": cell["id"], "number": cell["execution_count"]}
        for cell in notebook["cells"]
        if cell["cell_type"] == "code" and cell["execution_count"] is not None
    }
