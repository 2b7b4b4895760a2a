"""What a run is made from, laid down in its folder: observations, snapshots, the edition, the context."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from send_jsna.catalogue.areas import Areas, Comparators
from send_jsna.disclosure.chosen import chosen_profile
from send_jsna.editions.other_reports import shown_elsewhere
from send_jsna.figures.records import FigureRecord
from send_jsna.figures.run_context import (
    CONTEXT,
    DISCLOSURE,
    OBSERVATIONS,
    RunContext,
    SeriesContext,
    read_context,
    read_observations,
)
from send_jsna.files import sha256, write_json
from send_jsna.ingest import snapshots
from send_jsna.provenance.lineage import EDITION
from send_jsna.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

    from send_jsna.catalogue.schema import Catalogue
    from send_jsna.disclosure import Tables
    from send_jsna.editions.corrections import Note
    from send_jsna.editions.edition import Edition
    from send_jsna.editions.edition_files import DatasetFile
    from send_jsna.figures.records import Absence
    from send_jsna.report.claims import ClaimResult
    from send_jsna.validation import ValidationRecord


def open_edition(settings: Settings, edition_id: str, area_code: str = "") -> Edition:
    """The edition a report is built from, with the other authorities and what the council's extracts give.

    Args:
        settings: The project's settings.
        edition_id: The edition.
        area_code: The area of the run; an extract of another area is an error where it is given.

    Raises:
        UnknownEditionError: There is no such edition.
        DataError: A file is malformed or not the one that was locked, or an extract could identify a child.
    """
    from send_jsna import council
    from send_jsna.editions.edition import find_edition
    from send_jsna.ingest.containment import contained

    edition = _with_others(settings, find_edition(settings, edition_id))
    profile = chosen_profile(settings)
    with contained(str(settings.data / "council"), "reading the council's extracts"):
        built = council.build(settings.data, area_code, profile)
    extracts = _extract_files(settings, built)
    if not extracts:
        return edition
    return replace(
        edition,
        datasets=edition.datasets | extracts,
        sources=edition.sources | council.sources(settings.data, area_code, profile),
    )


def _extract_files(settings: Settings, made: Mapping[str, bytes]) -> dict[str, DatasetFile]:
    from send_jsna.editions.edition_files import DatasetFile

    return {
        name: DatasetFile(settings.data / "council" / f"{name}.csv", sha256(content), content)
        for name, content in made.items()
    }


def _as_recorded(settings: Settings, edition: Edition, area_code: str) -> Edition:
    """The edition with the council's extracts as the run shows them: what its records are made of."""
    from send_jsna import council

    made = council.recorded(settings.data, area_code, chosen_profile(settings))
    return replace(edition, datasets=edition.datasets | _extract_files(settings, made))


def _with_others(settings: Settings, edition: Edition) -> Edition:
    """An edition with the other authorities of its companion, where it has one."""
    from send_jsna.editions.edition import companion

    beside = companion(settings.editions, edition)
    if beside is None:
        return edition
    return replace(
        edition, datasets=edition.datasets | beside.datasets, sources=beside.sources | edition.sources
    )


def corrected(settings: Settings, edition: Edition, areas: Areas) -> tuple[pd.DataFrame, list[Note]]:
    """The tidy table of an edition with the recorded corrections applied, and what each of them did.

    Raises:
        DataError: A file of the edition is malformed, or a correction no longer fits the data.
        CatalogueError: A correction record is malformed.
    """
    from send_jsna.editions.corrections import (
        apply,
        load_corrections,
        load_everywhere,
        of_other_authorities,
        that_apply,
    )

    folder, frame = settings.data / "corrections", edition.frame(areas)
    if edition.card.origin == "released":
        return apply(frame, load_corrections(folder / f"{edition.corrections}.yaml"))
    frame, notes = apply(frame, that_apply(load_everywhere(folder, edition.corrections), frame))
    doubtful = of_other_authorities(frame, areas, edition.areas[0], edition.released)
    frame, more = apply(frame, doubtful)
    return frame, [*notes, *more]


def observations_of(settings: Settings, edition: Edition, areas: Areas) -> pd.DataFrame:
    """The tidy table of an edition, with the recorded corrections applied.

    Raises:
        DataError: A file of the edition is malformed, or a correction no longer fits the data.
        CatalogueError: A correction record is malformed.
    """
    return corrected(settings, edition, areas)[0]


