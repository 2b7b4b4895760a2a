"""The attack at the end of a run: can anything it withholds be worked out from what it shows?

The intruder has every observation the run shows, the sums and estimates its notebooks were given, the way
the counts add up, percentages at their printed rounding, the edition before this one, and what earlier runs
show of the council's extracts. The run is given up where a withheld count can be worked out more closely than
the profile allows.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from send_jsna.catalogue.observations import IN_SUMS
from send_jsna.disclosure import methods
from send_jsna.disclosure.aggregates import Aggregates, extract_profile
from send_jsna.disclosure.cells import Cells, cells_of
from send_jsna.disclosure.declared import Tables
from send_jsna.disclosure.earlier import Seen, facts_of
from send_jsna.disclosure.lowest import lowest_of
from send_jsna.disclosure.methods import Exposure, Fact, Hidden, Profile, Share, attack
from send_jsna.disclosure.rounding import KnownRange, known_cells, printed_cells
from send_jsna.disclosure.sealed_counts import BEFORE, SEALED, SealedEstimate, read_estimates, read_sums
from send_jsna.disclosure.suppress import Protected, earlier_facts, restored, suppress_counts
from send_jsna.errors import DisclosureError

#: Breaches that a message names.
_NAMED = 3


def attack_run(
    folder: Path,
    shown: pd.DataFrame,
    tables: Tables,
    profile: Profile,
    earlier: Iterable[Mapping[str, Seen]] = (),
) -> list[Exposure]:
    """Attack a run under construction.

    Args:
        folder: The run folder, with the sealed counts and what the edition before shows still in it.
        shown: Its observations, as its report uses them.
        tables: How the counts hang together.
        profile: The disclosure profile.
        earlier: What each earlier run shows, by cell.

    Returns:
        The withheld counts that can be worked out too closely; none where the run is safe.
    """
    path, extracts = folder / SEALED, Aggregates.of_run(folder)
    if not path.is_file() or not (tables.protects(shown).any() or extracts.withheld):
        return []
    truth = restored(shown, pd.read_parquet(path))
    before = json.loads((folder / BEFORE).read_text(encoding="utf-8"))
    beside = Beside(read_sums(folder), read_estimates(folder), extracts, earlier)
    return exposures(truth, shown, tables, profile, beside, before=before)


def suppress_beside_shares(
    frame: pd.DataFrame,
    tables: Tables,
    profile: Profile,
    *,
    area: str = "",
    before: Mapping[str, float] | None = None,
) -> Protected:
    """Suppress counts, and withhold the percentages without counts that would still reveal a count.

    Counts are whole: a percentage of a total that is not printed, to two decimals, leaves few totals, and
    with them few values of a part. No linear pattern foresees that, so the attack is made at once, and a
    percentage it rests on is withheld. Arguments and result are those of :func:`suppress_counts`.
    """
    if not tables.protects(frame).any():
        return suppress_counts(frame, tables, profile, area=area)
    cells = cells_of(frame, tables, spares_national=profile.spares_national)
    done = suppress_counts(frame, tables, profile, area=area, before=before, cells=cells)
    is_bare = (frame["unit"] == "%") & frame["numerator"].isna() & frame["value"].notna()
    bare = set(frame.loc[is_bare, "observation_id"])
    also: set[str] = set()
    while found := exposures(frame, done.frame, tables, profile, before=before, cells=cells):
        telling = bare.intersection(where for item in found for where in item.facts) - also
        if not telling:
            break  # the attack at the end of the run says what it is
        also |= telling
        done = suppress_counts(frame, tables, profile, area=area, before=before, also=also, cells=cells)
    return done


def require_safe(found: Sequence[Exposure], folder: Path) -> None:
    """Give the run up where something withheld can be worked out.

    Raises:
        DisclosureError: It can; the message names the counts and not their values.
    """
    if found:
        first = "; ".join(item.message() for item in found[:_NAMED])
        more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
        raise DisclosureError(
            f"what is withheld could be worked out, {len(found)} times: {first}{more}",
            where=folder.name.removeprefix(".building-"),
            expected="that nothing withheld can be worked out",
            remedy="declare in data/disclosure/tables.yaml how these counts add up, or show broader groups; "
            "where an earlier run gives them away, make this one under its profile, or remove that run if it "
            "was not given to anyone",
        )


@dataclass(frozen=True)
class Beside:
    """What a reader has beside the rows of a run.

    Attributes:
        sums: Notebook, column and observation ids of each sum that is shown.
        estimates: What is shown that was made of many counts.
        extracts: The counts of the council's extracts, some of which the rows do not have.
        earlier: What each earlier run shows, by cell.
    """

    sums: Sequence[tuple[str, str, list[str]]] = ()
    estimates: Sequence[SealedEstimate] = ()
    extracts: Aggregates = field(default_factory=Aggregates)
    earlier: Iterable[Mapping[str, Seen]] = ()


def exposures(
    truth: pd.DataFrame,
    shown: pd.DataFrame,
    tables: Tables,
    profile: Profile,
    beside: Beside | None = None,
    *,
    before: Mapping[str, float] | None = None,
    cells: Cells | None = None,
) -> list[Exposure]:
    """The withheld counts that can be worked out too closely from what is shown.

    Args:
        truth: All observations with their counts.
        shown: The same rows as they are shown.
        tables: How the counts hang together.
        profile: The disclosure profile.
        beside: What else a reader has; nothing by default.
        before: What the edition before shows, by cell.
        cells: The cells of the observations, where they are known already.
    """
    beside, before = beside or Beside(), before or {}
    extracts = beside.extracts
    cells = cells or cells_of(truth, tables, spares_national=profile.spares_national)
    cells = replace(cells, values=cells.values | extracts.values)
    known = known_cells(cells, profile, printed_cells(cells, shown, shown["withheld"] == ""))
    visible = _visible(cells, shown, known)
    lowest = lowest_of(cells, truth, profile, before) | extracts.lowest
    hidden = [
        Hidden(label, cells.values[label], rules.smallest_shown, lowest[label])
        for labels, rules in (
            (_hidden_labels(cells, shown, profile) - set(extracts.values), profile),
            (_hidden_aggregates(extracts, profile), extract_profile(profile)),
        )
        for label in sorted(labels)
        if label not in visible and cells.values[label] == cells.values[label]
    ]
    facts = [*visible.values(), *_shares(cells, shown, visible, known, profile)]
    facts += [item.fact(f"the sum {item.total}") for item in (*cells.sums, *extracts.sums)]
    facts += list(_disclosed(cells, truth, beside.sums, profile))
    facts += [_estimated(cells, item) for item in beside.estimates]
    facts += earlier_facts(cells, before, set(visible))
    facts += [fact for run in beside.earlier for fact in facts_of(run, cells, set(visible))]
    return attack(hidden, facts)


def _hidden_labels(cells: Cells, shown: pd.DataFrame, profile: Profile) -> set[str]:
    """The counts that must not be known: those withheld, and the small ones of what is shown in sums only.

    A zero may be known, a count too fine to be shown alone too unless it is small, and so may the whole
    of a percentage.
    """
    found = set()
    kept = shown.loc[shown["withheld"] != "", ["observation_id", "withheld"]]
    for key, mark in kept.itertuples(index=False, name=None):
        for column, label in cells.rows[key].items():
            value = cells.values[label]
            is_plain = mark == IN_SUMS or column == "denominator" or value == 0
            if not is_plain or profile.is_primary(value):
                found.add(label)
    return found


def _hidden_aggregates(extracts: Aggregates, profile: Profile) -> set[str]:
    """The small counts of the extracts that are not shown; the others may be known."""
    rules = extract_profile(profile)
    return {
        label
        for label in extracts.withheld
        if extracts.values[label] and bool(rules.is_primary(extracts.values[label]))
    }


def _visible(cells: Cells, shown: pd.DataFrame, known: Mapping[str, KnownRange]) -> dict[str, Fact]:
    """Label → what is known of the cell from rows that are shown.

    A count that is printed as it is, though its profile would show another number, is known exactly.
    """
    kept = shown[(shown["withheld"] == "") & shown["observation_id"].isin(cells.rows.keys())]
    found = {}
    for key, *counts in kept[["observation_id", "value", "numerator", "denominator"]].itertuples(
        index=False, name=None
    ):
        values = dict(zip(("value", "numerator", "denominator"), counts, strict=True))
        for column, label in cells.rows[key].items():
            value = values[column]
            if value == value and cells.values[label] == cells.values[label]:
                near = known[label]
                if math.isnan(near.shown) or cells.values[label] == value != near.shown:
                    near = KnownRange(value, value, value)
                found[label] = Fact({label: 1.0}, near.low, near.high, str(key))
    return found


def _shares(
    cells: Cells,
    shown: pd.DataFrame,
    visible: Mapping[str, Fact],
    known: Mapping[str, KnownRange],
    profile: Profile,
) -> Iterator[Fact]:
    """Percentages whose counts are not printed beside them, at their printed rounding.

    One that is made of rounded counts reveals no more than these do.
    """
    kept = shown[
        (shown["withheld"] == "")
        & (shown["unit"] == "%")
        & shown["value"].notna()
        & shown["observation_id"].isin(cells.rows.keys())
    ]
    for key, value, decimals in kept[["observation_id", "value", "decimals"]].itertuples(
        index=False, name=None
    ):
        parts = cells.rows[key]
        if "numerator" not in parts or parts["numerator"] in visible:
            continue
        near, whole = known[parts["numerator"]], known[parts["denominator"]]
        if profile.rounding != "none" and whole.shown == whole.shown:
            if near.shown == near.shown:
                yield Fact({parts["numerator"]: 1.0}, near.low, near.high, str(key))
            continue
        places = int(decimals) if decimals == decimals else 1
        if _is_of(cells, parts, value, places):
            share = Share(str(key), (parts["numerator"],), (parts["denominator"],), value, places)
            yield from share.facts()


def _is_of(cells: Cells, parts: Mapping[str, str], value: float, places: int) -> bool:
    """Whether a percentage is that of its declared counts, where both are known; a revised one may not be."""
    top, whole = (cells.values[parts[name]] for name in ("numerator", "denominator"))
    if not whole > 0 or top != top:
        return True
    return abs(100 * top / whole - value) <= 0.5 * 10.0**-places + 50 / whole


def _disclosed(
    cells: Cells, truth: pd.DataFrame, sums: Sequence[tuple[str, str, list[str]]], profile: Profile
) -> Iterator[Fact]:
    """The sums the notebooks were given."""
    counts = {
        column: dict(zip(truth["observation_id"], truth[column], strict=True))
        for column in ("value", "numerator")
    }
    slack = profile.rounding_base / 2 if profile.rounding_base > 1 else 0.0
    for notebook, column, ids in sums:
        total = sum(counts[column][key] for key in ids)
        terms = {cells.rows[key][column]: 1.0 for key in ids}
        yield Fact(terms, total - slack, total + slack, f"a sum in {notebook}")


def _estimated(cells: Cells, estimate: SealedEstimate) -> Fact:
    """What an estimate reveals: the line it follows near the counts as they are."""
    terms: dict[str, float] = defaultdict(float)
    for key, by in estimate.change.items():
        terms[cells.rows[key]["value"]] += by
    total = sum(by * cells.values[label] for label, by in terms.items())
    where = f"an estimate in {estimate.notebook}"
    return Fact(dict(terms), total - estimate.within, total + estimate.within, where)


def shown_cells(truth: pd.DataFrame, shown: pd.DataFrame, tables: Tables) -> dict[str, float]:
    """The counts an edition shows, by cell: what can be known of a later edition from it.

    Args:
        truth: Its observations with their counts.
        shown: The same rows as they are shown.
        tables: How the counts hang together.
    """
    cells = cells_of(truth, tables)
    none = methods.profile("none")
    found = _visible(cells, shown, known_cells(cells, none, ()))
    return {label: fact.lower for label, fact in found.items()}
