"""README's walks, followed word for word to the rendered page: what is in them is known from there alone."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
import readme_walks
from readme_walks import Block, Reader, walk

FOLDERS = ("data", "expectations", "notebooks", "reports", "docs")
#: Each begins where the one before it ended, as the README says.
OF_ONE_EDITION = ("make a new edition", "add a source", "add an indicator")
OF_ANY_RUN = ("add a supplement", "write a chapter")


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """Somebody with an empty folder and a checkout, without what takes long and no walk looks at."""
    root = project(tmp_path_factory.mktemp("howto") / "project")
    for companion in (root / "data" / "editions").glob("*-authorities"):
        shutil.rmtree(companion)
    (root / "data" / "claims" / "slides-2023.yaml").unlink()
    return Reader(root, tmp_path_factory.mktemp("downloads"))


def project(folder: Path) -> Path:
    """A copy of the project, whose files may be changed."""
    for name in FOLDERS:
        shutil.copytree(readme_walks.ROOT / name, folder / name)
    return folder


def follow(reader: Reader, title: str) -> None:
    """Follow a walk, and ask ``jsna check`` before and after each step that it is to name."""
    for block in walk(title):
        asked = block.is_checked and named(reader, block)
        assert asked or not block.is_checked, (block.said, reader.check())
        reader.follow(block)
        assert not (asked and asked & named(reader, block)), block.said
    assert re.fullmatch(r"\d+ declared files checked\.\n", reader.check())


def named(reader: Reader, block: Block) -> set[str]:
    """The lines of ``jsna check`` that name what a block does."""
    return {line for line in reader.check().splitlines() if block.asked_for in line}


@pytest.mark.parametrize("title", OF_ONE_EDITION)
def test_what_is_added_to_an_edition_that_is_being_made_is_on_the_page(reader: Reader, title: str) -> None:
    follow(reader, title)


@pytest.mark.parametrize("title", OF_ANY_RUN)
def test_what_is_made_on_a_finished_run_is_on_the_page(title: str, built_run: Path, tmp_path: Path) -> None:
    reader = Reader(project(tmp_path / "project"), tmp_path)
    runs = reader.project / "runs"
    shutil.copytree(built_run, runs / built_run.name, copy_function=os.link)
    (runs / "latest").symlink_to(built_run.name)
    follow(reader, title)


def test_every_walk_ends_on_a_page() -> None:
    for title in (*OF_ONE_EDITION, *OF_ANY_RUN):
        assert walk(title)[-1].kind == "text", title
