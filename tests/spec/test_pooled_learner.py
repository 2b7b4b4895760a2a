"""The pooled learner: its trees by hand, what it is asked, and that it looks at nothing that comes later."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from methods import Example, Method

from send_jsna.statistics.national_path import shared_growth
from send_jsna.statistics.pooled_learner import Around, Learner, Tree, examples, training

Floats = npt.NDArray[np.float64]

#: One tree: of the growth of the last year (feature 1), at most 1 gives 0.5, more gives 2.
TREE = Tree(
    np.array([1, 0, 0]),
    np.array([1.0, 0.0, 0.0]),
    np.array([1, -1, -1]),
    np.array([2, -1, -1]),
    np.array([0.0, 0.5, 2.0]),
)
LEARNER = Learner(0.25, (TREE, TREE), -1.0, 4.0)
#: Three synthetic series on the transformed scale, which grow by 1, 2 and 3 a year.
SERIES = np.outer([1.0, 2.0, 3.0], np.arange(6.0))


def ahead(one: list[float], two: list[float], three: list[float], years: int) -> list[float]:
    """Values a number of years ahead, by one made-up tree."""
    values = np.array([one, two, three])
    return LEARNER.paths(values, Around.of(values), years)[:, -1].tolist()


METHODS = (
    Method(
        id="pooled-learner",
        section="Projections and forecasts",
        title="Boosted trees learned on all authorities",
        what="Every authority's series at each past year is an example: how it and all authorities have"
        " grown up to then, how far it is from their mean, and how it grew in the years that followed. Sixty"
        " small regression trees, each learned on what those before it left over, answer for a series what"
        " growth followed on such a past. Growth is measured in the mean yearly change of its kind of series,"
        " so that all kinds are learned from together, and no growth is forecast beyond what was seen. The"
        " forecast is one of those that are combined; the trees are stored with the project.",
        when="forecasts of yearly series of which all authorities have ten years or so.",
        sources=[
            "J. H. Friedman, Annals of Statistics 29 (2001) 1189–1232.",
            "P. Montero-Manso and R. J. Hyndman, International Journal of Forecasting 37 (2021) 1632–1653.",
        ],
        functions=[ahead],
        examples=[
            Example(
                "synthetic: two trees that each give 0.5 where the last growth was at most the mean, else 2",
                {"one": [0, 1, 2, 3], "two": [0, 2, 4, 6], "three": [0, 3, 6, 9]},
                "ahead(one, two, three, 2)",
                {"value": [8.0, 11.0, 25.0]},
                2,
            )
        ],
    ),
)


def test_a_series_that_is_twice_as_large_grows_twice_as_much() -> None:
    once, twice = (LEARNER.paths(size * SERIES, Around.of(size * SERIES), 3) for size in (1, 2))
    np.testing.assert_allclose(twice, 2 * once)


def test_no_growth_is_forecast_beyond_what_was_seen() -> None:
    bounded = Learner(100.0, (TREE,), -1.0, 1.5)
    around = Around.of(SERIES)
    found = bounded.paths(SERIES, around, 5)
    np.testing.assert_allclose(found[:, -1], SERIES[:, -1] + 5 * 1.5 * around.unit)


def test_examples_look_at_nothing_that_comes_later() -> None:
    unit = Around.of(SERIES).unit
    later = SERIES.copy()
    later[:, -1] += 1000.0
    before, after = (training(values[:, :-1], 2, unit) for values in (SERIES, later))
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_is_learned_is_asked_in_the_same_way() -> None:
    """An example of a past year is what the same series is asked with when it ends in that year."""
    rng = np.random.default_rng(1)
    values = np.cumsum(rng.normal(0.1, 0.05, (5, 7)), axis=1)
    unit = Around.of(values).unit
    known, grown = training(values, 1, unit)
    for point in (2, 4):
        seen = values[:, : point + 1]
        around = Around(shared_growth(seen), float(seen[:, -1].mean()), unit)
        place = slice(5 * (point - 2), 5 * (point - 1))
        np.testing.assert_allclose(known[place], examples(seen, around, 1))
        np.testing.assert_allclose(grown[place], (values[:, point + 1] - values[:, point]) / unit)


def test_a_missing_value_leaves_its_series_out() -> None:
    gap = SERIES.copy()
    gap[0, 3] = np.nan
    whole, less = (len(training(values, 1, 1.0)[0]) for values in (SERIES, gap))
    assert less == whole - 3  # the year before it has no outcome, the two after it no past


def test_too_few_points_are_refused() -> None:
    with pytest.raises(ValueError, match="2 points are too few: 3 are needed"):
        LEARNER.paths(SERIES[:, :2], Around.of(SERIES[:, :2]), 1)


def test_it_comes_back_as_it_was() -> None:
    again = Learner.from_dict(LEARNER.to_dict())
    around = Around.of(SERIES)
    np.testing.assert_array_equal(again.paths(SERIES, around, 4), LEARNER.paths(SERIES, around, 4))
    with pytest.raises(ValueError, match="the learner lacks 'trees'"):
        Learner.from_dict({"first": 0.0, "least": 0.0, "most": 1.0})
