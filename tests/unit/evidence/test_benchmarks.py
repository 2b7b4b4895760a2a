"""An area against others: words by tests, places among all, funnels, deprivation, and trends."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from synthetic import AREA, COUNTRY, NEIGHBOUR, REGION, make_run, open_run

from send_jsna.errors import DataError, NoDataError
from send_jsna.evidence.benchmark import benchmarks
from send_jsna.evidence.benchmark.adjusted import Deprivation, band, fitted, publish_for_deprivation
from send_jsna.evidence.benchmark.benchmarks import publish_benchmarks, tally_words
from send_jsna.evidence.benchmark.funnels import adjusted_words, note, publish_funnel
from send_jsna.evidence.benchmark.positions import publish_position, rank_words, spread_words
from send_jsna.evidence.measures import measure
from send_jsna.evidence.trend.trends import publish_trend, publish_trends, trend_of, trend_words
from send_jsna.figures.charts import Break
from send_jsna.figures.records import FigureRecord, read_absences, read_figures
from send_jsna.figures.run_context import SeriesContext
from send_jsna.figures.supplement import Supplement
from send_jsna.statistics.benchmarking import Position

NAMES = {"test_pct": "Test", "x_pct": "X"}


def share(code: str, numerator: int, denominator: int, **more: Any) -> dict[str, Any]:
    """A published percentage with its counts."""
    value = round(100 * numerator / denominator, 1)
    row = {"indicator": "test_pct", "area_code": code, "period": "2024/25", "value": value}
    return {**row, "numerator": numerator, "denominator": denominator, **more}


def bare(code: str, value: float, **more: Any) -> dict[str, Any]:
    """A published percentage without counts."""
    return {"indicator": "test_pct", "area_code": code, "period": "2024/25", "value": value, **more}


def country_of(count: int) -> list[str]:
    """Codes of so many made-up authorities."""
    return [f"E06{number:06d}" for number in range(1, count + 1)]


def run(folder: Path, rows: list[dict[str, Any]]) -> Supplement:
    """A supplement of rows, each area by its code where it has no name."""
    path = make_run(folder, rows, indicator_names=NAMES)
    table = path / "observations.parquet"
    frame = pd.read_parquet(table)
    frame.assign(area_name=frame["area_name"].fillna(frame["area_code"])).to_parquet(table, index=False)
    return open_run(path)


def figures(supplement: Supplement) -> dict[str, FigureRecord]:
    return read_figures(supplement._folder)[0]


# -- England, region, neighbours ---------------------------------------------------------------------------


def compared(own: tuple[int, int], *others: tuple[str, int, int]) -> Any:
    """The area against others."""
    frame = pd.DataFrame([{"unit": "%", **share(AREA.code, *own)}])
    table = pd.DataFrame([{"unit": "%", **share(*other)} for other in others])
    return benchmarks.tested(frame.iloc[0], table, [REGION.code, COUNTRY.code])


def test_a_clear_difference_is_above_and_a_small_one_is_similar() -> None:
    found = compared((400, 1000), ("E06000001", 200, 1000), ("E06000002", 395, 1000))
    assert found.by_test == ["above", "statistically similar"]
    assert found.difference == pytest.approx([20.0, 0.5])
    assert found.limits[0][0] > 15 and found.limits[1][0] < 25
    assert found.limits[0][1] < 0 < found.limits[1][1]


def test_what_the_area_is_part_of_is_compared_without_it() -> None:
    """Of the region's 900 of 3,000 the area has 400 of 1,000; the rest has 25 %, and not 30 %."""
    found = compared((400, 1000), (REGION.code, 900, 3000), ("E06000001", 900, 3000))
    assert found.difference == pytest.approx([15.0, 10.0])


def test_intervals_may_meet_where_the_test_tells_apart() -> None:
    found = compared((460, 1000), ("E06000001", 412, 1000))
    assert (found.by_intervals, found.by_test) == (["statistically similar"], ["above"])


