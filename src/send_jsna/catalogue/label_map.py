"""The label map against the catalogue: every row names what is declared, and every indicator is supplied.

The map itself is read by :class:`send_jsna.ingest.cell_text.Names`, when an edition is made.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from pathlib import Path

from send_jsna.catalogue.csv_file import csv_rows
from send_jsna.catalogue.schema import NAMED_ELSEWHERE, Catalogue
from send_jsna.errors import CatalogueError

FILE = "publisher_names.csv"

COLUMNS = (
    "source_id",
    "match",
    "label",
    "indicator",
    "breakdown",
    "numerator",
    "denominator",
    "period_type",
    "left_out",
)

#: End of the name under which the breakdowns of several sources of one family are mapped.
_OF_BREAKDOWNS = "-breakdown"


def label_faults(catalogue: Catalogue) -> Iterator[CatalogueError]:
    """Rows of the label map that name an indicator, a source or a breakdown's code that does not exist.

    A row may name a family of sources by the beginning of their ids.

    Args:
        catalogue: The catalogue; the map is in its folder.

    Raises:
        CatalogueError: The map cannot be read, or has other columns.
    """
    path = catalogue.folder / FILE
    for line, row in csv_rows(path, COLUMNS):
        where = f"{path}, line {line}"
        if not any(True for _ in _meant(row["source_id"], catalogue.sources)):
            yield _unknown("source", row["source_id"], where, catalogue.sources)
        if row["indicator"] and row["indicator"] not in catalogue.indicators:
            yield _unknown("indicator", row["indicator"], where, catalogue.indicators)
        for part in filter(None, row["breakdown"].split("; ")):
            dimension, _, code = part.partition("=")
            known = catalogue.dimensions.get(dimension, {})
            if code and "{" not in code and known and code not in known:
                yield CatalogueError(
                    f"{dimension} {code!r} has no label",
                    where=where,
                    expected=f"a code of {dimension} in data/catalogue/dimensions.yaml",
                    remedy="add it there, or correct the code",
                )


def unsupplied(catalogue: Catalogue, made_elsewhere: Collection[str]) -> Iterator[CatalogueError]:
    """Indicators that nothing can ever supply: no label of one of their sources means them.

    Args:
        catalogue: The catalogue; the map is in its folder.
        made_elsewhere: Indicators that are made of a council's extracts and survey.
    """
    mapped: set[tuple[str, str]] = set()
    for _, row in csv_rows(catalogue.folder / FILE, COLUMNS):
        for source in _meant(row["source_id"], catalogue.sources):
            mapped.add((source, row["indicator"]))
    for name, indicator in catalogue.indicators.items():
        if name in made_elsewhere or indicator.dataset in NAMED_ELSEWHERE or indicator.among is not None:
            continue
        if not any((source, name) in mapped for source in indicator.sources):
            yield CatalogueError(
                f"nothing supplies indicator {name!r}",
                where=catalogue.where("indicators", name),
                expected=f"a row of data/catalogue/{FILE} with it and its source "
                + " or ".join(indicator.sources[:4]),
                remedy="map the publisher's label there, or remove the indicator",
            )


def unmapped(catalogue: Catalogue) -> Iterator[CatalogueError]:
    """Sources with a reader of whose files nothing can ever be read: no label of theirs is mapped.

    Args:
        catalogue: The catalogue; the map is in its folder.
    """
    mapped = {
        source
        for _, row in csv_rows(catalogue.folder / FILE, COLUMNS)
        for source in _meant(row["source_id"], catalogue.sources)
    }
    for name, source in catalogue.sources.items():
        if source.reader and name not in mapped:
            yield CatalogueError(
                f"no label of the source {name!r} is mapped, so that nothing is read of its files",
                where=catalogue.where("sources", name),
                expected=f"a row of data/catalogue/{FILE} with its id",
                remedy="map its columns or labels there (docs/live-data.md), or remove the source",
            )


def _meant(named: str, sources: Collection[str]) -> Iterator[str]:
    """The sources a row's ``source_id`` means: one, or all whose ids begin with it."""
    if named in sources:
        yield named
        return
    family = named.removesuffix(_OF_BREAKDOWNS)
    if family:
        yield from (source for source in sources if source.startswith(f"{family}-"))


def _unknown(kind: str, name: str, where: str | Path, known: Collection[str]) -> CatalogueError:
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.7)
    return CatalogueError(
        f"{kind} {name!r} is not declared",
        where=where,
        expected=f"an id of data/catalogue/{kind}s.yaml",
        remedy=(f"did you mean {close[0]}? " if close else "") + "correct the name, or declare it there",
    )
