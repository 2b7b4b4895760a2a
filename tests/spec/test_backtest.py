"""The backtest: no look ahead, errors by hand, and the plain forecasts it compares with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from methods import Example, Method
from scipy.stats import t as student
from synthetic_series import panel

from send_jsna.statistics import backtest as bt
from send_jsna.statistics.calibration import Calibration, Model
from send_jsna.statistics.combination import LEVELS
from send_jsna.statistics.forecasting import forecast
from send_jsna.statistics.national_path import Shared
from send_jsna.statistics.state_space import Trend

Floats = npt.NDArray[np.float64]
HORIZON = 3

#: One series that grows by 2, 4, 2, 4: a mean yearly change of 3. Synthetic.
ONE = bt.Panel(
    "made_up_count", "log", np.arange(2019, 2026), np.array([[10.0, 12.0, 16.0, 18.0, 22.0, 25.0, 31.0]]), 5
)
SHARED = Shared(np.full(4, 0.1), 0.1, 0.05)
MODEL = Model(Trend(0.001, 0.001, 0.001, 0.9, 0.001), 0.9)


def mase(plans: list[float], made: list[float]) -> float:
    """Error of one series' forecasts, NaN up to the cut, by the functions of the backtest."""
    ahead = int(np.sum(~np.isnan(made)))
    whole = bt.Panel("made_up_count", "log", np.arange(len(plans)), np.array([plans]), len(plans) - ahead)
    at = origin(whole, len(plans) - ahead - 1)
    method = flat(np.array([made[-ahead:]]))
    return float(np.mean([bt.score(whole, [at], [method], step + 1).mase for step in range(ahead)]))


def origin(whole: bt.Panel, index: int) -> bt.Origin:
    """An origin without models: the score reads its rows and scale alone."""
    rows = bt.usable(whole, index)
    scale = np.abs(np.diff(whole.values[rows, : index + 1], axis=1)).mean(axis=1)
    return bt.Origin(index, rows, {}, {}, {"damped_trend": MODEL}, SHARED, scale)


def flat(median: Floats, reach: float = 1.0) -> bt.Forecasts:
    return bt.Forecasts(median, dict.fromkeys(LEVELS, median - reach), dict.fromkeys(LEVELS, median + reach))


METHODS = (
    Method(
        id="backtest",
        section="Projections and forecasts",
        title="Mean absolute scaled error and rolling-origin backtest",
        what="Every authority's series is cut off at each year from the fifth point on, forecast from what"
        " was known then, and compared with what came. The error is divided by the series' mean absolute"
        " yearly change up to the cut: 1 is the size of an ordinary year's change, and errors of large and"
        " small authorities count alike.",
        when="whether the forecast is better than carrying on the last value or the mean change.",
        sources=[
            "R. J. Hyndman and A. B. Koehler, International Journal of Forecasting 22 (2006) 679–688.",
            "L. J. Tashman, International Journal of Forecasting 16 (2000) 437–450.",
        ],
        functions=[mase],
        examples=[
            Example(
                "synthetic: yearly changes of 2, 4, 2 and 4 up to the cut, then errors of 3 and 0",
                {"plans": [10, 12, 16, 18, 22, 25, 31], "forecasts": [*[None] * 5, 22, 31]},
                "mase(plans, forecasts)",
                {"error": 0.5},
                2,
            )
        ],
    ),
    Method(
        id="naive-and-drift",
        section="Projections and forecasts",
        title="Last value and mean change carried on",
        what="The plainest forecasts: the last value stays (naive), or the mean yearly change goes on"
        " (drift). A forecast that does not beat both is not worth having.",
        when="comparison in the backtest.",
        sources=["R. J. Hyndman and others, Forecasting with Exponential Smoothing (Springer, 2008)."],
        functions=[bt.naive, bt.drift],
        examples=[
            Example(
                "synthetic: the mean change of 10, 12, 16, 18, 22 is 3",
                {"plans": [10, 12, 16, 18, 22]},
                "drift([plans], 3)",
                {"median": [25, 28, 31]},
                0,
            )
        ],
    ),
)


# -- no look ahead ----------------------------------------------------------------------------------------


def same(one: bt.Origin, other: bt.Origin) -> None:
    np.testing.assert_array_equal(one.rows, other.rows)
    np.testing.assert_array_equal(one.scale, other.scale)
    assert one.models == other.models
    for name in one.paths:
        np.testing.assert_array_equal(one.paths[name], other.paths[name])
        np.testing.assert_array_equal(one.spreads[name], other.spreads[name])


