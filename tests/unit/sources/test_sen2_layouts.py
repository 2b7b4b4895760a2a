"""The SEN2 files in the layouts of 2025 and of 2026: one declared source reads both. All values made up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import publisher_documents as docs
import pytest

from send_jsna.catalogue.loading import load_catalogue
from send_jsna.errors import DataError
from send_jsna.sources import sen2

CASELOAD, NEEDS = "dfe-sen2-2025-caseload", "dfe-sen2-2025-needs"
NEWPLANS, TIMELINESS = "dfe-sen2-2025-newplans", "dfe-sen2-2025-timeliness"
PLACE = {
    "time_identifier": "Academic year",
    "geographic_level": "Local authority",
    "country_code": docs.ENGLAND,
    "country_name": "England",
    "region_code": docs.REGION,
    "region_name": "West Midlands",
    "old_la_code": "331",
    "new_la_code": docs.COVENTRY,
    "la_name": "Coventry",
}
Row = Mapping[str, str]


def table(path: Path, rows: Sequence[Row], period: str) -> Path:
    """A made-up file: each row has a topic, a breakdown and numbers."""
    pd.DataFrame([{"time_period": period, **PLACE, **row} for row in rows]).to_csv(path, index=False)
    return path


def numbers(source: str, start: int, **told: str) -> dict[str, str]:
    """Made-up numbers for every column of a source that has been in both layouts."""
    layout = docs.files(source).layout
    names = docs.context().names
    labels = names.labels(source)
    parts = [p for m in labels.values() for t in (m.numerator, m.denominator) if t for p in t.split("+")]
    columns = [name for name in dict.fromkeys([*labels, *parts]) if name not in layout.later]
    made = {name: str(start + place) for place, name in enumerate(columns)}
    return {
        **made,
        **{name: "50.0" for name in made if name.lower().startswith("pc_") or "_pc" in name},
        **told,
    }


def in_2026(row: Row, renamed: Mapping[str, str], split: Mapping[str, Mapping[str, str]], **more: str) -> Row:
    """A row of the layout of 2025 in that of 2026."""
    kept = {renamed.get(name, name): text for name, text in row.items() if name not in split}
    return {**kept, **{part: text for parts in split.values() for part, text in parts.items()}, **more}


def total(name: str) -> Row:
    return {"breakdown_topic": name, "breakdown": name}


def read(source: str, path: Path) -> pd.DataFrame:
    """What is read of a file, without what only says where it was printed."""
    frame = sen2.tidy(docs.files(source, main=path), docs.context())
    return (
        frame.drop(columns=["source_label", "source_period", "line"], errors="ignore")
        .astype(object)
        .fillna("")
    )


def same(old: pd.DataFrame, new: pd.DataFrame) -> None:
    keys = ["indicator", "placement", "age", "need"]
    left, right = (frame.sort_values(keys).reset_index(drop=True) for frame in (old, new))
    pd.testing.assert_frame_equal(left, right)


@pytest.mark.parametrize(("source", "name"), [(CASELOAD, "All EHC plans"), (NEWPLANS, "New EHC plans")])
def test_placements_are_the_same_from_both_layouts(tmp_path: Path, source: str, name: str) -> None:
    """One column is in small letters in 2026, one is split in two, and ages have another topic."""
    values = numbers(source, 100, special_academy_free="30")
    rows = [
        {**total(name), **values},
        {"breakdown_topic": "Child or young persons age", "breakdown": "age 7", **values},
        {"breakdown_topic": "Child or young persons age", "breakdown": "under 3", **values},
    ]
    renamed = {"AP_PRU_total_pc": "ap_pru_total_pc"}
    split = {"special_academy_free": {"special_academy": "12", "special_free_school": "18"}}
    if source == NEWPLANS:
        del values["special_academy_free"]
        rows = [{key: text for key, text in row.items() if key != "special_academy_free"} for row in rows]
        split = {}
    newer = [in_2026(row, renamed, split) for row in rows]
    for row in newer[1:]:
        assert isinstance(row, dict)
        row["breakdown_topic"] = "Age at start of academic year"
    old = read(source, table(tmp_path / "old.csv", rows, "202425"))
    new = read(source, table(tmp_path / "new.csv", newer, "202425"))
    same(old, new)
    assert {"7", "under_3", ""} == set(old["age"])
    assert set(new.loc[new["placement"] == "ap_pru", "indicator"].str[-3:]) == {"pct", "unt"}
    if source == CASELOAD:
        assert set(new.loc[new["placement"] == "special_academy_free", "value"]) == {30}


def test_a_withheld_part_withholds_the_sum(tmp_path: Path) -> None:
    row = in_2026(
        {**total("All EHC plans"), **numbers(CASELOAD, 100)},
        {"AP_PRU_total_pc": "ap_pru_total_pc"},
        {"special_academy_free": {"special_academy": "c", "special_free_school": "18"}},
    )
    frame = read(CASELOAD, table(tmp_path / "new.csv", [row], "202526"))
    (withheld,) = frame[frame["placement"] == "special_academy_free"].to_dict("records")
    assert (withheld["value"], withheld["status"]) == ("", "c")


def test_timeliness_is_the_same_and_the_average_weeks_are_new(tmp_path: Path) -> None:
    values = numbers(TIMELINESS, 60)
    rows = [{**total("All EHC plans issued"), **values}]
    newer = in_2026(
        {**total("All EHC plans"), **values},
        {"PC_plans_issued_20_weeks_ex": "pc_plans_issued_20_weeks_ex"},
        {},
    )
    old = read(TIMELINESS, table(tmp_path / "old.csv", rows, "2024"))
    same(old, read(TIMELINESS, table(tmp_path / "new.csv", [newer], "2024")))
    new = read(TIMELINESS, table(tmp_path / "wk.csv", [{**newer, "average_weeks_to_issue": "31.5"}], "2025"))
    (weeks,) = new.loc[new["indicator"] == "ehc_weeks_to_issue_mean", "value"]
    assert weeks == 31.5
    assert "ehc_weeks_to_issue_mean" not in set(old["indicator"])


def test_down_syndrome_is_a_need_of_its_own_and_breaks_the_series_of_other_needs(tmp_path: Path) -> None:
    values = numbers(NEEDS, 40)
    rows = [{**total("All EHC plans"), **values}]
    old = read(NEEDS, table(tmp_path / "old.csv", rows, "202526"))
    newer = [{**rows[0], "number_ds": "9", "ds_pc": "0.9"}]
    new = read(NEEDS, table(tmp_path / "new.csv", newer, "202526"))
    apart = new[new["need"] == "ds"].set_index("indicator")["value"]
    assert apart.to_dict() == {"ehc_primary_need_count": 9, "ehc_primary_need_pct": 0.9}
    same(old, new[new["need"] != "ds"])
    declared = load_catalogue(docs.ROOT / "data" / "catalogue").indicators["ehc_primary_need_pct"].breaks
    assert [(mark.by, mark.before) for mark in declared] == [({"need": "oth"}, "January 2026")]


def test_the_topic_of_primary_need_is_read_as_the_indicator_of_needs(tmp_path: Path) -> None:
    values = numbers(CASELOAD, 100)
    words = {"Autistic Spectrum Disorder": "asd", "Down Syndrome": "ds", "Hearing Impairment": "hi"}
    rows: list[Row] = [{**total("All EHC plans"), **values}]
    rows += [
        {"breakdown_topic": "Primary type of need", "breakdown": word, **values, "ehcplans": str(5 + place)}
        for place, word in enumerate(words)
    ]
    frame = read(CASELOAD, table(tmp_path / "new.csv", rows, "202526"))
    needs = frame[frame["need"] != ""]
    assert set(needs["indicator"]) == {"ehc_primary_need_count"}
    assert needs.set_index("need")["value"].to_dict() == {"asd": 5, "ds": 6, "hi": 7}
    rows.append({"breakdown_topic": "Primary type of need", "breakdown": "A made-up need", **values})
    with pytest.raises(
        DataError, match=r"'A made-up need' of 'Primary type of need' is not mapped.*add a row"
    ):
        read(CASELOAD, table(tmp_path / "newer.csv", rows, "202526"))


def test_a_column_of_neither_layout_is_missed_by_name(tmp_path: Path) -> None:
    row = {**total("All EHC plans"), **numbers(CASELOAD, 100)}
    row["pru_pc"] = row.pop("AP_PRU_total_pc")
    with pytest.raises(DataError, match="the column 'AP_PRU_total_pc' is gone"):
        read(CASELOAD, table(tmp_path / "odd.csv", [row], "202526"))
    row = {**total("All EHC plans"), **numbers(CASELOAD, 100)}
    row["special_academy"] = row.pop("special_academy_free")
    with pytest.raises(DataError, match="the column 'special_academy_free' is gone"):
        read(CASELOAD, table(tmp_path / "half.csv", [row], "202526"))


def test_the_file_of_phase_transfers_is_read_by_its_totals(tmp_path: Path) -> None:
    source = "dfe-sen2-phase-transfers"
    values = {"phase_transfers": "250", "phase_transfers_by_deadline": "200"}
    values["phase_transfers_by_deadline_pc"] = "80.0"
    path = table(tmp_path / "phase_transfers.csv", [{**total("All phase transfers"), **values}], "2026")
    found = read(source, path).set_index("indicator")
    assert found["value"].to_dict() == {"phase_transfers_count": 250, "phase_transfers_on_time_pct": 80}
    in_time = found.loc["phase_transfers_on_time_pct"]
    assert (in_time["numerator"], in_time["denominator"]) == (200, 250)
