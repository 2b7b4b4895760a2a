"""Rendering with Quarto, where it is installed; its site is the same as that of pandoc.

The command is called directly: the Python wrapper of that name ignores Quarto's exit status.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Collection
from datetime import date
from pathlib import Path

from send_jsna import processes
from send_jsna.errors import ReportError
from send_jsna.report.book import Book
from send_jsna.report.data import midday
from send_jsna.report.formats import FORMATS, Format
from send_jsna.report.pandoc import said
from send_jsna.report.pictures import write_pictures
from send_jsna.report.rendering import STEM

#: What Quarto calls each format.
_NAMES: dict[Format, str] = {"html": "html", "pdf": "typst", "docx": "docx"}
_TIME_LIMIT = 900


def find_quarto(command: str) -> str | None:
    """The path of the quarto command, or None where there is none."""
    return shutil.which(command)


def render(
    folder: Path, site: Path, *, quarto: str, released: date, formats: Collection[Format] = FORMATS
) -> None:
    """Render a report folder with Quarto.

    Args:
        folder: The run's copy of the Quarto project, with ``_generated`` and ``figures``.
        site: Where the pages, the PDF and the Word document go.
        quarto: The quarto command, by name or path.
        released: Date of the edition; it is the documents' date.
        formats: What is rendered.

    Raises:
        ReportError: Quarto is not installed, failed, took too long or left out a page or a document.
    """
    executable = find_quarto(quarto)
    if executable is None:
        raise ReportError(
            f"no command {quarto!r}",
            expected="Quarto",
            remedy="install it, set JSNA_QUARTO to its path, or use --engine pandoc",
        )
    book = Book.read(folder)
    environment = {
        **os.environ,
        "JSNA_REPORT_DATA": str(folder / "_generated" / "report.json"),
        "JSNA_FIGURES": "figures",
        "SOURCE_DATE_EPOCH": str(int(midday(released).timestamp())),
    }
    output = folder / str((book.config.get("project") or {}).get("output-dir") or "_book")
    site.mkdir(parents=True, exist_ok=True)
    if "docx" in formats:
        write_pictures(folder)
    for kind, name in _NAMES.items():
        if kind not in formats:
            continue
        # Quarto may empty its output folder when it begins, so each format is taken away before the next.
        shutil.rmtree(output, ignore_errors=True)
        _run(executable, folder, name, environment)
        if kind == "html":
            _take_pages(output, site, book)
        else:
            _take_document(output, site / f"{STEM}.{kind}")
    shutil.rmtree(output, ignore_errors=True)
    shutil.rmtree(folder / ".quarto", ignore_errors=True)


def _run(executable: str, folder: Path, kind: str, environment: dict[str, str]) -> None:
    command = [executable, "render", str(folder), "--to", kind]
    try:
        done = subprocess.run(
            command,
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=_TIME_LIMIT,
            check=False,
            preexec_fn=processes.tied(signal.SIGTERM),
        )
    except subprocess.TimeoutExpired as error:
        raise ReportError(f"quarto took more than {_TIME_LIMIT} seconds to render {kind}") from error
    except OSError as error:
        raise ReportError(f"quarto could not be run ({error.strerror})", where=executable) from error
    if done.returncode != 0:
        raise ReportError(
            f"quarto could not render {kind} (exit status {done.returncode}): {said(done.stderr)}",
            remedy="correct what it names, or use --engine pandoc",
        )
    for line in done.stderr.splitlines():
        if "WARN" in line and (
            "not found" in line or "Unable to resolve" in line or "could not fetch" in line.lower()
        ):
            raise ReportError(f"quarto warned while rendering {kind}: {' '.join(line.split())}")


def _take_pages(output: Path, site: Path, book: Book) -> None:
    missing = [name for name in book.chapter_files if not (output / f"{Path(name).stem}.html").is_file()]
    if missing:
        raise ReportError(
            f"quarto made no page of {missing[0]}", where=output, expected="a page for each chapter"
        )
    shutil.copytree(output, site, dirs_exist_ok=True)


def _take_document(output: Path, target: Path) -> None:
    found = sorted(output.glob(f"*{target.suffix}"))
    if len(found) != 1:
        raise ReportError(
            f"quarto made {len(found)} {target.suffix} files", where=output, expected="exactly one"
        )
    shutil.copyfile(found[0], target)
