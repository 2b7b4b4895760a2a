"""A run with council extracts under a raised smallest count: what is withheld of them, and the attack."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import small_project
from council_files import AREA, as_csv

from send_jsna.catalogue import COUNCIL_DATASETS

#: A number no other figure of the small project has, withheld under a smallest count of 8,000.
PLANTED = 7919
SMALLEST = 8000


def supplied(folder: Path) -> Path:
    """The small project with a register in which a planted count stands beside two large ones."""
    needs = {"asd": 20_011, "slcn": 9001, "hi": PLANTED}
    rows = [
        {"area_code": AREA, "period": "January 2026", "need": need, "count": str(count)}
        for need, count in needs.items()
    ]
    (folder / "data" / "council" / "ehc-register.csv").write_bytes(as_csv(rows))
    return folder


def observed(run: Path) -> pd.DataFrame:
    frame = pd.read_parquet(run / "observations.parquet")
    return frame[frame["dataset"].isin(COUNCIL_DATASETS)].set_index("need")


def test_a_count_under_the_raised_smallest_count_is_in_no_file_of_the_run(small: Path) -> None:
    supplied(small)
    arguments = ("refresh", "--direct", "--quiet", "--engine", "pandoc")
    small_project.jsna(small, *arguments, env={"JSNA_SMALLEST_COUNT": str(SMALLEST)})
    run = (small / "runs" / "latest").resolve()
    frame = observed(run)
    assert set(frame.index[frame["status"] == "c"]) == {"hi", "slcn"}
    assert frame.loc["", "value"] == 20_011 + 9001 + PLANTED
    files = [path for path in run.rglob("*") if path.is_file()]
    assert not [path.name for path in files if path.name.startswith(".")]
    found = [path for path in files if str(PLANTED).encode() in path.read_bytes()]
    assert found == []
    assert json.loads((run / "disclosure.json").read_text(encoding="utf-8"))["smallest"] == SMALLEST
