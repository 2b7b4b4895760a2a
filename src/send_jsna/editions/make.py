"""Making an edition from what publishers have now, for one area, without releasing it.

An unreleased edition is an edition like the others, frozen and locked, whose id begins with ``live`` or
``mirror`` and ends with a hash of its files: the same snapshots give the same id. It is in the state
folder, so that every run can be traced and made again. A person who wants to release it copies it into
``data/editions`` under a new name.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pandas as pd
import yaml

from send_jsna.catalogue import neighbourhoods
from send_jsna.catalogue.citations import EditionSource
from send_jsna.catalogue.kept import load_kept
from send_jsna.catalogue.observations import COLUMNS
from send_jsna.editions import authorities, built, corrections
from send_jsna.editions.edition_files import (
    CARD,
    FETCHED,
    LOCK,
    SOURCES,
    released_editions,
    render_lock,
    render_sources,
)
from send_jsna.editions.fetched import render_fetched
from send_jsna.editions.supply import undeclared_in
from send_jsna.editions.worked_out import with_worked_out
from send_jsna.errors import DataError
from send_jsna.files import sha256, sha256_of_blocks, sync_tree

if TYPE_CHECKING:
    from send_jsna.catalogue.schema import Catalogue, Source
    from send_jsna.editions.edition import Edition
    from send_jsna.ingest.intake import IntakeResult, Tidy
    from send_jsna.ingest.source_files import SourceFiles
    from send_jsna.settings import Settings
    from send_jsna.sources.context import Context

Origin = Literal["live", "mirror"]

#: Brings what came of each source of the catalogue that has a reader.
Obtain = Callable[[Sequence["Source"], Callable[["Source"], "Tidy"]], Iterable["IntakeResult"]]

_ORIGINS = {"live": "fetched from the publishers", "mirror": "from a folder of downloads"}


@dataclass(frozen=True)
class Made:
    """An unreleased edition.

    Attributes:
        edition_id: Its id.
        observations: How many observations it has.
        obtained: What came of each source.
        carried: Source id → edition whose figures of it are used, because nothing newer is stored.
    """

    edition_id: str
    observations: int
    obtained: tuple[IntakeResult, ...]
    carried: dict[str, str]


def make(area_code: str, origin: Origin, settings: Settings, obtain: Obtain) -> Made:
    """Make an edition for one area and lock it.

    Args:
        area_code: ONS code of a local authority.
        origin: Where the files come from.
        settings: The project's settings.
        obtain: Brings the sources' files and makes observations of them.

    Raises:
        DataError: No source gave anything, or two sources have one value under one name.
    """
    from send_jsna.catalogue.loading import load_catalogue

    catalogue = load_catalogue(settings.data / "catalogue")
    context, kept = built.make_context(area_code, settings.neighbours, settings.data), load_kept(catalogue)
    others = authorities.others(context.areas, context.codes or ())
    wide = {source.id for source in authorities.sources_of(kept, catalogue)}
    narrowed: list[built.LeftOut] = []
    places: dict[str, bytes] = {}
    tidy_for = _tidy_for(context, catalogue, wide, others, narrowed)
    obtained = tuple(
        _in_order(obtain(_readable(catalogue), built.collecting(tidy_for, context, places)), catalogue)
    )
    if not any(item.frame is not None and len(item.frame) for item in obtained):
        troubles = [sentence for item in obtained for sentence in item.sentences]
        raise DataError(
            f"no source gives a figure for {context.areas.get(area_code).name}"
            + (f"; the first fault: {troubles[0]}" if troubles else ""),
            where=_ORIGINS[origin],
            expected="files by the names of data/catalogue/sources.yaml",
        )
    every = built.together((item.source, item.frame) for item in obtained if item.frame is not None)
    every = with_worked_out(every, catalogue)
    elsewhere = authorities.chosen(every, kept, others)
    frame, carried = _with_carried(every[~every["area_code"].isin(others)], obtained, area_code, settings)
    known = settings.data / "corrections"
    records = corrections.load_everywhere(known, corrections.newest(known))
    frame, left_out = built.finish(frame, catalogue, records)
    elsewhere, left_out_elsewhere = built.finish(elsewhere, catalogue, records)
    left_out += [
        replace(item, sentence=f"Of other authorities, {item.sentence}") for item in left_out_elsewhere
    ]
    files = built.data_files(frame, catalogue) | built.authorities_file(elsewhere)
    files |= places or _carried_places(edition for edition, _ in carried.values())
    undeclared = [built.LeftOut(item.source_id, item.sentence) for item in undeclared_in(catalogue, files)]
    obtained = _with_notes(obtained, [*narrowed, *left_out, *undeclared])
    frame = pd.concat([frame, elsewhere], ignore_index=True)
    sources = _sources(frame, obtained, carried, catalogue, settings)
    files[SOURCES] = render_sources(sources)
    files[FETCHED] = render_fetched(obtained, carried).encode()
    edition_id = f"{origin}-{area_code}-{_hash(files)}"
    files[CARD] = _card(edition_id, origin, context, sources, settings)
    files[LOCK] = render_lock(files)
    _lay_down(settings.unreleased / edition_id, files)
    return Made(edition_id, len(frame), obtained, {key: edition.id for key, (edition, _) in carried.items()})


def _readable(catalogue: Catalogue) -> list[Source]:
    return [source for source in catalogue.sources.values() if source.reader]


def _tidy_for(
    context: Context,
    catalogue: Catalogue,
    wide: Collection[str],
    others: tuple[str, ...],
    narrowed: list[built.LeftOut],
) -> Callable[[Source], Tidy]:
    """How each source's files become observations.

    Args:
        context: Which areas the edition is about.
        catalogue: The catalogue.
        wide: Ids of the sources of which other authorities are used too.
        others: Codes of those authorities.
        narrowed: Is given each source whose rows of other authorities could not be used, and why.
    """
    everywhere = replace(context, codes=(*(context.codes or ()), *others))

    def tidied(source: Source, files: SourceFiles) -> pd.DataFrame:
        if source.id in wide:
            # What is wrong with a row of another authority costs the rank among all, not the area's figures.
            try:
                return built.tidied(source, files, everywhere, catalogue)
            except DataError as error:
                frame = built.tidied(source, files, context, catalogue)
                why = f"The rows of authorities that are no comparators were left out: {error.line()}."
                narrowed.append(built.LeftOut(source.id, why))
                return frame
        return built.tidied(source, files, context, catalogue)

    return lambda source: lambda files: tidied(source, files)


def _with_notes(obtained: Iterable[IntakeResult], notes: Iterable[built.LeftOut]) -> tuple[IntakeResult, ...]:
    """What came of the sources, each with what was left out of it."""
    added: dict[str, list[str]] = {}
    for note in notes:
        added.setdefault(note.source_id, []).append(note.sentence)
    return tuple(
        replace(item, sentences=tuple(dict.fromkeys((*item.sentences, *added.get(item.source.id, [])))))
        for item in obtained
    )


def _in_order(obtained: Iterable[IntakeResult], catalogue: Catalogue) -> list[IntakeResult]:
    """By the catalogue's order, whichever was there first."""
    places = {key: place for place, key in enumerate(catalogue.sources)}
    return sorted(obtained, key=lambda item: places[item.source.id])


