"""Builds the tidy data sets of an edition from the publishers' files.

The modules of this package say what stands in each file; here the parts are put together, checked against the
catalogue and against the maintainers' digest, and given the units and roundings that only the whole can tell.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from send_jsna.catalogue.areas import Areas
from send_jsna.catalogue.kept import load_kept
from send_jsna.catalogue.observations import KEY, write_dataset
from send_jsna.catalogue.schema import Catalogue, Source
from send_jsna.council import findings
from send_jsna.editions import authorities
from send_jsna.editions.corrections import Record, kept_shares, load_everywhere, newest
from send_jsna.editions.quotients import contradicting
from send_jsna.editions.released import digest, documents
from send_jsna.errors import DataError
from send_jsna.ingest.cell_text import Names, sha256_of
from send_jsna.ingest.mirror import Mirror
from send_jsna.ingest.quoting import area_of
from send_jsna.ingest.source_files import SourceFiles
from send_jsna.sources import registry, service_directory
from send_jsna.sources.context import Context


@dataclass(frozen=True)
class Built:
    """An edition's data sets and what the maintainer should know of their making.

    Attributes:
        files: Data set name to content of its file.
        sources: Ids of the sources used.
        notes: Counts and decisions, one sentence each.
    """

    files: dict[str, bytes]
    sources: list[str]
    notes: list[str]


@dataclass(frozen=True)
class LeftOut:
    """Something of a source that was read and is not used.

    Attributes:
        source_id: The source.
        sentence: What and why.
    """

    source_id: str
    sentence: str


def _observations_2023(
    shared: Path, context: Context, _catalogue: Catalogue
) -> tuple[pd.DataFrame, list[str]]:
    slides = documents.read_slides(shared.parent / documents.SLIDES_FILE)
    return documents.tidy_2023(slides, digest.read_digest(shared), context), []


def _observations_2025(
    shared: Path, context: Context, catalogue: Catalogue
) -> tuple[pd.DataFrame, list[str]]:
    slides = documents.read_slides(shared.parent / documents.SLIDES_FILE)
    figures = digest.read_digest(shared)
    copies = Mirror(shared / "publisher")
    published = []
    for source in catalogue.sources.values():
        if not source.reader or not source.file:
            continue
        files = copies.find(source)
        if files is None:
            raise DataError(
                "the publisher file cannot be read",
                where=shared / source.file,
                expected="the maintainers' folder of publisher files",
                remedy="pass its path with --from",
            )
        published.append(registry.tidy(source, files, context, catalogue))
    frame = pd.concat([*published, documents.tidy_2025(slides, figures, context)], ignore_index=True)
    return frame, _landing_notes(digest.landing(figures, frame, context))


def _authorities_2025(shared: Path, context: Context, catalogue: Catalogue) -> tuple[pd.DataFrame, list[str]]:
    """Of every authority that edition 2025 does not hold, what is declared to be held of all."""
    kept = load_kept(catalogue)
    codes = authorities.others(context.areas, context.codes or ())
    wide = replace(context, codes=codes)
    copies = Mirror(shared / "publisher")
    tables = [
        registry.tidy(source, files, wide, catalogue)
        for source in authorities.sources_of(kept, catalogue)
        if source.file and (files := copies.find(source)) is not None
    ]
    frame = authorities.chosen(pd.concat(tables, ignore_index=True), kept, codes)
    return frame, [f"{frame['area_code'].nunique()} authorities besides those of the edition"]


#: How the observations of each edition are put together.
BUILDERS: dict[str, Callable[[Path, Context, Catalogue], tuple[pd.DataFrame, list[str]]]] = {
    "2023": _observations_2023,
    "2025": _observations_2025,
    "2025-authorities": _authorities_2025,
}

#: Editions that also hold what the project itself declares: service directory and qualitative findings.
WITH_DECLARED = ("2025",)


def build(
    edition_id: str, shared: Path, *, subject: str, neighbours: str, data: Path, catalogue: Catalogue
) -> Built:
    """Make an edition's data sets.

    Args:
        edition_id: Edition id.
        shared: The maintainers' folder that holds ``figures.csv`` and ``publisher``.
        subject: ONS code of the area the edition is about.
        neighbours: Version of the neighbour list.
        data: The project's declared data.
        catalogue: The catalogue.

    Raises:
        DataError: A file is missing or malformed, a label is not mapped, two rows have one key, or a row of
            the digest is neither among the observations nor deliberately left out.
    """
    context = make_context(subject, neighbours, data)
    known = data / "corrections"
    frame, notes = BUILDERS[edition_id](shared, context, catalogue)
    frame, left_out = finish(frame, catalogue, load_everywhere(known, newest(known)))
    if edition_id.endswith(f"-{authorities.DATASET}"):
        files = authorities_file(frame)
    else:
        files = data_files(frame, catalogue)
    if edition_id in WITH_DECLARED:
        files |= declared_files(data)
    withheld = int(frame["value"].isna().sum())
    notes = [
        f"{len(frame):,} observations in {len(files)} data sets, {withheld:,} of them without a value",
        *notes,
        *(item.sentence for item in left_out),
    ]
    return Built(files, sorted(frame["source_id"].unique()), notes)


def make_context(subject: str, neighbours: str, data: Path) -> Context:
    """The context for an edition about one area: the area, its comparators and its NHS bodies."""
    areas = Areas(data / "areas")
    area = areas.get(subject)
    bodies = [body.code for role in ("icb", "sub_icb", "trust") for body in areas.bodies(area, role)]
    codes = (area.code, *areas.comparators(area, neighbours).codes, *bodies)
    return Context(areas, area.code, codes, Names.load(data / "catalogue" / "publisher_names.csv"))


def tidied(source: Source, files: SourceFiles, context: Context, catalogue: Catalogue) -> pd.DataFrame:
    """Observations of one source, no two of them with one key.

    Raises:
        DataError: A file is malformed, or holds a value twice: England printed with and without its parent,
            or breakdowns that overlap.
    """
    frame = registry.tidy(source, files, context, catalogue)
    _check_keys(frame)
    return frame


def finish(
    frame: pd.DataFrame, catalogue: Catalogue, records: list[Record]
) -> tuple[pd.DataFrame, list[LeftOut]]:
    """Check the observations of all sources together, and give them what only the whole can tell.

    Args:
        frame: The observations.
        catalogue: The catalogue.
        records: Correction records: they may say that a percentage is right which its counts contradict.

    Returns:
        The observations with units and roundings, and which lost their counts.

    Raises:
        DataError: Two rows have one key, or an indicator is not declared.
    """
    _check_keys(frame)
    _check_indicators(frame, catalogue)
    frame = _with_rounding(frame)
    frame["unit"] = frame["indicator"].map({key: item.unit for key, item in catalogue.indicators.items()})
    return _without_counts(frame, catalogue, records)


def data_files(frame: pd.DataFrame, catalogue: Catalogue) -> dict[str, bytes]:
    """The data sets' files: name to content."""
    datasets = frame["indicator"].map({key: item.dataset for key, item in catalogue.indicators.items()})
    return {f"{name}.csv": write_dataset(rows) for name, rows in frame.groupby(datasets)}


