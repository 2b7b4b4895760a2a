"""What becomes of a passage: its conditions, what it needs, and figures that are optional."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from send_jsna.errors import ReportError
from send_jsna.report import scan_chapters
from send_jsna.report.chapter import Passage, Use
from send_jsna.report.decisions import Decisions
from send_jsna.report.narrative import Narrative, applicable

CHAPTER = """# Plans

[It is []{figure="a.b"}.]{when="claims survey" unless="voice"} [No.]{unless="claims"}

::: {when="claims" needs="a.c  a.d"}
It fell. [More, []{figure="a.e"}.]{when="voice"}

::: {figure="a.chart"}
:::

:::

::: {figure="a.f" optional="true"}
:::
"""
DECISIONS = Decisions(facts={"claims", "survey"}, absent={"a.d"}, figures={"a.b", "a.chart"})


def read(folder: Path, text: str = CHAPTER) -> Narrative:
    book = {"title": "A book", "author": "Me", "date": "2025-01-01", "chapters": ["01-plans.qmd"]}
    (folder / "_quarto.yml").write_text(yaml.safe_dump({"book": book}), encoding="utf-8")
    (folder / "01-plans.qmd").write_text(text, encoding="utf-8")
    return scan_chapters(folder, [])


@pytest.mark.parametrize(
    ("passage", "is_met"),
    [
        (Passage(), True),
        (Passage(when=("claims", "survey")), True),
        (Passage(when=("claims", "voice")), False),
        (Passage(unless=("voice",)), True),
        (Passage(unless=("voice", "claims")), False),
        (Passage(when=("claims",), unless=("survey",)), False),
    ],
)
def test_all_of_when_and_none_of_unless_have_to_be_met(passage: Passage, is_met: bool) -> None:
    assert DECISIONS.meets(passage) is is_met


def test_what_is_needed_and_not_there_is_named() -> None:
    assert DECISIONS.lacking(("a.c", "a.d", "a.b")) == ["a.d"]


def test_only_an_optional_figure_is_left_out() -> None:
    assert DECISIONS.leaves_out(Use("block", "a.f", "x", 1, optional=True))
    assert not DECISIONS.leaves_out(Use("block", "a.f", "x", 1))
    assert not DECISIONS.leaves_out(Use("block", "a.b", "x", 1, optional=True))


def test_the_filter_is_given_each_decision_by_the_words_of_the_attribute(tmp_path: Path) -> None:
    assert DECISIONS.as_data(read(tmp_path).chapters) == {
        "passages": {
            "when": {"": True, "claims survey": True, "claims": True, "voice": False},
            "unless": {"": True, "voice": True, "claims": False},
            "needs": {"": [], "a.c a.d": ["a.d"]},
        },
        "left_out": {"a.f": True},
    }


def test_the_checks_go_by_the_same_decisions(tmp_path: Path) -> None:
    kept = applicable(read(tmp_path), DECISIONS)
    assert sorted({use.name for use in kept.uses if use.kind in ("inline", "block")}) == ["a.b", "a.f"]


@pytest.mark.parametrize("condition", ['when="claims"', 'unless="claims"', 'needs="a.c"'])
def test_a_figure_has_no_condition_of_its_own(tmp_path: Path, condition: str) -> None:
    with pytest.raises(ReportError, match=r"^01-plans\.qmd, line 3: figure a\.b has a condition of its own"):
        read(tmp_path, f'# Plans\n\nIt is []{{figure="a.b" {condition}}}.\n')