def previous_observations(settings: Settings, edition: Edition, areas: Areas) -> pd.DataFrame | None:
    """The tidy table of the edition this one is compared with; None where it names none."""
    from send_jsna.editions.edition import load_edition

    if edition.previous is None:
        return None
    return observations_of(settings, load_edition(settings.editions, edition.previous), areas)


@dataclass(frozen=True)
class Before:
    """The edition before, as a report of it shows it under the profile of the settings.

    Attributes:
        shown: Its own observations, with the column ``withheld``.
        cells: The counts that are shown, by cell; those of other authorities beside it too.
    """

    shown: pd.DataFrame
    cells: dict[str, float]


def edition_before(settings: Settings, edition: Edition, areas: Areas, tables: Tables) -> Before | None:
    """What a report of the edition before shows; None where an edition names none.

    What an edition of printed documents holds is out; any other is shown under the profile of the settings.
    """
    from send_jsna import disclosure
    from send_jsna.editions.edition import load_edition

    if edition.previous is None:
        return None
    own = load_edition(settings.editions, edition.previous)
    earlier = _with_others(settings, own)
    frame = observations_of(settings, earlier, areas)
    shown = frame.assign(withheld="")
    profile = chosen_profile(settings)
    if earlier.reportable:
        before = edition_before(settings, earlier, areas, tables)
        shown = disclosure.protect_beside_shares(
            frame, tables, profile, before=before.cells if before else {}
        ).frame
    is_rounded = earlier.reportable and profile.rounding_base > 1  # and what is rounded now was rounded then
    cells = {} if is_rounded else disclosure.shown_cells(frame, shown, tables)
    return Before(shown[shown["dataset"].isin(own.datasets)], cells)


def reported_before(folder: Path) -> pd.DataFrame | None:
    """The edition before, as a run under construction may write of it; None where there is none."""
    import pandas as pd

    from send_jsna import disclosure

    path = folder / disclosure.PREVIOUS
    return pd.read_parquet(path) if path.is_file() else None


def write_inputs(
    folder: Path, settings: Settings, edition: Edition, catalogue: Catalogue, area_code: str
) -> int:
    """Lay down everything the later stages read.

    Args:
        folder: The run folder under construction.
        settings: The project's settings.
        edition: The edition, checked against its lock.
        catalogue: The catalogue.
        area_code: The area the run is about.

    Returns:
        The number of observations.
    """
    from send_jsna import council, disclosure

    areas = Areas(settings.data / "areas")
    frame, notes = corrected(settings, edition, areas)
    tables = disclosure.load_tables(settings.data, set(catalogue.indicators))
    before = edition_before(settings, edition, areas, tables)
    profile = chosen_profile(settings)
    cells = before.cells if before else {}
    cells = cells | shown_elsewhere(frame, area_code, areas, catalogue, tables, profile)
    protected = disclosure.protect_beside_shares(frame, tables, profile, area=area_code, before=cells)
    protected.frame.to_parquet(folder / OBSERVATIONS, index=False)
    disclosure.seal(folder, protected.sealed, cells)
    council.withheld(settings.data, area_code, chosen_profile(settings)).seal(folder)
    if before is not None:
        earlier = disclosure.without_withheld(before.shown, protected.frame)
        earlier.to_parquet(folder / disclosure.PREVIOUS, index=False)
    write_json(folder / DISCLOSURE, protected.record.model_dump())
    changed = frame["observation_id"].isin(protected.sealed["observation_id"])
    recorded = _as_recorded(settings, edition, area_code)
    _store_snapshots(folder / "snapshots", settings, recorded, frame, set(frame.loc[changed, "dataset"]))
    fetched = _with_doubtful(edition.fetched, notes, frame, catalogue)
    write_json(folder / EDITION, _edition_record(settings, recorded, catalogue) | {"fetched": fetched})
    comparators = areas.comparators(areas.get(area_code), _neighbours(settings, edition))
    context = _context(settings, edition, catalogue, areas, comparators, area_code)
    for note in notes:
        for key in note.observation_ids:
            context.observation_warnings.setdefault(key, []).append(note.sentence)
    for sentence, keys in _source_warnings(edition, frame):
        for key in keys:
            context.observation_warnings.setdefault(key, []).append(sentence)
    write_json(folder / CONTEXT, context.model_dump())
    return len(frame)


