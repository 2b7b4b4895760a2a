"""The flow: Prefect runs the same stages, leaves the same run folder, and says no more than ``--direct``."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from small_project import (
    CELLS,
    ROOT,
    PrefectServer,
    command,
    dataset,
    environment,
    jsna,
    make,
    relock,
    write_notebook,
)

from send_jsna.provenance.manifest import read_manifest
from send_jsna.runs.server import finding as servers

pytestmark = pytest.mark.prefect

REFRESH = ("refresh", "--quiet", "--engine", "pandoc")
#: What differs between two runs of the same thing: the record of this execution, and its log.
OF_THIS_EXECUTION = {"run.json", "run.log"}


def hashes(run: Path) -> dict[str, object]:
    return {
        name: entry["sha256"] for name, entry in read_manifest(run).items() if name not in OF_THIS_EXECUTION
    }


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small project, refreshed once without Prefect."""
    folder = make(tmp_path_factory.mktemp("flows") / "small")
    done = jsna(folder, *REFRESH, "--direct")
    assert done.returncode == 0, done.stderr
    return folder


def test_prefect_and_direct_leave_the_same_run_folder(
    built_run: Path, project_root: Path, tmp_path: Path
) -> None:
    """The real edition, all notebooks, all chapters: every file the same to the byte."""
    env = {"JSNA_STATE": str(tmp_path / "state")}
    done = jsna(project_root, *REFRESH, "--direct", "--runs", str(tmp_path), env=env)
    assert done.returncode == 0, done.stderr
    run = (tmp_path / "latest").resolve()
    direct, through_prefect = hashes(run), hashes(built_run)
    assert set(direct) == set(through_prefect)
    assert [name for name, value in direct.items() if through_prefect[name] != value] == []
    records = [json.loads((folder / "run.json").read_text(encoding="utf-8")) for folder in (run, built_run)]
    assert [record["orchestrator"] for record in records] == ["direct", "prefect"]
    assert records[0]["counts"] == records[1]["counts"]
    assert (
        list(records[1]["stages"])
        == list(records[0]["stages"])
        == ["load", "validate", "claims", "execute", "attack", "assemble"]
    )


def test_without_a_server_prefects_ephemeral_one_is_started_and_stopped(project: Path) -> None:
    first = (project / "runs" / "latest").resolve()
    before = {process.pid for process in psutil.process_iter()}
    done = jsna(project, "refresh", "--engine", "pandoc", "--force")
    assert done.returncode == 0, done.stderr
    second = (project / "runs" / "latest").resolve()
    assert second != first
    assert hashes(second) == hashes(first)
    said = [line.split()[0] for line in done.stderr.splitlines() if "places.ipynb" not in line]
    beside = {"claims", "attack"}  # done while notebooks are executed and the report is rendered
    assert [name for name in said if name not in beside] == [
        *("start", "load", "validate", "execute", "assemble", "publish")
    ], "only our own lines are on the console"
    assert sorted(beside) == sorted(name for name in said if name in beside)
    assert done.stdout.startswith("Report: ")
    left = [p for p in psutil.process_iter(["pid", "cmdline"]) if p.pid not in before]
    assert [
        p.info["cmdline"] for p in left if "send_jsna.runs.server.guard" in " ".join(p.info["cmdline"] or [])
    ] == []
    assert (project / ".state" / "prefect").is_dir()


