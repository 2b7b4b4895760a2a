"""Settings that cannot be, names no file can have, damaged runs: one line and a documented code."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from send_jsna import cli
from send_jsna.errors import StorageError
from send_jsna.runs import folders
from send_jsna.runs.finished import latest_of
from send_jsna.settings import get_settings

LONG = "x" * 300
BUILD = ("refresh", "--direct", "--quiet")


@pytest.fixture(autouse=True)
def fresh_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Settings are read once in a process, and once for each of these tests."""
    monkeypatch.setenv("JSNA_RUNS", str(tmp_path / "runs"))
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """The exit code and the one line of a command."""
    code = cli.run(arguments)
    line = capsys.readouterr().err
    assert line.startswith("jsna: ")
    assert line.count("\n") == 1
    assert "unexpected fault" not in line
    return code, line


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("JSNA_WORKERS", "two"),
        ("JSNA_WORKERS", "0"),
        ("JSNA_WORKERS", "1.5"),
        ("JSNA_NOTEBOOK_TIMEOUT", ""),
        ("JSNA_NOTEBOOK_TIMEOUT", "1e3"),
        ("JSNA_SMALLEST_COUNT", "ten"),
        ("JSNA_SMALLEST_COUNT", "1"),
        ("JSNA_DISCLOSURE", "strict"),
        ("JSNA_NEIGHBOURS", LONG),
    ],
)
@pytest.mark.parametrize("origin", [(), ("--mirror", ".")], ids=["released", "mirror"])
def test_a_setting_that_cannot_be_is_refused_before_anything_is_begun(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    name: str,
    value: str,
    origin: tuple[str, ...],
) -> None:
    monkeypatch.setenv(name, value)
    code, line = said(capsys, *BUILD, *origin)
    assert code == 3
    assert name in line
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((*BUILD, "--area", LONG), 2),
        ((*BUILD, "--edition", LONG), 2),
        ((*BUILD, "--edition", "ä" * 150), 2),
        ((*BUILD, "--edition", "../editions/2025"), 4),
        ((*BUILD, "--edition", " "), 4),
        ((*BUILD, "--mirror", LONG), 2),
        ((*BUILD, "--runs", f"/tmp/{LONG}"), 2),
        (("runs", "--runs", f"/tmp/{LONG}"), 2),
        (("verify", LONG), 2),
        (("verify", f"a/{LONG}/b"), 2),
        (("publish", LONG), 2),
        (("trace", "ehcp.share.latest", "--run", LONG), 2),
        (("validate", "--edition", LONG), 2),
        (("claims", "--edition", LONG), 2),
        (("fetch", LONG), 2),
    ],
)
def test_an_id_no_file_can_have_is_one_line(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int
) -> None:
    assert said(capsys, *arguments)[0] == code


def finished(folder: Path, area: str = "E99999901") -> Path:
    with folders.building(folder, area, "synthetic") as run:
        return folders.finish(run, {"outcome": "ok", "area": area})


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, None])
def test_a_damaged_record_of_an_old_run_stops_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None
) -> None:
    folder = tmp_path / "runs"
    first, second = finished(folder), finished(folder)
    if content is None:
        (second / "run.json").unlink()
    else:
        (second / "run.json").write_bytes(content)
    assert cli.run(["runs"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{first.name}  ok"
    assert lines[1].startswith(f"{second.name}  unreadable")
    assert latest_of(folder, "E99999901") == first


@pytest.mark.parametrize("error", [FileNotFoundError(2, "no such file"), ValueError("x"), KeyError("y")])
def test_a_folder_for_runs_removed_under_way_is_said_so(tmp_path: Path, error: Exception) -> None:
    """Whatever trips over it first: a notebook, a renderer, the publishing."""
    folder = tmp_path / "runs"
    with (
        pytest.raises(StorageError, match="removed while a run was built"),
        folders.building(folder, "E99999901", "synthetic"),
    ):
        shutil.rmtree(folder)
        raise error


def test_a_run_removed_before_it_is_finished_is_said_so(tmp_path: Path) -> None:
    with (
        pytest.raises(StorageError, match="removed while a run was built"),
        folders.building(tmp_path / "runs", "E99999901", "synthetic") as run,
    ):
        shutil.rmtree(run.folder)
        folders.finish(run, {"outcome": "ok"})
