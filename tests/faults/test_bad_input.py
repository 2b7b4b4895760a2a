"""Bad input and bad luck: one clear line, the documented exit code, and nothing half-written left behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from small_project import (
    CELLS,
    DATASET,
    EDITION,
    NOTEBOOK,
    command,
    dataset,
    environment,
    jsna,
    make,
    relock,
    write_notebook,
)

REFRESH = ("refresh", "--direct", "--quiet", "--engine", "pandoc")


def refused(done: subprocess.CompletedProcess[str], code: int, *parts: str) -> None:
    """Assert one line on standard error with these parts, the exit code, and no result."""
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("jsna: ")
    for part in parts:
        assert part in lines[0]


def nothing_was_built(project: Path) -> None:
    runs = project / "runs"
    assert (
        not runs.is_dir() or [path for path in runs.iterdir() if path.name not in (".locks", ".logs")] == []
    )


# -- what is asked for -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("--area", "Atlantis"), ("no area 'Atlantis'", "expected an ONS code")),
        (("--area", "Coventy"), ("did you mean Coventry?",)),
        (
            ("--area", "Derby"),
            (f"edition {EDITION} has no report figures for Derby", "expected one of E08000026"),
        ),
        (("--edition", "1999"), ("no edition '1999'", f"expected one of 2023, {EDITION}")),
        (("--edition", "2023"), ("edition 2023 is kept for comparison",)),
    ],
    ids=[
        "unknown area",
        "misspelt area",
        "area without figures",
        "unknown edition",
        "edition for comparison",
    ],
)
def test_an_area_or_edition_no_report_can_be_built_of(
    small: Path, arguments: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    refused(jsna(small, *REFRESH, *arguments), 4, *parts)
    nothing_was_built(small)


# -- the edition's files -----------------------------------------------------------------------------------


def test_an_edition_file_that_was_edited_by_hand(small: Path) -> None:
    path = dataset(small)
    path.write_text(path.read_text(encoding="utf-8").replace(",100,", ",101,", 1), encoding="utf-8")
    refused(jsna(small, *REFRESH), 5, f"{DATASET}.csv", "changed after it was locked", "restore the folder")
    nothing_was_built(small)


def cut_short(text: bytes) -> bytes:
    lines = text.splitlines(keepends=True)
    return b"".join([*lines[:2], lines[2].rstrip(b"\n").rpartition(b",")[0] + b"\n", *lines[3:]])


DAMAGE: dict[str, tuple[Callable[[bytes], bytes], tuple[str, ...]]] = {
    "a row cut short": (cut_short, ("line 3", "26 cells", "expected 27")),
    "wrong encoding": (lambda text: text.replace(b"Corley", b"Corl\xe9y"), ("is not UTF-8", "line 4")),
    "duplicate key": (
        lambda text: text + text.splitlines(keepends=True)[1],
        ("is duplicated", "lines 2 and 58"),
    ),
    "text in a number": (
        lambda text: text.replace(b",100,", b",about 100,", 1),
        ("'about 100' is not a number", "line 2, column value"),
    ),
    "a column that is missing": (
        lambda text: text.replace(b"source_label", b"label", 1),
        ("line 1", "lacks source_label"),
    ),
    "an empty value without a reason": (
        lambda text: text.replace(b",100,", b",,", 1),
        ("the value is empty", "line 2"),
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_malformed_data_file(small: Path, damage: str) -> None:
    change, parts = DAMAGE[damage]
    path = dataset(small)
    changed = change(path.read_bytes())
    assert changed != path.read_bytes()
    path.write_bytes(changed)
    relock(small)
    refused(jsna(small, *REFRESH), 5, f"{DATASET}.csv", *parts)
    nothing_was_built(small)
    (log,) = (small / "runs" / ".logs").iterdir()
    assert "Traceback" in log.read_text(encoding="utf-8")


def test_a_byte_order_mark_and_windows_line_ends_are_no_fault(small: Path) -> None:
    path = dataset(small)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    relock(small)
    done = jsna(small, "validate")
    assert done.returncode == 0, done.stderr
    assert "56 rows" in done.stdout


# -- what is declared --------------------------------------------------------------------------------------


def test_a_suite_that_names_a_column_that_is_not_there(small: Path) -> None:
    path = small / "expectations" / "expectations" / f"{DATASET}.json"
    suite = json.loads(path.read_text(encoding="utf-8"))
    entry = {
        "type": "expect_column_values_to_not_be_null",
        "description": "The colour is there.",
        "kwargs": {"column": "colour"},
        "meta": {"name": "colour", "severity": "warning", "problem": "No colour"},
    }
    path.write_text(json.dumps({**suite, "expectations": [*suite["expectations"], entry]}), encoding="utf-8")
    refused(jsna(small, *REFRESH), 3, f"{DATASET}.json", "column 'colour' does not exist")
    nothing_was_built(small)


def test_a_chapter_that_names_a_figure_nobody_publishes(small: Path) -> None:
    path = small / "reports" / "01-places.qmd"
    path.write_text(
        path.read_text(encoding="utf-8").replace("places.total", "places.totals"), encoding="utf-8"
    )
    refused(jsna(small, *REFRESH), 8, "01-places.qmd, line 3", "places.totals", "places.total")
    nothing_was_built(small)


def test_a_chapter_in_which_a_number_is_typed(small: Path) -> None:
    path = small / "reports" / "01-places.qmd"
    path.write_text(path.read_text(encoding="utf-8") + "\nAbout 1,200 places.\n", encoding="utf-8")
    refused(jsna(small, *REFRESH), 8, "01-places.qmd, line 8", "1,200")


def test_a_notebook_without_a_parameters_cell(small: Path) -> None:
    write_notebook(small, CELLS, parameters=False)
    refused(jsna(small, *REFRESH), 7, f"{NOTEBOOK}.ipynb", "no cell tagged parameters")
    nothing_was_built(small)


def test_a_register_that_names_a_figure_nobody_publishes(small: Path) -> None:
    path = small / "data" / "recommendations" / "register.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("measured_by: []", "measured_by: [no.such]", 1), encoding="utf-8")
    refused(jsna(small, *REFRESH), 3, "register.yaml, line", "no.such")


# -- the folder for runs -----------------------------------------------------------------------------------


def test_a_folder_for_runs_that_cannot_be_one(small: Path) -> None:
    (small / "runs").write_text("a file", encoding="utf-8")
    refused(jsna(small, *REFRESH), 11, str(small / "runs"), "cannot be written", "--runs")


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mounts a small disk of its own, where this user may."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done: list[Path] = []

    def mount(options: str) -> Path:
        if shutil.which("mount") is None:
            pytest.skip("no mount command")
        made = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, check=False
        )
        if made.returncode != 0:
            pytest.skip("this user may not mount a file system")
        done.append(folder)
        return folder

    yield mount
    for path in done:
        subprocess.run(["umount", str(path)], check=True)


def test_a_folder_for_runs_that_is_read_only(small: Path, mounted: Callable[[str], Path]) -> None:
    folder = mounted("size=1m,ro")
    refused(jsna(small, *REFRESH, "--runs", str(folder / "runs")), 11, "cannot be written", "Read-only")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small project with one finished run."""
    project = make(tmp_path_factory.mktemp("finished") / "small")
    done = jsna(project, *REFRESH)
    assert done.returncode == 0, done.stderr
    return project