def test_the_server_that_was_left_running_is_used(prefect_server: PrefectServer) -> None:
    asked = {"flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}}
    before = len(prefect_server.ask("flow_runs/filter", asked))
    done = jsna(prefect_server.project, *REFRESH, "--force")
    assert done.returncode == 0, done.stderr
    assert len(prefect_server.ask("flow_runs/filter", asked)) == before + 1
    again = jsna(prefect_server.project, "serve")
    assert "Already running" in again.stdout


def test_a_stage_that_was_not_needed_is_shown_as_cached(prefect_server: PrefectServer) -> None:
    project = prefect_server.project
    for options in (("--force",), ()):
        done = jsna(project, *REFRESH, *options)
        assert done.returncode == 0, done.stderr
        with (project / "reports" / "01-places.qmd").open("a", encoding="utf-8") as chapter:
            chapter.write("\nMore of it.\n")
    stages = states(prefect_server)
    assert {name for name, state in stages.items() if state == "Cached"} == {"validate", "execute"}
    assert stages.keys() == {
        *("ingest", "load", "validate", "claims", "execute", "attack", "assemble", "publish")
    }
    assert set(stages.values()) == {"Cached", "Completed"}


def test_a_flow_that_is_not_needed_is_shown_as_cached(prefect_server: PrefectServer) -> None:
    """As a deployment calls it: on the command line it is known before Prefect is started."""
    project = prefect_server.project
    assert jsna(project, *REFRESH).returncode == 0
    code = (
        "from flows.refresh import refresh\n"
        "result = refresh(engine='pandoc')\n"
        "assert result.unchanged, result"
    )
    env = environment(project, prefect_server.environment)
    done = subprocess.run([sys.executable, "-c", code], env=env, cwd=ROOT, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    stages = states(prefect_server)
    assert {name for name, state in stages.items() if state != "Cached"} == {"ingest"}
    assert len(stages) == 8


def states(server: PrefectServer) -> dict[str, str]:
    """The state of each task of the newest flow run, by the task's name."""
    newest = server.ask("flow_runs/filter", {"sort": "START_TIME_DESC", "limit": 1})[0]["id"]
    wanted = {"flow_runs": {"id": {"any_": [newest]}}}
    end = time.monotonic() + 30
    while True:  # events of tasks arrive a little after the flow has ended
        tasks = server.ask("task_runs/filter", wanted)
        found = {task["name"].rpartition("-")[0]: task["state_name"] for task in tasks}
        if len(found) == 8 and not set(found.values()) & {"Pending", "Running"}:
            return found
        assert time.monotonic() < end, found
        time.sleep(0.2)


def test_a_configured_server_that_does_not_answer_is_said_so(project: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        api = f"http://127.0.0.1:{probe.getsockname()[1]}/api"
    done = jsna(project, *REFRESH, "--force", env={"PREFECT_API_URL": api})
    assert done.returncode == 12
    assert done.stderr.startswith(f"jsna: the Prefect server at {api} does not answer")
    assert "--direct" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_fault_inside_a_task_is_the_same_line_and_code(
    prefect_server: PrefectServer, tmp_path: Path
) -> None:
    folder = make(tmp_path / "small")
    path = dataset(folder)
    path.write_bytes(path.read_bytes().replace(b",100,", b",about 100,", 1))
    relock(folder)
    direct = jsna(folder, *REFRESH, "--direct")
    through_prefect = jsna(folder, *REFRESH, env=prefect_server.environment)
    assert (direct.returncode, through_prefect.returncode) == (5, 5)
    assert through_prefect.stderr == direct.stderr
    assert through_prefect.stderr.count("\n") == 1


def test_a_failed_notebook_keeps_the_run_in_both(prefect_server: PrefectServer, tmp_path: Path) -> None:
    folder = make(tmp_path / "small")
    write_notebook(folder, {**CELLS, "wait": "1 / 0"})
    for arguments in (("--direct",), ()):
        done = jsna(folder, *REFRESH, *arguments, env=prefect_server.environment)
        assert done.returncode == 7, done.stderr
        assert "ZeroDivisionError" in done.stderr
        assert done.stderr.count("\n") == 1
    assert not (folder / "runs" / "latest").exists()
    kept = sorted(path for path in (folder / "runs").iterdir() if path.name.startswith("2"))
    assert len(kept) == 2
    assert hashes(kept[0]) == hashes(kept[1])


def test_ctrl_c_ends_the_flow_with_one_line_and_keeps_nothing(
    project: Path, prefect_server: PrefectServer, tmp_path: Path
) -> None:
    flag = tmp_path / "flag"
    process = subprocess.Popen(
        command(*REFRESH, "--force"),
        env=environment(project, {**prefect_server.environment, "TEST_WAIT_FLAG": str(flag)}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    end = time.monotonic() + 120
    while not flag.exists() and process.poll() is None and time.monotonic() < end:
        time.sleep(0.1)
    assert flag.exists(), process.communicate()
    latest = (project / "runs" / "latest").resolve()
    children = psutil.Process(process.pid).children(recursive=True)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, ""), err
    assert err == "jsna: interrupted; nothing of it is kept\n"
    assert (project / "runs" / "latest").resolve() == latest
    assert list((project / "runs").glob(".building-*")) == []
    _, alive = psutil.wait_procs(children, timeout=20)
    assert alive == []


def test_the_environment_of_prefect_is_quiet_and_of_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("DO_NOT_TRACK", "PREFECT_SERVER_ANALYTICS_ENABLED", "PREFECT_HOME", "PREFECT_LOGGING_LEVEL"):
        monkeypatch.setenv(name, "x")
        monkeypatch.delenv(name)
    for name in [name for name in os.environ if name.startswith("PREFECT_")]:
        monkeypatch.delenv(name)
    before = dict(os.environ)
    try:
        servers.prepare_environment(tmp_path / ".state")
        assert os.environ["DO_NOT_TRACK"] == "1"
        assert os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
        assert os.environ["PREFECT_HOME"] == str(tmp_path / ".state" / "prefect")
    finally:
        os.environ.clear()
        os.environ.update(before)


def test_a_server_in_the_users_prefect_profile_counts_as_configured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("PREFECT_API_URL", "PREFECT_HOME", "PREFECT_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    assert servers.configured_api() == ""
    (tmp_path / ".prefect").mkdir()
    profile = 'active = "council"\n\n[profiles.council]\nPREFECT_API_URL = "http://prefect.example/api/"\n'
    (tmp_path / ".prefect" / "profiles.toml").write_text(profile, encoding="utf-8")
    assert servers.configured_api() == "http://prefect.example/api"
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:1/api")
    assert servers.configured_api() == "http://127.0.0.1:1/api"
