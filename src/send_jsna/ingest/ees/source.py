"""Sources of Explore Education Statistics, fetched as the catalogue declares them under ``fetch:``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from send_jsna.catalogue.schema import EesFetch
from send_jsna.errors import CatalogueError
from send_jsna.ingest.cell_text import slug
from send_jsna.ingest.ees.api import lasting
from send_jsna.ingest.ees.client import DataSetFetch, EesClient, fetch_data_set
from send_jsna.ingest.source_files import Download
from send_jsna.ingest.web import validators_of

if TYPE_CHECKING:
    from send_jsna.catalogue.schema import Source
    from send_jsna.ingest.http import Client
    from send_jsna.ingest.retrieval_ledger import Retrieval

RESOURCE = "main"


def fetch(source: Source, client: Client, stored: Mapping[str, Retrieval]) -> list[Download]:
    """The newest version of a source's data set, in the major version the catalogue pins.

    Where the stored version is still the newest, nothing is moved. That is only so for a version of the same
    data set: the catalogue may name another one since, and both have a version 1.0.

    Raises:
        FetchError: The data set is neither in the API nor in the data catalogue, or could not be fetched.
        GateError: Only a newer major version is served.
        CatalogueError: The source is not of this service.
    """
    how = source.fetch
    if not isinstance(how, EesFetch):
        raise CatalogueError(
            f"source {source.id!r} is not of Explore Education Statistics",
            where="data/catalogue/sources.yaml",
            expected="fetch: of kind ees",
        )
    ees = EesClient(client, how.base, how.content)
    main = stored.get(RESOURCE)
    found = _ask(ees, how, main)
    if found.fetched.not_modified and main is not None and main.url != found.fetched.url:
        found = _ask(ees, how, None)
    return [
        Download(
            RESOURCE,
            found.fetched,
            f"{slug(lasting(how.data_set))}.csv",
            title=found.title,
            version=found.version,
            published=found.published,
            notes=tuple(found.notes),
        )
    ]


def _ask(ees: EesClient, how: EesFetch, main: Retrieval | None) -> DataSetFetch:
    return fetch_data_set(
        ees,
        publication=how.publication,
        title=how.data_set,
        major=how.major,
        fallback_file_id=how.file_id,
        known_version=main.version if main else "",
        validators=validators_of(main, ees.catalogue_url(how.file_id)) if how.file_id else None,
    )
