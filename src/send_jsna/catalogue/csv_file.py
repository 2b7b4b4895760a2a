"""Reading a declared CSV file: its columns are checked, and each row keeps its line."""

from __future__ import annotations

import csv
from pathlib import Path

from send_jsna.errors import CatalogueError


def csv_rows(path: Path, columns: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    """Read a declared CSV file.

    Args:
        path: The file, UTF-8 with or without a byte-order mark.
        columns: The columns it must have, in order.

    Returns:
        Each row with its line of the file; an empty cell is an empty text.

    Raises:
        CatalogueError: It cannot be read, or has other columns.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueError(f"not readable ({error})", where=path, expected="a CSV file in UTF-8") from error
    reader = csv.DictReader(text.splitlines())
    if tuple(reader.fieldnames or ()) != columns:
        raise CatalogueError(
            f"columns are {', '.join(reader.fieldnames or ())}",
            where=f"{path}, line 1",
            expected=", ".join(columns),
        )
    return [(line, {key: value or "" for key, value in row.items()}) for line, row in enumerate(reader, 2)]
