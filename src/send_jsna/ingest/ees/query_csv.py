"""Query results of the Explore Education Statistics API as CSV in the layout of the publisher's own files.

Ids become labels by the data set's metadata; values, symbols among them, stay as they are. So one ``tidy``
reads what was queried and what was downloaded.
"""

from __future__ import annotations

import csv
import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from send_jsna.errors import FetchError, GateError
from send_jsna.ingest.ees.model import Indicator, Meta, Option, QueryPage

#: The ten key columns every file begins with, in the publisher's order.
KEY_COLUMNS = (
    "time_period",
    "time_identifier",
    "geographic_level",
    "country_code",
    "country_name",
    "region_code",
    "region_name",
    "old_la_code",
    "new_la_code",
    "la_name",
)

#: Columns of a location, by level, and which of its fields each holds.
_PLACES: Mapping[str, Mapping[str, str]] = {
    "NAT": {"country_code": "code", "country_name": "label"},
    "REG": {"region_code": "code", "region_name": "label"},
    "LA": {"old_la_code": "old_code", "new_la_code": "code", "la_name": "label"},
    "LAD": {"lad_code": "code", "lad_name": "label"},
    "SCH": {"school_urn": "urn", "school_laestab": "la_estab", "school_name": "label"},
    "PROV": {"provider_ukprn": "ukprn", "provider_name": "label"},
    "PCON": {"pcon_code": "code", "pcon_name": "label"},
    "WARD": {"ward_code": "code", "ward_name": "label"},
    "INST": {"institution_id": "code", "institution_name": "label"},
    "MAT": {"trust_id": "code", "trust_name": "label"},
    "SPON": {"sponsor_id": "code", "sponsor_name": "label"},
    "RSC": {"rsc_region_lead_name": "label"},
    "PA": {"planning_area_code": "code", "planning_area_name": "label"},
    "PFA": {"police_force_area_code": "code", "police_force_area_name": "label"},
    "OA": {"opportunity_area_code": "code", "opportunity_area_name": "label"},
    "LSIP": {"lsip_code": "code", "lsip_name": "label"},
    "LEP": {"local_enterprise_partnership_code": "code", "local_enterprise_partnership_name": "label"},
    "MCA": {"mayoral_combined_authority_code": "code", "mayoral_combined_authority_name": "label"},
    "EDA": {"english_devolved_area_code": "code", "english_devolved_area_name": "label"},
}

_YEARS = {"AY": "Academic", "CY": "Calendar", "FY": "Financial", "TY": "Tax", "RY": "Reporting"}
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_IDENTIFIERS = {
    **{code: f"{kind} year" for code, kind in _YEARS.items()},
    **{f"{code}Q{n}": f"{kind} year Q{n}" for code, kind in _YEARS.items() for n in range(1, 5)},
    **{f"M{number}": month for number, month in enumerate(_MONTHS, 1)},
    **{f"W{number}": f"Week {number}" for number in range(1, 53)},
    "T1": "Autumn term",
    "T1T2": "Autumn and spring term",
    "T2": "Spring term",
    "T3": "Summer term",
    "P1": "Part 1 (April to September)",
    "P2": "Part 2 (October to March)",
}


