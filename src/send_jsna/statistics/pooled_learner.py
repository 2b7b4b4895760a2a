"""A forecast by boosted regression trees, learned on the series of all families and authorities at once.

Each series at each past year is an example: how it has grown, how all authorities of its family have, how far
it is from them, and how it grew in the years that followed. J. H. Friedman, "Greedy function approximation: a
gradient boosting machine", Annals of Statistics 29 (2001) 1189–1232; learned on many series at once as in P.
Montero-Manso and R. J. Hyndman, "Principles and algorithms for forecasting groups of time series",
International Journal of Forecasting 37 (2021) 1632–1653. Growth is measured in the mean yearly change of the
family, so that counts and shares of all sizes can be learned from together. What is forecast stays within
the growth that was seen, since no tree goes beyond its examples.

The trees are learned by ``benchmarks/forecast.py``; here they are only applied.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from send_jsna.statistics.national_path import shared_growth

Floats = npt.NDArray[np.float64]

#: Its name among the forecasts that are combined.
NAME = "pooled_learner"
#: Points that a series must have at the year it is forecast from.
LEAST_POINTS = 3


@dataclass(frozen=True)
class Around:
    """What all authorities of a family did up to a year, on the transformed scale.

    Attributes:
        growth: Their mean growth in each year after the first, shape (points - 1,).
        middle: Their mean level in the last year.
        unit: The mean absolute yearly change of an authority.
    """

    growth: Floats
    middle: float
    unit: float

    @classmethod
    def of(cls, values: Floats) -> Around:
        """From all authorities' values up to a year, shape (series, points), NaN where one is missing."""
        return cls(
            shared_growth(values),
            float(np.nanmean(values[:, -1])),
            float(np.nanmean(np.abs(np.diff(values)))),
        )


@dataclass(frozen=True)
class Tree:
    """A regression tree: for each node what is asked, where it leads, and its value where it is a leaf."""

    feature: npt.NDArray[np.int64]
    threshold: Floats
    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    value: Floats

    def __call__(self, features: Floats) -> Floats:
        """The value of the leaf that each example comes to, shape (examples,)."""
        at = np.zeros(len(features), dtype=np.int64)
        rows = np.arange(len(features))
        while np.any(is_inner := self.left[at] >= 0):
            goes_left = features[rows, self.feature[at]] <= self.threshold[at]
            at = np.where(is_inner, np.where(goes_left, self.left[at], self.right[at]), at)
        return self.value[at]


@dataclass(frozen=True)
class Learner:
    """Boosted trees.

    Attributes:
        first: What is forecast before the first tree.
        trees: The trees; their values are added up.
        least: The least growth a year that is forecast, in units of the family.
        most: The most.
    """

    first: float
    trees: tuple[Tree, ...]
    least: float
    most: float

    def paths(self, values: Floats, around: Around, horizon: int) -> Floats:
        """Forecasts of some series of one family.

        Args:
            values: On the transformed scale, shape (series, points), no value missing; the last point is of
                the last year of ``around``.
            around: What all authorities did.
            horizon: Years ahead.

        Returns:
            Shape (series, horizon), on the transformed scale.

        Raises:
            ValueError: Fewer points than needed.
        """
        if values.shape[1] < LEAST_POINTS:
            raise ValueError(f"{values.shape[1]} points are too few: {LEAST_POINTS} are needed")
        found = np.empty((len(values), horizon))
        for step in range(1, horizon + 1):
            features = examples(values, around, step)
            growth = self.first + np.sum([tree(features) for tree in self.trees], axis=0)
            found[:, step - 1] = values[:, -1] + step * around.unit * np.clip(growth, self.least, self.most)
        return found

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Learner:
        """Build from plain values, as they are in its file.

        Raises:
            ValueError: A key is missing.
        """
        try:
            trees = tuple(
                Tree(
                    np.asarray(item["feature"], dtype=np.int64),
                    np.asarray(item["threshold"], dtype=np.float64),
                    np.asarray(item["left"], dtype=np.int64),
                    np.asarray(item["right"], dtype=np.int64),
                    np.asarray(item["value"], dtype=np.float64),
                )
                for item in record["trees"]
            )
            return cls(float(record["first"]), trees, float(record["least"]), float(record["most"]))
        except KeyError as error:
            raise ValueError(f"the learner lacks {error}") from error

    def to_dict(self) -> dict[str, Any]:
        """Plain values for its file."""
        trees = [{name: part.tolist() for name, part in vars(tree).items()} for tree in self.trees]
        return {"first": self.first, "least": self.least, "most": self.most, "trees": trees}


def examples(values: Floats, around: Around, step: int) -> Floats:
    """What is known of some series at their last point, in units of the family.

    Args:
        values: On the transformed scale, shape (series, points).
        around: What all authorities did up to that point, also in years before those of the series.
        step: Years ahead.

    Returns:
        Shape (series, features): distance from the mean of all authorities; growth in each of the last three
        years, and its mean, which stands for a year that is not there; growth of all authorities in the last
        two years, and how far the series was above it; mean absolute growth; growth above that of all over
        three years; the step.
    """
    change = np.diff(values, axis=1) / around.unit
    shared = around.growth[len(around.growth) - change.shape[1] :] / around.unit
    mean = change.mean(axis=1)

    def back(years: int) -> Floats:
        return change[:, -years] if years <= change.shape[1] else mean

    def all_back(years: int) -> float:
        return float(shared[-years]) if years <= len(shared) else float(shared.mean())

    columns = [
        (values[:, -1] - around.middle) / around.unit,
        *(back(years) for years in (1, 2, 3)),
        mean,
        np.full(len(values), all_back(1)),
        np.full(len(values), all_back(2)),
        *(back(years) - all_back(years) for years in (1, 2)),
        np.abs(change).mean(axis=1),
        (change[:, -3:] - shared[-3:]).sum(axis=1),
        np.full(len(values), float(step)),
    ]
    return np.column_stack(columns)


def training(values: Floats, horizon: int, unit: float) -> tuple[Floats, Floats]:
    """All examples of one family, and what came of each.

    Args:
        values: Of all authorities on the transformed scale, shape (series, points), NaN where one is missing.
        horizon: Years ahead, at most.
        unit: The mean absolute yearly change of an authority over these points.

    Returns:
        Examples, and the mean growth a year in the years that followed, in units of the family.
    """
    known, grown = [], []
    for point in range(LEAST_POINTS - 1, values.shape[1] - 1):
        seen = values[:, : point + 1]
        around = Around(shared_growth(seen), float(np.nanmean(seen[:, -1])), unit)
        for step in range(1, min(horizon, values.shape[1] - 1 - point) + 1):
            rows = ~np.isnan(seen).any(axis=1) & ~np.isnan(values[:, point + step])
            known.append(examples(seen[rows], around, step))
            grown.append((values[rows, point + step] - values[rows, point]) / (step * unit))
    if not known:
        return np.empty((0, 12)), np.empty(0)
    return np.concatenate(known), np.concatenate(grown)
