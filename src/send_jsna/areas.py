"""Areas, and the comparators an area is read against."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from send_jsna.errors import CatalogueError, UnknownAreaError


@dataclass(frozen=True)
class Area:
    """A local authority, region, country or other body figures are published for.

    Attributes:
        code: ONS code, such as ``E08000026``; for an NHS body its organisation code, such as ``QWU``.
        name: Name as a reader should see it.
        kind: ``local_authority``, ``region``, ``country``, ``combined_authority`` or ``nhs``.
        dfe_number: The DfE number of a local authority (``331``), else empty.
        region_code: ONS code of the region of a local authority, else empty.
    """

    code: str
    name: str
    kind: str
    dfe_number: str = ""
    region_code: str = ""

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Comparators:
    """What an area is read against: its region, England and its statistical neighbours of one version."""

    region: Area
    country: Area
    neighbours: tuple[Area, ...]
    neighbours_version: str

    @property
    def codes(self) -> list[str]:
        """Codes of all comparators: region, country, then neighbours, closest first."""
        return [self.region.code, self.country.code, *(area.code for area in self.neighbours)]

    def as_dict(self) -> dict[str, Any]:
        """A plain dictionary, for the run's context."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Comparators:
        """The inverse of :meth:`as_dict`."""
        return cls(
            Area(**data["region"]),
            Area(**data["country"]),
            tuple(Area(**area) for area in data["neighbours"]),
            data["neighbours_version"],
        )


class Areas:
    """The areas and the versioned neighbour lists of ``data/areas``.

    Attributes:
        folder: The folder.
        listed: The areas of ``areas.csv``; iterating gives the NHS bodies of ``bodies.csv`` too.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._areas: dict[str, Area] = {}
        for line, row in _rows(folder / "areas.csv", ("code", "name", "kind", "dfe_number", "region_code")):
            if row["code"] in self._areas:
                raise CatalogueError(
                    f"area {row['code']} stands twice",
                    where=f"{folder / 'areas.csv'}, line {line}",
                    remedy="remove one of the two",
                )
            self._areas[row["code"]] = Area(**row)
        self.listed = tuple(self._areas.values())
        if (folder / "bodies.csv").is_file():
            for _, row in _rows(folder / "bodies.csv", ("code", "name")):
                self._areas.setdefault(row["code"], Area(row["code"], row["name"], "nhs"))

    def __iter__(self) -> Iterator[Area]:
        return iter(self._areas.values())

    @cached_property
    def printed_names(self) -> dict[str, str]:
        """Codes by every name publishers print, those of ``aliases.csv`` among them."""
        names = {area.name: area.code for area in self._areas.values()}
        path = self.folder / "aliases.csv"
        if path.is_file():
            names |= {row["name"]: self.get(row["code"]).code for _, row in _rows(path, ("name", "code"))}
        return names

    @cached_property
    def recodings(self) -> dict[str, str]:
        """ONS codes that areas had or will have: to the code used here, empty where the area is no more.

        A code leads to another only where the territory is the same, so that a series may go on. A county
        that was split or merged has no successor: its figures belong to none of the new authorities.
        """
        path = self.folder / "recodings.csv"
        if not path.is_file():
            return {}
        return {row["code"]: row["now"] for _, row in _rows(path, ("code", "now", "name", "since", "why"))}

    @cached_property
    def former(self) -> tuple[tuple[str, str], ...]:
        """Codes that areas had or will have and the names printed under them."""
        path = self.folder / "recodings.csv"
        if not path.is_file():
            return ()
        rows = _rows(path, ("code", "now", "name", "since", "why"))
        return tuple((row["code"], row["name"]) for _, row in rows)

    def codes_of(self, code: str) -> tuple[str, ...]:
        """Every code of an area, the one used here first."""
        return (code, *(old for old, now in self.recodings.items() if now == code))

    def bodies(self, area: Area, role: str) -> tuple[Area, ...]:
        """The NHS bodies that serve an area.

        Args:
            area: A local authority.
            role: ``icb``, ``sub_icb`` or ``trust`` (of community services for children).

        Returns:
            None, one or several, as ``nhs.csv`` declares them.
        """
        path = self.folder / "nhs.csv"
        if not path.is_file():
            return ()
        rows = _rows(path, ("area_code", "role", "body_code"))
        return tuple(
            self.get(row["body_code"])
            for _, row in rows
            if row["area_code"] == area.code and row["role"] == role
        )

    def get(self, code: str) -> Area:
        """The area with this ONS code, DfE number or exact name.

        Raises:
            UnknownAreaError: None has it.
        """
        if code in self._areas:
            return self._areas[code]
        for area in self._areas.values():
            if code and code.casefold() in (area.dfe_number, area.name.casefold()):
                return area
        near = difflib.get_close_matches(code, [area.name for area in self._areas.values()], n=1, cutoff=0.6)
        hint = f"did you mean {near[0]}?" if near else "see data/areas/areas.csv"
        raise UnknownAreaError(
            f"no area {code!r}", expected="an ONS code such as E08000026, a DfE number or a name", remedy=hint
        )

    def comparators(self, area: Area, version: str) -> Comparators:
        """The comparators of a local authority under one version of the neighbour lists.

        Raises:
            UnknownAreaError: The area is not a local authority, or that version does not hold it.
        """
        path = self.folder / f"neighbours-{version}.csv"
        if not path.is_file():
            held = ", ".join(
                sorted(p.stem.removeprefix("neighbours-") for p in self.folder.glob("neighbours-*"))
            )
            raise CatalogueError(
                f"no neighbour list {version!r}", where=self.folder, expected=f"one of {held}"
            )
        found = sorted(
            (int(row["rank"]), row["neighbour_code"])
            for _, row in _rows(path, ("area_code", "rank", "neighbour_code", "closeness"))
            if row["area_code"] == area.code
        )
        if not found:
            raise UnknownAreaError(
                f"{area.name} ({area.code}) has no statistical neighbours",
                where=path,
                expected="an upper-tier local authority",
            )
        neighbours = tuple(self.get(code) for _, code in found)
        return Comparators(self.get(area.region_code), self.get("E92000001"), neighbours, version)


def _rows(path: Path, columns: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueError(f"not readable ({error})", where=path, expected="a CSV file in UTF-8") from error
    reader = csv.DictReader(text.splitlines())
    if tuple(reader.fieldnames or ()) != columns:
        raise CatalogueError(
            f"columns are {', '.join(reader.fieldnames or ())}",
            where=f"{path}, line 1",
            expected=", ".join(columns),
        )
    return [(line, {key: value or "" for key, value in row.items()}) for line, row in enumerate(reader, 2)]
