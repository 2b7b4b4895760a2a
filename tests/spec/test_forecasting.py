"""Forecasts: the state-space models against statsmodels, the fan against its own model, and refusals."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from methods import Example, Method
from scipy.stats import t as student
from statsmodels.tsa.statespace.kalman_filter import KalmanFilter
from statsmodels.tsa.statespace.structural import UnobservedComponents
from synthetic_series import CALIBRATION, PLANS, RECORD, YEARS

from send_jsna.statistics.calibration import Calibration
from send_jsna.statistics.combination import (
    LEVELS,
    PRIOR_ORIGINS,
    combine,
    half_width,
    interval_scales,
    inverse_error_weights,
    tail_beyond,
)
from send_jsna.statistics.forecasting import Fan, forecast
from send_jsna.statistics.national_path import SHOCK, SHOCK_YEARS, fit_shared, shared_growth
from send_jsna.statistics.state_space import DIFFUSE, Trend, fit_pooled, kalman_filter, predict
from send_jsna.statistics.transforms import from_scale, to_scale

Floats = npt.NDArray[np.float64]
TREND = Trend(irregular=4e-3, level_shock=9e-3, slope_shock=1e-3, damping=0.8, first_slope=2e-2)

METHODS = (
    Method(
        id="forecast",
        section="Projections and forecasts",
        title="Forecast by damped and local linear trends",
        what="Each authority's series is the path that all authorities share and its own deviation from it."
        " The deviation follows a trend in state-space form, once damped and once not; its variances are"
        " estimated on all authorities together, because a short series cannot tell its own. Both"
        " forecasts are combined, and the fan shows where the outcome lies with 50, 80 and 95 %"
        " probability.",
        when="EHC plans, requests, SEN support and special school places up to five years ahead.",
        sources=[
            "E. S. Gardner and E. McKenzie, Management Science 31 (1985) 1237–1246.",
            "A. C. Harvey, Forecasting, Structural Time Series Models and the Kalman Filter (1989).",
        ],
        functions=[forecast],
        examples=[
            Example(
                "synthetic plans, with a synthetic calibration: the middle of the forecast",
                {"year": YEARS, "plans": PLANS},
                "forecast(year, plans, calibration, 3)",
                {"median": [2761, 2967, 3177]},
                0,
                {"calibration": CALIBRATION},
            ),
            Example(
                "the same: the upper limit of the 80 % interval",
                {"year": YEARS, "plans": PLANS},
                "forecast(year, plans, calibration, 3).upper[0.8]",
                {"upper": [2935, 3255, 3602]},
                0,
                {"calibration": CALIBRATION},
            ),
        ],
    ),
    Method(
        id="forecast-weights",
        section="Projections and forecasts",
        title="Weights of combined forecasts",
        what="Forecasts are combined by weights inverse to the square of their mean absolute error so far."
        " Correlations between them are left out: a handful of origins cannot tell them.",
        when="the combination of the forecasts, for each number of years ahead.",
        sources=["J. M. Bates and C. W. J. Granger, Operational Research Quarterly 20 (1969) 451–468."],
        functions=[inverse_error_weights],
        examples=[
            Example(
                "synthetic past errors of two forecasts; the second's are twice the first's",
                {"first": [0.02, -0.03, 0.01], "second": [0.04, -0.06, 0.02]},
                "inverse_error_weights([first, second])",
                {"weights": [0.8, 0.2]},
            )
        ],
    ),
    Method(
        id="forecast-interval-factors",
        section="Projections and forecasts",
        title="Interval factors from past errors",
        what="The half-widths of the models' intervals are multiplied so that past outcomes lay inside as"
        " often as they should have. With few origins the factor is drawn towards 1: the models' own"
        " spread counts as a tenth of an origin.",
        when="the limits of the fan.",
        sources=["V. Vovk, A. Gammerman and G. Shafer, Algorithmic Learning in a Random World (2005)."],
        functions=[interval_scales],
        examples=[
            Example(
                "synthetic past errors in standard deviations, from one origin",
                {"errors": [-2.0, -1.5, -1.0, -0.6, -0.2, 0.1, 0.4, 0.8, 1.2, 2.4]},
                "interval_scales([errors], [0.5, 0.8])",
                {"factors": [1.3765, 1.6627]},
            )
        ],
    ),
)


# -- the filter -------------------------------------------------------------------------------------------


def oracle(y: Floats, trend: Trend, ahead: int = 0) -> Any:
    """Statsmodels' filter of the same model; years ahead are missing values."""
    phi = trend.damping
    model = KalmanFilter(k_endog=1, k_states=2)
    model.bind(np.concatenate([y, np.full(ahead, np.nan)])[:, None])
    model["design"] = np.array([[1.0, 0.0]])
    model["obs_cov"] = np.array([[trend.irregular]])
    model["transition"] = np.array([[1.0, phi], [0.0, phi]])
    model["selection"] = np.eye(2)
    model["state_cov"] = np.diag([trend.level_shock, trend.slope_shock])
    model.initialize_known(np.zeros(2), np.diag([DIFFUSE, trend.first_slope]))
    return model.filter()


