"""What a run withholds of a council's extract is attacked together with what earlier runs show of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from synthetic import AREA, frame_of

from send_jsna.disclosure import Tables, require_safe, seen_in, suppress_counts
from send_jsna.disclosure.attack import Beside, exposures
from send_jsna.disclosure.methods import Exposure, Profile, council, profile
from send_jsna.errors import DisclosureError

EXTRACT = "council_autism"
PERIOD = "January 2025"
TABLES = Tables.model_validate(
    {
        "breakdowns": [{"indicators": ["waiting"], "by": "need"}],
        "sums": [{"total": "all", "parts": ["waiting"]}],
    }
)
WAITING = {"asd": 3, "semh": 20, "slcn": 25, "mld": 40}
NHS = profile("nhs_england")


def extract(counts: dict[str, int], dataset: str = EXTRACT) -> list[dict[str, Any]]:
    """A made-up extract: those who wait, by need, and all of them."""
    codes = {"": sum(counts.values())} | counts
    return [
        {
            "dataset": dataset,
            "indicator": "waiting",
            "area_code": AREA.code,
            "period": PERIOD,
            "value": value,
            "unit": "count",
            "decimals": 0,
            "need": need,
        }
        for need, value in codes.items()
    ]


def finished(folder: Path, rows: list[dict[str, Any]], rules: Profile) -> Path:
    """An earlier run that shows these counts under a profile."""
    done = suppress_counts(frame_of(rows), TABLES, rules)
    folder.mkdir()
    done.frame.to_parquet(folder / "observations.parquet", index=False)
    (folder / "disclosure.json").write_text(done.record.model_dump_json(), encoding="utf-8")
    return folder


def attacked(rows: list[dict[str, Any]], rules: Profile, *runs: Path) -> list[Exposure]:
    """What can be told of a run beside earlier ones."""
    frame = frame_of(rows)
    out = suppress_counts(frame, TABLES, rules).frame
    assert not exposures(frame, out, TABLES, rules), "beside nothing it is safe"
    return exposures(
        frame, out, TABLES, rules, Beside(earlier=[seen_in(run, [EXTRACT], TABLES) for run in runs])
    )


def test_the_same_extract_under_another_profile_is_attacked_with_the_first(tmp_path: Path) -> None:
    counts = WAITING | {"vi": 4, "hi": 7}
    earlier = finished(tmp_path / "20251001T090000Z-E99999901-2025", extract(counts), council())
    caught = attacked(extract(counts), council(10), earlier)
    found = {item.label: item.facts for item in caught}
    assert found[f"waiting, {AREA.code}, {PERIOD}, need hi"] == (f"run {earlier.name}",)
    with pytest.raises(DisclosureError, match="make this one under its profile") as refused:
        require_safe(caught, tmp_path / "new")
    assert " 7" not in str(refused.value)


def test_two_extracts_before_and_after_one_child_are_attacked_together(tmp_path: Path) -> None:
    before = {"asd": 3, "semh": 20, "slcn": 25, "mld": 26}
    after = before | {"semh": 30}
    runs = finished(tmp_path / "before", extract(before), council())
    first, second = (
        suppress_counts(frame_of(extract(each)), TABLES, council()).frame for each in (before, after)
    )
    other = [set(frame.loc[frame["withheld"] != "", "need"]) - {"asd"} for frame in (first, second)]
    assert other == [{"semh"}, {"slcn"}], "another count goes with the small one"
    caught = attacked(extract(after), council(), runs)
    assert f"waiting, {AREA.code}, {PERIOD}, need asd" in [item.label for item in caught]


def test_what_was_rounded_then_tells_a_range_and_what_has_changed_since_nothing(tmp_path: Path) -> None:
    rounded = finished(tmp_path / "rounded", extract(WAITING | {"hi": 9}), NHS)
    seen = seen_in(rounded, [EXTRACT], TABLES)
    assert {(item.low, item.high) for label, item in seen.items() if label.endswith("need hi")} == {(8, 12)}
    assert attacked(extract(WAITING | {"hi": 9}), council(10), rounded)
    assert not attacked(extract(WAITING | {"hi": 6}), council(10), rounded)
    assert not attacked(extract(WAITING), council(), finished(tmp_path / "same", extract(WAITING), council()))


def test_only_the_named_data_sets_are_compared(tmp_path: Path) -> None:
    rows = extract(WAITING | {"vi": 4, "hi": 7}, dataset="official")
    assert not attacked(rows, council(10), finished(tmp_path / "official", rows, council()))


def test_a_run_that_cannot_be_read_is_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "disclosure.json").write_text("{", encoding="utf-8")
    assert seen_in(folder, [EXTRACT], TABLES) == {}
    assert "run broken cannot be read" in caplog.text
