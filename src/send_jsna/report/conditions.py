"""What a chapter may make a passage depend on: ``when`` and ``unless`` in its Markdown.

Some passages are about one council's own documents. A chapter marks them, in a span or a block, and the
report of another area says in a sentence what is missing (:mod:`send_jsna.report.decisions` decides):

    ::: {when="claims"}
    The slides print …
    :::
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path

from send_jsna.catalogue.areas import Areas
from send_jsna.figures.records import FigureRecord
from send_jsna.figures.run_context import RunContext

#: Condition → what it says of the run.
CONDITIONS = {
    "claims": "figures of the area's own published documents were checked",
    "recommendations": "the action register is the area's",
    "services": "the area's service directory was read",
    "voice": "published findings of the area's families and staff were read",
    "survey": "a response file of the area was supplied",
    "neighbours": "the area has statistical neighbours",
    "released": "the edition was reviewed and released",
    "previous": "there is an edition before this one",
    "neighbourhoods": "the edition has figures by neighbourhood of the area",
}
_AREA = re.compile(r"area:[A-Z]\d{8}")
CONDITION_WORDS = "one of " + ", ".join(CONDITIONS) + ", or area: and an ONS code"


def is_condition(name: str) -> bool:
    """Whether a chapter may name this condition."""
    return name in CONDITIONS or bool(_AREA.fullmatch(name))


def facts_of(
    context: RunContext,
    figures: Mapping[str, FigureRecord],
    *,
    claims: Collection[object],
    recommendations: str,
    previous: str,
    is_released: bool,
) -> set[str]:
    """The conditions that a run meets.

    Args:
        context: Area and comparators.
        figures: Published and refused figures.
        claims: Checked claims.
        recommendations: The generated block of that name; empty where the register is another area's.
        previous: Id of the edition before; empty where there is none.
        is_released: Whether the edition was released, and not made for this run.
    """
    areas = Areas(Path(context.project_root) / "data" / "areas")
    conditions = {
        **{f"area:{code}": True for code in areas.codes_of(context.area["code"])},
        "claims": bool(claims),
        "recommendations": bool(recommendations.strip()),
        "services": "services.named.count" in figures,
        "voice": "voice.findings.count" in figures,
        "survey": any(f"voice.survey.{part}" in figures for part in ("table", "answers", "themes")),
        "neighbours": bool(context.comparators["neighbours"]),
        "released": is_released,
        "previous": bool(previous),
        "neighbourhoods": "deprived.of" in figures,
    }
    return {name for name, is_met in conditions.items() if is_met}
