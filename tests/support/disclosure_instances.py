"""Published instances of disclosure control, as systems of linked counts.

The files are not in this project: some are under licences (GPL, EUPL) that let them be measured with and not
be passed on with it. They are read from a folder that is laid out as its own ``MANIFEST.md`` says.
"""

from __future__ import annotations

import gzip
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import numpy as np
import pandas as pd

from send_jsna.disclosure.methods import Relation, System
from send_jsna.disclosure.methods.systems import label_of

#: Code of a total in all dimensions.
TOTAL = "total"


@dataclass(frozen=True)
class Dimension:
    """What a table is broken down by, with its sub-totals.

    Attributes:
        name: Its name, which labels carry.
        leaves: Its finest codes.
        groups: Sub-total → the finest codes it covers, the total among them.
        sums: Sub-total → codes that add up to it; one sub-total can be added up in several ways.
    """

    name: str
    leaves: tuple[str, ...]
    groups: Mapping[str, frozenset[str]]
    sums: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """All codes, the finest first."""
        return (*self.leaves, *self.groups)

    @property
    def matrix(self) -> np.ndarray:
        """Codes by finest codes: which of these each covers."""
        eye = np.eye(len(self.leaves))
        place = {leaf: number for number, leaf in enumerate(self.leaves)}
        rows = [np.isin(range(len(eye)), [place[leaf] for leaf in group]) for group in self.groups.values()]
        return np.vstack([eye, *rows]).astype(np.float64)


def dimension(frame: pd.DataFrame, name: str, leaf: str, *paths: Sequence[str]) -> Dimension:
    """A dimension with one hierarchy for each path.

    Args:
        frame: Rows with the codes at all levels.
        name: Its name.
        leaf: Column of the finest codes.
        paths: Columns of the levels above, the lowest first; an empty path for a total alone.

    Returns:
        The dimension. A sub-total of one code is that code, and has no cell of its own.
    """
    leaves = tuple(sorted(frame[leaf].unique()))
    groups: dict[str, frozenset[str]] = {}
    sums: list[tuple[str, tuple[str, ...]]] = []
    for path in paths:
        below = {item: item for item in leaves}
        for level in (*path, TOTAL):
            pairs = frame.assign(**{TOTAL: TOTAL})[[leaf, level]].drop_duplicates()
            above: dict[str, str] = {}
            for code, some in pairs.groupby(level)[leaf]:
                parts = tuple(sorted({below[item] for item in some}))
                label = parts[0] if len(parts) == 1 else TOTAL if level == TOTAL else f"{level}.{code}"
                if len(parts) > 1:
                    groups[label] = frozenset(some)
                    sums.append((label, parts))
                above |= dict.fromkeys(some, label)
            below = above
    return Dimension(name, leaves, groups, tuple(dict.fromkeys(sums)))


def table(frame: pd.DataFrame, count: str, dimensions: Mapping[str, Dimension]) -> System:
    """The system of a table with its sub-totals and totals.

    Args:
        frame: Rows of counts; those with the same codes are added up, and a cell without any is zero.
        count: Column of the counts.
        dimensions: Dimension by the column of its finest codes.
    """
    order = list(dimensions.values())
    places = [
        pd.Categorical(frame[column], categories=item.leaves).codes for column, item in dimensions.items()
    ]
    cells = np.zeros([len(item.leaves) for item in order])
    np.add.at(cells, tuple(places), frame[count].to_numpy(dtype=np.float64))
    for axis, item in enumerate(order):
        cells = np.moveaxis(np.tensordot(item.matrix, cells, axes=(1, axis)), 0, axis)

    def label(codes: Sequence[str]) -> str:
        return label_of({item.name: code for item, code in zip(order, codes, strict=True)}, TOTAL)

    names = list(itertools.product(*(item.codes for item in order)))
    values = dict(zip(map(label, names), cells.ravel().tolist(), strict=True))
    relations = [
        Relation(
            label((*before, total, *after)),
            tuple(label((*before, part, *after)) for part in parts),
        )
        for axis, item in enumerate(order)
        for before in itertools.product(*(other.codes for other in order[:axis]))
        for after in itertools.product(*(other.codes for other in order[axis + 1 :]))
        for total, parts in item.sums
    ]
    return System(values, tuple(relations))


