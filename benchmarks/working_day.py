"""What an analyst waits for: a full refresh against a peer and a floor, and everything that is less than one.

    python benchmarks/working_day.py [--rounds N] [--before REF] [--only NAME ...] [--out FILE]

Every case is measured once a round, in turn, so that a slow minute of the machine does not fall on one of
them alone. Read the ratios of one run: machines differ and are noisy. CPU seconds are those of all processes.

- *peer*: the same refresh with papermill's own engine, one notebook after the other.
- *floor*: all cells, in two processes forked from one that has the libraries, and pandoc's renderings;
  nothing is read, checked, traced, attacked or hashed.
- ``--before REF`` measures the full refresh of another commit, too, with the same interpreter and libraries.

The project is a copy in a temporary folder, with its own runs and cache. Needs no network.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from cells import EDITION, at_commit, cells_of

ROOT = Path(__file__).resolve().parents[1]
DECLARED = ("data", "docs", "expectations", "notebooks", "reports", "flows", "README.md")
NOTEBOOK, FIGURE = "prevalence", "ehcp.share.latest"
DATA_SET, CHAPTER = f"data/editions/{EDITION}/autism_waits.csv", "reports/chapters/04-send.qmd"


class Bench:
    """A copy of the project, and what each case cost in it.

    Attributes:
        project: The copy.
        taken: Case → wall and CPU seconds of each round.
    """

    def __init__(self, folder: Path, before: str | None) -> None:
        self.project = folder / "project"
        for name in DECLARED:
            source = ROOT / name
            (shutil.copytree if source.is_dir() else shutil.copyfile)(source, self.project / name)
        self.taken: dict[str, list[tuple[float, float]]] = {}
        self.before = at_commit(ROOT, before, folder / "before") if before else None
        self._round = 0

    def cases(self) -> dict[str, Callable[[], Any]]:
        """What is measured, by name, in order; each leaves a run that the next can start from."""
        old = {
            "full, by Prefect, before": lambda: self._old("refresh"),
            "full, direct, before": lambda: self._old("refresh", "--direct"),
        }
        return {
            **(old if self.before else {}),
            "peer": lambda: self._inside("peer") and None,
            "floor": lambda: tuple(json.loads(self._inside("floor"))),
            "full, by Prefect": lambda: self.jsna("refresh", "--force"),
            "full, direct": lambda: self.jsna("refresh", "--direct", "--force"),
            "unchanged, by Prefect": lambda: self.jsna("refresh"),
            "unchanged, direct": lambda: self.jsna("refresh", "--direct"),
            "one chapter changed": lambda: self.jsna("refresh", "--direct"),
            "one notebook changed": lambda: self.jsna("refresh", "--direct"),
            "one data set changed": lambda: self.jsna("refresh", "--direct"),
            "check": lambda: self.jsna("check"),
            "render, one chapter edited": lambda: self.jsna("render", "--to", "html"),
            "render, all formats": lambda: self.jsna("render"),
            "notebook": lambda: self.jsna("notebook", NOTEBOOK),
            "trace": lambda: self.jsna("trace", FIGURE),
            "jsna --help": lambda: self.jsna("--help"),
        }

    def measure(self, rounds: int, only: list[str]) -> None:
        """Measure every case so often."""
        for self._round in range(rounds):
            for name, case in self.cases().items():
                if only and name not in only:
                    continue
                self._prepare(name)
                spent, start = _cpu(), time.perf_counter()
                own = case()  # a case of which only a part counts measures itself
                found = own or (time.perf_counter() - start, _cpu() - spent)
                self.taken.setdefault(name, []).append(found)
                print(f"  {name}: {found[0]:.1f} s, {found[1]:.1f} s of CPU", file=sys.stderr, flush=True)

    def jsna(self, *arguments: str) -> None:
        """Run a command on the copy."""
        self._run([sys.executable, "-m", "send_jsna.cli", *arguments], self.project, ROOT / "src")

    def _prepare(self, name: str) -> None:
        """Change what a case is about: its bytes differ in every round."""
        mark = f"{self._round} {name}"
        if name in ("one chapter changed", "render, one chapter edited"):
            path = self.project / CHAPTER
            path.write_text(f"{path.read_text(encoding='utf-8')}\n<!-- {mark.translate(_WORDS)} -->\n")
        elif name == "one notebook changed":
            path = self.project / "notebooks" / f"{NOTEBOOK}.ipynb"
            notebook = json.loads(path.read_text(encoding="utf-8"))
            last = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"][-1]
            last["source"] = f"{''.join(last['source'])}\n# {mark}"
            path.write_text(json.dumps(notebook), encoding="utf-8")
        elif name == "one data set changed":
            path = self.project / DATA_SET
            lines = path.read_text(encoding="utf-8").splitlines()
            path.write_text("\n".join([lines[0], *lines[2:], lines[1]]) + "\n", encoding="utf-8")
            self._relock(path.parent)

    def _relock(self, edition: Path) -> None:
        from send_jsna.files import sha256_of

        files = sorted(path for path in edition.iterdir() if path.name != "lock.json")
        lock = {path.name: sha256_of(path) for path in files}
        (edition / "lock.json").write_text(json.dumps(lock, indent=2) + "\n", encoding="utf-8")

    def _inside(self, what: str) -> str:
        command = [sys.executable, str(Path(__file__).resolve()), "--inside", what]
        return self._run(command, self.project, ROOT / "src", cache=False)

    def _old(self, *arguments: str) -> None:
        assert self.before is not None
        self._run([sys.executable, "-m", "send_jsna.cli", *arguments], self.before, self.before / "src")

    def _run(self, command: list[str], project: Path, source: Path, *, cache: bool = True) -> str:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("JSNA_", "PREFECT_"))}
        env = {
            **kept,
            "PYTHONPATH": f"{source}:{project}",
            "JSNA_PROJECT_ROOT": str(project),
            "JSNA_EDITION": EDITION,
        }
        env |= {} if cache else {"JSNA_CACHE_LIMIT": "0"}
        done = subprocess.run(command, cwd=project, env=env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr[-2000:]}")
        return done.stdout


#: A chapter may have no digits.
_WORDS = str.maketrans("0123456789", "abcdefghij")


def _cpu(who: int = resource.RUSAGE_CHILDREN) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


# -- what runs in a process of its own -------------------------------------------------------------------


def peer() -> None:
    """A refresh with papermill's own engine, one notebook after the other."""
    import nbformat
    import papermill

    from send_jsna.cli import run
    from send_jsna.execution import execute, kernels, papermill_engine

    several = execute.execute_supplements

    def one_by_one(*arguments: Any, **options: Any) -> Any:
        options["settings"] = options["settings"].model_copy(update={"workers": 1})
        return several(*arguments, **options)

    def plainly(notebook: dict[str, Any], parameters: dict[str, Any], **_: Any) -> papermill_engine.Progress:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "notebook.ipynb"
            path.write_text(json.dumps(notebook), encoding="utf-8")
            node = papermill.execute_notebook(
                path, None, parameters=parameters, kernel_name="python3", progress_bar=False
            )
        return papermill_engine.Progress(nbformat.from_dict(node))

    kernels.warm_up = lambda: None
    execute.execute_supplements = one_by_one
    papermill_engine.execute = plainly
    raise SystemExit(run(["refresh", "--direct", "--force", "--quiet"]))


