"""Correction records: what each action does, and that a record does not outlive the error it corrects."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from send_jsna.catalogue.areas import Areas
from send_jsna.catalogue.observations import DIMENSIONS
from send_jsna.editions.corrections import apply, load_corrections, load_everywhere, that_apply
from send_jsna.editions.edition import load_edition
from send_jsna.errors import CatalogueError, DataError
from send_jsna.runs.inputs import corrected as corrections_of
from send_jsna.runs.inputs import open_edition
from send_jsna.settings import Settings

ROOT = Path(__file__).parents[3]


@pytest.fixture
def frame() -> pd.DataFrame:
    rows = [
        ("a", "E1", "2023", 4.0),
        ("a", "E1", "2024", 5.0),
        ("a", "E2", "2024", 6.0),
        ("b", "E1", "2024", 7.0),
    ]
    table = pd.DataFrame(rows, columns=["indicator", "area_code", "period", "value"])
    return table.assign(
        numerator=1.0,
        denominator=2.0,
        status="final",
        observation_id=[f"d:{n}" for n in range(2, 6)],
        **dict.fromkeys(DIMENSIONS, ""),
    )


def corrected(tmp_path: Path, frame: pd.DataFrame, record: str) -> tuple[pd.DataFrame, list[str], str]:
    path = tmp_path / "edition.yaml"
    path.write_text(record + "  reason: A slip.\n  reported: 2026-11-22\n", encoding="utf-8")
    result, notes = apply(frame, load_corrections(path))
    return result, list(notes[0].observation_ids), notes[0].sentence


def test_drop_withholds_the_value_with_a_reason_code(tmp_path: Path, frame: pd.DataFrame) -> None:
    record = (
        "- indicator: a\n  area: E1\n  periods: ['2024']\n  action: drop\n  expect: {rows: 1, value: 5}\n"
    )
    result, ids, sentence = corrected(tmp_path, frame, record)
    assert ids == ["d:3"]
    assert sentence == "Withheld here: A slip."
    assert result["value"].isna().tolist() == [False, True, False, False]
    assert result.loc[1, "status"] == "u"
    assert result.loc[1, ["numerator", "denominator"]].isna().all()
    assert frame["value"].notna().all(), "the table that was passed in is left alone"


def test_override_puts_another_value(tmp_path: Path, frame: pd.DataFrame) -> None:
    record = "- indicator: a\n  area: E2\n  action: override\n  value: 6.5\n  expect: {value: 6}\n"
    result, ids, _ = corrected(tmp_path, frame, record)
    assert (ids, result.loc[2, "value"]) == (["d:4"], 6.5)


def test_scale_multiplies(tmp_path: Path, frame: pd.DataFrame) -> None:
    record = "- indicator: a\n  action: scale\n  factor: 10\n  expect: {rows: 3}\n"
    result, ids, _ = corrected(tmp_path, frame, record)
    assert result["value"].tolist() == [40.0, 50.0, 60.0, 7.0]
    assert len(ids) == 3


def test_flag_changes_nothing_and_says_so(tmp_path: Path, frame: pd.DataFrame) -> None:
    record = "- indicator: b\n  action: flag\n  expect: {differs_from: 733}\n"
    result, ids, sentence = corrected(tmp_path, frame, record)
    pd.testing.assert_frame_equal(result, frame)
    assert (ids, sentence) == (["d:5"], "To be read with care: A slip.")


@pytest.mark.parametrize(
    ("expect", "message"),
    [
        ("{value: 7.5}", "finds another value than is recorded; expected 7.5"),
        ("{differs_from: 7}", "finds 7, the figure it is about"),
        ("{rows: 2}", "finds 1 observations; expected 2"),
        ("{status: x}", "finds the status final; expected x"),
    ],
)
def test_a_record_stops_the_build_once_the_publisher_has_corrected_the_error(
    tmp_path: Path, frame: pd.DataFrame, expect: str, message: str
) -> None:
    with pytest.raises(DataError, match=message) as caught:
        corrected(tmp_path, frame, f"- indicator: b\n  action: flag\n  expect: {expect}\n")
    assert "edition.yaml, line 1" in str(caught.value)
    assert "remove the record" in str(caught.value)


def test_a_record_that_finds_nothing_stops_the_build(tmp_path: Path, frame: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="finds no observation"):
        corrected(tmp_path, frame, "- indicator: c\n  action: flag\n  expect: {rows: 1}\n")


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ("- indicator: a\n  action: mend\n  expect: {rows: 1}\n", "action: Input should be"),
        ("- indicator: a\n  action: override\n  expect: {rows: 1}\n", "value goes with the action override"),
        ("- indicator: a\n  action: flag\n  factor: 2\n  expect: {rows: 1}\n", "factor goes with the action"),
        ("- indicator: a\n  action: flag\n  expect: {}\n", "name at least one of rows"),
        ("- indicator: a\n  action: flag\n", "key 0.expect is missing"),
        (
            "- indicator: a\n  breakdown: {stage: x}\n  action: flag\n  expect: {rows: 1}\n",
            "no dimension stage",
        ),
    ],
)
def test_a_malformed_record_is_named_with_its_line(
    tmp_path: Path, frame: pd.DataFrame, record: str, message: str
) -> None:
    with pytest.raises(CatalogueError, match=message) as caught:
        corrected(tmp_path, frame, record)
    assert "edition.yaml, line" in str(caught.value)


def test_an_edition_without_records_is_left_alone(tmp_path: Path) -> None:
    assert load_corrections(tmp_path / "none.yaml") == []


def test_the_records_of_the_edition_2025_still_hold() -> None:
    frame = load_edition(ROOT / "data" / "editions", "2025").frame(Areas(ROOT / "data" / "areas"))
    records = load_corrections(ROOT / "data" / "corrections" / "2025.yaml")
    result, notes = apply(frame, records)
    assert len(notes) == len(records) >= 10
    assert len(result) == len(frame)
    dropped = result["status"] != frame["status"]
    assert set(result.loc[dropped, "status"]) == {"u"}


def test_known_errors_of_other_authorities_are_put_right_in_a_released_edition_too() -> None:
    settings = Settings(project_root=ROOT)
    edition = open_edition(settings, "2026", "E08000026")
    frame, notes = corrections_of(settings, edition, Areas(ROOT / "data" / "areas"))
    appeals = frame[(frame["indicator"] == "tribunal_appeal_pct") & (frame["period"] == "2024")]
    assert list(appeals.loc[appeals["area_code"] == "E10000024", "status"]) == ["u"], "Nottinghamshire's"
    (placements,) = {note.sentence for note in notes if note.correction.area == "E08000031"}
    assert placements.endswith("the placements that Wolverhampton returned in 2025.")


def test_the_errors_the_guidance_of_2026_names_are_recorded_and_loud_once_they_are_gone() -> None:
    """Of 2026 no file is at hand: a record applies where a made-up row stands in for the publisher's."""
    records = [
        record
        for record in load_everywhere(ROOT / "data" / "corrections", "2025")
        if "guidance of the release of 2026" in record.correction.reason
    ]
    wanted = {"E08000031", "E06000043", "E06000046", "E06000016", "E10000020", "E06000006", "E10000030"}
    assert {record.correction.area for record in records} == wanted
    none = pd.DataFrame(columns=["indicator", "area_code", "period", "value", "status", *DIMENSIONS])
    assert that_apply(records, none) == []
    for record in records:
        told = record.correction
        row = dict.fromkeys(DIMENSIONS, "") | told.breakdown
        row |= {"indicator": told.indicator, "area_code": told.area, "period": told.periods[0]}
        row |= {"observation_id": "made-up:2", "numerator": 1.0, "denominator": 2.0, "status": "final"}
        frame = pd.DataFrame([row | {"value": 12.5 if told.expect.value is None else told.expect.value}])
        assert that_apply(records, frame) == [record]
        _, (note,) = apply(frame, [record])
        assert note.observation_ids == ("made-up:2",)
        put_right = frame.assign(value=99.9, status="x")
        with pytest.raises(DataError, match="if the publisher has put the error right, remove the record"):
            apply(put_right, [record])
