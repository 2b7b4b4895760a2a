"""Which NHS bodies serve which local authority, by the SEND dashboard's lookup and NHS England's workbooks.

The lookup was made by the Department for Education by overlaying areas of 2023; it names integrated care
boards and gives the codes of their sub-locations. The boards' own codes are in the community services
workbooks. An authority whose area lies in several bodies has several; one newer than the lookup has none
until it is declared. Which trust gives an authority's community services no list says: that is declared
by hand.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from pathlib import Path

from send_jsna.catalogue.areas import Areas
from send_jsna.errors import DataError
from send_jsna.ingest.cell_text import cells, read_text_table
from send_jsna.sources.nhs import plain_name

WORKBOOK = "nhs/community_health_2023-12-01.xlsx"
LOOKUP = "send_ap_prepared/la_ccg_lookup.csv.gz"

#: Authorities that make up a county of the lookup which lay in one body as a whole.
_PARTS = {"Northamptonshire": ("North Northamptonshire", "West Northamptonshire")}

#: The trust an authority's council named as the provider of its children's community services.
_TRUSTS = {"E08000026": "RYG"}


def build(shared: Path, areas: Areas) -> dict[str, bytes]:
    """The files ``nhs.csv`` and ``bodies.csv`` of ``data/areas``: name to content."""
    boards = read_boards(shared / "publisher" / WORKBOOK)
    serving = {(code, "trust", body) for code, body in _TRUSTS.items()}
    bodies: dict[str, str] = {}
    local = {area.name: area.code for area in areas if area.kind == "local_authority"}
    for line in cells(read_text_table(shared / "publisher" / LOOKUP)):
        board = boards[plain_name(line["icb_name"])]
        name = re.sub(r"^NHS | ICB$", "", line["icb_name"]).replace(" The Isles Of ", " the Isles of ")
        bodies[board] = f"NHS {name} Integrated Care Board"
        bodies[line["nhs_code"]] = f"{line['nhs_name'].removesuffix(' CCG')} sub-ICB location"
        for part in _PARTS.get(line["la_name"], (line["la_name"],)):
            if part in local:
                serving |= {(local[part], "icb", board), (local[part], "sub_icb", line["nhs_code"])}
    used = {body for _, _, body in serving}
    declared = {area.code for area in areas.listed}
    return {
        "nhs.csv": _csv(("area_code", "role", "body_code"), sorted(serving)),
        "bodies.csv": _csv(
            ("code", "name"), sorted((c, n) for c, n in bodies.items() if c in used and c not in declared)
        ),
    }


def read_boards(path: Path) -> dict[str, str]:
    """Codes of the integrated care boards by plain name, from a community services workbook.

    Raises:
        DataError: The workbook has no table of organisations with codes.
    """
    from openpyxl import load_workbook

    sheet = load_workbook(path, read_only=True, data_only=True)["Table 4"]
    sheet.reset_dimensions()
    found = {}
    for line in sheet.iter_rows(values_only=True):
        text = [str(cell or "").strip() for cell in line[:4]]
        if "ICB" in text:
            place = text.index("ICB")
            found[plain_name(text[place + 2])] = text[place + 1]
    if not found:
        raise DataError("no integrated care board is listed", where=path, expected="rows of the type ICB")
    return found


def _csv(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return buffer.getvalue().encode()
