"""What the page of one chapter depends on, of all that the filter reads."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from send_jsna.report import scan_chapters
from send_jsna.report.chapter import Chapter
from send_jsna.report.data import chapter_data

CHAPTER = """# Plans

[It is []{figure="a.b"} in []{setting="area.name"}.]{when="claims"} [It fell.]{needs="a.gone"}

::: {generated="block"}
:::
"""
BLOCK = 'See []{ref="a.chart"}.'
DATA: dict[str, Any] = {
    "settings": {"area.name": "Coventry", "edition.title": "2025 edition"},
    "absent": {
        "a.gone": {"name": "births", "reason": "not published"},
        "b.gone": {"name": "x", "reason": "y"},
    },
    "audit_page": "22-audit.html",
    "passages": {
        "when": {"": True, "claims": True, "survey": False},
        "unless": {"": True, "voice": True},
        "needs": {"": [], "a.gone": ["a.gone"], "b.gone": ["b.gone"]},
    },
    "left_out": {"b.optional": True},
    "chapters": {"01-plans": {"id": "sec-plans", "number": "1", "title": "Plans"}},
    "figures": {"a.b": {"shown": "4.3%"}, "a.chart": {"label": "Figure 1.1"}, "b.c": {"shown": "5"}},
}


@pytest.fixture(name="chapter")
def _chapter(tmp_path: Path) -> Chapter:
    book = {"title": "A book", "author": "Me", "date": "2025-01-01", "chapters": ["01-plans.qmd"]}
    (tmp_path / "_quarto.yml").write_text(yaml.safe_dump({"book": book}), encoding="utf-8")
    (tmp_path / "01-plans.qmd").write_text(CHAPTER, encoding="utf-8")
    return scan_chapters(tmp_path, []).chapters[0]


def test_a_page_depends_on_what_it_and_its_blocks_name(chapter: Chapter) -> None:
    assert chapter_data(DATA, chapter, CHAPTER + BLOCK) == {
        "settings": {"area.name": "Coventry"},
        "absent": {"a.gone": DATA["absent"]["a.gone"]},
        "audit_page": "22-audit.html",
        "passages": {
            "when": {"": True, "claims": True},
            "unless": {"": True},
            "needs": {"": [], "a.gone": ["a.gone"]},
        },
        "left_out": {},
        "chapters": DATA["chapters"],
        "figures": {"a.b": {"shown": "4.3%"}, "a.chart": {"label": "Figure 1.1"}},
    }


@pytest.mark.parametrize(
    ("kind", "name", "depends"),
    [
        ("figures", "a.b", True),
        ("figures", "a.chart", True),
        ("figures", "b.c", False),
        ("absent", "b.gone", False),
    ],
)
def test_another_value_changes_the_data_of_the_pages_that_show_it(
    chapter: Chapter, kind: str, name: str, depends: bool
) -> None:
    other = copy.deepcopy(DATA)
    other[kind][name] = {"shown": "another"}
    text = CHAPTER + BLOCK
    assert (chapter_data(other, chapter, text) != chapter_data(DATA, chapter, text)) is depends
