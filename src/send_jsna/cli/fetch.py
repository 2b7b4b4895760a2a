"""Commands about publishers' files: which ones are stored, and fetching more."""

from __future__ import annotations

import textwrap
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from send_jsna.catalogue.releases import Release
    from send_jsna.catalogue.schema import Source
    from send_jsna.ingest.intake import Intake, IntakeResult
    from send_jsna.settings import Settings


@click.command()
@click.argument("names", nargs=-1)
@click.option(
    "--record",
    is_flag=True,
    help="Write what fetches found of newer releases into data/catalogue/releases.yaml, and list nothing.",
)
def sources(names: tuple[str, ...], record: bool) -> None:
    """List what is stored of each source (or of NAMES): files, age, licence, and the newest release known."""
    from send_jsna.editions.obtain import opened
    from send_jsna.settings import get_settings

    settings = get_settings()
    if record:
        _record(settings)
        return
    released = _released(settings.editions)
    known = _newest_known(settings)
    head = ("source", "stored", "published", "checked", "licence", "fetched by", "newest known")
    rows: list[tuple[str, ...]] = [head]
    notes: dict[int, list[str]] = {}
    with opened(settings) as (store, _):
        for source in _chosen(names):
            rows.append((*_row(source, store, released), known.get(source.id, "not looked for")))
            notes[len(rows) - 1] = [
                f"  not in use: {item.name or item.resource}, of {item.retrieved_at:%Y-%m-%d}: {problem}"
                for item in store.newest(source)
                if not item.accepted
                for problem in item.problems
            ]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for number, row in enumerate(rows):
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        for note in notes.get(number, ()):
            click.echo(note)


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
    help="Take the files that were kept back into use, whatever changed in them: you have looked at them. Of"
    " a source without any, fetch the newest.",
)
@click.option("--quiet", "-q", is_flag=True, help="Say nothing but the result.")
def fetch(names: tuple[str, ...], everything: bool, mirror: Path | None, accept: bool, quiet: bool) -> None:
    """Fetch the files of the sources NAMES, and compare them with the files stored already."""
    from send_jsna.editions.obtain import obtain_all
    from send_jsna.errors import FetchError, GateError
    from send_jsna.ingest.intake import WORDS
    from send_jsna.progress import choose, shown_on, stage
    from send_jsna.settings import get_settings

    if bool(names) == everything:
        raise click.UsageError("name the sources, such as dfe-sen2-2025-caseload, or --all")
    wanted = [source for source in _chosen(names) if names or source.fetch or (mirror and source.reader)]
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
            remedy="what does not become observations cannot be accepted: correct what the sentence names"
            if accept
            else f"look at it, then: jsna fetch {stopped[0].source.id} --accept",
        )
    if failed:
        raise FetchError(f"{_some(failed)} could not be fetched: {failed[0].sentences[0]}")


def _chosen(names: tuple[str, ...]) -> list[Source]:
    """The sources that are named, all of the catalogue where none is."""
    import difflib

    from send_jsna.catalogue.loading import load_catalogue
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


def _released(editions: Path) -> dict[str, tuple[str, date]]:
    """The newest released edition that has figures of a source, and the day of the figures."""
    from send_jsna.editions.authorities import DATASET
    from send_jsna.editions.edition_files import SOURCES, read_sources

    found: dict[str, tuple[str, date]] = {}
    for path in sorted(editions.glob(f"*/{SOURCES}")):
        if path.parent.name.endswith(f"-{DATASET}"):
            continue  # a companion: its main edition has the figures of the same files
        for key, source in read_sources(path.read_bytes(), path).items():
            found[key] = (path.parent.name, source.as_at)
    return found


def _known(settings: Settings) -> list[Release]:
    """The releases of the catalogue, brought up to date with what fetches found."""
    from send_jsna.catalogue.loading import load_catalogue
    from send_jsna.editions.known_releases import known_releases, read_found

    catalogue = load_catalogue(settings.data / "catalogue")
    found = read_found(settings.state_folder)
    return known_releases(catalogue.releases.values(), catalogue.sources, found)


def _record(settings: Settings) -> None:
    """Write the releases that are known into the catalogue."""
    from send_jsna.editions.known_releases import write_releases

    releases = _known(settings)
    write_releases(settings.data / "catalogue" / "releases.yaml", releases)
    click.echo(
        f"data/catalogue/releases.yaml: {len(releases)} releases; run jsna check, and look at the change"
    )


def _newest_known(settings: Settings) -> dict[str, str]:
    """What is known of each source's newest release, in words, and whether the edition lacks it."""
    import pandas as pd

    from send_jsna.editions.edition import find_edition
    from send_jsna.errors import UnknownEditionError
    from send_jsna.report.publication import newest_periods

    newest: dict[str, tuple[date, str]] = {}
    with suppress(UnknownEditionError):
        datasets = find_edition(settings, settings.edition).datasets.values()
        newest = newest_periods(pd.concat([stored.read() for stored in datasets]))
    found = {}
    for release in _known(settings):
        due = f", next due {release.due}" if release.due else ""
        for name in release.sources:
            words = f"{release.covers} (seen {release.looked}{due})"
            if name in newest and newest[name][0] < release.ends:
                words += f", newer than edition {settings.edition} ({newest[name][1]})"
            found[name] = words
    return found


def _row(source: Source, store: Intake, released: dict[str, tuple[str, date]]) -> tuple[str, ...]:
    """One source as a line of the list."""
    by_hand = "hand (--mirror)" if source.reader else "council document"
    way = f"{source.fetch.kind if source.fetch else by_hand}{' (unverified)' if source.unverified else ''}"
    good = store.last_good(source)
    if not good:
        edition, day = released.get(source.id, ("", None))
        stored = f"edition {edition}" if edition else "nothing"
        return (source.id, stored, str(day or ""), "", source.licence, way)
    newest = good.get("main") or max(good.values(), key=lambda item: item.asked_at)
    size = f"{sum(item.size for item in good.values()) / 1e6:,.1f} MB"
    name = textwrap.shorten(newest.name or newest.resource, 40, placeholder="…")
    files = f"{len(good)} files, {size}" if len(good) > 1 else f"{name}, {size}"
    days = (datetime.now(UTC) - newest.asked_at).days
    version = f", version {newest.version}" if newest.version else ""
    published = str(newest.published or "")
    checked = "today" if days == 0 else "yesterday" if days == 1 else f"{days} days ago"
    return (source.id, files + version, published, checked, source.licence, way)


def _sizes(item: IntakeResult) -> str:
    used = list(item.retrievals.values())
    return f", {len(used)} file{'s' if len(used) > 1 else ''}, as at {item.as_at}" if used else ""


def _some(items: list[IntakeResult]) -> str:
    names = [item.source.id for item in items]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
