"""The ONS codes an area had or will have, and the one it has here.

Publishers take up a new code in different years. ``recodings.csv`` names the other codes of an area, and
:func:`in_use` leads from any of them to the code of ``areas.csv``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from send_jsna.catalogue.csv_file import csv_rows

#: Columns of ``recodings.csv``.
RECODING_COLUMNS = ("code", "now", "name", "since", "why")


def read_recodings(folder: Path) -> dict[str, str]:
    """ONS codes that areas had or will have: to the code used here, empty where the area is no more.

    A code leads to another only where the territory is the same, so that a series may go on. A county that
    was split or merged has no successor: its figures belong to none of the new authorities.

    Args:
        folder: ``data/areas``.
    """
    path = folder / "recodings.csv"
    return {row["code"]: row["now"] for _, row in csv_rows(path, RECODING_COLUMNS)} if path.is_file() else {}


def recodings_beside(path: Path) -> dict[str, str]:
    """The recodings of the project that a file of its declared data belongs to; none outside a project."""
    for folder in path.parents:
        for areas in (folder / "areas", folder / "data" / "areas"):
            if areas.is_dir():
                return read_recodings(areas)
    return {}


def in_use(data: Any, recodings: Mapping[str, str]) -> Any:
    """Data with each area under the code used here, whichever of its codes it is named by.

    Args:
        data: A code, or lists and dictionaries with codes in them; other texts are left as they are.
        recodings: From :func:`read_recodings`.
    """
    if isinstance(data, str):
        return recodings.get(data) or data
    if isinstance(data, list):
        return [in_use(item, recodings) for item in data]
    if isinstance(data, dict):
        return {key: in_use(value, recodings) for key, value in data.items()}
    return data
