"""What could identify a child is found in any case and spacing, and what could not is let through."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import yaml

from send_jsna.catalogue.identifying import first_found, found_in, looks_like

ROOT = Path(__file__).resolve().parents[3]
DATA = ROOT / "data"

#: Every number is made up; its check is right.
FOUND = {
    "a unique pupil number": [
        *("H801200001001", "h801200001001", "H80 1200 001 001", "h-8012-0000-1001", "upn_h801200001001"),
        *("UPN: H801200001001.", "h8012\u200b00001001", "Ｈ８０１２００００１００１"),
    ],
    "an NHS number": ["943 476 5919", "943-476-5919", "nhs no 9434765919", "nhs9434765919", "٩٤٣٤٧٦٥٩١٩"],
    "a unique learner number": ["1000000043", "ULN 1000000043", "uln_1000000043"],
    "a National Insurance number": ["AB 12 34 56 C", "ab123456c", "no. ab-12-34-56-c"],
    "an e-mail address": [
        *("ann.persona@example.org", "write to ANN_PERSONA@example.co.uk", "ann [at] example.org"),
        "ann＠example.org",
    ],
    "a telephone number": [
        *("024 7655 0123", "(024) 7655 0123", "Tel:02476550123", "07700 900123", "+44 7700 900123"),
        *("0044 (0)24 7655 0123", "+44 (0) 24 7655 0123", "0770-0900-123", "ring 01632 960 001 today"),
    ],
    "a postcode": [
        "CV1 5RR",
        "cv15rr",
        "lives_in_cv1_5rr",
        "(SW1A 1AA)",
        "q=CV1+5RR",
        "M1 1AE",
        "cv1\u00a05rr",
    ],
    "a date of birth": [
        *("born 12/03/2015", "DOB: 12.3.15", "d.o.b. 2015-03-12", "Date of birth = 12 March 2015"),
        "born on 3rd of May, 2012",
    ],
}

#: Sentences, labels and codes of the work that identify nobody.
LET_THROUGH = [
    *("E08000026", "E01009600", "E12000005", "331", "331.0", "URN 114587", "UKPRN 10001234 and 10005678"),
    *(
        "2023/24",
        "2024-25",
        "In 2019 2020 2021 2022",
        "Year R 2019 2020 2021",
        "0 5 10 15 20 25",
    ),
    *("3 October 2023 to 12 March 2024", "01/09/2024 to 31/08/2025", "Opened on 1 September 2014."),
    *("Children born on or after 1 September 2022 may apply.", "born between 1 April 2020 and 31 March 2021"),
    *("2_to_2_and_a_half_years", "white_white_british", "KS2 1st term", "e1_2nd_term", "P8 3rd quartile"),
    *("dial 111, 119 or 999", "Childline is 0800 1111", "1,234,567,890 of 9,876,543,210", "7% of 1234567"),
    *("https://example.org/service/9434765919", "follow @CoventrySEND", "agree @ 3pm", "ISBN 0198534531"),
    *("Dr Challoner's High School", "St Mary's CofE Primary, Year 7", "Room B12 3rd floor", "A4 2nd sheet"),
    *("01f5709c-3c1e-5f09-ac7f-0963073478c9", "2a9203218610e329", "SHA-256 0550f8045eda977cbe7376348557c876"),
]


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in FOUND.items() for text in texts])
def test_it_is_found_alone_and_in_a_sentence(kind: str, text: str) -> None:
    assert found_in(text) == kind
    assert found_in(f"The family said so, {text}; nothing came of it.") == kind
    assert looks_like(text) != ""


@pytest.mark.parametrize("text", LET_THROUGH)
def test_it_is_let_through(text: str) -> None:
    assert found_in(text) == ""


@pytest.mark.parametrize(
    "cell",
    [
        *("B123456789012", "9434765917", "12/03/2014", "12 March 2015", "March 12, 2015", "12032015"),
        *("20150312", "2015-03-12", "x@y"),
    ],
)
def test_a_cell_that_is_nothing_else_counts_whatever_its_check_says(cell: str) -> None:
    assert looks_like(cell)
    assert found_in(f"see {cell} there") == ""


def test_one_check_letter_of_many_is_right() -> None:
    letters = "ABCDEFGHJKLMNPQRTUVWXYZ"
    assert [letter for letter in letters if found_in(f"{letter}801200001001")] == ["H"]
    # A temporary number ends in a letter.
    assert sum(bool(found_in(f"{letter}80120000100A")) for letter in letters) == 1


def test_one_check_digit_of_ten_is_right() -> None:
    found = {last: found_in(f"943476591{last}") for last in range(10)}
    assert [last for last, kind in found.items() if kind == "an NHS number"] == [9]
    found = {last: found_in(f"100000004{last}") for last in range(10)}
    assert [last for last, kind in found.items() if kind == "a unique learner number"] == [3]


def _files() -> list[Path]:
    folders = ("claims", "council", "recommendations", "corrections", "disclosure")
    found = [path for name in folders for path in sorted((DATA / name).rglob("*.yaml"))]
    names = ("indicators", "dimensions", "supplements", "terms")
    found += [DATA / "catalogue" / f"{name}.yaml" for name in names]
    return [*found, DATA / "services" / "coventry.json", DATA / "services" / "vocabulary.yaml"]


@pytest.mark.parametrize("path", _files(), ids=lambda path: path.name)
def test_no_declared_text_is_taken_for_what_identifies(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    data = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    assert first_found(data, ("id", "sha256")) is None


def test_no_area_and_no_chapter_is_taken_for_what_identifies() -> None:
    with (DATA / "areas" / "areas.csv").open(encoding="utf-8", newline="") as file:
        cells = {cell for row in csv.reader(file) for cell in row}
    assert {cell: kind for cell in cells if (kind := looks_like(cell))} == {}
    for path in sorted((ROOT / "reports").rglob("*.qmd")):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert [line for line in lines if found_in(line)] == [], path.name


@pytest.mark.shared
def test_no_school_is_taken_for_what_identifies(shared: Path) -> None:
    for path in sorted((shared / "trials" / "gias").rglob("*.csv")):
        for line in path.read_bytes().decode("cp1252", errors="replace").splitlines():
            assert found_in(line) == "", path.name
