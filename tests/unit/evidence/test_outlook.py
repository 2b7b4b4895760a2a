"""Forecasts as the report shows them, on a synthetic run with a synthetic calibration."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from synthetic import AREA, COUNTRY, make_run, open_run

from send_jsna.errors import DataError, NoDataError
from send_jsna.evidence.forecast import cohorts, forecasts, outlook
from send_jsna.evidence.forecast.forecasts import Outlook, following, foresee
from send_jsna.evidence.forecast.outlook import publish_outlook
from send_jsna.evidence.forecast.scenarios import publish_scenarios
from send_jsna.evidence.measures import measure
from send_jsna.figures.charts import Break
from send_jsna.figures.records import read_absences, read_figures
from send_jsna.figures.supplement import Supplement
from send_jsna.statistics.calibration import Calibration

#: A calibration that nothing was learned from: growth shared by all of a tenth a year.
SYNTHETIC = {
    "family": "made_up_count",
    "transform": "log",
    "least_points": 5,
    "shared": {"first_time": 2019, "growth": [0.1] * 6, "smoothed": 0.1, "shock": 0.03},
    "models": {
        name: {
            "shared_damping": damping,
            "trend": {
                "irregular": 1e-4,
                "level_shock": 1e-3,
                "slope_shock": 1e-4,
                "damping": damping,
                "first_slope": 1e-3,
            },
        }
        for name, damping in (("damped_trend", 0.9), ("local_linear", 1.0))
    },
    "weights": {"damped_trend": [0.5] * 5, "local_linear": [0.5] * 5},
    "scales": {0.5: [1.0] * 5, 0.8: [1.0] * 5, 0.95: [1.0] * 5},
    "backtest": [
        {
            "years_ahead": step,
            "forecasts": 100,
            "origins": 2,
            "mase": {"combined": 1.0, "naive": 3.0},
            "coverage_80": {"combined": 0.8, "naive": 0.5},
        }
        for step in (1, 2)
    ],
}
RISING = tuple(1000 * 1.1**step for step in range(7))


def rows(values: Sequence[float | None], first: int = 2019) -> list[dict[str, object]]:
    return [
        {
            "indicator": "made_up_count",
            "area_code": AREA.code,
            "period": f"January {year}",
            "unit": "count",
            "decimals": 0,
            **({"value": round(value)} if value is not None else {"status": "x"}),
        }
        for year, value in enumerate(values, start=first)
    ]


def opened(tmp_path: Path, values: Sequence[float | None] = RISING, *, calibrated: bool = True) -> Supplement:
    if calibrated:
        folder = tmp_path / "data" / "forecast"
        folder.mkdir(parents=True)
        text = yaml.safe_dump({"families": {"made_up_count": SYNTHETIC}})
        (folder / "calibration.yaml").write_text(text, encoding="utf-8")
    return open_run(make_run(tmp_path, rows(values)))


def made_up(run: Supplement, **more: str) -> Outlook:
    plans = measure(run, "made_up_count", "outlook.made", name="Made-up plans")
    return Outlook(replace(plans, breaks=(Break("January 2023", "Counted anew"),)), **more)


@pytest.mark.parametrize(
    ("label", "periods"),
    [
        ("January 2025", ["January 2026", "January 2027"]),
        ("2024/25", ["2025/26", "2026/27"]),
        ("2024-25", ["2025-26", "2026-27"]),
        ("2024", ["2025", "2026"]),
    ],
)
def test_the_years_ahead_are_named_as_the_years_before(label: str, periods: list[str]) -> None:
    assert following(label, 2) == periods


def test_months_have_no_years_ahead() -> None:
    with pytest.raises(DataError):
        following("October 2023")


def test_a_forecast_goes_on_from_the_newest_value(tmp_path: Path) -> None:
    found = foresee(made_up(opened(tmp_path)))
    assert found.periods == [f"January {year}" for year in range(2026, 2031)]
    assert found.fan.last == round(RISING[-1])
    assert np.all(np.diff(found.fan.median) > 0)
    (low, high), (lower, higher) = found.last_year(0.8).limits, found.last_year(0.95).limits
    assert lower < low < found.fan.median[-1] < high < higher


def test_only_the_years_since_the_last_gap_are_used(tmp_path: Path) -> None:
    found = foresee(made_up(opened(tmp_path, (500.0, None, *RISING[:5]))))
    assert len(found.rows) == 5
    assert found.rows["period"].iloc[0] == "January 2021"


def test_series_that_cannot_be_forecast_say_why(tmp_path: Path) -> None:
    for name, values, calibrated, reason in (
        ("short", RISING[:4], True, forecasts.TOO_FEW_YEARS),
        ("bare", RISING, False, forecasts.NOT_CALIBRATED),
        ("small", [value / 50 for value in RISING], True, forecasts.TOO_FEW_CHILDREN),
    ):
        (tmp_path / name).mkdir()
        with pytest.raises(NoDataError) as caught:
            foresee(made_up(opened(tmp_path / name, values, calibrated=calibrated)))
        assert caught.value.reason == reason


def test_a_forecast_is_published_with_its_ranges(tmp_path: Path) -> None:
    run = opened(tmp_path)
    publish_outlook(made_up(run))
    figures = read_figures(tmp_path / "run")[0]
    found = foresee(made_up(run))
    assert figures["outlook.made.from"].shown == "January 2025"
    assert figures["outlook.made.until"].shown == "January 2030"
    assert figures["outlook.made.median"].value == pytest.approx(found.fan.median[-1])
    low, high = (f"{limit:,.0f}" for limit in found.last_year(0.8).limits)
    assert figures["outlook.made.range"].shown == f"{low} to {high}"
    assert figures["outlook.made.outcome"].shown == "higher than"
    chance = figures["outlook.made.chance"].value
    assert chance is not None and 90 < chance <= 100
    chart = figures["outlook.made.fan"]
    assert chart.columns[:3] == ["Period", "Recorded", "Forecast (median)"]
    assert "A break in the series is marked before January 2023: Counted anew." in chart.alt
    assert chart.rows[-1][0] == "January 2030"


def backtested(tmp_path: Path, held: Sequence[float], *, widened: float = 1.0) -> Supplement:
    """A run whose forecast's 80 % range held these shares, one a year ahead, and is so many times as wide."""
    backtest = [
        {**SYNTHETIC["backtest"][0], "years_ahead": step, "coverage_80": {"combined": share, "naive": 0.5}}  # type: ignore[index]
        for step, share in enumerate(held, start=1)
    ]
    scales = {0.5: [1.0] * 5, 0.8: [widened] * 5, 0.95: [2 * widened] * 5}
    family = {**SYNTHETIC, "backtest": backtest, "scales": scales}
    folder = tmp_path / "data" / "forecast"
    folder.mkdir(parents=True)
    text = yaml.safe_dump({"families": {"made_up_count": family}})
    (folder / "calibration.yaml").write_text(text, encoding="utf-8")
    return open_run(make_run(tmp_path, rows(RISING)))


