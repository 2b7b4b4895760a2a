"""Where the project and its runs are: what a command that only reads a run needs of the settings.

Reading all settings takes longer than tracing a figure does.
"""

from __future__ import annotations

import os
from pathlib import Path

from send_jsna.errors import JsnaError

RUNS = "runs"

#: The edition that reports are made of, where neither an option nor ``JSNA_EDITION`` names another.
EDITION = "2026"


def find_project_root() -> Path:
    """The folder that contains ``data/editions``: upwards of the working directory, else of this file.

    Raises:
        JsnaError: There is none.
    """
    for start in (Path.cwd(), Path(__file__).resolve().parent):
        for folder in (start, *start.parents):
            if (folder / "data" / "editions").is_dir() and (folder / "notebooks").is_dir():
                return folder
    raise JsnaError(
        "no project folder found",
        where=Path.cwd(),
        expected="a folder with data/editions and notebooks",
        remedy="run jsna inside the checkout or set JSNA_PROJECT_ROOT",
    )


def runs_folder() -> Path:
    """Folder of the run folders, as ``Settings.runs_folder`` gives it; no other setting is read.

    Raises:
        JsnaError: There is no project.
    """
    given = {name.upper(): value for name, value in os.environ.items()}
    if "JSNA_RUNS" in given:
        return Path(given["JSNA_RUNS"]).resolve()
    root = given.get("JSNA_PROJECT_ROOT")
    return ((find_project_root() if root is None else Path(root)) / RUNS).resolve()
