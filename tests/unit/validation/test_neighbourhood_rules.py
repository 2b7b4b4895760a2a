"""What is checked of neighbourhoods in every run: none is lost, and together they are the area."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from send_jsna.validation import neighbourhoods

SUBJECT = "E08000026"
CODES = ("E01000001", "E01000002")


def _frame(*rows: tuple[str, str, float], unit: str = "count", below: float = 100.0) -> pd.DataFrame:
    """Rows of indicator, area and value; of a percentage the value is the count above the line."""
    return pd.DataFrame(
        [
            {
                "observation_id": f"small_areas:{line}",
                "indicator": indicator,
                "area_code": code,
                "period": "2025",
                "unit": unit,
                "value": value,
                "numerator": value if unit == "%" else float("nan"),
                "denominator": below * (2 if code == SUBJECT else 1) if unit == "%" else float("nan"),
            }
            for line, (indicator, code, value) in enumerate(rows, 2)
        ]
    )


def _people(first: float, second: float, area: float) -> tuple[tuple[str, str, float], ...]:
    return ("people", CODES[0], first), ("people", CODES[1], second), ("people", SUBJECT, area)


def test_whole_neighbourhoods_pass() -> None:
    frame = _frame(*_people(40, 60, 100), ("people", "E92000001", 9_000))
    assert neighbourhoods.whole(frame, CODES).found == {}
    assert neighbourhoods.sums(frame, SUBJECT, {}, {}).found == {}
    share = _frame(*_people(40, 60, 100), unit="%")
    assert neighbourhoods.sums(share, SUBJECT, {}, {}).checked == 2  # both of its counts
    assert neighbourhoods.sums(share, SUBJECT, {}, {}).found == {}


def test_a_neighbourhood_that_is_lost_is_named() -> None:
    frame = _frame(("people", CODES[0], 40), ("people", SUBJECT, 100))
    assert list(neighbourhoods.whole(frame, CODES).found.values()) == ["people has no row of E01000002"]


def test_a_neighbourhood_without_an_outline_is_named() -> None:
    found = neighbourhoods.whole(_frame(*_people(40, 60, 100)), CODES[:1]).found
    assert found == {"small_areas:3": "E01000002 has no outline"}


def test_middle_layer_areas_are_asked_for_where_they_have_the_figures() -> None:
    frame = _frame(("english", "E02000001", 5), ("english", SUBJECT, 5))
    assert neighbourhoods.whole(frame, (*CODES, "E02000001")).found == {}
    assert neighbourhoods.whole(frame, (*CODES, "E02000001", "E02000002")).found != {}


def test_a_sum_that_is_not_the_area_is_said_with_both_numbers() -> None:
    frame = _frame(*_people(40, 61, 100))
    assert neighbourhoods.sums(frame, SUBJECT, {}, {}).found == {
        "small_areas:4": "its 2 neighbourhoods add up to 101, the area is 100"
    }


@pytest.mark.parametrize(("area", "passes"), [(105.0, True), (106.0, False), (94.0, False)])
def test_counts_rounded_to_five_may_be_half_a_step_off_each(area: float, passes: bool) -> None:
    found = neighbourhoods.sums(_frame(*_people(40, 60, area)), SUBJECT, {"people": 5.0}, {}).found
    assert (found == {}) is passes


def test_a_count_that_is_not_printed_leaves_the_sum_open_to_below_alone() -> None:
    missing = float("nan")
    assert neighbourhoods.sums(_frame(*_people(40, missing, 100)), SUBJECT, {}, {}).found == {}
    assert neighbourhoods.sums(_frame(*_people(140, missing, 100)), SUBJECT, {}, {}).found != {}


def test_a_share_whose_counts_are_not_those_of_the_area_is_found() -> None:
    assert neighbourhoods.sums(_frame(*_people(40, 50, 100), unit="%"), SUBJECT, {}, {}).found != {}


def test_the_suite_of_neighbourhoods_stops_a_run_that_lost_one(project_root: Path) -> None:
    """Both checks are errors in a released edition: nothing is published of them then."""
    path = project_root / "expectations" / "expectations" / "small_areas.json"
    entries: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["expectations"]
    severity = {entry["meta"]["name"]: entry["meta"]["severity"] for entry in entries}
    assert severity["neighbourhoods_whole"] == severity["neighbourhoods_sum"] == "error"
