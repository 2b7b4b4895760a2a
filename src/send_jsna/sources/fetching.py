"""From a source of the catalogue to the module that asks its publisher."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from send_jsna.errors import CatalogueError
from send_jsna.sources.context import Download
from send_jsna.sources.registry import module_of

if TYPE_CHECKING:
    from send_jsna.catalogue import Source
    from send_jsna.snapshots import Retrieval
    from send_jsna.transport import Client

#: Modules for the ways of fetching that several publishers share; the others are named after their module.
_SHARED = {"ees": "ees_source", "file": "web", "landing": "web", "oruk": "open_referral"}


def fetch(source: Source, http: Client, held: Mapping[str, Retrieval]) -> list[Download]:
    """Ask a source's publisher for its files.

    Args:
        source: The source.
        http: The client.
        held: The last good snapshot of each of its files; what has not changed since is not moved.

    Raises:
        FetchError: The publisher could not be reached, or answered with something else.
        CatalogueError: The source has no interface.
    """
    if source.fetch is None:
        raise CatalogueError(
            f"{source.id} has no interface that is known",
            where="data/catalogue/sources.yaml",
            remedy=f"download it from {source.url or 'its publisher'} and pass the folder with --mirror",
        )
    kind = source.fetch.kind
    found: list[Download] = module_of(_SHARED.get(kind, kind), source.id).fetch(source, http, held)
    return found
