"""What the suites refer to by name: the values that come from the catalogue, the areas and the edition."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from send_jsna.catalogue.kept import load_kept
from send_jsna.catalogue.schema import OTHER_AUTHORITIES, Catalogue, Indicator


def known_values(
    dataset: str,
    *,
    catalogue: Catalogue,
    known_areas: Iterable[str],
    released: date,
    subject: str = "",
    neighbourhoods: Iterable[str] = (),
) -> dict[str, Any]:
    """The value of each parameter for one data set.

    Args:
        dataset: The data set.
        catalogue: What is declared: the indicators of the data set, with their units and sources.
        known_areas: Codes of all areas.
        released: Day the edition was released.
        subject: Code of the area the report is about.
        neighbourhoods: Codes of its neighbourhoods, and of the middle layer areas that they are in.

    Raises:
        CatalogueError: ``authorities.yaml`` is malformed.
    """
    indicators = indicators_of(dataset, catalogue)
    return {
        "known_areas": sorted(known_areas),
        "known_indicators": sorted(indicator.id for indicator in indicators),
        "known_units": sorted({indicator.unit for indicator in indicators}),
        "known_sources": sorted({source for indicator in indicators for source in indicator.sources}),
        "released": released.isoformat(),
        "subject": subject,
        "neighbourhoods": sorted(neighbourhoods),
    }


def indicators_of(dataset: str, catalogue: Catalogue) -> list[Indicator]:
    """The indicators a data set may have: those declared for it.

    The other authorities have no indicators of their own but those of ``authorities.yaml``.

    Raises:
        CatalogueError: ``authorities.yaml`` is malformed.
    """
    if dataset == OTHER_AUTHORITIES:
        return [catalogue.indicators[kept.indicator] for kept in load_kept(catalogue)]
    return [indicator for indicator in catalogue.indicators.values() if indicator.dataset == dataset]