def _with_carried(
    frame: pd.DataFrame, obtained: Iterable[IntakeResult], area_code: str, settings: Settings
) -> tuple[pd.DataFrame, dict[str, tuple[Edition, EditionSource]]]:
    """Add what a released edition has of the area from sources that gave nothing now.

    Council documents have no reader, and a publisher's file may not be available; what an edition that
    reports on the area has of them stays in use, under its own source and its own date.
    """
    edition = latest_released(area_code, settings)
    if edition is None:
        return frame, {}
    given = {item.source.id for item in obtained if item.frame is not None and len(item.frame)}
    released = pd.concat([item.read() for item in edition.datasets.values()], ignore_index=True)
    released = released[~released["source_id"].isin(given)]
    released = built.without_keys_of(released, frame)
    carried = {key: (edition, edition.sources[key]) for key in sorted(released["source_id"].unique())}
    return pd.concat([frame, released[list(COLUMNS)]], ignore_index=True), carried


def _carried_places(editions: Iterable[Edition]) -> dict[str, bytes]:
    """The file of the neighbourhoods of a released edition whose figures are used; none where it has none."""
    found = (edition.neighbourhoods for edition in editions if edition.neighbourhoods)
    return next(({neighbourhoods.FILE: neighbourhoods.render(places)} for places in found), {})


def latest_released(area_code: str, settings: Settings) -> Edition | None:
    """The newest released edition that reports on an area; None where there is none."""
    from send_jsna.editions.edition import load_edition

    editions = [load_edition(settings.editions, name) for name in released_editions(settings.editions)]
    fitting = [edition for edition in editions if edition.reportable and area_code in edition.areas]
    return max(fitting, key=lambda edition: edition.released, default=None)


def _sources(
    frame: pd.DataFrame,
    obtained: Iterable[IntakeResult],
    carried: dict[str, tuple[Edition, EditionSource]],
    catalogue: Catalogue,
    settings: Settings,
) -> list[EditionSource]:
    """The sources of the edition's observations, each with the bytes it came from."""
    by_id = {item.source.id: item for item in obtained}
    found = []
    for key in sorted(frame["source_id"].unique()):
        if key in carried:
            found.append(carried[key][1])
            continue
        item, source = by_id[key], catalogue.sources[key]
        used = list(item.retrievals.values())
        main = item.retrievals.get("main", used[0])
        found.append(
            EditionSource(
                source_id=key,
                publisher=source.publisher,
                title=main.title or source.title,
                url=source.url or main.url,
                licence=source.licence,
                as_at=item.as_at,
                publisher_file=main.name
                if len(used) == 1 or "main" in item.retrievals
                else f"{len(used)} files",
                publisher_sha256=main.sha256 if "main" in item.retrievals else item.sha256,
            )
        )
    return found


def _hash(files: dict[str, bytes]) -> str:
    lines = (f"{name}\0{sha256(content)}\n".encode() for name, content in sorted(files.items()))
    return sha256_of_blocks(lines)[:8]


def _card(
    edition_id: str, origin: Origin, context: Context, sources: Sequence[EditionSource], settings: Settings
) -> bytes:
    newest: date = max(source.as_at for source in sources)
    previous = latest_released(context.subject, settings)
    card = {
        "id": edition_id,
        "title": f"Unreleased figures for {context.areas.get(context.subject).name}, {_ORIGINS[origin]}",
        "released": newest,
        "areas": [context.subject],
        "reportable": True,
        "previous": previous.id if previous else None,
        "neighbours": settings.neighbours,
        "origin": origin,
        "corrections": corrections.newest(settings.data / "corrections"),
    }
    return yaml.safe_dump(card, sort_keys=False, allow_unicode=True).encode()


def _lay_down(folder: Path, files: dict[str, bytes]) -> None:
    """Write the edition's folder under a temporary name and rename it; an existing one is the same."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    if (folder / LOCK).is_file():
        return
    scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        for name, content in files.items():
            (scratch / name).write_bytes(content)
        scratch.chmod(0o755)
        sync_tree(scratch)
        try:
            os.rename(scratch, folder)  # noqa: PTH104 - Path.replace would follow an existing folder
        except OSError:
            if not (folder / LOCK).is_file():
                raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
