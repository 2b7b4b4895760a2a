"""Better or worse than England, how many times the share of all, and which of two publications is taken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from synthetic import AREA, COUNTRY, make_run, open_run

from send_jsna.evidence.alternatives import measure_of_first
from send_jsna.evidence.benchmark.judgements import (
    NEUTRAL,
    publish_judgement,
    publish_judgements,
    tally_words,
)
from send_jsna.evidence.benchmark.times import NOT_BOTH, publish_times
from send_jsna.evidence.measures import measure
from send_jsna.figures.records import read_absences, read_figures
from send_jsna.figures.supplement import Supplement

SERIES = {
    "good_pct": {"title": "Checked", "polarity": "high_good"},
    "bad_pct": {"title": "Absent", "polarity": "low_good"},
    "level_pct": {"title": "Late", "polarity": "low_good"},
    "neutral_pct": {"title": "Counted", "polarity": "neutral"},
}

NAMES = {name: str(series["title"]) for name, series in SERIES.items()}


def opened(folder: Path, values: dict[str, tuple[float, float]]) -> Supplement:
    rows: list[dict[str, Any]] = [
        {"indicator": name, "area_code": area.code, "period": "2024/25", "value": value}
        for name, pair in values.items()
        for area, value in zip((AREA, COUNTRY), pair, strict=True)
    ]
    return open_run(make_run(folder, rows, series=SERIES, indicator_names=NAMES))


VALUES = {
    "good_pct": (60.0, 50.0),
    "bad_pct": (60.0, 50.0),
    "level_pct": (50.0, 50.0),
    "neutral_pct": (60.0, 50.0),
}


def shown(folder: Path) -> dict[str, str]:
    return {key: record.shown for key, record in read_figures(folder / "run")[0].items()}


def test_above_is_better_or_worse_by_the_direction_that_is_good(tmp_path: Path) -> None:
    run = opened(tmp_path, VALUES)
    for name in SERIES:
        publish_judgement(measure(run, name, name.removesuffix("_pct")))
    assert shown(tmp_path) == {
        "good.judged": "better than",
        "bad.judged": "worse than",
        "level.judged": "similar to",
    }
    assert [(item.figures, item.reason) for item in read_absences(tmp_path / "run")] == [
        (["neutral.judged"], NEUTRAL)
    ]


def test_several_measures_are_counted_and_named(tmp_path: Path) -> None:
    run = opened(tmp_path, VALUES)
    publish_judgements(run, "all", [measure(run, name) for name in SERIES], name="All of it")
    assert shown(tmp_path) == {
        "all.better": "checked",
        "all.worse": "absent",
        "all.tally": "better than Testland on one of three, worse on one and similar on one",
    }


def test_where_nothing_is_worse_it_is_not_named(tmp_path: Path) -> None:
    run = opened(tmp_path, VALUES)
    publish_judgements(run, "all", [measure(run, "good_pct")], name="All of it")
    assert "all.worse" not in shown(tmp_path)
    assert read_absences(tmp_path / "run")[0].figures == ["all.worse"]


def test_measures_that_cannot_be_judged_say_why(tmp_path: Path) -> None:
    run = opened(tmp_path, VALUES)
    assert publish_judgements(run, "all", [measure(run, "neutral_pct")], name="All of it") is None
    assert read_absences(tmp_path / "run")[-1].reason == NEUTRAL


def test_a_tally_leaves_out_what_is_none() -> None:
    assert tally_words({"better than": 0, "worse than": 2, "similar to": 1}, "Testland") == (
        "worse than Testland on two of three and similar on one"
    )
    assert tally_words({"similar to": 9}, "Testland") == "similar to Testland on all nine"


def test_a_group_is_so_many_times_all(tmp_path: Path) -> None:
    run = opened(tmp_path, {"bad_pct": (20.0, 30.0), "good_pct": (4.0, 5.0)})
    publish_times(measure(run, "bad_pct", "group"), measure(run, "good_pct"))
    assert shown(tmp_path) == {"group.times": "5.0", "group.times_england": "6.0"}


def test_shares_of_different_years_are_not_divided(tmp_path: Path) -> None:
    rows = [
        {"indicator": "bad_pct", "area_code": AREA.code, "period": "2024/25", "value": 20.0},
        {"indicator": "good_pct", "area_code": AREA.code, "period": "2023/24", "value": 4.0},
    ]
    run = open_run(make_run(tmp_path, rows, series=SERIES))
    assert publish_times(measure(run, "bad_pct", "group"), measure(run, "good_pct")) is None
    assert {item.reason for item in read_absences(tmp_path / "run")} == {NOT_BOTH}


def test_the_publication_comes_first_and_the_tool_where_it_is_missing(tmp_path: Path) -> None:
    run = opened(tmp_path, {"bad_pct": (20.0, 30.0), "good_pct": (4.0, 5.0)})
    assert measure_of_first(run, ["good_pct", "bad_pct"]).indicator == "good_pct"
    assert measure_of_first(run, ["level_pct", "bad_pct"]).indicator == "bad_pct"
    assert measure_of_first(run, ["level_pct", "neutral_pct"]).indicator == "level_pct"
