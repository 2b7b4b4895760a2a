"""What several tests share: the checkout, the maintainers' files, and one real run."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import small_project
from filelock import FileLock
from mirrored import AREAS, Mirrored

from send_jsna.errors import BusyError

ROOT = Path(__file__).resolve().parents[1]


def pytest_configure() -> None:
    """Keep the settings of whoever runs the tests out of them."""
    for name in list(os.environ):
        if name.startswith(("JSNA_", "PREFECT_")):
            del os.environ[name]
    os.environ["JSNA_PROJECT_ROOT"] = str(ROOT)


@contextmanager
def made_once(factory: pytest.TempPathFactory, name: str) -> Iterator[Path]:
    """A folder that all processes of a test run share, for one of them to fill while the others wait."""
    own = factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / name
    with FileLock(folder.with_suffix(".lock")):
        yield folder


@pytest.fixture(autouse=True)
def closed_counts() -> Iterator[None]:
    """Close the sealed counts of a run that a test opened in this process."""
    yield
    if sealed := sys.modules.get("send_jsna.disclosure.sealed_counts"):
        sealed.open_sealed(None)


@pytest.fixture(scope="session")
def project_root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared(project_root: Path) -> Path:
    """The maintainers' copies of the publishers' files, beside the checkout where they are at hand."""
    folder = project_root.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the maintainers' publisher files are not beside the checkout")
    return folder


@pytest.fixture(scope="session")
def built_run(tmp_path_factory: pytest.TempPathFactory, project_root: Path) -> Path:
    """One real run of the real edition, through Prefect as users make it; most tests read this one."""
    with made_once(tmp_path_factory, "built") as runs:
        return _refreshed(runs, project_root, direct=False)


@pytest.fixture(scope="session")
def guarded_run(tmp_path_factory: pytest.TempPathFactory, project_root: Path) -> Path:
    """Edition 2025 under the scope ``all``; its steps are stored in ``<its folder for runs>-state``."""
    with made_once(tmp_path_factory, "guarded") as runs:
        return _refreshed(runs, project_root, "--edition", "2025", JSNA_SCOPE="all", JSNA_CACHE_LIMIT="2048")


@pytest.fixture(scope="session")
def mirrored(tmp_path_factory: pytest.TempPathFactory, project_root: Path, shared: Path) -> Mirrored:
    """The reports of several areas from the maintainers' files, two at a time, into one store."""
    with made_once(tmp_path_factory, "mirrored") as state:

        def build(area: str) -> Path:
            options = ("--mirror", str(shared / "publisher"), "--area", area)
            return _refreshed(state / f"runs-{area}", project_root, *options, JSNA_STATE=str(state))

        # The first looks through each file as new; the others find in the store what was seen of it.
        runs = [build(AREAS[0])]
        with ThreadPoolExecutor(2) as pool:
            runs += pool.map(build, AREAS[1:])
        return Mirrored(state, dict(zip(AREAS, runs, strict=True)))


def _refreshed(runs: Path, project_root: Path, *options: str, direct: bool = True, **env: str) -> Path:
    """The one run in a folder for runs, made where it is not there yet."""
    plain = ("--quiet", "--engine", "pandoc", "--runs", str(runs), *(("--direct",) if direct else ()))
    while not (runs / "latest").exists():
        done = subprocess.run(
            small_project.command("refresh", *plain, *options),
            env=small_project.environment(
                project_root, {"JSNA_STATE": f"{runs}-state", "JSNA_CACHE_LIMIT": "0", **env}
            ),
            capture_output=True,
            text=True,
            check=False,
        )
        # What a process of the tests that was killed had started may still be making it.
        assert done.returncode in (0, BusyError.exit_code), f"{options}: {done.stderr}"
        if done.returncode:
            time.sleep(1)
    return (runs / "latest").resolve()


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A small project of its own, to be damaged."""
    return small_project.make(tmp_path / "small")


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[small_project.PrefectServer]:
    """A server that ``jsna serve`` left running; it looks ahead far enough for the schedule."""
    project = small_project.make(tmp_path_factory.mktemp("served") / "small")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    far = {
        "PREFECT_SERVER_SERVICES_SCHEDULER_MAX_SCHEDULED_TIME": "P4000D",
        "PREFECT_SERVER_SERVICES_SCHEDULER_MIN_RUNS": "5",
    }
    started = small_project.jsna(project, "serve", "--port", str(port), env=far)
    assert started.returncode == 0, started.stderr
    yield small_project.PrefectServer(f"http://127.0.0.1:{port}/api", project)
    stopped = small_project.jsna(project, "serve", "--stop")
    assert "Stopped" in stopped.stdout, stopped
