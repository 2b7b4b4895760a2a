"""What a message may repeat of a file that is not accepted.

A file that is refused may be anything, such as a list of pupils under a publisher's file name. So messages
name file, line and column and repeat nothing of its cells, its first line included. The one exception is
advice on a renamed column or word: a name so close to a declared one that it can hardly be anything else.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

#: How alike two names are that one may be the other renamed.
CLOSE = 0.75


def close_to(expected: str, found: Iterable[str], most: int = 1) -> list[str]:
    """Names of a file that are close to a declared one, closest first, capitals apart."""
    names = {name.casefold(): name for name in sorted(found, reverse=True)}
    near = difflib.get_close_matches(expected.casefold(), names, n=most, cutoff=CLOSE)
    return [names[name] for name in near]


def named(name: str, declared: Iterable[str]) -> str:
    """A name of a file with a blank before it, if it is close to a declared one; else nothing."""
    return f" {name!r}" if close_to(name, declared) else ""


def area_of(code: object) -> str:
    """An area's code for a message; what is no code of the Office for National Statistics is not repeated."""
    text = str(code)
    return text if re.fullmatch(r"[EWSN][0-9]{8}", text) else "an area"


def heading(name: str, header: Sequence[str], declared: Iterable[str]) -> str:
    """A heading for a message: itself where it is close to a declared one, else its place."""
    return repr(name) if close_to(name, declared) else f"column {list(header).index(name) + 1}"
