"""From a source of the catalogue to the module that asks its publisher."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from send_jsna.errors import CatalogueError
from send_jsna.ingest import web
from send_jsna.ingest.ees import source as ees_source
from send_jsna.ingest.source_files import Download
from send_jsna.sources import open_referral
from send_jsna.sources.registry import module_of

if TYPE_CHECKING:
    from send_jsna.catalogue.areas import Areas
    from send_jsna.catalogue.schema import Source
    from send_jsna.ingest.http import Client
    from send_jsna.ingest.retrieval_ledger import Retrieval

_CODE = re.compile(r"[EWSN]\d{8}")

#: The ways of fetching that several publishers share; the others are those of a reader of that name.
_SHARED = {"ees": ees_source, "file": web, "landing": web, "oruk": open_referral}


def for_every_code(source: Source, areas: Areas) -> Source:
    """A source that asks for each area it names under every code the area has or had.

    Publishers take up a new code in different years; what comes is given the code used here when it is read.
    """

    def widened(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: widened(part) for key, part in value.items()}
        if isinstance(value, list):
            return [widened(part) for part in value]
        named = "".join(value.split()).split(",") if isinstance(value, str) else []
        if not named or not all(map(_CODE.fullmatch, named)):
            return value
        return ",".join(dict.fromkeys(code for name in named for code in (name, *areas.codes_of(name))))

    ask = getattr(source.fetch, "ask", None)
    if source.fetch is None or not ask:
        return source
    return source.model_copy(update={"fetch": source.fetch.model_copy(update={"ask": widened(ask)})})


def fetch(source: Source, http: Client, stored: Mapping[str, Retrieval]) -> list[Download]:
    """Ask a source's publisher for its files.

    Args:
        source: The source.
        http: The client.
        stored: The last good snapshot of each of its files; what has not changed since is not moved.

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
    found: list[Download] = (_SHARED.get(kind) or module_of(kind, source.id)).fetch(source, http, stored)
    return found
