"""What the service mapping notebook publishes: the directory of the area, arranged by level, need and age.

Each function publishes one section's figures, or puts on record that there is no directory of the area.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from send_jsna.evidence.families import Family
from send_jsna.evidence.send import service_tables
from send_jsna.evidence.send.document_sets import DocumentSet, none_of
from send_jsna.sources.service_directory import NAMED, directory_file, read_directory
from send_jsna.sources.service_schema import Directory

if TYPE_CHECKING:
    from send_jsna.figures.supplement import Supplement

_STEM = "services"
_COUNTED = "Entries of the service directory {of}, counted"


def opened(supplement: Supplement) -> DocumentSet[Directory]:
    """The directory of the area and its services, as :func:`service_tables.named` gives them.

    Raises:
        NoDataError: There is no directory of the area.
        CatalogueError: The directory breaks the standard or the vocabulary.
    """
    folder = supplement.path("services")
    if not directory_file(folder, supplement.area.name).is_file():
        raise none_of(supplement, "service directory", are="is")
    directory = read_directory(folder, supplement.area.name)
    rows = supplement.observations(NAMED, service="*", need=None, age=None)
    return DocumentSet(supplement, _STEM, directory, rows, service_tables.named(directory, rows))


def _covering(supplement: Supplement, *parts: str) -> AbstractContextManager[None]:
    name = "Services for children and young people with SEND"
    return Family(supplement, _STEM).covering(name, *parts)


def publish_listing(supplement: Supplement) -> None:
    """Publish every service, and how many there are."""
    with _covering(supplement, "named.count", "listing.table", "schools.count"):
        services = opened(supplement)
        services.count(
            "named.count",
            services.entries,
            title="Services the documents name",
            method="Entries of the service directory, counted",
        )
        services.table(
            "listing.table",
            service_tables.listing,
            title="Services the documents name",
            method="The service directory: each service with its level, need, ages, provider and the place it"
            " is named in",
            note="Levels, and needs where none is printed, are this assessment's reading of the documents.",
        )
        codes = services.entries["code"]
        services.count(
            "schools.count",
            services.entries[codes.str.endswith("_special_school")],
            title="Special schools among the services named",
            method=_COUNTED.format(of="that are special schools"),
        )


def publish_levels(supplement: Supplement) -> None:
    """Publish how many services are named at each level."""
    with _covering(supplement, "*"):
        services = opened(supplement)
        with _covering(supplement, "levels.table"):
            services.table(
                "levels.table",
                service_tables.by_level,
                title="Services named, by level",
                method="Entries of the service directory counted by level",
            )
        for level in services.declared.vocabulary.levels:
            services.count(
                f"{level.code}.count",
                services.entries[services.entries["level"] == level.code],
                title=f"{level.name} services the documents name",
                method=_COUNTED.format(of="at this level"),
            )


def publish_needs(supplement: Supplement) -> None:
    """Publish the services by need and level, what the documents do not name, and where several are named."""
    with _covering(supplement, "matrix.*", "gaps.*", "overlaps.*"):
        services = opened(supplement)
        with _covering(supplement, "matrix.table"):
            services.table(
                "matrix.table",
                service_tables.matrix,
                title="Services named, by need and level",
                method="Entries of the service directory counted by need and level",
                note="A special school with a broad spectrum of needs, or a service for which no need is"
                " named, may serve any of the needs above it.",
            )
        with _covering(supplement, "gaps.table"):
            services.table(
                "gaps.table",
                service_tables.gaps,
                title="What the documents do not name, by need",
                method="Pairs of need and level for which the service directory has no entry of that need",
                note="The documents name none; this does not mean that there is none.",
            )
        services.phrase(
            "gaps.needs",
            service_tables.needs_without_service,
            title="Needs for which the documents name no service",
            method="Needs of the vocabulary for which the service directory has no entry at any level",
        )
        services.phrase(
            "gaps.levels",
            service_tables.levels_without_particular_need,
            title="Levels at which no service is named for one particular need",
            method="Levels of the vocabulary at which every entry of the directory is for no one need",
        )


def publish_overlaps(supplement: Supplement) -> None:
    """Publish where several services are named for one need at one level."""
    with _covering(supplement, "overlaps.table"):
        opened(supplement).table(
            "overlaps.table",
            service_tables.overlaps,
            title="Several services named for one need at one level",
            method="Pairs of need and level with more than one entry of the service directory; needs that are"
            " no one kind left out",
        )


def publish_ages(supplement: Supplement) -> None:
    """Publish the services by age, and for how many neither age nor provider is named."""
    with _covering(supplement, "ages.table"):
        opened(supplement).table(
            "ages.table",
            service_tables.ages,
            title="Services named, by age group and level",
            method="Entries of the service directory whose stated ages reach into the age group, counted by"
            " level",
            note="A service counts in each age group it reaches into. Most services have no stated age and"
            " stand in the last row.",
        )
    with _covering(supplement, "ages.unstated", "providers.unnamed"):
        services = opened(supplement)
        services.count(
            "ages.unstated",
            services.entries[services.entries["ages"] == ""],
            title="Services named without an age",
            method=_COUNTED.format(of="with neither a lowest nor a highest age"),
        )
        services.count(
            "providers.unnamed",
            services.entries[services.entries["provider"].isna()],
            title="Services named without a provider",
            method=_COUNTED.format(of="whose provider the documents do not name"),
        )
