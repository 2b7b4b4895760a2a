"""Commands of the edit loop: a report from edited chapters, and one notebook, on a run that is finished."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from send_jsna.runs.editing import Executed

_RUNS = click.option(
    "--runs", type=click.Path(path_type=Path), help="Folder for runs.  [default: runs/ of the project]"
)
_QUIET = click.option("--quiet", "-q", is_flag=True, help="Say nothing but the result.")
_LISTED = 10  # figures of a kind that are named


@click.command()
@click.argument("run", required=False)
@click.option(
    "--to",
    "formats",
    type=click.Choice(["html", "pdf", "docx"]),
    multiple=True,
    help="What to make; may be given several times.  [default: all three]",
)
@click.option(
    "--with",
    "notebooks",
    metavar="ID",
    multiple=True,
    help="Take the figures of this notebook as jsna notebook executed it last; may be given several times.",
)
@click.option(
    "--engine",
    type=click.Choice(["auto", "quarto", "pandoc"]),
    default="auto",
    show_default=True,
    help="What renders the report; auto takes Quarto where it is installed.",
)
@_QUIET
@_RUNS
def render(
    run: str | None, formats: Any, notebooks: Sequence[str], engine: Any, quiet: bool, runs: Path | None
) -> None:
    """Make the report of RUN (the latest by default) from the chapters as they are now."""
    from send_jsna.progress import choose, shown_on
    from send_jsna.report.formats import FORMATS
    from send_jsna.runs import editing
    from send_jsna.runs.finished import find_run
    from send_jsna.settings import get_settings

    settings = get_settings()
    folder = find_run((runs or settings.runs_folder).resolve(), run)
    with shown_on(choose(quiet=quiet)):
        site = editing.render(folder, settings, engine, formats=formats or FORMATS, notebooks=notebooks)
    paths = [path for path in (site / "index.html",) if path.is_file()]
    for place, path in enumerate([*paths, *sorted(site.glob("send-jsna.*"))]):
        click.echo(f"{'Report: ' if place == 0 else '        '}{path}")


@click.command()
@click.argument("notebook", metavar="ID")
@click.argument("run", required=False)
@_QUIET
@_RUNS
def notebook(notebook: str, run: str | None, quiet: bool, runs: Path | None) -> None:
    """Execute notebook ID on the observations of RUN (the latest by default)."""
    from send_jsna.progress import choose, shown_on
    from send_jsna.runs import editing
    from send_jsna.runs.finished import find_run
    from send_jsna.settings import get_settings

    settings = get_settings()
    folder = find_run((runs or settings.runs_folder).resolve(), run)
    with shown_on(choose(quiet=quiet)):
        executed = editing.execute(folder, settings, notebook).or_raise()
    _show(folder, executed)
    click.echo(f"Notebook: {executed.page}")


def _show(run: Path, executed: Executed) -> None:
    """Say how the figures differ from the run's, and which were refused or are missing."""
    from send_jsna.figures.records import read_absences
    from send_jsna.provenance.figure_differences import differences
    from send_jsna.runs.run_copy import FIGURES, figures_of

    before, now = (figures_of(folder, executed.notebook) for folder in (run, executed.folder))
    found = differences(before, now, (run / FIGURES, executed.folder / FIGURES))
    refused = [f"{key}: {record.refused}" for key, record in now.items() if record.refused]
    missing = [f"{item.name}: {item.reason}" for item in read_absences(executed.folder)]
    click.echo(f"{found.line()}; {len(refused)} refused, {len(missing)} missing")
    _list("Changed", [f"{key}: {text}" for key, text in found.changed.items()])
    _list("New", found.new)
    _list("Gone", found.gone)
    _list("Refused", refused)
    _list("Missing", missing)
    if executed.left_out:
        click.echo(f"Figures made of withheld counts are left out: {executed.left_out}", err=True)


def _list(word: str, lines: Sequence[str]) -> None:
    for line in lines[:_LISTED]:
        click.echo(f"{word:<8} {line}")
    if len(lines) > _LISTED:
        click.echo(f"{word:<8} {len(lines) - _LISTED} more")