SERIES = np.array(
    [
        [5.0, 5.1, 5.3, 5.2, 5.5, 5.7, 5.8],
        [2.0, np.nan, 2.4, 2.2, np.nan, 2.9, 2.8],
        [7.1, 7.0, 6.7, 6.9, 6.6, 6.2, np.nan],
    ]
)


@pytest.mark.parametrize("damping", [0.6, 0.9, 1.0])
def test_filter_and_prediction_are_those_of_statsmodels(damping: float) -> None:
    trend = replace(TREND, damping=damping)
    found = kalman_filter(SERIES, trend)
    mean, variance = predict(found, trend, 4)
    for row, y in enumerate(SERIES):
        expected = oracle(y, trend, 4)
        points = len(y)
        np.testing.assert_allclose(mean[row], expected.forecasts[0, points:], rtol=1e-7)
        np.testing.assert_allclose(variance[row], expected.forecasts_error_cov[0, 0, points:], rtol=1e-6)
        np.testing.assert_allclose(found.mean[row], expected.filtered_state[:, points - 1], rtol=1e-6)
        assert found.log_likelihood[row] == pytest.approx(float(np.sum(expected.llf_obs[1:])), rel=1e-6)
        np.testing.assert_allclose(
            found.innovations[row, 1:],
            np.where(np.isnan(y[1:]), np.nan, expected.forecasts_error[0, 1:points]),
            rtol=1e-6,
            atol=1e-12,
        )


def test_undamped_is_the_local_linear_trend_of_unobserved_components() -> None:
    trend = replace(TREND, damping=1.0)
    y = SERIES[0]
    model = UnobservedComponents(y, "lltrend")
    model.ssm.initialize_known(np.zeros(2), np.diag([DIFFUSE, trend.first_slope]))
    fitted = model.filter([trend.irregular, trend.level_shock, trend.slope_shock])
    mean, variance = predict(kalman_filter(y, trend), trend, 3)
    made = fitted.get_forecast(3)
    np.testing.assert_allclose(mean[0], made.predicted_mean, rtol=1e-7)
    np.testing.assert_allclose(np.sqrt(variance[0]), made.se_mean, rtol=1e-6)


def test_many_series_at_once_are_each_by_itself() -> None:
    spread = np.array([1.0, 2.5, 0.4])
    together = kalman_filter(SERIES, TREND, spread)
    mean, variance = predict(together, TREND, 3, spread)
    for row, y in enumerate(SERIES):
        alone = kalman_filter(y, TREND, spread[row])
        one_mean, one_variance = predict(alone, TREND, 3, spread[row])
        np.testing.assert_array_equal(mean[row], one_mean[0])
        np.testing.assert_array_equal(variance[row], one_variance[0])
        assert together.log_likelihood[row] == alone.log_likelihood[0]


def test_missing_values_before_the_first_tell_nothing() -> None:
    late = kalman_filter(np.concatenate([[np.nan, np.nan], SERIES[0]]), TREND)
    plain = kalman_filter(SERIES[0], TREND)
    np.testing.assert_array_equal(late.mean, plain.mean)
    np.testing.assert_array_equal(late.covariance, plain.covariance)


