"""A copy of the project cut down to one data set, one notebook and two chapters, for tests that damage it."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from warm_process import warm

from send_jsna.places import EDITION

ROOT = Path(__file__).resolve().parents[2]
AREA = "E08000026"
DATASET = "special_school_places"
NOTEBOOK = "places"

#: One cell waits for as long as the test asks it to, in the middle of a run.
CELLS = {
    "open": (
        "from send_jsna.figures.supplement import Supplement\n\n"
        's = Supplement.open("places", area=area, edition=edition, comparators=comparators,'
        " run_folder=run_folder)\n"
        'rows = s.observations("special_school_places_count", school="*", period="latest")'
    ),
    "wait": (
        "import os, time\nfrom pathlib import Path\n\n"
        'flag = os.environ.get("TEST_WAIT_FLAG")\n'
        "if flag:\n    Path(flag).touch()\n    time.sleep(60)"
    ),
    "total": (
        's.number("places.total", rows["value"].sum(), unit="count", title="Special school places",'
        ' inputs=rows, method="Sum over schools.")'
    ),
    "table": (
        's.table("places.table", rows[["school", "value"]], title="Places by school",'
        ' inputs=rows, method="As printed.")'
    ),
}
CHAPTERS = {
    "index.qmd": '# About this report {.unnumbered}\n\nFor []{setting="area.name"}.\n',
    "01-places.qmd": (
        '# Places {#sec-places}\n\n[]{figure="places.total"} places, see []{ref="places.table"}.\n\n'
        '::: {figure="places.table"}\n:::\n'
    ),
    "22-audit.qmd": '# Audit {#sec-audit}\n\n## Figures {#figures}\n\n::: {generated="audit"}\n:::\n',
}


def make(folder: Path) -> Path:
    """Make the small project in a folder."""
    for name in (
        "areas",
        "catalogue",
        "disclosure",
        "recommendations",
        "council",
        "services",
        "editions/2023",
    ):
        shutil.copytree(ROOT / "data" / name, folder / "data" / name)
    shutil.copytree(ROOT / "expectations", folder / "expectations")
    for name in ("filters", "theme"):
        shutil.copytree(ROOT / "reports" / name, folder / "reports" / name)
    _edition(folder / "data" / "editions" / EDITION)
    _claims(folder / "data" / "claims")
    (folder / "data" / "catalogue" / "gaps.yaml").unlink()  # of supplements that it does not have
    supplements = [{"id": NOTEBOOK, "datasets": [DATASET]}]
    _dump(folder / "data" / "catalogue" / "supplements.yaml", supplements)
    register = folder / "data" / "recommendations" / "register.yaml"
    declared = yaml.safe_load(register.read_text(encoding="utf-8"))
    for theme in declared["themes"]:
        for action in theme["actions"]:
            action["measured_by"] = []
    _dump(register, declared)
    write_notebook(folder, CELLS)
    book = yaml.safe_load((ROOT / "reports" / "_quarto.yml").read_text(encoding="utf-8"))
    book["book"]["chapters"] = list(CHAPTERS)
    _dump(folder / "reports" / "_quarto.yml", book)
    for name, text in CHAPTERS.items():
        (folder / "reports" / name).write_text(text, encoding="utf-8")
    return folder


def write_notebook(folder: Path, cells: dict[str, str], *, parameters: bool = True) -> None:
    """Write the small project's notebook."""
    head = f'area = "{AREA}"\nedition = "{EDITION}"\ncomparators = []\nrun_folder = ""'
    code = {"parameters": head, **cells}
    notebook = {
        "cells": [
            {"cell_type": "markdown", "id": "title", "metadata": {}, "source": "# Places"},
            *(
                {
                    "cell_type": "code",
                    "id": name,
                    "metadata": {"tags": ["parameters"]} if name == "parameters" and parameters else {},
                    "source": source,
                    "execution_count": None,
                    "outputs": [],
                }
                for name, source in code.items()
            ),
        ],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    (folder / "notebooks").mkdir(exist_ok=True)
    (folder / "notebooks" / f"{NOTEBOOK}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")


def keep_checks(folder: Path, datasets: Sequence[str], kept: Callable[[dict[str, Any]], bool]) -> None:
    """Leave only some expectations: of the common ones, and of these data sets' own."""
    suites = folder / "expectations" / "expectations"
    common = set()
    for path in sorted(suites.glob("*.json"), key=lambda path: path.stem != "_common"):
        suite = json.loads(path.read_text(encoding="utf-8"))
        if path.stem in ("_common", *datasets):
            suite["expectations"] = [entry for entry in suite["expectations"] if kept(entry)]
        if path.stem == "_common":
            common = {entry["meta"]["name"] for entry in suite["expectations"]}
            suite["meta"]["own_after"] = {}
        elif "meta" in suite:
            stated = suite["meta"]["without"].items()
            suite["meta"]["without"] = {check: why for check, why in stated if check in common}
        path.write_text(json.dumps(suite), encoding="utf-8")


def dataset(folder: Path) -> Path:
    """The small project's one data set of the edition reports are built from."""
    return folder / "data" / "editions" / EDITION / f"{DATASET}.csv"


def relock(folder: Path, edition_id: str = EDITION) -> None:
    """Lock an edition as it now is: whoever writes a malformed file may well lock it."""
    edition = folder / "data" / "editions" / edition_id
    files = sorted(path for path in edition.iterdir() if path.name != "lock.json")
    hashes = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    (edition / "lock.json").write_text(json.dumps(hashes, indent=2) + "\n", encoding="utf-8")


def jsna(
    folder: Path, *arguments: str, env: dict[str, str] | None = None, afresh: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run a command on the small project, in a process of its own.

    Args:
        folder: The project.
        arguments: What follows ``jsna`` on the command line.
        env: What is added to the environment of the tests.
        afresh: Start a new interpreter, with its own order of hashes, instead of forking one that has
            imported the libraries.
    """
    own = environment(folder, env)
    if afresh or _through_prefect(arguments) or not warm().is_like(own):
        return subprocess.run(command(*arguments), env=own, capture_output=True, text=True, check=False)
    return warm().run(arguments, own)


def _through_prefect(arguments: Sequence[str]) -> bool:
    """Whether Prefect has a part in a command: it reads its settings when it is imported."""
    return arguments[0] == "serve" or (arguments[0] in ("refresh", "rebuild") and "--direct" not in arguments)


def command(*arguments: str) -> Sequence[str]:
    """A ``jsna`` command of the environment the tests run in."""
    return [sys.executable, "-m", "send_jsna.cli", *arguments]


def environment(folder: Path, extra: dict[str, str] | None = None) -> dict[str, str]:
    """The environment of a command on the small project: nothing of the user's settings."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("JSNA_", "PREFECT_")) and key != "PYTHONDONTWRITEBYTECODE"
    }
    return {**kept, "JSNA_PROJECT_ROOT": str(folder), **(extra or {})}


def basic(key: str) -> str:
    """How a key is sent with a request."""
    return f"Basic {base64.b64encode(key.encode()).decode()}"


@dataclass(frozen=True)
class PrefectServer:
    """A real Prefect server on loopback: its API, and the small project that it was left running for."""

    api: str
    project: Path

    @property
    def key(self) -> str:
        """What every request must bring."""
        return (self.project / ".state" / "server.key").read_text(encoding="ascii").strip()

    @property
    def environment(self) -> dict[str, str]:
        """What points a command at it."""
        return {
            "PREFECT_API_URL": self.api,
            "PREFECT_API_AUTH_STRING": self.key,
            "PREFECT_HOME": str(self.project / ".state" / "prefect"),
            "DO_NOT_TRACK": "1",
        }

    def ask(self, path: str, question: dict[str, Any] | None = None) -> Any:
        """Ask its API."""
        headers = {"Content-Type": "application/json", "Authorization": basic(self.key)}
        request = urllib.request.Request(f"{self.api}/{path}", headers=headers)
        if question is not None:
            request.data = json.dumps(question).encode()
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)


def _edition(target: Path) -> None:
    source = ROOT / "data" / "editions" / EDITION
    target.mkdir(parents=True)
    for name in ("sources.csv", f"{DATASET}.csv"):
        shutil.copyfile(source / name, target / name)
    # The edition before it is the smallest there is.
    card = yaml.safe_load((source / "edition.yaml").read_text(encoding="utf-8"))
    _dump(target / "edition.yaml", card | {"previous": "2023", "corrections": ""})
    relock(target.parents[2])


def _claims(target: Path) -> None:
    target.mkdir()
    shutil.copyfile(ROOT / "data" / "claims" / "summary-2024.yaml", target / "summary-2024.yaml")


def _dump(path: Path, value: object) -> None:
    path.write_text(yaml.safe_dump(value, sort_keys=False, allow_unicode=True), encoding="utf-8")