def floor() -> None:
    """All cells in two processes forked from this one, and pandoc's renderings; prints what they took."""
    from send_jsna.execution.papermill_engine import TOLERATED
    from send_jsna.report import pandoc_engine
    from send_jsna.runs import stages
    from send_jsna.runs.request import Request, job
    from send_jsna.settings import get_settings

    settings, render = get_settings(), pandoc_engine.render
    spent: list[tuple[float, float]] = []

    def timed(work: Callable[[], None]) -> None:
        wall, cpu = time.perf_counter(), _cpu(resource.RUSAGE_SELF) + _cpu()
        work()
        spent.append((time.perf_counter() - wall, _cpu(resource.RUSAGE_SELF) + _cpu() - cpu))

    request = Request.make(settings.area, settings.edition, "pandoc")
    with suppress(_Done), job(request, orchestrator="benchmark") as building:
        validated = stages.validate(building, stages.load(building))
        stages.claims(building, validated)
        executed = stages.execute(building, validated)
        bare = building.folder / "bare"
        bare.mkdir()
        for path in building.folder.glob("*"):
            if path.is_file():
                shutil.copyfile(path, bare / path.name)
        timed(lambda: _all_cells(settings.notebooks, bare, TOLERATED))
        shutil.rmtree(bare)
        pandoc_engine.render = lambda *arguments: timed(lambda: render(*arguments))
        stages.assemble(building, executed)
        raise _Done
    print(json.dumps([sum(part) for part in zip(*spent, strict=True)]))