def test_pooled_estimates_find_the_variances_that_made_the_series() -> None:
    """400 series of 12 points, synthetic: the irregular and the shocks within a factor of 1.5."""
    made = Trend(0.004, 0.01, 1e-8, 0.9, 0.003)
    draw = np.random.default_rng(11)
    values = simulate(made, 400, 12, draw)
    found = fit_pooled(values, damping=0.9)
    # The likelihood is of Student's t, the draws are normal: all variances rise by one factor together.
    assert found.irregular / found.level_shock == pytest.approx(0.4, rel=0.35)
    assert found.level_shock == pytest.approx(made.level_shock, rel=0.5)


def test_pooled_estimation_refuses_what_it_cannot_use() -> None:
    with pytest.raises(ValueError, match="three points or more"):
        fit_pooled(np.ones((4, 2)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"irregular": -1.0}, "negative"), ({"damping": 0.0}, "damping 0"), ({"damping": 1.01}, "damping 1.01")],
)
def test_impossible_hyperparameters_are_refused(changes: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(TREND, **changes)


# -- the shared path --------------------------------------------------------------------------------------


def test_shared_path_is_exponential_smoothing_worked_by_hand() -> None:
    """Growth 0.10, 0.06, 0.08 with weight 0.5: expected 0.10, 0.08, 0.08; misses −0.04 and 0."""
    found = fit_shared([0.10, 0.06, 0.08])
    assert found.smoothed == pytest.approx(0.08)
    assert found.shock**2 == pytest.approx((SHOCK_YEARS * SHOCK**2 + 0.04**2) / (SHOCK_YEARS + 2))
    np.testing.assert_allclose(found.path(0.5, 3), [0.04, 0.06, 0.07])
    np.testing.assert_allclose(found.path(1.0, 3), [0.08, 0.16, 0.24])


@pytest.mark.parametrize("damping", [0.8, 1.0])
def test_shared_variance_is_that_of_the_recursion(damping: float) -> None:
    """Each shock is followed through the model's recursion by itself: the variance is the sum of squares."""
    shared = fit_shared([0.10, 0.06, 0.08])
    responses = []
    for born in range(4):
        level, slope, seen = 0.0, 0.0, []
        for year in range(4):
            shock = 1.0 if year == born else 0.0
            level, slope = level + damping * slope + shock, damping * slope + 0.5 * shock
            seen.append(level)
        responses.append(seen)
    expected = shared.shock**2 * np.sum(np.square(responses), axis=0)
    np.testing.assert_allclose(shared.variance(damping, 4), expected)


def test_shared_growth_trims_either_tail_and_skips_what_is_missing() -> None:
    values = np.zeros((11, 2))
    values[:, 1] = [*np.arange(9) / 100, 5.0, np.nan]  # of ten changes one is cut off at either end
    assert shared_growth(values) == pytest.approx([np.mean([0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08])])


def test_shared_path_refuses_a_gap() -> None:
    with pytest.raises(ValueError, match="without a gap"):
        fit_shared([0.1, np.nan, 0.2])


# -- combination ------------------------------------------------------------------------------------------


def test_half_widths_leave_out_what_they_should() -> None:
    np.testing.assert_allclose(tail_beyond(half_width(LEVELS)), [0.25, 0.1, 0.025])
    np.testing.assert_allclose(half_width([0.8]), student.ppf(0.9, 5) / np.sqrt(5 / 3))
    with pytest.raises(ValueError, match="between 0 and 1"):
        half_width([1.0])


def test_weights_are_equal_where_no_outcome_is_known() -> None:
    np.testing.assert_array_equal(inverse_error_weights([[np.nan], [0.1]]), [0.5, 0.5])


def test_combination_by_hand() -> None:
    middle, spread = combine(
        [[[1.0, 2.0]], [[3.0, 6.0]]], [[[0.1, 0.2]], [[0.3, 0.4]]], [[0.75, 0.5], [0.25, 0.5]]
    )
    np.testing.assert_allclose(middle, [[1.5, 4.0]])
    np.testing.assert_allclose(spread, [[0.15, 0.3]])


def test_factors_are_one_where_errors_are_as_the_models_say() -> None:
    even = student.ppf((np.arange(4000) + 0.5) / 4000, 5) / np.sqrt(5 / 3)
    np.testing.assert_allclose(interval_scales([even, even]), 1.0, atol=2e-3)
    twice = interval_scales([2 * even, 2 * even])
    np.testing.assert_allclose(twice, 2 ** (2 / (2 + PRIOR_ORIGINS)), rtol=2e-3)
    np.testing.assert_array_equal(interval_scales([]), 1.0)
    np.testing.assert_array_equal(interval_scales([[np.nan]]), 1.0)


def test_every_origin_counts_alike_however_many_series_it_has() -> None:
    small, large = np.linspace(0.1, 1, 10), np.linspace(2.1, 3, 10)
    np.testing.assert_allclose(
        interval_scales([small, np.repeat(large, 50)]), interval_scales([small, large]), rtol=1e-12
    )


def test_half_widths_never_fall_as_the_level_rises() -> None:
    found = interval_scales([[1.0] * 20]) * half_width(LEVELS)
    assert np.all(np.diff(found) >= 0)


# -- the fan ----------------------------------------------------------------------------------------------


def fan(values: Any = PLANS, **changes: Any) -> Fan:
    return forecast(YEARS, values, CALIBRATION, **changes)


def test_the_forecast_is_the_models_worked_separately() -> None:
    """Path and deviation of each model by statsmodels, weighed by hand."""
    found = fan()
    y, path = np.log(PLANS), 0.08 * np.arange(8)
    middles, spreads = [], []
    for model in CALIBRATION.models.values():
        ahead = oracle(y - path, model.trend, 5)
        carried = model.shared_damping ** np.arange(1, 6)
        middles.append(path[-1] + ahead.forecasts[0, 8:] + 0.08 * np.cumsum(carried))
        moved = np.concatenate([[0.0], np.cumsum(carried)[:-1]])
        shared = 0.03**2 * np.cumsum((1 + 0.5 * moved) ** 2)
        spreads.append(np.sqrt(ahead.forecasts_error_cov[0, 0, 8:] + shared))
    middle, spread = 0.6 * middles[0] + 0.4 * middles[1], 0.6 * spreads[0] + 0.4 * spreads[1]
    np.testing.assert_allclose(found.median, np.exp(middle), rtol=1e-6)
    for level in LEVELS:
        reach = student.ppf((1 + level) / 2, 5) * np.sqrt(3 / 5) * spread
        np.testing.assert_allclose(found.lower[level], np.exp(middle - reach), rtol=1e-5)
        np.testing.assert_allclose(found.upper[level], np.exp(middle + reach), rtol=1e-5)
    np.testing.assert_array_equal(found.times, [2026, 2027, 2028, 2029, 2030])
    assert (found.last, found.last_time) == (2560, 2025)


def test_intervals_are_nested_and_widen() -> None:
    found = fan()
    for inner, outer in ((0.5, 0.8), (0.8, 0.95)):
        assert np.all(found.lower[outer] < found.lower[inner])
        assert np.all(found.upper[inner] < found.upper[outer])
    assert np.all(found.lower[0.5] < found.median)
    assert np.all(found.median < found.upper[0.5])
    assert np.all(np.diff(np.log(found.upper[0.8] / found.lower[0.8])) > 0)


def test_ten_times_the_counts_are_ten_times_the_forecast() -> None:
    one, ten = fan(), fan(10 * np.asarray(PLANS))
    np.testing.assert_allclose(ten.median, 10 * one.median, rtol=1e-5)
    np.testing.assert_allclose(ten.upper[0.95], 10 * one.upper[0.95], rtol=1e-5)


def test_a_higher_last_value_raises_the_forecast() -> None:
    raised = [*PLANS[:-1], PLANS[-1] + 40]
    assert np.all(fan(raised).median > fan().median)


def test_probabilities_agree_with_the_limits() -> None:
    found = fan()
    for level, above in ((0.5, 0.25), (0.8, 0.1), (0.95, 0.025)):
        np.testing.assert_allclose(found.exceeds(found.upper[level]), above, rtol=1e-9)
        np.testing.assert_allclose(found.exceeds(found.lower[level]), 1 - above, rtol=1e-9)
    np.testing.assert_allclose(found.exceeds(found.median), 0.5, atol=1e-9)
    assert np.all(np.diff([found.exceeds(limit)[2] for limit in range(1000, 9000, 250)]) < 0)
    np.testing.assert_array_equal(found.exceeds([0, -1, np.inf, np.nan, 0]), [1, 1, 0, np.nan, 1])


def test_percentages_stay_between_0_and_100() -> None:
    percentages = Calibration.from_dict({**RECORD, "transform": "logit"})
    found = forecast(YEARS, [90.0, 92.0, 94.0, 95.0, 96.0, 97.0, 98.0, 99.0], percentages)
    assert np.all(found.upper[0.95] < 100)
    np.testing.assert_allclose(found.exceeds(found.upper[0.8]), 0.1)
    np.testing.assert_array_equal(found.exceeds(100), 0.0)


def simulate(trend: Trend, series: int, points: int, draw: np.random.Generator, size: Any = 1.0) -> Floats:
    """Deviations by the model; ``size`` multiplies all disturbances of a series."""
    level, slope = np.zeros(series), np.sqrt(trend.first_slope) * draw.standard_normal(series) * size
    found = np.empty((series, points))
    for year in range(points):
        if year:
            slope = trend.damping * slope
            level = level + slope + np.sqrt(trend.level_shock) * draw.standard_normal(series) * size
            slope = slope + np.sqrt(trend.slope_shock) * draw.standard_normal(series) * size
        found[:, year] = level + np.sqrt(trend.irregular) * draw.standard_normal(series) * size
    return found


def test_the_fan_holds_what_its_own_model_makes() -> None:
    """2,000 synthetic series from one model, all shocks of a series scaled together: errors are Student's t.

    The share inside lies within four standard errors of each level.
    """
    count, ahead = 2000, 5
    record = copy.deepcopy(RECORD)
    record["models"].pop("local_linear")
    record["weights"] = {"damped_trend": [1.0] * ahead}
    calibration = Calibration.from_dict(record)
    draw = np.random.default_rng(20251125)
    size = np.sqrt(3 / draw.chisquare(5, count))  # t with five degrees of freedom and variance 1
    deviations = simulate(calibration.models["damped_trend"].trend, count, 8 + ahead, draw, size)
    shared, growth = np.zeros((count, ahead)), np.full(count, 0.08)
    at = np.zeros(count)
    for year in range(ahead):
        shock = 0.03 * draw.standard_normal(count) * size
        at, growth = at + 0.9 * growth + shock, 0.9 * growth + 0.5 * shock
        shared[:, year] = at
    path = 0.08 * np.arange(8)
    seen = np.exp(7 + deviations[:, :8] + path)
    came = np.exp(7 + deviations[:, 8:] + path[-1] + shared)
    inside = {level: np.zeros(ahead) for level in LEVELS}
    for values, outcome in zip(seen, came, strict=True):
        found = forecast(YEARS, values, calibration)
        for level in LEVELS:
            inside[level] += (found.lower[level] <= outcome) & (outcome <= found.upper[level])
    for level in LEVELS:
        error = np.sqrt(level * (1 - level) / count)
        np.testing.assert_allclose(inside[level] / count, level, atol=4 * error)


# -- further forecasts and refusals -----------------------------------------------------------------------


def test_a_further_forecast_counts_by_its_weight_alone() -> None:
    flows = [2700.0, 2850.0, 3000.0, 3100.0, 3200.0]
    plain = fan()
    shown = fan(others={"stock_flow": flows})
    np.testing.assert_array_equal(shown.median, plain.median)
    np.testing.assert_allclose(shown.members["stock_flow"], flows)
    np.testing.assert_array_equal(shown.weights["stock_flow"], 0.0)
    weighed = {"damped_trend": [0.3] * 5, "local_linear": [0.2] * 5, "stock_flow": [0.5] * 5}
    with_flows = Calibration.from_dict({**RECORD, "weights": weighed})
    found = forecast(YEARS, PLANS, with_flows, others={"stock_flow": flows})
    np.testing.assert_allclose(found.median, np.sqrt(plain.median * np.asarray(flows)))
    # Where the flows are not at hand, the other two share their weight.
    np.testing.assert_allclose(forecast(YEARS, PLANS, with_flows).median, plain.median)


def test_a_series_beyond_the_calibration_meets_the_growth_that_was_expected() -> None:
    """One more year that the calibration has not seen: as if it had seen growth as expected."""
    later = copy.deepcopy(RECORD)
    later["shared"]["growth"] = [0.08] * 8
    years, values = [*YEARS, 2026], [*PLANS, 2_700]
    found = forecast(years, values, CALIBRATION)
    np.testing.assert_allclose(found.median, forecast(years, values, Calibration.from_dict(later)).median)


def test_years_before_the_shared_path_are_left_out() -> None:
    found = forecast([2016, 2017, *YEARS], [9_000, 100, *PLANS], CALIBRATION)
    np.testing.assert_array_equal(found.median, fan().median)


@pytest.mark.parametrize(
    ("years", "values", "options", "message"),
    [
        (YEARS[:4], PLANS[:4], {}, "a series of 4 points is too short: 5 are needed"),
        (YEARS, [*PLANS[:2], np.nan, *PLANS[3:]], {}, "row 2: the value is missing"),
        (YEARS, [*PLANS[:5], 0, *PLANS[6:]], {}, "row 5: 0 is not above zero"),
        ([*YEARS[:-1], 2027], PLANS, {}, "row 7: 2027 does not follow 2024"),
        ([float(year) for year in YEARS], PLANS, {}, "whole years"),
        (range(2012, 2020), PLANS, {}, "2 points from 2018 on are too few"),
        (YEARS, [PLANS], {}, "one dimension"),
        (YEARS, PLANS, {"horizon": 6}, "horizon of 6 years is not calibrated"),
        (YEARS, PLANS, {"levels": [0.9]}, "level 0.9 is not calibrated"),
        (
            YEARS,
            PLANS,
            {"others": {"stock_flow": [1.0, np.nan, 1.0, 1.0, 1.0]}},
            "row 1: the value is missing",
        ),
    ],
)
def test_what_cannot_be_forecast_is_refused_with_its_row(
    years: Any, values: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        forecast(list(years), values, CALIBRATION, **options)


def test_percentages_refuse_the_ends_of_their_scale() -> None:
    percentages = Calibration.from_dict({**RECORD, "transform": "logit"})
    with pytest.raises(ValueError, match="row 7: 100 is not between 0 and 100"):
        forecast(YEARS, [90.0, 92.0, 94.0, 95.0, 96.0, 97.0, 98.0, 100.0], percentages)


def test_scales_there_and_back() -> None:
    for transform, values in (("log", [1.0, 50.0, 1e6]), ("logit", [0.1, 50.0, 99.9])):
        np.testing.assert_allclose(from_scale(to_scale(values, transform), transform), values)
    assert np.isnan(to_scale([0.0, -1.0, np.nan], "log")).all()
    with pytest.raises(ValueError, match="'root' is not one of log, logit"):
        to_scale([1.0], "root")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights": {"damped_trend": [0.6] * 5, "local_linear": [0.3] * 5}}, "add up to 1"),
        ({"weights": {"damped_trend": [1.0] * 5}}, "leave out a model"),
        ({"weights": {"damped_trend": [0.6] * 4, "local_linear": [0.4] * 4}}, "do not cover"),
        ({"scales": {0.8: [1.0] * 5, 0.5: [1.0] * 5}}, "rising levels"),
        ({"scales": {0.8: [1.0, 1.0, 0.0, 1.0, 1.0]}}, "not above zero"),
        ({"transform": "root"}, "'root' is not one of"),
        ({"models": {"damped_trend": {"shared_damping": 0.9, "trend": {"irregular": 1.0}}}}, "level_shock"),
    ],
)
def test_a_calibration_that_does_not_fit_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Calibration.from_dict({**RECORD, **change})


def test_a_calibration_lacking_a_part_says_which() -> None:
    with pytest.raises(ValueError, match="lacks 'scales'"):
        Calibration.from_dict({name: part for name, part in RECORD.items() if name != "scales"})
