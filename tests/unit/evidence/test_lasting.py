"""Whether a rise is a bulge or lasting: the signs, the rule, and what the rise is made of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest
from synthetic import AREA, COUNTRY, NEIGHBOUR, REGION, RULES, make_run, open_run

from send_jsna.errors import NoDataError
from send_jsna.evidence.forecast import lasting, signs
from send_jsna.evidence.forecast.signs import BULGE, LASTING, NEITHER, Direction
from send_jsna.evidence.measures import measure
from send_jsna.evidence.trend import rise_parts
from send_jsna.evidence.trend.earlier_trend import Series
from send_jsna.evidence.trend.pace import Window
from send_jsna.figures.records import read_absences, read_figures
from send_jsna.figures.supplement import Supplement

WINDOWS = (Window("during", "During", "2018/19", "2021/22"), Window("after", "Since", "2021/22", "2024/25"))


def shares(*values: float, area: str = AREA.code, first: int = 2015) -> list[dict[str, object]]:
    """A made-up share by academic year, from 2015/16 on."""
    return [
        {
            "indicator": "made_up_pct",
            "area_code": area,
            "period": f"{year}/{(year + 1) % 100:02d}",
            "value": value,
        }
        for year, value in enumerate(values, start=first)
    ]


def counts(indicator: str, periods: Sequence[str], values: Sequence[float]) -> list[dict[str, object]]:
    pairs = zip(periods, values, strict=True)
    fixed: dict[str, object] = {
        "indicator": indicator,
        "area_code": AREA.code,
        "unit": "count",
        "decimals": 0,
    }
    return [fixed | {"period": period, "value": value} for period, value in pairs]


def opened(tmp_path: Path, rows: list[dict[str, object]]) -> Supplement:
    return open_run(make_run(tmp_path, rows))


def share(run: Supplement) -> Series:
    return Series(measure(run, "made_up_pct", name="Made up"), cut="2020/21")


# -- the rule -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("directions", "answer"),
    [
        ([LASTING] * 3, "lasting"),
        ([LASTING] * 3 + [NEITHER] * 4, "lasting"),
        ([LASTING] * 6 + [BULGE], "cannot be told"),
        ([LASTING] * 2 + [NEITHER] * 5, "cannot be told"),
        ([BULGE] * 3 + [NEITHER], "bulge"),
        ([BULGE] * 4 + [LASTING], "cannot be told"),
        ([NEITHER] * 8, "cannot be told"),
    ],
)
def test_the_answer_follows_the_signs(directions: list[Direction], answer: str) -> None:
    assert lasting.conclude(directions) == answer


def test_the_tally_counts_in_words() -> None:
    said = lasting.tally_words([LASTING, NEITHER, NEITHER])
    assert said == "Of three signs, one speaks for a lasting rise, none for a bulge and two for neither"


# -- the signs ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "direction"),
    [
        ((2.0, 2.0, 2.0, 2.0, 2.2, 2.4, 2.6, 3.0, 3.4, 3.8), LASTING),
        ((2.0, 2.0, 2.0, 2.0, 2.4, 2.8, 3.2, 3.3, 3.3, 3.4), BULGE),
        ((2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0), NEITHER),
    ],
)
def test_a_slower_pace_speaks_for_a_bulge(
    tmp_path: Path, values: Sequence[float], direction: Direction
) -> None:
    found = signs.pace(opened(tmp_path, shares(*values)), "the share", "made_up_pct", WINDOWS)
    assert found.direction == direction
    assert set(found.rows["period"]) == {"2018/19", "2021/22", "2024/25"}


@pytest.mark.parametrize(
    ("values", "direction"), [((90, 100, 120), LASTING), ((120, 100, 90), BULGE), ((90, 120, 100), NEITHER)]
)
def test_requests_speak_where_they_go_one_way(
    tmp_path: Path, values: Sequence[float], direction: Direction
) -> None:
    rows = counts("made_up_count", ["2021", "2022", "2023", "2024"], [500, *values])
    found = signs.inflow(opened(tmp_path, rows), "Requests", "made_up_count", "2022")
    assert found.direction == direction


@pytest.mark.parametrize(
    ("new", "ceased", "direction"), [(675, 276, LASTING), (276, 675, BULGE), (280, 276, NEITHER)]
)
def test_plans_begun_and_ended_must_differ_by_more_than_chance(
    tmp_path: Path, new: float, ceased: float, direction: Direction
) -> None:
    rows = counts("new_count", ["2023", "2024"], [100, new]) + counts(
        "ceased_count", ["2024", "2025"], [ceased, 100]
    )
    found = signs.balance(opened(tmp_path, rows), "new_count", "ceased_count")
    assert found.direction == direction
    assert "2024" in found.question


def test_a_break_test_speaks_only_where_it_is_clear(tmp_path: Path) -> None:
    faster = shares(2.0, 2.1, 2.1, 2.2, 2.2, 2.6, 3.0, 3.5, 4.1, 4.7)
    slower = shares(2.0, 2.4, 2.9, 3.5, 4.2, 4.3, 4.3, 4.4, 4.4, 4.5)
    steady = shares(2.0, 2.2, 2.3, 2.6, 2.7, 3.1, 3.2, 3.6, 3.8, 4.3)
    for name, rows, direction in (
        ("faster", faster, LASTING),
        ("slower", slower, BULGE),
        ("steady", steady, NEITHER),
    ):
        (tmp_path / name).mkdir()
        found = signs.slope(opened(tmp_path / name, rows), "the share", "made_up_pct", "2020/21")
        assert found.direction == direction, name


def test_an_excess_that_has_gone_speaks_for_a_bulge(tmp_path: Path) -> None:
    trend = (10.0, 10.2, 10.3, 10.6, 10.8)
    for name, after, direction in (
        ("gone", (14.0, 14.0, 12.0, 11.6, 11.8), BULGE),
        ("there", (14.0, 14.0, 14.0, 15.0, 16.0), LASTING),
        ("never", (11.0, 11.2, 11.3, 11.6, 11.8), NEITHER),
    ):
        (tmp_path / name).mkdir()
        found = signs.excess(share(opened(tmp_path / name, shares(*trend, *after))))
        assert found.direction == direction, name


def test_an_earlier_trend_too_uneven_to_tell_is_no_sign(tmp_path: Path) -> None:
    # As of Rutland, where few pupils make the earlier years go up and down.
    uneven = (2.0, 6.0, 2.5, 7.0, 3.0, 6.0, 6.5, 7.0, 7.5, 8.0)
    with pytest.raises(NoDataError) as caught:
        signs.excess(share(opened(tmp_path, shares(*uneven))))
    assert caught.value.reason == RULES.range.reason
    assert caught.value.rule == "range"


def test_others_rising_too_speaks_for_neither(tmp_path: Path) -> None:
    rows = [row for area in (AREA, REGION, COUNTRY, NEIGHBOUR) for row in shares(1.0, 2.0, area=area.code)]
    found = signs.neighbours_rising(opened(tmp_path, rows), "made_up_pct", "2015/16")
    assert (found.finding, found.direction) == ("rose in three of three comparators", NEITHER)


def test_a_sign_without_its_data_is_refused_with_a_reason(tmp_path: Path) -> None:
    run = opened(tmp_path, shares(2.0, 2.1))
    with pytest.raises(NoDataError) as caught:
        signs.pace(run, "the share", "made_up_pct", WINDOWS)
    assert caught.value.reason == "no value for 2018/19"


# -- the answer -----------------------------------------------------------------------------------------


def sign(direction: Direction, run: Supplement) -> signs.Sign:
    return signs.Sign(f"About {direction}", "this and that", direction, run.observations("made_up_pct"))


def test_the_answer_and_its_signs_are_published(tmp_path: Path) -> None:
    run = opened(tmp_path, shares(2.0, 2.1))
    ways = {"a": LASTING, "b": LASTING, "c": LASTING, "d": NEITHER, "elsewhere": NEITHER}
    lasting.publish_rise(run, "rise", {key: lambda way=way: sign(way, run) for key, way in ways.items()})
    figures = read_figures(tmp_path / "run")[0]
    assert figures["rise.answer"].shown == "point to a lasting rise and not to a bulge"
    assert figures["rise.tally"].shown.startswith("Of four signs, three speak")  # elsewhere has no part
    assert len(figures["rise.signs"].rows) == 5
    assert figures["rise.elsewhere"].shown == "this and that"
    assert "at least three" in figures["rise.answer"].method


def test_too_few_signs_are_no_answer(tmp_path: Path) -> None:
    run = opened(tmp_path, shares(2.0, 2.1))

    def none() -> signs.Sign:
        raise NoDataError("nothing", reason="not held")

    lasting.publish_rise(run, "rise", {"a": lambda: sign(LASTING, run), "b": none, "c": none})
    assert not read_figures(tmp_path / "run")[0]
    reasons = {absence.figures[0]: absence.reason for absence in read_absences(tmp_path / "run")}
    assert reasons["rise.*"] == lasting.TOO_FEW_SIGNS
    assert reasons["rise.b"] == "not held"


# -- what it is made of ---------------------------------------------------------------------------------


def test_the_parts_of_a_caseload_add_up() -> None:
    flows = pd.DataFrame(
        {
            "stock": [1000, 1100, 1300],
            "after": [1100, 1300, 1600],
            "new": [200, 300, 400],
            "ceased": [100, 99, 91],
        }
    )
    found = rise_parts.flow_parts(flows)
    assert found.change == 500
    assert found.parts["entries"] == 300  # 100 and 200 beyond the 200 of the first year
    assert found.parts["longer"] == pytest.approx(110 + 130 - 99 - 91)
    assert found.parts["as_before"] == pytest.approx(200 - 110 + 200 - 130)
    assert sum(found.parts.values()) == pytest.approx(500)


def test_children_and_rate_are_parted(tmp_path: Path) -> None:
    years = ["2017/18", "2018/19", "2022/23"]
    rows = counts("pupil_headcount_count", years, [1000, 1050, 1100])
    rows += counts("ehc_plan_pupils_count", years, [20, 25, 44])
    rise_parts.publish_census_parts(opened(tmp_path, rows), "parts")
    figures = read_figures(tmp_path / "run")[0]
    children, rate = (figures[f"parts.{key}"].value for key in ("children", "rate"))
    assert figures["parts.change"].value == children + rate == pytest.approx(24)
    assert 0 < children < rate  # a tenth more children, but twice the share
    assert figures["parts.first_period"].shown == "2017/18"


def test_flows_need_years_in_a_row(tmp_path: Path) -> None:
    rows = counts("ehc_plans_count", [f"January {year}" for year in (2022, 2023, 2024)], [1000, 1100, 1300])
    rows += counts("ehc_new_plans_count", ["2022", "2023"], [200, 300])
    rows += counts("ehc_plans_ceased_count", ["2022", "2023"], [100, 99])
    rise_parts.publish_flow_parts(opened(tmp_path, rows), "flow")
    figures = read_figures(tmp_path / "run")[0]
    assert figures["flow.change"].value == 200
    assert (figures["flow.exits_before"].shown, figures["flow.exits_now"].shown) == ("10.0", "9.0")
    (tmp_path / "fewer").mkdir()
    rise_parts.publish_flow_parts(
        opened(tmp_path / "fewer", [r for r in rows if r["period"] != "2023"]), "flow"
    )
    (absence,) = read_absences(tmp_path / "fewer" / "run")
    assert "too few years" in absence.reason