def _source_warnings(edition: Edition, frame: pd.DataFrame) -> Iterator[tuple[str, list[str]]]:
    """What to say beside figures of a source whose newest files were not used, or not all of them.

    Yields:
        A sentence, and the ids of the observations it goes with.
    """
    from send_jsna.report.data import long_date

    for entry in edition.fetched:
        source = edition.sources.get(entry["source_id"])
        keys = [str(key) for key in frame.loc[frame["source_id"] == entry["source_id"], "observation_id"]]
        if source is None or not keys:
            continue
        for sentence in entry.get("left_out", []):
            yield f"Left out of this source ({source.publisher}, {source.title}): {sentence}.", keys
        if entry["outcome"] not in ("kept", "carried"):
            continue
        day = date.fromisoformat(entry["as_at"])
        why = "did not pass the checks on change" if entry["sentences"] else "are not held"
        name = f"{source.publisher}, {source.title}"
        yield f"Newer files of this source ({name}) {why}: these figures are of {long_date(day)}.", keys


def note_outcomes(folder: Path, records: Mapping[str, ValidationRecord]) -> None:
    """Tell the supplements what validation found: failed data sets, and the warnings to show beside figures.

    A warning about one indicator goes with that indicator's figures only, one about areas that are not
    compared here with none.
    """
    context = read_context(folder)
    compared = {context.area["code"], *Comparators.from_dict(context.comparators).codes}
    for name, record in records.items():
        if not record.passed:
            context.failed_datasets[name] = record.errors[0] if record.errors else "an expectation failed"
        for notice in record.warnings:
            if notice.areas and not compared & set(notice.areas):
                continue
            texts = (
                context.indicator_warnings.setdefault(notice.indicator, [])
                if notice.indicator
                else context.warnings.setdefault(name, [])
            )
            if notice.text not in texts:
                texts.append(notice.text)
    write_json(folder / CONTEXT, context.model_dump())


def original_observations(folder: Path) -> pd.DataFrame:
    """The tidy table of a run under construction as its publishers have it, for validation only."""
    import pandas as pd

    from send_jsna import disclosure

    sealed = pd.read_parquet(folder / disclosure.SEALED)
    return disclosure.restored(read_observations(folder), sealed).drop(columns="withheld")


def report_title(settings: Settings, context: RunContext) -> str:
    """The title of the report as its pages give it: the book's, for the area."""
    from send_jsna.report.book import Book

    title = Book.read(settings.reports).title
    return f"{context.area['name']}: {title[:1].lower()}{title[1:]}"


def _store_snapshots(
    folder: Path, settings: Settings, edition: Edition, frame: pd.DataFrame, changed: Collection[str]
) -> None:
    """The cards of the edition's files, and the bytes of those in which nothing is withheld or rounded.

    A run folder holds nothing it withholds: the bytes of the others stay in the edition, under the same hash.
    """
    used = frame.groupby("dataset")["source_id"].unique()
    for held in edition.datasets.values():
        sources = [edition.sources[key] for key in used[held.path.stem]]
        keep = snapshots.store_card if held.path.stem in changed else snapshots.store
        keep(
            folder,
            held.content,
            {
                "title": f"{held.path.stem}, {edition.title}",
                "producer": list(dict.fromkeys(source.publisher for source in sources)),
                "url": list(dict.fromkeys(source.url for source in sources if source.url)),
                "licence": list(dict.fromkeys(source.licence for source in sources)),
                "as_at": max((source.as_at.isoformat() for source in sources), default=""),
                "media_type": mimetypes.types_map[".csv"],
                "edition": edition.id,
                "file": _file_name(held.path, settings),
            },
        )


def _file_name(path: Path, settings: Settings) -> str:
    """A file as the ledger names it: from the checkout, or from the state folder where that is elsewhere."""
    for root in (settings.project_root, settings.state_folder):
        if path.is_relative_to(root):
            return path.relative_to(root).as_posix()
    return path.name


def _edition_record(settings: Settings, edition: Edition, catalogue: Catalogue) -> dict[str, Any]:
    """The edition's card, files and sources, as the ledger reads them back."""
    return {
        "id": edition.id,
        "title": edition.title,
        "released": edition.released.isoformat(),
        "previous": edition.previous,
        "neighbours": _neighbours(settings, edition),
        "datasets": {
            name: {"file": _file_name(held.path, settings), "sha256": held.sha256}
            for name, held in sorted(edition.datasets.items())
        },
        "sources": [
            {**asdict(source), "as_at": source.as_at.isoformat()} for source in edition.sources.values()
        ],
        "dimensions": catalogue.dimensions,
    }


