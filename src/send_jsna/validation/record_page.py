"""The validation records as one accessible page, with no network and no script."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from send_jsna.validation.record import ValidationRecord, levels_of
from send_jsna.wording import title_of

_LEVELS = {"passed": "Passed", "warning": "Warning", "error": "Error"}

_TEMPLATE = "page.html.j2"


def render_page(
    edition: str, released: date, records: list[ValidationRecord], missing: Sequence[str] = ()
) -> str:
    """The page as HTML text.

    Args:
        edition: Edition id.
        released: Day it was released: the only date on the page.
        records: The records, in the order of the page.
        missing: Data sets the report reads and the edition does not have.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
    )
    environment.filters["title"] = title_of
    environment.filters["thousands"] = lambda number: f"{number:,}"
    counts = levels_of(records)
    return environment.get_template(_TEMPLATE).render(
        edition=edition,
        released=f"{released.day} {released:%B %Y}",
        records=records,
        unheld=[title_of(name) for name in missing],
        levels=_LEVELS,
        level=_level,
        notices=lambda record: list(dict.fromkeys(notice.text for notice in record.warnings)),
        totals={
            "rows": f"{sum(record.rows for record in records):,}",
            "expectations": f"{sum(counts.values()):,}",
            **{name: f"{number:,}" for name, number in counts.items()},
        },
    )


def write_page(
    path: Path,
    edition: str,
    released: date,
    records: list[ValidationRecord],
    missing: Sequence[str] = (),
) -> None:
    """Write the page; see :func:`render_page`."""
    path.write_text(render_page(edition, released, records, missing), encoding="utf-8")


def _level(record: ValidationRecord) -> str:
    if not record.passed:
        return "Failed"
    return "Passed with warnings" if record.warnings else "Passed"
