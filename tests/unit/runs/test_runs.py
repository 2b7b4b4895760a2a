"""The life of a run folder: nothing half-written is ever seen, and nothing finished is ever changed."""

from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from send_jsna import cli, files
from send_jsna.errors import BusyError, DuplicateFigureError, IntegrityError, JsnaError, StorageError
from send_jsna.ingest import leftovers, snapshots
from send_jsna.provenance import manifest
from send_jsna.runs import finished, folders, locks, pruning

AREA, EDITION = "E99999901", "synthetic"


def build(folder: Path, text: str = "one", *, make_latest: bool = True) -> Path:
    with folders.building(folder, AREA, EDITION) as run:
        (run.folder / "part").mkdir()
        (run.folder / "part" / "file.txt").write_text(text, encoding="utf-8")
        final = folders.finish(run, {"outcome": "ok", "area": AREA})
        if make_latest:
            folders.switch_latest(folder, run.id)
    return final


def visible(folder: Path) -> list[str]:
    return sorted(
        path.name for path in folder.iterdir() if not path.name.startswith(".") and path.name != "latest"
    )


def hidden(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob(".building-*"))


def test_a_finished_run_is_complete_named_and_the_latest(tmp_path: Path) -> None:
    final = build(tmp_path)
    assert (tmp_path / "latest").resolve() == final
    assert visible(tmp_path) == [final.name]
    assert hidden(tmp_path) == []
    record = json.loads((final / "run.json").read_text(encoding="utf-8"))
    assert (record["id"], record["outcome"]) == (final.name, "ok")
    assert "begins" in (final / "run.log").read_text(encoding="utf-8")
    assert set(manifest.read_manifest(final)) == {"part/file.txt", "run.json", "run.log"}


def test_two_runs_in_one_second_have_two_names(tmp_path: Path) -> None:
    names = [build(tmp_path).name for _ in range(3)]
    assert len(set(names)) == 3
    assert names == sorted(names) == finished.list_runs(tmp_path)
    assert (tmp_path / "latest").resolve().name == names[-1]


@pytest.mark.parametrize("error", [ValueError("bad"), KeyboardInterrupt(), JsnaError("no")])
def test_a_run_that_is_given_up_leaves_nothing_but_its_log(tmp_path: Path, error: BaseException) -> None:
    first = build(tmp_path)
    with pytest.raises(type(error)), folders.building(tmp_path, AREA, EDITION) as run:
        (run.folder / "half.txt").write_text("half", encoding="utf-8")
        raise error
    assert (visible(tmp_path), hidden(tmp_path)) == ([first.name], [])
    assert (tmp_path / "latest").resolve() == first
    logs = list((tmp_path / ".logs").iterdir())
    assert len(logs) == 1
    assert "given up" in logs[0].read_text(encoding="utf-8")
    assert "Traceback" in logs[0].read_text(encoding="utf-8")


def test_a_message_does_not_name_the_folder_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(JsnaError) as caught, folders.building(tmp_path, AREA, EDITION) as run:
        raise JsnaError("bad", where=run.folder / "report" / "page.typ")
    assert caught.value.line() == "report/page.typ: bad"


def test_a_second_run_of_the_same_is_refused_and_another_area_is_not(tmp_path: Path) -> None:
    with folders.building(tmp_path, AREA, EDITION):
        with (
            pytest.raises(BusyError, match=f"process {os.getpid()}"),
            folders.building(tmp_path, AREA, EDITION),
        ):
            pass
        with folders.building(tmp_path, "E99999902", EDITION) as other:
            assert len(hidden(tmp_path)) == 2
            assert other.folder.is_dir()
    build(tmp_path)


