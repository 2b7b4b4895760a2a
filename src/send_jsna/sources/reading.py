"""Reading publishers' workbooks and tables in other encodings, whatever state they are in.

A workbook that is cut short, packed to burst or no workbook at all fails in many ways inside openpyxl; here
each is one sentence. Sheets are read without trusting the size they declare, which in these publications is
often wrong.
"""

from __future__ import annotations

import codecs
import gzip
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from send_jsna.errors import DataError
from send_jsna.sources.common import Meaning, Names
from send_jsna.sources.context import SourceFiles
from send_jsna.sources.dates import latest_date
from send_jsna.sources.tables import Connection, is_gzip, read_start

#: How much a workbook may unpack to, in bytes, and how many times its own size.
MAX_UNPACKED = 600_000_000
MAX_RATIO = 300
_HARMLESS = 20_000_000

#: Rows and cells of a row that are read of a sheet at most.
MAX_ROWS = 200_000
MAX_CELLS = 2_000

_CHUNK = 1 << 20

Row = tuple[Any, ...]


def read_sheets(path: Path, where: str, wanted: Callable[[str], bool] | None = None) -> dict[str, list[Row]]:
    """The rows of a workbook's sheets: title to rows, empty cells None.

    Args:
        path: The workbook.
        where: What it is, for messages.
        wanted: Whether a sheet of this title is read; all where None.

    Raises:
        DataError: It is no workbook, is damaged, or unpacks to more than it may.
    """
    import openpyxl

    _check_container(path, where)
    found: dict[str, list[Row]] = {}
    try:
        # Opened by us: by its path openpyxl refuses a file without a workbook's ending, as snapshots are.
        with path.open("rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            try:
                for sheet in book.worksheets:
                    if wanted is None or wanted(sheet.title):
                        # Declared sizes are wrong in several of these files, one cell in one of them.
                        sheet.reset_dimensions()
                        found[sheet.title] = _rows(sheet, where)
            finally:
                book.close()
    except DataError:
        raise
    # A damaged part fails wherever openpyxl happens to trip over it; its own words would not help.
    except Exception as error:
        raise DataError(
            f"the workbook is damaged ({type(error).__name__})",
            where=where,
            expected="a whole Excel workbook as the publisher made it",
            remedy="fetch it again",
        ) from error
    return found


def _rows(sheet: Any, where: str) -> list[Row]:
    rows: list[Row] = []
    for row in sheet.iter_rows(values_only=True, max_row=MAX_ROWS + 1, max_col=MAX_CELLS):
        rows.append(tuple(row))
        if len(rows) > MAX_ROWS:
            raise DataError(
                f"the sheet {sheet.title!r} has more than {MAX_ROWS:,} rows",
                where=where,
                expected="a table that fits into memory",
            )
    return rows


def _check_container(path: Path, where: str) -> None:
    start = read_start(path, 512, where=where)
    if start.lstrip()[:1] == b"<":
        raise DataError(
            "it is a web page and not a workbook",
            where=where,
            expected="an Excel workbook",
            remedy="open the address in a browser: the publisher may have moved the file",
        )
    try:
        with zipfile.ZipFile(path) as parts:
            listed = parts.infolist()
            unpacked = sum(part.file_size for part in listed)
            packed = sum(part.compress_size for part in listed) or 1
            if unpacked > MAX_UNPACKED or (unpacked > _HARMLESS and unpacked / packed > MAX_RATIO):
                raise DataError(
                    f"the workbook unpacks to {unpacked:,} bytes",
                    where=where,
                    expected=f"at most {MAX_UNPACKED:,}, and {MAX_RATIO} times its own size",
                    remedy="look at the file: no publisher's workbook is packed like this",
                )
            for part in listed:
                if part.filename.endswith((".xml", ".rels")):
                    _check_part(parts, part, where)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError) as error:
        raise DataError(
            f"it is not an Excel workbook ({type(error).__name__})",
            where=where,
            expected="a file of the kind .xlsx",
            remedy="fetch it again; save an older kind as .xlsx first",
        ) from error


def _check_part(parts: zipfile.ZipFile, part: zipfile.ZipInfo, where: str) -> None:
    """Refuse a document type, which no spreadsheet has and which entities are expanded from."""
    with parts.open(part) as file:
        start = file.read(1 << 14)
    if b"<!DOCTYPE" in start or b"<!ENTITY" in start:
        raise DataError(
            f"the part {part.filename} declares a document type",
            where=where,
            expected="a workbook as a spreadsheet program writes it",
        )


def header_row(rows: Sequence[Row], must: Callable[[list[str]], bool], *, most: int = 30) -> int | None:
    """Where the header of a sheet stands, found by its content; None where none of the first rows is it."""
    for place, row in enumerate(rows[:most]):
        if must([plain(cell) for cell in row]):
            return place
    return None


