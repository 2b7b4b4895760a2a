"""The store and its ledger: bytes once and never another, entries that are whole whoever else writes."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from send_jsna.errors import IntegrityError
from send_jsna.ingest import retrieval_ledger, snapshots
from send_jsna.ingest.retrieval_ledger import Retrieval

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
CARD = {"title": "Requests", "producer": "Department for Education"}


def retrieval(content: bytes = b"a,b\n", **changes: object) -> Retrieval:
    return Retrieval.model_validate(
        {
            "source_id": "dfe-sen2-requests",
            "resource": "requests.csv",
            "url": "https://example.org/requests.csv",
            "sha256": hashlib.sha256(content).hexdigest(),
            "size": len(content),
            "retrieved_at": NOW,
            "accepted": True,
            **changes,
        }
    )


def kept(folder: Path, content: bytes, **changes: object) -> Retrieval:
    """An entry whose bytes are in the store."""
    snapshots.store(folder, content, CARD)
    entry = retrieval(content, **changes)
    retrieval_ledger.record(folder, entry)
    return entry


def run(code: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)], stdout=subprocess.PIPE, text=True
    )


class TestAdopting:
    def test_the_file_is_moved_and_its_card_written(self, tmp_path: Path) -> None:
        path, store = tmp_path / "fetched", tmp_path / "store"
        path.write_bytes(b"a,b\n1,2\n")
        digest = snapshots.adopt(store, path, CARD)
        assert snapshots.read(store, digest) == b"a,b\n1,2\n"
        assert snapshots.read_card(store, digest) == {**CARD, "size": 8, "sha256": digest}
        assert snapshots.path_of(store, digest) == store / digest
        assert not path.exists()
        assert sorted(store.iterdir()) == [store / digest, store / f"{digest}.json"]

    def test_bytes_that_are_kept_are_left_alone(self, tmp_path: Path) -> None:
        store = tmp_path / "store"
        digest = snapshots.store(store, b"same", CARD)
        before = (store / digest).stat()
        path = tmp_path / "fetched"
        path.write_bytes(b"same")
        assert snapshots.adopt(store, path, {"title": "another"}, digest=digest) == digest
        assert (store / digest).stat().st_mtime_ns == before.st_mtime_ns
        assert (store / digest).stat().st_ino == before.st_ino
        assert snapshots.read_card(store, digest)["title"] == "Requests"
        assert not path.exists()

    def test_nothing_is_lost_where_the_store_is_damaged(self, tmp_path: Path) -> None:
        store, path = tmp_path / "store", tmp_path / "fetched"
        digest = snapshots.store(store, b"same", CARD)
        (store / digest).write_bytes(b"other")
        path.write_bytes(b"same")
        with pytest.raises(IntegrityError, match="not those of its name"):
            snapshots.adopt(store, path, CARD)
        assert path.read_bytes() == b"same"
        assert (store / digest).read_bytes() == b"other"

    def test_a_digest_that_is_not_the_files_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "fetched"
        path.write_bytes(b"content")
        with pytest.raises(IntegrityError, match="expected SHA-256 0000"):
            snapshots.adopt(tmp_path / "store", path, CARD, digest="0" * 64)
        assert path.exists()
        assert not (tmp_path / "store").exists()

    def test_another_disk_is_no_obstacle(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path, store = tmp_path / "fetched", tmp_path / "store"
        path.write_bytes(b"content")

        def refuse(*_: object) -> None:
            raise OSError(18, "Invalid cross-device link")

        monkeypatch.setattr(Path, "rename", refuse)
        monkeypatch.setattr(os, "link", refuse)
        digest = snapshots.adopt(store, path, CARD)
        assert snapshots.read(store, digest) == b"content"
        assert not path.exists()

    def test_a_large_file_is_not_read_into_memory(self, tmp_path: Path) -> None:
        path = tmp_path / "fetched"
        with path.open("wb") as file:
            file.truncate(60_000_000)
        tracemalloc.start()
        snapshots.adopt(tmp_path / "store", path, CARD)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 3_000_000

    def test_a_snapshot_that_is_missing_or_changed_is_said(self, tmp_path: Path) -> None:
        digest = snapshots.store(tmp_path, b"content", CARD)
        (tmp_path / digest).write_bytes(b"changed")
        with pytest.raises(IntegrityError, match="not those of its name"):
            snapshots.path_of(tmp_path, digest)
        (tmp_path / digest).unlink()
        with pytest.raises(IntegrityError, match="no snapshot"):
            snapshots.path_of(tmp_path, digest)


class TestLedger:
    def test_an_entry_comes_back_as_it_was(self, tmp_path: Path) -> None:
        entry = retrieval(
            version="2.1", published="2025-06-26", problems=["rows fell by 20 %"], accepted=False
        )
        path = retrieval_ledger.record(tmp_path, entry)
        assert retrieval_ledger.listed(tmp_path) == [entry]
        name = f"20260301T093000.000000Z-{entry.sha256[:12]}.json"
        assert path.name == name
        assert path.parent.parent == tmp_path / "retrievals" / "dfe-sen2-requests"

    def test_the_same_entry_twice_is_one(self, tmp_path: Path) -> None:
        assert retrieval_ledger.record(tmp_path, retrieval()) == retrieval_ledger.record(
            tmp_path, retrieval()
        )
        retrieval_ledger.record(tmp_path, retrieval(version="2"))
        assert [entry.version for entry in retrieval_ledger.listed(tmp_path)] == ["", "2"]

    def test_last_good_is_the_newest_accepted_whose_bytes_are_held(self, tmp_path: Path) -> None:
        assert retrieval_ledger.last_good(tmp_path, "dfe-sen2-requests", "requests.csv") is None
        first = kept(tmp_path, b"1")
        second = kept(tmp_path, b"2", retrieved_at=NOW + timedelta(days=1))
        kept(tmp_path, b"3", retrieved_at=NOW + timedelta(days=2), accepted=False, problems=["empty"])
        kept(tmp_path, b"4", retrieved_at=NOW + timedelta(days=3), resource="other.csv")
        retrieval_ledger.record(tmp_path, retrieval(b"5", retrieved_at=NOW + timedelta(days=4)))
        assert retrieval_ledger.last_good(tmp_path, "dfe-sen2-requests", "requests.csv") == second
        (tmp_path / second.sha256).unlink()
        assert retrieval_ledger.last_good(tmp_path, "dfe-sen2-requests", "requests.csv") == first

    def test_a_check_keeps_pointing_to_the_old_bytes(self, tmp_path: Path) -> None:
        first = kept(tmp_path, b"1", etag='"a"')
        checked = retrieval_ledger.record_checked(tmp_path, first, NOW + timedelta(days=30))
        found = retrieval_ledger.last_good(tmp_path, "dfe-sen2-requests", "requests.csv")
        assert found == checked
        assert (found.retrieved_at, found.checked_at) == (NOW, NOW + timedelta(days=30))
        assert (found.sha256, found.etag) == (first.sha256, '"a"')
        assert retrieval_ledger.listed(tmp_path) == [first, checked]

    def test_sources_are_told_apart(self, tmp_path: Path) -> None:
        retrieval_ledger.record(tmp_path, retrieval())
        retrieval_ledger.record(tmp_path, retrieval(source_id="dfe-lait"))
        assert [entry.source_id for entry in retrieval_ledger.listed(tmp_path, "dfe-lait")] == ["dfe-lait"]
        assert len(retrieval_ledger.listed(tmp_path)) == 2

    @pytest.mark.parametrize("source_id", ["", "../up", "a/b", ".hidden", "A"])
    def test_an_id_is_no_path(self, source_id: str) -> None:
        with pytest.raises(ValidationError):
            retrieval(source_id=source_id)

    @settings(max_examples=30, deadline=None)
    @given(st.lists(st.text(min_size=1, max_size=120), unique=True, max_size=5))
    def test_each_resource_has_a_folder_of_its_own(
        self, tmp_path_factory: pytest.TempPathFactory, resources: list[str]
    ) -> None:
        folder = tmp_path_factory.mktemp("ledger")
        for resource in resources:
            kept(folder, resource.encode("utf-8", "surrogatepass"), resource=resource)
        for resource in resources:
            found = retrieval_ledger.last_good(folder, "dfe-sen2-requests", resource)
            assert found is not None
            assert found.resource == resource
        assert {path.parent.parent.name for path in folder.rglob("*.json")} <= {
            folder.parent.name,
            "dfe-sen2-requests",
        }

    def test_a_half_written_entry_is_not_part_of_it(self, tmp_path: Path) -> None:
        path = retrieval_ledger.record(tmp_path, retrieval())
        path.with_name(f".{path.name}.0.tmp").write_text('{"source_id": ')
        path.with_name(f".{path.name}").write_text('{"source_id": ')
        assert len(retrieval_ledger.listed(tmp_path)) == 1

    def test_a_damaged_entry_is_named(self, tmp_path: Path) -> None:
        path = retrieval_ledger.record(tmp_path, retrieval())
        path.write_text('{"source_id": ')
        with pytest.raises(IntegrityError, match=path.name):
            retrieval_ledger.listed(tmp_path)


WRITE = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from send_jsna.ingest import retrieval_ledger, snapshots
folder, who, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
print("ready", flush=True)
for number in range(count):
    path = folder.parent / f"{who}.{number}"
    path.write_bytes(b"%d" % number * 50_000)
    digest = snapshots.adopt(folder, path, {"title": who})
    retrieval_ledger.record(folder, retrieval_ledger.Retrieval(
        source_id="dfe-sen2-requests", resource="requests.csv", url="https://example.org", sha256=digest,
        size=1, retrieved_at=datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=number),
        version=who, accepted=True))
"""


