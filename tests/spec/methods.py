"""The report's account of its methods, made from the tests that specify them.

A test module of this folder declares ``METHODS``; ``README.md`` beside this file says how. The examples are
run by ``test_methods_page.py``, and

    python tests/spec/methods.py --write

writes them as the page that the report's Methods chapter includes.
"""

from __future__ import annotations

import importlib
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from send_jsna.report.markdown import escape, table

SPEC = Path(__file__).resolve().parent
PAGE = SPEC.parents[1] / "src" / "send_jsna" / "report" / "methods_examples.md"
WRITE = "python tests/spec/methods.py --write"

#: The sections of the page, in their order. A method names one of them.
SECTIONS = (
    "Intervals of one figure",
    "Rates and ratios",
    "Differences",
    "Comparison with other areas",
    "Inequality",
    "Change over time",
    "Projections and forecasts",
    "Need and provision",
    "Small numbers",
)

Cell = float | int | str | date | bool | None


@dataclass(frozen=True)
class Example:
    """A small table in, a call, and what comes out.

    Attributes:
        caption: What the example shows, in a few words; a published worked example is named here.
        given: The table: name of a column → its cells, all of one length. Each column reaches the call
            under its name, as a list (None as NaN).
        call: The call as a reader may type it, such as ``wilson(numerator, denominator)``.
        result: What comes out, as printed: name → one cell, or a list of them. Where the call gives a tuple,
            the names are of its members in their order; where it gives an object, they are its attributes;
            where it gives one thing, there is one name.
        decimals: Places to which the numbers of the result are given, for all or by name.
        single: Arguments of the call that are no columns, by name.
    """

    caption: str
    given: Mapping[str, Sequence[Cell]]
    call: str
    result: Mapping[str, Cell | Sequence[Cell]]
    decimals: int | Mapping[str, int] = 4
    single: Mapping[str, Any] = field(default_factory=dict)

    def places(self, name: str) -> int:
        """Decimal places of one of the results."""
        return self.decimals if isinstance(self.decimals, int) else self.decimals.get(name, 4)


@dataclass(frozen=True)
class Method:
    """A method as the report explains it.

    Attributes:
        id: Its short name, unique: letters, digits and hyphens.
        section: One of :data:`SECTIONS`.
        title: Its name in the field.
        what: What it is, in plain sentences.
        when: What the report uses it for.
        sources: The literature, one reference an entry.
        examples: At least one.
        functions: The functions that the calls of the examples name.
    """

    id: str
    section: str
    title: str
    what: str
    when: str
    sources: Sequence[str]
    examples: Sequence[Example]
    functions: Sequence[Callable[..., Any]]


# -- running ----------------------------------------------------------------------------------------------


def run(method: Method, example: Example) -> dict[str, Any]:
    """What the example's call gives, by the names under which the example expects it."""
    names: dict[str, Any] = {function.__name__: function for function in method.functions}
    for name, cells in example.given.items():
        names[name] = [math.nan if cell is None else cell for cell in cells]
    given = eval(example.call, {**names, **example.single})
    expected = list(example.result)
    fields = getattr(given, "_fields", ()) if isinstance(given, tuple) else dir(given)
    if all(name in fields for name in expected):
        return {name: getattr(given, name) for name in expected}
    if isinstance(given, tuple):
        return dict(zip(expected, given, strict=True))
    return dict(zip(expected, [given], strict=True))


def differences(method: Method, example: Example) -> list[str]:
    """Where the call gives something else than the example says; empty where it holds."""
    found = []
    for name, given in run(method, example).items():
        expected = _cells(example.result[name])
        actual = _cells(given)
        half = 0.5 * 10.0 ** -example.places(name) * (1 + 1e-9)
        if len(expected) != len(actual) or not all(
            _same(one, other, half) for one, other in zip(expected, actual, strict=True)
        ):
            found.append(f"{method.id}, {example.caption}: {name} is {actual}, not {expected}")
    return found


def _cells(value: Any) -> list[Any]:
    if isinstance(value, str | date) or value is None:
        return [value]
    return list(np.ravel(np.asarray(value, dtype=object)))


def _same(expected: Any, actual: Any, half: float) -> bool:
    if expected is None or (isinstance(expected, float) and math.isnan(expected)):
        return actual is None or (isinstance(actual, float) and math.isnan(actual))
    if isinstance(expected, bool | np.bool_ | str | date):
        return bool(expected == actual)
    return bool(abs(float(actual) - float(expected)) <= half or float(actual) == float(expected))


# -- gathering --------------------------------------------------------------------------------------------


def modules() -> list[str]:
    """Names of the test modules of this folder that declare methods, in alphabetical order."""
    return [
        path.stem
        for path in sorted(SPEC.glob("test_*.py"))
        if "\nMETHODS" in path.read_text(encoding="utf-8")
    ]