@pytest.mark.parametrize("share", [0.03, 0.4, 0.9], ids="room for {:.0%} of a run".format)
def test_a_disk_that_is_full(
    small: Path, finished: Path, mounted: Callable[[str], Path], share: float
) -> None:
    disk = mounted("size=8m")
    runs = disk / "runs"
    empty = shutil.disk_usage(disk).free
    shutil.copytree(finished / "runs", runs, symlinks=True)
    before = (runs / "latest").resolve()
    free = shutil.disk_usage(disk).free
    with (disk / "filler").open("wb") as file:
        file.write(b"\0" * (free - int((empty - free) * share)))
    refused(jsna(small, *REFRESH, "--runs", str(runs)), 11, "no space left", "nothing of it is kept")
    assert (runs / "latest").resolve() == before
    assert list(runs.glob(".building-*")) == []
    assert [path.name for path in runs.iterdir() if path.name.startswith("2")] == [before.name]
    assert jsna(small, "verify", "--runs", str(runs)).returncode == 0


# -- interruptions -----------------------------------------------------------------------------------------


@pytest.fixture
def under_way(finished: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A refresh of a project that has a finished run, in the middle of a notebook."""
    process = start(finished, tmp_path / "flag")
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


def start(project: Path, flag: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        command(*REFRESH, "--force"),
        env=environment(project, {"TEST_WAIT_FLAG": str(flag)}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    end = time.monotonic() + 120
    while not flag.exists():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < end
        time.sleep(0.05)
    return process


def gone(processes: list[psutil.Process]) -> bool:
    _, alive = psutil.wait_procs(processes, timeout=20)
    return not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.parametrize(
    ("number", "code", "word"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "ended by a signal")],
)
def test_an_interruption_keeps_nothing_and_stops_the_kernels(
    under_way: subprocess.Popen[str], finished: Path, number: signal.Signals, code: int, word: str
) -> None:
    runs = finished / "runs"
    before = sorted(path.name for path in runs.iterdir() if not path.name.startswith("."))
    children = psutil.Process(under_way.pid).children(recursive=True)
    assert children
    if number == signal.SIGINT:
        os.killpg(under_way.pid, number)
    else:
        under_way.send_signal(number)
    out, err = under_way.communicate(timeout=60)
    assert under_way.returncode == code, err
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(f"jsna: {word}")
    assert gone(children)
    assert sorted(path.name for path in runs.iterdir() if not path.name.startswith(".")) == before
    assert list(runs.glob(".building-*")) == []


@pytest.mark.parametrize("options", [(), ("--force",)], ids=["unchanged", "built"])
def test_two_at_once_and_one_that_is_killed(
    under_way: subprocess.Popen[str], finished: Path, options: tuple[str, ...]
) -> None:
    """The second is refused; once the first was killed, the next clears up, also if it builds none."""
    runs = finished / "runs"
    latest = (runs / "latest").resolve()
    refused(jsna(finished, *REFRESH), 10, f"process {under_way.pid}", "already running")
    children = psutil.Process(under_way.pid).children(recursive=True)
    under_way.kill()
    under_way.wait()
    assert gone(children)
    assert len(list(runs.glob(".building-*"))) == 1
    assert (runs / "latest").resolve() == latest
    done = jsna(finished, *REFRESH, *options)
    assert done.returncode == 0, done.stderr
    assert list(runs.glob(".building-*")) == []
    assert ("Unchanged" in done.stdout) == ((runs / "latest").resolve() == latest) == (not options)
    log = (runs / "latest" / "run.log").read_text(encoding="utf-8")
    assert ("an earlier run that was killed" in log) == bool(options)
