"""Runs a flow from the command line: with a server, without Prefect's own lines on the console."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from flows.server import available, prepare_environment
from send_jsna.errors import JsnaError, OrchestratorError
from send_jsna.progress import stage
from send_jsna.settings import get_settings

if TYPE_CHECKING:
    from send_jsna.jobs import Request, Result

log = logging.getLogger("send_jsna")


def launch(kind: str, request: Request) -> Result:
    """Run the flow ``refresh`` or ``rebuild`` through Prefect.

    Args:
        kind: Name of the flow.
        request: What to build.

    Returns:
        What the flow returned.

    Raises:
        JsnaError: Whatever a stage raised, unchanged.
        OrchestratorError: Prefect itself could not run the flow.
    """
    state = get_settings().project_root / ".state"
    prepare_environment(state)
    with stage("start") as under_way:
        api = available(state, meanwhile=_warm)
        under_way.outcome = f"Prefect at {api.removesuffix('/api')}"
    return _run(kind, request, api)


def _warm() -> None:
    """Import what the run will need, in the time a server takes to start."""
    import flows.rebuild
    from send_jsna.stages import warm

    del flows.rebuild
    warm()


def _run(kind: str, request: Request, api: str) -> Result:
    from prefect.exceptions import PrefectException, TerminationSignal
    from prefect.settings import PREFECT_API_URL, PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

    from flows.rebuild import rebuild
    from flows.refresh import refresh

    flow = rebuild if kind == "rebuild" else refresh
    # Joining the heartbeat's thread costs a second, and nobody waits for the heartbeat of a local run.
    settings = {PREFECT_API_URL: api, PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}
    try:
        with temporary_settings(settings):
            return flow(
                request.area,
                request.edition or request.origin,
                request.engine,
                str(request.runs),
                live=request.origin == "live",
                mirror=str(request.mirror) if request.mirror else None,
            )
    except (JsnaError, OSError):
        raise
    except TerminationSignal as error:
        raise KeyboardInterrupt from error
    except Exception as error:
        if isinstance(error, PrefectException) or error.__class__.__module__.partition(".")[0] == "httpx":
            raise OrchestratorError(
                f"Prefect could not run the flow ({error.__class__.__name__}: {error})",
                remedy="try again, or run with --direct",
            ) from error
        raise
