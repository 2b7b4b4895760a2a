"""Documents in the shapes publishers document, with synthetic values; for tests of fetch and of tidy."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl

from send_jsna.catalogue.areas import Areas
from send_jsna.catalogue.loading import load_catalogue
from send_jsna.catalogue.schema import Catalogue
from send_jsna.ingest.cell_text import Names
from send_jsna.ingest.source_files import SourceFiles
from send_jsna.sources.context import Context

ROOT = Path(__file__).resolve().parents[2]
COVENTRY, REGION, ENGLAND = "E08000026", "E12000005", "E92000001"

#: Sources that Nomis supplies.
POPULATION, BIRTHS = "ons-population-by-age", "ons-births"


@cache
def _areas() -> Areas:
    return Areas(ROOT / "data" / "areas")


@cache
def _names() -> Names:
    return Names.read(ROOT / "data" / "catalogue" / "publisher_names.csv")


def context(*codes: str, subject: str = COVENTRY) -> Context:
    """A context that keeps these areas; every area where none is given."""
    return Context(_areas(), subject, codes or None, _names())


@cache
def _catalogue() -> Catalogue:
    return load_catalogue(ROOT / "data" / "catalogue")


def files(source_id: str, *paths: Path, **named: Path) -> SourceFiles:
    """A source's files, each a resource by its name, or under a name of its own, laid out as is declared."""
    held = {path.name: path for path in paths} | named
    declared = _catalogue().sources.get(source_id)
    names = {key: path.name for key, path in held.items()}
    return SourceFiles(source_id, held, names=names, layout=declared.table if declared else None)


def write(path: Path, content: bytes) -> Path:
    """A file with this content."""
    path.write_bytes(content)
    return path


def table(header: Sequence[str], rows: Iterable[Sequence[Any]], encoding: str = "utf-8") -> bytes:
    """A CSV file."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


def records(header: Sequence[str], rows: Iterable[Mapping[str, Any]], encoding: str = "utf-8") -> bytes:
    """A CSV file from rows by column; a column a row lacks is empty."""
    return table(header, ([row.get(name, "") for name in header] for row in rows), encoding)


def workbook(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> bytes:
    """A workbook."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# -- Fingertips --------------------------------------------------------------------------------------------

FINGERTIPS = (
    "Indicator ID",
    "Indicator Name",
    "Parent Code",
    "Parent Name",
    "Area Code",
    "Area Name",
    "Area Type",
    "Sex",
    "Age",
    "Category Type",
    "Category",
    "Time period",
    "Value",
    "Lower CI 95.0 limit",
    "Upper CI 95.0 limit",
    "Lower CI 99.8 limit",
    "Upper CI 99.8 limit",
    "Count",
    "Denominator",
    "Value note",
    "Recent Trend",
    "Compared to England value or percentiles",
    "Compared to Regions (statistical) value or percentiles",
    "Time period Sortable",
    "New data",
    "Compared to goal",
    "Time period range",
)
FINGERTIPS_NAMES = {
    "90631": "Percentage of children achieving a good level of development at the end of Reception",
    "93085": "Smoking status at time of delivery",
    "20401": "Under 18s conception rate / 1,000",
    "93701": "Children in absolute low income families (under 16s)",
    "90813": "Hospital admissions as a result of self-harm (10-24 years)",
    "92904": "Admission episodes for alcohol-specific conditions - Under 18s",
    "90801": "Infant mortality rate",
    "20101": "Low birth weight of term babies",
}
FINGERTIPS_GROUPS = {
    "90631": ("Persons", "5 yrs", "2022/23"),
    "93085": ("Female", "All ages", "2022/23"),
    "20401": ("Female", "<18 yrs", "2021"),
    "93701": ("Persons", "<16 yrs", "2022/23"),
    "90813": ("Persons", "10-24 yrs", "2022/23"),
    "92904": ("Persons", "<18 yrs", "2020/21 - 22/23"),
    "90801": ("Persons", "<1 yr", "2020 - 22"),
    "20101": ("Persons", ">=37 weeks gestational age at birth", "2021"),
}


def fingertips_row(key: str = "93085", area: str = COVENTRY, **changes: Any) -> dict[str, Any]:
    """A row of an indicator: 12.5 %, 50 of 400."""
    sex, age, period = FINGERTIPS_GROUPS[key]
    row = {
        "Indicator ID": key,
        "Indicator Name": FINGERTIPS_NAMES[key],
        "Area Code": area,
        "Sex": sex,
        "Age": age,
        "Time period": period,
        "Value": "12.5",
        "Count": "50",
        "Denominator": "400",
        "Time period Sortable": "20220000",
    }
    return row | changes


