"""Patterns of least loss: an exact method with a heuristic for where it takes too long.

The exact method is that of M. Fischetti and J. J. Salazar-González (Management Science 47 (2001) 1008-1027):
an integer program over what is withheld, which learns from the attacker's linear programs. Each time the
attacker finds a count it can bound too closely, the dual of its program is a condition every safe pattern
fulfils, and the integer program gets it. The first conditions are those of single totals.

The heuristic is in :mod:`send_jsna.disclosure.methods.heuristic`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np
import scipy

from send_jsna.disclosure.methods.heuristic import heuristic
from send_jsna.disclosure.methods.problem import Problem
from send_jsna.disclosure.methods.region import TOLERANCE, Bools, Floats, duals

#: Rounds after which the integer program has to stop, however much time is left: the outcome must not depend
#: on how fast a machine is.
ROUNDS = 80
#: Items from which the heuristic is asked first.
_LARGE = 80
#: How far what is shown is let give, as a part of the distance a count has to move.
_GIVE = 1e-3
#: Nodes of all integer programs together, for the same reason.
_NODES = 20_000
#: How far from the least a pattern may be as long as the attacker still finds something.
_GAP = 0.03


@dataclass
class Found:
    """The best pattern so far.

    Attributes:
        withheld: Which items are withheld; None as long as there is no pattern.
        cost: Its cost.
        bound: No pattern costs less.
    """

    withheld: Bools | None = None
    cost: float = np.inf
    bound: float = 0.0

    def offer(self, problem: Problem, withheld: Bools) -> None:
        """Take a safe pattern if it is better."""
        cost = problem.cost(withheld)
        if cost < self.cost - TOLERANCE:
            self.withheld, self.cost = withheld, cost

    @property
    def is_optimal(self) -> bool:
        """Whether no pattern costs less."""
        return bool(np.isfinite(self.cost)) and self.cost <= self.bound + 1e-5 * max(1.0, self.cost)


@dataclass
class _Cuts:
    items: int
    rows: list[Floats] = field(default_factory=list)
    known: set[bytes] = field(default_factory=set)

    def add(self, cut: tuple[Floats, float] | None) -> bool:
        if cut is None:
            return False
        key = np.round(cut[0], 6).tobytes()
        if key in self.known:
            return False
        self.known.add(key)
        self.rows.append(cut[0])
        return True


def search(problem: Problem, deadline: float) -> Found:
    """The pattern of least loss, or the best one there is time for.

    Args:
        problem: One connected problem whose goals can be reached.
        deadline: Time by ``time.process_time`` at which to stop.

    Returns:
        A pattern in which no goal is missed, and the bound.
    """
    found = Found()
    cuts = _first_cuts(problem)
    is_large = len(problem.weights) > _LARGE
    if is_large:
        found.offer(problem, heuristic(problem, problem.forced.copy(), deadline))
    gap, nodes = _GAP, 0
    for _ in range(ROUNDS):
        if time.process_time() > deadline or nodes > _NODES:
            break
        master = _master(problem, cuts, gap, deadline)
        nodes += master.nodes
        found.bound = max(found.bound, master.bound)
        if master.withheld is None or found.is_optimal:
            break
        missed = problem.missed(master.withheld, whole=True)
        if not missed.any():
            found.offer(problem, master.withheld)
            if master.is_exact or found.is_optimal:
                break
            gap = 0.0
        elif not _learn(problem, cuts, master.withheld, missed):
            # Whole numbers show more here, and no multiplier says why: something else has to be withheld too.
            more = (~master.withheld & ~problem.barred).astype(np.float64)
            if not more.any() or not cuts.add((more, 1.0)):
                break
    if found.withheld is None:
        found.offer(problem, heuristic(problem, problem.forced.copy(), np.inf))
    return found


def _first_cuts(problem: Problem) -> _Cuts:
    """What every total asks for by itself."""
    cuts = _Cuts(len(problem.weights))
    matrix = scipy.sparse.csc_array(problem.shown.matrix)
    goals = problem.goals
    for column, low, high in zip(goals.columns, goals.low, goals.high, strict=True):
        for place in range(matrix.indptr[column], matrix.indptr[column + 1]):
            multipliers = np.zeros(matrix.shape[0])
            for sign, target in ((1, high), (-1, low)):
                multipliers[matrix.indices[place]] = sign / matrix.data[place]
                cuts.add(problem.cut(multipliers, int(column), sign, float(target)))
    return cuts


@dataclass(frozen=True)
class _Master:
    withheld: Bools | None
    bound: float
    is_exact: bool
    nodes: int = 0


def _master(problem: Problem, cuts: _Cuts, gap: float, deadline: float) -> _Master:
    """The cheapest items that fulfil every condition so far, or nearly, and a bound of the cost."""
    if not cuts.rows:
        return _Master(problem.forced.copy(), 0.0, is_exact=True)
    cost = np.where(problem.forced, 0.0, problem.weights)
    result = scipy.optimize.milp(
        cost,
        integrality=np.ones(len(cost)),
        bounds=scipy.optimize.Bounds(problem.forced.astype(float), 1.0 - (problem.barred & ~problem.forced)),
        constraints=scipy.optimize.LinearConstraint(
            scipy.sparse.csr_array(np.array(cuts.rows)), 1 - 1e-9, np.inf
        ),
        options={
            "node_limit": _NODES,
            "mip_rel_gap": gap,
            # HiGHS counts by the clock, which on a busy machine runs faster than the processor.
            "time_limit": max(1.0, 4 * (deadline - time.process_time())),
        },
    )
    bound = result.mip_dual_bound
    bound = max(0.0, float(bound)) if bound is not None and np.isfinite(bound) else 0.0
    nodes = int(result.mip_node_count or 0)
    if result.x is None:
        return _Master(None, bound, is_exact=False, nodes=nodes)
    withheld = np.asarray(result.x) > 0.5
    is_exact = result.status == 0 and problem.cost(withheld) <= bound + 1e-6 * max(1.0, bound)
    return _Master(withheld, bound, is_exact, nodes)


def _learn(problem: Problem, cuts: _Cuts, withheld: Bools, missed: Bools) -> bool:
    """Add what the attacker's programs say about the goals that are missed."""
    is_new = False
    goals = problem.goals
    for direction, place in np.argwhere(missed):
        column = int(goals.columns[place])
        sign, target = (1, goals.high[place]) if direction else (-1, goals.low[place])
        for give in (_GIVE, 0.0):
            multipliers = _attack(problem, withheld, column, sign, float(target), give)
            if multipliers is not None:
                is_new |= cuts.add(problem.cut(multipliers, column, sign, float(target)))
                break
    return is_new


