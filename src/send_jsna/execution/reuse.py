"""Executed notebooks of earlier runs, used again where nothing they read has changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from send_jsna import disclosure
from send_jsna.cache import Key, Made, Store, code_of, files_of, hash_of, hash_of_frame
from send_jsna.catalogue import neighbourhoods
from send_jsna.disclosure.sealed_counts import ESTIMATES, SUMS
from send_jsna.execution import notebook_files
from send_jsna.figures.records import ABSENCES
from send_jsna.figures.run_context import RunContext, read_context, read_observations
from send_jsna.figures.run_rows import ALWAYS_READ
from send_jsna.figures.run_view import view_of
from send_jsna.files import sha256_of

#: What executes a notebook; with all that they and its cells import, the code its figures depend on.
_CODE = (
    "send_jsna.execution.execute",
    "send_jsna.execution.papermill_engine",
    "send_jsna.execution.kernels.launch",
    "send_jsna.execution.kernels.server",
    "send_jsna.figures.supplement",
)


class ExecutedBefore:
    """What the notebooks of a run made in an earlier run, if that is what they would make now.

    Args:
        run_folder: The run folder under construction.
        parameters: Values for the notebooks' parameters but the run folder.
        store: What earlier runs stored.
    """

    def __init__(self, run_folder: Path, parameters: Mapping[str, Any], store: Store) -> None:
        self._folder = run_folder
        self._parameters = dict(parameters)
        self._store = store
        self._context = read_context(run_folder)
        self._rows = read_observations(run_folder)
        sealed = run_folder / disclosure.SEALED
        self._sealed = pd.read_parquet(sealed) if sealed.is_file() else None
        self._datasets: dict[str, str] = {}  # hashes of those that were asked for
        self._hashes: dict[str, dict[str, str]] = {}  # of what each notebook sees, which stays as it is
        self._keys: dict[str, Key] = {}
        self._notebook_of: dict[str, str] = {}  # name of a figure's file → the notebook that wrote it

    def restore(self, name: str, notebook: notebook_files.Notebook) -> Made | None:
        """Write what a notebook made into the run folder; None where it is to be executed.

        Args:
            name: The supplement's id.
            notebook: Its notebook as it is in the project.
        """
        if name not in self._context.supplements:
            return None
        self._keys[name] = self._key(name, notebook)
        made = self._store.get(self._keys[name])
        if made is None or any((self._folder / file).exists() for file in made.files):
            return None  # a figure of that id is published by another notebook, which executing it will say
        made.write(self._folder)
        return made

    def keep(self, name: str, notebook: notebook_files.Notebook, record: Any) -> None:
        """Store what a notebook has made.

        Args:
            name: The supplement's id.
            notebook: Its notebook as it is in the project.
            record: What :meth:`restore` shall give of it: plain data.
        """
        if name in self._context.supplements:
            made = Made.of(self._folder, self._files(name), record)
            self._store.put(self._keys[name], self._key(name, notebook), made)

    def _key(self, name: str, notebook: notebook_files.Notebook) -> Key:
        context = self._context
        code = "\n".join(
            notebook_files.source(cell) for cell in notebook["cells"] if cell["cell_type"] == "code"
        )
        data = Path(context.project_root) / "data"
        return Key(
            "execute",
            f"{context.area['code']}-{context.edition}.{name}",
            code_of(_CODE, code)
            | files_of(data, *ALWAYS_READ, *context.supplements[name].reads)
            | self._seen_by(name)
            | {"notebook": hash_of(notebook), "parameters": hash_of(self._parameters)},
        )

    def _seen_by(self, name: str) -> dict[str, str]:
        """Hashes of what a notebook sees of the run: its context and its data sets, found once.

        What the run withholds of them is part of it: sums are made over that, too.
        """
        if name in self._hashes:
            return self._hashes[name]
        context, rows = view_of(name, self._context, self._rows)
        found = {
            f"data set {dataset}": self._hash_of(dataset) for dataset in sorted(rows["dataset"].unique())
        }
        found["run"] = hash_of(_plain(context))
        places = self._folder / neighbourhoods.FILE
        if places.is_file():
            found["neighbourhoods"] = sha256_of(places)
        if self._sealed is not None:
            own = self._sealed[self._sealed["observation_id"].isin(rows["observation_id"])]
            found["withheld counts"] = hash_of_frame(own.reset_index(drop=True))
        self._hashes[name] = found
        return found

    def _hash_of(self, dataset: str) -> str:
        """The hash of a data set, which several notebooks see."""
        if dataset not in self._datasets:
            self._datasets[dataset] = hash_of_frame(self._rows[self._rows["dataset"] == dataset])
        return self._datasets[dataset]

    def _files(self, name: str) -> list[str]:
        """Names of the files a notebook wrote, from the run folder."""
        figures = self._folder / "figures"
        for path in figures.glob("*.json"):
            if path.name not in self._notebook_of:
                record = json.loads(path.read_text(encoding="utf-8"))
                # A refused figure names files that were never written.
                files = () if record["refused"] else record["files"].values()
                for file in (path.name, *files):
                    self._notebook_of[file] = record["notebook"]
        own = sorted(f"figures/{file}" for file, notebook in self._notebook_of.items() if notebook == name)
        lists = (f"{folder}/{name}.jsonl" for folder in (ABSENCES, SUMS, ESTIMATES))
        return [
            f"notebooks/{name}.ipynb",
            *own,
            *(file for file in lists if (self._folder / file).is_file()),
        ]


def _plain(context: RunContext) -> dict[str, Any]:
    """A context without the place of the project, which no figure depends on."""
    return context.model_dump(mode="json", exclude={"project_root"})
