"""Runs a flow from the command line: with a server, without Prefect's own lines on the console."""

from __future__ import annotations

import logging
from contextlib import redirect_stderr
from http import HTTPStatus
from io import StringIO
from typing import TYPE_CHECKING, Any

from send_jsna.errors import JsnaError, OrchestratorError
from send_jsna.progress import stage
from send_jsna.runs.server.finding import available, prepare_environment
from send_jsna.runs.server.starting import CLIENT_KEY, LOOPBACK, is_healthy
from send_jsna.settings import get_settings

if TYPE_CHECKING:
    from send_jsna.runs.request import Request, Result

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
    try:
        with redirect_stderr(StringIO()):  # Prefect writes the same error there, on many lines
            import flows.rebuild
    except ValueError as error:  # a variable of Prefect's that it cannot read
        raise OrchestratorError(
            f"Prefect could not be loaded ({' '.join(str(error).split())[:300]})",
            where="settings",
            remedy="correct the PREFECT_ variable or profile, or run with --direct",
        ) from error
    from send_jsna.runs.pipeline import warm

    del flows.rebuild
    warm()


def _run(kind: str, request: Request, api: str) -> Result:
    from httpx import HTTPError
    from prefect.exceptions import PrefectException, TerminationSignal
    from prefect.settings import (
        PREFECT_API_URL,
        PREFECT_CLIENT_MAX_RETRIES,
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
        temporary_settings,
    )

    from flows.rebuild import rebuild
    from flows.refresh import refresh

    flow = rebuild if kind == "rebuild" else refresh
    # Joining the heartbeat's thread costs a second, and nothing uses the heartbeat of a local run.
    settings: dict[Any, Any] = {PREFECT_API_URL: api, PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}
    if LOOPBACK in api:
        # A server on this machine that does not answer has ended: five tries would wait for it for minutes.
        settings[PREFECT_CLIENT_MAX_RETRIES] = 2
    try:
        with temporary_settings(settings):
            return flow(
                request.area,
                request.edition or request.origin,
                request.engine,
                str(request.runs),
                live=request.origin == "live",
                mirror=str(request.mirror) if request.mirror else None,
                force=request.force,
            )
    except JsnaError:
        raise
    except TerminationSignal as error:
        raise KeyboardInterrupt from error
    except Exception as error:
        if isinstance(error, OSError) and not isinstance(error, ConnectionError):
            raise
        if not is_healthy(api):
            raise OrchestratorError(
                f"the Prefect server at {api} stopped while the run was under way",
                remedy="jsna runs lists what was finished; try again, or run with --direct",
            ) from error
        if isinstance(error, PrefectException | HTTPError):
            raise _of_prefect(error, api) from error
        raise


def _of_prefect(error: Exception, api: str) -> OrchestratorError:
    """What Prefect itself could not do, in one line."""
    if getattr(getattr(error, "response", None), "status_code", 0) == HTTPStatus.UNAUTHORIZED:
        return OrchestratorError(
            f"the Prefect server at {api} asks for another key",
            remedy=f"set {CLIENT_KEY} to the key of that server, or run with --direct",
        )
    return OrchestratorError(
        f"Prefect could not run the flow ({type(error).__name__}: {error})",
        remedy="try again, or run with --direct",
    )
