"""Notebooks that must not be executed or committed as they are, and a run that is interrupted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from synthetic import DECLARED, code, make_run, markdown, notebook, parameters, supplement, write_notebook

from send_jsna.errors import NotebookError
from send_jsna.execution import notebook_files
from send_jsna.execution.execute import execute_supplements
from send_jsna.settings import Settings


def with_parameters(text: str) -> dict[str, Any]:
    return notebook(markdown("title", "# T"), code("parameters", text, tags=["parameters"]))


def with_kernel(name: str) -> dict[str, Any]:
    content = supplement("bad")
    content["metadata"]["kernelspec"]["name"] = name
    return content


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("no parameters cell", notebook(code("open", DECLARED)), "the notebook has no cell tagged parameters"),
    (
        "two parameters cells",
        notebook(code("a", DECLARED, tags=["parameters"]), code("b", DECLARED, tags=["parameters"])),
        "the notebook has 2 cells tagged parameters",
    ),
    (
        "one not declared",
        with_parameters('area = ""\nedition = ""\ncomparators = []'),
        "does not declare run_folder",
    ),
    (
        "one too many",
        with_parameters(DECLARED + "\nyear = 2025"),
        "the notebook declares year, which no run passes",
    ),
    ("not Python", with_parameters("area = ("), "the parameters cell is not Python"),
    ("another kernel", with_kernel("ir"), "the notebook asks for kernel 'ir'"),
]


@pytest.mark.parametrize(
    ("content", "message"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG]
)
def test_a_wrong_notebook_stops_the_run_before_anything_runs(
    tmp_path: Path, content: dict[str, Any], message: str
) -> None:
    write_notebook(tmp_path / "notebooks", "good", supplement("good", code("mark", "open('ran', 'w')")))
    write_notebook(tmp_path / "notebooks", "bad", content)
    run = make_run(tmp_path)
    with pytest.raises(NotebookError, match=message) as caught:
        execute_supplements(
            run, ["good", "bad"], parameters=parameters(), settings=Settings(project_root=tmp_path)
        )
    assert "bad.ipynb" in caught.value.where
    assert "\n" not in caught.value.line()
    assert sorted(path.name for path in run.iterdir()) == ["context.json", "observations.parquet"]


def test_a_parameter_the_notebook_does_not_declare_stops_the_run(tmp_path: Path) -> None:
    write_notebook(tmp_path / "notebooks", "good", supplement("good"))
    run = make_run(tmp_path)
    with pytest.raises(NotebookError, match="parameter year is not declared") as caught:
        execute_supplements(
            run, ["good"], parameters={**parameters(), "year": 2025}, settings=Settings(project_root=tmp_path)
        )
    assert caught.value.expected == "area, edition, comparators, run_folder"
    assert not (run / "notebooks").exists()


def test_a_missing_notebook_and_a_missing_run_are_named(tmp_path: Path) -> None:
    write_notebook(tmp_path / "notebooks", "good", supplement("good"))
    settings = Settings(project_root=tmp_path)
    with pytest.raises(NotebookError, match="there is no such notebook") as caught:
        execute_supplements(tmp_path, ["nothing"], parameters=parameters(), settings=settings)
    assert caught.value.where.endswith("nothing.ipynb")
    with pytest.raises(NotebookError, match="there is no run here"):
        execute_supplements(tmp_path, ["good"], parameters=parameters(), settings=settings)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{\n "cells": [\n }', r"bad\.ipynb, line 3: the notebook is not JSON"),
        (b'{"cells": ["\xe9"]}', r"bad\.ipynb: the notebook cannot be read; expected a file in UTF-8"),
        (b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 2}', "format is not 4.5"),
        (
            b'{"cells": [{}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
            r"cells/0: the notebook breaks",
        ),
        (b"[]", "the notebook's format is not 4.5"),
    ],
    ids=["not JSON", "not UTF-8", "old format", "broken format", "not a notebook"],
)
def test_a_file_that_is_no_notebook_gets_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "bad.ipynb").write_bytes(content)
    with pytest.raises(NotebookError, match=message) as caught:
        notebook_files.read(tmp_path / "bad.ipynb")
    assert "\n" not in str(caught.value)


# -- committed notebooks --------------------------------------------------------------------------------


def messy() -> dict[str, Any]:
    """A notebook as an editor leaves it."""
    content = supplement("messy", code("0f3a9c1e", "1 + 1"), code("twice", "2"), code("twice", "3"))
    content["cells"][-1] |= {"execution_count": 7, "metadata": {"collapsed": True, "tags": ["keep"]}}
    content["cells"][-1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "2\n"}]
    content["metadata"]["language_info"]["version"] = "3.11.9"
    return content


def test_what_an_editor_leaves_behind_is_named_cell_by_cell(tmp_path: Path) -> None:
    write_notebook(tmp_path, "messy", messy())
    found = "\n".join(notebook_files.check(tmp_path))
    assert "messy.ipynb: cell 4 (0f3a9c1e) has no id of its own" in found
    assert "cell 6 (twice) has the id of another cell" in found
    assert "cell 6 (twice) has outputs" in found
    assert "cell 6 (twice) has an execution count" in found
    assert "cell 6 (twice) has metadata that is not needed" in found
    assert "messy.ipynb: the notebook has metadata that is not needed" in found


def test_stripping_mends_all_of_it_and_a_second_time_nothing(tmp_path: Path) -> None:
    path = write_notebook(tmp_path, "messy", messy())
    write_notebook(tmp_path, "tidy", supplement("tidy"))
    assert notebook_files.strip(tmp_path) == ["messy.ipynb"]
    assert notebook_files.check(tmp_path) == []
    before = path.read_bytes()
    assert notebook_files.strip(tmp_path) == []
    assert path.read_bytes() == before
    cells = json.loads(before)["cells"]
    assert [cell["id"] for cell in cells[3:]] == ["cell-4", "twice", "cell-6"]
    assert cells[5]["metadata"] == {"tags": ["keep"]}
    assert before.endswith(b"}\n")


def test_a_notebook_without_parameters_or_layout_does_not_pass(tmp_path: Path) -> None:
    path = write_notebook(tmp_path, "plain", supplement("plain"))
    path.write_text(path.read_text(encoding="utf-8").rstrip("\n"), encoding="utf-8")
    write_notebook(tmp_path, "bare", notebook(code("a", "1")))
    assert notebook_files.check(tmp_path) == [
        "bare.ipynb: the notebook has no cell tagged parameters",
        "plain.ipynb: the file is not laid out as usual; run jsna notebooks strip",
    ]


# -- Ctrl-C ---------------------------------------------------------------------------------------------

SCRIPT = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from synthetic import parameters
from send_jsna.execution.execute import execute_supplements
from send_jsna.settings import Settings
folder = Path(sys.argv[2])
settings = Settings(project_root=folder)
execute_supplements(folder / "run", ["sleeper"], parameters=parameters(), settings=settings)
"""


