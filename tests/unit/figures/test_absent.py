"""What the one filter makes of a chapter whose area lacks a figure: sentence by sentence, in every format."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from send_jsna.report import markdown, pandoc_blocks
from send_jsna.report.pandoc import run_pandoc

ROOT = Path(__file__).resolve().parents[3]


def figure(shown: str, label: str = "") -> dict[str, Any]:
    kind = "table" if label else "number"
    return {
        "kind": kind,
        "title": "A table",
        "shown": shown,
        "alt": "",
        "columns": ["Year", "Value"],
        "numeric": [False, True],
        "rows": [["2024", "1"]],
        "notes": [],
        "warnings": [],
        "svg": "",
        "png": "",
        "source": "Nobody",
        "label": label,
        "chapter": "x" if label else "",
        "refused": "",
    }


DATA = {
    "settings": {"area.name": "the Isles of Scilly", "area.region": "the South West"},
    "audit_page": "22-audit.html",
    "passages": {
        "when": {"": True, "claims": True},
        "unless": {"": True, "claims": False},
        "needs": {"": [], "a.b": ["a.b"], "x.y": []},
    },
    "left_out": {},
    "chapters": {"x": {"id": "sec-x", "number": "1", "title": "X"}},
    "absent": {
        "a.b": {"name": "births", "reason": "not in this edition for the Isles of Scilly"},
        "a.c": {"name": "births", "reason": "not in this edition for the Isles of Scilly"},
        "a.d": {"name": "low income", "reason": "not in this edition for the Isles of Scilly"},
        "a.e": {"name": "exclusions", "reason": "withheld by the publisher"},
        "a.chart": {"name": "births", "reason": "too few periods to draw"},
    },
    "figures": {
        "x.y": figure("4.3%"),
        "x.z": figure("5.1%"),
        "x.phrase": figure("Nobody answered."),
        "x.table": figure("", "Table 1.1"),
    },
}


@pytest.fixture(name="render")
def _render(tmp_path: Path) -> Any:
    (tmp_path / "report.json").write_text(json.dumps(DATA), encoding="utf-8")

    def render(markdown: str, to: str = "plain") -> str:
        (tmp_path / "x.qmd").write_text(markdown, encoding="utf-8")
        return run_pandoc(
            [
                "--from=markdown",
                f"--to={to}",
                "--wrap=none",
                f"--lua-filter={ROOT / 'reports' / 'filters' / 'report.lua'}",
                "x.qmd",
            ],
            folder=tmp_path,
            environment={"JSNA_REPORT_DATA": str(tmp_path / "report.json"), "JSNA_FIGURES": "figures"},
        ).strip()

    return render


NOTE = "Not in this edition for the Isles of Scilly: births."
HERE = '[]{figure="x.y"}'
GONE = '[]{figure="a.b"}'

SENTENCES = {
    "first": (f"It was {GONE} then. It is {HERE} now.", f"It is 4.3% now. {NOTE}"),
    "last": (f"It is {HERE} now. It was {GONE} then.", f"It is 4.3% now. {NOTE}"),
    "abbreviation": (f"Some, e.g. Year 1, had {GONE} of it. It is {HERE}.", f"It is 4.3%. {NOTE}"),
    "no break before a small letter": (f"What? said {GONE} of them. It is {HERE}.", f"It is 4.3%. {NOTE}"),
    "question": (f"Is it {GONE}? It is {HERE}!", f"It is 4.3%! {NOTE}"),
    "emphasis": (f"*It is **not {GONE} any** more.* It is {HERE}.", f"It is 4.3%. {NOTE}"),
    "quotation": (f'They say "it is {GONE}." It is {HERE}.', f"It is 4.3%. {NOTE}"),
    "link": (f"See [its {GONE} page](http://x.org). It is {HERE}.", f"It is 4.3%. {NOTE}"),
    "line break": (f"It was\n{GONE} then.\nIt is\n{HERE} now.", f"It is 4.3% now. {NOTE}"),
    "label stays": (f"**Births.** It was {GONE}. It is {HERE}.", f"Births. It is 4.3%. {NOTE}"),
    "each named once": (
        f'It was {GONE}, []{{figure="a.c"}} and {GONE}. It is {HERE}.',
        f"It is 4.3%. {NOTE}",
    ),
    "two of one reason": (
        f'It was {GONE} or []{{figure="a.d"}}. It is {HERE}.',
        "It is 4.3%. Not in this edition for the Isles of Scilly: births and low income.",
    ),
    "two reasons": (
        f'It was {GONE}. It was []{{figure="a.e"}}. It is {HERE}.',
        f"It is 4.3%. {NOTE} Withheld by the publisher: exclusions.",
    ),
    "brackets fall away alone": (f"It is {HERE} (England {GONE}) now.", f"It is 4.3% now. {NOTE}"),
    "brackets that hold stay": (
        f"It is {HERE} (of {HERE}), they say. {GONE} no.",
        f"It is 4.3% (of 4.3%), they say. {NOTE}",
    ),
    "clause": (f"It is {HERE}[, and {GONE} there]{{.clause}}.", f"It is 4.3%. {NOTE}"),
    "clause within words": (f"It is {HERE} [and {GONE} there]{{.clause}} now.", f"It is 4.3% now. {NOTE}"),
    "clause that holds": (f"It is {HERE}[, and {HERE} there]{{.clause}}.", "It is 4.3%, and 4.3% there."),
    "what needs it": (
        f'It is {HERE}. It was {GONE}. [That was a rise. It was large.]{{needs="a.b"}} So it is.',
        f"It is 4.3%. So it is. {NOTE}",
    ),
    "need that is met": (f'It is {HERE}. [That is a rise.]{{needs="x.y"}}', "It is 4.3%. That is a rise."),
    "a phrase that ends a sentence": (f'[]{{figure="x.phrase"}} It was {GONE}.', f"Nobody answered. {NOTE}"),
    "reference in brackets": (f'It is {HERE} ([]{{ref="a.chart"}}).', "It is 4.3%."),
    "reference in words": (f'It is {HERE}. The []{{ref="a.chart"}} shows it.', "It is 4.3%."),
    "evidence": (
        f'It is {HERE}. *Evidence:* []{{ref="a.chart"}}, []{{ref="x.table"}}, @sec-x.',
        "It is 4.3%. Evidence: Table 1.1, Chapter 1.",
    ),
    "no evidence": (f'It is {HERE}. *Evidence:* []{{ref="a.chart"}}.', "It is 4.3%."),
    "condition that holds": (f'[The slides say {HERE}.]{{when="claims"}} Yes.', "The slides say 4.3%. Yes."),
    "condition that does not": (f'[They say {HERE}.]{{unless="claims"}} Yes.', "Yes."),
    "place at the start": (
        '[]{setting="area.name"} grew. Not []{setting="area.region"}.',
        "The Isles of Scilly grew. Not the South West.",
    ),
}


GENERATED = {
    "asks for what is missing": (f"It was {GONE}. It is {HERE}.", f"It is 4.3%. {NOTE}"),
    "needs it": ('[It rose.]{needs="a.b"} It is so.', "It is so."),
    "under a condition": ('It is so. [It fell.]{unless="claims"}', "It is so."),
    "a space before a comma": ("As it says , it is so.", "As it says, it is so."),
    "a space before a comma in a table": (
        "Of all:\n\n| A , b |\n|---|\n| x , y |\n\n: A caption\n",
        "Of all:\n\n  A , b\n  -------\n  x , y\n\n  : A caption",
    ),
    "a space before a comma in a block": (
        "::: html-only\nNo\n:::\n\nTerm\n\n:   It , is.",
        "Term\n\n    It, is.",
    ),
    "a heading with a class": ('### A heading {#x .unnumbered}\n\nIt is "so".', "A heading\n\nIt is “so”."),
}


@pytest.mark.parametrize("name", GENERATED)
def test_a_generated_block_is_read_as_a_chapter_is(render: Any, tmp_path: Path, name: str) -> None:
    text, expected = GENERATED[name]
    (tmp_path / "block.md").write_text(text, encoding="utf-8")
    assert render('::: {generated="block"}\n:::') == expected == render(text)


def test_a_generated_block_in_pandocs_own_form_is_filled_in_as_markdown_is(
    render: Any, tmp_path: Path
) -> None:
    columns, cells, widths = ("A", "B"), ("x, y", "1.2"), (1, 2)
    row = [[pandoc_blocks.words(cell)] for cell in cells]
    link = {"t": "Link", "c": [["", [], []], [pandoc_blocks.words("here")], ["x.qmd", ""]]}
    paragraph = {"t": "Para", "c": [link]}
    made = pandoc_blocks.document([paragraph, pandoc_blocks.table(columns, [row], widths)])
    (tmp_path / "block.ast.json").write_text(made, encoding="utf-8")
    written = f"[here](x.qmd)\n\n{markdown.table(columns, [cells], widths)}"
    block = '::: {generated="block"}\n:::'
    assert render(block, "html5") == render(written, "html5")
    assert 'scope="row"' in render(block, "html5")
    pages = pandoc_blocks.document([pandoc_blocks.paragraph("Of pages.")])
    (tmp_path / "block.html.ast.json").write_text(pages, encoding="utf-8")
    assert render(block, "html5") == "<p>Of pages.</p>"
    assert render(block, "typst") == render(written, "typst")


@pytest.mark.parametrize("case", SENTENCES)
def test_a_sentence_falls_away_whole_and_is_named_once(render: Any, case: str) -> None:
    markdown, expected = SENTENCES[case]
    shown = re.sub(r"\s+", " ", render(markdown, "markdown_strict"))
    words = re.sub(r"\[([^]]*)\]\([^)]*\)|<[^>]*>|[*\\]", r"\1", shown)
    assert words.replace("“", '"') == expected


def test_a_section_without_any_of_its_figures_says_so_and_no_more(render: Any) -> None:
    text = render(
        f"# X\n\n## Births\n\n**What we asked.** How many?\n\nIt is {GONE}.\n\n"
        '::: {figure="a.chart"}\n:::\n\n'
        f"**What it means.** Much.\n\n## Other\n\nIt is {HERE}.\n",
    )
    assert re.sub(r"\n+", "\n", text) == (
        f"X\nBirths\n{NOTE} Too few periods to draw: births.\nOther\nIt is 4.3%."
    )


def test_charts_and_tables_that_are_not_there_become_one_line(render: Any) -> None:
    text = render(
        f'It is {HERE}.\n\n::: {{figure="a.chart"}}\n:::\n\n::: {{figure="a.d"}}\n:::\n\nAnd so on.\n'
    )
    assert text.split("\n\n") == [
        "It is 4.3%.",
        "Too few periods to draw: births. Not in this edition for the Isles of Scilly: low income.",
        "And so on.",
    ]


def test_a_list_loses_its_items_one_by_one(render: Any) -> None:
    assert render(f'- It is {HERE}.\n- It was {GONE}.\n- [No]{{unless="claims"}}\n').splitlines() == [
        "- It is 4.3%.",
        f"- {NOTE}",
    ]


def test_a_table_says_in_its_cell_that_a_figure_is_not_there(render: Any) -> None:
    html = render(f"| A | B |\n|---|---|\n| {HERE} | {GONE} |\n", "html5")
    assert "<td>not available</td>" in html


def test_a_passage_that_needs_a_figure_falls_away_with_what_it_holds(render: Any) -> None:
    text = render(f'It is {HERE}.\n\n::: {{needs="a.b"}}\nIt rose.\n\nIt is {HERE}.\n:::\n\nAnd so on.\n')
    assert text.split("\n\n") == ["It is 4.3%.", NOTE, "And so on."]


def test_words_alone_that_need_a_figure_go_without_a_word(render: Any) -> None:
    text = render('# X\n\n## Births\n\nA. [It rose.]{needs="a.b"}\n\n::: {needs="a.b"}\nIt rose.\n:::\n')
    assert text.split() == ["X", "Births", "A."]


def test_the_note_can_be_told_from_the_text_and_stands_in_every_format(render: Any) -> None:
    markdown = f"It is {HERE}. It was {GONE}.\n"
    assert f'<span class="absent">{NOTE}</span>' in render(markdown, "html5")
    assert NOTE in render(markdown, "typst")
