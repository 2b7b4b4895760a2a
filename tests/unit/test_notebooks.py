"""The project's notebooks read as an argument: a question, the cells that bear on it, the answer in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
#: Cells that may follow one heading, besides the answer; and the statements of one cell.
MOST_CELLS, MOST_STATEMENTS = 3, 7
ANSWERS = ("answer(", "publish_answer(")


def sections(path: Path) -> list[list[dict[str, Any]]]:
    """The cells of each question: from one heading of the second level to the next."""
    found: list[list[dict[str, Any]]] = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown" and text.startswith("## "):
            found.append([])
        if found:
            found[-1].append({"id": cell["id"], "kind": cell["cell_type"], "text": text})
    return found


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_question_is_answered_under_a_few_short_cells(path: Path) -> None:
    assert sections(path), f"{path.name} asks nothing"
    for section in sections(path):
        question = section[0]["text"].splitlines()[0]
        assert question.endswith("?"), f"{path.name}: {question!r} is no question"
        code = [cell for cell in section if cell["kind"] == "code"]
        answers = [cell for cell in code if cell["text"].startswith(ANSWERS)]
        written = [cell for cell in section if cell["text"].startswith("**Answer.**")]
        assert answers or written, f"{path.name}: {question!r} has no answer"
        run = 0
        for cell in section:
            if cell["kind"] == "markdown" and cell["text"].startswith("##"):
                run = 0
            elif cell["kind"] == "code" and cell not in answers:
                run += 1
                outer = [
                    line for line in cell["text"].splitlines() if line[:1] not in ("", " ", ")", "]", "}")
                ]
                assert len(outer) <= MOST_STATEMENTS, f"{path.name}, cell {cell['id']} is long"
            assert run <= MOST_CELLS, f"{path.name}: {question!r} has too many cells before its answer"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_notebook_has_a_break_in_series_or_an_algorithm_of_its_own(path: Path) -> None:
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "code":
            assert "Break(" not in text, f"{path.name}, cell {cell['id']}: breaks belong to the catalogue"
            assert "def " not in text, f"{path.name}, cell {cell['id']}"
            assert "pd." not in text, f"{path.name}, cell {cell['id']}: figures are made by evidence/"