class _Done(Exception):
    """Ends a run that is not to be kept."""


def _all_cells(notebooks: Path, folder: Path, tolerated: tuple[str, ...]) -> None:
    """Execute the cells of all notebooks in two forked processes, the longest notebooks first."""
    import matplotlib.backends.backend_svg
    import scipy.stats
    import seaborn

    del matplotlib, scipy, seaborn
    context = json.loads((folder / "context.json").read_text(encoding="utf-8"))
    compared = context["comparators"]
    areas = [compared["region"], compared["country"], *compared["neighbours"]]
    values = {
        "area": context["area"]["code"],
        "edition": context["edition"],
        "comparators": [area["code"] for area in areas],
        "run_folder": str(folder),
    }
    (folder / "figures").mkdir()
    waiting = sorted(notebooks.glob("*.ipynb"), key=lambda path: path.stat().st_size)
    running: set[int] = set()
    while waiting or running:
        while waiting and len(running) < 2:
            path = waiting.pop()
            pid = os.fork()
            if pid == 0:
                _cells(path, values, tolerated)
                os._exit(0)
            running.add(pid)
        ended, status = os.wait()
        running.remove(ended)
        if status:
            raise SystemExit("a cell ended early")


def _cells(notebook: Path, values: dict[str, Any], tolerated: tuple[str, ...]) -> None:
    space: dict[str, Any] = {"__name__": "__main__"}
    for text, is_parameters in cells_of(notebook):
        if is_parameters:
            space |= values
            continue
        try:
            exec(text, space)
        except Exception as error:
            if type(error).__name__ not in tolerated:
                raise


# -- the report ------------------------------------------------------------------------------------------

#: Ratios that have an aim: case, what it is held against, the aim, and whether more is better.
AIMS = (
    ("full, by Prefect", "full, by Prefect, before", 0.5, False),
    ("full, direct", "full, direct, before", 0.42, False),
    ("peer", "full, direct", 3.0, True),
    ("full, direct", "floor", 2.0, False),
    ("unchanged, by Prefect", "full, by Prefect", 0.1, False),
    ("unchanged, direct", "full, direct", 0.1, False),
)


def show(taken: dict[str, list[tuple[float, float]]], out: Path | None) -> None:
    """Print a table of the medians, the ratios that have an aim, and all of it as JSON."""
    wall = {name: statistics.median(seconds for seconds, _ in found) for name, found in taken.items()}
    cpu = {name: statistics.median(seconds for _, seconds in found) for name, found in taken.items()}
    whole = wall.get("full, direct")
    print(f"{'case':<28} {'wall s':>8} {'CPU s':>8}  / full, direct")
    for name in taken:
        share = f"{wall[name] / whole:12.3f}" if whole else ""
        print(f"{name:<28} {wall[name]:8.2f} {cpu[name]:8.2f} {share}")
    ratios = {}
    for case, base, aim, is_more in AIMS:
        if case in wall and base in wall:
            ratios[f"{case} / {base}"] = round(wall[case] / wall[base], 3)
            print(f"{case} / {base}: {wall[case] / wall[base]:.3f} (aim {'≥' if is_more else '≤'} {aim})")
    text = json.dumps({"wall": wall, "cpu": cpu, "ratios": ratios, "rounds": taken})
    print(text)
    if out:
        out.write_text(f"{text}\n", encoding="utf-8")


def main() -> None:
    """Measure, and print what each case took."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--before", metavar="REF", help="a commit whose full refresh is measured in turn")
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME", help="measure these cases alone")
    parser.add_argument("--out", type=Path, help="write the JSON into this file, too")
    parser.add_argument("--inside", choices=["peer", "floor"], help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.inside:
        {"peer": peer, "floor": floor}[asked.inside]()
        return
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), asked.before)
        bench.measure(asked.rounds, asked.only)
    show(bench.taken, asked.out)


if __name__ == "__main__":
    main()
