"""The cells of an extract, with their places for messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from send_jsna.errors import DataError

MOST_ROWS = 500_000


@dataclass(frozen=True)
class Grid:
    """The cells of an extract.

    Attributes:
        path: The file.
        sheet: Name of its sheet; empty for a CSV file.
        header: Names of the columns, trimmed.
        rows: Line or row of the file, and its cells, trimmed, as many as the header has.
    """

    path: Path
    sheet: str
    header: list[str]
    rows: list[tuple[int, list[str]]] = field(repr=False)

    def place(self, line: int, column: str = "") -> str:
        """Where a cell, or a whole line, is."""
        if not self.sheet:
            return f"{self.path}, line {line}" + (f", column {column}" if column else "")
        if not column:
            return f"{self.path}, sheet {self.sheet}, row {line}"
        letters = column_letters(self.header.index(column) + 1)
        return f"{self.path}, sheet {self.sheet}, cell {letters}{line}, column {column}"

    def places(self, first: int, second: int, column: str = "") -> str:
        """Where two lines are."""
        lines = f"sheet {self.sheet}, rows" if self.sheet else "lines"
        return f"{self.path}, {lines} {first} and {second}" + (f", column {column}" if column else "")


def column_letters(number: int) -> str:
    """The letters a spreadsheet gives the column of this number, counted from 1."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def too_many_rows(path: Path, most: int) -> DataError:
    """The error of a file with more rows than any extract has."""
    return DataError(
        f"the file has more than {most:,} rows",
        where=path,
        expected="one extract of one area",
        remedy="supply counts in place of rows, or fewer periods",
    )
