"""Reading a run's ledger: the audit entry of one figure, or of all.

It is opened for reading only and as a file that does not change, so that a run on a read-only disk can be
traced, by several at once, and nothing is left beside it. Of one figure only its own rows are read.
"""

from __future__ import annotations

import difflib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from send_jsna.errors import IntegrityError, JsnaError
from send_jsna.provenance.ledger_schema import APPLICATION, LEDGER, VERSION
from send_jsna.provenance.manifest import REBUILD, require_recorded

Entry = dict[str, Any]

#: What a run has in place of the ledger where it was made before the ledger was a database.
_FORMER = "lineage.json"
_REMEDY = f"find what was changed with jsna verify, or {REBUILD}"

_FIGURES = """
    SELECT figure, id, kind, title, shown, value, unit, lower, upper, method, notebook, cell_id,
           number AS cell_number, disclosure, withheld_inputs
    FROM figures JOIN cells USING (cell)
"""
_OBSERVATIONS = """
    SELECT observation, observation_id, indicator, indicators.name AS indicator_name, code AS area_code,
           areas.name AS area_name, period, breakdown, value, unit, numerator, denominator, status, withheld,
           source_id, file, line, file_sha256, dataset
    FROM observations JOIN indicators USING (indicator) JOIN areas USING (area) JOIN datasets USING (dataset)
"""
_LINKS = {
    "inputs": "SELECT figure, observation FROM figure_inputs",
    "datasets": "SELECT figure, dataset FROM figure_datasets",
    "warnings": "SELECT figure, text FROM figure_warnings JOIN warnings USING (warning)",
}
_ONE = " WHERE figure = :figure"


def entry_of(folder: Path, figure_id: str) -> Entry:
    """The recorded entry of one figure.

    Args:
        folder: A finished run.
        figure_id: The figure.

    Raises:
        JsnaError: No figure has the id.
        IntegrityError: The run has no ledger, or one that cannot be read.
    """
    with _opened(folder) as connection:
        asked = figure_id.encode(errors="replace").decode()  # the command line may have bytes of no text
        found = connection.execute("SELECT figure FROM figures WHERE id = ?", (asked,)).fetchone()
        if found is not None:
            return _entries(connection, found["figure"])[figure_id]
        ids = [row["id"] for row in connection.execute("SELECT id FROM figures ORDER BY figure")]
    near = difflib.get_close_matches(figure_id, ids, n=3, cutoff=0.5)
    raise JsnaError(
        f"no figure {figure_id!r}",
        where=folder,
        expected=f"one of the run's {len(ids)} figures",
        remedy=f"did you mean {' or '.join(near)}?" if near else "list them with jsna trace --all",
    )


def read_lineage(folder: Path) -> dict[str, Entry]:
    """The recorded entries of all figures, by id; figures share what the ledger stores once.

    Args:
        folder: A finished run.

    Raises:
        IntegrityError: The run has no ledger, or one that cannot be read.
    """
    with _opened(folder) as connection:
        return _entries(connection)


@contextmanager
def _opened(folder: Path) -> Iterator[sqlite3.Connection]:
    """The ledger of a run, whose faults become one line."""
    path = folder / LEDGER
    try:
        if not path.is_file():
            raise _missing(folder)
        require_recorded(folder, LEDGER)
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as found:
            found.row_factory = sqlite3.Row
            _check_kind(found, path)
            yield found
    except (OSError, sqlite3.Error, ValueError, LookupError) as error:  # a value or row that is damaged, too
        raise IntegrityError(
            f"the ledger is not readable ({error.__class__.__name__}: {error})",
            where=path,
            expected="the SQLite file that the run wrote",
            remedy=_REMEDY,
        ) from error


def _missing(folder: Path) -> IntegrityError:
    if (folder / _FORMER).is_file():
        return IntegrityError(
            f"the run was made before its ledger was a database: it has {_FORMER} and no {LEDGER}",
            where=folder,
            expected="a run of this version",
            remedy=f"{REBUILD}, or read its pages in site/audit",
        )
    return IntegrityError(
        "there is no ledger",
        where=folder / LEDGER,
        expected="a file that every finished run has",
        remedy=REBUILD,
    )


