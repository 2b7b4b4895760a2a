"""The main job: one area, one edition, from the frozen figures to the audited report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from send_jsna.runs import pipeline, stages
from send_jsna.runs.request import Request, Result

Engine = Literal["auto", "quarto", "pandoc"]


def _can_pass(_task: Any, _run: Any, state: Any) -> bool:
    return pipeline.is_transient(state.result(raise_on_failure=False))


def as_task(stage: Callable[..., Any]) -> Callable[..., Any]:
    """A stage as a task of Prefect.

    A retry stands only where the second try can end otherwise than the first: reading files from a drive
    that did not answer. A kernel that does not start is tried again where kernels are started. A malformed
    edition, a failed suite and a chapter that breaks a rule stay as they are.
    """
    plain = task(name=stage.__name__, cache_policy=NO_CACHE)(stage)
    if stage is not stages.load:
        return plain
    return plain.with_options(retries=2, retry_delay_seconds=5, retry_condition_fn=_can_pass)


def requested(
    area: str, edition: str, engine: Engine, runs: str | None, live: bool, mirror: str | None
) -> Request:
    """What a flow's parameters ask for."""
    folder = Path(runs) if runs else None
    if live or mirror:
        return Request.fetching(area, engine, folder, mirror=Path(mirror) if mirror else None)
    return Request.make(area, edition, engine, folder)


@flow(name="refresh", flow_run_name="{area}-{edition}")
def refresh(
    area: str = "E08000026",
    edition: str = "2025",
    engine: Engine = "auto",
    runs: str | None = None,
    live: bool = False,
    mirror: str | None = None,
) -> Result:
    """Build the assessment of one area from one edition.

    Args:
        area: ONS code, DfE number or name.
        edition: Edition id; not used where the figures are fetched.
        engine: What renders the report.
        runs: Folder for runs; the project's own by default.
        live: Fetch what the publishers hold now.
        mirror: Folder of files that somebody downloaded by hand, to be read instead.
    """
    asked = requested(area, edition, engine, runs, live, mirror)
    return pipeline.run(asked, orchestrator="prefect", as_task=as_task).or_raise()
