"""A workbook as a package: a ZIP file of XML parts, checked before anything reads it.

Each part is unpacked once, within a cap, and its checksum verified; document types, which entities are
expanded from, are refused.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from send_jsna.errors import DataError

LARGEST_UNPACKED = 100_000_000
#: How many times larger a workbook may be unpacked; sheets of repeated codes reach 40.
LARGEST_RATIO = 150
#: Below this size no ratio is a danger.
_HARMLESS = 5_000_000
_MOST_PARTS = 2_000

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_DOCTYPES = [
    mark.encode(code) for mark in ("<!DOCTYPE", "<!ENTITY") for code in ("ascii", "utf-16-le", "utf-16-be")
]
SAVE_AGAIN = "open it in the spreadsheet program and save it again as .xlsx, or save the sheet as CSV UTF-8"


def check_package(path: Path, content: bytes) -> None:
    """Refuse what is no workbook, or a damaged, protected or dangerous one.

    Raises:
        DataError: It is one of these. The message repeats nothing of it.
    """
    if content.startswith(_OLE):
        is_protected = "EncryptedPackage".encode("utf-16-le") in content
        what = (
            "the workbook is protected by a password"
            if is_protected
            else "this is a workbook of the old kind"
        )
        raise DataError(what, where=path, expected="an .xlsx workbook without a password", remedy=SAVE_AGAIN)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = package.infolist()
            _check_sizes(path, content, parts)
            if not any(part.filename == "[Content_Types].xml" for part in parts):
                raise DataError(
                    "this is no workbook", where=path, expected="an .xlsx workbook", remedy=SAVE_AGAIN
                )
            for part in parts:
                _check_part(path, part.filename, package.read(part))
    except DataError:
        raise
    except Exception as error:  # zipfile raises seven kinds, and zlib and lzma their own
        is_zip = content.startswith(b"PK")
        what = f"the workbook is damaged ({type(error).__name__})" if is_zip else "this is no workbook"
        raise DataError(what, where=path, expected="an .xlsx workbook", remedy=SAVE_AGAIN) from None


def _check_sizes(path: Path, content: bytes, parts: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(part.file_size for part in parts)
    if any(part.flag_bits & 1 for part in parts):
        raise DataError("the workbook is protected by a password", where=path, remedy=SAVE_AGAIN)
    if len({part.filename for part in parts}) != len(parts):
        raise DataError("the workbook has a part twice", where=path, remedy=SAVE_AGAIN)
    too_dense = unpacked > max(_HARMLESS, LARGEST_RATIO * len(content))
    if unpacked > LARGEST_UNPACKED or too_dense or len(parts) > _MOST_PARTS:
        raise DataError(
            f"the workbook would unpack to {unpacked:,} bytes in {len(parts):,} parts",
            where=path,
            expected=f"{LARGEST_UNPACKED:,} at most, and {LARGEST_RATIO} times its own size",
            remedy="delete the empty formatted rows below the data, or save the sheet as CSV UTF-8",
        )


def _check_part(path: Path, name: str, part: bytes) -> None:
    if name.endswith((".xml", ".rels", ".vml")) and any(mark in part for mark in _DOCTYPES):
        raise DataError("a part of the workbook declares a document type", where=path, remedy=SAVE_AGAIN)
