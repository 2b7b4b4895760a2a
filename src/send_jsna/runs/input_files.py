"""What a run is made from, written into its folder: observations, snapshots, the edition, the context."""

from __future__ import annotations

import mimetypes
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from send_jsna.catalogue import neighbourhoods
from send_jsna.catalogue.areas import Areas, Comparators
from send_jsna.disclosure.chosen import chosen_profile
from send_jsna.editions.other_reports import shown_elsewhere
from send_jsna.figures.run_context import (
    CONTEXT,
    DISCLOSURE,
    OBSERVATIONS,
    RunContext,
    SeriesContext,
    SupplementContext,
    read_context,
)
from send_jsna.files import write_json, write_whole
from send_jsna.ingest import snapshots
from send_jsna.provenance.lineage import EDITION
from send_jsna.runs.inputs import corrected, counts_of_children, edition_before, extract_files
from send_jsna.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

    from send_jsna.catalogue.schema import Catalogue
    from send_jsna.editions.corrections import Note
    from send_jsna.editions.edition import Edition
    from send_jsna.validation import ValidationRecord


def write_inputs(
    folder: Path, settings: Settings, edition: Edition, catalogue: Catalogue, area_code: str
) -> int:
    """Write everything the later stages read.

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
    tables = counts_of_children(settings, set(catalogue.indicators))
    before = edition_before(settings, edition, areas, tables)
    profile = chosen_profile(settings)
    cells = before.cells if before else {}
    cells = cells | shown_elsewhere(frame, area_code, areas, catalogue, tables, profile)
    protected = disclosure.suppress_beside_shares(frame, tables, profile, area=area_code, before=cells)
    protected.frame.to_parquet(folder / OBSERVATIONS, index=False)
    disclosure.seal(folder, protected.sealed, cells)
    council.withheld(settings.data, area_code, profile).seal(folder)
    if before is not None:
        earlier = disclosure.without_withheld(before.shown, protected.frame)
        earlier.to_parquet(folder / disclosure.PREVIOUS, index=False)
    write_json(folder / DISCLOSURE, protected.record.model_dump())
    if edition.neighbourhoods:
        write_whole(folder / neighbourhoods.FILE, neighbourhoods.render(edition.neighbourhoods))
    changed = frame["observation_id"].isin(protected.sealed["observation_id"])
    recorded = _as_recorded(settings, edition, area_code)
    _store_snapshots(folder / "snapshots", settings, recorded, frame, set(frame.loc[changed, "dataset"]))
    fetched = _with_doubtful(edition.fetched, notes, frame, catalogue)
    write_json(folder / EDITION, _edition_record(settings, recorded, catalogue) | {"fetched": fetched})
    comparators = areas.comparators(areas.get(area_code), _neighbours(settings, edition))
    context = _context(settings, edition, catalogue, areas, comparators, area_code)
    context.protected = None if tables.protected is None else sorted(tables.protected)
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


def _as_recorded(settings: Settings, edition: Edition, area_code: str) -> Edition:
    """The edition with the council's extracts as the run shows them: what its records are made of."""
    from send_jsna import council

    made = council.recorded(settings.data, area_code, chosen_profile(settings))
    return replace(edition, datasets=edition.datasets | extract_files(settings, made))


def _store_snapshots(
    folder: Path, settings: Settings, edition: Edition, frame: pd.DataFrame, changed: Collection[str]
) -> None:
    """The cards of the edition's files, and the bytes of those in which nothing is withheld or rounded.

    A run folder has nothing that its report withholds: the bytes of the other files stay in the edition,
    under the same hash.
    """
    used = frame.groupby("dataset")["source_id"].unique()
    for dataset in edition.datasets.values():
        sources = [edition.sources[key] for key in used[dataset.path.stem]]
        keep = snapshots.store_card if dataset.path.stem in changed else snapshots.store
        keep(
            folder,
            dataset.content,
            {
                "title": f"{dataset.path.stem}, {edition.title}",
                "producer": list(dict.fromkeys(source.publisher for source in sources)),
                "url": list(dict.fromkeys(source.url for source in sources if source.url)),
                "licence": list(dict.fromkeys(source.licence for source in sources)),
                "as_at": max((source.as_at.isoformat() for source in sources), default=""),
                "media_type": mimetypes.types_map[".csv"],
                "edition": edition.id,
                "file": _file_name(dataset.path, settings),
            },
        )


def _file_name(path: Path, settings: Settings) -> str:
    """A file as the ledger names it: from the checkout, or from the state folder where that is elsewhere."""
    for root in (settings.project_root, settings.state_folder):
        if path.is_relative_to(root):
            return path.relative_to(root).as_posix()
    return path.name


def _edition_record(settings: Settings, edition: Edition, catalogue: Catalogue) -> dict[str, Any]:
    """The edition's card, files and sources, as the ledger and the report read them back."""
    return {
        "id": edition.id,
        "title": edition.title,
        "released": edition.released.isoformat(),
        "previous": edition.previous,
        "neighbours": _neighbours(settings, edition),
        "card": edition.card.model_dump(mode="json"),
        "datasets": {
            name: {"file": _file_name(dataset.path, settings), "sha256": dataset.sha256}
            for name, dataset in sorted(edition.datasets.items())
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
    sentences: dict[str, list[str]] = {}
    for note in notes:
        if note.correction.reason == CONTRADICTS:
            row = rows.loc[note.observation_ids[0]]
            name = catalogue.indicators[note.correction.indicator].name
            sentence = f"{name}, {row['area_name']}, {row['period']}: left out. {CONTRADICTS}"
            sentences.setdefault(str(row["source_id"]), []).append(sentence)
    return [
        entry | {"sentences": [*entry["sentences"], *dict.fromkeys(sentences.get(entry["source_id"], []))]}
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
        statistics=catalogue.statistics,
        supplements={name: SupplementContext.of(entry) for name, entry in catalogue.supplements.items()},
        citations={key: f"{source.publisher}, {source.title}" for key, source in edition.sources.items()},
        project_root=str(settings.project_root),
        disclosure=settings.disclosure,
        smallest_count=chosen_profile(settings).smallest_shown,
    )
