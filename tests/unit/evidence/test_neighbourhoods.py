"""Wards made of neighbourhoods: weights that sum to one, means, and maps of a small invented area."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from send_jsna.errors import DataError
from send_jsna.evidence import neighbourhoods

WARDS = pd.Series(["A", "A", "B", "B"])


def test_a_ward_has_the_mean_of_its_neighbourhoods_by_their_people() -> None:
    rows = pd.DataFrame({"ward_code": WARDS, "value": [10.0, 40.0, 5.0, float("nan")]})
    means = neighbourhoods.ward_means(rows, pd.Series([300.0, 100.0, 50.0, 80.0]))
    assert means.to_dict() == pytest.approx({"A": 17.5, "B": 5.0})


def test_a_ward_without_a_value_has_none() -> None:
    rows = pd.DataFrame({"ward_code": WARDS, "value": [10.0, 40.0, float("nan"), float("nan")]})
    means = neighbourhoods.ward_means(rows, pd.Series([1.0, 1.0, 1.0, 1.0]))
    assert list(means.index) == ["A", "B"]
    assert means.isna().tolist() == [False, True]


@given(st.lists(st.floats(1, 1e6), min_size=4, max_size=4))
def test_weights_sum_to_one_in_every_ward(people: list[float]) -> None:
    shares = neighbourhoods.weights_of(pd.Series(people), WARDS)
    assert shares.groupby(WARDS).sum().tolist() == pytest.approx([1.0, 1.0])


def test_weights_that_do_not_sum_to_one_are_refused_by_ward() -> None:
    with pytest.raises(DataError, match=r"ward B sum to 0\.9000; expected one, in every ward"):
        neighbourhoods.check_weights(pd.Series([0.5, 0.5, 0.5, 0.4]), WARDS)


@pytest.mark.parametrize("people", [[1.0, float("nan"), 1.0, 1.0], [1.0, -1.0, 1.0, 1.0]])
def test_a_neighbourhood_without_a_weight_is_refused(people: list[float]) -> None:
    with pytest.raises(DataError, match="a neighbourhood has no weight"):
        neighbourhoods.weights_of(pd.Series(people), WARDS)


def test_a_ward_of_nobody_is_refused() -> None:
    with pytest.raises(DataError, match="ward A sum to nan"):
        neighbourhoods.weights_of(pd.Series([0.0, 0.0, 1.0, 1.0]), WARDS)


def test_wards_are_ranked_from_the_highest_those_without_a_value_last() -> None:
    found = neighbourhoods.ranked({"A": 1.0, "B": float("nan"), "C": 7.0, "D": 1.0})
    assert found == ["C", "A", "D", "B"]


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["A"], "A (7)"),
        (["A", "B", "C", "D", "E"], "A (7)"),
        (["A", "B and C", "D", *"EFGHIJ"], "A (7), then B and C, then D"),
    ],
)
def test_a_sentence_names_at_most_a_third_of_the_wards_the_first_with_its_value(
    names: list[str], words: str
) -> None:
    assert neighbourhoods.in_turn(names, "7") == words
