"""Figures that are missing: their notebook stopped before it made them, or the area has no data for them."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from send_jsna.figures.records import Absence, FigureRecord
from send_jsna.report.narrative import Narrative, Use
from send_jsna.wording import with_article

log = logging.getLogger("send_jsna")

#: What a cell may raise without ending its notebook: a figure is refused, or is missing for the area.
_GOES_ON = ("FailedValidationError", "NoDataError")
#: The uses that name a figure, which must be published or have a reason why not.
_NAMING = ("inline", "block", "ref", "needs")


def stopped_notebooks(folder: Path) -> dict[str, str]:
    """Notebooks of a run that did not reach their end.

    Args:
        folder: ``notebooks`` of the run folder.

    Returns:
        The source of each, by name.
    """
    found = {}
    for path in sorted(folder.glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        if any(_failed(output) for cell in cells for output in cell.get("outputs", [])):
            found[path.stem] = "\n".join(
                "".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"
            )
    return found


def not_there(
    narrative: Narrative, known: Mapping[str, FigureRecord], absences: Sequence[Absence]
) -> tuple[dict[str, Absence], dict[str, FigureRecord]]:
    """The figures the chapters name and a notebook recorded as missing.

    The record that fits a figure's id most closely says why it is missing. A figure that no record covers is
    in neither mapping: the chapter is wrong, or a notebook stopped.

    Args:
        narrative: The chapters.
        known: Published and refused figures.
        absences: What the notebooks recorded as missing, with the reasons.

    Returns:
        The figures that are missing for the area, and those refused because their data failed validation.
    """
    absent: dict[str, Absence] = {}
    refused: dict[str, FigureRecord] = {}
    for use in narrative.uses:
        if use.kind not in _NAMING or use.name in known:
            continue
        fitting = [absence for absence in absences if absence.covers(use.name)]
        if not fitting:
            continue
        closest = max(fitting, key=lambda absence: (absence.covers(use.name), absence.is_refusal))
        if closest.is_refusal:
            refused[use.name] = _refused(use, closest.name, closest.notebook, closest.reason)
        else:
            absent[use.name] = closest
    return absent, refused


def unexplained(narrative: Narrative, known: Collection[str], place: str) -> dict[str, Absence]:
    """The figures the chapters name and nothing explains, for an edition not yet reviewed.

    In a released edition each of them stops the build. In one made for any of the country's areas it may be a
    gap no notebook foresaw, and the rest of the report is worth having; the log names the figure.

    Args:
        narrative: The chapters.
        known: Ids of the published and refused figures, and of those recorded as missing.
        place: The area's name.
    """
    found = {}
    for use in narrative.uses:
        if use.kind in _NAMING and not use.optional and use.name not in known:
            words = use.name.rpartition(".")[0].replace(".", ", ").replace("_", " ")
            reason = f"no figure was made for {with_article(place)}"
            found[use.name] = Absence(figures=[use.name], name=words, reason=reason, notebook="")
            log.warning("%s: figure %s is published by no notebook", use.where, use.name)
    return found


def lacking_cells(folder: Path) -> list[Absence]:
    """What cells that ended for lack of data were to publish, for cells that recorded no absence themselves.

    Args:
        folder: ``notebooks`` of the run folder.
    """
    found = []
    for path in sorted(folder.glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            errors = [output for output in cell.get("outputs", []) if output.get("ename") == "NoDataError"]
            ids = re.findall(r"""["']([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+)["']""", "".join(cell["source"]))
            if errors and ids:
                names = [*ids, *(f"{name}.*" for name in ids)]
                reason = "not in this edition for this area"
                found.append(Absence(figures=names, name=ids[0], reason=reason, notebook=path.stem))
    return found


def unpublished(
    narrative: Narrative, known: Collection[str], stopped: Mapping[str, str]
) -> dict[str, FigureRecord]:
    """A refusal for each figure the chapters name and a stopped notebook may have had to publish.

    A notebook that names the figure is taken to be the one; where none does (a name can be put together from
    parts), all that stopped are named. Where every notebook reached its end there is none: an unknown figure
    is then the chapter's mistake.

    Args:
        narrative: The chapters.
        known: Ids of the published and refused figures, and of those missing for the area.
        stopped: From :func:`stopped_notebooks`.
    """
    if not stopped:
        return {}
    refused = {}
    for use in narrative.uses:
        if use.kind not in _NAMING or use.name in known or use.name in refused:
            continue
        makers = [name for name, source in stopped.items() if _names(source, use.name)] or list(stopped)
        word = "notebook" if len(makers) == 1 else "notebooks"
        reason = f"the {word} that should make it, {' or '.join(makers)}, did not reach the end"
        refused[use.name] = _refused(use, use.name, makers[0], reason)
    return refused


def _refused(use: Use, title: str, notebook: str, reason: str) -> FigureRecord:
    return FigureRecord(
        id=use.name,
        kind="number" if use.kind == "inline" else "chart",
        title=title,
        method="Not made.",
        inputs=[],
        notebook=notebook,
        refused=reason,
    )


def _failed(output: Mapping[str, Any]) -> bool:
    return output.get("output_type") == "error" and output.get("ename") not in _GOES_ON


def _names(source: str, figure_id: str) -> bool:
    """Whether a notebook's code writes the id, or a stem of it that a helper completes."""
    if not source:
        return False
    stems = [figure_id]
    while figure_id.count(".") > 1:
        figure_id = figure_id.rpartition(".")[0]
        stems.append(figure_id)
    return any(re.search(rf"""["']{re.escape(stem)}["'.]""", source) for stem in stems)
