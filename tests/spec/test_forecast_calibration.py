"""The calibration that the reports' forecasts use: whole, as good as promised, and not stale."""

from __future__ import annotations

import importlib.util
import json
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import yaml

from send_jsna.statistics.calibration import Calibration
from send_jsna.statistics.pooled_learner import NAME, Learner

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "data" / "forecast" / "calibration.yaml"
LEARNER = FILE.with_name("learner.json")
COMMAND = "python benchmarks/forecast.py --publisher FOLDER --write"
FAMILIES = (
    "ehc_new_plans_count",
    "ehc_plans_count",
    "ehc_plan_pct",
    "sen_support_pct",
    "ehc_requests_count",
    "ehc_placement_count",
)
#: Learned again in a few seconds: its series are the shortest.
CHEAP = "ehc_placement_count"


@cache
def records() -> dict[str, dict[str, Any]]:
    """The file's families."""
    found: dict[str, dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))["families"]
    return found


def pooled(measure: str) -> dict[str, float]:
    """A measure of the backtest over all families and years ahead, each forecast counting once."""
    rows = [row for record in records().values() for row in record["backtest"]]
    weights = [row["forecasts"] for row in rows]
    return {
        name: float(np.average([row[measure][name] for row in rows], weights=weights))
        for name in ("combined", "naive", "drift", "ets")
    }


def test_all_families_are_there() -> None:
    assert tuple(records()) == FAMILIES


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_loads_and_comes_back_as_it_was(family: str) -> None:
    record = records()[family]
    found = Calibration.from_dict(record)
    assert found.family == family
    assert found.transform == ("logit" if family.endswith("_pct") else "log")
    assert found.horizon == 5
    assert found.levels == (0.5, 0.8, 0.95)
    assert found.to_dict() == record
    assert found.last_time == record["provenance"]["last_year"]
    assert found.first_time == record["provenance"]["first_year"]


def test_the_learner_has_a_part_in_every_family_but_the_shortest() -> None:
    for family in FAMILIES:
        found = Calibration.from_dict(records()[family])
        assert (NAME in found.weights) == (found.around is not None) == (family != CHEAP)
    learner = Learner.from_dict(json.loads(LEARNER.read_text(encoding="utf-8")))
    assert learner.least < 0 < learner.most


def test_the_combination_beats_the_best_of_the_plain_forecasts() -> None:
    error = pooled("mase")
    assert error["combined"] < min(error["naive"], error["drift"], error["ets"])


def test_eighty_percent_intervals_hold_seventy_five_to_eighty_five_percent() -> None:
    assert 0.75 <= pooled("coverage_80")["combined"] <= 0.85


def benchmark() -> ModuleType:
    """The benchmark's module, which is no part of the package."""
    spec = importlib.util.spec_from_file_location("forecast_benchmark", ROOT / "benchmarks" / "forecast.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Its dataclasses look their own module up.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def compare(one: Any, other: Any, where: str) -> list[str]:
    """Where two records differ, numbers by more than four significant digits show."""
    if isinstance(one, dict) and isinstance(other, dict) and list(one) == list(other):
        return [text for key in one for text in compare(one[key], other[key], f"{where} {key}")]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [
            text
            for place, pair in enumerate(zip(one, other, strict=True))
            for text in compare(*pair, f"{where}[{place}]")
        ]
    if isinstance(one, float) and isinstance(other, float):
        return [] if one == pytest.approx(other, rel=5e-4, abs=1e-12) else [f"{where}: {one} is now {other}"]
    return [] if one == other else [f"{where}: {one} is now {other}"]


@pytest.mark.shared
def test_the_trees_are_what_the_publishers_files_teach_today(shared: Path) -> None:
    module = benchmark()
    panels, _ = module.panels_of(module.read(shared / "publisher"))
    newest = module.Pooled(panels).newest()
    stored = json.loads(LEARNER.read_text(encoding="utf-8"))
    found = compare(stored, module.rounded(newest.to_dict()), LEARNER.name)
    assert not found, f"{LEARNER.name} is stale; run `{COMMAND}`:\n" + "\n".join(found[:5])


@pytest.mark.shared
def test_the_file_is_what_the_publishers_files_teach_today(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = benchmark()
    family = next(item for item in module.FAMILIES if item.indicator == CHEAP)
    monkeypatch.setattr(module, "FAMILIES", (family,))
    panel = module.panel_of(module.read(shared / "publisher"), family)
    origins = module.bt.roll(panel, module.HORIZON)
    made = {"combined": module.bt.combined_forecasts(panel, origins, module.HORIZON)}
    learned = module.rounded(module.bt.calibrate(panel, origins, module.HORIZON).to_dict())
    held = records()[CHEAP]
    parts = ("family", "transform", "least_points", "shared", "models", "weights", "scales")
    found = [text for part in parts for text in compare(held[part], learned[part], part)]
    for old, new in zip(held["backtest"], module.table_of(panel, origins, made), strict=True):
        for measure in ("mase", "coverage_80"):
            found += compare(
                {"combined": old[measure]["combined"]}, new[measure], f"{old['years_ahead']} {measure}"
            )
    assert held["provenance"]["series"] == len(panel.values)
    assert not found, f"{FILE.name} is stale; run `{COMMAND}`:\n" + "\n".join(found)