def _attack(
    problem: Problem, withheld: Bools, column: int, sign: int, target: float, give: float
) -> Floats | None:
    """Multipliers that prove that a count cannot move as far as it must, None where it can.

    Many multipliers prove it. Where everything that is shown is let give a little, those come out that ask
    least of it, and their conditions are the sharper ones (T. L. Magnanti and R. T. Wong, "Accelerating
    Benders decomposition: algorithmic enhancement and model selection criteria", Operations Research 29
    (1981) 464-484).
    """
    region = problem.region(withheld)
    distance = abs(target - problem.point[column])
    wide = problem.region(~problem.barred | problem.forced)
    lower = region.lower - give * np.clip(region.lower - wide.lower, 0, distance)
    with np.errstate(invalid="ignore"):
        room = np.nan_to_num(wide.upper - region.upper, nan=0.0, posinf=np.inf)
    upper = region.upper + give * np.clip(room, 0, distance)
    # Beyond the target it may not go: the program is then never unbounded.
    if sign > 0:
        upper[column] = min(upper[column], target)
    else:
        lower[column] = max(lower[column], target)
    cost = np.zeros(len(lower))
    cost[column] = -sign
    solved = duals(region.bounded(lower, upper), cost)
    if solved is None or -solved[0] >= sign * target - TOLERANCE:
        return None
    return -solved[1]
