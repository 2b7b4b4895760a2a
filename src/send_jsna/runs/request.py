"""What a run is asked for, what its stages hand on, and what came of it: small records, no work."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from send_jsna import __version__
from send_jsna.cache import Store
from send_jsna.catalogue.areas import Areas
from send_jsna.disclosure.chosen import chosen_profile
from send_jsna.errors import (
    DataError,
    NotebookError,
    UnknownAreaError,
    UnknownEditionError,
    ValidationGateError,
)
from send_jsna.files import as_storage_error, is_folder
from send_jsna.runs import folders, locks
from send_jsna.runs.declared import require_sound
from send_jsna.settings import Settings, get_settings

Engine = Literal["auto", "quarto", "pandoc"]


Origin = Literal["released", "live", "mirror"]


@dataclass(frozen=True)
class Request:
    """What is asked for.

    Attributes:
        area: ONS code of a known area.
        edition: Id of an existing edition; empty where one is still to be made.
        engine: What renders the report.
        runs: Folder for runs.
        origin: Whether a released edition is read, or one is made from what publishers have now.
        mirror: Folder of downloaded files, where the edition is made from one.
        force: Whether everything is made, also what is as it was in an earlier run.
    """

    area: str
    edition: str
    engine: Engine
    runs: Path
    origin: Origin = "released"
    mirror: Path | None = None
    force: bool = False

    @classmethod
    def make(cls, area: str, edition: str, engine: Engine, runs_folder: Path | None = None) -> Request:
        """Resolve what the user wrote, and refuse what no run can be made of, before anything is begun.

        Args:
            area: ONS code, DfE number or name.
            edition: Edition id.
            engine: What renders the report.
            runs_folder: Folder for runs; by default the one of the settings.

        Raises:
            UnknownAreaError: No such area, or the edition has no figures for it.
            UnknownEditionError: No such edition, or one no report can be built from.
            JsnaError: Something is declared that cannot work; see :mod:`send_jsna.runs.declared`.
        """
        from send_jsna.editions.edition import find_edition

        settings = get_settings()
        settings.check()
        chosen_profile(settings)
        require_sound(settings)
        found = Areas(settings.data / "areas").get(area)
        card = find_edition(settings, edition).card
        if not card.reportable:
            raise UnknownEditionError(
                f"edition {card.id} is kept for comparison; no report can be built from it",
                expected="an edition marked as reportable",
                remedy="see jsna edition list",
            )
        if found.code not in card.areas:
            raise UnknownAreaError(
                f"edition {card.id} has no report figures for {found.name} ({found.code})",
                expected="one of " + ", ".join(card.areas),
            )
        return cls(found.code, card.id, engine, (runs_folder or settings.runs_folder).resolve())

    @classmethod
    def fetching(
        cls, area: str, engine: Engine, runs_folder: Path | None = None, *, mirror: Path | None = None
    ) -> Request:
        """Ask for an edition made from what the publishers have now, or from a folder of downloads.

        Args:
            area: ONS code, DfE number or name of a local authority.
            engine: What renders the report.
            runs_folder: Folder for runs; by default the one of the settings.
            mirror: The folder; None asks the publishers themselves.

        Raises:
            UnknownAreaError: No such area, or one without statistical neighbours.
            DataError: There is no such folder.
            JsnaError: Something is declared that cannot work; see :mod:`send_jsna.runs.declared`.
        """
        settings = get_settings()
        settings.check()
        chosen_profile(settings)
        require_sound(settings)
        areas = Areas(settings.data / "areas")
        found = areas.get(area)
        areas.comparators(found, settings.neighbours)
        if mirror is not None and not is_folder(mirror):
            raise DataError(
                "there is no such folder", where=mirror, expected="a folder with publishers' files"
            )
        runs_folder = (runs_folder or settings.runs_folder).resolve()
        if mirror is None:
            return cls(found.code, "", engine, runs_folder, "live")
        return cls(found.code, "", engine, runs_folder, "mirror", mirror.resolve())

    @property
    def key(self) -> str:
        """What only one process may build at a time."""
        return f"{self.area}-{self.edition or self.origin}"

    def check_free(self) -> None:
        """Find out early whether the folder can be written and no other process builds the same.

        Raises:
            BusyError: Another process does.
            StorageError: The folder cannot be written.
        """
        try:
            with locks.locked(self.runs, self.key):
                pass
        except OSError as error:
            raise as_storage_error(error, self.runs) or error from error


@dataclass(frozen=True)
class Job:
    """One run under way: what is built, and where, and what steps of earlier runs made."""

    request: Request
    run: folders.Building
    orchestrator: str
    store: Store | None = None

    @property
    def folder(self) -> Path:
        """The run folder under construction."""
        return self.run.folder

    def only_reused(self, *steps: str) -> bool:
        """Whether nothing of these steps was made, since all of it is as in an earlier run."""
        store = self.store
        return (
            store is not None
            and any(store.reused[step] for step in steps)
            and not any(store.made[step] for step in steps)
        )


@dataclass(frozen=True)
class Failure:
    """What a run could not do, and left out."""

    kind: Literal["validation", "notebook"]
    name: str
    line: str


@dataclass(frozen=True)
class Done:
    """What came of a stage: its counts, and what it had to leave out.

    It is ``reused`` where nothing was made, since all of it is as in an earlier run.
    """

    stage: str
    seconds: float
    counts: dict[str, int] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    troubles: tuple[str, ...] = ()
    reused: bool = False


@dataclass(frozen=True)
class Result:
    """A finished run.

    Attributes:
        run: Its folder.
        is_latest: Whether ``runs/latest`` now points at it.
        failures: What it was built without.
        troubles: What became of sources that did not come as they were asked for, one sentence each.
        unchanged: Whether nothing has changed since that run, so that no other was built.
    """

    run: Path
    is_latest: bool
    failures: tuple[Failure, ...] = ()
    troubles: tuple[str, ...] = ()
    unchanged: bool = False

    def or_raise(self) -> Result:
        """The result of a whole run; a run with gaps is an error, and its folder is kept.

        Raises:
            ValidationGateError: A data set failed validation.
            NotebookError: A notebook failed.
        """
        failed = [item for item in self.failures if item.kind == "validation"]
        if failed:
            raise ValidationGateError(
                f"{_some(failed, 'data set')} failed validation: {failed[0].line}",
                where=self.run / "validation" / "index.html",
                remedy="correct the data or record the known error; the report was built without what needs"
                " it, and the latest run is unchanged",
            )
        broken = [item for item in self.failures if item.kind == "notebook"]
        if broken:
            raise NotebookError(
                f"{_some(broken, 'notebook')} failed: {broken[0].line}",
                where=self.run / "notebooks",
                remedy="see the half-executed notebook there; the latest run is unchanged",
            )
        return self


def _some(failures: Sequence[Failure], word: str) -> str:
    names = [item.name for item in failures]
    listed = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
    return f"{word}{'s' if len(names) > 1 else ''} {listed}"


def store_of(settings: Settings, *, force: bool = False) -> Store | None:
    """What steps of earlier runs made; None where nothing is to be stored.

    Args:
        settings: The project's settings.
        force: Whether everything is made, and stored anew.
    """
    if settings.cache_limit == 0:
        return None
    return Store(settings.cache, settings.cache_limit, reuse=not force)


@contextmanager
def job(request: Request, *, orchestrator: str) -> Iterator[Job]:
    """Begin a run; whatever ends the block before the run is published removes its folder.

    Args:
        request: What is asked for.
        orchestrator: ``prefect`` or ``direct``, for the record.

    Raises:
        BusyError: The same is being built by another process.
        StorageError: The folder for runs cannot be written, or the disk is full.
    """
    with folders.building(request.runs, request.area, request.edition) as run:
        yield Job(request, run, orchestrator, store_of(get_settings(), force=request.force))


def record(job: Job, done: Sequence[Done]) -> dict[str, Any]:
    """What ``run.json`` says of a run."""
    failures = [failure for item in done for failure in item.failures]
    kinds = {failure.kind for failure in failures}
    troubles = [text for item in done for text in item.troubles]
    return {
        "outcome": "ok" if not failures else " and ".join(f"{kind} failed" for kind in sorted(kinds)),
        "area": job.request.area,
        "edition": job.request.edition,
        "engine": job.request.engine,
        "orchestrator": job.orchestrator,
        **({"troubles": troubles} if troubles else {}),
        "send_jsna": __version__,
        "python": platform.python_version(),
        "stages": {item.stage: item.seconds for item in done},
        "counts": {item.stage: item.counts for item in done},
        "failures": [vars(failure) for failure in failures],
    }
