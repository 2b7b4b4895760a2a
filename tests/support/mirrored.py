"""Reports that the tests make from the maintainers' copies of publishers' files, for several areas."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

#: A large city; an authority new in 2023; a tiny one.
AREAS = ("E08000025", "E06000064", "E06000053")


@dataclass(frozen=True)
class Mirrored:
    """Reports made from a folder of downloads: the state folder, and each area's run."""

    state: Path
    runs: dict[str, Path]