@pytest.mark.parametrize(
    ("held", "widened", "rule"),
    [
        ((0.82, 0.60), 1.0, ""),
        ((0.82, 0.59, 0.8), 1.0, "forecast"),
        ((0.82,), 1.0, "forecast"),
        ((), 1.0, "forecast"),
        ((0.82, 0.9), 30.0, "range"),
    ],
    ids=["held", "failed-in-a-year", "tested-for-one-year", "not-tested", "too-wide"],
)
def test_a_forecast_is_printed_where_its_range_helps(
    tmp_path: Path, held: Sequence[float], widened: float, rule: str
) -> None:
    run = backtested(tmp_path, held, widened=widened)
    publish_outlook(made_up(run))
    publish_scenarios(run, "outlook.scenarios", [made_up(run)])
    figures = read_figures(tmp_path / "run")[0]
    assert ("outlook.made.fan" in figures) == (not rule)
    assert (figures["outlook.scenarios"].rows[0][-1] == "x") == bool(rule)
    assert [noted.rule for noted in read_absences(tmp_path / "run")] == ([rule] if rule else [])


def test_a_forecast_that_cannot_be_made_is_put_on_record(tmp_path: Path) -> None:
    publish_outlook(made_up(opened(tmp_path, calibrated=False)))
    (absence,) = read_absences(tmp_path / "run")
    assert absence.reason == forecasts.NOT_CALIBRATED
    assert absence.covers("outlook.made.fan")


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [(110, 130, "higher than"), (70, 90, "lower than"), (90, 130, "not clearly different from")],
)
def test_an_outcome_in_words(low: float, high: float, words: str) -> None:
    assert outlook.outcome(100, low, high) == words