def test_many_comparisons_are_paid_for() -> None:
    """p is 0.031: below 0.05 alone, above it once nine others of no difference stand beside it."""
    alone = compared((460, 1000), ("E06000001", 412, 1000))
    among = compared((460, 1000), ("E06000001", 412, 1000), *((code, 460, 1000) for code in country_of(9)))
    assert alone.by_test[0] == "above"
    assert among.by_test[0] == "statistically similar"


def test_areas_without_counts_are_left_out_and_none_at_all_is_refused() -> None:
    own = pd.DataFrame([{"unit": "%", **share(AREA.code, 10, 100)}]).iloc[0]
    others = pd.DataFrame([share("E06000001", 20, 100), bare("E06000002", 3.0)])
    assert benchmarks.tested(own, others, []).rows["area_code"].tolist() == ["E06000001"]
    with pytest.raises(NoDataError, match="no counts"):
        benchmarks.tested(own, others[1:], [])


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["above"] * 4 + ["below"], "above four and below one"),
        (["statistically similar"] * 3, "statistically similar to all three"),
        (["below", "statistically similar"], "below one and statistically similar to one"),
    ],
)
def test_the_tally_in_words(words: list[str], text: str) -> None:
    assert tally_words(words) == text


def test_the_table_and_the_words_of_a_percentage_with_counts(tmp_path: Path) -> None:
    s = run(
        tmp_path,
        [
            share(AREA.code, 400, 1000),
            share(REGION.code, 900, 3000),
            share(COUNTRY.code, 3000, 10000),
            share(NEIGHBOUR.code, 398, 1000),
        ],
    )
    publish_benchmarks(measure(s, "test_pct", "t.x", name="Test"))
    found = figures(s)
    assert found["t.x.tested.england"].shown == "above"
    assert found["t.x.tested.neighbours"].shown == "statistically similar to one"
    assert found["t.x.difference.region"].shown == "+15.0 percentage points"
    assert found["t.x.difference.region"].lower == pytest.approx(11.4, abs=0.1)
    table = found["t.x.benchmarks"]
    assert [row[0] for row in table.rows] == ["Testborough", "Test Region", "Testland", "Exampleton"]
    assert table.rows[3][2:] == ["+0.2", "−4.1 to +4.5", "statistically similar", "statistically similar"]
    assert any("false discovery rate" in text for text in table.notes)


def test_without_counts_the_table_says_how_far_apart_and_claims_no_test(tmp_path: Path) -> None:
    s = run(tmp_path, [bare(AREA.code, 4.3), bare(COUNTRY.code, 5.3), bare(NEIGHBOUR.code, 4.1)])
    publish_benchmarks(measure(s, "test_pct", "t.x", name="Test"))
    found = figures(s)
    assert set(found) == {"t.x.benchmarks"}
    assert found["t.x.benchmarks"].rows[1:] == [["Testland", "5.3%", "−1.0"], ["Exampleton", "4.1%", "+0.2"]]
    (noted,) = read_absences(s._folder)
    assert "t.x.tested.neighbours" in noted.figures and "counts" in noted.reason


# -- among all ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Position(1, 150, 1, 5, 2.0), "highest"),
        (Position(3, 150, 2, 5, 2.0), "joint third highest"),
        (Position(150, 150, 1, 1, -2.0), "lowest"),
        (Position(138, 153, 5, 1, -1.0), "joint twelfth lowest"),
        (Position(75, 150, 1, 3, 0.0), "75th highest"),
        (Position(76, 150, 1, 3, 0.0), "75th lowest"),
    ],
)
def test_a_rank_is_told_from_the_nearer_end(place: Position, text: str) -> None:
    assert rank_words(place) == text


@pytest.mark.parametrize(
    ("z", "text"),
    [
        (0.4, "close to the middle of all authorities"),
        (-1.2, "some way below the middle of all authorities"),
        (2.5, "well above the middle of all authorities"),
        (-3.5, "far below the middle of all authorities"),
    ],
)
def test_the_distance_from_the_middle_in_words(z: float, text: str) -> None:
    assert spread_words(z) == text


