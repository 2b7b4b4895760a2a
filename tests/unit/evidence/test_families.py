"""Figures that come in sets: tables that explain their codes, the newest value, documents an area lacks."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from synthetic import AREA, make_run, open_run

from send_jsna.errors import DataError, NoDataError
from send_jsna.evidence.families import Family
from send_jsna.evidence.measures import measure
from send_jsna.evidence.send import services, voice
from send_jsna.figures.records import read_absences, read_figures


def test_a_table_explains_its_codes_after_the_other_notes(tmp_path: Path) -> None:
    run = open_run(make_run(tmp_path))
    about = Family(run, "made").about(method="As published.", inputs=run.observations("test_pct"))
    table = pd.DataFrame([["Testborough", "x", "c"]], columns=["Area", "2022/23", "2023/24"])
    about.explained_table("table", table, title="Made-up table", notes=["Periods differ."])
    record = read_figures(tmp_path / "run")[0]["made.table"]
    assert record.notes == ["Periods differ.", "x: not available.", "c: confidential."]


def test_the_newest_value_is_one_observation(tmp_path: Path) -> None:
    own = {"indicator": "made_up_pct", "area_code": AREA.code, "period": "2023/24", "value": 4.0}
    older = {**own, "period": "2022/23", "value": 3.0}
    withheld = {"indicator": "none_pct", "area_code": AREA.code, "period": "2023/24", "status": "c"}
    run = open_run(make_run(tmp_path, [own, older, {**own, "need": "asd"}, {**own, "need": "mld"}, withheld]))
    assert measure(run, "made_up_pct", name="Made-up share").newest()["period"] == "2023/24"
    with pytest.raises(DataError, match="expected one"):
        measure(run, "made_up_pct", name="Made-up share", need="*").newest()
    with pytest.raises(NoDataError, match="no value"):
        measure(run, "none_pct", name="Made-up share").newest()


def test_documents_an_area_does_not_have_are_put_on_record(tmp_path: Path) -> None:
    rows = [{"indicator": "voice_finding_reported", "area_code": AREA.code, "period": "2024", "value": 1.0}]
    folder = make_run(tmp_path, rows)
    run = open_run(folder)
    services.publish_overlaps(run)
    voice.publish_findings(run)
    assert read_figures(folder)[0] == {}
    assert {tuple(noted.figures): noted.reason for noted in read_absences(folder)} == {
        ("services.overlaps.table",): "no service directory of Testborough is in this edition",
        ("voice.findings.count", "voice.findings.table"): (
            "no findings from documents of Testborough are in this edition"
        ),
    }