def methods_of(module: str) -> tuple[Method, ...]:
    """The methods that a test module declares."""
    if str(SPEC) not in sys.path:
        sys.path.insert(0, str(SPEC))
    return tuple(importlib.import_module(module).METHODS)


def gather() -> list[Method]:
    """All methods, section by section; within one, as the modules declare them.

    Raises:
        ValueError: Two methods share an id, or one names an unknown section or has no example.
    """
    found = [method for module in modules() for method in methods_of(module)]
    seen: set[str] = set()
    for method in found:
        if method.section not in SECTIONS:
            raise ValueError(f"{method.id}: no section {method.section!r}, only {', '.join(SECTIONS)}")
        if method.id in seen:
            raise ValueError(f"{method.id}: two methods have this id")
        if not method.examples or not method.sources:
            raise ValueError(f"{method.id}: it needs an example and a source")
        seen.add(method.id)
    return sorted(found, key=lambda method: SECTIONS.index(method.section))


# -- writing ----------------------------------------------------------------------------------------------


def page() -> str:
    """The page: for each method what it is, when it is used, its sources and its examples."""
    parts = [f"<!-- Made from tests/spec by `{WRITE}`; do not edit. -->"]
    section = ""
    for method in gather():
        if method.section != section:
            section = method.section
            slug = section.casefold().replace(" ", "-")
            parts.append(f"### {section} {{#methods-{slug} .unnumbered}}")
        parts += [
            f"#### {escape(method.title)} {{#method-{method.id} .unnumbered}}",
            f"{escape(method.what)} *Used for:* {escape(method.when)}",
            "*Source:* " + " ".join(escape(source) for source in method.sources),
        ]
        parts += [_example(example) for example in method.examples]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _example(example: Example) -> str:
    given = {
        name: [str(cell) if name == "year" else _shown(cell) for cell in cells]
        for name, cells in example.given.items()
    }
    result = {
        name: [_shown(cell, example.places(name)) for cell in _cells(cells)]
        for name, cells in example.result.items()
    }
    call = f"`{' '.join(example.call.split())}`"
    rows = {len(cells) for cells in given.values()}
    if {len(cells) for cells in result.values()} == rows:
        return f"The call {call} gives:\n\n{_columns({**given, **result}, example.caption)}"
    lone = all(len(cells) == 1 for cells in result.values())
    words = "; ".join(
        f"{_heading(name)} {_said(example.result[name], cells[0])}" for name, cells in result.items()
    )
    after = f"{words}." if lone else f"\n\n{_columns(result, example.caption + ': the result')}"
    before = f"{_columns(given, example.caption)}\n" if given else ""
    return f"{before}The call {call} gives{' ' if lone else ':'}{after}"


def _columns(columns: Mapping[str, Sequence[str]], caption: str) -> str:
    rows = [list(row) for row in zip(*columns.values(), strict=True)]
    widths = [max(5, len(name), *(len(cell) for cell in cells)) for name, cells in columns.items()]
    return table([_heading(name) for name in columns], rows, widths, caption=f"Example: {caption}")


def _said(cell: Any, shown: str) -> str:
    return f"“{shown}”" if isinstance(cell, str) else shown


def _heading(name: str) -> str:
    return name.replace("_", " ")


def _shown(cell: Any, places: int | None = None) -> str:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return "no value"
    if isinstance(cell, bool | np.bool_):
        return "yes" if cell else "no"
    if isinstance(cell, date):
        return f"{cell.day} {cell:%B %Y}"
    if isinstance(cell, str):
        return escape(cell.replace("_", " "))
    if math.isinf(cell):
        return "no limit" if cell > 0 else "no limit below"
    text = f"{cell:,.{places}f}" if places is not None else f"{cell:,}"
    return text.replace("-", "−")


def main(arguments: Sequence[str]) -> int:
    """Write the page, or say whether it is stale."""
    if list(arguments) not in ([], ["--write"]):
        print(f"usage: {WRITE}", file=sys.stderr)
        return 2
    wrong = [
        text for method in gather() for example in method.examples for text in differences(method, example)
    ]
    if wrong:
        print("\n".join(wrong), file=sys.stderr)
        return 1
    text = page()
    if arguments:
        PAGE.write_text(text, encoding="utf-8")
        return 0
    stale = not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != text
    print(f"{PAGE.name} is stale: {WRITE}" if stale else f"{PAGE.name} is up to date")
    return int(stale)


if __name__ == "__main__":
    # Test modules import this file as `methods`; running it must not make its classes twice.
    sys.path.insert(0, str(SPEC))
    sys.exit(importlib.import_module("methods").main(sys.argv[1:]))