@pytest.mark.parametrize(
    ("percent", "text"), [(99.99, "more than 99%"), (0.2, "less than 1%"), (72.4, "72%"), (99.0, "99%")]
)
def test_no_chance_is_certain(percent: float, text: str) -> None:
    assert outlook.chance_text(percent) == text


def by_age(area: str, year: int, plans: dict[str, float]) -> list[dict[str, object]]:
    fixed: dict[str, object] = {"indicator": "ehc_plans_count", "area_code": area, "unit": "count"}
    return [
        fixed | {"period": f"January {year}", "age": age, "value": value, "decimals": 0}
        for age, value in plans.items()
    ]


def test_a_caseload_is_carried_forward_by_age(tmp_path: Path) -> None:
    steady = dict.fromkeys(cohorts.AGES, 1000.0)
    made = by_age(AREA.code, 2024, steady) + by_age(AREA.code, 2025, steady)
    made += by_age(COUNTRY.code, 2024, steady) + by_age(COUNTRY.code, 2025, steady)
    cohorts.publish_cohorts(open_run(make_run(tmp_path, made)), "made")
    figures = read_figures(tmp_path / "run")[0]
    assert figures["made.by_age"].value == pytest.approx(24_000)
    assert figures["made.by_age_until"].shown == "January 2030"


def test_an_age_with_few_plans_leans_on_the_larger_area(tmp_path: Path) -> None:
    few, many = {"3": 2.0, "4": 4.0}, dict.fromkeys(cohorts.AGES, 1000.0)
    made = by_age(AREA.code, 2024, few) + by_age(AREA.code, 2025, few)
    made += by_age(COUNTRY.code, 2024, many) + by_age(COUNTRY.code, 2025, many)
    cohorts.publish_cohorts(open_run(make_run(tmp_path, made)), "made")
    total = read_figures(tmp_path / "run")[0]["made.by_age"].value
    # Alone, the four-year-olds' plans would all end at once. With England's twenty plans five sixths go on.
    assert total == pytest.approx(2 + 4 + 5 * 4 * 5 / 6, abs=0.5)


def test_children_go_on_entering_where_none_has_a_plan_under_three(tmp_path: Path) -> None:
    """As in most areas, where nobody under three has a plan, and hardly anybody aged three."""
    entering = {"3": 5.0, "4": 160.0, **{str(age): 200.0 for age in range(5, 26)}}
    country = {age: 100 * plans for age, plans in entering.items()}
    made = [
        row
        for year in (2024, 2025)
        for area, plans in ((AREA, entering), (COUNTRY, country))
        for row in by_age(area.code, year, plans)
    ]
    cohorts.publish_cohorts(open_run(make_run(tmp_path, made)), "made")
    total = read_figures(tmp_path / "run")[0]["made.by_age"].value
    assert total == pytest.approx(5 + 160 + 21 * 200, abs=0.5)  # as many as now: what leaves is made good


def test_one_year_of_ages_carries_nothing_forward(tmp_path: Path) -> None:
    made = by_age(AREA.code, 2025, {"5": 10.0}) + by_age(COUNTRY.code, 2025, {"5": 10.0})
    cohorts.publish_cohorts(open_run(make_run(tmp_path, made)), "made")
    assert read_absences(tmp_path / "run")[0].reason == cohorts.TWO_YEARS


def test_a_stock_is_forecast_by_its_flows_too(tmp_path: Path) -> None:
    new = [
        {
            "indicator": "new_count",
            "area_code": AREA.code,
            "period": str(year),
            "unit": "count",
            "decimals": 0,
        }
        | {"value": 300.0}
        for year in range(2019, 2026)  # the newest year of entries has no January after it
    ]
    weights = {"damped_trend": [0.25] * 5, "local_linear": [0.25] * 5, "stock_flow": [0.5] * 5}
    families = {
        "made_up_count": {**SYNTHETIC, "weights": weights},
        "new_count": {
            **SYNTHETIC,
            "family": "new_count",
            "shared": {"first_time": 2019, "growth": [0.0] * 6, "smoothed": 0.0, "shock": 0.01},
        },
    }
    folder = tmp_path / "data" / "forecast"
    folder.mkdir(parents=True)
    (folder / "calibration.yaml").write_text(yaml.safe_dump({"families": families}), encoding="utf-8")
    stock = rows([1000.0 + 100 * step for step in range(7)])  # of 300 new plans, 200 a year go
    run = open_run(make_run(tmp_path, [*stock, *new]))
    found = foresee(made_up(run, flows="new_count"))
    exits = np.mean([200 / stock[year]["value"] for year in (3, 4, 5)])
    assert found.fan.members["stock_flow"][0] == pytest.approx(1600 * (1 - exits) + 300, rel=1e-3)
    assert found.fan.weights["stock_flow"][0] == 0.5
    assert len(found.rows) == 7
    assert set(found.used["indicator"]) == {"made_up_count", "new_count"}
    plain = foresee(made_up(run))
    assert "stock_flow" not in plain.fan.members


