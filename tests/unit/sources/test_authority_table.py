"""Tables of other publishers, as declared: CSV files and workbooks of two kinds. All values are made up."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl
import pandas as pd
import publisher_documents as docs
import pytest

from send_jsna.catalogue.loading import load_catalogue
from send_jsna.catalogue.schema import Source
from send_jsna.errors import DataError
from send_jsna.sources import authority_table

PLACES, ACCESS, CHECKS = "dfe-high-needs-places", "nhse-mhsds-access", "nhse-ld-health-checks"
SOURCES = load_catalogue(docs.ROOT / "data" / "catalogue").sources
Rows = Sequence[Sequence[str | int | None]]
SCHOOLS: Rows = [
    ["High needs places (made up)"],
    [],
    ["URN", "LA number", "Total places"],
    [1, 331, 40],
    [2, 331, 25],
    [3, 330, 90],
    [4, 331, "x"],
]


def read(source: str, path: Path) -> pd.DataFrame:
    return authority_table.tidy(docs.files(source, main=path), docs.context())


def xlsx(path: Path, rows: Rows, title: str = "Places 2025") -> Path:
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(list(row))
    book.save(path)
    return path


def ods(path: Path, rows: Rows, title: str = "Places 2025") -> Path:
    """A workbook as a spreadsheet program writes it: empty rows and cells at the end are repeated."""
    cells = {True: '<t:c o:value="{0}"><x:p>{0}</x:p></t:c>', False: "<t:c><x:p>{0}</x:p></t:c>"}
    body = "".join(
        f"<t:r>{''.join(cells[isinstance(cell, int)].format(escape(str(cell))) for cell in row)}"
        '<t:c t:number-columns-repeated="16000"/></t:r>'
        for row in rows
    )
    body += '<t:r t:number-rows-repeated="1048000"><t:c t:number-columns-repeated="16384"/></t:r>'
    body = body.replace("t:c", "table:table-cell").replace("t:r", "table:table-row")
    for short, name in (("t:number", "table:number"), ("o:value", "office:value"), ("x:p", "text:p")):
        body = body.replace(short, name)
    spaces = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    content = f'<office:body{spaces}><table:table table:name="{title}">{body}</table:table></office:body>'
    with zipfile.ZipFile(path, "w") as parts:
        parts.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        parts.writestr("content.xml", content, zipfile.ZIP_DEFLATED)
    return path


@pytest.mark.parametrize("make", [xlsx, ods])
def test_the_places_of_schools_are_added_up_for_their_authority(
    tmp_path: Path, make: Callable[..., Path]
) -> None:
    found = read(PLACES, make(tmp_path / "places", SCHOOLS))
    values = found.set_index("area_code")["value"].to_dict()
    assert values == {"E08000026": 65, "E08000025": 90}
    assert set(found["indicator"]) == {"high_needs_places_count"}
    assert set(found["period"]) == {"2025/26"}


@pytest.mark.parametrize("make", [xlsx, ods])
def test_a_workbook_without_the_sheet_or_the_columns_says_so(
    tmp_path: Path, make: Callable[..., Path]
) -> None:
    renamed = [*SCHOOLS[:2], ["URN", "LA", "Total places"], *SCHOOLS[3:]]
    with pytest.raises(DataError, match="no sheet has the columns 'LA number', 'Total places'") as caught:
        read(PLACES, make(tmp_path / "renamed", renamed))
    assert "data/catalogue/sources.yaml" in caught.value.line()
    with pytest.raises(DataError, match="no sheet has the columns"):
        read(PLACES, make(tmp_path / "other", SCHOOLS, "Notes"))


def test_a_damaged_open_document_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "cut"
    with zipfile.ZipFile(path, "w") as parts:
        parts.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        parts.writestr("content.xml", "<office")
    with pytest.raises(DataError, match=r"the workbook is damaged \(ParseError\)"):
        read(PLACES, path)


def test_rows_of_other_nhs_bodies_are_left_out(tmp_path: Path) -> None:
    rows = [["REPORTING_PERIOD_START", "PRIMARY_LEVEL", "MEASURE_ID", "MEASURE_VALUE"]]
    rows += [
        ["2025-06-01", body, name, "120"]
        for body in ("B2M3M", "X9X9X", "England")
        for name in ("MHS95", "Z1")
    ]
    path = tmp_path / "access.csv"
    path.write_text("\n".join(",".join(row) for row in rows), encoding="utf-8")
    found = read(ACCESS, path)
    assert set(found["area_code"]) == {"B2M3M", "E92000001"}
    assert set(found["indicator"]) == {"cyp_mental_health_contacts_count"}
    assert set(found["period"]) == {"June 2025"}


def test_health_checks_of_practices_are_added_up(tmp_path: Path) -> None:
    rows = [["ACH_DATE", "SUB_ICB_LOCATION_CODE", "PRACTICE_CODE", "MEASURE", "VALUE"]]
    rows += [["2025-10-01", "B2M3M", code, "Health checks completed", "7"] for code in ("P1", "P2")]
    path = tmp_path / "checks.csv"
    path.write_text("\n".join(",".join(row) for row in rows), encoding="utf-8")
    assert read(CHECKS, path)["value"].tolist() == [14]


def test_a_table_without_a_word_that_is_mapped_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "checks.csv"
    head = "ACH_DATE,SUB_ICB_LOCATION_CODE,MEASURE,VALUE"
    path.write_text(f"{head}\n2025-10-01,B2M3M,Something else,7\n", encoding="utf-8")
    with pytest.raises(DataError, match=CHECKS) as caught:
        read(CHECKS, path)
    assert len(caught.value.line().splitlines()) == 1


UNVERIFIED = [source for source in SOURCES.values() if source.unverified]


@pytest.mark.parametrize("source", UNVERIFIED, ids=lambda source: source.id)
def test_what_was_not_seen_is_said_and_can_be_fetched(source: Source) -> None:
    assert source.fetch is not None
    assert not source.file
    assert source.unverified.endswith(".")


def test_all_that_was_asked_for_is_declared() -> None:
    assert {source.id for source in UNVERIFIED} == {
        "dfe-school-capacity-special",
        "dfe-high-needs-places",
        "dfe-section-251-outturn",
        "dfe-dsg-allocations",
        "dfe-elective-home-education-sen",
        "nhse-community-statistics",
        "nhse-mhsds-access",
        "nhse-ld-health-checks",
        "dfe-destinations-ks4",
        "dfe-destinations-16-18-la",
        "dfe-sen2-phase-transfers",
    }
    assert {"dfe-gias", "nhse-autism-statistics"} <= set(SOURCES)
