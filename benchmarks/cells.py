"""What the notebooks' cells cost: CPU seconds of all cells of a project in one process.

    python benchmarks/cells.py [PROJECT] [--before REF] [--runs N]

With ``--before`` the same is done for another commit of the project, turn by turn with this one and with the
same interpreter and libraries. Machines differ and are noisy, so the ratio is what to read, not the seconds.

Each version refreshes its default area with its own code as far as its notebooks; there one process takes the
place of its kernels. What the cells import is imported before, as in a kernel forked from a warm process.
"""

from __future__ import annotations

import argparse
import importlib
import io
import json
import os
import runpy
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

#: Where the function that executes notebooks is or was.
_EXECUTION = ("send_jsna.execution.execute", "send_jsna.execution")
_LIBRARIES = ("seaborn", "scipy.stats", "matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg")
#: The edition that the code before has, too.
EDITION = "2025"
_REPORT = "JSNA_BENCHMARK_REPORT"


def cells_of(notebook: Path) -> list[tuple[str, bool]]:
    """The code cells of a notebook: each one's text, and whether it is the parameters cell."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return [
        ("".join(cell["source"]), "parameters" in (cell.get("metadata", {}).get("tags") or []))
        for cell in cells
        if cell["cell_type"] == "code"
    ]


def run_cells(run_folder: Path, supplements: Sequence[str], parameters: dict[str, Any], **_: Any) -> None:
    """Run all cells in this process, write what they cost, and end it: takes the place of the kernels.

    A cell that ends for want of data ends alone, as in a kernel.
    """
    for name in _LIBRARIES:
        importlib.import_module(name)
    values = {**parameters, "run_folder": str(run_folder.resolve())}
    spent, ended = {}, []
    for name in supplements:
        space: dict[str, Any] = {"__name__": "__main__"}
        start = time.process_time()
        for place, (text, is_parameters) in enumerate(cells_of(Path("notebooks") / f"{name}.ipynb")):
            if is_parameters:
                space |= values
                continue
            try:
                exec(compile(text, f"{name}, cell {place + 1}", "exec"), space)
            except Exception as error:
                ended.append(f"{name}, cell {place + 1}: {type(error).__name__}: {error}")
        spent[name] = time.process_time() - start
    figures = sum(1 for _ in (run_folder / "figures").glob("*.json"))
    found = {"cpu": sum(spent.values()), "notebooks": spent, "figures": figures, "ended": ended}
    Path(os.environ[_REPORT]).write_text(json.dumps(found), encoding="utf-8")
    os._exit(0)


def refresh_here(runs: str) -> None:
    """Refresh the project in the working folder, with its own code, as far as its notebooks."""
    sys.path.insert(0, str(Path("src").resolve()))
    for name in _EXECUTION:
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError:
            continue
        if hasattr(module, "execute_supplements"):
            module.execute_supplements = run_cells  # type: ignore[attr-defined]
            break
    sys.argv = ["jsna", "refresh", "--direct", "--quiet", "--runs", runs]
    runpy.run_module("send_jsna.cli", run_name="__main__", alter_sys=True)


def measure(project: Path) -> dict[str, Any]:
    """The CPU seconds of a project's cells, in all and by notebook, and how many figures they published.

    Raises:
        SystemExit: The project's refresh ended before its notebooks.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "cells.json"
        done = subprocess.run(
            [sys.executable, str(Path(__file__).resolve()), "--inside", str(Path(folder) / "runs")],
            cwd=project,
            env={**os.environ, "MPLBACKEND": "agg", _REPORT: str(report), "JSNA_EDITION": EDITION},
            capture_output=True,
            text=True,
            check=False,
        )
        if not report.is_file():
            raise SystemExit(f"{project}: its refresh ended before its notebooks\n{done.stderr[-2000:]}")
        found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    for line in found["ended"]:
        print(f"ended early: {line}", file=sys.stderr)
    return found


def at_commit(project: Path, commit: str, folder: Path) -> Path:
    """The project's files at a commit, in a folder of their own."""
    packed = subprocess.run(
        ["git", "archive", "--format=tar", commit], cwd=project, capture_output=True, check=True
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def main() -> None:
    """Print the CPU seconds of each notebook, and the ratio to the commit before."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("project", nargs="?", type=Path, default=Path(__file__).resolve().parents[1])
    parser.add_argument("--before", metavar="REF", help="a commit to measure turn by turn with this one")
    parser.add_argument("--runs", type=int, default=1, help="how often each is measured; the median counts")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.inside:
        refresh_here(asked.inside)
        return
    with tempfile.TemporaryDirectory() as folder:
        projects = {"now": asked.project}
        if asked.before:
            projects = {"before": at_commit(asked.project, asked.before, Path(folder)), **projects}
        taken: dict[str, list[dict[str, Any]]] = {name: [] for name in projects}
        for _ in range(asked.runs):
            for name, project in projects.items():
                taken[name].append(measure(project))
    summary: dict[str, Any] = {}
    for name, runs in taken.items():
        whole = statistics.median(run["cpu"] for run in runs)
        summary[name] = {"cpu": round(whole, 1), "figures": runs[-1]["figures"]}
        print(f"{name}: {whole:.1f} s of CPU, {runs[-1]['figures']} figures")
        for notebook in runs[0]["notebooks"]:
            print(f"  {notebook:<24} {statistics.median(run['notebooks'][notebook] for run in runs):6.1f}")
    if asked.before:
        summary["ratio"] = round(summary["now"]["cpu"] / summary["before"]["cpu"], 3)
        print(f"now / before: {summary['ratio']}")
    print(json.dumps(summary))


if __name__ == "__main__":
    main()
