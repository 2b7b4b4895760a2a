"""Sheets of an OpenDocument workbook (.ods), as several departments publish them."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

from send_jsna.errors import DataError
from send_jsna.ingest.sheets import MAX_CELLS, MAX_ROWS, Row, check_container

_MIME = b"application/vnd.oasis.opendocument.spreadsheet"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"


def is_open_document(path: Path) -> bool:
    """Whether a file is a workbook of this kind, by what it begins with."""
    with path.open("rb") as file:
        return _MIME in file.read(200)


def read(path: Path, where: str, wanted: Callable[[str], bool] | None = None) -> dict[str, list[Row]]:
    """The rows of a workbook's sheets: title to rows, empty cells None; see :func:`sheets.read`.

    Raises:
        DataError: It is no workbook, is damaged, or unpacks to more than it may.
    """
    check_container(path, where)
    try:
        with zipfile.ZipFile(path) as parts, parts.open("content.xml") as file:
            root = ElementTree.parse(file).getroot()
    except (KeyError, ElementTree.ParseError, zipfile.BadZipFile) as error:
        raise DataError(
            f"the workbook is damaged ({type(error).__name__})",
            where=where,
            expected="a whole OpenDocument workbook as the publisher made it",
            remedy="fetch it again",
        ) from None
    titled = [(str(table.get(f"{_TABLE}name") or ""), table) for table in root.iter(f"{_TABLE}table")]
    return {title: list(_rows(table, where)) for title, table in titled if wanted is None or wanted(title)}


def _rows(table: ElementTree.Element, where: str) -> Iterator[Row]:
    """The rows of a sheet without the empty ones at its end, which these files repeat a million times."""
    count = waiting = 0
    for row in table.iter(f"{_TABLE}table-row"):
        cells = tuple(_cells(row))
        repeated = int(row.get(f"{_TABLE}number-rows-repeated") or 1)
        if not cells:
            waiting += repeated
            continue
        count += waiting + repeated
        if count > MAX_ROWS:
            raise DataError(
                f"a sheet has more than {MAX_ROWS:,} rows",
                where=where,
                expected="a table that fits into memory",
            )
        yield from [()] * waiting
        yield from [cells] * repeated
        waiting = 0


def _cells(row: ElementTree.Element) -> list[str | None]:
    cells: list[str | None] = []
    for cell in row:
        if not cell.tag.endswith(("}table-cell", "}covered-table-cell")):
            continue
        value = cell.get(f"{_OFFICE}value") or "\n".join(
            "".join(part.itertext()) for part in cell.iter(f"{_TEXT}p")
        )
        repeated = min(int(cell.get(f"{_TABLE}number-columns-repeated") or 1), MAX_CELLS - len(cells))
        cells += [value or None] * repeated
    while cells and cells[-1] is None:
        cells.pop()
    return cells
