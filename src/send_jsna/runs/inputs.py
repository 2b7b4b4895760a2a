"""What a run is made from: its edition, corrected, with the council's extracts; and the edition before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from send_jsna.catalogue.areas import Areas
from send_jsna.catalogue.neighbourhoods import names_of
from send_jsna.disclosure.chosen import chosen_profile
from send_jsna.figures.run_context import read_observations
from send_jsna.files import sha256
from send_jsna.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

    from send_jsna.catalogue.schema import Catalogue
    from send_jsna.disclosure import Tables
    from send_jsna.editions.corrections import Note
    from send_jsna.editions.edition import Edition
    from send_jsna.editions.edition_files import DatasetFile
    from send_jsna.validation import ValidationBasis


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
    extracts = extract_files(settings, built)
    if not extracts:
        return edition
    return replace(
        edition,
        datasets=edition.datasets | extracts,
        sources=edition.sources | council.sources(settings.data, area_code, profile),
    )


def extract_files(settings: Settings, made: Mapping[str, bytes]) -> dict[str, DatasetFile]:
    """What was made of the council's extracts, as data sets of an edition."""
    from send_jsna.editions.edition_files import DatasetFile

    return {
        name: DatasetFile(settings.data / "council" / f"{name}.csv", sha256(content), content)
        for name, content in made.items()
    }


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
        own = load_corrections(folder / f"{edition.corrections}.yaml")
        others = load_corrections(folder / "elsewhere" / f"{edition.corrections}.yaml")
        return apply(frame, [*own, *that_apply(others, frame)])
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

    An edition of printed documents is shown whole, since it is public already; any other edition is shown
    under the profile of the settings.
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
    if tables.protected is not None:  # released, and known to anyone
        return Before(shown[shown["dataset"].isin(own.datasets)], {})
    if earlier.reportable:
        before = edition_before(settings, earlier, areas, tables)
        shown = disclosure.suppress_beside_shares(
            frame, tables, profile, before=before.cells if before else {}
        ).frame
    is_rounded = earlier.reportable and profile.rounding_base > 1  # and what is rounded now was rounded then
    cells = {} if is_rounded else disclosure.shown_cells(frame, shown, tables)
    return Before(shown[shown["dataset"].isin(own.datasets)], cells)


def counts_of_children(settings: Settings, known: set[str] | None = None) -> Tables:
    """How the counts of children hang together, and which of them the profile of the settings protects.

    Args:
        settings: The project's settings; their scope decides.
        known: Indicators of the catalogue; a name that is not among them is refused.

    Raises:
        CatalogueError: A declared file is malformed.
    """
    from send_jsna import council, disclosure

    tables = disclosure.load_tables(settings.data, known)
    if settings.scope == "all":
        return tables
    return tables.model_copy(update={"protected": frozenset(council.datasets(settings.data))})


def reported_before(folder: Path) -> pd.DataFrame | None:
    """The edition before, as a run under construction may write of it; None where there is none."""
    import pandas as pd

    from send_jsna import disclosure

    path = folder / disclosure.PREVIOUS
    return pd.read_parquet(path) if path.is_file() else None


def original_observations(folder: Path) -> pd.DataFrame:
    """The tidy table of a run under construction as its publishers have it, for validation only."""
    import pandas as pd

    from send_jsna import disclosure

    sealed = pd.read_parquet(folder / disclosure.SEALED)
    return disclosure.restored(read_observations(folder), sealed).drop(columns="withheld")


def expected_datasets(catalogue: Catalogue) -> set[str]:
    """The data sets an edition should have: those the notebooks read, but for what only the council has."""
    from send_jsna import council

    declared = {name for supplement in catalogue.supplements.values() for name in supplement.datasets}
    return declared - set(council.datasets(catalogue.folder.parent))


def validation_basis(
    settings: Settings, edition: Edition, catalogue: Catalogue, subject: str, *, is_reviewed: bool = True
) -> ValidationBasis:
    """What the data sets of an edition are validated by.

    Args:
        settings: The project's settings.
        edition: The edition.
        catalogue: The catalogue.
        subject: Code of the area the report is about.
        is_reviewed: Whether a person has reviewed the edition, as before a release.
    """
    from send_jsna.validation import ValidationBasis

    areas, places = Areas(settings.data / "areas"), set(names_of(edition.neighbourhoods))
    return ValidationBasis(
        edition=edition.id,
        expectations_folder=settings.expectations,
        catalogue=catalogue,
        known_areas={area.code for area in areas} | places,
        released=edition.released,
        previous=previous_observations(settings, edition, areas),
        as_at={key: source.as_at.isoformat() for key, source in edition.sources.items()},
        subject=subject,
        is_reviewed=is_reviewed,
        neighbourhoods=places,
    )