def _with_doubtful(
    fetched: list[dict[str, Any]], notes: Sequence[Note], frame: pd.DataFrame, catalogue: Catalogue
) -> list[dict[str, Any]]:
    """What came of each source, with the values of other authorities that contradict their counts."""
    from send_jsna.editions.corrections import CONTRADICTS

    rows = frame.set_index("observation_id")
    told: dict[str, list[str]] = {}
    for note in notes:
        if note.correction.reason == CONTRADICTS:
            row = rows.loc[note.observation_ids[0]]
            name = catalogue.indicators[note.correction.indicator].name
            sentence = f"{name}, {row['area_name']}, {row['period']}: left out. {CONTRADICTS}"
            told.setdefault(str(row["source_id"]), []).append(sentence)
    return [
        entry | {"sentences": [*entry["sentences"], *dict.fromkeys(told.get(entry["source_id"], []))]}
        for entry in fetched
    ]


def _neighbours(settings: Settings, edition: Edition) -> str:
    """The version of the neighbour list: the edition's, unless the user asks for another."""
    return settings.neighbours if "neighbours" in settings.model_fields_set else edition.neighbours


def _context(
    settings: Settings,
    edition: Edition,
    catalogue: Catalogue,
    areas: Areas,
    comparators: Comparators,
    area_code: str,
) -> RunContext:
    return RunContext(
        area=asdict(areas.get(area_code)),
        comparators=comparators.as_dict(),
        edition=edition.id,
        indicator_warnings={
            name: [catalogue.usage_warnings[code] for code in indicator.usage_warnings]
            for name, indicator in catalogue.indicators.items()
            if indicator.usage_warnings
        },
        indicator_names={name: indicator.name for name, indicator in catalogue.indicators.items()},
        series={name: SeriesContext.of(indicator) for name, indicator in catalogue.indicators.items()},
        citations={key: f"{source.publisher}, {source.title}" for key, source in edition.sources.items()},
        project_root=str(settings.project_root),
        disclosure=settings.disclosure,
        smallest_count=chosen_profile(settings).smallest_shown,
    )


def check_published_claims(
    settings: Settings,
    edition: Edition,
    frame: pd.DataFrame,
    failed_datasets: Mapping[str, str],
    area: str,
    tables: Tables,
) -> list[ClaimResult]:
    """Hold an area's published claims against this edition, as far as it passed validation, and those before.

    Args:
        settings: The project's settings.
        edition: The edition.
        frame: Its observations, as the run shows them.
        failed_datasets: Data sets of it that failed validation, and why.
        area: The area whose documents are checked.
        tables: How the counts of children hang together; an edition before is read as its report shows it.
    """
    from send_jsna.editions.edition import load_edition
    from send_jsna.report.claims import check_claims, claims_of

    claims = claims_of(settings.data / "claims", area)
    areas = Areas(settings.data / "areas")
    frames = {edition.id: frame}
    held = edition
    while claims and (before := edition_before(settings, held, areas, tables)) is not None:
        held = load_edition(settings.editions, str(held.previous))
        frames[held.id] = before.shown
    return check_claims(claims, frames, failed={edition.id: failed_datasets})


def recommendations(
    settings: Settings,
    published: Mapping[str, FigureRecord],
    refused: Mapping[str, FigureRecord],
    *,
    is_complete: bool,
    area: str,
    absences: Sequence[Absence],
) -> str:
    """The action register beside the figures that measure its actions; nothing for another area than its own.

    Args:
        settings: The project's settings.
        published: Published figures.
        refused: Refused figures.
        is_complete: Whether every supplement reached its end, so that a figure nobody published is a mistake.
        area: The area of the report.
        absences: What the supplements put on record as not to be published.

    Raises:
        CatalogueError: The register is malformed, or names a figure nobody publishes.
    """
    from send_jsna.report.book import Book
    from send_jsna.report.recommendations import check_measures, load_register, render_recommendations

    register = load_register(settings.data / "recommendations" / "register.yaml")
    if register.area != area:
        return ""
    if is_complete:
        check_measures(register, {*published, *refused}, absences)
    block = re.compile(r"^:::+[^\n]*\bfigure=\"([^\"]+)\"", flags=re.MULTILINE)
    shown = {
        key
        for name in Book.read(settings.reports).chapter_files
        for key in block.findall((settings.reports / name).read_text(encoding="utf-8"))
    }
    return render_recommendations(register, published, shown=shown, absences=absences)
