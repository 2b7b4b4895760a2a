"""Response files that are malformed, or could identify a child, each refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from send_jsna import council
from send_jsna.errors import DataError

HEADER = "response_id,area_code,period,respondent,question_id,question,answer,theme,comment"
GOOD = "1,E08000026,October 2023,parent_carer,q1,We were listened to,agree,waiting_times,free text"


def read(tmp_path: Path, content: str | bytes) -> str:
    """The one-line error of a response file."""
    path = tmp_path / council.RESPONSES
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError) as caught:
        council.load(tmp_path)
    line = caught.value.line()
    assert line.startswith(str(path))
    assert "\n" not in line
    return line


def test_a_good_file_is_read_with_a_byte_order_mark_and_crlf(tmp_path: Path) -> None:
    path = tmp_path / council.RESPONSES
    path.parent.mkdir()
    path.write_bytes(b"\xef\xbb\xbf" + f"{HEADER}\r\n{GOOD}\r\n".encode())
    assert list(council.load(tmp_path)) == ["survey"]


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
    ("old", "new", "message"),
    [
        ("1,E08", ",E08", "line 2, column response_id: it is empty"),
        ("E08000026", "331", "line 2, column area_code: '331' is not an ONS code"),
        ("October 2023", "autumn", "line 2, column period: period 'autumn' has no known shape"),
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
    assert "line 1: the header has the unknown 'school'" in read(tmp_path, f"{HEADER},school\n{GOOD},x\n")
    assert "line 1: the header repeats 'answer'" in read(tmp_path, f"{HEADER},answer\n{GOOD},agree\n")
    assert "line 1: the header lacks" in read(tmp_path, "")
    assert "the file holds no answers" in read(tmp_path, f"{HEADER}\n")


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
