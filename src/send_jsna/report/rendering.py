"""One report that is rendered: what its pages and its documents are made from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from send_jsna.cache import Store
from send_jsna.report.book import Book
from send_jsna.report.data import long_date, midday

#: Name of the documents, without ending.
STEM = "send-jsna"
#: The filter, in the project's folder.
FILTER = "filters/report.lua"


@dataclass(frozen=True)
class Rendering:
    """One report that is rendered.

    Attributes:
        folder: The run's copy of the Quarto project, with ``_generated`` and ``figures``.
        site: Where the pages, the PDF and the Word document go; beside the folder, in the run folder.
        book: The book.
        released: Date of the edition; it is the documents' date.
        edition: Title of the edition, for the foot of each page.
        store: What was rendered before, and gets what is rendered now; None renders everything.
    """

    folder: Path
    site: Path
    book: Book
    released: date
    edition: str
    store: Store | None = None

    @property
    def environment(self) -> dict[str, str]:
        """Variables for pandoc and the filter."""
        return {
            "JSNA_REPORT_DATA": str(self.folder / "_generated" / "report.json"),
            "JSNA_FIGURES": "figures",
            "SOURCE_DATE_EPOCH": str(int(midday(self.released).timestamp())),
        }

    @property
    def date_line(self) -> str:
        """The edition and its date, for the foot of each page."""
        return f"{self.edition}, released {long_date(self.released)}"
