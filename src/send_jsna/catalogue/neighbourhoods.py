"""The neighbourhoods of an area: small areas of the census (LSOAs), their wards, and their outlines.

They are a geography of their own, beside the areas of ``data/areas``: an edition has those of the area that
it reports on, in one file of its folder. It is GeoJSON, so that any mapping software opens it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from send_jsna.errors import DataError

#: Name of the file, in an edition's folder and in a run's.
FILE = "neighbourhoods.geojson"

#: Decimals of a degree that are stored: about ten metres, less than the outlines were generalised by.
DECIMALS = 4

#: What a feature says of its neighbourhood.
PROPERTIES = ("code", "name", "ward_code", "ward_name", "middle_code", "middle_name")

#: Corners of a ring, longitude and latitude, of which the last is the first.
Ring = tuple[tuple[float, float], ...]
_FEWEST_CORNERS = 4


@dataclass(frozen=True)
class Neighbourhood:
    """One neighbourhood.

    Attributes:
        code: ONS code of the lower layer super output area (LSOA) of 2021.
        name: Its name, such as ``Coventry 014A``.
        ward_code: ONS code of the ward that it is best fitted to.
        ward_name: Name of that ward.
        middle_code: ONS code of its middle layer super output area (MSOA); empty where it is not known.
        middle_name: Name of that area.
        polygons: Its outline in degrees: polygons, each with its outer ring and its holes.
    """

    code: str
    name: str
    ward_code: str
    ward_name: str
    middle_code: str
    middle_name: str
    polygons: tuple[tuple[Ring, ...], ...]

    @property
    def rings(self) -> tuple[Ring, ...]:
        """All rings of its outline."""
        return tuple(ring for polygon in self.polygons for ring in polygon)


def names_of(neighbourhoods: Iterable[Neighbourhood]) -> dict[str, str]:
    """Names by code: of the neighbourhoods, and of the middle layer areas that they are in."""
    found: dict[str, str] = {}
    for place in neighbourhoods:
        found[place.code] = place.name
        if place.middle_code:
            found[place.middle_code] = place.middle_name
    return found


def render(neighbourhoods: Iterable[Neighbourhood]) -> bytes:
    """The file of some neighbourhoods: one line a neighbourhood, in order of code."""
    lines = [
        json.dumps(
            {
                "type": "Feature",
                "properties": {name: getattr(place, name) for name in PROPERTIES},
                "geometry": {"type": "MultiPolygon", "coordinates": place.polygons},
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for place in sorted(neighbourhoods, key=lambda place: place.code)
    ]
    return ('{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n").encode()


def parse(content: bytes, where: str | Path) -> tuple[Neighbourhood, ...]:
    """Read the file, and check that no neighbourhood is duplicated, without a ward or without an outline.

    Args:
        content: Its bytes.
        where: The file, for messages.

    Raises:
        DataError: It is malformed, or a neighbourhood is not whole.
    """
    try:
        features = json.loads(content.decode("utf-8"))["features"]
        found = tuple(_neighbourhood(feature) for feature in features)
    except (UnicodeDecodeError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"it is no file of neighbourhoods ({type(error).__name__})",
            where=where,
            expected=f"GeoJSON features with {', '.join(PROPERTIES)} and a MultiPolygon",
            remedy="restore the file from version control, or rebuild the edition",
        ) from None
    check(found, where)
    return found


def check(neighbourhoods: Sequence[Neighbourhood], where: str | Path) -> None:
    """Refuse a neighbourhood that is duplicated, has no ward or no outline.

    Raises:
        DataError: There is one; it is named.
    """
    seen: set[str] = set()
    for place in neighbourhoods:
        what = ""
        if place.code in seen:
            what = "is duplicated"
        elif not (place.ward_code and place.ward_name):
            what = "has no ward"
        elif not place.rings or any(
            len(ring) < _FEWEST_CORNERS or ring[0] != ring[-1] for ring in place.rings
        ):
            what = "has no outline"
        if what:
            raise DataError(
                f"the neighbourhood {place.code} ({place.name}) {what}",
                where=where,
                expected="each neighbourhood once, with its ward and a closed outline",
                remedy="look at the publisher's lookup and outlines, and rebuild the edition",
            )
        seen.add(place.code)


def rounded(polygons: Iterable[Iterable[Iterable[Sequence[float]]]]) -> tuple[tuple[Ring, ...], ...]:
    """Polygons with their corners rounded; corners that then coincide, and rings without area, are left out.

    Neighbours share corners, and the same number is rounded alike: no gap opens between two outlines.
    """
    found = (tuple(filter(None, map(_rounded_ring, polygon))) for polygon in polygons)
    return tuple(polygon for polygon in found if polygon)


def _rounded_ring(ring: Iterable[Sequence[float]]) -> Ring:
    """A ring with its corners rounded; empty where fewer are left than enclose anything."""
    corners: list[tuple[float, float]] = []
    for longitude, latitude in ring:
        corner = (round(float(longitude), DECIMALS), round(float(latitude), DECIMALS))
        if not corners or corner != corners[-1]:
            corners.append(corner)
    return tuple(corners) if len(corners) >= _FEWEST_CORNERS else ()


def _neighbourhood(feature: dict[str, Any]) -> Neighbourhood:
    polygons = tuple(
        tuple(tuple((float(longitude), float(latitude)) for longitude, latitude in ring) for ring in polygon)
        for polygon in feature["geometry"]["coordinates"]
    )
    words = {name: str(feature["properties"][name]) for name in PROPERTIES}
    return Neighbourhood(**words, polygons=polygons)
