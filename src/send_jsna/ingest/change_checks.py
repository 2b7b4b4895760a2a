"""The gate between what a publisher sends and what is used: what changed since the last good snapshot.

A publisher renames a column, drops a period, recodes an area or puts a web page where a file was. None of
this may turn into a figure unseen. What the gate finds is stated in full sentences; one that stops leaves
the last good snapshot in use until a person has looked and accepted the new one (``jsna fetch SOURCE
--accept``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from send_jsna.catalogue.areas import Areas
from send_jsna.ingest import counterparts
from send_jsna.ingest.counterparts import Counterpart
from send_jsna.ingest.profile import FileProfile
from send_jsna.ingest.quoting import close_to

#: Shares by which a new release may differ from the last before a person must look.
SIZE_CHANGE, ROWS_CHANGE = 0.25, 0.15

Check = Literal[
    "missing_file",
    "empty",
    "size",
    "rows",
    "column_added",
    "column_removed",
    "column_renamed",
    "column_split",
    "column_merged",
    "column_retyped",
    "category_new",
    "category_gone",
    "period_backwards",
    "period_gone",
    "area_unknown",
    "area_gone",
]

#: What is reported and does not stop: a further column changes no figure that is read by name.
_HARMLESS: frozenset[Check] = frozenset({"column_added"})


@dataclass(frozen=True)
class ChangeFinding:
    """One thing that changed.

    Attributes:
        check: Which check found it.
        sentence: What changed.
        remedy: What to do about it.
    """

    check: Check
    sentence: str
    remedy: str

    @property
    def stops(self) -> bool:
        """Whether the new bytes wait for a person."""
        return self.check not in _HARMLESS


def compare(
    new: FileProfile,
    old: FileProfile | None,
    areas: Areas,
    *,
    files: tuple[Path, Path] | None = None,
    where: str = "",
) -> list[ChangeFinding]:
    """What changed from the last good profile of a file to the new one.

    Args:
        new: The new file's profile.
        old: That of the last good snapshot; None for a file that is fetched for the first time.
        areas: All areas, to recognise a recoded area.
        files: The new and the old file, to find what became of a column that is gone.
        where: What they are, for messages.
    """
    found = [*_empty(new), *_unknown_areas(new, areas)]
    if old is None or new.rows == 0:
        return found
    return [
        *found,
        *_columns(new, old, files, where),
        *_categories(new, old),
        *_periods(new, old),
        *_volume(new, old),
        *_gone_areas(new, old, areas),
    ]


def _empty(new: FileProfile) -> Iterator[ChangeFinding]:
    if new.rows == 0:
        yield ChangeFinding(
            "empty", "the file has a header and no rows", "ask the publisher; an empty result is no figure"
        )


def _unknown_areas(new: FileProfile, areas: Areas) -> Iterator[ChangeFinding]:
    known = {area.code for area in areas} | set(areas.recodings)
    unknown = [code for code in new.areas if code not in known]
    if unknown:
        yield ChangeFinding(
            "area_unknown",
            f"the area code {_some(unknown)} is unknown: an authority was recoded, split or merged",
            "add it to data/areas/recodings.csv (or areas.csv, if the territory is new)",
        )


def _gone_areas(new: FileProfile, old: FileProfile, areas: Areas) -> Iterator[ChangeFinding]:
    gone = sorted(set(map(areas.in_use, old.areas)) - set(map(areas.in_use, new.areas)))
    if gone:
        yield ChangeFinding(
            "area_gone",
            f"the area {_some(gone)} is no longer in the file",
            "look whether it was recoded, split or merged and declare it in data/areas/recodings.csv, or"
            " whether its figures are missing from this release",
        )


def _columns(
    new: FileProfile, old: FileProfile, files: tuple[Path, Path] | None, where: str
) -> Iterator[ChangeFinding]:
    found = counterparts.find(new, old, files, where=where)
    explained = {name for item in found for name in (*item.gone, *item.new)}
    for item in found:
        yield _became(item)
    for name in old.columns:
        if name not in new.columns and name not in explained:
            yield ChangeFinding(
                "column_removed",
                f"the column {name!r} is gone",
                "look at the publisher's notes: figures made from it cannot be made from this release",
            )
    added = [name for name in new.columns if name not in old.columns and name not in explained]
    if added:
        yield ChangeFinding(
            "column_added", f"it has {_count(added, 'new column')}", "nothing, unless it is wanted"
        )
    for name, column in new.columns.items():
        before = old.columns.get(name)
        if before and {before.kind, column.kind} == {"number", "text"}:
            yield ChangeFinding(
                "column_retyped",
                f"the column {name!r} held {_kind(before.kind)} and now holds {_kind(column.kind)}",
                "look at the file: columns may have moved",
            )


def _became(item: Counterpart) -> ChangeFinding:
    """What became of a column that is gone, in words."""
    gone, new = (" and ".join(map(repr, names)) for names in (item.gone, item.new))
    alike = f"in {item.agreeing:,} of {item.compared:,} rows that both files hold"
    declare = f"add `{item.gone[0]}: {item.new[0]}` under columns: of the source in sources.yaml"
    if item.kind == "renamed":
        return ChangeFinding(
            "column_renamed",
            f"the column {gone} is gone and {new} is new: it looks renamed, its cells are equal {alike}",
            f"if it is the same, {declare}",
        )
    if item.kind == "respelt":
        return ChangeFinding(
            "column_renamed",
            f"the column {gone} is gone and {new} is new: the same name in another spelling",
            f"if it is the same, {declare}",
        )
    if item.kind == "contradicted":
        return ChangeFinding(
            "column_removed",
            f"the column {gone} is gone; {new} is new, and its cells are others",
            "look at the publisher's notes: what the column says, or its scale, has changed",
        )
    split = item.kind in ("split", "perhaps_split")
    return ChangeFinding(
        "column_split" if split else "column_merged",
        _parts(item, alike),
        f"do not name {'one of them' if split else 'it'} under columns:, a part is not the whole; keep the"
        " last good snapshot, or map what is new to indicators of its own in publisher_names.csv",
    )


def _parts(item: Counterpart, alike: str) -> str:
    """The sentence on a column that was split, or of several that were merged."""
    gone, new = (" and ".join(map(repr, names)) for names in (item.gone, item.new))
    if item.kind == "split":
        return f"the column {gone} is gone and was split: {new} are new and add up to it {alike}"
    if item.kind == "merged":
        return f"the columns {gone} are gone and were merged: {new} is new and their sum {alike}"
    first, *others = item.new if item.kind == "perhaps_split" else item.gone
    what = (
        f"the column {gone} is gone and looks split into {new}"
        if item.kind == "perhaps_split"
        else f"the columns {gone} are gone and look merged into {new}"
    )
    silent = " and ".join(map(repr, others))
    return f"{what}: {first!r} has the same cells {alike}, and {silent} no figure there"


def _categories(new: FileProfile, old: FileProfile) -> Iterator[ChangeFinding]:
    for name, column in new.columns.items():
        before = old.columns.get(name)
        if before is None or not before.values or not column.values:
            continue
        fresh = [value for value in column.values if value not in before.values]
        gone = [value for value in before.values if value not in column.values]
        if fresh:
            yield ChangeFinding(
                "category_new",
                f"the column {name!r} has {_count(fresh, 'new value')}{_like(fresh, before.values)}",
                "look at the column: map what is new in data/catalogue/publisher_names.csv, or accept the"
                " release if it is not wanted",
            )
        if gone:
            yield ChangeFinding(
                "category_gone",
                f"the column {name!r} no longer has the value {_some([repr(v) for v in gone])}",
                "look whether it was renamed and map the new name in data/catalogue/publisher_names.csv",
            )


def _periods(new: FileProfile, old: FileProfile) -> Iterator[ChangeFinding]:
    if old.latest and new.latest < old.latest:
        yield ChangeFinding(
            "period_backwards",
            f"the newest period begins {new.latest or 'nowhere'}, in the last good snapshot {old.latest}",
            "the address may lead to an older release: look at the publisher's page",
        )
    gone = [label for label in old.periods if label not in new.periods]
    if gone and len(gone) < len(old.periods) and new.latest >= old.latest:
        yield ChangeFinding(
            "period_gone",
            f"the period {_some(gone)} is no longer in the file",
            "a series would lose its start: keep the last good snapshot, or accept the shorter series",
        )


def _volume(new: FileProfile, old: FileProfile) -> Iterator[ChangeFinding]:
    """Rows and size, apart from what a further period brings."""
    if new.rows < 0 or old.rows < 0:
        yield from _size(new.size, old.size, "the file")
        return
    shared = [label for label in old.periods if label in new.periods]
    before = sum(old.periods[label] for label in shared) if shared else old.rows
    after = sum(new.periods[label] for label in shared) if shared else new.rows
    if before and abs(after - before) / before > ROWS_CHANGE:
        yield ChangeFinding(
            "rows",
            f"it has {after:,} rows for the periods of the last good snapshot, which had {before:,}",
            "look whether areas or breakdowns were added or lost",
        )
    if new.rows and old.rows:
        yield from _size(new.size * old.rows // new.rows, old.size, "for as many rows, the file")


def _size(new: int, old: int, what: str) -> Iterator[ChangeFinding]:
    if old and abs(new - old) / old > SIZE_CHANGE:
        yield ChangeFinding(
            "size",
            f"{what} has {new:,} bytes and had {old:,}",
            "open the file: it may be cut short, or hold something else",
        )


def _kind(kind: str) -> str:
    return {"number": "numbers", "text": "words"}.get(kind, "nothing")


def _count(names: list[str], noun: str) -> str:
    return f"{len(names)} {noun}" + ("s" if len(names) > 1 else "")


def _like(fresh: list[str], known: Collection[str]) -> str:
    """Which of the new values look like known ones; the others are no more than content of the file."""
    near = [value for value in fresh if close_to(value, known)]
    return f", {_some([repr(value) for value in near])} like one that is known" if near else ""


def _some(names: list[str], most: int = 4) -> str:
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