@pytest.fixture(scope="module")
def whole() -> bt.Panel:
    return panel()


@pytest.fixture(scope="module")
def origins(whole: bt.Panel) -> list[bt.Origin]:
    return bt.roll(whole, HORIZON)


def later_changed(whole: bt.Panel, index: int) -> bt.Panel:
    """The panel with everything after an origin tripled, reversed, and in part missing."""
    values = whole.values.copy()
    values[:, index + 1 :] = 3 * values[::-1, index + 1 :]
    values[0, index + 1 :] = np.nan
    return replace(whole, values=values)


@pytest.mark.parametrize("index", [4, 6])
def test_what_comes_after_an_origin_changes_nothing_at_it(
    whole: bt.Panel, origins: list[bt.Origin], index: int
) -> None:
    changed = later_changed(whole, index)
    same(origins[index - 4], bt.forecast_at(changed, index, HORIZON))


def test_weights_and_intervals_at_an_origin_come_from_what_was_known(
    whole: bt.Panel, origins: list[bt.Origin]
) -> None:
    index = 6
    changed = later_changed(whole, index)
    again = [*origins[: index - 3], *[bt.forecast_at(changed, at, HORIZON) for at in (7, 8)]]
    before = bt.combined_forecasts(whole, origins, HORIZON)
    after = bt.combined_forecasts(changed, again, HORIZON)
    for place in range(index - 3):
        np.testing.assert_array_equal(before[place].median, after[place].median)
        for level in LEVELS:
            np.testing.assert_array_equal(before[place].lower[level], after[place].lower[level])
            np.testing.assert_array_equal(before[place].upper[level], after[place].upper[level])
    assert not np.array_equal(before[-1].median, after[-1].median)


def test_learning_reads_no_outcome_after_what_is_known(whole: bt.Panel, origins: list[bt.Origin]) -> None:
    for known in (4, 5, 7):
        first = bt.learn(whole, origins, known, HORIZON)
        second = bt.learn(later_changed(whole, known), origins, known, HORIZON)
        for name in first[0]:
            np.testing.assert_array_equal(first[0][name], second[0][name])
        np.testing.assert_array_equal(first[1], second[1])
    # The outcome of the last known year is read.
    moved = bt.learn(later_changed(whole, 6), origins, 7, HORIZON)
    assert not np.array_equal(moved[1], bt.learn(whole, origins, 7, HORIZON)[1])


def test_before_any_outcome_weights_are_equal_and_factors_one(
    whole: bt.Panel, origins: list[bt.Origin]
) -> None:
    weights, scales = bt.learn(whole, origins, 4, HORIZON)
    np.testing.assert_array_equal(list(weights.values()), 0.5)
    np.testing.assert_array_equal(scales, 1.0)


def test_a_horizon_without_outcome_takes_those_of_the_shorter_one(
    whole: bt.Panel, origins: list[bt.Origin]
) -> None:
    weights, scales = bt.learn(whole, origins, 5, HORIZON)
    for item in (*weights.values(), *scales):
        np.testing.assert_array_equal(item[1:], item[0])
    assert not np.all(scales == 1.0)


def test_weights_are_by_past_errors_worked_by_hand() -> None:
    """One origin, errors on the log scale of 0.1 and 0.2: weights of 4/5 and 1/5."""
    came = np.log(ONE.values[0, 5])
    paths = {"first": np.array([[came - 0.1]]), "second": np.array([[came + 0.2]])}
    spreads = {name: np.array([[0.1]]) for name in paths}
    made = bt.Origin(4, np.array([0]), paths, spreads, {}, SHARED, np.array([3.0]))
    weights, _ = bt.learn(ONE, [made], 5, 1)
    np.testing.assert_allclose([weights["first"][0], weights["second"][0]], [0.8, 0.2])


# -- the score --------------------------------------------------------------------------------------------


