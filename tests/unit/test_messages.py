"""What messages and docstrings send a person to is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: A declared file by its name; the name may begin with a placeholder, which is not checked.
DECLARED = re.compile(r"(?<![}\w.-])[a-z][a-z0-9_-]*\.yaml\b")


def test_every_declared_file_that_is_named_is_in_the_project() -> None:
    there = {path.name for path in [*ROOT.glob("*.yaml"), *(ROOT / "data").rglob("*.yaml")]}
    named = {
        name: path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "src").rglob("*.py"))
        for name in DECLARED.findall(path.read_text(encoding="utf-8"))
    }
    assert len(named) > 10
    assert {name: path for name, path in named.items() if name not in there} == {}
