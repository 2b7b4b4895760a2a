"""Blocks in pandoc's own form are what pandoc reads of the same block as Markdown."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from send_jsna.report import markdown, pandoc_blocks
from send_jsna.report.pandoc import run_pandoc

WORDS = (
    "Plain words",
    "SEN support, 2024/25 – a share of 4.3%",
    r"""A \ ` * _ { } [x](y) # + . ! <b> | ~ $2 ^3 @sec-x "quoted" 'so' & = : - -- ... (c)""",
    "  spaces\tand lines\n at\u00a0will ",
    "https://example.org/a_b?c=d&e",
    "e.g. Mr. Smith's https:// // 1. first",
)


def _rendered(folder: Path, text: str, reader: str, writer: str) -> str:
    (folder / "x").write_text(text, encoding="utf-8")
    options = [f"--from={reader}", f"--to={writer}", "--wrap=none", "x"]
    if writer != "docx":
        return run_pandoc(options, folder=folder)
    run_pandoc([*options, "--output=x.docx"], folder=folder)
    return zipfile.ZipFile(folder / "x.docx").read("word/document.xml").decode()


@pytest.mark.parametrize("writer", ["html5", "typst", "docx"])
@pytest.mark.parametrize("caption", ["", "Table 1.1: of *all* things"])
def test_a_table_is_set_as_one_of_markdown(tmp_path: Path, writer: str, caption: str) -> None:
    columns, widths = ("A_1", "B [x]", "C"), (9, 1, 30)
    cells = [[text, "", text] for text in WORDS]
    made = pandoc_blocks.document(
        [
            pandoc_blocks.table(
                columns,
                [[[pandoc_blocks.words(text)] if text else [] for text in row] for row in cells],
                widths,
                caption=caption,
            )
        ]
    )
    written = markdown.table(
        columns, [[markdown.escape(text) for text in row] for row in cells], widths, caption=caption
    )
    assert _rendered(tmp_path, made, "json", writer) == _rendered(tmp_path, written, "markdown", writer)


@pytest.mark.parametrize("writer", ["html5", "typst", "docx"])
def test_words_of_each_kind_are_set_as_those_of_markdown(tmp_path: Path, writer: str) -> None:
    made = pandoc_blocks.document(
        [
            pandoc_blocks.heading(3, "It is: 1.2", "a.b", "unnumbered"),
            pandoc_blocks.paragraph(WORDS[2]),
            pandoc_blocks.raw_html("<p>As it is.</p>"),
            pandoc_blocks.table(
                ["A"],
                [
                    [[pandoc_blocks.strong("4.3%"), pandoc_blocks.SPACE, pandoc_blocks.code("a_b.c")]],
                    [[pandoc_blocks.span("x. y", "here")]],
                    [[pandoc_blocks.span("x", "", "evidence")]],
                ],
                [1],
            ),
        ]
    )
    table = markdown.table(["A"], [[r"**4.3%** `a_b.c`"], [r"[x. y]{#here}"], ["[x]{.evidence}"]], [1])
    written = (
        "### It is: 1.2 {#a.b .unnumbered}\n\n"
        f"{markdown.escape(WORDS[2])}\n\n```{{=html}}\n<p>As it is.</p>\n```\n\n{table}"
    )
    expected = _rendered(tmp_path, written, "markdown", writer)
    assert _rendered(tmp_path, made, "json", writer) == expected


def test_a_heading_goes_by_the_identifier_that_pandoc_gives_it(tmp_path: Path) -> None:
    titles = ["Pupils with an EHC plan", "1. Key_stage 2: 2019/20", "Pupils with an EHC plan", "42", "É-té"]
    titles += ["Pupils with an EHC plan"]
    taken: list[str] = []
    for title in titles:
        taken.append(pandoc_blocks.identifier_of(title, taken))
    made = pandoc_blocks.document(
        [pandoc_blocks.heading(2, *pair) for pair in zip(titles, taken, strict=True)]
    )
    written = "\n\n".join(f"## {markdown.escape(title)}" for title in titles)
    assert _rendered(tmp_path, made, "json", "html") == _rendered(tmp_path, written, "markdown", "html")
