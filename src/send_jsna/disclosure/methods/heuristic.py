"""Patterns that protect, found without an integer program, each with the moves that prove it.

One target after the other is reached by the cheapest move, and what it takes is withheld; then whatever is
not needed is shown again. Moves are kept: one often proves that many counts can move, and in later patterns
too.
"""

from __future__ import annotations

import numpy as np

from send_jsna.disclosure.methods.clock import Clock
from send_jsna.disclosure.methods.moves import Move, Moves, taken
from send_jsna.disclosure.methods.problem import Cut, Problem
from send_jsna.disclosure.methods.region import TOLERANCE, Bools, Floats, Integers

#: Items from which several targets are asked for at once, and how many.
_HUGE = 20_000
_TOGETHER = 64


class Proofs:
    """Moves found so far, and what they prove of a pattern."""

    def __init__(self, problem: Problem, clock: Clock) -> None:
        """No moves of a problem yet."""
        self._problem = problem
        self._clock = clock
        self._moves = Moves(problem)
        self._known: list[Move] = []
        self._allowed = ~problem.barred | problem.forced
        self._is_whole = bool(np.all(np.abs(problem.point - np.round(problem.point)) < TOLERANCE))

    @property
    def targets(self) -> int:
        """How many targets there are."""
        return len(self._moves.targets.columns)

    def columns(self, numbers: Integers) -> Integers:
        """Columns of some targets, each once."""
        return np.unique(self._moves.targets.columns[numbers])

    def target(self, number: int) -> tuple[int, int, float]:
        """Column, direction and end of a target."""
        column = int(self._moves.targets.columns[number])
        distance = float(self._moves.targets.distances[number])
        return column, int(np.sign(distance)), float(self._problem.point[column] + distance)

    def unproven(self, withheld: Bools) -> Integers:
        """Targets that no move known reaches by whole numbers where these items are withheld."""
        return np.flatnonzero(self._open(withheld, whole=self._is_whole))

    def missed_whole(self, withheld: Bools) -> Integers:
        """Of targets that are reached, those that are not with whole numbers."""
        if not self._is_whole:
            missed = self._problem.missed(withheld, whole=True)
            columns = self._problem.goals.columns
            is_down = self._moves.targets.distances < 0
            risen, fallen = (np.isin(self._moves.targets.columns, columns[missed[way]]) for way in (1, 0))
            return np.flatnonzero(np.where(is_down, fallen, risen))
        left = self._open(withheld, whole=True)
        together = _TOGETHER
        out = []
        while left.any():
            number = int(np.argmax(left))
            if len(withheld) > _HUGE:
                together = self._move_in_whole(left, withheld, together)
                continue
            left[number] = False
            self._clock.check()
            move, is_none = self._moves.whole(number, withheld)
            if move is not None:
                self._known.append(move)
                left &= ~move.reached_whole
            elif is_none:
                out.append(number)
        return np.array(out, dtype=np.int64)

    def _move_in_whole(self, left: Bools, withheld: Bools, together: int) -> int:
        """Look whether cheapest moves reach some targets in whole numbers, as most do.

        What is reached is taken off the targets. An integer program of a huge table takes too long: a target
        that was asked for alone is taken off, too, where it is reached with fractions only.

        Args:
            left: Targets that are not reached yet.
            withheld: A pattern.
            together: How many targets are asked for at once.

        Returns:
            How many to ask for at once next time.
        """
        numbers = self._moves.apart(left, together)
        move = self._ask(numbers, self._problem.weights, withheld)
        before = int(left.sum())
        if move is not None:
            left &= ~move.reached_whole
        if len(numbers) == 1:
            left[numbers] = False
        is_less = int(left.sum()) < before
        return min(_TOGETHER, 2 * together) if is_less else max(1, len(numbers) // 2)

    def repaired(self, withheld: Bools) -> tuple[Bools, Integers, Integers]:
        """A pattern with more items, so that every target is reached that can be.

        Returns:
            The pattern, the targets for whose sake there are more items, and those that cannot be reached.
        """
        withheld = withheld.copy()
        together = most = _TOGETHER if len(withheld) > _HUGE else 1
        lost: list[int] = []
        asked: list[int] = []
        left = self._open(withheld, whole=False)
        while left.any():
            numbers = self._moves.apart(left, together)
            move = self._ask(numbers, taken(self._problem.weights, withheld), self._allowed)
            if move is None and len(numbers) > 1:
                together = len(numbers) // 2  # they are in each other's way
                continue
            together = min(most, 2 * together)
            left[numbers] = False
            if move is None:
                lost += numbers.tolist()
                continue
            if not withheld[move.items].all():
                asked += numbers.tolist()
            withheld[move.items] = True
            left &= ~move.reached
        return withheld, np.array(asked, dtype=np.int64), np.array(lost, dtype=np.int64)

    def learnt(self, withheld: Bools, targets: Integers) -> list[Cut]:
        """Conditions that a pattern does not fulfil which leaves some targets out of reach."""
        cuts = []
        for number in targets.tolist():
            self._clock.check()
            multipliers = self._moves.multipliers(number, withheld, self._allowed)
            cut = None if multipliers is None else self._problem.cut(multipliers, *self.target(number))
            if cut is not None:
                cuts.append(cut)
        return cuts

    def needed(self, withheld: Bools) -> Bools:
        """Of the items, those that the moves which prove the pattern take, and those that are forced."""
        found = self._problem.forced.copy()
        left = np.ones(self.targets, dtype=bool)
        for move in reversed(self._within(withheld)):
            if np.any(left & move.reached):
                left &= ~move.reached
                found[move.items] = True
        return found

    def thinned(self, withheld: Bools, tries: int) -> Bools:
        """The pattern without items that no target needs, the dearest tried first.

        Args:
            withheld: A pattern that protects.
            tries: Linear programs after which no more are tried.
        """
        problem = self._problem
        extra = np.flatnonzero(withheld & ~problem.forced)
        for item in extra[np.argsort(-problem.weights[extra], kind="stable")]:
            without = withheld.copy()
            without[item] = False
            left = self._open(without, whole=False)
            while left.any() and tries > 0:
                tries -= 1
                move = self._ask(np.flatnonzero(left)[:1], problem.weights, without)
                if move is None:
                    break
                left &= ~move.reached
            if not left.any():
                withheld = without
        return withheld

    def in_whole_numbers(self, withheld: Bools) -> Bools:
        """The pattern, with more withheld where whole numbers reveal more than fractions."""
        withheld = withheld.copy()
        missed = self.missed_whole(withheld)
        hopeless = self.missed_whole(self._allowed) if len(missed) else missed
        while len(missed := np.setdiff1d(self.missed_whole(withheld), hopeless)):
            free = ~withheld & ~self._problem.barred
            if not free.any():
                break
            left = np.flatnonzero(free & _beside(self._problem, self._moves.targets.columns[missed]))
            left = left if len(left) else np.flatnonzero(free)
            withheld[left[np.argmin(self._problem.weights[left])]] = True
        return withheld

    def moving(self, withheld: Bools) -> Bools:
        """Items that move by one at least in a whole move within a pattern: these are not known."""
        found = np.zeros(len(withheld), dtype=bool)
        for move in self._within(withheld):
            found[move.far] = True
        return found

    def _within(self, withheld: Bools) -> list[Move]:
        return [move for move in self._known if withheld[move.items].all()]

    def _open(self, withheld: Bools, *, whole: bool) -> Bools:
        left = np.ones(self.targets, dtype=bool)
        for move in self._within(withheld):
            left &= ~(move.reached_whole if whole else move.reached)
        return left

    def _ask(self, numbers: Integers, prices: Floats, allowed: Bools) -> Move | None:
        self._clock.check()
        move = self._moves.cheapest(numbers, prices, allowed)
        if move is not None:
            self._known.append(move)
        return move


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
