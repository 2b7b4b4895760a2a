"""Numbers in text, in every form they are written in."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from send_jsna.disclosure import find_values

CANARY = 48_731


@pytest.mark.parametrize(
    "text",
    [
        "48731",
        "There are 48,731.",
        "48 731",
        "48\u00a0731",
        "48\u202f731",
        "48&#8239;731",
        "48&nbsp;731",
        "48{,}731",
        "48_731",
        "48'731",
        "48.731",
        "48731.0",
        "48731.000",
        "4.8731e+04",
        "4.8731E4",
        '{"value":48731}',
        "a,7,48731,b",
        "<td>48731</td>",
        'd="M48731 0"',
        "-48731",
        "x=48731;",
    ],
)
def test_a_number_is_found_however_it_is_written(text: str) -> None:
    assert [item.value for item in find_values(text, [CANARY])] == [CANARY]


@pytest.mark.parametrize(
    "text",
    ["148731", "487310", "48731.5", "0.48731", "48,7310", "48 73", "4.8731e+05", "1.48731e4", "48731e3"],
)
def test_a_longer_or_another_number_is_not(text: str) -> None:
    assert find_values(text, [CANARY]) == []


def test_several_are_found_in_the_order_of_the_text() -> None:
    found = find_values("7 and 12,345, then 12.5 and 7", [12_345, 7, 12.5])
    assert [(item.value, item.form) for item in found] == [
        (7, "7"),
        (12_345, "12,345"),
        (12.5, "12.5"),
        (7, "7"),
    ]


def test_what_no_count_is_cannot_be_looked_for() -> None:
    with pytest.raises(ValueError, match="from zero on"):
        find_values("x", [-1])


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.integers(10_000, 10**9), st.sampled_from(["{}", "{:,}", "{}.0", "({:,})", "£{:,}.00", "{:.9e}"]))
def test_every_large_number_is_found(value: int, form: str) -> None:
    assert [item.value for item in find_values(f"so {form.format(value)} of", [value])] == [value]
