"""Commands that read: a run's chain of evidence, its hashes, the validation, the published claims."""

from __future__ import annotations

import json
from pathlib import Path

import click

_RUNS = click.option(
    "--runs", type=click.Path(path_type=Path), help="Folder for runs.  [default: runs/ of the project]"
)


def _folder(runs: Path | None) -> Path:
    from send_jsna.settings import get_settings

    return (runs or get_settings().runs_folder).resolve()


@click.command()
@click.argument("figure", required=False)
@click.option("--all", "everything", is_flag=True, help="Every figure of the run.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--run", help="The run to trace in.  [default: the latest]")
@_RUNS
def trace(figure: str | None, everything: bool, form: str, run: str | None, runs: Path | None) -> None:
    """Walk FIGURE back: sentence, notebook cell, observations, validation, snapshot, publisher."""
    from send_jsna import lineage, tracing
    from send_jsna.runs import find_run

    if bool(figure) == everything:
        raise click.UsageError("name one figure, such as ehcp.share.latest, or --all")
    folder = find_run(_folder(runs), run)
    if form == "json":
        found = lineage.read_lineage(folder) if figure is None else lineage.entry_of(folder, figure)
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        click.echo(tracing.trace_all(folder) if figure is None else tracing.trace(folder, figure))


@click.command()
@click.argument("run", required=False)
@_RUNS
def verify(run: str | None, runs: Path | None) -> None:
    """Hash every file of RUN (the latest by default) and say whether it is intact."""
    from send_jsna.manifest import require_intact
    from send_jsna.runs import find_run

    click.echo(require_intact(find_run(_folder(runs), run)).line())


@click.command("runs")
@_RUNS
def runs_command(runs: Path | None) -> None:
    """List the finished runs, oldest first."""
    from send_jsna.runs import LATEST, list_runs

    folder = _folder(runs)
    latest = (folder / LATEST).resolve().name
    for name in list_runs(folder):
        outcome = json.loads((folder / name / "run.json").read_text(encoding="utf-8"))["outcome"]
        click.echo(f"{name}  {outcome}{'  (latest)' if name == latest else ''}")
