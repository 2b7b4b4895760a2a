"""Making an edition's data sets of what its ``build.yaml`` names, from a folder of publishers' files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from send_jsna.catalogue.citations import EditionSource
from send_jsna.catalogue.dataset_file import parse_dataset
from send_jsna.catalogue.kept import load_kept
from send_jsna.catalogue.schema import Catalogue, Source
from send_jsna.council import findings
from send_jsna.editions import agreement, authorities, built, facts
from send_jsna.editions.build_file import FOUND, WITH_FILE, BuildFile
from send_jsna.editions.corrections import Record, load_everywhere, newest
from send_jsna.editions.edition_files import EditionCard
from send_jsna.editions.given_files import Folder
from send_jsna.editions.released import digest, documents
from send_jsna.editions.worked_out import with_worked_out
from send_jsna.errors import DataError
from send_jsna.files import sha256_of_files
from send_jsna.ingest.cell_text import published_sha256
from send_jsna.ingest.mirror import Mirror
from send_jsna.ingest.source_files import SourceFiles
from send_jsna.sources import registry, service_directory
from send_jsna.sources.context import Context


@dataclass(frozen=True)
class Built:
    """An edition's data sets and what the maintainer should know of how they were made.

    Attributes:
        files: Name of each data set's file, and its content.
        sources: The sources used, as the edition cites them.
        notes: Counts and decisions, one sentence each.
    """

    files: dict[str, bytes]
    sources: list[EditionSource]
    notes: list[str]


def build_data_sets(
    card: EditionCard, build_file: BuildFile, folders: Sequence[Path], *, data: Path, catalogue: Catalogue
) -> Built:
    """Make an edition's data sets.

    Args:
        card: What the edition is.
        build_file: Of what it is made.
        folders: Folders with the publishers' files, and ``figures.csv`` where the digest is used.
        data: The project's declared data.
        catalogue: The catalogue.

    Raises:
        DataError: A file is missing or malformed, a label is not mapped, two rows have one key, or a row of
            the digest is neither among the observations nor deliberately left out.
        UnknownAreaError: The card's area does not exist.
    """
    context = built.make_context(card.areas[0], card.neighbours, data)
    given = Folder(tuple(folders))
    printed = _documents(build_file, given, catalogue, context)
    if "facts" in build_file.declared:
        printed.append(facts.observations(data, context.codes))
    files, notes = _files_of(build_file, given, catalogue)
    for name, paths in files.items():
        registry.check_declared(catalogue.sources[name], paths, context.names, catalogue)
    context = replace(context, names=context.names.only(build_file.made_with.labels))
    own, elsewhere, compared = _published(build_file, files, context, catalogue)
    own = pd.concat([own, *printed], ignore_index=True)
    notes += compared + _landing(build_file, given, own, context)
    known = data / "corrections"
    records = load_everywhere(known, _corrections(card, known))
    frame, datasets, left_out = _finished(own, elsewhere, catalogue, records)
    declared = _declared(build_file, data)
    datasets |= declared
    own_files = {} if build_file.areas == "others" else files
    given_sources = ((catalogue.sources[key], paths) for key, paths in own_files.items())
    places = built.neighbourhoods_file(given_sources, context)
    withheld = int(frame["value"].isna().sum())
    notes = [
        f"{len(frame):,} observations in {len(datasets)} data sets, {withheld:,} of them without a value",
        *notes,
        *(item.sentence for item in left_out),
    ]
    used = set(frame["source_id"]).union(*(_sources_of(name, declared[name]) for name in declared))
    sources = [_cited(catalogue.sources[key], files.get(key), given) for key in sorted(used)]
    _check_days(sources, card)
    return Built(datasets | places, sources, notes)


def _documents(
    build_file: BuildFile, folder: Folder, catalogue: Catalogue, context: Context
) -> list[pd.DataFrame]:
    """Observations of the council's documents, and of the digest's rows that are the only copy."""
    frames = []
    for document in build_file.documents:
        source = catalogue.sources[document.source]
        slides = documents.read_slides(source.id, folder.document(source))
        frames.append(documents.tidy(slides, context, as_printed=document.as_printed))
    if build_file.digest is not None:
        figures = digest.read_digest(folder.digest)
        for rows in build_file.digest.rows:
            chosen = figures[figures["topic"].isin(rows.topics)] if rows.topics else figures
            frames.append(digest.tidy(chosen, rows.sources, context))
    return frames


def _files_of(
    build_file: BuildFile, folder: Folder, catalogue: Catalogue
) -> tuple[dict[str, SourceFiles], list[str]]:
    """The files of the publishers' sources, by source id, and notes on what the folder lacks and has more."""
    wanted = build_file.sources
    chosen = [
        source
        for source in catalogue.sources.values()
        if source.reader
        and (wanted == FOUND or (source.file if wanted == WITH_FILE else source.id in wanted))
    ]
    if not chosen:
        return {}, []
    copies = Mirror(*folder.published)
    found: dict[str, SourceFiles] = {}
    absent = []
    for source in chosen:
        files = copies.find(source)
        if files is not None:
            found[source.id] = files
        elif wanted == FOUND:
            absent.append(source.id)
        else:
            names = ", ".join([source.file.removeprefix("publisher/")] if source.file else source.mirror)
            raise DataError(
                f"the publisher file of {source.id} is missing",
                where=folder.published[0],
                expected=names or "a file that `file` or `mirror` of the source in sources.yaml names",
                remedy="put it into the folder, or take the source out of `sources` in build.yaml",
            )
    if not found:
        raise DataError(
            "no source has a file in the folder",
            where=folder.published[0],
            expected="files by the names of data/catalogue/sources.yaml",
            remedy="pass the folder of the publishers' files with --from",
        )
    return found, built.folder_notes(absent, copies.unread(found.values())) if wanted == FOUND else []


