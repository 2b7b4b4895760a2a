"""The main job: one area, one edition, from the frozen figures to the audited report."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed

from send_jsna.places import EDITION
from send_jsna.runs import pipeline, stages
from send_jsna.runs.request import Done, Request, Result

Engine = Literal["auto", "quarto", "pandoc"]


def _can_pass(_task: Any, _run: Any, state: Any) -> bool:
    return pipeline.is_transient(state.result(raise_on_failure=False))


def as_task(stage: Callable[..., Any]) -> Callable[..., Any]:
    """A stage as a task of Prefect.

    A retry stands only where the second try can end otherwise than the first: reading files from a drive
    that did not answer. A kernel that does not start is tried again where kernels are started. A malformed
    edition, a failed suite and a chapter that breaks a rule stay as they are. A stage of which nothing was
    made, since all of it is as in an earlier run, ends as ``Cached``.
    """

    @functools.wraps(stage)
    def staged(*arguments: Any, **options: Any) -> Any:
        made = stage(*arguments, **options)
        if isinstance(made, Done) and made.reused:
            return Completed(name="Cached", message="as in an earlier run", data=made)
        return made

    step = task(name=stage.__name__, cache_policy=NO_CACHE)(staged)
    if stage is stages.load:
        step = step.with_options(retries=2, retry_delay_seconds=5, retry_condition_fn=_can_pass)

    def called(*arguments: Any, **options: Any) -> Any:
        made = step(*arguments, **options)
        return made.result() if isinstance(made, State) else made

    return called


def requested(
    area: str, edition: str, engine: Engine, runs: str | None, live: bool, mirror: str | None, force: bool
) -> Request:
    """What a flow's parameters ask for."""
    folder = Path(runs) if runs else None
    if live or mirror:
        request = Request.fetching(area, engine, folder, mirror=Path(mirror) if mirror else None)
    else:
        request = Request.make(area, edition, engine, folder)
    return replace(request, force=force)


@flow(name="refresh", flow_run_name="{area}-{edition}")
def refresh(
    area: str = "E08000026",
    edition: str = EDITION,
    engine: Engine = "auto",
    runs: str | None = None,
    live: bool = False,
    mirror: str | None = None,
    force: bool = False,
) -> Result:
    """Build the assessment of one area from one edition.

    Args:
        area: ONS code, DfE number or name.
        edition: Edition id; not used where the figures are fetched.
        engine: What renders the report.
        runs: Folder for runs; the project's own by default.
        live: Fetch what the publishers hold now.
        mirror: Folder of files that somebody downloaded by hand, to be read instead.
        force: Make everything, also what is as it was in an earlier run.
    """
    asked = requested(area, edition, engine, runs, live, mirror, force)
    return pipeline.run(asked, orchestrator="prefect", as_task=as_task).or_raise()
