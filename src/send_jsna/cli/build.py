"""Commands that build: ``refresh``, ``rebuild``, and ``publish`` for what a person has read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from send_jsna.places import EDITION

if TYPE_CHECKING:
    from collections.abc import Callable

    from send_jsna.runs.request import Request, Result

_RUNS = click.option(
    "--runs", type=click.Path(path_type=Path), help="Folder for runs.  [default: runs/ of the project]"
)


def _build_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        _RUNS,
        click.option(
            "--force", is_flag=True, help="Make everything, also what is as it was in an earlier run."
        ),
        click.option("--quiet", "-q", is_flag=True, help="Say nothing but the result."),
        click.option("--direct", is_flag=True, help="Run without Prefect: for the edit loop."),
        click.option(
            "--engine",
            type=click.Choice(["auto", "quarto", "pandoc"]),
            default="auto",
            show_default=True,
            help="What renders the report; auto takes Quarto where it is installed.",
        ),
        click.option(
            "--live", is_flag=True, help="Fetch what the publishers have now, for any local authority."
        ),
        click.option(
            "--mirror",
            type=click.Path(path_type=Path),
            help="Read publishers' files that somebody downloaded into this folder.",
        ),
        click.option("--edition", help=f"Edition to read.  [default: {EDITION}, or JSNA_EDITION]"),
        click.option("--area", help="ONS code, DfE number or name.  [default: Coventry, or JSNA_AREA]"),
    ):
        command = option(command)
    return command


@click.command()
@_build_options
def refresh(direct: bool, quiet: bool, **asked: Any) -> None:
    """Build the assessment of one area from one edition, or from what the publishers have now."""
    result = _build("refresh", _request(**asked), direct=direct, quiet=quiet)
    _show(result)


@click.command()
@_build_options
def rebuild(direct: bool, quiet: bool, **asked: Any) -> None:
    """Build as refresh does, with a change report, and leave publishing to a person."""
    result = _build("rebuild", _request(**asked), direct=direct, quiet=quiet)
    _show(result)
    if result.unchanged:
        return
    click.echo(f"Change report: {result.run / 'changes.html'}")
    click.echo(f"Nothing is published yet. Once you have read it: jsna publish {result.run.name}")


@click.command()
@click.argument("run")
@_RUNS
def publish(run: str, runs: Path | None) -> None:
    """Let runs/latest point at RUN, after checking every file of it."""
    from send_jsna.provenance.manifest import require_intact
    from send_jsna.runs.finished import find_run
    from send_jsna.runs.folders import switch_latest
    from send_jsna.settings import get_settings

    folder = find_run(runs or get_settings().runs_folder, run)
    found = require_intact(folder)
    switch_latest(folder.parent, folder.name)
    click.echo(f"{found.line()}\nThe latest run is now {folder.name}.")


def _request(
    *,
    area: str | None,
    edition: str | None,
    live: bool,
    mirror: Path | None,
    engine: Any,
    runs: Path | None,
    force: bool,
) -> Request:
    from send_jsna.runs.request import Request
    from send_jsna.settings import get_settings

    named = [
        name for name, given in (("--edition", edition), ("--live", live), ("--mirror", mirror)) if given
    ]
    if len(named) > 1:
        raise click.UsageError(f"{' and '.join(named)} exclude one another; name one")
    settings = get_settings()
    if live or mirror:
        request = Request.fetching(area or settings.area, engine, runs, mirror=mirror)
    else:
        request = Request.make(area or settings.area, edition or settings.edition, engine, runs)
    request.check_free()
    return replace(request, force=force)


def _build(kind: str, request: Request, *, direct: bool, quiet: bool) -> Result:
    from send_jsna.progress import choose, shown_on
    from send_jsna.runs import pipeline, unchanged

    with shown_on(choose(quiet=quiet)):
        if direct:
            return pipeline.run(request, report_changes=kind == "rebuild").or_raise()
        if request.origin == "released":  # before Prefect is started, which takes longest
            key = unchanged.key_of(request, report_changes=kind == "rebuild")
            same = unchanged.find(request, key, report_changes=kind == "rebuild")
            if same is not None:
                return same
        from send_jsna.cli.flow_runs import launch

        return launch(kind, request)


def _show(result: Result) -> None:
    if result.unchanged:
        click.echo(f"Unchanged since run {result.run.name}: nothing was made. --force makes everything.")
    site = result.run / "site"
    click.echo(f"Report: {site / 'index.html'}")
    for path in sorted(site.glob("send-jsna.*")):
        click.echo(f"        {path}")
    for trouble in result.troubles:
        click.echo(f"Source {trouble}", err=True)