def authorities_file(frame: pd.DataFrame) -> dict[str, bytes]:
    """The file of the data set that holds every other authority, whatever data sets its indicators are of."""
    return {f"{authorities.DATASET}.csv": write_dataset(frame)} if len(frame) else {}


def declared_files(data: Path) -> dict[str, bytes]:
    """The data sets the project itself declares: service directory and qualitative findings."""
    return {
        "services.csv": service_directory.build_dataset(data),
        "voice_findings.csv": findings.build_dataset(data),
    }


def _landing_notes(landing: digest.Landing) -> list[str]:
    """What became of the digest's rows; stops where one is lost."""
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


def _check_keys(frame: pd.DataFrame) -> None:
    twice = frame[frame.duplicated(list(KEY), keep=False)]
    if len(twice):
        first = twice.iloc[0]
        key = f"{first['indicator']}, {area_of(first['area_code'])}, {first['period']}"
        raise DataError(
            f"{len(twice)} rows share keys: {key}",
            where=str(first["source_id"]),
            expected="one row for each indicator, area, period and breakdown",
            remedy="give different statistics different indicators in publisher_names.csv",
        )


def _check_indicators(frame: pd.DataFrame, catalogue: Catalogue) -> None:
    unknown = sorted(set(frame["indicator"]) - set(catalogue.indicators))
    if unknown:
        raise DataError(
            f"indicators {', '.join(unknown)} are not in the catalogue",
            where="publisher_names.csv",
            remedy="declare them in indicators.yaml",
        )


