"""The scheduled rebuild: as the refresh, with a change report; a person publishes."""

from __future__ import annotations

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.refresh import Engine, acquire, assemble, execute, fetch, protect, publish, requested, validate
from send_jsna.runs import stages
from send_jsna.runs.request import Result, job

compare = task(name="compare", cache_policy=NO_CACHE)(stages.compare)


@flow(name="rebuild", flow_run_name="{area}-{edition}")
def rebuild(
    area: str = "E08000026",
    edition: str = "2025",
    engine: Engine = "auto",
    runs: str | None = None,
    live: bool = False,
    mirror: str | None = None,
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
    """
    request, acquired = acquire(requested(area, edition, engine, runs, live, mirror))
    with job(request, orchestrator="prefect") as building:
        fetched = fetch(building)
        validated = validate(building, fetched)
        executed = execute(building, validated)
        assembled = assemble(building, executed)
        compared = compare(building, assembled)
        protected = protect(building, assembled)
        done = [*acquired, fetched, validated, executed, assembled, compared, protected]
        result = publish(building, done, make_latest=False)
    return result.or_raise()
