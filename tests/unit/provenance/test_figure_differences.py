"""How the figures of a notebook differ from those it published before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from send_jsna.figures.records import FigureRecord
from send_jsna.provenance.figure_differences import differences


def figure(key: str, **values: Any) -> FigureRecord:
    plain = {"kind": "number", "title": "Plans", "method": "As published.", "inputs": ["a:1"]}
    return FigureRecord(id=key, notebook="n", **{**plain, **values})


def changes(tmp_path: Path, before: FigureRecord, now: FigureRecord) -> dict[str, str]:
    return differences({"a.b": before}, {"a.b": now}, (tmp_path / "before", tmp_path / "now")).changed


def test_figures_are_counted_and_those_of_one_side_are_named(tmp_path: Path) -> None:
    before = {key: figure(key, shown="1") for key in ("a.same", "a.moved", "a.gone")}
    now = {"a.same": before["a.same"], "a.moved": figure("a.moved", shown="2"), "a.new": figure("a.new")}
    found = differences(before, now, (tmp_path, tmp_path))
    assert found.line() == "1 figures the same, 1 changed, 1 new, 1 gone"
    assert (found.same, found.new, found.gone) == (["a.same"], ["a.new"], ["a.gone"])
    assert found.changed == {"a.moved": "1 → 2"}


def test_a_cell_put_in_above_changes_no_figure(tmp_path: Path) -> None:
    before, now = (figure("a.b", shown="1", execution_count=count) for count in (3, 4))
    assert changes(tmp_path, before, now) == {}


def test_of_a_table_the_first_cell_that_changed_is_said(tmp_path: Path) -> None:
    columns = ["Year", "Plans", "Share"]
    before = figure("a.b", kind="table", columns=columns, rows=[["2024", "10", "1%"], ["2025", "12", "2%"]])
    now = before.model_copy(update={"rows": [["2024", "10", "1%"], ["2025", "13", "3%"]]})
    assert changes(tmp_path, before, now) == {"a.b": "2025, Plans: 12 → 13 and 1 more cells"}
    longer = before.model_copy(update={"rows": [*before.rows, ["2026", "14", "4%"]]})
    assert changes(tmp_path, before, longer) == {"a.b": "rows: 2 → 3 entries"}


def test_what_a_reader_does_not_see_in_the_number_is_said_by_name(tmp_path: Path) -> None:
    before = figure("a.b", shown="1", inputs=["a:1", "a:2"])
    assert changes(tmp_path, before, before.model_copy(update={"inputs": ["a:1"]})) == {
        "a.b": "inputs: 2 → 1 entries"
    }
    assert changes(tmp_path, before, before.model_copy(update={"title": "EHC plans"})) == {
        "a.b": "title: Plans → EHC plans"
    }
    assert changes(tmp_path, before, before.model_copy(update={"refused": "the data failed"})) == {
        "a.b": "1 → refused (the data failed)"
    }


def test_a_chart_of_the_same_data_can_look_otherwise(tmp_path: Path) -> None:
    chart = figure("a.b", kind="chart", files={"svg": "a.b.svg"})
    for name, text in (("before", "<svg/>"), ("now", "<svg></svg>")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.b.svg").write_text(text, encoding="utf-8")
    assert changes(tmp_path, chart, chart) == {"a.b": "the picture"}
    (tmp_path / "now" / "a.b.svg").write_text("<svg/>", encoding="utf-8")
    assert changes(tmp_path, chart, chart) == {}
