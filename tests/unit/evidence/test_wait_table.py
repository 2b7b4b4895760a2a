"""Every wait there is, as one table, on a synthetic run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from synthetic import AREA, COUNTRY, make_run, open_run

from send_jsna.evidence.measures import measure
from send_jsna.evidence.send.wait_table import NO_WAITS, publish_wait_table
from send_jsna.figures.records import FigureRecord, read_absences, read_figures

LIST, LONG = "made_up_list_count", "made_up_long_pct"
SERIES = {name: {"polarity": "low_good"} for name in (LIST, LONG)}
DECLARED = {"series": SERIES, "indicator_names": {LIST: "Waiting", LONG: "Waiting long"}}


def row(area: str, indicator: str, period: str, value: float) -> dict[str, Any]:
    unit = "count" if indicator == LIST else "%"
    return {"area_code": area, "indicator": indicator, "period": period, "value": value, "unit": unit}


def table_of(tmp_path: Path, rows: list[dict[str, Any]], **context: Any) -> dict[str, FigureRecord]:
    """The figures of a table of one service, whose board is QWU and whose trust is RYG."""
    folder = tmp_path / "data" / "areas"
    folder.mkdir(parents=True)
    names = "QWU,Test Board,nhs,,\nRYG,Test Trust,nhs,,\n"
    (folder / "areas.csv").write_text(f"code,name,kind,dfe_number,region_code\n{names}", encoding="utf-8")
    serving = f"{AREA.code},icb,QWU\n{AREA.code},trust,RYG\n"
    (folder / "nhs.csv").write_text(f"area_code,role,body_code\n{serving}", encoding="utf-8")
    run = open_run(make_run(tmp_path, rows, **{**DECLARED, **context}))
    measures = [measure(run, LIST, name="Waiting"), measure(run, LONG, name="Waiting long")]
    publish_wait_table(run, "waits", {"Therapy": measures})
    return read_figures(tmp_path / "run")[0]


OCTOBERS = [row("QWU", LONG, "October 2024", 20.0), row("QWU", LONG, "October 2025", 30.0)]


def test_board_and_trust_stand_side_by_side_with_england_of_the_same_month(tmp_path: Path) -> None:
    rows = [
        *OCTOBERS,
        row("RYG", LONG, "September 2025", 50.0),
        row(COUNTRY.code, LONG, "October 2025", 40.0),
        row("QWU", LIST, "October 2025", 1500),
        row(COUNTRY.code, LIST, "October 2025", 90000),
    ]
    found = table_of(tmp_path, rows)
    table = found["waits.table"]
    heads = ["Service", "What is measured", "Month", "Board", "Trust", "England", "Direction"]
    assert table.columns == heads
    assert table.rows == [
        ["Therapy", "Waiting", "October 2025", "1,500", "x", "z", "one value only"],
        [
            "Therapy",
            "Waiting long",
            "October 2025",
            "30%",
            "50% (September 2025)",
            "40%",
            "board: has risen (worse); trust: one value only",
        ],
    ]
    assert table.notes[:2] == ["Board: Test Board.", "Trust: Test Trust."]
    shown = {key: record.shown for key, record in found.items()}
    assert (shown["waits.rows"], shown["waits.directions"]) == ("two", "one")
    assert (shown["waits.oldest"], shown["waits.newest"]) == ("October 2025", "October 2025")


def test_no_direction_is_read_across_a_break_and_a_note_says_why(tmp_path: Path) -> None:
    mark = {"before": "August 2025", "label": "More providers report"}
    series = {**SERIES, LONG: {"polarity": "low_good", "breaks": [mark]}}
    found = table_of(tmp_path, OCTOBERS, series=series)
    assert found["waits.table"].rows[0][-1] == "not read"
    assert "Direction not read for therapy: more providers report, from August 2025." in (
        found["waits.table"].notes
    )
    assert found["waits.directions"].shown == "none"


def test_a_direction_is_read_where_the_break_is_older_than_a_year(tmp_path: Path) -> None:
    mark = {"before": "October 2024", "label": "More providers report"}
    series = {**SERIES, LONG: {"polarity": "low_good", "breaks": [mark]}}
    rows = [OCTOBERS[0], row("QWU", LONG, "October 2025", 10.0)]
    assert table_of(tmp_path, rows, series=series)["waits.table"].rows[0][-1] == "has fallen (better)"


@pytest.mark.parametrize("month", ["September 2024", "November 2024"])
def test_another_month_of_the_year_before_is_no_direction(tmp_path: Path, month: str) -> None:
    rows = [row("QWU", LONG, month, 20.0), OCTOBERS[1]]
    assert table_of(tmp_path, rows)["waits.table"].rows[0][-1] == "no value a year before"


def test_what_the_council_supplied_has_a_column_of_its_own(tmp_path: Path) -> None:
    found = table_of(tmp_path, [*OCTOBERS, row(AREA.code, LONG, "October 2025", 12.0)])
    assert found["waits.table"].columns[3:5] == ["Authority", "Board"]
    assert found["waits.table"].rows[0][3:5] == ["12%", "30%"]


def test_a_value_with_a_recorded_error_is_marked_and_has_a_note(tmp_path: Path) -> None:
    warned = {"test:3": ["The share is too low"]}
    found = table_of(tmp_path, OCTOBERS, observation_warnings=warned)
    assert found["waits.table"].rows[0][3] == "30% (see note)"
    assert "Therapy, waiting long, board: The share is too low" in found["waits.table"].notes


def test_an_area_without_a_wait_is_put_on_record(tmp_path: Path) -> None:
    assert not table_of(tmp_path, [row(COUNTRY.code, LONG, "October 2025", 40.0)])
    assert [item.reason for item in read_absences(tmp_path / "run")] == [NO_WAITS]
