"""Looks for numbers in everything a run leaves behind."""

from __future__ import annotations

import io
import re
import shutil
import sqlite3
import subprocess
import zipfile
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pandas as pd
from pypdf import PdfReader


def texts(path: Path) -> str:
    """Everything a reader could find in a file, as text."""
    content = path.read_bytes()
    if path.suffix in (".docx", ".ods", ".xlsx"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "\n".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
    if path.suffix == ".pdf":
        reader = PdfReader(io.BytesIO(content))
        return _pages(path, reader) + str(reader.metadata) + str(reader.xmp_metadata)
    if path.suffix == ".parquet":
        return str(pd.read_parquet(path).drop(columns="line", errors="ignore").to_csv(index=False))
    if path.suffix == ".sqlite":
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as database:
            return "\n".join(database.iterdump())
    return content.decode("utf-8", "replace")


def _pages(path: Path, reader: PdfReader) -> str:
    """The text of the pages of a PDF, in the order it was written."""
    if shutil.which("pdftotext") is None:
        return "\n".join(page.extract_text() for page in reader.pages)
    command = ["pdftotext", "-raw", "-enc", "UTF-8", str(path), "-"]  # a tenth of the time
    return subprocess.run(command, capture_output=True, check=True).stdout.decode("utf-8")


def forms(numbers: Iterable[int], *more: str) -> re.Pattern[str]:
    """Numbers of four and more digits in every form they might be written in, and further patterns."""
    counts = [rf"{number // 1000}[,.   ]?{number % 1000:03}" for number in numbers]
    return re.compile(rf"(?<![\da-f])(?<!\d[.,])(?:{'|'.join([*counts, *more])})(?![\da-f])")


def found_in(folder: Path, pattern: re.Pattern[str]) -> dict[str, list[str]]:
    """What is found of a pattern in the files of a folder, by file."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    found = {str(path.relative_to(folder)): pattern.findall(texts(path)) for path in files}
    return {name: numbers for name, numbers in found.items() if numbers}
