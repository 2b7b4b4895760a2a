"""An executed notebook, freed of all that differs from one execution to the next.

So the same edition and code give the same bytes.
"""

from __future__ import annotations

import re
from typing import Any

from send_jsna.execution.notebook_files import METADATA, Notebook, source

#: Id of the cell papermill puts in, with the values of the parameters.
INJECTED = "injected-parameters"
#: What an executed notebook has in place of the run folder's path.
NEUTRAL_FOLDER = "runs/latest"

_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def plain(notebook: Notebook, *, folders: dict[str, str]) -> Notebook:
    """An executed notebook without what differs from one execution to the next.

    Times, papermill's notes and memory addresses go, paths become neutral, and the trace of a refused figure
    shrinks to its message.

    Args:
        notebook: The notebook as executed.
        folders: Machine paths and what replaces them, the longest first.
    """
    cells = []
    for cell in notebook["cells"]:
        tags = list(cell["metadata"].get("tags", []))
        if "papermill-error-cell-tag" in tags:
            continue
        kept = {**cell, "metadata": {"tags": tags} if tags else {}}
        if INJECTED in tags:
            kept["id"] = INJECTED
        kept["source"] = _neutral(source(cell), folders).splitlines(keepends=True)
        if cell["cell_type"] == "code":
            kept["outputs"] = [_plain_output(output, folders) for output in cell["outputs"]]
        cells.append(kept)
    return {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}


def _plain_output(output: dict[str, Any], folders: dict[str, str]) -> dict[str, Any]:
    kept = dict(output)
    if kept["output_type"] == "error":
        evalue = _neutral(str(kept["evalue"]), folders)
        short = kept["ename"] in ("FailedValidationError", "NoDataError")
        trace = [f"{kept['ename']}: {evalue}"] if short else kept["traceback"]
        kept |= {"evalue": evalue, "traceback": [_neutral(_ANSI.sub("", line), folders) for line in trace]}
    if "text" in kept:
        kept["text"] = _neutral(_joined(kept["text"]), folders).splitlines(keepends=True)
    if "data" in kept:
        kept["metadata"] = {}
        kept["data"] = {
            kind: _neutral(_joined(value), folders).splitlines(keepends=True)
            if kind.startswith("text/") or kind == "image/svg+xml"
            else value
            for kind, value in kept["data"].items()
        }
    return kept


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def _neutral(text: str, folders: dict[str, str]) -> str:
    for path, name in folders.items():
        text = text.replace(path, name)
    text = re.sub(r"(?<=[ <])at 0x[0-9a-f]{6,}", "at 0x0", text)
    return re.sub(r"(?<=ipykernel_)\d+(?=/\d+\.py)", "0", text)
