"""Papermill's engine with our kernels, and an account of how far the notebook came."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

import papermill
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.execute import remove_error_markers

from send_jsna.execution import kernels
from send_jsna.execution.kernels import managers

log = logging.getLogger("send_jsna")
logging.getLogger("papermill").addHandler(logging.NullHandler())  # to the run's log, never to the console

ENGINE = "send-jsna"
#: A cell that raises one of these does not end the notebook: one figure is refused or missing, no more.
TOLERATED = ("FailedValidationError", "NoDataError")


@dataclass
class Progress:
    """How far an execution came.

    Attributes:
        notebook: The notebook with the outputs it has so far.
        cell: Place of the cell that was last begun, counted from 0; None before the first.
        warm: Whether its kernel was forked from the warm process.
        error: Name and message of what ended it early; None if it ran to its end.
    """

    notebook: Any
    cell: int | None = None
    warm: bool = False
    error: tuple[str, str] | None = None


class Engine(NBClientEngine):  # type: ignore[misc]
    """Executes on a warm kernel, or on an ordinary one where that does not start."""

    @classmethod
    def execute_managed_notebook(  # noqa: D102
        cls,
        nb_man: Any,
        kernel_name: str,
        *,
        progress: Progress,
        session: kernels.Session,
        timeout: int,
        **_: Any,
    ) -> None:
        progress.notebook = nb_man.nb
        attempts: list[type[managers.OwnKernelManager]] = [
            managers.OwnKernelManager,
            managers.OwnKernelManager,
        ]
        if kernels.is_warm():
            attempts.insert(0, managers.WarmKernelManager)
        for number, manager in enumerate(attempts, 1):
            progress.warm = manager is managers.WarmKernelManager
            try:
                _client(nb_man, manager.within(session), progress, timeout).execute()
            except Exception as error:
                # A kernel that did not start has executed nothing, so that another may try.
                if progress.cell is not None or number == len(attempts) or not session.is_open:
                    raise
                log.warning("a kernel did not start (%s: %s); trying another", type(error).__name__, error)
            else:
                return


papermill_engines.register(ENGINE, Engine)


def _client(nb_man: Any, manager: type, progress: Progress, timeout: int) -> Any:
    def begun(cell: Any, cell_index: int) -> None:
        progress.cell = cell_index

    return PapermillNotebookClient(
        nb_man,
        kernel_manager_class=manager,
        kernel_name="python3",
        timeout=timeout,
        startup_timeout=20 if progress.warm else 90,
        allow_error_names=list(TOLERATED),
        coalesce_streams=True,
        record_timing=False,
        store_widget_state=False,
        shutdown_kernel="immediate",
        on_cell_start=begun,
        log=logging.getLogger("papermill"),
    )


def execute(
    notebook: dict[str, Any], parameters: dict[str, Any], *, session: kernels.Session, timeout: int
) -> Progress:
    """Execute a notebook with parameters.

    Args:
        notebook: A checked notebook.
        parameters: Values for its parameters cell.
        session: What its kernel belongs to.
        timeout: Seconds a cell may take.

    Returns:
        The executed notebook, or, if a cell failed, the half-executed one with the error.
    """
    import nbformat

    node: Any = nbformat.from_dict(notebook)  # type: ignore[no-untyped-call]
    progress = Progress(node)
    try:
        papermill.execute_notebook(
            progress.notebook,
            None,
            parameters=parameters,
            engine_name=ENGINE,
            progress_bar=False,
            progress=progress,
            session=session,
            timeout=timeout,
        )
    except PapermillExecutionError:
        # Papermill raises for tolerated errors too, names the first of all, and puts in cells of its own.
        progress.notebook = remove_error_markers(progress.notebook)
        progress.error = _ended_by(progress)
    except Exception as error:
        progress.error = (type(error).__name__, str(error))
    finally:
        _close_loop()
    return progress


def _ended_by(progress: Progress) -> tuple[str, str] | None:
    """The error of the cell that ended the execution; None where all errors were tolerated."""
    for cell in progress.notebook.cells:
        if cell.metadata.get("papermill", {}).get("exception") is True:
            errors = [(o.ename, o.evalue) for o in cell.outputs if o.output_type == "error"]
            return errors[-1] if errors else ("CellExecutionError", "the cell failed without a message")
    return None


def _close_loop() -> None:
    """Close the event loop Jupyter made for this thread; it makes another when it needs one."""
    from jupyter_core.utils import ensure_event_loop

    loop = ensure_event_loop()
    if loop.is_running():
        return
    left = asyncio.all_tasks(loop)  # a kernel that died or took too long leaves some waiting
    for task in left:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.close()
