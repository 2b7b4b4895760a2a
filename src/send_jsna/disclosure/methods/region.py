"""What is known of counts as a polyhedron, and linear programs on it (SciPy's HiGHS).

HiGHS is asked without its presolve: the programs here are small and many, and setting them up costs more than
solving them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import scipy

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: Two counts closer than this are the same.
TOLERANCE = 1e-6
#: Nodes after which a search for whole-number solutions is given up.
NODES = 400

#: How often limits are carried on from row to row.
_PASSES = 8
_OPTIMAL, _INFEASIBLE, _UNBOUNDED = 0, 2, 3


@dataclass(frozen=True)
class Region:
    """All counts with ``row_lower <= matrix @ counts <= row_upper`` and ``lower <= counts <= upper``.

    Attributes:
        matrix: Sparse, rows by columns.
        row_lower: One number a row; ``-inf`` for none.
        row_upper: One number a row; ``inf`` for none.
        lower: One number a column.
        upper: One number a column.
    """

    matrix: scipy.sparse.csr_array
    row_lower: Floats
    row_upper: Floats
    lower: Floats
    upper: Floats

    def bounded(self, lower: Floats, upper: Floats) -> Region:
        """The same rows with other limits of the counts."""
        return replace(self, lower=lower, upper=upper)

    def part(self, columns: Integers, rows: Integers) -> Region:
        """Some columns and the rows that have these columns alone."""
        return Region(
            self.matrix[rows][:, columns],
            self.row_lower[rows],
            self.row_upper[rows],
            self.lower[columns],
            self.upper[columns],
        )

    def reduced(self, fixed: Bools) -> Region:
        """The columns that are not fixed; fixed ones are put into the rows at their lower limit."""
        known = self.matrix[:, np.flatnonzero(fixed)] @ self.lower[fixed]
        free = np.flatnonzero(~fixed)
        return Region(
            self.matrix[:, free],
            self.row_lower - known,
            self.row_upper - known,
            self.lower[free],
            self.upper[free],
        )


@dataclass(frozen=True)
class Optimum:
    """Outcome of a linear program.

    Attributes:
        counts: The optimum, one number a column; None where there is none.
        is_unbounded: Whether there is none because it is infinite.
        is_empty: Whether there is none because the region is empty.
    """

    counts: Floats | None
    is_unbounded: bool = False
    is_empty: bool = False


def minimum(region: Region, cost: Floats, *, whole: bool = False) -> Optimum:
    """The counts of the region with the lowest cost.

    Args:
        region: The region.
        cost: One number a column.
        whole: Whether counts must be whole numbers; the search may be given up, which counts as none.
    """
    if whole:
        # HiGHS takes a limit a hair off a whole number for an empty range now and then.
        lower, upper = np.ceil(region.lower - TOLERANCE), np.floor(region.upper + TOLERANCE)
        if np.any(lower > upper):
            return Optimum(None, is_empty=True)
        region = region.bounded(lower, upper)
    if not len(region.row_lower):
        return _without_rows(region, cost)
    result = scipy.optimize.milp(
        cost,
        integrality=np.ones(len(cost)) if whole else None,
        constraints=scipy.optimize.LinearConstraint(region.matrix, region.row_lower, region.row_upper),
        bounds=scipy.optimize.Bounds(region.lower, region.upper),
        options={"node_limit": NODES, "presolve": True} if whole else {"presolve": False},
    )
    if result.x is not None and result.status == _OPTIMAL:
        return Optimum(np.asarray(result.x, dtype=np.float64))
    return Optimum(None, result.status == _UNBOUNDED, result.status == _INFEASIBLE)


def duals(region: Region, cost: Floats) -> tuple[Floats, Floats] | None:
    """The counts of the region with the lowest cost, and how that changes with the limit of each row.

    Returns:
        Counts and one multiplier a row, positive where the lower limit binds; None where the program has no
        optimum.
    """
    equal = region.row_upper - region.row_lower < TOLERANCE
    above = ~equal & np.isfinite(region.row_upper)
    below = ~equal & np.isfinite(region.row_lower)
    inequalities = scipy.sparse.vstack([region.matrix[above], -region.matrix[below]]).tocsr()
    result = scipy.optimize.linprog(
        cost,
        A_ub=inequalities if inequalities.shape[0] else None,
        b_ub=np.concatenate([region.row_upper[above], -region.row_lower[below]])
        if inequalities.shape[0]
        else None,
        A_eq=region.matrix[equal] if equal.any() else None,
        b_eq=region.row_lower[equal] if equal.any() else None,
        bounds=np.column_stack([region.lower, region.upper]),
        method="highs-ds",
        options={"presolve": False},
    )
    if result.status != _OPTIMAL:
        return None
    multipliers = np.zeros(len(region.row_lower))
    if equal.any():
        multipliers[equal] = result.eqlin.marginals
    if inequalities.shape[0]:
        marginals = np.asarray(result.ineqlin.marginals)
        number = int(above.sum())
        multipliers[above] += marginals[:number]
        multipliers[below] -= marginals[number:]
    return np.asarray(result.x, dtype=np.float64), multipliers


def relaxed(region: Region) -> tuple[Region, Floats, Bools]:
    """The region, rows widened by as little as it takes that it is not empty.

    Figures that contradict each other are publishers' errors or of another edition. The rows that are widened
    are those that have to give way where the sum of all widenings, relative to the rows' own size, is least.

    Returns:
        The region, a point of it, and which rows were widened.
    """
    rows, columns = region.matrix.shape
    eye = scipy.sparse.eye_array(rows, format="csr")
    scale = 1 / np.maximum(1.0, np.abs(region.matrix).sum(axis=1))
    upper = np.maximum(region.upper, region.lower)
    result = scipy.optimize.milp(
        np.concatenate([np.zeros(columns), scale, scale]),
        constraints=scipy.optimize.LinearConstraint(
            scipy.sparse.hstack([region.matrix, eye, -eye]).tocsr(), region.row_lower, region.row_upper
        ),
        bounds=scipy.optimize.Bounds(
            np.concatenate([region.lower, np.zeros(2 * rows)]),
            np.concatenate([upper, np.full(2 * rows, np.inf)]),
        ),
    )
    if result.x is None:
        raise ValueError("the figures cannot be compared with each other: a limit is not a number")
    point = np.clip(np.asarray(result.x[:columns], dtype=np.float64), region.lower, upper)
    fits = fitted(replace(region, upper=upper), point)
    moved = (fits.row_lower != region.row_lower) | (fits.row_upper != region.row_upper)
    return fits, point, moved


def fitted(region: Region, true: Floats) -> Region:
    """The region, rows that the true counts contradict moved to what these add up to.

    Args:
        region: The region.
        true: The true counts, one a column; NaN where one is not known.
    """
    missing = np.isnan(true)
    is_known = (np.abs(region.matrix) @ missing.astype(np.float64)) == 0
    sums = region.matrix @ np.where(missing, 0.0, true)
    over, short = (
        is_known & (sums > region.row_upper + TOLERANCE),
        is_known & (sums < region.row_lower - TOLERANCE),
    )
    equal = region.row_lower == region.row_upper
    return replace(
        region,
        row_lower=np.where(short | (over & equal), sums, region.row_lower),
        row_upper=np.where(over | (short & equal), sums, region.row_upper),
    )


def blocks(region: Region) -> tuple[int, Integers, Integers]:
    """Parts of a region that have no row in common.

    Returns:
        How many there are, the part of each column, and of each row (-1 for a row without columns).
    """
    rows, columns = region.matrix.shape
    matrix = scipy.sparse.csr_array(region.matrix)
    matrix.eliminate_zeros()
    joined = (
        scipy.sparse.block_array([[None, matrix.T], [matrix, None]])
        if rows
        else scipy.sparse.csr_array((columns, columns))
    )
    number, labels = scipy.sparse.csgraph.connected_components(scipy.sparse.csr_array(joined), directed=False)
    row_part = labels[columns:].astype(np.int64)
    row_part[np.diff(matrix.indptr) == 0] = -1
    return int(number), labels[:columns].astype(np.int64), row_part


def propagated(region: Region, *, whole: bool) -> Region:
    """The region with limits of counts that follow from single rows.

    Where that shows a part of the region to be empty, the limits of that part stay as they were.
    """
    matrix = scipy.sparse.csr_array(region.matrix)
    if not matrix.nnz:
        return region
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    column, factor = matrix.indices, matrix.data
    lower, upper = region.lower.copy(), region.upper.copy()
    for _ in range(_PASSES):
        least = np.where(factor > 0, factor * lower[column], factor * upper[column])
        most = np.where(factor > 0, factor * upper[column], factor * lower[column])
        others_least = _others(least, row, matrix.shape[0])
        others_most = _others(most, row, matrix.shape[0])
        with np.errstate(invalid="ignore"):
            high = (region.row_upper[row] - others_least) / factor
            low = (region.row_lower[row] - others_most) / factor
        high, low = np.where(factor > 0, high, low), np.where(factor > 0, low, high)
        if whole:
            high, low = np.floor(high + TOLERANCE), np.ceil(low - TOLERANCE)
        new_lower, new_upper = lower.copy(), upper.copy()
        np.maximum.at(new_lower, column, np.where(np.isnan(low), -np.inf, low))
        np.minimum.at(new_upper, column, np.where(np.isnan(high), np.inf, high))
        is_same = np.all(new_lower <= lower + TOLERANCE) and np.all(new_upper >= upper - TOLERANCE)
        lower, upper = new_lower, new_upper
        if is_same:
            break
    empty = lower > upper + TOLERANCE
    if empty.any():
        _, part, _ = blocks(region)
        back = np.isin(part, part[empty])
        lower, upper = np.where(back, region.lower, lower), np.where(back, region.upper, upper)
    return region.bounded(lower, np.maximum(lower, upper))


def _others(terms: Floats, row: Integers, rows: int) -> Floats:
    """Sum of the other terms of each term's row, infinite where one of these is."""
    infinite = np.isinf(terms)
    sign = np.sign(terms[infinite][0]) if infinite.any() else 1.0
    finite = np.where(infinite, 0.0, terms)
    total = np.bincount(row, finite, rows)
    number = np.bincount(row, infinite, rows)
    return np.where(number[row] - infinite > 0, sign * np.inf, total[row] - finite)


def _without_rows(region: Region, cost: Floats) -> Optimum:
    counts = np.where(cost > 0, region.lower, np.where(cost < 0, region.upper, region.lower))
    return Optimum(None, is_unbounded=True) if np.isinf(counts).any() else Optimum(counts)
