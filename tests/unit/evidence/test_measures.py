"""A measure takes its words and its breaks from the catalogue."""

from __future__ import annotations

from pathlib import Path

import pytest
from synthetic import AREA, make_run, open_run

from send_jsna.errors import NotebookError
from send_jsna.evidence.headlines import publish_value
from send_jsna.evidence.measures import measure
from send_jsna.figures.records import read_figures
from send_jsna.figures.supplement import Supplement

SERIES = {
    "made_up_pct": {
        "title": "Made-up share",
        "breakdowns": [{"by": {"need": "asd"}, "title": "Made-up share for autism"}],
        "breaks": [
            {"before": "2021/22", "label": "New definition"},
            {"before": "2022/23", "label": "New form", "by": {"need": "asd"}},
        ],
    }
}


def opened(folder: Path) -> Supplement:
    row = {"indicator": "made_up_pct", "area_code": AREA.code, "period": "2023/24", "value": 12.0}
    return open_run(make_run(folder, [row, {**row, "need": "asd", "value": 4.0}], series=SERIES))


def test_words_and_breaks_come_from_the_catalogue(tmp_path: Path) -> None:
    run = opened(tmp_path)
    whole, part = measure(run, "made_up_pct", "made"), measure(run, "made_up_pct", "made.asd", need="asd")
    assert (whole.name, part.name) == ("Made-up share", "Made-up share for autism")
    assert [mark.label for mark in whole.breaks] == ["New definition"]
    assert [mark.label for mark in part.breaks] == ["New definition", "New form"]
    publish_value(part)
    shown = read_figures(tmp_path / "run")[0]["made.asd.latest"]
    assert (shown.title, shown.shown) == ("Made-up share for autism, Testborough, 2023/24", "4.0%")


def test_a_name_in_the_notebook_comes_first(tmp_path: Path) -> None:
    assert measure(opened(tmp_path), "made_up_pct", name="As printed", need="slcn").name == "As printed"


def test_a_breakdown_without_a_title_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotebookError, match="made_up_pct has no title by need slcn") as caught:
        measure(opened(tmp_path), "made_up_pct", "made", need="slcn")
    assert "breakdowns" in str(caught.value)
