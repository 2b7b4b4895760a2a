"""A command forked from the warm process of the tests is what a command started afresh is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import small_project
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


def test_nothing_of_ours_is_imported_before_the_fork() -> None:
    script = (
        "import importlib, sys, warm_process\n"
        "for name in warm_process.LIBRARIES:\n    importlib.import_module(name)\n"
        "print([name for name in sys.modules if name.partition('.')[0] in ('send_jsna', 'prefect')])"
    )
    folder = Path(warm_process.__file__).parent
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
