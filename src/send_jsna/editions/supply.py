"""The catalogue against the editions' observations: everything declared is supplied, and as declared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from send_jsna.catalogue.observations import DIMENSIONS
from send_jsna.catalogue.schema import (
    COUNCIL_DATASETS,
    NAMED_ELSEWHERE,
    OTHER_AUTHORITIES,
    Catalogue,
    Indicator,
)
from send_jsna.errors import CatalogueError

if TYPE_CHECKING:
    import pandas as pd

    from send_jsna.editions.edition import Edition


def check_supply(catalogue: Catalogue, *editions: Edition) -> None:
    """Hold the catalogue against the editions' observations.

    Raises:
        CatalogueError: An indicator that none of the editions' data sets supplies, one that is not declared,
            or one whose data set, source or unit is not the declared one; a breakdown without a label.
    """
    supplied: set[str] = set()
    for edition in editions:
        for name, held in edition.datasets.items():
            frame = held.read()
            for indicator, rows in frame.groupby("indicator"):
                supplied.add(str(indicator))
                _check_indicator(catalogue, str(indicator), name, rows, held.path)
            _check_labels(catalogue, frame, held.path)
    for indicator, declared in catalogue.indicators.items():
        if indicator not in supplied and _is_released(declared, catalogue):
            raise CatalogueError(
                f"no data set supplies indicator {indicator!r}",
                where=catalogue.where("indicators", indicator),
                expected="observations of it in " + " or ".join(edition.id for edition in editions),
                remedy="remove it or rebuild the edition",
            )


def _is_released(indicator: Indicator, catalogue: Catalogue) -> bool:
    """Whether released editions hold an indicator: the others come from a council or a publisher in a run."""
    sources = [catalogue.sources[name] for name in indicator.sources]
    return indicator.dataset not in COUNCIL_DATASETS and any(one.file or not one.reader for one in sources)


def _check_indicator(catalogue: Catalogue, name: str, dataset: str, rows: pd.DataFrame, path: Path) -> None:
    declared = catalogue.indicators.get(name)
    if declared is None:
        raise CatalogueError(
            f"indicator {name!r} is not declared",
            where=f"{path}, line {rows['line'].iloc[0]}",
            remedy="declare it in data/catalogue/indicators.yaml",
        )
    if declared.counts in ("not_in_files", "in_document") and rows["numerator"].notna().any():
        raise CatalogueError(
            f"indicator {name!r} has counts in {path}, and `counts` says that there are none",
            where=catalogue.where("indicators", name),
            remedy="name its numerator and denominator, or write `counts: in_rows`",
        )
    differences = (
        ("data set", dataset, {declared.dataset, OTHER_AUTHORITIES}),
        ("unit", set(rows["unit"]), {declared.unit}),
        ("source", set(rows["source_id"]), set(declared.sources)),
    )
    for word, found, allowed in differences:
        strange = sorted({found} - allowed if isinstance(found, str) else found - allowed)
        if strange:
            raise CatalogueError(
                f"the {word} of indicator {name!r} is {', '.join(strange)} in {path}",
                where=catalogue.where("indicators", name),
                expected=" or ".join(sorted(allowed)),
            )


def _check_labels(catalogue: Catalogue, frame: pd.DataFrame, path: Path) -> None:
    for dimension in DIMENSIONS:
        if dimension == "service" and path.stem in NAMED_ELSEWHERE:
            continue
        missing = sorted(set(frame[dimension]) - {""} - set(catalogue.dimensions.get(dimension, {})))
        if missing:
            raise CatalogueError(
                f"{dimension} {', '.join(missing)} of {path} has no label",
                where=catalogue.folder / "dimensions.yaml",
                remedy=f"add it under {dimension}",
            )
