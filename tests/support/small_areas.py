"""Files of neighbourhoods in the layouts of the packages geographr, IMD and demographr. Invented values.

Four neighbourhoods are Coventry's, in two wards, and one is Solihull's; they are squares side by side.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import publisher_documents as docs

from send_jsna.ingest.source_files import SourceFiles

SOLIHULL = "E08000029"
CODES = ("E01000001", "E01000002", "E01000003", "E01000004", "E01000005")
DISTRICTS = (docs.COVENTRY,) * 4 + (SOLIHULL,)
_WARDS = ("Abbey", "Abbey", "Bridge", "Bridge", "Castle")
_MIDDLE = ("001", "001", "002", "002", "003")


def square(place: int) -> list[list[float]]:
    """The outline of a neighbourhood, east of the one before it."""
    west, south = -1.5 + place * 0.01, 52.4
    corners = [(0.0, 0.0), (0.01, 0.0), (0.01, 0.01), (0.0, 0.01), (0.0, 0.0)]
    return [[west + x, south + y] for x, y in corners]


def outlines(without: str = "") -> bytes:
    """The outlines, of all neighbourhoods but one."""
    features = [
        {
            "type": "Feature",
            "properties": {"lsoa21_code": code},
            "geometry": {"type": "MultiPolygon", "coordinates": [[square(place)]]},
        }
        for place, code in enumerate(CODES)
        if code != without
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def lookup(*more: list[str]) -> bytes:
    """Neighbourhoods with their wards and districts."""
    header = ("lsoa21_name", "lsoa21_code", "ward24_name", "ward24_code", "ltla24_name", "ltla24_code")
    letters = "ABABA"
    rows = [
        [
            f"Place {_MIDDLE[n]}{letters[n]}",
            code,
            _WARDS[n],
            f"E0500000{_WARDS.index(_WARDS[n])}",
            "",
            DISTRICTS[n],
        ]
        for n, code in enumerate(CODES)
    ]
    return docs.table(header, [*rows, *more])


def files(folder: Path, source_id: str, content: Mapping[str, bytes]) -> SourceFiles:
    """A source's files beside the lookups, as the catalogue declares their layout."""
    regions = [[docs.COVENTRY, "E12000005"], [SOLIHULL, "E12000005"]]
    middle = [[f"Place {number}", f"E0200000{number[-1]}"] for number in dict.fromkeys(_MIDDLE)]
    every = {
        "lookup": lookup(),
        "authorities": docs.table(("ltla23_code", "utla23_code"), [[code, code] for code in set(DISTRICTS)]),
        "regions": docs.table(("ltla24_code", "region24_code"), regions),
        "middle_layer": docs.table(("msoa21_name", "msoa21_code"), middle),
        **content,
    }
    paths = {name: docs.write(folder / f"{name}.csv", text) for name, text in every.items()}
    return docs.files(source_id, **paths)


def deprivation(folder: Path, **changed: Any) -> SourceFiles:
    """The indices: deciles 1, 1, 5 and 10 in Coventry; children 40, 30, none printed, 10."""
    deciles = changed.get("deciles", (1, 1, 5, 10, 3))
    children = ("40.0", "30.0", "", "10.0", "20.0")
    people = ("100.0", "80.0", "20.0", "50.0", "60.0")
    count = changed.get("rows", len(CODES))
    ranks = [[code, f"{deciles[n]}.0"] for n, code in enumerate(CODES)][:count]
    counts = [[code, people[n], children[n]] for n, code in enumerate(CODES)]
    share = "imd_proportion_of_lso_as_in_most_deprived_10_percent_nationally"
    totals = [[docs.COVENTRY, "0.5", "251.0"], [SOLIHULL, "0.0", "60.0"]]
    return files(
        folder,
        "mhclg-iod-2025-neighbourhoods",
        {
            "main": docs.table(("lsoa21_code", "IMD_decile"), ranks),
            "indicators": docs.table(
                (
                    "lsoa21_code",
                    "income_domain_numerator",
                    "income_deprivation_affecting_children_index_idaci_numerator",
                ),
                counts,
            ),
            "totals": docs.table(("ltla24_code", share, "income_scale"), totals),
        },
    )
