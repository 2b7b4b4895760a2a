"""Classes of values for a map."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from send_jsna.statistics.classes import Classes, equal_classes


def test_classes_have_round_limits_and_words() -> None:
    found = equal_classes([12.4, 33.0, 75.3])
    assert found.limits == (20, 40, 60)
    assert found.words("%") == ["under 20%", "20% to under 40%", "40% to under 60%", "60% and more"]
    assert [found.of(value) for value in (12.4, 20.0, 39.9, 75.3)] == [0, 1, 1, 3]


@given(st.lists(st.floats(0, 1e4), min_size=1, max_size=40), st.integers(2, 5))
def test_there_are_never_more_classes_than_can_be_told_apart(values: list[float], most: int) -> None:
    found = equal_classes(values, most)
    assert 1 <= found.count <= most
    assert len(found.words()) == found.count
    assert {found.of(value) for value in values} <= set(range(found.count))


def test_values_that_are_all_the_same_are_one_class() -> None:
    assert equal_classes([3.0, 3.0, math.nan]) == Classes(())
    assert Classes(()).words() == ["all values"]


def test_no_value_is_refused() -> None:
    with pytest.raises(ValueError, match="no value"):
        equal_classes([math.nan])
