"""From a source of the catalogue to the module that reads it."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING

from send_jsna.catalogue.observations import KEY
from send_jsna.errors import CatalogueError, DataError
from send_jsna.ingest.containment import contained

if TYPE_CHECKING:
    import pandas as pd

    from send_jsna.catalogue.areas import Areas
    from send_jsna.catalogue.neighbourhoods import Neighbourhood
    from send_jsna.catalogue.schema import Catalogue, Source
    from send_jsna.ingest.cell_text import Names
    from send_jsna.ingest.incoming import LetIn
    from send_jsna.ingest.source_files import SourceFiles
    from send_jsna.sources.context import Context


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


def stored_of(source: Source) -> LetIn | None:
    """What a source's reader lets into the store of a file; None where files are stored as they came."""
    return getattr(module_of(source.reader, source.id), "stored", None) if source.reader else None


def check_declared(source: Source, files: SourceFiles, names: Names, catalogue: Catalogue) -> None:
    """Refuse labels neither mapped nor left out with a reason, of a source all of whose labels are declared.

    Such a source's module has a function `undeclared`. A run that fetches what the publisher has now reads
    what is mapped all the same; an edition that is released says of every label what became of it.

    Raises:
        DataError: There is one, or the file cannot be read.
    """
    module = module_of(source.reader, catalogue.where("sources", source.id))
    find = getattr(module, "undeclared", None)
    unknown = find(files, names) if find else []
    if unknown:
        more = f" and {len(unknown) - 1} more" if len(unknown) > 1 else ""
        raise DataError(
            f"the label {unknown[0][:80]!r}{more} is not declared",
            where=files.where(),
            expected="each label in data/catalogue/publisher_names.csv, with its indicator or with the reason"
            " under left_out",
            remedy="map it there, or say there why it is left out",
        )


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
        return _under_one_code(module.tidy(files, context), areas, files)


def outlines(source: Source, files: SourceFiles, context: Context) -> tuple[Neighbourhood, ...]:
    """The neighbourhoods that a source has the outlines of; none where its reader has no function `outlines`.

    Raises:
        DataError: A file is missing or malformed.
    """
    find = getattr(module_of(source.reader, source.id), "outlines", None)
    if find is None:
        return ()
    with contained(source.id, "reading its outlines"):
        found: tuple[Neighbourhood, ...] = find(files, context)
        return found


def _under_one_code(frame: pd.DataFrame, areas: Areas, files: SourceFiles) -> pd.DataFrame:
    """Rows under the codes used here, of a value that is printed under two codes of one area the one.

    A publisher that takes up a new code may go on printing the old one, empty or filled.
    """
    was = frame["area_code"]
    found = frame.assign(area_code=was.map(areas.in_use))
    recoded = found["area_code"] != was
    key = list(KEY)
    twice = found.duplicated(key, keep=False) & recoded.groupby([found[name] for name in key]).transform(
        "any"
    )
    if not twice.any():
        return found
    order = found[twice].assign(_empty=found["value"].isna(), _recoded=recoded)
    order = order.sort_values(["_empty", "_recoded"], kind="stable")
    for (area, indicator), rows in order.dropna(subset="value").groupby(["area_code", "indicator"]):
        values = rows.groupby(key)["value"].nunique()
        if (values > 1).any():
            files.leave_out(
                f"{files.source_id} prints {int((values > 1).sum())} values of {indicator} for {area} under"
                f" two codes that differ: those under {area} are used"
            )
    return found.drop(order[order.duplicated(key)].index)