def test_a_killed_process_is_named_while_it_lives_and_blocks_nobody_after(tmp_path: Path) -> None:
    waits = (
        "import sys, time\nfrom pathlib import Path\nfrom send_jsna.ingest import leftovers\n"
        "from send_jsna.runs import locks\nrun, state = map(Path, sys.argv[1:])\n"
        "with locks.locked(run, 'A-x'), leftovers.store_in_use(state):\n"
        "    print('locked', flush=True)\n    time.sleep(300)"
    )
    runs, state = tmp_path / "runs", tmp_path / "state"
    with subprocess.Popen(
        [sys.executable, "-c", waits, str(runs), str(state)], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "locked\n"
        paths = half_written(state)
        with pytest.raises(BusyError, match=f"process {other.pid}"), locks.locked(runs, "A-x"):
            pass
        with leftovers.store_in_use(state):
            assert [path for path in paths if path.exists()] == paths
        other.kill()
    with locks.locked(runs, "A-x"), leftovers.store_in_use(state):
        assert [path for path in paths if path.exists()] == []


def test_what_a_killed_run_left_is_cleared_unless_somebody_builds_it(tmp_path: Path) -> None:
    own, other = (tmp_path / f".building-20250101T000000Z-{area}-x" for area in ("A", "B"))
    own.mkdir(parents=True)
    other.mkdir()
    with locks.locked(tmp_path, "B-x"):
        build(tmp_path)
        assert hidden(tmp_path) == [other.name]
    final = build(tmp_path)
    assert hidden(tmp_path) == []
    assert "removing" in (final / "run.log").read_text(encoding="utf-8")


def test_the_link_to_the_latest_run_replaces_no_folder(tmp_path: Path) -> None:
    (tmp_path / "latest").mkdir()
    with pytest.raises(StorageError, match="not a link"):
        build(tmp_path)
    assert (tmp_path / "latest").is_dir()


def test_nothing_has_its_name_before_it_is_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A loss of power may not leave a run, or a latest, that is empty."""
    synced: list[int] = []
    events: list[str] = []
    fsync, rename, replace = os.fsync, Path.rename, Path.replace

    def record(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_ino)
        events.append("sync")
        fsync(descriptor)

    def renamed(path: Path, target: Path) -> Path:
        if path.name.startswith(".building-"):
            inodes = {item.stat().st_ino for item in (path, *path.rglob("*"))}
            assert inodes <= set(synced), "a file or folder of the run was not on the disk"
            events.append("named")
        return rename(path, target)

    def replaced(path: Path, target: Path) -> Path:
        if path.name.startswith(".latest"):
            assert "sync" in events[events.index("named") :], "the run's name was not on the disk"
            events.append("latest")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", record)
    monkeypatch.setattr(Path, "rename", renamed)
    monkeypatch.setattr(Path, "replace", replaced)
    build(tmp_path)
    assert events[-2:] == ["latest", "sync"]
    assert synced[-1] == tmp_path.stat().st_ino


def test_the_switch_of_the_latest_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    (tmp_path / ".latest.1").symlink_to("gone")
    (tmp_path / ".latest.99999").symlink_to("gone")
    build(tmp_path)
    assert list(tmp_path.glob(".latest*")) == []


# -- removing runs ---------------------------------------------------------------------------------------


def of_area(folder: Path, area: str) -> str:
    with folders.building(folder, area, EDITION) as run:
        return folders.finish(run, {"outcome": "ok", "area": area}).name


def test_the_latest_and_the_newest_of_each_area_stay(tmp_path: Path) -> None:
    own = [of_area(tmp_path, AREA) for _ in range(4)]
    other = [of_area(tmp_path, "E99999902") for _ in range(2)]
    folders.switch_latest(tmp_path, own[0])
    (tmp_path / own[1] / "run.json").write_text("{", encoding="utf-8")
    (tmp_path / "mine").mkdir()
    with folders.building(tmp_path, AREA, EDITION) as run:
        assert pruning.superseded(tmp_path, 1) == sorted([*own[1:3], other[0]])
        assert pruning.superseded(tmp_path, 2) == [own[1]]
        assert finished.list_runs(tmp_path) == sorted([*own, *other])
        assert pruning.prune(tmp_path, 1) == sorted([*own[1:3], other[0]])
        assert run.folder.is_dir()
    assert visible(tmp_path) == sorted([own[0], own[3], other[1], "mine"])
    assert list(tmp_path.glob(".removing-*")) == []
    assert pruning.prune(tmp_path, 1) == []
    with pytest.raises(JsnaError, match="cannot be kept"):
        pruning.prune(tmp_path, 0)


def test_a_removal_that_was_killed_is_ended_by_the_next_run(tmp_path: Path) -> None:
    (tmp_path / ".removing-20250101T000000Z-A-x").mkdir(parents=True)
    build(tmp_path)
    assert list(tmp_path.glob(".removing-*")) == []


def test_runs_are_removed_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = [of_area(tmp_path, AREA) for _ in range(3)]
    where = ("--runs", str(tmp_path))
    assert cli.run(["runs", "prune", "--keep", "1", "--dry-run", *where]) == 0
    assert capsys.readouterr().out.splitlines() == [f"Would remove {name}" for name in names[:2]]
    assert visible(tmp_path) == names
    assert cli.run(["runs", *where, "prune", "--keep", "2"]) == 0
    assert capsys.readouterr().out == f"Removed {names[0]}\n"
    assert cli.run(["runs", "prune", *where]) == 0
    assert capsys.readouterr().out == "There is nothing to remove.\n"
    assert cli.run(["runs", *where]) == 0
    assert capsys.readouterr().out == "".join(f"{name}  ok\n" for name in names[1:])


# -- the store -------------------------------------------------------------------------------------------


def half_written(state: Path) -> list[Path]:
    names = [
        "snapshots/.abc.0123.tmp",
        "snapshots/retrievals/source/file/.x.json.0123.tmp",
        "snapshots/profiles/.abc.json.0123.tmp",
        "snapshots/profiles/tmpabc",
        "scratch-1-2/part",
        "editions/.E1-mirror.abc/values.csv",
    ]
    for name in names:
        (state / name).parent.mkdir(parents=True, exist_ok=True)
        (state / name).write_text("half", encoding="utf-8")
    os.utime(state / "editions" / ".E1-mirror.abc", (0, 0))
    return [state / name for name in names]


def test_half_written_files_of_the_store_are_removed_unless_somebody_writes(tmp_path: Path) -> None:
    paths = half_written(tmp_path)
    kept = snapshots.store(tmp_path / "snapshots", b"a", {"title": "A"})
    with leftovers.store_in_use(tmp_path):
        assert [path for path in paths if path.exists()] == []
        paths = half_written(tmp_path)
        with leftovers.store_in_use(tmp_path):
            assert [path for path in paths if path.exists()] == paths
    assert snapshots.read(tmp_path / "snapshots", kept) == b"a"
    (tmp_path / "editions" / ".E2-live.abc").mkdir()
    with leftovers.store_in_use(tmp_path):
        assert (tmp_path / "editions" / ".E2-live.abc").is_dir(), "one that is being laid down stays"
        assert not (tmp_path / "scratch-1-2").exists()


def test_only_the_last_logs_are_kept(tmp_path: Path) -> None:
    for _ in range(25):
        with pytest.raises(ValueError, match="x"), folders.building(tmp_path, AREA, EDITION):
            raise ValueError("x")
    assert len(list((tmp_path / ".logs").iterdir())) == 20


def test_a_run_is_found_by_id_by_path_and_as_the_latest(tmp_path: Path) -> None:
    first, second = build(tmp_path), build(tmp_path)
    assert finished.find_run(tmp_path) == second
    assert finished.find_run(tmp_path, first.name) == first
    assert finished.find_run(tmp_path, first) == first
    with pytest.raises(JsnaError, match="no run 'gone'"):
        finished.find_run(tmp_path, "gone")
    with pytest.raises(JsnaError, match="no run has been built"):
        finished.find_run(tmp_path / "empty")


def test_the_latest_run_of_an_area_is_one_without_gaps(tmp_path: Path) -> None:
    first = build(tmp_path)
    with folders.building(tmp_path, AREA, EDITION) as run:
        folders.finish(run, {"outcome": "notebook failed", "area": AREA})
    assert finished.latest_of(tmp_path, AREA) == first
    assert finished.latest_of(tmp_path, "E99999902") is None
    assert finished.latest_of(tmp_path / "none", AREA) is None


# -- hashes ----------------------------------------------------------------------------------------------


def test_an_untouched_run_is_intact(tmp_path: Path) -> None:
    final = build(tmp_path)
    found = manifest.require_intact(final)
    assert found.files == 3
    assert found.manifest_sha256 == files.sha256_of(final / "manifest.json")
    assert "intact: 3 files" in found.line()


def test_a_changed_a_missing_and_an_added_file_are_named(tmp_path: Path) -> None:
    final = build(tmp_path)
    (final / "part" / "file.txt").write_text("two", encoding="utf-8")
    (final / "run.log").unlink()
    (final / "new.txt").write_text("", encoding="utf-8")
    found = manifest.verify(final)
    assert (found.changed, found.missing, found.added) == (("part/file.txt",), ("run.log",), ("new.txt",))
    with pytest.raises(IntegrityError, match=r"changed: part/file.txt; missing: run.log; added: new.txt"):
        manifest.require_intact(final)


def test_what_is_no_file_is_named_too_and_never_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipe without a writer would be waited for, and a link tells nothing of what it will lead to."""
    final = build(tmp_path)
    (final / "part" / "empty" / "below").mkdir(parents=True)
    os.mkfifo(final / "pipe")
    (final / "to a file").symlink_to("run.json")
    (final / "to a folder").symlink_to("part")
    (final / "to nothing").symlink_to("gone")
    with socket.socket(socket.AF_UNIX) as listening:
        monkeypatch.chdir(final)  # a socket's path may not be long
        listening.bind("socket")
    found = manifest.verify(final)
    assert (found.changed, found.missing) == ((), ())
    assert found.added == (
        *("part/empty/below/", "pipe", "socket", "to a file", "to a folder", "to nothing"),
    )


def test_a_file_that_became_a_link_or_a_pipe_is_changed(tmp_path: Path) -> None:
    final = build(tmp_path)
    (final / "run.log").rename(tmp_path / "same")
    (final / "run.log").symlink_to(tmp_path / "same")
    (final / "part" / "file.txt").unlink()
    os.mkfifo(final / "part" / "file.txt")
    assert manifest.verify(final).changed == ("part/file.txt", "run.log")
    (final / "manifest.json").unlink()
    os.mkfifo(final / "manifest.json")
    with pytest.raises(IntegrityError, match="manifest is not readable"):
        manifest.verify(final)


def test_a_run_is_finished_without_empty_folders_and_with_nothing_but_files(tmp_path: Path) -> None:
    with folders.building(tmp_path, AREA, EDITION) as run:
        (run.folder / "a" / "b").mkdir(parents=True)
        final = folders.finish(run, {"outcome": "ok", "area": AREA})
    assert not (final / "a").exists()
    assert manifest.verify(final).is_intact
    with (
        pytest.raises(IntegrityError, match="pipe: it is not a file"),
        folders.building(tmp_path, AREA, EDITION) as run,
    ):
        os.mkfifo(run.folder / "pipe")
        folders.finish(run, {"outcome": "ok", "area": AREA})


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1}'])
def test_a_manifest_that_is_none_is_said_so(tmp_path: Path, text: str) -> None:
    final = build(tmp_path)
    (final / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(IntegrityError, match="manifest"):
        manifest.verify(final)


# -- storage faults --------------------------------------------------------------------------------------


def test_a_full_disk_is_recognised_wherever_it_was_met(tmp_path: Path) -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    wrapped = RuntimeError("the renderer failed")
    wrapped.__cause__ = full
    told = JsnaError("pandoc: page.html: withBinaryFile: No space left on device")
    for error in (full, wrapped, told):
        found = files.as_storage_error(error, tmp_path)
        assert found is not None
        assert "no space left" in found.line()
    assert files.as_storage_error(ValueError("x"), tmp_path) is None


def test_a_full_disk_ends_a_run_with_one_line_and_no_trace(tmp_path: Path) -> None:
    first = build(tmp_path)
    with (
        pytest.raises(StorageError, match="nothing of it is kept"),
        folders.building(tmp_path, AREA, EDITION),
    ):
        raise OSError(errno.ENOSPC, "full")
    assert (visible(tmp_path), hidden(tmp_path)) == ([first.name], [])


def test_a_folder_that_cannot_be_one_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(StorageError, match="cannot be written"), folders.building(folder, AREA, EDITION):
            pass


def test_other_faults_of_files_are_not_taken_for_storage(tmp_path: Path) -> None:
    """A second figure of one id is a notebook's mistake, though a FileExistsError lies behind it."""
    try:
        try:
            raise FileExistsError(errno.EEXIST, "exists", str(tmp_path / "a.json"))
        except FileExistsError:
            raise DuplicateFigureError("twice") from None
    except DuplicateFigureError as error:
        assert files.as_storage_error(error, tmp_path) is None


# -- snapshots -------------------------------------------------------------------------------------------


def test_bytes_are_kept_once_under_their_hash_with_a_card(tmp_path: Path) -> None:
    digest = snapshots.store(tmp_path, b"a,b\n", {"title": "A table", "file": "a.csv"})
    assert snapshots.store(tmp_path, b"a,b\n", {"title": "The same again"}) == digest
    assert snapshots.read(tmp_path, digest) == b"a,b\n"
    card = snapshots.read_card(tmp_path, digest)
    assert (card["title"], card["size"], card["sha256"]) == ("A table", 4, digest)
    assert sorted(path.name for path in tmp_path.iterdir()) == [digest, f"{digest}.json"]


def test_bytes_that_are_not_those_of_their_name_are_refused(tmp_path: Path) -> None:
    digest = snapshots.store(tmp_path, b"a", {})
    (tmp_path / digest).write_bytes(b"b")
    with pytest.raises(IntegrityError, match="not those of its name"):
        snapshots.read(tmp_path, digest)
    with pytest.raises(IntegrityError):
        snapshots.store(tmp_path, b"a", {})
    with pytest.raises(IntegrityError, match="no snapshot"):
        snapshots.read(tmp_path, "0" * 64)
