"""What became of columns that are gone: renamed, spelt otherwise, split into several, merged into one.

A like name is no evidence: ``special_academy`` of 2026 is one half of ``special_academy_free`` of 2025, and
``fe_total_pc`` is no ``AP_PRU_total_pc``. Only the cells of the rows of both files are evidence. A name that
differs in capitals, blanks or underscores alone is taken for the same name, unless the cells contradict it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from send_jsna.ingest.headers import same_spelling
from send_jsna.ingest.profile import FileProfile
from send_jsna.ingest.shared_rows import SEPARATOR, Flags, Numbers, SharedCells, SharedRows, shared_rows

Kind = Literal["renamed", "respelt", "contradicted", "split", "merged", "perhaps_split", "perhaps_merged"]

#: Rows both files must have for their cells to be evidence, different values in them, and the share of the
#: rows in which they must agree: publishers revise a few.
FEWEST_ROWS, FEWEST_VALUES, AGREEING = 5, 3, 0.95

#: Columns a split or merged one is looked for among, by how many make it up: more would take too long.
_MOST_COLUMNS = {2: 60, 3: 20, 4: 12}


@dataclass(frozen=True)
class Counterpart:
    """What became of one column, or of several.

    Attributes:
        kind: ``renamed`` has the same cells, ``respelt`` the same name but for capitals, blanks and
            underscores, ``contradicted`` that name and other cells; a ``split`` column is the sum of the new
            ones, several ``merged`` ones add up to the new one. A column is ``perhaps_split`` where the first
            new one has its cells and the others have none in the rows of both files: they begin with rows
            the old file does not have, and may be what the first one lacks from then on.
        gone: Columns of the old file.
        new: Columns of the new file.
        agreeing: In how many rows of both files the cells agree.
        compared: In how many they were compared; 0 where no rows are common.
    """

    kind: Kind
    gone: tuple[str, ...]
    new: tuple[str, ...]
    agreeing: int = 0
    compared: int = 0


def find(
    new: FileProfile, old: FileProfile, files: tuple[Path, Path] | None = None, *, where: str = ""
) -> list[Counterpart]:
    """What became of the columns of an old file that a new one lacks.

    Args:
        new: The new file's profile.
        old: The old one's.
        files: The new and the old file; without them only spelling is compared.
        where: What they are, for messages.
    """
    gone = [name for name in old.columns if name not in new.columns]
    added = [name for name in new.columns if name not in old.columns]
    if not gone or not added:
        return []
    common = shared_rows(new, old, gone, added, files, where) if files else None
    found = list(_respelt(gone, added, new, old, common))
    if common is None:
        return found
    taken = {name for item in found for name in (*item.gone, *item.new)}
    gone = [name for name in gone if name not in taken]
    added = [name for name in added if name not in taken]
    sums = [*_sums("split", gone, added, common), *_sums("merged", added, gone, common)]
    explained = {name: item.agreeing for item in sums for name in (*item.gone, *item.new)}
    renamed = [
        item
        for item in _renamed(gone, added, common)
        if item.agreeing >= max(explained.get(item.gone[0], 0), explained.get(item.new[0], 0))
    ]
    taken = {name for item in renamed for name in (*item.gone, *item.new)}
    late = (
        [name for name in gone if name not in taken and _is_silent(common.gone[name])],
        [name for name in added if name not in taken and _is_silent(common.new[name])],
    )
    renamed = [_with_late(item, late, common) for item in renamed]
    taken |= {name for item in renamed for name in (*item.gone, *item.new)}
    return [*found, *renamed, *(item for item in sums if taken.isdisjoint((*item.gone, *item.new)))]


def _is_silent(cells: SharedCells) -> bool:
    """Whether a column of numbers has no number in the rows that are in both files."""
    return cells.sums is not None and not np.isfinite(cells.sums).any()


def _with_late(pair: Counterpart, late: tuple[list[str], list[str]], common: SharedRows) -> Counterpart:
    """A renamed column of numbers, or what it may be instead where others begin outside the common rows."""
    if common.gone[pair.gone[0]].sums is None or not any(late):
        return pair
    kind: Kind = "perhaps_split" if late[1] else "perhaps_merged"
    return replace(pair, kind=kind, gone=(*pair.gone, *late[0]), new=(*pair.new, *late[1]))


def _respelt(
    gone: Sequence[str], added: Sequence[str], new: FileProfile, old: FileProfile, common: SharedRows | None
) -> Iterator[Counterpart]:
    for name in gone:
        twin = same_spelling(name, added)
        if twin is None or same_spelling(twin, gone) != name:
            continue
        agreeing, compared = _agreement(common.gone[name], common.new[twin])[:2] if common else (0, 0)
        kinds = {old.columns[name].kind, new.columns[twin].kind} - {"empty"}
        contradicted = len(kinds) > 1 or (compared >= FEWEST_ROWS and 2 * agreeing < compared)
        yield Counterpart("contradicted" if contradicted else "respelt", (name,), (twin,), agreeing, compared)


def _renamed(gone: Sequence[str], added: Sequence[str], common: SharedRows) -> Iterator[Counterpart]:
    """Pairs whose cells agree, where neither agrees with a third."""
    pairs = [
        Counterpart("renamed", (name,), (other,), *found)
        for name in gone
        for other in added
        if (found := _equal(common.gone[name], common.new[other], common.newest))
    ]
    for pair in pairs:
        if sum(other.gone == pair.gone or other.new == pair.new for other in pairs) == 1:
            yield pair


def _sums(
    kind: Kind, wholes: Sequence[str], parts: Sequence[str], common: SharedRows
) -> Iterator[Counterpart]:
    """Columns that are the sum of several on the other side, each of them in one way only."""
    mine, others = (common.gone, common.new) if kind == "split" else (common.new, common.gone)
    for whole in wholes:
        found = _sum_of(mine[whole], {name: others[name] for name in parts}, common.newest)
        if found:
            names, agreeing, compared = found
            gone, new = ((whole,), names) if kind == "split" else (names, (whole,))
            yield Counterpart(kind, gone, new, agreeing, compared)


def _sum_of(
    whole: SharedCells, others: Mapping[str, SharedCells], newest: Flags
) -> tuple[tuple[str, ...], int, int] | None:
    """The fewest columns that add up to one, and in how many rows of how many; None where they are not clear.

    A part that is withheld or not available counts nothing: the rest must then be the whole.
    """
    if whole.sums is None:
        return None
    known = np.isfinite(whole.sums)
    parts = {
        name: np.nan_to_num(cells.sums)
        for name, cells in others.items()
        if cells.sums is not None and _is_part(np.nan_to_num(cells.sums)[known], whole.sums[known])
    }
    for size, most in _MOST_COLUMNS.items():
        if len(parts) > most:
            return None
        fitting = []
        for names in combinations(parts, size):
            decimals = max(whole.decimals, *(others[name].decimals for name in names))
            sums = np.sum([parts[name] for name in names], axis=0)
            agrees = np.abs(sums - whole.sums) <= (0.5 * 10.0**-decimals * (size + 1) if decimals else 1e-9)
            found = _enough(agrees, known & ((whole.sums != 0) | (sums != 0)), whole.sums, newest)
            if found:
                fitting.append((names, *found))
        if fitting:
            return fitting[0] if len(fitting) == 1 else None
    return None


def _is_part(part: Numbers, whole: Numbers) -> bool:
    """Whether a column can be one of several that add up to another."""
    return bool(np.count_nonzero(part) > 1 and np.mean(np.abs(part) <= np.abs(whole) + 1e-9) >= AGREEING)


def _equal(old: SharedCells, new: SharedCells, newest: Flags) -> tuple[int, int] | None:
    """In how many rows of how many two columns agree; None where that makes them no one column."""
    agreeing, compared, agrees, counted = _agreement(old, new)
    if not compared:
        return None
    values = old.words if old.words is not None else old.sums
    assert values is not None
    found = _enough(agrees, counted, values, newest, fewest=2 if old.words is not None else FEWEST_VALUES)
    if found and old.sums is not None and old.decimals != new.decimals:
        shared = old.sums[counted & agrees]
        if np.ptp(shared) < 20 * _room(old, new):
            return None  # Rounded so far that many a column would fit.
    return (agreeing, compared) if found else None


def _agreement(old: SharedCells, new: SharedCells) -> tuple[int, int, Flags, Flags]:
    """Rows that agree, rows compared, and both as flags; cells empty or zero in both say nothing."""
    if old.sums is not None and new.sums is not None:
        agrees = np.abs(old.sums - new.sums) <= _room(old, new)
        counted = (np.nan_to_num(old.sums) != 0) | (np.nan_to_num(new.sums) != 0)
    elif old.words is not None and new.words is not None:
        agrees, counted = old.words == new.words, (old.words != "") | (new.words != "")
    else:
        none = np.zeros(0, dtype=np.bool_)
        return 0, 0, none, none
    return int(np.sum(agrees & counted)), int(np.sum(counted)), agrees, counted


def _room(old: SharedCells, new: SharedCells) -> float:
    """How far two printings of one number may lie apart: by what the coarser one rounds off, if anything."""
    exact = 1e-9
    return exact if old.decimals == new.decimals else exact + 0.5 * 10.0 ** -min(old.decimals, new.decimals)


def _enough(
    agrees: Flags,
    counted: Flags,
    values: Numbers | npt.NDArray[np.object_],
    newest: Flags,
    *,
    fewest: int = FEWEST_VALUES,
) -> tuple[int, int] | None:
    """Rows that agree and rows compared, where they are evidence over all and in the newest period alone."""
    compared = int(np.sum(counted))
    if compared < FEWEST_ROWS or _different(values[counted & agrees]) < fewest:
        return None
    latest = counted & newest
    if np.mean(agrees[counted]) < AGREEING or (latest.any() and np.mean(agrees[latest]) < AGREEING):
        return None
    return int(np.sum(agrees & counted)), compared


def _different(values: Numbers | npt.NDArray[np.object_]) -> int:
    """How many different values there are; several words of one row count one by one."""
    if values.dtype == np.object_:
        return len({word for cell in values for word in str(cell).split(SEPARATOR)})
    return len(np.unique(values))
