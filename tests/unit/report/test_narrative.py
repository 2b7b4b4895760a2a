"""The rules of the narrative: which digits may be typed, what may be named, how figures are numbered."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from send_jsna.errors import CatalogueError, ReportError
from send_jsna.figures.records import FigureRecord
from send_jsna.report import check_uses, number_figures, scan_chapters
from send_jsna.report.book import Book
from send_jsna.report.decisions import Decisions
from send_jsna.report.missing import stopped_notebooks, unpublished
from send_jsna.report.narrative import with_generated, without_unpublished

TERMS = ["key stage 2", "ASQ-3", "COVID-19", "Year 1", "16 to 18"]

BOOK = {
    "project": {"type": "book"},
    "book": {
        "title": "A book",
        "author": "Someone",
        "date": "2025-11-20",
        "chapters": ["index.qmd", "01-plans.qmd"],
    },
}


def write_book(folder: Path, *bodies: str, index: str = "# Welcome {.unnumbered}\n") -> Path:
    """A book with a cover and one chapter for each body."""
    names = [f"{place:02d}-plans.qmd" for place in range(1, len(bodies) + 1)]
    config = {**BOOK, "book": {**BOOK["book"], "chapters": ["index.qmd", *names]}}
    (folder / "_quarto.yml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    (folder / "index.qmd").write_text(index, encoding="utf-8")
    for name, body in zip(names, bodies, strict=True):
        (folder / name).write_text(f"# Plans {{#sec-plans-{name[:2]}}}\n\n{body}\n", encoding="utf-8")
    return folder


def record(key: str, kind: str = "number", refused: str = "") -> FigureRecord:
    return FigureRecord(
        id=key, kind=kind, title=key, method="As published.", inputs=["a:2"], notebook="n", refused=refused
    )


ALLOWED = {
    "year": "In 2014 the law changed.",
    "academic year": "In 2022/23 and 2022/2023.",
    "financial year": "In 2023-24 and 2023–24.",
    "span of years": "From 2019 to 2023, or 2019–2023.",
    "date": "On 1 September 2014, in December 2023 and on the 3rd of May; by 31 January.",
    "decade": "In the 2010s, by mid-2023.",
    "ISO date": "As at 2025-06-12.",
    "term": "At key stage 2, Key\nStage 2 and in ASQ‑3, after COVID-19.",
    "range term": "Young people aged 16 to 18.",
    "words": "Three of every ten, or thirty per cent.",
    "figure": 'It is []{figure="ks2.rwm.2025"} now.',
    "figure with words": 'It is [4.3%]{figure="ehcp.share"} now.',
    "reference": 'See []{ref="ks2.chart"}, @sec-part-2, chapter 4 and chapters 5 and 6.',
    "title": "The report [Attainment in [all] of England, 57 facts]{.title} says so.",
    "title over two lines": "The report [Attainment in England,\n57 facts]{.title} says so.",
    "URL": "See <https://example.org/2?x=57> and [the page](https://example.org/57) or https://example.org/57.",
    "chapter link": "See [the chapter](04-send.qmd#part-57).",
    "comment": "Plain <!-- 57 --> words.",
    "list": "1. One\n2. Two\n10. Three",
    "numbered headings": "## 1. One?\n\nYes.\n\n## 2. Two?\n\nYes.",
    "footnote": "Words.[^1]\n\n[^1]: More words.",
    "heading id": "## Part {#part-57 .c57}\n\nWords.",
}


@pytest.mark.parametrize("text", ALLOWED.values(), ids=ALLOWED.keys())
def test_digits_no_data_stand_behind_may_be_typed(tmp_path: Path, text: str) -> None:
    narrative = scan_chapters(write_book(tmp_path, text), TERMS)
    assert narrative.chapters[1].title == "Plans"


REFUSED = {
    "percentage": ("It is 4.3% now.", "4.3%"),
    "count": ("There are 57 plans.", "57"),
    "thousands": ("There are 2,020 plans.", "2,020"),
    "year-like percentage": ("It is 2019% now.", "2019%"),
    "year-like rate": ("It is 2019 per cent.", "2019 per cent"),
    "decimal of a year": ("It is 2019.5 now.", "2019.5"),
    "wrong academic year": ("In 2022/57.", "2022/57"),
    "money": ("It cost £2014.", "£2014"),
    "fraction": ("About ½ of them.", "½"),
    "in bold": ("It is **57** now.", "57"),
    "in a cell": ("| a | b |\n|---|---|\n| x | 57 |", "57"),
    "in link text": ("See [57 plans](https://example.org).", "57"),
    "in alternative text": ("![A chart of 57](x.svg)", "57"),
    "in an attribute": ('[words]{title="57 plans"}', "57"),
    "in a footnote": ("Words.^[There are 57.]", "57"),
    "in code": ("It is `57` now.", "57"),
    "in raw HTML": ("It is <b>57</b> now.", "57"),
    "as an entity": ("It is &#53;&#55; now.", "53"),
    "as mathematics": ("It is $57$ now.", "$57"),
    "longer than the term": ("At key stage 25.", "25"),
    "day no month has": ("On 57 May.", "57"),
    "number at a line's start": ("There are\n57. Then more.", "57"),
    "heading out of count": ("## 57. plans\n\nWords.", "57"),
    "title without class": ("The report [57 facts]{.other}.", "57"),
    "minus": ("It fell by −57 now.", "−57"),
    "spliced by emphasis": ("It is 2*019*5 now.", "2"),
}


@pytest.mark.parametrize(("text", "number"), REFUSED.values(), ids=REFUSED.keys())
def test_a_typed_number_stops_the_build_with_file_line_and_number(
    tmp_path: Path, text: str, number: str
) -> None:
    with pytest.raises(ReportError) as caught:
        scan_chapters(write_book(tmp_path, f"First.\n\n{text}"), TERMS)
    message = caught.value.line()
    lines = (tmp_path / "01-plans.qmd").read_text(encoding="utf-8").splitlines()
    place = next(at for at, line in enumerate(lines, 1) if number.split()[0].strip("%") in line)
    assert message.startswith(f"01-plans.qmd, line {place}: the number {number} is typed")
    assert caught.value.exit_code == 8


def test_a_term_that_is_only_a_number_is_no_term(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="57"):
        scan_chapters(write_book(tmp_path, "There are 57."), ["57"])


@pytest.mark.parametrize("text", ["```{python}\nprint()\n```", "{{< include x.qmd >}}"])
def test_chapters_hold_no_code_cells_or_shortcodes(tmp_path: Path, text: str) -> None:
    with pytest.raises(ReportError, match="line 3: a code cell or a shortcode"):
        scan_chapters(write_book(tmp_path, text), TERMS)


def test_a_figure_inside_code_is_not_taken_for_one(tmp_path: Path) -> None:
    with pytest.raises(
        ReportError, match=r"line 3: figure a\.b is in a place where the report does not read it"
    ):
        scan_chapters(write_book(tmp_path, '`[]{figure="a.b"}`'), TERMS)


@pytest.mark.parametrize(
    ("text", "said"),
    [("# Second title", "2 titles"), ("### Deep\n\nWords.", "'Deep' skips a level")],
)
def test_headings_stand_in_order(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ReportError, match=said):
        scan_chapters(write_book(tmp_path, text), TERMS)


def test_uses_come_in_reading_order_with_their_lines(tmp_path: Path) -> None:
    text = (
        'One []{figure="a.b"} and []{setting="area.name"}.\n\n'
        'More []{figure="a.b"}.\n\n::: {figure="a.c"}\n:::\n'
    )
    uses = scan_chapters(write_book(tmp_path, text), TERMS).chapters[1].uses
    assert [(use.kind, use.name, use.line) for use in uses] == [
        ("inline", "a.b", 3),
        ("setting", "area.name", 3),
        ("inline", "a.b", 5),
        ("block", "a.c", 7),
    ]


def check(folder: Path, *figures: FigureRecord) -> None:
    check_uses(
        scan_chapters(folder, TERMS),
        {figure.id: figure for figure in figures},
        settings=["area.name"],
        generated=["audit"],
    )


USES = {
    "unknown figure": (
        '[]{figure="ehcp.share.latst"}',
        r"ehcp\.share\.latst is published by no notebook.*mean ehcp\.share\.latest\?",
    ),
    "unknown setting": ('[]{setting="area.nmae"}', "no setting 'area.nmae'; expected one of area.name"),
    "unknown block": ('::: {generated="audits"}\n:::', "no generated block 'audits'"),
    "chart in a sentence": (
        '[]{figure="ehcp.chart"}',
        r"ehcp\.chart is a chart and cannot be used in a sentence",
    ),
    "number as a block": ('::: {figure="ehcp.share.latest"}\n:::', "is a number, not a chart or table"),
    "chart twice": (
        '::: {figure="ehcp.chart"}\n:::\n\n::: {figure="ehcp.chart"}\n:::',
        "line 6: .*shown a second time",
    ),
    "reference to nothing shown": ('[]{ref="ehcp.chart"}', "which no chapter shows"),
}


@pytest.mark.parametrize(("text", "said"), USES.values(), ids=USES.keys())
def test_what_the_run_cannot_fill_is_refused_with_file_and_line(tmp_path: Path, text: str, said: str) -> None:
    folder = write_book(tmp_path, text)
    with pytest.raises(ReportError, match=r"^01-plans\.qmd, line \d: ") as caught:
        check(folder, record("ehcp.share.latest"), record("ehcp.chart", "chart"))
    assert caught.match(said)


def test_figures_and_tables_are_numbered_by_chapter_each_kind_on_its_own(tmp_path: Path) -> None:
    blocks = "\n\n".join(f'::: {{figure="{key}"}}\n:::' for key in ("a.one", "a.table", "a.lost", "a.two"))
    narrative = scan_chapters(write_book(tmp_path, "Words.", blocks), TERMS)
    figures = {
        "a.one": record("a.one", "chart"),
        "a.table": record("a.table", "table"),
        "a.lost": record("a.lost", "chart", refused="no data"),
        "a.two": record("a.two", "chart"),
    }
    labels = number_figures(narrative, figures)
    assert {key: label.text for key, label in labels.items()} == {
        "a.one": "Figure 2.1",
        "a.table": "Table 2.1",
        "a.lost": "Figure 2.2",
        "a.two": "Figure 2.3",
    }
    assert labels["a.one"].chapter == "02-plans"


def test_figures_of_a_notebook_that_stopped_are_refused_not_unknown(tmp_path: Path) -> None:
    narrative = scan_chapters(
        write_book(
            tmp_path,
            'A []{figure="ehcp.share.latest"} and []{figure="x.y"}. [More.]{needs="ehcp.share.table"}',
        ),
        TERMS,
    )
    notebooks = tmp_path / "notebooks"
    notebooks.mkdir()
    cell = '{"cell_type": "code", "source": ["s.number(\\"%s\\", 1)"], "outputs": [%s]}'
    error = '{"output_type": "error", "ename": "%s"}'
    for name, body in (
        ("education", cell % ("ehcp.share.latest", error % "KeyError")),
        ("autism", cell % ("autism.waits", error % "FailedValidationError")),
        ("voice", cell % ("x.y", "")),
    ):
        (notebooks / f"{name}.ipynb").write_text(f'{{"cells": [{body}]}}', encoding="utf-8")
    stopped = stopped_notebooks(notebooks)
    assert list(stopped) == ["education"]
    refused = unpublished(narrative, {"x.y": record("x.y")}, stopped)
    for name in ("ehcp.share.latest", "ehcp.share.table"):
        assert refused[name].refused.endswith("education, did not reach the end")
    assert "x.y" not in refused
    assert unpublished(narrative, {}, {}) == {}


def test_what_a_generated_block_asks_for_is_held_to_the_same_rules(tmp_path: Path) -> None:
    read = scan_chapters(write_book(tmp_path, '::: {generated="audit"}\n:::'), TERMS)
    block = 'Measured by []{figure="ehcp.share.lost"}.\n\n::: {figure="ehcp.chart"}\n:::\n'
    narrative = with_generated(read, {"audit": block})
    assert [(use.kind, use.name) for use in narrative.uses] == [
        ("generated", "audit"),
        ("inline", "ehcp.share.lost"),
        ("block", "ehcp.chart"),
    ]
    with pytest.raises(
        ReportError, match=r"^01-plans\.qmd \(block audit\), line 1: figure ehcp\.share\.lost"
    ):
        check_uses(narrative, {"ehcp.chart": record("ehcp.chart", "chart")}, settings=[], generated=["audit"])


def test_an_optional_block_is_left_out_where_nobody_publishes_its_figure(tmp_path: Path) -> None:
    text = '::: {figure="a.survey" optional="true"}\n:::\n\n::: {figure="a.chart" optional="true"}\n:::'
    read = scan_chapters(write_book(tmp_path, text), TERMS)
    narrative = without_unpublished(read, Decisions(figures={"a.chart"}))
    assert [use.name for use in narrative.uses] == ["a.chart"]


# -- the book's own file ----------------------------------------------------------------------------------


def test_the_projects_own_book_uses_only_keys_quarto_knows() -> None:
    book = Book.read(Path(__file__).resolve().parents[3] / "reports")
    assert book.numbered_chapters[0] == ("index.qmd", None)
    assert book.numbered_chapters[-1] == ("chapters/22-audit.qmd", 17)
    assert book.audit_page == "22-audit.html"
    assert book.config["filters"] == ["filters/report.lua"]
    assert set(book.config["format"]) == {"html", "typst", "docx"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"number-section": True}, "unknown key number-section"),
        ({"format": {"html": {"tehme": "cosmo"}}}, r"unknown key format\.html\.tehme"),
        ({"book": {**BOOK["book"], "author": ""}}, "book has no author"),
        ({"book": {**BOOK["book"], "chapters": ["index.qmd", "nowhere.qmd"]}}, "nowhere.qmd is missing"),
    ],
)
def test_a_misspelt_key_is_refused_since_quarto_would_ignore_it(
    tmp_path: Path, change: dict[str, object], said: str
) -> None:
    (tmp_path / "index.qmd").write_text("# Welcome\n", encoding="utf-8")
    (tmp_path / "01-plans.qmd").write_text("# Plans\n", encoding="utf-8")
    (tmp_path / "_quarto.yml").write_text(yaml.safe_dump({**BOOK, **change}), encoding="utf-8")
    with pytest.raises(ReportError, match=said):
        Book.read(tmp_path)
