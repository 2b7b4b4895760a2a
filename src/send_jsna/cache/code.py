"""The code a step runs: the package's modules it can reach by import, and the installed libraries."""

from __future__ import annotations

import platform
import re
import sys
import sysconfig
import uuid
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import send_jsna
from send_jsna.cache.key import hash_of
from send_jsna.files import sha256, sha256_of

_PACKAGE = send_jsna.__name__
#: An import of the package's own, wherever it is in a module; ruff's format leaves no other form.
_IMPORT = re.compile(
    rf"^[ \t]*(?:from[ \t]+({_PACKAGE}[\w.]*)[ \t]+import[ \t]+(\([^)]*\)|[^\n]*)"
    rf"|import[ \t]+({_PACKAGE}[\w.]*))",
    re.MULTILINE,
)


class _Module(NamedTuple):
    """A module of the package as it was when this process first looked."""

    path: Path
    state: tuple[int, int]
    sha256: str
    imports: frozenset[str]


def code_of(modules: Iterable[str], source: str = "") -> dict[str, str]:
    """Hashes of all modules of the package that these modules can reach by import, and of the libraries.

    Every import counts, also one that is made in a function or for types only: so that no module is missing
    that a step could use. A module brings the packages it is in.

    Args:
        modules: Full names of modules.
        source: Further code that imports the package's modules, such as the cells of a notebook.

    Returns:
        Part of a key: ``code <module>`` → hash, and ``libraries`` → hash. A module that was edited since this
        process began has a hash that no other key has: what the process runs is no longer what is stored.
    """
    known = _modules()
    waiting = [*modules, *imports_of(source)]
    found: dict[str, str] = {}
    while waiting:
        name = waiting.pop()
        if name not in found and name in known:
            module = known[name]
            found[name] = module.sha256 if _state(module.path) == module.state else uuid.uuid4().hex
            waiting += [*module.imports, *_packages(name)]
    return {f"code {name}": found[name] for name in sorted(found)} | {"libraries": libraries()}


def all_modules() -> list[str]:
    """Names of all modules of the package."""
    return sorted(_modules())


def imports_of(source: str) -> set[str]:
    """Names of the package's modules that code imports; names of what is in a module are among them."""
    found: set[str] = set()
    for parent, names, plain in _IMPORT.findall(source):
        found.add(parent or plain)
        if parent:
            words = re.findall(r"\w+", re.sub(r"\bas[ \t]+\w+|#[^\n]*", "", names))
            found.update(f"{parent}.{word}" for word in words)
    return found


@lru_cache(maxsize=1)
def libraries() -> str:
    """A hash of the Python and the installed libraries, by the record that each has of its files.

    A file of a library that somebody edits in place is not noticed.
    """
    own = f"{_PACKAGE}-"
    records = {
        info.name: sha256_of(info / "RECORD")
        for folder in {sysconfig.get_path("purelib"), *sys.path}
        for info in Path(folder).glob("*.dist-info")
        if (info / "RECORD").is_file() and not info.name.startswith(own)
    }
    return hash_of([sys.version, platform.machine(), records])


@lru_cache(maxsize=1)
def _modules() -> dict[str, _Module]:
    """The package's modules by name, read once: as this process imports them."""
    root = Path(send_jsna.__file__).parent
    found: dict[str, _Module] = {}
    for path in root.rglob("*.py"):
        parts = path.relative_to(root.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        state, content = _state(path), path.read_bytes()
        found[name] = _Module(path, state, sha256(content), frozenset(imports_of(content.decode())))
    return found


def _state(path: Path) -> tuple[int, int]:
    """What of a file differs once it was edited; only to find out that it was."""
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)


def _packages(name: str) -> list[str]:
    """The packages a module is in, whose own code runs when it is imported."""
    parts = name.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]
