"""The report's Methods chapter says what the tests say: every example runs, and the page is not stale."""

from __future__ import annotations

import math
from dataclasses import replace

import methods
import pytest
from methods import Example, Method

from send_jsna.report.blocks import methods as chapter


@pytest.mark.parametrize("module", methods.modules())
def test_every_example_gives_what_it_says(module: str) -> None:
    wrong = [
        text
        for method in methods.methods_of(module)
        for example in method.examples
        for text in methods.differences(method, example)
    ]
    assert not wrong, "\n".join(wrong)


def test_the_page_is_made_from_the_tests_as_they_are() -> None:
    assert methods.PAGE.is_file(), f"run {methods.WRITE}"
    assert methods.PAGE.read_text(encoding="utf-8") == methods.page(), f"stale; run {methods.WRITE}"


def test_the_chapter_shows_every_method_with_its_source_and_table() -> None:
    text = chapter({})
    for method in methods.gather():
        assert f"{{#method-{method.id} .unnumbered}}" in text
        assert text.count("*Source:*") == len(methods.gather())
    assert "<!--" not in text


def double(numbers: list[float]) -> list[float]:
    return [2 * number for number in numbers]


METHOD = Method(
    id="double",
    section="Differences",
    title="Doubling",
    what="It doubles.",
    when="nothing.",
    sources=["Synthetic."],
    examples=[Example("two", {"number": [1, None]}, "double(number)", {"twice": [2, None]}, 0)],
    functions=[double],
)


def test_an_example_that_is_wrong_is_found() -> None:
    right = METHOD.examples[0]
    assert methods.differences(METHOD, right) == []
    wrong = replace(right, result={"twice": [3, None]})
    assert methods.differences(METHOD, wrong) == ["double, two: twice is [2, nan], not [3, None]"]
    assert methods.differences(METHOD, replace(right, result={"twice": [2]}))
    assert methods.differences(METHOD, replace(right, result={"twice": [2.0, 4.0]}))


def test_a_number_has_to_agree_to_the_printed_place() -> None:
    third = Example("a third", {"x": [1]}, "x[0] / 3", {"third": 0.333}, 3)
    assert methods.differences(METHOD, third) == []
    assert methods.differences(METHOD, replace(third, decimals=4))


def test_a_table_shows_what_went_in_and_what_came_out() -> None:
    lines = methods._example(METHOD.examples[0]).splitlines()
    assert lines[0] == "The call `double(number)` gives:"
    assert "number" in lines[2]
    assert "twice" in lines[2]
    assert lines[4:6] == ["| 1 | 2 |", "| no value | no value |"]
    assert lines[-1] == ": Example\\: two"
    assert methods._shown(-1234.5, 1) == "−1,234.5"
    assert methods._shown(math.inf, 1) == "no limit"
