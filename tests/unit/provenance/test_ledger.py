"""The ledger as a file: the same bytes each time, its schema as documented, and one line for every damage."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from synthetic import code, make_run, notebook

from send_jsna import cli, places
from send_jsna.errors import IntegrityError, JsnaError
from send_jsna.figures.records import FigureRecord
from send_jsna.provenance import ledger, lineage, manifest, tracing
from send_jsna.settings import Settings

ROOT = Path(__file__).resolve().parents[3]
SOURCE = {
    "source_id": "made-up",
    "publisher": "Nobody",
    "title": "Made-up figures",
    "url": "",
    "licence": "OGL-UK-3.0",
    "as_at": "2025-06-01",
    "publisher_file": "made-up.csv",
    "publisher_sha256": "e" * 64,
}
RECORD = {
    "kind": "number",
    "title": "Share",
    "method": "As published.",
    "datasets": ["test"],
    "notebook": "needs",
    "execution_count": 3,
}
FIGURES = {
    "share.latest": {"shown": "12.0%", "value": 12.0, "unit": "%", "inputs": ["test:4"]},
    "share.before": {"shown": "−0.0001", "value": -0.00012345678901234567, "inputs": ["test:2"]},
    "share.both": {
        "kind": "table",
        "inputs": ["test:4", "test:2"],
        "warnings": ["Second.", "First.", "Look twice."],
    },
}


def finished(runs: Path, name: str = "20250101T000000Z-E99999901-synthetic") -> Path:
    """A finished run with three figures of two observations."""
    run = make_run(runs / "made").rename(runs / name)
    write(
        run / "edition.json",
        {
            "datasets": {"test": {"file": "data/test.csv", "sha256": "d" * 64}},
            "sources": [SOURCE],
            "dimensions": {},
        },
    )
    cell = code("publish", "publish()")
    cell["execution_count"] = 3
    write(run / "notebooks" / "needs.ipynb", notebook(cell))
    notices = [{"text": "Look twice."}, {"text": "Then again."}]
    write(run / "validation" / "test.json", {"id": "synthetic/test/abc", "passed": True, "warnings": notices})
    for key, changes in FIGURES.items():
        write(run / "figures" / f"{key}.json", FigureRecord(id=key, **{**RECORD, **changes}).model_dump())
    write(run / "run.json", {})
    lineage.build_lineage(run)
    manifest.write_manifest(run)
    return run


def write(path: Path, value: object) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return finished(tmp_path / "runs #1, 100%?")


@pytest.fixture
def database(run: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(run / "ledger.sqlite")) as connection:
        yield connection


def test_the_same_run_gives_the_same_bytes_and_no_other_file(tmp_path: Path) -> None:
    runs = [finished(tmp_path / name) for name in ("here", "there")]
    first, second = ((run / "ledger.sqlite").read_bytes() for run in runs)
    assert first == second
    assert [path.name for path in runs[0].glob("*ledger*")] == ["ledger.sqlite"]


def test_what_figures_share_is_stored_once(database: sqlite3.Connection) -> None:
    rows = {
        name: database.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0]
        for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    }
    assert rows == {
        "figures": 3,
        "cells": 1,
        "figure_inputs": 4,
        "observations": 2,
        "indicators": 1,
        "areas": 1,
        "figure_datasets": 3,
        "datasets": 1,
        "dataset_warnings": 2,
        "sources": 1,
        "figure_warnings": 3,
        "warnings": 4,
    }
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []


def test_the_documented_tables_are_those_of_the_ledger(database: sqlite3.Connection) -> None:
    text = (ROOT / "docs" / "ledger.md").read_text(encoding="utf-8")
    documented = {
        name: set(re.findall(r"`(\w+)`", re.sub(r"\([^)]*\)", "", columns)))
        for name, columns in re.findall(r"^\| `(\w+)` \|[^|]*\|(.*)\|$", text, flags=re.MULTILINE)
    }
    tables = [name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    real = {name: [row[1] for row in database.execute(f"PRAGMA table_info({name})")] for name in tables}
    assert documented == {name: set(columns) for name, columns in real.items()}
    references = {
        (name, row[3]) for name in tables for row in database.execute(f"PRAGMA foreign_key_list({name})")
    }
    assert references == {
        (name, column)
        for name, columns in re.findall(r"^\| `(\w+)` \|[^|]*\|(.*)\|$", text, flags=re.MULTILINE)
        for column in re.findall(r"\*`(\w+)`\*", columns)
    }
    version, application = re.search(r"(\d+)\. A key", text), re.search(r"0x([0-9A-F]+)", text)
    assert version is not None
    assert application is not None
    assert database.execute("PRAGMA user_version").fetchone() == (int(version[1]),)
    assert database.execute("PRAGMA application_id").fetchone() == (int(application[1], 16),)


def test_one_entry_is_that_of_all_and_says_what_the_figure_said(run: Path) -> None:
    entries = ledger.read_lineage(run)
    assert list(entries) == sorted(FIGURES)
    assert {key: ledger.entry_of(run, key) for key in entries} == entries
    assert entries["share.before"]["value"] == FIGURES["share.before"]["value"]
    assert repr(entries["share.latest"]["value"]) == "12.0"
    both = entries["share.both"]
    assert [row["observation_id"] for row in both["inputs"]] == ["test:4", "test:2"]
    assert both["warnings"] == ["Second.", "First.", "Look twice."]
    assert [item["warnings"] for item in both["datasets"]] == [["Look twice.", "Then again."]]
    assert len(both["sources"]) == 1


def test_a_run_is_read_without_a_trace_by_several_at_once(run: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in run.rglob("*")}
    folders = [path for path in (run, *run.rglob("*")) if path.is_dir()]
    for folder in folders:
        folder.chmod(0o555)
    (run / "ledger.sqlite").chmod(0o444)
    try:
        with ThreadPoolExecutor(8) as pool:
            told = set(pool.map(lambda _: tracing.trace(run, "share.latest"), range(32)))
    finally:
        for folder in folders:
            folder.chmod(0o755)
    assert len(told) == 1
    assert {path: path.stat().st_mtime_ns for path in run.rglob("*")} == before
    assert manifest.verify(run).is_intact


def test_a_run_is_traced_while_another_program_keeps_its_ledger(run: Path) -> None:
    with closing(sqlite3.connect(run / "ledger.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert tracing.trace(run, "share.latest").startswith("share.latest: 12.0%")
        other.execute("ROLLBACK")


def replaced(content: bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(content)


def changed(statement: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(statement)

    return change


def damaged(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:2000] + b"\xff" * 4000 + content[6000:])


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:10_000])


def as_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def as_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


FAULTS = {
    "empty": (replaced(b""), "is empty, or the database of another program"),
    "no database": (replaced(b"{}" * 4000), "not readable (DatabaseError: file is not a database)"),
    "damaged": (damaged, "not readable"),
    "cut off": (cut, "not readable"),
    "of another version": (changed("PRAGMA user_version = 2"), "has version 2; expected version 1"),
    "of another program": (changed("PRAGMA application_id = 1"), "database of another program"),
    "without a table": (changed("ALTER TABLE cells RENAME TO rooms"), "no such table: cells"),
    "without a row": (changed("DELETE FROM observations"), "not readable (KeyError"),
    "with a word for a number": (changed("UPDATE observations SET value = 'much'"), "could not convert"),
    "a folder": (as_folder, "there is no ledger"),
    "a pipe": (as_pipe, "there is no ledger"),
    "missing": (Path.unlink, "there is no ledger"),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("is_recorded", [True, False])
def test_a_ledger_that_cannot_be_read_is_one_line_and_code_9(
    run: Path, fault: str, is_recorded: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the manifest has it too, as in a run of another version; otherwise the manifest tells of it."""
    change, said = FAULTS[fault]
    change(run / "ledger.sqlite")
    if is_recorded and (run / "ledger.sqlite").is_file():
        manifest.write_manifest(run)
    elif (run / "ledger.sqlite").is_file():
        said = "is not the file that was recorded"
    for arguments in (["share.latest"], ["--all"], ["share.latest", "--format", "json"]):
        assert cli.run(["trace", *arguments, "--runs", str(run.parent), "--run", run.name]) == 9
        told = capsys.readouterr()
        assert said in told.err
        assert str(run) in told.err
        assert "jsna refresh" in told.err
        assert (told.out, told.err.count("\n")) == ("", 1)


