"""Areas, and the comparators an area is read against.

An area may go by several ONS codes: publishers take up a new one in different years. Here each area has one,
that of ``areas.csv``; the others are in :mod:`send_jsna.catalogue.recodings`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from send_jsna.catalogue.csv_file import csv_rows
from send_jsna.catalogue.recodings import RECODING_COLUMNS, in_use, read_recodings
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

    @property
    def words(self) -> str:
        """What they are, for a title."""
        return (
            "its region, England and statistical neighbours" if self.neighbours else "its region and England"
        )

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
        columns = ("code", "name", "kind", "dfe_number", "region_code")
        for line, row in csv_rows(folder / "areas.csv", columns):
            if row["code"] in self._areas:
                raise CatalogueError(
                    f"area {row['code']} is duplicated",
                    where=f"{folder / 'areas.csv'}, line {line}",
                    remedy="remove one of the two",
                )
            self._areas[row["code"]] = Area(**row)
        self.listed = tuple(self._areas.values())
        if (folder / "bodies.csv").is_file():
            for _, row in csv_rows(folder / "bodies.csv", ("code", "name")):
                self._areas.setdefault(row["code"], Area(row["code"], row["name"], "nhs"))

    def __iter__(self) -> Iterator[Area]:
        return iter(self._areas.values())

    @cached_property
    def printed_names(self) -> dict[str, str]:
        """Codes by every name publishers print, those of ``aliases.csv`` among them."""
        names = {area.name: area.code for area in self._areas.values()}
        path = self.folder / "aliases.csv"
        if path.is_file():
            names |= {row["name"]: self.get(row["code"]).code for _, row in csv_rows(path, ("name", "code"))}
        return names

    @cached_property
    def recodings(self) -> dict[str, str]:
        """ONS codes that areas had or will have; see :func:`read_recodings`."""
        return read_recodings(self.folder)

    def in_use(self, code: str) -> str:
        """The code used here of the area with this ONS code; the code itself where it is no other's."""
        return str(in_use(code, self.recodings))

    @cached_property
    def former(self) -> tuple[tuple[str, str], ...]:
        """Codes that areas had or will have and the names printed under them."""
        path = self.folder / "recodings.csv"
        if not path.is_file():
            return ()
        rows = csv_rows(path, RECODING_COLUMNS)
        return tuple((row["code"], row["name"]) for _, row in rows)

    def codes_of(self, code: str) -> tuple[str, ...]:
        """Every code of an area, the one used here first.

        Args:
            code: Any of them.
        """
        here = self.in_use(code)
        return (here, *(other for other, now in self.recodings.items() if now == here))

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
        rows = csv_rows(path, ("area_code", "role", "body_code"))
        return tuple(
            self.get(row["body_code"])
            for _, row in rows
            if self.in_use(row["area_code"]) == area.code and row["role"] == role
        )

    def get(self, code: str) -> Area:
        """The area with this ONS code, present or former, DfE number or name.

        A name may be given without ``City of``, ``Council`` and the like, as long as it is one authority's.

        Raises:
            UnknownAreaError: None has it, or several may be meant.
        """
        plain = code.strip()
        found = self._areas.get(self.in_use(plain.upper())) or self._areas.get(plain)
        if found is not None:
            return found
        for area in self._areas.values():
            if plain and plain.casefold() in (area.dfe_number, area.name.casefold()):
                return area
        like = self._like(plain)
        if len(like) == 1 and like[0].kind == "local_authority":
            return like[0]
        raise UnknownAreaError(
            f"no area {code!r}",
            expected="an ONS code such as E08000026, a DfE number or a name",
            remedy=self._hint(plain),
        )

    @cached_property
    def _short_names(self) -> dict[str, list[Area]]:
        """Areas but NHS bodies by the short form of their names, those of ``aliases.csv`` among them."""
        found: dict[str, list[Area]] = {}
        for name, code in self.printed_names.items():
            area = self._areas[code]
            if area.kind != "nhs" and area not in found.setdefault(_short(name), []):
                found[_short(name)].append(area)
        return found

    def _like(self, text: str) -> list[Area]:
        """The areas that a name may mean; a county whose name is left short, too."""
        short = _short(text)
        found = self._short_names.get(short, [])
        if found and "county" in text.casefold():
            return [*found, *self._short_names.get(f"{short}shire", [])]
        return found

    def _hint(self, text: str) -> str:
        """What to do about a name or code that is unknown: what became of the area, or the nearest names."""
        path = self.folder / "recodings.csv"
        for _, row in csv_rows(path, RECODING_COLUMNS) if path.is_file() else ():
            if not row["now"] and text.casefold() in (row["code"].casefold(), row["name"].casefold()):
                return (
                    f"{row['name']} was {row['why']} ({row['since']}): name one of the authorities of today"
                )
        short = _short(text)
        names = {form: area.name for form, areas in self._short_names.items() for area in areas}
        near = [area.name for area in self._like(text)]
        if not near and short:
            words = set(short.split())
            near = [name for form, name in names.items() if words <= set(form.split()) or short in form]
        if not near:
            every = {word: name for form, name in names.items() for word in (*form.split(), form)}
            close = difflib.get_close_matches(short, every, n=3, cutoff=0.75)
            near = [every[word] for word in close]
        if not near:
            return "see data/areas/areas.csv"
        return f"did you mean {' or '.join(list(dict.fromkeys(near))[:4])}?"

    def comparators(self, area: Area, version: str) -> Comparators:
        """The comparators of a local authority under one version of the neighbour lists.

        An authority newer than the list has no neighbours in it, and is read against its region and England.

        Raises:
            UnknownAreaError: The area is not a local authority.
            CatalogueError: There is no such version, or the authority's region is not declared.
        """
        path = self.folder / f"neighbours-{version}.csv"
        if not path.is_file():
            available = ", ".join(
                sorted(p.stem.removeprefix("neighbours-") for p in self.folder.glob("neighbours-*"))
            )
            raise CatalogueError(
                f"no neighbour list {version!r}", where=self.folder, expected=f"one of {available}"
            )
        if area.kind != "local_authority":
            raise UnknownAreaError(
                f"{area.name} ({area.code}) has no statistical neighbours",
                where=path,
                expected="an upper-tier local authority",
            )
        if area.region_code not in self._areas:
            raise CatalogueError(
                f"the region of {area.name} is {area.region_code or 'empty'}",
                where=self.folder / "areas.csv",
                expected="the ONS code of a region, such as E12000005",
            )
        found = sorted(
            (int(row["rank"]), row["neighbour_code"])
            for _, row in csv_rows(path, ("area_code", "rank", "neighbour_code", "closeness"))
            if self.in_use(row["area_code"]) == area.code
        )
        neighbours = tuple(self.get(code) for _, code in found)
        return Comparators(self.get(area.region_code), self.get("E92000001"), neighbours, version)


#: What a name may begin or end with and is the same authority's.
_STYLE = re.compile(
    r"^(?:the )?(?:(?:london|royal|metropolitan)? ?borough|city|county|council)(?: council)? of (?:the )?"
    r"|^county (?=\w+$)| (?:city|county|(?:metropolitan )?borough|city of|county of)$| (?:council|mbc|lb)$"
)


def _short(name: str) -> str:
    """A name without capitals, marks and what says which kind of authority it is."""
    form = " ".join(
        re.sub(r"[^a-z0-9]+", " ", name.casefold().replace("&", " and ").replace(".", "")).split()
    )
    while (shorter := _STYLE.sub("", form).strip()) not in ("", form):
        form = shorter
    return form
