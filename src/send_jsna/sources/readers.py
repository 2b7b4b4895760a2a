"""Whether each declared source has a reader that works: found without importing any."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from send_jsna.catalogue.schema import Catalogue, Source
from send_jsna.errors import CatalogueError

_FOLDER = Path(__file__).parent

#: Ways of fetching that need no module of their own; see :mod:`send_jsna.sources.fetching`.
_SHARED_FETCHES = ("ees", "file", "landing", "oruk")


def reader_faults(catalogue: Catalogue) -> Iterator[CatalogueError]:
    """Sources whose reader, or whose publisher's interface, does not exist or lacks the function it needs."""
    for source in catalogue.sources.values():
        where = catalogue.where("sources", source.id)
        if source.reader:
            yield from _fault(source, "reader", source.reader, "tidy", where)
        if source.fetch is not None and source.fetch.kind not in _SHARED_FETCHES:
            yield from _fault(source, "fetch.kind", source.fetch.kind, "fetch", where)


def _fault(source: Source, key: str, name: str, function: str, where: str) -> Iterator[CatalogueError]:
    path = _FOLDER / f"{name}.py"
    readers = [other.stem for other in sorted(_FOLDER.glob("*.py")) if function in _functions(other)]
    if not name.isidentifier() or not path.is_file():
        close = difflib.get_close_matches(name, readers, n=1)
        yield CatalogueError(
            f"source {source.id!r} has the {key} {name!r}, which does not exist",
            where=where,
            expected=f"a module of src/send_jsna/sources with `{function}`, such as " + ", ".join(readers),
            remedy=(f"did you mean {close[0]}? " if close else "") + "correct the name, or write the module",
        )
    elif function not in _functions(path):
        yield CatalogueError(
            f"source {source.id!r} has the {key} {name!r}, whose module has no function `{function}`",
            where=where,
            expected=f"one of {', '.join(readers)}",
            remedy=f"correct the name, or write `{function}` in src/send_jsna/sources/{name}.py",
        )


@cache
def _functions(path: Path) -> frozenset[str]:
    """The functions a module defines or imports, other than the registry's, which hand on to readers."""
    if path.stem in ("registry", "fetching"):
        return frozenset()
    names: set[str] = set()
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.FunctionDef):
            names.add(statement.name)
        elif isinstance(statement, ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in statement.names}
    return frozenset(names)