def fingertips(rows: Iterable[Mapping[str, Any]], header: Sequence[str] = FINGERTIPS) -> bytes:
    """A file of Fingertips."""
    return records(header, rows)


def fingertips_metadata(names: Mapping[str, str] | None = None) -> bytes:
    """The metadata of indicators."""
    names = FINGERTIPS_NAMES if names is None else names
    return table(
        ("Indicator ID", "Indicator", "Definition"), [(key, name, "synthetic") for key, name in names.items()]
    )


# -- Nomis -------------------------------------------------------------------------------------------------

NOMIS = (
    "DATE_NAME",
    "GEOGRAPHY_CODE",
    "GENDER_NAME",
    "C_AGE_NAME",
    "OBS_VALUE",
    "RECORD_OFFSET",
    "RECORD_COUNT",
)


def nomis_lines(ages: Sequence[int] = range(26), area: str = COVENTRY) -> list[list[str]]:
    """Lines of a population: of each sex ten children more than years, and twenty and the double in all."""
    lines = []
    for sex, factor in (("Total", 2), ("Male", 1), ("Female", 1)):
        lines.append(["2024", area, sex, "All Ages", str(1000 * factor)])
        lines += [["2024", area, sex, f"Age {age}", str((10 + age) * factor)] for age in ages]
    return lines


def nomis_page(
    lines: Sequence[Sequence[str]], begin: int = 0, size: int = 25_000, header: Sequence[str] = NOMIS
) -> bytes:
    """A page of lines, each with its place and the number of all."""
    page = [[*line, begin + place, len(lines)] for place, line in enumerate(lines[begin : begin + size])]
    return table(header, page)


# -- schools -----------------------------------------------------------------------------------------------

GIAS = (
    "URN",
    "LA (code)",
    "LA (name)",
    "EstablishmentName",
    "TypeOfEstablishment (name)",
    "EstablishmentStatus (name)",
    "SchoolCapacity",
    "NumberOfPupils",
    "HeadLastName",
    "SEN1 (name)",
    "SEN2 (name)",
    "TypeOfResourcedProvision (name)",
    "ResourcedProvisionOnRoll",
    "ResourcedProvisionCapacity",
    "SenUnitOnRoll",
    "SenUnitCapacity",
)


def gias_school(urn: int, **changes: Any) -> dict[str, Any]:
    """An open community school of Coventry."""
    row = {
        "URN": urn,
        "LA (code)": "331",
        "EstablishmentName": "Schön – synthetic",
        "TypeOfEstablishment (name)": "Community school",
        "EstablishmentStatus (name)": "Open",
        "HeadLastName": "Synthetic",
    }
    return row | changes


OFSTED_AREAS = (
    "Safeguarding standards",
    "Inclusion",
    "Curriculum and teaching",
    "Achievement",
    "Attendance and behaviour",
    "Personal development and wellbeing",
    "Early years (where applicable)",
    "Post-16 provision (where applicable)",
    "Leadership and governance",
)
OFSTED = (
    "URN",
    "LAESTAB",
    "School name",
    "Ofsted phase",
    "Inspection start date",
    *OFSTED_AREAS,
    "Latest OEIF overall effectiveness",
    "Ungraded inspection overall outcome",
)


def ofsted_school(
    urn: int, grade: str = "NULL", card: Mapping[str, str] | None = None, **changes: Any
) -> dict[str, Any]:
    """A primary school of Coventry."""
    row = {"URN": urn, "LAESTAB": f"331{urn % 10000:04d}", "School name": "Café", "Ofsted phase": "Primary"}
    graded = dict.fromkeys(OFSTED_AREAS, "NULL") | dict(card or {})
    return row | graded | {"Latest OEIF overall effectiveness": grade} | changes


# -- deprivation -------------------------------------------------------------------------------------------


