"""One accessible page for each figure: everything the ledger knows of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from send_jsna.addresses import is_web

if TYPE_CHECKING:
    from jinja2 import Template

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
.id,td,th,dd,a{overflow-wrap:anywhere}
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


@dataclass(frozen=True)
class Use:
    """A page of the report that shows a figure."""

    page: str
    title: str


def render_audit_page(
    entry: dict[str, Any],
    *,
    report_title: str,
    uses: Sequence[Use] = (),
    audit_chapter: str = "16-audit.html",
) -> str:
    """The audit entry of one figure as an HTML page for ``site/audit/<figure id>.html``.

    Args:
        entry: The entry of :func:`send_jsna.lineage.build_lineage`.
        report_title: Title of the report, for the page's title and the way back.
        uses: The report's pages that show the figure.
        audit_chapter: File name of the audit chapter in the site.

    Returns:
        The page. The same entry gives the same bytes.
    """
    several = Counter(source["source_id"] for source in entry["sources"])
    return template("audit.html.j2").render(
        entry=entry,
        report_title=report_title,
        uses=uses,
        audit_chapter=audit_chapter,
        several={key: count > 1 for key, count in several.items()},
        css=CSS,
    )


@lru_cache(maxsize=4)
def template(name: str) -> Template:
    """A page's template of the package."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests["web"] = is_web
    return environment.get_template(name)