def _read(path: Path) -> pd.DataFrame:
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    for column in ("ant", "freq"):
        if column in frame:
            frame[column] = frame[column].astype(float)
    return frame


def _regions(name: str, *, months: bool) -> Callable[[Path], System]:
    """One of the tables of regions in two hierarchies."""

    def read(folder: Path) -> System:
        frame = _read(folder / "ssbtools" / f"{name}.csv")
        paths = [[column] for column in ("fylke", "kostragr") if column in frame] or [[]]
        dimensions = {
            "region": dimension(frame, "region", "region", *paths),
            "hovedint": dimension(frame, "source", "hovedint", []),
        }
        if months:
            dimensions["mnd"] = dimension(frame, "months", "mnd", ["mnd2"])
        return table(frame, "ant", dimensions)

    return read


def _census(folder: Path) -> System:
    """Four linked tables of a census: sex by age by each of three statuses, and sex by two of these."""
    frame = _read(folder / "gausssuppression" / "d53.csv")
    sex = {"sex": dimension(frame, "sex", "sex", [])}
    age = {"age_h": dimension(frame, "age", "age_h", ["age_m", "age_l"])}
    legal = {"lms_h": dimension(frame, "lms", "lms_h", ["lms_l"])}
    household = {"hst_h": dimension(frame, "hst", "hst_h", ["hst_m", "hst_l"])}
    family = {"fst_h": dimension(frame, "fst", "fst_h", ["fst_m", "fst_l"])}
    tables = (sex | age | legal, sex | age | household, sex | age | family, sex | legal | household)
    return reduce(System.union, (table(frame, "freq", item) for item in tables))


def _businesses(folder: Path) -> System:
    """Businesses by industry, size and region: a count for each record."""
    with gzip.open(folder / "tau_argus" / "tau_testW.asc.gz", "rt", encoding="ascii") as file:
        lines = file.read().splitlines()
    frame = pd.DataFrame(
        {
            "industry": [line[3:8].strip() for line in lines],
            "size": [line[8:10].strip() for line in lines],
            "region": [line[11:13].strip() for line in lines],
            "count": 1.0,
        }
    )
    frame = frame.assign(industry_3=frame["industry"].str[:3], industry_4=frame["industry"].str[:4])
    part = ""
    parts = {}
    for line in (folder / "tau_argus" / "region2.hrc").read_text(encoding="ascii").splitlines():
        part = part if line.startswith("@") else line.strip()
        parts[line.removeprefix("@").strip()] = part
    frame = frame.assign(part=frame["region"].map(parts).fillna(frame["region"]))
    dimensions = {
        "industry": dimension(frame, "industry", "industry", ["industry_4", "industry_3"]),
        "size": dimension(frame, "size", "size", []),
        "region": dimension(frame, "region", "region", ["part"]),
    }
    return table(frame, "count", dimensions)


def _singletons(folder: Path) -> System:
    """Ten counts, three of them ones in one row that reveal each other to each of the three."""
    frame = _read(folder / "counterexamples" / "sdctable_issue_135.csv")
    names = ("var1", "var2")
    return table(frame, "freq", {name: dimension(frame, name, name, []) for name in names})


#: Instance → what reads it from the folder.
INSTANCES: dict[str, Callable[[Path], System]] = {
    "singletons": _singletons,
    "z1": _regions("z1", months=False),
    "z2": _regions("z2", months=False),
    "z3": _regions("z3", months=True),
    "d53": _census,
    "tau_testW": _businesses,
    "sosialFiktiv": _regions("sosialFiktiv", months=True),
}
