"""How far a run is: a live display on a terminal, plain lines when piped, nothing with ``--quiet``.

The display goes to standard error; only a command's result goes to standard output. Stages report to whatever
display is in use, so that they need not know who called them: the command line, a Prefect task or a test.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID


class Display(Protocol):
    """What a stage tells of itself."""

    def start(self, stage: str) -> None:
        """A stage begins."""

    def step(self, stage: str, text: str, done: int, total: int) -> None:
        """A part of a stage is done."""

    def moved(self, stage: str, name: str, done: int, total: int | None) -> None:
        """Bytes of a file came in, of so many in all where that is known."""

    def end(self, stage: str, text: str, seconds: float) -> None:
        """A stage has ended; the text says what came of it."""

    def close(self) -> None:
        """Nothing more will come."""


class Silent:
    """Says nothing."""

    def start(self, stage: str) -> None:
        """Nothing."""

    def step(self, stage: str, text: str, done: int, total: int) -> None:
        """Nothing."""

    def moved(self, stage: str, name: str, done: int, total: int | None) -> None:
        """Nothing."""

    def end(self, stage: str, text: str, seconds: float) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


class Lines(Silent):
    """One plain line for each stage and step, for logs and pipes."""

    def __init__(self) -> None:
        self._stream = sys.stderr

    def step(self, stage: str, text: str, done: int, total: int) -> None:
        """One line."""
        self._write(f"{stage:<9} {done}/{total} {text}")

    def end(self, stage: str, text: str, seconds: float) -> None:
        """One line."""
        self._write(f"{stage:<9} {text} ({seconds:.1f} s)")

    def _write(self, line: str) -> None:
        print(line, file=self._stream, flush=True)


class Live:
    """A live display for a terminal."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self._progress: RichProgress = Progress(
            SpinnerColumn(finished_text="[green]✓[/]"),
            TextColumn("{task.description:<9}"),
            BarColumn(bar_width=20),
            TimeElapsedColumn(),
            TextColumn("{task.fields[detail]}"),
            console=Console(stderr=True),
        )
        self._tasks: dict[str, TaskID] = {}
        self._files: dict[str, TaskID] = {}
        self._lock = threading.Lock()
        self._progress.start()

    def start(self, stage: str) -> None:
        """A line with a moving bar."""
        self._tasks[stage] = self._progress.add_task(stage, total=None, detail="")

    def step(self, stage: str, text: str, done: int, total: int) -> None:
        """The bar grows."""
        self._progress.update(self._tasks[stage], completed=done, total=total, detail=text)

    def moved(self, stage: str, name: str, done: int, total: int | None) -> None:
        """A file has a bar of its own, by bytes, for as long as it is under way."""
        share = f"{done / 1e6:,.1f} of {total / 1e6:,.1f} MB" if total else f"{done / 1e6:,.1f} MB"
        with self._lock:
            if name not in self._files:
                self._files[name] = self._progress.add_task("", total=total, detail="")
            shown = name if len(name) < 70 else f"…{name[-68:]}"
            self._progress.update(self._files[name], completed=done, total=total, detail=f"{share}  {shown}")
            if total is not None and done >= total:
                self._progress.remove_task(self._files.pop(name))

    def end(self, stage: str, text: str, seconds: float) -> None:
        """The bar is full, and those of files are gone."""
        with self._lock:
            for task in self._files.values():
                self._progress.remove_task(task)
            self._files.clear()
        self._progress.update(self._tasks[stage], completed=1, total=1, detail=text)

    def close(self) -> None:
        """Leave the terminal as it was, the finished lines on it."""
        self._progress.stop()


_display: Display = Silent()


@contextmanager
def shown_on(display: Display) -> Iterator[None]:
    """Let stages report to a display while the block runs."""
    global _display
    before, _display = _display, display
    try:
        yield
    finally:
        _display = before
        display.close()


def choose(*, quiet: bool = False) -> Display:
    """The display that fits: nothing, live on a terminal, else plain lines."""
    if quiet:
        return Silent()
    return Live() if sys.stderr.isatty() else Lines()


class Stage:
    """A stage under way; measures its wall time.

    Attributes:
        name: The stage's name.
        outcome: What to say of it at its end.
        seconds: Wall seconds it took; zero until it has ended.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.outcome = ""
        self.seconds = 0.0

    def step(self, text: str, done: int, total: int) -> None:
        """Report that a part of the stage is done."""
        _display.step(self.name, text, done, total)

    def moved(self, name: str, done: int, total: int | None) -> None:
        """Report that bytes of a file came in."""
        _display.moved(self.name, name, done, total)


@contextmanager
def stage(name: str) -> Iterator[Stage]:
    """Report a stage's start and end, and measure it."""
    under_way = Stage(name)
    begun = time.perf_counter()
    _display.start(name)
    yield under_way
    under_way.seconds = round(time.perf_counter() - begun, 3)
    _display.end(name, under_way.outcome, under_way.seconds)
