"""Extracts that only a council has: read, checked, and aggregated before anything else sees them.

Each is in ``data/council`` as a CSV file or a workbook (see ``data/council/README.md``). Rows are added
up while a file is read; what leaves is a data set of counts and shares, with small counts withheld and as
much else as keeps them from being worked out. A file with a column or a value that could identify a child is
refused, not cleaned: such a file should not have left the council's own systems.

The extracts are declared in ``data/catalogue/extracts.yaml``; the survey's response file, which has its own
analysis, is read in :mod:`send_jsna.council.responses`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from send_jsna.catalogue.areas import Areas
from send_jsna.catalogue.citations import EditionSource
from send_jsna.catalogue.dataset_file import parse_dataset, write_dataset
from send_jsna.catalogue.identifying import identifies
from send_jsna.catalogue.periods import parse_period
from send_jsna.catalogue.recodings import read_recodings
from send_jsna.council import survey
from send_jsna.council.extract import Extract
from send_jsna.council.extract_observations import to_observations
from send_jsna.council.extract_sums import aggregate
from send_jsna.council.extracts import load_extracts
from send_jsna.council.grids import ENDINGS, find, read_file, read_grid
from send_jsna.council.headings import check_header
from send_jsna.council.responses import COLUMNS, RESPONSES, STEM, read_responses
from send_jsna.disclosure.aggregates import Aggregates, as_shown
from send_jsna.disclosure.methods import Profile
from send_jsna.disclosure.methods.standard import COUNCIL
from send_jsna.errors import DataError
from send_jsna.files import sha256
from send_jsna.settings import get_settings

__all__ = [
    "COLUMNS",
    "RESPONSES",
    "Extract",
    "build",
    "datasets",
    "identifies",
    "load_extracts",
    "read_responses",
    "read_supplied",
    "recorded",
    "sources",
    "withheld",
]

_PUBLISHER = "Supplied by the council"


_Key = tuple[str, str, str, Profile]


@dataclass(frozen=True)
class _Made:
    """What was made of one extract: its data set, that as the run shows it, its source, what is withheld."""

    dataset: str
    content: bytes
    recorded: bytes
    source: EditionSource
    aggregates: Aggregates


#: What was made of a file, by its path, its hash, the area and the profile: a run asks several times.
_MADE: dict[_Key, _Made] = {}
_MOST_MADE = 64


def datasets(data_folder: Path) -> tuple[str, ...]:
    """The data sets that a council's survey and extracts give, whether they were supplied or not."""
    return ("survey", *(extract.dataset for extract in load_extracts(data_folder)))


def read_supplied(
    data_folder: Path, area_code: str = "", profile: Profile = COUNCIL
) -> dict[str, pd.DataFrame]:
    """The data sets made from council extracts, by name; empty where the council supplied none.

    Args:
        data_folder: The project's ``data`` folder.
        area_code: The area of the run; an extract of another area is an error. Where it is empty, each
            extract may be of any one area.
        profile: The disclosure profile of the run.

    Returns:
        Frames as :func:`send_jsna.catalogue.dataset_file.read_dataset` returns them.

    Raises:
        DataError: An extract is malformed, is there twice, is of another area, or could identify a child.
    """
    return {
        made.dataset: parse_dataset(
            made.content,
            dataset=made.dataset,
            where=f"{made.dataset}.csv, made from {made.source.publisher_file}",
        )
        for made in _all(data_folder, area_code, profile)
    }


def build(data_folder: Path, area_code: str = "", profile: Profile = COUNCIL) -> dict[str, bytes]:
    """The files of those data sets, by name: aggregated, small numbers withheld, fit for a run folder."""
    return {made.dataset: made.content for made in _all(data_folder, area_code, profile)}


def recorded(data_folder: Path, area_code: str, profile: Profile) -> dict[str, bytes]:
    """The same files with counts rounded as the run shows them; the run records their hashes."""
    return {made.dataset: made.recorded for made in _all(data_folder, area_code, profile)}


def withheld(data_folder: Path, area_code: str, profile: Profile) -> Aggregates:
    """The counts of the extracts, and which of them those files withhold: for the attack on the run only."""
    found = Aggregates()
    for made in _all(data_folder, area_code, profile):
        found |= made.aggregates
    return found


