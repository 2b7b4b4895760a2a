"""The supplements' notebooks as files: what they must be like, and stripping them.

A notebook is committed without outputs, with fixed cell ids and no metadata but what it needs, so that a
change in version control is a change somebody made.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from send_jsna.errors import NotebookError

#: The parameters a supplement declares, exactly.
PARAMETERS = ("area", "edition", "comparators", "run_folder")
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}

#: What a notebook says of itself.
METADATA = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
_CELL_ID = re.compile(r"[a-z][a-z0-9_-]*")
_RANDOM_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){0,3}(-[0-9a-f]{12})?")

Notebook = dict[str, Any]


def read(path: Path) -> Notebook:
    """Read a notebook file.

    Raises:
        NotebookError: It is missing, is not JSON, or does not follow the notebook format.
    """
    from nbformat.validator import iter_validate

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NotebookError("the notebook cannot be read", where=path, expected="a file in UTF-8") from error
    try:
        notebook = json.loads(text)
    except json.JSONDecodeError as error:
        raise NotebookError(
            f"the notebook is not JSON ({error.msg})", where=f"{path}, line {error.lineno}"
        ) from error
    if not isinstance(notebook, dict) or (notebook.get("nbformat"), notebook.get("nbformat_minor")) != (4, 5):
        raise NotebookError(
            "the notebook's format is not 4.5", where=path, remedy="save it with a current Jupyter"
        )
    # Not nbformat.validate, which silently repairs duplicated ids.
    validate: Any = iter_validate  # has no type hints
    for fault in validate(notebook, ref=None, version=4, version_minor=5):
        place = "/".join(str(part) for part in fault.absolute_path) or "top level"
        raise NotebookError(
            f"the notebook breaks its format ({fault.message.splitlines()[0]})", where=f"{path}, {place}"
        )
    return notebook


def write(notebook: Notebook) -> str:
    """A notebook's text: one space of indentation, keys in order, a newline at the end."""
    return json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def source(cell: dict[str, Any]) -> str:
    """A cell's source as one text."""
    return cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])


# -- what a supplement must be like ---------------------------------------------------------------------


def declared_parameters(notebook: Notebook, where: str | Path) -> dict[str, int]:
    """The names a notebook's parameters cell assigns, with the lines they are on.

    Raises:
        NotebookError: There is no such cell or more than one, it is not code, or it assigns something else
            than the four parameters.
    """
    tagged = [cell for cell in notebook["cells"] if "parameters" in cell["metadata"].get("tags", [])]
    if len(tagged) != 1 or tagged[0]["cell_type"] != "code":
        found = "no" if not tagged else f"{len(tagged)}" if len(tagged) > 1 else "a text"
        raise NotebookError(
            f"the notebook has {found} cell{'s' if len(tagged) > 1 else ''} tagged parameters",
            where=where,
            expected="exactly one code cell with that tag",
            remedy="tag the cell that assigns " + ", ".join(PARAMETERS),
        )
    try:
        tree = ast.parse(source(tagged[0]))
    except SyntaxError as error:
        raise NotebookError(
            f"the parameters cell is not Python ({error.msg})", where=f"{where}, parameters cell"
        ) from error
    names: dict[str, int] = {}
    for statement in tree.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        targets = [statement.target] if isinstance(statement, ast.AnnAssign) else targets
        for target in targets:
            if isinstance(target, ast.Name):
                names[target.id] = statement.lineno
    _compare(names, where)
    return names


def _compare(names: dict[str, int], where: str | Path) -> None:
    """Refuse a parameters cell that does not declare exactly the four."""
    missing = [name for name in PARAMETERS if name not in names]
    extra = [name for name in names if name not in PARAMETERS]
    if missing or extra:
        what = f"does not declare {missing[0]}" if missing else f"declares {extra[0]}, which no run passes"
        raise NotebookError(
            f"the notebook {what}",
            where=f"{where}, parameters cell",
            expected="exactly " + ", ".join(PARAMETERS),
        )


