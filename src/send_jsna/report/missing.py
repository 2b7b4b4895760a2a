"""Figures nobody published because their notebook stopped before it came to them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from send_jsna.figures import FigureRecord
from send_jsna.report.narrative import Narrative

#: A figure refused because its data set failed validation is on record; its notebook goes on after it.
_GOES_ON = "FailedValidationError"


def stopped_notebooks(folder: Path, expected: Iterable[str] = ()) -> dict[str, str]:
    """Notebooks of a run that did not reach their end.

    Args:
        folder: ``notebooks`` of the run folder.
        expected: Names of the notebooks that should be there.

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
    for name in expected:
        if not (folder / f"{name}.ipynb").is_file():
            found.setdefault(name, "")
    return found


def unpublished(
    narrative: Narrative, known: Mapping[str, FigureRecord], stopped: Mapping[str, str]
) -> dict[str, FigureRecord]:
    """A refusal for each figure the chapters name and a stopped notebook may have had to publish.

    A notebook that names the figure is taken to be the one; where none does (a name can be put together from
    parts), all that stopped are named. Where every notebook reached its end there is none: an unknown figure
    is then the chapter's mistake.

    Args:
        narrative: The chapters.
        known: Published and refused figures.
        stopped: From :func:`stopped_notebooks`.
    """
    if not stopped:
        return {}
    refused = {}
    for use in narrative.uses:
        if use.kind not in ("inline", "block", "ref") or use.name in known or use.name in refused:
            continue
        makers = [name for name, source in stopped.items() if _names(source, use.name)] or list(stopped)
        word = "notebook" if len(makers) == 1 else "notebooks"
        refused[use.name] = FigureRecord(
            id=use.name,
            kind="number" if use.kind == "inline" else "chart",
            title=use.name,
            method="Not made.",
            inputs=[],
            notebook=makers[0],
            refused=f"the {word} that should make it, {' or '.join(makers)}, did not reach the end",
        )
    return refused


def _failed(output: Mapping[str, Any]) -> bool:
    return output.get("output_type") == "error" and output.get("ename") != _GOES_ON


def _names(source: str, figure_id: str) -> bool:
    """Whether a notebook's code writes the id, or a stem of it that a helper completes."""
    if not source:
        return False
    stems = [figure_id]
    while figure_id.count(".") > 1:
        figure_id = figure_id.rpartition(".")[0]
        stems.append(figure_id)
    return any(re.search(rf"""["']{re.escape(stem)}["'.]""", source) for stem in stems)