def _check_kind(connection: sqlite3.Connection, path: Path) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION:
        raise IntegrityError(
            "is empty, or the database of another program",
            where=path,
            expected="the ledger of a run",
            remedy=_REMEDY,
        )
    if version != VERSION:
        raise IntegrityError(
            f"the ledger has version {version}",
            where=path,
            expected=f"version {VERSION}",
            remedy=f"{REBUILD}, or trace it with the version of jsna that made it",
        )


def _entries(connection: sqlite3.Connection, figure: int | None = None) -> dict[str, Entry]:
    """The entries of all figures, or of the one with a number."""
    one, given = ("", {}) if figure is None else (_ONE, {"figure": figure})
    links = {
        name: _grouped(connection.execute(f"{query}{one} ORDER BY figure, position", given))
        for name, query in _LINKS.items()
    }
    datasets = _datasets(connection)
    sources = {row["source_id"]: dict(row) for row in connection.execute("SELECT * FROM sources")}
    chosen = f" WHERE observation IN (SELECT observation FROM figure_inputs{one})" if one else ""
    observed = {
        row["observation"]: (_observation(row), (row["source_id"], row["dataset"], row["file_sha256"]))
        for row in connection.execute(f"{_OBSERVATIONS}{chosen}", given)
    }
    entries = {}
    for row in connection.execute(f"{_FIGURES}{one} ORDER BY figure", given):
        used = [observed[key] for key in links["inputs"].get(row["figure"], ())]
        entries[row["id"]] = _entry(
            row,
            inputs=[observation for observation, _ in used],
            datasets=[datasets[name] for name in links["datasets"].get(row["figure"], ())],
            sources=[
                {**sources[key], "dataset": dataset, "snapshot_sha256": sha256}
                for key, dataset, sha256 in dict.fromkeys(pair for _, pair in used)
            ],
            warnings=links["warnings"].get(row["figure"], []),
        )
    return entries


def _entry(row: sqlite3.Row, **links: list[Any]) -> Entry:
    return {
        **{key: row[key] for key in ("id", "kind", "title", "shown", "value", "unit", "lower", "upper")},
        "method": row["method"],
        "notebook": row["notebook"],
        "cell": {"id": row["cell_id"], "number": row["cell_number"]},
        **links,
        "disclosure": row["disclosure"],
        "withheld_inputs": row["withheld_inputs"],
    }


def _grouped(rows: sqlite3.Cursor) -> dict[int, list[Any]]:
    """What each figure is linked to, in order."""
    found: dict[int, list[Any]] = {}
    for figure, member in rows:
        found.setdefault(figure, []).append(member)
    return found


def _datasets(connection: sqlite3.Connection) -> dict[str, dict[str, Any]]:
    """Every data set with what its validation found."""
    found = {
        row["dataset"]: {
            "dataset": row["dataset"],
            "validation_id": row["validation_id"],
            "passed": bool(row["passed"]),
            "warnings": [],
        }
        for row in connection.execute("SELECT dataset, validation_id, passed FROM datasets")
    }
    query = (
        "SELECT dataset, text FROM dataset_warnings JOIN warnings USING (warning) ORDER BY dataset, position"
    )
    for name, text in connection.execute(query):
        found[name]["warnings"].append(text)
    return found


def _observation(row: sqlite3.Row) -> dict[str, Any]:
    found = dict(row)
    del found["observation"], found["dataset"]
    found["withheld"] = bool(found["withheld"])
    for name in ("value", "numerator", "denominator"):
        found[name] = _plain(found[name])
    return found


def _plain(number: float | None) -> int | float | None:
    """A number as JSON and pages show it: whole numbers without a decimal point."""
    return number if number is None or not float(number).is_integer() else int(number)
