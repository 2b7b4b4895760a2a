"""A run with council extracts under a raised smallest count: what is withheld of them, and the attack."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import small_project
from council_files import AREA, as_csv
from planted import texts

from send_jsna import council

#: A number no other figure of the small project has, withheld under a smallest count of 8,000.
PLANTED = 7919
SMALLEST = 8000


def supplied(folder: Path, **needs: int) -> Path:
    """The small project with a register."""
    rows = [
        {"area_code": AREA, "period": "January 2026", "need": need, "count": str(count)}
        for need, count in needs.items()
    ]
    (folder / "data" / "council" / "ehc-register.csv").write_bytes(as_csv(rows))
    return folder


def observed(run: Path) -> pd.DataFrame:
    frame = pd.read_parquet(run / "observations.parquet")
    return frame[frame["dataset"].isin(council.datasets(small_project.ROOT / "data"))].set_index("need")


def holding(run: Path, number: int) -> list[Path]:
    """Files of a run in which a number stands, by itself and not within a hash."""
    alone = re.compile(rb"(?<![0-9a-f])%d(?![0-9a-f])" % number)
    files = [path for path in run.rglob("*") if path.is_file()]
    # In a database a number is not written in digits.
    read = {path: texts(path).encode() if path.suffix == ".sqlite" else path.read_bytes() for path in files}
    return [path for path in files if alone.search(read[path])]


def test_a_count_under_the_raised_smallest_count_is_in_no_file_of_the_run(small: Path) -> None:
    supplied(small, asd=20_011, slcn=9001, hi=PLANTED)
    arguments = ("refresh", "--direct", "--quiet", "--engine", "pandoc")
    small_project.jsna(small, *arguments, env={"JSNA_SMALLEST_COUNT": str(SMALLEST)})
    run = (small / "runs" / "latest").resolve()
    frame = observed(run)
    assert set(frame.index[frame["status"] == "c"]) == {"hi", "slcn"}
    assert frame.loc["", "value"] == 20_011 + 9001 + PLANTED
    assert not [path for path in run.rglob(".*") if path.is_file()]
    assert holding(run, PLANTED) == []
    assert json.loads((run / "disclosure.json").read_text(encoding="utf-8"))["smallest"] == SMALLEST


def test_a_profile_that_rounds_keeps_the_counts_of_an_extract_out_of_the_records_too(small: Path) -> None:
    supplied(small, asd=20_011, slcn=9001, hi=3)
    arguments = ("refresh", "--direct", "--quiet", "--engine", "pandoc")
    small_project.jsna(small, *arguments, env={"JSNA_DISCLOSURE": "nhs_england"})
    run = (small / "runs" / "latest").resolve()
    frame = observed(run)
    assert frame.loc[["", "asd", "slcn"], "value"].tolist() == [29_015, 20_010, 9000]
    assert frame.loc["hi", "status"] == "c"
    record = json.loads((run / "validation" / "council_ehc_register.json").read_text(encoding="utf-8"))
    assert record["passed"]
    assert holding(run, 20_011) == holding(run, 9001) == []
