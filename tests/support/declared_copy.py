"""A copy of everything the project declares, for tests that put faults into it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from send_jsna.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("data", "expectations", "notebooks", "reports")
PAGES = ("catalogue.md", "catalogue.schema.json")


def copied(folder: Path) -> Settings:
    """Copy what is declared into a folder, as links that :func:`change` parts from their originals."""
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name, copy_function=os.link)
    (folder / "docs").mkdir()
    for name in PAGES:
        os.link(ROOT / "docs" / name, folder / "docs" / name)
    return Settings(project_root=folder)


def write(path: Path, text: str) -> None:
    """Write a file of the copy, new or in another's place."""
    path.unlink(missing_ok=True)
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


def change(path: Path, old: str, new: str) -> int:
    """Put other words in the place of the first that are the same; the line they are on."""
    text = path.read_text(encoding="utf-8")
    assert old in text, (path.name, old)
    write(path, text.replace(old, new, 1))
    return text.count("\n", 0, text.index(old)) + 1


def append(path: Path, text: str) -> int:
    """Add to the end of a file; the line it begins on."""
    before = path.read_text(encoding="utf-8")
    write(path, before + text)
    return before.count("\n") + 1
