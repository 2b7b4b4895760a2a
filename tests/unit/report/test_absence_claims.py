"""That something is not published needs a record of a search in which nothing was found."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from send_jsna.catalogue.releases import PlaceSearched, Search
from send_jsna.report.absence_claims import CLAIM, claim_faults

ROOT = Path(__file__).parents[3]
DAY = date(2026, 11, 28)
SEARCHES = {
    "made-up-feed": Search(
        id="made-up-feed", what="a feed", searched=[PlaceSearched(where="a page", when=DAY)]
    ),
    "made-up-counts": Search(
        id="made-up-counts",
        what="counts",
        searched=[PlaceSearched(where="a page", when=DAY, found="counts to 2025/26")],
    ),
}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("It is not in this edition.", None),
        ("What was published is used.", None),
        ("It is [not published](22-audit.qmd#searched-made-up-feed) so far.", None),
        ("Counts [are published](22-audit.qmd#searched-made-up-counts) elsewhere.", None),
        ("A\nB is not\npublished.", "'not published' is a claim without a record of a search"),
        ("No published figure measures it.", "'No published' is a claim"),
        ("It was last published in May.", "'last published' is a claim"),
        ("Nobody publishes it.", "'Nobody publishes' is a claim"),
        ("It isn't published.", '"n\'t published" is a claim'),
        ("The department does not publish it.", "'does not publish' is a claim"),
        ("It is not intact: do not publish it.", None),
        ("It has never been published.", "'never been published' is a claim"),
        ("It is [not published](#somewhere).", "'not published' is a claim"),
        ("[not published](#searched-nothing)", "no search 'nothing' is recorded"),
        (
            "[not published](22-audit.qmd#searched-made-up-counts)",
            "'not published' is not so: the search found counts to 2025/26",
        ),
    ],
)
def test_a_claim_needs_a_search_that_found_nothing(text: str, told: str | None) -> None:
    found = list(claim_faults(text, SEARCHES))
    assert [fault.what.startswith(told or "") for fault in found] == ([] if told is None else [True])


def test_a_fault_names_its_line_and_the_remedy() -> None:
    (fault,) = claim_faults("A\nB\nis not published.", SEARCHES)
    line = fault.error("chapter.qmd").line()
    assert line.startswith("chapter.qmd, line 3: 'not published' is a claim without a record of a search")
    assert "data/catalogue/searches.yaml" in line


def _texts(path: Path) -> Iterator[tuple[int, str]]:
    """The texts in some code that are no docstrings: what it may print."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.lineno, node.value


def test_no_text_of_the_programs_claims_that_something_is_not_published() -> None:
    """What they print of a missing figure stands in reports of every area."""
    rules = {"absence_claims.py"}
    messages = ("ingest", "cli")  # of files and commands, which no report shows
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path in sorted((ROOT / "src" / "send_jsna").rglob("*.py"))
        if path.name not in rules and path.relative_to(ROOT / "src" / "send_jsna").parts[0] not in messages
        for line, text in _texts(path)
        if CLAIM.search(text) and "[Not published](" not in text
    ]
    shown = [path for kind in ("*.j2", "*.md") for path in (ROOT / "src").rglob(kind)]
    found += [path.name for path in shown if CLAIM.search(path.read_text(encoding="utf-8"))]
    assert found == []
