"""Declared YAML files: a fault in one is named with file and line, on one line."""

from __future__ import annotations

import re
import time
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from send_jsna.catalogue.yaml_file import Declared
from send_jsna.errors import CatalogueError


class Item(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    sizes: list[int] = []


class File(BaseModel):
    items: list[Item]


GOOD = "items:\n  - name: a\n    sizes: [1, 2]\n  - name: b\n    sizes:\n      - 3\n      - 4\n"


def declare(tmp_path: Path, content: str | bytes) -> Path:
    path = tmp_path / "data" / "items.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("before", ["", "\ufeff", "# a comment\n\n"])
def test_data_and_lines(tmp_path: Path, before: str) -> None:
    declared = Declared(declare(tmp_path, before + GOOD), root=tmp_path)
    assert [item.name for item in declared.as_model(File).items] == ["a", "b"]
    shift = before.count("\n")
    assert declared.where("items", 1, "sizes", 1) == f"data/items.yaml, line {7 + shift}"
    assert declared.where("items", 1, "no such key") == f"data/items.yaml, line {4 + shift}"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (GOOD.replace("- 4", "- four"), "line 7: items.1.sizes.1: Input should be a valid integer"),
        (GOOD.replace("name: b", "title: b"), "line 4: the key items.1.name is missing"),
        (GOOD.replace("- 4\n", "- 4\n    colour: red\n"), "line 8: unknown key items.1.colour"),
        (GOOD.replace("sizes: [1, 2]", "name: c"), "line 3: the key name is duplicated"),
        (GOOD.replace("[1, 2]", "[1, 2"), "is not valid YAML"),
        (GOOD.encode("utf-16"), "is not UTF-8"),
        ("", "Input should be a valid dictionary"),
    ],
)
def test_faults(tmp_path: Path, content: str | bytes, message: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        Declared(declare(tmp_path, content), root=tmp_path).as_model(File)
    assert message in caught.value.line()
    assert caught.value.line().startswith("data/items.yaml")
    assert "\n" not in caught.value.line()


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"items.yaml: cannot be read \(No such file"):
        Declared(tmp_path / "items.yaml", root=tmp_path)


def bomb(first: str, link: str) -> str:
    """A short text whose aliases, written out, are ten thousand million parts."""
    lines = [f"a: &a {first}"]
    names = "abcdefghij"
    for before, name in pairwise(names):
        lines.append(f"{name}: &{name} {link.format(', '.join([f'*{before}'] * 10))}")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (bomb("[x, x, x, x]", "[{}]"), "grows by more than 100,000 parts when its aliases are written out"),
        (bomb("{k: x}", "{{<<: [{}]}}"), "grows by more than 100,000 parts"),
        (bomb("x", "{{p: [{}], q: y}}"), "grows by more than 100,000 parts"),
        ("a: &a [*a]\n", "an alias repeats the part it is in"),
        ("a: &a {b: {c: [*a]}}\n", "an alias repeats the part it is in"),
        ("- " * 100_000 + "x\n", "nests more than 50 deep"),
        ("[" * 100_000 + "\n", "nests more than 50 deep"),
        ("a: 2023-13-45\n", "has a date or a number that is not valid"),
        (f"a: {'1' * 5000}\n", "has a date or a number that is not valid"),
        ("? [a, b]\n: c\n", "a key is no text"),
    ],
)
def test_a_file_that_bursts_is_one_line_at_once(tmp_path: Path, content: str, message: str) -> None:
    begun = time.perf_counter()
    with pytest.raises(CatalogueError, match=message) as caught:
        Declared(declare(tmp_path, content), root=tmp_path)
    assert time.perf_counter() - begun < 2
    assert caught.value.line().startswith("data/items.yaml")
    assert caught.value.exit_code == 3


def test_an_alias_that_repeats_a_list_is_read(tmp_path: Path) -> None:
    declared = Declared(declare(tmp_path, "a: &a [1, 2]\nb: *a\nc: {<<: {d: 3}}\n"))
    assert declared.data == {"a": [1, 2], "b": [1, 2], "c": {"d": 3}}
    assert declared.where("b", 1).endswith("line 1")


def test_every_reader_of_declared_files_is_this_one() -> None:
    """Whoever calls the library itself opens the way for a file that bursts."""
    package = Path(__file__).resolve().parents[3] / "src"
    calls = re.compile(r"yaml\.(safe_load|load|full_load|unsafe_load|compose)")
    assert not [str(path) for path in package.rglob("*.py") if calls.search(path.read_text(encoding="utf-8"))]
