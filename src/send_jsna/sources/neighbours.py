"""Department for Education: statistical neighbours, one workbook a version of the model.

A workbook has one local authority a row: its ten neighbours and how close each is. It goes on naming
authorities that were abolished since: their lists are left out, and so are they from the lists of others,
whose ranks then have a gap.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from send_jsna.errors import DataError
from send_jsna.ingest import sheets

if TYPE_CHECKING:
    from send_jsna.catalogue.areas import Areas
    from send_jsna.ingest.source_files import SourceFiles

#: Workbooks by version of the model, under their published names.
FILES = {"dfe-2025-05": "sn_may_2025.xlsx", "dfe-2021-04": "sn_april_2021.xlsx"}

HEADER = ("area_code", "rank", "neighbour_code", "closeness")
RANKS = 10
CLOSENESS = ("Extremely close", "Very close", "Close", "Somewhat close", "Not close")

#: Local authorities a whole list has at least; there have been some 150 since 2009.
FEWEST = 120

Row = tuple[str, int, str, str]


def lists(files: SourceFiles, areas: Areas) -> dict[str, bytes]:
    """The neighbour lists of a source: name of the file in ``data/areas`` to content.

    Args:
        files: Workbooks whose resource is the version, such as ``dfe-2025-05``.
        areas: The areas of today.

    Raises:
        DataError: A workbook has another layout, or names an authority twice.
    """
    codes = {area.dfe_number: area.code for area in areas if area.dfe_number}
    return {
        f"neighbours-{version}.csv": as_csv(read(files.path(version), codes, where=files.where(version)))
        for version in sorted(files.paths)
    }


def read(path: Path, codes: Mapping[str, str], *, where: str) -> list[Row]:
    """The rows of a workbook: area, rank, neighbour and closeness, in order.

    Args:
        path: The workbook.
        codes: DfE number to ONS code of the authorities that are kept.
        where: What it is, for messages.

    Raises:
        DataError: Its layout is another, or an authority is listed twice or is its own neighbour.
    """
    book = sheets.read(path, where)
    for number, rows in enumerate(book.values(), 1):
        place = sheets.header_row(rows, lambda cells: "LA num" in cells and "SN1" in cells)
        if place is not None:
            return _rows(rows, place, codes, f"{where}, sheet {number}")
    raise DataError(
        "no sheet has a header of neighbours",
        where=where,
        expected="a row with 'LA num', 'SN1', 'SNP' to 'SN10', 'SNP'",
        remedy="look whether it is the neighbours' workbook and whether its layout changed",
    )


def _rows(rows: list[sheets.Row], place: int, codes: Mapping[str, str], where: str) -> list[Row]:
    header = [sheets.plain(cell) for cell in rows[place]]
    columns = _columns(header, where)
    number = header.index("LA num")
    found: list[Row] = []
    seen: set[str] = set()
    for line, row in enumerate(rows[place + 1 :], place + 2):
        own = sheets.plain(row[number]) if number < len(row) else ""
        if not own.isdigit():
            continue
        if own in seen:
            raise DataError("an authority is listed twice", where=f"{where}, row {line}", expected="one row")
        seen.add(own)
        found += _line(row, own, columns, codes, f"{where}, row {line}")
    if len(seen) < FEWEST:
        raise DataError(
            f"it lists {len(seen)} authorities",
            where=where,
            expected=f"at least {FEWEST}",
            remedy="look whether the workbook is whole",
        )
    return sorted(found)


def _columns(header: list[str], where: str) -> list[tuple[int, int]]:
    """The columns of each neighbour and of its closeness, nearest first."""
    columns = []
    for rank in range(1, RANKS + 1):
        name = f"SN{rank}"
        place = header.index(name) if header.count(name) == 1 else -1
        if place < 0 or place + 1 >= len(header) or header[place + 1] != "SNP":
            raise DataError(
                f"the column {name!r} and 'SNP' to its right are not there once",
                where=where,
                expected="'SN1', 'SNP' to 'SN10', 'SNP'",
                remedy="the layout is new: look at sources/neighbours.py",
            )
        columns.append((place, place + 1))
    return columns


def _line(
    row: sheets.Row, own: str, columns: list[tuple[int, int]], codes: Mapping[str, str], where: str
) -> list[Row]:
    padded = [*row, *[None] * (max(place for place, _ in columns) + 2 - len(row))]
    numbers = [sheets.plain(padded[place]) for place, _ in columns]
    words = [sheets.plain(padded[place]).capitalize() for _, place in columns]
    if set(numbers) <= {"", "-"}:
        # An authority the model leaves out, or that was new.
        return []
    if not all(number.isdigit() for number in numbers):
        raise DataError("a neighbour is no number", where=where, expected="the number of an authority")
    if len(set(numbers)) != RANKS or own in numbers:
        raise DataError(
            "an authority has a neighbour twice or is its own",
            where=where,
            expected="ten other authorities",
        )
    for word in words:
        if word not in CLOSENESS:
            raise DataError("a closeness is unknown", where=where, expected=", ".join(CLOSENESS))
    if own not in codes:
        return []
    return [
        (codes[own], rank, codes[number], word)
        for rank, (number, word) in enumerate(zip(numbers, words, strict=True), 1)
        if number in codes
    ]


def as_csv(rows: list[Row]) -> bytes:
    """A neighbour list as a file of ``data/areas``."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(rows)
    return buffer.getvalue().encode()
