"""A pattern that protects, found without an integer program.

One small count after the other is moved as far as it must go, through cells that are cheap to withhold, and
these are withheld (as J. P. Kelly, B. L. Golden and A. A. Assad, "Cell suppression: disclosure protection for
sensitive tabular data", Networks 22 (1992) 397-417, do by linear programs); then whatever is not needed is
shown again.
"""

from __future__ import annotations

import time

import numpy as np
import scipy

from send_jsna.disclosure.methods.problem import Problem
from send_jsna.disclosure.methods.region import TOLERANCE, Bools, Floats, Integers, Region, minimum


def heuristic(problem: Problem, withheld: Bools, deadline: float) -> Bools:
    """A safe pattern that withholds at least the items given."""
    withheld = withheld.copy()
    goals = problem.goals
    moves = [
        (int(column), sign, float(target))
        for column, low, high in zip(goals.columns, goals.low, goals.high, strict=True)
        for sign, target in ((1, high), (-1, low))
    ]
    moves.sort(key=lambda move: -abs(move[2] - problem.point[move[0]]))
    supports: list[Bools] = []
    reached = []
    for move in moves:
        support = _support(problem, withheld, ~problem.barred | problem.forced, move)
        if support is None:
            continue
        withheld |= support
        supports.append(support)
        reached.append(move)
    withheld = np.any([*supports, problem.forced], axis=0)
    return _whole(problem, _thinned(problem, withheld, reached, supports, deadline))


def _support(problem: Problem, withheld: Bools, allowed: Bools, move: tuple[int, int, float]) -> Bools | None:
    """Items it takes to move a count, those already withheld at next to no cost; None where none do."""
    column, _, target = move
    shown, hidden = problem.shown, problem.hidden
    distance = max(abs(target - problem.point[column]), TOLERANCE)
    price = np.append(np.where(withheld, 1e-3 * problem.weights + 1e-6, problem.weights), 0.0)
    may = np.append(allowed, False)
    columns, rows = problem.item_of_column, problem.item_of_row
    extra = [
        _extra(shown.upper, hidden.upper, may[columns], price[columns], distance),
        _extra(-shown.lower, -hidden.lower, may[columns], price[columns], distance),
        _extra(shown.row_upper, hidden.row_upper, may[rows], price[rows], distance),
        _extra(-shown.row_lower, -hidden.row_lower, may[rows], price[rows], distance),
    ]
    lower, upper = shown.lower.copy(), shown.upper.copy()
    size, eye = len(lower), scipy.sparse.eye_array(matrix_rows := shown.matrix.shape[0], format="csr")
    matrix = scipy.sparse.hstack([shown.matrix, shown.matrix, -shown.matrix, -eye, eye]).tocsr()
    need = np.zeros((1, matrix.shape[1]))
    need[0, [column, size + column, 2 * size + column]] = (1, 1, -1)
    whole = Region(
        scipy.sparse.vstack([matrix, scipy.sparse.csr_array(need)]).tocsr(),
        np.append(shown.row_lower, target),
        np.append(shown.row_upper, target),
        np.concatenate([lower, np.zeros(2 * size + 2 * matrix_rows)]),
        np.concatenate([upper, *(limit for limit, _ in extra)]),
    )
    cost = np.concatenate([np.zeros(size), *(prices for _, prices in extra)])
    found = minimum(whole, cost).counts
    if found is None:
        return None
    used = np.zeros(len(problem.weights) + 1, dtype=bool)
    ends = np.cumsum([size, size, size, matrix_rows, matrix_rows])
    for start, governs in zip(ends, (columns, columns, rows, rows), strict=False):
        used[governs[found[start : start + len(governs)] > TOLERANCE]] = True
    return used[:-1]


def _extra(
    shown: Floats, hidden: Floats, may: Bools, price: Floats, distance: float
) -> tuple[Floats, Floats]:
    """How much further a limit goes when its item is withheld, and the price of one unit of that."""
    with np.errstate(invalid="ignore"):
        room = np.where(may, np.nan_to_num(hidden - shown, nan=0.0, posinf=np.inf), 0.0)
    return room, np.where(room > 0, price / np.clip(room, TOLERANCE, distance), 0.0)


def _thinned(
    problem: Problem,
    withheld: Bools,
    moves: list[tuple[int, int, float]],
    supports: list[Bools],
    deadline: float,
) -> Bools:
    """The pattern without items that no move needs, the dearest tried first."""
    extra = np.flatnonzero(withheld & ~problem.forced)
    for item in extra[np.argsort(-problem.weights[extra], kind="stable")]:
        if time.process_time() > deadline:
            break
        without = withheld.copy()
        without[item] = False
        again: dict[int, Bools] = {}
        for number, support in enumerate(supports):
            if not support[item]:
                continue
            new = _support(problem, without, without, moves[number])
            if new is None:
                break
            again[number] = new
        else:
            withheld = without
            for number, support in again.items():
                supports[number] = support
    return withheld


def _whole(problem: Problem, withheld: Bools) -> Bools:
    """The pattern, with more withheld where whole numbers reveal more than fractions."""
    withheld = withheld.copy()
    while problem.missed(withheld, whole=True).any():
        free = ~withheld & ~problem.barred
        if not free.any():
            break
        missed = problem.goals.columns[problem.missed(withheld, whole=True).any(axis=0)]
        left = np.flatnonzero(free & _beside(problem, missed))
        left = left if len(left) else np.flatnonzero(free)
        withheld[left[np.argmin(problem.weights[left])]] = True
    return withheld


def _beside(problem: Problem, columns: Integers) -> Bools:
    """Items that are in one sum with some of these columns."""
    matrix = np.abs(problem.shown.matrix)
    chosen = np.zeros(matrix.shape[1])
    chosen[columns] = 1
    rows = matrix @ chosen > 0
    near = np.zeros(len(problem.weights) + 1, dtype=bool)
    near[problem.item_of_column[matrix.T @ rows.astype(np.float64) > 0]] = True
    near[problem.item_of_row[rows]] = True
    return near[:-1]
