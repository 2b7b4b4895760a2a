"""The pandoc that comes with ``pypandoc_binary``: one place to call it from."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from send_jsna import processes
from send_jsna.errors import ReportError


@lru_cache(maxsize=1)
def pandoc_path() -> str:
    """The pandoc executable."""
    import pypandoc

    return str(pypandoc.get_pandoc_path())


def run_pandoc(
    arguments: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Run pandoc and return its standard output.

    Args:
        arguments: Its arguments; a warning counts as a failure.
        folder: Working directory, which image paths are relative to.
        environment: Variables to add.

    Raises:
        ReportError: pandoc failed or warned; the message quotes its line that says why.
    """
    done = subprocess.run(
        [pandoc_path(), "--fail-if-warnings", *arguments],
        cwd=folder,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        preexec_fn=processes.tied() if _writes_file(arguments) else None,
    )
    if done.returncode != 0:
        raise ReportError(
            f"pandoc could not render {_inputs(arguments)}: {said(done.stderr)}",
            remedy="correct the chapter or the filter named there",
        )
    return done.stdout


def said(stderr: str) -> str:
    """The line of a program's error output that says why: our filter's, a warning, else the last line."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    for mark in ("jsna:", "[WARNING]"):
        for line in lines:
            if mark in line:
                return line.partition(mark)[2].strip()
    # A fault of pandoc's own comes first, and a backtrace after it.
    for line in lines:
        if line.startswith("pandoc: "):
            return line.removeprefix("pandoc: ")
    return lines[-1] if lines else "it gave no reason"


def _writes_file(arguments: Sequence[str]) -> bool:
    """Whether pandoc must end with this process, and not finish a file that is no longer waited for.

    Without a file it finds out where it writes what it made. Tying it to this process is left out there: the
    child is then a copy of this process, which takes longer to make than pandoc takes for a short chapter.
    """
    return any(argument.startswith("--output") for argument in arguments)


def _inputs(arguments: Sequence[str]) -> str:
    chapters = [name for name in arguments if name.endswith(".qmd")]
    return chapters[0] if len(chapters) == 1 else "the report"
