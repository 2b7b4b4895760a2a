"""The code a step runs: the package's modules it can reach by import, and the installed libraries."""

from __future__ import annotations

import platform
import re
import sys
import sysconfig
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path

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


def code_of(modules: Iterable[str], source: str = "") -> dict[str, str]:
    """Hashes of all modules of the package that these modules can reach by import, and of the libraries.

    Every import counts, also one that is made in a function or for types only: so that no module is missing
    that a step could use. A module brings the packages it is in.

    Args:
        modules: Full names of modules.
        source: Further code that imports the package's modules, such as the cells of a notebook.

    Returns:
        Part of a key: ``code <module>`` → hash, and ``libraries`` → hash.
    """
    waiting = [*modules, *imports_of(source)]
    found: dict[str, str] = {}
    while waiting:
        name = waiting.pop()
        if name in found or name not in _modules():
            continue
        found[name], imported = _read(_modules()[name])
        waiting += [*imported, *_packages(name)]
    return {f"code {name}": found[name] for name in sorted(found)} | {"libraries": libraries()}


def imports_of(source: str) -> set[str]:
    """Names of the package's modules that code imports; names that are no module are among them."""
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
    folder = Path(sysconfig.get_path("purelib"))
    own = f"{_PACKAGE}-"
    records = {
        info.name: sha256_of(info / "RECORD")
        for path in {folder, *map(Path, sys.path)}
        for info in path.glob("*.dist-info")
        if (info / "RECORD").is_file() and not info.name.startswith(own)
    }
    return hash_of([sys.version, platform.machine(), records])


@lru_cache(maxsize=1)
def _modules() -> dict[str, Path]:
    """The files of the package's modules, by name."""
    root = Path(send_jsna.__file__).parent
    found: dict[str, Path] = {}
    for path in root.rglob("*.py"):
        parts = path.relative_to(root.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def _read(path: Path) -> tuple[str, frozenset[str]]:
    """A module's hash and what it imports of the package."""
    content = path.read_bytes()
    return sha256(content), frozenset(imports_of(content.decode()))


def _packages(name: str) -> list[str]:
    """The packages a module is in, whose own code runs when it is imported."""
    parts = name.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]
