"""The Word document's styles, and its bytes made the same in every run."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from send_jsna.files import undated
from send_jsna.report.pandoc import pandoc_path

_DARK = "12436D"
_FONTS = '<w:rFonts w:ascii="Arial" w:hAnsi="Arial" w:cs="Arial" w:eastAsia="Arial"/>'

_NOTE_STYLE = (
    '<w:style w:type="paragraph" w:customStyle="1" w:styleId="FigureNote"><w:name w:val="Figure Note"/>'
    '<w:basedOn w:val="Normal"/><w:qFormat/><w:pPr><w:spacing w:before="40" w:after="80"/></w:pPr>'
    '<w:rPr><w:color w:val="3D3D3D"/><w:sz w:val="18"/></w:rPr></w:style>'
)

_TABLE_LINES = (
    '<w:tblBorders><w:top w:val="nil"/><w:bottom w:val="single" w:sz="4" w:color="8A8A8A"/>'
    '<w:insideH w:val="single" w:sz="4" w:color="C9CCD1"/></w:tblBorders>'
)


def write_reference(path: Path) -> None:
    """Write pandoc's own reference document with the report's fonts, colours and table lines."""
    made = subprocess.run(
        [pandoc_path(), "--print-default-data-file=reference.docx"],
        capture_output=True,
        check=True,
    ).stdout
    path.write_bytes(undated(made, lambda name, data: _styles(data) if name == "word/styles.xml" else data))


def normalise(path: Path) -> None:
    """Rewrite a zip-based document with fixed entry times and order."""
    path.write_bytes(undated(path.read_bytes()))


def _styles(data: bytes) -> bytes:
    text = data.decode("utf-8")
    text = re.sub(r"<w:rFonts\b[^>]*/>", _FONTS, text)
    text = re.sub(r"<w:lang\b[^>]*/>", '<w:lang w:val="en-GB" w:eastAsia="en-GB" w:bidi="ar-SA"/>', text)
    for style in ("Title", "Heading1", "Heading2", "Heading3", "Heading4"):
        text = _in_style(
            text, style, lambda body: re.sub(r"<w:color\b[^>]*/>", f'<w:color w:val="{_DARK}"/>', body)
        )
    text = _in_style(
        text, "Hyperlink", lambda body: re.sub(r"<w:color\b[^>]*/>", f'<w:color w:val="{_DARK}"/>', body)
    )
    for style in ("ImageCaption", "TableCaption"):
        text = _in_style(text, style, lambda body: body.replace("<w:i/>", "").replace("<w:i />", ""))
    text = _in_style(text, "Table", _table_lines)
    return text.replace("</w:styles>", _NOTE_STYLE + "</w:styles>").encode("utf-8")


def _table_lines(body: str) -> str:
    """Lines between the rows, and bold headings; Word wants the parts in its schema's order."""
    if "tblBorders" not in body:
        body = re.sub(r"(<w:tblInd\b[^>]*/>)", rf"\1{_TABLE_LINES}", body, count=1)
    return re.sub(
        r'(<w:tblStylePr w:type="firstRow">\s*)(<w:tcPr>)', r"\1<w:rPr><w:b/></w:rPr>\2", body, count=1
    )


def _in_style(text: str, style: str, change: Callable[[str], str]) -> str:
    return re.sub(
        rf'<w:style\b[^>]*w:styleId="{style}"[^>]*>.*?</w:style>',
        lambda m: change(m.group()),
        text,
        flags=re.DOTALL,
    )
