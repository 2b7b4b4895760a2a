"""Whether an area's value is high or low for its circumstances: regression over all other areas.

The model is fitted without the area, so that the area does not draw the line towards itself; the interval is
that within which a further area like the others would fall. It describes authorities: it is no effect of
deprivation on children, and a value outside it may have causes that no covariate measures.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from send_jsna.statistics.arrays import Floats, floats, refuse


@dataclass(frozen=True)
class Adjusted:
    """An area's value against what is expected of it.

    Attributes:
        value: Its value.
        expected: What areas of its circumstances have on average, in the same unit.
        lower_95: Limits within which 95 % of such areas would fall (prediction interval).
        upper_95: See there.
        lower_998: The same at 99.8 %.
        upper_998: See there.
        residual: Value less expected.
        studentised: The residual divided by its standard error, externally studentised.
        p: Two-sided p of it, by Student's t.
        place: ``below 99.8%``, ``below 95%``, ``within``, ``above 95%`` or ``above 99.8%``.
        areas: Number of other areas the model was fitted to.
        explained: Share of their variation that the covariates explain (R squared).
        coefficients: Intercept and one coefficient for each covariate.
    """

    value: float
    expected: float
    lower_95: float
    upper_95: float
    lower_998: float
    upper_998: float
    residual: float
    studentised: float
    p: float
    place: str
    areas: int
    explained: float
    coefficients: tuple[float, ...]


def adjusted_comparison(
    own: int, values: npt.ArrayLike, covariates: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> Adjusted:
    """An area's value against the regression of all other areas' values on their circumstances.

    R. D. Cook and S. Weisberg, "Residuals and Influence in Regression" (Chapman and Hall, 1982), section
    2.2.1: the prediction of an area left out, and its externally studentised residual.

    Args:
        own: Row of the area.
        values: Values of all areas, shape (n,); areas with a NaN here or in a covariate are left out.
        covariates: Their circumstances, shape (n,) or (n, k), such as the share of pupils eligible for free
            school meals.
        weights: Precision of each value, such as its denominator; None gives each area the same. The interval
            of the area is then for its own weight.

    Returns:
        See :class:`Adjusted`.

    Raises:
        ValueError: The area lacks a value, weight or covariate; a weight not above zero; fewer than three
            areas more than covariates; covariates of which one follows from the others.
    """
    from scipy.stats import t

    y, x, w = _one_set(values, covariates, weights)
    known = np.isfinite(y) & np.isfinite(x).all(axis=1) & np.isfinite(w)
    if not 0 <= own < len(y) or not known[own]:
        raise ValueError(f"row {own}: the area lacks a value, weight or covariate")
    others = known & (np.arange(len(y)) != own)
    left = int(others.sum()) - x.shape[1] - 1
    if left < 2:
        raise ValueError(f"{others.sum()} other areas are too few for {x.shape[1]} covariates")
    fit = _fit(y[others], x[others], w[others])
    row = np.concatenate([[1.0], x[own]])
    expected = float(row @ fit.coefficients)
    scale = fit.squares / left
    error = float(np.sqrt(scale * (1 / w[own] + row @ fit.spread @ row)))
    residual = float(y[own]) - expected
    half, wide = (float(t.isf(tail, left)) * error for tail in (0.025, 0.001))
    studentised = residual / error if error > 0 else np.copysign(np.inf, residual) if residual else 0.0
    return Adjusted(
        value=float(y[own]),
        expected=expected,
        lower_95=expected - half,
        upper_95=expected + half,
        lower_998=expected - wide,
        upper_998=expected + wide,
        residual=residual,
        studentised=float(studentised),
        p=float(2 * t.sf(abs(studentised), left)),
        place=_place(residual, half, wide),
        areas=int(others.sum()),
        explained=fit.explained,
        coefficients=tuple(float(value) for value in fit.coefficients),
    )


def _one_set(
    values: npt.ArrayLike, covariates: npt.ArrayLike, weights: npt.ArrayLike | None
) -> tuple[Floats, Floats, Floats]:
    """Values of shape (n,), covariates of shape (n, k) and weights of shape (n,).

    Raises:
        ValueError: Their numbers differ, or a weight is not above zero.
    """
    y, x = floats(values), floats(covariates)
    x = x.reshape(len(x), -1)
    w = np.ones_like(y) if weights is None else floats(weights)
    if not len(y) == len(x) == len(w):
        raise ValueError(f"{len(y)} values, {len(x)} rows of covariates and {len(w)} weights are not one set")
    refuse(w <= 0, "weight is not above zero", w)
    return y, x, w


@dataclass(frozen=True)
class _Fit:
    coefficients: Floats
    spread: Floats
    squares: float
    explained: float


def _fit(y: Floats, x: Floats, w: Floats) -> _Fit:
    design = np.column_stack([np.ones(len(y)), x])
    root = np.sqrt(w)
    # Columns of one size, so that the unit of a covariate does not decide what counts as collinear.
    size = np.linalg.norm(root[:, None] * design, axis=0)
    scaled = root[:, None] * design / np.where(size > 0, size, 1.0)
    if np.linalg.matrix_rank(scaled) < design.shape[1]:
        raise ValueError("a covariate is the same everywhere or follows from the others")
    inverse = np.linalg.pinv(scaled)
    coefficients = floats(inverse @ (root * y) / size)
    spread = floats(inverse @ inverse.T / np.outer(size, size))
    squares = float((w * (y - design @ coefficients) ** 2).sum())
    total = float((w * (y - (w * y).sum() / w.sum()) ** 2).sum())
    return _Fit(coefficients, spread, squares, 1 - squares / total if total > 0 else np.nan)


def _place(residual: float, half: float, wide: float) -> str:
    side = "above" if residual > 0 else "below"
    if abs(residual) > wide:
        return f"{side} 99.8%"
    return f"{side} 95%" if abs(residual) > half else "within"
