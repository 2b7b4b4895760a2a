"""Made-up council extracts, as CSV files and as workbooks."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from send_jsna.council.extract import Extract
from send_jsna.council.extracts import load_extracts

AREA = "E08000026"
Row = dict[str, str]

#: The extracts that this project declares.
EXTRACTS = load_extracts(Path(__file__).resolve().parents[2] / "data")
BY_STEM = {extract.stem: extract for extract in EXTRACTS}

#: For each extract a small file of counts: headings, and rows without the area. Every number is invented.
SAMPLES: dict[str, str] = {
    "special-school-places": """
        period,school,specialism,commissioned_places,number_on_roll
        2024/25,oak,broad_spectrum,100,98
        2024/25,elm,broad_spectrum,80,83
        2024/25,ash,semh,60,57
        2025/26,oak,broad_spectrum,110,108
        2025/26,elm,broad_spectrum,80,81
        2025/26,ash,semh,60,61""",
    "slt": """
        period,state,age_band,wait,count
        October 2025,caseload,under_5,,400
        October 2025,caseload,5_to_10,,310
        October 2025,caseload,11_to_15,,12
        October 2025,waiting,under_5,under_6_weeks,60
        October 2025,waiting,under_5,18_to_51_weeks,45
        October 2025,waiting,5_to_10,12_to_17_weeks,30
        October 2025,waiting,5_to_10,52_weeks_or_more,15""",
    "neurodevelopment": """
        period,pathway,state,age_band,wait,count
        2024-25,asd,referred,5_to_10,,300
        2024-25,asd,referred,11_to_15,,200
        2024-25,asd,completed,5_to_10,26_to_51_weeks,120
        2024-25,asd,completed,11_to_15,under_13_weeks,30
        2024-25,asd,open,5_to_10,104_weeks_or_more,90
        2024-25,asd,open,11_to_15,under_13_weeks,60
        2024-25,adhd,referred,11_to_15,,70
        2024-25,adhd,open,11_to_15,52_to_103_weeks,40""",
    "ehc-register": """
        period,age_band,need,placement,count
        January 2025,5_to_10,asd,special_academy_free,210
        January 2025,5_to_10,slcn,mainstream_academy,150
        January 2025,11_to_15,semh,ap_pru,40
        January 2025,16_to_19,asd,fe_general_tertiary,75
        January 2026,5_to_10,asd,special_academy_free,230
        January 2026,11_to_15,semh,ap_pru,45""",
    "two-year-offer": """
        period,ethnicity,eligible,taken_up
        January 2025,white_white_british,400,300
        January 2025,asian_pakistani,120,80
        January 2025,black_black_african,90,70
        January 2025,asian_chinese,0,0""",
    "health-visiting": """
        period,check,due,done,asq3_done,asq3_above_threshold
        2023-24,new_birth,4000,3900,,
        2023-24,2_to_2_and_a_half_years,4100,3500,3300,2700
        2024-25,new_birth,3900,3850,,
        2024-25,2_to_2_and_a_half_years,4000,3600,3500,2900""",
}


def counts(stem: str) -> list[Row]:
    """The rows of the sample of counts."""
    lines = [line.strip() for line in SAMPLES[stem].strip().splitlines()]
    return [{"area_code": AREA} | row for row in csv.DictReader(lines)]


def cases(extract: Extract, rows: Iterable[Mapping[str, str]]) -> list[Row]:
    """A file with one row a case that adds up to the counts; only for few cases."""
    found = []
    for row in rows:
        first, *rest = [m.column for m in extract.measures if row.get(m.column, "")]
        codes = {name: row[name] for name in row if name not in {m.column for m in extract.measures}}
        found += [
            codes | {name: "yes" if number < int(row[name]) else "no" for name in rest}
            for number in range(int(row[first]))
        ]
    blank = dict.fromkeys((name for row in found for name in row), "")
    return [blank | row for row in found]


def as_csv(rows: Sequence[Mapping[str, str]]) -> bytes:
    """Rows as a CSV file."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def as_workbook(
    rows: Sequence[Mapping[str, Any]], change: Callable[[Workbook], object] | None = None
) -> bytes:
    """Rows as a workbook with the sheet ``data``, counts as numbers; ``change`` is applied to it last."""
    book = Workbook()
    sheet = book.active
    sheet.title = "data"
    sheet.append(list(rows[0]))
    for row in rows:
        sheet.append([int(cell) if str(cell).isdigit() else cell or None for cell in row.values()])
    if change:
        change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def repacked(content: bytes, changes: Mapping[str, Callable[[bytes], bytes]]) -> bytes:
    """A workbook with some of its parts changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, changes[name](part) if name in changes else part)
    return out.getvalue()


def with_shared_strings(content: bytes) -> bytes:
    """A workbook of openpyxl with its text in a part of its own, as spreadsheet programs keep it."""
    texts: list[bytes] = []

    def share(match: re.Match[bytes]) -> bytes:
        texts.append(match[2])
        return match[1] + b't="s"><v>%d</v></c>' % (len(texts) - 1)

    def cells(sheet: bytes) -> bytes:
        return re.sub(rb'(<c [^>]*)t="inlineStr"><is>(.*?)</is></c>', share, sheet)

    out = io.BytesIO()
    main = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    override = b'<Override PartName="/xl/sharedStrings.xml" ContentType="' + kind + b'"/></Types>'
    content = repacked(
        content,
        {
            "xl/worksheets/sheet1.xml": cells,
            "[Content_Types].xml": lambda part: part.replace(b"</Types>", override),
        },
    )
    out.write(content)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as package:
        items = b"".join(b"<si>" + text + b"</si>" for text in texts)
        package.writestr("xl/sharedStrings.xml", b'<sst xmlns="' + main + b'">' + items + b"</sst>")
    return out.getvalue()


def put(data_folder: Path, name: str, content: bytes) -> Path:
    """Put a file into ``council`` of a data folder."""
    path = data_folder / "council" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path
