"""``fetched.json`` of an edition made for a run: what came of each source."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from send_jsna.files import json_text

if TYPE_CHECKING:
    from send_jsna.catalogue.citations import EditionSource
    from send_jsna.editions.edition import Edition
    from send_jsna.ingest.intake import IntakeResult


def render_fetched(
    obtained: Iterable[IntakeResult], carried: dict[str, tuple[Edition, EditionSource]]
) -> str:
    """What a reader must know of how each source came to be in the edition."""
    entries = summary(obtained)
    known = {entry["source_id"]: entry for entry in entries}
    for key, (edition, source) in carried.items():
        entry = known.get(key)
        if entry is None:
            continue  # a council's own document: nothing was expected of it
        entry["outcome"] = "carried"
        entry["as_at"] = source.as_at.isoformat()
        entry["carried_from"] = edition.id
    return json_text(entries)


def summary(obtained: Iterable[IntakeResult]) -> list[dict[str, Any]]:
    """What came of each source, for the edition's folder.

    Whether bytes are new or were stored before is left out: the same bytes make the same edition.
    """
    return [
        {
            "source_id": item.source.id,
            "outcome": "held" if item.outcome in ("new", "unchanged") else item.outcome,
            "as_at": item.as_at.isoformat() if item.retrievals else "",
            "files": {
                resource: {"name": used.name, "sha256": used.sha256, "url": used.final_url or used.url}
                for resource, used in sorted(item.retrievals.items())
            },
            "version": next((used.version for used in item.retrievals.values() if used.version), ""),
            "sentences": list(item.sentences),
            "left_out": list(item.left_out),
        }
        for item in obtained
    ]
