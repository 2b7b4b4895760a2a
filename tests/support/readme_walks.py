"""The walks of README.md's section "How to", as the blocks they are made of, and their carrying out.

A walk is what follows ``**its title.**``. Each fenced block of it is one of:

- ``sh``: commands, one a line, run in the project;
- ``text``: what is on the page that the sentence before it names;
- anything else: what goes into the file that is named last before it, at its end, or below the line that is
  quoted after ``below``. In a notebook it is cells, each begun by ``# %%``.

``FOLDER`` stands for a folder of the reader's. A step that says *(checked)* is one that ``jsna check`` names
until it is done.
"""

from __future__ import annotations

import html
import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import nbformat
import small_project

from send_jsna.execution.notebook_files import KERNEL

ROOT = Path(__file__).resolve().parents[2]
CHECKED = "*(checked)*"
_WALK = re.compile(r"^\*\*(?P<title>[^*]+)\.\*\*", re.MULTILINE)
_FENCE = re.compile(r"^(?P<indent> *)```(?P<kind>\w+)\n(?P<body>.*?)^ *```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"`((?:FOLDER|data|notebooks|reports|expectations)/[\w./-]+\.\w+)`")
_PAGE = re.compile(r"page `([\w.-]+\.html)`")
_BELOW = re.compile(r"below `([^`]+)`")
_CELL = re.compile(r"^# %%(?P<head>.*)\n", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block of a walk.

    Attributes:
        kind: Its language: ``sh``, ``text`` or that of a file.
        said: What the README says between it and the block before.
        body: What is in it, without the indentation of the step.
    """

    kind: str
    said: str
    body: str

    @property
    def file(self) -> str:
        """The file it goes into: the one named last before it."""
        named = _FILE.findall(self.said)
        assert named, f"no file is named before:\n{self.body}"
        return str(named[-1])

    @property
    def is_checked(self) -> bool:
        """Whether ``jsna check`` names what it does until that is done."""
        return CHECKED in self.said

    @property
    def asked_for(self) -> str:
        """What ``jsna check`` names of it: the file, or its first command."""
        return self.body.splitlines()[0] if self.kind == "sh" else self.file


def walk(title: str) -> list[Block]:
    """The blocks of a walk of the README, in order."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    titles = list(_WALK.finditer(text))
    place = next(place for place, found in enumerate(titles) if found["title"] == title)
    part = text[titles[place].end() : titles[place + 1].start() if place + 1 < len(titles) else len(text)]
    blocks, end = [], 0
    for found in _FENCE.finditer(part):
        body = re.sub(rf"^{found['indent']}", "", found["body"], flags=re.MULTILINE)
        blocks.append(Block(found["kind"], part[end : found.start()], body))
        end = found.end()
    assert blocks, title
    return blocks


@dataclass
class Reader:
    """Somebody who follows a walk in a project of their own.

    Attributes:
        project: The project.
        folder: What they call ``FOLDER``.
        site: Where the report was put that the last command made.
    """

    project: Path
    folder: Path
    site: Path | None = None
    _checked: str = ""

    def follow(self, block: Block) -> None:
        """Do what a block says."""
        self._checked = ""
        if block.kind == "sh":
            for line in block.body.splitlines():
                self.run(line)
        elif block.kind == "text":
            self.read(block)
        else:
            self.write(block)

    def check(self) -> str:
        """What ``jsna check`` says; it is asked once between two blocks."""
        if not self._checked:
            done = small_project.jsna(self.project, "check")
            self._checked = done.stdout + done.stderr
        return self._checked

    def run(self, line: str) -> None:
        """Run a command, which must end well."""
        program, *arguments = shlex.split(line.replace("FOLDER", str(self.folder)))
        assert program == "jsna", line
        done = small_project.jsna(self.project, *arguments)
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        if made := re.search(r"^Report: (.*)/index\.html$", done.stdout, re.MULTILINE):
            self.site = Path(made[1])

    def read(self, block: Block) -> None:
        """See that a page says what it should."""
        assert self.site is not None
        (page,) = _PAGE.findall(block.said)
        assert " ".join(block.body.split()) in _shown(self.site / page)

    def write(self, block: Block) -> None:
        """Put a block into its file."""
        inside, _, outside = block.file.partition("FOLDER/")
        path = self.folder / outside if outside else self.project / inside
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        if path.suffix == ".ipynb":
            path.write_text(_with_cells(before, block.body), encoding="utf-8")
        elif below := _BELOW.findall(block.said):
            line = f"{below[-1]}\n"
            assert before.count(line) == 1, line
            path.write_text(before.replace(line, line + block.body), encoding="utf-8")
        else:
            path.write_text(before + block.body, encoding="utf-8")


def _with_cells(before: str, text: str) -> str:
    """A notebook with more cells, as an editor saves it: with ids of its own."""
    v4 = nbformat.v4
    notebook = nbformat.reads(before, as_version=4) if before else v4.new_notebook()
    notebook["metadata"].setdefault("kernelspec", KERNEL)
    parts = _CELL.split(text)
    assert not parts[0].strip(), "a cell begins with # %%"
    for head, source in zip(parts[1::2], parts[2::2], strict=True):
        if "[markdown]" in head:
            cell = v4.new_markdown_cell(re.sub(r"^# ?", "", source.strip(), flags=re.MULTILINE))
        else:
            cell = v4.new_code_cell(source.strip())
        if tags := re.search(r"tags=(\[.*\])", head):
            cell["metadata"]["tags"] = json.loads(tags[1])
        notebook["cells"].append(cell)
    return str(nbformat.writes(notebook))


def _shown(page: Path) -> str:
    """What a page says, without the letters of its notes."""
    text = re.sub(r"<(script|style)\b.*?</\1>", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    plain = html.unescape(re.sub(r"<[^>]*>", "", text))
    return " ".join(re.sub(r"\u2060?\[[a-z]+\]", "", plain).split())
