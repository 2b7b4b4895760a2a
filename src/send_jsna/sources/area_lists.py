"""Areas and statistical neighbours from the Local Authority Interactive Tool's lists and the SEN2 files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from send_jsna.errors import DataError
from send_jsna.ingest.cell_text import ENGLAND, cells, read_text_table
from send_jsna.sources import neighbours

#: Local authorities of the SEN2 files that were abolished in 2019 to 2023, or went on under a new code.
_ABOLISHED = {"E10000002", "E06000028", "E06000029", "E10000009", "E10000021", "E10000006"}

#: Bodies that figures are published for and the school statistics do not list.
_OTHERS = [
    ("E47000007", "West Midlands Combined Authority", "combined_authority", "", "E12000005"),
    ("B2M3M", "NHS Coventry and Warwickshire sub-ICB location", "nhs", "", ""),
    ("QWU", "NHS Coventry and Warwickshire Integrated Care Board", "nhs", "", ""),
    ("RYG", "Coventry and Warwickshire Partnership NHS Trust", "nhs", "", ""),
]


def build(shared: Path) -> dict[str, bytes]:
    """The files of ``data/areas``: name to content."""
    areas = _areas(read_text_table(shared / "publisher" / "sen2_2025" / "caseload.csv.gz"))
    codes = {row[3]: row[0] for row in areas if row[3]}
    files = {"areas.csv": _csv(("code", "name", "kind", "dfe_number", "region_code"), areas)}
    for version, name in neighbours.FILES.items():
        rows = neighbours.read(shared / "publisher" / "lait" / name, codes, where=name)
        files[f"neighbours-{version}.csv"] = neighbours.as_csv(rows)
    return files


def _areas(caseload: pd.DataFrame) -> list[tuple[str, ...]]:
    places = caseload[
        ["geographic_level", "region_code", "region_name", "new_la_code", "old_la_code", "la_name"]
    ].drop_duplicates()
    local = places[places["geographic_level"] == "Local authority"]
    local = local[~local["new_la_code"].isin(_ABOLISHED)]
    regions = places[places["geographic_level"] == "Regional"]
    if len(local) != 153 or len(regions) != 9:
        raise DataError(
            f"{len(local)} local authorities and {len(regions)} regions",
            where="sen2_2025/caseload.csv",
            expected="153 and 9",
            remedy="look whether a local authority was abolished or split",
        )
    rows: list[tuple[str, ...]] = [(ENGLAND, "England", "country", "", "")]
    rows += sorted((r["region_code"], r["region_name"], "region", "", "") for r in cells(regions))
    rows += sorted(
        (r["new_la_code"], r["la_name"], "local_authority", r["old_la_code"], r["region_code"])
        for r in cells(local)
    )
    return rows + _OTHERS


def _csv(header: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return buffer.getvalue().encode()
