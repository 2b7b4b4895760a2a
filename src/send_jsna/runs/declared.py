"""What is declared and cannot work is refused before a run begins.

Each check is in the room that owns what it checks; here they are put together. What is quick is asked before
every refresh and rebuild; ``jsna check`` asks everything (:mod:`send_jsna.runs.checking`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from send_jsna.catalogue.agreements import load_agreements
from send_jsna.catalogue.kept import load_kept
from send_jsna.catalogue.label_map import label_faults, unmapped, unsupplied
from send_jsna.catalogue.loading import load_catalogue
from send_jsna.catalogue.schema import Catalogue
from send_jsna.council import datasets
from send_jsna.council.declared import extract_faults, made_of_extracts
from send_jsna.disclosure.declared import load_tables, unruled
from send_jsna.editions.edition_files import CARD
from send_jsna.errors import JsnaError, NotebookError, raise_first
from send_jsna.ingest.cell_text import Names
from send_jsna.settings import Settings
from send_jsna.sources.readers import reader_faults
from send_jsna.validation.guarded import suite_faults
from send_jsna.validation.suites import read_suite, suite_files


def require_sound(settings: Settings) -> None:
    """Refuse to begin where something is declared that cannot work; it takes half a second.

    Raises:
        JsnaError: The first fault of :func:`catalogue_faults`, or why the catalogue cannot be read.
    """
    raise_first(catalogue_faults(settings, load_catalogue(settings.data / "catalogue")))


def require_buildable(settings: Settings) -> None:
    """Refuse to build an edition where something of which it is made cannot work.

    Raises:
        JsnaError: The first fault of :func:`build_faults`, or why the catalogue cannot be read.
    """
    raise_first(build_faults(settings.data, load_catalogue(settings.data / "catalogue")))


def catalogue_faults(settings: Settings, catalogue: Catalogue) -> Iterator[JsnaError]:
    """Indicators, sources and supplements that are declared and cannot work.

    An indicator that nothing supplies, whose data set no suite guards or whose count has no disclosure rule;
    a source without a reader; a supplement without a notebook; a suite, a label or an extract that names what
    does not exist.
    """
    yield from build_faults(settings.data, catalogue)
    yield from caught(lambda: suite_faults(catalogue, settings.expectations, edition_ids(settings)))
    for path in suite_files(settings.expectations):
        yield from caught(partial(read_suite, path))
    yield from caught(lambda: _disclosure_faults(catalogue, settings.data))
    yield from _notebooks_there(catalogue, settings.notebooks)


def build_faults(data: Path, catalogue: Catalogue) -> Iterator[JsnaError]:
    """What keeps an edition from being built as it is declared: labels, extracts and readers.

    Args:
        data: The project's declared data.
        catalogue: The catalogue.
    """
    yield from caught(lambda: label_faults(catalogue))
    yield from caught(lambda: Names.read(catalogue.folder / "publisher_names.csv"))
    yield from caught(lambda: load_kept(catalogue))
    yield from caught(lambda: load_agreements(catalogue))
    yield from caught(lambda: extract_faults(catalogue, data))
    yield from caught(lambda: unmapped(catalogue))
    yield from caught(lambda: unsupplied(catalogue, made_of_extracts(data)))
    yield from caught(lambda: reader_faults(catalogue))


def edition_ids(settings: Settings) -> list[str]:
    """Ids of the project's editions, those that have still to be built among them."""
    return sorted(path.parent.name for path in settings.editions.glob(f"*/{CARD}"))


def caught(check: Callable[[], object]) -> Iterator[JsnaError]:
    """The faults that a check gives or raises, one after the other.

    Args:
        check: Reads something, and may give the faults of what it read.
    """
    try:
        found = check()
        for fault in found if isinstance(found, Iterable) else ():
            if isinstance(fault, JsnaError):
                yield fault
    except JsnaError as error:
        yield from error.each()


def _disclosure_faults(catalogue: Catalogue, data: Path) -> Iterator[JsnaError]:
    tables = load_tables(data, set(catalogue.indicators))
    yield from unruled(tables, catalogue, datasets(data))


def _notebooks_there(catalogue: Catalogue, folder: Path) -> Iterator[JsnaError]:
    for name in catalogue.supplements:
        if not (folder / f"{name}.ipynb").is_file():
            yield NotebookError(
                f"the supplement {name} has no notebook",
                where=catalogue.where("supplements", name),
                expected=f"notebooks/{name}.ipynb",
                remedy="write it, or correct the name",
            )
