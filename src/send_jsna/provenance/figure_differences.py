"""How the figures of a notebook differ from those it published before, as its author reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from send_jsna.figures.records import FigureRecord

#: What differs once a cell is put in above, and is not the figure's.
_NOT_COMPARED = {"execution_count", "files"}
_LONGEST = 60  # characters of a value that is shown


@dataclass(frozen=True)
class Differences:
    """How figures differ, by id.

    Attributes:
        same: Ids of the figures that are as they were.
        changed: Id → what was and what is now, in a few words.
        new: Ids only the second has.
        gone: Ids only the first has.
    """

    same: list[str]
    changed: dict[str, str]
    new: list[str]
    gone: list[str]

    def line(self) -> str:
        """The counts on one line."""
        return (
            f"{len(self.same)} figures the same, {len(self.changed)} changed, {len(self.new)} new,"
            f" {len(self.gone)} gone"
        )


def differences(
    before: Mapping[str, FigureRecord], now: Mapping[str, FigureRecord], folders: tuple[Path, Path]
) -> Differences:
    """Compare figures by id.

    Args:
        before: The figures as they were.
        now: The figures as they are.
        folders: The folders with the pictures of the one and of the other.
    """
    both = sorted(before.keys() & now.keys())
    found = {key: _difference(before[key], now[key]) or _picture(now[key], folders) for key in both}
    return Differences(
        same=[key for key in both if not found[key]],
        changed={key: text for key, text in found.items() if text},
        new=sorted(now.keys() - before.keys()),
        gone=sorted(before.keys() - now.keys()),
    )


def _difference(before: FigureRecord, now: FigureRecord) -> str:
    """What a reader would see to have changed, else what was recorded differently; empty where nothing."""
    if bool(before.refused) != bool(now.refused):
        return f"{_shown(before)} → {_shown(now)}"
    if before.shown != now.shown:
        return f"{_short(before.shown)} → {_short(now.shown)}"
    if before.columns == now.columns and len(before.rows) == len(now.rows):
        cells = [
            f"{old[0]}, {now.columns[place]}: {_short(old[place])} → {_short(new[place])}"
            for old, new in zip(before.rows, now.rows, strict=True)
            for place in range(len(now.columns))
            if old[place] != new[place]
        ]
        if cells:
            return cells[0] + (f" and {len(cells) - 1} more cells" if len(cells) > 1 else "")
    old, new = (record.model_dump(exclude=_NOT_COMPARED) for record in (before, now))
    for name, value in new.items():
        if value != old[name]:
            if isinstance(value, list):
                return f"{name}: {len(old[name])} → {len(value)} entries"
            return f"{name}: {_short(str(old[name]))} → {_short(str(value))}"
    return ""


def _shown(record: FigureRecord) -> str:
    return f"refused ({_short(record.refused)})" if record.refused else _short(record.shown or record.kind)


def _picture(record: FigureRecord, folders: tuple[Path, Path]) -> str:
    """Whether the picture of a chart with the same data looks otherwise."""
    name = record.files.get("svg")
    paths = [folder / name for folder in folders] if name else []
    contents = {path.read_bytes() if path.is_file() else b"" for path in paths}
    return "the picture" if len(contents) > 1 else ""


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
