"""The command line: one line for a fault, its documented exit code, and nothing else."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import small_project

from send_jsna import cli, errors, progress
from send_jsna.errors import JsnaError
from send_jsna.provenance import manifest
from send_jsna.runs import folders

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A folder for runs with one finished run."""
    with folders.building(tmp_path, "E99999901", "synthetic") as run:
        (run.folder / "lineage.json").write_text("{}", encoding="utf-8")
        folders.finish(run, {"outcome": "ok", "area": "E99999901"})
        folders.switch_latest(tmp_path, run.id)
    return tmp_path


@pytest.fixture
def failing(request: pytest.FixtureRequest) -> Iterator[str]:
    """A command that raises what the test asks for."""

    @click.command("fail")
    def fail() -> None:
        raise request.param

    cli.jsna.add_command(fail)
    yield "fail"
    del cli.jsna.commands["fail"]


def test_every_exit_code_is_documented_and_no_other() -> None:
    text = (ROOT / "docs" / "exit-codes.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \|.*\|([^|]*)\|$", text, flags=re.MULTILINE)
    documented = {name: int(code) for code, names in rows for name in re.findall(r"`(\w+)`", names)}
    kinds = [
        value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, JsnaError)
    ]
    assert documented == {kind.__name__: kind.exit_code for kind in kinds}
    others = {int(code) for code, names in rows if not names.strip()}
    assert others == {0, 2, cli.INTERRUPTED, cli.TERMINATED}


def test_help_answers_at_once_and_imports_nothing_heavy() -> None:
    code = (
        "import sys; from send_jsna.cli import run; run(['--help']);"
        "print([m for m in ('pandas', 'prefect', 'great_expectations', 'matplotlib') if m in sys.modules])"
    )
    begun = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("[]\n"), done.stdout[-100:]
    assert "refresh" in done.stdout
    assert time.perf_counter() - begun < 10


@pytest.mark.parametrize(
    ("failing", "code"),
    [
        (errors.UnknownAreaError("no area 'X'", expected="a code", remedy="look it up"), 4),
        (errors.StorageError("full"), 11),
        (KeyboardInterrupt(), 130),
        (click.Abort(), 130),
    ],
    indirect=["failing"],
)
def test_a_fault_is_one_line_and_its_code(
    failing: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run([failing]) == code
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("jsna: ")
    assert told.err.count("\n") == 1


@pytest.mark.parametrize("failing", [ZeroDivisionError("by\nzero")], indirect=True)
def test_a_fault_nobody_foresaw_is_one_line_and_a_traceback_in_a_log(
    failing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from send_jsna import settings

    monkeypatch.setenv("JSNA_RUNS", str(tmp_path))
    settings.get_settings.cache_clear()
    try:
        assert cli.run([failing]) == 1
    finally:
        settings.get_settings.cache_clear()
    told = capsys.readouterr().err
    assert told.startswith("jsna: unexpected fault: ZeroDivisionError: by zero")
    assert told.count("\n") == 1
    (path,) = (tmp_path / ".logs").iterdir()
    assert str(path) in told
    assert "Traceback" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "arguments",
    [["nothing"], ["trace"], ["trace", "a.b", "--all"], ["refresh", "--engine", "word"], ["publish"]],
)
def test_a_wrong_command_line_is_one_line_and_code_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(arguments) == 2
    told = capsys.readouterr().err
    assert told.startswith("jsna: ")
    assert told.count("\n") == 1


def test_verify_says_intact_or_which_file_was_changed(
    built: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["verify", "--runs", str(built)]) == 0
    assert "is intact" in capsys.readouterr().out
    (built / "latest" / "lineage.json").write_text("{ }", encoding="utf-8")
    assert cli.run(["verify", "--runs", str(built)]) == 9
    assert "changed: lineage.json" in capsys.readouterr().err
    assert cli.run(["verify", "nothing", "--runs", str(built)]) == 1


def test_publish_takes_an_intact_run_only(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = (built / "latest").resolve()
    with folders.building(built, "E99999901", "synthetic") as run:
        second = folders.finish(run, {"outcome": "ok", "area": "E99999901"})
    assert cli.run(["publish", second.name, "--runs", str(built)]) == 0
    assert (built / "latest").resolve() == second
    (first / "run.json").write_text("{}", encoding="utf-8")
    assert cli.run(["publish", first.name, "--runs", str(built)]) == 9
    assert (built / "latest").resolve() == second
    capsys.readouterr()
    assert cli.run(["runs", "--runs", str(built)]) == 0
    assert f"{second.name}  ok  (latest)" in capsys.readouterr().out
    assert manifest.verify(second).is_intact


def test_progress_is_plain_lines_when_piped_and_nothing_when_quiet(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for quiet in (False, True):
        with progress.shown_on(progress.choose(quiet=quiet)), progress.stage("fetch") as under_way:
            under_way.step("half", 1, 2)
            under_way.outcome = "all"
        told = capsys.readouterr()
        assert told.out == ""
        assert "\x1b" not in told.err
        assert [line.split()[0] for line in told.err.splitlines()] == ([] if quiet else ["fetch", "fetch"])


def test_progress_is_live_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    display = progress.choose()
    assert isinstance(display, progress.Live)
    with progress.shown_on(display), progress.stage("fetch") as under_way:
        under_way.moved("a.csv", 5_000_000, 10_000_000)
        under_way.moved("of unknown size.csv", 5_000_000, None)
        bars = display._progress.tasks
        assert [(bar.completed, bar.total) for bar in bars[1:]] == [(5e6, 1e7), (5e6, None)]
        under_way.moved("a.csv", 10_000_000, 10_000_000)
        under_way.step("half", 1, 2)
    assert [bar.description for bar in display._progress.tasks] == ["fetch"], "the bars of files are gone"


def test_a_stage_that_fails_ends_the_display_and_says_nothing_of_success(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with (
        pytest.raises(JsnaError),
        progress.shown_on(progress.choose()),
        progress.stage("fetch") as under_way,
    ):
        under_way.outcome = "all"
        raise JsnaError("no")
    assert capsys.readouterr().err == ""


@pytest.mark.shared
def test_a_version_of_the_neighbours_is_added_once_and_never_changed(shared: Path, small: Path) -> None:
    workbook = shared / "publisher" / "lait" / "sn_may_2025.xlsx"
    written = small / "data" / "areas" / "neighbours-dfe-2025-05.csv"
    before = written.read_bytes()
    done = small_project.jsna(small, "catalogue", "neighbours", "dfe-2025-05", str(workbook))
    assert done.returncode == 0, done.stderr
    assert written.read_bytes() == before, "the list that is committed"
    older = shared / "publisher" / "lait" / "sn_april_2021.xlsx"
    done = small_project.jsna(small, "catalogue", "neighbours", "dfe-2025-05", str(older))
    assert (done.returncode, len(done.stderr.splitlines())) == (5, 1)
    assert "this version is stored already and differs" in done.stderr
    assert written.read_bytes() == before


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_a_process_that_a_thread_keeps_from_ending(number: signal.Signals, code: int) -> None:
    """As a library does that waits for a socket which never answers."""
    script = (
        "import sys, threading, click\nfrom send_jsna import cli\n"
        "@click.command('hang')\ndef hang():\n"
        "    threading.Thread(target=threading.Event().wait).start()\n"
        "    print('ready', flush=True)\n    threading.Event().wait()\n"
        "cli.jsna.add_command(hang)\ncli._PATIENCE = 0.2\nsys.argv = ['jsna', 'hang']\ncli.main()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        try:
            _, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == code
    assert err.startswith("jsna: ")
    assert "Traceback" not in err
