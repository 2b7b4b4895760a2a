"""Files at addresses, and files a publisher's page links to; what the modules' ``fetch`` functions share.

Publishers give a new file a new address and change how they write its date, so that nothing but the page can
say which one is the newest: the links are read as text, matched by a regular expression of the catalogue and
ordered by the date in the name. Where nothing matches, the sentence says what the page does link to.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from html.parser import HTMLParser
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

from send_jsna.catalogue.schema import FileFetch, LandingFetch
from send_jsna.errors import CatalogueError, FetchError
from send_jsna.ingest.dates import latest_date
from send_jsna.ingest.http import Validators, open_unpacked
from send_jsna.ingest.http.policy import shown
from send_jsna.ingest.source_files import Download

if TYPE_CHECKING:
    from send_jsna.catalogue.schema import Source
    from send_jsna.ingest.http import Client, Fetched
    from send_jsna.ingest.http.unpacking import Kind
    from send_jsna.ingest.retrieval_ledger import Retrieval

#: The resource of a landing page's link that is followed to the page with the files.
FOLLOWED = "page"

#: Where what the fetches ask for is declared, for messages.
DECLARED = "data/catalogue/sources.yaml"

#: What a file may be: anything but a page.
FILE_KINDS: tuple[Kind, ...] = ("text", "gzip", "zip", "parquet", "json")
_PAGE: tuple[Kind, ...] = ("html",)

#: Bytes of a page at most.
MAX_PAGE = 20_000_000


@dataclass(frozen=True)
class Link:
    """A link of a page.

    Attributes:
        url: Where it leads, whole.
        text: What it reads.
    """

    url: str
    text: str = ""

    @property
    def name(self) -> str:
        """The last part of the address: of a file its name."""
        return PurePosixPath(unquote(urlsplit(self.url).path)).name

    @property
    def day(self) -> date | None:
        """The latest date in the name, else in the text."""
        return latest_date(self.name) or latest_date(self.text)


def fetch(source: Source, client: Client, stored: Mapping[str, Retrieval]) -> list[Download]:
    """The files of a source of kind ``file`` or ``landing``.

    A landing page's link of the resource ``page`` is followed first, to the newest such page. Where more than
    one file of a pattern is wanted, each is a resource of its own, by its name.

    Raises:
        FetchError: No link matches, or a file could not be fetched.
        CatalogueError: The source is not fetched in this way.
    """
    how = source.fetch
    if isinstance(how, FileFetch):
        with all_or_none() as found:
            found += (get_file(client, url, resource, stored) for resource, url in how.urls.items())
        return found
    if not isinstance(how, LandingFetch):
        raise CatalogueError(
            f"source {source.id!r} is not fetched from addresses or a page",
            where=DECLARED,
            expected="fetch: of kind file or landing",
        )
    page = how.page
    if FOLLOWED in how.links:
        page = newest(page_links(client, page), how.links[FOLLOWED], page)[0].url
    links = page_links(client, page)
    wanted = {
        (resource if how.newest == 1 else link.name): link
        for resource, pattern in how.links.items()
        if resource != FOLLOWED
        for link in newest(links, pattern, page, how.newest)
    }
    with all_or_none() as found:
        found += (
            get_file(client, link.url, resource, stored, published=link.day)
            for resource, link in wanted.items()
        )
    return found


@contextmanager
def all_or_none() -> Iterator[list[Download]]:
    """A list of downloads, whose files are removed where one that belongs to them cannot be fetched."""
    found: list[Download] = []
    try:
        yield found
    except BaseException:
        for download in found:
            download.fetched.discard()
        raise


def get_file(
    client: Client,
    url: str,
    resource: str,
    stored: Mapping[str, Retrieval],
    *,
    name: str = "",
    published: date | None = None,
    expect: Collection[Kind] = FILE_KINDS,
    params: Mapping[str, str | int | float] | None = None,
) -> Download:
    """Fetch a file, unless the publisher says that the stored file is still the newest.

    Args:
        client: What publishers are asked with.
        url: Address of the file.
        resource: What the store knows the file by.
        stored: The newest retrieval of each resource.
        name: Name of the file; by default that of the address.
        published: Day of publication, where it is known.
        expect: As for :meth:`Client.get`; only some publishers need it, ``name``, ``published`` or
            ``params``, which is why there are so many parameters.
        params: Added to the address; with them the file is always sent.

    Raises:
        FetchError: It could not be fetched, or is no file but a page.
    """
    name = name or Link(url).name
    validators = validators_of(stored.get(resource), url) if params is None else None
    fetched = client.get(url, params=params, validators=validators, expect=expect)
    return Download(resource, fetched, name, published=published)


def with_notes(download: Download, notes: Sequence[str]) -> Download:
    """A download with further notes."""
    return replace(download, notes=(*download.notes, *notes))


def text_of(fetched: Fetched) -> str:
    """The text of a small fetched file, packed or not, in UTF-8; the file is removed.

    Raises:
        FetchError: It is not UTF-8, or is larger than a page may be.
    """
    try:
        with open_unpacked(fetched.file, max_unpacked=MAX_PAGE) as file:
            return file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FetchError(
            f"sent text that cannot be read ({error.reason})", where=fetched.url, expected="text in UTF-8"
        ) from error
    finally:
        fetched.discard()


def validators_of(stored: Retrieval | None, url: str) -> Validators | None:
    """What to ask with whether a file has changed; None where the stored bytes came from another address."""
    if stored is None or stored.url != shown(url):
        return None
    return Validators(stored.etag, stored.last_modified)


def page_links(client: Client, page: str) -> list[Link]:
    """The links of a page, in its order.

    Raises:
        FetchError: The page could not be fetched or has no links.
    """
    fetched = client.get(page, expect=_PAGE, max_bytes=MAX_PAGE)
    try:
        text = fetched.file.read_bytes().decode("utf-8", errors="replace")
    finally:
        fetched.discard()
    links = links_in(text, fetched.final_url)
    if not links:
        raise FetchError(
            "the page has no links",
            where=page,
            expected="links to files",
            remedy=f"open the page in a browser; if it has moved, correct page: in {DECLARED}",
        )
    return links


def links_in(text: str, base: str) -> list[Link]:
    """The links of an HTML text, whole, without repeats; those that lead to no web address are left out."""
    parser = _Links()
    parser.feed(text)
    parser.close()
    found: dict[str, Link] = {}
    for address, words in parser.found:
        try:
            url = urljoin(base, address.strip())
            scheme = urlsplit(url).scheme
        except ValueError:
            continue
        if scheme in ("http", "https"):
            found.setdefault(url, Link(url, " ".join(words.split())))
    return list(found.values())


def newest(links: list[Link], pattern: str, page: str, count: int = 1) -> list[Link]:
    """The newest links that match a pattern by address, newest first.

    Args:
        links: Links of the page.
        pattern: Regular expression that is looked for in the address, whatever the case of letters.
        page: The page, for messages.
        count: How many are wanted at most.

    Raises:
        FetchError: None matches, or several do and it is not known which is the newest.
    """
    matching = [link for link in links if re.search(pattern, unquote(link.url), flags=re.IGNORECASE)]
    if not matching:
        raise FetchError(
            f"no link matches {pattern!r}",
            where=page,
            expected=f"such a link among {_listed([link.name or link.url for link in links])}",
            remedy=f"open the page in a browser and correct the pattern in {DECLARED}",
            status=404,
        )
    undated = [link.name for link in matching if link.day is None]
    if undated and len(matching) > count:
        raise FetchError(
            f"{len(matching)} links match {pattern!r} and {undated[0]!r} has no date",
            where=page,
            expected=f"dates, or {'one link' if count == 1 else f'no more than {count} links'}",
            remedy=f"make the pattern narrower in {DECLARED}",
        )
    return sorted(matching, key=lambda link: link.day or date.min, reverse=True)[:count]


def _listed(names: list[str], most: int = 8) -> str:
    """Names for a message: files first, since a page has many links to other pages."""
    ordered = sorted(dict.fromkeys(names), key=lambda name: "." not in name)
    shown = ", ".join(repr(name) for name in ordered[:most])
    return f"{shown} and {len(ordered) - most} more" if len(ordered) > most else shown or "none"


@dataclass
class _Open:
    address: str
    words: list[str] = field(default_factory=list)


class _Links(HTMLParser):
    """Collects the address and the words of each link."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, str]] = []
        self._open: _Open | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        address = dict(attrs).get("href") if tag == "a" else None
        if address:
            self._finish()
            self._open = _Open(address)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._finish()

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self._open.words.append(data)

    def parse_marked_section(self, i: int, report: int = 1) -> int:
        """Skip ``<![``, as browsers do: the library knows a few words after it and stops at others."""
        return self.parse_bogus_comment(i)

    def close(self) -> None:
        super().close()
        self._finish()

    def _finish(self) -> None:
        if self._open is not None:
            self.found.append((self._open.address, "".join(self._open.words)))
            self._open = None