def test_an_area_is_placed_among_all_and_neither_region_nor_england_count(tmp_path: Path) -> None:
    others = [bare(code, 1.0 + place) for place, code in enumerate(country_of(120))]
    s = run(tmp_path, [bare(AREA.code, 111.5), bare(COUNTRY.code, 500.0), bare(REGION.code, 600.0), *others])
    publish_position(measure(s, "test_pct", "t.x", name="Test"))
    shown = {key: record.shown for key, record in figures(s).items()}
    assert shown["t.x.rank_words"] == "tenth highest"
    assert (shown["t.x.rank"], shown["t.x.ranked"]) == ("10", "121")
    assert shown["t.x.quintile"] == "highest fifth"
    assert len(figures(s)["t.x.rank"].inputs) == 121


def test_without_the_others_no_place_is_told_and_that_is_put_on_record(tmp_path: Path) -> None:
    s = run(tmp_path, [bare(AREA.code, 5.0), *(bare(code, 1.0) for code in country_of(12))])
    publish_position(measure(s, "test_pct", "t.x", name="Test"))
    publish_funnel(measure(s, "test_pct", "t.y", name="Test"), whole="Tests")
    publish_for_deprivation(measure(s, "test_pct", "t.z", name="Test"))
    assert figures(s) == {}
    reasons = {noted.reason for noted in read_absences(s._folder)}
    assert reasons == {"the other authorities are not in this edition"}


def test_an_area_of_few_children_is_not_ranked_by_a_share_without_counts(tmp_path: Path) -> None:
    few = bare(AREA.code, 40.0, indicator="ehc_plans_count", unit="count", period="January 2025")
    others = [bare(code, 1.0 + place) for place, code in enumerate(country_of(120))]
    s = run(tmp_path, [bare(AREA.code, 111.5), bare(COUNTRY.code, 50.0), few, *others])
    publish_position(measure(s, "test_pct", "t.x", name="Test"))
    publish_benchmarks(measure(s, "test_pct", "t.x", name="Test"))
    assert figures(s) == {}
    assert all("few children" in noted.reason for noted in read_absences(s._folder))


def test_a_funnel_says_where_the_area_lies_and_how_many_lie_outside(tmp_path: Path) -> None:
    others = [share(code, 290 + place % 20, 1000) for place, code in enumerate(country_of(119))]
    s = run(
        tmp_path,
        [
            share(AREA.code, 400, 1000),
            share(COUNTRY.code, 30000, 100000),
            share("E06000500", 200, 1000),
            *others,
        ],
    )
    publish_funnel(measure(s, "test_pct", "t.x", name="Test"), whole="Tests")
    found = figures(s)
    assert found["t.x.funnel_place"].shown == "above the 99.8% limit"
    assert (found["t.x.funnel_outside"].shown, found["t.x.funnel_drawn"].shown) == ("2", "121")
    assert found["t.x.funnel_adjusted"].shown == "extremely high"
    assert "Testborough: 40.0%" in (found["t.x.funnel"].alt or "")


def test_where_all_differ_a_place_outside_the_limits_is_not_unusual(tmp_path: Path) -> None:
    sides = {0: 150, 1: 550}  # of each six, one far below, one far above, and four as England
    others = [share(code, sides.get(place % 6, 350), 1000) for place, code in enumerate(country_of(119))]
    s = run(tmp_path, [share(AREA.code, 400, 1000), share(COUNTRY.code, 35000, 100000), *others])
    publish_funnel(measure(s, "test_pct", "t.x", name="Test"), whole="Tests")
    found = figures(s)
    assert found["t.x.funnel_place"].shown == "above the 99.8% limit"
    assert (found["t.x.funnel_outside"].shown, found["t.x.funnel_drawn"].shown) == ("41", "120")
    assert found["t.x.funnel_adjusted"].shown == "not unusual"
    assert any("far more than by chance" in text for text in found["t.x.funnel"].notes)


