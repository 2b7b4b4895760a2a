"""What notebooks name, found without executing them: indicators, breakdowns, figures and functions.

Only what is certain is said. Most figure ids are composed while a notebook runs, so that an id is refused
only where it has a word that neither a notebook, nor a module that publishes, nor a declared code has.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from send_jsna.catalogue.observations import DIMENSIONS
from send_jsna.catalogue.schema import Catalogue, DeclaredSupplement
from send_jsna.errors import NotebookError
from send_jsna.execution import notebook_files
from send_jsna.figures.run_context import SeriesContext

#: Functions and methods that read an indicator, and the place of its id among their arguments.
_READING = {"measure": 1, "series_of": 1, "observations": 0, "stored": 0}
_PACKAGE = Path(__file__).parents[1]
_PUBLISHING = ("evidence", "figures", "council")
_WORD = re.compile(r"[a-z0-9]+")
_PLACEHOLDER = re.compile(r"\{([a-z0-9_.]+)\}")


@dataclass(frozen=True)
class Code:
    """A code cell of a notebook.

    Attributes:
        path: The notebook.
        cell: Id of the cell.
        tree: Its code.
    """

    path: Path
    cell: str
    tree: ast.Module

    def where(self, node: ast.expr | ast.stmt) -> str:
        """Notebook, cell and line, as error messages give them."""
        return f"{self.path}, cell {self.cell}, line {node.lineno}"


def read_code(path: Path) -> list[Code]:
    """The code cells of a notebook; one with commands of IPython is passed over.

    Raises:
        NotebookError: It is no notebook, or a cell is not Python.
    """
    found = []
    for cell in notebook_files.read(path)["cells"]:
        text = notebook_files.source(cell)
        if cell["cell_type"] != "code" or re.search(r"^\s*[%!]", text, flags=re.MULTILINE):
            continue
        try:
            found.append(Code(path, cell["id"], ast.parse(text)))
        except SyntaxError as error:
            raise NotebookError(
                f"the cell is not Python ({error.msg})",
                where=f"{path}, cell {cell['id']}, line {error.lineno}",
                remedy="correct the cell",
            ) from error
    return found


def notebook_faults(
    cells: Iterable[Code], supplement: DeclaredSupplement, catalogue: Catalogue
) -> Iterator[NotebookError]:
    """What a notebook names and that does not exist, or that its supplement does not declare.

    Args:
        cells: Its code.
        supplement: What is declared of it.
        catalogue: The catalogue.
    """
    for code in cells:
        for node in ast.walk(code.tree):
            if isinstance(node, ast.Call):
                yield from _of_call(code, node, supplement, catalogue)
                yield from _of_title(code, node, catalogue)
            elif isinstance(node, ast.ImportFrom):
                yield from _of_import(code, node)
            elif isinstance(node, ast.Constant) and node.value in catalogue.indicators:
                indicator = catalogue.indicators[str(node.value)]
                if indicator.dataset not in supplement.datasets:
                    yield NotebookError(
                        f"indicator {indicator.id!r} is in the data set {indicator.dataset}, which the"
                        f" supplement {supplement.id} does not declare",
                        where=code.where(node),
                        expected="an indicator of " + ", ".join(supplement.datasets),
                        remedy=f"add {indicator.dataset} under its `datasets` in supplements.yaml",
                    )


def indicators_named(cells: Iterable[Code], catalogue: Catalogue) -> dict[str, str]:
    """The declared indicators a notebook names, and where first."""
    found: dict[str, str] = {}
    for code in cells:
        for node in ast.walk(code.tree):
            if isinstance(node, ast.Constant) and node.value in catalogue.indicators:
                found.setdefault(str(node.value), code.where(node))
    return found


def _of_call(
    code: Code, call: ast.Call, supplement: DeclaredSupplement, catalogue: Catalogue
) -> Iterator[NotebookError]:
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    if name == "open" and call.args and getattr(call.func, "value", None) is not None:
        yield from _of_opening(code, call, supplement)
    if name not in _READING:
        return
    place = _READING[name]
    for text in _texts(call.args[place]) if len(call.args) > place else ():
        if text.value not in catalogue.indicators:
            yield NotebookError(
                f"indicator {text.value!r} is not declared",
                where=code.where(text),
                expected="an id of data/catalogue/indicators.yaml",
                remedy="correct the name, or declare it there",
            )
    for keyword in call.keywords:
        if keyword.arg in DIMENSIONS:
            known = catalogue.dimensions.get(keyword.arg, {})
            for text in _texts(keyword.value):
                if known and text.value not in ("", "*", *known):
                    yield NotebookError(
                        f"{keyword.arg} {text.value!r} is not declared",
                        where=code.where(text),
                        expected=f"a code of {keyword.arg} in data/catalogue/dimensions.yaml",
                        remedy="correct the code, or declare it there",
                    )


def _of_title(code: Code, call: ast.Call, catalogue: Catalogue) -> Iterator[NotebookError]:
    """A measure of a breakdown that the catalogue has no title for, and that is given none."""
    selection = {str(one.arg): one.value for one in call.keywords}
    codes = {key: str(one.value) for key, one in selection.items() if isinstance(one, ast.Constant)}
    if getattr(call.func, "id", "") != "measure" or "name" in selection or codes.keys() != selection.keys():
        return
    indicator = catalogue.indicators.get(str(getattr(call.args[1], "value", ""))) if call.args[1:] else None
    if indicator is not None and not SeriesContext.of(indicator).title_of(codes):
        by = " and ".join(f"{key} {code}" for key, code in codes.items())
        yield NotebookError(
            f"{indicator.id} has no title by {by}",
            where=code.where(call),
            expected="it under `breakdowns` of the indicator in data/catalogue/indicators.yaml, or a `name`",
            remedy="add it there, or give `name`",
        )


def _of_opening(code: Code, call: ast.Call, supplement: DeclaredSupplement) -> Iterator[NotebookError]:
    """A notebook that opens its run under another supplement's name."""
    owner = getattr(getattr(call.func, "value", None), "id", "")
    for text in _texts(call.args[0]) if owner == "Supplement" else ():
        if text.value != supplement.id:
            yield NotebookError(
                f"the notebook opens the supplement {text.value!r}",
                where=code.where(text),
                expected=repr(supplement.id),
                remedy="give the notebook's own name",
            )


