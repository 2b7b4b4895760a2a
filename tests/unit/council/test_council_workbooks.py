"""Workbooks that hide, change or break something, each refused by cell; and bytes that are no workbook."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from council_files import AREA, as_csv, as_workbook, counts, put, repacked, with_shared_strings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from send_jsna import council
from send_jsna.council import packages, workbooks
from send_jsna.errors import DataError

SHEET = "xl/worksheets/sheet1.xml"
SECRET = "Jordan"


def refused(tmp_path: Path, content: bytes) -> str:
    """The one-line error of a workbook, which repeats none of its cells."""
    path = put(tmp_path, "slt.xlsx", content)
    with pytest.raises(DataError) as caught:
        council.read_supplied(tmp_path, AREA)
    line = caught.value.line()
    assert line.startswith(str(path))
    assert "\n" not in line and SECRET not in line
    assert caught.value.__cause__ is None
    return line.removeprefix(str(path))


def with_change(change: Callable[[Workbook], object]) -> bytes:
    return as_workbook(counts("slt"), change)


def with_sheet(old: bytes, new: bytes) -> bytes:
    found = []

    def change(part: bytes) -> bytes:
        found.append(part.count(old))
        return part.replace(old, new, 1)

    changed = repacked(with_shared_strings(as_workbook(counts("slt"))), {SHEET: change})
    assert found[0]
    return changed


def with_cell(address: str, value: Any) -> bytes:
    def change(book: Workbook) -> None:
        book["data"][address] = value

    return with_change(change)


# -- what a spreadsheet can hide or change ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "value", "message"),
    [
        (
            "B3",
            date(2025, 10, 1),
            ", sheet data, cell B3: the cell has a date or a time; expected text such",
        ),
        ("F2", datetime(1900, 1, 12), ", sheet data, cell F2: the cell has a date or a time"),
        ("F2", time(4, 0), ", sheet data, cell F2: the cell has a date or a time"),
        (
            "B4",
            45566,
            ", sheet data, cell B4, column period: it is the number a spreadsheet keeps for a date",
        ),
        (
            "F5",
            "=SUM(F2:F4)",
            ", sheet data, cell F5: the formula has no value; expected a value; paste the c",
        ),
        ("F5", "#REF!", ", sheet data, cell F5: the cell has an error"),
        ("F5", 4.5, ", sheet data, cell F5, column count: it is no count"),
        ("F5", True, ", sheet data, cell F5, column count: it is no count"),
        ("C5", SECRET, ", sheet data, cell C5, column state: its value is unknown; expected one of caseload"),
        ("H5", SECRET, ", sheet data, cell H5: there is a value in a column without a heading"),
        ("IV5", SECRET, ", sheet data, cell IV5: there is a cell far to the right of the columns"),
        ("C1", None, ", sheet data, cell C1: the heading is empty"),
        ("C1", "UPN", ", sheet data, row 1: the column 'UPN' could identify a child"),
    ],
)
def test_a_cell_that_is_not_what_it_looks_like_is_refused_by_its_address(
    tmp_path: Path, address: str, value: Any, message: str
) -> None:
    assert refused(tmp_path, with_cell(address, value)).startswith(message)


def test_a_formula_with_its_value_is_read(tmp_path: Path) -> None:
    put(tmp_path, "slt.xlsx", as_workbook(counts("slt")))
    expected = council.build(tmp_path)
    put(tmp_path, "slt.xlsx", with_sheet(b"<v>400</v>", b"<f>200*2</f><v>400</v>"))
    assert council.build(tmp_path) == expected


def test_text_in_a_part_of_its_own_is_read(tmp_path: Path) -> None:
    plain = as_workbook(counts("slt"))
    shared = with_shared_strings(plain)
    assert b"inlineStr" not in zipfile.ZipFile(io.BytesIO(shared)).read(SHEET)
    assert outcome(tmp_path, "slt.xlsx", shared) == outcome(tmp_path, "slt.xlsx", plain)


def test_merged_cells_are_refused(tmp_path: Path) -> None:
    line = refused(tmp_path, with_change(lambda book: book["data"].merge_cells("B2:B4")))
    assert line.startswith(
        ", sheet data, cells B2:B4: cells are merged; expected one value in each cell; unm"
    )


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_with_values_is_refused(tmp_path: Path, state: str) -> None:
    def change(book: Workbook) -> None:
        sheet = book.create_sheet("list")
        sheet["B7"] = SECRET
        sheet.sheet_state = state

    line = refused(tmp_path, with_change(change))
    assert line.startswith(", sheet 2, cell B7: the hidden sheet has values")


def test_hidden_rows_and_columns_with_values_are_refused(tmp_path: Path) -> None:
    def row(book: Workbook) -> None:
        book["data"].row_dimensions[4].hidden = True

    assert refused(tmp_path, with_change(row)).startswith(", sheet data, cell A4: the cell is hidden")

    def column(book: Workbook) -> None:
        book["data"].column_dimensions["E"].hidden = True

    line = refused(tmp_path, with_change(column))
    assert line.startswith(
        ", sheet data, cell E1: the cell is hidden; expected nothing that is not seen; clear"
    )


def test_the_sheet_must_be_data_or_the_only_one(tmp_path: Path) -> None:
    def rename(book: Workbook) -> None:
        book["data"].title = "October"

    put(tmp_path, "slt.xlsx", with_change(rename))
    assert list(council.read_supplied(tmp_path)) == ["council_slt"]

    def another(book: Workbook) -> None:
        rename(book)
        book.create_sheet("September")

    line = refused(tmp_path, with_change(another))
    assert line.startswith(
        ": the workbook has 2 sheets and none is the sheet 'data'; expected a sheet 'data'"
    )


def test_headings_stand_in_the_first_row(tmp_path: Path) -> None:
    line = refused(tmp_path, with_change(lambda book: book["data"].insert_rows(1)))
    assert line.startswith(", sheet data, row 2: there is no heading in the first row")
    line = refused(tmp_path, with_change(lambda book: book["data"].delete_rows(1, 20)))
    assert line.startswith(", sheet data, row 1: the first row has none of the columns")


def test_the_rows_of_a_survey_are_refused_by_cell(tmp_path: Path) -> None:
    answer = ["1", AREA, "October 2023", "child", "q1", "We are heard", SECRET, "", ""]
    rows = [dict(zip(council.COLUMNS, answer, strict=True))]
    put(tmp_path, "survey-responses.xlsx", as_workbook(rows))
    with pytest.raises(DataError, match="sheet data, cell G2, column answer: its value is unknown"):
        council.read_supplied(tmp_path)


# -- what is no workbook, or a dangerous one --------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", ": this is no workbook"),
        (b"area_code,period\n" + SECRET.encode(), ": this is no workbook; expected an .xlsx workbook"),
        (b"PK\x03\x04" + b"\0" * 200, ": the workbook is damaged (BadZipFile)"),
        (packages._OLE + b"\0" * 600, ": this is a workbook of the old kind; expected an .xlsx workbook"),
        (
            packages._OLE + "EncryptedPackage".encode("utf-16-le"),
            ": the workbook is protected by a password",
        ),
        (as_workbook(counts("slt"))[:-300], ": the workbook is damaged (BadZipFile)"),
    ],
)
def test_bytes_that_are_no_workbook_are_refused(tmp_path: Path, content: bytes, message: str) -> None:
    assert refused(tmp_path, content).startswith(message)


def test_another_zip_file_is_no_workbook(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("letter.txt", SECRET)
    assert refused(tmp_path, out.getvalue()).startswith(": this is no workbook")


def test_a_part_that_was_changed_after_it_was_packed_is_found(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(as_workbook(counts("slt")))) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    content = out.getvalue()
    assert content.count(b"<v>400</v>") == 1
    line = refused(tmp_path, content.replace(b"<v>400</v>", b"<v>900</v>"))
    assert line.startswith(": the workbook is damaged (BadZipFile)")


def test_a_protected_package_is_refused(tmp_path: Path) -> None:
    content = bytearray(as_workbook(counts("slt")))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1
    assert refused(tmp_path, bytes(content)).startswith(": the workbook is protected by a password")


def test_a_package_that_unpacks_to_far_more_is_refused_before_it_is(tmp_path: Path) -> None:
    bomb = repacked(as_workbook(counts("slt")), {SHEET: lambda part: part + b" " * 30_000_000})
    assert len(bomb) < 100_000
    line = refused(tmp_path, bomb)
    assert line.startswith(": the workbook would unpack to 30,0")
    assert "expected 100,000,000 at most, and 150 times its own size" in line


def test_a_package_too_large_unpacked_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "LARGEST_UNPACKED", 1000)
    assert "the workbook would unpack to" in refused(tmp_path, as_workbook(counts("slt")))


@pytest.mark.parametrize("code", ["utf-8", "utf-16"])
def test_entities_are_not_expanded(tmp_path: Path, code: str) -> None:
    text = (
        '<!DOCTYPE x [<!ENTITY a "Jordan"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
        '<c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>'
    )
    content = repacked(as_workbook(counts("slt")), {SHEET: lambda _: text.encode(code)})
    assert refused(tmp_path, content).startswith(": a part of the workbook declares a document type")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        # openpyxl yields every row in between, drops a row that is out of order, and overwrites a cell.
        (b'<row r="3"', b'<row r="1048577"', ", sheet data, after row 2: the rows are out of order"),
        (b'<row r="3"', b'<row r="99999999999"', ", sheet data, after row 2: the rows are out of order"),
        (b'<row r="3"', b'<row r="2"', ", sheet data, after row 2: the rows are out of order"),
        (b'r="C3"', b'r="A3"', ", sheet data, row 3: the cells are out of order"),
        (b'r="C3"', b'r="C9"', ", sheet data, row 3: the cells are out of order"),
        (b"</row>", b"</raw>", ", sheet data: the sheet is damaged (line 1 of its XML)"),
        (b'r="F2" t="n"><v>400</v>', b'r="F2" t="n"><v>Jordan</v>', ": the workbook is damaged (ValueError)"),
        (b't="s"><v>0</v>', b't="s"><v>7777</v>', ": the workbook is damaged (IndexError)"),
    ],
)
def test_a_sheet_that_openpyxl_would_misread_is_refused(
    tmp_path: Path, old: bytes, new: bytes, message: str
) -> None:
    assert refused(tmp_path, with_sheet(old, new)).startswith(message)


def test_a_workbook_without_a_part_is_damaged(tmp_path: Path) -> None:
    content = as_workbook(counts("slt"))
    for lost in ("xl/workbook.xml", SHEET, "xl/_rels/workbook.xml.rels"):
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
            for name in old.namelist():
                if name != lost:
                    new.writestr(name, old.read(name))
        line = refused(tmp_path, out.getvalue())
        assert line.startswith((": the workbook is damaged (KeyError)", ": the workbook has 0 sheets"))


def test_nothing_is_warned_of(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    """openpyxl's warnings quote cells."""
    serial = with_cell("F2", datetime(2025, 1, 1))
    content = repacked(serial, {SHEET: lambda part: part.replace(b"<v>45658</v>", b"<v>9434765919</v>")})
    line = refused(tmp_path, content)
    assert line.startswith(", sheet data, cell F2: the cell has an error")
    assert "9434765919" not in line
    assert not recwarn.list


