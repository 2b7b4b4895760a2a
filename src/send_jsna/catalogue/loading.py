"""Reads `data/catalogue` and checks that its files fit together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import RootModel

from send_jsna.catalogue.gaps import Gap
from send_jsna.catalogue.observations import DIMENSIONS
from send_jsna.catalogue.releases import Release, Search
from send_jsna.catalogue.schema import (
    OTHER_AUTHORITIES,
    Catalogue,
    DeclaredSupplement,
    Indicator,
    Source,
    UsageWarning,
)
from send_jsna.catalogue.statistic_rules import StatisticRules
from send_jsna.catalogue.term import Term
from send_jsna.catalogue.yaml_file import Declared
from send_jsna.errors import CatalogueError, raise_first

#: Facts declared of a breakdown's code that are no dimension of the observations.
ATTRIBUTES = ("school_specialism",)


class SourceFile(RootModel[list[Source]]):
    """``sources.yaml``."""


class IndicatorFile(RootModel[list[Indicator]]):
    """``indicators.yaml``."""


class SupplementFile(RootModel[list[DeclaredSupplement]]):
    """``supplements.yaml``."""


class TermFile(RootModel[list[Term]]):
    """``terms.yaml``."""


class ReleaseFile(RootModel[list[Release]]):
    """``releases.yaml``."""


class SearchFile(RootModel[list[Search]]):
    """``searches.yaml``."""


class GapFile(RootModel[list[Gap]]):
    """``gaps.yaml``."""


class DimensionFile(RootModel[dict[str, dict[str, str]]]):
    """``dimensions.yaml``."""


class WarningFile(RootModel[dict[UsageWarning, str]]):
    """``usage_warnings.yaml``."""


class StatisticFile(RootModel[StatisticRules]):
    """``statistics.yaml``."""


#: Files of the catalogue and their schema.
FILES: dict[str, type[RootModel[Any]]] = {
    "sources": SourceFile,
    "indicators": IndicatorFile,
    "supplements": SupplementFile,
    "dimensions": DimensionFile,
    "usage_warnings": WarningFile,
    "terms": TermFile,
    "releases": ReleaseFile,
    "searches": SearchFile,
    "gaps": GapFile,
    "statistics": StatisticFile,
}

#: Those that a project need not have: nobody looked for releases, searched, or asked who has what is missing.
OPTIONAL = ("releases", "searches", "gaps")


def load_catalogue(folder: Path) -> Catalogue:
    """Read and check ``data/catalogue``.

    Raises:
        CatalogueError: The first thing that is wrong, with file and line; the others are in its ``also``.
    """
    files, data = _read(folder)
    catalogue = Catalogue(
        folder=folder,
        sources=_by_id(data["sources"]),
        indicators=_by_id(data["indicators"]),
        supplements=_by_id(data["supplements"]),
        releases=_by_id(data["releases"]),
        searches=_by_id(data["searches"]),
        gaps=_by_id(data["gaps"]),
        terms=list(data["terms"]),
        dimensions=data["dimensions"],
        usage_warnings=data["usage_warnings"],
        statistics=data["statistics"],
        places={
            f"{name}/{entry.id}": files[name].where(index)
            for name in ("sources", "indicators", "supplements", *OPTIONAL)
            for index, entry in enumerate(data[name])
        },
    )
    raise_first(_reference_faults(catalogue))
    return catalogue


def _read(folder: Path) -> tuple[dict[str, Declared], dict[str, Any]]:
    """The files of the catalogue and what each of them declares.

    Raises:
        CatalogueError: One of them breaks its schema, or an id is duplicated.
    """
    files: dict[str, Declared] = {}
    data: dict[str, Any] = {}
    faults: list[CatalogueError] = []
    for name, model in FILES.items():
        path = folder / f"{name}.yaml"
        if name in OPTIONAL and not path.is_file():
            data[name] = []
            continue
        try:
            files[name] = Declared(path)
            data[name] = files[name].as_model(model).root
        except CatalogueError as error:
            faults.append(error)
            continue
        if isinstance(data[name], list):
            faults += _duplicates(files[name], data[name], "term" if name == "terms" else "id")
    raise_first(faults)
    return files, data


def _by_id(entries: list[Any]) -> dict[str, Any]:
    return {entry.id: entry for entry in entries}


def _duplicates(file: Declared, entries: list[Any], key: str) -> Iterator[CatalogueError]:
    seen: set[str] = set()
    for index, entry in enumerate(entries):
        name = getattr(entry, key)
        if name in seen:
            yield file.fault(
                f"{key} {name!r} is duplicated",
                index,
                key,
                expected="one entry for each",
                remedy="remove one",
            )
        seen.add(name)


def _reference_faults(catalogue: Catalogue) -> Iterator[CatalogueError]:
    """Every name in one file of the catalogue that another does not have."""
    unknown = sorted(set(catalogue.dimensions) - {*DIMENSIONS, *ATTRIBUTES})
    if unknown:
        yield CatalogueError(
            f"unknown dimension {', '.join(unknown)}",
            where=catalogue.folder / "dimensions.yaml",
            expected="one of " + ", ".join((*DIMENSIONS, *ATTRIBUTES)),
        )
    for source in catalogue.sources.values():
        yield from _source_faults(catalogue, source)
    for indicator in catalogue.indicators.values():
        yield from _indicator_faults(catalogue, indicator)
    yield from _publication_faults(catalogue)
    yield from _rule_faults(catalogue)
    datasets = {indicator.dataset for indicator in catalogue.indicators.values()} | {OTHER_AUTHORITIES}
    for supplement in catalogue.supplements.values():
        for dataset in supplement.datasets:
            if dataset not in datasets:
                yield CatalogueError(
                    f"supplement {supplement.id!r} names the data set {dataset!r}, which has no indicator",
                    where=catalogue.where("supplements", supplement.id),
                    expected="one of " + ", ".join(sorted(datasets)),
                )


def _source_faults(catalogue: Catalogue, source: Source) -> Iterator[CatalogueError]:
    """The indicators and other sources that a source names and that do not exist."""
    entry, where = f"source {source.id!r}", catalogue.where("sources", source.id)
    for name in source.table.breakdowns.indicators if source.table and source.table.breakdowns else ():
        if name not in catalogue.indicators:
            yield _missing(f"{entry} keeps breakdowns of {name!r}", where)
    for other in source.supersedes:
        if other not in catalogue.sources:
            yield _missing(f"{entry} supersedes {other!r}", where)


def _indicator_faults(catalogue: Catalogue, indicator: Indicator) -> Iterator[CatalogueError]:
    """The sources, counts, breakdowns and usage warnings that an indicator names and that do not exist."""
    entry, where = f"indicator {indicator.id!r}", catalogue.where("indicators", indicator.id)
    for name in indicator.sources:
        if name not in catalogue.sources:
            remedy = "declare the source in sources.yaml or correct the name"
            yield _missing(f"{entry} names the source {name!r}", where, remedy)
    for name in filter(None, (indicator.numerator, indicator.denominator)):
        if name not in catalogue.indicators:
            remedy = "correct the name, or declare the count in indicators.yaml"
            yield _missing(f"{entry} is a share of {name!r}", where, remedy)
    named = (("breakdown", indicator.breakdowns), ("break", indicator.breaks))
    given = [(kind, item) for kind, parts in named for part in parts for item in part.by.items()]
    given += [("population", item) for item in (indicator.among or {}).items()]
    for kind, (dimension, code) in given:
        if code not in catalogue.dimensions.get(dimension, {}):
            remedy = "correct it, or declare the code in dimensions.yaml"
            yield _missing(f"{indicator.id!r} has a {kind} by {dimension} {code!r}", where, remedy)
    if indicator.same_as:
        yield from _same_faults(catalogue, indicator)
    for warning in indicator.usage_warnings:
        if warning not in catalogue.usage_warnings:
            yield CatalogueError(
                f"usage warning {warning!r} has no sentence",
                where=where,
                remedy="add one to usage_warnings.yaml",
            )


def _publication_faults(catalogue: Catalogue) -> Iterator[CatalogueError]:
    """What a release, a search or a gap names and that does not exist."""
    for kind in OPTIONAL:
        for entry in getattr(catalogue, kind).values():
            where = catalogue.where(kind, entry.id)
            for name in set(entry.sources) - set(catalogue.sources):
                yield _missing(f"{entry.id!r} names the source {name!r}", where)
            for name in set(getattr(entry, "indicators", ())) - set(catalogue.indicators):
                yield _missing(f"{entry.id!r} names the indicator {name!r}", where)
    for gap in catalogue.gaps.values():
        where = catalogue.where("gaps", gap.id)
        if gap.supplement not in catalogue.supplements:
            yield _missing(f"gap {gap.id!r} names the supplement {gap.supplement!r}", where)
        if gap.search and gap.search not in catalogue.searches:
            yield _missing(f"gap {gap.id!r} names the search {gap.search!r}", where)


def _rule_faults(catalogue: Catalogue) -> Iterator[CatalogueError]:
    """The usage warnings that the rules for statistics name and that do not exist."""
    for warning in catalogue.statistics.coverage.usage_warnings if catalogue.statistics else ():
        if warning not in catalogue.usage_warnings:
            where = catalogue.folder / "statistics.yaml"
            yield _missing(f"the rule on coverage names the usage warning {warning!r}", where)


def _missing(what: str, where: str | Path, remedy: str = "correct the name") -> CatalogueError:
    """The error for an entry that names what does not exist."""
    return CatalogueError(f"{what}, which does not exist", where=where, remedy=remedy)


def _same_faults(catalogue: Catalogue, indicator: Indicator) -> Iterator[CatalogueError]:
    """An indicator that is the same as one that is unknown, has another unit, or repeats a third."""
    other = catalogue.indicators.get(indicator.same_as)
    if other is None or other.unit != indicator.unit or other.same_as:
        yield CatalogueError(
            f"indicator {indicator.id!r} is the same as {indicator.same_as!r}, which does not exist, has"
            " another unit, or is itself the same as another",
            where=catalogue.where("indicators", indicator.id),
            remedy="correct the name",
        )
