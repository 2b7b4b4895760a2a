"""What a chapter may make a passage depend on."""

from __future__ import annotations

import pytest

from send_jsna.report.conditions import figure_of, is_condition


@pytest.mark.parametrize("name", ["claims", "neighbours", "area:E08000026", "figure:ehcp.rate.latest"])
def test_a_condition_is_declared_an_area_or_a_figure(name: str) -> None:
    assert is_condition(name)


@pytest.mark.parametrize("name", ["raining", "area:Coventry", "figure:", "figure:Plans", "figure:ehcp"])
def test_anything_else_is_none(name: str) -> None:
    assert not is_condition(name)


def test_the_figure_of_a_condition_is_known_by_its_id() -> None:
    assert figure_of("figure:ehcp.rate.latest") == "ehcp.rate.latest"
    assert figure_of("claims") == figure_of("area:E08000026") == ""
