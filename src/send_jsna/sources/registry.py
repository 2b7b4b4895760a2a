"""From a source of the catalogue to the module that reads it."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING

from send_jsna.errors import CatalogueError
from send_jsna.sources.containment import contained

if TYPE_CHECKING:
    import pandas as pd

    from send_jsna.catalogue import Catalogue, Source
    from send_jsna.sources.context import Context, SourceFiles


def module_of(name: str, where: str) -> ModuleType:
    """A module of this package.

    Raises:
        CatalogueError: There is none of that name.
    """
    full = f"{__package__}.{name}"
    if not name.isidentifier() or find_spec(full) is None:
        raise CatalogueError(
            f"no reader {name!r}",
            where=where,
            expected="a module of src/send_jsna/sources",
            remedy="correct the name",
        )
    return import_module(full)


def tidy(source: Source, files: SourceFiles, context: Context, catalogue: Catalogue) -> pd.DataFrame:
    """Observations of a source's files, each under the code its area has here.

    Areas are sought under every code they have had: publishers change codes in different years.

    Raises:
        DataError: A file is missing or malformed, or a label is not mapped.
        CatalogueError: The source names no reader, or one that does not exist.
    """
    module = module_of(source.reader, catalogue.where("sources", source.id))
    areas = context.areas
    if context.codes is not None:
        every = tuple(dict.fromkeys(code for kept in context.codes for code in areas.codes_of(kept)))
        context = replace(context, codes=every)
    with contained(source.id, "reading its files"):
        frame: pd.DataFrame = module.tidy(files, context)
        now = {old: code for old, code in areas.recodings.items() if code}
        return frame.assign(area_code=frame["area_code"].replace(now))
