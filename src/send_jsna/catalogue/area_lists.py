"""The lists of ``data/areas``: every code that one of them names is an area's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from send_jsna.catalogue.areas import Areas
from send_jsna.catalogue.csv_file import csv_rows
from send_jsna.catalogue.recodings import RECODING_COLUMNS
from send_jsna.errors import CatalogueError

#: List → its columns, and those of them that have codes of areas; a name may stand for several lists.
_LISTS = {
    "areas.csv": (("code", "name", "kind", "dfe_number", "region_code"), ("region_code",)),
    "aliases.csv": (("name", "code"), ("code",)),
    "recodings.csv": (RECODING_COLUMNS, ("now",)),
    "nhs.csv": (("area_code", "role", "body_code"), ("area_code", "body_code")),
    "neighbours-*.csv": (
        ("area_code", "rank", "neighbour_code", "closeness"),
        ("area_code", "neighbour_code"),
    ),
}


def area_faults(areas: Areas) -> Iterator[CatalogueError]:
    """Codes in the lists that are no area's, nor were one's; an empty one is none.

    Args:
        areas: The areas.

    Raises:
        CatalogueError: A list cannot be read, or has other columns.
    """
    known = {"", *(area.code for area in areas), *areas.recodings}
    for pattern, (columns, named) in _LISTS.items():
        for path in sorted(areas.folder.glob(pattern)):
            for line, row in csv_rows(path, columns):
                for column in named:
                    if row[column] not in known:
                        yield _unknown(path, line, column, row[column])


def _unknown(path: Path, line: int, column: str, code: str) -> CatalogueError:
    return CatalogueError(
        f"{column} {code!r} is no area",
        where=f"{path}, line {line}",
        expected="a code of data/areas/areas.csv or bodies.csv",
        remedy="correct the code, or add the area there",
    )