def _published(
    build_file: BuildFile, files: Mapping[str, SourceFiles], context: Context, catalogue: Catalogue
) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """The publishers' observations: of the area and its comparators, and of every other authority.

    Returns:
        Both, and how values differ that two sources have, one sentence for each two sources.
    """
    named = build_file.made_with.indicators
    kept = [entry for entry in load_kept(catalogue) if not named or entry.indicator in named]
    own = context.codes or ()
    others = authorities.others(context.areas, own) if build_file.areas != "comparators" else ()
    ranked = {source.id for source in authorities.sources_of(kept, catalogue)} if others else set()
    found = []
    for name, paths in files.items():
        codes = (*(() if build_file.areas == "others" else own), *(others if name in ranked else ()))
        if codes:
            source = catalogue.sources[name]
            found.append((source, built.tidied(source, paths, replace(context, codes=codes), catalogue)))
    frame = with_worked_out(built.together(found), catalogue)
    is_other = frame["area_code"].isin(others)
    units = {key: item.unit for key, item in catalogue.indicators.items()}
    compared = list(agreement.superseded(found, units))
    return frame[~is_other], authorities.chosen(frame, kept, others), compared


def _finished(
    own: pd.DataFrame, elsewhere: pd.DataFrame, catalogue: Catalogue, records: list[Record]
) -> tuple[pd.DataFrame, dict[str, bytes], list[built.LeftOut]]:
    """All observations checked and completed, their data sets, and what was left out of them."""
    frames, datasets, left_out = [], dict[str, bytes](), list[built.LeftOut]()
    if len(own):
        own, found = built.finish(own, catalogue, records)
        datasets |= built.data_files(own, catalogue)
        frames.append(own)
        left_out += found
    if len(elsewhere):
        elsewhere, found = built.finish(elsewhere, catalogue, records)
        datasets |= built.authorities_file(elsewhere)
        frames.append(elsewhere)
        left_out += [replace(item, sentence=f"Of other authorities, {item.sentence}") for item in found]
    if not frames:
        raise DataError(
            "there is no observation in the files of the edition's areas",
            expected="rows of the area in `areas` of edition.yaml or of its comparators",
            remedy="look whether the files are those of the sources that build.yaml names",
        )
    return pd.concat(frames, ignore_index=True), datasets, left_out


def _corrections(card: EditionCard, folder: Path) -> str:
    """Name of the file of known errors that the edition was made with; the newest where it has none."""
    name = card.corrections or card.extends or card.id
    return name if (folder / f"{name}.yaml").is_file() else newest(folder)


def _landing(
    build_file: BuildFile, folder: Folder, observations: pd.DataFrame, context: Context
) -> list[str]:
    """What became of the digest's rows, where the edition must account for them; stops where one is lost."""
    if build_file.digest is None or not build_file.digest.every_row:
        return []
    landing = digest.landing(digest.read_digest(folder.digest), observations, context)
    if landing.problems:
        raise DataError(
            f"{len(landing.problems)} rows of the digest are lost, such as: {landing.problems[0]}",
            expected="every row among the observations with an equal value",
            remedy="map the label in publisher_names.csv, or say there why it is left out",
        )
    notes = [
        f"{landing.equal:,} of the digest's {landing.total:,} rows are among the observations, all equal"
    ]
    return notes + [f"{count} rows of the digest left out: {why}" for why, count in landing.left_out.items()]


def _declared(build_file: BuildFile, data: Path) -> dict[str, bytes]:
    """The data sets that the project itself declares."""
    makers = {"services": service_directory.build_dataset, "voice_findings": findings.build_dataset}
    return {f"{name}.csv": makers[name](data) for name in build_file.declared if name in makers}


def _sources_of(name: str, content: bytes) -> set[str]:
    """The sources of a data set's file."""
    return set(parse_dataset(content, dataset=name.removesuffix(".csv"), where=name)["source_id"])


def _cited(source: Source, files: SourceFiles | None, folder: Folder) -> EditionSource:
    """A source as the edition cites it, with the hash of its file as published.

    Args:
        source: The source.
        files: Its files; None for a document of a council, which may be known by a digest only.
        folder: The folder they are in.
    """
    if files is None:
        name = source.file
        digest_of = published_sha256(folder.document(source)) if source.file else ""
    elif "main" in files.paths:
        name, digest_of = source.file or files.path().name, published_sha256(files.path())
    else:
        paths = files.paths.values()
        name = files.names[next(iter(files.names))] if len(paths) == 1 else f"{len(paths)} files"
        digest_of = sha256_of_files(published_sha256(path) for path in paths)
    return EditionSource(
        source_id=source.id,
        publisher=source.publisher,
        title=source.title,
        url=source.url,
        licence=source.licence,
        as_at=source.as_at,
        publisher_file=name.removesuffix(".gz"),
        publisher_sha256=digest_of,
    )


def _check_days(sources: Iterable[EditionSource], card: EditionCard) -> None:
    """Refuse a source that is newer than the edition."""
    for source in sources:
        if source.as_at > card.released:
            raise DataError(
                f"the source {source.source_id} is as at {source.as_at}, after the edition's day of release",
                where=f"edition {card.id}, edition.yaml",
                expected=f"`released` on that day or later, and not {card.released}",
                remedy="correct `released` in edition.yaml, or `as_at` of the source in sources.yaml",
            )