def _of_import(code: Code, node: ast.ImportFrom) -> Iterator[NotebookError]:
    """What a notebook imports from this package and that is not in it."""
    package, *parts = (node.module or "").split(".")
    if package != _PACKAGE.name:
        return
    path = _PACKAGE.joinpath(*parts)
    module = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    for alias in node.names:
        is_module = path.is_dir() and ((path / alias.name).is_dir() or (path / f"{alias.name}.py").is_file())
        if not is_module and not (module.is_file() and alias.name in _defined(module)):
            yield NotebookError(
                f"{node.module} has no {alias.name}",
                where=code.where(node),
                expected="a function or class of this package",
                remedy="correct the import",
            )


@cache
def _defined(path: Path) -> frozenset[str]:
    """The names a module has at its top level."""
    names: set[str] = set()
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            names.add(statement.name)
        elif isinstance(statement, ast.ImportFrom | ast.Import):
            names |= {alias.asname or alias.name for alias in statement.names}
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return frozenset(names)


def _texts(node: ast.expr) -> Iterator[ast.Constant]:
    """The text, or the texts of a list, that an argument is."""
    parts = node.elts if isinstance(node, ast.List | ast.Tuple) else [node]
    yield from (part for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str))


# -- figure ids -------------------------------------------------------------------------------------------


def published_words(notebooks: Mapping[str, Iterable[Code]], declared: Iterable[str]) -> frozenset[str]:
    """Every word a figure id can be made of.

    Args:
        notebooks: The code of every notebook.
        declared: Further texts whose words ids are made of, such as the codes of breakdowns.
    """
    words = {word for text in declared for word in _WORD.findall(text)}
    for cells in notebooks.values():
        for code in cells:
            words |= _words_of(code.tree)
    for room in _PUBLISHING:
        for path in sorted((_PACKAGE / room).rglob("*.py")):
            words |= _words_of_module(path)
    return frozenset(words)


def unpublished_word(figure_id: str, words: frozenset[str]) -> str:
    """A word of a figure id that no id can have; empty where there is none."""
    return next((word for word in _WORD.findall(figure_id) if word not in words), "")


def answered_figures(cells: Iterable[Code]) -> Iterator[tuple[str, str]]:
    """The figures that the answers of a notebook name, and where."""
    for code in cells:
        for node in ast.walk(code.tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "answer":
                for text in (part for argument in node.args for part in _texts(argument)):
                    for name in _PLACEHOLDER.findall(str(text.value)):
                        yield name, code.where(text)


@cache
def _words_of_module(path: Path) -> frozenset[str]:
    return frozenset(_words_of(ast.parse(path.read_text(encoding="utf-8"))))


def _words_of(tree: ast.AST) -> set[str]:
    """Words of the texts in some code, but those of answers, which name figures and do not publish them."""
    words: set[str] = set()
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "answer":
            skipped |= {id(part) for argument in node.args for part in ast.walk(argument)}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            if not re.search(r"\s", node.value):  # else it is prose
                words |= set(_WORD.findall(node.value))
        elif isinstance(node, ast.keyword) and node.arg:
            words |= set(_WORD.findall(node.arg))
    return words