@pytest.fixture
def short_folder() -> Iterator[str]:
    """A folder for what a killed run cannot tidy up, with a name short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="t-", ignore_cleanup_errors=True) as folder:
        yield folder


SLEEPER = (
    "import os, time\nfrom pathlib import Path\n"
    "Path(run_folder, 'pid').write_text(str(os.getpid()))\ntime.sleep(120)"
)


@pytest.mark.parametrize("cold", ["0", "1"], ids=["warm kernel", "ordinary kernel"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "killed"])
def test_an_interrupted_run_leaves_no_kernel_behind(
    tmp_path: Path, short_folder: str, cold: str, number: signal.Signals
) -> None:
    write_notebook(tmp_path / "notebooks", "sleeper", supplement("sleeper", code("sleep", SLEEPER)))
    run = make_run(tmp_path)
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(Path(__file__).parents[1] / "support"), str(tmp_path)],
        env={**os.environ, "JSNA_COLD_KERNELS": cold, "TMPDIR": short_folder},
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        kernel = _wait_for(run / "pid", process)
        process.send_signal(number)
        process.wait(timeout=20)
        assert process.returncode != 0
        _wait_until_gone(kernel)
    finally:
        process.kill()
        process.wait()


def _wait_for(path: Path, process: subprocess.Popen[bytes]) -> int:
    for _ in range(600):
        if path.is_file() and path.read_text(encoding="utf-8"):
            return int(path.read_text(encoding="utf-8"))
        assert process.poll() is None, "the run ended before its kernel began"
        time.sleep(0.1)
    raise AssertionError("the kernel did not begin")


def _wait_until_gone(pid: int) -> None:
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        status = Path(f"/proc/{pid}/stat")
        if status.is_file() and status.read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] == "Z":
            return
        time.sleep(0.1)
    raise AssertionError(f"kernel {pid} is still running")
