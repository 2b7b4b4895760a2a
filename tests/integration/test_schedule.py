"""The schedule: both deployments on a real Prefect server, and the dates of the next five rebuilds."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import small_project
from small_project import PrefectServer

from send_jsna.places import EDITION

pytestmark = pytest.mark.prefect

LONDON = ZoneInfo("Europe/London")
RESCHEDULED = ("DTSTART:20270901T060000", "DTSTART:20280115T093000")


def prefect(server: PrefectServer, folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "prefect", *arguments],
        cwd=folder,
        env=small_project.environment(server.project, server.environment),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def deployments(prefect_server: PrefectServer, project_root: Path) -> dict[str, dict[str, Any]]:
    """The deployments as the server holds them after ``prefect deploy --all``."""
    before = (project_root / "prefect.yaml").read_bytes()
    prefect(prefect_server, project_root, "work-pool", "create", "send-jsna", "--type", "process")
    prefect(prefect_server, project_root, "--no-prompt", "deploy", "--all")
    assert (project_root / "prefect.yaml").read_bytes() == before
    return {item["name"]: item for item in prefect_server.ask("deployments/filter", {})}


def scheduled(server: PrefectServer, deployment: dict[str, Any], count: int) -> list[datetime]:
    """Times of the next runs the server has scheduled, once there are as many as asked for."""
    question = {
        "deployments": {"id": {"any_": [deployment["id"]]}},
        "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}},
        "sort": "EXPECTED_START_TIME_ASC",
    }
    end = time.monotonic() + 90
    while True:
        found = server.ask("flow_runs/filter", question)
        if len(found) >= count or time.monotonic() > end:
            return [datetime.fromisoformat(item["expected_start_time"]) for item in found]
        time.sleep(1)


def test_both_deployments_are_there_with_their_parameters(deployments: dict[str, dict[str, Any]]) -> None:
    assert set(deployments) == {"refresh", "rebuild"}
    for item in deployments.values():
        fetching = {"live": True} if item["name"] == "rebuild" else {}
        assert item["parameters"] == {"area": "E08000026", "edition": EDITION, "engine": "auto", **fetching}
        assert set(item["parameter_openapi_schema"]["properties"]) == {
            *("area", "edition", "engine", "runs", "live", "mirror", "force")
        }
        assert item["work_pool_name"] == "send-jsna"
    assert deployments["refresh"]["schedules"] == []


def test_the_next_five_rebuilds_are_two_years_apart_at_the_same_local_hour(
    prefect_server: PrefectServer, deployments: dict[str, dict[str, Any]]
) -> None:
    times = scheduled(prefect_server, deployments["rebuild"], 5)[:5]
    local = [moment.astimezone(LONDON).replace(tzinfo=None) for moment in times]
    assert local == [datetime(year, 9, 1, 6) for year in (2027, 2029, 2031, 2033, 2035)]
    assert {moment.utcoffset() for moment in (when.astimezone(LONDON) for when in times)} == {
        LONDON.utcoffset(datetime(2027, 9, 1))
    }


def test_the_date_can_be_set_and_winter_keeps_its_hour(
    prefect_server: PrefectServer, deployments: dict[str, dict[str, Any]], project_root: Path, tmp_path: Path
) -> None:
    """Another first date in prefect.yaml, deployed beside the other: the five dates follow it."""
    text = (project_root / "prefect.yaml").read_text(encoding="utf-8")
    assert text.count(RESCHEDULED[0]) == 1
    moved = text.replace(*RESCHEDULED).replace("- name: rebuild", "- name: rebuild-moved")
    (tmp_path / "prefect.yaml").write_text(moved, encoding="utf-8")
    file = ("--prefect-file", str(tmp_path / "prefect.yaml"))
    prefect(prefect_server, project_root, "--no-prompt", "deploy", "--name", "rebuild-moved", *file)
    (item,) = prefect_server.ask("deployments/filter", {"deployments": {"name": {"any_": ["rebuild-moved"]}}})
    times = scheduled(prefect_server, item, 5)[:5]
    local = [moment.astimezone(LONDON).replace(tzinfo=None) for moment in times]
    assert local == [datetime(year, 1, 15, 9, 30) for year in (2028, 2030, 2032, 2034, 2036)]


def test_a_worker_runs_the_deployed_refresh(
    prefect_server: PrefectServer, deployments: dict[str, dict[str, Any]], project_root: Path, tmp_path: Path
) -> None:
    runs = tmp_path / "runs"
    parameters = ("-p", "engine=pandoc", "-p", f"runs={runs}")
    prefect(prefect_server, project_root, "deployment", "run", "refresh/refresh", *parameters)
    prefect(prefect_server, project_root, "worker", "start", "--pool", "send-jsna", "--run-once")
    done = small_project.jsna(prefect_server.project, "verify", "--runs", str(runs))
    assert "is intact" in done.stdout, done.stderr
