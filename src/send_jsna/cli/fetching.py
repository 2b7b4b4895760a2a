"""Commands about publishers' files: what is held of them, and fetching more."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from send_jsna.acquisition import Obtained, Store
    from send_jsna.catalogue import Source
    from send_jsna.snapshots import Retrieval


@click.command()
@click.argument("names", nargs=-1)
def sources(names: tuple[str, ...]) -> None:
    """List what is held of each source (or of NAMES): how old it is, its licence, how it is fetched."""
    from send_jsna.settings import get_settings
    from send_jsna.supply import opened

    with opened(get_settings()) as (store, _):
        for source in _chosen(names):
            for line in _told(source, store):
                click.echo(line)


@click.command()
@click.argument("names", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every source that has an interface.")
@click.option(
    "--mirror",
    type=click.Path(path_type=Path),
    help="Take the files from this folder of downloads instead.",
)
@click.option(
    "--accept",
    is_flag=True,
    help="Take the newest files into use whatever changed in them: you have looked at them.",
)
@click.option("--quiet", "-q", is_flag=True, help="Say nothing but the result.")
def fetch(names: tuple[str, ...], everything: bool, mirror: Path | None, accept: bool, quiet: bool) -> None:
    """Fetch the files of the sources NAMES, and hold them against what is held already."""
    from send_jsna.acquisition import WORDS
    from send_jsna.errors import FetchError, GateError
    from send_jsna.progress import choose, shown_on, stage
    from send_jsna.settings import get_settings
    from send_jsna.supply import obtain_all

    if bool(names) == everything:
        raise click.UsageError("name the sources, such as dfe-sen2-2025-caseload, or --all")
    wanted = [source for source in _chosen(names) if source.reader and (names or mirror or source.fetch)]
    with shown_on(choose(quiet=quiet)), stage("fetch") as under_way:
        found = obtain_all(wanted, get_settings(), mirror, under_way, accept=accept)
        under_way.outcome = f"{len(found)} sources"
    for item in found:
        click.echo(f"{item.source.id}: {WORDS[item.outcome]}{_sizes(item)}")
        for sentence in item.sentences:
            click.echo(f"  {sentence}")
    stopped = [item for item in found if item.outcome in ("kept", "refused")]
    failed = [item for item in found if item.outcome == "failed"]
    if stopped:
        raise GateError(
            f"{_some(stopped)} changed and is not in use: {stopped[0].sentences[0]}",
            remedy=f"look at it, then: jsna fetch {stopped[0].source.id} --accept",
        )
    if failed:
        raise FetchError(f"{_some(failed)} could not be fetched: {failed[0].sentences[0]}")


def _chosen(names: tuple[str, ...]) -> list[Source]:
    """The sources that are named, all of the catalogue where none is."""
    import difflib

    from send_jsna.catalogue import load_catalogue
    from send_jsna.errors import CatalogueError
    from send_jsna.settings import get_settings

    declared = load_catalogue(get_settings().data / "catalogue").sources
    for name in names:
        if name not in declared:
            near = difflib.get_close_matches(name, declared, n=1, cutoff=0.4)
            raise CatalogueError(
                f"no source {name!r}",
                where="data/catalogue/sources.yaml",
                expected="the id of a source",
                remedy=f"did you mean {near[0]}?" if near else "see jsna sources",
            )
    return [declared[name] for name in names] if names else list(declared.values())


def _told(source: Source, store: Store) -> list[str]:
    """What to say of one source."""
    way = source.fetch.kind if source.fetch else "by hand" if source.reader else "council document"
    good, newest = store.last_good(source), store.newest(source)
    if not good:
        lines = [f"{source.id}  nothing held  {source.licence}  {way}"]
    else:
        held = max(good.values(), key=lambda item: item.asked_at)
        size = sum(item.size for item in good.values())
        files = f"{len(good)} files" if len(good) > 1 else held.name or "1 file"
        lines = [
            f"{source.id}  {files}  {size / 1e6:,.1f} MB  {_dated(held)}  {source.licence}  {way}"
            + (f"  version {held.version}" if held.version else "")
        ]
    lines += [
        f"  not in use: {item.name or item.resource}, retrieved {item.retrieved_at:%Y-%m-%d}: {problem}"
        for item in newest
        if not item.accepted
        for problem in item.problems
    ]
    return lines


def _dated(held: Retrieval) -> str:
    """When it was published and when it was last known to be the newest."""
    days = (datetime.now(UTC) - held.asked_at).days
    published = f"published {held.published}, " if held.published else ""
    return f"{published}checked {'today' if days == 0 else f'{days} days ago'}"


def _sizes(item: Obtained) -> str:
    used = list(item.retrievals.values())
    return f", {len(used)} file{'s' if len(used) > 1 else ''}, as at {item.as_at}" if used else ""


def _some(items: list[Obtained]) -> str:
    names = [item.source.id for item in items]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