def sources(data_folder: Path, area_code: str = "", profile: Profile = COUNCIL) -> dict[str, EditionSource]:
    """The sources of the extracts that were supplied, by id; empty where there are none.

    An extract of counts has little that is not published. The hash of its file would let a reader try the
    few values a withheld count may have, so its source has the hash of what was made of it.
    """
    return {made.source.source_id: made.source for made in _all(data_folder, area_code, profile)}


def _all(data_folder: Path, area_code: str, profile: Profile) -> list[_Made]:
    folder = data_folder / RESPONSES.parent
    extracts = load_extracts(data_folder)
    _check_names(folder, extracts)
    recodings = _recodings(data_folder)

    def named(code: str) -> str:
        """An area as a message names it; the areas are only read where there is something to say."""
        areas = data_folder / "areas"
        names = {area.code: area.name for area in Areas(areas)} if areas.is_dir() else {}
        return f"{code} ({names[code]})" if code in names else code

    found = [_survey(path, area_code, recodings, named, profile)] if (path := find(folder, STEM)) else []
    supplied = [(extract, path) for extract in extracts if (path := find(folder, extract.stem))]
    return found + [
        _extract(extract, path, area_code, recodings, named, profile) for extract, path in supplied
    ]


def _recodings(data_folder: Path) -> dict[str, str]:
    """Other codes of areas: those of the folder's project, or of this one for a folder of extracts alone."""
    own = data_folder / "areas"
    return read_recodings(own if own.is_dir() else get_settings().data / "areas")


def _check_names(folder: Path, extracts: Iterable[Extract]) -> None:
    """Refuse a file that was meant to be read and would not be."""
    if not folder.is_dir():
        return
    stems = (STEM, *(extract.stem for extract in extracts))
    allowed = {f"{stem}{ending}" for stem in stems for ending in ENDINGS}
    for path in sorted(folder.iterdir()):
        kind = path.suffix.casefold()
        is_extract = kind in (*ENDINGS, ".xls", ".xlsm", ".xlsb", ".ods", ".tsv")
        is_passed_over = path.name.startswith((".", "~")) or path.stem.endswith(".template")
        if is_extract and not is_passed_over and path.name not in allowed:
            raise DataError(
                "no extract has this name",
                where=path,
                expected=", ".join(stems) + ", each with the ending .csv or .xlsx",
                remedy="rename the file or take it out; nothing of it was read",
            )


def _survey(
    path: Path, area_code: str, recodings: dict[str, str], named: Callable[[str], str], profile: Profile
) -> _Made:
    digest = sha256(read_file(path))
    key = (str(path), digest, area_code, profile)
    if key in _MADE:
        return _MADE[key]
    responses = read_responses(path, area_code, recodings, named)
    newest = max(parse_period(period) for period in responses["period"].unique())
    source = EditionSource(
        source_id=survey.SOURCE_ID,
        publisher=_PUBLISHER,
        title="Responses to the parent and carer, child and school staff surveys",
        url="",
        licence="council",
        as_at=newest.end,
        publisher_file=f"{RESPONSES.parent.as_posix()}/{path.name}",
        publisher_sha256=digest,
    )
    frame, aggregates = survey.to_observations(responses, profile)
    recorded = write_dataset(as_shown(frame, profile))
    return _keep(key, _Made("survey", write_dataset(frame), recorded, source, aggregates))


def _extract(
    extract: Extract,
    path: Path,
    area_code: str,
    recodings: dict[str, str],
    named: Callable[[str], str],
    profile: Profile,
) -> _Made:
    content = read_file(path)
    key = (str(path), sha256(content), area_code, profile)
    if key in _MADE:
        return _MADE[key]
    grid = read_grid(path, content, lambda header: check_header(extract, header))
    found = aggregate(extract, grid, area_code, recodings, named)
    newest = max(period for _, period, _ in found.counts)
    frame, aggregates = to_observations(extract, found, profile)
    recorded = write_dataset(as_shown(frame, profile))
    source = EditionSource(
        source_id=extract.source_id,
        publisher=_PUBLISHER,
        title=extract.title,
        url="",
        licence="council",
        as_at=newest.end if extract.as_at == "end" else newest.start,
        publisher_file=f"{RESPONSES.parent.as_posix()}/{path.name}, added up",
        publisher_sha256=sha256(recorded),
    )
    return _keep(key, _Made(extract.dataset, write_dataset(frame), recorded, source, aggregates))


def _keep(key: _Key, made: _Made) -> _Made:
    if len(_MADE) >= _MOST_MADE:
        _MADE.clear()
    _MADE[key] = made
    return made
