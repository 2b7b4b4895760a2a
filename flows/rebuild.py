"""The scheduled rebuild: as the refresh, with a change report; a person publishes."""

from __future__ import annotations

from prefect import flow

from flows.refresh import Engine, as_task, requested
from send_jsna.places import EDITION
from send_jsna.runs import pipeline
from send_jsna.runs.request import Result


@flow(name="rebuild", flow_run_name="{area}-{edition}")
def rebuild(
    area: str = "E08000026",
    edition: str = EDITION,
    engine: Engine = "auto",
    runs: str | None = None,
    live: bool = False,
    mirror: str | None = None,
    force: bool = False,
) -> Result:
    """Build the assessment, and say what is different from the previous edition and the latest run.

    The latest run stays what it was: once somebody has read ``changes.html`` in the run folder,
    ``jsna publish <run>`` makes the new run the latest.

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
    return pipeline.run(asked, report_changes=True, orchestrator="prefect", as_task=as_task).or_raise()
