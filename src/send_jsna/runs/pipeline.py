"""All stages of a run, with or without Prefect.

They follow one another, but for two that need one core alone and little of the others: the published claims
are checked while the notebooks are executed, and the run is attacked while its report is rendered.
"""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from send_jsna.processes import at_once
from send_jsna.runs import stages, unchanged
from send_jsna.runs.request import Done, Request, Result, job


def run(
    request: Request,
    *,
    report_changes: bool = False,
    orchestrator: str = "direct",
    as_task: Callable[[Callable[..., Any]], Callable[..., Any]] = lambda stage: stage,
) -> Result:
    """Run all stages.

    Args:
        request: What to build.
        report_changes: Write a change report, and leave publishing to a person.
        orchestrator: What calls the stages, for the run's record.
        as_task: What an orchestrator makes of a stage.

    Returns:
        The finished run; see :meth:`send_jsna.runs.request.Result.or_raise`.
    """
    request, ingested = as_task(stages.ingest)(request)
    before = unchanged.key_of(request, report_changes=report_changes)
    same = unchanged.find(request, before, report_changes=report_changes)
    if same is not None:
        return _left_alone(same, ingested, report_changes=report_changes, as_task=as_task)
    warming = threading.Thread(target=warm, name="jsna-warm", daemon=True)
    warming.start()
    with job(request, orchestrator=orchestrator) as building:
        loaded = as_task(stages.load)(building)
        warming.join()
        validated = as_task(stages.validate)(building, loaded)
        claims, executed = at_once(
            lambda: as_task(stages.claims)(building, validated),
            lambda: as_task(stages.execute)(building, validated),
        )

        def protected() -> list[Done]:
            compared = [as_task(stages.compare)(building, executed)] if report_changes else []
            return [*compared, as_task(stages.attack)(building, executed)]

        attacked, assembled = at_once(protected, lambda: as_task(stages.assemble)(building, executed))
        done = [*ingested, loaded, validated, claims, executed, *attacked, assembled]
        result: Result = as_task(stages.publish)(building, done, make_latest=not report_changes)
    unchanged.keep(request, before, result, report_changes=report_changes)
    return result


def _left_alone(
    same: Result,
    ingested: list[Done],
    *,
    report_changes: bool,
    as_task: Callable[[Callable[..., Any]], Callable[..., Any]],
) -> Result:
    """Show every stage as not needed, and give the run that nothing has changed since."""

    def not_needed(stage: Callable[..., Any]) -> Callable[..., Any]:
        def reused() -> Done:
            return Done(stage.__name__, 0.0, reused=True)

        reused.__name__ = stage.__name__
        return reused

    steps: list[Callable[..., Any]] = [stages.load, stages.validate, stages.claims, stages.execute]
    steps += [stages.compare] if report_changes else []
    steps += [stages.attack, stages.assemble, stages.publish]
    for stage in steps:
        as_task(not_needed(stage))()
    return replace(same, troubles=tuple(text for item in ingested for text in item.troubles))


def warm() -> None:
    """Start what takes long to start: the process kernels are forked from, and Great Expectations."""
    from send_jsna import processes
    from send_jsna.execution import kernels

    processes.warm_up("send_jsna.validation.edition", "send_jsna.validation.expectations")
    kernels.warm_up("send_jsna.evidence")


def is_transient(error: object) -> bool:
    """Whether trying again can help: a network drive that did not answer, not a file that is wrong."""
    return isinstance(error, OSError) and error.errno in (
        errno.EIO,
        errno.ESTALE,
        errno.ETIMEDOUT,
        errno.EAGAIN,
    )
