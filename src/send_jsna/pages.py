"""What every page of ours shares: its style, its templates, and addresses that are safe to link to."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from send_jsna.files import sha256_of

if TYPE_CHECKING:
    from jinja2 import Template


#: Signs that an address of the web must not contain as they are, and that would end a link around it.
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


#: The page's own style, so that it can be read on its own: contrast over 7:1, no fixed widths, visible focus.
CSS = """
:root{color-scheme:light}
body{font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;
color:#0b0c0c;background:#fff;margin:0 auto;padding:0 1rem 3rem;max-width:72rem}
a{color:#12436d;text-underline-offset:.15em}
a:focus-visible,.scroll:focus-visible{outline:3px solid #12436d;outline-offset:2px}
.skip{position:absolute;left:-999rem;padding:.75rem}
.skip:focus{position:static;display:inline-block}
nav ol{list-style:none;padding:0;margin:1rem 0;display:flex;flex-wrap:wrap;gap:.25rem 1rem}
nav a{display:inline-block;min-height:24px}
li{margin:.35rem 0}
h1,h2,h3{line-height:1.25;overflow-wrap:anywhere}
.lead{font-size:1.2rem}
.id,li,td,th,dd,a{overflow-wrap:anywhere}
.id{font-family:ui-monospace,Consolas,"Liberation Mono",monospace}
dt{font-weight:600}
dd{margin:0 0 .6rem}
.scroll{overflow-x:auto}
.scroll td,.scroll th{overflow-wrap:normal}
table{border-collapse:collapse;font-size:.9rem}
caption{text-align:left;font-weight:600;padding:.4rem 0}
th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid #6f777b}
thead th{border-bottom:2px solid #0b0c0c}
"""


_TEMPLATES = Path(__file__).parent / "templates"


def template_hashes() -> dict[str, str]:
    """The SHA-256 of every template, by its name."""
    return {path.name: template_hash(path.name) for path in sorted(_TEMPLATES.glob("*.j2"))}


def template_hash(name: str) -> str:
    """The SHA-256 of a page's template, for the key of what is made with it."""
    return sha256_of(_TEMPLATES / name)


@lru_cache(maxsize=4)
def template(name: str) -> Template:
    """A page's template of the package."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests["web"] = is_web
    return environment.get_template(name)