def deprivation(year: int = 2019, share: float = 0.144) -> bytes:
    """The summaries for upper-tier authorities; two of them, the second abolished since."""
    sheets: dict[str, list[list[Any]]] = {"Notes": [["synthetic"]]}
    for title in ("IMD", "IDACI"):
        header = [
            f"Upper Tier Local Authority District code ({year})",
            f"Upper Tier Local Authority District name ({year})",
            f"{title} - Average rank ",
            f"{title} - Rank of average rank ",
            f"{title} - Average score ",
            f"{title} - Rank of average score ",
            f"{title} - Proportion of LSOAs in most deprived 10% nationally ",
            f"{title} - Rank of proportion of LSOAs in most deprived 10% nationally ",
        ]
        sheets[title] = [
            header,
            [COVENTRY, "Coventry", 19_000.5, 46, 25.612, 45, share, 44],
            ["E10000021", "Northamptonshire", 14_000.1, 90, 18.2, 91, 0.08, 80],
        ]
    return workbook(sheets)


# -- autism ------------------------------------------------------------------------------------------------

AUTISM = (
    "REPORTING_PERIOD_START",
    "REPORTING_PERIOD_END",
    "STATUS",
    "BREAKDOWN",
    "PRIMARY_LEVEL",
    "PRIMARY_LEVEL_DESCRIPTION",
    "SECONDARY_LEVEL",
    "SECONDARY_LEVEL_DESCRIPTION",
    "METRIC",
    "METRIC_NAME",
    "METRIC_VALUE",
)
SUB_ICB = "CCG or Sub ICB Location - GP Practice or Residence; Age Group"


def autism_row(
    value: str = "44", month: str = "2022-05", body: str = "B2M3M", **changes: Any
) -> dict[str, Any]:
    """A row of an organisation's patients aged 10 to 17; England's where there is no body."""
    row = {
        "REPORTING_PERIOD_START": f"{month}-01",
        "REPORTING_PERIOD_END": f"{month}-28",
        "STATUS": "Latest Available Data",
        "BREAKDOWN": SUB_ICB if body else "Age Group",
        "PRIMARY_LEVEL": body or "10 to 17",
        "SECONDARY_LEVEL": "10 to 17" if body else "NONE",
        "METRIC": "ASD19e",
        "METRIC_NAME": "Proportion of patients aged 0 to 17",
        "METRIC_VALUE": value,
    }
    return row | changes


def autism(*rows: Mapping[str, Any]) -> bytes:
    """A file of the autism statistics."""
    return records(AUTISM, rows)


# -- services ----------------------------------------------------------------------------------------------


def service(number: int, **changes: Any) -> dict[str, Any]:
    """A service in full, with a contact."""
    whole = {
        "id": f"00000000-0000-4000-8000-{number:012d}",
        "name": f"Service {number}",
        "status": "active",
        "minimum_age": 0,
        "maximum_age": 5,
        "email": "somebody@example.org",
        "last_modified": "2025-03-15T10:30:45.123Z",
        "organization": {"id": "o", "name": "Synthetic Trust", "email": "somebody@example.org"},
        "service_areas": [
            {
                "id": "a",
                "name": "Coventry",
                "uri": f"http://statistics.data.gov.uk/id/statistical-geography/{COVENTRY}",
            }
        ],
        "contacts": [{"id": "c", "name": "Ann Persona"}],
        "attributes": [
            {
                "id": "t",
                "link_type": "need",
                "taxonomy_term": {"id": "n", "taxonomy": "send-jsna-need", "term": "asd"},
            }
        ],
    }
    return whole | changes


def services_page(contents: Sequence[Mapping[str, Any]], number: int, size: int) -> dict[str, Any]:
    """A page of a list of services."""
    pages = -(-len(contents) // size)
    held = list(contents[(number - 1) * size : number * size])
    return {
        "total_items": len(contents),
        "total_pages": pages,
        "page_number": number,
        "size": len(held),
        "first_page": number == 1,
        "last_page": number == pages,
        "empty": not held,
        "contents": held,
    }


def feed(*services: Mapping[str, Any]) -> bytes:
    """A feed as it is kept."""
    return json.dumps(services_page(services, 1, max(len(services), 1))).encode()


# -- neighbours --------------------------------------------------------------------------------------------


def neighbours(numbers: Sequence[int], *, first: str = "LA num") -> bytes:
    """A workbook of neighbours: of each authority the ten that follow it."""
    pairs = [cell for rank in range(1, 11) for cell in (f"SN{rank}", "SNP")]
    rows: list[list[Any]] = [["A"], [1], [first, "LA Name", "LA number", "GOInd", "GOReg", *pairs]]
    for place, number in enumerate(numbers):
        near = [numbers[(place + step) % len(numbers)] for step in range(1, 11)]
        rows.append([number, "synthetic", number, 1, "x", *(c for n in near for c in (n, "Very Close"))])
    return workbook({"LA SN Groups": rows})
