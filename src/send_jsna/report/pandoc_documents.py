"""The Word document and the PDF: all chapters as one document, through pandoc and typst."""

from __future__ import annotations

from pathlib import Path

from send_jsna.cache import Key, code_of, files_of, hash_of, made_once
from send_jsna.errors import ReportError
from send_jsna.report.data import midday
from send_jsna.report.pandoc import run_pandoc
from send_jsna.report.pandoc_blocks import SUFFIX
from send_jsna.report.pictures import font_folder, write_pictures
from send_jsna.report.rendering import FILTER, STEM, Rendering
from send_jsna.report.word import normalise, write_reference

_REFERENCE = "_generated/reference.docx"


def write_docx(rendering: Rendering) -> None:
    """Write the Word document, and into the folder the pictures and the styles it is made with.

    Raises:
        ReportError: pandoc failed or warned, or no picture can be made of a chart.
    """
    made_once(
        rendering.store,
        lambda: _key("docx", rendering),
        rendering.folder.parent,
        lambda: _made_docx(rendering),
    )


def write_pdf(rendering: Rendering) -> None:
    """Write the PDF, and into the folder the typst source it is set from.

    Raises:
        ReportError: pandoc or typst failed or warned.
    """
    made_once(
        rendering.store,
        lambda: _key("pdf", rendering),
        rendering.folder.parent,
        lambda: _made_pdf(rendering),
    )


def _key(step: str, rendering: Rendering) -> Key:
    """All that a document can be made from: the chapters, the filters, the theme, data and pictures."""
    folder = rendering.folder
    generated = [f"_generated/{path.name}" for path in folder.glob("_generated/*") if _is_read(path)]
    pictures = [f"figures/{path.name}" for path in folder.glob("figures/*.svg")]
    read = ("_quarto.yml", "filters", "theme", *rendering.book.chapter_files, *generated, *pictures)
    parts = {"dates": hash_of([rendering.released.isoformat(), rendering.edition])}
    return Key(step, STEM, code_of([__name__]) | files_of(folder, *read) | parts)


def _is_read(path: Path) -> bool:
    """Whether a generated file is read for a document, and not written for it or for a page alone."""
    return path.name.endswith((".md", SUFFIX)) or path.name in ("report.json", "book.json")


def _made_docx(rendering: Rendering) -> list[str]:
    folder, output = rendering.folder, rendering.site / f"{STEM}.docx"
    pictures = write_pictures(folder)
    # By its name in the folder: pandoc takes the path of this one file for an address and decodes it.
    write_reference(folder / _REFERENCE)
    _together(
        rendering,
        ["--to=docx", "--toc", "--toc-depth=2", f"--reference-doc={_REFERENCE}", f"--output={output}"],
    )
    normalise(output)
    written = [output, folder / _REFERENCE, *pictures]
    return [path.relative_to(folder.parent).as_posix() for path in written]


def _made_pdf(rendering: Rendering) -> list[str]:
    import typst

    folder, book = rendering.folder, rendering.book
    language, _, region = book.lang.partition("-")
    variables = {
        "author-plain": _typst_text(book.author),
        "running-title": f'#"{_typst_text(book.title)}"',
        "date-line": f'#"{_typst_text(rendering.date_line)}"',
        "lang-code": language,
        "region-code": region or "GB",
    }
    imprint = [book.imprint[key] for key in ("publisher", "licence", "contact") if book.imprint.get(key)]
    source = _together(
        rendering,
        [
            "--to=typst",
            "--template=theme/report.typ",
            *(f"--variable={key}={value}" for key, value in variables.items()),
            *(f'--variable=imprint=#"{_typst_text(text)}"' for text in imprint),
        ],
    )
    path, output = folder / f"{STEM}.typ", rendering.site / f"{STEM}.pdf"
    path.write_text(source, encoding="utf-8")
    try:
        typst.compile(
            str(path),
            output=str(output),
            root=str(folder),
            font_paths=[str(font_folder())],
            ignore_system_fonts=True,
            pdf_standards=["ua-1"],
            timestamp=midday(rendering.released),
        )
    except typst.TypstError as error:
        raise ReportError(
            f"typst could not set the PDF: {' '.join(str(error).split())}",
            where=path,
            remedy="correct the chapter or the theme",
        ) from error
    return [written.relative_to(folder.parent).as_posix() for written in (path, output)]


def _together(rendering: Rendering, arguments: list[str]) -> str:
    """Render all chapters as one document."""
    return run_pandoc(
        [
            "--from=markdown",
            "--wrap=none",
            "--standalone",
            "--number-sections",
            f"--lua-filter={FILTER}",
            "--metadata-file=_generated/book.json",
            *arguments,
            *rendering.book.chapter_files,
        ],
        folder=rendering.folder,
        environment=rendering.environment,
    )


def _typst_text(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
