"""Removing old runs when somebody asks for it; the latest and the newest of each area stay."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from send_jsna.errors import JsnaError
from send_jsna.runs import finished, folders, locks


def superseded(folder: Path, keep: int) -> list[str]:
    """Ids of the finished runs that can go, oldest first.

    Args:
        folder: Folder for runs.
        keep: How many of the newest runs of each area stay, beside the one ``latest`` points at.

    Raises:
        JsnaError: Fewer than one is to be kept.
    """
    if keep < 1:
        raise JsnaError(f"{keep} runs cannot be kept", expected="1 or more", remedy="give --keep 1 or more")
    latest = (folder / finished.LATEST).resolve().name
    by_area: dict[str, list[str]] = defaultdict(list)
    for name in finished.list_runs(folder):
        # A run whose record was damaged counts as one of the area that its name gives.
        area = finished.record_of(folder / name).get("area") or "".join(name.split("-")[1:2])
        by_area[str(area)].append(name)
    return sorted(name for names in by_area.values() for name in names[:-keep] if name != latest)


def prune(folder: Path, keep: int) -> list[str]:
    """Remove the runs that can go; see :func:`superseded`. What is half removed is never listed as a run.

    Returns:
        Ids of the runs that were removed.
    """
    with locks.waited_for(folder, finished.LATEST):
        names = superseded(folder, keep)
        for name in names:
            (folder / name).rename(folder / f"{folders.REMOVING}{name}")
    folders.clear_removed(folder)
    return names