def test_verify_tells_of_a_ledger_that_was_changed(run: Path) -> None:
    changed("UPDATE figures SET shown = '13.0%' WHERE id = 'share.latest'")(run / "ledger.sqlite")
    assert manifest.verify(run).changed == ("ledger.sqlite",)
    with pytest.raises(IntegrityError, match=r"ledger\.sqlite: is not the file that was recorded"):
        tracing.trace(run, "share.latest")


def test_a_run_made_before_the_ledger_was_a_database_is_refused_with_what_to_do(run: Path) -> None:
    (run / "ledger.sqlite").unlink()
    write(run / "lineage.json", {})
    with pytest.raises(IntegrityError) as caught:
        tracing.trace(run, "share.latest")
    assert caught.value.line() == (
        f"{run}: the run was made before its ledger was a database: it has lineage.json and no ledger.sqlite;"
        " expected a run of this version;"
        " build the run again with jsna refresh, or read its pages in site/audit"
    )


def test_an_unknown_figure_is_said_to_be_so_with_the_nearest(run: Path) -> None:
    with pytest.raises(JsnaError, match=r"one of the run's 3 figures; did you mean share\.latest") as caught:
        ledger.entry_of(run, "share.lates")
    assert caught.value.exit_code == 1
    for name in ("'; DROP TABLE figures; --", os.fsdecode(b"\xff"), ""):
        with pytest.raises(JsnaError, match="list them with jsna trace --all"):
            ledger.entry_of(run, name)


def test_a_trace_imports_nothing_heavy(run: Path) -> None:
    heavy = ("pandas", "numpy", "pyarrow", "pydantic", "yaml", "jinja2", "asyncio", "logging.handlers")
    script = (
        f"import sys; from send_jsna.cli import run; run(['trace', 'share.latest', '--run', {str(run)!r}]);"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    environment = {**os.environ, "JSNA_RUNS": str(run.parent)}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.startswith("share.latest: 12.0%")
    assert done.stdout.endswith("[]\n"), done.stdout[-200:]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"JSNA_RUNS": "elsewhere"},
        {"jsna_runs": "elsewhere/../here"},
        {"JSNA_RUNS": ""},
        {"JSNA_PROJECT_ROOT": "project"},
        {"Jsna_Project_Root": "project", "JSNA_RUNS": "/runs"},
    ],
)
def test_the_folder_for_runs_is_that_of_the_settings(
    given: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("JSNA_RUNS", "JSNA_PROJECT_ROOT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert places.runs_folder() == Settings().runs_folder


def test_a_copied_run_is_traced_where_it_is(run: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(run, tmp_path / "copy")
    shutil.rmtree(run)
    assert "data/test.csv, line 4" in tracing.trace(copy, "share.latest")
