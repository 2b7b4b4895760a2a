"""The catalogue against editions' observations: everything declared is supplied, and as declared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from send_jsna import council
from send_jsna.catalogue.dataset_file import parse_dataset
from send_jsna.catalogue.observations import DIMENSIONS
from send_jsna.catalogue.schema import NAMED_ELSEWHERE, OTHER_AUTHORITIES, Catalogue, Indicator
from send_jsna.editions.edition_files import SOURCES, unbuilt_editions
from send_jsna.errors import CatalogueError, raise_first

if TYPE_CHECKING:
    import pandas as pd

    from send_jsna.editions.edition import Edition

#: Columns that are held against an indicator's declaration.
_LOOKED_AT = ("indicator", "unit", "source_id", "numerator")


@dataclass(frozen=True)
class Undeclared:
    """Something of a data set that is not as the catalogue declares it.

    Attributes:
        source_id: The source of the rows.
        error: What it is, with the place in the catalogue.
    """

    source_id: str
    error: CatalogueError

    @property
    def sentence(self) -> str:
        """What it is and what to do, without the place of the project on the disk."""
        what = self.error.what[:1].upper() + self.error.what[1:]
        return f"{what}: {self.error.remedy or f'expected {self.error.expected}'}."


def check_supply(catalogue: Catalogue, *editions: Edition) -> None:
    """Check the catalogue against the editions' observations.

    Raises:
        CatalogueError: The first of :func:`supply_faults`.
    """
    raise_first(supply_faults(catalogue, *editions))


def supply_faults(catalogue: Catalogue, *editions: Edition) -> Iterator[CatalogueError]:
    """What of the catalogue and of the observations of built editions does not fit together.

    An indicator that none of the editions' data sets supplies, though released editions have such or one of
    them was made of its source, unless later releases alone have it; one that is not declared, or one whose
    data set, source or unit is not the declared one; a breakdown without a label.
    """
    supplied: set[str] = set()
    used = {source: edition for edition in by_release(editions) for source in edition.sources}
    for edition in editions:
        for name, stored in edition.datasets.items():
            frame = stored.texts(*_LOOKED_AT, *DIMENSIONS)
            frame = frame.assign(numerator=frame["numerator"].replace("", None), line=frame.index + 2)
            supplied |= set(frame["indicator"].unique())
            for undeclared in _undeclared(catalogue, name, frame, str(stored.path)):
                yield undeclared.error
    council_datasets = council.datasets(catalogue.folder.parent)
    for indicator, declared in catalogue.indicators.items():
        if indicator in supplied or declared.dataset in council_datasets or declared.since:
            continue
        if declared.among is not None and not {declared.numerator, declared.denominator} <= supplied:
            continue  # it cannot be worked out of what there is
        made_of = by_release(used[source] for source in declared.sources if source in used)
        if made_of or _is_released(declared, catalogue):
            yield CatalogueError(
                f"no data set supplies indicator {indicator!r}",
                where=catalogue.where("indicators", indicator),
                expected="observations of it in " + " or ".join(edition.id for edition in editions),
                remedy=_remedy(catalogue, made_of[-1] if made_of else None),
            )


def by_release(editions: Iterable[Edition]) -> list[Edition]:
    """Editions by their day of release, the newest last."""
    return sorted(editions, key=lambda edition: (edition.released, edition.id))


def _remedy(catalogue: Catalogue, made_of: Edition | None) -> str:
    """How an indicator comes into an edition: released ones are never changed.

    Args:
        catalogue: The catalogue.
        made_of: The newest edition that is made of a source of the indicator.
    """
    rebuild = "run jsna edition rebuild {} --from FOLDER"
    unbuilt = unbuilt_editions(catalogue.folder.parent / "editions")
    if unbuilt:
        return rebuild.format(unbuilt[0])
    new = "make a new edition that has it (docs/editions.md; a released one is not changed), or remove it"
    if made_of is None:
        return new
    name = made_of.card.extends or made_of.id
    return f"while {name} is still being made, {rebuild.format(name)} --replace; else {new}"


def undeclared_in(catalogue: Catalogue, files: Mapping[str, bytes]) -> Iterator[Undeclared]:
    """What of an edition that is being made is not as the catalogue declares it.

    Args:
        catalogue: The catalogue.
        files: The edition's files by name; those that are no data set are skipped.
    """
    for file, content in files.items():
        if file.endswith(".csv") and file != SOURCES:
            name = file.removesuffix(".csv")
            yield from _undeclared(catalogue, name, parse_dataset(content, dataset=name, where=file), file)


def _undeclared(catalogue: Catalogue, dataset: str, frame: pd.DataFrame, where: str) -> Iterator[Undeclared]:
    needed = frame[[*_LOOKED_AT, "line"]]  # a group copies what it has
    for indicator, rows in needed.groupby("indicator"):
        for error in _of_indicator(catalogue, str(indicator), dataset, rows, where):
            yield Undeclared(str(rows["source_id"].iloc[0]), error)
    for dimension in DIMENSIONS:
        if dimension == "service" and dataset in NAMED_ELSEWHERE:
            continue
        known = {"", *catalogue.dimensions.get(dimension, {})}
        if not known.issuperset(frame[dimension].unique()):
            rows = frame[~frame[dimension].isin(known)]
            error = CatalogueError(
                f"{dimension} {', '.join(sorted(set(rows[dimension])))} of {where} has no label",
                where=catalogue.folder / "dimensions.yaml",
                remedy=f"add it under {dimension} of data/catalogue/dimensions.yaml",
            )
            yield Undeclared(str(rows["source_id"].iloc[0]), error)


def _is_released(indicator: Indicator, catalogue: Catalogue) -> bool:
    """Whether released editions have an indicator: the others come from a publisher in a run."""
    sources = [catalogue.sources[name] for name in indicator.sources]
    return any(one.file or not one.reader for one in sources)


def _of_indicator(
    catalogue: Catalogue, name: str, dataset: str, rows: pd.DataFrame, where: str
) -> Iterator[CatalogueError]:
    declared = catalogue.indicators.get(name)
    if declared is None:
        yield CatalogueError(
            f"indicator {name!r} is not declared",
            where=f"{where}, line {rows['line'].iloc[0]}",
            remedy="declare it in data/catalogue/indicators.yaml",
        )
        return
    if declared.counts in ("not_in_files", "in_document") and rows["numerator"].notna().any():
        yield CatalogueError(
            f"indicator {name!r} has counts in {where}, and `counts` says that there are none",
            where=catalogue.where("indicators", name),
            remedy="name its numerator and denominator, or write `counts: in_rows`",
        )
    differences = (
        ("data set", {dataset}, {declared.dataset, OTHER_AUTHORITIES}),
        ("unit", set(rows["unit"]), {declared.unit}),
        ("source", set(rows["source_id"]), set(declared.sources)),
    )
    for word, found, allowed in differences:
        if found - allowed:
            yield CatalogueError(
                f"the {word} of indicator {name!r} is {', '.join(sorted(found - allowed))} in {where}",
                where=catalogue.where("indicators", name),
                expected=" or ".join(sorted(allowed)),
            )