# -- arbitrary damage -------------------------------------------------------------------------------------

GOOD = {"csv": as_csv(counts("slt")), "xlsx": with_shared_strings(as_workbook(counts("slt")))}
QUICK = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """Bytes with some of them changed, lost, added or doubled."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, max(0, len(content) - 1)))
        end = min(len(content), start + draw(st.integers(0, 40)))
        piece = draw(
            st.one_of(
                st.binary(max_size=12),
                st.sampled_from(
                    [b"", content[start:end] * 2, b'"', b"\0", b",", b"\n", b"<", b"&#x0;", b"&a;"]
                ),
            )
        )
        content = content[:start] + piece + content[end:]
    return content


def outcome(folder: Path, name: str, content: bytes) -> dict[str, bytes] | str:
    """What is made of a file, or its one-line error; any other exception goes through."""
    put(folder, name, content)
    try:
        made = council.build(folder)
        council.read_supplied(folder)
    except DataError as error:
        assert "\n" not in error.line()
        return error.line()
    return made


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_any_bytes_are_refused_or_read(tmp_path: Path, kind: str) -> None:
    @QUICK
    @given(st.binary(max_size=300))
    def run(content: bytes) -> None:
        assert isinstance(outcome(tmp_path, f"slt.{kind}", content), str)
        assert isinstance(outcome(tmp_path, f"slt.{kind}", GOOD[kind][:40] + content), str)

    run()


def test_a_damaged_csv_file_is_refused_or_read_as_it_stands(tmp_path: Path) -> None:
    @QUICK
    @given(damaged(GOOD["csv"]))
    def run(content: bytes) -> None:
        made = outcome(tmp_path, "slt.csv", content)
        assert isinstance(made, str) or list(made) == ["council_slt"]

    run()


def test_a_damaged_workbook_is_refused_or_read_as_it_was(tmp_path: Path) -> None:
    put(tmp_path, "slt.xlsx", GOOD["xlsx"])
    whole = council.build(tmp_path)

    @QUICK
    @given(damaged(GOOD["xlsx"]))
    def run(content: bytes) -> None:
        made = outcome(tmp_path, "slt.xlsx", content)
        assert isinstance(made, str) or made == whole

    run()


@pytest.mark.parametrize(
    "part", [SHEET, "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml"]
)
def test_a_workbook_with_a_damaged_part_is_refused_or_read(tmp_path: Path, part: str) -> None:
    with zipfile.ZipFile(io.BytesIO(GOOD["xlsx"])) as package:
        content = package.read(part)

    @settings(QUICK, max_examples=150)
    @given(damaged(content))
    def run(changed: bytes) -> None:
        made = outcome(tmp_path, "slt.xlsx", repacked(GOOD["xlsx"], {part: lambda _: changed}))
        assert isinstance(made, str) or list(made) == ["council_slt"]

    run()


def test_a_long_workbook_is_read_within_its_cap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MOST_ROWS", 6)
    assert "the file has more than" in refused(tmp_path, GOOD["xlsx"])


@pytest.mark.parametrize("row", ['<row r="{}"/>', '<row r="{0}"><c r="A{0}" s="0"/></row>', "<row/>"])
@pytest.mark.parametrize("last", ["", '<row r="40000"><c r="A40000"><v>5</v></c></row>'])
def test_rows_without_a_value_are_read_to_a_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, row: str, last: str
) -> None:
    """Formats down to the last row of a sheet: a value below them must not be passed over."""
    monkeypatch.setattr(workbooks, "_MOST_EMPTY", 30)
    below = "".join(row.format(number) for number in range(30_001, 30_041))
    content = with_sheet(b"</sheetData>", f"{below}{last}</sheetData>".encode())
    message = refused(tmp_path, content)
    assert "more than 30 rows without a value" in message
    assert "delete the empty rows" in message


def test_a_few_rows_without_a_value_are_passed_over(tmp_path: Path) -> None:
    below = "".join(f'<row r="{number}"/>' for number in range(30_001, 30_041))
    content = with_sheet(b"</sheetData>", f"{below}</sheetData>".encode())
    assert outcome(tmp_path, "slt.xlsx", content) == outcome(tmp_path, "slt.xlsx", GOOD["xlsx"])
