"""Disclosure profiles: what each withholds, rounds and allows of shares."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from send_jsna.disclosure.methods import PROFILES, Profile, State, council, profile

COUNTS = list(range(120))


def test_council_withholds_one_to_four() -> None:
    small = council().is_primary([0, 1, 4, 5, math.nan])
    assert small.tolist() == [False, True, True, False, False]


def test_the_smallest_count_of_the_council_is_raised_and_never_lowered() -> None:
    raised = council(10)
    assert raised.is_primary([9, 10]).tolist() == [True, False]
    assert raised.rules[0] == "Counts of 1 to 9 are withheld."
    with pytest.raises(ValueError, match="raised, not lowered: 4 is less than the 5"):
        council(4)
    with pytest.raises(ValueError, match="withholds nothing"):
        profile("none").raised_to(5)


def test_nhs_england_rounds_to_the_nearest_five_from_eight_on() -> None:
    shown = profile("nhs_england").rounded([0, 1, 7, 8, 12, 13, 1002])
    np.testing.assert_array_equal(shown, [0, np.nan, np.nan, 10, 10, 15, 1000])


def test_opensafely_redacts_seven_and_fewer_before_it_rounds() -> None:
    shown = profile("opensafely").rounded([0, 7, 8, 12, 13])
    np.testing.assert_array_equal(shown, [np.nan, np.nan, 10, 10, 15])


def test_midpoint_six_puts_the_middle_of_each_band_of_six() -> None:
    shown = profile("opensafely_midpoint6").rounded([0, 1, 6, 7, 12, 13, 18])
    np.testing.assert_array_equal(shown, [0, 3, 3, 9, 9, 15, 15])


@pytest.mark.parametrize("item", PROFILES.values(), ids=PROFILES)
def test_the_interval_is_exactly_the_counts_that_are_shown_alike(item: Profile) -> None:
    shown = item.rounded(COUNTS)
    low, high = item.interval(COUNTS)
    for place, count in enumerate(COUNTS[:-10]):
        if math.isnan(shown[place]):
            assert math.isnan(low[place]) and math.isnan(high[place])
            continue
        alike = [other for other, value in zip(COUNTS, shown, strict=True) if value == shown[place]]
        assert (low[place], high[place]) == (min(alike), max(alike)), count


def test_nhs_england_makes_percentages_of_rounded_counts_with_a_decimal_from_4000_on() -> None:
    share, decimals = profile("nhs_england").percentage([33, 33, 3, 1234], [97, 33, 97, 4001])
    np.testing.assert_array_equal(share, [37, 100, np.nan, 30.9])
    assert decimals.tolist() == [0, 0, 0, 1]


def test_council_withholds_a_share_whose_rest_is_small() -> None:
    share, decimals = council().percentage([50, 96, 100, 4], [100, 100, 100, 100])
    np.testing.assert_array_equal(share, [50, np.nan, 100, np.nan])
    assert decimals.tolist() == [1, 0, 1, 0]


def test_a_share_of_nobody_and_of_a_redacted_count_is_not_shown() -> None:
    assert np.isnan(profile("none").percentage(0, 0)[0])
    np.testing.assert_array_equal(profile("opensafely").percentage([5, 50], [100, 100])[0], [np.nan, 50])


def test_zero_structural_zero_missing_and_withheld_are_four_states() -> None:
    states = council().states(
        [0, 0, math.nan, math.nan, 3, 30],
        structural_zero=[False, True, False, False, False, False],
        withheld_by_publisher=[False, False, False, True, False, False],
    )
    assert states.tolist() == [
        State.ZERO,
        State.STRUCTURAL_ZERO,
        State.MISSING,
        State.WITHHELD_BY_PUBLISHER,
        State.WITHHELD_PRIMARY,
        State.SHOWN,
    ]
    assert [state.is_withheld for state in states] == [False, False, False, True, True, False]


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ([5, -1], "row 1: count is negative"),
        ([5, 6, 2.5], "row 2: count is not a whole number"),
        ([math.inf], "row 0: count is infinite"),
    ],
)
def test_what_is_no_count_is_refused_with_its_row(counts: list[float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        council().is_primary(counts)


def test_other_impossible_input_names_its_row() -> None:
    with pytest.raises(ValueError, match="row 1: numerator is greater"):
        council().percentage([1, 8], [10, 7])
    with pytest.raises(ValueError, match="row 0: structural zero is not zero"):
        council().states([3], structural_zero=[True])
    with pytest.raises(ValueError, match="no disclosure profile 'nhs'; expected one of council"):
        profile("nhs")


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.integers(0, 10**7), st.sampled_from(list(PROFILES.values())))
def test_rounding_is_near_and_keeps_what_it_shows_above_the_smallest(count: int, item: Profile) -> None:
    shown = float(item.rounded(count))
    assert math.isnan(shown) == item.is_primary(count)
    if not math.isnan(shown):
        assert abs(shown - count) <= item.rounding_base / 2
        assert float(item.rounded(count + 10)) > shown
