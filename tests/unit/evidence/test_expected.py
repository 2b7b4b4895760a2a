"""What would have been expected without the pandemic: which series allow it, and what is said of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from synthetic import AREA, RULES, make_run, open_run

from send_jsna.errors import NoDataError
from send_jsna.evidence.forecast.expected import publish_expected
from send_jsna.evidence.measures import measure
from send_jsna.evidence.trend.earlier_trend import AgainstTrend, Series, against_trend
from send_jsna.figures.records import read_absences, read_figures
from send_jsna.statistics.projection import expected_without

BEFORE = (20.0, 20.4, 20.5, 21.0)


def shares(
    *values: float | None, first: int = 2015, indicator: str = "made_up_pct", unit: str = "%"
) -> list[dict[str, object]]:
    """A series by academic year from 2015/16 on; None is a year without a value."""
    return [
        {
            "indicator": indicator,
            "area_code": AREA.code,
            "period": f"{year}/{year + 1 - 2000}",
            "unit": unit,
            **({"value": value} if value is not None else {"status": "x"}),
        }
        for year, value in enumerate(values, start=first)
    ]


def compared(tmp_path: Path, rows: list[dict[str, object]], **more: object) -> AgainstTrend:
    run = open_run(make_run(tmp_path, rows))
    return against_trend(Series(measure(run, "made_up_pct", name="Made up"), **more))  # type: ignore[arg-type]


def reason(tmp_path: Path, rows: list[dict[str, object]], **more: object) -> str:
    with pytest.raises(NoDataError) as caught:
        compared(tmp_path, rows, **more)
    return caught.value.reason


def test_the_trend_before_is_carried_over_the_years_nothing_was_measured(tmp_path: Path) -> None:
    found = compared(tmp_path, shares(*BEFORE, None, None, 30.0, 23.0))
    years = np.arange(2015, 2023)
    whole = expected_without(years, [*BEFORE, 21.3, 21.6, 30.0, 23.0], 2019, transform="logit")
    assert found.after["expected"].to_numpy() == pytest.approx(whole.expected[2:])
    assert found.after["upper"].to_numpy() == pytest.approx(whole.upper[2:])
    assert found.after["value"].to_numpy() == pytest.approx([30.0, 23.0])
    assert list(found.before["period"]) == ["2015/16", "2016/17", "2017/18", "2018/19"]


def test_where_the_recorded_value_lies(tmp_path: Path) -> None:
    found = compared(tmp_path, shares(*BEFORE, None, 12.0, 30.0, 22.0))
    assert found.results == ["below", "above", "no clear difference"]
    assert found.result == "no clear difference"
    assert found.outside == ["2020/21 (below)", "2021/22 (above)"]


def published(folder: Path, rows: list[dict[str, object]]) -> Path:
    """The run in which what was expected of the one series is published as far as it helps."""
    run = open_run(make_run(folder, rows))
    series = {"made": Series(measure(run, "made_up_pct", name="Made up"))}
    publish_expected(run, "expected", series, drawn=("made",))
    return folder / "run"


@pytest.mark.parametrize("newest", [22.0, 99.0], ids=["inside", "outside"])
def test_an_interval_too_wide_is_not_printed_wherever_the_value_lies(tmp_path: Path, newest: float) -> None:
    made = published(tmp_path, shares(20.0, 26.0, 20.0, 27.0, None, newest))
    assert not read_figures(made)[0]
    (series, _, whole) = read_absences(made)
    assert (series.rule, series.reason) == ("range", RULES.range.reason)
    assert series.covers("expected.made.chart") and series.covers("expected.made.range")
    assert whole.rule == "range" and whole.covers("expected.table")


def test_the_width_is_that_of_the_rule_on_either_side(tmp_path: Path) -> None:
    """Ranges of 2.8 and of 3.3 times the lower limit, both of few points."""
    for name, before, is_printed in (
        ("narrow", (1.0, 1.1, 1.0, 1.11), True),
        ("wide", (1.0, 1.12, 1.0, 1.13), False),
    ):
        (tmp_path / name).mkdir()
        rows = shares(*before, None, 1.1)
        found = compared(tmp_path / name, rows).expected
        assert found.upper - found.lower < RULES.range.most_points
        assert (found.upper / found.lower <= RULES.range.most_times) == is_printed
        (tmp_path / name / "published").mkdir()
        made = published(tmp_path / name / "published", rows)
        assert ("expected.made.range" in read_figures(made)[0]) == is_printed


def test_what_is_too_wide_is_counted_and_in_neither_table(tmp_path: Path) -> None:
    rows = shares(*BEFORE, None, None, 30.0)
    rows += shares(20.0, 26.0, 20.0, 27.0, None, 99.0, indicator="wild_pct")
    run = open_run(make_run(tmp_path, rows))
    series = {
        "made": Series(measure(run, "made_up_pct", name="Made up")),
        "wild": Series(measure(run, "wild_pct", name="Wild")),
    }
    publish_expected(run, "expected", series)
    figures = read_figures(tmp_path / "run")[0]
    assert [row[0] for row in figures["expected.table"].rows] == ["Made up"]
    assert "expected.without" not in figures
    assert figures["expected.tally"].shown.endswith("; one more has too wide an interval to help")
    assert figures["expected.above"].shown == "made up"
    assert len(figures["expected.tally"].inputs) > len(figures["expected.table"].inputs)


def test_a_census_of_january_2020_belongs_before_where_its_series_says_so(tmp_path: Path) -> None:
    rows = shares(*BEFORE, 21.1, 23.0, 25.0)
    assert len(compared(tmp_path, rows).before) == 4
    (tmp_path / "cut").mkdir()
    assert len(compared(tmp_path / "cut", rows, cut="2020/21").before) == 5


def test_series_that_do_not_allow_it_say_why(tmp_path: Path) -> None:
    cases = {
        "three periods before the pandemic; four are needed": (shares(*BEFORE[1:], 22.0, first=2016), {}),
        "no value since the pandemic": (shares(*BEFORE), {}),
        "a gap before the pandemic": (shares(*BEFORE[:2], None, 20.6, 21.0, 22.0, first=2014), {}),
        "a new profile in 2019/20": (shares(*BEFORE, 22.0), {"redefined": {"2019/20": "a new profile"}}),
        "no scatter before to judge by": (shares(20.0, 20.0, 20.0, 20.0, 21.0), {}),
        "a value of nought or of all": (shares(*BEFORE, 0.0), {}),
        "counted in another way": (shares(*BEFORE, 22.0), {"unfit": "counted in another way"}),
    }
    for place, (wanted, (rows, more)) in enumerate(cases.items()):
        folder = tmp_path / str(place)
        folder.mkdir()
        assert reason(folder, rows, **more) == wanted


def test_a_break_after_the_newest_value_or_before_the_first_does_not_matter(tmp_path: Path) -> None:
    found = compared(
        tmp_path, shares(*BEFORE, 22.0), redefined={"2015/16": "first year", "2024/25": "to come"}
    )
    assert found.result == "no clear difference"


def test_the_table_holds_what_is_allowed_and_the_other_one_the_reasons(tmp_path: Path) -> None:
    rows = shares(*BEFORE, None, None, 30.0)
    rows += shares(*BEFORE[1:], 22.0, first=2016, indicator="short_pct")
    run = open_run(make_run(tmp_path, rows))
    series = {
        "made": Series(measure(run, "made_up_pct", name="Made up")),
        "short": Series(measure(run, "short_pct", name="Short")),
    }
    publish_expected(run, "expected", series, drawn=("made", "short"))
    figures = read_figures(tmp_path / "run")[0]
    (line,) = figures["expected.table"].rows
    assert (line[0], line[2], line[3], line[6]) == ("Made up", "2021/22", "30.0%", "Above")
    assert line[7] == "2021/22 (above)"
    assert figures["expected.without"].rows == [
        ["Short", "Three periods before the pandemic; four are needed"]
    ]
    assert figures["expected.tally"].shown.startswith(
        "One series allows it; of these one above what was expected, none below"
    )
    assert (figures["expected.above"].shown, figures["expected.below"].shown) == ("made up", "none")
    assert figures["expected.made.result"].shown == "above"
    low, high = figures["expected.made.expected"].lower, figures["expected.made.expected"].upper
    assert low is not None and high is not None and low < 22 < high < 30
    assert "Expected from the earlier trend" in figures["expected.made.chart"].alt
    assert "95% prediction interval" in figures["expected.made.chart"].alt
    assert any(absence.covers("expected.short.chart") for absence in read_absences(tmp_path / "run"))


def test_no_series_at_all_is_put_on_record(tmp_path: Path) -> None:
    run = open_run(make_run(tmp_path, shares(20.0, 21.0)))
    publish_expected(run, "expected", {"made": Series(measure(run, "made_up_pct", name="Made up"))})
    assert any(absence.covers("expected.table") for absence in read_absences(tmp_path / "run"))