def test_a_funnel_needs_counts(tmp_path: Path) -> None:
    s = run(tmp_path, [bare(AREA.code, 5.0), *(bare(code, 1.0) for code in country_of(120))])
    publish_funnel(measure(s, "test_pct", "t.x", name="Test"), whole="Tests")
    assert figures(s) == {}
    (noted,) = read_absences(s._folder)
    assert noted.reason == "in this edition without the counts a test needs"


@pytest.mark.parametrize(
    ("z", "text"),
    [(1.9, "not unusual"), (-2.5, "unusually low"), (3.2, "extremely high")],
)
def test_the_adjusted_place_in_words(z: float, text: str) -> None:
    assert adjusted_words(z) == text


def test_the_note_says_when_chance_is_enough() -> None:
    assert "hardly more than chance" in note(1.2)
    assert "24 times" in note(24.3) and "3.4 times" in note(3.4)


# -- deprivation -------------------------------------------------------------------------------------------

X = Deprivation("Made-up deprivation", "x_pct", {})


def deprived(own: tuple[float, float], slope: float = 0.5) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Values of an area, and of 120 others that follow a line with a little noise, and their deprivation."""
    x = [own[0], *(10.0 + place / 4 for place in range(120))]
    y = [own[1], *(2 + slope * x[1 + place] + (-1) ** place * 0.5 for place in range(120))]
    codes = [AREA.code, *country_of(120)]
    frames = []
    for name, values in (("test_pct", y), ("x_pct", x)):
        rows = [bare(code, value, indicator=name) for code, value in zip(codes, values, strict=True)]
        frames.append(pd.DataFrame(rows))
    return frames[0], frames[1]


@pytest.mark.parametrize(("value", "side"), [(12.2, "within"), (14.0, "above"), (10.0, "below")])
def test_a_share_is_read_against_its_deprivation(value: float, side: str) -> None:
    found = fitted(*_with(deprived((20.0, value))))
    assert found.side == side
    assert found.found.expected == pytest.approx(12.0, abs=0.02)
    assert found.found.areas == 120


def _with(frames: tuple[pd.DataFrame, pd.DataFrame]) -> tuple[pd.DataFrame, Deprivation, pd.DataFrame]:
    return frames[0], X, frames[1]


def test_the_area_does_not_draw_the_line_towards_itself() -> None:
    near, far = (fitted(*_with(deprived((20.0, value)))).found for value in (12.0, 90.0))
    assert near.expected == far.expected


def test_the_band_is_the_interval_of_the_comparison() -> None:
    found = fitted(*_with(deprived((20.0, 12.0))))
    line = band(found.rows)
    assert line["x"].is_monotonic_increasing
    assert (line["lower"] < line["expected"]).all() and (line["expected"] < line["upper"]).all()
    assert line["expected"].iloc[0] == pytest.approx(2 + 0.5 * line["x"].iloc[0], abs=0.1)
    for column, limit in (("lower", found.found.lower_95), ("upper", found.found.upper_95)):
        assert np.interp(20.0, line["x"], line[column]) == pytest.approx(limit, abs=0.001)


def test_too_few_authorities_with_both_values_are_refused() -> None:
    values, deprivation = deprived((20.0, 12.0))
    with pytest.raises(NoDataError, match="50 authorities have both"):
        fitted(values, X, deprivation[:50])


def test_two_values_for_an_area_are_refused() -> None:
    values, deprivation = deprived((20.0, 12.0))
    with pytest.raises(DataError, match="two values of x_pct"):
        fitted(values, X, pd.concat([deprivation, deprivation[3:4]]))


def test_words_numbers_table_and_chart_of_deprivation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("send_jsna.evidence.benchmark.adjusted.MEASURES", (X,))
    values, deprivation = deprived((20.0, 14.0))
    s = run(tmp_path, [*values.to_dict("records"), *deprivation.to_dict("records")])
    publish_for_deprivation(measure(s, "test_pct", "t.x", name="Test"), decimals=1)
    found = figures(s)
    assert found["t.x.adjusted.verdict"].shown == "high for"
    assert found["t.x.adjusted.residual"].shown == "+2.0 percentage points"
    low, high = found["t.x.adjusted.residual"].lower, found["t.x.adjusted.residual"].upper
    assert low is not None and high is not None and 0 < low < 2 < high
    assert found["t.x.adjusted.agreement"].shown == "give the same answer"
    assert found["t.x.adjusted.table"].rows[0][-1] == "higher than expected"
    assert "Testborough: 14.0% at 20.0%, higher than expected" in (found["t.x.adjusted.chart"].alt or "")


# -- trends ------------------------------------------------------------------------------------------------


def series(numerators: list[int], **more: Any) -> list[dict[str, Any]]:
    """A share a year, newest 2024/25."""
    first = 2025 - len(numerators)
    return [
        share(AREA.code, count, 1000, period=f"{first + place}/{first + place - 1999:02d}", **more)
        for place, count in enumerate(numerators)
    ]


def own(rows: list[dict[str, Any]], folder: Path) -> pd.DataFrame:
    return run(folder, rows).observations("test_pct")


@pytest.mark.parametrize(
    ("numerators", "words"),
    [
        ([100, 150, 200, 250, 300], "getting better"),
        ([300, 250, 200, 150, 100], "getting worse"),
        ([200, 205, 198, 202, 201], "no clear change"),
        ([100, 150, 200, 250], "cannot be tested: a trend needs five points"),
    ],
)
def test_a_trend_in_words_with_its_polarity(tmp_path: Path, numerators: list[int], words: str) -> None:
    assert trend_words(trend_of(own(series(numerators), tmp_path), (), "high_is_good")) == words


def test_without_a_polarity_a_trend_is_only_a_direction(tmp_path: Path) -> None:
    assert (
        trend_words(trend_of(own(series([100, 150, 200, 250, 300]), tmp_path), (), "neither")) == "increasing"
    )


def test_a_break_within_the_five_points_is_refused(tmp_path: Path) -> None:
    rows = own(series([100, 150, 200, 250, 300]), tmp_path)
    found = trend_of(rows, [Break(before="2023/24", label="new")], "neither")
    assert "a definition or collection changed" in trend_words(found)
    before = trend_of(rows, [Break(before="2020/21", label="old")], "neither")
    assert trend_words(before) == "increasing"


def test_a_gap_is_refused(tmp_path: Path) -> None:
    rows = [row for row in series([100, 120, 150, 200, 250, 300]) if row["period"] != "2022/23"]
    assert "not equally spaced" in trend_words(trend_of(own(rows, tmp_path), (), "neither"))


def test_a_series_without_counts_is_refused(tmp_path: Path) -> None:
    rows = [
        bare(AREA.code, 1.0 * row["value"], period=row["period"]) for row in series([100, 150, 200, 250, 300])
    ]
    assert "no denominator" in trend_words(trend_of(own(rows, tmp_path), (), "neither"))


def test_the_trend_and_the_table_are_published(tmp_path: Path) -> None:
    s = run(tmp_path, series([100, 150, 200, 250, 300]))
    s.context.series["test_pct"] = SeriesContext(title="Test", polarity="low_good")
    publish_trend(measure(s, "test_pct", "t.x", name="Test"))
    broken = measure(s, "test_pct", name="Broken")
    listed = [
        measure(s, "test_pct"),
        replace(broken, breaks=(Break(before="2023/24", label="new"),)),
        measure(s, "x_pct", name="Not held"),
    ]
    publish_trends(s, "t.trends", listed, title="Trends")
    found = figures(s)
    assert found["t.x.trend"].shown == "getting worse"
    assert found["t.x.trend_gradient"].shown == "+5.0 percentage points"
    assert (found["t.x.trend_from"].shown, found["t.x.trend_to"].shown) == ("2020/21", "2024/25")
    table = found["t.trends"]
    assert [row[0] for row in table.rows] == ["Test", "Broken"]
    assert table.rows[0][1:5] == ["2020/21", "2024/25", "10.0%", "30.0%"]
    assert table.rows[1][5] == "z"
    assert [noted.name for noted in read_absences(s._folder)] == ["not held"]
