"""Patterns of least loss: an exact method with a heuristic for where it takes too long.

The exact method is that of M. Fischetti and J. J. Salazar-González (Management Science 47 (2001) 1008-1027):
an integer program over what is withheld, which learns from the attacker's linear programs. Each time the
attacker finds a count it can bound too closely, the dual of its program is a condition every safe pattern
fulfils, and the integer program gets it. What is known before is in
:mod:`send_jsna.disclosure.methods.conditions`.

In large tables the integer program's outcome is made a pattern in each round by
:mod:`send_jsna.disclosure.methods.heuristic`. How many rounds there are depends on the size of the table and
never on the clock: the same tables come out the same on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import scipy

from send_jsna.disclosure.methods.clock import Clock, OutOfTime
from send_jsna.disclosure.methods.conditions import Conditions, of_company, of_single_sums
from send_jsna.disclosure.methods.heuristic import Proofs
from send_jsna.disclosure.methods.problem import Cut, Problem
from send_jsna.disclosure.methods.region import TOLERANCE, Bools, Floats, Integers, duals

#: Rounds after which the integer program has to stop: the outcome must not depend on how fast a machine is.
ROUNDS = 80
#: Items from which a table is large.
LARGE = 80
#: How far what is shown is let give, as a part of the distance a count has to move.
_GIVE = 1e-3
#: Nodes of all integer programs together, for the same reason.
_NODES = 20_000
#: How far from the least a pattern may be as long as the attacker still finds something.
_GAP = 0.03
#: Rounds times the square of the items: a round costs as much as there are targets times items.
_WORK = 2_500_000
#: Items from which no branching is done.
_HUGE = 2000
#: Linear programs with which items are tried to be shown again, and items from which that is not worth it.
_TRIES = 500
#: Targets from which is learnt in one round of a large table.
_LEARNT = 40


@dataclass
class Found:
    """The best pattern so far.

    Attributes:
        withheld: Which items are withheld; None as long as there is no pattern.
        cost: Its cost.
        bound: No pattern costs less.
        lost: Columns of counts of a large problem that cannot be moved as far as they should, whatever is
            withheld; then there is no pattern.
        moving: Items of which is proved that they are not known exactly.
        missed: Columns of counts that a large problem's pattern leaves out of their reach.
    """

    withheld: Bools | None = None
    cost: float = np.inf
    bound: float = 0.0
    lost: Integers = field(default_factory=lambda: np.array([], dtype=np.int64))
    moving: Bools = field(default_factory=lambda: np.array(False))
    missed: Integers = field(default_factory=lambda: np.array([], dtype=np.int64))

    def offer(self, problem: Problem, withheld: Bools) -> None:
        """Take a safe pattern if it is better."""
        cost = problem.cost(withheld)
        if cost < self.cost - TOLERANCE:
            self.withheld, self.cost = withheld, cost

    @property
    def is_optimal(self) -> bool:
        """Whether no pattern costs less."""
        return bool(np.isfinite(self.cost)) and self.cost <= self.bound + 1e-5 * max(1.0, self.cost)


def search(problem: Problem, clock: Clock) -> Found:
    """The pattern of least loss, or the best one of as many rounds as a problem of its size is given.

    Args:
        problem: One connected problem. Goals of one that is not large can be reached.
        clock: When to stop.

    Returns:
        A pattern in which no goal is missed, and the bound; or the goals that cannot be reached whatever is
        withheld.

    Raises:
        OutOfTime: The search took too long.
    """
    return _in_rounds(problem, clock) if len(problem.weights) > LARGE else _exact(problem, clock)


def _exact(problem: Problem, clock: Clock) -> Found:
    found = Found()
    conditions = Conditions(len(problem.weights))
    of_single_sums(problem, conditions, clock)
    gap, nodes = _GAP, 0
    for _ in range(ROUNDS):
        if nodes > _NODES:
            break
        master = _master(problem, conditions, gap, _NODES, clock)
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
            continue
        is_new = _learn(problem, conditions, master.withheld, _targets(problem, missed))
        if not is_new and not _more(problem, conditions, master.withheld):
            break
    if found.withheld is None:
        proofs = Proofs(problem, clock)
        pattern, _, _ = proofs.repaired(problem.forced)
        found.offer(problem, proofs.in_whole_numbers(proofs.thinned(pattern, _TRIES)))
    return found


def _in_rounds(problem: Problem, clock: Clock) -> Found:
    found = Found()
    conditions = Conditions(len(problem.weights))
    of_single_sums(problem, conditions, clock)
    of_company(problem, conditions, clock)
    proofs = Proofs(problem, clock)
    size = len(problem.weights)
    gap, nodes = _GAP, _NODES if size < _HUGE else 1
    rounds = max(1, min(ROUNDS, _WORK // size**2))
    while rounds and not found.is_optimal:
        rounds -= 1
        master = _master(problem, conditions, gap, nodes, clock)
        nodes = max(1, nodes - master.nodes)
        found.bound = max(found.bound, master.bound)
        start = problem.forced if master.withheld is None else master.withheld
        pattern, asked, lost = proofs.repaired(start)
        if len(lost):
            return Found(lost=proofs.columns(lost))
        is_safe = not len(asked) and not len(proofs.missed_whole(start))
        pattern = proofs.needed(pattern)
        if problem.cost(pattern) < found.cost:
            found.offer(problem, proofs.in_whole_numbers(pattern))
        if master.withheld is None or (is_safe and master.is_exact):
            break
        if is_safe:
            gap = 0.0
        elif rounds and not found.is_optimal:
            # Those for which more had to be withheld come first.
            doubtful = np.concatenate([asked, np.setdiff1d(proofs.unproven(start), asked)])
            learnt = [conditions.add(cut) for cut in proofs.learnt(start, doubtful[:_LEARNT])]
            if not any(learnt) and (len(asked) or not _more(problem, conditions, start)):
                break
    if found.withheld is not None and not found.is_optimal and size < _TRIES:
        found.offer(problem, proofs.in_whole_numbers(proofs.thinned(found.withheld, _TRIES)))
    if found.withheld is not None:
        found.moving = proofs.moving(found.withheld)
        found.missed = proofs.columns(proofs.missed_whole(found.withheld))
    return found


@dataclass(frozen=True)
class _Master:
    withheld: Bools | None
    bound: float
    is_exact: bool
    nodes: int = 0


def _master(problem: Problem, conditions: Conditions, gap: float, nodes: int, clock: Clock) -> _Master:
    """The cheapest items that fulfil every condition so far, or nearly, and a bound of the cost."""
    if not len(conditions):
        return _Master(problem.forced.copy(), 0.0, is_exact=True)
    cost = np.where(problem.forced, 0.0, problem.weights)
    result = scipy.optimize.milp(
        cost,
        integrality=np.ones(len(cost)),
        bounds=scipy.optimize.Bounds(problem.forced.astype(float), 1.0 - (problem.barred & ~problem.forced)),
        constraints=scipy.optimize.LinearConstraint(conditions.matrix, conditions.least - 1e-9, np.inf),
        options={"node_limit": nodes, "mip_rel_gap": gap, "time_limit": clock.left},
    )
    if result.message.startswith("Time limit"):
        raise OutOfTime
    bound = result.mip_dual_bound
    bound = max(0.0, float(bound)) if bound is not None and np.isfinite(bound) else 0.0
    used = int(result.mip_node_count or 0)
    if result.x is None:
        return _Master(None, bound, is_exact=False, nodes=used)
    withheld = np.asarray(result.x) > 0.5
    is_exact = result.status == 0 and problem.cost(withheld) <= bound + 1e-6 * max(1.0, bound)
    return _Master(withheld, bound, is_exact, used)


def _targets(problem: Problem, missed: Bools) -> list[tuple[int, int, float]]:
    """Column, direction and end of what is missed."""
    goals = problem.goals
    return [
        (int(goals.columns[place]), 1, float(goals.high[place]))
        if direction
        else (int(goals.columns[place]), -1, float(goals.low[place]))
        for direction, place in np.argwhere(missed)
    ]


def _more(problem: Problem, conditions: Conditions, withheld: Bools) -> bool:
    """Ask for something else to be withheld too, whatever it is.

    Whole numbers show more now and then, and no multiplier says why.
    """
    more = np.flatnonzero(~withheld & ~problem.barred)
    return bool(len(more)) and conditions.add(Cut.of(more, np.ones(len(more)), 1.0))


def _learn(
    problem: Problem, conditions: Conditions, withheld: Bools, targets: list[tuple[int, int, float]]
) -> bool:
    """Add what the attacker's programs say about the targets that are missed."""
    is_new = False
    for column, sign, target in targets:
        for give in (_GIVE, 0.0):
            multipliers = _attack(problem, withheld, column, sign, target, give)
            if multipliers is not None:
                is_new |= conditions.add(problem.cut(multipliers, column, sign, target))
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
    if solved is None or sign * solved[0][column] >= sign * target - TOLERANCE:
        return None
    return -solved[1]
