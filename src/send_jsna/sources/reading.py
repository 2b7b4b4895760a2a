"""What several publishers' readers share: the form of a table, zip files, labels, the newest file."""

from __future__ import annotations

import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from send_jsna.errors import CatalogueError, DataError
from send_jsna.ingest.cell_text import Meaning, Names
from send_jsna.ingest.dates import latest_date
from send_jsna.ingest.http.unpacking import RATIO_FLOOR
from send_jsna.ingest.opening import LIMITS, read_start
from send_jsna.ingest.source_files import SourceFiles
from send_jsna.ingest.text_tables import Connection, Table
from send_jsna.sources.context import Context

_CHUNK = 1 << 20

Form = TypeVar("Form")


def of_form(files: SourceFiles, forms: Mapping[str, Form]) -> Form:
    """What a reader has for the form of table that the catalogue declares of a source.

    Args:
        files: The source's files.
        forms: What there is for each form the reader knows.

    Raises:
        CatalogueError: The source declares no form, or one that the reader does not know.
    """
    form = files.layout.form if files.layout else ""
    if form not in forms:
        raise CatalogueError(
            f"{files.source_id} has a table of the form {form!r}",
            where="data/catalogue/sources.yaml",
            expected=f"table: with form: one of {', '.join(forms)}",
            remedy="correct the form",
        )
    return forms[form]


def wanted(names: Names, source_id: str, label: str) -> Meaning | None:
    """What a label means; None where the label map says that its rows are left out.

    Raises:
        DataError: The label map does not have it.
    """
    meaning = names.require(source_id, label)
    return None if meaning.left_out else meaning


def wanted_part(names: Names, files: SourceFiles, label: str) -> Meaning | None:
    """As :func:`wanted`, of a label ``whole|part`` whose part may be a new word: it is left out and stated.

    The whole is counted apart from its parts, so that nothing else depends on them.

    Raises:
        DataError: The label map does not have the whole either.
    """
    whole, _, part = label.partition("|")
    is_whole_known = names.find(files.source_id, whole) or names.find(files.source_id, f"{whole}|")
    if part and is_whole_known and names.find(files.source_id, label) is None:
        files.leave_out(f"{whole}: {part!r} is not in the label map; it is counted in the whole alone")
        return None
    return wanted(names, files.source_id, label)


def known_codes(context: Context) -> tuple[str, ...]:
    """Codes of the areas that are kept; where all are, the codes that areas known here have or have had."""
    if context.codes is not None:
        return context.codes
    now = {area.code for area in context.areas}
    return (*sorted(now), *(old for old, code in context.areas.recodings.items() if code and old not in now))


def first_row(con: Connection, query: str) -> tuple[Any, ...] | None:
    """The first row of a query's answer, all of which is fetched: the connection is free for other work."""
    rows = con.execute(query).fetchall()
    return tuple(rows[0]) if rows else None


def row_where(con: Connection, table: Table, condition: str) -> int | None:
    """The first row of a table's file for which a condition is true, counted as a spreadsheet shows it."""
    numbered = f"SELECT *, row_number() OVER () AS place_in_file FROM {table.name}"
    found = first_row(con, f"SELECT min(place_in_file) FROM ({numbered}) WHERE {condition}")
    return None if found is None or found[0] is None else int(found[0]) + 1  # the header is the first


def newest_resource(files: SourceFiles) -> str:
    """The resource of a source of one file; of several in a folder of downloads the newest by its name.

    Raises:
        DataError: There is none, or it is not known which of several is the newest.
    """
    if "main" in files.paths or len(files.paths) < 2:
        return next(iter(files.paths), "main") if "main" not in files.paths else "main"
    dated = {latest_date(files.names.get(name) or name): name for name in files.paths}
    if None in dated or len(dated) < len(files.paths):
        raise DataError(
            f"{len(files.paths)} files are there: {', '.join(sorted(files.paths))}",
            where=files.source_id,
            expected="one, or names with different dates",
            remedy="keep the newest",
        )
    return dated[max(day for day in dated if day is not None)]


def newest_dated(files: SourceFiles, *, example: str) -> tuple[str, date]:
    """The newest file of a source whose files say their day only in their names, and that day.

    Args:
        files: The source's files.
        example: A name as the publisher gives it, for the message.

    Raises:
        DataError: The name has no day.
    """
    resource = newest_resource(files)
    name = files.names.get(resource) or files.path(resource).name
    day = latest_date(name)
    if day is None:
        raise DataError(
            f"the name {name!r} does not tell the day",
            where=files.where(resource),
            expected=f"a name such as {example}",
            remedy="give the file its published name",
        )
    return resource, day


@contextmanager
def csv_files(path: Path, name: str, where: str) -> Iterator[list[tuple[str, Path]]]:
    """The CSV files of a download: those inside a zip file, unpacked for the time being, or itself.

    Raises:
        DataError: The zip file is damaged, unpacks to more than it may, or has no CSV file.
    """
    if read_start(path, 4, where=where) != b"PK\x03\x04":
        yield [(name, path)]
        return
    with tempfile.TemporaryDirectory(prefix="jsna-zip-") as folder:
        found = []
        try:
            with zipfile.ZipFile(path) as parts:
                listed = [part for part in parts.infolist() if part.filename.lower().endswith(".csv")]
                _check_sizes(listed, where)
                for place, part in enumerate(listed):
                    # A member's own path is not trusted: it may lead out of the folder.
                    copy = Path(folder) / f"{place}.csv"
                    with parts.open(part) as member, copy.open("wb") as out:
                        while chunk := member.read(_CHUNK):
                            out.write(chunk)
                    found.append((f"file {place + 1} of the zip", copy))
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError) as error:
            raise DataError(
                f"the zip file is damaged ({type(error).__name__})", where=where, remedy="fetch it again"
            ) from error
        if not found:
            raise DataError("the zip file holds no CSV file", where=where, expected="the publisher's tables")
        yield found


def _check_sizes(parts: list[zipfile.ZipInfo], where: str) -> None:
    """Refuse a zip file that would unpack to too much; no part yields more than the size it declares."""
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    if unpacked > LIMITS.max_unpacked or (unpacked > RATIO_FLOOR and unpacked > packed * LIMITS.max_ratio):
        raise DataError(
            f"it unpacks to {unpacked:,} bytes",
            where=where,
            expected=f"at most {LIMITS.max_unpacked:,}, and {LIMITS.max_ratio} times its own size",
            remedy="look at the file: no publisher's tables are packed like this",
        )