def test_two_processes_at_once_lose_nothing(tmp_path: Path) -> None:
    store = tmp_path / "store"
    writers = [run(WRITE, store, who, 40) for who in ("one", "two")]
    read = 0
    while any(writer.poll() is None for writer in writers):
        # Whoever reads meanwhile meets whole entries with whole bytes and cards.
        for entry in retrieval_ledger.listed(store):
            snapshots.read_card(store, entry.sha256)
            read += 1
    assert [writer.wait(60) for writer in writers] == [0, 0]
    assert read > 0
    entries = retrieval_ledger.listed(store)
    assert sorted(entry.version for entry in entries) == ["one"] * 40 + ["two"] * 40
    assert len({entry.sha256 for entry in entries}) == 40
    for entry in entries:
        snapshots.read(store, entry.sha256)
        assert snapshots.read_card(store, entry.sha256)["title"] in ("one", "two")
    assert not list(store.rglob(".*"))
    for writer in writers:
        assert writer.stdout is not None
        writer.stdout.close()


@pytest.mark.parametrize("after", [0.01, 0.05, 0.1])
def test_a_killed_process_leaves_a_readable_ledger(tmp_path: Path, after: float) -> None:
    store = tmp_path / "store"
    writer = run(WRITE, store, "killed", 100_000)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "ready\n"
    time.sleep(after)
    writer.send_signal(signal.SIGKILL)
    assert writer.wait(10) == -signal.SIGKILL
    writer.stdout.close()
    entries = retrieval_ledger.listed(store)
    for entry in entries:
        snapshots.read(store, entry.sha256)
    whole = [path for path in store.iterdir() if len(path.name) == 64]
    for path in whole:
        snapshots.path_of(store, path.name)
    for path in store.glob("[0-9a-f]*.json"):
        snapshots.read_card(store, path.stem)
    # Whoever comes next carries on in the same place.
    again = run(WRITE, store, "next", 3)
    assert again.wait(30) == 0
    assert again.stdout is not None
    again.stdout.close()
    assert [entry.version for entry in retrieval_ledger.listed(store)].count("next") == 3
