"""The finished runs of a folder: found by name, listed, and the latest of an area."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from send_jsna.errors import JsnaError
from send_jsna.provenance import manifest

#: Link to the latest run, in the folder for runs.
LATEST = "latest"


def find_run(runs: Path, name: str | Path | None = None) -> Path:
    """The folder of a run.

    Args:
        runs: Folder for runs.
        name: A run's id, a path to its folder, or None for the latest.

    Raises:
        JsnaError: There is no such run.
    """
    wanted = LATEST if name is None else str(name)
    for folder in (runs / wanted, Path(wanted)):
        with suppress(OSError):  # a name no file system takes
            if (folder / manifest.MANIFEST).is_file() or (folder / "run.json").is_file():
                return folder.resolve()
    raise JsnaError(
        "no run has been built yet" if name is None else f"no run {wanted[:60]!r}",
        where=runs,
        expected="a finished run's id or folder",
        remedy="build one with jsna refresh" if name is None else f"look into {runs}",
    )


def list_runs(runs: Path) -> list[str]:
    """Ids of the finished runs, oldest first."""
    if not runs.is_dir():
        return []
    return sorted(
        path.name
        for path in runs.iterdir()
        if not path.name.startswith(".") and not path.is_symlink() and (path / manifest.MANIFEST).is_file()
    )


def runs_of(runs: Path, area: str) -> list[Path]:
    """The folders of an area's finished runs, oldest first."""
    return [runs / name for name in list_runs(runs) if name.split("-")[1:2] == [area]]


def latest_of(runs: Path, area: str) -> Path | None:
    """The latest run of an area: where ``latest`` points, else the newest without gaps; None if none."""
    names = [(runs / LATEST).resolve().name, *reversed(list_runs(runs))] if runs.is_dir() else []
    for name in names:
        path = runs / name / "run.json"
        if path.is_file():
            found = record_of(runs / name)
            if found.get("area") == area and found.get("outcome") == "ok":
                return runs / name
    return None


def record_of(run: Path) -> dict[str, Any]:
    """What ``run.json`` of a finished run says; empty where it cannot be read, since it was changed then."""
    try:
        found = json.loads((run / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
