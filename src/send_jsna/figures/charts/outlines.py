"""Outlines on a plane: longitude and latitude to inches, the borders between groups of places, label places.

Neighbouring places share their corners, so that a border is found without a library for geometry: a line from
corner to corner that two places of one group have is inside the group, any other is on its border.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

Point = tuple[float, float]
Line = list[Point]


@dataclass(frozen=True)
class Projection:
    """From degrees to inches, true to shape in the middle of the map.

    Attributes:
        west: Longitude of the left edge.
        south: Latitude of the lower edge.
        across: Inches a degree of longitude takes.
        up: Inches a degree of latitude takes.
    """

    west: float
    south: float
    across: float
    up: float

    @classmethod
    def fitting(cls, points: Iterable[Point], width: float, height: float) -> tuple[Projection, Point]:
        """The projection that fits some points into a box, and the width and height they take of it.

        Args:
            points: Longitude and latitude.
            width: Most inches across.
            height: Most inches up.
        """
        longitudes, latitudes = zip(*points, strict=True)
        west, south = min(longitudes), min(latitudes)
        wide, tall = max(longitudes) - west, max(latitudes) - south
        narrowing = math.cos(math.radians(south + tall / 2))
        scale = min(width / max(wide * narrowing, 1e-9), height / max(tall, 1e-9))
        return (
            cls(west, south, scale * narrowing, scale),
            (wide * narrowing * scale, tall * scale),
        )

    def place(self, point: Point) -> Point:
        """A point in inches from the lower left corner of the box."""
        return (point[0] - self.west) * self.across, (point[1] - self.south) * self.up


def borders(rings: Iterable[tuple[Hashable, Sequence[Point]]]) -> list[Line]:
    """The borders of groups of places as lines, each as long as can be.

    Args:
        rings: The group of each ring, and its corners, of which the last is the first.
    """
    owners: dict[tuple[Point, Point], list[Hashable]] = {}
    for group, ring in rings:
        for start, end in itertools.pairwise(ring):
            owners.setdefault((start, end) if start < end else (end, start), []).append(group)
    beside: dict[Point, list[Point]] = {}
    for (start, end), groups in owners.items():
        if len(groups) == 1 or len(set(groups)) > 1:
            beside.setdefault(start, []).append(end)
            beside.setdefault(end, []).append(start)
    return _chained(beside)


def _chained(beside: dict[Point, list[Point]]) -> list[Line]:
    """Lines through every pair of neighbouring points, begun where borders meet."""
    lines = []
    for first in sorted(beside, key=lambda point: (len(beside[point]) == 2, point)):
        while beside[first]:
            line = [first]
            while beside[line[-1]]:
                here = line[-1]
                there = beside[here].pop()
                beside[there].remove(here)
                line.append(there)
            lines.append(line)
    return lines


def middle(rings: Sequence[Sequence[Point]]) -> Point:
    """Where a group of places is labelled: its centre of gravity, or that of its largest place if outside."""
    measured = [(_area(ring), _centre(ring), ring) for ring in rings]
    total = sum(abs(area) for area, _, _ in measured) or 1.0
    x = sum(abs(area) * centre[0] for area, centre, _ in measured) / total
    y = sum(abs(area) * centre[1] for area, centre, _ in measured) / total
    if any(_is_inside((x, y), ring) for ring in rings):
        return x, y
    return max(measured, key=lambda item: abs(item[0]))[1]


def without_overlap(wanted: Mapping[str, tuple[Point, Point]], order: Iterable[str]) -> dict[str, Point]:
    """The labels that can be written without covering one another, the first in order first.

    Args:
        wanted: Label → its centre, and its width and height.
        order: Labels in order of importance.

    Returns:
        Label → its centre.
    """
    placed: dict[str, Point] = {}
    for name in order:
        (x, y), (width, height) = wanted[name]
        if all(
            abs(x - other_x) >= (width + wanted[other][1][0]) / 2
            or abs(y - other_y) >= (height + wanted[other][1][1]) / 2
            for other, (other_x, other_y) in placed.items()
        ):
            placed[name] = (x, y)
    return placed


def _area(ring: Sequence[Point]) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in itertools.pairwise(ring)) / 2


def _centre(ring: Sequence[Point]) -> Point:
    corners = ring[:-1] or ring
    return sum(x for x, _ in corners) / len(corners), sum(y for _, y in corners) / len(corners)


def _is_inside(point: Point, ring: Sequence[Point]) -> bool:
    """Whether a point is inside a ring: a ray from it crosses the ring an odd number of times."""
    x, y = point
    crossings = [
        a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0])
        for a, b in itertools.pairwise(ring)
        if (a[1] > y) != (b[1] > y)
    ]
    return sum(crossing > x for crossing in crossings) % 2 == 1
