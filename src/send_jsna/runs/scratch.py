"""Scratch folders: what the edit loop makes of a finished run, to be read at one's desk and never published.

They are in the state folder, its user's alone, one for each run and notebook. A scratch folder is built out
of sight and takes the place of the one before in one go; whatever ends it earlier leaves the one before. It
has no manifest and no ``run.json``: no command takes it for a run.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from send_jsna.errors import JsnaError, StorageError
from send_jsna.files import as_storage_error, sha256_of, write_json
from send_jsna.provenance.manifest import MANIFEST
from send_jsna.runs import folders, locks
from send_jsna.settings import Settings

Kind = Literal["render", "notebook"]
RECORD = "scratch.json"
_REPLACED = ".replaced-"
_LOGS = ".logs"
_WHAT = {"render": "a rendering of run {run}", "notebook": "an execution of {notebook} on run {run}"}


@dataclass(frozen=True)
class Place:
    """Where the scratch of a run goes.

    Attributes:
        root: Folder of everything that is scratch.
        kind: Whether it is a report, or an executed notebook.
        run: Folder of the finished run.
        notebook: The notebook's id; empty for a report.
    """

    root: Path
    kind: Kind
    run: Path
    notebook: str = ""

    @property
    def key(self) -> str:
        """A name that no other scratch has."""
        return "-".join(part for part in (self.kind, self.run.name, self.notebook) if part)

    @property
    def folder(self) -> Path:
        """The folder once it is whole."""
        return self.root / self.kind / self.run.name / self.notebook

    @property
    def what(self) -> str:
        """What is done, in words."""
        return _WHAT[self.kind].format(run=self.run.name, notebook=self.notebook)


class ScratchRecord(BaseModel):
    """Of what a scratch folder was made; ``scratch.json`` in it.

    Attributes:
        run: Folder of the run.
        manifest: SHA-256 of the run's manifest: another run of the same name has another.
        failed: The line of the cell that ended the notebook; empty where none did.
        left_out: Why figures made of withheld counts are not among its figures; empty where they are.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    run: str
    manifest: str
    failed: str = ""
    left_out: str = ""

    @classmethod
    def of(cls, run: Path, *, failed: str = "", left_out: str = "") -> ScratchRecord:
        """The record of scratch made of a run."""
        manifest = run / MANIFEST
        found = sha256_of(manifest) if manifest.is_file() else ""
        return cls(run=str(run), manifest=found, failed=failed, left_out=left_out)

    def write(self, folder: Path) -> None:
        """Write it into a scratch folder."""
        write_json(folder / RECORD, self.model_dump())


def place_of(settings: Settings, kind: Kind, run: Path, notebook: str = "") -> Place:
    """Where the scratch of a run goes, in the state folder of the settings."""
    return Place(settings.state_folder / "scratch", kind, run, notebook)


def read_record(folder: Path) -> ScratchRecord | None:
    """The record of a scratch folder; None where there is none."""
    try:
        return ScratchRecord.model_validate_json((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return None


@contextmanager
def building(place: Place) -> Iterator[Path]:
    """Build one scratch folder: whole at the end of the block, else as it was.

    Args:
        place: Where it goes.

    Yields:
        The folder under construction, locked against a second of the same.

    Raises:
        BusyError: Another process builds the same.
        StorageError: The state folder cannot be written, or the disk is full.
    """
    folder = place.root / f"{folders.BUILDING}{place.key}"
    try:
        place.root.mkdir(parents=True, exist_ok=True)
        place.root.chmod(0o700)
        with being_built(place):
            _clear_leftovers(place)
            folder.mkdir()
            logs = place.root / _LOGS
            logs.mkdir(exist_ok=True)
            try:
                with folders.logged(logs / f"{place.key}.log", place.what):
                    yield folder
                _replace(place, folder)
            finally:
                if folder.exists():
                    folders.remove(folder)
    except BaseException as error:
        if isinstance(error, JsnaError):
            # The folder is gone: name what was in it as a refresh would.
            error.where = error.where.replace(f"{folder}/", "")
            error.what = error.what.replace(f"{folder}/", "")
        storage = as_storage_error(error, place.root)
        if storage is not None:
            raise StorageError(
                "the folder cannot be written, or its disk is full; what was there before is unchanged",
                where=place.root,
                remedy="free some space, or choose another state folder with JSNA_STATE",
            ) from error
        raise


@contextmanager
def being_built(place: Place) -> Iterator[None]:
    """Keep a scratch folder from being replaced while the block runs.

    Raises:
        BusyError: Another process builds it.
    """
    with locks.locked(place.root, place.key, what=place.what, remedy="wait for it"):
        yield


def _replace(place: Place, folder: Path) -> None:
    """Let a whole folder take the place of the one before."""
    before = place.root / f"{_REPLACED}{place.key}"
    place.folder.parent.mkdir(parents=True, exist_ok=True)
    if place.folder.exists():
        place.folder.rename(before)
    folder.rename(place.folder)
    if before.exists():
        folders.remove(before)


def _clear_leftovers(place: Place) -> None:
    """Undo what a killed process left, and remove the scratch of runs that are gone.

    A folder under construction goes. One that was on its way out comes back where nothing took its place.
    """
    replaced = place.root / f"{_REPLACED}{place.key}"
    if replaced.exists() and not place.folder.exists():
        replaced.rename(place.folder)
    for prefix in (folders.BUILDING, _REPLACED):
        for folder in sorted(place.root.glob(f"{prefix}*")):
            key = folder.name.removeprefix(prefix)
            if key == place.key:
                folders.remove(folder)
            elif prefix == folders.BUILDING:
                with locks.locked_if_free(place.root, key) as is_free:
                    if is_free:
                        folders.remove(folder)
    for path in [*place.root.glob(f"render/*/{RECORD}"), *place.root.glob(f"notebook/*/*/{RECORD}")]:
        record = read_record(path.parent)
        if record is not None and not Path(record.run).is_dir():
            shutil.rmtree(path.parent, ignore_errors=True)
