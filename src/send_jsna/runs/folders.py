"""The life of a run folder: built out of sight, checked, renamed, and only then called the latest.

A run is built in ``runs/.building-<run id>``. It becomes ``runs/<run id>`` by one rename, after every file
was hashed and read back, and ``runs/latest`` is a link that is replaced in one step. Whatever goes wrong
before, the folder under construction is removed and the latest run is untouched.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from send_jsna.errors import JsnaError, StorageError
from send_jsna.files import as_storage_error, sync, sync_tree, write_json
from send_jsna.provenance import manifest
from send_jsna.runs import locks
from send_jsna.runs.finished import LATEST

BUILDING = ".building-"
REMOVING = ".removing-"
_LOGS = ".logs"
_LOGS_KEPT = 20

log = logging.getLogger("send_jsna")


def utc_now() -> datetime:
    """The time, for a run's name and record; never for anything a reader sees."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Building:
    """A run under construction.

    Attributes:
        id: Time of the start in UTC, area and edition.
        runs: The folder runs are kept in.
        started: When it was begun.
    """

    id: str
    runs: Path
    started: datetime

    @property
    def folder(self) -> Path:
        """Where its files are, out of sight, until it is finished."""
        return self.runs / f"{BUILDING}{self.id}"

    @property
    def log_path(self) -> Path:
        """Its log: kept where the run is given up, moved into the run where it is finished."""
        return self.runs / _LOGS / f"{self.id}.log"

    @property
    def final(self) -> Path:
        """The folder it has once it is finished."""
        return self.runs / self.id


@contextmanager
def building(runs: Path, area: str, edition: str) -> Iterator[Building]:
    """Build one run of an area and an edition.

    Whatever ends the block before :func:`finish` was called removes the folder under construction. A full
    disk or a folder that cannot be written becomes one :class:`StorageError`; the run's log then stays in
    ``runs/.logs``.

    Args:
        runs: Folder for runs; made where it does not exist.
        area: Area code.
        edition: Edition id.

    Yields:
        The run under construction, locked against a second refresh of the same area and edition.

    Raises:
        BusyError: Another process builds a run of this area and edition.
        StorageError: The folder cannot be written, or the disk is full.
    """
    run: Building | None = None
    try:
        with locks.locked(runs, f"{area}-{edition}"):
            run = _begin(runs, area, edition)
            with logged(run.log_path, f"run {run.id}"):
                clear_leftovers(run.runs, f"{area}-{edition}", but=run.folder)
                yield run
    except BaseException as error:
        if isinstance(error, JsnaError) and run is not None:
            # The folder will be gone: name what is in it as the run would have.
            error.where = error.where.replace(f"{run.folder}/", "")
            error.what = error.what.replace(f"{run.folder}/", "")
        storage = as_storage_error(error, runs)
        if storage is None and run is not None and isinstance(error, Exception) and _is_gone(run):
            storage = StorageError(
                "the folder was removed while a run was built in it",
                where=run.runs,
                expected="a folder for runs that stays",
                remedy="start the run again",
            )
        if storage is not None and storage is not error:
            raise storage from error
        raise
    finally:
        if run is not None and run.folder.exists():
            remove(run.folder)


def finish(run: Building, record: dict[str, Any]) -> Path:
    """Write a run's record and hashes, read everything back, and give the folder its name.

    Args:
        run: The run, all its other files written.
        record: What ``run.json`` shall say beside id, start and end.

    Returns:
        The run folder under its final name.

    Raises:
        IntegrityError: What was read back is not what was written.
    """
    finished = utc_now()
    text = {
        "id": run.id,
        "started": run.started.isoformat(timespec="seconds"),
        "finished": finished.isoformat(timespec="seconds"),
        "wall_seconds": round((finished - run.started).total_seconds(), 1),
        **record,
    }
    write_json(run.folder / "run.json", text)
    log.info("run %s: %s", run.id, record.get("outcome", "finished"))
    with suppress(FileNotFoundError):
        shutil.copyfile(run.log_path, run.folder / "run.log")
    manifest.write_manifest(run.folder)
    manifest.require_intact(run.folder)
    # A name that is on the disk before what it names would be an empty run after a loss of power.
    sync_tree(run.folder)
    run.folder.rename(run.final)
    sync(run.runs)
    run.log_path.unlink(missing_ok=True)
    return run.final


