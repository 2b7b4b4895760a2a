"""Schools: special schools and provision of GIAS, and the two vocabularies of Ofsted. Synthetic values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import publisher_documents as docs
import pytest

from send_jsna.errors import DataError
from send_jsna.sources import gias, ofsted

SPECIAL = {
    "TypeOfEstablishment (name)": "Academy special converter",
    "SEN1 (name)": "ASD - Autistic Spectrum Disorder",
}
UNIT = {"TypeOfResourcedProvision (name)": "SEN unit", "SenUnitOnRoll": "9", "SenUnitCapacity": "12"}
BOTH = {
    "TypeOfResourcedProvision (name)": "Resourced provision and SEN unit",
    "ResourcedProvisionOnRoll": "5",
    "ResourcedProvisionCapacity": "6",
    "SenUnitOnRoll": "",
}


def read_gias(
    tmp_path: Path,
    *schools: dict[str, Any],
    encoding: str = "utf-8",
    name: str = "edubasealldata20251114.csv",
) -> pd.DataFrame:
    path = docs.write(tmp_path / name, docs.records(docs.GIAS, schools, encoding))
    return gias.tidy(docs.files("dfe-gias", path), docs.context())


def values(frame: pd.DataFrame, area: str = docs.COVENTRY, **breakdown: str) -> dict[str, float]:
    keep = frame["area_code"] == area
    for column in ("need", "service", "phase"):
        keep &= frame[column] == breakdown.get(column, "")
    return frame[keep].set_index("indicator")["value"].to_dict()


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_schools_become_counts_and_sums_in_either_encoding(tmp_path: Path, encoding: str) -> None:
    frame = read_gias(
        tmp_path,
        docs.gias_school(1, **SPECIAL, SchoolCapacity="100", NumberOfPupils="110"),
        docs.gias_school(2, **SPECIAL, SchoolCapacity="50"),
        docs.gias_school(3, **SPECIAL, NumberOfPupils="7", **{"EstablishmentStatus (name)": "Closed"}),
        docs.gias_school(4, **UNIT),
        docs.gias_school(5, **BOTH),
        docs.gias_school(6, **{"LA (code)": "831"}),
        docs.gias_school(7, **{"LA (code)": "000"}),
        encoding=encoding,
    )
    assert values(frame) == {
        "special_schools_count": 2,
        "special_schools_pupils_count": 110,
        "special_schools_capacity_count": 150,
        "resourced_provision_schools_count": 1,
        "resourced_provision_places_count": 6,
        "resourced_provision_on_roll_count": 5,
        "sen_unit_schools_count": 2,
        "sen_unit_places_count": 12,
        "sen_unit_on_roll_count": 9,
    }
    assert values(frame, need="asd") == {"special_schools_count": 2}
    assert values(frame, docs.REGION) == values(frame) == values(frame, docs.ENGLAND)
    assert set(frame["period"]) == {"November 2025"}


def test_a_sum_no_school_states_is_not_available_and_not_nought(tmp_path: Path) -> None:
    frame = read_gias(tmp_path, docs.gias_school(1, **SPECIAL))
    pupils = frame[frame["indicator"] == "special_schools_pupils_count"].iloc[0]
    assert (pupils["status"], pd.isna(pupils["value"])) == ("x", True)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"EstablishmentStatus (name)": "Paused"}, "row 2: a word is unknown under 'EstablishmentStatus"),
        (
            {"TypeOfEstablishment (name)": "Special academy hub"},
            "row 2: a word is unknown under 'TypeOfEstablishment",
        ),
        ({"TypeOfResourcedProvision (name)": "Base"}, "row 2: a word is unknown under 'TypeOfResourced"),
        ({"LA (code)": "999"}, "no open school of a known local authority"),
    ],
)
def test_a_word_that_is_not_known_is_refused(tmp_path: Path, changes: dict[str, str], message: str) -> None:
    with pytest.raises(DataError) as caught:
        read_gias(tmp_path, docs.gias_school(1, **changes))
    assert message in caught.value.line()


def test_a_school_may_stand_once_and_the_file_must_tell_its_day(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="1 schools stand twice"):
        read_gias(tmp_path, docs.gias_school(1), docs.gias_school(1))
    with pytest.raises(DataError, match="does not tell the day"):
        read_gias(tmp_path, docs.gias_school(1), name="edubasealldata.csv")


def test_of_several_days_in_a_folder_the_newest_is_read(tmp_path: Path) -> None:
    for day, count in (("20251113", 1), ("20251114", 2)):
        schools = [docs.gias_school(number, **SPECIAL) for number in range(count)]
        docs.write(tmp_path / f"edubasealldata{day}.csv", docs.records(docs.GIAS, schools))
    frame = gias.tidy(docs.files("dfe-gias", *tmp_path.glob("*.csv")), docs.context())
    assert values(frame)["special_schools_count"] == 2


# -- Ofsted --------------------------------------------------------------------------------------------------

CARD = {
    "Safeguarding standards": "Met",
    "Inclusion": "Strong standard",
    "Achievement": "Needs attention",
    "Post-16 provision (where applicable)": "Expected standard",
}


def read_ofsted(
    tmp_path: Path, *schools: dict[str, Any], header: tuple[str, ...] = docs.OFSTED
) -> pd.DataFrame:
    name = "Management_information_-_state-funded_schools_-_latest_inspections_as_at_31_Jan_2026.csv"
    path = docs.write(tmp_path / name, docs.records(header, schools, "cp1252"))
    return ofsted.tidy(docs.files("ofsted-inspections", path), docs.context())


def test_a_school_counts_under_one_framework(tmp_path: Path) -> None:
    frame = read_ofsted(
        tmp_path,
        docs.ofsted_school(1, "2", CARD),
        docs.ofsted_school(2, "1"),
        docs.ofsted_school(3, "4", **{"Ofsted phase": "Special"}),
        docs.ofsted_school(4, "Not judged"),
    )
    assert values(frame) == {
        "schools_report_card_count": 1,
        "schools_single_grade_count": 2,
        "schools_without_grade_count": 1,
        "schools_single_grade_outstanding_count": 1,
        "schools_single_grade_good_count": 0,
        "schools_single_grade_requires_improvement_count": 0,
        "schools_single_grade_inadequate_count": 1,
    }
    assert values(frame, service="inclusion")["schools_report_card_strong_standard_count"] == 1
    assert values(frame, service="achievement")["schools_report_card_needs_attention_count"] == 1
    assert values(frame, service="post_16_provision")["schools_report_card_expected_standard_count"] == 1
    assert values(frame, phase="special")["schools_single_grade_inadequate_count"] == 1
    assert values(frame, docs.ENGLAND) == values(frame)
    assert set(frame["period"]) == {"January 2026 (month)"}


def test_files_of_before_and_after_hold_one_vocabulary(tmp_path: Path) -> None:
    before = tuple(
        "Overall effectiveness" if name.startswith("Latest") else name
        for name in docs.OFSTED
        if name not in docs.OFSTED_AREAS
    )
    frame = read_ofsted(tmp_path, docs.ofsted_school(1, **{"Overall effectiveness": "2"}), header=before)
    assert values(frame)["schools_single_grade_good_count"] == 1
    assert not frame["indicator"].str.contains("report_card").any()

    after = tuple(name for name in docs.OFSTED if not name.startswith("Latest"))
    frame = read_ofsted(tmp_path, docs.ofsted_school(1, card=CARD), header=after)
    assert values(frame) == {"schools_report_card_count": 1, "schools_without_grade_count": 0}
    assert not frame["indicator"].str.contains("single_grade").any()


def test_a_file_with_neither_vocabulary_is_refused(tmp_path: Path) -> None:
    neither = ("URN", "LAESTAB", "Ofsted phase", "Judgement")
    with pytest.raises(DataError, match="neither single grades nor report cards"):
        read_ofsted(tmp_path, docs.ofsted_school(1), header=neither)
    some = tuple(name.replace("Achievement", "Attainment") for name in docs.OFSTED)
    with pytest.raises(DataError, match=r"the column 'Achievement' is gone; expected"):
        read_ofsted(tmp_path, docs.ofsted_school(1), header=some)


@pytest.mark.parametrize(
    ("school", "message"),
    [
        (docs.ofsted_school(1, "5"), "row 2: a word is no known grade under 'Latest OEIF"),
        (
            docs.ofsted_school(1, card={"Inclusion": "Secure"}),
            "row 2: a word is no known grade under 'Inclusion'",
        ),
        (docs.ofsted_school(1, LAESTAB="none"), "a row has no key of an area that is known"),
        (docs.ofsted_school(1, LAESTAB="9991234"), "no school of a known local authority"),
    ],
)
def test_a_grade_that_is_not_known_is_refused(tmp_path: Path, school: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError) as caught:
        read_ofsted(tmp_path, school)
    assert message in caught.value.line()


@pytest.mark.parametrize("phase", ["Nursery chain", ""])
def test_a_phase_that_is_not_known_is_counted_in_the_whole_alone(tmp_path: Path, phase: str) -> None:
    name = "Management_information_-_state-funded_schools_-_latest_inspections_as_at_31_Jan_2026.csv"
    schools = [docs.ofsted_school(1, "2"), docs.ofsted_school(2, "2", **{"Ofsted phase": phase})]
    path = docs.write(tmp_path / name, docs.records(docs.OFSTED, schools, "cp1252"))
    files = docs.files("ofsted-inspections", path)
    frame = ofsted.tidy(files, docs.context())
    assert values(frame)["schools_single_grade_good_count"] == 2
    assert "good_count" in " ".join(frame[frame["phase"] != ""]["indicator"])
    assert not frame["phase"].isin(["nursery_chain", "none"]).any()
    assert all(repr(phase or "none") in sentence for sentence in files.left_out)
    assert all(files.left_out.values()) and files.left_out


def test_a_need_that_is_not_known_is_counted_in_the_whole_alone(tmp_path: Path) -> None:
    schools = [
        docs.gias_school(1, **SPECIAL),
        docs.gias_school(2, **(SPECIAL | {"SEN1 (name)": "A new need"})),
    ]
    path = docs.write(tmp_path / "edubasealldata20251114.csv", docs.records(docs.GIAS, schools))
    files = docs.files("dfe-gias", path)
    frame = gias.tidy(files, docs.context())
    assert values(frame)["special_schools_count"] == 2
    ((sentence, is_wrong),) = files.left_out.items()
    assert is_wrong and "'A new need'" in sentence
