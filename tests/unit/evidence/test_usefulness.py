"""Which statistics help a reader: a case on either side of each rule of ``statistics.yaml``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from synthetic import AREA, COUNTRY, RULES, make_run, open_run

from send_jsna.catalogue.schema import BreakInSeries
from send_jsna.errors import NotebookError
from send_jsna.evidence.answers import publish_answer
from send_jsna.evidence.benchmark.funnels import publish_funnel
from send_jsna.evidence.headlines import publish_headline
from send_jsna.evidence.measures import measure
from send_jsna.evidence.trend.growth import publish_growth, publish_last_step
from send_jsna.evidence.usefulness import refuse_wide
from send_jsna.figures.records import Absence, FigureRecord, read_absences, read_figures
from send_jsna.figures.run_context import SeriesContext
from send_jsna.report.left_out import left_out_text


def row(area: str, period: str, value: float, **more: Any) -> dict[str, Any]:
    return {"indicator": "made_up_pct", "area_code": area, "period": period, "value": value, **more}


def figures(run: Path) -> dict[str, FigureRecord]:
    return read_figures(run)[0]


# -- range ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "unit", "helps"),
    [
        (10, 30, "count", True),
        (10, 31, "count", False),
        (0, 1, "count", False),
        (30, 80, "%", True),
        (30, 81, "%", False),
        (300, 351, "count", True),
        (0.1, 100, "%", False),
    ],
)
def test_a_range_helps_by_its_ratio_and_by_its_points(
    low: float, high: float, unit: str, helps: bool
) -> None:
    assert RULES.range.allows(low, high, unit) == helps


# -- funnel --------------------------------------------------------------------------------------------------


def funnel_of(folder: Path, outside: int, **context: Any) -> Path:
    """A run whose funnel of 120 authorities leaves so many outside its outer limits, the area inside."""
    counts = [700 if place < outside else 300 for place in range(119)]
    made = [
        row(f"E06{place:06d}", "2024/25", count / 10, numerator=count, denominator=1000)
        for place, count in enumerate(counts, start=1)
    ]
    made += [
        row(AREA.code, "2024/25", 30.0, numerator=300, denominator=1000),
        row(COUNTRY.code, "2024/25", 30.0, numerator=30000, denominator=100000),
    ]
    run = make_run(folder, made, **context)
    frame = pd.read_parquet(run / "observations.parquet")
    named = frame.assign(area_name=frame["area_name"].fillna(frame["area_code"]))
    named.to_parquet(run / "observations.parquet", index=False)
    publish_funnel(measure(open_run(run), "made_up_pct", "made", name="Made up"), whole="Tests")
    return run


def test_a_funnel_with_two_in_five_outside_is_printed(tmp_path: Path) -> None:
    found = figures(funnel_of(tmp_path, 48))
    assert (found["made.funnel_outside"].value, found["made.funnel_drawn"].value) == (48, 120)
    assert {"made.funnel", "made.funnel_place", "made.funnel_adjusted"} <= set(found)


def test_a_funnel_with_more_outside_is_left_out_with_all_that_is_read_from_it(tmp_path: Path) -> None:
    run = funnel_of(tmp_path, 49)
    assert not figures(run)
    (noted,) = read_absences(run)
    assert (noted.rule, noted.reason) == ("funnel", RULES.funnel.reason)
    assert {"made.funnel", "made.funnel_place", "made.funnel_outside"} <= set(noted.figures)


# -- coverage ------------------------------------------------------------------------------------------------


def series_of(folder: Path, *, before: str, warned: bool = True) -> Path:
    """A run with five years of a share whose coverage changed before a year, and all that is said of it."""
    declared = SeriesContext(
        title="Made up",
        breaks=[BreakInSeries(before=before, label="More report")],
        usage_warnings=["coverage_change" if warned else "break_in_series"],
    )
    rows = [row(AREA.code, f"{year}/{year - 1999}", float(year - 2000)) for year in range(2020, 2025)]
    run = make_run(folder, rows, series={"made_up_pct": declared}, indicator_names={"made_up_pct": "Made up"})
    supplement = open_run(run)
    made = measure(supplement, "made_up_pct", "made")
    publish_headline(made)
    publish_growth(replace(made, stem="made.growth"))
    publish_last_step(replace(made, stem="made.step"))
    publish_answer(supplement, "made.answer", [made], since="2020/21")
    return run


OVER_TIME = {"made.series", "made.growth.change", "made.step.streak"}


def test_a_series_across_a_change_of_coverage_keeps_its_newest_value_alone(tmp_path: Path) -> None:
    run = series_of(tmp_path, before="2024/25")
    found = figures(run)
    assert found["made.latest"].shown == "24.0%"
    assert not OVER_TIME & set(found)
    assert found["made.answer"].shown == "Made up: 24.0% in 2024/25."
    by_rule = [noted for noted in read_absences(run) if noted.rule]
    assert {noted.rule for noted in by_rule} == {"coverage"}
    assert all(any(noted.covers(figure) for noted in by_rule) for figure in OVER_TIME)
    assert not any(noted.covers("made.latest") for noted in by_rule)


def test_a_change_before_the_first_value_or_of_another_kind_does_not_count(tmp_path: Path) -> None:
    for name, more in (
        ("earlier", {"before": "2020/21"}),
        ("later", {"before": "2025/26"}),
        ("another", {"before": "2024/25", "warned": False}),
    ):
        (tmp_path / name).mkdir()
        run = series_of(tmp_path / name, **more)  # type: ignore[arg-type]
        assert set(figures(run)) >= OVER_TIME, name
        assert "since 2020/21" in figures(run)["made.answer"].shown
        assert not any(noted.rule for noted in read_absences(run))


# -- the list in the methods, and a run without rules --------------------------------------------------------


def absent(figures: list[str], rule: str = "range") -> Absence:
    reason = RULES.range.reason if rule else "not published"
    return Absence(figures=figures, name="made up", reason=reason, notebook="made", rule=rule)


def test_the_methods_list_what_a_rule_left_out_once_and_nothing_else() -> None:
    noted = [absent(["a.b", "a.c"]), absent(["a.b"]), absent(["x.y"], rule=""), absent(["z.shown"])]
    text = left_out_text(RULES, noted, {"z.shown"}).replace("\\", "")
    assert text.count("`a.b`") == 1 and "`a.b` and `a.c`" in text
    assert "x.y" not in text and "z.shown" not in text
    assert "The range is too wide to help" in text
    assert "at most 3 times the lower one" in text and "at most 40% of the authorities" in text.replace(
        "\\", ""
    )
    assert "nothing was left out" in left_out_text(RULES, noted[2:], {"z.shown"})
    assert left_out_text(None, noted, ()) == ""


def test_another_limit_lets_through_what_it_allows(tmp_path: Path) -> None:
    """The limit is the declared one: no other is in the code."""
    looser = RULES.model_copy(update={"funnel": RULES.funnel.model_copy(update={"most_outside_pct": 90.0})})
    assert figures(funnel_of(tmp_path, 100, statistics=looser))["made.funnel_outside"].value == 100


def test_a_run_without_rules_says_how_to_get_them(tmp_path: Path) -> None:
    run = make_run(tmp_path, [row(AREA.code, "2024/25", 30.0)], statistics=None)
    made = measure(open_run(run), "made_up_pct", "made", name="Made up")
    with pytest.raises(NotebookError, match="make the run again with jsna refresh"):
        refuse_wide(made.supplement, 1, 2, unit="%", of="made up")
