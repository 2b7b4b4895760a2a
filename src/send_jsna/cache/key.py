"""The key of a step: a hash for each thing that it reads."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from send_jsna.files import sha256, sha256_of

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Key:
    """What a step is made of.

    Attributes:
        step: What is done: ``validate``, ``execute``, …; a name of a folder.
        unit: What it is done to, such as ``E08000026-2025.placement``; a name of a folder.
        parts: For each thing that the step reads, its name and a hash of its content.
    """

    step: str
    unit: str
    parts: Mapping[str, str]

    @property
    def digest(self) -> str:
        """One hash of all of it."""
        return hash_of([self.step, self.unit, sorted(self.parts.items())])

    def changed_from(self, parts: Mapping[str, str]) -> list[str]:
        """Names of the parts that differ from those of another key, are new or gone; sorted."""
        names = {*self.parts, *parts}
        return sorted(name for name in names if self.parts.get(name) != parts.get(name))


def hash_of(value: Any) -> str:
    """SHA-256 of plain data: what JSON can write, in any order of a mapping's keys.

    Raises:
        TypeError: It is something else.
    """
    return sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode())


def hash_of_frame(rows: pd.DataFrame | None) -> str:
    """A hash of a table: columns, types and values, but not the index; empty where there is none."""
    if rows is None:
        return ""
    buffer = io.BytesIO()
    rows.to_parquet(buffer, index=False)
    return sha256(buffer.getvalue())


def files_of(root: Path, *names: str) -> dict[str, str]:
    """The hashes of files, and of all files in folders, by their names from a root.

    Args:
        root: The folder the names begin in.
        *names: Files or folders; one that is not there has no entry. Hidden files are left out, and folders
            that are links to elsewhere are followed.
    """
    found: dict[str, str] = {}
    for name in names:
        path = root / name
        for file in [path] if path.is_file() else _within(path):
            found[file.relative_to(root).as_posix()] = sha256_of(file)
    return dict(sorted(found.items()))


def _within(folder: Path) -> Iterator[Path]:
    """All files in a folder that are not hidden; a folder that links lead to again is not entered again."""
    entered: set[Path] = set()
    for place, folders, files in os.walk(folder, followlinks=True):
        here = Path(place)
        if here.resolve() in entered:
            folders.clear()
            continue
        entered.add(here.resolve())
        folders[:] = [name for name in folders if not name.startswith((".", "__pycache__"))]
        yield from (here / name for name in files if not name.startswith(".") and (here / name).is_file())
