"""What a run's table of observations withholds under the chosen disclosure profile.

It is done before anything is made of the observations, so that no notebook, table, chart, download or audit
entry can show what is not there. The method is in :mod:`send_jsna.disclosure`; here it is applied to the
counts of children that ``data/disclosure/tables.yaml`` declares, with every place each of them is in.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from send_jsna.catalogue.observations import IN_SUMS, KEY
from send_jsna.disclosure.cells import NATIONAL, Cells, cells_of
from send_jsna.disclosure.declared import Tables
from send_jsna.disclosure.lowest import FEWEST_WHOLE, fine_cells, may_be_zero, small_cells
from send_jsna.disclosure.methods import Fact, Pattern, Profile, Relation, Wishes, suppress
from send_jsna.disclosure.rounding import COUNTS, rounded_rows
from send_jsna.disclosure.sealed_counts import STATES

#: Seconds the search for the least that must be withheld may take for one set of linked tables.
SECONDS = 60.0
#: How many times as much it costs to withhold a total, one not broken down, or what is to be kept.
_GRAVER = 8.0


class DisclosureRecord(BaseModel):
    """What a run withholds, as ``disclosure.json`` in its folder records it.

    Attributes:
        profile: Disclosure profile.
        smallest: Smallest count that is shown, above zero.
        base: Counts are rounded to multiples of it; 1 where they are not rounded.
        withheld: State → number of observations, over all areas.
        own: The same for the area of the report.
        rounded: Observations whose count was rounded.
        datasets: Data set → observations withheld.
        proven: Sets of linked tables whose pattern is proven to be the least, and all that needed one.
        scope: ``unpublished`` where official figures are shown as released, ``all`` where the profile applies
            to them too.
        protected: Data sets of the run that are protected, where official figures are not.
    """

    model_config = ConfigDict(extra="forbid")

    profile: str
    smallest: int
    base: int = 1
    withheld: dict[str, int] = {}
    own: dict[str, int] = {}
    rounded: int = 0
    datasets: dict[str, int] = {}
    proven: tuple[int, int] = (0, 0)
    scope: Literal["unpublished", "all"] = "all"
    protected: list[str] = []


@dataclass(frozen=True)
class Protected:
    """Observations as a run may use them.

    Attributes:
        frame: The tidy table with a column ``withheld``: ``here`` for a row that is withheld, ``in_sums`` for
            one that is shown in sums only, else empty. A withheld row has status ``c`` and no counts. A small
            count and one withheld for its sake are marked alike.
        sealed: What was taken out: ``observation_id``, ``status``, ``decimals`` and the three counts.
        record: What was withheld.
    """

    frame: pd.DataFrame
    sealed: pd.DataFrame
    record: DisclosureRecord


def suppress_counts(
    frame: pd.DataFrame,
    tables: Tables,
    profile: Profile,
    *,
    area: str = "",
    before: Mapping[str, float] | None = None,
    also: Collection[str] = (),
    cells: Cells | None = None,
) -> Protected:
    """Withhold what a profile does not let be shown, and what would give it away.

    Args:
        frame: Observations, with ``area_name``.
        tables: How the counts of children hang together.
        profile: The disclosure profile.
        area: The area of the report, for the record.
        before: What the edition before and reports of other areas show, by cell: withholding it would
            protect no child.
        also: Ids of observations that are withheld besides, whatever they show.
        cells: The cells of the observations, where they are known already.

    Returns:
        The observations to use, what was taken out of them, and the record.
    """
    if not tables.protects(frame).any():
        return _untouched(frame, profile)
    cells = cells or cells_of(frame, tables, spares_national=profile.spares_national)
    hidden, proven = _hidden_cells(cells, frame, profile, before or {})
    found = _row_states(frame, cells, hidden, profile)
    found = dict.fromkeys(also, "with_it") | found
    states = pd.Series([found.get(key, "") for key in frame["observation_id"]], frame.index, dtype="str")
    changed = rounded_rows(frame, cells, states == "", profile)
    # What a profile that rounds cannot show is of as few children as what it withholds.
    states = states.mask((states == "") & frame["value"].notna() & changed["value"].isna(), "small")
    blank = states != ""
    parts: dict[str, Any] = {name: changed[name].mask(blank) for name in COUNTS}
    out = frame.assign(
        status=frame["status"].mask(blank, "c"),
        decimals=changed["decimals"],
        withheld=states.where(states.isin(["", IN_SUMS]), "here"),
        **parts,
    )
    numbers = [*COUNTS, "decimals"]
    moved = blank | (out[numbers].ne(frame[numbers]) & frame[numbers].notna()).any(axis=1)
    sealed = frame.loc[moved, ["observation_id", "status", *numbers]].reset_index(drop=True)
    record = DisclosureRecord(
        profile=profile.id,
        smallest=profile.smallest_shown,
        base=profile.rounding_base,
        withheld=_counted(states),
        own=_counted(states[frame["area_code"] == area]),
        rounded=int((moved & ~blank).sum()),
        datasets={
            str(name): int(n) for name, n in frame.loc[blank, "dataset"].value_counts(sort=False).items()
        },
        proven=proven,
        scope="all" if tables.protected is None else "unpublished",
        protected=sorted((tables.protected or frozenset()).intersection(frame["dataset"])),
    )
    return Protected(out, sealed, record)


def _untouched(frame: pd.DataFrame, profile: Profile) -> Protected:
    """Observations all of which their publishers have released."""
    record = DisclosureRecord(
        profile=profile.id,
        smallest=profile.smallest_shown,
        base=profile.rounding_base,
        scope="unpublished",
    )
    sealed = frame.loc[[], ["observation_id", "status", *COUNTS, "decimals"]]
    return Protected(frame.assign(withheld=""), sealed, record)


def restored(frame: pd.DataFrame, sealed: pd.DataFrame) -> pd.DataFrame:
    """The observations as they were before :func:`suppress_counts`, for validation."""
    if sealed.empty:
        return frame
    inside = frame["observation_id"].isin(sealed["observation_id"])
    rows = sealed.set_index("observation_id").loc[frame.loc[inside, "observation_id"]]
    out = frame.copy()
    for name in ("status", "decimals", *COUNTS):
        out.loc[inside, name] = rows[name].to_numpy()
    return out


def without_withheld(frame: pd.DataFrame, shown: pd.DataFrame) -> pd.DataFrame:
    """Rows of another edition or run, those without their counts that are withheld here under the same key.

    Args:
        frame: Observations of the other one, as they are shown there, with the column ``withheld``.
        shown: Those of this run, with the column ``withheld``.
    """
    here = pd.MultiIndex.from_frame(shown.loc[shown["withheld"] != "", list(KEY)])
    blank = pd.MultiIndex.from_frame(frame[list(KEY)]).isin(here) & frame["value"].notna()
    parts: dict[str, Any] = {name: frame[name].mask(blank) for name in COUNTS}
    return frame.assign(
        status=frame["status"].mask(blank, "c"), withheld=frame["withheld"].mask(blank, "here"), **parts
    )


def _hidden_cells(
    cells: Cells, frame: pd.DataFrame, profile: Profile, before: Mapping[str, float]
) -> tuple[dict[str, str], tuple[int, int]]:
    """Label → state of every cell that is not shown, and how many patterns were proven the least.

    A count that is withheld since it is also published with another value, which is withheld, is protected
    like any other: the sums it is part of are solved again, until nothing more is withheld for its sake.
    """
    small = small_cells(cells, profile)
    fine = fine_cells(cells, small)
    single = dict.fromkeys(small, "small") | dict.fromkeys(fine, IN_SUMS)
    if not profile.needs_secondary:
        return _with_other_values(cells, single), (0, 0)
    zeros = may_be_zero(cells, frame, profile)
    linked = _components([item for item in cells.sums if not fine & {item.total, *item.parts}])
    named = [{label for item in sums for label in (item.total, *item.parts)} for sums in linked]
    facts = {label: fact for fact in earlier_facts(cells, before, small) for label in fact.terms}
    patterns: dict[int, Pattern] = {}
    forced: set[str] = set()
    hidden, changed = single, small
    while changed:
        for index, (sums, labels) in enumerate(zip(linked, named, strict=True)):
            if labels & changed:
                patterns[index] = suppress(
                    {label: cells.values[label] for label in sorted(labels)},
                    sums,
                    profile,
                    Wishes(
                        weights=_weights(cells, labels, sums),
                        cannot_show=labels & forced,
                        untouched=labels & cells.released,
                        may_be_zero=labels & zeros,
                        seconds=SECONDS,
                    ),
                    facts=[fact for label, fact in facts.items() if label in labels],
                )
        found = {label: "with_it" for pattern in patterns.values() for label in pattern.secondary} | single
        hidden = _with_other_values(cells, found)
        changed = {label for label in hidden.keys() - found.keys() - forced if cells.values[label]}
        changed = {label for label in changed if hidden[label] != IN_SUMS}
        forced |= changed
    proven = sum(pattern.is_optimal for pattern in patterns.values())
    return hidden, (proven, len(patterns))


def earlier_facts(cells: Cells, before: Mapping[str, float], shown: Collection[str]) -> list[Fact]:
    """What the edition before and other reports show of cells, where the counts have not been revised since.

    Args:
        cells: The cells of this edition.
        before: What the edition before and reports of other areas show, by cell.
        shown: Cells of which no fact is given.
    """
    return [
        Fact({label: 1.0}, value, value, "the edition before, or a report of another area")
        for label, value in before.items()
        if label not in shown and cells.values.get(label) == value
    ]


def _weights(cells: Cells, labels: Iterable[str], linked: Iterable[Relation]) -> dict[str, float]:
    """What it costs to withhold each count; a total costs as much as many parts, since more hangs on it."""
    totals = {item.total for item in linked}
    weights = {}
    for label in labels:
        grave = [label in totals, label in totals and label in cells.undivided, label in cells.kept]
        weights[label] = (1 + math.log1p(np.nan_to_num(cells.values[label]))) * _GRAVER ** sum(grave)
    return weights


def _components(sums: Iterable[Relation]) -> list[list[Relation]]:
    """Sums that share cells, directly or by way of others."""
    parent: dict[str, str] = {}

    def root(label: str) -> str:
        while parent.setdefault(label, label) != label:
            parent[label] = parent[parent[label]]
            label = parent[label]
        return label

    listed = list(sums)
    for item in listed:
        for part in item.parts:
            parent[root(part)] = root(item.total)
    groups: dict[str, list[Relation]] = defaultdict(list)
    for item in listed:
        groups[root(item.total)].append(item)
    return list(groups.values())


def _row_states(
    frame: pd.DataFrame, cells: Cells, hidden: Mapping[str, str], profile: Profile
) -> dict[str, str]:
    """Observation id → why it is withheld: for the gravest of its cells, or as a percentage of very few."""
    order = list(STATES)
    states = {}
    for key, parts in cells.rows.items():
        found = [hidden[label] for label in parts.values() if label in hidden]
        if found:
            states[key] = min(found, key=order.index)
    if profile.smallest_shown > 1:
        local = ~frame["area_code"].str.startswith(NATIONAL)
        top, whole = (_counts_behind(frame, cells, column) for column in ("numerator", "denominator"))
        few = local & (frame["unit"] == "%") & (whole < FEWEST_WHOLE)
        if profile.withholds_remainders:
            left = whole - top
            few |= local & (frame["unit"] == "%") & (left > 0) & (left < profile.smallest_shown)
        few &= frame["observation_id"].isin(cells.rows.keys() - cells.released_rows)
        states |= dict.fromkeys(frame.loc[few, "observation_id"], "small")
    named = {cells.names[key]: state for key, state in states.items()}
    states |= {key: named[name] for key, name in cells.names.items() if name in named and key not in states}
    without_value = frame.loc[frame["value"].isna(), "observation_id"]
    for key in without_value:
        states.pop(key, None)  # its publisher has withheld it already
    return states


def _counts_behind(frame: pd.DataFrame, cells: Cells, column: str) -> pd.Series[float]:
    """The counts behind percentages: those of their rows, else those a reader can work out."""
    known = [
        cells.values[cells.rows[key][column]] if column in cells.rows.get(key, {}) else math.nan
        for key in frame["observation_id"]
    ]
    return frame[column].fillna(pd.Series(known, frame.index, dtype="float64"))


def _with_other_values(cells: Cells, hidden: Mapping[str, str]) -> dict[str, str]:
    """The cells that are not shown, and with each the same count where it is published with another value."""
    out = dict(hidden)
    for label, others in cells.also.items():
        state = next((hidden[name] for name in (label, *others) if name in hidden), "")
        if state:
            out |= {name: state for name in (label, *others) if name not in hidden}
    return out


def _counted(states: pd.Series[str]) -> dict[str, int]:
    found = Counter(str(state) for state in states if state)
    return {state: found[state] for state in STATES if found[state]}
