"""Which other counts are withheld, so that no small one can be worked out, at the least loss.

A small count must look as if it could be anything from one to the smallest count that is shown. How far a
reader can narrow it down is found by linear programs, and the pattern of least loss by an integer program;
see :mod:`send_jsna.disclosure.methods.search`. Parts of the tables that have no sum in common are solved one
by one.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from send_jsna.disclosure.methods.assembly import Setting, assemble
from send_jsna.disclosure.methods.clock import Clock, OutOfTime
from send_jsna.disclosure.methods.model import Fact, Relation, Share
from send_jsna.disclosure.methods.problem import Problem, missed_in
from send_jsna.disclosure.methods.profiles import Profile, State
from send_jsna.disclosure.methods.reach import Goals, extent
from send_jsna.disclosure.methods.region import Bools, Integers, blocks
from send_jsna.disclosure.methods.search import LARGE, Found, search
from send_jsna.disclosure.methods.wishes import Wishes


@dataclass(frozen=True)
class Pattern:
    """What is shown and what is withheld.

    Attributes:
        states: State by label, those of shares among them.
        cost: Weight of the secondary cells.
        bound: No pattern that protects has a lower cost.
        is_optimal: Whether cost and bound are the same.
        primary: Labels withheld because they are small, or because they were to be.
        secondary: Labels withheld for the sake of others.
        unprotected: Labels of counts that cannot be protected as they should, whatever is withheld.
        notes: Sentences on what was odd: sums that do not add up, labels that cannot be protected.
    """

    states: Mapping[str, State]
    cost: float
    bound: float
    is_optimal: bool
    primary: tuple[str, ...]
    secondary: tuple[str, ...]
    unprotected: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def withheld(self) -> tuple[str, ...]:
        """Labels withheld by this pattern, not those a publisher withheld."""
        return (*self.primary, *self.secondary)


def suppress(
    values: Mapping[str, float],
    relations: Sequence[Relation],
    profile: Profile,
    wishes: Wishes | None = None,
    *,
    must_show: Collection[str] = (),
    shares: Sequence[Share] = (),
    facts: Sequence[Fact] = (),
) -> Pattern:
    """The pattern of least information loss in which no withheld count can be worked out.

    Args:
        values: Count by label; NaN where the publisher withheld it.
        relations: How the counts add up. A sum that does not add up is a publisher's error: it is protected
            as if it did, and a note says so.
        profile: The profile.
        wishes: What is asked for beyond the profile; nothing by default.
        must_show: Labels never withheld for the sake of others.
        shares: Shares shown beside the counts; a share that gives a count away is withheld.
        facts: What is shown whatever is withheld here: the edition before, other reports.

    Returns:
        The pattern. Withheld counts can be worked out in none, ``unprotected`` excepted. It is the same in
        whatever order counts, sums and shares are given: two tables of one breakdown withhold the same.

    Raises:
        ValueError: A count is negative or not whole, a label has no value, or a label that must be shown is
            small; the message names it.
    """
    wishes = wishes or Wishes()
    clock = Clock.of(wishes.seconds)
    # Of patterns that cost the same the solver's depends on the order of the columns and rows.
    setting = assemble(
        dict(sorted(values.items())),
        sorted(relations, key=lambda item: (item.total, item.parts)),
        profile,
        wishes,
        frozenset(must_show),
        sorted(shares, key=lambda share: share.label),
        facts,
    )
    solution = _Solution(setting.problem.forced, Found(cost=0.0))
    if profile.needs_secondary:
        try:
            solution = _solved(setting, clock)
        except OutOfTime:
            solution = _over_suppressed(setting, wishes.seconds)
    return _pattern(setting, wishes, solution, values, shares)


@dataclass(frozen=True)
class _Solution:
    """What is withheld.

    Attributes:
        withheld: Which items.
        found: Cost and bound.
        unprotected: Labels that are not protected as they should be.
        notes: What there is to say of it.
    """

    withheld: Bools
    found: Found
    unprotected: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def _solved(setting: Setting, clock: Clock) -> _Solution:
    """What is withheld of all parts.

    Raises:
        OutOfTime: It took too long.
    """
    withheld = setting.problem.forced.copy()
    total = Found(cost=0.0)
    unprotected: list[str] = []
    for part, columns, items in _parts(setting.problem):
        clock.check()
        best, left = _of_part(part, clock)
        withheld[items] = best.withheld
        total.cost, total.bound = total.cost + best.cost, total.bound + min(best.bound, best.cost)
        unprotected += [setting.labels[column] for column in columns[left]]
    notes = (
        f"{label}: cannot be protected as it should be, whatever else is withheld" for label in unprotected
    )
    return _Solution(withheld, total, tuple(unprotected), tuple(notes))


def _of_part(problem: Problem, clock: Clock) -> tuple[Found, Integers]:
    """The pattern of one part, and the columns of counts it does not protect as it should."""
    if len(problem.weights) <= LARGE:
        problem, short = _reachable(problem, clock)
        best = _without_known(problem, search(problem, clock))
        withheld = problem.forced if best.withheld is None else best.withheld
        missed = problem.missed(withheld, whole=True).any(axis=0)
        return best, np.union1d(short, problem.goals.columns[missed])
    short = np.array([], dtype=np.int64)
    best = search(problem, clock)
    while len(best.lost):
        # What cannot be reached even so, by a hair, is given up.
        again = np.intersect1d(best.lost, short)
        short = np.union1d(short, best.lost)
        problem = _lowered(problem, np.isin(problem.goals.columns, best.lost), clock)
        problem = replace(problem, goals=problem.goals.some(~np.isin(problem.goals.columns, again)))
        best = search(problem, clock)
    return _without_known(problem, best), np.union1d(short, best.missed)


def _over_suppressed(setting: Setting, seconds: float) -> _Solution:
    """Everything withheld that may be, where anything must be: no search, and always the same."""
    problem = setting.problem
    withheld = problem.forced.copy()
    unprotected: list[str] = []
    for part, columns, items in _parts(problem):
        withheld[items] |= ~part.barred
        unprotected += [setting.labels[column] for column in columns[part.goals.columns]]
    note = (
        f"the search for what must be withheld took longer than {seconds:g} seconds: everything is withheld "
        "that may be, and whether that protects every count was not found out"
    )
    return _Solution(withheld, Found(cost=problem.cost(withheld)), tuple(unprotected), (note,))


def _parts(problem: Problem) -> Iterator[tuple[Problem, Integers, Integers]]:
    """The parts of a problem that have a goal, with their columns and items in the whole.

    Parts have no sum in common, and no share is of counts of two.
    """
    _, part, row_part = blocks(problem.shown)
    for number in np.unique(part[problem.goals.columns]):
        columns, rows = np.flatnonzero(part == number), np.flatnonzero(row_part == number)
        governing = np.concatenate([problem.item_of_column[columns], problem.item_of_row[rows]])
        items = np.unique(governing[governing >= 0])
        goals = problem.goals.some(part[problem.goals.columns] == number)
        yield (
            Problem(
                problem.shown.part(columns, rows),
                problem.hidden.part(columns, rows),
                problem.point[columns],
                _places(problem.item_of_column[columns], items),
                _places(problem.item_of_row[rows], items),
                problem.weights[items],
                problem.forced[items],
                problem.barred[items],
                replace(goals, columns=np.searchsorted(columns, goals.columns)),
            ),
            columns,
            items,
        )


def _places(items: Integers, kept: Integers) -> Integers:
    return np.where(items >= 0, np.searchsorted(kept, items), -1)


def _reachable(problem: Problem, clock: Clock) -> tuple[Problem, Integers]:
    """The problem with goals that can be reached, and the columns of those that were lowered.

    Where not even withholding everything gives a count its full range (a figure of another report bounds it,
    or nothing else may be withheld), it gets the range that gives.
    """
    if problem.is_free:
        return problem, np.array([], dtype=np.int64)
    all_of_it = ~problem.barred | problem.forced
    missed = np.asarray(problem.missed(all_of_it, whole=True).any(axis=0))
    if not missed.any():
        return problem, np.array([], dtype=np.int64)
    return _lowered(problem, missed, clock), problem.goals.columns[missed]


def _lowered(problem: Problem, missed: Bools, clock: Clock) -> Problem:
    """The problem with some of its goals as far as withholding everything gets; of a large one, by fractions.

    Raises:
        OutOfTime: It took too long.
    """
    region = problem.region(~problem.barred | problem.forced)
    goals = problem.goals
    low, high = goals.low.copy(), goals.high.copy()
    for place in np.flatnonzero(missed):
        clock.check()
        least, most = extent(region, int(goals.columns[place]), whole=len(problem.weights) <= LARGE)
        low[place], high[place] = max(low[place], least), min(high[place], most)
    return replace(problem, goals=replace(goals, low=low, high=high))


def _without_known(problem: Problem, found: Found) -> Found:
    """The pattern without counts that are withheld and known all the same: these can as well be shown."""
    withheld = found.withheld
    # Of a pattern of least cost nothing can be shown: it would cost less.
    while withheld is not None and not found.is_optimal:
        of_item = np.full(len(problem.weights) + 1, -1)
        of_item[problem.item_of_column] = np.arange(len(problem.item_of_column))
        extra = np.flatnonzero(withheld & ~problem.forced & ~found.moving & (of_item[:-1] >= 0))
        if not len(extra):
            break
        columns = of_item[extra]
        spread = Goals(columns, columns * 0.0, columns * 0.0, np.ones(len(columns), dtype=bool))
        known = missed_in(problem.region(withheld), spread, problem.point, whole=True).all(axis=0)
        if not known.any():
            break
        withheld = withheld.copy()
        withheld[extra[known]] = False
        found = replace(found, withheld=withheld, cost=problem.cost(withheld))
    return found


def _pattern(
    setting: Setting,
    wishes: Wishes,
    solution: _Solution,
    values: Mapping[str, float],
    shares: Sequence[Share],
) -> Pattern:
    states = {label: _state_alone(label, value, wishes) for label, value in values.items()}
    for label, is_withheld in zip(setting.items, solution.withheld, strict=True):
        if label in setting.small or label in wishes.cannot_show:
            states[label] = State.WITHHELD_PRIMARY
        elif is_withheld and label not in wishes.implied:
            states[label] = State.WITHHELD_SECONDARY
    for share in shares:
        parts = (*share.numerator, *share.denominator)
        if share.label not in states:
            is_derived = share.label not in setting.items
            lost = math.isnan(share.value) or (is_derived and any(states[part].is_withheld for part in parts))
            states[share.label] = State.WITHHELD_SECONDARY if lost else State.SHOWN
    return Pattern(
        states,
        solution.found.cost,
        solution.found.bound,
        solution.found.is_optimal,
        tuple(label for label, state in states.items() if state is State.WITHHELD_PRIMARY),
        tuple(label for label, state in states.items() if state is State.WITHHELD_SECONDARY),
        solution.unprotected,
        (*setting.notes, *solution.notes),
    )


def _state_alone(label: str, value: float, wishes: Wishes) -> State:
    if math.isnan(value):
        return State.MISSING if label in wishes.missing else State.WITHHELD_BY_PUBLISHER
    if label in wishes.structural:
        return State.STRUCTURAL_ZERO
    return State.ZERO if value == 0 else State.SHOWN
