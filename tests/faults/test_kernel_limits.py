"""Kernels and what is started beside them: bounded in memory, ended with their parent, tidied up."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from synthetic import code, make_run, parameters, supplement, write_notebook

from send_jsna import processes
from send_jsna.execution import kernels
from send_jsna.execution.execute import execute_supplements
from send_jsna.execution.kernels.environment import Scratch, clear_abandoned
from send_jsna.settings import Settings

linux = pytest.mark.skipif(
    not kernels.CAN_FORK, reason="Linux counts a process's memory and its parent's end"
)

GREEDY = {
    "python": "block = bytearray(3 << 30)",
    "numpy": "import numpy as np\nblock = np.ones(3 << 27)",
    "slowly": "blocks = []\nfor _ in range(300):\n    blocks.append(bytes(10 << 20))",
    "to_the_last": "blocks = []\nwhile True:\n    blocks.append(bytes(1 << 16))",
}
FRUGAL = "import pandas as pd\nimport numpy as np\nprint(pd.Series(np.ones(1 << 20)).sum())"


@linux
@pytest.mark.parametrize("cold", ["0", "1"], ids=["warm kernel", "ordinary kernel"])
def test_a_notebook_that_takes_too_much_memory_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cold: str
) -> None:
    """It alone ends, with the setting named; the others are executed."""
    monkeypatch.setenv("JSNA_COLD_KERNELS", cold)
    for name, text in {**GREEDY, "frugal": FRUGAL}.items():
        write_notebook(tmp_path / "notebooks", name, supplement(name, code("cell", text)))
    run = make_run(tmp_path)
    settings = Settings(project_root=tmp_path, workers=2).model_copy(update={"kernel_memory": 2048})
    outcomes = execute_supplements(run, [*GREEDY, "frugal"], parameters=parameters(), settings=settings)
    for outcome in outcomes[:-1]:
        assert outcome.failed
        assert outcome.ename.endswith("MemoryError"), outcome.line()
        assert "2,048 MiB (JSNA_KERNEL_MEMORY)" in outcome.line()
        assert "\n" not in outcome.line()
    assert not outcomes[-1].failed, outcomes[-1].line()


def test_a_long_name_of_the_temporary_folder_keeps_no_kernel_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The path of a socket may have 107 bytes; a longer one would be waited for without end."""
    long = tmp_path / ("t" * 120)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    monkeypatch.setattr(kernels.environment, "scratch", Scratch())
    monkeypatch.setattr(kernels.managers, "scratch", kernels.environment.scratch)
    write_notebook(tmp_path / "notebooks", "frugal", supplement("frugal", code("cell", FRUGAL)))
    run = make_run(tmp_path)
    (outcome,) = execute_supplements(
        run, ["frugal"], parameters=parameters(), settings=Settings(project_root=tmp_path)
    )
    assert not outcome.failed, outcome.line()


def test_where_every_folder_has_a_long_name_no_socket_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("t" * 120)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    monkeypatch.setattr(kernels.environment.os, "access", lambda *_: False)
    scratch = Scratch()
    monkeypatch.setattr(kernels.managers, "scratch", scratch)
    assert not scratch.fits_sockets()
    assert kernels.managers.OwnKernelManager().transport == "tcp"


# -- what killed processes leave ---------------------------------------------------------------------------


@pytest.fixture
def base() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="t-") as folder:
        yield Path(folder)


def left(base: Path, name: str, *, age: float) -> Path:
    folder = base / name
    folder.mkdir()
    (folder / "k1.json").write_text("{}", encoding="utf-8")
    (folder / "owner").touch()
    os.utime(folder, (time.time() - age,) * 2)
    return folder


def test_folders_of_processes_that_ended_are_removed_and_no_others(base: Path) -> None:
    dead, used, young = (left(base, f"jsna-{n}", age=age) for n, age in (("a", 60), ("b", 60), ("c", 0)))
    unlocked, old = left(base, "jsna-text-d", age=60), left(base, "jsna-zip-e", age=90_000)
    other, link = left(base, "other", age=90_000), base / "jsna-link"
    for folder in (unlocked, old):
        age = folder.stat().st_mtime
        (folder / "owner").unlink()
        os.utime(folder, (age, age))
    link.symlink_to(other)
    with (used / "owner").open() as owner:
        fcntl.flock(owner, fcntl.LOCK_SH)
        clear_abandoned(base)
        assert used.is_dir()
    assert {path.name for path in base.iterdir()} == {
        used.name,
        young.name,
        unlocked.name,
        "other",
        "jsna-link",
    }
    assert (other / "k1.json").is_file()
    assert not dead.exists()
    assert not old.exists()


def test_two_at_once_do_not_remove_each_others_folders(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(base))
    first = Scratch().folder()
    os.utime(first, (0, 0))
    second = Scratch().folder()
    assert first.is_dir()
    assert second.is_dir()


# -- children end with their parent ------------------------------------------------------------------------


def ended(process: psutil.Process) -> bool:
    gone, _ = psutil.wait_procs([process], timeout=20)
    return bool(gone) or process.status() == psutil.STATUS_ZOMBIE


@linux
def test_a_child_ends_with_a_parent_that_is_killed() -> None:
    """As pandoc is started: nothing asks the child, and nobody is left to end it."""
    script = (
        "import subprocess, sys\nfrom send_jsna import processes\n"
        "child = subprocess.Popen(['sleep', '300'], preexec_fn=processes.tied())\n"
        "print(child.pid, flush=True)\nchild.wait()"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert ended(child)


@linux
def test_a_kernel_ends_with_the_process_it_was_forked_from() -> None:
    """Even one that is busy, and looks up from nothing."""
    kernels.warm_up()
    try:
        assert kernels.is_warm()
        argv = [
            "-f",
            kernels.scratch.unique(".json"),
            "--transport=ipc",
            f"--ip={kernels.scratch.unique('')}",
        ]
        forked = kernels.fork(argv, dict(os.environ), str(kernels.scratch.folder()))
        kernel = psutil.Process(forked.pid)
        server = kernel.parent()
        assert server is not None
        server.kill()
        assert ended(kernel)
    finally:
        kernels.cool_down()


def test_a_process_is_known_by_more_than_its_number() -> None:
    with subprocess.Popen(["sleep", "300"]) as process:
        name = processes.identity(process.pid)
        assert name.startswith(f"{process.pid}@")
        assert name == processes.identity(process.pid)
        process.kill()
        process.wait()
    assert processes.identity(process.pid) == ""