def test_what_was_learned_on_all_authorities_is_combined_where_the_series_ends_there(tmp_path: Path) -> None:
    last = SYNTHETIC["shared"]["first_time"] + len(SYNTHETIC["shared"]["growth"])
    names = ("damped_trend", "local_linear", "pooled_learner")
    weights = dict(zip(names, ([0.25] * 5, [0.25] * 5, [0.5] * 5), strict=True))
    family = {**SYNTHETIC, "weights": weights, "around": {"middle": 7.0, "unit": 0.1}}
    leaf = {"feature": [0], "threshold": [0.0], "left": [-1], "right": [-1], "value": [0.0]}
    trees = {"first": 1.0, "least": -5.0, "most": 5.0, "trees": [leaf]}
    for end, is_combined in ((last, True), (last - 1, False)):
        project = tmp_path / str(end)
        folder = project / "data" / "forecast"
        folder.mkdir(parents=True)
        families = {"families": {"made_up_count": family}}
        (folder / "calibration.yaml").write_text(yaml.safe_dump(families), encoding="utf-8")
        (folder / "learner.json").write_text(json.dumps(trees), encoding="utf-8")
        run = open_run(make_run(project, rows(RISING, first=end + 1 - len(RISING))))
        fan = foresee(made_up(run)).fan
        assert ("pooled_learner" in fan.members) == is_combined
        assert sum(item[0] for item in fan.weights.values()) == pytest.approx(1)
        if is_combined:
            assert fan.members["pooled_learner"][1] == pytest.approx(RISING[-1] * np.exp(0.2), rel=1e-3)


def test_what_the_backtest_found_is_said() -> None:
    table = [
        {
            "years_ahead": step,
            "forecasts": forecasts,
            "origins": 2,
            "mase": {"combined": 1.0 * step, "naive": 3.0 * step, "drift": 2.0 * step},
            "coverage_80": {"combined": share, "naive": 0.5, "drift": 0.5},
        }
        for step, forecasts, share in ((1, 300, 0.82), (2, 100, 0.43))
    ]
    found = Calibration.from_dict({**SYNTHETIC, "backtest": table, "provenance": {"series": 158}})
    said = forecasts.backtest_words(found)
    assert "Backtest on 158 authorities: one year ahead 82%" in said
    assert "two years ahead, the furthest that could be tested, 43%" in said
    assert said.endswith("mean absolute scaled error 1.25, of the best plain forecast 2.50.")
    assert forecasts.backtest_words(Calibration.from_dict({**SYNTHETIC, "backtest": []})) == ""


def test_the_forecast_stands_beside_the_scenarios(tmp_path: Path) -> None:
    run = opened(tmp_path)
    publish_scenarios(run, "outlook.scenarios", [made_up(run)])
    (line,) = read_figures(tmp_path / "run")[0]["outlook.scenarios"].rows
    median = f"{foresee(made_up(run)).fan.median[-1]:,.0f}"
    assert line[-1].startswith(f"{median} (")
    assert line[4] == "1,772"  # growth stops


def test_an_area_with_few_plans_is_not_carried_forward(tmp_path: Path) -> None:
    steady = dict.fromkeys(cohorts.AGES, 10.0)
    made = by_age(AREA.code, 2024, steady) + by_age(AREA.code, 2025, steady)
    made += by_age(COUNTRY.code, 2024, steady) + by_age(COUNTRY.code, 2025, steady)
    made += [{**made[0], "period": "January 2025", "age": "", "value": 90.0}]
    cohorts.publish_cohorts(open_run(make_run(tmp_path, made)), "made")
    assert read_absences(tmp_path / "run")[0].reason == forecasts.TOO_FEW_CHILDREN
