"""Council extracts that are malformed, or could identify a child, each refused in one sentence."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from council_files import AREA, BY_STEM, as_csv, as_workbook, cases, counts, put

from send_jsna import council
from send_jsna.council import grids
from send_jsna.errors import DataError

ROOT = Path(__file__).resolve().parents[2]
AGES, NEEDS, PLACEMENTS = (
    BY_STEM["ehc-register"].column(name).codes for name in ("age_band", "need", "placement")
)
HEADER = "response_id,area_code,period,respondent,question_id,question,answer,theme,comment"
GOOD = "1,E08000026,October 2023,parent_carer,q1,We were listened to,agree,waiting_times,free text"


def read(tmp_path: Path, content: str | bytes, *, area: str = "") -> str:
    """The one-line error of a response file."""
    path = tmp_path / council.RESPONSES
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError) as caught:
        council.read_supplied(tmp_path, area)
    line = caught.value.line()
    assert line.startswith(str(path))
    assert "\n" not in line
    return line


def test_a_good_file_is_read_with_a_byte_order_mark_and_crlf(tmp_path: Path) -> None:
    path = tmp_path / council.RESPONSES
    path.parent.mkdir()
    path.write_bytes(b"\xef\xbb\xbf" + f"{HEADER}\r\n{GOOD}\r\n".encode())
    assert list(council.read_supplied(tmp_path)) == ["survey"]


@pytest.mark.parametrize(
    "column",
    [
        *("name", "Name", "child_name", "Childs Name", "FirstName", "surname", "forename", "pupil name"),
        *("UPN", "upn", "unique_pupil_number", "NHS number", "nhs_no", "NHSNumber", "ULN"),
        *("date_of_birth", "DateOfBirth", "DOB", "birthday", "month of birth"),
        *(
            "postcode",
            "Post Code",
            "home_postcode",
            "email",
            "E-mail",
            "Email Address",
            "telephone",
            "address",
        ),
    ],
)
def test_a_column_that_could_identify_a_child_is_refused_by_name(tmp_path: Path, column: str) -> None:
    line = read(tmp_path, f"{HEADER},{column}\n{GOOD},secret\n")
    assert f"line 1: the column {column!r} could identify a child" in line
    assert "secret" not in line


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("A123456789012", "a unique pupil number"),
        ("943 476 5919", "an NHS number"),
        ("9434765919", "an NHS number"),
        ("a.parent@example.org", "an e-mail address"),
        ("CV1 5RR", "a postcode"),
        ("12/03/2014", "a date"),
    ],
)
def test_a_response_number_that_could_identify_a_child_is_refused_unrepeated(
    tmp_path: Path, value: str, kind: str
) -> None:
    line = read(tmp_path, f"{HEADER}\n{GOOD.replace('1,', value + ',', 1)}\n")
    assert f"line 2, column response_id: it looks like {kind}" in line
    assert value not in line


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("h801200001001", "a unique pupil number"),
        ("upn_h801200001001", "a unique pupil number"),
        ("H80 1200 001 001", "a unique pupil number"),
        ("the child with 943 476 5919", "an NHS number"),
        ("ask ann.persona@example.org", "an e-mail address"),
        ("ring 07700 900123", "a telephone number"),
        ("of cv1 5rr", "a postcode"),
        ("qq 12 34 56 c, ab 12 34 56 c", "a National Insurance number"),
        ("1016345678", "number"),
    ],
)
@pytest.mark.parametrize("column", [name for name in council.COLUMNS if name != "comment"])
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_value_of_the_survey_that_could_identify_a_child_is_refused_in_any_column(
    tmp_path: Path, value: str, kind: str, column: str, ending: str
) -> None:
    """In free text, themes, codes and questions, in whatever case and spacing; the message repeats none."""
    row = dict(zip(council.COLUMNS, GOOD.split(","), strict=True)) | {column: value}
    path = put(
        tmp_path, f"survey-responses.{ending}", as_csv([row]) if ending == "csv" else as_workbook([row])
    )
    with pytest.raises(DataError) as caught:
        council.build(tmp_path)
    line = caught.value.line()
    assert line.startswith(str(path))
    assert f"column {column}: it " in line
    assert kind in line
    assert value not in line


@pytest.mark.parametrize(
    "theme",
    [
        *("waiting_times", "year_7_transition", "ks2_1st_term", "p8_2nd_half", "e1_2nd_term", "under_5s"),
        *("two_to_two_and_a_half", "covid_2020_2021_2022", "t12_places", "ages_0_to_25", "q10_12_2"),
    ],
)
def test_a_theme_that_identifies_nobody_passes(tmp_path: Path, theme: str) -> None:
    put(tmp_path, "survey-responses.csv", f"{HEADER}\n{GOOD.replace('waiting_times', theme)}\n".encode())
    assert f"parent_carer.{theme}," in council.build(tmp_path)["survey"].decode()


def test_a_survey_of_another_area_is_an_error_that_names_it(tmp_path: Path) -> None:
    other = GOOD.replace("E08000026", "E08000025")
    line = read(tmp_path, f"{HEADER}\n{other}\n", area=AREA)
    assert "line 2, column area_code: the row is of area E08000025; expected E08000026, the area of t" in line
    line = read(tmp_path, f"{HEADER}\n{GOOD}\n{other.replace('1,', '2,', 1)}\n")
    assert "line 3, column area_code: the row is of area E08000025; expected E08000026, the area of t" in line


def test_areas_are_named_where_their_names_are_at_hand(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "data" / "areas", tmp_path / "areas")
    line = read(tmp_path, f"{HEADER}\n{GOOD}\n", area="E08000025")
    assert "the row is of area E08000026 (Coventry); expected E08000025 (Birmingham), the area of" in line
    (tmp_path / council.RESPONSES).unlink()
    line = refused(tmp_path, "slt.csv", as_csv(counts("slt")), area="E08000025")
    assert "the row is of area E08000026 (Coventry); expected E08000025 (Birmingham), the area of" in line


@pytest.mark.parametrize("blank", ["\n", ",,,,,,,,\n", "\n\n , ,,,,,,,\n"])
def test_blank_lines_of_a_survey_are_passed_over(tmp_path: Path, blank: str) -> None:
    put(tmp_path, "survey-responses.csv", f"{HEADER}\n{GOOD}\n".encode())
    expected = council.build(tmp_path)
    put(tmp_path, "survey-responses.csv", f"{HEADER}\n{blank}{GOOD}\n{blank}".encode())
    assert council.build(tmp_path) == expected


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("1,E08", ",E08", "line 2, column response_id: it is empty"),
        ("E08000026", "331", "line 2, column area_code: it is no ONS code"),
        ("October 2023", "autumn", "line 2, column period: it has no known shape"),
        ("parent_carer", "Mrs Jones", "line 2, column respondent: its value is unknown"),
        (",agree,", ",She never answers,", "line 2, column answer: its value is unknown"),
        (",q1,", ",Q 1,", "line 2, column question_id: it is no code"),
        ("We were listened to", "", "line 2, column question: it is empty or very long"),
        ("waiting_times", "Alex waits", "line 2, column theme: it is no code"),
        (",free text", "", "line 2: the row has 8 cells; expected 9"),
    ],
)
def test_a_malformed_row_is_refused_by_line_and_column(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    line = read(tmp_path, f"{HEADER}\n{GOOD.replace(old, new, 1)}\n")
    assert message in line
    assert "Jones" not in line
    assert "Alex" not in line
    assert "never answers" not in line


def test_a_malformed_header_is_refused(tmp_path: Path) -> None:
    assert "line 1: the header lacks 'question', 'answer'" in read(
        tmp_path, f"{HEADER.replace(',question,answer', '')}\n"
    )
    assert "line 1: the header has the unknown column 10" in read(tmp_path, f"{HEADER},school\n{GOOD},x\n")
    assert "line 1: the header repeats 'answer'" in read(tmp_path, f"{HEADER},answer\n{GOOD},agree\n")
    assert "line 1: the header lacks" in read(tmp_path, "")
    assert "the file has no answers" in read(tmp_path, f"{HEADER}\n")


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    content = f"{HEADER}\n{GOOD}\n".encode() + GOOD.replace("free", "café").encode("latin-1")
    assert "line 3: byte 0xe9 is not UTF-8" in read(tmp_path, content)


def test_rows_that_contradict_each_other_are_refused_with_both_lines(tmp_path: Path) -> None:
    assert "lines 2 and 3: a response answers question q1 twice" in read(
        tmp_path, f"{HEADER}\n{GOOD}\n{GOOD}\n"
    )
    other = GOOD.replace("1,", "2,", 1).replace("listened to", "heard")
    assert "lines 2 and 3, column question: question q1 is worded in two ways" in read(
        tmp_path, f"{HEADER}\n{GOOD}\n{other}\n"
    )
    other = GOOD.replace("q1", "q2").replace("parent_carer", "school_staff")
    assert "lines 2 and 3, column response_id: one response has two" in read(
        tmp_path, f"{HEADER}\n{GOOD}\n{other}\n"
    )


def test_a_calendar_that_has_no_such_day_is_refused(tmp_path: Path) -> None:
    line = read(tmp_path, f"{HEADER}\n{GOOD.replace('October 2023', '0000/01')}\n")
    assert "line 2, column period: it is no day of a calendar" in line


def test_a_file_that_is_no_csv_is_refused(tmp_path: Path) -> None:
    line = read(tmp_path, f'{HEADER}\n1,"{"secret " * 30_000}\n')
    assert "not readable as CSV" in line
    assert "secret" not in line


# -- the other extracts -----------------------------------------------------------------------------------


def refused(tmp_path: Path, name: str, content: bytes, *, area: str = AREA) -> str:
    """The one-line error of an extract, which repeats none of its cells."""
    path = put(tmp_path, name, content)
    with pytest.raises(DataError) as caught:
        council.read_supplied(tmp_path, area)
    line = caught.value.line()
    assert line.startswith((str(path), str(path.parent)))
    assert "\n" not in line
    # Nor does anything it was raised from: that would stand in the log.
    assert caught.value.__cause__ is None
    for secret in SECRETS:
        assert secret.casefold() not in line.casefold()
    return line


SECRETS = ("Jordan", "Secretly", "9434765919", "943 476 5919", "CV1 5RR", "A123456789012", "07700 900123")


def changed(stem: str, **cells: str) -> list[dict[str, str]]:
    """The sample of an extract with cells of its first row changed."""
    first, *rest = counts(stem)
    return [first | cells, *rest]


IDENTIFYING_COLUMNS = [
    *(
        "name",
        "Pupil Name",
        "UPN",
        "UPNno",
        "ULN",
        "uln_number",
        "NHS number",
        "nhsNo",
        "Date of birth",
        "DOB",
    ),
    *("postcode", "Home address", "E-mail", "Phone", "PhoneNumber", "Mobile no", "pupil_id"),
]


@pytest.mark.parametrize("stem", sorted(BY_STEM))
@pytest.mark.parametrize("column", IDENTIFYING_COLUMNS)
def test_a_pupil_level_column_of_an_extract_is_refused_by_name(
    tmp_path: Path, stem: str, column: str
) -> None:
    rows = [row | {column: "Jordan"} for row in counts(stem)]
    for name, content in ((f"{stem}.csv", as_csv(rows)), (f"{stem}.xlsx", as_workbook(rows))):
        line = refused(tmp_path, name, content)
        assert f"the column {column!r} could identify a child" in line
        assert "nothing of it was read" in line
        (tmp_path / "council" / name).unlink()


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("A123456789012", "a unique pupil number"),
        ("943 476 5919", "an NHS number"),
        ("9434765919", "an NHS number"),
        ("jordan@example.org", "an e-mail address"),
        ("CV1 5RR", "a postcode"),
        ("12/03/2014", "a date"),
        ("07700 900123", "a telephone number"),
    ],
)
@pytest.mark.parametrize("column", ["state", "age_band", "wait", "count", "area_code", "period"])
def test_a_value_that_could_identify_a_child_is_refused_in_any_cell(
    tmp_path: Path, value: str, kind: str, column: str
) -> None:
    line = refused(tmp_path, "slt.csv", as_csv(changed("slt", **{column: value})))
    if (column, kind) == ("period", "a date"):
        kind = ""
        assert "it is no period" in line
    assert f"slt.csv, line 2, column {column}: it " in line
    assert kind in line
    (tmp_path / "council" / "slt.csv").unlink()
    letter = "ABCDEF"[list(counts("slt")[0]).index(column)]
    line = refused(tmp_path, "slt.xlsx", as_workbook(changed("slt", **{column: value})))
    assert f"sheet data, cell {letter}2, column {column}: it " in line
    assert kind in line


@pytest.mark.parametrize(
    ("stem", "cells", "message"),
    [
        ("slt", {"area_code": "Jordan"}, "line 2, column area_code: it is no ONS code"),
        (
            "slt",
            {"area_code": "E08000025"},
            "the row is of area E08000025; expected E08000026, the area of th",
        ),
        ("slt", {"period": "Jordan"}, "line 2, column period: it is no period; expected one such as 2024/25"),
        ("slt", {"period": "mid-2023"}, "line 2, column period: it is no period"),
        ("slt", {"period": "45566"}, "column period: it is the number a spreadsheet keeps for a date"),
        ("slt", {"period": "0000/01"}, "line 2, column period: it is no period"),
        ("slt", {"period": "2024/25"}, "lines 2 and 3, column period: the periods are of two kinds"),
        ("slt", {"state": "Jordan"}, "column state: its value is unknown; expected one of caseload, waiting"),
        (
            "slt",
            {"age_band": ""},
            "line 2, column age_band: its value is unknown; expected one of under_5, 5",
        ),
        ("slt", {"wait": "under_6_weeks"}, "line 2, column wait: it is filled; expected an empty cell, exce"),
        ("slt", {"count": "Jordan"}, "line 2, column count: it is no count; expected a whole number"),
        ("slt", {"count": ""}, "line 2, column count: it is no count"),
        ("slt", {"count": "-4"}, "line 2, column count: it is no count"),
        ("slt", {"count": "4.5"}, "line 2, column count: it is no count"),
        ("slt", {"count": "c"}, "it is no count; expected a whole number, 0 or more; give the count itself"),
        ("slt", {"count": "٣"}, "line 2, column count: it is no count"),
        ("slt", {"count": "9" * 5000}, "line 2, column count: it is no count"),
        ("slt", {"age_band": "5_to_10"}, "lines 2 and 3: two rows have one period and the same codes"),
        ("two-year-offer", {"taken_up": "401"}, "line 2, column taken_up: it is more than eligible"),
        ("two-year-offer", {"ethnicity": "Jordan"}, "line 2, column ethnicity: its value is unknown"),
        ("special-school-places", {"school": "Secretly"}, "line 2, column school: it is no code"),
        (
            "special-school-places",
            {"school": "elm"},
            "lines 2 and 3: two rows have one period and the same codes",
        ),
        (
            "special-school-places",
            {"school": "h801200001001"},
            "line 2, column school: it looks like a unique pupil number",
        ),
        (
            "health-visiting",
            {"asq3_above_threshold": "7"},
            "column asq3_above_threshold: it is filled and asq3_done is not; expected a part of asq3_done",
        ),
        ("health-visiting", {"done": ""}, "line 2, column done: it is no count"),
    ],
)
def test_a_fault_in_an_extract_is_refused_by_line_and_column(
    tmp_path: Path, stem: str, cells: dict[str, str], message: str
) -> None:
    assert message in refused(tmp_path, f"{stem}.csv", as_csv(changed(stem, **cells)))


def test_the_first_area_of_a_file_is_its_area_where_the_run_has_none(tmp_path: Path) -> None:
    rows = counts("slt")
    rows[3]["area_code"] = "E08000025"
    line = refused(tmp_path, "slt.csv", as_csv(rows), area="")
    assert (
        "line 5, column area_code: the row is of area E08000025; expected E08000026, the area of the r"
        in line
    )


def test_a_malformed_header_of_an_extract_is_refused(tmp_path: Path) -> None:
    def of(header: str, row: str = "") -> str:
        return refused(tmp_path, "slt.csv", f"{header}\n{row}\n".encode())

    assert "line 1: the header lacks 'period', 'state'" in of("area_code,count")
    assert "the header has the unknown column 5; expected" in of("area_code,period,state,count,team")
    assert "the header has the unknown 'perid'" in of("area_code,period,perid,state,count")
    assert "the header has the unknown column 5; expected" in of("area_code,period,state,count,Jordan's list")
    assert "the header repeats 'state'" in of("area_code,period,state,count,state")
    assert "start from data/council/slt.template.csv" in of("area_code,period")
    assert "line 1: the first row has none of the columns" in of("area_code;period;state;count")
    assert "line 1: the first row has none of the columns" in of("Jordan,9434765919")
    assert "line 1: a heading looks like a value" in of("area_code,period,state,9434765919")
    assert "line 1: the first row has none of the columns" in of("")
    line = of("area_code,period,state,count", f"{AREA},October 2025,caseload")
    assert "line 2: the row has 3 cells; expected 4" in line


def test_counts_whose_column_is_missing_are_not_taken_for_cases(tmp_path: Path) -> None:
    codes = [{"age_band": age, "need": need} for age in ("under_5", "5_to_10") for need in NEEDS]
    rows = [{"area_code": AREA, "period": "January 2026"} | row for row in codes]
    line = refused(tmp_path, "ehc-register.csv", as_csv(rows))
    assert "line 1: no two rows are alike, so that a column count seems to be missing" in line
    put(tmp_path, "ehc-register.csv", as_csv(rows * 2))
    assert council.read_supplied(tmp_path)


@pytest.mark.parametrize("cases", [19, 27, 100])
def test_cases_of_a_small_authority_may_all_differ(tmp_path: Path, cases: int) -> None:
    """They leave out combinations of their codes, as a table whose counts are missing does not."""
    codes = [
        {"age_band": age, "need": need, "placement": place}
        for age in ("under_5", "5_to_10")
        for place in PLACEMENTS[:4]
        for need in NEEDS
    ]
    rows = [{"area_code": AREA, "period": "January 2026"} | row for row in codes][:cases]
    put(tmp_path, "ehc-register.csv", as_csv(rows))
    frame = council.read_supplied(tmp_path)["council_ehc_register"]
    assert frame["value"].max() == cases


def test_no_council_has_hundreds_of_cases_that_all_differ(tmp_path: Path) -> None:
    codes = [(age, need, place) for age in AGES for need in NEEDS for place in PLACEMENTS][:-1]
    rows = [
        {"area_code": AREA, "period": "January 2026", "age_band": age, "need": need, "placement": place}
        for age, need, place in codes
    ]
    assert "a column count seems to be missing" in refused(tmp_path, "ehc-register.csv", as_csv(rows))


def test_a_case_is_yes_or_no(tmp_path: Path) -> None:
    row = {"area_code": AREA, "period": "January 2026", "ethnicity": "asian_indian", "taken_up": "Jordan"}
    line = refused(tmp_path, "two-year-offer.csv", as_csv([row]))
    assert "line 2, column taken_up: its value is unknown; expected yes or no" in line


def test_two_files_of_one_extract_are_refused_by_both_names(tmp_path: Path) -> None:
    put(tmp_path, "slt.csv", as_csv(counts("slt")))
    line = refused(tmp_path, "slt.xlsx", as_workbook(counts("slt")))
    assert f"{tmp_path / 'council'}: slt.csv and slt.xlsx are both there" in line
    assert "expected one file for each extract" in line


@pytest.mark.parametrize(
    "name", ["SLT.csv", "slt.XLSX", "slt 2025.csv", "slt.xls", "slt.ods", "ehc_register.csv"]
)
def test_a_file_that_would_not_be_read_is_refused_by_its_name(tmp_path: Path, name: str) -> None:
    line = refused(tmp_path, name, b"Jordan")
    assert "no extract has this name; expected survey-responses, special-school-places, slt" in line


def test_files_a_spreadsheet_leaves_behind_are_passed_over(tmp_path: Path) -> None:
    for name in ("~$slt.xlsx", ".~lock.slt.csv", ".slt.csv", "notes.md", "slt.template.csv"):
        put(tmp_path, name, b"anything")
    assert council.build(tmp_path) == {}


def test_a_huge_file_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grids, "LARGEST_FILE", 100)
    line = refused(tmp_path, "slt.csv", as_csv(counts("slt")))
    assert "bytes; expected 100 at most; supply counts in place of rows" in line
    monkeypatch.undo()
    monkeypatch.setattr(grids, "MOST_ROWS", 6)
    assert "the file has more than 6 rows" in refused(tmp_path, "slt.csv", as_csv(counts("slt")))


def test_nothing_of_a_row_reaches_what_is_written(tmp_path: Path) -> None:
    rows = cases(BY_STEM["two-year-offer"], counts("two-year-offer"))
    put(tmp_path, "two-year-offer.csv", as_csv(rows))
    built = council.build(tmp_path)["council_two_year_offer"].decode()
    assert "yes" not in built
    # A total and the 19 groups, each with eligible, taken up and a share; however many the rows.
    assert len(built.splitlines()) == 1 + 20 * 3
