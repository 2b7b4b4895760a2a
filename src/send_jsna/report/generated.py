"""The blocks of the report that are made from the run's records before the narrative is filled."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from send_jsna.catalogue.areas import Areas
from send_jsna.catalogue.yaml_file import Declared
from send_jsna.errors import ReportError
from send_jsna.figures.records import FigureRecord, read_absences
from send_jsna.figures.run_context import RunContext
from send_jsna.report import blocks, gaps, publication
from send_jsna.report.disclosure import disclosure_text
from send_jsna.report.left_out import left_out_text
from send_jsna.settings import Settings

if TYPE_CHECKING:
    from send_jsna.catalogue.schema import Catalogue
    from send_jsna.editions.edition_files import EditionCard


@dataclass(frozen=True)
class RunFigures:
    """What a run found, for its report.

    Attributes:
        published: Published figures by id.
        refused: Refused figures by id.
        lineage: Audit entries of the published figures.
        claims: What ``claims.json`` says of the checked claims, for the block ``claims``.
        generated: Further generated blocks, as Markdown by name, such as ``recommendations``.
    """

    published: Mapping[str, FigureRecord]
    refused: Mapping[str, FigureRecord]
    lineage: Mapping[str, Mapping[str, Any]]
    claims: Mapping[str, Any] = field(default_factory=dict)
    generated: Mapping[str, str] = field(default_factory=dict)

    @property
    def known(self) -> dict[str, FigureRecord]:
        """Published and refused figures by id."""
        return {**self.published, **self.refused}


#: Names of the blocks that are made here, and of those that are made elsewhere; of these some are in pandoc's
#: own form, and nothing of them is filled in.
MADE_HERE = (
    "data_quality",
    "disclosure",
    *gaps.BLOCKS,
    "glossary",
    "indicators",
    "methods",
    "neighbours",
    "newer",
    "releases",
    "searches",
    "sources",
)
READY = ("audit", "chart_data", "claims")
OF_DECLARED_LISTS = ("recommendations", "inspection")


def generated_blocks(
    run_folder: Path,
    context: RunContext,
    figures: RunFigures,
    settings: Settings,
    catalogue: Catalogue | None,
    edition: EditionCard,
) -> dict[str, str]:
    """The blocks as Markdown by name, those that were made elsewhere among them.

    Args:
        run_folder: The run.
        context: Its context.
        figures: What it found.
        settings: Where the project's declared files are.
        catalogue: The catalogue; None leaves out what only it says.
        edition: What is said of the edition.

    Raises:
        ReportError: The run's validation summary cannot be read.
    """
    terms = terms_file(settings)
    left_out = left_out_text(context.statistics, read_absences(run_folder), figures.known)
    made = (
        _data_quality(run_folder, settings, edition, catalogue),
        disclosure_text(run_folder),
        *gaps.gap_blocks(run_folder, context.area["code"], catalogue, settings.reports),
        blocks.glossary(Declared(terms).data if terms.is_file() else []),
        blocks.indicators(catalogue.indicators if catalogue else {}, figures.lineage),
        blocks.methods(_usage_warnings(settings, catalogue), left_out),
        blocks.neighbours(context),
        *_of_publication(run_folder, context, catalogue),
        blocks.sources(_sources(figures.lineage)),
    )
    return {**dict(zip(MADE_HERE, made, strict=True)), **figures.generated}


def _of_publication(run_folder: Path, context: RunContext, catalogue: Catalogue | None) -> tuple[str, ...]:
    """The blocks ``newer``, ``releases`` and ``searches``."""
    releases = list(catalogue.releases.values()) if catalogue else []
    searches = catalogue.searches.values() if catalogue else ()
    own = Areas(Path(context.project_root) / "data" / "areas").codes_of(context.area["code"])
    return (
        publication.newer_block(publication.newer_of_run(run_folder, releases)),
        publication.releases_block(releases),
        publication.searches_block(searches, own),
    )


def terms_file(settings: Settings) -> Path:
    """Where the terms of the glossary are declared."""
    return settings.data / "catalogue" / "terms.yaml"


def _data_quality(
    run_folder: Path, settings: Settings, edition: EditionCard, catalogue: Catalogue | None
) -> str:
    record = _record(run_folder)
    declared = catalogue.sources if catalogue else {}
    titles = {key: f"{source.publisher}, {source.title}" for key, source in declared.items()}
    known = blocks.data_quality(_summary(run_folder), _corrections(settings, edition, run_folder))
    return known + blocks.fetched(record.get("fetched", []), titles)


def _summary(run_folder: Path) -> dict[str, Any]:
    path = run_folder / "validation" / "summary.json"
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise ReportError(
            f"not readable ({error})", where=path, expected="the run's validation summary"
        ) from error


def _corrections(settings: Settings, edition: EditionCard, run_folder: Path) -> list[dict[str, Any]]:
    """The correction records of an edition that are about figures it has."""
    name = edition.corrections or edition.id
    folder = settings.data / "corrections"
    if name == edition.id:
        return _records(folder / f"{name}.yaml")
    import pandas as pd

    records = [*_records(folder / f"{name}.yaml"), *_records(folder / "elsewhere" / f"{name}.yaml")]
    frame = pd.read_parquet(run_folder / "observations.parquet", columns=["indicator", "area_code"])
    available = set(frame.drop_duplicates().itertuples(index=False, name=None))
    areas = {area for _, area in available}
    return [
        item
        for item in records
        if any(
            (item["indicator"], area) in available for area in ([item["area"]] if "area" in item else areas)
        )
    ]


def _records(path: Path) -> list[dict[str, Any]]:
    return list(Declared(path).data or []) if path.is_file() else []


def _record(run_folder: Path) -> dict[str, Any]:
    """The run's record of its edition; empty where there is none."""
    path = run_folder / "edition.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def _usage_warnings(settings: Settings, catalogue: Catalogue | None) -> dict[str, str]:
    if catalogue is not None:
        return catalogue.usage_warnings
    path = settings.data / "catalogue" / "usage_warnings.yaml"
    return dict(Declared(path).data) if path.is_file() else {}


def _sources(lineage: Mapping[str, Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The sources the report's figures were made from, each once."""
    found = {source["source_id"]: source for entry in lineage.values() for source in entry["sources"]}
    return [found[key] for key in sorted(found)]
