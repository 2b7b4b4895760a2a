"""The stages of a run, as plain functions, from ingest to publish.

Each takes the job and what the stage before it returned, leaves its work in the run folder, and returns a
small record. The Prefect flows and ``--direct`` call these same functions.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from send_jsna.disclosure.chosen import chosen_profile
from send_jsna.figures.records import read_figures
from send_jsna.figures.run_context import read_context, read_observations, withheld_ids
from send_jsna.progress import stage
from send_jsna.runs import finished, folders, locks
from send_jsna.runs.input_files import note_outcomes, write_inputs
from send_jsna.runs.inputs import (
    counts_of_children,
    expected_datasets,
    open_edition,
    original_observations,
    reported_before,
    validation_basis,
)
from send_jsna.runs.notebooks import execute_notebooks, failures_of
from send_jsna.runs.report_parts import CLAIMS, check_published_claims, report_title, write_report
from send_jsna.runs.request import Done, Failure, Job, Request, Result, record
from send_jsna.settings import get_settings

log = logging.getLogger("send_jsna")


def ingest(request: Request) -> tuple[Request, list[Done]]:
    """Make the edition that is asked for, where it is not a released one.

    Returns:
        The request, now for an existing edition, and the stage's record; none where nothing was to do.

    Raises:
        DataError: No source gave a figure of the area.
        FetchError: No publisher could be reached.
    """
    if request.origin == "released":
        return request, []
    from send_jsna.editions import make
    from send_jsna.editions.obtain import obtain_edition
    from send_jsna.ingest import intake

    settings = get_settings()
    with locks.locked(request.runs, request.key), stage("ingest") as under_way:
        obtain = obtain_edition(settings, request.mirror, under_way)
        made = make.make(request.area, request.origin, settings, obtain)
        counts = Counter(item.outcome for item in made.obtained)
        outcomes = ", ".join(f"{count} {intake.WORDS[outcome]}" for outcome, count in counts.items())
        under_way.outcome = f"{len(made.obtained)} sources: {outcomes}; edition {made.edition_id}"
    troubles = tuple(
        f"{item.source.id} ({intake.WORDS[item.outcome]}): {' '.join(item.sentences)}"
        for item in made.obtained
        if item.is_troubled
    )
    counted = {str(key): value for key, value in counts.items()}
    done = Done("ingest", under_way.seconds, counted, (), troubles)
    return replace(request, edition=made.edition_id), [done]


def load(job: Job) -> Done:
    """Read the frozen edition, check it against its lock, and write its observations and snapshots.

    Raises:
        DataError: A file of the edition is malformed, or is not the one that was locked.
        CatalogueError: A declared file breaks its schema, or a correction no longer fits.
    """
    from send_jsna.catalogue.loading import load_catalogue

    settings = get_settings()
    with stage("load") as under_way:
        catalogue = load_catalogue(settings.data / "catalogue")
        edition = open_edition(settings, job.request.edition, job.request.area)
        rows = write_inputs(job.folder, settings, edition, catalogue, job.request.area)
        counts = {"datasets": len(edition.datasets), "observations": rows}
        under_way.outcome = f"{counts['datasets']} data sets, {counts['observations']:,} observations"
    return Done("load", under_way.seconds, counts)


def validate(job: Job, loaded: Done) -> Done:
    """Check every data set against its suite; one that fails feeds no figure.

    Raises:
        CatalogueError: A data set has no suite, or a suite is malformed.
    """
    from send_jsna.catalogue.loading import load_catalogue
    from send_jsna.validation import ShownRows, levels_of, validate_edition

    settings = get_settings()
    with stage("validate") as under_way:
        catalogue = load_catalogue(settings.data / "catalogue")
        edition = open_edition(settings, job.request.edition, job.request.area)
        is_reviewed = edition.card.origin == "released"
        records = validate_edition(
            original_observations(job.folder),
            validation_basis(settings, edition, catalogue, job.request.area, is_reviewed=is_reviewed),
            job.folder / "validation",
            expected=expected_datasets(catalogue),
            shown=ShownRows(read_observations(job.folder), reported_before(job.folder)),
            store=job.store,
            workers=settings.workers,
        )
        note_outcomes(job.folder, records)
        failed = [found for found in records.values() if not found.passed]
        counts = {
            "datasets": len(records),
            "failed": len(failed),
            "expectations": sum(len(found.expectations) for found in records.values()),
            "warnings": levels_of(records.values())["warning"],
        }
        under_way.outcome = (
            f"{counts['expectations']} expectations, {counts['warnings']} warnings,"
            f" {counts['failed']} data sets failed"
        )
    failures = [Failure("validation", found.dataset, next(iter(found.errors), "")) for found in failed]
    reused = job.only_reused("validate")
    return Done("validate", under_way.seconds, counts, tuple(failures), reused=reused)


def execute(job: Job, validated: Done) -> Done:
    """Execute every supplement; one that fails stops no other.

    Raises:
        NotebookError: A notebook cannot be executed at all; nothing has run then.
        StorageError: The disk is full.
    """
    from send_jsna.catalogue.loading import load_catalogue

    settings = get_settings()
    with stage("execute") as under_way:
        supplements = list(load_catalogue(settings.data / "catalogue").supplements)
        outcomes = execute_notebooks(job.folder, supplements, settings, under_way, store=job.store)
        failed = [outcome for outcome in outcomes if outcome.failed]
        published, refused = read_figures(job.folder)
        counts = {
            "notebooks": len(outcomes),
            "failed": len(failed),
            "figures": len(published),
            "refused": len(refused),
        }
        under_way.outcome = (
            f"{len(outcomes)} notebooks, {len(published)} figures, {len(failed)} notebooks failed"
        )
    return Done(
        "execute",
        under_way.seconds,
        counts,
        failures_of(outcomes),
        reused=not failed and job.only_reused("execute", "notebook_page"),
    )


def claims(job: Job, validated: Done) -> Done:
    """Check the published claims of the area; no notebook is needed for it, so it is done beside them.

    Raises:
        CatalogueError: A claim is malformed.
    """
    from send_jsna.report.claims import write_claims

    settings = get_settings()
    with stage("claims") as under_way:
        checked = check_published_claims(
            settings,
            open_edition(settings, job.request.edition, job.request.area),
            read_observations(job.folder),
            read_context(job.folder).failed_datasets,
            job.request.area,
            counts_of_children(settings),
        )
        write_claims(checked, job.folder / CLAIMS)
        under_way.outcome = f"{len(checked)} claims checked"
    return Done("claims", under_way.seconds, {"claims": len(checked)})


def assemble(job: Job, executed: Done) -> Done:
    """Record the lineage, and render the report.

    Raises:
        ReportError: The narrative breaks a rule, or the engine could not render it.
    """
    settings = get_settings()
    with stage("assemble") as under_way:
        counts = write_report(
            job.folder,
            settings,
            job.request.engine,
            is_complete=not executed.failures,
            store=job.store,
        )
        under_way.outcome = f"{counts['figures']} figures, {counts['claims']} claims, {counts['pages']} pages"
    reused = job.only_reused("page", "pdf", "docx")
    return Done("assemble", under_way.seconds, counts, reused=reused)


def compare(job: Job, executed: Done) -> Done:
    """Write the change report: against the previous edition, and against the latest run of the same area.

    It comes before the attack, which removes what it is written from.
    """
    from send_jsna.catalogue.loading import load_catalogue
    from send_jsna.provenance.changes import compare_runs, write_changes

    settings = get_settings()
    declared = load_catalogue(settings.data / "catalogue").indicators
    indicators = {key: (indicator.dataset, indicator.name) for key, indicator in declared.items()}
    with stage("compare") as under_way:
        changes = compare_runs(
            job.folder,
            finished.latest_of(job.request.runs, job.request.area),
            previous_frame=reported_before(job.folder),
        )
        title = report_title(settings, read_context(job.folder))
        write_changes(job.folder, changes, indicators, report_title=title)
        counts = {name: len(found) for name, found in changes.model_dump().items() if isinstance(found, list)}
        under_way.outcome = changes.line()
    return Done("compare", under_way.seconds, counts)


def attack(job: Job, executed: Done) -> Done:
    """Attack the run, with everything it shows, and give it up where something withheld can be worked out.

    Raises:
        DisclosureError: It can.
    """
    from send_jsna import council, disclosure
    from send_jsna.catalogue.loading import load_catalogue

    settings = get_settings()
    with stage("attack") as under_way:
        catalogue = load_catalogue(settings.data / "catalogue")
        tables = counts_of_children(settings, set(catalogue.indicators))
        withheld = withheld_ids(job.folder)
        shown = read_observations(job.folder)
        supplied = council.datasets(settings.data)
        earlier = (
            disclosure.seen_in(run, supplied, tables)
            for run in finished.runs_of(job.request.runs, job.request.area)
            if shown["dataset"].isin(supplied).any()
        )
        found = disclosure.attack_run(job.folder, shown, tables, chosen_profile(settings), earlier)
        for exposure in found:
            log.error(exposure.message())
        disclosure.require_safe(found, job.folder)
        disclosure.remove_sealed(job.folder)
        under_way.outcome = (
            f"profile {settings.disclosure}, scope {settings.scope},"
            f" {len(withheld):,} observations withheld, none can be worked out"
        )
    return Done("attack", under_way.seconds, {"withheld": len(withheld), "exposed": len(found)})


def publish(job: Job, done: Sequence[Done], *, make_latest: bool = True) -> Result:
    """Hash everything, read it back, give the run its name; switch ``latest`` if nothing was left out.

    Args:
        job: The run.
        done: What came of the stages before.
        make_latest: False leaves publishing to a person.

    Raises:
        IntegrityError: What was read back is not what was written.
    """
    failures = tuple(failure for item in done for failure in item.failures)
    with stage("publish") as under_way:
        folder = folders.finish(job.run, record(job, done))
        is_latest = make_latest and not failures
        if is_latest:
            folders.switch_latest(job.request.runs, job.run.id)
        under_way.outcome = f"run {job.run.id}" + ("" if is_latest else ", not made the latest")
    return Result(folder, is_latest, failures, tuple(text for item in done for text in item.troubles))