def frame_of(rows: Sequence[Row], header: int) -> pd.DataFrame:
    """A sheet as a table of text: the header's cells as columns, and the rows under it that hold anything.

    Columns without a name are left out; of two with one name the second is marked, as in CSV files.
    """
    names: dict[int, str] = {}
    seen: dict[str, int] = {}
    for place, cell in enumerate(rows[header]):
        name = plain(cell)
        if name:
            seen[name] = seen.get(name, 0) + 1
            names[place] = name if seen[name] == 1 else f"{name} ({seen[name]})"
    lines = [
        [plain(row[place]) if place < len(row) else "" for place in names]
        for row in rows[header + 1 :]
        if any(plain(row[place]) for place in names if place < len(row))
    ]
    return pd.DataFrame(lines, columns=list(names.values()), dtype="str")


def wanted(names: Names, source_id: str, label: str) -> Meaning | None:
    """What a label means; None where the label map says that its rows are left out.

    Raises:
        DataError: The label map does not hold it.
    """
    meaning = names.require(source_id, label)
    return None if meaning.left_out else meaning


def first_row(con: Connection, query: str) -> Row | None:
    """The first row of a query's answer, all of which is fetched: the connection is free for other work."""
    rows = con.execute(query).fetchall()
    return tuple(rows[0]) if rows else None


def newest_resource(files: SourceFiles) -> str:
    """The resource of a source of one file; of several in a folder of downloads the newest by its name.

    Raises:
        DataError: There is none, or it cannot be told which of several is the newest.
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


def plain(cell: Any) -> str:
    """A cell as text: whole numbers without a point, blanks at both ends taken off."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return " ".join(str(cell).split())


@contextmanager
def as_utf8(path: Path, where: str) -> Iterator[Path]:
    """A text file in UTF-8: itself where it is in UTF-8 already, else a passing copy from Windows-1252.

    The bytes decide, read in a stream: nothing but UTF-8 is likely to be valid UTF-8 by chance.

    Raises:
        DataError: It is in neither of the two encodings, or cannot be read.
    """
    if _is_utf8(path, where):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="jsna-text-") as folder:
        copy = Path(folder) / path.name.removesuffix(".gz")
        decoder = codecs.getincrementaldecoder("cp1252")()
        try:
            with copy.open("w", encoding="utf-8", newline="") as out:
                for chunk in _chunks(path, where):
                    out.write(decoder.decode(chunk))
        except UnicodeDecodeError as error:
            raise DataError(
                f"byte {error.object[error.start]:#04x} is neither UTF-8 nor Windows-1252",
                where=where,
                expected="a text file in one of the two",
                remedy="fetch it again",
            ) from error
        yield copy


def _is_utf8(path: Path, where: str) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in _chunks(path, where):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _chunks(path: Path, where: str) -> Iterator[bytes]:
    unpack = gzip.open if is_gzip(path, where) else open
    try:
        with unpack(path, "rb") as file:
            while chunk := file.read(_CHUNK):
                yield bytes(chunk)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"the file is damaged ({error})", where=where, remedy="fetch it again") from error


@contextmanager
def csv_files(path: Path, name: str, where: str) -> Iterator[list[tuple[str, Path]]]:
    """The CSV files of a download: those inside a zip file, unpacked for the time being, or itself.

    Raises:
        DataError: The zip file is damaged, unpacks to more than it may, or holds no CSV file.
    """
    if read_start(path, 4, where=where) != b"PK\x03\x04":
        yield [(name, path)]
        return
    with tempfile.TemporaryDirectory(prefix="jsna-zip-") as folder:
        found = []
        try:
            with zipfile.ZipFile(path) as parts:
                listed = [part for part in parts.infolist() if part.filename.lower().endswith(".csv")]
                unpacked = sum(part.file_size for part in listed)
                if unpacked > MAX_UNPACKED:
                    raise DataError(
                        f"it unpacks to {unpacked:,} bytes", where=where, expected=f"at most {MAX_UNPACKED:,}"
                    )
                for place, part in enumerate(listed):
                    # A member's own path is not trusted: it may lead out of the folder.
                    copy = Path(folder) / f"{place}.csv"
                    with parts.open(part) as member, copy.open("wb") as out:
                        while chunk := member.read(_CHUNK):
                            out.write(chunk)
                    found.append((Path(part.filename).name, copy))
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError) as error:
            raise DataError(
                f"the zip file is damaged ({type(error).__name__})", where=where, remedy="fetch it again"
            ) from error
        if not found:
            raise DataError("the zip file holds no CSV file", where=where, expected="the publisher's tables")
        yield found


def text_at(path: Path, where: str) -> str:
    """The text of a file, packed or not, in UTF-8.

    Raises:
        DataError: It cannot be read.
    """
    if path.stat().st_size == 0:
        return ""
    try:
        return b"".join(_chunks(path, where)).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError("it is not text in UTF-8", where=where, remedy="fetch it again") from error