def check_executable(path: Path, parameters: dict[str, Any]) -> Notebook:
    """Read a supplement and refuse it unless it can be executed with these parameters.

    Raises:
        NotebookError: It is missing or not valid, its parameters cell is wrong, a parameter is passed that
            it does not declare, or it asks for another kernel.
    """
    if not path.is_file():
        raise NotebookError(
            "there is no such notebook", where=path, remedy="see data/catalogue/supplements.yaml"
        )
    notebook = read(path)
    declared = declared_parameters(notebook, path)
    for name in parameters:
        if name not in declared:
            raise NotebookError(
                f"parameter {name} is not declared",
                where=f"{path}, parameters cell",
                expected=", ".join(declared),
            )
    kernel = notebook["metadata"].get("kernelspec", {}).get("name")
    if kernel != KERNEL["name"]:
        raise NotebookError(
            f"the notebook asks for kernel {kernel!r}", where=path, expected=f"{KERNEL['name']!r}"
        )
    return notebook


# -- committed notebooks --------------------------------------------------------------------------------


def check(folder: Path) -> list[str]:
    """Every way in which the notebooks of a folder are not as they should be committed, one line each."""
    return [f"{path.name}: {fault}" for path in _paths(folder) for fault in _faults(path)]


def strip(folder: Path) -> list[str]:
    """Bring a folder's notebooks into the form :func:`check` asks for.

    Outputs, counts and stray metadata go; a cell whose id is random gets one from its place. Nothing is
    written where nothing changes.

    Returns:
        Names of the notebooks that were changed.

    Raises:
        NotebookError: A file is not a notebook.
    """
    changed = []
    for path in _paths(folder):
        text = write(stripped(read(path)))
        if path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(path.name)
    return changed


def stripped(notebook: Notebook) -> Notebook:
    """The notebook without outputs, counts and stray metadata, with fixed cell ids."""
    taken: set[str] = set()
    cells = []
    for number, cell in enumerate(notebook["cells"], 1):
        kept = {
            "cell_type": cell["cell_type"],
            "id": _fixed_id(cell, number, taken),
            "metadata": _kept_metadata(cell),
            "source": source(cell).splitlines(keepends=True),
        }
        if cell["cell_type"] == "code":
            kept |= {"execution_count": None, "outputs": []}
        cells.append(kept)
    return {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}


def _paths(folder: Path) -> Iterator[Path]:
    return iter(sorted(path for path in folder.glob("*.ipynb") if not path.name.startswith(".")))


def _fixed_id(cell: dict[str, Any], number: int, taken: set[str]) -> str:
    wanted = cell["id"]
    if not _is_fixed(wanted) or wanted in taken:
        wanted = f"cell-{number}"
        while wanted in taken:
            wanted += "-b"
    taken.add(wanted)
    return str(wanted)


def _is_fixed(cell_id: str) -> bool:
    return bool(_CELL_ID.fullmatch(cell_id)) and not _RANDOM_ID.fullmatch(cell_id)


def _kept_metadata(cell: dict[str, Any]) -> dict[str, Any]:
    tags = cell["metadata"].get("tags", [])
    return {"tags": tags} if tags else {}


def _faults(path: Path) -> list[str]:
    try:
        notebook = read(path)
    except NotebookError as error:
        return [error.what]
    found = []
    seen: set[str] = set()
    for number, cell in enumerate(notebook["cells"], 1):
        place = f"cell {number} ({cell['id']})"
        if cell.get("outputs"):
            found.append(f"{place} has outputs; run jsna notebooks strip")
        if cell.get("execution_count") is not None:
            found.append(f"{place} has an execution count; run jsna notebooks strip")
        if not _is_fixed(cell["id"]):
            found.append(f"{place} has no id of its own; name it after what it does")
        if cell["id"] in seen:
            found.append(f"{place} has the id of another cell")
        seen.add(cell["id"])
        if cell["metadata"] != _kept_metadata(cell):
            found.append(f"{place} has metadata that is not needed; run jsna notebooks strip")
        if cell.get("attachments"):
            found.append(f"{place} has attachments; publish a chart instead")
    if notebook["metadata"] != METADATA:
        found.append("the notebook has metadata that is not needed; run jsna notebooks strip")
    try:
        declared_parameters(notebook, path.name)
    except NotebookError as error:
        found.append(error.what)
    if not found and path.read_text(encoding="utf-8") != write(stripped(notebook)):
        found.append("the file is not laid out as usual; run jsna notebooks strip")
    return found
