"""What the service mapping notebook publishes: the directory of the area, arranged by level, need and age.

Each function publishes one section's figures, or puts on record that no directory is held for the area.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.errors import NoDataError
from send_jsna.evidence.send import service_tables
from send_jsna.sources.service_directory import NAMED, directory_file, read_directory
from send_jsna.sources.service_schema import Directory
from send_jsna.wording import with_article

if TYPE_CHECKING:
    from send_jsna.figures.supplement import Supplement

_NAME = "Services for children and young people with SEND"


def opened(supplement: Supplement) -> tuple[Directory, pd.DataFrame, pd.DataFrame]:
    """The directory of the area, its observations, and one row a service.

    Raises:
        NoDataError: No directory is held for the area.
        CatalogueError: The directory breaks the standard or the vocabulary.
    """
    folder = supplement.path("services")
    if not directory_file(folder, supplement.area.name).is_file():
        place = with_article(supplement.area.name)
        raise NoDataError(
            f"no service directory of {supplement.area}", reason=f"no service directory is held for {place}"
        )
    directory = read_directory(folder, supplement.area.name)
    rows = supplement.observations(NAMED, service="*", need=None, age=None)
    return directory, rows, service_tables.named(directory, rows)


def publish_listing(supplement: Supplement) -> None:
    """Publish every service, and how many there are."""
    with supplement.covering(
        _NAME, "services.named.count", "services.listing.table", "services.schools.count"
    ):
        directory, rows, named = opened(supplement)
        _count(supplement, "services.named.count", "Services the documents name", len(named), rows)
        supplement.table(
            "services.listing.table",
            service_tables.listing(directory, named),
            title=f"Services the documents name, {supplement.area}",
            inputs=rows,
            method="The service directory: each service with its level, need, ages, provider and the place it"
            " is named in",
            notes=[
                "Levels, and needs where none is printed, are this assessment's reading of the documents."
            ],
        )
        schools = named[named["code"].str.endswith("_special_school")]
        _count(
            supplement,
            "services.schools.count",
            "Special schools among the services named",
            len(schools),
            rows,
            of="that are special schools",
        )


def publish_levels(supplement: Supplement) -> None:
    """Publish how many services are named at each level."""
    with supplement.covering(_NAME, "services.*"):
        directory, rows, named = opened(supplement)
        _table(
            supplement,
            "services.levels.table",
            "Services named, by level",
            service_tables.by_level,
            "Entries of the service directory counted by level",
        )
        for level in directory.vocabulary.levels:
            _count(
                supplement,
                f"services.{level.code}.count",
                f"{level.name} services the documents name",
                int((named["level"] == level.code).sum()),
                rows,
                of="at this level",
            )


def publish_needs(supplement: Supplement) -> None:
    """Publish the services by need and level, what the documents do not name, and where several are named."""
    with supplement.covering(_NAME, "services.matrix.*", "services.gaps.*", "services.overlaps.*"):
        directory, rows, named = opened(supplement)
        _table(
            supplement,
            "services.matrix.table",
            "Services named, by need and level",
            service_tables.matrix,
            "Entries of the service directory counted by need and level",
            "A special school with a broad spectrum of needs, or a service for which no need is named, may"
            " serve any of the needs above it.",
        )
        _table(
            supplement,
            "services.gaps.table",
            "What the documents do not name, by need",
            service_tables.gaps,
            "Pairs of need and level for which the service directory has no entry of that need",
            "The documents name none; this does not mean that there is none.",
        )
        supplement.phrase(
            "services.gaps.needs",
            service_tables.needs_without_service(directory, named),
            title=f"Needs for which the documents name no service, {supplement.area}",
            inputs=rows,
            method="Needs of the vocabulary for which the service directory has no entry at any level",
        )
        supplement.phrase(
            "services.gaps.levels",
            service_tables.levels_without_particular_need(directory, named),
            inputs=rows,
            title=f"Levels at which no service is named for one particular need, {supplement.area}",
            method="Levels of the vocabulary at which every entry of the directory is for no one need",
        )


def publish_overlaps(supplement: Supplement) -> None:
    """Publish where several services are named for one need at one level."""
    _table(
        supplement,
        "services.overlaps.table",
        "Several services named for one need at one level",
        service_tables.overlaps,
        "Pairs of need and level with more than one entry of the service directory; needs that are no one"
        " kind left out",
    )


def publish_ages(supplement: Supplement) -> None:
    """Publish the services by age, and for how many neither age nor provider is named."""
    _table(
        supplement,
        "services.ages.table",
        "Services named, by age group and level",
        service_tables.ages,
        "Entries of the service directory whose stated ages reach into the age group, counted by level",
        "A service counts in each age group it reaches into. Most services have no stated age and stand in"
        " the last row.",
    )
    with supplement.covering(_NAME, "services.ages.unstated", "services.providers.unnamed"):
        _, rows, named = opened(supplement)
        _count(
            supplement,
            "services.ages.unstated",
            "Services named without an age",
            int((named["ages"] == "").sum()),
            rows,
            of="with neither a lowest nor a highest age",
        )
        _count(
            supplement,
            "services.providers.unnamed",
            "Services named without a provider",
            int(named["provider"].isna().sum()),
            rows,
            of="whose provider the documents do not name",
        )


def _count(
    supplement: Supplement, figure_id: str, title: str, value: int, rows: pd.DataFrame, *, of: str = ""
) -> None:
    supplement.number(
        figure_id,
        value,
        title=f"{title}, {supplement.area}",
        inputs=rows,
        unit="count",
        method=f"Entries of the service directory{' ' + of if of else ''}, counted",
    )


def _table(
    supplement: Supplement,
    figure_id: str,
    title: str,
    make: Callable[[Directory, pd.DataFrame], pd.DataFrame],
    method: str,
    *notes: str,
) -> None:
    with supplement.covering(_NAME, figure_id):
        directory, rows, named = opened(supplement)
        supplement.table(
            figure_id,
            make(directory, named),
            title=f"{title}, {supplement.area}",
            inputs=rows,
            method=method,
            notes=list(notes),
        )
