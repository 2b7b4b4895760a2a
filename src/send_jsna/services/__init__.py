"""The service directory: Open Referral UK in; observations, and tables of what the documents name, out."""

from send_jsna.services.directory import NAMED, build_dataset, directory_file, load, to_observations
from send_jsna.services.publishing import (
    publish_ages,
    publish_levels,
    publish_listing,
    publish_needs,
    publish_overlaps,
)
from send_jsna.services.schema import Directory, Service, Vocabulary, ages_in_words, slug
from send_jsna.services.tables import (
    NONE_NAMED,
    ages,
    by_level,
    gaps,
    levels_without_particular_need,
    listing,
    matrix,
    named,
    needs_without_service,
    overlaps,
)

__all__ = [
    "NAMED",
    "NONE_NAMED",
    "Directory",
    "Service",
    "Vocabulary",
    "ages",
    "ages_in_words",
    "build_dataset",
    "by_level",
    "directory_file",
    "gaps",
    "levels_without_particular_need",
    "listing",
    "load",
    "matrix",
    "named",
    "needs_without_service",
    "overlaps",
    "publish_ages",
    "publish_levels",
    "publish_listing",
    "publish_needs",
    "publish_overlaps",
    "slug",
    "to_observations",
]