def switch_latest(runs: Path, run_id: str) -> None:
    """Let ``runs/latest`` point at a run, in one step.

    Raises:
        StorageError: Something else than a link is in its place.
    """
    link = runs / LATEST
    if link.exists() and not link.is_symlink():
        raise StorageError(
            "it is not a link", where=link, expected="the link to the latest run", remedy="move it away"
        )
    with locks.waited_for(runs, LATEST):
        for left in runs.glob(f".{LATEST}.*"):  # by a killed process: the lock is ours
            left.unlink(missing_ok=True)
        scratch = runs / f".{LATEST}.{os.getpid()}"
        scratch.symlink_to(run_id)
        scratch.replace(link)
        sync(runs)


def remove(folder: Path) -> None:
    """Remove a folder under construction, undisturbed by a second Ctrl-C."""
    with _ignoring_interrupts():
        for _ in range(3):
            shutil.rmtree(folder, ignore_errors=True)
            if not folder.exists():
                return
    log.warning("%s could not be removed; the next refresh tries again", folder)


def _begin(runs: Path, area: str, edition: str) -> Building:
    started = utc_now()
    stamp = started.strftime("%Y%m%dT%H%M%SZ")
    names = (f"{stamp}{'' if n == 1 else f'_{n}'}-{area}-{edition}" for n in range(1, 1000))
    candidates = (Building(name, runs, started) for name in names)
    run = next(one for one in candidates if not one.final.exists() and not one.log_path.exists())
    run.log_path.parent.mkdir(exist_ok=True)
    logs = sorted(run.log_path.parent.glob("*.log"))
    for old in logs[: max(0, len(logs) - _LOGS_KEPT + 1)]:
        old.unlink(missing_ok=True)
    run.folder.mkdir()
    return run


def clear_leftovers(runs: Path, own_key: str, *, but: Path | None = None) -> None:
    """Remove what killed processes left under construction: folders whose lock is free.

    Args:
        runs: Folder for runs.
        own_key: The area and edition whose lock this process has.
        but: The folder of the run that it builds, if it does.
    """
    clear_removed(runs)
    for folder in sorted(runs.glob(f"{BUILDING}*")):
        if folder == but:
            continue
        key = folder.name.removeprefix(BUILDING).partition("-")[2]
        if key == own_key:
            _clear(folder)
            continue
        with locks.locked_if_free(runs, key) as is_free:
            if is_free:
                _clear(folder)


def clear_removed(runs: Path) -> None:
    """Remove what is left of runs that were to be removed."""
    for folder in runs.glob(f"{REMOVING}*"):
        remove(folder)


def _clear(folder: Path) -> None:
    log.warning("removing %s, which an earlier run that was killed left behind", folder.name)
    remove(folder)


def _is_gone(run: Building) -> bool:
    """Whether somebody removed a run that is being built, or the whole folder for runs."""
    return not run.folder.is_dir() and not run.final.is_dir()


class _LogFile(logging.FileHandler):
    """A log that ignores its own faults: a full disk must end the run with one line, not with the log's."""

    def handleError(self, record: logging.LogRecord) -> None:
        return


@contextmanager
def logged(path: Path, what: str) -> Iterator[None]:
    """Write what is logged while the block runs, and the fault that ends it, into a file.

    Args:
        path: The log; its folder exists.
        what: What is done, such as ``run`` and its id.
    """
    handler = _LogFile(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    level = log.level
    root.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        log.info("%s begins (process %d)", what, os.getpid())
        yield
    except BaseException as error:
        log.error("%s was given up", what, exc_info=error)
        raise
    finally:
        root.removeHandler(handler)
        with suppress(OSError):
            handler.close()
        log.setLevel(level)


@contextmanager
def _ignoring_interrupts() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
