"""What the council's extracts withhold under the profile of a run, and the attack on them at its end.

All counts are synthetic.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from council_files import AREA, as_csv, counts

from send_jsna import council
from send_jsna.catalogue.dataset_file import parse_dataset
from send_jsna.disclosure import Aggregates, Tables, suppress_counts
from send_jsna.disclosure.aggregates import Linked, extract_profile
from send_jsna.disclosure.attack import Beside, exposures
from send_jsna.disclosure.methods import Profile, profile
from send_jsna.disclosure.methods import council as council_profile
from send_jsna.disclosure.sealed_counts import EXTRACTS, remove_sealed

BASE = {"area_code": AREA, "period": "January 2026"}
TABLES = Tables()


def put(folder: Path, name: str, rows: list[dict[str, Any]]) -> Path:
    (folder / "council").mkdir(exist_ok=True)
    (folder / "council" / name).write_bytes(as_csv([{k: str(v) for k, v in row.items()} for row in rows]))
    return folder


def register(folder: Path, **needs: int) -> Path:
    return put(folder, "ehc-register.csv", [BASE | {"need": k, "count": v} for k, v in needs.items()])


def survey(folder: Path, **answers: int) -> Path:
    rows = [
        {"area_code": AREA, "period": "October 2023", "respondent": "child", "question_id": "q1"}
        | {"question": "I am safe at school", "answer": answer}
        for answer, count in answers.items()
        for _ in range(count)
    ]
    rows = [{"response_id": number} | row for number, row in enumerate(rows, 1)]
    return put(folder, "survey-responses.csv", rows)


def frame_of_extracts(folder: Path, chosen: Profile) -> pd.DataFrame:
    return pd.concat(
        [frame.assign(dataset=name) for name, frame in council.read_supplied(folder, AREA, chosen).items()],
        ignore_index=True,
    ).assign(area_name="Coventry")


def attacked(folder: Path, chosen: Profile, shown: dict[str, float] | None = None) -> list[str]:
    """Labels that can be worked out from what a run under a profile shows of the extracts of a folder.

    Args:
        folder: The data folder.
        chosen: The profile.
        shown: Codes whose counts are shown all the same.
    """
    frame = frame_of_extracts(folder, chosen)
    done = suppress_counts(frame, TABLES, chosen).frame
    for code, value in (shown or {}).items():
        rows = (done["need"] == code) | done["service"].str.endswith(f".{code}")
        done.loc[rows & (done["unit"] == "count"), "value"] = value
    extracts = council.withheld(folder, AREA, chosen)
    return [item.label for item in exposures(frame, done, TABLES, chosen, Beside(extracts=extracts))]


PROFILES = [
    council_profile(),
    council_profile(10),
    profile("nhs_england"),
    profile("nhs_england", 12),
    profile("opensafely"),
    profile("opensafely_midpoint6"),
    profile("none"),
]


@pytest.mark.parametrize("chosen", PROFILES, ids=lambda item: f"{item.id}-{item.smallest_shown}")
def test_nothing_can_be_worked_out_of_the_extracts_of_a_run_under_any_profile(
    tmp_path: Path, chosen: Profile
) -> None:
    register(tmp_path, asd=100, slcn=30, hi=1, vi=1, msi=1, pd=1, spld=1, oth=7, mld=12)
    survey(tmp_path, strongly_agree=20, agree=15, neither=7, disagree=12)
    for stem in ("two-year-offer", "health-visiting", "slt", "special-school-places"):
        put(tmp_path, f"{stem}.csv", counts(stem))
    assert attacked(tmp_path, chosen) == []
    extracts = council.withheld(tmp_path, AREA, chosen)
    printed = [value for label, value in extracts.values.items() if label not in extracts.withheld]
    assert not extract_profile(chosen).is_primary(printed).any()
    # The records of a run hold hashes of the counts as they are shown, not as they are.
    recorded = [
        parse_dataset(content, dataset=name, where=name)
        for name, content in council.recorded(tmp_path, AREA, chosen).items()
    ]
    shown = pd.concat(recorded, ignore_index=True)
    values = shown.loc[shown["unit"] == "count", "value"].dropna()
    assert replace(chosen, smallest_shown=1).rounded(values).tolist() == values.tolist()


def test_five_ones_of_a_register_are_not_told_by_its_total(tmp_path: Path) -> None:
    register(tmp_path, asd=100, hi=1, vi=1, msi=1, pd=1, spld=1)
    frame = frame_of_extracts(tmp_path, council_profile()).set_index("need")
    assert set(frame.index[frame["status"] == "c"]) == {"asd", "hi", "vi", "msi", "pd", "spld"}
    assert frame.loc[["", "sld"], "value"].tolist() == [105, 0]
    # Were the hundred shown, the attack would find all five.
    assert len(attacked(tmp_path, council_profile(), {"asd": 100.0})) == 5


def test_a_seven_under_a_smallest_count_of_ten_is_not_told_by_its_total(tmp_path: Path) -> None:
    register(tmp_path, asd=100, slcn=30, hi=7)
    survey(tmp_path, strongly_agree=20, agree=15, neither=7, disagree=12)
    five, ten = (frame_of_extracts(tmp_path, council_profile(least)) for least in (5, 10))
    assert not (five["status"] == "c").any()
    hidden = ten.loc[ten["status"] == "c"]
    assert set(hidden["need"]) | set(hidden["service"]) == {
        *("", "hi", "slcn", "child.q1.neither", "child.q1.disagree")
    }
    # Were only the sevens withheld, the attack would find both.
    found = attacked(tmp_path, council_profile(10), {"slcn": 30.0, "disagree": 12.0})
    assert len(found) == 2
    assert not any("7" in label.replace("E08000026", "") for label in found)


def test_the_hash_of_a_source_follows_the_profile_and_not_the_counts_withheld(tmp_path: Path) -> None:
    register(tmp_path, asd=100, slcn=30, hi=7)
    hashes = set()
    for hi, slcn in ((7, 30), (6, 31)):
        register(tmp_path, asd=100, slcn=slcn, hi=hi)
        made = council.sources(tmp_path, AREA, council_profile(10))
        hashes.add(made["council-ehc-register"].publisher_sha256)
    assert len(hashes) == 1
    assert council.sources(tmp_path, AREA)["council-ehc-register"].publisher_sha256 not in hashes


def test_the_council_s_own_rules_are_the_least_for_an_extract() -> None:
    assert extract_profile(profile("none")) == council_profile()
    assert extract_profile(profile("opensafely_midpoint6")) == council_profile()
    assert extract_profile(council_profile(10)) == council_profile(10)
    assert extract_profile(profile("opensafely")) == replace(profile("opensafely"), needs_secondary=True)


def test_a_table_that_nothing_protects_is_withheld_whole_with_its_zeros() -> None:
    linked = Linked()
    parts = [linked.add(name, count) for name, count in (("a", 1), ("b", 1), ("c", 3), ("none", 0))]
    linked.adds_up(linked.add("all", 5), parts)
    found = linked.suppressed(council_profile(), must_show=["all"])
    assert found.withheld == {"a", "b", "c", "none", "all"}
    assert set(found.lowest.values()) == {0}


def test_the_counts_lie_sealed_for_the_attack_and_go_with_the_run(tmp_path: Path) -> None:
    register(tmp_path, asd=100, hi=1, vi=1)
    extracts = council.withheld(tmp_path, AREA, council_profile())
    assert not math.isnan(sum(extracts.values.values()))
    run = tmp_path / "run"
    run.mkdir()
    assert Aggregates.of_run(run) == Aggregates()
    extracts.seal(run)
    assert (run / EXTRACTS).stat().st_mode & 0o777 == 0o600
    assert Aggregates.of_run(run) == extracts
    assert json.loads((run / EXTRACTS).read_text(encoding="utf-8"))["values"]
    remove_sealed(run)
    assert list(run.iterdir()) == []
