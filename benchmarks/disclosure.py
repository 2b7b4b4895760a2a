"""How long suppression and the attack take, on synthetic tables, and against a plain linear program.

    python benchmarks/disclosure.py [SEED]

Suppression: a table of 50 rows and 20 columns with margins, skewed as counts by school and need are. Attack:
some 2,000 withheld counts in 250 tables that share margins pairwise; and the same by one linear program for
each end of each count of the first tables, which is what the ratio is made with.
"""

from __future__ import annotations

import sys
import time

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from send_jsna.disclosure.methods import Fact, Hidden, Relation, Wishes, attack, council, suppress

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


def main(seed: int = 1) -> None:
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


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
