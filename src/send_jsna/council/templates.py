"""The empty files a council fills, and the tables of their columns, made from the declared extracts.

``python -m send_jsna.council.templates data/council`` writes both. The times openpyxl writes into a workbook
are taken out, so that the same declaration gives the same bytes, as long as openpyxl and lxml are those of
``requirements.lock``. Cells are formatted as text, so that a spreadsheet does not turn ``October 2025`` into
a date.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.styles.numbers import FORMAT_TEXT
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.xml.constants import ARC_CORE
from openpyxl.xml.functions import tostring

from send_jsna.council.extract import AREA, PERIOD, Extract, measure_names
from send_jsna.council.extracts import load_extracts
from send_jsna.council.grid import column_letters
from send_jsna.council.responses import COLUMNS, STEM
from send_jsna.files import undated

BEGIN = "<!-- columns of the extracts: written by send_jsna.council.templates -->"
END = "<!-- end of the columns -->"

_NO_DAY = datetime(1980, 1, 1)
_PLAIN, _BOLD = Font(name="Arial", size=11), Font(name="Arial", size=11, bold=True)


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
    """The part of ``data/council/README.md`` that says what is in each extract's columns."""
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
    """Each column: heading, whether it is needed, what it means, what may be in it."""
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
    book = Workbook()
    data, columns = book.worksheets[0], book.create_sheet("columns")
    data.title = "data"
    _fill(data, [headings], width=22)
    _fill(columns, [["column", "what it holds"], *(list(note) for note in notes)], width=60)
    book.properties.created = _NO_DAY
    content = io.BytesIO()
    book.save(content)
    book.properties.modified = _NO_DAY  # it is set to the present while a workbook is saved
    properties = tostring(book.properties.to_tree())
    return undated(content.getvalue(), lambda name, data: properties if name == ARC_CORE else data)


def _fill(sheet: Worksheet, rows: list[list[str]], *, width: int) -> None:
    """Write a sheet's rows, the first in bold; all its cells are text, those still to be filled too."""
    for row in rows:
        sheet.append(row)
    for row in sheet.iter_rows():
        for cell in row:
            cell.font, cell.number_format = (_BOLD if cell.row == 1 else _PLAIN), FORMAT_TEXT
    for place in range(1, sheet.max_column + 1):
        column = sheet.column_dimensions[column_letters(place)]
        column.width, column.font, column.number_format = width, _PLAIN, FORMAT_TEXT


if __name__ == "__main__":
    print("\n".join(write(Path(sys.argv[1]))))
