"""Files: written whole or not at all, and their hashes."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

import pytest

from send_jsna import files


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    files.write_json(path, {"name": "Zoë", "of": [1]})
    assert path.read_bytes() == '{\n "name": "Zoë",\n "of": [\n  1\n ]\n}\n'.encode()
    files.write_whole(path, b"\xff\r\n")
    assert path.read_bytes() == b"\xff\r\n"
    files.write_whole(path, "é\n")
    assert path.read_bytes() == b"\xc3\xa9\n"
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_fails_leaves_the_file_before_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    files.write_whole(path, "before")

    def refuse(*_: object) -> None:
        raise OSError("no")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="no"):
        files.write_whole(path, "after")
    assert path.read_text(encoding="utf-8") == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_the_hashes_of_bytes_of_a_file_and_of_blocks_are_one(tmp_path: Path) -> None:
    content = b"Coventry" * 100_000
    (tmp_path / "a").write_bytes(content)
    expected = hashlib.sha256(content).hexdigest()
    assert files.sha256(content) == files.sha256_of(tmp_path / "a") == expected
    assert files.sha256_of_blocks([content[:7], b"", content[7:]]) == expected


def test_a_zip_file_without_times_depends_on_its_content_alone() -> None:
    def packed(names: list[str], year: int) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as file:
            for name in names:
                file.writestr(zipfile.ZipInfo(name, (year, 1, 2, 3, 4, 6)), name)
        return out.getvalue()

    names = ["b.xml", "a.xml", "[Content_Types].xml"]
    first = files.undated(packed(names, 2025))
    assert first == files.undated(packed(names[::-1], 2026))
    changed = files.undated(first, lambda name, data: b"new" if name == "a.xml" else data)
    with zipfile.ZipFile(io.BytesIO(changed)) as file:
        assert file.namelist() == ["[Content_Types].xml", "a.xml", "b.xml"]
        assert [file.read(name) for name in file.namelist()] == [b"[Content_Types].xml", b"new", b"b.xml"]
        assert {entry.date_time for entry in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