@dataclass(frozen=True)
class QueryFile:
    """A query's results in a file.

    Attributes:
        path: The file; None where the query has no results.
        rows: Number of rows.
        sha256: SHA-256 of the file; empty where there is none.
        size: Bytes of the file.
        notes: What the API says of the query, in sentences.
    """

    path: Path | None
    rows: int
    sha256: str
    size: int
    notes: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether the query has no results."""
        return self.path is None


def check_page(page: QueryPage, first: QueryPage, number: int, keys: set[int], where: str) -> None:
    """Make sure that a page is the one asked for, and that the pages together are all rows once.

    Args:
        page: The page.
        first: The first page of the query.
        number: The page that was asked for.
        keys: What identifies the rows so far; those of the page are added.
        where: The address, for messages.

    Raises:
        FetchError: It is not.
    """
    fault = ""
    total = first.paging.total_results
    try:
        found = {hash(_key(row)) for row in page.results}
    except (KeyError, TypeError, AttributeError) as error:
        raise FetchError(
            f"a result is not as documented ({error!r})", where=where, expected="the API's version 1"
        ) from error
    if page.paging.page != number:
        fault = f"page {page.paging.page} came in place of page {number}"
    elif page.paging.total_results != total:
        fault = f"{total} results became {page.paging.total_results} between two pages"
    elif len(found) != len(page.results) or found & keys:
        fault = f"page {number} repeats rows"
    keys |= found
    if not fault and number >= first.paging.total_pages and len(keys) != total:
        fault = f"{len(keys)} rows came and {total} were announced"
    if fault:
        raise FetchError(
            fault,
            where=where,
            expected="every row once",
            remedy="fetch it again; if it stays so, fetch the whole data set instead",
        )


def _key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """What identifies a row."""
    period = row["timePeriod"]
    return (
        period["code"],
        period["period"],
        row["geographicLevel"],
        tuple(sorted(row["locations"].items())),
        tuple(sorted(row["filters"].items())),
    )


def write_query(
    scratch: Path, pages: Iterable[QueryPage], meta: Meta, indicators: Sequence[Indicator], where: str
) -> QueryFile:
    """Write pages of results into one CSV file.

    Args:
        scratch: Folder for the file; nothing is left in it where an error is raised.
        pages: The pages.
        meta: Names of what they hold.
        indicators: The indicators asked for, in the order of their columns.
        where: The address, for messages.

    Raises:
        GateError: A result names something the metadata do not, or lacks a value that was asked for.
    """
    layout = _Layout(meta, indicators, where)
    path = scratch / f"{uuid.uuid4().hex}.csv"
    rows = 0
    notes: dict[str, None] = {}
    complete = False
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(layout.columns)
            for page in pages:
                notes |= dict.fromkeys(page.notes())
                writer.writerows(layout.cells(row) for row in page.results)
                rows += len(page.results)
        complete = rows > 0
    finally:
        if not complete:
            path.unlink(missing_ok=True)
    if not complete:
        return QueryFile(None, 0, "", 0, tuple(notes))
    with path.open("rb") as packed:
        digest = hashlib.file_digest(packed, "sha256").hexdigest()
    return QueryFile(path, rows, digest, path.stat().st_size, tuple(notes))


class _Layout:
    """The columns of a file and how a result fills them."""

    def __init__(self, meta: Meta, indicators: Sequence[Indicator], where: str) -> None:
        self._where = where
        self._levels = {level.code: level.label or level.code for level in meta.geographic_levels}
        self._levels |= {group.level.code: group.level.label for group in meta.locations if group.level.label}
        self._places: dict[str, dict[str, Option]] = {
            group.level.code: {option.id: option for option in group.options} for group in meta.locations
        }
        self._filters = [
            (one.id, one.column, {option.id: option.label for option in one.options}) for one in meta.filters
        ]
        self._indicators = [(one.id, one.column) for one in indicators]
        others = [
            column for level in self._places for column in _PLACES.get(level, {}) if column not in KEY_COLUMNS
        ]
        self._place_columns = [*KEY_COLUMNS[3:], *others]
        self.columns = [
            *KEY_COLUMNS[:3],
            *self._place_columns,
            *(column for _, column, _ in self._filters),
            *(column for _, column in self._indicators),
        ]

    def cells(self, row: Mapping[str, Any]) -> list[str]:
        """A result as the cells of a row."""
        code, period = row["timePeriod"]["code"], row["timePeriod"]["period"]
        identifier = self._find(_IDENTIFIERS, code, "time period code")
        level = self._find(self._levels, row["geographicLevel"], "geographic level")
        place: dict[str, str] = {}
        for kind, key in row["locations"].items():
            option = self._find(self._find(self._places, kind, "level of locations"), key, f"{kind} location")
            for column, name in self._find(_PLACES, kind, "level of locations").items():
                place[column] = getattr(option, name)
        return [
            _period(period),
            identifier,
            level,
            *(place.get(column, "") for column in self._place_columns),
            *(
                self._find(labels, self._find(row["filters"], key, "filter"), f"option of {column}")
                for key, column, labels in self._filters
            ),
            *(str(self._find(row["values"], key, "value of")) for key, _ in self._indicators),
        ]

    def _find(self, names: Mapping[str, Any], key: str, noun: str) -> Any:
        try:
            return names[key]
        except KeyError as error:
            raise GateError(
                f"the results and the metadata disagree: no {noun} {key!r}",
                where=self._where,
                expected="one of " + ", ".join(sorted(names)[:10]),
                remedy="fetch it again; if it stays so, fetch the whole data set instead",
            ) from error


def _period(text: str) -> str:
    """``2020/2021`` as files have it, ``202021``; a single year stays."""
    start, slash, end = text.partition("/")
    return f"{start}{end[-2:]}" if slash else start
