"""What a chapter may make a passage depend on: ``when`` and ``unless`` in its Markdown.

Some passages are about one council's own documents. A chapter marks them, in a span or a block, and the
report of another area says in a sentence what is missing (:mod:`send_jsna.report.decisions` decides):

    ::: {when="claims"}
    The slides print …
    :::

``figure:ID`` is met where a figure is published for the area. Unlike ``needs`` it says nothing of what is
missing, so that ``unless`` can have a passage in its place.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from send_jsna.catalogue.areas import Areas
from send_jsna.figures.records import Absence, FigureRecord
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
_FIGURE = re.compile(r"figure:([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+)")
CONDITION_WORDS = (
    "one of " + ", ".join(CONDITIONS) + ", area: and an ONS code, or figure: and the id of a figure"
)


def is_condition(name: str) -> bool:
    """Whether a chapter may name this condition."""
    return name in CONDITIONS or bool(_AREA.fullmatch(name) or _FIGURE.fullmatch(name))


def figure_of(name: str) -> str:
    """The id of the figure that a condition asks for; empty where it asks for none."""
    found = _FIGURE.fullmatch(name)
    return found[1] if found else ""


def not_lacking(names: Iterable[str], absences: Collection[Absence]) -> set[str]:
    """The conditions on a figure that count as met, since nothing says that the run has no data for it.

    Its notebook failed, or its data failed validation: a page must then not say that the edition lacks it.

    Args:
        names: Conditions that chapters name.
        absences: What the notebooks recorded as missing, with the reasons.
    """
    found = set()
    for name in filter(figure_of, names):
        fitting = [absence for absence in absences if absence.covers(figure_of(name))]
        if not fitting or any(absence.is_refusal for absence in fitting):
            found.add(name)
    return found


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
        **{f"figure:{name}": True for name in figures},
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
