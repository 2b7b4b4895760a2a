"""The store: a folder an entry, named by its key; written whole, read back by its hashes, limited in size."""

from __future__ import annotations

import json
import logging
import os
import shutil
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from send_jsna.cache.key import Key
from send_jsna.files import json_text, sha256

log = logging.getLogger("send_jsna")

_CARD = "entry.json"
_CONTENT = "files"
_UNFINISHED = ".unfinished-"
_MIB = 1 << 20


@dataclass(frozen=True)
class Made:
    """What a step made.

    Attributes:
        record: What its caller wants to know of it: plain data.
        files: Content of the files it wrote, by their name from the folder it wrote to.
    """

    record: Any = None
    files: Mapping[str, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path, names: Sequence[str], record: Any = None) -> Made:
        """What a step wrote into a folder."""
        return cls(record, {name: (folder / name).read_bytes() for name in names})

    def write(self, folder: Path) -> None:
        """Write the files into a folder; those that are there are replaced."""
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


@dataclass(frozen=True)
class Entry:
    """An entry of the store.

    Attributes:
        step: What was done.
        unit: What it was done to.
        folder: Where it is stored.
        size: Bytes of its files.
        used: When it was last stored or used, in seconds since 1970.
    """

    step: str
    unit: str
    folder: Path
    size: int
    used: float


class Store:
    """What steps made, by key.

    A store that cannot be read or written never fails a run: it is as if it were empty.

    Args:
        folder: Where the entries are; made when the first is stored, for its user alone.
        limit: MiB that :meth:`trim` leaves.
        reuse: Whether what is stored is given out; without it everything is made, and stored, anew.
    """

    def __init__(self, folder: Path, limit: int, *, reuse: bool = True) -> None:
        self.folder = folder
        self.limit = limit
        self.reuse = reuse
        #: How often a step was not needed, and how often it was made, by its name.
        self.reused: Counter[str] = Counter()
        self.made: Counter[str] = Counter()

    def get(self, key: Key) -> Made | None:
        """What a step with this key made; None where it is to be made.

        An entry that is damaged is removed. Why a step with another key than before is made again is logged.
        """
        if not self.reuse:
            return None
        place = self._place(key)
        try:
            found = _read(place)
        except FileNotFoundError:
            if not place.exists():
                self._say_why(key)
                return None
            found = None
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            found = None
        if found is None:
            log.warning("cache: %s %s was damaged and is made again", key.step, key.unit)
            _remove(place)
            return None
        with suppress(OSError):
            os.utime(place / _CARD)
        self.reused[key.step] += 1
        log.info("cache: %s %s is as before", key.step, key.unit)
        return found

    def put(self, key: Key, again: Key, made: Made) -> None:
        """Store what a step made, in place of what is stored under its key.

        Args:
            key: Its key before it began.
            again: Its key once it had ended. Where it is another, nothing is stored: what changed meanwhile
                may or may not have been read.
            made: What it made.
        """
        self.made[key.step] += 1
        if again != key:
            log.info("cache: %s %s is not stored, since what it reads has changed", key.step, key.unit)
            return
        place = self._place(key)
        scratch = self.folder / f"{_UNFINISHED}{uuid.uuid4().hex}"
        try:
            for folder in (self.folder, place.parent):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.folder.chmod(0o700)
            made.write(scratch / _CONTENT)
            card = {
                "step": key.step,
                "unit": key.unit,
                "parts": dict(key.parts),
                "record": made.record,
                "files": {name: sha256(content) for name, content in made.files.items()},
            }
            text = json_text(card)
            scratch.mkdir(exist_ok=True)
            (scratch / _CARD).write_text(json_text({"sha256": sha256(text.encode()), "card": text}))
            if place.exists():
                _remove(place)
            scratch.rename(place)
        except OSError as error:
            if not place.exists():  # else another process stored the same at the same time
                log.warning("cache: %s %s could not be stored (%s)", key.step, key.unit, error.strerror)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def entries(self) -> list[Entry]:
        """All entries, the one that was used longest ago first."""
        found = []
        for card in self.folder.glob(f"*/*/*/{_CARD}"):
            with suppress(OSError):
                size = sum(path.stat().st_size for path in card.parent.rglob("*") if path.is_file())
                step, unit, _ = card.parent.relative_to(self.folder).parts
                found.append(Entry(step, unit, card.parent, size, card.stat().st_mtime))
        return sorted(found, key=lambda entry: entry.used)

    def trim(self) -> int:
        """Remove what was used longest ago until no more than the limit is left; the number removed."""
        entries = self.entries()
        over = sum(entry.size for entry in entries) - self.limit * _MIB
        removed = 0
        for entry in entries:
            if over <= 0:
                break
            _remove(entry.folder)
            over -= entry.size
            removed += 1
        return removed

    def clear(self) -> int:
        """Remove every entry, and what killed processes left; the number of entries removed."""
        count = len(self.entries())
        shutil.rmtree(self.folder, ignore_errors=True)
        return count

    def _place(self, key: Key) -> Path:
        return self.folder / key.step / key.unit / key.digest

    def _say_why(self, key: Key) -> None:
        """Log in what a step differs from the last one that was stored of the same."""
        for parts in self._newest_parts(key):
            names = key.changed_from(parts)
            some = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
            log.info("cache: %s %s is made again, since changed: %s", key.step, key.unit, some)
            return
        log.info("cache: %s %s is made for the first time", key.step, key.unit)

    def _newest_parts(self, key: Key) -> Iterator[Mapping[str, str]]:
        cards = (self.folder / key.step / key.unit).glob(f"*/{_CARD}")
        with suppress(OSError, ValueError, KeyError, TypeError):
            for path in sorted(cards, key=lambda path: path.stat().st_mtime, reverse=True):
                yield _card(path)["parts"]


def made_once(
    store: Store | None, key: Callable[[], Key], folder: Path, make: Callable[[], Sequence[str]]
) -> None:
    """Write into a folder what a step makes: what is stored of it, or made now and then stored.

    Args:
        store: The store; None makes it and stores nothing.
        key: Gives the step's key as things are when it is called.
        folder: The folder.
        make: Makes the step's files and gives their names from the folder.
    """
    if store is None:
        make()
        return
    before = key()
    made = store.get(before)
    if made is not None:
        made.write(folder)
        return
    names = make()
    store.put(before, key(), Made.of(folder, names))


def _read(place: Path) -> Made | None:
    """The content of an entry; None where a byte of it is not what was stored."""
    card = _card(place / _CARD)
    files = {name: (place / _CONTENT / name).read_bytes() for name in card["files"]}
    if any(sha256(content) != card["files"][name] for name, content in files.items()):
        return None
    return Made(card["record"], files)


def _card(path: Path) -> dict[str, Any]:
    """An entry's card.

    Raises:
        OSError: It cannot be read.
        ValueError: It is not what was stored.
    """
    stored = json.loads(path.read_text(encoding="utf-8"))
    if sha256(stored["card"].encode()) != stored["sha256"]:
        raise ValueError("not what was stored")
    found: dict[str, Any] = json.loads(stored["card"])
    return found


def _remove(place: Path) -> None:
    """Remove an entry at once for others: it is renamed first."""
    gone = place.parents[2] / f"{_UNFINISHED}{uuid.uuid4().hex}"
    with suppress(OSError):
        place.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)
