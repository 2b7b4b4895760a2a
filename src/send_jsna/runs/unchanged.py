"""The run that nothing has changed since: no other is built."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from send_jsna.cache import Key, Made, all_modules, code_of, files_of, hash_of
from send_jsna.errors import IntegrityError
from send_jsna.files import sha256_of
from send_jsna.pages import template_hashes
from send_jsna.provenance.manifest import require_intact
from send_jsna.report.quarto_engine import find_quarto
from send_jsna.runs import finished, folders, locks
from send_jsna.runs.request import Request, Result, store_of
from send_jsna.settings import Settings, get_settings

log = logging.getLogger("send_jsna")

#: What of the checkout a run is made from, beside the package.
_DECLARED = ("data", "expectations", "notebooks", "reports")


def key_of(request: Request, *, report_changes: bool) -> Key:
    """All that a run is made from.

    Args:
        request: What is asked for, for an existing edition.
        report_changes: Whether it has a change report; then the run it is compared with is part of it.
    """
    settings = get_settings()
    compared = finished.latest_of(request.runs, request.area) if report_changes else None
    return Key(
        "run",
        request.key,
        code_of(all_modules())
        | template_hashes()
        | files_of(settings.project_root, *_DECLARED)
        | files_of(settings.state_folder, f"editions/{request.edition}")
        | {
            "settings": hash_of(_settings(settings)),
            "request": hash_of([request.area, request.edition, request.engine, str(request.runs)]),
            "change report": hash_of([report_changes, compared.name if compared else ""]),
            "quarto": _quarto(request, settings),
        },
    )


def find(request: Request, key: Key, *, report_changes: bool) -> Result | None:
    """The finished run that is what a new one would be; None where one is to be built.

    It has no gaps, and every file of it is as it was written. Unless a change report is asked for, it becomes
    the latest run. What killed runs left is removed, as when a run is built.

    Args:
        request: What is asked for.
        key: All that its run is made from; see :func:`key_of`.
        report_changes: Whether it has a change report.

    Raises:
        BusyError: Another process builds a run of the area and edition.
    """
    store = store_of(get_settings(), force=request.force)
    made = store.get(key) if store else None
    if made is None:
        return None
    folder = request.runs / str(made.record["run"])
    try:
        require_intact(folder)
    except (IntegrityError, OSError) as error:
        log.info("the run %s is built anew: %s", folder.name, error)
        return None
    with locks.locked(request.runs, request.key):  # withheld counts may be in what a killed run left
        folders.clear_leftovers(request.runs, request.key)
    if not report_changes and (request.runs / finished.LATEST).resolve() != folder.resolve():
        folders.switch_latest(request.runs, folder.name)
    return Result(folder, is_latest=not report_changes, unchanged=True)


def keep(request: Request, before: Key, result: Result, *, report_changes: bool) -> None:
    """Note a run without gaps, for :func:`find`.

    Args:
        request: What was asked for.
        before: All that it is made from, found before it was begun.
        result: The finished run.
        report_changes: Whether it has a change report.
    """
    store = store_of(get_settings(), force=request.force)
    if store and not result.failures:
        again = key_of(request, report_changes=report_changes)
        store.put(before, again, Made({"run": result.run.name}))
        store.trim()


def _settings(settings: Settings) -> dict[str, Any]:
    """The settings that a run's files depend on."""
    names = {"project_root", "disclosure", "scope", "smallest_count", "neighbours"}
    found = settings.model_dump(mode="json", include=names)
    return found | {"chosen": sorted(names & settings.model_fields_set)}


def _quarto(request: Request, settings: Settings) -> str:
    """A hash of the Quarto that may render the report; empty where there is none."""
    path = None if request.engine == "pandoc" else find_quarto(settings.quarto)
    return sha256_of(Path(path)) if path else ""
