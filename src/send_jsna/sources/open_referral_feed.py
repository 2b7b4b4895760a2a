"""Open Referral UK: the pages of a feed put together, and what is stored of a service.

See :mod:`send_jsna.sources.open_referral`. Free text (descriptions) and contacts may name a person, and a
name has no shape to know it by; neither is read, so neither is stored, of a feed or of a downloaded file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import uuid4

from send_jsna.catalogue.identifying import first_found
from send_jsna.errors import DataError, FetchError
from send_jsna.files import json_text, sha256
from send_jsna.ingest import web
from send_jsna.ingest.http import Fetched
from send_jsna.ingest.source_files import Download

if TYPE_CHECKING:
    from send_jsna.catalogue.schema import Source
    from send_jsna.ingest.http import Client
    from send_jsna.ingest.retrieval_ledger import Retrieval

#: Fields of a service that are kept: those that are read.
KEPT = (
    "id",
    "name",
    "status",
    "minimum_age",
    "maximum_age",
    "last_modified",
    "organization",
    "service_areas",
    "attributes",
)
#: Fields of the objects inside them.
_INNER: Mapping[str, tuple[str, ...]] = {
    "organization": ("id", "name"),
    "service_areas": ("id", "name", "uri"),
    "attributes": ("id", "link_type", "taxonomy_term"),
    "taxonomy_term": ("id", "taxonomy", "term", "name"),
}

#: Fields without text to look through.
_NO_TEXT = ("id", "uri", "last_modified")

MOST_SERVICES = 5_000
MOST_PAGES = 1_000


def fetch(source: Source, client: Client, stored: Mapping[str, Retrieval]) -> list[Download]:
    """All services of the feed as one document.

    A service without an id, or that another is given for in full, is left out and stated.

    Raises:
        FetchError: A page could not be fetched, breaks the profile, repeats another, or the feed stops short.
    """
    ask: dict[str, Any] = getattr(source.fetch, "ask", {})
    base = str(getattr(source.fetch, "base", "")).rstrip("/")
    services, faults = [], []
    for place, service in enumerate(_listed(client, base, ask), 1):
        whole: Any = service
        if not _has_id(service):
            faults.append(f"service {place} of the feed has no id")
            continue
        if _in_full(ask, service):
            whole = client.get_json(f"{base}/services/{quote(service['id'], safe='')}")
            if not isinstance(whole, dict) or whole.get("id") != service["id"]:
                faults.append(f"for service {place} of the feed another is given in full")
                continue
        services.append(whole)
    if faults and not services:
        raise FetchError(faults[0], where=f"{base}/services", expected="services, each with its own id")
    content, left_out = _page(sorted(services, key=lambda service: str(service["id"])), len(services))
    digest = sha256(content)
    path = client.scratch / f"{uuid4().hex}.json"
    path.write_bytes(content)
    before = stored.get("main")
    fetched = Fetched(
        url=f"{base}/services",
        final_url=f"{base}/services",
        not_modified=False,
        path=path,
        sha256=digest,
        size=len(content),
        media_type="application/json",
        etag="",
        last_modified="",
        retrieved_at=datetime.now(UTC),
    )
    if before is not None and before.sha256 == digest:
        fetched.discard()
        fetched = replace(fetched, not_modified=True, path=None, sha256="", size=0)
    note = f"{len(services)} services put together from the pages of the feed, without contacts"
    notes = (note, *(f"left out: {fault}" for fault in faults), *left_out)
    return [Download("main", fetched, "services.json", notes=notes)]


def _has_id(service: Any) -> bool:
    return isinstance(service, dict) and isinstance(service.get("id"), str) and bool(service["id"])


def stored(content: bytes, where: str) -> tuple[bytes, tuple[str, ...]]:
    """What is stored of a page of services that was downloaded by hand, and what is to be known of it.

    Raises:
        DataError: It is no page of services; nothing of it is stored.
    """
    try:
        page = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        page = None
    services = page.get("contents") if isinstance(page, dict) else None
    if not isinstance(services, list):
        raise DataError(
            "it is no page of services",
            where=where,
            expected="a page of services as Open Referral UK gives it",
            remedy="download it again",
        )
    total = page.get("total_items", len(services))
    whole = [service for service in services if isinstance(service, dict)]
    unfit = len(services) - len(whole)
    content, left_out = _page(whole, (total if isinstance(total, int) else len(services)) - unfit)
    note = f"{unfit} of {len(services)} services are left out: they are no objects"
    return content, (*left_out, note) if unfit else left_out


def _page(services: Iterable[Mapping[str, Any]], total: int) -> tuple[bytes, tuple[str, ...]]:
    """Services as they are stored, and a sentence on those left out because they may identify a person.

    Args:
        services: The services, whole.
        total: How many there are by the feed's own word.
    """
    every = [_kept(service) for service in services]
    kept = [service for service in every if first_found(service, _NO_TEXT) is None]
    left_out = len(every) - len(kept)
    page = {
        "total_items": total - left_out,
        "total_pages": 1,
        "page_number": 1,
        "size": len(kept),
        "first_page": True,
        "last_page": True,
        "empty": not kept,
        "contents": kept,
    }
    content = json_text(page).encode()
    note = f"{left_out} of {len(every)} services are left out: their names could identify a person"
    return content, (note,) if left_out else ()


def _in_full(ask: Mapping[str, Any], service: Mapping[str, Any]) -> bool:
    """Whether a service of the list is to be asked for in full."""
    if "details" in ask:
        return str(ask["details"]).casefold() in ("true", "yes")
    return not {"attributes", "service_areas"} <= set(service)


def _listed(client: Client, base: str, ask: Mapping[str, Any]) -> Iterator[Any]:
    """The services of the list, page by page; one may lack its id, or be none."""
    url = f"{base}/services"
    asked = {str(key): str(value) for key, value in dict(ask.get("params", {})).items()}
    seen: set[str] = set()
    count = 0
    totals: tuple[int, int] | None = None
    for number in range(1, MOST_PAGES + 1):
        answer = client.get_json(
            url, params={**asked, "page": number, "per_page": int(ask.get("per_page", 100))}
        )
        contents, now, last = _envelope(answer, number, url)
        if totals is not None and now != totals:
            raise FetchError(
                f"the feed had {totals[0]} services on {totals[1]} pages, and has {now[0]} on {now[1]}",
                where=url,
                expected="one number on every page",
                remedy="try again later: it may have been changed meanwhile",
            )
        totals = now
        if totals[0] > MOST_SERVICES:
            raise FetchError(
                f"the feed has {totals[0]:,} services",
                where=url,
                expected=f"at most {MOST_SERVICES:,}",
                remedy=f"ask for fewer with params: in {web.DECLARED}",
            )
        for service in contents:
            count += 1
            if not _has_id(service):
                yield service
                continue
            if service["id"] in seen:
                raise FetchError(
                    f"a service comes again on page {number}",
                    where=url,
                    expected="pages that follow one another",
                    remedy="tell the council: its feed repeats pages",
                )
            seen.add(service["id"])
            yield service
        if last or number >= totals[1]:
            break
    if totals is None or count != totals[0]:
        raise FetchError(
            f"the feed stops after {count} services",
            where=url,
            expected=f"{totals[0] if totals else 'as many'} as it says it has",
            remedy="try again later; if it stays so, tell the council",
        )


def _envelope(answer: Any, number: int, url: str) -> tuple[list[Any], tuple[int, int], bool]:
    """Contents of a page, numbers of services and pages, and whether it is the last."""
    fault = ""
    if not isinstance(answer, dict):
        fault = "the answer is no page of services"
    elif not all(type(answer.get(key)) is int for key in ("total_items", "total_pages")):
        fault = "the page does not say how many services and pages there are"
    elif answer.get("page_number", number) != number:
        fault = f"page {number} says it is page {answer['page_number']}"
    elif not isinstance(answer.get("contents"), list):
        fault = "the page has no contents"
    if fault:
        raise FetchError(
            fault,
            where=f"{url}, page {number}",
            expected="total_items, total_pages, page_number and contents, as Open Referral UK 3.0 says",
            remedy=f"look at base: of the source in {web.DECLARED}",
        )
    last = bool(answer.get("last_page")) or bool(answer.get("empty")) or not answer["contents"]
    return answer["contents"], (answer["total_items"], answer["total_pages"]), last


def _kept(service: Mapping[str, Any]) -> dict[str, Any]:
    """A service's fields that are read."""
    return {key: _inner(key, service[key]) for key in KEPT if service.get(key) is not None}


def _inner(name: str, value: Any) -> Any:
    if name not in _INNER:
        return value
    if isinstance(value, list):
        return [_inner(name, item) for item in value]
    if isinstance(value, dict):
        return {key: _inner(key, value[key]) for key in _INNER[name] if value.get(key) is not None}
    return None
