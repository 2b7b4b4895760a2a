"""The empty files a council fills, and the tables of their columns, made from the declared extracts.

``python -m send_jsna.council.templates data/council`` writes both. A workbook is written part by part with
the standard library, stored and undated, so that the same declaration gives the same bytes everywhere. Its
cells are formatted as text, so that a spreadsheet does not turn ``October 2025`` into a date.
"""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from send_jsna.council.extract import AREA, PERIOD, Extract, measure_names
from send_jsna.council.extracts import load_extracts
from send_jsna.council.grid import column_letters
from send_jsna.council.responses import COLUMNS, STEM

BEGIN = "<!-- columns of the extracts: written by send_jsna.council.templates -->"
END = "<!-- end of the columns -->"

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_UNDATED = (1980, 1, 1, 0, 0, 0)


def templates(extracts: Sequence[Extract]) -> dict[str, bytes]:
    """The templates' files, by name."""
    survey = list(COLUMNS)
    files = {
        f"{STEM}.template.csv": _csv(survey),
        f"{STEM}.template.xlsx": _workbook(
            survey, [(name, "see README.md, where the template was") for name in survey]
        ),
    }
    for extract in extracts:
        notes = [(name, f"{meaning}: {values}") for name, _, meaning, values in _columns(extract)]
        files[f"{extract.stem}.template.csv"] = _csv(extract.headings)
        files[f"{extract.stem}.template.xlsx"] = _workbook(extract.headings, notes)
    return files


def columns_page(extracts: Sequence[Extract]) -> str:
    """The part of ``data/council/README.md`` that says what each extract's columns hold."""
    return "\n\n".join([BEGIN, *(_section(extract) for extract in extracts), END])


def write(folder: Path) -> list[str]:
    """Write the templates and bring the README up to date; the names of the files written."""
    extracts = load_extracts(folder.parent)
    files = templates(extracts)
    readme = folder / "README.md"
    before, _, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    files[readme.name] = (before + columns_page(extracts) + rest.partition(END)[2]).encode()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return sorted(files)


def _columns(extract: Extract) -> list[tuple[str, str, str, str]]:
    """Each column: heading, whether it is needed, what it means, what it may hold."""
    rows = [
        (AREA, "yes", "ONS code of the council, the same in every row", "such as `E08000026`"),
        (PERIOD, "yes", extract.period, "all months or all years"),
    ]
    for column in extract.columns:
        values = (
            ", ".join(f"`{code}`" for code in column.codes) or "lower-case letters, digits and underscores"
        )
        if column.unknown:
            values += f"; where a row is one case, an empty cell counts as `{column.unknown}`"
        if column.only:
            values += "; empty in other rows than " + " and ".join(f"`{code}`" for code in column.only)
        rows.append((column.name, "yes" if column.is_needed else "no", column.meaning, values))
    first = measure_names(extract)
    for measure in extract.measures:
        values = "a whole number, 0 or more"
        if extract.case:
            values += "; left out" if measure.column in first else "; `yes` or `no`"
            values += " where a row is one case"
            if not measure.is_needed:
                values += ", empty where it is not known, and then no figure is made of the column"
        needed = "yes" if measure.is_needed else "no"
        rows.append((measure.column, needed, measure.meaning, values))
    return rows


def _section(extract: Extract) -> str:
    lines = [f"### {extract.title}: `{extract.stem}.csv` or `{extract.stem}.xlsx`", ""]
    firsts = " and ".join(f"`{name}`" for name in measure_names(extract))
    if extract.case:
        lines.append(
            "One row for each period and combination of codes with its counts; or, without the column"
            f" {firsts}, one row for {extract.case}."
        )
    else:
        lines.append("One row for each period and combination of codes.")
    becomes = ", ".join(f"`{name}`" for name in extract.indicators)
    lines += [
        f"It becomes the data set `{extract.dataset}`: {becomes}.",
        "",
        "| column | needed | what it is | what it may hold |",
        "|---|---|---|---|",
        *(
            f"| `{name}` | {needed} | {meaning} | {values} |"
            for name, needed, meaning, values in _columns(extract)
        ),
    ]
    return "\n".join(lines)


def _csv(headings: list[str]) -> bytes:
    return (",".join(headings) + "\n").encode()


def _workbook(headings: list[str], notes: list[tuple[str, str]]) -> bytes:
    """A workbook with the sheet ``data``, its headings and nothing else, and a sheet that explains them."""
    sheets = {"data": [headings], "columns": [["column", "what it holds"], *(list(note) for note in notes)]}
    relations = [(f"worksheets/sheet{number}.xml", "worksheet") for number in (1, 2)]
    relations.append(("styles.xml", "styles"))
    parts = {
        "[Content_Types].xml": _content_types(),
        "_rels/.rels": _relations([("xl/workbook.xml", "officeDocument")]),
        "xl/workbook.xml": _book(list(sheets)),
        "xl/_rels/workbook.xml.rels": _relations(relations),
        "xl/styles.xml": _styles(),
        "xl/worksheets/sheet1.xml": _sheet(sheets["data"], width=22),
        "xl/worksheets/sheet2.xml": _sheet(sheets["columns"], width=60),
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as package:
        for name, text in parts.items():
            entry = zipfile.ZipInfo(name, _UNDATED)
            entry.create_system = 3
            package.writestr(entry, (_XML + text).encode())
    return content.getvalue()


def _content_types() -> str:
    overrides = {
        "/xl/workbook.xml": f"{_TYPE}.sheet.main+xml",
        "/xl/styles.xml": f"{_TYPE}.styles+xml",
        "/xl/worksheets/sheet1.xml": f"{_TYPE}.worksheet+xml",
        "/xl/worksheets/sheet2.xml": f"{_TYPE}.worksheet+xml",
    }
    named = "".join(f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in overrides.items())
    return (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{named}</Types>'
    )


def _relations(targets: list[tuple[str, str]]) -> str:
    inside = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (target, kind) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{inside}</Relationships>'


def _book(names: list[str]) -> str:
    sheets = "".join(
        f'<sheet name="{name}" sheetId="{number}" r:id="rId{number}"/>'
        for number, name in enumerate(names, 1)
    )
    return f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>'


def _styles() -> str:
    """Style 1 is text, style 2 is text in bold; 49 is the built-in number of the format text."""
    return (
        f'<styleSheet xmlns="{_MAIN}">'
        '<fonts count="2"><font><sz val="11"/><name val="Arial"/></font>'
        '<font><b/><sz val="11"/><name val="Arial"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
        '<cellXfs count="3"><xf xfId="0"/><xf xfId="0" numFmtId="49" applyNumberFormat="1"/>'
        '<xf xfId="0" numFmtId="49" applyNumberFormat="1" fontId="1" applyFont="1"/></cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )


def _sheet(rows: list[list[str]], *, width: int) -> str:
    last = max(len(row) for row in rows)
    lines = "".join(
        f'<row r="{number}">'
        + "".join(
            _cell(f"{column_letters(place)}{number}", text, number == 1) for place, text in enumerate(row, 1)
        )
        + "</row>"
        for number, row in enumerate(rows, 1)
    )
    return (
        f'<worksheet xmlns="{_MAIN}"><cols>'
        f'<col min="1" max="{last}" width="{width}" style="1" customWidth="1"/>'
        f"</cols><sheetData>{lines}</sheetData></worksheet>"
    )


def _cell(address: str, text: str, is_heading: bool) -> str:
    style = 2 if is_heading else 1
    return f'<c r="{address}" s="{style}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'


if __name__ == "__main__":
    print("\n".join(write(Path(sys.argv[1]))))