def _with_rounding(frame: pd.DataFrame) -> pd.DataFrame:
    """Take the decimals of a release from all its values of one printed series and period.

    Spreadsheets drop the nought of ``65.0``, so that one value alone says too little of how it was rounded.
    """
    groups = frame.groupby(["indicator", "source_id", "source_label", "period"])["decimals"]
    return frame.assign(decimals=groups.transform("max").where(frame["value"].notna()))


def _counts_left_out(frame: pd.DataFrame, catalogue: Catalogue, records: list[Record]) -> pd.Series[str]:
    """Why a row's counts are left out, empty where they are not.

    A percentage that contradicts its counts keeps both, unless the catalogue says that the counts do not
    cover all it is of, or a correction record that the percentage is right: validation must see the rest.
    """
    one, other = frame["numerator"].notna(), frame["denominator"].notna()
    differs = contradicting(frame)
    cover = {key: item.counts_cover for key, item in catalogue.indicators.items()}
    covered = differs & ~contradicting(frame, cover)
    declared = kept_shares(frame, records).where(differs, "")
    why = pd.Series("", index=frame.index)
    why = why.mask(one != other, "only one of the two is printed")
    why = why.mask(one & other & (frame["denominator"] == 0) & ~differs, "they are of nobody")
    why = why.mask(covered, "some of what the percentage is of is printed nowhere")
    return why.mask(declared != "", declared)


def _without_counts(
    frame: pd.DataFrame, catalogue: Catalogue, records: list[Record]
) -> tuple[pd.DataFrame, list[LeftOut]]:
    """Leave out the counts that do not go with their percentage, and say of which source and why."""
    why = _counts_left_out(frame, catalogue, records)
    gone = frame.assign(why=why)[why != ""]
    notes = [
        LeftOut(
            str(source),
            f"{catalogue.indicators[str(name)].name}: the counts beside {len(rows):,} of its values were"
            f" left out ({str(reason).rstrip('.')}).",
        )
        for (source, name, reason), rows in gone.groupby(["source_id", "indicator", "why"])
    ]
    for column in ("numerator", "denominator"):
        frame[column] = frame[column].mask(why != "")
    return frame, notes


def render_sources(source_ids: list[str], catalogue: Catalogue, shared: Path) -> bytes:
    """An edition's ``sources.csv``: the catalogue's entries, with each publisher file's hash as published."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(
        ("source_id", "publisher", "title", "url", "licence", "as_at", "publisher_file", "publisher_sha256")
    )
    for source_id in source_ids:
        source = catalogue.sources[source_id]
        path = shared / source.file if source.file.startswith("publisher/") else shared.parent / source.file
        sha256 = sha256_of(path) if source.file else ""
        writer.writerow(
            (
                source.id,
                source.publisher,
                source.title,
                source.url,
                source.licence,
                source.as_at.isoformat(),
                source.file.removesuffix(".gz"),
                sha256,
            )
        )
    return buffer.getvalue().encode()
