"""Declared YAML files, read so that a fault in them is reported with file and line.

An area may be named by any of its ONS codes; it is read as the one used here.
"""

from __future__ import annotations

import pickle
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from send_jsna.catalogue.identifying import first_found
from send_jsna.catalogue.recodings import in_use, recodings_beside
from send_jsna.errors import CatalogueError, raise_first

Model = TypeVar("Model", bound=BaseModel)
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Location = tuple[str | int, ...]

#: By how many keys and values aliases may make a declared file longer, and how deep it may nest.
MOST_PARTS = 100_000
DEEPEST = 50


class Declared:
    """A YAML file: its data, and the line each part of it is on.

    Args:
        path: The file, UTF-8.
        root: Folder its name is reported against; the bare path where it is None.

    Raises:
        CatalogueError: The file is missing, is not YAML, names a key twice, or grows beyond all measure when
            its aliases are written out.
    """

    def __init__(self, path: Path, *, root: Path | None = None) -> None:
        self.path = path
        self.name = path.relative_to(root).as_posix() if root and path.is_relative_to(root) else str(path)
        try:
            text = path.read_text(encoding="utf-8-sig")
        except OSError as error:
            raise CatalogueError(f"cannot be read ({error.strerror})", where=self.name) from error
        except UnicodeDecodeError as error:
            raise CatalogueError("is not UTF-8", where=self.name, remedy="save it again as UTF-8") from error
        content, self._lines = _parsed(text, self.name, tuple(recodings_beside(path).items()))
        self.data: Any = pickle.loads(content)

    def where(self, *place: str | int) -> str:
        """File and line of a part; of the nearest part around it where it has no line of its own."""
        found: Location = ()
        for step in place:
            # Pydantic puts names of union members into a location; the file has no such step.
            if (*found, step) in self._lines:
                found = (*found, step)
        return f"{self.name}, line {self._lines.get(found, 1)}"

    def fault(self, what: str, *place: str | int, expected: str = "", remedy: str = "") -> CatalogueError:
        """An error at a part of the file."""
        return CatalogueError(what, where=self.where(*place), expected=expected, remedy=remedy)

    def refuse_identifying(self, passed_over: Collection[str] = ()) -> None:
        """Refuse a text that could identify a child.

        Args:
            passed_over: Keys whose values are not looked at.

        Raises:
            CatalogueError: The first such text, with file and line; the message does not repeat it.
        """
        found = first_found(self.data, passed_over)
        if found is not None:
            place, kind = found
            raise self.fault(
                f"{'.'.join(str(step) for step in place)} contains {kind}",
                *place,
                expected="nothing that could identify a child",
                remedy="take it out of the file",
            )

    def as_model(self, model: type[Model], data: Any = None) -> Model:
        """The file's data as a pydantic model.

        Args:
            model: The model.
            data: The file's data with defaults filled in, its lists in the same order; as read where None.

        Raises:
            CatalogueError: The first fault, with file and line; the others are in its ``also``.
        """
        try:
            return model.model_validate(self.data if data is None else data)
        except ValidationError as error:
            raise_first(
                self.fault(
                    _sentence(fault["type"], fault["msg"], fault["loc"]),
                    *fault["loc"],
                    remedy="correct the file",
                )
                for fault in error.errors(include_url=False)
            )
            raise


@lru_cache(maxsize=256)
def _parsed(
    text: str, name: str, recodings: tuple[tuple[str, str], ...]
) -> tuple[bytes, Mapping[Location, int]]:
    """What a file says, and the line of each part; the same text is parsed once by a process.

    The data are pickled, so that nobody changes what another reads.
    """
    lines: dict[Location, int] = {}
    try:
        _check_bounds(text, name)
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is not None:
            _walk(node, (), name, lines)
        data = loader.construct_document(node) if node is not None else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise CatalogueError(
            f"is not valid YAML ({getattr(error, 'problem', error)})",
            where=f"{name}, line {mark.line + 1}" if mark else name,
            remedy="look at the indentation and the quotation marks around that line",
        ) from error
    except ValueError as error:  # such as the 45th of a month, or a number of thousands of digits
        raise CatalogueError(
            "has a date or a number that is not valid",
            where=name,
            remedy="correct it, or put it between quotation marks",
        ) from error
    return pickle.dumps(in_use(data, dict(recodings))), lines


def _check_bounds(text: str, name: str) -> None:
    """Refuse a file that nests too deep, or that its aliases make far larger, before it is built."""
    sizes: dict[str | None, int] = {}
    around: list[tuple[str | None, int]] = []
    size = grown = 0
    for event in yaml.parse(text, Loader=_Loader):
        fault = ""
        if isinstance(event, yaml.CollectionStartEvent):
            around.append((event.anchor, size))
            size += 1
        elif isinstance(event, yaml.ScalarEvent):
            size += 1
            sizes |= {event.anchor: 1} if event.anchor else {}
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = around.pop()
            sizes |= {anchor: size - before} if anchor else {}
        elif isinstance(event, yaml.AliasEvent):
            if any(anchor == event.anchor for anchor, _ in around):
                fault = "an alias repeats the part it is in"
            repeated = sizes.get(event.anchor, 1)
            size, grown = size + repeated, grown + repeated
        if grown > MOST_PARTS:
            fault = f"grows by more than {MOST_PARTS:,} parts when its aliases are written out"
        elif len(around) > DEEPEST:
            fault = f"nests more than {DEEPEST} deep"
        if fault:
            raise CatalogueError(
                fault,
                where=f"{name}, line {event.start_mark.line + 1}" if event.start_mark else name,
                expected="a file as a person writes it",
                remedy="write the parts out",
            )


def _walk(node: yaml.Node, place: Location, name: str, lines: dict[Location, int]) -> None:
    """Note the line of each part of a file; a key that is no text, or is there twice, is refused."""
    lines[place] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _walk(item, (*place, index), name, lines)
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            where = f"{name}, line {key.start_mark.line + 1}"
            if not isinstance(key, yaml.ScalarNode):
                raise CatalogueError("a key is no text", where=where, expected="a word before the colon")
            if key.value in seen:
                raise CatalogueError(
                    f"the key {key.value} is duplicated", where=where, remedy="remove one of the two"
                )
            seen.add(key.value)
            _walk(value, (*place, key.value), name, lines)
            lines[(*place, key.value)] = key.start_mark.line + 1


def _sentence(kind: str, message: str, place: Sequence[str | int]) -> str:
    name = ".".join(str(step) for step in place)
    if kind in ("extra_forbidden", "unexpected_keyword_argument"):
        return f"unknown key {name}"
    if kind == "missing":
        return f"the key {name} is missing"
    return f"{name}: {message.removeprefix('Value error, ')}" if name else message
