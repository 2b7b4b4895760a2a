"""A command forked from the warm process of the tests is what a command started afresh is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import small_project
import warm_helpers
import warm_process
from warm_process import warm

#: Commands, whether their folder is a project, and what they end with.
COMMANDS = [
    (("--version",), 0),
    (("nothing",), 2),
    (("catalogue", "--help"), 0),
    (("verify",), 1),
    (("refresh", "--direct", "--area", "Atlantis"), 4),
]


@pytest.mark.parametrize(("arguments", "code"), COMMANDS)
def test_code_and_both_streams_are_those_of_a_process_of_its_own(
    small: Path, arguments: tuple[str, ...], code: int
) -> None:
    forked, started = (small_project.jsna(small, *arguments, afresh=afresh) for afresh in (False, True))
    assert forked.returncode == started.returncode == code
    assert (forked.stdout, forked.stderr) == (started.stdout, started.stderr)


def test_a_command_has_its_own_environment_and_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one before leaves nothing of its own, and a relative path is one of the folder tests are in."""
    (tmp_path / "runs").mkdir()
    monkeypatch.chdir(tmp_path)
    own = small_project.environment(tmp_path, {"JSNA_RUNS": "elsewhere"})
    assert "elsewhere" in warm().run(["verify"], own).stderr
    other = warm().run(["verify", "--runs", "runs"], small_project.environment(tmp_path))
    assert "elsewhere" not in other.stderr
    assert (other.returncode, other.stdout) == (1, "")


def test_another_environment_of_the_interpreter_is_not_forked(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = small_project.environment(small_project.ROOT)
    assert warm().is_like(plain | {"JSNA_AREA": "E09000001", "TEST_WAIT_FLAG": "flag"})
    assert not warm().is_like(plain | {"PYTHONHASHSEED": "1"})
    assert not warm().is_like(plain | {"PREFECT_API_URL": "http://127.0.0.1:1/api"})
    monkeypatch.setenv("HOME", os.devnull)
    assert not warm().is_like(small_project.environment(small_project.ROOT))


def test_nothing_that_reads_its_settings_at_import_is_imported_before_the_fork() -> None:
    script = (
        "import importlib, sys, warm_helpers, warm_process\n"
        "helpers = [name for kind in warm_helpers.KINDS for name in kind.libraries]\n"
        "for name in (*warm_process.LIBRARIES, *helpers):\n    importlib.import_module(name)\n"
        "print([name for name in sys.modules if name.partition('.')[0] in ('prefect', 'duckdb', 'flows')])"
    )
    folder = Path(warm_process.__file__).parent
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere helpers are started")

#: Starts the server of kernels as a command does: it is killed, and another is ended by its socket.
HELPERS = """
import json, os, signal, socket, subprocess, sys, warm_helpers
lifeline, kept_open = os.pipe()
nurseries = warm_helpers.Nurseries(f"jsna-tests-of-helpers-{os.getpid()}", lifeline)
warm_helpers.install(nurseries)
server = [sys.executable, "-P", "-m", "send_jsna.execution.kernels.server"]
for is_killed in (True, False):
    here, there = socket.socketpair()
    with there:
        number = there.fileno()
        process = subprocess.Popen([*server, str(number)], pass_fds=[number], start_new_session=True)
    lines = here.makefile("rb")
    started = json.loads(lines.readline())["ready"]
    parent = open(f"/proc/{started}/stat").read().rpartition(")")[2].split()[1]
    process.kill() if is_killed else here.shutdown(socket.SHUT_RDWR)
    end = process.wait(30)
    print(started == process.pid, int(parent) == os.getpid(), end, lines.read(), process.poll())
other = {**os.environ, "PYTHONHASHSEED": "7"}
here, there = socket.socketpair()
with there:
    number = there.fileno()
    process = subprocess.Popen([*server, str(number)], pass_fds=[number], env=other)
print(json.loads(here.makefile("rb").readline())["ready"] == process.pid)
here.close()
process.wait(30)
"""


@ON_LINUX
def test_a_helper_that_was_forked_ends_and_is_ended_as_one_that_was_started() -> None:
    one_thread = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MPLBACKEND": "agg"}
    arrow = {"JE_ARROW_MALLOC_CONF": "background_thread:false"}
    support = Path(warm_helpers.__file__).parent
    done = subprocess.run(
        [sys.executable, "-c", HELPERS],
        env={**small_project.environment(small_project.ROOT, one_thread | arrow), "PYTHONPATH": str(support)},
        capture_output=True,
        text=True,
        check=True,
    )
    forked, ended, started = done.stdout.splitlines()
    assert forked == "False False -9 b'' -9"
    assert ended == "False False 0 b'' 0"
    assert started == "True", "one with another environment is started"


@ON_LINUX
def test_the_helpers_of_a_forked_command_are_forked(small: Path) -> None:
    own = small_project.environment(small)
    assert warm().run(["refresh", "--direct", "--quiet", "--engine", "pandoc"], own).returncode == 0
    sockets = Path("/proc/net/unix").read_text(encoding="ascii")
    for kind in warm_helpers.KINDS:
        assert f"@jsna-tests-{warm().pid}-{kind.name}" in sockets
