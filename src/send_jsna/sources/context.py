"""What an edition's builder hands to each publisher's module."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from send_jsna.areas import Areas
from send_jsna.sources.common import ENGLAND, Names


@dataclass(frozen=True)
class Context:
    """Where publisher files are, which areas an edition holds, and what labels mean.

    Attributes:
        publisher: The folder ``publisher`` of the maintainers' copy of the publishers' files.
        areas: All areas, to turn names into codes.
        subject: ONS code of the area the edition is about.
        codes: ONS codes of that area, its region, England and its statistical neighbours.
        names: The label map.
    """

    publisher: Path
    areas: Areas
    subject: str
    codes: tuple[str, ...]
    names: Names

    @property
    def headline(self) -> tuple[str, ...]:
        """The area itself, its region and England."""
        return (self.subject, self.areas.get(self.subject).region_code, ENGLAND)

    @property
    def by_name(self) -> dict[str, str]:
        """Codes of the edition's areas by the names publishers print."""
        return {self.areas.get(code).name: code for code in self.codes}

    @property
    def by_number(self) -> dict[str, str]:
        """Codes of the edition's local authorities by DfE number."""
        found = (self.areas.get(code) for code in self.codes)
        return {area.dfe_number: area.code for area in found if area.dfe_number}
