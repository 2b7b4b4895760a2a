"""What is handed to each publisher's module, and what it hands back.

A module has two functions, and never mixes them: ``fetch`` moves bytes, ``tidy`` makes them observations.

    def fetch(source: Source, client: Client, stored: Mapping[str, Retrieval]) -> list[Download]
    def tidy(files: SourceFiles, context: Context) -> pd.DataFrame
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from send_jsna.catalogue.areas import Areas
from send_jsna.ingest.cell_text import ENGLAND, Names

if TYPE_CHECKING:
    pass


@dataclass(frozen=True)
class Context:
    """Which areas are kept, and what labels mean.

    Attributes:
        areas: All areas, to turn names and numbers into codes.
        subject: ONS code of the area an edition is about; empty where all areas are kept.
        codes: ONS codes of that area, its region, England, its statistical neighbours and the NHS bodies that
            serve it; None keeps every area.
        names: The label map.
    """

    areas: Areas
    subject: str
    codes: tuple[str, ...] | None
    names: Names

    @property
    def headline(self) -> tuple[str, ...] | None:
        """The area itself under all its codes, its region and England; None where all areas are kept."""
        if self.codes is None:
            return None
        return (*self.areas.codes_of(self.subject), self.areas.get(self.subject).region_code, ENGLAND)

    def keeps(self, code: str) -> bool:
        """Whether an area's rows are kept."""
        return self.codes is None or code in self.codes
