"""The cache of steps: a key changes with everything a step reads, and what is damaged is made again."""

from __future__ import annotations

import ast
import json
import os
import shutil
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import send_jsna
from send_jsna.cache import Key, Made, Store, all_modules, code, code_of, files_of, hash_of, hash_of_frame
from send_jsna.execution import notebook_page, reuse
from send_jsna.report import pandoc_documents, pandoc_pages
from send_jsna.validation import edition as validated

KEY = Key("validate", "E08000026-2025.placement", {"suite": "a", "rows": "b"})
MADE = Made({"passed": True}, {"figures/a.json": b"{}", "notebooks/n.ipynb": b"\x00\xff"})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store."""
    return Store(tmp_path / "cache", 10)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the package's source in place of it, to be edited."""
    copy = tmp_path / "send_jsna"
    shutil.copytree(Path(send_jsna.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(send_jsna, "__file__", str(copy / "__init__.py"))
    code._modules.cache_clear()
    yield copy
    code._modules.cache_clear()


class TestStore:
    def test_it_gives_back_what_was_stored(self, store: Store, tmp_path: Path) -> None:
        assert store.get(KEY) is None
        store.put(KEY, KEY, MADE)
        found = store.get(KEY)
        assert found == MADE
        found.write(tmp_path / "run")
        assert (tmp_path / "run/notebooks/n.ipynb").read_bytes() == b"\x00\xff"

    @pytest.mark.parametrize("part", ["step", "unit", "parts"])
    def test_another_key_finds_nothing(self, store: Store, part: str) -> None:
        store.put(KEY, KEY, MADE)
        other = {"step": "execute", "unit": "E08000025-2025.placement", "parts": {"suite": "a", "rows": "c"}}
        assert store.get(replace(KEY, **{part: other[part]})) is None

    def test_it_is_its_users_alone(self, store: Store) -> None:
        store.put(KEY, KEY, MADE)
        assert store.folder.stat().st_mode & 0o077 == 0

    def test_what_changed_while_it_was_made_is_not_stored(self, store: Store) -> None:
        store.put(KEY, replace(KEY, parts={"suite": "edited", "rows": "b"}), MADE)
        assert store.get(KEY) is None

    def test_without_reuse_everything_is_made_and_stored(self, store: Store) -> None:
        store.put(KEY, KEY, MADE)
        forced = Store(store.folder, 10, reuse=False)
        assert forced.get(KEY) is None
        forced.put(KEY, KEY, Made("anew"))
        assert store.get(KEY) == Made("anew")

    def test_every_damaged_byte_is_found_and_the_entry_removed(self, store: Store) -> None:
        store.put(KEY, KEY, MADE)
        (place,) = (entry.folder for entry in store.entries())
        files = [path for path in place.rglob("*") if path.is_file()]
        assert len(files) == 3
        for path in files:
            whole = path.read_bytes()
            for at in range(len(whole)):
                path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
                assert store.get(KEY) is None, (path.name, at)
                assert not place.exists()
                store.put(KEY, KEY, MADE)
        assert store.get(KEY) == MADE

    @pytest.mark.parametrize("damage", ["missing file", "cut card", "no card", "folder for a file"])
    def test_an_entry_in_pieces_is_made_again(self, store: Store, damage: str) -> None:
        store.put(KEY, KEY, MADE)
        (place,) = (entry.folder for entry in store.entries())
        card, file = place / "entry.json", place / "files/figures/a.json"
        if damage == "cut card":
            card.write_bytes(card.read_bytes()[:40])
        elif damage == "no card":
            card.unlink()
        else:
            file.unlink()
            if damage == "folder for a file":
                file.mkdir()
        assert store.get(KEY) is None
        store.put(KEY, KEY, MADE)
        assert store.get(KEY) == MADE

    def test_what_was_used_longest_ago_goes_first(self, tmp_path: Path) -> None:
        store = Store(tmp_path / "cache", 2)
        keys = [replace(KEY, unit=f"unit{number}") for number in range(3)]
        for key in keys:
            store.put(key, key, Made(None, {"big": bytes(900_000)}))
        assert store.get(keys[0])
        assert store.trim() == 1
        assert [store.get(key) is not None for key in keys] == [True, False, True]

    def test_clearing_leaves_nothing(self, store: Store) -> None:
        store.put(KEY, KEY, MADE)
        (store.folder / ".unfinished-left-by-a-killed-process").mkdir()
        assert store.clear() == 1
        assert not store.folder.exists()
        assert store.clear() == 0

    def test_a_folder_that_cannot_be_written_fails_nothing(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way")
        store = Store(tmp_path / "file" / "cache", 10)
        store.put(KEY, KEY, MADE)
        assert store.get(KEY) is None
        assert (store.entries(), store.trim(), store.clear()) == ([], 0, 0)

    def test_several_may_store_the_same_at_once(self, store: Store) -> None:
        threads = [threading.Thread(target=store.put, args=(KEY, KEY, MADE)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert store.get(KEY) == MADE
        assert len(store.entries()) == 1
        assert not list(store.folder.glob(".unfinished*"))


class TestKeys:
    def test_a_hash_is_of_the_content(self, tmp_path: Path) -> None:
        (tmp_path / "data").mkdir()
        file = tmp_path / "data" / "a.csv"
        file.write_text("1")
        before = files_of(tmp_path, "data")
        file.write_text("1")
        assert files_of(tmp_path, "data") == before
        file.write_text("2")
        assert files_of(tmp_path, "data") != before
        (tmp_path / "data" / ".hidden").touch()
        assert files_of(tmp_path, "data", "missing") == files_of(tmp_path, "data/a.csv")

    def test_folders_that_are_links_are_followed_and_a_loop_of_them_ends(self, tmp_path: Path) -> None:
        """A council may keep its extracts elsewhere: a change there is a change."""
        elsewhere = tmp_path / "drive"
        elsewhere.mkdir()
        (elsewhere / "extract.csv").write_text("1")
        (tmp_path / "project" / "data").mkdir(parents=True)
        (tmp_path / "project" / "data" / "council").symlink_to(elsewhere)
        (elsewhere / "back").symlink_to(tmp_path / "project" / "data")
        before = files_of(tmp_path / "project", "data")
        assert list(before) == ["data/council/extract.csv"]
        (elsewhere / "extract.csv").write_text("2")
        assert files_of(tmp_path / "project", "data") != before

    def test_a_table_is_hashed_with_its_columns_types_and_values(self) -> None:
        frame = pd.DataFrame({"value": [1.0, 2.0], "area": ["a", "b"]})
        others = [
            frame.assign(value=[1.0, 2.5]),
            frame.assign(value=[1.0, None]),
            frame.assign(value=[1, 2]),
            frame.rename(columns={"area": "code"}),
            frame.iloc[::-1],
            frame.iloc[:1],
            frame[["area", "value"]],
        ]
        hashes = [hash_of_frame(part) for part in (frame, *others)]
        assert len(set(hashes)) == len(hashes)
        assert hash_of_frame(frame.set_index(pd.Index([7, 8]))) == hashes[0]

    def test_plain_data_has_one_hash_in_any_order(self) -> None:
        assert hash_of({"a": 1, "b": [2]}) == hash_of({"b": [2], "a": 1})
        assert hash_of({"a": 1}) != hash_of({"a": "1"})


class TestCode:
    def test_every_import_of_every_module_is_seen(self) -> None:
        root = Path(send_jsna.__file__).parent
        for path in root.rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            expected = set()
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Import):
                    expected.update(part.name for part in node.names)
                elif isinstance(node, ast.ImportFrom):
                    assert node.level == 0, f"{path}: a relative import is not seen"
                    expected.update(
                        [str(node.module), *(f"{node.module}.{part.name}" for part in node.names)]
                    )
            own = {name for name in expected if name.split(".")[0] == "send_jsna"}
            assert own == code.imports_of(text), path

    @pytest.mark.parametrize(
        "step",
        [
            validated._CODE,
            reuse._CODE,
            [notebook_page.__name__],
            [pandoc_pages.__name__],
            [pandoc_documents.__name__],
        ],
        ids=["validate", "execute", "notebook_page", "page", "pdf and docx"],
    )
    def test_a_byte_in_any_module_a_step_reaches_changes_its_key_and_no_other_does(
        self, package: Path, step: Sequence[str]
    ) -> None:
        before = code_of(step)
        for name in all_modules():
            path = code._modules()[name].path
            whole, state = path.read_bytes(), path.stat()
            path.write_bytes(whole + b"#")
            changed = {key for key, found in code_of(step).items() if before[key] != found}
            assert changed == ({f"code {name}"} & before.keys()), name
            path.write_bytes(whole)
            os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
        assert code_of(step) == before

    def test_the_key_is_of_the_content_and_not_of_the_time(self, package: Path) -> None:
        before = code_of(["send_jsna.wording"])
        path = package / "wording.py"
        whole, found = path.read_bytes(), []
        for content in (whole + b"#", whole):
            path.write_bytes(content)
            code._modules.cache_clear()
            found.append(code_of(["send_jsna.wording"]))
        assert found[0] != before
        assert found[1] == before

    def test_a_module_edited_while_the_process_runs_is_no_key_of_any_run(self, package: Path) -> None:
        before = code_of(["send_jsna.wording"])
        path = package / "wording.py"
        path.write_bytes(path.read_bytes() + b"#")
        first, second = code_of(["send_jsna.wording"]), code_of(["send_jsna.wording"])
        assert len({found["code send_jsna.wording"] for found in (before, first, second)}) == 3

    def test_code_beside_the_package_brings_what_it_imports(self) -> None:
        cell = "from send_jsna.evidence.trend import (\n    growth,  # of a series\n)\n"
        assert "code send_jsna.evidence.trend.growth" in code_of([], cell)
        assert "code send_jsna.evidence.trend.growth" not in code_of([], "x = 1")

    def test_another_library_is_another_key(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        before = code_of([])
        record = tmp_path / "other-1.0.dist-info" / "RECORD"
        record.parent.mkdir()
        record.write_text("other/__init__.py,sha256=a,1\n")
        monkeypatch.syspath_prepend(tmp_path)
        found = []
        for text in (record.read_text(), "other/__init__.py,sha256=b,1\n"):
            record.write_text(text)
            code.libraries.cache_clear()
            found.append(code_of([]))
        monkeypatch.undo()
        code.libraries.cache_clear()
        assert len({json.dumps(key) for key in (before, *found)}) == 3
        assert code_of([]) == before
