"""Commands for those who keep the data, the notebooks and the catalogue."""

from __future__ import annotations

import re
from pathlib import Path

import click

_SHARED = click.option(
    "--from",
    "shared",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    multiple=True,
    help="Folder with the publishers' files; given several times, the first that has a file counts.",
)

#: Differences of a pair that are listed where not all are asked for.
_SHOWN = 5


@click.group()
def edition() -> None:
    """The frozen editions."""


@edition.command("list")
def list_editions() -> None:
    """List the editions, checked against their locks, and those that have still to be built."""
    from send_jsna.editions.edition import load_edition
    from send_jsna.editions.edition_files import released_editions, unbuilt_editions
    from send_jsna.settings import get_settings

    folder = get_settings().editions
    for name in released_editions(folder):
        found = load_edition(folder, name)
        purpose = f"for {', '.join(found.areas)}" if found.reportable else "for comparison"
        purpose = f"beside edition {found.card.extends}" if found.card.extends else purpose
        size = f"{len(found.datasets)} data sets"
        click.echo(f"{found.id}  {found.title}; released {found.released}; {size}; {purpose}")
    for name in unbuilt_editions(folder):
        click.echo(f"{name}  not built yet: jsna edition rebuild {name} --from FOLDER")


@edition.command("rebuild")
@click.argument("name")
@_SHARED
@click.option("--replace", is_flag=True, help="Change an edition that is still being made.")
def rebuild_edition(name: str, shared: tuple[Path, ...], replace: bool) -> None:
    """Make edition NAME, as its edition.yaml and build.yaml say, from the publishers' files."""
    from send_jsna.editions.rebuild import rebuild
    from send_jsna.runs.declared import require_buildable
    from send_jsna.settings import get_settings

    settings = get_settings()
    require_buildable(settings)
    target = settings.editions / name
    for note in rebuild(name, shared, target, data=settings.data, replace=replace):
        click.echo(note)


@edition.command("check")
@click.argument("names", nargs=-1)
@_SHARED
def check_edition(names: tuple[str, ...], shared: tuple[Path, ...]) -> None:
    """Prove that the committed editions (all, or NAMES) are what the publishers' files give."""
    from send_jsna.editions.edition_files import released_editions
    from send_jsna.editions.rebuild import check
    from send_jsna.errors import DataError
    from send_jsna.settings import get_settings

    settings = get_settings()
    folder = settings.editions
    for name in names or released_editions(folder):
        differing = check(name, shared, folder, data=settings.data)
        if differing:
            raise DataError(
                f"the committed edition is not what the publishers' files give: {'; '.join(differing[:5])}",
                where=folder / name,
                remedy="find out which of the two changed",
            )
        click.echo(f"{name}: equal, byte for byte")


@edition.command("agreement")
@click.argument("name")
@click.option("--all", "everything", is_flag=True, help="List every difference, not the first of each pair.")
def compare_in_edition(name: str, everything: bool) -> None:
    """Compare what two sources print of one thing, in every row that edition NAME has of both."""
    import pandas as pd

    from send_jsna.catalogue.agreements import load_agreements
    from send_jsna.catalogue.loading import load_catalogue
    from send_jsna.editions import agreement
    from send_jsna.runs.inputs import open_edition
    from send_jsna.settings import get_settings

    settings = get_settings()
    catalogue = load_catalogue(settings.data / "catalogue")
    edition = open_edition(settings, name)
    frame = pd.concat([stored.read() for stored in edition.datasets.values()], ignore_index=True)
    for found in agreement.compare(frame, load_agreements(catalogue)):
        click.echo(found.line())
        for line in found.lines(None if everything else _SHOWN):
            click.echo(f"  {line}")


@click.group()
def notebooks() -> None:
    """The supplements' notebooks."""


@notebooks.command("check")
def check_notebooks() -> None:
    """Say whether every notebook is as it should be committed."""
    from send_jsna.errors import NotebookError
    from send_jsna.execution import notebook_files as files
    from send_jsna.settings import get_settings

    faults = files.check(get_settings().notebooks)
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        for fault in faults[1:]:
            click.echo(fault)
        raise NotebookError(f"{faults[0]}{more}")
    click.echo("Every notebook is as it should be.")


@notebooks.command("strip")
def strip_notebooks() -> None:
    """Remove outputs, counts and stray metadata from the notebooks."""
    from send_jsna.execution import notebook_files as files
    from send_jsna.settings import get_settings

    changed = files.strip(get_settings().notebooks)
    click.echo(f"Stripped {', '.join(changed)}." if changed else "Nothing to strip.")


@click.group()
def catalogue() -> None:
    """The catalogue of sources, indicators and supplements."""


@catalogue.command("docs")
@click.option("--check", is_flag=True, help="Only say whether they are in step.")
def catalogue_docs(check: bool) -> None:
    """Write the reference page and the JSON schema into docs/."""
    from send_jsna.catalogue.loading import load_catalogue
    from send_jsna.catalogue.reference import documents
    from send_jsna.errors import CatalogueError
    from send_jsna.settings import get_settings

    settings = get_settings()
    folder = settings.project_root / "docs"
    for name, text in documents(load_catalogue(settings.data / "catalogue")).items():
        path = folder / name
        is_same = path.is_file() and path.read_text(encoding="utf-8") == text
        if check and not is_same:
            raise CatalogueError(
                "not in step with the catalogue", where=path, remedy="run jsna catalogue docs"
            )
        if not is_same:
            path.write_text(text, encoding="utf-8")
            click.echo(f"Wrote docs/{name}.")
    if check:
        click.echo("The reference is in step with the catalogue.")


@catalogue.command("neighbours")
@click.argument("version")
@click.argument("workbook", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def neighbour_list(version: str, workbook: Path) -> None:
    """Add VERSION of the statistical neighbours, from the department's WORKBOOK, to data/areas."""
    from send_jsna.catalogue.areas import Areas
    from send_jsna.errors import DataError
    from send_jsna.ingest.source_files import SourceFiles
    from send_jsna.settings import get_settings
    from send_jsna.sources import neighbours

    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", version):
        raise click.UsageError(f"{version!r} is not a version; name it such as dfe-2025-05")
    folder = get_settings().data / "areas"
    files = SourceFiles(f"the neighbours {version}", {version: workbook})
    for name, content in neighbours.lists(files, Areas(folder)).items():
        path = folder / name
        if path.is_file() and path.read_bytes() != content:
            raise DataError(
                "this version is stored already and differs",
                where=path,
                expected="the same list",
                remedy="give the new list a version of its own; a report names the version it was made with",
            )
        path.write_bytes(content)
        click.echo(f"data/areas/{name}; use it with JSNA_NEIGHBOURS={version}")
