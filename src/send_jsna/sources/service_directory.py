"""The service directory: Open Referral UK in, observations and tables of what is named out.

A directory is one page of full services as the Open Referral UK profile (version 3) defines them. What the
standard has no field for is in attributes, by their ``link_type``: ``level`` and ``need`` (terms of
``data/services/vocabulary.yaml``), ``reading`` (why the service was given that level and need) and ``source``
(the document a service is named in, the place, and the printed words).

The directory lists what documents *name*. Nothing here may be read as saying what exists: a gap is a gap in
the documents.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from send_jsna.catalogue.dataset_file import write_dataset
from send_jsna.catalogue.identifying import first_found
from send_jsna.catalogue.observations import COLUMNS, blank_row
from send_jsna.catalogue.recodings import in_use, read_recodings
from send_jsna.catalogue.yaml_file import Declared
from send_jsna.errors import CatalogueError, raise_first
from send_jsna.sources.service_schema import Directory, Page, Service, Vocabulary, ages_in_words, slug

#: Indicator of a row: a document names a service.
NAMED = "service_named"


def directory_file(folder: Path, area_name: str) -> Path:
    """Where the directory of an area is kept: the file of its name, such as ``coventry.json``."""
    return folder / f"{slug(area_name)}.json"


def read_directory(folder: Path, area_name: str) -> Directory:
    """Read the directory of an area.

    Args:
        folder: ``data/services``.
        area_name: Name of the area; its directory is the file of that name, such as ``coventry.json``.

    Raises:
        CatalogueError: There is none, or it breaks the standard or the vocabulary, with file and line.
    """
    path = directory_file(folder, area_name)
    if not path.is_file():
        present = ", ".join(sorted(p.name for p in folder.glob("*.json"))) or "no directory at all"
        raise CatalogueError(
            f"no service directory of {area_name}",
            where=path,
            expected=f"Open Referral UK JSON; the folder has {present}",
        )
    return _read(path, _vocabulary(folder))


def read_every_directory(folder: Path) -> list[Directory]:
    """Read the directories of all areas; none where the folder has no vocabulary.

    Args:
        folder: ``data/services``.

    Raises:
        CatalogueError: One of them breaks the standard or the vocabulary; faults of others are in ``also``.
    """
    if not (folder / "vocabulary.yaml").is_file():
        return []
    vocabulary = _vocabulary(folder)
    found: list[Directory] = []
    faults: list[CatalogueError] = []
    for path in sorted(folder.glob("*.json")):
        try:
            found.append(_read(path, vocabulary))
        except CatalogueError as error:
            faults.append(error)
    raise_first(faults)
    return found


def _vocabulary(folder: Path) -> Vocabulary:
    return Declared(folder / "vocabulary.yaml").as_model(Vocabulary)


def _read(path: Path, vocabulary: Vocabulary) -> Directory:
    page = _page(path)
    fault = _first_fault(page, vocabulary)
    if fault is not None:
        what, place, expected = fault
        raise Declared(path).fault(what, *place, expected=expected, remedy="correct the file")
    return Directory(services=page.contents, vocabulary=vocabulary)


#: Fields that are not looked through. Identifiers and addresses of terms are no text. Contacts, places, times
#: and who assured a service are the standard's own fields for what belongs to an organisation, such as its
#: telephone number; they are not read here and never leave the file.
_UNREAD = (
    *("id", "uri", "term_uri", "taxonomy_id", "parent_id", "email", "assurer_email", "contacts"),
    *("service_at_locations", "schedules", "last_modified", "assured_date", "extent"),
)


def _page(path: Path) -> Page:
    """Read the page; the slow reader that knows lines is asked only when something is wrong."""
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"), object_pairs_hook=_no_repeats)
        if first_found(data, _UNREAD):
            Declared(path).refuse_identifying(_UNREAD)
        return Page.model_validate(data)
    except json.JSONDecodeError as error:
        raise CatalogueError(
            f"is not valid JSON ({error.msg})",
            where=f"{path}, line {error.lineno}",
            remedy="look for a missing comma, bracket or quotation mark",
        ) from error
    except (ValidationError, UnicodeDecodeError):
        return Declared(path).as_model(Page)


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    # An empty object fails the schema, so that the reader that knows lines names the repeated key.
    return found if len(found) == len(pairs) else {}


Fault = tuple[str, tuple[str | int, ...], str]


def _first_fault(page: Page, vocabulary: Vocabulary) -> Fault | None:
    """What is wrong with a page that the schema cannot see: what, where in the file, what was expected."""
    if page.total_items != len(page.contents):
        return f"total_items is {page.total_items}", ("total_items",), f"{len(page.contents)}, as listed"
    seen: dict[str, str] = {}
    for index, service in enumerate(page.contents):
        place = ("contents", index)
        if service.code in seen or service.id in seen:
            return f"the service {service.name} is listed twice", (*place, "name"), "one entry a service"
        seen[service.code] = seen[service.id] = service.name
        fault = _fault_of(service, vocabulary)
        if fault is not None:
            what, inner, expected = fault
            return f"{service.name}: {what}", (*place, *inner), expected
    return None


def _fault_of(service: Service, vocabulary: Vocabulary) -> Fault | None:
    low, high = service.minimum_age, service.maximum_age
    if low is not None and high is not None and low > high:
        return f"minimum_age {low:g} is above maximum_age {high:g}", ("minimum_age",), "a span of ages"
    allowed = {
        "level": [level.code for level in vocabulary.levels],
        "need": [need.code for need in vocabulary.needs],
        "source": [document.source_id for document in vocabulary.documents],
        "reading": ["level", "need"],
    }
    for index, attribute in enumerate(service.attributes):
        known_terms = allowed.get(attribute.link_type)
        if known_terms is not None and attribute.taxonomy_term.term not in known_terms:
            what = f"{attribute.link_type} {attribute.taxonomy_term.term!r} is unknown"
            place = ("attributes", index, "taxonomy_term", "term")
            return what, place, "one of " + ", ".join(known_terms)
    counts = {kind: len(service.terms(kind)) for kind in ("level", "need", "source")}
    if counts["level"] != 1:
        return f"it has {counts['level']} levels", ("attributes",), "one attribute of link_type level"
    for kind in ("need", "source"):
        if not counts[kind]:
            return f"it names no {kind}", ("attributes",), f"an attribute of link_type {kind}"
    return None


def to_observations(directory: Directory) -> pd.DataFrame:
    """One row a service, of indicator ``service_named``, with the columns of an edition's data set.

    The row's period and source are those of the document the service is named in first. ``need`` is empty for
    a service for no one need, or for several; the level and the printed words are in ``source_label``.
    """
    documents = {document.source_id: document for document in directory.vocabulary.documents}
    particular = {need.code for need in directory.vocabulary.needs if need.particular}
    rows = []
    for service in directory.services:
        needs = [term.term for term in service.terms("need")]
        source = service.terms("source")[0]
        rows.append(
            blank_row(service.area_code, documents[source.term].period, source.term)
            | {
                "indicator": NAMED,
                "age": ages_in_words(service),
                "need": needs[0] if len(needs) == 1 and needs[0] in particular else "",
                "service": service.code,
                "value": 1.0,
                "unit": "count",
                "decimals": 0.0,
                "status": "final",
                "source_label": f"{service.terms('level')[0].term}; {source.name}: {source.description}",
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def build_dataset(data_folder: Path) -> bytes:
    """The edition's file ``services.csv``: every directory of ``data/services``."""
    folder = data_folder / "services"
    vocabulary = _vocabulary(folder)
    frames = [to_observations(_read(path, vocabulary)) for path in sorted(folder.glob("*.json"))]
    frame = pd.concat(frames, ignore_index=True)
    recodings = read_recodings(data_folder / "areas")
    return write_dataset(frame.assign(area_code=[in_use(code, recodings) for code in frame["area_code"]]))
