"""What an edition is validated by, and the rows its records are written from."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from send_jsna.catalogue.schema import Catalogue
from send_jsna.validation.parameters import known_values
from send_jsna.validation.suites import suite_name


@dataclass(frozen=True, eq=False)
class ValidationBasis:
    """What the data sets of one edition are validated by, beside their own rows.

    Attributes:
        edition: Edition id.
        expectations_folder: The Great Expectations project.
        catalogue: What is declared of the indicators each data set may have, their units and sources.
        known_areas: Codes of all areas.
        released: Day the edition was released.
        previous: Rows of the previous edition, of one data set or of all, to compare with; None where there
            is no previous edition.
        as_at: Source id → the day its data are as at (an ISO date, month or year), where one is stated.
        subject: Code of the area the report is about, whose rows a warning names first.
        is_reviewed: Whether a person has reviewed the edition, as before a release.
        neighbourhoods: Codes of the neighbourhoods of that area, and of the middle layer areas that they
            are in; none where the edition has none.
    """

    edition: str
    expectations_folder: Path
    catalogue: Catalogue
    known_areas: Set[str]
    released: date
    previous: pd.DataFrame | None = None
    as_at: Mapping[str, str] = field(default_factory=dict)
    subject: str = ""
    is_reviewed: bool = True
    neighbourhoods: Set[str] = frozenset()

    def parameters(self, dataset: str) -> dict[str, Any]:
        """What the suite of a data set can refer to by name."""
        return known_values(
            dataset,
            catalogue=self.catalogue,
            known_areas=self.known_areas,
            released=self.released,
            subject=self.subject,
            neighbourhoods=self.neighbourhoods,
        )

    def suite_path(self, dataset: str) -> Path:
        """The file of a data set's suite."""
        folder = self.expectations_folder
        return folder / "expectations" / f"{suite_name(self.edition, dataset, folder)}.json"


@dataclass(frozen=True, eq=False)
class ShownRows:
    """Rows as the report shows them, from which the records are written; what is withheld only decides.

    Attributes:
        rows: The rows that are validated, with the column ``withheld``.
        previous: Rows of the previous edition as a report of it shows them; None where there is none.
    """

    rows: pd.DataFrame
    previous: pd.DataFrame | None = None

    def of_dataset(self, name: str) -> ShownRows:
        """Those of one data set."""
        return ShownRows(self.rows[self.rows["dataset"] == name], self.previous)
