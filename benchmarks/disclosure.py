"""How long suppression and the attack take, on synthetic tables and on published instances.

    python benchmarks/disclosure.py [--seed SEED]
    python benchmarks/disclosure.py --instances FOLDER [--only z1 z2] [--json FILE] [--help]

Instances (tests/support/disclosure_instances.py says which, and how FOLDER is laid out): a line for each with
its cells, the small ones, what is withheld besides, cost and proven bound, processor seconds, and how many
withheld counts are exposed: by the attack of every run, and by a plain linear program for each end of some of
them, which shares no code with the suppression. Repetitions that differ in their pattern are an error.

Suppression: a table of 50 rows and 20 columns with margins, skewed as counts by school and need are. Attack:
some 2,000 withheld counts in 250 tables that share margins pairwise; and the same by one linear program for
each end of each count of the first tables, which is what the ratio is made with.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from send_jsna.disclosure.methods import (
    Fact,
    Hidden,
    Pattern,
    Relation,
    System,
    Wishes,
    attack,
    council,
    lowest_counts,
    suppress,
)

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))
from disclosure_instances import INSTANCES

#: Linked tables that are attacked.
TABLES = 250

Table = tuple[dict[str, float], list[Relation]]


def skewed_table(rows: int, columns: int, seed: int, prefix: str = "") -> Table:
    """Synthetic counts with margins: log-normal row and column sizes, and more spread than Poisson."""
    rng = np.random.default_rng(seed)
    rate = np.outer(rng.lognormal(0, 1.2, rows), rng.lognormal(0, 1.0, columns))
    counts = rng.poisson(25 * rate / rate.mean() * rng.gamma(2, 0.5, (rows, columns)))
    return with_margins(counts, prefix)


def with_margins(counts: np.ndarray, prefix: str) -> Table:
    """Labels, values and sums of a two-way table."""
    rows, columns = counts.shape
    names = [[f"{prefix}{i}.{j}" for j in range(columns)] for i in range(rows)]
    values = {names[i][j]: float(counts[i, j]) for i in range(rows) for j in range(columns)}
    values |= {f"{prefix}{i}.*": float(counts[i].sum()) for i in range(rows)}
    values |= {f"{prefix}*.{j}": float(counts[:, j].sum()) for j in range(columns)}
    values[f"{prefix}*.*"] = float(counts.sum())
    sums = [Relation(f"{prefix}{i}.*", tuple(names[i])) for i in range(rows)]
    sums += [Relation(f"{prefix}*.{j}", tuple(names[i][j] for i in range(rows))) for j in range(columns)]
    sums.append(Relation(f"{prefix}*.*", tuple(f"{prefix}{i}.*" for i in range(rows))))
    sums.append(Relation(f"{prefix}*.*", tuple(f"{prefix}*.{j}" for j in range(columns))))
    return values, sums


def linked_tables(number: int, seed: int) -> Table:
    """Pairs of synthetic tables by phase and need, and by phase and age, with the same phases."""
    rng = np.random.default_rng(seed)
    values: dict[str, float] = {}
    sums: list[Relation] = []
    for pair in range(number // 2):
        cube = rng.poisson(rng.gamma(0.7, 2.5, (4, 5, 4)))
        for name, counts in (("n", cube.sum(axis=2)), ("a", cube.sum(axis=1))):
            some, how = with_margins(counts, f"{pair}{name}")
            # The margin of the phases is one in both tables.
            same = {f"{pair}{name}{i}.*": f"{pair}.{i}" for i in range(4)} | {f"{pair}{name}*.*": f"{pair}.*"}
            values |= {same.get(label, label): value for label, value in some.items()}
            sums += [
                Relation(same.get(x.total, x.total), tuple(same.get(p, p) for p in x.parts)) for x in how
            ]
    return values, list(dict.fromkeys(sums))


def known(values: dict[str, float], sums: list[Relation], withheld: set[str]) -> list[Fact]:
    """Everything a reader knows."""
    facts = [item.fact() for item in sums]
    return facts + [Fact({k: 1.0}, v, v, k) for k, v in values.items() if k not in withheld]


def plain_seconds(values: dict[str, float], sums: list[Relation], withheld: list[str]) -> float:
    """Seconds for one linear program for each end of each of some withheld counts."""
    place = {label: column for column, label in enumerate(values)}
    entries = [(r, place[x], s) for r, item in enumerate(sums) for x, s in _signed(item)]
    at, columns, signs = zip(*entries, strict=True)
    matrix = sparse.csr_array((signs, (at, columns)), shape=(len(sums), len(values)), dtype=float)
    hidden = set(withheld)
    bounds = [(0, None) if label in hidden else (value, value) for label, value in values.items()]
    start = time.perf_counter()
    for label in withheld:
        cost = np.zeros(len(values))
        for sign in (1, -1):
            cost[place[label]] = sign
            linprog(cost, A_eq=matrix, b_eq=np.zeros(len(sums)), bounds=bounds)
    return time.perf_counter() - start


def _signed(item: Relation) -> list[tuple[str, float]]:
    return [(item.total, 1.0), *((part, -1.0) for part in item.parts)]


def exposed_by_plain_programs(system: System, pattern: Pattern, most: int) -> tuple[int, int]:
    """How many of some withheld counts one linear program for each end exposes, and how many were asked for.

    Small counts must be able to be 1 and 5, the others two different counts. Of more than ``most`` counts,
    every so manieth is taken.
    """
    smallest = council().smallest_shown
    lowest = lowest_counts(system.values, system.relations, council())
    withheld = {label for label in pattern.withheld if system.values[label]}
    zeros = {label for label in pattern.withheld if not system.values[label]}
    open_to = sorted(withheld | zeros)
    place = {label: column for column, label in enumerate(open_to)}
    at, columns, signs, sums = [], [], [], []
    for item in system.relations:
        parts = [(place[x], sign) for x, sign in _signed(item) if x in place]
        if parts:
            at += [len(sums)] * len(parts)
            columns += [column for column, _ in parts]
            signs += [sign for _, sign in parts]
            sums.append(sum(-sign * system.values[x] for x, sign in _signed(item) if x not in place))
    matrix = sparse.csr_array((signs, (at, columns)), shape=(len(sums), len(open_to)), dtype=float)
    bounds = [(lowest[label], None) for label in open_to]
    asked = sorted(withheld)[:: -(-len(withheld) // most) if withheld else 1]
    exposed = 0
    for label in asked:
        ends = []
        for sign in (1.0, -1.0):
            cost = np.zeros(len(open_to))
            cost[place[label]] = sign
            solved = linprog(cost, A_eq=matrix, b_eq=sums, bounds=bounds)
            ends.append(np.inf if solved.status in (3, 4) else sign * solved.fun)
        low, high = ends[0], ends[1] if np.isfinite(ends[1]) else np.inf
        is_small = system.values[label] < smallest
        is_safe = low < 1 + 1e-6 and high > smallest - 1e-6 if is_small else high - low > 1 - 1e-6
        exposed += not is_safe
    return exposed, len(asked)


def measured(name: str, folder: Path, seconds: float, repeat: int, ends: int) -> dict[str, object]:
    """What suppressing one instance costs, and what the attacks find.

    Raises:
        SystemExit: Repetitions differ in their pattern.
    """
    system = INSTANCES[name](folder)
    took, seen = [], set()
    for _ in range(repeat):
        start = time.process_time()
        pattern = system.suppress(council(), seconds=seconds)
        took.append(time.process_time() - start)
        seen.add(hashlib.sha256("\n".join(sorted(pattern.withheld)).encode()).hexdigest()[:16])
    if len(seen) > 1:
        raise SystemExit(f"{name}: {repeat} repetitions made {len(seen)} patterns; expected one")
    start = time.process_time()
    exposed = len(system.attack(pattern, council()))
    attacked = time.process_time() - start
    plain, asked = exposed_by_plain_programs(system, pattern, ends)
    return {
        "instance": name,
        "cells": len(system.values),
        "primary": len(pattern.primary),
        "secondary": len(pattern.secondary),
        "cost": round(pattern.cost, 2),
        "bound": round(pattern.bound, 2),
        "gap_pct": round(100 * (pattern.cost / pattern.bound - 1), 1) if pattern.bound else None,
        "is_optimal": pattern.is_optimal,
        "seconds": [round(item, 1) for item in took],
        "exposed": exposed,
        "attack_seconds": round(attacked, 1),
        "exposed_plain": plain,
        "asked_plain": asked,
        "unprotected": len(pattern.unprotected),
        "pattern": seen.pop(),
    }


def instances(chosen: argparse.Namespace) -> None:
    """Print the table of the instances, a line as soon as it is known, and write it as JSON if asked to."""
    heads = ("instance", "cells", "primary", "secondary", "cost", "bound", "gap_pct", "seconds", "exposed")
    print(" ".join(f"{head:>12}" for head in heads), flush=True)
    found = []
    for name in chosen.only or INSTANCES:
        row = measured(name, chosen.instances, chosen.seconds, chosen.repeat, chosen.ends)
        found.append(row)
        row_text = [
            " ".join(map(str, item)) if isinstance(item, list) else str(item) for item in map(row.get, heads)
        ]
        print(" ".join(f"{text:>12}" for text in row_text), flush=True)
        print(
            f"{'':>12} attack {row['attack_seconds']} s; plain programs: {row['exposed_plain']} of"
            f" {row['asked_plain']} exposed; pattern {row['pattern']}",
            flush=True,
        )
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def synthetic(seed: int = 1) -> None:
    values, sums = skewed_table(50, 20, seed)
    start = time.perf_counter()
    pattern = suppress(values, sums, council())
    took = time.perf_counter() - start
    print(
        f"suppression of 50 x 20 with margins: {took:.1f} s, {len(pattern.primary)} small, "
        f"{len(pattern.secondary)} more withheld, cost {pattern.cost:.1f}, bound {pattern.bound:.1f}, "
        f"{'optimal' if pattern.is_optimal else 'not proved optimal'}"
    )
    values, sums = linked_tables(TABLES, seed)
    start = time.perf_counter()
    pattern = suppress(values, sums, council(), Wishes(seconds=60))
    print(f"suppression of {TABLES} linked tables: {time.perf_counter() - start:.1f} s")
    withheld = list(pattern.withheld)
    facts = known(values, sums, set(withheld))
    start = time.perf_counter()
    found = attack([Hidden(label, values[label], 5) for label in withheld], facts)
    took = time.perf_counter() - start
    print(
        f"attack on {len(withheld)} withheld counts in {TABLES} linked tables:"
        f" {took:.2f} s, {len(found)} exposed"
    )
    few = withheld[:20]
    plain = plain_seconds(values, sums, few) / len(few) * len(withheld)
    print(
        f"one linear program for each end: {plain:.0f} s (from {len(few)} counts), {plain / took:.0f} times"
    )


def main(arguments: Sequence[str]) -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seed", type=int, default=1, help="seed of the synthetic tables")
    parser.add_argument("--instances", type=Path, metavar="FOLDER", help="folder of the published instances")
    parser.add_argument("--only", nargs="+", choices=list(INSTANCES), help="instances; all where not given")
    parser.add_argument("--seconds", type=float, default=600, help="processor seconds for each suppression")
    parser.add_argument("--repeat", type=int, default=2, help="how often each is suppressed")
    parser.add_argument("--ends", type=int, default=50, help="withheld counts for the plain programs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the table is written as JSON")
    chosen = parser.parse_args(arguments)
    if chosen.instances is None:
        synthetic(chosen.seed)
    elif not (chosen.instances / "MANIFEST.md").is_file():
        parser.error(f"{chosen.instances}: no MANIFEST.md; expected a folder of published instances")
    else:
        instances(chosen)


if __name__ == "__main__":
    main(sys.argv[1:])
