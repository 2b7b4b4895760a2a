"""One accessible page for each figure: everything the ledger knows of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from send_jsna.pages import CSS, template

if TYPE_CHECKING:
    pass


@dataclass(frozen=True)
class Use:
    """A page of the report that shows a figure."""

    page: str
    title: str


def render_audit_page(
    entry: dict[str, Any],
    *,
    report_title: str,
    audit_chapter: str,
    uses: Sequence[Use] = (),
) -> str:
    """The audit entry of one figure as an HTML page for ``site/audit/<figure id>.html``.

    Args:
        entry: The entry of :func:`send_jsna.provenance.lineage.build_lineage`.
        report_title: Title of the report, for the page's title and the way back.
        audit_chapter: File name of the audit chapter's page.
        uses: The report's pages that show the figure.

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
