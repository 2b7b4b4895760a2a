"""The extracts a council can supply, as ``data/catalogue/extracts.yaml`` declares them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import RootModel

from send_jsna.catalogue.yaml_file import Declared
from send_jsna.council.extract import Extract
from send_jsna.settings import get_settings

FILE = Path("catalogue") / "extracts.yaml"


class ExtractFile(RootModel[tuple[Extract, ...]]):
    """``extracts.yaml``."""


def load_extracts(data_folder: Path) -> tuple[Extract, ...]:
    """The declared extracts, in order.

    Args:
        data_folder: A project's ``data`` folder; for a folder of extracts alone, this project's is read.

    Raises:
        CatalogueError: The file is malformed, declares an extract twice, or names a column an extract lacks.
    """
    path = data_folder / FILE
    file = Declared(path if path.is_file() else get_settings().data / FILE)
    extracts = file.as_model(ExtractFile).root
    for place, extract in enumerate(extracts):
        if extract.stem in [other.stem for other in extracts[:place]]:
            raise file.fault(f"the extract {extract.stem} is declared twice", place, remedy="remove one")
        columns = [column.name for column in extract.columns]
        for where, name in _columns_named(extract):
            if name not in columns:
                raise file.fault(
                    f"{extract.stem} has no column {name!r}",
                    place,
                    *where,
                    expected=f"one of {', '.join(columns)}",
                )
    return extracts


def _columns_named(extract: Extract) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The columns an extract refers to, and where in its entry."""
    if extract.state:
        yield ("state",), extract.state
    for place, table in enumerate(extract.tables):
        yield from ((("tables", place, "apart"), name) for name in table.apart)
        yield from ((("tables", place, "breakdowns"), name) for name in table.breakdowns)
        if table.groups:
            yield ("tables", place, "groups"), table.groups
        if table.share:
            yield ("tables", place, "share", "column"), table.share.column
