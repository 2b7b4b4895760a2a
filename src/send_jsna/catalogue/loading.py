"""Reads `data/catalogue` and checks that its files fit together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import RootModel

from send_jsna.catalogue.observations import DIMENSIONS
from send_jsna.catalogue.schema import (
    OTHER_AUTHORITIES,
    Catalogue,
    DeclaredSupplement,
    Indicator,
    Source,
    Term,
    UsageWarning,
)
from send_jsna.catalogue.yaml_file import Declared
from send_jsna.errors import CatalogueError

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


class DimensionFile(RootModel[dict[str, dict[str, str]]]):
    """``dimensions.yaml``."""


class WarningFile(RootModel[dict[UsageWarning, str]]):
    """``usage_warnings.yaml``."""


#: Files of the catalogue and their schema.
FILES: dict[str, type[RootModel[Any]]] = {
    "sources": SourceFile,
    "indicators": IndicatorFile,
    "supplements": SupplementFile,
    "dimensions": DimensionFile,
    "usage_warnings": WarningFile,
    "terms": TermFile,
}


def load_catalogue(folder: Path) -> Catalogue:
    """Read and check ``data/catalogue``.

    Raises:
        CatalogueError: The first thing that is wrong, with file and line.
    """
    files = {name: Declared(folder / f"{name}.yaml") for name in FILES}
    data = {name: files[name].as_model(model).root for name, model in FILES.items()}
    catalogue = Catalogue(
        folder=folder,
        sources=_by_id(files["sources"], data["sources"]),
        indicators=_by_id(files["indicators"], data["indicators"]),
        supplements=_by_id(files["supplements"], data["supplements"]),
        terms=list(_by_id(files["terms"], data["terms"], key="term").values()),
        dimensions=data["dimensions"],
        usage_warnings=data["usage_warnings"],
        places={
            f"{name}/{entry.id}": files[name].where(index)
            for name in ("sources", "indicators", "supplements")
            for index, entry in enumerate(data[name])
        },
    )
    _check_references(catalogue)
    return catalogue


def _by_id(file: Declared, entries: list[Any], *, key: str = "id") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for index, entry in enumerate(entries):
        name = getattr(entry, key)
        if name in found:
            raise file.fault(
                f"{key} {name!r} is duplicated",
                index,
                key,
                expected="one entry for each",
                remedy="remove one",
            )
        found[name] = entry
    return found


def _check_references(catalogue: Catalogue) -> None:
    """Refuse a name in one file of the catalogue that another does not have."""
    unknown = sorted(set(catalogue.dimensions) - {*DIMENSIONS, *ATTRIBUTES})
    if unknown:
        raise CatalogueError(
            f"unknown dimension {', '.join(unknown)}",
            where=catalogue.folder / "dimensions.yaml",
            expected="one of " + ", ".join((*DIMENSIONS, *ATTRIBUTES)),
        )
    for source in catalogue.sources.values():
        _check_source(catalogue, source)
    for indicator in catalogue.indicators.values():
        _check_indicator(catalogue, indicator)
    datasets = {indicator.dataset for indicator in catalogue.indicators.values()} | {OTHER_AUTHORITIES}
    for supplement in catalogue.supplements.values():
        for dataset in supplement.datasets:
            if dataset not in datasets:
                raise CatalogueError(
                    f"supplement {supplement.id!r} names the data set {dataset!r}, which has no indicator",
                    where=catalogue.where("supplements", supplement.id),
                    expected="one of " + ", ".join(sorted(datasets)),
                )


def _check_source(catalogue: Catalogue, source: Source) -> None:
    """Refuse a source that names an indicator or another source that does not exist."""
    entry, where = f"source {source.id!r}", catalogue.where("sources", source.id)
    for name in source.table.breakdowns.indicators if source.table and source.table.breakdowns else ():
        if name not in catalogue.indicators:
            raise _missing(f"{entry} keeps breakdowns of {name!r}", where)
    for other in source.supersedes:
        if other not in catalogue.sources:
            raise _missing(f"{entry} supersedes {other!r}", where)


def _check_indicator(catalogue: Catalogue, indicator: Indicator) -> None:
    """Refuse an indicator of an unknown source, count, breakdown or usage warning."""
    entry, where = f"indicator {indicator.id!r}", catalogue.where("indicators", indicator.id)
    for name in indicator.sources:
        if name not in catalogue.sources:
            remedy = "declare the source in sources.yaml or correct the name"
            raise _missing(f"{entry} names the source {name!r}", where, remedy)
    for name in filter(None, (indicator.numerator, indicator.denominator)):
        if name not in catalogue.indicators:
            raise _missing(f"{entry} is a share of {name!r}", where)
    for kind, parts in (("breakdown", indicator.breakdowns), ("break", indicator.breaks)):
        for dimension, code in (item for part in parts for item in part.by.items()):
            if code not in catalogue.dimensions.get(dimension, {}):
                remedy = "correct it, or declare the code in dimensions.yaml"
                raise _missing(f"{indicator.id!r} has a {kind} by {dimension} {code!r}", where, remedy)
    if indicator.same_as:
        _check_same(catalogue, indicator)
    for warning in indicator.usage_warnings:
        if warning not in catalogue.usage_warnings:
            raise CatalogueError(
                f"usage warning {warning!r} has no sentence",
                where=where,
                remedy="add one to usage_warnings.yaml",
            )


def _missing(what: str, where: str, remedy: str = "correct the name") -> CatalogueError:
    """The error for an entry that names what does not exist."""
    return CatalogueError(f"{what}, which does not exist", where=where, remedy=remedy)


def _check_same(catalogue: Catalogue, indicator: Indicator) -> None:
    """Refuse an indicator that is the same as one that is unknown, has another unit, or repeats a third."""
    other = catalogue.indicators.get(indicator.same_as)
    if other is None or other.unit != indicator.unit or other.same_as:
        raise CatalogueError(
            f"indicator {indicator.id!r} is the same as {indicator.same_as!r}, which does not exist, has"
            " another unit, or is itself the same as another",
            where=catalogue.where("indicators", indicator.id),
            remedy="correct the name",
        )