def test_mase_and_coverage_by_hand() -> None:
    """Two series, of mean change 3 and 10, and a third that never changed: errors of 3 and 5."""
    values = np.array(
        [
            [10.0, 12.0, 16.0, 18.0, 22.0, 25.0],
            [100.0, 110.0, 120.0, 130.0, 140.0, 155.0],
            [7.0, 7.0, 7.0, 7.0, 7.0, 9.0],
            [50.0, 51.0, 52.0, 53.0, 54.0, np.nan],
        ]
    )
    whole = bt.Panel("made_up_count", "log", np.arange(6), values, 5)
    at = origin(whole, 4)
    found = bt.score(whole, [at], [flat(np.array([[22.0], [150.0], [7.0], [55.0]]), 4.0)], 1)
    assert found.mase == pytest.approx((3 / 3 + 5 / 10) / 2)
    assert found.coverage == dict.fromkeys(LEVELS, 0.5)
    assert (found.forecasts, found.origins) == (2, 1)
    with pytest.raises(ValueError, match="no outcome is known 2 years"):
        bt.score(whole, [at], [flat(np.zeros((4, 2)))], 2)


def test_naive_and_drift_in_closed_form() -> None:
    seen = ONE.values[:, :5]  # changes of 2, 4, 2, 4
    steps = np.arange(1, 4)
    unit = student.ppf(0.9, 5) * np.sqrt(3 / 5)
    last = bt.naive(seen, 3)
    np.testing.assert_array_equal(last.median, [[22.0] * 3])
    np.testing.assert_allclose(last.upper[0.8], [22 + unit * np.sqrt(10 * steps)])
    np.testing.assert_allclose(last.lower[0.8], [22 - unit * np.sqrt(10 * steps)])
    mean = bt.drift(seen, 3)
    np.testing.assert_allclose(mean.median, [22 + 3 * steps])
    np.testing.assert_allclose(
        mean.upper[0.8] - mean.median, [unit * np.sqrt(4 / 3 * steps * (1 + steps / 4))]
    )


def test_one_by_one_is_all_at_once(whole: bt.Panel) -> None:
    seen = whole.values[:, :6]
    for method in (bt.naive, bt.drift):
        together = method(seen, 3)
        for row in range(len(seen)):
            alone = method(seen[row : row + 1], 3)
            np.testing.assert_allclose(together.median[row], alone.median[0])
            np.testing.assert_allclose(together.lower[0.95][row], alone.lower[0.95][0])


# -- what is used, and what it leads to -------------------------------------------------------------------


def test_a_series_with_a_gap_is_left_out_from_then_on(whole: bt.Panel, origins: list[bt.Origin]) -> None:
    assert 3 in bt.usable(whole, 5)
    assert 3 not in bt.usable(whole, 6)
    assert [len(item.rows) for item in origins] == [12, 12, 11, 11, 11]


def test_a_panel_without_enough_points_or_series_is_refused(whole: bt.Panel) -> None:
    with pytest.raises(ValueError, match="origin 3 has fewer than 5 points"):
        bt.forecast_at(whole, 3)
    with pytest.raises(ValueError, match="no series has every point"):
        bt.forecast_at(replace(whole, values=np.full((2, 9), np.nan)), 6)


def test_the_calibration_gives_the_last_origins_forecast_again(
    whole: bt.Panel, origins: list[bt.Origin]
) -> None:
    """A forecast of one series from the calibration is the backtest's combination for that series."""
    calibration = bt.calibrate(whole, origins, HORIZON)
    assert (calibration.first_time, calibration.last_time) == (2015, 2023)
    combined = bt.combined_forecasts(whole, origins, HORIZON)[-1]
    back = Calibration.from_dict(calibration.to_dict())
    for place in (0, 5):
        row = origins[-1].rows[place]
        fan = forecast(whole.times, whole.values[row], back, HORIZON)
        np.testing.assert_allclose(fan.median, combined.median[place], rtol=1e-10)
        for level in LEVELS:
            np.testing.assert_allclose(fan.upper[level], combined.upper[level][place], rtol=1e-10)


def test_a_further_forecast_is_learned_like_the_models(whole: bt.Panel) -> None:
    """One that knows the outcome gets nearly all the weight; where it has none, the models stand in."""

    def seer(index: int, rows: npt.NDArray[np.int64], horizon: int) -> Floats:
        found = np.full((len(rows), horizon), np.nan)
        later = whole.values[rows, index + 1 : index + 1 + horizon]
        found[1:, : later.shape[1]] = later[1:]
        return found

    made = [bt.forecast_at(whole, index, 1, {"seer": seer}) for index in (6, 7)]
    np.testing.assert_allclose(
        made[0].paths["seer"][0],
        (made[0].paths["damped_trend"][0] + made[0].paths["local_linear"][0]) / 2,
    )
    weights, _ = bt.learn(whole, made, 7, 1)
    assert weights["seer"][0] > 0.9
