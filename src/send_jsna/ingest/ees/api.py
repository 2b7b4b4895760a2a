"""Asking the Explore Education Statistics API: its documents and paged lists, checked as they are read."""

from __future__ import annotations

import difflib
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import ValidationError

from send_jsna.errors import FetchError
from send_jsna.ingest.ees.model import ApiDocument, Paging, version_key
from send_jsna.ingest.http import Client

_MAX_PAGES = 500
#: What changes in a title from release to release: a number before it, the years it covers behind it.
_YEAR = r"(?:[a-z]+ )?(?:19|20)\d{2}(?:/\d{2})?"
_CHANGING = re.compile(rf"^\d{{1,2}} ?[-:] |(?: -|,)? {_YEAR} to {_YEAR}(?= \(\d{{4}} format\)$|$)")
_ALIKE = str.maketrans({"’": "'", "‘": "'", "–": "-", "—": "-", "“": '"', "”": '"', "\xa0": " "})

Record = TypeVar("Record", bound=ApiDocument)


class Api:
    """Reads the API's documents."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def read(self, url: str, params: Mapping[str, str | int], kind: type[Record]) -> Record:
        """A document of this kind."""
        return parsed(self.client.get_json(url, params=params), kind, url)

    def listed(self, url: str, params: Mapping[str, str], size: int, kind: type[Record]) -> Iterator[Record]:
        """All records of a paged list."""
        received = 0
        for number in range(1, _MAX_PAGES + 1):
            document = self.client.get_json(url, params={**params, "page": number, "pageSize": size})
            if not isinstance(document, dict) or not isinstance(document.get("results"), list):
                raise undocumented(url, "no list of results")
            paging = parsed(document.get("paging"), Paging, url)
            received += len(document["results"])
            yield from (parsed(one, kind, url) for one in document["results"])
            if number >= paging.total_pages:
                break
        if received != paging.total_results:
            raise FetchError(
                f"the pages hold {received} entries and {paging.total_results} were announced",
                where=url,
                remedy="try again; the list may have changed meanwhile",
            )


def parsed(document: Any, kind: type[Record], where: str) -> Record:
    """A document as a record.

    Raises:
        FetchError: It lacks something the API documents.
    """
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        path = ".".join(str(part) for part in first["loc"])
        raise undocumented(where, f"{path}: {first['msg']}") from error


def undocumented(where: str, what: str) -> FetchError:
    """The fault of an answer that is not what the API documents."""
    return FetchError(
        f"the answer is not as documented ({what})",
        where=where,
        expected="the API's version 1",
        remedy="read the API's change log; this module may have to follow it",
    )


def plain(text: str) -> str:
    """A title for comparing: without differences of case, white space and typography."""
    return " ".join(text.translate(_ALIKE).casefold().split())


def lasting(title: str) -> str:
    """A title for comparing across releases: ``02 - Age and sex - 2016 to 2023`` is ``age and sex``."""
    return _CHANGING.sub("", plain(title))


def checked_id(text: str) -> str:
    """An id in the form allowed in an address."""
    try:
        return str(uuid.UUID(text))
    except ValueError as error:
        raise FetchError(f"{text!r} is not an id", expected="a UUID", remedy="correct it") from error


def checked_version(version: str) -> str:
    """A version in the form allowed in an address."""
    return ".".join(str(part) for part in version_key(version))


def version_param(version: str) -> dict[str, str]:
    """The parameter that asks for a version; none where it is empty."""
    return {"dataSetVersion": version} if version else {}


def only_one(found: Iterable[Record], noun: str, name: str, where: str) -> Record:
    """The only one of those found."""
    every = list(found)
    if len(every) > 1:
        ids = ", ".join(str(getattr(one, "id", "")) for one in every)
        raise FetchError(
            f"{len(every)} {noun}s are called {name!r} ({ids})", where=where, remedy="use another name of it"
        )
    return every[0]


def none_called(noun: str, name: str, others: Sequence[str], where: str) -> FetchError:
    """The fault of a name that nothing has, with the names that are near."""
    by_plain = {plain(other): other for other in others}
    near = difflib.get_close_matches(plain(name), list(by_plain), n=5, cutoff=0.4)
    return FetchError(
        f"no {noun} is called {name!r}",
        where=where,
        expected="one of those there are, such as " + "; ".join(by_plain[one] for one in near)
        if near
        else "",
        remedy="correct the title in sources.yaml, or give the file's id in the data catalogue",
        status=404,
    )
