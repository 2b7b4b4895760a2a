"""Addresses that come from data: only one of the web becomes a link, and nothing that runs in a browser."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

#: Signs an address of the web does not hold as they are, and which would end a link it stands in.
_FOREIGN = re.compile(r"[\x00-\x20\x7f-\xa0\"'<>\\^`{|}]|\s")


def is_web(address: str) -> bool:
    """Whether an address is one of the web: ``http`` or ``https``, a host, and no sign that ends a link."""
    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not _FOREIGN.search(address)
    except ValueError:
        return False


def link_target(address: str) -> str:
    """An address as the target of a link, in Markdown too; empty where it is none of the web."""
    return address.replace("(", "%28").replace(")", "%29") if is_web(address) else ""


def checked(address: str) -> str:
    """An address of declared data, for a schema: empty or one of the web.

    Raises:
        ValueError: It is another.
    """
    if address and not is_web(address):
        raise ValueError("is no address of the web: it must begin with https:// or http://")
    return address
