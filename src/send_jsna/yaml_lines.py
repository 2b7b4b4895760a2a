"""YAML read with the line of every entry, so that an error can name it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError

from send_jsna.errors import CatalogueError

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")


def compose(path: Path) -> yaml.Node | None:
    """The YAML tree of a file; None where the file is empty.

    Raises:
        CatalogueError: The file is missing, is not UTF-8 or is not YAML.
    """
    try:
        return yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except OSError as error:
        raise CatalogueError(
            "the file cannot be read", where=path, remedy="restore it from version control"
        ) from error
    except UnicodeDecodeError as error:
        raise CatalogueError("the file is not UTF-8", where=path, remedy="save it again as UTF-8") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise CatalogueError(f"not YAML ({error.problem})", where=f"{path}, line {line}") from error


def value_of(node: yaml.Node) -> Any:
    """The plain value of a tree."""
    loader = yaml.CSafeLoader("")
    try:
        return loader.construct_document(node)  # type: ignore[no-untyped-call]
    finally:
        loader.dispose()  # type: ignore[no-untyped-call]


def check_keys(node: yaml.Node, path: Path) -> None:
    """Refuse a mapping that names a key twice: YAML would quietly keep the second."""
    if isinstance(node, yaml.MappingNode):
        seen: dict[Any, int] = {}
        for key, value in node.value:
            name, line = value_of(key), key.start_mark.line + 1
            if name in seen:
                raise CatalogueError(
                    f"key {name!r} stands twice",
                    where=f"{path}, line {line}",
                    remedy=f"remove it here or in line {seen[name]}",
                )
            seen[name] = line
            check_keys(value, path)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            check_keys(item, path)


def line_of(node: yaml.Node, location: tuple[int | str, ...]) -> int:
    """Line of the part of a tree that a validation error's location names, or of the nearest part above it."""
    for part in location:
        if isinstance(node, yaml.MappingNode):
            found = [pair for pair in node.value if value_of(pair[0]) == part]
            if not found:
                break
            key, node = found[0]
            line = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            break
    else:
        return line if location else node.start_mark.line + 1
    return node.start_mark.line + 1


def read_list(path: Path, model: type[M], key: str) -> dict[str, tuple[M, int]]:
    """A file that is a list of entries of one kind: identifier to entry and the line it begins on.

    Raises:
        CatalogueError: An unknown or doubled key, a wrong type, or an identifier that stands twice.
    """
    root = compose(path)
    entries: dict[str, tuple[M, int]] = {}
    if root is None:
        return entries
    if not isinstance(root, yaml.SequenceNode):
        raise CatalogueError(
            "the file is not a list", where=f"{path}, line 1", expected="entries that begin with '- '"
        )
    check_keys(root, path)
    for node in root.value:
        line = node.start_mark.line + 1
        entry = validate(path, node, TypeAdapter(model))
        name = str(getattr(entry, key))
        if name in entries:
            raise CatalogueError(
                f"{key} {name!r} stands twice",
                where=f"{path}, line {line}",
                expected="one entry for each",
                remedy=f"rename or remove it here or in line {entries[name][1]}",
            )
        entries[name] = (entry, line)
    return entries


def read_map(path: Path, adapter: TypeAdapter[T]) -> T:
    """A file that is one mapping, checked against a type."""
    root = compose(path)
    if root is None:
        return adapter.validate_python({})
    check_keys(root, path)
    return validate(path, root, adapter)


def validate(path: Path, node: yaml.Node, adapter: TypeAdapter[T]) -> T:
    """A tree checked against a type.

    Raises:
        CatalogueError: The first thing that does not fit, with its line.
    """
    try:
        return adapter.validate_python(value_of(node))
    except ValidationError as error:
        first = error.errors()[0]
        location = tuple(part for part in first["loc"] if part != "[key]")
        line = line_of(node, location)
        name = ".".join(str(part) for part in location) or "the entry"
        found = "" if first["type"] in ("missing", "extra_forbidden") else f" ({first['input']!r})"
        what = {
            "extra_forbidden": f"unknown key {name}",
            "missing": f"key {name} is missing",
        }.get(first["type"], f"{name}: {first['msg']}{found}")
        raise CatalogueError(what, where=f"{path}, line {line}", remedy="see docs/catalogue.md") from error
