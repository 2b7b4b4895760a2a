"""Commands that read: a run's chain of evidence, its hashes, the validation, the published claims."""

from __future__ import annotations

import json
from pathlib import Path

import click

from send_jsna.places import EDITION

_RUNS = click.option(
    "--runs", type=click.Path(path_type=Path), help="Folder for runs.  [default: runs/ of the project]"
)


def _folder(runs: Path | None) -> Path:
    from send_jsna.places import runs_folder

    return runs.resolve() if runs is not None else runs_folder()


@click.command()
@click.argument("figure", required=False)
@click.option("--all", "everything", is_flag=True, help="Every figure of the run.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--run", help="The run to trace in.  [default: the latest]")
@_RUNS
def trace(figure: str | None, everything: bool, form: str, run: str | None, runs: Path | None) -> None:
    """Walk FIGURE back: sentence, notebook cell, observations, validation, snapshot, publisher."""
    from send_jsna.provenance import ledger, tracing
    from send_jsna.runs.finished import find_run

    if bool(figure) == everything:
        raise click.UsageError("name one figure, such as ehcp.share.latest, or --all")
    folder = find_run(_folder(runs), run)
    if form == "json":
        found = ledger.read_lineage(folder) if figure is None else ledger.entry_of(folder, figure)
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        click.echo(tracing.trace_all(folder) if figure is None else tracing.trace(folder, figure))


@click.command()
@click.argument("run", required=False)
@_RUNS
def verify(run: str | None, runs: Path | None) -> None:
    """Hash every file of RUN (the latest by default) and say whether it is intact."""
    from send_jsna.provenance.manifest import require_intact
    from send_jsna.runs.finished import find_run

    click.echo(require_intact(find_run(_folder(runs), run)).line())


@click.group("runs", invoke_without_command=True)
@_RUNS
@click.pass_context
def runs_command(context: click.Context, runs: Path | None) -> None:
    """List the finished runs, oldest first, or remove old ones."""
    from send_jsna.runs.finished import LATEST, list_runs, record_of

    context.obj = runs
    if context.invoked_subcommand is not None:
        return
    folder = _folder(runs)
    latest = (folder / LATEST).resolve().name
    for name in list_runs(folder):
        outcome = record_of(folder / name).get("outcome") or "unreadable: changed after it was built"
        click.echo(f"{name}  {outcome}{'  (latest)' if name == latest else ''}")


@runs_command.command("prune")
@click.option("--keep", default=5, show_default=True, help="How many of each area stay beside the latest.")
@click.option("--dry-run", is_flag=True, help="Say what would be removed, and remove nothing.")
@_RUNS
@click.pass_obj
def prune_runs(outer: Path | None, keep: int, dry_run: bool, runs: Path | None) -> None:
    """Remove all but the latest run and the newest of each area."""
    from send_jsna.runs import pruning

    folder = _folder(runs or outer)
    names = pruning.superseded(folder, keep) if dry_run else pruning.prune(folder, keep)
    word = "Would remove" if dry_run else "Removed"
    for name in names:
        click.echo(f"{word} {name}")
    if not names:
        click.echo("There is nothing to remove.")


@click.command()
@click.option("--edition", help=f"Edition to validate.  [default: {EDITION}, or JSNA_EDITION]")
@click.option("--out", type=click.Path(path_type=Path), help="Keep the records and the page in this folder.")
def validate(edition: str | None, out: Path | None) -> None:
    """Check the edition's data sets against their suites, without building anything."""
    import tempfile

    from send_jsna.catalogue.areas import Areas
    from send_jsna.catalogue.loading import load_catalogue
    from send_jsna.errors import ValidationGateError
    from send_jsna.runs.inputs import observations_of, open_edition, validation_basis
    from send_jsna.settings import get_settings
    from send_jsna.validation import validate_edition

    settings = get_settings()
    areas = Areas(settings.data / "areas")
    opened = open_edition(settings, edition or settings.edition)
    with tempfile.TemporaryDirectory() as scratch:
        records = validate_edition(
            observations_of(settings, opened, areas),
            validation_basis(
                settings,
                opened,
                load_catalogue(settings.data / "catalogue"),
                areas.get(settings.area).code,
            ),
            out or Path(scratch),
        )
    for name, record in records.items():
        outcome = "passed" if record.passed else "FAILED"
        click.echo(
            f"{name:<24} {outcome}  {record.rows:>6,} rows  {len(record.expectations)} expectations"
            f"  {len(record.warnings)} warnings"
        )
    failed = [record for record in records.values() if not record.passed]
    if failed:
        raise ValidationGateError(
            f"{len(failed)} of {len(records)} data sets failed validation; {failed[0].dataset}:"
            f" {next(iter(failed[0].errors), '')}",
            where=out / "index.html" if out else "",
        )


@click.command()
@click.option("--edition", help=f"Edition to check against.  [default: {EDITION}, or JSNA_EDITION]")
@click.option("--all", "everything", is_flag=True, help="Show the claims that agree, too.")
def claims(edition: str | None, everything: bool) -> None:
    """Compare the figures printed in published documents with the edition."""
    from send_jsna.catalogue.areas import Areas
    from send_jsna.report.claims.rendering import summary_figures
    from send_jsna.report.claims.working import explanation
    from send_jsna.runs.inputs import counts_of_children, observations_of, open_edition
    from send_jsna.runs.report_parts import check_published_claims
    from send_jsna.settings import get_settings

    settings = get_settings()
    opened = open_edition(settings, edition or settings.edition)
    areas = Areas(settings.data / "areas")
    frame = observations_of(settings, opened, areas)
    tables = counts_of_children(settings)
    results = check_published_claims(settings, opened, frame, {}, areas.get(settings.area).code, tables)
    for result in results:
        if everything or result.outcome != "agrees":
            click.echo(
                f"{result.claim.id}: {result.outcome}: printed {result.claim.printed}. {explanation(result)}"
            )
    counts = summary_figures(results)
    click.echo(
        f"{counts['claims.total']} claims: {counts['claims.agrees']} agree,"
        f" {counts['claims.differs']} differ, {counts['claims.cannot']} cannot be checked"
    )
